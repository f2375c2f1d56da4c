"""A coverage held against what else is known, for it may claim more than its delivery can keep.

    hold_days(declared, today)      no day is covered that has not been yet, or a refusal
    hold_complete(taken, new)       something of it is complete, or a refusal
    doubted(taken, new)             what may be so, and is better asked about: warnings that count

A day after the one on which a delivery comes cannot be in it: persons would be followed into it without an event. A lag
that is shorter than its contract assumes, and years at the end without a row where years before have rows, are what a
holder may know better. They count months and years; nothing here tells of a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError
from sigpanel.followup.held import Warned

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from sigpanel.contracts.delivery import Coverage
    from sigpanel.followup.held import Taken


def hold_days(declared: Mapping[str, Coverage], today: dt.date) -> None:
    """Refuse a coverage of days that have not been.

    Args:
        declared: by table, what is declared of it.
        today: the day on which it comes.

    Raises:
        InputError: naming the tables.
    """
    ahead = [name for name, coverage in declared.items() if coverage.until_on > today]
    if ahead:
        raise InputError(
            "delivery-coverage-ahead",
            f"The declared coverage of {', '.join(ahead)} does not hold: until_on lies after today. Nothing was taken "
            "in.",
            remedy="Ask the holder until which day the delivery tells everything; no later day than that on which it "
            "was made.",
        )


def hold_complete(taken: Sequence[Taken], new: Sequence[Taken]) -> None:
    """Refuse a lag that leaves nothing of a coverage: its last complete day would lie before its first.

    Args:
        taken: every delivery that there is now, by kind, register and first day.
        new: those of them that come now.

    Raises:
        InputError: naming the tables.
    """
    kinds = {outcome.kind for outcome in facts().outcomes.values()}
    empty = [
        each.kind
        for each in new
        if each.kind in kinds
        for same in [[one for one in taken if (one.kind, one.coverage.source) == (each.kind, each.coverage.source)]]
        if same[-1].coverage.complete_until < same[0].coverage.from_on
    ]
    if empty:
        raise InputError(
            "delivery-coverage-lag",
            f"The declared coverage of {', '.join(empty)} does not hold: with lag_months taken off its end, no day of "
            "it is complete. Nothing was taken in.",
            remedy="Ask the holder for how many months at the end something may still be missing; where that is right, "
            "for more days.",
        )


def doubted(taken: Sequence[Taken], new: Sequence[Taken]) -> tuple[Warned, ...]:
    """What is doubtful of the coverages that come now.

    Args:
        taken: every delivery that there is now, by kind, register and first day.
        new: those of them that come now.
    """
    return tuple(found for each in new for found in (*_short_lag(each), *_empty_years(taken, each)))


def _short_lag(new: Taken) -> Iterator[Warned]:
    n = delivery(new.kind).lag.months - new.coverage.lag_months
    if n > 0:
        yield _warned(new.kind, "lag_as_assumed", n, "month")


def _empty_years(taken: Sequence[Taken], new: Taken) -> Iterator[Warned]:
    """Whole years at the end of what is covered; of what is delivered once there is nothing to expect of each year."""
    same = [one for one in taken if (one.kind, one.coverage.source) == (new.kind, new.coverage.source)]
    if delivery(new.kind).sla.every != "year" or same[-1].name != new.name:
        return
    last = max((year for one in same for year in _last_year(one)), default=None)
    n = 0 if last is None else new.coverage.until_year - max(last, same[0].coverage.from_year - 1)
    if n > 0:
        yield _warned(new.kind, "last_years_have_rows", n, "year")


def _last_year(one: Taken) -> Iterator[int]:
    """The last year that a row is of; none where there is no row. What goes on has no end yet."""
    kind = delivery(one.kind)
    if kind.covered_as == "interval" and one.frame[kind.covered_by[-1]].null_count():
        yield one.coverage.until_on.year
    for name in kind.covered_by:
        years = one.frame[name] if kind.covered_as == "year" else one.frame[name].dt.year()
        found = years.cast(pl.Int32).drop_nulls().to_list()
        yield from [max(found)] if found else []


def _warned(kind: str, rule: str, n: int, what: str) -> Warned:
    return Warned(f"{kind}.{rule}", n, facts().claimed[rule].en, what)
