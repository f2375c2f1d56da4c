"""Tell the kinds of silence apart: unknown, declined, not applicable, not asked, not yet, left blank, invalid.

They stay apart in the panel, since each means something else for an analysis. A code that is no value carries its own
reason. An empty cell is *not yet* while the insats is ongoing, *not asked* where the form greys it out, and otherwise
*blank*, which is a finding: no question may be left empty. Where the answer that would grey it out cannot be read, that
one alone is told: whether the question was asked is not known.

An insats has ended when a readable discharge date or reason stands, or when at least half of the discharge questions
are filled in; a district that forgets the date has still told us that the person left. There "unknown" is not filled
in: of one who is still there nobody knows the answers either. A date or reason that nobody can read is not enough:
"pågår" is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.forms import habits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.forms import Form

_ROW = ["submission_no", "row"]


def silence(spelt: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Add `is_discharged`, `missing`, `value`, and the finding of a cell left blank to the grid, in its order."""
    return (
        _with_discharge(spelt)
        .pipe(_with_skips, forms)
        .with_columns(_missing().alias("missing"))
        .with_columns(
            pl.when((pl.col("missing") == "blank") & ~pl.col("is_in_doubt"))
            .then(pl.lit("answer_left_blank"))
            .otherwise("fault")
            .alias("fault"),
            pl.when(pl.col("missing").is_null()).then(pl.col("code")).cast(pl.Int16).alias("value"),
            pl.col("code").cast(pl.Int16),
        )
        .drop("is_skipped", "is_in_doubt", "low", "high", "place", "key")
    )


def _with_discharge(spelt: pl.DataFrame) -> pl.DataFrame:
    filled = ~pl.col("is_blank") & (pl.col("reason") != "unknown").fill_null(value=True)
    names_end = ((pl.col("variable") == "discharged_on") & pl.col("date_value").is_not_null()) | (
        (pl.col("variable") == "discharge_reason") & pl.col("code").is_not_null()
    )
    questions = pl.col("is_answer") & (pl.col("moment") == "discharge")
    ended = spelt.group_by(_ROW).agg(
        (names_end.any() | (filled.filter(questions).mean() >= habits().discharge_least_share)).alias("is_discharged")
    )
    return spelt.join(ended, on=_ROW, how="left", maintain_order="left")


def _with_skips(read: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Mark the questions that another answer of the same moment greys out, or would if it could be read."""
    rows = [
        (form.edition, question.name, question.skip_when.variable, question.moment, code)
        for form in forms
        for question in form.questions
        if question.skip_when
        for code in question.skip_when.codes
    ]
    schema = {"edition": pl.String, "skipped": pl.String, "variable": pl.String, "moment": pl.String, "code": pl.Int64}
    skips = pl.DataFrame(rows, schema=schema, orient="row")
    asked = ["edition", "variable", "moment"]
    skipping = read.filter(pl.col("variable").is_in(skips["variable"].unique().implode()))
    marked = {
        "is_skipped": skipping.join(skips, on=[*asked, "code"]),
        "is_in_doubt": skipping.filter(pl.col("fault").is_not_null()).join(skips.drop("code"), on=asked),
    }
    marks = pl.concat([frame.select(*_ROW, "skipped", pl.lit(mark).alias("mark")) for mark, frame in marked.items()])
    questions = marks.group_by(*_ROW, pl.col("skipped").alias("question")).agg(
        (pl.col("mark") == mark).any().alias(mark) for mark in marked
    )
    return read.join(questions, on=[*_ROW, "question"], how="left", maintain_order="left").with_columns(
        pl.col(*marked).fill_null(value=False)
    )


def _missing() -> pl.Expr:
    return (
        pl.when("is_blank")
        .then(
            pl.when((pl.col("moment") == "discharge") & ~pl.col("is_discharged"))
            .then(pl.lit("not_yet"))
            .when("is_skipped")
            .then(pl.lit("not_asked"))
            .otherwise(pl.lit("blank"))
        )
        .when(pl.col("fault").is_not_null())
        .then(pl.lit("invalid"))
        .otherwise("reason")
    )
