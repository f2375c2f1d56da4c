"""How good the linkage of a release is, told as ranges: no single figure is known while the truth is not.

Precision is told twice: as the sum of the probabilities of the pairs that were linked, which rests on the weights, and
by decoys, which rest on chance alone. Recall is the expected number of right pairs over that of all right pairs: at
best those that a pass brought up, at worst also those that two slips at once hide from every pass (by the fixed m).
Recall is mostly optimistic either way: who changed name and district leaves no trace to count. Where far fewer come
back than the prior assumes it is too dark (*measured* in docs/decisions.md).

What is published of it, in `linkage_quality.json` and on the page, is for `sigpanel.report.figures` to say: here
nothing is rounded, and a group of few persons is told apart by how many they are.

All is told for the three ids. `sigpanel.persons.groups` tells the same by group. Nothing here goes back into linkage.
After GUILD (Gilbert et al., J Public Health 40, 2018) and Harron et al. (Int J Epidemiol 46, 2017).
"""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.contracts.quality import quality_report
from sigpanel.persons.decoys import gained
from sigpanel.persons.groups import by_group, with_groups
from sigpanel.persons.implausible import implausible
from sigpanel.persons.link import told_as
from sigpanel.persons.merge import least_bits
from sigpanel.persons.names import names, told_codes
from sigpanel.persons.number import number
from sigpanel.persons.weights import shares, weigh, with_shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.persons import Resolved

_FACTS = ("enrolled_on", "programme", "district", "sex", "age", "discharged_on", "episode_id")
# What rules a pair out whatever its weights say; of the other constraints some pairs are one person's all the same.
_RULED_OUT = ("overlap_in_district", "overlaps_with_other_initial", "decided_different", "two_of_the_cohort")
_NORMAL_95 = 1.96
# With no hit in n draws the rate is under 3/n, at 95 %.
_NO_HIT_95 = 3.0
_DIGITS = 4
_STEPS = 2**30
# What a group is called of which nothing is told.
_NOT_TOLD = "not_told"


def ids_of_levels() -> dict[str, str]:
    """The column of ids of each level."""
    return {level: told["id"] for level, told in quality_report().levels.items()}


def quality(episodes: pl.DataFrame, resolved: Resolved) -> dict[str, Any]:
    """The figures of a linkage, as they are; shares have four decimals. `sigpanel.report.figures` protects them.

    Args:
        episodes: what `resolve` was given.
        resolved: what it returned.
    """
    ids = resolved.episodes.select("episode_id", *ids_of_levels().values(), "birth_year", "months")
    ordered = _ordered(episodes.join(ids, on="episode_id"))
    pairs = _certain_if_decided(resolved.pairs)
    gains = gained(ordered, quality_report().decoys)
    described = with_groups(_with_linkable(ordered))
    return {
        "population": _population(ordered),
        "identifiers": _identifiers(described),
        "pairs": _pairs(resolved.pairs),
        "levels": {
            level: {
                **_level(ordered, pairs, gains[level], column),
                "return_rate": return_rate(resolved.episodes, column),
                "implausible": implausible(ordered, column),
            }
            for level, column in ids_of_levels().items()
        },
        "groups": [row | {"persons": _persons(described, row)} for row in by_group(described, pairs, gains)],
        "decoys": gains.height,
    }


def _ordered(episodes: pl.DataFrame) -> pl.DataFrame:
    return (
        episodes.sort(_FACTS, nulls_last=True)
        .with_columns(
            told_codes(),
            pl.lit(None, pl.String).alias("known_person_id"),
            pl.col("person_id").alias("own_person_id"),
        )
        .with_row_index("place")
    )


