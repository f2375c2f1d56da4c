"""Bortfall: of what was asked, how much was filled in, and how much of that says something.

`asked` leaves out what was not asked (greyed out), not yet due and not collected. `filled` is what was not left blank
and could be read; `answered` is filled less *unknown* and *declined*. "Not relevant" is an answer. Counted over
answers, not persons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.codes import LACKING, NOT_ASKED

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = ("asked", "filled", "answered", *LACKING)


def bortfall(answers: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Count answers by the columns of `by`.

    Args:
        answers: a frame with `missing`.
        by: the columns to count by, such as programme, district, reported_year, variable.

    Returns:
        `*by, asked, filled, answered, unknown, declined, blank, invalid` and `share`, the part of `asked` without an
        answer (null where nothing was asked).
    """
    missing = pl.col("missing")
    asked = ~missing.is_in(NOT_ASKED).fill_null(value=False)
    counted = {
        "asked": asked,
        "filled": asked & ~missing.is_in(["blank", "invalid"]).fill_null(value=False),
        "answered": missing.is_null() | (missing == "not_applicable"),
        **{reason: missing == reason for reason in LACKING},
    }
    return _shared(
        answers.group_by(*by).agg(part.sum().cast(pl.Int32).alias(name) for name, part in counted.items()), by
    )


def summed(counts: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The same counts by fewer columns."""
    return _shared(counts.group_by(*by).agg(pl.col(COUNTS).sum()), by)


def _shared(counts: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    share = pl.when(pl.col("asked") > 0).then(1 - pl.col("answered") / pl.col("asked"))
    return counts.with_columns(share.alias("share")).sort(*by)
