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
from functools import cached_property
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
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sigpanel.forms import Form

__all__ = ["CELLS", "ROWS", "Refused", "Workbook", "cells_of", "read", "rows_of"]

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
_NOTHING = pl.DataFrame(schema=SCHEMA)
ROWS = pl.Schema({"submission_no": pl.Int32, "row": pl.Int32, "kind": pl.String})


@dataclass(frozen=True)
class Workbook:
    """One recognised workbook. What districts wrote is not shown when it is printed.

    Frames are made when they are asked for, since most that is read goes into the frame of a whole delivery
    (`cells_of`, `rows_of`), and a frame for each workbook costs as much as recognising the form.

    Attributes:
        submission_no: the number by which frames refer to the workbook.
        form: the edition that it is.
        sheet_no: the sheet's place among the workbook's sheets, from 1.
        values: one entry per filled cell of the form's columns below the header, by column of `CELLS`.
        kinds: what each row below the header is: person, blank, sum, banner or footer.
        columns: the column letter of each question (`Q8` → `H`), also where every cell is empty.
        findings: what was noticed while recognising.
        header_row: where the headers stand, from 1.
        title_at: row and column of the edition's title, from 1; null where the office has removed it.
        answer_row: where the answer alternatives stand, from 1; null where there is no such row.
        comments: the addresses of the filled cells of comment columns below the header, by row; never what they say.
        n_notes: how many notes the cells of the whole workbook have.
        sheet_name: for the data owner's eyes only.
        sheet_names: of all sheets, likewise.
    """

    submission_no: int
    form: Form
    sheet_no: int
    values: Mapping[str, Sequence[object]] = field(repr=False)
    kinds: Mapping[int, str]
    columns: dict[str, str]
    findings: pl.DataFrame
    header_row: int
    title_at: tuple[int, int] | None
    answer_row: int | None
    comments: tuple[str, ...]
    n_notes: int
    sheet_name: str = field(repr=False)
    sheet_names: tuple[str, ...] = field(repr=False)

    @cached_property
    def cells(self) -> pl.DataFrame:
        """The filled cells, of schema `CELLS`."""
        return cells_of([self])

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The rows below the header, of schema `ROWS`."""
        return rows_of([self])


def cells_of(books: Sequence[Workbook]) -> pl.DataFrame:
    """The filled cells of workbooks, of schema `CELLS`; made by column, since by row it takes five times as long."""
    columns = {name: [value for book in books for value in book.values[name]] for name in CELLS}
    columns["date"] = [day.toordinal() - _EPOCH if isinstance(day, date) else None for day in columns["date"]]
    stored = dict(CELLS) | {"date": pl.Int32()}
    return pl.DataFrame([pl.Series(name, columns[name], dtype=stored[name]) for name in CELLS]).cast({"date": pl.Date})


def rows_of(books: Sequence[Workbook]) -> pl.DataFrame:
    """The rows below the headers of workbooks, of schema `ROWS`."""
    rows = [(book.submission_no, row, kind) for book in books for row, kind in book.kinds.items()]
    return pl.DataFrame(rows, schema=ROWS, orient="row")


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
        submission_no=submission_no,
        form=header.form,
        sheet_no=header.sheet.no,
        values=_values(header, submission_no),
        kinds=kinds,
        columns={question.name: letters(column) for column, question in header.columns.items()},
        findings=_findings(header, kinds, submission_no, year),
        header_row=header.row,
        title_at=header.title_at,
        answer_row=header.answer_row,
        comments=header.comments,
        n_notes=book.n_notes,
        sheet_name=header.sheet.name,
        sheet_names=tuple(sheet.name for sheet in book.sheets),
    )


def _values(header: Header, submission_no: int) -> dict[str, Sequence[object]]:
    """The cells of the form's columns below the header, by column of `CELLS`."""
    asked = {column: (letters(column), question.name) for column, question in header.columns.items()}
    cells = [cell for cell in header.below if cell.column in asked]
    rows, columns, kinds, texts, numbers, dates = zip(*cells, strict=True) if cells else ((),) * 6
    return {
        "submission_no": [submission_no] * len(cells),
        "sheet_no": [header.sheet.no] * len(cells),
        "row": rows,
        "column": [asked[column][0] for column in columns],
        "edition": [header.form.edition] * len(cells),
        "question": [asked[column][1] for column in columns],
        "kind": kinds,
        "text": texts,
        "number": numbers,
        "date": dates,
    }


def _findings(header: Header, kinds: dict[int, str], submission_no: int, year: int) -> pl.DataFrame:
    def at(columns: Iterable[int]) -> pl.DataFrame:
        places = [(submission_no, header.row, address(header.row, column)) for column in columns]
        schema = {"submission_no": pl.Int32, "row": pl.Int32, "cell": pl.String}
        return pl.DataFrame(places, schema=schema, orient="row")

    # Asked first: in most workbooks there is nothing to find, and each frame costs as much as reading the headers.
    noticed = [_NOTHING]
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
