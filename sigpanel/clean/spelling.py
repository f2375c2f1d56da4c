"""Read what stands in a cell by the kind of answer its question asks for.

The accepted spellings are those offices use: a number or its text, with zeros before or a full stop after; `2=Nej` and the
label alone; "15 år" and, with a note, "ca 3"; dates in the forms people write; codes in any case, with blanks or hyphens. All
else is a `fault`: the name of the rule that the cell breaks. Nothing is guessed: a percentage, a truth value, a range or an
Excel error is not a number.

In and out goes the grid (`sigpanel.clean.grid`). Added are `is_blank`, `code`, `token`, `reason`, `date_value`, `text_value`,
`fault` and `note`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.grid import codes, labels, units
from sigpanel.forms import habits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.forms import Form

_BROKEN = {
    "boolean": "value_is_boolean",
    "percent": "value_is_percent",
    "error": "value_is_an_excel_error",
    "formula": "formula_without_value",
}


def spell(asked: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Read every cell of the grid."""
    tidy = asked.with_columns(
        _tidy(pl.col("text")).alias("tidy"), _folded(pl.col("text")).alias("folded")
    ).with_columns(
        (
            (pl.col("kind").fill_null("text") == "text")
            & ((pl.col("tidy").fill_null("") == "") | pl.col("tidy").is_in(habits().blank_marks))
        ).alias("is_blank")
    )
    key = ["submission_no", "row", "question"]
    return (
        pl.concat(
            [
                _alternatives(tidy.filter(pl.col("answer").is_in(["coded", "district"])), forms),
                _numbers(tidy.filter(pl.col("answer") == "number"), forms),
                _dates(tidy.filter(pl.col("answer") == "date")),
                _unos(tidy.filter(pl.col("answer") == "uno")),
            ],
            how="diagonal",
        )
        .with_columns(_broken().alias("broken"))
        .with_columns(
            pl.when("is_blank").then(None).otherwise(pl.coalesce("broken", "fault")).alias("fault"),
            *(
                pl.when(pl.col("is_blank") | pl.col("broken").is_not_null())
                .then(None)
                .otherwise(pl.col(column))
                .alias(column)
                for column in ("code", "token", "reason", "date_value", "text_value", "note")
            ),
        )
        .drop("tidy", "folded", "broken", "number", "date", "text", "kind")
        .sort(key)
    )


