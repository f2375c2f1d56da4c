"""How long each episode lasts, with what is not known of it: still running, or only seen because it lasted.

An episode that was running when reporting began is *left-truncated*: it is in the panel because it had not ended by
then, so it counts from `entry` on, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis import listed
from sigpanel.analysis.answers import strata
from sigpanel.analysis.days import HIGH, LOW, bounds
from sigpanel.analysis.source import columns_of, need, person_column
from sigpanel.contracts.cohort import cohort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

_WHY = "Episode durations"
_DATES = ("enrolled_on", "discharged_on", "observed_from", "observed_until")


def episode_durations(source: Source, *, by: str | Sequence[str] = (), identity: str = "default") -> pl.DataFrame:
    """One row per episode in SIG, whichever spell it is part of.

    Args:
        source: a panel or an extract.
        by: groups, as columns of episodes.
        identity: what a person is.

    Returns:
        `person_id, episode_id, *by, entry, time, event, censored_by` (days; `event` 1 where it ended), sorted.
        `censored_by` is last_report or lost; where `event` is null, `without_day` or `seen_too_late`. With coarse dates
        `time_low, time_high` instead of `time`, and no `entry`.

    Raises:
        InputError: an extract lacks a column.
    """
    by = listed(by)
    dates = bounds(source, "episodes", _DATES, _WHY)
    person = person_column(identity)
    there = ["programme"] if "programme" in columns_of(source, "episodes") else []
    wanted = list(dict.fromkeys([person, "episode_id", "status", *there, *dates.columns]))
    rows = need(source, "episodes", wanted, _WHY).collect().with_columns(*dates.exprs).rename({person: "person_id"})
    if there:
        # Of whom the programme is not told, or hidden, `survival` tells too.
        rows = rows.filter(pl.col("programme").ne_missing(cohort().programme))
    is_closed, is_lost = (pl.col("status") == each for each in ("closed", "lost"))
    end = {
        side: pl.when(is_closed).then(f"discharged_on{side}").otherwise(f"observed_until{side}") for side in (LOW, HIGH)
    }
    low, high = end[LOW] - pl.col(f"enrolled_on{HIGH}"), end[HIGH] - pl.col(f"enrolled_on{LOW}")
    entry = pl.col(f"observed_from{LOW}") - pl.col(f"enrolled_on{LOW}")
    told = rows.with_columns(
        entry=entry.clip(lower_bound=0), time=high.clip(lower_bound=1),
        time_low=low.clip(lower_bound=0), time_high=pl.when(is_closed).then(high.clip(lower_bound=1)),
        event=is_closed.cast(pl.Int64),
        censored_by=pl.when(is_lost).then(pl.lit("lost")).when(~is_closed).then(pl.lit("last_report")),
    )  # fmt: skip
    # A discharge before the enrolment is a finding of the build, and no day to count to.
    is_undated = pl.col("time").is_null() | (high < 0)
    is_late = pl.col("entry") >= pl.col("time")
    unseen = pl.coalesce(
        pl.when(is_undated).then(pl.lit("without_day")),
        pl.when(is_late & pl.lit(dates.is_exact)).then(pl.lit("seen_too_late")),
    )
    times = ["entry", "time"] if dates.is_exact else ["time_low", "time_high"]
    told = told.with_columns(unseen=unseen)
    told = told.with_columns(
        *(
            pl.when(pl.col("unseen").is_null()).then(pl.col(name).cast(pl.Int64)).alias(name)
            for name in (*times, "event")
        ),
        pl.coalesce("unseen", "censored_by").alias("censored_by"),
    )
    if by:
        told = told.drop(*(name for name in by if name in told.columns)).join(
            strata(source, by, _WHY, identity), on="episode_id", how="left"
        )
    return told.select("person_id", "episode_id", *by, *times, "event", "censored_by").sort("person_id", "episode_id")
