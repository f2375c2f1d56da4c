"""Which workbooks and rows of a delivery count, and for which district.

A workbook's district is what most of its rows say. The same cells delivered twice count once; so does a row that
repeats another of its workbook cell by cell. Two workbooks for one district, programme and year that say different
things are contested: which of them holds is not ours to guess, so a build stops, and `check` says so before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.findings import find
from sigpanel.forms import harmonised

if TYPE_CHECKING:
    from sigpanel.pipeline.deliveries import Delivery

_PLACE = ["reported_year", "programme", "district"]


@dataclass(frozen=True)
class Standing:
    """What counts.

    Attributes:
        workbooks: one row per recognised workbook: the columns of `deliveries.WORKBOOKS`; `district`, as reported;
            `content`, a digest of its cells; `copy`, its number among a year's workbooks that say the same; `is_copy`;
            `is_empty`, whether no row is a person's; and `is_of_two_years`, whether another year's says the same.
        repeated: `submission_no, row` of rows that repeat an earlier one of their workbook.
        contested: the workbooks for whose district, programme and year there is another that says something else.
    """

    workbooks: pl.DataFrame
    repeated: pl.DataFrame
    contested: pl.DataFrame

    @property
    def nameless(self) -> pl.DataFrame:
        """The workbooks with persons, but without a readable answer on district in any row."""
        return self.workbooks.filter(pl.col("district").is_null() & ~pl.col("is_empty"))

    def findings(self) -> list[pl.DataFrame]:
        """What concerns a workbook as a whole, or its rows against each other."""
        return [
            find(self.contested, "two_deliveries_for_one_district"),
            find(self.nameless, "district_not_told"),
            find(self.workbooks.filter("is_empty"), "workbook_without_persons"),
            find(self.workbooks.filter("is_copy"), "same_delivery_twice"),
            find(self.workbooks.filter("is_of_two_years"), "same_delivery_in_another_year"),
            find(self.repeated, "row_stands_twice"),
        ]


def standing(delivery: Delivery) -> Standing:
    """Judge a delivery."""
    workbooks = (
        delivery.workbooks.join(_districts(delivery), on="submission_no", how="left")
        .join(_copies(delivery), on="submission_no")
        .with_columns((~pl.col("submission_no").is_in(_with_persons(delivery))).alias("is_empty"))
        .sort("submission_no")
    )
    live = workbooks.filter(~pl.col("is_copy") & pl.col("district").is_not_null())
    return Standing(
        workbooks=workbooks,
        repeated=_same_row_twice(delivery),
        contested=live.filter(pl.len().over(_PLACE) > 1).sort(*_PLACE, "submission_no"),
    )


def _districts(delivery: Delivery) -> pl.DataFrame:
    """The district that most of a workbook's rows name: `submission_no, district`."""
    return delivery.cleaned.reports.group_by("submission_no").agg(
        pl.col("district").drop_nulls().mode().sort().first().alias("district")
    )


def _with_persons(delivery: Delivery) -> list[int]:
    return delivery.cleaned.reports["submission_no"].unique().to_list()


def _contents(delivery: Delivery) -> pl.DataFrame:
    """A digest of the cells read, per workbook: `submission_no, reported_year, sheet_no, content`.

    It takes in form and every cell's address, kind and text, and nothing else of the file: a note, a comment or
    a property may change without changing what was delivered.
    """
    # The date beside the text: the same serial is another day in a workbook of 1904.
    said = pl.concat_str(
        pl.col("column", "row", "kind", "text", "date").cast(pl.String).fill_null(""), separator="\x1f"
    )
    texts = (
        delivery.cells.sort("submission_no", "row", "question")
        .group_by("submission_no", maintain_order=True)
        .agg(said.str.join("\x1e").alias("text"))
    )
    books = delivery.workbooks.join(texts, on="submission_no", how="left").sort("submission_no")
    digests = [
        hashlib.sha256(f"{edition}|{text or ''}".encode()).hexdigest()
        for edition, text in books.select("edition", "text").iter_rows()
    ]
    return books.select("submission_no", "reported_year", "sheet_no", pl.Series("content", digests, dtype=pl.String))


def _copies(delivery: Delivery) -> pl.DataFrame:
    """Number the workbooks that say the same, from 0; `is_copy` marks those that repeat another.

    Two empty forms say the same, yet come from two offices with nobody enrolled: they are no copies.
    """
    remarks = delivery.findings.group_by("submission_no").agg(pl.len().alias("remarks"))
    says_something = pl.col("submission_no").is_in(_with_persons(delivery))
    return (
        _contents(delivery)
        .join(remarks, on="submission_no", how="left")
        # Of copies the one with the fewest remarks counts, whatever the files are called.
        .sort(pl.col("remarks").fill_null(0), "sheet_no", "submission_no")
        .with_columns(pl.int_range(pl.len()).over("reported_year", "content").alias("copy"))
        .with_columns(
            ((pl.col("copy") > 0) & says_something).alias("is_copy"),
            ((pl.col("reported_year").n_unique().over("content") > 1) & says_something).alias("is_of_two_years"),
        )
        .drop("reported_year", "sheet_no", "remarks")
    )


def _same_row_twice(delivery: Delivery) -> pl.DataFrame:
    """Rows that repeat, cell by cell, an earlier row of their workbook: `submission_no, row`."""
    said = pl.concat_str("question", "kind", pl.col("text").fill_null(""), separator="\x1f")
    rows = (
        delivery.cells.join(delivery.rows.filter(pl.col("kind") == "person"), on=["submission_no", "row"], how="semi")
        .sort("submission_no", "row", "question")
        .group_by("submission_no", "row", maintain_order=True)
        .agg(said.str.join("\x1e").alias("text"))
    )
    usable = rows.join(delivery.cleaned.reports, on=["submission_no", "row"], how="semi")
    return usable.filter(pl.int_range(pl.len()).over("submission_no", "text") > 0).select("submission_no", "row")


def harmonise(district: pl.Expr) -> pl.Expr:
    """The district in today's frame."""
    return district.map_batches(
        lambda names: names.replace_strict(
            {name: harmonised(name) for name in names.drop_nulls().unique()}, default=None
        ),
        return_dtype=pl.String,
    )