def _tidy(text: pl.Expr) -> pl.Expr:
    """Compatibility forms folded, white space of every kind as single blanks, zero-width characters gone."""
    return (
        text.str.normalize("NFKC")
        .str.replace_all(r"[\u200B-\u200D\u2060\uFEFF\u00AD]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _folded(text: pl.Expr) -> pl.Expr:
    """The expression twin of `forms.letters_and_digits`; a test holds the two together."""
    return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")


def _broken() -> pl.Expr:
    return pl.col("kind").replace_strict(_BROKEN, default=None, return_dtype=pl.String)


def _whole(text: pl.Expr) -> pl.Expr:
    """A whole number written as text: zeros before and one full stop after allowed."""
    return text.str.extract(r"^(\d{1,9})\.?$", 1).cast(pl.Int64, strict=False)


def _stored() -> pl.Expr:
    """The number that Excel stores, if it is whole: also behind a cell that shows it as a date."""
    number = pl.col("number")
    return (
        pl.when(pl.col("kind").is_in(["number", "date"]) & (number == number.floor()) & number.is_between(-1e9, 1e9))
        .then(number)
        .cast(pl.Int64, strict=False)
    )


def _alternatives(asked: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """A code, `code=label` where the two agree, or the label alone."""
    ticked = pl.col("tidy").str.extract(r"^(\d{1,3})\s*=", 1).cast(pl.Int64, strict=False)
    spoken = _folded(pl.col("tidy").str.extract(r"^\d{1,3}\s*=(.*)$", 1))
    text = pl.col("kind") == "text"
    read = (
        asked.with_columns(
            _stored().alias("stored"),
            _whole(pl.col("tidy")).alias("whole"),
            ticked.alias("ticked"),
            spoken.alias("spoken"),
        )
        .with_columns(pl.coalesce("spoken", "folded").alias("label"))
        .join(labels(forms), on=["edition", "question", "label"], how="left")
        .with_columns(
            pl.when(~text)
            .then(pl.col("stored"))
            .when(pl.col("ticked").is_not_null())
            .then(pl.when(pl.col("ticked") == pl.col("label_code")).then(pl.col("ticked")))
            .otherwise(pl.coalesce("whole", "label_code"))
            .alias("code")
        )
        .drop("stored", "whole", "ticked", "spoken", "label", "label_code")
    )
    return (
        _meaning(read, forms)
        .with_columns(
            pl.when(pl.col("meant").is_null()).then(pl.lit("value_not_among_answers")).alias("fault"),
            pl.when(pl.col("meant")).then(pl.col("code")).alias("code"),
            _shown_as_date(),
        )
        .drop("meant")
    )


def _meaning(read: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Look each code up: its token, or the reason why it is no value; `meant` where the question knows it."""
    return read.join(
        codes(forms).with_columns(pl.lit(True).alias("meant")),
        on=["edition", "question", "code"],
        how="left",
    )


def _shown_as_date() -> pl.Expr:
    return pl.when(pl.col("kind") == "date").then(pl.lit("number_shown_as_date")).alias("note")


def _numbers(asked: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """A whole number, with its unit after it or "ca" before it."""
    words = "|".join(word.replace(".", r"\.") for word in habits().approximate_words)
    about = rf"(?i)^(?:{words}|~)\s*"
    is_about = pl.col("tidy").str.contains(about)
    bare = pl.col("tidy").str.replace(about, "")
    with_unit = bare.str.extract(r"^(\d{1,9})\s*\p{L}", 1).cast(pl.Int64, strict=False)
    unit = _folded(bare.str.extract(r"^\d{1,9}\s*(\p{L}.*)$", 1))
    is_unit = units(forms).with_columns(pl.lit(True).alias("is_unit"))
    read = (
        asked.with_columns(
            _stored().alias("stored"),
            _whole(bare).alias("whole"),
            with_unit.alias("with_unit"),
            unit.alias("unit"),
            is_about.alias("is_about"),
        )
        .join(is_unit, on=["edition", "question", "unit"], how="left")
        .with_columns(
            pl.when(pl.col("kind") != "text")
            .then(pl.col("stored"))
            .otherwise(pl.coalesce("whole", pl.when("is_unit").then(pl.col("with_unit"))))
            .alias("code")
        )
        .drop("stored", "whole", "with_unit", "unit", "is_unit")
    )
    is_number = pl.col("code").is_not_null()
    is_known = pl.col("meant").fill_null(value=False) | pl.col("code").is_between(pl.col("low"), pl.col("high"))
    return (
        _meaning(read, forms)
        .with_columns(
            pl.when(~is_number)
            .then(pl.lit("value_is_no_number"))
            .when(~is_known)
            .then(pl.lit("value_out_of_range"))
            .alias("fault"),
            pl.when(is_known).then(pl.col("code")).alias("code"),
            pl.when(is_number & is_known & pl.col("is_about") & (pl.col("kind") == "text"))
            .then(pl.lit("value_approximate"))
            .when(is_number & is_known)
            .then(_shown_as_date())
            .alias("note"),
        )
        .drop("is_about", "meant")
    )


def _dates(asked: pl.DataFrame) -> pl.DataFrame:
    """A date cell, an unformatted serial of the workbook's own date system, or a date as people write it."""
    month = pl.col("tidy").str.extract(r"^\d{1,2}\s+(\p{L}{3})", 1).str.to_lowercase()
    spelt = pl.concat_str(
        pl.col("tidy").str.extract(r"(\d{4})$", 1),
        month.replace_strict(habits().months, default=None, return_dtype=pl.Int64).cast(pl.String).str.zfill(2),
        pl.col("tidy").str.extract(r"^(\d{1,2})\s", 1).str.zfill(2),
    )
    slashed = pl.concat_str(
        pl.col("tidy").str.extract(r"^\d{1,2}/\d{1,2} (\d{4})$", 1),
        pl.col("tidy").str.extract(r"^\d{1,2}/(\d{1,2}) ", 1).str.zfill(2),
        pl.col("tidy").str.extract(r"^(\d{1,2})/", 1).str.zfill(2),
    )
    is_word = pl.col("tidy").str.contains(r"^\d{1,2}\s+\p{L}{3,9}\.?\s+\d{4}$")
    digits = (
        pl.when(pl.col("kind") == "number")
        .then(_stored().cast(pl.String))
        .otherwise(
            pl.coalesce(
                pl.col("tidy").str.extract(r"^(\d{8}|\d{6})$", 1),
                pl.col("tidy").str.extract(r"^(\d{4}-\d{2}-\d{2})(?: 00:00:00)?$", 1).str.replace_all("-", ""),
                pl.when(is_word).then(spelt),
                slashed,
            )
        )
    )
    # Six digits are YYMMDD of this century: SIG began in 2012. Fewer are a serial, which the reader has turned into a date.
    full = pl.when(digits.str.len_chars() == 6).then(pl.lit("20") + digits).otherwise(digits)  # noqa: PLR2004
    written = pl.when(full.str.len_chars() == 8).then(full).str.to_date("%Y%m%d", strict=False)  # noqa: PLR2004
    is_serial = (pl.col("kind") == "number") & (digits.str.len_chars() == 5)  # noqa: PLR2004
    read = pl.when((pl.col("kind") == "date") | is_serial).then(pl.col("date")).otherwise(written)
    return asked.with_columns(pl.when(read >= habits().earliest_date).then(read).alias("date_value")).with_columns(
        pl.when(pl.col("date_value").is_null()).then(pl.lit("date_unreadable")).alias("fault"),
        pl.lit(None, pl.String).alias("note"),
    )


def read_uno(text: pl.Expr) -> pl.Expr:
    """The code in `text` in its plain form, or null."""
    bare = _bare(_tidy(text))
    return pl.coalesce(_short(bare), _without_month(bare))


def _bare(tidy: pl.Expr) -> pl.Expr:
    """The code squeezed together, with O read as zero where digits stand."""
    bare = _squeezed(tidy)
    return bare.str.slice(0, 2) + bare.str.slice(2).str.replace_all("O", "0")


def _squeezed(tidy: pl.Expr) -> pl.Expr:
    return tidy.str.replace_all(r"[\s\-–—.]", "").str.to_uppercase()


def _short(bare: pl.Expr) -> pl.Expr:
    return pl.when(bare.str.contains(r"^\p{Lu}{2}\d{4}$")).then(bare)


def _without_month(bare: pl.Expr) -> pl.Expr:
    is_long = bare.str.contains(r"^\p{Lu}{2}\d{2}(0[1-9]|1[0-2])\d{2}$")
    return pl.when(is_long).then(bare.str.slice(0, 4) + bare.str.slice(6))


def _unos(asked: pl.DataFrame) -> pl.DataFrame:
    """Two initials, two digits of the birth year, two of the birth day; blanks, hyphens and case do not matter."""
    had_letter = _squeezed(pl.col("tidy")).str.slice(2).str.contains("O")
    return asked.with_columns(
        pl.when(pl.col("kind") == "text").then(read_uno(pl.col("text"))).alias("text_value")
    ).with_columns(
        pl.when(pl.col("text_value").is_null()).then(pl.lit("uno_unreadable")).alias("fault"),
        pl.when(pl.col("text_value").is_null())
        .then(None)
        .when(_short(_bare(pl.col("tidy"))).is_null())
        .then(pl.lit("uno_with_month"))
        .when(had_letter)
        .then(pl.lit("uno_letter_for_digit"))
        .alias("note"),
    )
