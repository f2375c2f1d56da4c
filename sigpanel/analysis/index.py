"""From the index event to the event, or to the last day on which it would have been seen: one row per person.

`survival`, `followup`, `person_periods` and `competing_risks` are shapes of this one table.

In Brå's words: the *index event* (ingångshändelse) is the enrolment or the discharge of the first spell; the
*follow-up* is the time after it; the *buffer period* (buffertperiod) are the first days of it, which do not count, nor
what happens in them. A return that begins on the day of discharge is one; what a register tells of the index day is
not, since the insats may well be its consequence.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.answers import strata
from sigpanel.analysis.days import HIGH, LOW, hold_days, too_coarse
from sigpanel.analysis.observed import absences, departures, known_outcome, observed, outcomes_of
from sigpanel.analysis.people import spells, watched
from sigpanel.analysis.source import dated, lacking
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.followup import DEATH
from sigpanel.errors import InputError, UsageError
from sigpanel.forms import programmes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.people import Spells
    from sigpanel.analysis.source import Source

ORIGINS = ("enrolment", "discharge")
OF_SIG = ("reenrolment", "discharge")
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Index:
    """One row per person of whom the index event is known, or why nothing is known after it.

    `person_id, episode_id, *by, reason` and days (Int32), each with `__low` and `__high`: `origin`, `entry` (from when
    the person is seen), `event` (null: none seen), `until` (null: never watched); `until_why` is what ends the watch,
    `unseen` why there is nothing to follow (null: there is), `is_doubtful` whether there is an event of which coarse
    dates do not say if it came before the index event. `gap_from` and `gap_until` are days between which nothing
    could be seen (null: there are none).
    """

    rows: pl.DataFrame
    is_exact: bool
    is_calendar: bool


def index(  # noqa: PLR0913 - each says one thing of the follow-up
    source: Source,
    origin: str,
    event: str,
    *,
    identity: str = "default",
    population: str = "sig",
    buffer: int = 0,
    calendar: bool = False,
    by: Sequence[str] = (),
    is_of_windows: bool = False,
    why: str,
) -> Index:
    """Who is followed from when until when, and when the event came.

    With `calendar` the follow-up begins when the year of the index event has ended, and what happens in the rest of
    that year does not count. Of windows the watch for a discharge goes on after it, until when one would have been
    seen: else only those who stayed would have been observed.

    Raises:
        UsageError: there is no such origin, event, population or identity; a buffer below 0, or of a discharge.
        InputError: an extract lacks a column, or has dates that cannot be compared.
    """
    _refuse(origin, event, buffer, calendar=calendar)
    found = spells(source, identity, population, why)
    first = found.rows.filter(spell_no=1)
    start = "began" if origin == "enrolment" else "ended"
    # It was, and nobody knows when, or an extract does not say; whoever is still in has not had it.
    is_known_to_be = pl.lit(value=True) if origin == "enrolment" else pl.col("status") == "closed"
    rows = first.with_columns(
        **{f"origin{end}": pl.col(f"{start}{end}") + buffer for end in (LOW, HIGH)},
        index_day=pl.col(f"{start}{LOW}"),
        is_doubtful=pl.lit(value=False),
        unseen=pl.when(pl.col(f"{start}{LOW}").is_null()).then(
            pl.when(is_known_to_be).then(pl.lit("origin_without_day")).otherwise(pl.lit("no_origin"))
        ),
    )
    if calendar:
        rows = _at_years_end(rows, found, buffer, why)
    rows = _entered(rows, origin, why)
    after = 1 if calendar else buffer
    followed, is_exact = _followed(rows, found, source, event, identity, after, why)
    followed = _gone_before(followed, absences(source, identity, why), event)
    followed = _departed(followed, departures(source, identity, event, why))
    if event == "discharge" and is_of_windows:
        followed = _watched_on(followed, watched(source, identity, found, why, first_day=found.is_exact)[0])
    if buffer and not (found.is_exact and is_exact):
        raise too_coarse(f"{why} with a buffer", ["the dates of episodes"])
    if by:
        followed = followed.join(strata(source, by, why, identity), on="episode_id", how="left")
    days = [f"{name}{end}" for name in ("origin", "entry", "event", "until") for end in (LOW, HIGH)]
    gap = unobserved() if population == "cohort" and event == "reenrolment" else (None, None)
    kept = followed.select(
        "person_id", "episode_id", *by, "reason", *days, "until_why", "unseen", "is_doubtful",
        gap_from=pl.lit(gap[0], pl.Int32), gap_until=pl.lit(gap[1], pl.Int32),
    )  # fmt: skip
    return Index(kept.sort("person_id"), found.is_exact and is_exact, found.is_calendar)


def _at_years_end(rows: pl.DataFrame, found: Spells, buffer: int, why: str) -> pl.DataFrame:
    """The last day of the index event's year, which any grain tells."""
    if buffer:
        raise UsageError(
            "buffer-of-nothing", "By calendar years the rest of the first year is the buffer.", remedy="Leave one out."
        )
    if not found.is_calendar:
        raise InputError(
            "dates-not-alike",
            f"{why} by calendar years needs dates of the calendar, and here are days since enrolment.",
            remedy="Of days since enrolment `long` alone makes use. A panel has days, and extracts may have years.",
        )
    last = pl.date(pl.col(f"origin{LOW}").cast(pl.Date).dt.year(), 12, 31).cast(pl.Int32)
    return rows.with_columns(**{f"origin{end}": last for end in (LOW, HIGH)})


