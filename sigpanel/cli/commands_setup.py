"""The commands to begin with: demonstration, empty study, blank workbook, notebooks; keys are in `commands_key`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, app, print_json, print_text
from sigpanel.cli.commands_key import key_app

app.add_typer(key_app, name="key")


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
        print_json(built_as_dict(built, folder, feedback))
    else:
        print_text(show_built(built, folder / "research" / "panel", feedback))


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Make an empty study."""
    from sigpanel.pipeline.study import create_study

    study = create_study(folder)
    print_text(f"Made an empty study in {study.root}.")
    print_text("Next: put workbooks in owner/submissions/<year>/, make a key with `sigpanel key new FILE`, and build.")


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
        print_json(blank_as_dict(blank))
        return
    print_text(show_blank(blank))
    if blank.is_stand_in:
        sys.stderr.write(f"{show_stand_in(blank)}\n")


@app.command()
def notebooks(
    folder: Annotated[Path, typer.Argument(help="Where to copy them to; made if it is not there.")],
    force: Annotated[bool, typer.Option("--force", help="Write over notebooks of the same names.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy the notebooks to work in. They run as they are on the demo panel."""
    from sigpanel.cli.show_form import notebooks_as_dict, show_notebooks
    from sigpanel.pipeline.notebooks import copy_notebooks

    copied = copy_notebooks(folder, force=force)
    if as_json:
        print_json(notebooks_as_dict(copied))
    else:
        print_text(show_notebooks(copied))
