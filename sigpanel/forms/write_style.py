"""How the form looks and what it checks while it is being filled in: formats, drop-downs, grey and yellow.

The order of the colour rules matters. Grey for a question that is not asked stands first and stops, since the same cell
is empty and would turn yellow by the second rule. Every check is a warning: a form that refuses an answer gets it
somewhere else, in the comment or in a column of its own.

It writes no answers and knows nothing of offices' habits beyond the `Grid` it is given.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.model import Answer, Form, Question
    from sigpanel.forms.write_layout import Grid

DATE_FORMAT = "yyyy-mm-dd"
TEXT_FORMAT = "@"
# In characters; the narrow ones hold "Inskrivningsdatum" unbroken.
NARROW, WIDE, WIDEST = 19, 30, 46
# From here a date is taken to be meant: earlier ones are slips of the pen.
FIRST_DATE = dt.date(2000, 1, 1)
# Excel refuses a longer message, and a workbook that holds one opens as damaged.
LONGEST_MESSAGE = 255
LONG_LABEL, LONGEST_LABEL = 24, 60

_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "instruction": {"text_wrap": True, "valign": "top"},
    "enrolment": {"bold": True, "bg_color": "#DDEBF7", "border": 1},
    "discharge": {"bold": True, "bg_color": "#E2EFDA", "border": 1},
    "answers": {"font_size": 8, "text_wrap": True, "valign": "top", "bg_color": "#F2F2F2", "border": 1},
    "header": {"bold": True, "font_size": 10, "text_wrap": True, "valign": "top", "bg_color": "#FFFFFF", "border": 1},
    "explanation": {"text_wrap": True, "valign": "top", "border": 1},
    "heading": {"bold": True},
    "own": {"italic": True},
    "skipped": {"bg_color": "#808080", "font_color": "#FFFFFF"},
    "unanswered": {"bg_color": "#FFFF00"},
}


class Styles:
    """Formats of one workbook, each made once: xlsxwriter would otherwise write thousands.

    `more` are looks besides those of the form.
    """

    def __init__(self, workbook: Workbook, more: Mapping[str, dict[str, Any]] | None = None) -> None:
        self._workbook = workbook
        self._looks = _LOOKS | dict(more or {})
        self._known: dict[tuple[str, str, bool], Format] = {}

    def look(self, name: str) -> Format:
        """The format of a part of the form."""
        return self._format(name, "", False)

    def shown(self, number_format: str, *, quoted: bool = False, look: str = "") -> Format:
        """The format of an answer; `quoted` marks text that Excel would take for a formula when edited."""
        return self._format(look, number_format, quoted)

    def _format(self, name: str, number_format: str, quoted: bool) -> Format:
        key = (name, number_format, quoted)
        if key not in self._known:
            properties = dict(self._looks.get(name, {}))
            if number_format:
                properties["num_format"] = number_format
            if quoted:
                properties["quote_prefix"] = True
            self._known[key] = self._workbook.add_format(properties)
        return self._known[key]


def width(question: Question) -> int:
    """How wide a question's column is: long answer alternatives need room, or the grey row fills the screen."""
    longest = max((len(code.sv) for code in question.answer.codes), default=0)
    if longest > LONGEST_LABEL:
        return WIDEST
    return WIDE if longest > LONG_LABEL else NARROW


