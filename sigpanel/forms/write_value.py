"""What may stand in a cell, and how it is written so that it stays what it is.

An answer is a plain value; a spelling that a plain value cannot express is a `Shown` or a `Formula`. A text never
becomes a formula, a link, a number or markup, however it begins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.write_style import Styles

Value: TypeAlias = int | float | str | bool | dt.date | None

GENERAL = "General"
_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Shown:
    """A value in a number format of its own, such as a date written `d/m yyyy` or a rating shown in per cent."""

    value: Value
    number_format: str


@dataclass(frozen=True)
class Formula:
    """A formula with the result Excel last computed; without one, the file holds no value at all."""

    text: str
    result: int | float | str | None = None


Cell: TypeAlias = Value | Shown | Formula
Row: TypeAlias = Mapping[int, Cell]


def write_value(sheet: Worksheet, styles: Styles, at: tuple[int, int], shown: Shown, look: str = "") -> None:
    """Write an answer at a row and column, counted from 0; where there is none, only how the cell looks."""
    row, column = at
    looks = styles.shown(shown.number_format, look=look)
    match shown.value:
        case bool():
            sheet.write_boolean(row, column, shown.value, looks)
        case int() | float():
            sheet.write_number(row, column, shown.value, looks)
        case dt.date():
            sheet.write_datetime(row, column, shown.value, looks)
        case str() as text:
            quoted = styles.shown(shown.number_format, quoted=text.startswith(_LIKE_A_FORMULA), look=look)
            sheet.write_string(row, column, _no_markup(text), quoted)
        case None:
            sheet.write_blank(row, column, None, looks)


def _no_markup(text: str) -> str:
    """A text that xlsxwriter does not copy into the file as XML, as it does with all that looks like a rich string."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text
