"""What a workbook says, as a digest of its cells as they were read: by it a submission is known.

The digest takes in form and every cell's address, kind and text, and nothing else of the file: a note, a comment or
a property may change without changing what was delivered, and so may what the data owner corrects.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Pseudonyms = Callable[[str, pl.Series], pl.Series]


def identified(
    workbooks: pl.DataFrame,
    cells: pl.DataFrame,
    findings: pl.DataFrame,
    replaced: Collection[int],
    pseudonyms: Pseudonyms | None,
) -> pl.DataFrame:
    """Number the workbooks of a year that say the same, and give each its id.

    Args:
        workbooks: `submission_no, reported_year, edition, sheet_no`.
        cells: of `intake.CELLS`, by workbook, row and question.
        findings: what was noticed while recognising.
        replaced: the workbooks that are declared replaced; of copies they come first, so that names decide nothing.
        pseudonyms: turns texts into keyed ids, by purpose; without a key there are no ids.

    Returns:
        `submission_no, content, copy, submission_id`, the digest, the number from 0, and the id or null.
    """
    remarks = findings.group_by("submission_no").agg(pl.len().alias("remarks"))
    numbered = (
        _contents(workbooks, cells)
        .join(remarks, on="submission_no", how="left")
        # Of copies the one with the fewest remarks comes first, whatever the files are called.
        .sort(
            ~pl.col("submission_no").is_in(list(replaced)), pl.col("remarks").fill_null(0), "sheet_no", "submission_no"
        )
        .with_columns(pl.int_range(pl.len()).over("reported_year", "content").alias("copy"))
    )
    told = numbered.select(pl.concat_str("reported_year", "content", "copy", separator="|")).to_series()
    ids = pseudonyms("submissions", told) if pseudonyms else pl.Series([None] * told.len(), dtype=pl.String)
    return numbered.select("submission_no", "content", "copy", ids.alias("submission_id"))


def _contents(workbooks: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    # The date beside the text: the same serial is another day in a workbook of 1904.
    said = pl.concat_str(
        pl.col("column", "row", "kind", "text", "date").cast(pl.String).fill_null(""), separator="\x1f"
    )
    texts = cells.group_by("submission_no", maintain_order=True).agg(said.str.join("\x1e").alias("text"))
    books = workbooks.join(texts, on="submission_no", how="left").sort("submission_no")
    digests = [
        hashlib.sha256(f"{edition}|{text or ''}".encode()).hexdigest()
        for edition, text in books.select("edition", "text").iter_rows()
    ]
    return books.select("submission_no", "reported_year", "sheet_no", pl.Series("content", digests, dtype=pl.String))
