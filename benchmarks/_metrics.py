"""How good a linkage is: pairs found and missed, and the return rate it gives.

Frames are episodes with `true_person` and one column of ids per way of linking. Episodes of one person are its pairs:
three episodes are three pairs, whatever their order. No ids are nobody's: a null is a person of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

TRUE = "true_person"


@dataclass(frozen=True)
class Pairwise:
    """Of the pairs that were linked, the part that is right (precision); of the true ones, the part found (recall)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairwise(episodes: pl.DataFrame, found: str) -> Pairwise:
    """Hold the pairs of the ids in `found` against the true ones; where there are none, nothing is missed or wrong."""
    both, linked, true = (_pairs(episodes, *by) for by in ((found, TRUE), (found,), (TRUE,)))
    return Pairwise(both / linked if linked else 1.0, both / true if true else 1.0)


def _pairs(episodes: pl.DataFrame, *by: str) -> int:
    sizes = episodes.drop_nulls(by).group_by(by).len().get_column("len").cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def shared_codes(episodes: pl.DataFrame) -> dict[str, int]:
    """How many pairs of persons share a code, and how many of these the sex too: by the first code without error."""
    right = episodes.filter(pl.col("code_error").is_null()).sort(TRUE, "enrolled_on", "episode_id")
    persons = right.group_by(TRUE).agg(pl.col("uno").first(), pl.col("sex").drop_nulls().first())
    return {"code": _pairs(persons, "uno"), "code_and_sex": _pairs(persons, "uno", "sex")}


def return_rate(episodes: pl.DataFrame, person: str, cohort: range, most_days: int) -> float:
    """The share of persons first enrolled in the years of `cohort` who came back.

    Back is who is enrolled more than `most_days` after all that went before had ended; sooner is a move or late
    paperwork. An episode that is still open lasts, as far as anybody knows, up to its last report.
    """
    # An episode that nothing could be said of is a person of its own, so that the cohort is as large as it is.
    own = pl.coalesce(pl.col(person).cast(pl.String), "episode_id").alias("own")
    end = pl.coalesce("discharged_on", pl.date(pl.col("last_reported_year"), 12, 31))
    gap = pl.col("enrolled_on") - end.cum_max().shift(1).over("own")
    back = gap > dt.timedelta(days=most_days)
    lives = (
        episodes.with_columns(own)
        .sort("own", "enrolled_on", "episode_id")
        .with_columns(back.fill_null(value=False).alias("is_back"))
        .group_by("own")
        .agg(pl.col("enrolled_on").min().dt.year().alias("first"), pl.col("is_back").any())
        .filter(pl.col("first").is_between(cohort.start, cohort.stop - 1))
    )
    return _share(lives.get_column("is_back"))


def _share(values: pl.Series) -> float:
    mean = values.cast(pl.Float64).mean()
    return mean if isinstance(mean, float) else float("nan")
