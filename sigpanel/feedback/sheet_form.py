"""The form's sheet: the district's own rows where they stood, under the edition's own texts, the faulty cells marked.

Row and column of everything are the submission's; every text above the persons is the form's, never the submission's.
Columns of the office's own, comments, sums and footers are not there: their places are empty.

A marked cell has a frame that stays, a note, and a fill that goes when the cell is changed, so that what is left to do
shows. The fill is a colour rule before the form's own, whose yellow and grey would lie over any other. These bring
lines of their own, so the frame of a cell that is emptied is a rule too.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from sigpanel.feedback.cells import empty, written
from sigpanel.feedback.words import texts
from sigpanel.forms.write import Page, set_columns, write_bands, write_questions
from sigpanel.forms.write_checks import add_colours, add_validations
from sigpanel.forms.write_layout import AT_THE_END, PREPARED_ROWS, Grid, Layout, OwnColumn
from sigpanel.forms.write_value import Value, write_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from sigpanel.feedback.lines import Mark
    from sigpanel.feedback.model import Feedback
    from sigpanel.forms.write_style import Styles

_FILLS: Final = {"error": "#FF8F8F", "warning": "#F8B878"}
_FRAMES: Final = {"error": "#C00000", "warning": "#C55A11"}
_LEFT: Final = {"align": "left"}
_FRAME_ERROR: Final = {"border": 2, "border_color": _FRAMES["error"]}
_FRAME_WARNING: Final = {"border": 1, "border_color": _FRAMES["warning"]}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "frame_error": _FRAME_ERROR,
    "frame_warning": _FRAME_WARNING,
    # A text that is wider than its column: in the middle it would lose its beginning too.
    "_cut": _LEFT,
    "frame_error_cut": _FRAME_ERROR | _LEFT,
    "frame_warning_cut": _FRAME_WARNING | _LEFT,
    # Excel knows no thicker line in a rule.
    "emptied_error": {"border": 1, "border_color": _FRAMES["error"]},
    "emptied_warning": _FRAME_WARNING,
    "fill_error": {"bg_color": _FILLS["error"]},
    "fill_warning": {"bg_color": _FILLS["warning"]},
    "legend": {"italic": True, "font_color": "#595959", "bg_color": "#FFFFFF"},
}
_UNUSED_WIDTH = 3
_EXCEL_DAY_0 = dt.date(1899, 12, 30)
# Until then Excel counts one day less, for a leap day that never was.
_AFTER_LEAP_DAY = dt.date(1900, 3, 1)
# A text that may stand in a rule. Excel refuses longer ones, counting in halves where a letter is beyond U+FFFF, and
# what cannot be seen cannot stand in XML as it is.
_PLAIN = re.compile(
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]{1,100}|[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe-\U0010ffff]{1,200}"
)
# A note's letters: how many stand on a line, and how wide and high it is in pixels.
_NOTE_CHARACTERS, _NOTE_WIDTH, _NOTE_LINE, _NOTE_MARGIN = 40, 270, 16, 14


def write_form_sheet(sheet: Worksheet, styles: Styles, feedback: Feedback, marks: Sequence[Mark]) -> None:
    """Fill in the form's sheet."""
    page = Page(
        sheet,
        feedback.form,
        Layout(answer_row=_answer_row(feedback) is not None, comment_column=False),
        _grid(feedback),
        styles,
        _UNUSED_WIDTH,
    )
    set_columns(page)
    _write_head(page, feedback)
    values = _write_cells(page, feedback, {mark.address: mark for mark in marks})
    _write_marks(page, marks, values)
    add_validations(sheet, page.form, page.grid)
    add_colours(sheet, page.form, page.grid, styles)


def _answer_row(feedback: Feedback) -> int | None:
    """Where the answer alternatives go, from 1: where they stood, else above the headers if nothing stands there."""
    above = feedback.header_row - 1
    taken = feedback.title_at[0] if feedback.title_at else 0
    return feedback.answer_row or (above if above > taken else None)


def _grid(feedback: Feedback) -> Grid:
    columns = {
        question.no: xl_cell_to_rowcol(f"{feedback.columns[question.name]}1")[1] for question in feedback.form.questions
    }
    used = set(columns.values())
    header_row = feedback.header_row - 1
    rows = tuple(row - 1 for row in feedback.persons)
    answer_row = (_answer_row(feedback) or feedback.header_row) - 1
    return Grid(
        sheet=feedback.form.sheets["form"],
        title_row=feedback.title_at[0] - 1 if feedback.title_at else -1,
        instruction_row=-1,
        band_row=min(answer_row, header_row) - 1,
        answer_row=answer_row,
        header_row=header_row,
        rows=rows,
        last_row=max([header_row, *rows]) + PREPARED_ROWS,
        first_column=min(columns.values()),
        columns=columns,
        own=tuple((column, OwnColumn(AT_THE_END)) for column in range(max(used)) if column not in used),
        comment_column=max(columns.values()) + 1,
    )


