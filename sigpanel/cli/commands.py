"""The commands, as typer reads them. What they print is in `sigpanel.cli.show`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from sigpanel.errors import SigpanelError

app = typer.Typer(
    name="sigpanel",
    help="District workbooks of the SIG follow-up in; a pseudonymised research panel out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
key_app = typer.Typer(help="The key that leads from codes to pseudonyms.", invoke_without_command=True)
app.add_typer(key_app, name="key")

StudyOption = Annotated[Path, typer.Option("--study", help="The study's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
HERE = Path()


def call() -> int:
    """Parse the arguments and run the command.

    Raises:
        UsageError: the arguments are not what the command takes.
    """
    try:
        return app(prog_name="sigpanel", standalone_mode=False) or 0
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort as stop:
        # We never ask anything: what typer takes for the end of a conversation is a file that was cut short.
        raise stop.__cause__ or stop from None
    except typer.TyperException as wrong:
        raise _wrong_usage(wrong) from None


def _wrong_usage(wrong: typer.TyperException) -> UsageError:
    """What a command takes, where it was called wrongly.

    Of the argument itself nothing is repeated: it may be a code that somebody pasted in the wrong place.
    """
    context = getattr(wrong, "ctx", None)
    if context is None:
        return UsageError("usage", "The command was called wrongly.", remedy="See `sigpanel --help`.")
    names = sorted(getattr(context.command, "commands", {}))
    names += [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
    return UsageError(
        "usage",
        f"`{context.command_path}` was called wrongly ({type(wrong).__name__}). It takes: {', '.join(names)}.",
        remedy=f"See `{context.command_path} --help`.",
    )


def report(error: SigpanelError) -> None:
    """Print an error to standard error, as JSON where that was asked for."""
    from sigpanel.cli.text import told

    text = json.dumps(error.as_dict()) if "--json" in sys.argv else told(error)
    sys.stderr.write(f"{text}\n")


def _print(text: str) -> None:
    """Print a result. That nobody reads it to the end (`| head`) is no fault: what was to be done has been done."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_json(answer: object) -> None:
    _print(json.dumps(answer, indent=2, default=str))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make the study.")] = Path("sigpanel-demo"),
    seed: Annotated[int, typer.Option(help="Another seed gives other persons.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Make a synthetic ten-year study, build it, and tell what is in it."""
    from sigpanel.cli.show import built_as_dict, show_built
    from sigpanel.pipeline.demo import demo_feedback, make_demo

    built = make_demo(folder, seed)
    feedback = demo_feedback(folder)
    if as_json:
        _print_json(built_as_dict(built, folder, feedback))
    else:
        _print(show_built(built, folder / "research" / "panel", feedback))


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Make an empty study."""
    from sigpanel.pipeline.study import create_study

    study = create_study(folder)
    _print(f"Made an empty study in {study.root}.")
    _print("Next: put workbooks in owner/submissions/<year>/, make a key with `sigpanel key new FILE`, and build.")


@key_app.callback()
def key(context: typer.Context) -> None:
    """Show the help where no command is given."""
    _help_if_alone(context)


@key_app.command("new")
def key_new(
    file: Annotated[
        Path | None, typer.Argument(help="The key file to make, outside the study; else where the settings say.")
    ] = None,
    study: StudyOption = HERE,
) -> None:
    """Make a key file that only you can read."""
    from sigpanel.pipeline.custody import new_key

    key_id, place = new_key(file, study)
    _print(f"Made a key with id {key_id} in {place}.")
    _print("Set SIGPANEL_KEY_FILE to its path. Keep a sealed copy elsewhere: without the key no id can be made again.")


@key_app.command("show")
def key_show(study: StudyOption = HERE, as_json: JsonOption = False) -> None:
    """Tell the id of the key that is set; never the key."""
    from sigpanel.pipeline.custody import show_key
    from sigpanel.pipeline.study import open_study

    key_id = show_key(open_study(study))
    _print_json({"key_id": key_id}) if as_json else _print(key_id)


@app.command()
def form(
    programme: Annotated[str, typer.Argument(help="A programme, such as unga.")],
    year: Annotated[
        int | None, typer.Option(help="The reporting year; else the newest edition.", min=2000, max=2299)
    ] = None,
    edition: Annotated[str | None, typer.Option(help="An edition, where the year does not tell.")] = None,
    out: Annotated[Path, typer.Option(help="The file to write, or a folder for it.")] = HERE,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the blank workbook of a form, to be sent out."""
    from sigpanel.cli.show_form import blank_as_dict, show_blank, show_stand_in
    from sigpanel.pipeline.blank import write_blank

    blank = write_blank(programme, year, edition=edition, out=out, force=force)
    if as_json:
        _print_json(blank_as_dict(blank))
        return
    _print(show_blank(blank))
    if blank.is_stand_in:
        sys.stderr.write(f"{show_stand_in(blank)}\n")


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
    from sigpanel.errors import InputError
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
        _print_json(checked_as_dict(checked, written))
    else:
        _print(show_checked(checked, written))
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
        _print_json(built_as_dict(built, opened.root))
    else:
        _print(show_built(built, opened.panel))


@app.command()
def review(
    take: Annotated[Path | None, typer.Option(help="A list that was filled in, to take its answers.")] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write the lists of doubtful links, or take back one that was filled in."""
    from sigpanel.cli.show_review import reviewed_as_dict, show_reviewed, show_took, took_as_dict
    from sigpanel.pipeline import review as run
    from sigpanel.pipeline.study import open_study

    opened = open_study(study)
    if take is None:
        reviewed = run.review(opened)
        _print_json(reviewed_as_dict(reviewed)) if as_json else _print(show_reviewed(reviewed))
    else:
        took = run.take_review(opened, take)
        _print_json(took_as_dict(took)) if as_json else _print(show_took(took))


@app.command()
def trace(
    episode: Annotated[str, typer.Argument(help="An episode_id.")],
    variable: Annotated[
        str | None,
        typer.Argument(help="A variable, such as mental_health; without one, why the episode is its person's."),
    ] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell where a value came from and which rule chose it, or why an episode is its person's."""
    from sigpanel.cli.show import show_trace, show_traced_person, trace_as_dict
    from sigpanel.panel import open_panel
    from sigpanel.pipeline.study import open_study
    from sigpanel.pipeline.trace import trace as run
    from sigpanel.pipeline.trace import trace_person

    panel = open_panel(open_study(study).panel)
    if variable is None:
        person = trace_person(panel, episode)
        _print_json(trace_as_dict(person)) if as_json else _print(show_traced_person(person))
        return
    traced = run(panel, episode, variable)
    _print_json(trace_as_dict(traced)) if as_json else _print(show_trace(traced))


@app.command()
def explain(
    rule: Annotated[
        str | None, typer.Argument(help="The name of a rule, as findings give it; without it, every rule in a line.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a rule means, which questions it concerns and what to do; or list all rules."""
    from sigpanel.cli.show_rules import rule_as_dict, show_catalogue, show_rule
    from sigpanel.findings import rules

    if rule is None:
        known = rules().values()
        _print_json([rule_as_dict(each) for each in known]) if as_json else _print(show_catalogue(known))
        return
    if rule not in rules():
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(rule, rules(), n=5, cutoff=0.5))
        raise UsageError(
            "rule-unknown",
            "There is no such rule.",
            remedy=f"Near it are: {near}." if near else "`sigpanel explain` lists every rule.",
        )
    _print_json(rule_as_dict(rules()[rule])) if as_json else _print(show_rule(rules()[rule]))


@app.command()
def doctor(study: StudyOption = HERE, as_json: JsonOption = False) -> None:
    """Look whether everything needed is in place."""
    from dataclasses import asdict

    from sigpanel.cli.show import show_looks
    from sigpanel.pipeline.doctor import doctor as run

    looks = run(study)
    _print_json([asdict(look) for look in looks]) if as_json else _print(show_looks(looks))
    raise typer.Exit(0 if all(look.is_well for look in looks) else 1)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """District workbooks of the SIG follow-up in; a pseudonymised research panel out."""
    if version:
        from sigpanel import __version__

        _print(__version__)
        raise typer.Exit
    _help_if_alone(context)


def _help_if_alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        sys.stderr.write(f"{context.get_help()}\n")
        raise typer.Exit(UsageError.exit_code)
