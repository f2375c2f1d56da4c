"""A form that was saved as text: one sheet, of which every cell is a text where it stood in the workbook.

"CSV" is what Excel makes of a sheet in UTF-8, UTF-16 or Windows-1252, with semicolons, commas or tabs. None of this is
written in the file, and its name is a claim. So the encoding is told by the bytes, and the separator is the one by
which a row has enough of the form's headers; a text without such a row is no form, whatever it is.

Numbers and dates stay texts, since what they were is lost; cleaning reads texts too. Only what a text would be
mistaken in is told apart, by the words of `contracts/habits.yaml`: Excel's errors and truth values. Formulas, notes,
percentages and hidden tabs are gone, and are not missed.

Tables of the data owner's own (`read_table`) are read the same way; only their headers are others.

A quote that is never closed would swallow all persons below it, so the format is held to strictly, and no more fields,
letters or places are let in than of a workbook.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from sigpanel.forms import habits
from sigpanel.intake.book import BOOLEAN, ERROR, TEXT, Book, Cell, Sheet, address
from sigpanel.intake.cells import MAX_CELL_CHARACTERS, MAX_COLUMN, MAX_RANGE, MAX_ROW
from sigpanel.intake.gate import MAX_TAGS, Refused, bytes_of
from sigpanel.intake.texts import header_key, known_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_SEPARATORS: Final = (";", ",", "\t")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
# Zip files and Excel's old containers, which have been refused for what they are.
_NO_TEXT: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Far beyond what stands above a header, and no more than is looked at in a second.
_MOST_ABOVE: Final = 20_000
_LONGEST_WORD: Final = 20
# A cell with something in it takes four tags of a workbook.
_MOST_CELLS: Final = MAX_TAGS // 4


def read(path: Path) -> Book:
    """The form in a text file, as a workbook of one sheet.

    Raises:
        Refused: it is no text, has no row with the form's headers, or is damaged or of unbearable size.
    """
    try:
        return _read(path)
    except Refused as refused:
        rule, place = refused.rule, refused.place
    except Exception:  # noqa: BLE001 - from csv, the codecs, our own slips: all may quote content
        rule, place = "workbook_is_damaged", None
    # Outside the handlers, so that nothing keeps what was caught.
    raise Refused(rule, place) from None


def read_table(path: Path, headers: Collection[str]) -> Book:
    """A table that is no form, as a workbook of one sheet: its header is the first row with anything in it.

    The separator is the one by which that row has most of `headers` (folded), and where it has none, most fields.

    Raises:
        Refused: it is no text, damaged or of unbearable size, or a row has another number of fields than the header.
    """
    try:
        return _read_table(path, headers)
    except Refused as refused:
        rule, place = refused.rule, refused.place
    except Exception:  # noqa: BLE001 - as above
        rule, place = "workbook_is_damaged", None
    raise Refused(rule, place) from None


def _read_table(path: Path, headers: Collection[str]) -> Book:
    data = _utf_8(bytes_of(path))
    if data is None:
        raise Refused("workbook_is_not_xlsx")
    bearable = [separator for separator in _SEPARATORS if _n_fields(data, separator) <= MAX_RANGE]
    if not bearable:
        raise Refused("workbook_too_large")
    firsts = {separator: _first_row(data, separator) for separator in bearable}
    known = {separator: len({header_key(text) for text in row} & set(headers)) for separator, row in firsts.items()}
    separator = max(bearable, key=lambda one: (known[one], len(firsts[one])))
    # By none of those that are left it is a table; by one of which it has too many it may well be.
    if not known[separator] and len(bearable) < len(_SEPARATORS):
        raise Refused("workbook_too_large")
    _hold_even(data, separator, len(firsts[separator]))
    return _book(data, separator)


def _first_row(data: bytes, separator: str) -> list[str]:
    try:
        return next((row[:MAX_COLUMN] for row in _rows(data, separator) if any(map(str.strip, row))), [])
    except csv.Error:
        return []


def _hold_even(data: bytes, separator: str, width: int) -> None:
    """Refuse a row of another length than the header: programs write all alike, so somewhere a separator is off."""
    row_no = 0
    try:
        for row_no, row in enumerate(_rows(data, separator), start=1):
            if len(row) != width and any(map(str.strip, row)):
                raise Refused("workbook_is_damaged", f"row {row_no}")
    except csv.Error:
        raise Refused("workbook_is_damaged", f"row {row_no + 1}") from None


def _book(data: bytes, separator: str) -> Book:
    return Book((Sheet(1, is_visible=True, n_notes=0, cells=_cells(data, separator), name=""),), epoch_1904=False)


def _read(path: Path) -> Book:
    data = _utf_8(bytes_of(path))
    is_csv = path.suffix.lower() == ".csv"
    if data is None:
        raise Refused("workbook_is_not_xlsx")
    bearable = [separator for separator in _SEPARATORS if _n_fields(data, separator) <= MAX_RANGE]
    matches = {separator: _n_headers(data, separator) for separator in bearable}
    separator = max(matches, key=matches.__getitem__, default="")
    if not separator or matches[separator] < habits().header_least_matches:
        is_large = len(bearable) < len(_SEPARATORS)
        raise Refused(
            "workbook_is_not_xlsx" if not is_csv else "workbook_too_large" if is_large else "form_not_recognised"
        )
    return _book(data, separator)


def _utf_8(data: bytes) -> bytes | None:
    """The text in UTF-8 without a mark; null if it is none, and so for most bytes that are no text."""
    if data.startswith(_NO_TEXT):
        return None
    for encoding in ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text.encode()
    return None


def _n_fields(data: bytes, separator: str) -> int:
    """An upper bound on the fields: asked before the csv module makes an object of each."""
    return data.count(separator.encode()) + data.count(b"\n") + data.count(b"\r")


def _rows(data: bytes, separator: str) -> Iterator[list[str]]:
    # Line breaks stay as they are: within quotes they are content. Decoded by and by: a copy of the whole in memory, at
    # four bytes a letter, would be the largest thing here.
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    return csv.reader(lines, delimiter=separator, strict=True)


def _n_headers(data: bytes, separator: str) -> int:
    """How many of the form's headers the first row with enough of them has; 0 where there is none."""
    least = habits().header_least_matches
    n_seen = 0
    try:
        for row in _rows(data, separator):
            filled = [text for text in row if text]
            n_seen += len(filled)
            if len(filled) < least:
                continue
            matches = len({header_key(text) for text in filled[:MAX_COLUMN]} & known_headers())
            if matches >= least:
                return matches
            if n_seen > _MOST_ABOVE:
                return 0
    except csv.Error:
        # As with a wrong separator, where a quote ends in the middle of a field.
        return 0
    return 0


