"""How much an answer matters: the change of the share of persons who came back, were a pair counted the other way.

Counted are persons with at least two episodes, among all persons. Two persons who become one lose a person; of one who
becomes two, the later episode of the pair is taken to stand alone, since which of the others would go with it is not
known before persons are resolved again.
"""

from __future__ import annotations

import polars as pl

_AT_LEAST = 2


def with_effect(pairs: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Add `is_together` and `effect`, the change of the share if the pair were counted the other way; null if unknown.

    Args:
        pairs: `episode_a, episode_b`, with a the earlier.
        episodes: `episode_id`, and `person_id` where persons are resolved.
    """
    if "person_id" not in episodes.columns or episodes.is_empty():
        return pairs.with_columns(
            pl.lit(None, pl.Boolean).alias("is_together"), pl.lit(None, pl.Float64).alias("effect")
        )
    persons = episodes.group_by("person_id").len("n")
    of_episode = episodes.select("episode_id", "person_id").join(persons, on="person_id")
    both = pairs
    for side in ("a", "b"):
        named = of_episode.rename({"episode_id": f"episode_{side}", "person_id": f"person_{side}", "n": f"n_{side}"})
        both = both.join(named, on=f"episode_{side}", how="left", maintain_order="left")
    n_persons, n_back = persons.height, persons.filter(pl.col("n") >= _AT_LEAST).height
    is_together = pl.col("person_a") == pl.col("person_b")
    back_a, back_b = ((pl.col(f"n_{side}") >= _AT_LEAST).cast(pl.Int32) for side in ("a", "b"))
    left_back = (pl.col("n_a").cast(pl.Int32) - 1 >= _AT_LEAST).cast(pl.Int32)
    joined = (n_back + 1 - back_a - back_b) / pl.lit(max(n_persons - 1, 1))
    parted = (n_back + left_back - back_a) / pl.lit(n_persons + 1)
    effect = pl.when(is_together).then(parted).otherwise(joined) - n_back / n_persons
    return both.with_columns(is_together.alias("is_together"), effect.round(9).alias("effect")).drop(
        *(f"{name}_{side}" for name in ("person", "n") for side in ("a", "b"))
    )
