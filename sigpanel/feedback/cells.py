"""What goes back into a cell: the answer as it was sent, as the value that the form asks for where it can be that.

A day is written as a day, whatever day the submission's book counts from; a number that only looked like one as
a number; a text as a text. What Excel itself could not compute goes back as an empty cell. Nothing is mended: what was
wrong is as wrong as before, or the mark on it would make no sense.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.forms.write_style import DATE_FORMAT, TEXT_FORMAT
from sigpanel.forms.write_value import GENERAL, Shown

if TYPE_CHECKING:
    import datetime as dt

# An unformatted number of so many digits in a date's cell is a day as Excel counts, 1927 to 2173; cleaning reads it so.
_SERIAL_DIGITS = 5
# Days outside these years are none that anybody means, but numbers in a cell that shows dates.
_FIRST_YEAR, _END_YEAR = 1900, 2300
# No code and no count of the form is larger; a larger number in a cell that shows dates was seen as a date.
_LARGEST_ANSWER = 999
# What a cell without an answer is made ready for, by its question's kind.
_READY = {"uno": TEXT_FORMAT, "date": DATE_FORMAT}


def empty(answer_kind: str) -> Shown:
    """A cell without an answer."""
    return Shown(None, _READY.get(answer_kind, GENERAL))


def written(answer_kind: str, kind: str, text: str, number: float | None, date: dt.date | None) -> Shown:
    """What a cell of `intake.CELLS` holds, under a question of that kind."""
    match kind:
        case "text":
            return Shown(text, _READY.get(answer_kind, GENERAL))
        case "boolean":
            return Shown(text == "TRUE", GENERAL)
        case "percent" if number is not None:
            return Shown(number, "0%" if round(number * 100, 9).is_integer() else "0.0%")
        case "number" | "date" if number is not None:
            day = _day(answer_kind, kind, number, date)
            return Shown(number, GENERAL) if day is None else Shown(day, DATE_FORMAT)
    return empty(answer_kind)


def _day(answer_kind: str, kind: str, number: float, date: dt.date | None) -> dt.date | None:
    """The day that a number is, where it is to be one."""
    if date is None or not _FIRST_YEAR <= date.year < _END_YEAR:
        return None
    if answer_kind == "date":
        is_day = kind == "date" or (number.is_integer() and len(str(int(number))) == _SERIAL_DIGITS)
    else:
        is_day = kind == "date" and number > _LARGEST_ANSWER
    return date if is_day else None
