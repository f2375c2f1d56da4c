"""Corrections applied to what was read: before cleaning, to frames of cells; the workbooks stay as delivered.

Every correction must fit: its workbook was read, its cell lies in a column of the form and a row below the header, what
stood there when it was decided stands there still, and no other line says something else about the same. What does not
fit is told at once, by line and column, and nothing is applied.

A row stays what intake judged it to be. An answer that was set is read as a text, whatever kind of cell it replaces,
and is held to the same checks as any other. An accepted finding changes no answer; it is only listed no more, and
`settle` stops when there is no such finding left to accept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.decisions.corrections import NO_WORKBOOK, found, misfit
from sigpanel.decisions.lines import Misfit
from sigpanel.findings import collect, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sigpanel.decisions.corrections import Corrections

_ROW = ["submission_no", "row"]
_PLACE = [*_ROW, "column"]
_TARGETS = pl.Schema(
    {
        "line": pl.Int32,
        "submission_no": pl.Int32,
        "row": pl.Int32,
        "column": pl.String,
        "cell": pl.String,
        "action": pl.String,
        "expected": pl.String,
        "value": pl.String,
        "rule": pl.String,
    }
)


@dataclass(frozen=True)
class Corrected:
    """What the corrections made of what was read.

    Attributes:
        cells: of the schema that came in, in its order; cells that were set are texts, and rows that were dropped have
            none.
        dropped: `submission_no, row` of the rows taken out.
        accepted: `submission_no, row, cell, question, rule` of the findings looked into.
        findings: of `findings.SCHEMA`: a note at each correction.
        lines: the line of each row of `accepted`.
    """

    cells: pl.DataFrame = field(repr=False)
    dropped: pl.DataFrame
    accepted: pl.DataFrame
    findings: pl.DataFrame
    lines: tuple[int, ...] = field(repr=False)

    def without_dropped(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with `submission_no, row` without the rows taken out; cleaning must not see these as rows."""
        return frame.join(self.dropped, on=_ROW, how="anti", maintain_order="left")


def apply(
    corrections: Corrections,
    *,
    files: Mapping[str, int],
    cells: pl.DataFrame,
    rows: pl.DataFrame,
    columns: pl.DataFrame,
) -> Corrected:
    """Apply every correction, or none.

    Args:
        corrections: as read.
        files: the `submission_no` by every name that a workbook may be called by: path below the submissions, and id.
        cells: `submission_no, sheet_no, row, column, edition, question, kind, text, number, date`: the filled cells, by
            workbook, row and column.
        rows: `submission_no, row, kind`: every row below the header.
        columns: `submission_no, question, column`: where each question stands, also where every cell is empty.

    Raises:
        InputError: some do not fit; each is named by its line.
    """
    if not corrections.all:
        return _nothing(cells)
    targets = _placed(_targets(corrections, files), cells, rows, columns)
    wrong = _misfits(targets)
    if wrong:
        raise misfit(wrong)
    actions = {action: targets.filter(pl.col("action") == action) for action in ("set", "drop", "accept")}
    dropped = actions["drop"].select(_ROW).sort(_ROW)
    accepted = actions["accept"].sort(*_PLACE, "rule")
    return Corrected(
        cells=_set(cells, actions["set"]).join(dropped, on=_ROW, how="anti", maintain_order="left"),
        dropped=dropped,
        accepted=accepted.select(*_ROW, "cell", "question", "rule"),
        findings=collect(
            [
                find(actions["set"], "cell_corrected"),
                find(dropped, "row_dropped_by_owner"),
                find(accepted, "finding_accepted"),
            ]
        ),
        lines=tuple(accepted["line"]),
    )


def _nothing(cells: pl.DataFrame) -> Corrected:
    """What is as it was read, without a query over every cell that was read."""
    row = pl.DataFrame(schema={name: _TARGETS[name] for name in _ROW})
    accepted = row.with_columns(pl.lit(None, pl.String).alias(name) for name in ("cell", "question", "rule"))
    return Corrected(cells, row, accepted, collect([]), ())


