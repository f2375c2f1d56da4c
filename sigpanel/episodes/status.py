"""How each episode ends, and how long it was watched.

A district that re-sends its ongoing rows every year tells, by leaving one out, that it has lost sight of the person; a
district that sends a row again only at discharge tells nothing by its silence. Which kind a district is may be declared
in the settings; else it is inferred from rows that we know were still open when the district reported, and said so.

A district has reported when a workbook came under the name that the district had in the episode's report, or under the
name of a successor. A workbook of a neighbour that it was merged with later tells nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.forms import districts, programmes

if TYPE_CHECKING:
    from collections.abc import Mapping


def resending(
    members: pl.DataFrame, facts: pl.DataFrame, coverage: pl.DataFrame, declared: Mapping[str, bool]
) -> pl.DataFrame:
    """Whether each district re-sends ongoing rows: `district, resends, is_declared`; null where nothing tells.

    A chance to re-send is a year in which the district, under a name that the episode was reported under or a later
    one, reported the programme, after the episode's first report and before its last sign of
    life: later than that we do not know that it was open.
    """
    told_by = members.select("episode_id", "district_reported").unique()
    chances = (
        facts.select(
            "episode_id", "programme", "district", "first_reported_year", "last_reported_year", "discharged_on"
        )
        .join(told_by, on="episode_id")
        .join(_reported(coverage), on=["programme", "district_reported"])
        .unique(["episode_id", "reported_year"])
        .filter(
            (pl.col("reported_year") > pl.col("first_reported_year"))
            & (
                (pl.col("reported_year") < pl.col("last_reported_year"))
                | (pl.col("reported_year") < pl.col("discharged_on").dt.year()).fill_null(value=False)
            )
        )
    )
    came = members.select("episode_id", "reported_year", pl.lit(1).alias("came")).unique()
    shares = (
        chances.join(came, on=["episode_id", "reported_year"], how="left")
        .group_by("district")
        .agg(pl.col("came").fill_null(0).mean().alias("share"))
    )
    said = pl.DataFrame(
        {"district": list(declared), "declared": list(declared.values())},
        schema={"district": pl.String, "declared": pl.Boolean},
    )
    return (
        coverage.select("district")
        .unique()
        .join(shares, on="district", how="left")
        .join(said, on="district", how="left")
        .select(
            "district",
            pl.coalesce("declared", pl.col("share") >= linkage().resends_least_share).alias("resends"),
            pl.col("declared").is_not_null().alias("is_declared"),
        )
        .sort("district")
    )


def observe(facts: pl.DataFrame, coverage: pl.DataFrame, resends: pl.DataFrame) -> pl.DataFrame:
    """Add status, the days between which the episode was watched, and whether its beginning was.

    Some dates are impossible. A discharge after the year that last reported the episode is watched to the end of that
    year. What ends before its watching begins was never watched: then `observed_from` and `observed_until` are null.
    `days` is null where it would be negative.
    """
    last = (
        _reported(coverage)
        .group_by("programme", "district_reported")
        .agg(pl.col("reported_year").max().alias("district_last_year"))
    )
    starts = pl.DataFrame(
        {"programme": list(programmes()), "watched_from": [entry.observed_from for entry in programmes().values()]},
        schema={"programme": pl.String, "watched_from": pl.Date},
    )
    resent = pl.col("resends").fill_null(value=False)
    is_silent = pl.col("last_reported_year") < pl.col("district_last_year")
    was_not_watched = (pl.col("observed_until") < pl.col("observed_from")).fill_null(value=False)
    # Known not to re-send: silence means that the insats goes on, up to the district's last report.
    kept_silent = ~pl.col("resends").fill_null(value=True)
    return (
        facts.join(last, on=["programme", "district_reported"], how="left")
        # A row may name a district that sent no workbook of its own: then the episode's last report is all there is.
        .with_columns(pl.max_horizontal("district_last_year", "last_reported_year").alias("district_last_year"))
        .join(resends.select("district", "resends"), on="district", how="left")
        .join(starts, on="programme")
        .with_columns(
            pl.when("is_discharged")
            .then(pl.lit("closed"))
            .when(resent & is_silent)
            .then(pl.lit("lost"))
            .otherwise(pl.lit("ongoing"))
            .alias("status"),
            pl.max_horizontal("enrolled_on", "watched_from").alias("watched"),
            (pl.col("enrolled_on") < pl.col("watched_from")).alias("is_left_truncated"),
        )
        .with_columns(
            pl.when(pl.col("enrolled_on").is_not_null()).then("watched").alias("observed_from"),
            pl.when(pl.col("status") == "closed")
            .then(pl.min_horizontal("discharged_on", _end_of("last_reported_year")))
            .when((pl.col("status") == "ongoing") & kept_silent)
            .then(_end_of("district_last_year"))
            .otherwise(_end_of("last_reported_year"))
            .alias("observed_until"),
            # The form asks for those running on the first day in retrospect: their enrolment answers are hindsight.
            pl.col("is_left_truncated").alias("is_retrospective"),
        )
        .with_columns((pl.col("observed_until") - pl.col("enrolled_on")).dt.total_days().cast(pl.Int32).alias("days"))
        .with_columns(
            pl.when(pl.col("days") >= 0).then("days").alias("days"),
            *(pl.when(~was_not_watched).then(name).alias(name) for name in ("observed_from", "observed_until")),
        )
        .drop("district_last_year", "resends", "watched_from", "watched", "is_discharged")
        .sort("episode_id")
    )


def _reported(coverage: pl.DataFrame) -> pl.DataFrame:
    """The years in which a district was reported for: `programme, district_reported, reported_year`.

    `district_reported` is the name an episode was reported under; the workbook came under that name or a successor's.
    """
    pairs = []
    for name in districts():
        at: str | None = name
        while at is not None:
            pairs.append((name, at))
            at = districts()[at].successor
    names = pl.DataFrame(pairs, schema={"reported": pl.String, "district_reported": pl.String}, orient="row")
    return (
        coverage.join(names, on="district_reported")
        .select("programme", pl.col("reported").alias("district_reported"), "reported_year")
        .unique()
    )


def _end_of(year: str) -> pl.Expr:
    return pl.date(pl.col(year), 12, 31)
