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
        workbooks: one row per recognised workbook: those of `deliveries.WORKBOOKS`, with `district` (as reported),
        `content`
            (a digest of its cells), `copy` (its number among workbooks that say the same) and `is_copy`.
        repeated: `submission_no, row` of rows that repeat an earlier one of their workbook.
        contested: the workbooks for whose district, programme and year there is another that says something else.
    """

    workbooks: pl.DataFrame
    repeated: pl.DataFrame
    contested: pl.DataFrame

    def findings(self) -> list[pl.DataFrame]:
        """What concerns a workbook as a whole, or its rows against each other."""
        return [
            find(self.contested, "two_deliveries_for_one_district"),
            find(self.workbooks.filter(pl.col("district").is_null()), "district_not_told"),
            find(self.workbooks.filter("is_copy"), "same_delivery_twice"),
            find(self.repeated, "row_stands_twice"),
        ]


def standing(delivery: Delivery) -> Standing:
    """Judge a delivery."""
    workbooks = (
        delivery.workbooks.join(_districts(delivery), on="submission_no", how="left")
        .join(_copies(delivery), on="submission_no")
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


def _contents(delivery: Delivery) -> pl.DataFrame:
    """A digest of the cells read, per workbook: `submission_no, content`.

    It takes in year, form, and every cell's address, kind and text, and nothing else of the file: a note, a comment or
    a property may change without changing what was delivered.
    """
    said = pl.concat_str(
        pl.col("column"), pl.col("row").cast(pl.String), "kind", pl.col("text").fill_null(""), separator="\x1f"
    )
    texts = (
        delivery.cells.sort("submission_no", "row", "question")
        .group_by("submission_no", maintain_order=True)
        .agg(said.str.join("\x1e").alias("text"))
    )
    books = delivery.workbooks.join(texts, on="submission_no", how="left").sort("submission_no")
    digests = [
        hashlib.sha256(f"{year}|{edition}|{text or ''}".encode()).hexdigest()
        for year, edition, text in books.select("reported_year", "edition", "text").iter_rows()
    ]
    return books.select("submission_no", pl.Series("content", digests, dtype=pl.String))


def _copies(delivery: Delivery) -> pl.DataFrame:
    """Number the workbooks that say the same, from 0; `is_copy` marks those that repeat another.

    Two empty forms say the same, yet come from two offices with nobody enrolled: they are no copies.
    """
    says_something = pl.col("submission_no").is_in(delivery.cells["submission_no"].unique().to_list())
    return (
        _contents(delivery)
        .sort("submission_no")
        .with_columns(pl.int_range(pl.len()).over("content").alias("copy"))
        .with_columns(((pl.col("copy") > 0) & says_something).alias("is_copy"))
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
