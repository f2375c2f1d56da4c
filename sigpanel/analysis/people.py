"""Persons and their spells: who is in the insats from when until when, and until when a return would have been seen.

    spells(source, "strict", "sig", why="Survival").rows

A *spell* is the time in the insats without a return in between: an episode with the transfers and renewed decisions
that continue it, and with what overlaps it. It begins where the panel says that somebody came back, so returns are
counted as `sigpanel build` counts them. It ends with the last discharge of its episodes; while one of them is not known
to have ended, neither is the spell.

Under another identity the episodes are numbered anew (`sigpanel.persons.number`).

Until when a return would have been seen is asked of the district of the first spell, not of the person: in a panel
`persons.observed_until` looks at the districts of later episodes too, so that whoever came back elsewhere after a
district had fallen silent would be watched longer for having come back, and seem to be many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.days import HIGH, LOW, bounds
from sigpanel.analysis.source import columns_of, need, person_column
from sigpanel.contracts.cohort import cohort
from sigpanel.errors import UsageError
from sigpanel.persons.number import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

POPULATIONS = ("sig", "cohort")
_PLACES = ("district", "district_group")
_OPTIONAL = (*_PLACES, "programme", "episode_no", "is_renewal", "discharge_reason", "is_left_truncated")
# What numbering episodes anew goes by, besides their dates.
_NUMBERED = ("enrolled_on", "discharged_on", "first_reported_year", "last_reported_year", "district", "programme")


@dataclass(frozen=True)
class Spells:
    """Spells, one row each: `person_id, spell_no, episode_id, status, reason, places`, and days with their bounds.

    `episode_id` is the spell's first episode, `status` closed, ongoing or lost, `reason` that of the last discharge.
    `places` are the districts of its episodes, or the groups that an extract has; none where it has neither. The days
    are `began`, `ended` (null where it has not, or nobody knows when), and, where the source has them, `seen_from` and
    `seen_until`; of each `<day>__low` and `<day>__high`. `is_exact` is whether those are the same.
    """

    rows: pl.DataFrame
    is_exact: bool
    is_calendar: bool


def spells(source: Source, identity: str, population: str, why: str) -> Spells:
    """The spells of a population, in the order of each person's.

    Args:
        source: a panel or an extract.
        identity: what a person is.
        population: `sig`, everybody with an episode in a programme with yearly reports, from the first of those on; or
            `cohort`, the persons of 2013–2016, from the pilot on.
        why: what needs them, for messages.

    Raises:
        InputError: an extract lacks a column.
        UsageError: there is no such population or identity.
    """
    if population not in POPULATIONS:
        raise UsageError(
            "population-unknown", "There is no such population.", remedy=f"Give one of: {', '.join(POPULATIONS)}."
        )
    there = columns_of(source, "episodes")
    seen = [name for name in ("observed_from", "observed_until") if any(each.startswith(name) for each in there)]
    dates = bounds(source, "episodes", ["enrolled_on", "discharged_on", *seen], why)
    frame = _episodes(source, identity, population, dates.columns, why)
    in_order = frame.with_columns(*dates.exprs).sort(
        "person_id", "episode_no", f"enrolled_on{LOW}", "is_return", "episode_id", nulls_last=True
    )
    rows = in_order.with_columns(spell_no=pl.col("is_return").cum_sum().over("person_id").cast(pl.Int32) + 1)
    return Spells(_joined(_of(rows, population), seen), dates.is_exact, dates.is_calendar)


def _episodes(source: Source, identity: str, population: str, dates: Sequence[str], why: str) -> pl.DataFrame:
    """Episodes with whether each is a return; of what an extract may lack, null."""
    there = columns_of(source, "episodes")
    optional = [name for name in _OPTIONAL if name in there]
    if population == "cohort" and "programme" not in there:
        optional = ["programme"]  # so that it is asked for, and its absence told
    if identity == "default":
        wanted = dict.fromkeys(["person_id", "episode_id", "status", "is_reenrolment", *optional, *dates])
        frame = need(source, "episodes", list(wanted), why).collect()
    else:
        person = person_column(identity)
        own = [name for name in optional if name not in {"episode_no", "is_renewal"}]
        wanted = dict.fromkeys(["episode_id", person, "status", *_NUMBERED, *own, *dates])
        frame = number(need(source, "episodes", list(wanted), why).collect().rename({person: "person_id"}))
    texts, yes_or_no = (*_PLACES, "programme", "discharge_reason"), ("is_renewal", "is_left_truncated")
    absent = {**dict.fromkeys(texts, pl.String), **dict.fromkeys(yes_or_no, pl.Boolean), "episode_no": pl.Int32}
    told = frame.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in absent.items() if name not in frame.columns
    )
    is_return = pl.col("is_reenrolment") & ~pl.col("is_renewal").fill_null(value=False)
    return told.with_columns(is_return=is_return.fill_null(value=False))


def _of(rows: pl.DataFrame, population: str) -> pl.DataFrame:
    """The spells from the first of the population's on; numbered from 1."""
    is_pilot = (pl.col("programme") == cohort().programme).fill_null(value=False)
    wanted = is_pilot if population == "cohort" else ~is_pilot
    first = pl.col("spell_no").filter(wanted).min().over("person_id")
    kept = rows.filter(pl.col("spell_no") >= first)
    # A pilot episode inside a later spell is no part of SIG's, and neither was one before its first.
    told = kept if population == "cohort" else kept.filter(~is_pilot)
    return told.with_columns(spell_no=pl.col("spell_no").rank("dense").over("person_id").cast(pl.Int32))


