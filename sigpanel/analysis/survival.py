"""Time to an event, as Kaplan–Meier, Cox and discrete hazards want it: one row per person, or per person and period.

    survival(panel, origin="discharge", event="reenrolment", horizon=1096)

`time` is in whole days from the index event, at least 1, and `event` is 1 or 0 (Int64: as Int8 a sum of 817 came out as
49). Where the dates of an extract are coarse, there is no `time` but `time_low` and `time_high`, from the shortest to
the longest that it can be, for methods for interval-censored data: R's `Surv(time_low, time_high, type = "interval2")`.
A midpoint would be taken for a day.

Whoever cannot be followed is there too, with null and why: whose insats has not ended when the discharge is the origin,
whom a register was not asked about. Drop them by `drop_nulls("event")`, and say how many they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis import listed
from sigpanel.analysis.days import HIGH, LOW, hold_days, hold_horizon, too_coarse
from sigpanel.analysis.index import Index, index
from sigpanel.contracts.analysis import NOT_KNOWN, analysis
from sigpanel.contracts.followup import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source


def survival(  # noqa: PLR0913 - each says one thing of the follow-up
    source: Source,
    origin: str = "discharge",
    event: str = "reenrolment",
    *,
    horizon: int | None = None,
    buffer: int = 0,
    by: str | Sequence[str] = (),
    identity: str = "default",
    population: str = "sig",
) -> pl.DataFrame:
    """One row per person, from the first index event to the first event or the last day that is seen.

    Args:
        source: a panel or an extract.
        origin: `enrolment` or `discharge`, of the first spell in the insats.
        event: `reenrolment`, `discharge`, or an outcome of a register, where the extract has one.
        horizon: days after which everybody is censored, counted as `time` is: after the buffer.
        buffer: days after the index event that do not count, nor what happens in them.
        by: groups, as columns of episodes, of the first episode.
        identity: what a person is.
        population: `sig`, or `cohort`: the persons of 2013–2016 from the pilot on. A return of theirs is followed to
            the end of 2016, after which nobody would have told of one; `followup` knows of later ones.

    Returns:
        `person_id, *by, entry, time, event, censored_by`, sorted by person. `entry` is the day from which the person
        is seen, above 0 where reporting began while the insats was running; it is below `time`. `censored_by` is null
        where there was an event; else last_report, lost, horizon, unobserved_years, register_coverage, death,
        emigration. Where `event` is null it says why nothing is known: no_origin (still in), origin_without_day (not
        known, or hidden in an extract), gone_before (dead, or abroad, when the follow-up begins), returned_in_buffer,
        event_beside_index (before or after it, say coarse dates), event_beside_end (before or after a death or a move,
        say coarse dates), seen_too_late, not_watched, discharge_without_day, return_without_day, not_searched,
        before_coverage.
        With coarse dates `time_low, time_high` instead of `time`, and no `entry`.

    Raises:
        UsageError: an argument is not what it can be.
        InputError: an extract lacks a column, or its dates are too coarse for a horizon or a buffer.
    """
    by = listed(by)
    hold_horizon(horizon)
    found = index(
        source, origin, event, identity=identity, population=population, buffer=buffer, by=by, why="Survival"
    )  # fmt: skip
    if not found.is_exact:
        if horizon is not None:
            raise too_coarse("Survival to a horizon", ["the dates of episodes"])
        return _intervals(found).select("person_id", *by, "time_low", "time_high", "event", "censored_by")
    return times(found, horizon).select("person_id", *by, "entry", "time", "event", "censored_by")


def times(found: Index, horizon: int | None) -> pl.DataFrame:
    """The rows of an index with exact days, with `entry, time, event, censored_by`; nothing happens after the watch.

    Args:
        found: an index whose days are exact.
        horizon: days after which everybody is censored.
    """
    origin = pl.col(f"origin{LOW}")
    is_in_gap = pl.col("gap_from") <= pl.col(f"until{LOW}")
    watched = pl.when(is_in_gap).then(pl.col("gap_from") - 1).otherwise(f"until{LOW}")
    rows = found.rows.with_columns(
        since=(pl.col(f"event{LOW}") - origin).clip(lower_bound=1),
        left=watched - origin,
        why=pl.when(is_in_gap).then(pl.lit("unobserved_years")).otherwise("until_why"),
        entry=pl.col(f"entry{LOW}") - origin,
    )
    # Who is watched on the day of the index event alone may come back on it; who is not watched even then may not.
    until = pl.when(pl.col("left") >= 0).then(pl.col("left").clip(lower_bound=1))
    is_event = (pl.col("since") <= until).fill_null(value=False)
    rows = rows.with_columns(
        time=pl.when(is_event).then("since").otherwise("left"),
        event=is_event.cast(pl.Int64),
        censored_by=pl.when(~is_event).then("why"),
    )
    if horizon is not None:
        is_later = pl.col("time") > horizon
        rows = rows.with_columns(
            time=pl.when(is_later).then(horizon).otherwise("time"),
            event=pl.when(is_later).then(0).otherwise("event"),
            censored_by=pl.when(is_later).then(pl.lit("horizon")).otherwise("censored_by"),
        )
    unseen = pl.coalesce(
        "unseen",
        pl.when(pl.col("time").is_null() | (pl.col("time") < 1)).then(pl.lit("not_watched")),
        pl.when(pl.col("entry") >= pl.col("time")).then(pl.lit("seen_too_late")),
    )
    rows = rows.with_columns(unseen=unseen)
    is_seen = pl.col("unseen").is_null()
    return rows.with_columns(
        *(pl.when(is_seen).then(pl.col(name).cast(pl.Int64)).alias(name) for name in ("entry", "time", "event")),
        pl.when(is_seen).then("censored_by").otherwise("unseen").alias("censored_by"),
    )


def _intervals(found: Index) -> pl.DataFrame:
    """The same with coarse days. An event is certain only where it lies before the end of the watch for sure."""
    cut = pl.col("gap_from") - 1
    until = {end: pl.min_horizontal(f"until{end}", cut) for end in (LOW, HIGH)}
    is_event = (pl.col(f"event{LOW}") <= until[HIGH]).fill_null(value=False)
    low = pl.when(is_event).then(pl.col(f"event{LOW}")).otherwise(until[LOW]) - pl.col(f"origin{HIGH}")
    high = pl.when(is_event).then(pl.col(f"event{HIGH}") - pl.col(f"origin{LOW}"))
    why = pl.when(pl.col("gap_from") <= pl.col(f"until{LOW}")).then(pl.lit("unobserved_years")).otherwise("until_why")
    is_unseen = pl.col("unseen").is_not_null() | pl.col(f"until{HIGH}").is_null()
    rows = found.rows.with_columns(
        time_low=low.clip(lower_bound=0).cast(pl.Int64),
        time_high=high.clip(lower_bound=1).cast(pl.Int64),
        event=is_event.cast(pl.Int64),
        censored_by=pl.when(~is_event).then(why),
        unseen=pl.coalesce(
            pl.when(is_unseen).then(pl.coalesce("unseen", pl.lit("not_watched"))),
            pl.when("is_doubtful").then(pl.lit("event_beside_index")),
            # A report tells of what came before its last day; of a death or a move nobody knows whether it came first.
            pl.when(
                is_event & pl.col("until_why").is_in(list(facts().ends)) & (pl.col(f"event{HIGH}") > until[LOW])
            ).then(pl.lit("event_beside_end")),
        ),
    )
    return rows.with_columns(
        *(pl.when(pl.col("unseen").is_null()).then(name).alias(name) for name in ("time_low", "time_high", "event")),
        pl.coalesce("unseen", "censored_by").alias("censored_by"),
    )


def competing_risks(
    source: Source,
    *,
    horizon: int | None = None,
    by: str | Sequence[str] = (),
    identity: str = "default",
) -> pl.DataFrame:
    """One row per person: how the first spell in the insats ended, of several ways that shut each other out.

    Args:
        source: a panel or an extract.
        horizon: days after which everybody is censored.
        by: groups, as columns of episodes.
        identity: what a person is.

    Returns:
        `person_id, *by, entry, time, event, cause, reason, censored_by`. `event` is 0 where censored, else the number
        of the `cause` in the order of `contracts/analysis.yaml`; `reason` is the reason of discharge itself.

    Raises:
        InputError: an extract lacks a column, or has no exact days.
    """
    by = listed(by)
    hold_horizon(horizon)
    why = "Competing risks"
    found = index(source, "enrolment", "discharge", identity=identity, by=by, why=why)
    if not found.is_exact:
        raise too_coarse(why, ["the dates of episodes"])
    causes = list(analysis().causes)
    number = {name: at for at, name in enumerate(causes, 1)}
    cause = pl.col("reason").replace_strict(analysis().cause_of, default=None, return_dtype=pl.String)
    is_event = pl.col("event") == 1
    return (
        times(found, horizon)
        .with_columns(cause=pl.when(is_event).then(cause.fill_null(NOT_KNOWN)))
        .with_columns(
            event=pl.when(is_event)
            .then(pl.col("cause").replace_strict(number, default=None, return_dtype=pl.Int64))
            .otherwise("event"),
            reason=pl.when(is_event).then("reason"),
        )
        .select("person_id", *by, "entry", "time", "event", "cause", "reason", "censored_by")
    )


def person_periods(  # noqa: PLR0913 - those of `survival`, and how long a period is
    source: Source,
    origin: str = "discharge",
    event: str = "reenrolment",
    *,
    width: int = 365,
    horizon: int | None = None,
    buffer: int = 0,
    by: str | Sequence[str] = (),
    identity: str = "default",
    population: str = "sig",
) -> pl.DataFrame:
    """One row per person and period in which the person is at risk, for discrete hazards.

    Args:
        source: a panel or an extract.
        origin: see `survival`.
        event: see `survival`.
        width: days of a period.
        horizon: see `survival`.
        buffer: see `survival`.
        by: see `survival`.
        identity: see `survival`.
        population: see `survival`.

    Returns:
        `person_id, *by, period, start, stop, event`: the period's number from 1, the days (start, stop] of it in which
        the person is seen, and 1 in the period of the event. A period that is cut short by censoring is there with the
        days that it has: leave out those with `stop` below `period * width` and no event, if your method wants whole
        ones.

    Raises:
        UsageError: an argument is not what it can be.
        InputError: an extract lacks a column, or has no exact days.
    """
    by = listed(by)
    hold_days(width, 1, "width-no-time", "A period is whole days, from 1.", "Give 365, or 91 for quarters.")
    hold_horizon(horizon)
    why = "Person-periods"
    found = index(source, origin, event, identity=identity, population=population, buffer=buffer, by=by, why=why)
    if not found.is_exact:
        raise too_coarse(why, ["the dates of episodes"])
    rows = times(found, horizon).drop_nulls("event")
    first, last = pl.col("entry") // width, (pl.col("time") - 1) // width
    periods = rows.with_columns(period=pl.int_ranges(first + 1, last + 2)).explode("period")
    is_last = pl.col("period") * width >= pl.col("time")
    return periods.select(
        "person_id", *by, pl.col("period").cast(pl.Int64),
        start=pl.max_horizontal("entry", (pl.col("period") - 1) * width),
        stop=pl.min_horizontal("time", pl.col("period") * width),
        event=pl.when(is_last).then("event").otherwise(0),
    ).sort("person_id", "period")  # fmt: skip
