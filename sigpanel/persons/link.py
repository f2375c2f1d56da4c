"""Which episodes are one person's: the same code, and nothing that contradicts.

Episodes of one code are taken in the order in which they became known and joined to the first person that nothing speaks
against. A contradiction has a name, and the pair is reported with it. An episode without a readable code is a person of its
own.

`person_id_strict` leaves out episodes whose sex or birth year is not known, since nothing could have contradicted them;
`person_id_wide` forgives every contradiction. So each strict person is within one person, and each person within one wide.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from sigpanel.persons.month import with_birth

Pseudonyms = Callable[[str, pl.Series], pl.Series]


class _Episode(NamedTuple):
    place: int
    uno: str
    sex: str | None
    birth_year: int | None
    months: int
    district: str
    begins: dt.date | None
    ends: dt.date | None


@dataclass(frozen=True)
class Linked:
    """Episodes with `person_id`, `person_id_strict` and `person_id_wide`, and the pairs that were kept apart."""

    episodes: pl.DataFrame
    apart: pl.DataFrame

    def links(self, numbered: pl.DataFrame) -> pl.DataFrame:
        """Every pair considered: a person's episodes in sequence, and pairs of one code that were kept apart."""
        joined = numbered.filter(pl.col("previous_episode_id").is_not_null()).select(
            pl.col("previous_episode_id").alias("episode_a"),
            pl.col("episode_id").alias("episode_b"),
            pl.when("is_after_pilot")
            .then(pl.lit("cohort"))
            .when("is_transfer")
            .then(pl.lit("transfer"))
            .otherwise(pl.lit("reenrolment"))
            .alias("kind"),
            pl.lit("same_code").alias("rule"),
            pl.lit("linked").alias("decision"),
        )
        return (
            pl.concat([joined, self.apart.with_columns(pl.lit("rejected").alias("decision"))])
            .with_columns(pl.lit(None, pl.Float64).alias("score"), pl.lit("rule").alias("decided_by"))
            .sort("episode_a", "episode_b")
        )


def link(episodes: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None) -> Linked:
    """Give each episode its person."""
    ordered = _in_order_of_knowing(with_birth(episodes), pseudonyms, remembered)
    persons, apart = _join_by_code(ordered)
    placed = ordered.with_columns(pl.Series("person", persons, dtype=pl.UInt32))
    is_certain = pl.col("sex").is_not_null() & pl.col("birth_year").is_not_null()
    # An id belongs to its founding episode, so a person keeps it as long as that episode is found again.
    founder = pl.col("place").sort_by("is_new", "place")
    certain = founder.filter(is_certain.sort_by("is_new", "place"))
    strict = pl.when(is_certain).then(certain.first().over("person")).otherwise("place")
    wide = pl.when(pl.col("uno").is_not_null()).then(founder.first().over("uno")).otherwise("place")
    founders = {"person_id": founder.first().over("person"), "person_id_strict": strict, "person_id_wide": wide}
    ids = ordered.select("place", "own_person_id")
    for name, founder in founders.items():
        placed = (
            placed.with_columns(founder.alias("founder"))
            .join(
                ids.rename({"place": "founder", "own_person_id": name}), on="founder", how="left", maintain_order="left"
            )
            .drop("founder")
        )
    at = dict(zip(ordered["place"], ordered["episode_id"], strict=True))
    pairs = pl.DataFrame(
        [(at[a], at[b], "shared_code", rule) for a, b, rule in apart],
        schema={"episode_a": pl.String, "episode_b": pl.String, "kind": pl.String, "rule": pl.String},
        orient="row",
    )
    return Linked(placed.drop("place", "person", "own_person_id", "is_new"), pairs)


def _in_order_of_knowing(
    episodes: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None
) -> pl.DataFrame:
    """Order episodes by when they became known: in an earlier release, then by the year of their first report.

    A later release must take the episodes of an earlier one in the same order, or it would join them differently. `is_new`
    tells those that founded no person then.
    """
    own = episodes.with_columns(pseudonyms("persons", episodes["episode_id"]).alias("own_person_id"))
    if remembered is not None:
        known = remembered.group_by("episode_id").agg(
            pl.col("founded_in").min(), pl.col("person_id").sort().first().alias("known_person_id")
        )
        own = own.join(known, on="episode_id", how="left")
    else:
        own = own.with_columns(
            pl.lit(None, pl.Int32).alias("founded_in"), pl.lit(None, pl.String).alias("known_person_id")
        )
    was_founder = (pl.col("known_person_id") == pl.col("own_person_id")).fill_null(value=False)
    return (
        own.with_columns((~was_founder).alias("is_new"))
        .sort("founded_in", "first_reported_year", "enrolled_on", "episode_id", nulls_last=True)
        .drop("founded_in", "known_person_id")
        .with_row_index("place")
    )


def _join_by_code(ordered: pl.DataFrame) -> tuple[list[int], list[tuple[int, int, str]]]:
    """The founder of each episode's person, by place, and the pairs kept apart with the rule that did it.

    A loop over the episodes that share a code, which are few; the rest never enter it.
    """
    persons = ordered["place"].to_list()
    shared = ordered.filter(pl.col("uno").is_not_null() & (pl.len().over("uno") > 1))
    columns = shared.select("place", "uno", "sex", "birth_year", "months", "district", "enrolled_on", _ends())
    apart: list[tuple[int, int, str]] = []
    members: dict[str, dict[int, list[_Episode]]] = {}
    for episode in map(_Episode._make, columns.iter_rows()):
        by_person = members.setdefault(episode.uno, {})
        home = None
        for person, known in by_person.items():
            against = [(other.place, rule) for other in known if (rule := contradiction(other, episode))]
            if not against and home is None:
                home = person
            apart += [(place, episode.place, rule) for place, rule in against]
        persons[episode.place] = episode.place if home is None else home
        by_person.setdefault(persons[episode.place], []).append(episode)
    return persons, apart


def _ends() -> pl.Expr:
    """An open episode is known to last up to its last report; dates in the wrong order make it a point."""
    return pl.max_horizontal(pl.coalesce("discharged_on", "observed_until"), "enrolled_on").alias("ends")


def contradiction(one: _Episode, other: _Episode) -> str | None:
    """The name of what speaks against two episodes being one person's, or None."""
    if one.sex and other.sex and one.sex != other.sex:
        return "sex_differs"
    if one.birth_year and other.birth_year and one.birth_year != other.birth_year:
        return "birth_year_differs"
    if not one.months & other.months:
        return "months_do_not_meet"
    if one.district == other.district and _overlap(one, other):
        return "overlap_in_district"
    return None


def _overlap(one: _Episode, other: _Episode) -> bool:
    """Half-open intervals: discharge and enrolment on one day do not overlap."""
    if not (one.begins and one.ends and other.begins and other.ends):
        return False
    return one.begins < other.ends and other.begins < one.ends
