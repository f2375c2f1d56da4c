"""The full grid of questions: one row per person row × question of its edition, filled or not.

An empty cell is an answer too (not yet, not asked, left blank), so cleaning starts from what was asked, not from what
was filled in. The lookup frames of the form's questions, codes and labels are made here as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.forms import letters_and_digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.forms import Form, Question


def grid(cells: pl.DataFrame, persons: pl.DataFrame, columns: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """Every question of every person row, with what stood in its cell.

    Returns:
        `place, submission_no, row, edition, key, question, variable, moment, answer, is_answer, low, high, cell, kind,
        text, number, date`: `place` numbers the cells, and `key` the questions of all editions.
    """
    # Workbooks have their questions before rows come in: by one number, and in order, or a third of the grid's time
    # goes into comparing names.
    of_workbook = (
        persons.select("submission_no", "edition")
        .unique()
        .join(questions(forms), on="edition")
        .join(columns, on=["submission_no", "question"])
        .sort("question")
    )
    asked = (
        persons.select("submission_no", "row")
        .sort("submission_no", "row")
        .join(of_workbook, on="submission_no", maintain_order="left_right")
        .with_row_index("place")
        .with_columns(pl.concat_str("column", "row").alias("cell"))
        .drop("column")
    )
    filled = cells.select("submission_no", "row", "question", "kind", "text", "number", "date")
    return asked.join(filled, on=["submission_no", "row", "question"], how="left", maintain_order="left")


def questions(forms: Sequence[Form]) -> pl.DataFrame:
    """The questions of the editions by `key`: how each is answered, and within which range."""
    rows = [
        (
            form.edition,
            key,
            question.name,
            question.variable,
            question.moment,
            question.answer.kind,
            question.is_answer,
            question.answer.low,
            question.answer.high,
        )
        for key, form, question in _keyed(forms)
    ]
    schema = {
        "edition": pl.String,
        "key": pl.UInt16,
        "question": pl.String,
        "variable": pl.String,
        "moment": pl.String,
        "answer": pl.String,
        "is_answer": pl.Boolean,
        "low": pl.Int64,
        "high": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _keyed(forms: Sequence[Form]) -> Iterator[tuple[int, Form, Question]]:
    """The questions of all editions, numbered."""
    every = ((form, question) for form in forms for question in form.questions)
    return ((key, form, question) for key, (form, question) in enumerate(every))


def codes(forms: Sequence[Form]) -> pl.DataFrame:
    """What each code of each question means: `key, code, token, reason` (why it is no value, or null)."""
    rows = [
        (key, code, token, reason)
        for key, _, question in _keyed(forms)
        for code, token, reason in [
            *((code.code, code.token, code.missing) for code in question.answer.codes),
            *((code, None, reason) for code, reason in question.answer.missing.items()),
        ]
    ]
    schema = {
        "key": pl.UInt16,
        "code": pl.Int64,
        "token": pl.String,
        "reason": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def labels(forms: Sequence[Form]) -> pl.DataFrame:
    """What each code says, folded as texts are compared: `key, label, label_code`.

    A text that two codes of a question share names neither.
    """
    rows = [
        (key, letters_and_digits(label), code)
        for key, _, question in _keyed(forms)
        for label, code in [
            *((code.sv, code.code) for code in question.answer.codes),
            *(("Uppgift saknas", code) for code, reason in question.answer.missing.items() if reason == "unknown"),
        ]
    ]
    schema = {"key": pl.UInt16, "label": pl.String, "label_code": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(["key", "label"], keep="none")


def units(forms: Sequence[Form]) -> pl.DataFrame:
    """The units that may follow a number: `key, unit`."""
    rows = [(key, letters_and_digits(unit)) for key, _, question in _keyed(forms) for unit in question.answer.units]
    schema = {"key": pl.UInt16, "unit": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").unique()
