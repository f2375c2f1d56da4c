"""Estimate m from the data by EM, to be looked at beside the fixed m and used for nothing.

EM (Dempster, Laird and Rubin, JRSS B 39, 1977) finds the two kinds of pairs that explain best how often each pattern of
agreement occurs, with fields independent within each kind. On data like these it ends where a small change of year or
panel sends it: linkage by it lost .15 of F1 among 20,000 simulated persons (notes of others, with Splink). It is good
for one thing: a fixed m that is far from what EM finds in a large panel is worth asking about.

Only pairs that a pass brought up are counted. They agree in most fields by construction, so EM's m is too high there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.persons.candidates import candidates, differs_by_coordination, is_slip, spelt_alike
from sigpanel.persons.names import names, told_codes
from sigpanel.persons.weights import is_elsewhere_at_once

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_ROUNDS = 500
_SETTLED = 1e-9
# No level is impossible: what never occurred among few pairs may occur.
_SMOOTHING = 0.5
# Where the rounds begin: as many pairs of one person as of two, and what two have in common by chance.
_MATCH = 0.5
_SAME_BY_CHANCE = 0.3

Pattern = tuple[str | None, ...]
Shares = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Diagnosis:
    """What EM found: the share of pairs that are one person's, and by field and level the share among these.

    `fixed` holds the same as the contract has it, where it has it. `rounds` is how many it took, the most if it did not
    settle.
    """

    n_pairs: int
    match: float
    found: Shares
    fixed: Shares
    rounds: int


def diagnose(episodes: pl.DataFrame) -> Diagnosis | None:
    """Run EM on the pairs of a panel; nothing where no pass brings up a pair.

    Args:
        episodes: what `resolve` is given.
    """
    ordered = episodes.sort("episode_id").with_columns(told_codes()).with_row_index("place")
    pairs = candidates(names(ordered)).unique(["place", "place_later"], keep="first", maintain_order=True)
    if pairs.is_empty():
        return None
    counted = (
        pairs.select(level.alias(field) for field, level in _levels().items()).group_by(pl.all()).len().sort(pl.all())
    )
    fields = counted.columns[:-1]
    patterns = {row[:-1]: row[-1] for row in counted.iter_rows()}
    match, m, rounds = _em(patterns, fields)
    return Diagnosis(pairs.height, match, m, _fixed(), rounds)


def _levels() -> dict[str, pl.Expr]:
    """By field, in what way a pair agrees; null where a side tells nothing."""

    def same(field: str) -> pl.Expr:
        return pl.col(field) == pl.col(f"{field}_later")

    def otherwise(field: str, *levels: tuple[str, pl.Expr], last: str) -> pl.Expr:
        cases = [("same", same(field)), *levels]
        return pl.coalesce(*(pl.when(holds).then(pl.lit(name)) for name, holds in cases), pl.lit(last))

    are_told = pl.col("sex").is_not_null() & pl.col("sex_later").is_not_null()
    swapped = pl.col("rule") == "initials_swapped"
    return {
        "given": otherwise("given", ("variant", spelt_alike("given")), last="swapped"),
        "surname": pl.when(~swapped).then(otherwise("surname", ("variant", spelt_alike("surname")), last="changed")),
        "year": otherwise("year", ("slip", is_slip("year")), last="month"),
        "day": otherwise("day", ("coordination", differs_by_coordination()), ("slip", is_slip("day")), last="month"),
        "sex": pl.when(are_told).then(otherwise("sex", last="differs")),
        "district": otherwise("district", ("elsewhere_at_once", is_elsewhere_at_once()), last="elsewhere"),
        "months": pl.when((pl.col("months") & pl.col("months_later")) > 0)
        .then(pl.lit("meet"))
        .otherwise(pl.lit("error")),
    }


def _em(patterns: Mapping[Pattern, int], fields: list[str]) -> tuple[float, Shares, int]:
    levels = {
        field: sorted({level for pattern in patterns if (level := pattern[at]) is not None})
        for at, field in enumerate(fields)
    }
    m = {field: _start(of_field, _fixed().get(field, {})) for field, of_field in levels.items()}
    u = {field: _start(of_field, dict.fromkeys(of_field[-1:], _SAME_BY_CHANCE)) for field, of_field in levels.items()}
    match = _MATCH
    for done in range(1, _MOST_ROUNDS + 1):
        before, weights = match, {}
        for pattern in patterns:
            of_one, of_two = match * _chance(m, fields, pattern), (1 - match) * _chance(u, fields, pattern)
            weights[pattern] = of_one / (of_one + of_two)
        match = sum(patterns[pattern] * weight for pattern, weight in weights.items()) / sum(patterns.values())
        m = _shares(patterns, weights, fields, levels)
        u = _shares(patterns, {pattern: 1 - weight for pattern, weight in weights.items()}, fields, levels)
        if abs(match - before) < _SETTLED:
            return match, m, done
    return match, m, _MOST_ROUNDS


def _chance(shares: Shares, fields: list[str], pattern: Pattern) -> float:
    return prod(shares[field][level] for field, level in zip(fields, pattern, strict=True) if level is not None)


def _shares(
    patterns: Mapping[Pattern, int],
    weights: Mapping[Pattern, float],
    fields: list[str],
    levels: Mapping[str, list[str]],
) -> Shares:
    shares: Shares = {}
    for at, field in enumerate(fields):
        sums = dict.fromkeys(levels[field], _SMOOTHING)
        for pattern, n in patterns.items():
            if (level := pattern[at]) is not None:
                sums[level] += n * weights[pattern]
        shares[field] = {level: value / sum(sums.values()) for level, value in sums.items()}
    return shares


def _start(levels: list[str], given: Mapping[str, float]) -> dict[str, float]:
    """Shares to start from: what is given, and what is left to the others in equal parts."""
    known = {level: given[level] for level in levels if level in given}
    rest = max(1 - sum(known.values()), _SETTLED)
    raw = {level: known.get(level, rest / max(len(levels) - len(known), 1)) for level in levels}
    return {level: value / sum(raw.values()) for level, value in raw.items()}


def _fixed() -> Shares:
    return {field: dict(levels) for field, levels in linkage().m.items()}
