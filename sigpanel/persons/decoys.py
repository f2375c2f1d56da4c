"""Decoys: episodes of persons who do not exist, so that every person who takes one in is wrong to do so.

A decoy has the initials and sex of one person's episode and all the rest (birth, age, time, district) of another's.
It is as likely as any stranger to look like somebody else, and what it copies from is barred from it. Each is held
alone against the persons as they are, by the same passes, weights and constraints: how many episodes it gains is how
many each real one may be expected to have gained wrongly. Unlike the sum of 1 - p, this does not rest on m or the prior
alone, and counts what the constraints prevent (Gilbert et al., GUILD 2018, name both ways).

What it cannot see: relatives, who are alike for a reason. The draw is fixed by a number of its own and by the order of
facts, so that the same panel gives the same decoys.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.persons.against import by_place, facts_against
from sigpanel.persons.candidates import candidates
from sigpanel.persons.merge import LEVELS, taken_in
from sigpanel.persons.names import names
from sigpanel.persons.weights import shares, weigh, with_shares

if TYPE_CHECKING:
    pass

_DRAW = 20180328
_BY_NAME = ("sex",)
_INITIALS = 2


def draw(ordered: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most so many decoys, in the columns of `ordered`, with `named_by` and `born_by`, the places copied from.

    Args:
        ordered: `place` from 0, `person_id`, and what `resolve` is given.
        most: how many to draw; fewer where the panel has fewer pairs of episodes.
    """
    able = ordered.filter(pl.col("uno").is_not_null())
    places, persons = able["place"].to_list(), able["person_id"].to_list()
    drawn = [(places[one], places[other]) for one, other in _pairs(len(places), most) if persons[one] != persons[other]]
    donors = pl.DataFrame(drawn, schema={"named_by": pl.UInt32, "born_by": pl.UInt32}, orient="row")
    named = able.select(
        pl.col("place").alias("named_by"), pl.col("uno").str.slice(0, _INITIALS).alias("initials"), *_BY_NAME
    )
    code = pl.concat_str("initials", pl.col("uno").str.slice(_INITIALS))
    return (
        donors.join(able.drop(*_BY_NAME), left_on="born_by", right_on="place", maintain_order="left")
        .join(named, on="named_by", maintain_order="left")
        .with_columns(code.alias("uno"), pl.concat_list(code).alias("codes"))
        .with_columns((ordered.height + pl.int_range(pl.len())).cast(pl.UInt32).alias("place"))
        .select(*ordered.columns, "named_by", "born_by")
    )


def _pairs(n: int, most: int) -> list[tuple[int, int]]:
    """Different ordered pairs of numbers below n, drawn without replacement."""
    if n * (n - 1) <= most:
        return [(one, other) for one in range(n) for other in range(n) if one != other]
    rng = random.Random(_DRAW)  # noqa: S311 - a draw that must be the same next time, and keeps no secret
    numbers = rng.sample(range(n * (n - 1)), most)
    return [(at // (n - 1), at % (n - 1) + (at % (n - 1) >= at // (n - 1))) for at in numbers]


def gained(ordered: pl.DataFrame, most: int) -> pl.DataFrame:
    """What each decoy gained: `named_by, born_by`, and by level the number of episodes of the person who takes it in.

    Args:
        ordered: `place` from 0, the three ids of persons, `codes`, and what `resolve` is given.
        most: how many decoys to draw.
    """
    decoys = draw(ordered, most)
    everybody = pl.concat([ordered, decoys.select(ordered.columns)])
    named = names(everybody)
    common = shares(named.filter(pl.col("place") < ordered.height))
    is_decoy, is_decoy_later = (pl.col(name) >= ordered.height for name in ("place", "place_later"))
    pairs = candidates(with_shares(named, common)).filter(~(is_decoy & is_decoy_later))
    weighed = weigh(pairs, common, ordered.height)
    scores = dict(zip(*_scores(weighed.filter(~is_decoy_later)), strict=True))
    facts = by_place(facts_against(everybody, named))
    donors = {place: (one, other) for place, one, other in decoys.select("place", "named_by", "born_by").iter_rows()}
    barred = dict(ordered.select("place", "person_id_wide").iter_rows())
    newcomers: dict[int, dict[int, float]] = {}
    for (other, newcomer), bits in zip(*_scores(weighed.filter(is_decoy_later)), strict=True):
        if barred[other] not in {barred[donor] for donor in donors[newcomer]}:
            newcomers.setdefault(newcomer, {})[other] = bits
    counts = {}
    for level, column in zip(LEVELS, ("person_id_strict", "person_id", "person_id_wide"), strict=True):
        first = ordered.select(pl.col("place").min().over(column)).to_series().to_list()
        sizes = ordered.select(pl.len().over(column)).to_series().to_list()
        taken = taken_in(facts, first, scores, newcomers, level)
        counts[level] = [sizes[taken[place]] if place in taken else 0 for place in decoys["place"]]
    return decoys.select("named_by", "born_by", *(pl.Series(name, n, dtype=pl.Int32) for name, n in counts.items()))


def _scores(weighed: pl.DataFrame) -> tuple[list[tuple[int, int]], list[float]]:
    return list(weighed.select("place", "place_later").iter_rows()), weighed["score"].to_list()
