"""The full grid of questions: one row per person row × question of its edition, filled or not.

An empty cell is an answer too (not yet, not asked, left blank), so cleaning starts from what was asked, not from what
was filled in. The lookup frames of the form's questions, codes and labels are made here as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.forms import letters_and_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.forms import Form


def grid(cells: pl.DataFrame, persons: pl.DataFrame, columns: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Every question of every person row, with what stood in its cell.

    Returns:
        `submission_no, row, edition, question, variable, moment, answer, is_answer, low, high, cell, kind, text,
        number, date`.
    """
    asked = (
        persons.select("submission_no", "row", "edition")
        .join(questions(forms), on="edition")
        .join(columns, on=["submission_no", "question"])
        .with_columns(pl.concat_str("column", "row").alias("cell"))
    )
    filled = cells.select("submission_no", "row", "question", "kind", "text", "number", "date")
    return asked.join(filled, on=["submission_no", "row", "question"], how="left").sort(
        "submission_no", "row", "question"
    )


def questions(forms: Sequence[Form]) -> pl.DataFrame:
    """The questions of the editions: how each is answered, and within which range."""
    rows = [
        (
            form.edition,
            question.name,
            question.variable,
            question.moment,
            question.answer.kind,
            question.is_answer,
            question.answer.low,
            question.answer.high,
        )
        for form in forms
        for question in form.questions
    ]
    schema = {
        "edition": pl.String,
        "question": pl.String,
        "variable": pl.String,
        "moment": pl.String,
        "answer": pl.String,
        "is_answer": pl.Boolean,
        "low": pl.Int64,
        "high": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def codes(forms: Sequence[Form]) -> pl.DataFrame:
    """What each code of each question means: `edition, question, code, token, reason` (why it is no value, or null)."""
    rows = [
        (form.edition, question.name, code, token, reason)
        for form in forms
        for question in form.questions
        for code, token, reason in [
            *((code.code, code.token, code.missing) for code in question.answer.codes),
            *((code, None, reason) for code, reason in question.answer.missing.items()),
        ]
    ]
    schema = {
        "edition": pl.String,
        "question": pl.String,
        "code": pl.Int64,
        "token": pl.String,
        "reason": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def labels(forms: Sequence[Form]) -> pl.DataFrame:
    """What each code says, folded as texts are compared: `edition, question, label, label_code`.

    A text that two codes of a question share names neither.
    """
    rows = [
        (form.edition, question.name, letters_and_digits(label), code)
        for form in forms
        for question in form.questions
        for label, code in [
            *((code.sv, code.code) for code in question.answer.codes),
            *(("Uppgift saknas", code) for code, reason in question.answer.missing.items() if reason == "unknown"),
        ]
    ]
    schema = {"edition": pl.String, "question": pl.String, "label": pl.String, "label_code": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(["edition", "question", "label"], keep="none")


def units(forms: Sequence[Form]) -> pl.DataFrame:
    """The units that may follow a number: `edition, question, unit`."""
    rows = [
        (form.edition, question.name, letters_and_digits(unit))
        for form in forms
        for question in form.questions
        for unit in question.answer.units
    ]
    schema = {"edition": pl.String, "question": pl.String, "unit": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").unique()