def _certain_if_decided(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with their probabilities: of what a person decided there is no doubt to count."""
    is_ruled_out = pl.col("constraint").is_in(_RULED_OUT).fill_null(value=False)
    probability = pl.when(is_ruled_out).then(0.0).otherwise("given_decisions")
    # In steps so fine that they change no figure, and dyadic: their sums are exact, in whatever order threads add them.
    return pairs.select("episode_a", "episode_b", ((probability * _STEPS).round() / _STEPS).alias("p"))


def _level(ordered: pl.DataFrame, pairs: pl.DataFrame, gain: pl.Series, column: str) -> dict[str, Any]:
    known = ordered.select("episode_id", column)
    both = pairs.join(known.rename({"episode_id": "episode_a", column: "a"}), on="episode_a").join(
        known.rename({"episode_id": "episode_b", column: "b"}), on="episode_b"
    )
    sizes = known.group_by(column).agg(pl.len().cast(pl.Int64).alias("n"))
    told = sizes.select(column, (pl.col("n") * (pl.col("n") - 1) // 2).alias("n_pairs"))
    n_pairs = int(told["n_pairs"].sum())
    by_person = (
        both.filter(pl.col("a") == pl.col("b"))
        .group_by(pl.col("a").alias(column))
        .agg(pl.len().alias("n_told"), pl.col("p").sum(), pl.col("p").min().alias("least"))
        .join(told, on=column)
    )
    # Two that no pass brought up are as surely one person's as the least sure pair that leads from one to the other.
    through = (pl.col("n_pairs") - pl.col("n_told")) * pl.col("least")
    right = float(by_person.select((pl.col("p") + through).sum()).item() or 0.0)
    missed = float(both.filter(pl.col("a") != pl.col("b"))["p"].sum())
    false = _false_by_decoys(gain, ordered.height)
    rights = sorted([right, n_pairs - false["low"], n_pairs - false["high"]])
    least, most = max(rights[0], 0.0), max(rights[-1], 0.0)
    hidden = most * share_hidden() / (1 - share_hidden())
    return {
        "persons": sizes.height,
        "persons_with_several": sizes.filter(pl.col("n") > 1).height,
        "pairs": n_pairs,
        "pairs_through_others": n_pairs - int(by_person["n_told"].sum()),
        "precision_by_model": _share(right, n_pairs),
        "precision_by_decoys": {
            name: _share(n_pairs - false[other], n_pairs)
            for name, other in (("low", "high"), ("estimate", "estimate"), ("high", "low"))
        },
        "precision": {"low": _share(least, n_pairs), "high": _share(most, n_pairs)},
        "recall": {
            "low": _share(least, least + missed + hidden),
            "high": _share(most, most + missed),
        },
    }


def _false_by_decoys(gain: pl.Series, n_episodes: int) -> dict[str, float]:
    """How many pairs are wrong: what each real episode gained wrongly if it is like a decoy; a pair has two."""
    n = max(gain.len(), 1)
    mean = int(gain.sum()) / n
    spread = sqrt(max(int((gain**2).sum()) / n - mean**2, 0.0))
    margin = _NORMAL_95 * spread / sqrt(n) if mean else _NO_HIT_95 / n
    bounds = {"low": max(mean - margin, 0.0), "estimate": mean, "high": mean + margin}
    return {name: value * n_episodes / 2 for name, value in bounds.items()}


def share_hidden() -> float:
    """The share of one person's pairs that no pass brings up: two fields differ, or one in a way no pass looks for."""
    m = linkage().m
    same = [m[field]["same"] for field in ("given", "surname", "year", "day")]
    looked_for = [
        m["given"]["variant"] + m["given"]["swapped"],
        1 - m["surname"]["same"],
        m["year"]["slip"] + m["year"]["month"],
        m["day"]["slip"] + m["day"]["month"] + m["day"]["coordination"],
    ]
    return 1 - prod(same) * (1 + sum(other / one for one, other in zip(same, looked_for, strict=True)))


def return_rate(numbered: pl.DataFrame, column: str) -> dict[str, Any]:
    """Persons, and those who came back: with a re-enrolment that is neither a transfer nor a renewed decision.

    `of_sig` is the same of those who were in SIG after the pilot. Of the pilot's other persons some cannot be linked at
    all, and for years nobody would have seen them come back.
    """
    years = ("first_reported_year", "last_reported_year")
    told = ("episode_id", "programme", "district", "status", "enrolled_on", "discharged_on", *years)
    own = numbered.select(*told, pl.col(column).alias("person_id"))
    is_back = pl.col("is_reenrolment") & ~pl.col("is_renewal").fill_null(value=False)
    is_of_sig = (pl.col("programme") != "pilot").any().alias("is_of_sig")
    persons = number(own).group_by("person_id").agg(is_back.any().alias("is_back"), is_of_sig)
    return {**_returned(persons), "of_sig": _returned(persons.filter("is_of_sig"))}


def _returned(persons: pl.DataFrame) -> dict[str, Any]:
    n_back = int(persons["is_back"].sum())
    return {"persons": persons.height, "returned": n_back, "share": _share(n_back, persons.height)}


def _with_linkable(ordered: pl.DataFrame) -> pl.DataFrame:
    """Whether an episode could be linked at all: to a copy of itself, with all that it tells in common."""
    named = names(ordered)
    common = shares(named)
    again = with_shares(named, common).with_columns(pl.all().name.suffix("_later"), pl.lit("same_code").alias("rule"))
    weighed = weigh(again, common, ordered.height)
    able = weighed.filter(pl.col("score") >= least_bits("standard"))["place"]
    return ordered.with_columns(pl.col("place").is_in(able.implode()).alias("is_linkable"))


def _population(ordered: pl.DataFrame) -> dict[str, Any]:
    years = ordered["first_reported_year"]
    return {
        "episodes": ordered.height,
        "pilot_episodes": ordered.filter(pl.col("programme") == "pilot").height,
        "districts": ordered["district"].n_unique(),
        "first_reported_year": {"low": years.min(), "high": years.max()},
    }


def _identifiers(described: pl.DataFrame) -> dict[str, Any]:
    """How many episodes tell each thing that linkage looks at."""
    n = described.height
    told = {
        "code": pl.col("uno").is_not_null(),
        "sex": pl.col("sex").is_not_null(),
        "age": pl.col("age").is_not_null(),
        "enrolled_on": pl.col("enrolled_on").is_not_null(),
        "birth_year": pl.col("birth_year").is_not_null(),
        "several_codes": pl.col("codes").list.n_unique() > 1,
        "linkable": pl.col("is_linkable"),
    }
    counts = described.select(is_told.sum().alias(name) for name, is_told in told.items()).row(0, named=True)
    months = described["months"].cast(pl.UInt32).bitwise_count_ones()
    return {name: {"n": count, "share": _share(count, n)} for name, count in counts.items()} | {
        "months_possible": round(int(months.sum()) / n, 1) if n else None
    }


def _persons(described: pl.DataFrame, row: Mapping[str, Any]) -> dict[str, int]:
    """How many persons a group has, and of how many of them an episode is linked, or could be: its size in persons."""
    is_in = pl.col(row["by"]).cast(pl.String).fill_null(_NOT_TOLD) == row["group"]
    own = described.with_columns((pl.len().over("person_id") > 1).alias("is_linked")).filter(is_in)
    cases = {
        "all": pl.lit(value=True),
        "linked": pl.col("is_linked"),
        "unlinked": ~pl.col("is_linked"),
        "linkable": pl.col("is_linkable"),
        "unlinkable": ~pl.col("is_linkable"),
    }
    return {name: own.filter(case)["person_id"].n_unique() for name, case in cases.items()}


def _pairs(pairs: pl.DataFrame) -> dict[str, Any]:
    """How many pairs were brought up and by what, what became of them, and what kept the others apart."""
    pairs = pairs.with_columns(told_as(pl.col("rule")))

    def counted(*by: str) -> list[dict[str, Any]]:
        return pairs.drop_nulls(by).group_by(by).agg(pl.len().alias("n")).sort(by).to_dicts()

    return {
        "by_rule": counted("rule", "class"),
        "by_constraint": counted("constraint"),
        "by_decision": counted("decided_by", "class"),
    }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, _DIGITS) if whole else None
