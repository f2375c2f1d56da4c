"""What a follow-up rests on: from when until when each event would have been told, by whom, and of how many persons.

    panel.rests_on("reenrolment")        by programme: the yearly reports of the districts
    extract.rests_on("conviction")       by source: what deliveries cover, and whom the register was asked about

It stands beside every result, since a share of nothing seen and a share of nothing that happened look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis import is_true
from sigpanel.analysis.index import OF_SIG, unobserved
from sigpanel.analysis.observed import coverage_of, known_outcome
from sigpanel.analysis.source import DAY, columns_of, dated, lacking, need
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.disclosure import disclosure
from sigpanel.contracts.followup import FOUND
from sigpanel.forms import programmes
from sigpanel.tables.protect import as_shown

if TYPE_CHECKING:
    from sigpanel.analysis.source import Source

_WHY = "Coverage"
REPORTS = "district_reports"


def rests_on(source: Source, event: str = "reenrolment", *, protect: bool = True) -> pl.DataFrame:
    """One row per source and part of what it covers.

    Args:
        source: a panel or an extract.
        event: `reenrolment`, `discharge`, or an outcome of a register.
        protect: whether it may be published: numbers of persons rounded, and null where fewer than the threshold;
            and of districts' reports the last day that so many share. With False all is exact, and for one's own eyes
            alone: the last day of all may be one person's discharge.

    Returns:
        `event, source, programme, from_on, until_on, lag_months, version, persons, not_searched`. Of districts' reports
        one row per programme, `until_on` the last day on which its persons (of a return) or its episodes (of a
        discharge) were seen, null where an extract has no such days or too few share one, and no version; who was in
        two programmes is counted in both, and of returns the pilot has two rows, around the years that nobody reported
        of. Of a register one row per entry of its coverage, without programme.
        `persons` are those of the source, and no controls that a register holder drew. `not_searched` are those of them
        about whom the register told nothing: no number, not found, left out.

    Raises:
        UsageError: there is no such event.
        InputError: no delivery was received, or an extract lacks a column.
    """
    rule = disclosure().at(source.threshold)
    if event in OF_SIG:
        # That a report searches for everybody is so by its kind, and tells of nobody.
        told, of_persons = _of_reports(source, event, rule.threshold if is_true(protect) else 1), ["persons"]
    else:
        told, of_persons = _of_register(source, event), ["persons", "not_searched"]
    if not is_true(protect):
        return told
    return told.with_columns(
        pl.when(pl.col(name) >= rule.threshold).then(as_shown(pl.col(name), rule)).alias(name) for name in of_persons
    )


def _of_register(source: Source, event: str) -> pl.DataFrame:
    known_outcome(event, OF_SIG)
    is_searched = pl.col("search") == FOUND
    # A register holder searches for controls too, who are in no table of persons.
    table = "persons" if "persons" in source.tables else "episodes"
    asked = (
        need(source, "searched", ["person_id", "source", "search"], _WHY)
        .join(need(source, table, ["person_id"], _WHY), on="person_id", how="semi")
        .group_by("source")
        .agg(
            persons=pl.col("person_id").filter(is_searched).n_unique().cast(pl.Int64),
            not_searched=pl.col("person_id").filter(~is_searched).n_unique().cast(pl.Int64),
        )
        .collect()
    )
    return (
        coverage_of(source, event, _WHY)
        .join(asked, on="source", how="left")
        .select(
            pl.col("outcome").alias("event"), "source", pl.lit(None, pl.String).alias("programme"), "from_on",
            "until_on", pl.col("lag_months").cast(pl.Int64), pl.col("version").cast(pl.String), "persons",
            "not_searched",
        )
        .sort("source", "from_on")
    )  # fmt: skip


def _of_reports(source: Source, event: str, least: int) -> pl.DataFrame:
    if "programme" not in columns_of(source, "episodes"):
        raise lacking("episodes", ["programme"], _WHY)
    # A return is of a person, whichever episode it follows; a discharge ends one episode, and the others' days say
    # nothing of its programme.
    table, key = ("persons", "person_id") if event == "reenrolment" else ("episodes", "episode_id")
    rows = need(source, "episodes", list(dict.fromkeys(["person_id", key, "programme"])), _WHY).unique()
    until = dated(source, table, "observed_until")
    if until is not None and until.grain == DAY:
        seen = need(source, table, [key, until.column], _WHY).rename({until.column: "until_on"})
        rows = rows.join(seen, on=key, how="left")
    else:
        rows = rows.with_columns(until_on=pl.lit(None, pl.Date))
    rows = rows.with_columns(sharing=pl.col("person_id").n_unique().over("programme", "until_on"))
    from_on = {name: each.observed_from for name, each in programmes().items()}
    told = rows.group_by("programme").agg(
        pl.col("until_on").filter(pl.col("sharing") >= least).max(),
        persons=pl.col("person_id").n_unique().cast(pl.Int64),
    )
    reports = (
        told.collect()
        .select(
            pl.lit(event).alias("event"), pl.lit(REPORTS).alias("source"), "programme",
            pl.col("programme").replace_strict(from_on, default=None, return_dtype=pl.Date).alias("from_on"),
            "until_on", pl.lit(0, pl.Int64).alias("lag_months"), pl.lit(None, pl.String).alias("version"), "persons",
            pl.lit(0, pl.Int64).alias("not_searched"),
        )
    )  # fmt: skip
    return (_parted(reports) if event == "reenrolment" else reports).sort("programme", "from_on")


def _parted(rows: pl.DataFrame) -> pl.DataFrame:
    """The pilot before and after the years in which nobody would have told of a return."""
    first, last = (pl.lit(day).cast(pl.Date) for day in unobserved())
    is_pilot = pl.col("programme").eq_missing(cohort().programme)
    day = pl.duration(days=1)
    before = rows.filter(is_pilot).with_columns(until_on=pl.min_horizontal("until_on", first - day))
    after = rows.filter(is_pilot, (pl.col("until_on") > last).fill_null(value=True)).with_columns(from_on=last + day)
    return pl.concat([rows.filter(~is_pilot), before, after])
