"""What code and age say about the day of birth: the year with its century, and which months are possible.

The code holds two digits of the year and the day, but no month. The age in completed years at enrolment adds the rest: it
fixes the century, and whether the birthday had passed bounds the month. Two episodes whose possible months do not meet are
two persons. A mask of twelve bits holds the months, January lowest; all bits stand where nothing is known, so that a mask
never excludes by ignorance.

That "age" means completed years is borne out by the submissions (the share of births whose year difference equals the age
rises from under a tenth in January to over nine tenths in December); see `docs/decisions.md`.
"""

from __future__ import annotations

import polars as pl

ALL_MONTHS = 0b1111_1111_1111
_COORDINATION_DAYS = 60
_CENTURY = 100
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def with_birth(episodes: pl.DataFrame) -> pl.DataFrame:
    """Add `birth_year` and `months` (the mask) to episodes with `uno, age, enrolled_on` and `known_birth_year` (or null).

    Where age and code contradict each other both stay unknown: either of them may be the slip.
    """
    year_digits = pl.col("uno").str.slice(2, 2).cast(pl.Int32, strict=False)
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    base = pl.col("enrolled_on").dt.year().cast(pl.Int32) - pl.col("age").cast(pl.Int32)
    had_birthday = base % _CENTURY == pl.col("_yy")
    not_yet = (base - 1) % _CENTURY == pl.col("_yy")
    return (
        episodes.with_columns(
            year_digits.alias("_yy"),
            pl.when(day > _COORDINATION_DAYS).then(day - _COORDINATION_DAYS).otherwise(day).alias("_day"),
        )
        .with_columns(
            pl.coalesce(
                pl.col("known_birth_year").cast(pl.Int32),
                pl.when(had_birthday).then(base).when(not_yet).then(base - 1),
            ).alias("birth_year")
        )
        .with_columns(_mask(had_birthday, not_yet).cast(pl.Int32).alias("months"))
        .with_columns(pl.col("birth_year").cast(pl.Int16))
        .drop("_yy", "_day")
    )


def _mask(had_birthday: pl.Expr, not_yet: pl.Expr) -> pl.Expr:
    """The months in which the birthday fits: on or before the enrolment day if it had passed, after it if not."""
    enrolled = pl.col("enrolled_on").dt.month().cast(pl.Int32) * 100 + pl.col("enrolled_on").dt.day().cast(pl.Int32)
    mask: pl.Expr = pl.lit(0)
    for month, longest in enumerate(_LONGEST, start=1):
        birthday = month * 100 + pl.col("_day")
        fits = pl.when(had_birthday).then(birthday <= enrolled).when(not_yet).then(birthday > enrolled)
        mask = mask + pl.when(fits & (pl.col("_day") <= longest)).then(1 << (month - 1)).otherwise(0)
    is_known = (had_birthday | not_yet).fill_null(value=False) & pl.col("_day").is_not_null()
    # No month left means that the day is impossible or the slip is elsewhere: a finding already, and no evidence here.
    return pl.when(is_known & (mask > 0)).then(mask).otherwise(ALL_MONTHS)
