"""What a source tells of an outcome, and of whom from when until when it would have told.

    outcomes_of(source, "conviction", "Survival")      the events, by person
    observed(source, "conviction", "Survival")         the window of each person in which one would be seen

An outcome of a register is observed of a person from the first to the last day that deliveries cover, less the months
in which something may still be missing (the lag), and only if the holder searched for the person. Where several
registers tell of one outcome, each of its own kinds, it is observed while all of them are. Of everybody else
nothing is known: neither yes nor no. Death and emigration end every follow-up, where a delivery tells of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.source import need, person_column
from sigpanel.contracts.followup import EMIGRATION, FOUND, IMMIGRATION, facts
from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from sigpanel.analysis.source import Source

_WINDOW = pl.Schema({"person_id": pl.String, "from_day": pl.Int32, "until_day": pl.Int32, "until_why": pl.String})


def known_outcome(name: str, others: tuple[str, ...] = ()) -> str:
    """The outcome, if there is one of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in facts().dated:
        names = [*others, *facts().dated]
        raise UsageError("event-unknown", "There is no such event.", remedy=f"There are: {', '.join(names)}.")
    return name


def outcomes_of(source: Source, outcome: str, why: str) -> pl.DataFrame:
    """The events of an outcome: `person_id, day` (Int32, since 1970), in order.

    Raises:
        InputError: no delivery was received, or the source is no extract of a project.
    """
    rows = need(source, "outcomes", ["person_id", "outcome", "happened_on"], why).filter(pl.col("outcome") == outcome)
    return rows.select("person_id", day=pl.col("happened_on").cast(pl.Int32)).sort("person_id", "day").collect()


def observed(source: Source, outcome: str, why: str) -> pl.DataFrame:
    """The window of each person who was searched for: `person_id, from_day, until_day, until_why`.

    `until_why` is what ends it: `register_coverage`, or `death` or `emigration`.

    Raises:
        InputError: no delivery was received.
    """
    covered = _coverage(source, outcome, why)
    searched = need(source, "searched", ["person_id", "source", "search"], why).collect()
    windows = (
        searched.filter(search=FOUND)
        .join(covered, on="source")
        .group_by("person_id")
        .agg(pl.col("from_day").max(), pl.col("until_day").min(), n_sources=pl.len())
        .filter(pl.col("n_sources") == covered.height)
        .with_columns(until_why=pl.lit("register_coverage"))
        .sort("person_id")
        .select(_WINDOW.names())
    )
    return windows.cast(_WINDOW)


def departures(source: Source, identity: str, event: str, why: str) -> pl.DataFrame:
    """When persons died or left the country, as far as deliveries tell: `person_id, day, end`; none without deliveries.

    Args:
        source: a panel or an extract.
        identity: what a person is; whoever is part of somebody who left has left.
        event: what is followed; it is no end of itself.
        why: what needs them, for messages.
    """
    empty = pl.DataFrame(schema={"person_id": pl.String, "day": pl.Int32, "end": pl.String})
    if "outcomes" not in source.tables:
        return empty
    ends = [name for name in facts().ends if name != event]
    told = pl.concat(
        [empty, *(outcomes_of(source, name, why).with_columns(end=pl.lit(name, pl.String)) for name in ends)]
    )
    return _by_identity(source, identity, told, why)


def _by_identity(source: Source, identity: str, told: pl.DataFrame, why: str) -> pl.DataFrame:
    """What a register told of persons, of those that they are parts of."""
    if identity == "default":
        return told
    person = person_column(identity)
    of = need(source, "episodes", ["person_id", person], why).unique().collect()
    joined = told.join(of, on="person_id").with_columns(pl.col(person).alias("person_id"))
    return joined.select(told.columns).unique()


def absences(source: Source, identity: str, why: str) -> pl.DataFrame:
    """The times from which persons were gone, as far as deliveries tell: `person_id, gone, back, end`.

    `back` is the first immigration after an emigration, null where there is none and after a death.
    """
    gone = departures(source, identity, "", why).rename({"day": "gone"})
    if gone.is_empty():
        return gone.with_columns(pl.lit(None, pl.Int32).alias("back"))
    home = _by_identity(source, identity, outcomes_of(source, IMMIGRATION, why), why).rename({"day": "back"})
    after = gone.join(home, on="person_id").filter(pl.col("end") == EMIGRATION, pl.col("back") >= pl.col("gone"))
    first = after.group_by("person_id", "gone", "end").agg(pl.col("back").min())
    return gone.join(first, on=["person_id", "gone", "end"], how="left").sort("person_id", "gone", "end")


def coverage_of(source: Source, outcome: str, why: str) -> pl.DataFrame:
    """What deliveries cover of an outcome: `outcome, source, from_on, until_on, lag_months, version`.

    Raises:
        InputError: no delivery was received.
    """
    columns = ["outcome", "source", "from_on", "until_on", "lag_months", "version"]
    return need(source, "coverage", columns, why).filter(pl.col("outcome") == outcome).collect()


def _coverage(source: Source, outcome: str, why: str) -> pl.DataFrame:
    """Days by the holder that answers for the source, less the lag."""
    lag = pl.format("-{}mo", pl.col("lag_months"))
    return coverage_of(source, outcome, why).select(
        "source",
        from_day=pl.col("from_on").cast(pl.Int32),
        until_day=pl.col("until_on").dt.offset_by(lag).cast(pl.Int32),
    )
