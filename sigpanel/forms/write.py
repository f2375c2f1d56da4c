"""The one writer of workbooks in the form's layout: blank for the districts, filled for synthetic deliveries.

A workbook has three sheets: the form (title, instructions, bands, the light-grey row of alternatives, headers,
persons), the explanations, and a hidden sheet with the lists behind the drop-downs. All texts come from the `Form`;
what an office did to it comes from the `Layout`. Answers are given by question number, as the value Excel shall hold; a
spelling that a plain value cannot express is a `Shown` or a `Formula`.

The same arguments give the same bytes: the date of creation is constant and no author is named unless asked for. Text
never becomes a formula or a link. Import this module where it is needed, not in a package's `__init__`: xlsxwriter is
wanted by few commands.

It reads nothing back and judges no answer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name

from sigpanel.errors import InputError
from sigpanel.forms.write_aside import write_explanations, write_lists
from sigpanel.forms.write_checks import add_colours, add_validations
from sigpanel.forms.write_layout import PLAIN, Grid, Layout, OwnColumn, place
from sigpanel.forms.write_print import set_print
from sigpanel.forms.write_style import (
    AIR,
    DATE_FORMAT,
    FONT,
    NARROW,
    TEXT_FORMAT,
    WIDE,
    Styles,
    answers_height,
    header,
    header_height,
    height,
    width,
)
from sigpanel.forms.write_value import GENERAL, Cell, Formula, Row, Shown, Value, write_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BytesIO
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.model import Form, Question

__all__ = ["Cell", "Formula", "Layout", "OwnColumn", "Row", "Shown", "Value", "Written", "write_form"]


@dataclass(frozen=True)
class Written:
    """Where the answers came to stand: the sheet, each person's row as Excel counts, each question's column."""

    sheet: str
    rows: tuple[int, ...]
    columns: Mapping[int, str]


@dataclass(frozen=True)
class Page:
    """One sheet of the form while it is being written. `sigpanel.feedback` writes on one too.

    `own_width` is that of columns that an office put in, in characters.
    """

    sheet: Worksheet
    form: Form
    layout: Layout
    grid: Grid
    styles: Styles
    own_width: int = NARROW

    def text(self, row: int, column: int, text: str, look: str) -> None:
        """Write a text of the form."""
        self.sheet.write_string(row, column, text, self.styles.look(look))

    def width(self, column: int) -> int:
        """How wide a column is, in characters."""
        questions = {self.grid.columns[question.no]: width(question) for question in self.form.questions}
        return WIDE if column == self.grid.comment_column else questions.get(column, self.own_width)

    def bands(self) -> dict[str, tuple[int, int]]:
        """From where to where each band runs; a question that an office moved does not take the band along."""
        grid, moments = self.grid, {self.grid.columns[question.no]: question.moment for question in self.form.questions}

        def n_misplaced(first: int) -> int:
            return sum((column >= first) != (moment == "discharge") for column, moment in moments.items())

        first = min(sorted(column for column in moments if moments[column] == "discharge"), key=n_misplaced)
        bands = {"enrolment": (grid.first_column, first - 1), "discharge": (first, grid.comment_column - 1)}
        return {moment: (first, last) for moment, (first, last) in bands.items() if first <= last}

    def span(self, row: int, columns: tuple[int, int], text: str, look: str) -> None:
        """Write a text of the form across columns."""
        first, last = columns
        if first == last:  # Excel knows no merged range of one cell
            self.text(row, first, text, look)
        else:
            self.sheet.merge_range(row, first, row, last, text, self.styles.look(look))


# When the program that filled in a form says it was made. Constant, or the same answers would give other bytes.
_CREATED = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# The instructions run over so many characters, less than a screen.
_INSTRUCTION_WIDTH = 190
_FOOTER_GAP = 2
_ZOOM = 85


def new_workbook(target: str | BytesIO, title: str, *, author: str = "", date_1904: bool = False) -> Workbook:
    """Begin a workbook that is written the same way whenever it is written."""
    # A copy of the font: xlsxwriter writes into what it is given, and the next workbook would come out otherwise.
    options = {**_OPTIONS, "date_1904": date_1904, "default_format_properties": dict(FONT)}
    workbook = xlsxwriter.Workbook(target, options)
    workbook.set_properties({"title": title, "author": author, "created": _CREATED})
    return workbook


def write_form(path: Path, form: Form, rows: Sequence[Row] = (), *, layout: Layout = PLAIN) -> Written:
    """Write a workbook in the form's layout.

    Raises:
        InputError: nothing can be written there.
    """
    grid = place(form, layout, len(rows))
    workbook = new_workbook(str(path), form.title, author=layout.author, date_1904=layout.date_1904)
    styles = Styles(workbook)
    sheets = _add_sheets(workbook, form, layout, grid)
    for name in filter(None, (grid.sheet, layout.second_sheet)):
        _write_page(Page(sheets[name], form, layout, grid, styles), rows)
    write_explanations(sheets[form.sheets["explanations"]], form, styles)
    write_lists(sheets[form.sheets["lists"]], form)
    sheets[grid.sheet].activate()
    try:
        workbook.close()
    except FileCreateError:
        raise InputError(
            "form-not-written",
            "The workbook cannot be written where it was asked for.",
            remedy="Name a folder that exists and may be written to, and close the workbook if it is open in Excel.",
        ) from None
    return Written(
        sheet=grid.sheet,
        rows=tuple(row + 1 for row in grid.rows),
        columns={no: xl_col_to_name(column) for no, column in grid.columns.items()},
    )


def _add_sheets(workbook: Workbook, form: Form, layout: Layout, grid: Grid) -> dict[str, Worksheet]:
    names = [grid.sheet, layout.second_sheet, form.sheets["explanations"]]
    if layout.explanations_first:
        names.reverse()
    order = filter(None, [layout.extra_sheet, *names, form.sheets["lists"]])
    sheets = {name: workbook.add_worksheet(name) for name in order}
    lists = sheets[form.sheets["lists"]]
    if layout.lists_very_hidden:
        lists.very_hidden()
    else:
        lists.hide()
    return sheets


def _write_page(page: Page, rows: Sequence[Row]) -> None:
    set_columns(page)
    _write_head(page)
    write_questions(page)
    for row, answers in zip(page.grid.rows, rows, strict=True):
        for no, cell in answers.items():
            _write_cell(page, (row, page.grid.columns[no]), cell)
    _write_additions(page)
    add_validations(page.sheet, page.form, page.grid)
    add_colours(page.sheet, page.form, page.grid, page.styles)
    if page.layout.filtered:
        grid = page.grid
        page.sheet.autofilter(grid.header_row, grid.first_column, grid.end_row - 1, grid.comment_column)
    if page.layout.protected:
        page.sheet.protect()


def set_columns(page: Page) -> None:
    """Set widths and formats of the columns, what stands still, and how the sheet is printed."""
    sheet, grid = page.sheet, page.grid
    kinds = {"uno": TEXT_FORMAT, "date": DATE_FORMAT}
    for question in page.form.questions:
        column = grid.columns[question.no]
        options = {"hidden": True} if question.no in page.layout.hidden_columns else {}
        shown = page.styles.shown(kinds.get(question.answer.kind, GENERAL))
        sheet.set_column(column, column, width(question), shown, options)
    for column, _own in grid.own:
        sheet.set_column(column, column, page.own_width)
    if page.layout.comment_column:
        sheet.set_column(grid.comment_column, grid.comment_column, WIDE)
    sheet.freeze_panes(grid.first_row, grid.first_column + 1)
    # The head is tall and stands still: at full size it would leave a laptop no room for the persons.
    sheet.set_zoom(_ZOOM)
    end = grid.comment_column + page.layout.comment_column
    set_print(sheet, grid, [page.width(column) for column in range(end)], page.bands()["discharge"][0])


def _write_head(page: Page) -> None:
    grid = page.grid
    for row in range(grid.band_row):
        page.sheet.set_row(row, None, page.styles.look("head"))
    if page.layout.banner:
        page.sheet.write_string(0, grid.first_column, page.layout.banner)
    page.text(grid.title_row, grid.first_column, page.form.title, "title")
    # Beside the column that stands still, which would keep a strip of them in sight.
    first = last = grid.first_column + 1
    characters = page.width(first)
    while last < grid.comment_column and characters + page.width(last + 1) <= _INSTRUCTION_WIDTH:
        last += 1
        characters += page.width(last)
    for row, text in enumerate(page.form.instructions, start=grid.instruction_row):
        page.span(row, (first, last), text, "instruction")
        page.sheet.set_row(row, height(text, characters) + AIR, page.styles.look("head"), {"level": 1})
    page.sheet.set_row(grid.band_row - 1, AIR, page.styles.look("head"), {"level": 1})
    write_bands(page)


def write_bands(page: Page) -> None:
    """Write the names of the two parts above their questions."""
    for moment, columns in page.bands().items():
        page.span(page.grid.band_row, columns, page.form.bands[moment], moment)


def write_questions(page: Page) -> None:
    """Write the answer row and the header row."""
    grid, questions = page.grid, page.form.questions
    for question in questions:
        column = grid.columns[question.no]
        page.text(grid.header_row, column, _header(question, page.layout), "header")
        if page.layout.answer_row:
            page.text(grid.answer_row, column, question.answer.text, "answers")
    if page.layout.comment_column:
        page.text(grid.header_row, grid.comment_column, page.form.comment_header, "header")
    page.sheet.set_row(grid.header_row, max(map(header_height, questions)) + AIR)
    if page.layout.answer_row:
        page.sheet.set_row(grid.answer_row, max(map(answers_height, questions)) + AIR)


def _header(question: Question, layout: Layout) -> str:
    text = header(question)
    if question.no in layout.header_blanks:
        text = " " + text.replace(" ", "  ", 2)
    if question.no in layout.header_breaks:
        head, found, tail = text.rpartition(" vid ")
        text = f"{head}\nvid {tail}" if found else text.replace(" ", "\n", 1)
    return text


def _write_cell(page: Page, at: tuple[int, int], cell: Cell) -> None:
    match cell:
        case None:
            return
        case Formula(text=text, result=result):
            page.sheet.write_formula(*at, text, page.styles.shown(GENERAL), "" if result is None else result)
        case Shown():
            write_value(page.sheet, page.styles, at, cell)
        case dt.date():
            write_value(page.sheet, page.styles, at, Shown(cell, DATE_FORMAT))
        case _:
            # General is said, not left out: else Excel would show a number in a date's column as a date.
            write_value(page.sheet, page.styles, at, Shown(cell, GENERAL))


def _write_additions(page: Page) -> None:
    """What an office added: columns of its own, comments, notes, hidden rows, a sum, a footer."""
    sheet, grid, layout = page.sheet, page.grid, page.layout
    for column, own in grid.own:
        if own.header:
            page.text(grid.header_row, column, own.header, "header")
        for row in grid.rows if own.text else ():
            page.text(row, column, own.text, "own")
    for index, text in layout.comments.items():
        _write_cell(page, (grid.rows[index], grid.comment_column), text)
    for index, text in layout.notes.items():
        sheet.write_comment(grid.rows[index], grid.first_column, text, {"author": layout.author})
    for index in layout.hidden_rows:
        sheet.set_row(grid.rows[index], None, None, {"hidden": True})
    if layout.sum_row and grid.rows:
        _write_sum(page)
    if layout.footer:
        sheet.write_string(grid.end_row + _FOOTER_GAP, grid.first_column, layout.footer)


def _write_sum(page: Page) -> None:
    """A row below the persons with the mean age, which is what offices sum up."""
    grid = page.grid
    page.sheet.write_string(grid.end_row, grid.first_column, "Summa")
    age = page.form.by_key.get(("age", "enrolment"))
    if age:
        name = xl_col_to_name(grid.columns[age.no])
        mean = f"=AVERAGE({name}{grid.rows[0] + 1}:{name}{grid.end_row})"
        page.sheet.write_formula(grid.end_row, grid.columns[age.no], mean, page.styles.shown("0.0"))
