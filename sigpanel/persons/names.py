"""What an episode says of who its person is: a row for each code that a report of it gave.

A code is two initials, two digits of the birth year and two of the day; the age adds the century and the months that
are possible (`month`). All that linkage compares stands here, and nothing else: not the gap to another episode, not an
answer, not a discharge reason. Those are what the panel is analysed for, and evidence by them would bias it.
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.persons.month import with_birth


def names(episodes: pl.DataFrame) -> pl.DataFrame:
    """The codes of episodes, with what goes with them.

    Args:
        episodes: in order, with `place` and `codes`, and what `resolve` is given.

    Returns:
        `place, uno, has_several, given, surname, given_spellings, surname_spellings, year, day, sex, district,
        is_pilot, begins, ends, birth_year, months, base, fits, year_enrolled`: `has_several` tells whether the episode
        has other codes beside; of `spellings`, two initials that are spelt for each other have a bit in common;
        `begins` and `ends` are what is known of the time; `base` is the year of birth if the birthday had passed at
        enrolment, and `fits` whether age and code agree, null where no age is known. Episodes without a code have no
        row.
    """
    code = pl.col("uno")
    given, surname = code.str.slice(0, 1), code.str.slice(1, 1)
    year = code.str.slice(2, 2).cast(pl.Int32)
    base = (pl.col("enrolled_on").dt.year().cast(pl.Int32) - pl.col("age")).alias("base")
    apart = episodes.drop("uno").explode("codes").rename({"codes": "uno"}).filter(code.is_not_null())
    return with_birth(apart).select(
        "place",
        "uno",
        (pl.len().over("place") > 1).alias("has_several"),
        given.alias("given"),
        surname.alias("surname"),
        _spellings(given).alias("given_spellings"),
        _spellings(surname).alias("surname_spellings"),
        # Small numbers without a sign: pairs of them are compared in a quarter of the time.
        year.cast(pl.UInt8).alias("year"),
        code.str.slice(4, 2).cast(pl.UInt8).alias("day"),
        "sex",
        "district",
        (pl.col("programme") == "pilot").alias("is_pilot"),
        pl.col("enrolled_on").alias("begins"),
        known_end().alias("ends"),
        "birth_year",
        "months",
        base,
        fits(base, year).alias("fits"),
        pl.coalesce(pl.col("enrolled_on").dt.year().cast(pl.Int32), pl.col("first_reported_year").cast(pl.Int32)).alias(
            "year_enrolled"
        ),
    )


def told_codes() -> pl.Expr:
    """The codes that reports of an episode gave: its one code, where nobody listed them."""
    return pl.coalesce(pl.col("codes"), pl.concat_list(pl.col("uno")).list.drop_nulls()).alias("codes")


def _spellings(initial: pl.Expr) -> pl.Expr:
    """A bit for each pair of `spelt_alike` that an initial is of."""
    bits: dict[str, int] = {}
    for at, pair in enumerate(linkage().spelt_alike):
        bits |= {letter: bits.get(letter, 0) | 1 << at for letter in pair}
    return initial.replace_strict(bits, default=0, return_dtype=pl.UInt32)


def fits(base: pl.Expr, year: pl.Expr) -> pl.Expr:
    """Whether an age fits two digits of a birth year: it is that of the base year, or of the one before."""
    return (base - year).mod(100).is_in([0, 1])


def known_end() -> pl.Expr:
    """An open episode is known to last up to its last report; dates in the wrong order make it a point.

    So does a closed one's end that nobody knows: only its beginning can speak against another.
    """
    is_open = pl.col("status").ne_missing("closed")
    last_report = pl.when(is_open).then(pl.date(pl.col("last_reported_year"), 12, 31))
    return pl.max_horizontal(pl.coalesce("discharged_on", last_report), "enrolled_on")
