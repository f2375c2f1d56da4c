"""What became of each source row: one fate for every row below a header.

The sums are held against the rows that intake counted, when the tables are put together (`sigpanel.panel.assemble`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from sigpanel.episodes import Collapsed
    from sigpanel.pipeline.deliveries import Delivery
    from sigpanel.pipeline.standing import Standing

_ROW = ["submission_no", "row"]


def ledger(delivery: Delivery, judged: Standing, collapsed: Collapsed) -> pl.DataFrame:
    """Every source row below a header and its fate; the first that applies."""
    books = judged.workbooks.select("submission_no", "standing")
    marks = {
        "is_dropped": delivery.corrected.dropped,
        "is_rejected": delivery.cleaned.rejected,
        "is_repeated": judged.repeated.select(_ROW),
        "is_member": collapsed.membership.select(_ROW),
        "is_founding": collapsed.membership.filter("is_founding").select(_ROW),
    }
    rows = delivery.rows.join(books, on="submission_no").join(judged.repeated, on=_ROW, how="left")
    for mark, frame in marks.items():
        rows = rows.join(frame.with_columns(pl.lit(value=True).alias(mark)), on=frame.columns, how="left")
    return rows.with_columns(
        pl.when(pl.col("kind") != "person")
        .then(pl.lit("not_a_person"))
        .when(pl.col("standing") == "replaced")
        .then(pl.lit("superseded"))
        .when(pl.col("standing") != "live")
        .then(pl.lit("duplicate"))
        .when("is_dropped")
        .then(pl.lit("superseded"))
        .when("is_rejected")
        .then(pl.lit("rejected"))
        .when("is_repeated")
        .then(pl.lit("duplicate"))
        .when("is_founding")
        .then(pl.lit("kept"))
        .when("is_member")
        .then(pl.lit("merged"))
        .alias("fate"),
        pl.when(pl.col("kind") != "person")
        .then("kind")
        .when("is_dropped")
        .then(pl.lit("dropped_by_owner"))
        .otherwise("reason")
        .alias("reason"),
    ).select(*_ROW, "fate", "reason")


def passed_over(delivery: Delivery, live: pl.DataFrame) -> pl.DataFrame:
    """Rows below a header that are filled, and no person's."""
    kinds = delivery.rows.filter(pl.col("kind").is_in(["sum", "banner", "footer"]))
    return kinds.join(live, on="submission_no", how="semi")
