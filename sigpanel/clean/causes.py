"""Which cells' faults are told one by one: those that nothing told of row or workbook is the cause of.

One cause, one finding. A rejected row says all of its code and enrolment date, and of a row without answers it is all
there is to tell; what is wrong with other answers of a rejected row is told. A discharge that is yet to come, of which
there is a date and no more, is told by its date. Of a code that nobody can have it is not told how it was written.
Where nobody in a workbook has a district the workbook is told, by the pipeline, and not each empty cell.

Which of several checks is nearest to its cause stands beside the checks (`checks`). No value and no reason for silence
depends on any of this: it is about what is said.
"""

from __future__ import annotations

import polars as pl

from sigpanel.clean.checks import discharged_after_reporting_year, uno_day_impossible

_ROW = ["submission_no", "row"]


def causes(read: pl.DataFrame, unusable: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The cells of the grid that have a fault or a note which is a cause of its own.

    Args:
        read: the grid as `silence` leaves it.
        unusable: `submission_no, row, has_answer` of the rows that are rejected.
        reports: one row per row that is kept.
    """
    marks = {
        "is_rejected": unusable.select(*_ROW, "has_answer"),
        "is_planned": _planned(read, reports),
        "is_nobodys": reports.filter(uno_day_impossible()).select(_ROW),
        "has_district": _with_district(read, unusable),
    }
    # Few cells have a fault: marking every cell took as long as all the checks.
    marked = read.filter(pl.col("fault").is_not_null() | pl.col("note").is_not_null())
    for mark, places in marks.items():
        on = [name for name in _ROW if name in places.columns]
        marked = marked.join(places.with_columns(pl.lit(value=True).alias(mark)), on=on, how="left")
    return marked.with_columns(pl.col(*marks).fill_null(value=False)).filter(
        ~_is_the_row_s(), ~_is_the_date_s(), ~_is_the_code_s(), ~_is_the_workbook_s()
    )


def _is_of_discharge() -> pl.Expr:
    return (pl.col("moment") == "discharge") & (pl.col("variable") != "discharged_on")


def _planned(read: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The rows with a date of discharge that is yet to come and nothing else of a discharge: `submission_no, row`."""
    ahead = read.join(reports.filter(discharged_after_reporting_year()), on=_ROW, how="semi")
    answered = ahead.filter(_is_of_discharge() & ~pl.col("is_blank"))
    return ahead.select(_ROW).unique().join(answered, on=_ROW, how="anti")


def _with_district(read: pl.DataFrame, unusable: pl.DataFrame) -> pl.DataFrame:
    """The workbooks in which somebody has a district: `submission_no`."""
    told = read.filter((pl.col("variable") == "district") & ~pl.col("is_blank"))
    return told.join(unusable, on=_ROW, how="anti").select("submission_no").unique()


def _is_the_row_s() -> pl.Expr:
    return pl.col("is_rejected") & (pl.col("variable").is_in(["uno", "enrolled_on"]) | ~pl.col("has_answer"))


def _is_the_date_s() -> pl.Expr:
    return _is_of_discharge() & pl.col("is_planned")


def _is_the_code_s() -> pl.Expr:
    return (pl.col("variable") == "uno") & pl.col("is_nobodys")


def _is_the_workbook_s() -> pl.Expr:
    is_of_a_person = (pl.col("variable") == "district") & ~pl.col("is_rejected")
    return is_of_a_person & pl.col("is_blank") & ~pl.col("has_district")
