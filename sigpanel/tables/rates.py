"""Events over time in each cell, from protected parts: suspected crimes per day at risk, for one.

The number of events is rounded and shown like a number of persons, the time is rounded too, and the rate is the one
over the other, worked out from what is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import UsageError
from sigpanel.tables.cells import PERSON, cells_of, named
from sigpanel.tables.counts import people_in
from sigpanel.tables.protect import as_shown
from sigpanel.tables.result import Table
from sigpanel.tables.sums import (
    dominant,
    n_uncommon,
    numbers,
    per_cell,
    per_person,
    says_too_much,
    to_multiple,
    unit_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def rates(  # noqa: PLR0913 - each says one thing of the table
    frame: pl.DataFrame | pl.LazyFrame,
    events: str,
    time: str,
    by: str | Sequence[str] = (),
    *,
    per: float = 1.0,
    unit: float | None = None,
    person: str = "person_id",
    threshold: int | None = None,
    harmless: str | Sequence[str] = (),
    categories: Mapping[str, Sequence[object]] | None = None,
) -> Table:
    """The rate of events in every combination of categories.

    Events and time of one person are summed first. Rows without either are left out. A cell is hidden as a whole: where
    the persons, or those who differ from the commonest number of events, are fewer than the threshold, where the events
    are, or where one person makes up most of the events or of the time.

    Args:
        frame: rows with a column of persons, a number of events and a time.
        events: the column of events, whole numbers.
        time: the column of time at risk, none below 0.
        by: the variables of the table; none takes all persons together.
        per: how much time the rate is for: 365.25 for a rate per year of time in days.
        unit: what rounding of time is in multiples of, at least the step in which it is recorded. Null takes 1, or the
            step where that is greater.
        person: the column of persons.
        threshold: see `counts`.
        harmless: see `counts`.
        categories: see `counts`.

    Returns:
        `by…` as texts, `persons`, `events`, `time` and `rate`; all null where hidden.

    Raises:
        PolicyError: the threshold is lower than the least.
        UsageError: a column is not there or of the wrong kind, a row has no person, a number is not finite, below 0 or
            no whole number of events, the unit or `per` is not above 0, the unit is
            finer than the times, or the table is too large.
    """
    rule = disclosure().at(threshold)
    if not per > 0:
        raise UsageError("per-not-positive", "A rate is for a time above 0.", remedy="Give `per` in the unit of time.")
    cells = cells_of(frame, by, person=person, more=(events, time), harmless=harmless, categories=categories)
    rows = numbers(cells.rows, [events, time], least=0)
    if (rows[events] % 1 != 0).any():
        raise UsageError(
            "events-not-whole", f"The column {events} holds numbers that are not whole.",
            remedy="Name a column that counts events; of other values there are means.",
        )  # fmt: skip
    step = rule.rounding * unit_of(unit, rows[time])
    persons = per_person(rows, cells.by, PERSON, pl.col(events, time).sum())
    told = [
        pl.col(events).sum().cast(pl.Int64).alias("n_events"),
        pl.col(time).sum().alias("all_time"),
        n_uncommon(events).alias("n_uncommon"),
        dominant(events).alias("of_events"),
        dominant(time).alias("of_time"),
    ]
    summed = per_cell(persons, cells.by, told).with_columns(to_multiple(pl.col("all_time"), step).alias("time"))
    is_too_few = (pl.col("n_events") < rule.threshold) | (pl.col("time") <= 0)
    shown = cells.showable(summed.filter(~says_too_much(rule, ["of_events", "of_time"]) & ~is_too_few)).select(
        *cells.by,
        as_shown(pl.col("n"), rule).alias("persons"),
        as_shown(pl.col("n_events"), rule).alias("events"),
        "time",
    )
    rate = (pl.col("events") / pl.col("time") * per).alias("rate")
    laid = cells.laid_out(shown.with_columns(rate), with_totals=False)
    people = people_in(cells.with_rows(persons), laid)
    return Table("rates", laid, cells.by, rule, (events, time), named(harmless), _people=people)
