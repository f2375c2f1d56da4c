"""What a number in a cell is: the kind its number format makes it, the decimal it is written as, the day it would be.

Excel knows numbers only. 43943 is a day, a percentage or a count by nothing but the cell's number format, and a format
can be wrong: an age typed into a date-formatted cell looks like a day of the year 1900. So every number keeps all its
readings, side by side, and which one answers the question is decided where the question is known.

Formats are only classified, never applied: 7 shown as "007" is 7.
"""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from sigpanel.intake.book import DATE, NUMBER, PERCENT

# Formats that a workbook uses by number, not spelled out (ECMA-376, 18.8.30; 27 to 36 and 50 to 58 are East Asian).
_BUILTIN: Final = {
    **dict.fromkeys((9, 10), PERCENT),
    **dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), DATE),
}
_LONGEST_FORMAT: Final = 255  # Excel's own limit; the pattern below takes quadratic time on what no Excel has written
_ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_LITERAL: Final = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]', re.DOTALL)
_DATE_TOKEN: Final = re.compile(r"[ymdhs]", re.IGNORECASE)
_PLAIN_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ISO_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_ISO_TIME: Final = re.compile(r"T?\d\d:[\d:.]+Z?", re.ASCII)

_LAST_SERIAL: Final = 2_958_465  # 9999-12-31
_BEFORE_1900: Final = date(1899, 12, 30).toordinal()
_BEFORE_1904: Final = date(1904, 1, 1).toordinal()
_FICTITIOUS_LEAP_DAY: Final = (
    60  # Excel's 1900-02-29, kept from Lotus 1-2-3: days before it stand one later than the rest says
)
_WHOLE_BELOW: Final = 1e15  # beyond it the digits of a whole float are no longer all meant


class Number(NamedTuple):
    """A cell's number in all its readings: the float, its decimal, and the day that it would be as a serial."""

    value: float
    decimal: str
    day: date | None


def kind_of_format(code: str | None, number: int) -> str:
    """The kind of a number formatted by `code`, or by the builtin format `number` where the workbook spells out none.

    A date token in any section makes a date, since sections such as `[=0]"";yyyy-mm-dd` hide their zeros first.
    """
    if code is None:
        return _BUILTIN.get(number, NUMBER)
    code = code[:_LONGEST_FORMAT]
    tokens = _LITERAL.sub("", _ELAPSED.sub("h", code))
    if _DATE_TOKEN.search(tokens):
        return DATE
    return PERCENT if "%" in tokens else NUMBER


@lru_cache(maxsize=4_096)
def number(text: str, *, epoch_1904: bool) -> Number:
    """The number that the text of a `<v>` holds; a ValueError if it holds none."""
    text = text.strip()
    # Python's float takes more than Excel writes: 1_000, nan, other scripts' digits
    value = float(text) if _PLAIN_NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError("not a number")
    return Number(value, decimal(value), day_of_serial(value, epoch_1904=epoch_1904))


def decimal(value: float) -> str:
    """The canonical decimal: 5, 0.6, 20200422."""
    return str(int(value)) if value.is_integer() and abs(value) < _WHOLE_BELOW else repr(value)


def day_of_serial(serial: float, *, epoch_1904: bool) -> date | None:
    """The day of a serial, its time dropped; none for a mere time, a day that never was, and outside 1900 to 9999."""
    if not 1 <= serial < _LAST_SERIAL + 1:
        return None
    whole = int(serial)
    if epoch_1904:
        return date.fromordinal(_BEFORE_1904 + whole) if _BEFORE_1904 + whole <= date.max.toordinal() else None
    if whole == _FICTITIOUS_LEAP_DAY:
        return None
    return date.fromordinal(_BEFORE_1900 + whole + (whole < _FICTITIOUS_LEAP_DAY))


def iso_day(text: str) -> date | None:
    """The day of an ISO 8601 cell (`t="d"`), none for a mere time; a ValueError if it is neither."""
    text = text.strip()
    if found := _ISO_DATE.fullmatch(text):
        return date.fromisoformat(found[1])
    if _ISO_TIME.fullmatch(text):
        return None
    raise ValueError("not a date")


def serial_of_day(day: date, *, epoch_1904: bool) -> float:
    """The serial that a day would have, so that a date cell has a number however it was stored."""
    if epoch_1904:
        return float(day.toordinal() - _BEFORE_1904)
    serial = day.toordinal() - _BEFORE_1900
    return float(serial - (serial <= _FICTITIOUS_LEAP_DAY))
