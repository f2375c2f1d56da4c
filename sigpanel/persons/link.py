"""Which episodes are one person's: passes bring pairs up, weights say how likely each is, constrained merging decides.

An episode has every code that a report of it gave: a slip in its last report must not part it from a person whom the
report before had named rightly. An episode without a readable code is a person of its own.

Three ids, since no threshold serves every use: `person_id` for rates, `person_id_strict` where a history must be one
person's, `person_id_wide` with the doubtful. A person has the id of its founding episode, so that ids are as lasting as
episode ids: new episodes come last, and a merger takes the older id. What a person decided of a pair goes before all.

`pairs` is for the data owner: the bits go by how rare an initial is, and would give it away; so would which letter or
digit of a code differs. `links` is what a release tells: same code, new surname or slip, the class, and how likely
links of that class are right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.persons.against import by_place, facts_against
from sigpanel.persons.agreed import agreed_on
from sigpanel.persons.candidates import candidates
from sigpanel.persons.history import withdrawn
from sigpanel.persons.merge import LEVELS, Pair, least_bits, merge
from sigpanel.persons.month import with_birth
from sigpanel.persons.names import names, told_codes
from sigpanel.persons.pairs import places_of, told_pairs
from sigpanel.persons.weights import shares, weigh, with_shares

Pseudonyms = Callable[[str, pl.Series], pl.Series]

# Ids are in an order that the key makes up. So that another key joins the same episodes, facts decide before them.
_FACTS = ("enrolled_on", "programme", "district", "sex", "age", "discharged_on")
_ID_OF = {"strict": "person_id_strict", "standard": "person_id", "wide": "person_id_wide"}
_DECISIONS = pl.Schema({"episode_a": pl.String, "episode_b": pl.String, "verdict": pl.String})
_STEPS = 20


def told_as(rule: pl.Expr) -> pl.Expr:
    """What research is told of a pass."""
    return rule.replace_strict(dict(linkage().told_as), return_dtype=pl.String)


@dataclass(frozen=True)
class Linked:
    """Episodes with the three ids, and `pairs`: one row per pair that was considered.

    `pairs` has `episode_a, episode_b` (a became known before b), `rule` (the pass), `class` (exact, probable,
    decided, review, rejected), `decided_by` (rule, person), `probability`, `given_decisions` (the same, knowing what
    persons decided of these and others), `constraint` (what forbade the merger), `runner_up` (the episode that fits
    nearly as well) and the bits of each field.
    """

    episodes: pl.DataFrame
    pairs: pl.DataFrame

    def links(self, numbered: pl.DataFrame) -> pl.DataFrame:
        """What a release tells: each person's episodes in sequence, who was kept apart, whom decisions joined."""
        found_by = told_as(pl.col("rule"))
        # Of a class and not of the pair, whose own probability would tell how common its initials are.
        mean = ((pl.col("probability").mean().over("class") * _STEPS).round() / _STEPS).round(2)
        is_known = pl.col("probability").count().over("class") >= linkage().score_least_pairs
        told = self.pairs.select(
            "episode_a",
            "episode_b",
            pl.coalesce("constraint", found_by).alias("rule"),
            found_by.alias("found_by"),
            "class",
            pl.when(is_known).then(mean).alias("score"),
            "decided_by",
        )
        sequence = _in_sequence(numbered, told)
        either_way = pl.concat(
            sequence.select(pl.col(a).alias("episode_a"), pl.col(b).alias("episode_b"))
            for a, b in (("episode_a", "episode_b"), ("episode_b", "episode_a"))
        )
        is_told = pl.col("class").is_in(["review", "rejected", "decided"])
        others = told.filter(is_told).join(either_way, on=["episode_a", "episode_b"], how="anti")
        return pl.concat([sequence, _out_of_sequence(others, numbered)], how="diagonal").sort(
            "episode_a", "episode_b", "kind"
        )


