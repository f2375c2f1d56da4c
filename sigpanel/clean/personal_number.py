"""Swedish personal and coordination numbers: whether one is sound, and the birth date and sex that it tells.

Ten or twelve digits, with or without a hyphen or plus before the last four; the check digit is Luhn's over the last
ten. A coordination number (samordningsnummer) has the birth day plus 60. The ninth of the ten is odd for men.

Ten digits leave the century open. It is the latest in which the person can have been in the cohort, one earlier after a
plus; no clock is asked, since the same file must say the same next year.

A number is never stored: what leaves here lives in memory, for as long as a code is made of it.
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.uno import COORDINATION_DAYS

_DIGITS = r"^(18|19|20)?([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{4})$"
_LUHN_BASE = 10
_CENTURY = 100


def read_personal_number(text: pl.Expr, latest_year: int) -> pl.Expr:
    """What a number tells, as a struct; its fields are null where `text` holds no sound number.

    `number` are its twelve digits, to compare by; `born_on`; `year` and `day`, two digits each as the number has them,
    a coordination number's day with its 60; `sex`.

    Args:
        text: what stands in the cells.
        latest_year: the last year in which anybody in the file can have been born.
    """
    plain = text.str.normalize("NFKC").str.replace_all(r"[\s\p{Cf}\p{Cc}]", "").str.replace_all(r"[\p{Pd}−]", "-")
    parts = plain.str.extract_groups(_DIGITS)
    century, year, month, day, sign, last = (parts.struct.field(str(no)) for no in range(1, 7))
    born_in = _year(century, year.cast(pl.Int32, strict=False), sign, latest_year)
    in_month = day.cast(pl.Int32, strict=False)
    born_day = pl.when(in_month > COORDINATION_DAYS).then(in_month - COORDINATION_DAYS).otherwise(in_month)
    written = pl.concat_str(born_in.cast(pl.String), month, born_day.cast(pl.String).str.zfill(2))
    born_on = written.str.to_date("%Y%m%d", strict=False)
    ten = pl.concat_str(year, month, day, last)
    is_sound = _has_check_digit(ten) & born_on.is_not_null() & (born_in <= latest_year)
    is_mans = last.str.slice(2, 1).cast(pl.Int32, strict=False) % 2 == 1
    return pl.struct(
        pl.when(is_sound).then(pl.concat_str(born_in.cast(pl.String).str.slice(0, 2), ten)).alias("number"),
        pl.when(is_sound).then(born_on).alias("born_on"),
        pl.when(is_sound).then(year).alias("year"),
        pl.when(is_sound).then(day).alias("day"),
        pl.when(is_sound & is_mans).then(pl.lit("male")).when(is_sound).then(pl.lit("female")).alias("sex"),
    )


def _year(century: pl.Expr, two_digits: pl.Expr, sign: pl.Expr, latest_year: int) -> pl.Expr:
    """The birth year with its century: as it stands, or the latest that can be, and 100 before it after a plus."""
    latest = latest_year - (latest_year - two_digits) % _CENTURY
    untold = pl.when(sign == "+").then(latest - _CENTURY).otherwise(latest)
    return pl.when(century.is_null()).then(untold).otherwise(century.cast(pl.Int32, strict=False) * 100 + two_digits)


def _has_check_digit(ten: pl.Expr) -> pl.Expr:
    """Every other digit doubled, from the first, and the digits of the products summed: a multiple of ten."""
    digits = [ten.str.slice(place, 1).cast(pl.Int32, strict=False) * (2 - place % 2) for place in range(_LUHN_BASE)]
    return pl.sum_horizontal([digit // _LUHN_BASE + digit % _LUHN_BASE for digit in digits]) % _LUHN_BASE == 0
