"""Read what stands in a cell by the kind of answer its question asks for.

The accepted spellings are those offices use: a number or its text, with zeros before or a full stop after; `2=Nej` and
the label alone; "15 år" and, with a note, "ca 3"; dates in the forms people write; codes in any case, with blanks or
hyphens. All else is a `fault`: the name of the rule that the cell breaks. Nothing is guessed: a percentage, a truth
value, a range or an Excel error is not a number, and a label with a slip in it is no label.

In and out goes the grid (`sigpanel.clean.grid`), in its order. Added are `is_blank`, `code`, `token`, `reason`,
`date_value`, `text_value`, `fault` and `note`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.grid import codes, labels, units
from sigpanel.forms import habits, letters_and_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sigpanel.forms import Form

_BROKEN = {
    "boolean": "value_is_boolean",
    "percent": "value_is_percent",
    "error": "value_is_an_excel_error",
    "formula": "formula_without_value",
}
# Beyond any answer, and small enough to be a whole number anywhere.
_HUGE = 1e9
# From this year on no date is meant: 9999-12-31 says "not yet", and a number of six digits in a cell that shows dates
# is YYMMDD. Not sooner, or 2202-01-01 for 2022-01-01, a slip of the pen, would come out as 2011-03-04.
_NO_YEAR_OF_OURS = 2300


def spell(asked: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Read every cell of the grid."""
    # Most cells hold numbers, of which the text is never looked at.
    tidy = asked.with_columns(_tidy(pl.when(_is_text()).then("text")).alias("tidy")).with_columns(
        ((pl.col("kind").fill_null("text") == "text") & _is_nothing(pl.col("tidy"))).alias("is_blank")
    )
    filled = tidy.filter(~pl.col("is_blank")).select(
        "place", "key", "answer", "low", "high", "kind", "tidy", "number", "date"
    )
    readable = filled.filter(~_is_broken())
    read = pl.concat(
        [
            _broken(filled.filter(_is_broken())),
            _codes(readable.filter(pl.col("answer").is_in(["coded", "district", "number"])), forms),
            _dates(readable.filter(pl.col("answer") == "date")),
            _unos(readable.filter(pl.col("answer") == "uno")),
        ],
        how="diagonal",
    )
    return tidy.drop("tidy", "number", "date", "text", "kind").join(read, on="place", how="left", maintain_order="left")


