"""The commands that set a study up: demonstration, empty study, key, blank workbook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, help_if_alone, print_json, print_text

key_app = typer.Typer(help="The key that leads from codes to pseudonyms.", invoke_without_command=True)
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


@key_app.callback()
def key(context: typer.Context) -> None:
    """Show the help where no command is given."""
    help_if_alone(context)


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
    print_text(f"Made a key with id {key_id} in {place}.")
    print_text(
        "Set SIGPANEL_KEY_FILE to its path. Keep a sealed copy elsewhere: without the key no id can be made again."
    )


@key_app.command("show")
def key_show(study: StudyOption = HERE, as_json: JsonOption = False) -> None:
    """Tell the id of the key that is set; never the key."""
    from sigpanel.pipeline.custody import show_key
    from sigpanel.pipeline.study import open_study

    key_id = show_key(open_study(study))
    print_json({"key_id": key_id}) if as_json else print_text(key_id)


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
