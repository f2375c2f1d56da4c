"""Checks of answers against each other within a row, and of a row against its workbook. Findings, never repairs.

The names of the functions are the names of the rules. A check that lacks one of its answers says nothing: that an
answer is missing is a finding of its own.

One cause, one finding: a slip in one answer can break several checks, and then only the one nearest to it is told. What
is nearer stands beside each check. A wrong code is told, and not that the age disagrees with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.uno import is_day
from sigpanel.findings import find, named
from sigpanel.forms import programmes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.forms import Form

_ROW = ["submission_no", "row"]


def check(read: pl.DataFrame, reports: pl.DataFrame, forms: Sequence[Form]) -> list[pl.DataFrame]:
    """Every finding of the checks below.

    Args:
        read: the grid as `silence` leaves it.
        reports: one row per person row, of `clean`.
        forms: the editions that occur, for the rules of consistency.
    """
    with_ages = reports.join(_ages(), on="programme", how="left")
    places = read.filter(~pl.col("is_answer")).select(*_ROW, "variable", "cell", "question")
    return [
        named(_broken(with_ages).join(places, on=[*_ROW, "variable"])),
        discharge_answers_without_discharge(read),
        named(_consistency(read, forms)),
    ]


def uno_day_impossible() -> pl.Expr:
    """The day is in no month. A coordination number has 60 added to it."""
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    return ~is_day(day)


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
    return pl.col("district") != most_named().over("submission_no")


def most_named() -> pl.Expr:
    """The district that most rows of a workbook name; null where two are named as often, since neither is the stray."""
    often = pl.col("district").drop_nulls().mode()
    return pl.when(often.len() == 1).then(often.first())


@dataclass(frozen=True)
class _Check:
    """A rule, the variable at whose cell it is told, and the rules that tell the cause where they are broken, too."""

    rule: Callable[[], pl.Expr]
    variable: str
    unless: tuple[Callable[[], pl.Expr], ...] = ()

    def is_told(self) -> pl.Expr:
        """Whether the rule is broken and no nearer one told."""
        nearer = [check.is_told() for check in _CHECKS if check.rule in self.unless]
        return self.rule().fill_null(value=False) & ~pl.any_horizontal(pl.lit(value=False), *nearer)


_CHECKS: tuple[_Check, ...] = (
    _Check(uno_day_impossible, "uno"),
    # A code that nobody can have and a date that is yet to come prove nothing about the age.
    _Check(age_against_birth_year, "age", (uno_day_impossible, enrolled_after_reporting_year)),
    # 61 for 16: that the code says otherwise tells where to look.
    _Check(age_implausible, "age", (age_against_birth_year,)),
    _Check(enrolled_after_reporting_year, "enrolled_on"),
    # Who is enrolled too late is either discharged too late as well, or before.
    _Check(discharged_after_reporting_year, "discharged_on", (enrolled_after_reporting_year,)),
    _Check(discharged_before_enrolled, "discharged_on", (enrolled_after_reporting_year,)),
    _Check(district_differs_from_workbook, "district"),
)


def _broken(reports: pl.DataFrame) -> pl.DataFrame:
    """The checks that each report breaks: `submission_no, row, rule, variable`."""
    told = [check.is_told().alias(check.rule.__name__) for check in _CHECKS]
    at = {check.rule.__name__: check.variable for check in _CHECKS}
    return (
        reports.select(*_ROW, *told)
        .unpivot(on=list(at), index=_ROW, variable_name="rule", value_name="is_told")
        .filter("is_told")
        .with_columns(pl.col("rule").replace_strict(at, return_dtype=pl.String).alias("variable"))
    )


def _ages() -> pl.DataFrame:
    return pl.DataFrame(
        [(entry.token, entry.age_low, entry.age_high) for entry in programmes().values()],
        schema={"programme": pl.String, "age_low": pl.Int32, "age_high": pl.Int32},
        orient="row",
    )


def _consistency(read: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """The form's own rules: where one answer is given, another of the same moment must agree.

    An answer that is accused accuses no other: who is "not in school", but has schooling and no work because of school,
    has one slip, in the answer on school.
    """
    told = _disagreeing(read, forms)
    accused = told.select(*_ROW, "moment", pl.col("accused").alias("accuser"))
    return told.join(accused, on=[*_ROW, "moment", "accuser"], how="anti")


def _disagreeing(read: pl.DataFrame, forms: Sequence[Form]) -> pl.DataFrame:
    """The answers that disagree with another: `submission_no, row, moment, cell, question, rule, accuser, accused`.

    All rules of all forms at once: a query each, over the whole grid, took a third of cleaning's time.
    """
    rules = _rules(forms)
    named = {*rules["accuser"], *rules["accused"]}
    codes = read.filter(pl.col("variable").is_in(named) & pl.col("code").is_not_null()).with_columns(
        pl.col("code").cast(pl.Int64)
    )
    given = codes.join(rules, left_on=["edition", "variable"], right_on=["edition", "accuser"], coalesce=False)
    accusing = given.filter(pl.col("code").is_in("when")).select(
        *_ROW, "moment", "rule", "accuser", "accused", "allowed"
    )
    is_answer = pl.col("reason").is_null() | (pl.col("reason") == "not_applicable")
    return (
        codes.filter(is_answer)
        .join(accusing, left_on=[*_ROW, "moment", "variable"], right_on=[*_ROW, "moment", "accused"], coalesce=False)
        .filter(~pl.col("code").is_in("allowed"))
        .select(*_ROW, "moment", "cell", "question", "rule", "accuser", "accused")
    )


def _rules(forms: Sequence[Form]) -> pl.DataFrame:
    """The rules of consistency: where `accuser` has a code of `when`, `accused` must have one of `allowed`."""
    return pl.DataFrame(
        [
            (form.edition, rule.rule, rule.given.variable, rule.given.codes, rule.then.variable, rule.then.codes)
            for form in forms
            for rule in form.consistency
        ],
        schema={
            "edition": pl.String,
            "rule": pl.String,
            "accuser": pl.String,
            "when": pl.List(pl.Int64),
            "accused": pl.String,
            "allowed": pl.List(pl.Int64),
        },
        orient="row",
    )


def discharge_answers_without_discharge(read: pl.DataFrame) -> pl.DataFrame:
    """Single discharge questions are answered while the insats is ongoing."""
    stray = read.filter(
        (pl.col("moment") == "discharge")
        & ~pl.col("is_discharged")
        & ~pl.col("is_blank")
        & pl.col("code").is_not_null()
    )
    return find(stray, "discharge_answers_without_discharge")
