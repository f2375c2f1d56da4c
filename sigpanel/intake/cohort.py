"""Read the file of the 2013–2016 persons: CSV, by the column names of `contracts/cohort.yaml`, as texts.

UTF-8 (with or without mark) or Windows-1252, semicolon or comma. A header that is not declared, or a required one that
is missing, refuses the file and names what was expected: a header of the file is never quoted, since a file without one
begins with a person. What the texts say is for `sigpanel.clean.cohort`.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.forms import letters_and_digits

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 16 * 1024 * 1024


def read_cohort(path: Path) -> pl.DataFrame:
    """One row per person with the declared columns as texts; empty cells, and columns that the file lacks, are null.

    Raises:
        InputError: the file cannot be read or decoded, is too large, or has other columns than declared.
    """
    rows = [row for row in _split(_decode(path)) if any(cell.strip() for cell in row)]
    columns = _columns([letters_and_digits(name) for name in rows[0]] if rows else [])
    if any(len(row) != len(rows[0]) for row in rows):
        raise _refusal("a row has another number of columns than the header")
    return pl.DataFrame(
        {
            name: [row[columns[name]].strip() or None if name in columns else None for row in rows[1:]]
            for name in cohort().columns
        },
        schema=dict.fromkeys(cohort().columns, pl.String),
    )


def _decode(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError:
        raise _refusal("it cannot be opened") from None
    if len(content) > _LARGEST:
        raise _refusal("it is larger than 16 MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _split(text: str) -> list[list[str]]:
    header = next((line for line in text.splitlines() if line.strip()), "")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ","))
    except csv.Error:
        raise _refusal("it is no table of texts") from None


def _columns(header: list[str]) -> dict[str, int]:
    """Where each declared column stands."""
    found: dict[str, int] = {}
    for name, column in cohort().columns.items():
        places = [place for place, text in enumerate(header) if text in column.headers]
        if len(places) > 1 or (column.is_required and not places):
            raise _refusal(f"the column for {name} stands {len(places)} times")
        if places:
            found[name] = places[0]
    strangers = len(header) - len(found)
    if strangers:
        raise _refusal(f"{strangers} columns are not declared")
    return found


def _refusal(fault: str) -> InputError:
    return InputError(
        "cohort-file",
        f"The file of the 2013–2016 persons cannot be used: {fault}.",
        remedy="Compare its header with contracts/cohort.yaml; declare the columns there, or mend the file.",
    )
