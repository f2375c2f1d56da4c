"""Checks of answers against each other within a row, and of a row against its workbook. Findings, never repairs.

The names of the functions are the names of the rules. A check that lacks one of its answers says nothing: that an
answer is missing is a finding of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.findings import find
from sigpanel.forms import MOMENTS, programmes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sigpanel.forms import Form

_ROW = ["submission_no", "row"]
_LAST_DAY_OF_A_MONTH = 31
_COORDINATION_DAYS = 60


def check(read: pl.DataFrame, reports: pl.DataFrame, forms: Sequence[Form]) -> list[pl.DataFrame]:
    """Every finding of the checks below.

    Args:
        read: the grid as `silence` leaves it.
        reports: one row per person row, of `clean`.
        forms: the editions that occur, for the rules of consistency.
    """
    with_ages = reports.join(_ages(), on="programme", how="left")
    return [
        *(_report_check(with_ages, read, rule, question) for rule, question in _CHECKS),
        *_consistency(read, forms),
    ]


def uno_day_impossible() -> pl.Expr:
    """The day is in no month. A coordination number has 60 added to it."""
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    return ~(day.is_between(1, _LAST_DAY_OF_A_MONTH) | (day - _COORDINATION_DAYS).is_between(1, _LAST_DAY_OF_A_MONTH))


def age_implausible() -> pl.Expr:
    """The age is outside what `programmes.yaml` calls plausible."""
    return ~pl.col("age").is_between(pl.col("age_low"), pl.col("age_high"))


def age_against_birth_year() -> pl.Expr:
    """Enrolment year − birth year − age must be 0 or 1; modulo 100, since the code has no century."""
    birth = pl.col("uno").str.slice(2, 2).cast(pl.Int32, strict=False)
    return ~((pl.col("enrolled_on").dt.year() - birth - pl.col("age")) % 100).is_in([0, 1])


def enrolled_after_reporting_year() -> pl.Expr:
    """The decision is dated after the year that the workbook reports."""
    return pl.col("enrolled_on").dt.year() > pl.col("reported_year")


def discharged_after_reporting_year() -> pl.Expr:
    """The discharge is dated after the year that the workbook reports."""
    return pl.col("discharged_on").dt.year() > pl.col("reported_year")


def discharged_before_enrolled() -> pl.Expr:
    """The insats ends before it begins."""
    return pl.col("discharged_on") < pl.col("enrolled_on")


def district_differs_from_workbook() -> pl.Expr:
    """The row names another district than most rows of the workbook."""
    return pl.col("district") != pl.col("district").drop_nulls().mode().sort().first().over("submission_no")


_CHECKS: tuple[tuple[Callable[[], pl.Expr], str], ...] = (
    (uno_day_impossible, "uno"),
    (age_implausible, "age"),
    (age_against_birth_year, "age"),
    (enrolled_after_reporting_year, "enrolled_on"),
    (discharged_after_reporting_year, "discharged_on"),
    (discharged_before_enrolled, "discharged_on"),
    (district_differs_from_workbook, "district"),
)


def _report_check(
    reports: pl.DataFrame, read: pl.DataFrame, rule: Callable[[], pl.Expr], variable: str
) -> pl.DataFrame:
    broken = reports.filter(rule().fill_null(value=False)).select(_ROW)
    places = read.filter(pl.col("variable") == variable).select(*_ROW, "cell", "question")
    return find(broken.join(places, on=_ROW), rule.__name__)


def _ages() -> pl.DataFrame:
    return pl.DataFrame(
        [(entry.token, entry.age_low, entry.age_high) for entry in programmes().values()],
        schema={"programme": pl.String, "age_low": pl.Int32, "age_high": pl.Int32},
        orient="row",
    )


def _consistency(read: pl.DataFrame, forms: Sequence[Form]) -> list[pl.DataFrame]:
    """The form's own rules: where one answer is given, another of the same moment must agree."""
    found = [discharge_answers_without_discharge(read)]
    for moment in MOMENTS:
        of_moment = read.filter(pl.col("moment") == moment)
        for form in forms:
            codes = of_moment.filter(pl.col("edition") == form.edition)
            for rule in form.consistency:
                given = codes.filter(
                    (pl.col("variable") == rule.given.variable) & pl.col("code").is_in(rule.given.codes)
                )
                other = codes.filter(
                    (pl.col("variable") == rule.then.variable)
                    & ~pl.col("code").is_in(rule.then.codes)
                    & (pl.col("reason").is_null() | (pl.col("reason") == "not_applicable"))
                    & pl.col("code").is_not_null()
                )
                found.append(find(other.join(given.select(_ROW), on=_ROW, how="semi"), rule.rule))
    return found


def discharge_answers_without_discharge(read: pl.DataFrame) -> pl.DataFrame:
    """Single discharge questions are answered while the insats is ongoing."""
    stray = read.filter(
        (pl.col("moment") == "discharge")
        & ~pl.col("is_discharged")
        & ~pl.col("is_blank")
        & pl.col("code").is_not_null()
    )
    return find(stray, "discharge_answers_without_discharge")