def _refuse(origin: str, event: str, buffer: int, *, calendar: bool) -> None:
    if origin not in ORIGINS:
        raise UsageError("origin-unknown", "There is no such index event.", remedy=f"Give {' or '.join(ORIGINS)}.")
    if event not in OF_SIG:
        known_outcome(event, OF_SIG)
    if event == origin == "discharge":
        raise UsageError(
            "event-is-origin", "The event is the index event.", remedy="Count the discharge from the enrolment."
        )
    none = "Leave `buffer` out, or give days for a return or an outcome of a register."
    hold_days(buffer, 0, "buffer-of-nothing", "A buffer is whole days after the index event, from 0.", none)
    if (buffer or calendar) and event == "discharge":
        raise UsageError(
            "buffer-of-nothing", "A discharge is what is waited for: it has no buffer, nor a rest of a year.",
            remedy="Leave `buffer` and `calendar` out, or name a return or an outcome of a register.",
        )  # fmt: skip


def _entered(rows: pl.DataFrame, origin: str, why: str) -> pl.DataFrame:
    """From when a person is seen: from the origin on, or later where reporting began when the insats was running."""
    if origin == "discharge":
        return rows.with_columns(**{f"entry{end}": pl.col(f"origin{end}") for end in (LOW, HIGH)})
    if f"seen_from{LOW}" not in rows.columns:
        raise lacking("episodes", ["observed_from"], f"{why} from the enrolment")
    return rows.with_columns(
        **{f"entry{end}": pl.max_horizontal(f"origin{end}", f"seen_from{end}") for end in (LOW, HIGH)}
    )


def _followed(
    rows: pl.DataFrame, found: Spells, source: Source, event: str, identity: str, buffer: int, why: str
) -> tuple[pl.DataFrame, bool]:
    if event == "discharge":
        return _to_discharge(rows, why), True
    if event == "reenrolment":
        until, is_exact = watched(source, identity, found, why, first_day=found.is_exact)
        _refuse_calendar(source, found, why)
        return _to_return(rows, found, until, is_buffered=buffer > 0), is_exact
    if identity != "default":
        raise UsageError(
            "outcomes-of-default",
            "A register was asked about the persons of the extract; of persons who are others it tells nothing.",
            remedy="Leave `identity` out, or get an extract under that identity and ask the register anew.",
        )
    if not found.is_calendar:
        raise InputError(
            "dates-not-alike",
            f"{why} compares dates of a register with days since enrolment, and nothing tells which days those are.",
            remedy="Ask for an extract whose dates are of the calendar: months, quarters or years give intervals.",
        )
    told = outcomes_of(source, event, why)
    return _to_outcome(rows, observed(source, event, why), told, is_death=event == DEATH), True


