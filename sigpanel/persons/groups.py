"""The quality of linkage by group: errors are not equal, and what looks like a difference between groups may be one.

Common initials are linked wrongly more often and kept apart more often; a woman's change of name looks like desistance.
So precision, recall and the share linked are told by sex, by how common the initials are, by birth years, district,
programme and first reported year. A pair counts half in the group of each of its episodes. Groups of few episodes have
their size told as too small, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.quality import quality_report
from sigpanel.persons.names import names
from sigpanel.persons.weights import shares, with_shares

if TYPE_CHECKING:
    from collections.abc import Iterator

# Which of a decoy's two donors has lent it what a group goes by.
_LENT = {
    "sex": "named_by",
    "initials": "named_by",
    "birth_years": "born_by",
    "district": "born_by",
    "programme": "born_by",
    "first_reported_year": "born_by",
}
_NOT_TOLD = "not_told"
_DIGITS = 3


def with_groups(ordered: pl.DataFrame) -> pl.DataFrame:
    """Add what episodes are grouped by: `initials` (rare, middling, common) and `birth_years`; the rest they have."""
    named = names(ordered).sort("place", "uno").unique("place", keep="first", maintain_order=True)
    named = with_shares(named, shares(named))
    in_common = pl.col("u_given") * pl.col("u_surname")
    bounds = quality_report().initials_in_common
    rarity = (
        pl.when(in_common < bounds["rare"])
        .then(pl.lit("rare"))
        .when(in_common < bounds["common"])
        .then(pl.lit("middling"))
        .otherwise(pl.lit("common"))
    )
    width = quality_report().birth_years_to_a_band
    first = pl.col("birth_year").cast(pl.Int32) // width * width
    band = pl.concat_str(first.cast(pl.String), pl.lit("–"), (first + width - 1).cast(pl.String))
    return ordered.join(named.select("place", rarity.alias("initials")), on="place", how="left").with_columns(
        band.alias("birth_years")
    )


def by_group(described: pl.DataFrame, pairs: pl.DataFrame, gains: pl.DataFrame) -> list[dict[str, Any]]:
    """One row per group, in order: its size and what is known of its links by `person_id`; nothing where it is small.

    Args:
        described: of `with_groups`, with `place`, `episode_id`, `person_id` and `is_linkable`.
        pairs: `episode_a, episode_b, p`.
        gains: of `decoys.gained`.
    """
    own = described.with_columns(
        (pl.len().over("person_id") > 1).alias("is_linked"),
        *(pl.col(name).cast(pl.String).fill_null(_NOT_TOLD).alias(name) for name in _LENT),
    )
    sides = pl.concat(
        pairs.rename({f"episode_{one}": "episode_id", f"episode_{other}": "other_id"}).select(
            "episode_id", "other_id", "p"
        )
        for one, other in ("ab", "ba")
    )
    person = own.select("episode_id", "person_id")
    halves = sides.join(own.select("episode_id", "person_id", *_LENT), on="episode_id").join(
        person.rename({"episode_id": "other_id", "person_id": "other_person_id"}), on="other_id"
    )
    is_together = pl.col("person_id") == pl.col("other_person_id")
    weighed = halves.with_columns(is_together.alias("is_together"))
    return [row for name in _LENT for row in _groups(name, own, weighed, gains)]


def _groups(name: str, own: pl.DataFrame, weighed: pl.DataFrame, gains: pl.DataFrame) -> Iterator[dict[str, Any]]:
    lender = own.select(pl.col("place").alias(_LENT[name]), name)
    told = (
        own.group_by(name)
        .agg(
            pl.len().alias("n_episodes"),
            pl.col("is_linked").sum().alias("n_linked"),
            pl.col("is_linkable").mean().alias("linkable"),
        )
        .join(
            weighed.group_by(name).agg(
                pl.col("is_together").sum().alias("n_halves"),
                pl.col("p").filter("is_together").sum().alias("right"),
                pl.col("p").sum().alias("expected"),
            ),
            on=name,
            how="left",
        )
        .join(
            gains.join(lender, on=_LENT[name]).group_by(name).agg(pl.col("standard").mean().alias("gained")),
            on=name,
            how="left",
        )
        .sort(name)
    )
    for row in told.iter_rows(named=True):
        yield _row(name, row)


def _row(name: str, row: dict[str, Any]) -> dict[str, Any]:
    least = quality_report().least_n
    group = {"by": name, "group": row[name]}
    if row["n_episodes"] < least:
        return {**group, "episodes": f"<{least}"}
    told = {
        **group,
        "episodes": row["n_episodes"],
        "linkable": round(row["linkable"], _DIGITS),
    }
    n_unlinked = row["n_episodes"] - row["n_linked"]
    if min(row["n_linked"], n_unlinked) < least:
        return told
    told["linked"] = round(row["n_linked"] / row["n_episodes"], _DIGITS)
    told["precision_by_model"] = round(row["right"] / row["n_halves"], _DIGITS)
    told["precision_by_decoys"] = round(max(1 - row["n_episodes"] * row["gained"] / row["n_halves"], 0.0), _DIGITS)
    told["recall_by_model"] = round(row["right"] / row["expected"], _DIGITS)
    return told