def _joined(rows: pl.DataFrame, seen: Sequence[str]) -> pl.DataFrame:
    last = pl.col(f"discharged_on{HIGH}")
    # A discharge before the enrolment is a finding of the build, and no day to count to.
    is_in_order = (last.max() >= pl.col(f"enrolled_on{LOW}").first()).fill_null(value=True)
    has_ended = (pl.col("status") == "closed").all() & last.is_not_null().all() & is_in_order
    is_last = pl.col(f"discharged_on{HIGH}").arg_max()
    days: dict[str, pl.Expr] = {}
    for end in (LOW, HIGH):
        days[f"began{end}"] = pl.col(f"enrolled_on{end}").first()
        days[f"ended{end}"] = pl.when(has_ended).then(pl.col(f"discharged_on{end}").max())
        if "observed_from" in seen:
            days[f"seen_from{end}"] = pl.col(f"observed_from{end}").first()
        if "observed_until" in seen:
            days[f"seen_until{end}"] = pl.col(f"observed_until{end}").max()
    statuses = pl.col("status")
    status = pl.when((statuses == "ongoing").any()).then(pl.lit("ongoing"))
    return (
        rows.group_by("person_id", "spell_no", maintain_order=True)
        .agg(
            pl.col("episode_id", "programme", "is_left_truncated").first(),
            pl.coalesce(_PLACES).drop_nulls().unique().sort().alias("places"),
            status.when((statuses == "lost").any()).then(pl.lit("lost")).otherwise(pl.lit("closed")).alias("status"),
            pl.when(has_ended).then(pl.col("discharge_reason").get(is_last, null_on_oob=True)).alias("reason"),
            **days,
        )
        .sort("person_id", "spell_no")
    )


