"""The command that writes a release for other programs: SPSS, Stata, R, and whatever reads CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, print_json, print_text


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="A new folder, or an empty one.")],
    formats: Annotated[
        str, typer.Option("--format", help="Of sav, dta, csv, parquet, with commas between.")
    ] = "sav,dta",
    tables: Annotated[str, typer.Option("--tables", help="Tables, with commas between; else all of them.")] = "",
    language: Annotated[str, typer.Option("--lang", help="Of labels: sv or en.")] = "sv",
    release: Annotated[str | None, typer.Option("--release", help="A release; else the live one.")] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write a release for SPSS, Stata, R and others, whole: personal data, to be kept where the panel may be."""
    from sigpanel.cli.show_export import exported_as_dict, show_exported
    from sigpanel.pipeline.export import export as run

    done = run(study, out, formats=_listed(formats), tables=_listed(tables), language=language, release=release)
    print_json(exported_as_dict(done)) if as_json else print_text(show_exported(done))


def _listed(said: str) -> list[str]:
    return [each.strip() for each in said.split(",") if each.strip()]
