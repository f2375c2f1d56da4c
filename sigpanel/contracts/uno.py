"""What the day in a UNO code, or in a personal number, can be.

A coordination number (samordningsnummer) has the birth day plus 60, after Skatteverket's rules for such numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

COORDINATION_DAYS: Final = 60
LAST_DAY_OF_A_MONTH: Final = 31


def is_day(day: pl.Expr) -> pl.Expr:
    """Whether a number is the day of a birth, a coordination number's too; null where there is none."""
    return day.is_between(1, LAST_DAY_OF_A_MONTH) | (day - COORDINATION_DAYS).is_between(1, LAST_DAY_OF_A_MONTH)
