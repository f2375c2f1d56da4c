"""The commands that work on a study: from workbooks to feedback, releases, reports and reviews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, print_json, print_text
from sigpanel.errors import InputError, UsageError


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Workbooks, or folders of them.")],
    year: Annotated[
        int | None, typer.Option(help="The reporting year, if no folder is named by it.", min=1000, max=9999)
    ] = None,
    feedback: Annotated[
        bool, typer.Option(help="Write feedback workbooks; by default where the workbooks lie in a study.")
    ] = True,
    outbox: Annotated[
        Path | None, typer.Option(help="Where feedback workbooks go; in a study, else, owner/outbox.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read workbooks, report what is wrong with them, by cell, and write the feedback on them."""
    from sigpanel.cli.show_check import checked_as_dict, show_checked
    from sigpanel.pipeline.check import check as run
    from sigpanel.pipeline.study import study_around, study_of

    study = study_of(paths) if year is None else None
    checked = run(paths, year, study)
    place = outbox or (study.outbox if study else None)
    written = {}
    if feedback and place:
        from sigpanel.pipeline.feedback import give_feedback, refuse_outbox

        # Workbooks from elsewhere have codes, too, and a study may be around the outbox alone.
        for each in filter(None, (study, study_around(place))):
            refuse_outbox(place, each)
        is_whole = study is not None and outbox is None and len(checked.shown) == len(checked.delivery.sources)
        written = give_feedback(checked, place, is_whole=is_whole)
    if as_json:
        print_json(checked_as_dict(checked, written))
    else:
        print_text(show_checked(checked, written))
    if checked.refusals:
        raise typer.Exit(InputError.exit_code)
    raise typer.Exit(1 if checked.has_errors else 0)


@app.command()
def build(study: StudyOption = HERE, as_json: JsonOption = False) -> None:
    """Build a new release from everything in the study."""
    from sigpanel.cli.show import built_as_dict, show_built
    from sigpanel.pipeline.build import build as run
    from sigpanel.pipeline.study import open_study

    opened = open_study(study)
    built = run(opened)
    if as_json:
        print_json(built_as_dict(built, opened.root))
    else:
        print_text(show_built(built, opened.panel))


@app.command()
def report(
    release: Annotated[str | None, typer.Option(help="An earlier release, such as r0001.")] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write the pages on the live release again, into research/reports."""
    from sigpanel.pipeline.report import write_reports
    from sigpanel.pipeline.study import open_study

    written = [str(path) for path in write_reports(open_study(study), release)]
    if as_json:
        print_json({"reports": written})
    else:
        print_text("\n".join(written))


@app.command()
def verify(
    engine: Annotated[str, typer.Option(help="polars, or gx for Great Expectations.")] = "polars",
    consumer: Annotated[
        list[str] | None, typer.Option(help="A consumer contract to hold it against; repeatable.")
    ] = None,
    release: Annotated[str | None, typer.Option(help="An earlier release, such as r0001.")] = None,
    page: Annotated[
        Path | None, typer.Option(help="A folder to write a page (HTML, Swedish) on each consumer into.")
    ] = None,
    panel: Annotated[Path | None, typer.Option(help="A panel folder, where there is no study.")] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Hold a release against its contracts; exit code 1 if one is broken."""
    from sigpanel.cli.show_verify import show_verified, verified_as_dict
    from sigpanel.pipeline.report import write_pages
    from sigpanel.pipeline.study import open_study
    from sigpanel.pipeline.verify import ENGINES, Verified, promises_to
    from sigpanel.pipeline.verify import verify as run

    if engine not in ENGINES:
        raise UsageError("engine-unknown", "There is no such engine.", remedy=f"There are: {', '.join(ENGINES)}.")
    promises = promises_to(consumer or ())
    if all(one.is_kept for one in promises):
        verified = run(panel or open_study(study).panel, release, engine=engine, consumers=promises)
    else:
        verified = Verified(None, engine, (), promises)
    pages = write_pages(verified, page) if page else ()
    if as_json:
        print_json(verified_as_dict(verified, pages))
    else:
        print_text(show_verified(verified, pages))
    raise typer.Exit(0 if verified.is_kept else 1)


@app.command()
def review(
    take: Annotated[Path | None, typer.Option(help="A list that was filled in, to take its answers.")] = None,
    diagnose: Annotated[
        bool, typer.Option("--diagnose", help="Show what EM makes of the weights; changes nothing.")
    ] = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write the lists of doubtful links, or take back one that was filled in."""
    from sigpanel.cli.show_review import (
        diagnosis_as_dict,
        reviewed_as_dict,
        show_diagnosis,
        show_reviewed,
        show_took,
        took_as_dict,
    )
    from sigpanel.pipeline import review as run
    from sigpanel.pipeline.study import open_study

    if take and diagnose:
        raise UsageError("take-or-diagnose", "Both --take and --diagnose were given.", remedy="Give one of them.")
    opened = open_study(study)
    if diagnose:
        found = run.diagnosed(opened)
        print_json(diagnosis_as_dict(found)) if as_json else print_text(show_diagnosis(found))
    elif take is None:
        reviewed = run.review(opened)
        print_json(reviewed_as_dict(reviewed)) if as_json else print_text(show_reviewed(reviewed))
    else:
        took = run.take_review(opened, take)
        print_json(took_as_dict(took)) if as_json else print_text(show_took(took))