def _tidy(text: pl.Expr) -> pl.Expr:
    """Compatibility forms folded, white space of every kind as single blanks, characters that nobody sees gone."""
    return (
        text.str.normalize("NFKC")
        .str.replace_all(r"[\p{Cf}[\p{Cc}--\s]]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _is_nothing(tidy: pl.Expr) -> pl.Expr:
    """Whether nothing is left but marks for "empty"; a test holds `intake` to the same rule for blank rows."""
    return tidy.fill_null("").str.strip_chars("".join(habits().blank_marks) + " ") == ""


def _folded(text: pl.Expr) -> pl.Expr:
    """`forms.letters_and_digits`: by itself, once for each different text, so that the two cannot come apart."""

    def fold(texts: pl.Series) -> pl.Series:
        different = texts.drop_nulls().unique()
        known = [letters_and_digits(one) for one in different]
        return texts.replace_strict(different, pl.Series(known, dtype=pl.String), default=None)

    return text.map_batches(fold, return_dtype=pl.String)


def _is_broken() -> pl.Expr:
    return pl.col("kind").is_in(list(_BROKEN))


def _broken(filled: pl.DataFrame) -> pl.DataFrame:
    return filled.select("place", pl.col("kind").replace_strict(_BROKEN, return_dtype=pl.String).alias("fault"))


def _whole(text: pl.Expr) -> pl.Expr:
    """A whole number written as text: zeros before and one full stop after allowed."""
    return text.str.extract(r"^(-?[0-9]{1,18})\.?$", 1).cast(pl.Int64, strict=False)


def _stored() -> pl.Expr:
    """The number that Excel stores, if it is whole: also behind a cell that shows it as a date."""
    number = pl.col("number")
    return (
        pl.when(pl.col("kind").is_in(["number", "date"]) & (number == number.floor()))
        .then(number.clip(-_HUGE, _HUGE))
        .cast(pl.Int64, strict=False)
    )


def _is_text() -> pl.Expr:
    return pl.col("kind") == "text"


def _codes(filled: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Codes and numbers, as numbers or in words, and what the form says of each: its token, or why it is no value."""
    is_text = _is_text()
    stored = filled.filter(~is_text).select("place", "key", "answer", "low", "high", "kind", _stored().alias("code"))
    read = pl.concat([stored, _in_words(filled.filter(is_text), forms)], how="diagonal").join(
        codes(forms).with_columns(pl.lit(value=True).alias("meant")), on=["key", "code"], how="left"
    )
    is_known = pl.col("meant").fill_null(value=False) | pl.col("code").is_between("low", "high").fill_null(value=False)
    known = pl.col("is_known")
    return read.with_columns(is_known.alias("is_known")).select(
        "place",
        pl.when(known).then("code").alias("code"),
        "token",
        "reason",
        pl.when(known)
        .then(None)
        .when(pl.col("answer") != "number")
        .then(pl.lit("value_not_among_answers"))
        .when(pl.col("code").is_null())
        .then(pl.lit("value_is_no_number"))
        .otherwise(pl.lit("value_out_of_range"))
        .alias("fault"),
        pl.when(known & pl.col("is_about"))
        .then(pl.lit("value_approximate"))
        .when(known & (pl.col("kind") == "date"))
        .then(pl.lit("number_shown_as_date"))
        .alias("note"),
    )


def _in_words(filled: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Texts: a code or number, its label, `code=label` where the two agree; a number also with its unit, or "ca"."""
    # The longest first: "ca." begins with "ca".
    words = "|".join(re.escape(word) for word in sorted(habits().approximate_words, key=len, reverse=True))
    about = rf"(?i)^(?:{words}|~)\s*"
    tidy, bare = pl.col("tidy"), pl.col("bare")
    is_number = pl.col("answer") == "number"
    is_unit = units(forms).with_columns(pl.lit(value=True).alias("is_unit"))
    label_code = pl.when(pl.col("ticked").is_null() | (pl.col("ticked") == pl.col("label_code"))).then("label_code")
    return (
        filled.with_columns(
            pl.when(is_number).then(tidy.str.replace(about, "")).otherwise(tidy).alias("bare"),
            tidy.str.extract(r"^([0-9]{1,3})\s*=", 1).cast(pl.Int64, strict=False).alias("ticked"),
            _folded(pl.coalesce(tidy.str.extract(r"^[0-9]{1,3}\s*=(.*)$", 1), tidy)).alias("label"),
        )
        .with_columns(_folded(bare.str.extract(r"^[0-9]{1,18}\s*(\p{L}.*)$", 1)).alias("unit"))
        .join(labels(forms), on=["key", "label"], how="left")
        .join(is_unit, on=["key", "unit"], how="left")
        .select(
            "place",
            "key",
            "answer",
            "low",
            "high",
            "kind",
            pl.coalesce(_whole(bare), pl.when("is_unit").then(_digits_before(bare)), label_code).alias("code"),
            (bare != tidy).alias("is_about"),
        )
    )


def _digits_before(bare: pl.Expr) -> pl.Expr:
    return bare.str.extract(r"^([0-9]{1,18})\s*\p{L}", 1).cast(pl.Int64, strict=False)


def _dates(filled: pl.DataFrame) -> pl.DataFrame:
    """A date cell, an unformatted serial of the workbook's own date system, or a date as people write it."""
    stored = _stored().cast(pl.String)
    # A column at a time: one expression inside another is worked out again wherever it stands.
    written = filled.with_columns(
        pl.when(_is_text()).then(_written_digits(pl.col("tidy"))).otherwise(stored).alias("said")
    )
    said = pl.col("said")
    is_serial = ((pl.col("kind") == "date") & (pl.col("date").dt.year() < _NO_YEAR_OF_OURS)) | (
        (pl.col("kind") == "number") & (said.str.len_chars() == 5)  # noqa: PLR2004 - from 1927 to 2173
    )
    return (
        written.select("place", pl.when(is_serial).then("date").otherwise(_in_digits(said)).alias("read"))
        .select("place", pl.when(_is_ours(pl.col("read"))).then("read").alias("date_value"))
        .with_columns(pl.when(pl.col("date_value").is_null()).then(pl.lit("date_unreadable")).alias("fault"))
    )


def _in_digits(said: pl.Expr) -> pl.Expr:
    """The day in YYYYMMDD; six digits are YYMMDD of this century: SIG began in 2012."""
    full = pl.when(said.str.len_chars() == 6).then(pl.lit("20") + said).otherwise(said)  # noqa: PLR2004
    return pl.when(full.str.len_chars() == 8).then(full).str.to_date("%Y%m%d", strict=False)  # noqa: PLR2004


def _is_ours(day: pl.Expr) -> pl.Expr:
    return (day >= habits().earliest_date) & (day.dt.year() < _NO_YEAR_OF_OURS)


def _written_digits(tidy: pl.Expr) -> pl.Expr:
    """A date written as text, as YYYYMMDD or YYMMDD: what the digits say is looked at afterwards."""
    iso = tidy.str.extract(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$", 1)
    return pl.coalesce(
        tidy.str.extract(r"^([0-9]{8}|[0-9]{6})$", 1),
        iso.str.replace_all("-", ""),
        _day_month_year(tidy, r"^([0-9]{1,2})/([0-9]{1,2}) ([0-9]{4})$", lambda month: month),
        _day_month_year(tidy, r"^([0-9]{1,2}) (\p{L}+)\.? ([0-9]{4})$", _month_number),
    )


def _day_month_year(tidy: pl.Expr, pattern: str, number: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    parts = tidy.str.extract_groups(pattern)
    day, month, year = (parts.struct.field(group) for group in ("1", "2", "3"))
    return pl.concat_str(year, number(month).str.zfill(2), day.str.zfill(2))


def _month_number(word: pl.Expr) -> pl.Expr:
    months = {name: str(number) for name, number in habits().months.items()}
    return word.str.to_lowercase().replace_strict(months, default=None, return_dtype=pl.String)


def read_date(text: pl.Expr) -> pl.Expr:
    """The day in `text`, in the forms that people write, or null."""
    said = _written_digits(_tidy(text))
    read = _in_digits(said)
    return pl.when(_is_ours(read)).then(read)


def read_uno(text: pl.Expr) -> pl.Expr:
    """The code in `text` in its plain form, or null."""
    bare = _bare(_tidy(text))
    return pl.coalesce(_short(bare), _without_month(bare))


def _bare(tidy: pl.Expr) -> pl.Expr:
    """The code squeezed together, with O read as zero where digits stand."""
    return _with_zeros(_squeezed(tidy))


def _with_zeros(squeezed: pl.Expr) -> pl.Expr:
    return squeezed.str.slice(0, 2) + squeezed.str.slice(2).str.replace_all("O", "0", literal=True)


def _squeezed(tidy: pl.Expr) -> pl.Expr:
    return tidy.str.replace_all(r"[\s\p{Pd}−.]", "").str.to_uppercase()


def _short(bare: pl.Expr) -> pl.Expr:
    return pl.when(bare.str.contains(r"^\p{Lu}{2}[0-9]{4}$")).then(bare)


def _without_month(bare: pl.Expr) -> pl.Expr:
    is_long = bare.str.contains(r"^\p{Lu}{2}[0-9]{2}(0[1-9]|1[0-2])[0-9]{2}$")
    return pl.when(is_long).then(bare.str.slice(0, 4) + bare.str.slice(6))


def _unos(filled: pl.DataFrame) -> pl.DataFrame:
    """Two initials, two digits of the birth year, two of the birth day; blanks, hyphens and case do not matter."""
    short, without_month = pl.col("short"), pl.col("without_month")
    return (
        filled.select("place", _squeezed(pl.col("tidy")).alias("squeezed"))
        .with_columns(_with_zeros(pl.col("squeezed")).alias("bare"))
        .with_columns(_short(pl.col("bare")).alias("short"), _without_month(pl.col("bare")).alias("without_month"))
        .select(
            "place",
            pl.coalesce(short, without_month).alias("text_value"),
            pl.when(short.is_null() & without_month.is_null()).then(pl.lit("uno_unreadable")).alias("fault"),
            pl.when(without_month.is_not_null())
            .then(pl.lit("uno_with_month"))
            .when(short.is_not_null() & (pl.col("bare") != pl.col("squeezed")))
            .then(pl.lit("uno_letter_for_digit"))
            .alias("note"),
        )
    )
