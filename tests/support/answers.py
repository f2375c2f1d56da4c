"""Rows of answers as intake hands them to cleaning, without a workbook around them.

A row is a mapping from question number to what stands in the cell: text, number, date, truth value, or one of the kinds
below. The questions stand in the form's order from column A, the persons from row 9.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sigpanel.clean import Cleaned, clean
from sigpanel.forms import Form, forms
from sigpanel.intake import CELLS, ROWS
from sigpanel.intake.book import letters
from sigpanel.intake.formats import day_of_serial, decimal, serial_of_day
from tests.support.workbooks import FIRST, person


@dataclass(frozen=True)
class Percent:
    """A number in a cell formatted as a percentage."""

    number: float


@dataclass(frozen=True)
class ShownAsDate:
    """A number in a cell formatted as a date, in a workbook that counts from 1900 or from 1904."""

    number: float
    epoch_1904: bool = False


@dataclass(frozen=True)
class From1904:
    """A number in a workbook that counts from 1904."""

    number: float


class ExcelError:
    """#N/A and its like."""

    kind = "error"


class Uncalculated:
    """A formula without a result."""

    kind = "formula"


def cell(value: Any) -> tuple[str, str, float | None, dt.date | None]:
    """Return kind, text, number and date, as the reader would."""
    match value:
        case str():
            return "text", value, None, None
        case bool():
            return "boolean", str(value).upper(), None, None
        case Percent(number):
            return "percent", decimal(number), number, None
        case From1904(number):
            return "number", decimal(float(number)), float(number), day_of_serial(number, epoch_1904=True)
        case ShownAsDate(number, epoch_1904):
            day = day_of_serial(number, epoch_1904=epoch_1904)
            return "date", day.isoformat() if day else decimal(float(number)), float(number), day
        case dt.date():
            return "date", value.isoformat(), serial_of_day(value, epoch_1904=False), value
        case int() | float():
            return "number", decimal(float(value)), float(value), day_of_serial(value, epoch_1904=False)
    return value.kind, "", None, None


Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame, list[Form]]


def frames(rows: Sequence[Mapping[int, Any]], edition: str = "sig-unga-2022", year: int = 2022) -> Frames:
    """Return the arguments of `clean`: cells, rows, workbooks, columns, forms."""
    form = forms()[edition]
    columns = {question.no: letters(place) for place, question in enumerate(form.questions, start=1)}
    cells = [
        (0, 1, row, columns[no], edition, f"Q{no}", *cell(value))
        for row, answers in enumerate(rows, start=FIRST)
        for no, value in answers.items()
        if value is not None
    ]
    kinds = [(0, row, "person") for row in range(FIRST, FIRST + len(rows))]
    places = {"submission_no": 0, "question": [f"Q{no}" for no in columns], "column": list(columns.values())}
    workbook = {"submission_no": 0, "edition": edition, "programme": form.programme, "reported_year": year}
    return (
        pl.DataFrame(cells, schema=CELLS, orient="row"),
        pl.DataFrame(kinds, schema=ROWS, orient="row"),
        pl.DataFrame([workbook]).cast({"submission_no": pl.Int32, "reported_year": pl.Int16}),
        pl.DataFrame(places).cast({"submission_no": pl.Int32}),
        [form],
    )


def cleaned(rows: Sequence[Mapping[int, Any]], edition: str = "sig-unga-2022", year: int = 2022) -> Cleaned:
    """Clean these rows as one workbook."""
    return clean(*frames(rows, edition, year))


def changed(*changes: Mapping[int, Any], edition: str = "sig-unga-2022") -> list[dict[int, Any]]:
    """Return one sound row for each of the changes; None empties a cell."""
    return [person(forms()[edition], change) for change in changes]


def found(answers: Cleaned, row: int = FIRST) -> list[tuple[str, str | None, str | None]]:
    """Return the findings of a row as (rule, cell, question)."""
    return list(answers.findings.filter(pl.col("row") == row).select("rule", "cell", "question").iter_rows())