def settle(findings: pl.DataFrame, corrected: Corrected, *, passing: Iterable[str] = ()) -> pl.DataFrame:
    """The findings without those that were accepted.

    A finding of a whole row, which names no cell, is accepted at any cell of the row.

    Args:
        findings: of `findings.SCHEMA`, all that were made of the workbooks.
        corrected: what `apply` made.
        passing: rules that were not looked for everywhere, of which an accepted finding need not be there.

    Raises:
        InputError: an accepted finding is not among them, so that it is not the one that was looked into.
    """
    if not corrected.lines:
        return findings
    accepted = corrected.accepted.select(
        *_ROW, "rule", pl.col("cell").alias("accepted_cell"), pl.Series("line", corrected.lines, pl.Int32)
    )
    numbered = findings.with_row_index("place")
    hits = numbered.join(accepted, on=[*_ROW, "rule"]).filter(
        pl.col("cell").is_null() | (pl.col("cell") == pl.col("accepted_cell"))
    )
    looked_for = accepted.filter(~pl.col("rule").is_in(list(passing)))
    lost = sorted(set(looked_for["line"]) - set(hits["line"]))
    if lost:
        raise misfit([Misfit(line, "rule", "there is no such finding at the cell") for line in lost])
    return numbered.join(hits, on="place", how="anti", maintain_order="left").drop("place")


def _targets(corrections: Corrections, files: Mapping[str, int]) -> pl.DataFrame:
    def number(file: str) -> int | None:
        known = found(file, files)
        return known[0] if len(known) == 1 else None

    return pl.DataFrame(
        [
            (one.line, number(one.file), one.row, one.column, one.cell, one.action, one.expected, one.value, one.rule)
            for one in corrections.all
        ],
        schema=_TARGETS,
        orient="row",
    )


def _placed(targets: pl.DataFrame, cells: pl.DataFrame, rows: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Add what each correction hits: `question`, the row's `kind`, the cell's `text` and whether it `is_filled`.

    And the lines that it may clash with: `first` has the same action for the same, `drop` drops its row.
    """
    is_drop = pl.col("action") == "drop"
    same = [*_ROW, "action", pl.when(~is_drop).then("column"), "rule"]
    return (
        targets.join(columns, on=["submission_no", "column"], how="left")
        .join(rows.select(*_ROW, "kind"), on=_ROW, how="left")
        .join(cells.select(*_PLACE, "text", is_filled=True), on=_PLACE, how="left")
        .with_columns(
            pl.col("line").min().over(same).alias("first"),
            pl.col("line").filter(is_drop).min().over(_ROW).alias("drop"),
        )
    )


def _text(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.normalize("NFKC").str.strip_chars()


def _misfits(targets: pl.DataFrame) -> list[Misfit]:
    """What does not fit: of each line the first of these."""
    is_set, is_drop, is_accept = (pl.col("action") == action for action in ("set", "drop", "accept"))
    is_idle = is_set & (pl.col("value") == "") & pl.col("is_filled").is_null()
    checks = [
        ("file", NO_WORKBOOK, pl.col("submission_no").is_null()),
        ("cell", "is in no row below the header", pl.col("kind").is_null()),
        ("cell", "is in no column of the form", pl.col("question").is_null()),
        (
            "cell",
            "is in a row that is no person's, so there is nothing to correct",
            (pl.col("kind") != "person") & ~is_accept,
        ),
        ("expected", "something else stands in the cell now", _text("expected") != _text("text")),
        ("value", "the cell is empty as it is", is_idle),
        ("cell", "an earlier line does the same to it", pl.col("first") < pl.col("line")),
        ("cell", "another line drops its row", pl.col("drop").is_not_null() & ~is_drop),
    ]
    place = pl.coalesce(pl.when(is_broken).then(pl.lit(at)) for at, (*_, is_broken) in enumerate(checks))
    broken = targets.select("line", place.alias("place")).drop_nulls()
    return [Misfit(line, *checks[at][:2]) for line, at in broken.iter_rows()]


def _set(cells: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    """The cells with those that are set in their place."""
    if sets.is_empty():
        return cells
    workbooks = cells.select("submission_no", "sheet_no", "edition").unique("submission_no")
    new = (
        sets.filter(pl.col("value") != "")
        .select(*_PLACE, "question", pl.lit("text").alias("kind"), pl.col("value").alias("text"))
        .join(workbooks, on="submission_no")
    )
    together = pl.concat([cells.join(sets, on=_PLACE, how="anti", maintain_order="left"), new], how="diagonal")
    # Columns from left to right: by text alone, AA would stand before B.
    return together.sort(*_ROW, pl.col("column").str.len_chars(), "column", maintain_order=True)
