"""Write a release for other programs: tables as .sav, .dta, CSV or Parquet, in a folder that is whole or not there.

    export(place, out, formats=["sav", "dta"])

For whoever may read the release: nothing is coarsened or left out, so what comes out is personal data under the panel's
own ids, and is bound to where the panel may be. What leaves for a project goes through `sigpanel extract`.

It writes neither into the data owner's room nor among releases and extracts, and into no folder that holds anything.
The same release, tables, formats and language give the same bytes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.extracts import Words
from sigpanel.contracts.tables import table
from sigpanel.contracts.terms import terms
from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.exports.datapackage import described_files, files_of, sums_of
from sigpanel.exports.ddi import Study
from sigpanel.exports.delimited import csv_bytes
from sigpanel.exports.described import variables_of
from sigpanel.exports.folder import Described, fill, new
from sigpanel.exports.syntax import readme
from sigpanel.exports.variables import LANGUAGES
from sigpanel.panel import durable, open_panel
from sigpanel.panel.layout import CODEBOOK, DATAPACKAGE
from sigpanel.panel.manifest import pretty
from sigpanel.panel.parquet import write_parquet
from sigpanel.pipeline.intact import whole
from sigpanel.pipeline.study import SETTINGS, open_study
from sigpanel.pipeline.withdraw import pending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.panel import Panel

FORMATS = ("sav", "dta", "csv", "parquet")
TOLD, SUMS, README = "export.json", "SHA256SUMS", {"sv": "LASMIG.md", "en": "README.md"}
_TITLE = Words("Release {} of a pseudonymised panel of SIG", "Utgåva {} av en pseudonymiserad panel över SIG")


@dataclass(frozen=True)
class Exported:
    """What was written: where, of which release, and how many files and rows of each table."""

    folder: Path
    release: str
    formats: tuple[str, ...]
    language: str
    rows: Mapping[str, int]
    n_files: int


def export(
    place: Path,
    out: Path,
    *,
    formats: Sequence[str] = ("sav", "dta"),
    tables: Sequence[str] = (),
    language: str = "sv",
    release: str | None = None,
) -> Exported:
    """Write tables of a release.

    Args:
        place: the study, its research room, or the folder of releases.
        out: a folder that is not there yet, or is empty.
        formats: of `sav`, `dta`, `csv`, `parquet`.
        tables: by name; all of them, where none are named.
        language: of labels, sv or en.
        release: by name; the live one, where none is named.

    Raises:
        UsageError: a format, table or language that there is not.
        InputError: there is no such release, its files are not those that were written, or something is in the folder
            already.
        PolicyError: the folder is in a room where no export may lie.
    """
    _require_known(formats, FORMATS, "format")
    _require_known([language], LANGUAGES, "language")
    panel = open_panel(place, release)
    _require_known(tables, panel.tables, "table")
    _refuse_rooms(place, panel, out)
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise InputError(
            "export-exists", "There is something in that folder.", remedy="Name a new folder, or an empty one."
        )
    _refuse_pending(place)
    names = [name for name in panel.tables if not tables or name in tables]
    whole(panel)
    frames = {name: panel.table(name).collect() for name in names}
    chosen = tuple(each for each in FORMATS if each in formats)
    writing = out.with_name(f".exporting-{out.name}")
    shutil.rmtree(writing, ignore_errors=True)
    try:
        durable.make_folders(writing, durable.SHARED_FOLDER)
        n_files = _fill(writing, panel, frames, chosen, language)
        if out.exists():
            out.rmdir()
        writing.rename(out)
        durable.sync_folder(out.absolute().parent)
    finally:
        shutil.rmtree(writing, ignore_errors=True)
    rows = {name: frame.height for name, frame in frames.items()}
    return Exported(out, panel.release, chosen, language, rows, n_files)


def _fill(folder: Path, panel: Panel, frames: Mapping[str, pl.DataFrame], formats: Sequence[str], language: str) -> int:
    described = {name: Described(frame, variables_of(name)) for name, frame in frames.items()}
    if "parquet" in formats:
        for name, frame in frames.items():
            with durable.new_file(folder / f"{name}.parquet", durable.SHARED) as file:
                write_parquet(frame, file, {"release": panel.release})
    study = _study(panel, list(frames))
    numbers = panel.table("persons").select("person_id", "person_no").collect()
    fill(folder, described, formats, study, language, numbers)
    new(folder / CODEBOOK, csv_bytes(panel.variables.filter(pl.col("table").is_in(list(frames)))))
    for each, name in README.items():
        new(folder / name, readme(each, study, list(frames), formats).encode())
    told = {
        "release": panel.release,
        "contract_version": panel.manifest["contract_version"],
        "tables": list(frames),
        "formats": list(formats),
        "language": language,
        "sigpanel": version("sigpanel"),
        "polars": pl.__version__,
        "pyreadstat": version("pyreadstat"),
    }
    new(folder / TOLD, pretty(told))
    schemas = {name: each.variables for name, each in described.items()}
    about = {
        "name": f"sigpanel-export-{panel.release}",
        "title": getattr(study.title, language),
        "description": getattr(terms().limitations, language),
    }
    new(folder / DATAPACKAGE, pretty(described_files(folder, about, schemas, language)))
    new(folder / SUMS, sums_of(folder))
    durable.sync_folder(folder)
    return len(files_of(folder))


def _study(panel: Panel, names: Sequence[str]) -> Study:
    title = Words(_TITLE.en.format(panel.release), _TITLE.sv.format(panel.release))
    limits = terms().limitations
    rows = {name: Words(table(name).en, table(name).sv) for name in names}
    return Study(panel.release, title, Words(limits.en, limits.sv), rows)


def _refuse_rooms(place: Path, panel: Panel, out: Path) -> None:
    """Refuse the rooms that have an order of their own: a file among them would be nobody's, or the owner's."""
    target = out.resolve()
    rooms = [panel.path.resolve().parent]
    if (place / SETTINGS).is_file():
        study = open_study(place)
        rooms += [study.owner.resolve(), study.panel.resolve(), study.research / "extracts", study.research / "reports"]
    for room in rooms:
        if room == target or room in target.parents or target in room.parents:
            raise PolicyError(
                "export-room",
                "No export may lie in the data owner's room, or among releases, extracts or reports.",
                remedy="Name a folder outside the study, where the panel may be kept: --out FOLDER.",
            )


def _refuse_pending(place: Path) -> None:
    if (place / SETTINGS).is_file() and pending(open_study(place)):
        raise PolicyError(
            "withdrawal-pending",
            "Somebody has withdrawn, and the live release was made before that.",
            remedy="The data owner runs `sigpanel withdraw --finish`, which makes a new release. Then export.",
        )


def _require_known(given: Sequence[str], known: Sequence[str], what: str) -> None:
    if not set(given) <= set(known) or len(set(given)) != len(given):
        raise UsageError(
            f"export-{what}-unknown",
            f"A {what} that there is not, or one named twice.",
            remedy=f"There are: {', '.join(known)}.",
        )
