"""From a workbook to one frame of cells: what stood where, and which question it answers.

`read` passes a file through the gate, reads its cells, recognises the form, and returns the cells of the form's own
columns. Nothing is interpreted: a cell keeps its kind and its text, and cleaning decides what it says. The comment
column, notes and properties never reach a frame; an office's own column is dropped with a finding.

Rows below the header are counted here, once. What becomes of each of them is the pipeline's ledger, which must add up
to this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.findings import find
from sigpanel.intake.book import address, letters
from sigpanel.intake.gate import Refused
from sigpanel.intake.recognise import Header, recognise
from sigpanel.intake.rows import row_kinds
from sigpanel.intake.texts import is_nothing
from sigpanel.intake.xlsx import read as read_book

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sigpanel.forms import Form

__all__ = ["CELLS", "ROWS", "Refused", "Workbook", "read"]

CELLS = pl.Schema(
    {
        "submission_no": pl.Int32,
        "sheet_no": pl.Int16,
        "row": pl.Int32,
        "column": pl.String,
        "edition": pl.String,
        "question": pl.String,
        "kind": pl.String,
        "text": pl.String,
        "number": pl.Float64,
        "date": pl.Date,
    }
)
ROWS = pl.Schema({"submission_no": pl.Int32, "row": pl.Int32, "kind": pl.String})


@dataclass(frozen=True)
class Workbook:
    """One recognised workbook. What districts wrote is not shown when it is printed.

    Attributes:
        form: the edition that it is.
        sheet_no: the sheet's place among the workbook's sheets, from 1.
        cells: of schema `CELLS`; one row per filled cell of the form's columns below the header.
        rows: of schema `ROWS`; one row per row below the header: person, blank, sum, banner or footer.
        columns: the column letter of each question (`Q8` → `H`), also where every cell is empty.
        findings: what was noticed while recognising.
        sheet_name: for the data owner's eyes only.
    """

    form: Form
    sheet_no: int
    cells: pl.DataFrame = field(repr=False)
    rows: pl.DataFrame
    columns: dict[str, str]
    findings: pl.DataFrame
    sheet_name: str = field(repr=False)


def read(path: Path, *, submission_no: int, year: int) -> Workbook:
    """Read one workbook.

    Args:
        path: the file.
        submission_no: the number by which frames refer to the workbook.
        year: the reporting year by the folder; only compared with the edition's years.

    Raises:
        Refused: the file is no workbook, or the form in it is not recognised; it carries the rule and the place.
    """
    header = recognise(read_book(path))
    kinds = row_kinds(header)
    cells = [
        (
            submission_no,
            header.sheet.no,
            cell.row,
            letters(cell.column),
            header.form.edition,
            header.columns[cell.column].name,
            cell.kind,
            cell.text,
            cell.number,
            cell.date,
        )
        for cell in header.sheet.cells
        if cell.row > header.row and cell.column in header.columns
    ]
    rows = [(submission_no, row, kind) for row, kind in kinds.items()]
    return Workbook(
        form=header.form,
        sheet_no=header.sheet.no,
        cells=pl.DataFrame(cells, schema=CELLS, orient="row"),
        rows=pl.DataFrame(rows, schema=ROWS, orient="row"),
        columns={question.name: letters(column) for column, question in header.columns.items()},
        findings=_findings(header, kinds, submission_no, year),
        sheet_name=header.sheet.name,
    )


def _findings(header: Header, kinds: dict[int, str], submission_no: int, year: int) -> pl.DataFrame:
    def at(columns: Iterable[int]) -> pl.DataFrame:
        places = [(submission_no, header.row, address(header.row, column)) for column in columns]
        schema = {"submission_no": pl.Int32, "row": pl.Int32, "cell": pl.String}
        return pl.DataFrame(places, schema=schema, orient="row")

    workbook = pl.DataFrame({"submission_no": [submission_no]}).filter(not header.form.covers(year))
    return pl.concat(
        [
            find(workbook, "edition_outside_its_years"),
            find(at(sorted({*header.own_columns, *_nameless_columns(header, kinds)})), "own_column_dropped"),
            find(at(header.misnumbered_columns), "header_number_differs"),
        ]
    )


def _nameless_columns(header: Header, kinds: dict[int, str]) -> set[int]:
    """Columns without a header in which persons have something: not read either, and no less to be told."""
    known = {*header.columns, *header.own_columns, *header.comment_columns}
    return {
        cell.column
        for cell in header.sheet.cells
        if kinds.get(cell.row) == "person" and cell.column not in known and not is_nothing(cell)
    }
