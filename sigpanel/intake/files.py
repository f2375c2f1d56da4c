"""A submitted file as a book: a workbook, or else the form saved as text.

Which it is, is told by content alone. Whatever is no workbook, and no other kind of file that the sender can be told
about, is looked at once more as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.intake import delimited, xlsx
from sigpanel.intake.gate import Refused

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sigpanel.intake.book import Book


def read_file(path: Path) -> Book:
    """The book in a file.

    Raises:
        Refused: the file holds none that can be used.
    """
    return _as_workbook(path) or delimited.read(path)


def read_workbook(path: Path) -> Book:
    """The book in a file that must be a workbook: what is text, such as .csv, is none.

    Raises:
        Refused: the file is no workbook that can be used.
    """
    return xlsx.read(path)


def read_table(path: Path, headers: Collection[str]) -> Book:
    """The book in a file that holds no form but a table, known by these headers (folded).

    Raises:
        Refused: the file holds none that can be used.
    """
    return _as_workbook(path) or delimited.read_table(path, headers)


def _as_workbook(path: Path) -> Book | None:
    try:
        return xlsx.read(path)
    except Refused as refused:
        if refused.rule != "workbook_is_not_xlsx":
            raise
    return None
