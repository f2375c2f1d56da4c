"""A submitted file as a book: a workbook, or else the form saved as text.

Which it is, is told by content alone. Whatever is no workbook, and no other kind of file that the sender can be told
about, is looked at once more as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.intake import delimited, xlsx
from sigpanel.intake.gate import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.intake.book import Book


def read_file(path: Path) -> Book:
    """The book in a file.

    Raises:
        Refused: the file holds none that can be used.
    """
    try:
        return xlsx.read(path)
    except Refused as refused:
        if refused.rule != "workbook_is_not_xlsx":
            raise
    return delimited.read(path)
