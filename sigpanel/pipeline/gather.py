"""What a delivery says once it is settled which workbooks and rows count: reports with their districts, and findings.

`check` and `build` both start from here, so that what a district is told before a build is what the build finds. Of
findings with one cause the nearest to it is told: a row that repeats another is remarked upon once, and where a whole
workbook is of another year its rows' dates are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.decisions import settle
from sigpanel.findings import collect, find, rules
from sigpanel.pipeline.ledger import passed_over
from sigpanel.pipeline.places import misplaced
from sigpanel.pipeline.standing import harmonise

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
    "year_contradicts_content": ("same_delivery_in_another_year",),
}


def reports(delivery: Delivery, judged: Standing) -> pl.DataFrame:
    """The reports that count, each with its district: as reported, else its workbook's; `district` is today's."""
    books = judged.live.select("submission_no", pl.col("district").alias("workbook_district"))
    return (
        judged.counting(delivery.cleaned.reports)
        .join(books, on="submission_no")
        .with_columns(pl.coalesce("district", "workbook_district").alias("district_reported"))
        .with_columns(harmonise(pl.col("district_reported")).alias("district"))
        .drop("workbook_district")
    )


def findings(
    delivery: Delivery,
    judged: Standing,
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
    made = pl.concat([delivery.cleaned.findings, delivery.corrected.findings])
    cells = made.join(live, on="submission_no", how="semi")
    parts = pl.concat(
        [
            delivery.findings.join(live, on="submission_no", how="semi"),
            cells.join(judged.repeated, on=_ROW, how="anti"),
            find(passed_over(delivery, live), "row_not_a_person"),
            *judged.findings(),
            *misplaced(delivery, judged, said.received),
            *more,
        ]
    )
    found = collect([_at_their_cells(parts, delivery)])
    return settle(_nearest_causes(found), delivery.corrected, passing=not_looked_for)


def _nearest_causes(found: pl.DataFrame) -> pl.DataFrame:
    """The findings without those that only follow from another one of their workbook."""
    following = pl.DataFrame(
        [(rule, cause) for rule, causes in _FOLLOWS_FROM.items() for cause in causes],
        schema={"rule": pl.String, "cause": pl.String},
        orient="row",
    )
    causes = found.select("submission_no", pl.col("rule").alias("cause")).join(following, on="cause")
    return found.join(causes, on=["submission_no", "rule"], how="anti", maintain_order="left")


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
