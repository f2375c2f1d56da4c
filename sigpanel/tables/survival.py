"""Kaplan–Meier curves that fall by no single person.

A curve that falls on the day of each event tells that day, and a curve with one censored person too few tells of them.
So the curve is looked at in multiples of `every`, falls only where enough persons more have had the event than when it
last fell, and is a share of a rounded number of persons. It ends while enough are left: the last events, after which
fewer would be, are not drawn, and a curve never reaches 0. The true curve is at most so far from it as one step and one
rounding are; `tests/tables/test_survival.py` measures it.

Between two steps a reader knows that fewer than a step's events happened. How many were censored is told by no number
of its own, but numbers at risk bound it. Entry after the beginning is not handled: leave left-truncated episodes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import UsageError
from sigpanel.tables.cells import PERSON, Cells, cells_of, named
from sigpanel.tables.result import Table
from sigpanel.tables.sums import numbers, per_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sigpanel.contracts.disclosure import Disclosure


class _At(NamedTuple):
    """A row of a curve: null at risk is hidden; both are null where a group has no curve."""

    time: int | None
    at_risk: int | None
    survival: float | None


_SCHEMA = {"time": pl.Int64, "at_risk": pl.Int64, "survival": pl.Float64}
_HIDDEN = _At(None, None, None)
_MOST_TIMES = 10_000
# Seconds of three lifetimes; far below what a whole number of 64 bits holds.
_LONGEST = 10_000_000_000


def survival(  # noqa: PLR0913 - each says one thing of the table
    frame: pl.DataFrame | pl.LazyFrame,
    duration: str,
    event: str,
    by: str | Sequence[str] = (),
    *,
    every: int | None = None,
    person: str = "person_id",
    threshold: int | None = None,
    harmless: str | Sequence[str] = (),
    categories: Mapping[str, Sequence[object]] | None = None,
) -> Table:
    """The share of persons without the event by time since the beginning, in every combination of categories.

    Args:
        frame: one row per person, with how long they were followed and whether that ended with the event. Rows without
            either are left out.
        duration: the column of time, none below 0; of the panel's own, days.
        event: the column of true or false.
        by: the variables of the table; none takes all persons together.
        every: times are multiples of this; null takes that of `contracts/disclosure.yaml`, for days.
        person: the column of persons.
        threshold: see `counts`; a step needs as many events.
        harmless: see `counts`.
        categories: see `counts`.

    Returns:
        `by…` as texts, `time`, `at_risk` just after it, `survival`. The first row of a curve is at 0, the last says how
        far it reaches, and its number at risk is hidden. A group without a curve has one row of nulls.

    Raises:
        PolicyError: the threshold is lower than the least.
        UsageError: a person has several rows, a column is not there or of the wrong kind, a row has no person, a time
            is below 0 or beyond all measure, `every` is no whole number above 0, or the table is too large.
    """
    rule = disclosure().at(threshold)
    width = _checked(rule.survival_every if every is None else every)
    cells = cells_of(frame, by, person=person, more=(duration, event), harmless=harmless, categories=categories)
    rows = _followed(cells, duration, event)
    sizes = per_cell(rows, cells.by, [])
    groups = cells.showable(sizes.filter(pl.col("n") >= rule.threshold))
    laid = cells.laid_out(groups, with_totals=False).drop("n") if cells.by else pl.DataFrame()
    labels = laid.rows() if cells.by else [()]
    shown = set(groups.select(cells.by).iter_rows()) if cells.by else {()} if groups.height else set()
    curves = [
        (label, [*_curve(_of(rows, cells.by, label), rule, width)] if label in shown else [_HIDDEN]) for label in labels
    ]
    table = pl.DataFrame(
        [(*label, *at) for label, curve in curves for at in curve],
        schema={**dict.fromkeys(cells.by, pl.String), **_SCHEMA},
        orient="row",
    )
    return Table(
        "survival",
        table,
        cells.by,
        rule,
        (duration, event),
        named(harmless),
        {"every": width},
        _at_risk(table, rows, cells.by),
    )


def _checked(every: int) -> int:
    if type(every) is not int or every < 1:
        raise UsageError(
            "every-no-number", "Times of a curve are multiples of a whole number above 0.",
            remedy="Give `every` in the unit of the duration: 30 for days, 1 for months.",
        )  # fmt: skip
    return every


def _followed(cells: Cells, duration: str, event: str) -> pl.DataFrame:
    """`by…`, `person`, `lasted`, `is_event`: one row for each person who was followed."""
    if not (cells.rows.schema[event].is_numeric() or cells.rows.schema[event] == pl.Boolean):
        raise _no_event(event)
    rows = numbers(cells.rows, [duration, event], least=0)
    if (rows[duration] > _LONGEST).any():
        raise UsageError(
            "duration-too-long",
            f"A value in the column {duration} is above {_LONGEST:,}: nobody is followed for so long.",
            remedy="See how the times were worked out, and leave such rows out.",
        )  # fmt: skip
    if not rows[event].is_in([0.0, 1.0]).all():
        raise _no_event(event)
    if rows[PERSON].is_duplicated().any():
        raise UsageError(
            "person-in-several-rows", "A curve is of persons, and some have several rows.",
            remedy="Keep one row of each, such as the first episode.",
        )  # fmt: skip
    return rows.select(*cells.by, PERSON, pl.col(duration).alias("lasted"), (pl.col(event) == 1).alias("is_event"))


def _of(rows: pl.DataFrame, by: Sequence[str], label: tuple[str, ...]) -> pl.DataFrame:
    return rows.filter(pl.col(name) == value for name, value in zip(by, label, strict=True)) if by else rows


def kaplan_meier(rows: pl.DataFrame) -> pl.DataFrame:
    """The true curve, one row per time at which something happens: `lasted, n_events, at_risk, survival`.

    Args:
        rows: `lasted, is_event`, one row per person.
    """
    at = rows.group_by("lasted").agg(pl.len().alias("n"), pl.col("is_event").sum().cast(pl.Int64).alias("n_events"))
    told = at.sort("lasted").with_columns(
        (rows.height - pl.col("n").cum_sum().shift(1, fill_value=0)).cast(pl.Int64).alias("at_risk")
    )
    return told.with_columns((1 - pl.col("n_events") / pl.col("at_risk")).cum_prod().alias("survival")).drop("n")


def _curve(rows: pl.DataFrame, rule: Disclosure, width: int) -> Iterator[_At]:
    persons = rule.shown(rows.height) or rule.least_shown
    least, happened, told, end = rule.events_in_a_step, 0, 0, 0
    last = _At(0, persons, 1.0)
    yield last
    for time, n_events, left, share in _by_width(rows, width).iter_rows():
        if left < least:
            break
        happened, end = happened + n_events, time
        if happened - told >= least:
            last, told = _At(time, rule.shown(left), rule.rounded(round(share * persons, 9)) / persons), happened
            yield last
    if end > (last.time or 0):
        yield _At(end, None, last.survival)


def _by_width(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """The true curve at multiples of `width`, through the last that anybody reaches: `time, n_events, left, share`."""
    up = ((pl.col("lasted") / width).ceil().cast(pl.Int64) * width).clip(lower_bound=width)
    seen = (
        kaplan_meier(rows)
        .group_by(up.alias("time"), maintain_order=True)
        .agg(pl.col("n_events").sum(), pl.col("survival").last())
    )
    most = int(seen.select(pl.col("time").max()).item())
    if most // width > _MOST_TIMES:
        raise UsageError(
            "every-too-small", f"A curve would have more than {_MOST_TIMES:,} times.",
            remedy="Give a larger `every`, or see how the times were worked out.",
        )  # fmt: skip
    grid = pl.DataFrame({"time": range(width, most + 1, width)}, schema={"time": pl.Int64})
    told = grid.join(seen, on="time", how="left").sort("time")
    before = rows["lasted"].sort().search_sorted(told["time"].cast(pl.Float64), side="right").cast(pl.Int64)
    return told.select(
        "time",
        pl.col("n_events").fill_null(0),
        (rows.height - before).alias("left"),
        pl.col("survival").forward_fill().fill_null(1.0),
    )


def _at_risk(table: pl.DataFrame, rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Who is at risk at each number that is shown, and who is in a group without a curve."""
    is_end = pl.col("at_risk").is_null() & pl.col("time").is_not_null()
    numbered = table.with_row_index("row").filter(~is_end)
    inside = numbered.join(rows, on=by) if by else numbered.join(rows, how="cross")
    is_in = (pl.col("lasted") > pl.col("time")) | (pl.col("time") == 0)
    told = inside.filter(is_in.fill_null(value=True)).select(
        pl.col("row").cast(pl.Int64), pl.col(PERSON).cast(pl.String)
    )
    return told.sort("row", PERSON)


def _no_event(event: str) -> UsageError:
    return UsageError(
        "event-not-true-or-false", f"The column {event} holds more than true and false.",
        remedy="Name a column that tells whether the time ended with the event.",
    )  # fmt: skip
