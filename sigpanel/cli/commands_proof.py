"""The commands that prove that nothing identifying is in what leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, app, print_json, print_text, today
from sigpanel.errors import InputError


@app.command("verify-release")
def verify_release(
    folder: Annotated[Path, typer.Argument(help="A release, an extract, or any folder that is about to leave.")],
    against: Annotated[
        Path, typer.Option("--against", "--study", help="The study that it was made from, with its workbooks.")
    ] = HERE,
    as_json: JsonOption = False,
) -> None:
    """Search what is about to leave for everything that must not; exit code 1 if something is found.

    For the data owner. Every code, text, name, number, id and key of the study is looked for in the bytes, pages,
    footers and values of every file, and every possible code is tried against every id. Exit code 3 where a file could
    not be looked into. Of an extract of the study's the log of extracts is told, where the manager's key is set.
    """
    from sigpanel.cli.show_proof import proved_as_dict, show_proved
    from sigpanel.pipeline.extract_life import checked
    from sigpanel.pipeline.study import open_study
    from sigpanel.pipeline.verify_release import verify_release as run

    study = open_study(against)
    verified = run(folder, study)
    checked(study, folder, today=today(), has_passed=verified.is_clean)
    print_json(proved_as_dict(verified)) if as_json else print_text(show_proved(verified))
    if verified.must_stay:
        raise typer.Exit(1)
    raise typer.Exit(0 if verified.is_clean else InputError.exit_code)