def _out_of_sequence(told: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """Pairs that were kept apart, and pairs joined by decision between which others of the person's episodes lie."""
    pilot = numbered.filter(pl.col("programme") == "pilot")["episode_id"].implode()
    return told.with_columns(
        pl.when(pl.col("class") != "decided")
        .then(pl.when(pl.col("found_by") == "same_code").then(pl.lit("shared_code")).otherwise(pl.lit("probable_same")))
        .when(pl.col("episode_a").is_in(pilot) | pl.col("episode_b").is_in(pilot))
        .then(pl.lit("cohort"))
        .otherwise(pl.lit("reenrolment"))
        .alias("kind"),
        pl.when(pl.col("class") == "decided").then(pl.lit("linked")).otherwise("class").alias("decision"),
    )


def _in_sequence(numbered: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    districts = numbered.select(
        pl.col("episode_id").alias("previous_episode_id"), pl.col("district").alias("previous_district")
    )
    pairs = numbered.join(districts, on="previous_episode_id", maintain_order="left")
    # Two stays that overlap are neither; between two districts that is more like a move than like a return.
    is_move = pl.col("is_transfer") | (
        ~pl.col("is_reenrolment") & (pl.col("previous_district") != pl.col("district")).fill_null(value=False)
    )
    sequence = pairs.select(
        pl.col("previous_episode_id").alias("episode_a"),
        pl.col("episode_id").alias("episode_b"),
        pl.when("is_after_pilot")
        .then(pl.lit("cohort"))
        .when(is_move)
        .then(pl.lit("transfer"))
        .otherwise(pl.lit("reenrolment"))
        .alias("kind"),
        pl.lit("linked").alias("decision"),
    )
    either_way = pl.concat(
        [told, told.rename({"episode_a": "episode_b", "episode_b": "episode_a"}).select(told.columns)]
    )
    # Two that no pass brought up are one person's by way of a third.
    return sequence.join(either_way, on=["episode_a", "episode_b"], how="left").with_columns(
        pl.coalesce("found_by", pl.lit("through_others")).alias("rule"),
        pl.coalesce("found_by", pl.lit("through_others")).alias("found_by"),
        pl.coalesce("class", pl.lit("probable")).alias("class"),
        pl.coalesce("decided_by", pl.lit("rule")).alias("decided_by"),
    )


def link(
    episodes: pl.DataFrame,
    pseudonyms: Pseudonyms,
    remembered: pl.DataFrame | None,
    decisions: pl.DataFrame | None = None,
) -> Linked:
    """Give each episode its persons.

    Args:
        episodes: what `resolve` is given.
        pseudonyms: turns texts into keyed ids, by purpose.
        remembered: the registry of the live release.
        decisions: `episode_a, episode_b, verdict` (same, different) that are in force.
    """
    in_force = pl.DataFrame(schema=_DECISIONS) if decisions is None else decisions.select(_DECISIONS.names())
    ordered = _in_order_of_knowing(with_birth(episodes), pseudonyms, remembered, withdrawn(remembered, in_force))
    named = names(ordered)
    common = shares(named)
    considered = weigh(candidates(with_shares(named, common)), common, ordered.height, least_bits("considered"))
    decided, against = _decided(ordered, in_force), facts_against(ordered, named)
    agreed = agreed_on(against, considered, {place for pair in decided[0] | decided[1] for place in pair})
    scores = dict(zip(places_of(considered), considered["score"].to_list(), strict=True))
    merged = merge(by_place(against), scores, *decided, agreed)
    placed = ordered.with_columns(pl.Series(level, merged.persons[level], dtype=pl.UInt32) for level in LEVELS)
    # A person keeps the id of an episode that founded one in the release before, as long as one is among its episodes.
    founded_before = pl.when(~pl.col("is_new")).then("place").min().over("standard")
    founders = {level: pl.col(level) for level in LEVELS} | {"standard": pl.coalesce(founded_before, "standard")}
    ids = [pl.col("own_person_id").gather(founder).alias(_ID_OF[level]) for level, founder in founders.items()]
    return Linked(
        placed.with_columns(ids).drop("place", *LEVELS, "codes", "own_person_id", "known_person_id", "is_new"),
        told_pairs(considered, ordered, merged, *decided),
    )


def _in_order_of_knowing(
    episodes: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None, alone: pl.Series
) -> pl.DataFrame:
    """Order episodes by when they became known: in an earlier release, then by the year of their first report.

    A later release must take the episodes of an earlier one in the same order, or it would join them differently.
    `is_new` tells those that founded no person then. Those `alone` are not put back to whom they were with: somebody
    decided that, and has taken it back.
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
        .with_columns(told_codes())
        .with_columns(
            pl.when(~pl.col("episode_id").is_in(alone.implode())).then("known_person_id").alias("known_person_id")
        )
        .with_columns(pl.col("known_person_id").ne_missing(pl.col("own_person_id")).alias("is_new"))
        .sort("founded_in", "first_reported_year", *_FACTS, "episode_id", nulls_last=True)
        .drop("founded_in")
        .with_row_index("place")
    )


def _decided(ordered: pl.DataFrame, decisions: pl.DataFrame) -> tuple[set[Pair], set[Pair]]:
    """The pairs of places that persons decided are one person's, and those that are two."""
    spoken_of = pl.concat([decisions["episode_a"], decisions["episode_b"]]).implode()
    told = ordered.filter(pl.col("episode_id").is_in(spoken_of))
    places = dict(told.select("episode_id", "place").iter_rows())
    pairs: dict[str, set[Pair]] = {"same": set(), "different": set()}
    for one, other, verdict in decisions.iter_rows():
        if verdict in pairs and one in places and other in places:
            first, second = sorted((places[one], places[other]))
            pairs[verdict].add((first, second))
    return pairs["same"], pairs["different"]
