"""From a workbook, or a form saved as text, to one frame of cells: what stood where, and which question it answers.

`read` passes a file through the gate, reads its cells, recognises the form, and returns the cells of the form's own
columns. Nothing is interpreted: a cell keeps its kind and its text, and cleaning decides what it says. The comment
column, notes and properties never reach a frame: where comments stand and how many notes there are is told beside them,
for the feedback, and no frame depends on it. An office's own column is dropped with a finding.

Rows below the header are counted here, once. What becomes of each of them is the pipeline's ledger, which must add up
to this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.findings import SCHEMA, find
from sigpanel.intake.book import address, letters
from sigpanel.intake.files import read_file
from sigpanel.intake.gate import Refused
from sigpanel.intake.recognise import Header, recognise
from sigpanel.intake.rows import row_kinds
from sigpanel.intake.texts import is_nothing

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
# Polars keeps days as numbers, and takes them so in half the time.
_EPOCH = date(1970, 1, 1).toordinal()
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
        header_row: where the headers stand, from 1.
        title_at: row and column of the edition's title, from 1; null where the office has removed it.
        answer_row: where the answer alternatives stand, from 1; null where there is no such row.
        comments: the addresses of the filled cells of comment columns below the header, by row; never what they say.
        n_notes: how many notes the cells of the whole workbook have.
        sheet_name: for the data owner's eyes only.
    """

    form: Form
    sheet_no: int
    cells: pl.DataFrame = field(repr=False)
    rows: pl.DataFrame
    columns: dict[str, str]
    findings: pl.DataFrame
    header_row: int
    title_at: tuple[int, int] | None
    answer_row: int | None
    comments: tuple[str, ...]
    n_notes: int
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
    book = read_file(path)
    header = recognise(book)
    kinds = row_kinds(header)
    return Workbook(
        form=header.form,
        sheet_no=header.sheet.no,
        cells=_cells(header, submission_no),
        rows=pl.DataFrame(
            {"submission_no": [submission_no] * len(kinds), "row": list(kinds), "kind": list(kinds.values())},
            schema=ROWS,
        ),
        columns={question.name: letters(column) for column, question in header.columns.items()},
        findings=_findings(header, kinds, submission_no, year),
        header_row=header.row,
        title_at=header.title_at,
        answer_row=header.answer_row,
        comments=header.comments,
        n_notes=book.n_notes,
        sheet_name=header.sheet.name,
    )


def _cells(header: Header, submission_no: int) -> pl.DataFrame:
    """The cells of the form's columns below the header, column by column: by rows polars takes five times as long."""
    asked = {column: (letters(column), question.name) for column, question in header.columns.items()}
    cells = [cell for cell in header.below if cell.column in asked]
    rows, columns, kinds, texts, numbers, dates = zip(*cells, strict=True) if cells else ((),) * 6
    days = pl.Series([day and day.toordinal() - _EPOCH for day in dates], dtype=pl.Int32).cast(pl.Date)
    values = {
        "submission_no": [submission_no] * len(cells),
        "sheet_no": [header.sheet.no] * len(cells),
        "row": rows,
        "column": [asked[column][0] for column in columns],
        "edition": [header.form.edition] * len(cells),
        "question": [asked[column][1] for column in columns],
        "kind": kinds,
        "text": texts,
        "number": numbers,
        "date": days,
    }
    return pl.DataFrame([pl.Series(name, values[name], dtype=dtype) for name, dtype in CELLS.items()])


def _findings(header: Header, kinds: dict[int, str], submission_no: int, year: int) -> pl.DataFrame:
    def at(columns: Iterable[int]) -> pl.DataFrame:
        places = [(submission_no, header.row, address(header.row, column)) for column in columns]
        schema = {"submission_no": pl.Int32, "row": pl.Int32, "cell": pl.String}
        return pl.DataFrame(places, schema=schema, orient="row")

    # Asked first: in most workbooks there is nothing to find, and each frame costs as much as reading the headers.
    noticed = [pl.DataFrame(schema=SCHEMA)]
    if not header.form.covers(year):
        noticed.append(find(pl.DataFrame({"submission_no": [submission_no]}), "edition_outside_its_years"))
    if own := sorted({*header.own_columns, *_nameless_columns(header, kinds)}):
        noticed.append(find(at(own), "own_column_dropped"))
    if header.misnumbered_columns:
        noticed.append(find(at(header.misnumbered_columns), "header_number_differs"))
    return pl.concat(noticed) if len(noticed) > 1 else noticed[0]


def _nameless_columns(header: Header, kinds: dict[int, str]) -> set[int]:
    """Columns without a header in which persons have something: not read either, and no less to be told."""
    known = {*header.columns, *header.own_columns, *header.comment_columns}
    return {
        cell.column
        for cell in header.below
        if cell.column not in known and kinds.get(cell.row) == "person" and not is_nothing(cell)
    }
