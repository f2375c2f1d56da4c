"""Dates as whole days, or as the first and the last day that a coarser date may be.

    bounds(source, "episodes", ["enrolled_on", "discharged_on"], "Survival")

A panel has days. In an extract a date may be a month, a quarter or a year, and then it is an interval: every duration
that is reckoned from it is one too, from the shortest to the longest that it can be. Days counted from a person's first
enrolment are as good as dates between the dates of one person, and cannot be compared with a calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.source import DAY, RELATIVE, Dated, dated, lacking
from sigpanel.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

LOW, HIGH = "__low", "__high"


@dataclass(frozen=True)
class Dates:
    """How the dates of an analysis stand in a source.

    `exprs` give `<date>__low` and `<date>__high` (Int32: days since 1970, or since the person's first enrolment), of
    `columns`. `is_exact` is whether the two are the same for all of them, `is_calendar` whether they are days of a
    calendar.
    """

    columns: tuple[str, ...]
    exprs: tuple[pl.Expr, ...]
    is_exact: bool
    is_calendar: bool


def bounds(source: Source, table: str, dates: Sequence[str], why: str) -> Dates:
    """How dates of one table stand in a source.

    Raises:
        InputError: one is not there, or days of a calendar stand beside days of a person.
    """
    found = {name: dated(source, table, name) for name in dates}
    missing = [name for name, each in found.items() if each is None]
    if missing:
        raise lacking(table, missing, why)
    there = {name: each for name, each in found.items() if each is not None}
    if len({each.grain == RELATIVE for each in there.values()}) > 1:
        raise unlike(why, list(there.values()))
    return Dates(
        tuple(dict.fromkeys(each.column for each in there.values())),
        tuple(expr.alias(f"{name}{end}") for name, each in there.items() for end, expr in _ends(each)),
        all(each.is_exact for each in there.values()),
        all(each.grain != RELATIVE for each in there.values()),
    )


def unlike(why: str, dates: Sequence[Dated]) -> InputError:
    """The refusal of an analysis that would compare a calendar with days since the first enrolment."""
    relative = sorted({each.column for each in dates if each.grain == RELATIVE})
    others = sorted({each.column for each in dates if each.grain != RELATIVE})
    return InputError(
        "dates-not-alike",
        f"{why} compares {', '.join(others)} with {', '.join(relative)}, which counts days from the person's first "
        "enrolment: nothing tells which day of the calendar that is.",
        remedy="Of days since enrolment `long` alone makes use. Months, quarters or years in all of these give "
        "intervals: `survival`, `episode_durations`, and `followup` with calendar=True. A panel has days.",
    )


def too_coarse(why: str, dates: Sequence[str]) -> InputError:
    """The refusal of an analysis that needs days and not intervals."""
    return InputError(
        "dates-too-coarse",
        f"{why} needs days, and {', '.join(dates)} stand in this extract as months, quarters or years.",
        remedy="Of months, quarters and years `survival` and `episode_durations` give intervals, and `followup` with "
        "calendar=True whole years; this needs days of the calendar. Days since enrolment serve no follow-up: until "
        "when somebody is watched never leaves as such a day.",
    )


def hold_horizon(horizon: int | None) -> None:
    """Hold that a horizon is whole days, where there is one.

    Raises:
        UsageError: it is not.
    """
    if horizon is not None:
        hold_days(horizon, 1, "horizon-no-time", "A horizon is whole days, from 1.", "Give 1096 for three years.")


def hold_days(days: int, least: int, code: str, what: str, remedy: str) -> None:
    """Hold that somebody gave whole days, where a notebook takes anything.

    Raises:
        UsageError: of that code, where it is no whole number or less than the least.
    """
    if type(days) is not int or days < least:
        raise UsageError(code, what, remedy=remedy)


def _ends(each: Dated) -> tuple[tuple[str, pl.Expr], tuple[str, pl.Expr]]:
    value = pl.col(each.column)
    if each.grain == RELATIVE:
        low = high = value.cast(pl.Int32)
        return (LOW, low), (HIGH, high)
    if each.grain == DAY:
        low = high = _day(value)
        return (LOW, low), (HIGH, high)
    if each.grain == "year":
        first, by = pl.date(value.cast(pl.Int32), 1, 1), "1y"
    elif each.grain == "quarter":
        # What an extract has hidden is a word and no quarter, as it is no month below.
        month = value.str.slice(5, 1).cast(pl.Int32, strict=False) * 3 - 2
        first, by = pl.date(value.str.slice(0, 4).cast(pl.Int32, strict=False), month, 1), "3mo"
    else:
        first, by = (value + "-01").str.to_date("%Y-%m-%d", strict=False), "1mo"
    return (LOW, _day(first)), (HIGH, _day(first.dt.offset_by(by)) - 1)


def _day(date: pl.Expr) -> pl.Expr:
    return date.cast(pl.Date).cast(pl.Int32)