def _write_head(page: Page, feedback: Feedback) -> None:
    grid = page.grid
    for row in range(grid.header_row):
        page.sheet.set_row(row, None, page.styles.look("head"))
    if feedback.title_at:
        page.text(grid.title_row, feedback.title_at[1] - 1, page.form.title, "title")
    write_questions(page)
    taken = {grid.title_row, grid.answer_row, grid.header_row}
    if grid.band_row >= 0 and grid.band_row not in taken:
        write_bands(page)
        taken.add(grid.band_row)
    free = [row for row in range(grid.header_row) if row > grid.title_row and row not in taken]
    if free:
        # As the form's instructions: beside the column that stands still and is printed on every page.
        page.text(free[0], grid.first_column + 1, texts().legend, "legend")


def _write_cells(page: Page, feedback: Feedback, marks: dict[str, Mark]) -> dict[str, Value]:
    """Write the answers, and the marked cells without one; what each marked cell holds."""
    kinds = {question.name: question.answer.kind for question in feedback.form.questions}
    kind_in = {feedback.columns[name]: kind for name, kind in kinds.items()}
    cells = {
        f"{feedback.columns[question]}{row}": written(kinds[question], *cell)
        for row, question, *cell in feedback.answers.sort("row", "question")
        .select("row", "question", "kind", "text", "number", "date")
        .iter_rows()
    }
    for address in marks.keys() - cells.keys():
        row, column = xl_cell_to_rowcol(address)
        if row != page.grid.header_row:
            cells[address] = empty(kind_in[xl_col_to_name(column)])
    for address in sorted(cells, key=xl_cell_to_rowcol):
        mark = marks.get(address)
        if mark is None and cells[address].value is None:
            continue
        at, cell = xl_cell_to_rowcol(address), cells[address]
        look = f"frame_{mark.severity}" if mark and mark.severity in _FILLS else ""
        is_cut = isinstance(cell.value, str) and len(cell.value) > page.width(at[1])
        write_value(page.sheet, page.styles, at, cell, f"{look}_cut" if is_cut else look)
    return {address: cells[address].value for address in marks if address in cells}


def _write_marks(page: Page, marks: Sequence[Mark], values: dict[str, Value]) -> None:
    for mark in sorted(marks, key=lambda mark: xl_cell_to_rowcol(mark.address)):
        at = xl_cell_to_rowcol(mark.address)
        page.sheet.write_comment(*at, "\n\n".join(mark.texts), _note_size(mark.texts))
        if mark.severity in _FILLS and mark.address in values:
            unchanged = _is_unchanged(mark.address, values[mark.address])
            fill = {"criteria": f"={unchanged}", "format": page.styles.look(f"fill_{mark.severity}")}
            page.sheet.conditional_format(*at, *at, {"type": "formula", "stop_if_true": True, **fill})
            if values[mark.address] is None:
                continue
            frame = {"criteria": f"={_is_empty(mark.address)}", "format": page.styles.look(f"emptied_{mark.severity}")}
            page.sheet.conditional_format(*at, *at, {"type": "formula", **frame})


def _note_size(lines: Sequence[str]) -> dict[str, Any]:
    """The size in which the whole text shows: nobody can scroll in a note."""
    n_lines = sum(-(-len(text) // _NOTE_CHARACTERS) for text in lines) + len(lines) - 1
    return {"width": _NOTE_WIDTH, "height": _NOTE_LINE * n_lines + _NOTE_MARGIN, "font_size": 9}


def _is_unchanged(address: str, value: Value) -> str:
    """A condition, as Excel writes it, that a cell still holds what was sent; of what no rule can hold, always true."""
    match value:
        case None:
            return _is_empty(address)
        case bool():
            return f"AND(ISLOGICAL({address}),{address}={str(value).upper()})"
        case int() | float():
            return f"AND(ISNUMBER({address}),{address}={str(value).upper()})"
        case dt.date():
            serial = (value - _EXCEL_DAY_0).days - (value < _AFTER_LEAP_DAY)
            return f"AND(ISNUMBER({address}),{address}={serial})"
        case str() if _PLAIN.fullmatch(value):
            quoted = value.replace('"', '""')
            return f'AND(ISTEXT({address}),EXACT({address},"{quoted}"))'
    return "TRUE"


def _is_empty(address: str) -> str:
    return f"LEN(TRIM({address}))=0"
