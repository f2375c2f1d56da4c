"""What a delivery says once it is settled which workbooks and rows count: reports with their districts, and findings.

`check` and `build` both start from here, so that what a district is told before a build is what the build finds. Of
findings with one cause the nearest to it is told: a row that repeats another is remarked upon once, and where a whole
workbook is of another year its rows' dates are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.decisions import settle
from sigpanel.findings import collect, find
from sigpanel.pipeline.ledger import passed_over
from sigpanel.pipeline.places import misplaced
from sigpanel.pipeline.standing import harmonise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.pipeline.declared import Declared
    from sigpanel.pipeline.deliveries import Delivery
    from sigpanel.pipeline.standing import Standing

_ROW = ["submission_no", "row"]
_OF_ANOTHER_YEAR = ["enrolled_after_reporting_year", "discharged_after_reporting_year"]


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
    found = collect(
        [
            delivery.findings.join(live, on="submission_no", how="semi"),
            cells.join(judged.repeated, on=_ROW, how="anti"),
            find(passed_over(delivery, live), "row_not_a_person"),
            *judged.findings(),
            *misplaced(delivery, judged, said.received),
            *more,
        ]
    )
    other_year = found.filter(pl.col("rule") == "year_contradicts_content")["submission_no"]
    follows = pl.col("rule").is_in(_OF_ANOTHER_YEAR) & pl.col("submission_no").is_in(other_year.implode())
    return settle(found.filter(~follows), delivery.corrected, passing=not_looked_for)