def watched(
    source: Source, identity: str, found: Spells, why: str, *, first_day: bool = False
) -> tuple[pl.DataFrame, bool]:
    """Until when a return of each person would have been seen: `person_id, watched__low, watched__high`.

    A district's day is that of the persons who were nowhere else: of them nothing later can have moved it. Where nobody
    is left to tell of a district, it was watched as long as it told of somebody. Where a source has no districts the
    day is the earliest of all, which is right for everybody and short for some.

    Args:
        source: a panel or an extract.
        identity: what a person is.
        found: the spells of the population.
        why: what needs it, for messages.
        first_day: whether to take the first day of a month or year for the end of the watch. An extract never has its
            day, and who is watched a little shorter biases nothing: the cut has nothing to do with the person.

    Returns:
        The frame, and whether its days are exact.

    Raises:
        InputError: an extract lacks a column, or has it in days that no calendar knows.
    """
    until = bounds(source, "persons", ["observed_until"], why)
    each = (
        need(source, "persons", ["person_id", *until.columns], why)
        .select("person_id", *(expr.name.replace("^observed_until", "watched") for expr in until.exprs))
        .collect()
    )
    if first_day:
        each = each.with_columns(pl.col(f"watched{LOW}").alias(f"watched{HIGH}"))
    if identity != "default":
        of = need(source, "episodes", ["person_id", person := person_column(identity)], why).collect().unique()
        each = (
            of.join(each, on="person_id")
            .group_by(person)
            .agg(pl.exclude("person_id").max())
            .rename({person: "person_id"})
        )
    first = found.rows.filter(spell_no=1).select("person_id", "places").join(each, on="person_id", how="left")
    # Where nothing tells of places, whoever never came back was in no other.
    never_back = found.rows.filter(pl.len().over("person_id") == 1)
    of_all = first.join(never_back, on="person_id", how="semi").select(pl.exclude("person_id", "places").min())
    of_place = _of_settled(source, identity, each, why)
    seen = _seen_there(found.rows).join(of_place, on="places", how="anti").select(of_place.columns)
    return _by_place(first, pl.concat([of_place, seen]), of_all), until.is_exact or first_day


def _of_settled(source: Source, identity: str, each: pl.DataFrame, why: str) -> pl.DataFrame:
    """The day of each place by all who were there alone, whatever population they are of: `places, watched…`."""
    places = [name for name in _PLACES if name in columns_of(source, "episodes")]
    ends = [f"watched{end}" for end in (LOW, HIGH)]
    if not places:
        return each.select(pl.lit(None, pl.String).alias("places"), *ends).clear()
    person = person_column(identity)
    of = need(source, "episodes", [person, *places], why).select(person_id=person, places=pl.coalesce(places))
    alone = of.drop_nulls().unique().collect().filter(pl.len().over("person_id") == 1)
    return alone.join(each, on="person_id").group_by("places").agg(pl.col(ends).min()).sort("places")


def _seen_there(rows: pl.DataFrame) -> pl.DataFrame:
    """The last day on which a place told of anybody who was there alone, where a source has it: `places, watched…`."""
    told = [end for end in (LOW, HIGH) if f"seen_until{end}" in rows.columns]
    if not told:
        return pl.DataFrame(schema={"places": pl.String, f"watched{LOW}": pl.Int32, f"watched{HIGH}": pl.Int32})
    alone = rows.filter(pl.col("places").list.len() == 1).explode("places")
    return alone.group_by("places").agg(pl.col(f"seen_until{end}").max().alias(f"watched{end}") for end in told)


def _by_place(first: pl.DataFrame, of_place: pl.DataFrame, of_all: pl.DataFrame) -> pl.DataFrame:
    """Of each person the day of the place; of several places the latest, of none the earliest of all."""
    ends = [f"watched{end}" for end in (LOW, HIGH)]
    of_first = (
        first.explode("places")
        .join(of_place, on="places", suffix="_there")
        .group_by("person_id")
        .agg(pl.col(f"{end}_there").max() for end in ends)
    )
    told = first.join(of_first, on="person_id", how="left")
    return (
        told.join(of_all.select(pl.col(ends).name.prefix("all_")), how="cross")
        .select("person_id", *(pl.coalesce(f"{end}_there", f"all_{end}", end).alias(end) for end in ends))
        .sort("person_id")
    )
