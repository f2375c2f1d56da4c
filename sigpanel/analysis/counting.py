"""The (start, stop] table: recurrent events, and whether somebody is in the insats, as it changes.

    counting_process(panel)        for Cox with re-enrolment: `coxph(Surv(start, stop, event) ~ in_insats + …)`

A person's time from the first enrolment is cut where the insats begins or ends, at each event, and where deprivation of
liberty begins or ends; each piece is a row, `start < day <= stop`. Built by hand, such tables switch somebody off at
the first discharge and never on again; here `in_insats` is 1 again from the day after the return.

Days are whole, and two things may share one. A piece has at least a day, so the later of the two counts on the next
day; several events of one day are one row with their number in `n_events`. What happens after the watch ends is not
there, nor anything after the horizon.

A return is never told of somebody who is in. Where a spell has no known end before the return that follows it, the
return says that it had ended, and nobody knows when: `in_insats` is null from its first day up to the return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis import listed
from sigpanel.analysis.answers import strata
from sigpanel.analysis.days import HIGH, LOW, bounds, hold_horizon, too_coarse
from sigpanel.analysis.index import index
from sigpanel.analysis.liberty import COLUMNS, locked_in
from sigpanel.analysis.observed import known_outcome, outcomes_of
from sigpanel.analysis.people import spells, watched
from sigpanel.analysis.source import columns_of, lacking, need, person_column
from sigpanel.contracts.followup import facts
from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.people import Spells
    from sigpanel.analysis.source import Source

_WHY = "A counting process"
RETURN = "reenrolment"


def counting_process(
    source: Source,
    event: str = RETURN,
    *,
    horizon: int | None = None,
    by: str | Sequence[str] = (),
    identity: str = "default",
    population: str = "sig",
) -> pl.DataFrame:
    """Rows of (start, stop] in days since the first enrolment, cut where something changes.

    Args:
        source: a panel or an extract.
        event: `reenrolment`, or an outcome of a register, where the extract has one.
        horizon: days after which nothing is there.
        by: groups, as columns of episodes, of the first episode.
        identity: what a person is.
        population: `sig` or `cohort`, as in `survival`.

    Returns:
        `person_id, *by, start, stop, event, n_events, in_insats, spell_no, event_no`, sorted. `event` (Int64) is 1 in a
        row that ends with one. `in_insats` is null where nobody knows: from where a district has lost sight of the
        person, and in a spell of which no end is told though a return follows. `spell_no` counts the spells, `event_no`
        is the number of events before, for models stratified by it.

        Who is in cannot come back, so for returns the rows with `in_insats` 0 are kept. That leaves out the returns
        before which nobody knows whether somebody was in; say how many:
        `rows.filter(pl.col("in_insats").is_null())["n_events"].sum()`.

        Where the extract has times deprived of liberty, the rows leave them out: they are no time at risk, but for the
        first day; electronic tagging is liberty. Whoever is locked in when the coverage of that ends is left out from
        then on. Death and emigration end the rows, also where they are the event.

        Who cannot be followed is not there, nor whoever has a spell whose first or last day nobody knows: when they
        were in, nobody knows either. How many those are is a matter of who is in `survival` from the enrolment, which
        has a row for everybody.

    Raises:
        UsageError: an argument is not what it can be.
        InputError: an extract lacks a column, or has no exact days.
    """
    return processed(source, event, horizon=horizon, by=listed(by), identity=identity, population=population, why=_WHY)


def processed(
    source: Source,
    event: str,
    *,
    horizon: int | None = None,
    by: Sequence[str] = (),
    identity: str = "default",
    population: str = "sig",
    why: str,
) -> pl.DataFrame:
    """The rows of `counting_process`, for an analysis that says in its messages what it is (`why`)."""
    if event == "discharge":
        raise UsageError(
            "discharge-is-state", "A discharge is a change of `in_insats` here.", remedy="Time to it: `survival`."
        )
    hold_horizon(horizon)
    found = index(source, "enrolment", event, identity=identity, population=population, why=why)
    of = spells(source, identity, population, why)
    if not (found.is_exact and of.is_exact):
        raise too_coarse(why, ["the dates of episodes"])
    followed = found.rows if event == RETURN else _told_of(found.rows, of, source, identity, why)
    persons = _watch(_ended(followed, source, event, why)).join(_undated(of.rows), on="person_id", how="anti")
    states = _states(of.rows, persons, why)
    persons = _until(_with_last_return(persons, states), horizon)
    events = _returns(states) if event == RETURN else _of_register(source, known_outcome(event), persons, why)
    rows = _with_events(_pieces(persons, states, events, _locked(source, persons, identity, why)), events)
    if by:
        first = found.rows.select("person_id", "episode_id").join(strata(source, by, why, identity), on="episode_id")
        rows = rows.join(first, on="person_id", how="left")
    return rows.select(
        "person_id", *by, "start", "stop", "event", "n_events", "in_insats", "spell_no", "event_no"
    ).sort("person_id", "start")


def _undated(rows: pl.DataFrame) -> pl.DataFrame:
    """Persons with a spell that began or ended on a day that nobody knows: when they were in, nobody knows either."""
    has_no_end = (pl.col("status") == "closed") & pl.col(f"ended{LOW}").is_null()
    return rows.filter(pl.col(f"began{LOW}").is_null() | has_no_end).select("person_id").unique()


def _told_of(rows: pl.DataFrame, of: Spells, source: Source, identity: str, why: str) -> pl.DataFrame:
    """The watch as long as the district tells as well: after it nobody knows who is in."""
    until, _ = watched(source, identity, of, why, first_day=True)
    joined = rows.join(until, on="person_id", how="left")
    return joined.with_columns(
        # Whom no district watches has no such time; the least of a null and a day would be the day.
        pl.when(pl.col(f"watched{LOW}").is_not_null())
        .then(pl.min_horizontal(f"until{LOW}", f"watched{LOW}"))
        .alias(f"until{LOW}")
    )


def _ended(rows: pl.DataFrame, source: Source, event: str, why: str) -> pl.DataFrame:
    """The watch until the first death or emigration where that is the event; where it is not, it has ended already.

    Nobody is at risk after either, of the same again neither. One on the index day is no event, and ends the watch.
    """
    if event not in facts().ends:
        return rows
    origin = pl.col(f"origin{LOW}")
    after = outcomes_of(source, event, why).join(rows.select("person_id", origin), on="person_id")
    first = after.filter(pl.col("day") >= origin).group_by("person_id").agg(gone=pl.col("day").min())
    joined = rows.join(first, on="person_id", how="left")
    is_earlier = (pl.col("gone") < pl.col(f"until{LOW}")).fill_null(value=False)
    return joined.with_columns(pl.when(is_earlier).then("gone").otherwise(f"until{LOW}").alias(f"until{LOW}"))


def _watch(rows: pl.DataFrame) -> pl.DataFrame:
    """Who is followed: `person_id, origin, since, until`, days since the origin; at least one day."""
    origin = pl.col(f"origin{LOW}")
    is_in_gap = pl.col("gap_from") <= pl.col(f"until{LOW}")
    until = pl.when(is_in_gap).then(pl.col("gap_from") - 1).otherwise(f"until{LOW}") - origin
    return (
        rows.filter(pl.col("unseen").is_null())
        .select("person_id", origin=origin, since=pl.col(f"entry{LOW}") - origin, until=until)
        .filter(pl.col("until") > pl.col("since"))
    )


def _until(persons: pl.DataFrame, horizon: int | None) -> pl.DataFrame:
    """The watch up to the horizon: what counts on the day after it, being the second thing of a day, does not."""
    if horizon is None:
        return persons
    cut = persons.with_columns(pl.min_horizontal("until", pl.lit(horizon, pl.Int32)).alias("until"))
    return cut.filter(pl.col("until") > pl.col("since"))


def _with_last_return(persons: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """A return on the last day that is watched is seen on it, though its piece ends a day later."""
    moved = (
        states.filter("is_return")
        .join(persons.select("person_id", "until"), on="person_id")
        .filter(pl.col("told_on") <= pl.col("until"), pl.col("day") > pl.col("until"))
        .group_by("person_id")
        .agg(moved=pl.col("day").max())
    )
    joined = persons.join(moved, on="person_id", how="left")
    return joined.with_columns(until=pl.max_horizontal("until", "moved")).drop("moved")


def _states(rows: pl.DataFrame, persons: pl.DataFrame, why: str) -> pl.DataFrame:
    """The days on which somebody comes in or goes out, no two on one.

    `person_id, day, told_on, in_insats, spell_no, is_return`: `told_on` is the day as it is told, `day` the one on
    which it counts.
    """
    told = rows.join(persons, on="person_id").sort("person_id", "spell_no")
    if f"seen_until{LOW}" not in told.columns:
        if (told["status"] == "lost").any():
            raise lacking("episodes", ["observed_until"], f"{why} of persons who are lost")
        told = told.with_columns(pl.lit(None, pl.Int32).alias(f"seen_until{LOW}"))
    # Of whom the district has lost sight, nobody knows from then on whether the insats goes on.
    is_lost = pl.col("status") == "lost"
    began, out = pl.col(f"began{LOW}"), pl.when(is_lost).then(f"seen_until{LOW}").otherwise(f"ended{HIGH}")
    next_on = began.shift(-1).over("person_id")
    # Told as going on, or as seen in the insats, when a return is told too: then it had ended, and nobody knows when.
    has_no_end = next_on.is_not_null() & (out > next_on).fill_null(value=True)
    known = told.with_columns(began=began - pl.col("origin"), out=out - pl.col("origin"), has_no_end=has_no_end)
    ins = known.select(
        "person_id", "spell_no", day="began", in_insats=pl.when(~pl.col("has_no_end")).then(pl.lit(1, pl.Int32)),
        is_in=pl.lit(value=True),
    )  # fmt: skip
    outs = known.filter(~pl.col("has_no_end")).select(
        "person_id", "spell_no", day="out", in_insats=pl.when(~is_lost).then(pl.lit(0, pl.Int32)),
        is_in=pl.lit(value=False),
    )  # fmt: skip
    both = (
        pl.concat([ins, outs]).drop_nulls("day").sort("person_id", "spell_no", "is_in", descending=[False, False, True])
    )
    at = pl.int_range(pl.len()).over("person_id").cast(pl.Int32)
    # Strictly later than the one before, by as little as it takes.
    strictly = ((pl.col("day") - at).cum_max().over("person_id") + at).cast(pl.Int32)
    is_return = pl.col("is_in") & (pl.col("spell_no") > 1)
    return both.with_columns(told_on="day", day=strictly, is_return=is_return).drop("is_in")


def _returns(states: pl.DataFrame) -> pl.DataFrame:
    return states.filter("is_return").select("person_id", "day", n_events=pl.lit(1, pl.Int64))


def _of_register(source: Source, outcome: str, persons: pl.DataFrame, why: str) -> pl.DataFrame:
    """Events after the origin's day, within the watch: `person_id, day, n_events`."""
    told = outcomes_of(source, outcome, why).join(persons, on="person_id")
    if outcome in facts().ends:
        # Two registers may tell of one death; the watch ends with the first day, so that a later one is not there.
        told = told.unique(["person_id", "day"], maintain_order=True)
    since = told.with_columns(day=pl.col("day") - pl.col("origin"))
    seen = since.filter(pl.col("day") > pl.max_horizontal("since", pl.lit(0)), pl.col("day") <= pl.col("until"))
    return seen.group_by("person_id", "day").agg(n_events=pl.len().cast(pl.Int64)).sort("person_id", "day")


