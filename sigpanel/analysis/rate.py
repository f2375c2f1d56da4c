"""Rates per person-year, with exact intervals.

    rate(panel, "suspected_crimes_during", ["programme"])

    rate(extract, "suspicion", ["in_insats"])

Crimes during the insats over the days that it lasted; outcomes of a register over the days from the first enrolment on
in which the register and the district both tell, at liberty as far as is known. Crimes before the insats are of a
lifetime whose length no form tells, so they have no rate. Persons who do more crimes than others make the counts vary
more than the interval allows for: it says how much chance alone would do if everybody in a group had the same rate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import tables
from sigpanel.analysis import is_true, listed
from sigpanel.analysis.answers import known, lists_of, strata, waves
from sigpanel.analysis.counting import processed
from sigpanel.analysis.source import columns_of, dated, lacking, need
from sigpanel.contracts.analysis import analysis
from sigpanel.contracts.followup import facts
from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

_WHY = "A rate"
_OF_THE_INSATS = ("suspected_crimes_during", "convicted_crimes_during")


def exposures(
    source: Source, variable: str, *, identity: str = "default", by: str | Sequence[str] = ()
) -> pl.DataFrame:
    """One row per ended episode with a count and a length: `person_id, episode_id, *by, events, days`, sorted.

    `days` is the time from enrolment to discharge, at least 1. Of an outcome of a register, one row per person and
    group instead, without `episode_id`: what `counting_process` adds up to; `in_insats` is a group then too.

    Raises:
        UsageError: there is no such variable, or none with a time that it is counted over.
        InputError: an extract lacks the count or the days, or has them in bands.
    """
    by = listed(by)
    if variable in facts().dated:
        return _of_register(source, variable, identity, by)
    if known(variable) not in _OF_THE_INSATS:
        raise UsageError(
            "rate-of-no-time",
            f"{variable} is not counted over a time that the forms know.",
            remedy=f"There are rates of {' and '.join(_OF_THE_INSATS)}, and of the outcomes of a register.",
        )
    counts = waves(source, identity, [variable], _WHY).filter(moment="discharge").drop_nulls(variable)
    if "days" not in (there := columns_of(source, "episodes")) and "days_band" in there:
        raise lacking("episodes", ["days (it is there in bands)"], _WHY)
    # Of what ended on a day that nobody knows, `days` is how long it was observed.
    ended = dated(source, "episodes", "discharged_on")
    if ended is None:
        raise lacking("episodes", ["discharged_on"], _WHY)
    days = need(source, "episodes", ["episode_id", "days", ended.column], _WHY).collect().drop_nulls(ended.column)
    rows = counts.join(days, on="episode_id").drop_nulls("days")
    if by:
        rows = rows.join(strata(source, by, _WHY, identity), on="episode_id", how="left")
    return rows.select(
        "person_id", "episode_id", *by,
        events=pl.col(variable).cast(pl.Int64), days=pl.col("days").cast(pl.Int64).clip(lower_bound=1),
    ).sort("person_id", "episode_id")  # fmt: skip


def _of_register(source: Source, outcome: str, identity: str, by: Sequence[str]) -> pl.DataFrame:
    groups = [name for name in by if name != "in_insats"]
    rows = processed(source, outcome, by=groups, identity=identity, why=_WHY)
    return (
        rows.group_by("person_id", *by)
        .agg(events=pl.col("n_events").sum(), days=(pl.col("stop") - pl.col("start")).sum())
        .sort("person_id", *by)
    )


def rate(
    source: Source,
    variable: str,
    by: str | Sequence[str] = (),
    *,
    identity: str = "default",
    level: float = 0.95,
    protect: bool = True,
) -> tables.Table | pl.DataFrame:
    """Events per person-year in each group, with exact (Garwood) intervals.

    Args:
        source: a panel or an extract.
        variable: a count of the insats, or an outcome of a register.
        by: groups, as columns of episodes; of an outcome `in_insats` too.
        identity: what a person is.
        level: of the interval.
        protect: whether the table may be published: rounded events over rounded time, and the interval of those. With
            False it is exact, and for one's own eyes alone.

    Returns:
        By `*by`: `persons, events, days`, and `rate, low, high` (per year).

    Raises:
        UsageError: there is no such variable, it has no time, or the level is not between 0 and 1.
        InputError: an extract lacks a column.
    """
    by = listed(by)
    if type(level) is not float or not 0 < level < 1:
        raise UsageError("level-no-share", "A level lies between 0 and 1.", remedy="Give 0.95, for one.")
    rows = exposures(source, variable, identity=identity, by=by)
    if is_true(protect):
        table = tables.rates(
            rows, "events", "days", by, per=analysis().year_days, threshold=source.threshold,
            categories=lists_of(source, [name for name in by if name != "in_insats"]),
        )  # fmt: skip
        return replace(table, frame=with_interval(table.frame.rename({"time": "days"}), level))
    sizes = [
        pl.col("person_id").n_unique().cast(pl.Int64).alias("persons"),
        pl.col("events", "days").sum(),
        (pl.col("events").sum() / pl.col("days").sum() * analysis().year_days).alias("rate"),
    ]
    told = rows.group_by(by).agg(sizes).sort(by) if by else rows.select(sizes)
    return with_interval(told, level)


def with_interval(rates: pl.DataFrame, level: float) -> pl.DataFrame:
    """Add `low` and `high` to rows of `events` and `days`: Garwood's exact limits of a Poisson mean, per year.

    Source: Garwood 1936; Ulm 1990, American Journal of Epidemiology 131(2), formula 1.
    """
    # A second to import, and nothing else of an opened panel needs it.
    from scipy.stats import chi2

    tail, year = (1 - level) / 2, analysis().year_days
    limits = [
        (None, None)
        if events is None or not days
        else (
            float(chi2.ppf(tail, 2 * events)) / 2 / days * year if events else 0.0,
            float(chi2.ppf(1 - tail, 2 * events + 2)) / 2 / days * year,
        )
        for events, days in rates.select("events", "days").iter_rows()
    ]
    added = pl.DataFrame(limits, schema={"low": pl.Float64, "high": pl.Float64}, orient="row")
    return rates.hstack(added)
