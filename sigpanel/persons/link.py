"""Which episodes are one person's: a code in common, and nothing that contradicts.

An episode has every code that a report of it gave: a slip in its last report must not part it from a person whom the
report before had named rightly.

Episodes of one code are taken in the order in which they became known and joined to the first person that nothing
speaks against; one that had a person in the release before stays there unless something does now. A contradiction has a
name, and the pair is reported with it. An episode without a readable code is a person of its own.

`person_id_strict` leaves out episodes whose sex or birth year is not known, since nothing could have contradicted them;
`person_id_wide` forgives every contradiction. So strict persons lie within persons, and persons within wide ones.

An id belongs to its founding episode. New episodes come last, so they never move older ones. A person's id changes only
where what is known of an older episode does: its code, sex, age or dates are corrected, or an open episode that had
fallen silent is reported again and turns out to overlap the one after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from sigpanel.persons.month import with_birth

Pseudonyms = Callable[[str, pl.Series], pl.Series]

# Ids are in an order that the key makes up. So that another key joins the same episodes, facts decide before them.
_FACTS = ("enrolled_on", "programme", "district", "sex", "age", "discharged_on")
# A code in thousands of episodes is no one's code. So that the pairs kept apart do not grow with the square of them, an
# episode is reported against so many persons at most; two or three persons of one code is what occurs.
_MOST_REPORTED = 20


class _Episode(NamedTuple):
    place: int
    codes: list[str]
    sex: str | None
    birth_year: int | None
    months: int
    district: str | None
    begins: dt.date | None
    ends: dt.date | None
    last_person_id: str


class _Person:
    """Episodes that do not contradict each other, by what could contradict another."""

    def __init__(self, founder: _Episode) -> None:
        self.founder = founder
        self.with_sex: _Episode | None = None
        self.with_birth_year: _Episode | None = None
        self.by_months: dict[int, _Episode] = {}
        self.by_district: dict[str, list[_Episode]] = {}
        self.add(founder)

    def add(self, episode: _Episode) -> None:
        """Make an episode the person's."""
        if episode.sex and not self.with_sex:
            self.with_sex = episode
        if episode.birth_year and not self.with_birth_year:
            self.with_birth_year = episode
        self.by_months.setdefault(episode.months, episode)
        if episode.district:
            self.by_district.setdefault(episode.district, []).append(episode)

    def contradicted_by(self, episode: _Episode) -> tuple[_Episode, str] | None:
        """An episode of the person that speaks against another, and the name of the contradiction."""
        if self.with_sex and episode.sex and self.with_sex.sex != episode.sex:
            return self.with_sex, "sex_differs"
        if self.with_birth_year and episode.birth_year and self.with_birth_year.birth_year != episode.birth_year:
            return self.with_birth_year, "birth_year_differs"
        for months, other in self.by_months.items():
            if not months & episode.months:
                return other, "months_do_not_meet"
        for other in self.by_district.get(episode.district or "", ()):
            if _overlap(other, episode):
                return other, "overlap_in_district"
        return None


def _overlap(one: _Episode, other: _Episode) -> bool:
    """Half-open intervals: discharge and enrolment on one day do not overlap."""
    if not (one.begins and one.ends and other.begins and other.ends):
        return False
    return one.begins < other.ends and other.begins < one.ends


@dataclass(frozen=True)
class Linked:
    """Episodes with `person_id`, `person_id_strict` and `person_id_wide`, and the pairs that were kept apart."""

    episodes: pl.DataFrame
    apart: pl.DataFrame

    def links(self, numbered: pl.DataFrame) -> pl.DataFrame:
        """Every pair considered: a person's episodes in sequence, and pairs of one code that were kept apart."""
        districts = numbered.select(
            pl.col("episode_id").alias("previous_episode_id"), pl.col("district").alias("previous_district")
        )
        pairs = numbered.join(districts, on="previous_episode_id", maintain_order="left")
        # Two stays that overlap are neither; between two districts that is more like a move than like a return.
        is_move = pl.col("is_transfer") | (
            ~pl.col("is_reenrolment") & (pl.col("previous_district") != pl.col("district")).fill_null(value=False)
        )
        joined = pairs.select(
            pl.col("previous_episode_id").alias("episode_a"),
            pl.col("episode_id").alias("episode_b"),
            pl.when("is_after_pilot")
            .then(pl.lit("cohort"))
            .when(is_move)
            .then(pl.lit("transfer"))
            .otherwise(pl.lit("reenrolment"))
            .alias("kind"),
            pl.lit("same_code").alias("rule"),
            pl.lit("linked").alias("decision"),
        )
        return (
            pl.concat([joined, self.apart.with_columns(pl.lit("rejected").alias("decision"))])
            .with_columns(pl.lit(None, pl.Float64).alias("score"), pl.lit("rule").alias("decided_by"))
            .sort("episode_a", "episode_b", "kind")
        )


