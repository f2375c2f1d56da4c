"""The files of a table for SPSS, Stata, R and others, in the folders where they belong; what reads them stands beside.

    sav/<table>.sav, sav/read.sps      SPSS
    dta/<table>.dta, dta/read.do       Stata
    csv/<table>.csv                    whatever reads a text
    read.R                             R, from .dta where there is one, else from .sav
    codebook.xml                       all of it for an archive (DDI)

Into a folder that is not there yet for anybody else: whoever calls puts it in its place when it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.exports import exports
from sigpanel.contracts.extracts import Words
from sigpanel.errors import Fault
from sigpanel.exports.ddi import codebook_xml
from sigpanel.exports.delimited import csv_bytes
from sigpanel.exports.numbered import PERSON_ID, PERSON_NO, numbered
from sigpanel.exports.syntax import syntax
from sigpanel.exports.variables import person_no
from sigpanel.panel import durable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from sigpanel.exports.ddi import Study
    from sigpanel.exports.variables import Variable

CSV, SAV, DTA = "csv", "sav", "dta"
DDI = "codebook.xml"
_READS = {SAV: "read.sps", DTA: "read.do"}
_READS_R = "read.R"


@dataclass(frozen=True)
class Described:
    """A table and what its columns mean, in the same order."""

    frame: pl.DataFrame
    variables: tuple[Variable, ...]

    def __post_init__(self) -> None:
        names = [each.name for each in self.variables]
        if names != self.frame.columns:
            raise Fault(
                "export-undescribed", "A table has columns that are not described, or others than are described."
            )


def fill(
    folder: Path,
    tables: Mapping[str, Described],
    formats: Collection[str],
    study: Study,
    language: str,
    numbers: pl.DataFrame | None = None,
) -> None:
    """Write tables in formats, and the codebook for archives.

    Args:
        folder: where to.
        tables: by name.
        formats: of `csv`, `sav`, `dta`; others are somebody else's to write.
        study: what the tables are of.
        language: of labels and of the programs that read them, sv or en.
        numbers: `person_id, person_no`, where persons have numbers already.
    """
    if CSV in formats:
        durable.make_folders(folder / CSV, durable.SHARED_FOLDER)
        for name, table in tables.items():
            new(folder / CSV / f"{name}.csv", csv_bytes(table.frame))
        durable.sync_folder(folder / CSV)
    whole = _numbered(tables, numbers)
    for kind in (SAV, DTA):
        if kind in formats:
            _statistical(folder / kind, whole, study, language)
    for kind in (DTA, SAV):
        if kind in formats:
            new(folder / _READS_R, _syntax(_READS_R, whole, study, language, kind))
            break
    new(folder / DDI, codebook_xml(study, {name: table.variables for name, table in whole.items()}))


def new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet."""
    with durable.new_file(path, durable.SHARED) as file:
        file.write(content)


def _statistical(folder: Path, tables: Mapping[str, Described], study: Study, language: str) -> None:
    from sigpanel.exports.statistical import write

    kind = folder.name
    durable.make_folders(folder, durable.SHARED_FOLDER)
    template = exports().derived["file"]
    for name, table in tables.items():
        about = Words(template.en.format(table=name, source=study.id), template.sv.format(table=name, source=study.id))
        write(folder / f"{name}.{kind}", table.frame, table.variables, about, language)
    new(folder / _READS[kind], _syntax(_READS[kind], tables, study, language, kind))
    durable.sync_folder(folder)


def _syntax(name: str, tables: Mapping[str, Described], study: Study, language: str, kind: str) -> bytes:
    variables: dict[str, Sequence[Variable]] = {each: table.variables for each, table in tables.items()}
    return syntax(name, variables, getattr(study.title, language), language, kind).encode()


def _numbered(tables: Mapping[str, Described], numbers: pl.DataFrame | None) -> dict[str, Described]:
    frames = numbered({name: table.frame for name, table in tables.items()}, numbers)
    return {name: Described(frames[name], _with_number(table)) for name, table in tables.items()}


def _with_number(table: Described) -> tuple[Variable, ...]:
    names = table.frame.columns
    if PERSON_ID not in names or PERSON_NO in names:
        return table.variables
    at = names.index(PERSON_ID) + 1
    return (*table.variables[:at], person_no(), *table.variables[at:])