def _to_discharge(rows: pl.DataFrame, why: str) -> pl.DataFrame:
    if f"seen_until{LOW}" not in rows.columns:
        raise lacking("episodes", ["observed_until"], f"{why} until the discharge")
    is_closed = pl.col("status") == "closed"
    undated = is_closed & pl.col(f"ended{LOW}").is_null()
    return rows.with_columns(
        **{f"event{end}": pl.col(f"ended{end}") for end in (LOW, HIGH)},
        **{f"until{end}": pl.when(~undated).then(f"seen_until{end}") for end in (LOW, HIGH)},
        until_why=pl.when(pl.col("status") == "lost").then(pl.lit("lost")).otherwise(pl.lit("last_report")),
        unseen=pl.coalesce("unseen", pl.when(undated).then(pl.lit("discharge_without_day"))),
    )


def _to_return(rows: pl.DataFrame, found: Spells, until: pl.DataFrame, *, is_buffered: bool) -> pl.DataFrame:
    """The first spell that begins after the origin, on its day at the earliest; after the last day of a buffer."""
    later = found.rows.filter(pl.col("spell_no") > 1).select(
        "person_id", *(pl.col(f"began{end}").alias(f"event{end}") for end in (LOW, HIGH))
    )
    undated = later.filter(pl.col(f"event{LOW}").is_null()).select("person_id").unique()
    candidates = later.join(rows.select("person_id", f"origin{LOW}"), on="person_id").filter(
        pl.col(f"event{HIGH}") >= pl.col(f"origin{LOW}") + int(is_buffered)
    )
    earliest = candidates.sort("person_id", f"event{LOW}", f"event{HIGH}").unique(
        "person_id", keep="first", maintain_order=True
    )
    told = rows.join(earliest.drop(f"origin{LOW}"), on="person_id", how="left").join(until, on="person_id", how="left")
    if is_buffered:
        told = _in_again(told, found)
    # A return whose day nobody knows could have come first.
    is_undated = pl.col("person_id").is_in(undated["person_id"].to_list())
    return told.with_columns(
        **{f"until{end}": pl.col(f"watched{end}") for end in (LOW, HIGH)},
        until_why=pl.lit("last_report"),
        unseen=pl.coalesce("unseen", pl.when(is_undated).then(pl.lit("return_without_day"))),
    )


def _in_again(rows: pl.DataFrame, found: Spells) -> pl.DataFrame:
    """Whoever came back in the buffer and is still in when the follow-up begins cannot come back in it."""
    later = found.rows.filter(pl.col("spell_no") > 1).join(rows.select("person_id", f"origin{LOW}"), on="person_id")
    has_ended = (pl.col(f"ended{LOW}") <= pl.col(f"origin{LOW}")).fill_null(value=False)
    is_in = later.filter(pl.col(f"began{HIGH}") <= pl.col(f"origin{LOW}"), ~has_ended)["person_id"].unique()
    is_in_again = pl.col("person_id").is_in(is_in.implode())
    return rows.with_columns(unseen=pl.coalesce("unseen", pl.when(is_in_again).then(pl.lit("returned_in_buffer"))))


def _to_outcome(rows: pl.DataFrame, windows: pl.DataFrame, events: pl.DataFrame, *, is_death: bool) -> pl.DataFrame:
    """The first outcome on a later day, of those who were searched for and were covered from the origin on.

    No index event follows a death, so of those within one grain the death is the later.
    """
    told = rows.join(windows, on="person_id", how="left")
    is_late = pl.col("from_day") > pl.col(f"origin{LOW}") + 1
    near = events.join(told.select("person_id", f"origin{LOW}", f"origin{HIGH}", "until_day"), on="person_id")
    is_after = pl.col("day") > pl.col(f"origin{LOW if is_death else HIGH}")
    first = near.filter(is_after, pl.col("day") <= pl.col("until_day")).group_by("person_id").agg(pl.col("day").min())
    # Before the index event or after it: dates of the grain do not say.
    beside = near.filter(~is_after, pl.col("day") > pl.col(f"origin{LOW}"))["person_id"].unique().implode()
    return (
        told.join(first, on="person_id", how="left")
        .with_columns(is_doubtful=pl.col("person_id").is_in(beside))
        .with_columns(
            **{f"event{end}": pl.col("day") for end in (LOW, HIGH)},
            **{f"until{end}": pl.col("until_day") for end in (LOW, HIGH)},
            unseen=pl.coalesce(
                "unseen",
                pl.when(pl.col("from_day").is_null()).then(pl.lit("not_searched")),
                pl.when(is_late).then(pl.lit("before_coverage")),
            ),
        )
        .with_columns(until_why=pl.col("until_why").fill_null("register_coverage"))
    )


