"""What the day in a UNO code, or in a personal number, can be, and every code that there can be.

A coordination number (samordningsnummer) has the birth day plus 60, after Skatteverket's rules for such numbers. Two
initials of 29 letters, a hundred years and 31 days are some 2.6 million codes; coordination numbers double them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

INITIALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ"
COORDINATION_DAYS: Final = 60
LAST_DAY_OF_A_MONTH: Final = 31


def is_day(day: pl.Expr) -> pl.Expr:
    """Whether a number is the day of a birth, a coordination number's too; null where there is none."""
    return day.is_between(1, LAST_DAY_OF_A_MONTH) | (day - COORDINATION_DAYS).is_between(1, LAST_DAY_OF_A_MONTH)


def possible_codes() -> Iterator[str]:
    """Every possible code, in capitals: what somebody without the key would try."""
    days = range(1, LAST_DAY_OF_A_MONTH + 1)
    born = [f"{year:02}{day + more:02}" for year in range(100) for more in (0, COORDINATION_DAYS) for day in days]
    return (given + family + digits for given in INITIALS for family in INITIALS for digits in born)
