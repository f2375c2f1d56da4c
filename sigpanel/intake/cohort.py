"""Read the files of the 2013–2016 persons, csv or xlsx, as tables of texts by the columns of `contracts/cohort.yaml`.

Each filled sheet is a table: its header is the first row with anything in it. One with the enrolment date holds
persons; one with study ids and no enrolment date is a list of identities. Headers are those declared there and, before
them, in `[cohort]` of sigpanel.toml. A column that nobody knows stops everything: it may say who somebody is.

A message gives cells and columns and the lines to write, never a header of the file, since a file without one begins
with a person. What the texts say is for `sigpanel.clean.cohort`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.findings import rules
from sigpanel.forms import letters_and_digits
from sigpanel.intake.book import ERROR, FORMULA, address
from sigpanel.intake.files import read_table
from sigpanel.intake.gate import Refused
from sigpanel.intake.texts import header_key, is_nothing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from sigpanel.intake.book import Book, Cell, Sheet

# What an error and a formula without a value leave behind: a text that no column reads.
_BROKEN: Final = "#"


@dataclass(frozen=True)
class Headers:
    """Which header holds what, besides those of `contracts/cohort.yaml`; `ignored` are those not to be read."""

    said: Mapping[str, str] = field(default_factory=dict, repr=False)
    ignored: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True)
class Table:
    """A table of the cohort: of persons, or else of identities.

    `texts` has `row` (Int32, as in the file), and every declared column as a text; what the table lacks is null.
    """

    is_persons: bool
    columns: frozenset[str]
    texts: pl.DataFrame = field(repr=False)


NOTHING = Headers()


def read_cohort(path: Path, name: str = "", declared: Headers = NOTHING) -> list[Table]:
    """The tables of a file, sheet by sheet.

    Args:
        path: the file.
        name: what messages call it.
        declared: what the data owner declared besides.

    Raises:
        InputError: the file cannot be read, or has other columns than declared.
    """
    known = _known_headers(declared)
    told = name or "a file in owner/cohort"
    try:
        book = read_table(path, known.keys())
    except Refused as refused:
        place = f", {refused.place}" if refused.place else ""
        fault = f"{rules()[refused.rule].en.removesuffix('.')} ({refused.rule}{place})"
    else:
        tables = [_table(sheet, _called(told, sheet, book), known) for sheet in book.sheets if _filled(sheet)]
        if tables:
            return tables
        fault = "it is empty"
    raise InputError(
        "cohort-file",
        f"The file of the 2013–2016 persons cannot be used ({told}): {fault}.",
        remedy="Save it anew, as .xlsx or as CSV UTF-8, without a password, or move it out.",
    )


def _called(told: str, sheet: Sheet, book: Book) -> str:
    return f"{told}, sheet {sheet.no}" if len(book.sheets) > 1 else told


def _known_headers(declared: Headers) -> dict[str, str]:
    """Headers, folded, with the column that each holds; those to be ignored hold none."""
    known = {header: name for name, column in cohort().columns.items() for header in column.headers}
    ignored = dict.fromkeys((letters_and_digits(text) for text in declared.ignored), "")
    return known | ignored | {letters_and_digits(text): name for name, text in declared.said.items()}


def _filled(sheet: Sheet) -> list[Cell]:
    return [cell for cell in sheet.cells if not is_nothing(cell)]


def _table(sheet: Sheet, told: str, known: Mapping[str, str]) -> Table:
    cells = _filled(sheet)
    header = [cell for cell in cells if cell.row == cells[0].row]
    columns = {cell.column: _column(cell, known) for cell in header}
    _hold_header(header, columns, told)
    beside = [cell for cell in cells if cell.column not in columns]
    if beside:
        raise _other_columns(told, f"something stands beside the columns, in {_places(beside)}")
    found = frozenset(name for name in columns.values() if name)
    is_persons = "enrolled_on" in found
    _hold_columns(found, told, header[0].row, is_persons=is_persons)
    return Table(is_persons, found, _texts(cells[len(header) :], columns))


def _column(cell: Cell, known: Mapping[str, str]) -> str | None:
    """The column that a header cell names; empty if it is to be ignored, null if nobody knows it."""
    return known.get(letters_and_digits(cell.text), known.get(header_key(cell.text)))


def _hold_header(header: Sequence[Cell], columns: Mapping[int, str | None], told: str) -> None:
    names = Counter(name for name in columns.values() if name)
    twice = sorted(name for name, times in names.items() if times > 1)
    if twice:
        raise _other_columns(told, f"the column for {', '.join(twice)} stands twice")
    strangers = [cell for cell in header if columns[cell.column] is None]
    if not names:
        raise _other_columns(told, f"no header is known in row {header[0].row}, the first that is filled", strangers)
    if strangers:
        fault = f"the headers in {_places(strangers)} are not known"
        raise _other_columns(told, fault, strangers, names)


def _hold_columns(found: frozenset[str], told: str, row: int, *, is_persons: bool) -> None:
    """Refuse a table that lacks what its kind must have; what another column tells is asked once all are read."""
    if "study_id" not in found:
        raise _other_columns(told, f"there is no column for study_id in row {row}")
    missing = [
        name
        for name, column in cohort().columns.items()
        if is_persons and column.is_required and column.told_by is None and name not in found
    ]
    # An identity needs something that says who; names alone do not.
    if not is_persons and not found & set(cohort().identified_by):
        missing = ["enrolled_on (of persons)", f"{' or '.join(cohort().identified_by)} (of a list of identities)"]
    if missing:
        raise _other_columns(told, f"there is no column for {', '.join(missing)}")


def _texts(cells: Iterable[Cell], columns: Mapping[int, str | None]) -> pl.DataFrame:
    rows: dict[int, dict[str, str]] = {}
    for cell in cells:
        row = rows.setdefault(cell.row, {})
        name = columns[cell.column]
        if name:
            row[name] = _BROKEN if cell.kind in (ERROR, FORMULA) else cell.text.strip()
    names = list(cohort().columns)
    return pl.DataFrame(
        [(no, *map(row.get, names)) for no, row in sorted(rows.items())],
        schema={"row": pl.Int32, **dict.fromkeys(names, pl.String)},
        orient="row",
    )


def _places(cells: Sequence[Cell], most: int = 12) -> str:
    places = [address(cell.row, cell.column) for cell in cells]
    return ", ".join(places[:most]) + (" and more" if len(places) > most else "")


def _other_columns(told: str, fault: str, strangers: Sequence[Cell] = (), found: Collection[str] = ()) -> InputError:
    return InputError(
        "cohort-file",
        f"The file of the 2013–2016 persons cannot be used ({told}): {fault}.",
        remedy="Mend the header, or write in sigpanel.toml which header holds what; the names known from the start "
        f"stand in contracts/cohort.yaml.{_lines_to_write(strangers, found)}",
    )


def _lines_to_write(strangers: Sequence[Cell], found: Collection[str]) -> str:
    """A line for each column that is still to be found, and one for headers not to be read."""
    if not strangers:
        return ""
    wanted = [name for name in cohort().columns if name not in found and _is_wanted(name, found)]
    lines = [f'{name} = "…"    # the header that holds it, of {_places(strangers)}' for name in wanted]
    ignore = f'ignore = ["…"]    # those of {_places(strangers)} that are not to be read'
    return "\n".join(["\n\n[cohort]", *lines, f"{ignore}\n"])


def _is_wanted(name: str, found: Collection[str]) -> bool:
    described = cohort().columns[name]
    if name in cohort().identified_by:
        return not set(found) & set(cohort().identified_by)
    return described.is_required and described.told_by not in found
