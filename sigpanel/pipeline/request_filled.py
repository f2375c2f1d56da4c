"""Whether a request that somebody filled in lies in the owner's outbox, whatever it is called now.

    hold_none_filled(outbox, ours, persons)      a refusal that names the files

A filled-in list joins a code to a personal number, and never comes back to us. What comes back all the same is seldom
called what it was: whoever saves it gives it a name, puts it into a folder, renames a sheet, or takes the header away.
So every workbook in the outbox is looked into, and one is a list where its columns are those of a request, or where an
id of the extract and a personal number stand on one line. By its name a list is known only where it cannot be read.

Text files are not looked into, nor what no key of ours opens. Nothing is told of what stands in a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError
from sigpanel.followup.held import PERSONAL_NUMBER
from sigpanel.intake import Refused
from sigpanel.intake.files import read_workbook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from sigpanel.intake.book import Book, Cell, Sheet

_WORKBOOKS: Final = (".xlsx", ".xlsm")
_NUMBER: Final = re.compile(PERSONAL_NUMBER, re.ASCII)


def hold_none_filled(outbox: Path, ours: Collection[Path], persons: Collection[str]) -> None:
    """Refuse an outbox in which a list lies that was filled in.

    Args:
        outbox: the folder.
        ours: the lists that were written under their own names; which cannot be read is as bad as filled in.
        persons: the ids of the extract's persons.

    Raises:
        InputError: naming the files.
    """
    ids = {*persons}
    paths = {*ours, *_workbooks(outbox)}
    filled = [path.relative_to(outbox).as_posix() for path in sorted(paths) if _is_filled(path, path in ours, ids)]
    if filled:
        raise InputError(
            "request-filled",
            f"Lists in owner/outbox hold numbers, or cannot be read: {', '.join(filled)}. Nothing was written.",
            remedy="They must not lie here: hand them to whom they are for, and delete them.",
        )


def _workbooks(outbox: Path) -> Iterator[Path]:
    for path in outbox.rglob("*"):
        # A name that begins so is a lock that Excel lays beside an open workbook, not a workbook.
        if path.suffix.lower() in _WORKBOOKS and path.is_file() and not path.name.startswith("~$"):
            yield path


def _is_filled(path: Path, is_ours: bool, ids: Collection[str]) -> bool:
    try:
        book = read_workbook(path)
    except (Refused, OSError):
        return is_ours
    return _is_list_filled(book, ids) or (is_ours and not any(map(_columns, book.sheets)))


def _is_list_filled(book: Book, ids: Collection[str]) -> bool:
    return any(_is_sheet_filled(sheet, ids) for sheet in book.sheets)


def _is_sheet_filled(sheet: Sheet, ids: Collection[str]) -> bool:
    columns = _columns(sheet)
    if columns is not None:
        head, written = columns
        if any(cell.row > head and cell.column in written for cell in sheet.cells):
            return True
    return any(_tells(line, ids) for line in _lines(sheet))


def _columns(sheet: Sheet) -> tuple[int, set[int]] | None:
    """The row of a request's headers and the columns to be written in; null where the sheet is no request."""
    words = facts().request.columns
    to_write = {words["number"], words["unknown"]}
    for line in _lines(sheet):
        texts = {cell.text.strip() for cell in line}
        if words["person_id"] in texts and texts & to_write:
            return line[0].row, {cell.column for cell in line if cell.text.strip() in to_write}
    return None


def _tells(line: Sequence[Cell], ids: Collection[str]) -> bool:
    """Whether a line leads from an id of the extract to a personal number."""
    texts = [cell.text.strip() for cell in line]
    return any(text in ids for text in texts) and any(_NUMBER.fullmatch(text) for text in texts)


def _lines(sheet: Sheet) -> Iterator[list[Cell]]:
    line: list[Cell] = []
    for cell in sheet.cells:
        if line and line[0].row != cell.row:
            yield line
            line = []
        line.append(cell)
    if line:
        yield line