def _gone_before(rows: pl.DataFrame, absences: pl.DataFrame, event: str) -> pl.DataFrame:
    """Nobody is followed who was gone when the follow-up begins: dead, or abroad and not back.

    Whoever left the country before the enrolment had come back for it. Where it is the event itself that somebody is
    gone, all of the buffer is before.
    """
    told = absences.join(rows.select("person_id", "index_day", f"origin{LOW}", f"began{LOW}"), on="person_id").filter(
        (pl.col("end") == DEATH) | (pl.col("gone") >= pl.col(f"began{LOW}"))
    )
    is_before = pl.when(pl.col("end") == event).then(pl.col("gone") <= pl.col(f"origin{LOW}"))
    begin = pl.when(pl.col("end") == event).then(f"origin{LOW}").otherwise("index_day")
    gone = told.filter(
        is_before.otherwise(pl.col("gone") < pl.col("index_day")), (pl.col("back") > begin).fill_null(value=True)
    )
    is_gone = pl.col("person_id").is_in(gone["person_id"].unique().implode())
    return rows.with_columns(unseen=pl.coalesce("unseen", pl.when(is_gone).then(pl.lit("gone_before"))))


def _watched_on(rows: pl.DataFrame, until: pl.DataFrame) -> pl.DataFrame:
    """After a discharge that was seen, as long as the district would have told of one."""
    joined = rows.join(until, on="person_id", how="left")
    is_seen = (pl.col(f"event{HIGH}") <= pl.col(f"until{HIGH}")).fill_null(value=False)
    return joined.with_columns(
        **{
            f"until{end}": pl.when(is_seen)
            .then(pl.max_horizontal(f"until{end}", f"watched{end}"))
            .otherwise(f"until{end}")
            for end in (LOW, HIGH)
        }
    )


def _departed(rows: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """The watch ends with the first death or emigration from the index event on, before it begins to count, too."""
    after = (
        ends.rename({"day": "left_on", "end": "left_by"})
        .join(rows.select("person_id", "index_day"), on="person_id")
        .filter(pl.col("left_on") >= pl.col("index_day"))
    )
    first = after.sort("person_id", "left_on", "left_by").unique("person_id", keep="first", maintain_order=True)
    is_earlier = (pl.col("left_on") <= pl.col(f"until{HIGH}")).fill_null(value=False)
    return rows.join(first.select("person_id", "left_on", "left_by"), on="person_id", how="left").with_columns(
        until_why=pl.when(is_earlier).then("left_by").otherwise("until_why"),
        **{
            f"until{side}": pl.when(is_earlier)
            .then(pl.min_horizontal(f"until{side}", "left_on"))
            .otherwise(f"until{side}")
            for side in (LOW, HIGH)
        },
    )


def _refuse_calendar(source: Source, found: Spells, why: str) -> None:
    """Until when somebody is watched is a day of the calendar; days since enrolment cannot be held against it."""
    until = dated(source, "persons", "observed_until")
    if not found.is_calendar and until is not None and until.grain != "days_since_enrolment":
        raise InputError(
            "dates-not-alike",
            f"{why} compares {until.column}, of the calendar, with days since enrolment.",
            remedy="Ask for an extract whose dates are of the calendar: months, quarters or years give intervals.",
        )


def unobserved() -> tuple[int, int]:
    """The first and the last day on which a return of the cohort would have been told by nobody (Int32, since 1970).

    From the year after the evaluation until the yearly reports of the programme that a return is expected in.
    """
    first = dt.date(cohort().evaluated_in + 1, 1, 1)
    last = programmes()[cohort().returns_to].observed_from - dt.timedelta(days=1)
    return (first - _EPOCH).days, (last - _EPOCH).days