def height(text: str, characters: float, points: float) -> float:
    """How high a wrapped text stands in a column of that many characters."""
    return points * sum(max(1, -(-len(line) // int(characters))) for line in text.split("\n"))


def list_columns(form: Form) -> dict[str, tuple[int, list[int]]]:
    """The hidden list sheet: for each answer with alternatives, its column and the codes in it."""
    answers = {question.answer.name: question.answer for question in form.questions if question.answer.codes}
    return {
        name: (column, [code.code for code in answer.codes] + list(answer.missing))
        for column, (name, answer) in enumerate(answers.items())
    }


def add_validations(sheet: Worksheet, form: Form, grid: Grid) -> None:
    """Give every question's column its check."""
    lists = list_columns(form)
    for question in form.questions:
        column = grid.columns[question.no]
        check = _check(question, form, grid, lists)
        sheet.data_validation(grid.first_row, column, grid.last_row, column, check | _words(question))


def _check(question: Question, form: Form, grid: Grid, lists: dict[str, tuple[int, list[int]]]) -> dict[str, Any]:
    cell = _address(grid, question)
    match question.answer.kind:
        case "uno":
            return {"validate": "length", "criteria": "==", "value": 6}
        case "date":
            enrolled = form.by_key.get(("enrolled_on", "enrolment"))
            if question.variable == "discharged_on" and enrolled is not None:
                return {"validate": "date", "criteria": ">=", "value": "=" + _address(grid, enrolled)}
            return {"validate": "date", "criteria": ">=", "value": FIRST_DATE}
        case "number":
            return _number_check(question.answer, cell)
    column, codes = lists[question.answer.name]
    name = xl_col_to_name(column)
    return {"validate": "list", "source": f"='{form.sheets['lists']}'!${name}$2:${name}${len(codes) + 1}"}


def _number_check(answer: Answer, cell: str) -> dict[str, Any]:
    assert answer.low is not None and answer.high is not None  # noqa: S101, PT018 - the loader has seen to it
    apart = sorted(code for code in answer.missing if code != answer.high + 1)
    high = answer.high + (answer.high + 1 in answer.missing)
    if not apart:
        return {"validate": "integer", "criteria": "between", "minimum": answer.low, "maximum": high}
    # A whole number between 1 and 999 would let 50 pass for health.
    others = ",".join(f"{cell}={code}" for code in apart)
    return {"validate": "custom", "value": f"=OR(AND({cell}>={answer.low},{cell}<={high},{cell}=INT({cell})),{others})"}


def _words(question: Question) -> dict[str, Any]:
    words: dict[str, Any] = {
        "error_type": "warning",
        "error_title": f"Fråga {question.no}",
        "error_message": "Svaret finns inte bland alternativen i den ljusgrå raden. Är det ändå rätt?",
    }
    if len(question.answer.text) <= LONGEST_MESSAGE:
        words |= {"input_title": f"Fråga {question.no}", "input_message": question.answer.text}
    return words


def add_colours(sheet: Worksheet, form: Form, grid: Grid, styles: Styles) -> None:
    """Grey what is not asked, then yellow what is not answered."""
    for question in form.questions:
        if question.skip_when is None:
            continue
        asked = form.by_key.get((question.skip_when.variable, question.moment))
        if asked is None:
            continue
        cell = _address(grid, asked)
        criteria = "=OR(" + ",".join(f"{cell}={code}" for code in question.skip_when.codes) + ")"
        rule = {"type": "formula", "criteria": criteria, "format": styles.look("skipped"), "stop_if_true": True}
        column = grid.columns[question.no]
        sheet.conditional_format(grid.first_row, column, grid.last_row, column, rule)
    filled = {moment: _filled(form, grid, moment) for moment in ("enrolment", "discharge")}
    for moment, first, last in runs(form, grid):
        blank = f"LEN(TRIM({xl_rowcol_to_cell(grid.first_row, first)}))=0"
        rule = {"type": "formula", "criteria": f"=AND({filled[moment]}{blank})", "format": styles.look("unanswered")}
        sheet.conditional_format(grid.first_row, first, grid.last_row, last, rule)


def _filled(form: Form, grid: Grid, moment: str) -> str:
    """That the row has a person, and for the discharge questions that the person is discharged."""
    keys = [("uno", "enrolment"), ("discharged_on", "discharge")][: 1 if moment == "enrolment" else 2]
    known = [form.by_key[key] for key in keys if key in form.by_key]
    return "".join(f'{_address(grid, question)}<>"",' for question in known)


def runs(form: Form, grid: Grid) -> Iterator[tuple[str, int, int]]:
    """Columns side by side that belong to one moment: one rule each, and none on an office's own column."""
    moments = {grid.columns[question.no]: question.moment for question in form.questions}
    start = previous = grid.first_column
    for column in sorted(moments)[1:]:
        if column != previous + 1 or moments[column] != moments[start]:
            yield moments[start], start, previous
            start = column
        previous = column
    yield moments[start], start, previous


def _address(grid: Grid, question: Question) -> str:
    """The question's cell in the first row, its column fixed: `$H9`."""
    address: str = xl_rowcol_to_cell(grid.first_row, grid.columns[question.no], col_abs=True)
    return address
