"""What a delivery says once it is settled which workbooks and rows count: reports with their districts, and findings.

`check` and `build` both start from here, so that what a district is told before a build is what the build finds. Of
findings with one cause the nearest to it is told: a row that repeats another is remarked upon once, and where a whole
workbook is of another year its rows' dates are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.bortfall import bortfall
from sigpanel.decisions import settle
from sigpanel.errors import InputError
from sigpanel.findings import collect, find, rules
from sigpanel.pipeline.declared import listed
from sigpanel.pipeline.ledger import passed_over
from sigpanel.pipeline.places import misplaced
from sigpanel.pipeline.standing import PLACE, harmonise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.pipeline.declared import Declared
    from sigpanel.pipeline.deliveries import Delivery
    from sigpanel.pipeline.standing import Standing

_ROW = ["submission_no", "row"]
# Findings that are not told of a workbook, or of its rows, where one of those behind the colon is: they have one cause.
_MISFILED = ("year_contradicts_content", "same_delivery_in_another_year")
_FOLLOWS_FROM = {
    "enrolled_after_reporting_year": _MISFILED,
    "discharged_after_reporting_year": _MISFILED,
    "edition_outside_its_years": _MISFILED,
    "year_differs_from_file_name": _MISFILED,
    "nothing_in_reporting_year": _MISFILED,
    "year_contradicts_content": ("same_delivery_in_another_year",),
}
# Likewise, of one and the same row.
_FOLLOWS_IN_A_ROW = {"same_code_contradicts": ("enrolment_reported_twice",)}


def reports(delivery: Delivery, judged: Standing) -> pl.DataFrame:
    """The reports that count, each with its district: as reported, else its workbook's; `district` is today's."""
    books = judged.live.select("submission_no", pl.col("district").alias("workbook_district"))
    return (
        delivery.cleaned.reports.join(judged.repeated, on=_ROW, how="anti")
        .join(books, on="submission_no")
        .with_columns(pl.coalesce("district", "workbook_district").alias("district_reported"))
        .with_columns(harmonise(pl.col("district_reported")).alias("district"))
        .drop("workbook_district")
    )


def own_reports(reports: pl.DataFrame, judged: Standing) -> pl.DataFrame:
    """The reports that each district sent of itself, under the name that it had; `district` is that name.

    What is found by matching these tells a district of nothing but what it sent. A build matches them in today's frame,
    stray rows included, and tells the data owner.
    """
    sent = judged.live.select("submission_no", pl.col("district").alias("sent_by"))
    return (
        reports.join(sent, on="submission_no")
        .filter(pl.col("district_reported") == pl.col("sent_by"))
        .with_columns(pl.col("sent_by").alias("district"))
        .drop("sent_by")
    )


def counted_bortfall(delivery: Delivery, judged: Standing, reports: pl.DataFrame) -> pl.DataFrame:
    """The bortfall of the rows that count, by workbook's place, moment, variable and question."""
    # A row's place before its answers: they are thirty times as many.
    rows = reports.select(_ROW).join(judged.live.select("submission_no", *PLACE), on="submission_no")
    by = ["programme", "district", "reported_year", "moment", "variable", "question"]
    return bortfall(delivery.cleaned.asked.join(rows, on=_ROW), by)


def findings(
    delivery: Delivery,
    judged: Standing,
    reports: pl.DataFrame,
    said: Declared,
    more: Iterable[pl.DataFrame] = (),
    *,
    not_looked_for: Iterable[str] = (),
) -> pl.DataFrame:
    """Every finding about workbooks and rows that count, with `more` that later stages made, but for those accepted.

    Of a workbook that does not count it is told why, and nothing of what is in it: a copy's faults are those of the
    workbook that it copies, and a replaced one's are mended or found anew.

    Raises:
        InputError: a finding that was accepted is not there, and its rule is none of those `not_looked_for`.
    """
    live = judged.live
    _hold_corrections(delivery, judged)
    made = pl.concat([delivery.cleaned.findings, delivery.corrected.findings])
    cells = made.join(live, on="submission_no", how="semi")
    parts = pl.concat(
        [
            delivery.findings.join(live, on="submission_no", how="semi"),
            cells.join(judged.repeated, on=_ROW, how="anti"),
            find(passed_over(delivery, live), "row_not_a_person"),
            *judged.findings(),
            *misplaced(delivery, judged, reports, said.received),
            find(_reported_twice(reports, judged), "enrolment_reported_twice"),
            *more,
        ]
    )
    found = collect([_at_their_cells(parts, delivery)])
    return settle(_nearest_causes(found), delivery.corrected, passing=not_looked_for)


def _hold_corrections(delivery: Delivery, judged: Standing) -> None:
    """Refuse corrections of workbooks that do not count: they would have no effect."""
    idle = (
        delivery.corrected.findings.join(judged.live, on="submission_no", how="anti")["submission_no"].unique().sort()
    )
    if idle.len():
        raise InputError(
            "corrections-without-effect",
            "Corrections are for workbooks that are not used, since others take their place:"
            f"{listed(delivery.sources[number].name for number in idle)}",
            remedy="Take these lines away, or correct the workbook that is used.",
        )


def _reported_twice(reports: pl.DataFrame, judged: Standing) -> pl.DataFrame:
    """Rows of one year with the code and enrolment date of another row of the district, which say something else.

    They become one episode, of which the later answers stand; which ones are right the district must say. Between
    workbooks that contend for a place it is these that must be settled.
    """
    enrolment = ["reported_year", "programme", "district", "uno", "enrolled_on"]
    is_told = pl.all_horizontal(pl.col(enrolment).is_not_null())
    told = reports.join(judged.contested, on="submission_no", how="anti")
    return told.filter(is_told).filter(pl.len().over(enrolment) > 1).select("submission_no", "row")


def _nearest_causes(found: pl.DataFrame) -> pl.DataFrame:
    """The findings without those that only follow from another one of their workbook, or of their row."""
    for follows, of in ((_FOLLOWS_FROM, ["submission_no"]), (_FOLLOWS_IN_A_ROW, ["submission_no", "row"])):
        following = pl.DataFrame(
            [(rule, cause) for rule, causes in follows.items() for cause in causes],
            schema={"rule": pl.String, "cause": pl.String},
            orient="row",
        )
        causes = found.select(*of, pl.col("rule").alias("cause")).join(following, on="cause")
        found = found.join(causes, on=[*of, "rule"], how="anti", maintain_order="left")
    return found


def _at_their_cells(found: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Findings, with cell and question of those that name a row only and whose rule is about a single variable."""
    about = {rule.name: rule.about[0] for rule in rules().values() if not isinstance(rule.about, str)}
    places = pl.DataFrame(
        [
            (number, question.variable, question.name, book.columns[question.name])
            for number, book in delivery.books.items()
            for question in book.form.questions
            if not question.is_answer
        ],
        schema={"submission_no": pl.Int32, "variable": pl.String, "at": pl.String, "column": pl.String},
        orient="row",
    )
    is_open = pl.col("cell").is_null() & pl.col("row").is_not_null()
    variable = pl.when(is_open).then(pl.col("rule").replace_strict(about, default=None, return_dtype=pl.String))
    return (
        found.with_columns(variable.alias("variable"))
        .join(places, on=["submission_no", "variable"], how="left", maintain_order="left")
        .select(
            "rule",
            "submission_no",
            "row",
            pl.coalesce("cell", pl.concat_str("column", "row")),
            pl.coalesce("question", "at"),
        )
    )
