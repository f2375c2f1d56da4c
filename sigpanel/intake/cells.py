"""The cells of a worksheet part, read in one pass with expat.

Sparse by construction: a cell is an entry with an address, never a place in a grid, so that a stray value in the last
corner costs as much as any other. Cells without a value, styled or not, are no entries.

What comes out is what is stored, before any number format. Nothing is dropped for being hidden, by a row, a column or a
merge, and what a value means is not decided here.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar, Final

from sigpanel.intake import formats
from sigpanel.intake.book import BOOLEAN, DATE, ERROR, FORMULA, NUMBER, PERCENT, TEXT, Cell, address
from sigpanel.intake.gate import Refused
from sigpanel.intake.plain import plain_cells, style_and_type
from sigpanel.intake.strings import Attributes, Part, unescaped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.intake.plain import Found

MAX_ROW: Final = 1 << 20
MAX_COLUMN: Final = 1 << 14
MAX_RANGE: Final = 2_000_000
MAX_CELL_CHARACTERS: Final = 32_767  # Excel's own limit

_ADDRESS: Final = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
# In runs: an empty cell seldom comes alone.
_EMPTY_CELLS: Final = re.compile(rb"<c [^<>/]*+/>(?:<c [^<>/]*+/>)*+")
_BOOLEANS: Final = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}

Reading = tuple[str, str, float | None, date | None]
"""The kind, text, number and date of a cell: all of it but the place."""


def read_cells(data: bytes, strings: Sequence[str], kinds: Mapping[str, str], *, epoch_1904: bool) -> list[Cell]:
    """The cells of a worksheet that hold something, by row and column.

    Args:
        data: the worksheet part.
        strings: what cells of type "s" point to.
        kinds: the kind of number by style ("3": "date"); a style that is not in it is a plain number's.
        epoch_1904: whether serials count from 1904.
    """
    # In a pre-formatted form nine cells of ten are empty; taking them out first halves the time. Two kinds of part are
    # read whole: where a tag may be text, and where cells go without addresses and so are counted.
    filled = data if b"<![CDATA[" in data else _EMPTY_CELLS.sub(b"", data)
    part = _Worksheet(strings, kinds, epoch_1904=epoch_1904)
    plain = plain_cells(filled, MAX_ROW)
    if plain is not None:
        part.take(plain)
    else:
        part.parse(filled)
    if part.has_counted and len(filled) < len(data):
        part = _Worksheet(strings, kinds, epoch_1904=epoch_1904)
        part.parse(data)
    cells = part.cells
    if not part.is_in_order:
        cells.sort(key=itemgetter(0, 1))
        if any(one[:2] == other[:2] for one, other in pairwise(cells)):
            raise Refused("workbook_is_damaged", "worksheet")
    # From A1, as readers that fill a grid count it. Empty cells do not count: formats dragged down a column are common,
    # and harmless here. Asked afterwards, since the list is as sparse as the part, whose tags are bounded.
    rows, columns = (cells[-1].row, max(cell.column for cell in cells)) if cells else (0, 0)
    if rows * columns > MAX_RANGE:
        raise Refused("workbook_range_too_large", address(rows, columns))
    return cells


class _Worksheet(Part):
    """Collects the cells of `<row>` and `<c>`."""

    root = "worksheet"
    at_begin: ClassVar[Mapping[str, str]] = {
        **Part.at_begin,
        "row": "begin_row",
        "c": "begin_c",
        "f": "begin_f",
        "v": "begin_v",
        "is": "begin_is",
    }
    at_end: ClassVar[Mapping[str, str]] = {**Part.at_end, "c": "end_c", "v": "end_v"}
    # How the text of a cell is read, by the cell's type.
    readers: ClassVar[Mapping[str, str]] = {
        "n": "number",
        "d": "iso_date",
        "s": "shared_string",
        "str": "own_string",
        "inlineStr": "inline_string",
        "b": "boolean",
        "e": "error",
        FORMULA: "formula",
    }

    def __init__(self, strings: Sequence[str], kinds: Mapping[str, str], *, epoch_1904: bool) -> None:
        super().__init__()
        self.strings = strings
        self.kinds = kinds
        self.epoch_1904 = epoch_1904
        self.cells: list[Cell] = []
        self.is_in_order = True
        self.has_counted = False
        self.row = 0
        self.cell: Attributes = {}
        self.has_formula = False
        self.last_place = 0
        self.row_digits = ""
        self.columns: dict[str, int] = {}
        # Answers repeat: each different content is read once.
        self.readings: dict[tuple[str, str, str], Reading | None] = {}

    def begin_c(self, attributes: Attributes) -> None:
        if "r" not in attributes:
            self.place(attributes)
        self.cell = attributes

    def begin_row(self, attributes: Attributes) -> None:
        self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
        if not 1 <= self.row <= MAX_ROW:
            raise Refused("workbook_is_damaged", self.root)
        self.row_digits = str(self.row)
        self.cell = {}

    def place(self, attributes: Attributes) -> None:
        """Give a cell without an address the one after the cell before it."""
        self.has_counted = True
        before = self.position(self.cell["r"])[1] if self.cell else 0
        attributes["r"] = address(self.row, before + 1)

    def begin_v(self, _: Attributes) -> None:
        self.listen()

    def begin_f(self, _: Attributes) -> None:
        self.has_formula = True

    def begin_is(self, _: Attributes) -> None:
        self.runs.clear()

    def end_v(self) -> None:
        text = self.heard()
        type_ = self.cell.get("t", "n")
        if type_ == "inlineStr":
            # stands only if no `<is>` follows
            self.runs[:] = [text]
        # An empty value is no cached value, except that of a formula whose result is an empty text.
        elif text or type_ == "str":
            self.emit(type_, text)
            self.has_formula = False

    def end_c(self) -> None:
        if self.runs:
            self.emit("inlineStr", self.string())
        elif self.has_formula:
            self.emit(FORMULA, "")
        self.has_formula = False

    def emit(self, type_: str, text: str) -> None:
        """Add the current cell, unless what it holds is an empty text."""
        ref = self.cell["r"]
        # Nearly always the address ends with the row's own number, and its letters have been seen before.
        column = self.columns.get(ref.removesuffix(self.row_digits))
        row, column = (self.row, column) if column else self.position(ref)
        key = (type_, self.cell.get("s", "0"), text)
        try:
            reading = self.readings[key]
        except KeyError:
            reading = self.readings[key] = self.new_reading(*key, row=row, column=column)
        if reading is None:
            return
        place = row * MAX_COLUMN + column
        if place <= self.last_place:
            self.is_in_order = False
        self.last_place = place
        self.cells.append(Cell(row, column, *reading))

    def take(self, found: Sequence[Found]) -> None:
        """Add cells that were found without events; the same cells come out as by `emit`."""
        readings: dict[tuple[bytes, bytes], Reading | None] = {}
        columns: dict[bytes, int] = {}
        rows: dict[bytes, int] = {}
        last = 0
        # A namedtuple's own `__new__` is a call of Python more, for every cell.
        append, new = self.cells.append, tuple.__new__
        for letters, digits, looks, _, value in found:
            try:
                row, column = rows[digits], columns[letters]
            except KeyError:
                row, column = self.position((letters + digits).decode())
                rows[digits], columns[letters] = row, column
            try:
                reading = readings[looks, value]
            except KeyError:
                style, type_ = style_and_type(looks)
                reading = self.new_reading(type_, style, value.decode(), row=row, column=column)
                readings[looks, value] = reading
            if reading is None:
                continue
            place = row * MAX_COLUMN + column
            if place <= last:
                self.is_in_order = False
            last = place
            append(new(Cell, (row, column, *reading)))

    def position(self, ref: str) -> tuple[int, int]:
        """Row and column of an address."""
        found = _ADDRESS.fullmatch(ref)
        if not found:
            raise Refused("workbook_is_damaged", self.root)
        letters, row = found[1], int(found[2])
        column = 0
        for letter in letters.upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        if row > MAX_ROW or column > MAX_COLUMN:
            raise Refused("workbook_is_damaged", self.root)
        self.columns[letters] = column
        return row, column

    def new_reading(self, type_: str, style: str, text: str, *, row: int, column: int) -> Reading | None:
        """What the text of a cell of this type and style says; null if it is an empty text."""
        try:
            reading = getattr(self, self.readers[type_])(text, style)
            is_sound = len(reading[1]) <= MAX_CELL_CHARACTERS
        except (ValueError, LookupError):
            is_sound = False
        if not is_sound:
            raise Refused("workbook_is_damaged", address(row, column))
        return None if reading[:2] == (TEXT, "") else reading

    def number(self, text: str, style: str) -> Reading:
        """A number, which by its style may be a percentage or a date."""
        value, decimal, day = formats.number(text, epoch_1904=self.epoch_1904)
        kind = self.kinds.get(style, NUMBER)
        if kind == PERCENT:
            return kind, decimal, value, None
        return kind, day.isoformat() if kind == DATE and day else decimal, value, day

    def iso_date(self, text: str, _: str) -> Reading:
        """A date that is written out, as Strict workbooks may; it gets the number that it would have had."""
        day = formats.iso_day(text)
        if day is None:
            return DATE, "", None, None
        return DATE, day.isoformat(), formats.serial_of_day(day, epoch_1904=self.epoch_1904), day

    def shared_string(self, text: str, _: str) -> Reading:
        """The string that a number points to."""
        index = int(text)
        if index < 0:
            raise IndexError
        return TEXT, self.strings[index], None, None

    def own_string(self, text: str, _: str) -> Reading:
        """The text that a formula gave."""
        return TEXT, unescaped(text), None, None

    def inline_string(self, text: str, _: str) -> Reading:
        """Text that stands in the cell itself."""
        return TEXT, text, None, None

    def boolean(self, text: str, _: str) -> Reading:
        """A truth value."""
        return BOOLEAN, _BOOLEANS[text.strip()], None, None

    def error(self, *_: str) -> Reading:
        """One of Excel's errors; which, does not matter."""
        return ERROR, "", None, None

    def formula(self, *_: str) -> Reading:
        """A formula that was never calculated."""
        return FORMULA, "", None, None
