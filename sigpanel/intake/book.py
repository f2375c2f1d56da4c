"""The nouns of a workbook that has been read: a book of sheets, a sheet of cells, a cell with an address.

They hold what districts wrote, so none shows its content when printed: a traceback, a failed assertion and a log print.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, NamedTuple

TEXT: Final = "text"
NUMBER: Final = "number"
PERCENT: Final = "percent"  # a number in a cell formatted as a percentage: 50 % is 0.5
BOOLEAN: Final = "boolean"
DATE: Final = "date"  # a number in a cell formatted as a date or time, whether or not a date was meant
ERROR: Final = "error"
FORMULA: Final = "formula"  # a formula that holds no result; with one, the cell is of the result's kind


class Cell(NamedTuple):
    """A cell that holds something: where, what kind, and what can be read from it.

    Attributes:
        row: from 1.
        column: from 1.
        kind: one of the kinds above.
        text: the text; of a number the plain decimal (5, 0.6, 20200422); of a date YYYY-MM-DD, or the decimal where the
            number is no day; TRUE or FALSE; empty for an error and a formula.
        number: the number as stored, of a number, a percentage and a date.
        date: the day of a date, and the day that a number would be as one in this workbook; null where there is none.
    """

    row: int
    column: int
    kind: str
    text: str
    number: float | None
    date: datetime.date | None

    def __repr__(self) -> str:
        return f"<Cell {address(self.row, self.column)} {self.kind}>"


@dataclass(frozen=True)
class Sheet:
    """A worksheet.

    Attributes:
        no: its place among all tabs of the workbook, charts included, from 1.
        is_visible: whether its tab shows.
        n_notes: how many notes its cells have.
        cells: the cells that hold something, by row and column.
        name: for the data owner's eyes only.
    """

    no: int
    is_visible: bool
    n_notes: int
    cells: list[Cell] = field(repr=False)
    name: str = field(repr=False)

    def rows(self, first: int, end: int | None = None) -> list[Cell]:
        """The cells of the rows from `first` up to, and without, `end`; without it, to the last."""
        start = bisect_left(self.cells, first, key=itemgetter(0))
        return self.cells[start : None if end is None else bisect_left(self.cells, end, key=itemgetter(0))]


@dataclass(frozen=True)
class Book:
    """A workbook: its worksheets in their order, and whether its dates count from 1904."""

    sheets: tuple[Sheet, ...]
    epoch_1904: bool

    @property
    def n_notes(self) -> int:
        """How many notes its worksheets have."""
        return sum(sheet.n_notes for sheet in self.sheets)


def letters(column: int) -> str:
    """A column's letters: 28 is AB."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def address(row: int, column: int) -> str:
    """A cell's address as people write it: row 9, column 28 is AB9."""
    return f"{letters(column)}{row}"
