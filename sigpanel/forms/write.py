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
from sigpanel.forms.write_layout import PLAIN, Grid, Layout, OwnColumn, place
from sigpanel.forms.write_style import (
    DATE_FORMAT,
    NARROW,
    TEXT_FORMAT,
    WIDE,
    Styles,
    add_colours,
    add_validations,
    height,
    list_columns,
    width,
)
from sigpanel.forms.write_value import GENERAL, Cell, Formula, Row, Shown, Value, write_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    """One sheet of the form while it is being written. `sigpanel.feedback` writes on one too."""

    sheet: Worksheet
    form: Form
    layout: Layout
    grid: Grid
    styles: Styles

    def text(self, row: int, column: int, text: str, look: str) -> None:
        """Write a text of the form."""
        self.sheet.write_string(row, column, text, self.styles.look(look))

    def span(self, row: int, columns: tuple[int, int], text: str, look: str) -> None:
        """Write a text of the form across columns."""
        first, last = columns
        if first == last:  # Excel knows no merged range of one cell
            self.text(row, first, text, look)
        else:
            self.sheet.merge_range(row, first, row, last, text, self.styles.look(look))


# When the program that filled in a form says it was made. Constant, or the same answers would give other bytes.
CREATED = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# The instructions run over so many columns, less than a screen.
_INSTRUCTION_COLUMNS = 10
_FOOTER_GAP = 2
_A3 = 8
# Points a line of text takes, at eleven and at eight points.
_LINE, _SMALL_LINE = 15, 11.5
# Bold letters and words kept whole take so many characters of a line.
_BOLD = 4


def write_form(path: Path, form: Form, rows: Sequence[Row] = (), *, layout: Layout = PLAIN) -> Written:
    """Write a workbook in the form's layout.

    Raises:
        InputError: nothing can be written there.
    """
    grid = place(form, layout, len(rows))
    workbook = xlsxwriter.Workbook(str(path), {**OPTIONS, "date_1904": layout.date_1904})
    workbook.set_properties({"title": form.title, "author": layout.author, "created": CREATED})
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


def write_explanations(sheet: Worksheet, form: Form, styles: Styles) -> None:
    """Fill in the sheet of explanations."""
    names, texts = WIDE + NARROW, 6 * NARROW
    sheet.set_column(0, 0, names)
    sheet.set_column(1, 1, texts)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, form.explanations_heading, styles.look("title"))
    sheet.write_string(1, 0, "Namn", styles.look("heading"))
    sheet.write_string(1, 1, "Förklaring", styles.look("heading"))
    explained = (question for question in form.questions if question.explain)
    for row, question in enumerate(explained, start=2):
        name = f"{question.no}. {question.header}"
        sheet.write_string(row, 0, name, styles.look("explanation"))
        sheet.write_string(row, 1, question.explain, styles.look("explanation"))
        sheet.set_row(row, max(height(name, names, _LINE), height(question.explain or "", texts, _LINE)))


def write_lists(sheet: Worksheet, form: Form) -> None:
    """Fill in the sheet of lists, which the drop-downs refer to."""
    for name, (column, codes) in list_columns(form).items():
        sheet.write_string(0, column, name.upper())
        for row, code in enumerate(codes, start=1):
            sheet.write_number(row, column, code)


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
    kinds = {"uno": page.styles.shown(TEXT_FORMAT), "date": page.styles.shown(DATE_FORMAT)}
    for question in page.form.questions:
        column = grid.columns[question.no]
        options = {"hidden": True} if question.no in page.layout.hidden_columns else {}
        sheet.set_column(column, column, width(question), kinds.get(question.answer.kind), options)
    for column, _own in grid.own:
        sheet.set_column(column, column, NARROW)
    if page.layout.comment_column:
        sheet.set_column(grid.comment_column, grid.comment_column, WIDE)
    sheet.freeze_panes(grid.first_row, grid.first_column + 1)
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(2, 0)
    sheet.repeat_rows(grid.header_row)
    sheet.repeat_columns(grid.first_column)
    # The head is tall and stands still: at full size it would leave a laptop no room for the persons.
    sheet.set_zoom(85)


def _write_head(page: Page) -> None:
    grid = page.grid
    if page.layout.banner:
        page.sheet.write_string(0, grid.first_column, page.layout.banner)
    page.text(grid.title_row, grid.first_column, page.form.title, "title")
    span = (grid.first_column, grid.first_column + _INSTRUCTION_COLUMNS - 1)
    widths = {grid.columns[question.no]: width(question) for question in page.form.questions}
    characters = sum(widths.get(column, NARROW) for column in range(span[0], span[1] + 1))
    for row, text in enumerate(page.form.instructions, start=grid.instruction_row):
        page.span(row, span, text, "instruction")
        page.sheet.set_row(row, height(text, characters, _LINE))
    for moment, columns in _bands(page).items():
        page.span(grid.band_row, columns, page.form.bands[moment], moment)


def _bands(page: Page) -> dict[str, tuple[int, int]]:
    """From where to where each band runs; a question that an office moved does not take the band along."""
    grid, moved = page.grid, page.layout.moved
    stays = [
        grid.columns[question.no]
        for question in page.form.questions
        if question.moment == "discharge" and (moved is None or question.no != moved[0])
    ]
    first, last = min(stays), grid.comment_column - 1
    return {"enrolment": (grid.first_column, first - 1), "discharge": (first, last)}


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
    page.sheet.set_row(
        grid.header_row, max(height(question.header, width(question) - _BOLD, _LINE) for question in questions)
    )
    if page.layout.answer_row:
        # Eight-point letters: a column holds about a third more of them than its width says.
        heights = (height(question.answer.text, width(question) * 4 / 3, _SMALL_LINE) for question in questions)
        page.sheet.set_row(grid.answer_row, max(heights))


def _header(question: Question, layout: Layout) -> str:
    text = f"{question.no}. {question.header}"
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