def _locked(source: Source, persons: pl.DataFrame, identity: str, why: str) -> pl.DataFrame:
    """Times deprived of liberty, joined where they meet: `person_id, from, to`, days since the origin, (from, to]."""
    empty = pl.DataFrame(schema={"person_id": pl.String, "from": pl.Int32, "to": pl.Int32})
    if not columns_of(source, "outcomes") or not bounds(source, "episodes", ["enrolled_on"], why).is_calendar:
        return empty
    rows = locked_in(need(source, "outcomes", list(COLUMNS), why).collect())
    if identity != "default":
        # Whoever is part of somebody who was locked in was locked in, as in `observed.departures`.
        person = person_column(identity)
        of = need(source, "episodes", ["person_id", person], why).unique().collect()
        rows = rows.join(of, on="person_id").drop("person_id").rename({person: "person_id"})
    return (
        rows.join(persons, on="person_id")
        .select(
            "person_id",
            # The first day is one at risk, so that what it is the consequence of counts; the day of release is too.
            pl.max_horizontal(pl.col("from_on").cast(pl.Int32) - pl.col("origin"), "since").alias("from"),
            # Without an end it lasts to the end of the watch: the least of a null and a day is the day.
            pl.min_horizontal(pl.col("until_on").cast(pl.Int32) - pl.col("origin") - 1, "until").alias("to"),
        )
        .filter(pl.col("to") > pl.col("from"))
        .sort("person_id", "from", "to")
        .with_columns(reach=pl.col("to").cum_max().shift(1).over("person_id"))
        .with_columns(group=(pl.col("from") > pl.col("reach")).fill_null(value=True).cum_sum())
        .group_by("person_id", "group", maintain_order=True)
        .agg(pl.col("from").min(), pl.col("to").max())
        .select("person_id", pl.col("from", "to").cast(pl.Int32))
    )


