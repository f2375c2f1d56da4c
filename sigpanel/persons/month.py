"""What code and age say about the day of birth: the year with its century, and which months are possible.

The code holds two digits of the year and the day, but no month. The age in completed years at enrolment adds the rest:
it fixes the century, and whether the birthday had passed bounds the month. Two episodes whose possible months do not
meet are two persons. A mask of twelve bits holds the months, January lowest; all bits stand where nothing is known, so
that a mask never excludes by ignorance.

That "age" means completed years is borne out by the submissions (the share of births whose year difference equals the
age rises from under a tenth in January to over nine tenths in December); see `docs/decisions.md`.
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.uno import COORDINATION_DAYS, is_day

ALL_MONTHS = 0b1111_1111_1111
_CENTURY = 100
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2


def with_birth(episodes: pl.DataFrame) -> pl.DataFrame:
    """Add `birth_year` and `months` (the mask) to episodes with `uno, age, enrolled_on` and `known_birth_year`.

    `known_months`, where there is such a column, is the mask of a month that is known by other means.
    Where age and code contradict each other both stay unknown: either of them may be the slip.
    """
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    # The year of birth if the birthday had passed at enrolment; if it had not, it is the one before.
    base = pl.col("enrolled_on").dt.year().cast(pl.Int32) - pl.col("age").cast(pl.Int32)
    digits = pl.col("uno").str.slice(2, 2).cast(pl.Int32, strict=False)
    told = episodes.select(
        pl.when(day > COORDINATION_DAYS).then(day - COORDINATION_DAYS).otherwise(day).alias("day"),
        (pl.col("enrolled_on").dt.month().cast(pl.Int32) * 100 + pl.col("enrolled_on").dt.day()).alias("enrolled"),
        base.alias("base"),
        (base % _CENTURY == digits).fill_null(value=False).alias("has_passed"),
        ((base - 1) % _CENTURY == digits).fill_null(value=False).alias("is_to_come"),
    )
    born = told.select(
        pl.when("has_passed").then("base").when("is_to_come").then(pl.col("base") - 1).alias("birth_year"),
        _mask().alias("months"),
    )
    known_months = ["known_months"] if "known_months" in episodes.columns else []
    return episodes.with_columns(
        pl.coalesce(pl.col("known_birth_year"), born["birth_year"]).cast(pl.Int16).alias("birth_year"),
        pl.coalesce(*known_months, born["months"]).alias("months"),
    )


def has_day() -> pl.Expr:
    """Whether the day in `uno` is one, a coordination number's too; null where there is no code."""
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    return is_day(day)


def _mask() -> pl.Expr:
    """The months in which the birthday fits: on or before the enrolment day if it had passed, after it if not."""
    bits = [
        pl.when(_fits(month) & pl.col("day").is_between(1, longest)).then(1 << (month - 1)).otherwise(0)
        for month, longest in enumerate(_LONGEST, start=1)
    ]
    mask = pl.sum_horizontal(bits)
    # No month is left where the day is impossible or the slip is elsewhere: a finding already, and no evidence here.
    return pl.when(mask > 0).then(mask).otherwise(ALL_MONTHS).cast(pl.Int32)


def _fits(month: int) -> pl.Expr:
    birthday = month * 100 + pl.col("day")
    # Who is born on 29 February may be a year older on the 28th or on 1 March of other years: offices count both ways.
    soonest = birthday.clip(upper_bound=month * 100 + 28) if month == _FEBRUARY else birthday
    enrolled = pl.col("enrolled")
    return (pl.col("has_passed") & (soonest <= enrolled)) | (pl.col("is_to_come") & (birthday > enrolled))