def _cells(data: bytes, separator: str) -> list[Cell]:
    cells: list[Cell] = []
    last_column = row_no = 0
    rows = _rows(data, separator)
    try:
        for row_no, row in enumerate(rows, start=1):
            for column, text in enumerate(row, start=1):
                if not text:
                    continue
                if row_no > MAX_ROW or column > MAX_COLUMN:
                    raise Refused("workbook_range_too_large", address(row_no, column))
                if len(text) > MAX_CELL_CHARACTERS:
                    raise Refused("workbook_is_damaged", address(row_no, column))
                last_column = max(last_column, column)
                if row_no * last_column > MAX_RANGE:
                    raise Refused("workbook_range_too_large", address(row_no, last_column))
                if len(cells) == _MOST_CELLS:
                    raise Refused("workbook_too_large")
                cells.append(_cell(row_no, column, text))
    except csv.Error:
        raise Refused("workbook_is_damaged", f"row {row_no + 1}") from None
    return cells


def _cell(row: int, column: int, text: str) -> Cell:
    word = text.strip().upper() if len(text) <= _LONGEST_WORD else ""
    if word in habits().error_words:
        return Cell(row, column, ERROR, "", None, None)
    if truth := habits().boolean_words.get(word):
        return Cell(row, column, BOOLEAN, truth, None, None)
    # As in XML, a line break is one character however the system writes it.
    return Cell(row, column, TEXT, text.replace("\r\n", "\n"), None, None)