def link(episodes: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None) -> Linked:
    """Give each episode its person."""
    ordered = _in_order_of_knowing(with_birth(episodes), pseudonyms, remembered)
    persons, apart = _join_by_code(ordered)
    placed = ordered.with_columns(
        pl.Series("person", persons, dtype=pl.UInt32), pl.Series("any_code", _reached(ordered), dtype=pl.UInt32)
    )
    # A person keeps the id of an episode that founded one in the release before, as long as one is among its episodes.
    founder = pl.col("own_person_id").sort_by("is_new", "place").first()
    first = pl.col("own_person_id").sort_by("place")
    is_certain = pl.col("sex").is_not_null() & pl.col("birth_year").is_not_null()
    first_certain = first.filter(is_certain.sort_by("place")).first()
    named = placed.with_columns(
        founder.over("person").alias("person_id"),
        pl.when(is_certain).then(first_certain.over("person")).otherwise("own_person_id").alias("person_id_strict"),
        first.first().over("any_code").alias("person_id_wide"),
    )
    one, other, rules = zip(*apart, strict=True) if apart else ((), (), ())
    ids = ordered["episode_id"]
    pairs = pl.DataFrame(
        {
            "episode_a": ids.gather(list(one)),
            "episode_b": ids.gather(list(other)),
            "kind": pl.repeat("shared_code", len(rules), dtype=pl.String, eager=True),
            "rule": pl.Series(rules, dtype=pl.String),
        }
    )
    return Linked(
        named.drop("place", "person", "any_code", "codes", "own_person_id", "known_person_id", "is_new"), pairs
    )


def _in_order_of_knowing(
    episodes: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None
) -> pl.DataFrame:
    """Order episodes by when they became known: in an earlier release, then by the year of their first report.

    A later release must take the episodes of an earlier one in the same order, or it would join them differently.
    `is_new` tells those that founded no person then.
    """
    own = episodes.with_columns(pseudonyms("persons", episodes["episode_id"]).alias("own_person_id"))
    known = (
        pl.DataFrame(schema={"episode_id": pl.String, "founded_in": pl.Int32, "known_person_id": pl.String})
        if remembered is None
        else remembered.group_by("episode_id").agg(
            pl.col("founded_in").min(), pl.col("person_id").min().alias("known_person_id")
        )
    )
    return (
        own.join(known, on="episode_id", how="left")
        .with_columns(pl.coalesce("codes", pl.concat_list(pl.col("uno")).list.drop_nulls()).alias("codes"))
        .with_columns(pl.col("known_person_id").ne_missing(pl.col("own_person_id")).alias("is_new"))
        .sort("founded_in", "first_reported_year", *_FACTS, "episode_id", nulls_last=True)
        .drop("founded_in")
        .with_row_index("place")
    )


def _join_by_code(ordered: pl.DataFrame) -> tuple[list[int], list[tuple[int, int, str]]]:
    """The founder of each episode's person, by place, and the pairs kept apart with the rule that did it.

    A loop over the episodes that share a code, which are few; the rest never enter it.
    """
    founders = ordered["place"].to_list()
    columns = _sharing(ordered).select(
        *("place", "codes", "sex", "birth_year", "months", "district", "enrolled_on"),
        _ends(),
        pl.coalesce("known_person_id", "own_person_id"),
    )
    apart: list[tuple[int, int, str]] = []
    by_code: dict[str, list[_Person]] = {}
    for episode in map(_Episode._make, columns.iter_rows()):
        persons = {id(person): person for code in episode.codes for person in by_code.get(code, ())}
        home, against = _find_home(episode, sorted(persons.values(), key=lambda person: person.founder.place))
        if home is None:
            home = _Person(episode)
        else:
            home.add(episode)
        for code in episode.codes:
            known = by_code.setdefault(code, [])
            if home not in known:
                known.append(home)
        founders[episode.place] = home.founder.place
        apart += against
    return founders, apart


def _sharing(ordered: pl.DataFrame) -> pl.DataFrame:
    """The episodes that have a code in common with another, in order."""
    codes = ordered.select("place", pl.col("codes").alias("code")).explode("code").drop_nulls()
    shared = codes.filter(pl.len().over("code") > 1).select("place").unique()
    return ordered.join(shared, on="place", how="semi", maintain_order="left")


def _reached(ordered: pl.DataFrame) -> list[int]:
    """For each episode the first one that codes in common lead to, from one to the next."""
    leads: dict[str, int] = {}
    root = list(range(ordered.height))

    def first(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for place, codes in ordered.select("place", "codes").iter_rows():
        for code in codes:
            one, other = sorted((first(place), first(leads.setdefault(code, place))))
            root[other] = one
    return [first(place) for place in root]


def _ends() -> pl.Expr:
    """An open episode is known to last up to its last report; dates in the wrong order make it a point.

    So does a closed one's end that nobody knows: only its beginning can speak against another.
    """
    is_open = pl.col("status").ne_missing("closed")
    last_report = pl.when(is_open).then(pl.date(pl.col("last_reported_year"), 12, 31))
    return pl.max_horizontal(pl.coalesce("discharged_on", last_report), "enrolled_on").alias("ends")


def _find_home(episode: _Episode, persons: list[_Person]) -> tuple[_Person | None, list[tuple[int, int, str]]]:
    """The person that an episode joins, if there is one, and the pairs that speak against others."""
    fitting = []
    against = []
    for person in persons:
        if contradiction := person.contradicted_by(episode):
            other, rule = contradiction
            against.append((other.place, episode.place, rule))
        else:
            fitting.append(person)
    last = (person for person in fitting if person.founder.last_person_id == episode.last_person_id)
    return next(last, fitting[0] if fitting else None), against[:_MOST_REPORTED]