def _pieces(persons: pl.DataFrame, states: pl.DataFrame, events: pl.DataFrame, locked: pl.DataFrame) -> pl.DataFrame:
    """Every piece of the watch between two cuts, with its state; those deprived of liberty left out."""
    ends = [
        persons.select("person_id", day="since"),
        persons.select("person_id", day="until"),
        states.select("person_id", "day"),
        events.select("person_id", "day"),
        locked.select("person_id", day="from"),
        locked.select("person_id", day="to"),
    ]
    cuts = pl.concat([each.cast({"day": pl.Int32}) for each in ends]).unique()
    inside = cuts.join(persons, on="person_id").filter(pl.col("day").is_between(pl.col("since"), pl.col("until")))
    pieces = (
        inside.sort("person_id", "day")
        .select("person_id", start="day", stop=pl.col("day").shift(-1).over("person_id"))
        .drop_nulls("stop")
    )
    state = pieces.sort("person_id", "start").join_asof(
        states.sort("person_id", "day"), left_on="start", right_on="day", by="person_id", check_sortedness=False
    )
    # A time deprived of liberty begins and ends with cuts, so a piece lies in it or beside it.
    is_locked = state.join_asof(
        locked.sort("person_id", "from"), left_on="start", right_on="from", by="person_id", check_sortedness=False
    ).filter((pl.col("to") >= pl.col("stop")).fill_null(value=False))
    free = state.join(is_locked.select("person_id", "start"), on=["person_id", "start"], how="anti")
    return free.select(
        "person_id", pl.col("start", "stop").cast(pl.Int64),
        in_insats=pl.col("in_insats").cast(pl.Int64),
        spell_no=pl.col("spell_no").fill_null(0).cast(pl.Int64),
    )  # fmt: skip


def _with_events(pieces: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """An event stands in the row that ends with its day; where that was no time at risk, in none."""
    told = pieces.join(
        events.with_columns(pl.col("day").cast(pl.Int64)), left_on=["person_id", "stop"],
        right_on=["person_id", "day"], how="left",
    )  # fmt: skip
    counted = told.sort("person_id", "start").with_columns(n_events=pl.col("n_events").fill_null(0))
    before = pl.col("n_events").cum_sum().over("person_id") - pl.col("n_events")
    return counted.with_columns(event=(pl.col("n_events") > 0).cast(pl.Int64), event_no=before)
