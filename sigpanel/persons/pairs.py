"""What became of each pair that was considered, for the data owner: its class, what forbade it, and who decided.

Pairs that somebody decided and no pass brought up have a row too: no field speaks for them, or against.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.persons.merge import LEVELS
from sigpanel.persons.weights import BITS

if TYPE_CHECKING:
    from collections.abc import Collection

    from sigpanel.persons.merge import Merged, Pair

_PLACES = ("place", "place_later")
_TOLD = (
    "episode_a",
    "episode_b",
    "rule",
    "class",
    "decided_by",
    "probability",
    "given_decisions",
    "constraint",
    "runner_up",
)


def places_of(pairs: pl.DataFrame) -> list[Pair]:
    """The places of each pair, the lower one first."""
    return list(zip(*(pairs[name].to_list() for name in _PLACES), strict=True))


def told_pairs(
    considered: pl.DataFrame, ordered: pl.DataFrame, merged: Merged, same: Collection[Pair], different: Collection[Pair]
) -> pl.DataFrame:
    """One row per pair; the columns are those of `Linked.pairs`.

    Args:
        considered: of `weigh`.
        ordered: episodes, in the order of their places.
        merged: of `merge`.
        same: the pairs of places that somebody decided are one person's.
        different: those that somebody decided are two persons'.
    """
    pairs = _with_decisions(considered, _by_person(merged, same, different))
    places = places_of(pairs)
    one, other = (pairs[name] for name in _PLACES)
    ids = ordered["episode_id"]
    persons = {level: pl.Series(merged.persons[level], dtype=pl.UInt32) for level in LEVELS}
    are_one = {level: first.gather(one) == first.gather(other) for level, first in persons.items()}
    parts = pl.Series(merged.parts, dtype=pl.UInt32)
    told = pairs.with_columns(
        ids.gather(one).alias("episode_a"),
        ids.gather(other).alias("episode_b"),
        (1 / (1 + 2.0 ** -pl.col("score"))).alias("probability"),
        parts.gather(one).alias("part"),
        parts.gather(other).alias("part_later"),
        (~are_one["standard"]).alias("is_apart"),
        are_one["strict"].alias("is_certain"),
        are_one["wide"].alias("is_doubtful"),
        pl.when(pl.col("is_same").is_null()).then(pl.lit("rule")).otherwise(pl.lit("person")).alias("decided_by"),
        pl.Series("constraint", list(map(merged.constraints.get, places)), dtype=pl.String),
        ids.gather(pl.Series(list(map(merged.runners_up.get, places)), dtype=pl.UInt32)).alias("runner_up"),
    )
    forbade = pl.when("is_different").then(pl.lit("decided_different")).otherwise("constraint")
    return (
        _with_given(told)
        .with_columns(
            _class().alias("class"),
            pl.when("is_apart").then(forbade).alias("constraint"),
            pl.when("is_apart").then("runner_up").alias("runner_up"),
        )
        .select(*_TOLD, *BITS)
    )


def _class() -> pl.Expr:
    is_certain = (pl.col("rule") == "same_code") & pl.col("is_certain")
    return (
        pl.when(~pl.col("is_apart") & (pl.col("decided_by") == "person"))
        .then(pl.lit("decided"))
        .when(~pl.col("is_apart"))
        .then(pl.when(is_certain).then(pl.lit("exact")).otherwise(pl.lit("probable")))
        .when(pl.col("decided_by") == "person")
        .then(pl.lit("rejected"))
        .when(pl.col("is_doubtful") | pl.col("runner_up").is_not_null())
        .then(pl.lit("review"))
        .otherwise(pl.lit("rejected"))
    )


def _by_person(merged: Merged, same: Collection[Pair], different: Collection[Pair]) -> pl.DataFrame:
    """The pairs that somebody decided, and those that nothing but decisions on others joined, in order of place."""
    pairs = sorted({*same, *different, *_by_decision(merged)})
    rows = [(*pair, pair in same, pair in different) for pair in pairs]
    schema = dict.fromkeys(_PLACES, pl.UInt32) | dict.fromkeys(("is_same", "is_different"), pl.Boolean)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _by_decision(merged: Merged) -> set[Pair]:
    """The pairs within persons that nothing but decisions, of these two or of others of the person, joined."""
    persons, parts = merged.persons["standard"], merged.parts
    in_parts = {person for person, part in zip(persons, parts, strict=True) if person != part}
    members = defaultdict(list)
    for place, person in enumerate(persons) if in_parts else ():
        if person in in_parts:
            members[person].append(place)
    return {pair for places in members.values() for pair in combinations(places, 2) if parts[pair[0]] != parts[pair[1]]}


def _with_decisions(considered: pl.DataFrame, by_person: pl.DataFrame) -> pl.DataFrame:
    """Add what somebody decided, and the pairs that no pass brought up."""
    rest = by_person.join(considered, on=_PLACES, how="anti", maintain_order="left")
    spoken_of = considered.join(by_person, on=_PLACES, how="left", maintain_order="left")
    return pl.concat([spoken_of, rest.with_columns(pl.lit("decided").alias("rule"))], how="diagonal")


def _with_given(told: pl.DataFrame) -> pl.DataFrame:
    """Add `given_decisions`, how likely each pair is one person's, given the decisions.

    Two that a decision on others joined are so as surely as each is one person with the one of whom it was decided.
    """
    is_joined = ~pl.col("is_apart") & (pl.col("part") != pl.col("part_later"))
    least = (
        told.filter(pl.col("part") == pl.col("part_later"))
        .group_by("part")
        .agg(pl.col("probability").min().alias("least"))
    )
    of_both = told.join(least, on="part", how="left", maintain_order="left").join(
        least.rename({"part": "part_later", "least": "least_later"}), on="part_later", how="left", maintain_order="left"
    )
    return of_both.with_columns(
        pl.when(pl.col("is_same").is_not_null() & (pl.col("is_same") | pl.col("is_different")))
        .then(pl.col("is_same").cast(pl.Float64))
        .when(is_joined)
        .then(pl.min_horizontal(pl.col("least", "least_later").fill_null(1.0)))
        .otherwise("probability")
        .alias("given_decisions")
    )
