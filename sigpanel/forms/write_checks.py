"""What the form does while it is being filled in: drop-downs, checks, grey and yellow.

Every check is a warning: a form that refuses an answer gets it somewhere else, in the comment or in a column of its
own. What a warning says is what the finding would say (`contracts/findings.yaml`), so that form and feedback never
disagree.

The order of the colour rules matters. Grey for a question that is not asked stands first and stops, since the same cell
is empty and would turn yellow by the second rule. Yellow comes with the row's first answer; in the discharge part with
the first answer there, since it stays empty as long as the insats goes on.

It writes no answers and knows nothing of offices' habits beyond the `Grid` it is given.
"""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sigpanel.findings import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.model import Answer, Form, Question
    from sigpanel.forms.write_layout import Grid
    from sigpanel.forms.write_style import Styles

# From here a date is taken to be meant: earlier ones are slips of the pen.
FIRST_DATE = dt.date(2000, 1, 1)
# Excel refuses a longer message, and a workbook that holds one opens as damaged.
LONGEST_MESSAGE = 255

_RULES = {
    "uno": "uno_unreadable",
    "date": "date_unreadable",
    "number": "value_out_of_range",
    "coded": "value_not_among_answers",
    "district": "value_not_among_answers",
}


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
        sheet.data_validation(grid.first_row, column, grid.last_row, column, check | _words(question, form))


def _check(question: Question, form: Form, grid: Grid, lists: dict[str, tuple[int, list[int]]]) -> dict[str, Any]:
    cell = _address(grid, question)
    match question.answer.kind:
        case "uno":
            return {"validate": "custom", "value": _is_code(cell)}
        case "date":
            enrolled = _before(question, form)
            value = "=" + _address(grid, enrolled) if enrolled else FIRST_DATE
            return {"validate": "date", "criteria": ">=", "value": value}
        case "number":
            return _number_check(question.answer, cell)
    column, codes = lists[question.answer.name]
    name = xl_col_to_name(column)
    return {"validate": "list", "source": f"='{form.sheets['lists']}'!${name}$2:${name}${len(codes) + 1}"}


def _is_code(cell: str) -> str:
    """Two letters, whatever their case, and four digits.

    A letter is what differs from itself in the other case, so that Å and É are letters too. The digits are compared
    with themselves written as a number, since 1E05 and -123 are numbers as well. Array constants, which would say it
    shorter, are not allowed here.
    """
    letters = ",".join(f"NOT(EXACT(UPPER(MID({cell},{place},1)),LOWER(MID({cell},{place},1))))" for place in (1, 2))
    digits = f"MID({cell},3,4)"
    return f'=AND(LEN({cell})=6,{letters},ISNUMBER(-{digits}),TEXT({digits},"0000")={digits})'


def _before(question: Question, form: Form) -> Question | None:
    """The question of the date that this one must not lie before."""
    return form.by_key.get(("enrolled_on", "enrolment")) if question.variable == "discharged_on" else None


def _number_check(answer: Answer, cell: str) -> dict[str, Any]:
    assert answer.low is not None and answer.high is not None  # noqa: S101, PT018 - the loader has seen to it
    apart = sorted(code for code in answer.missing if code != answer.high + 1)
    high = answer.high + (answer.high + 1 in answer.missing)
    if not apart:
        return {"validate": "integer", "criteria": "between", "minimum": answer.low, "maximum": high}
    # A whole number between 1 and 999 would let 50 pass for health.
    others = ",".join(f"{cell}={code}" for code in apart)
    return {"validate": "custom", "value": f"=OR(AND({cell}>={answer.low},{cell}<={high},{cell}=INT({cell})),{others})"}


def _words(question: Question, form: Form) -> dict[str, Any]:
    """What is said beside the cell when it is entered, and about an answer that does not pass."""
    broken = rule("discharged_before_enrolled" if _before(question, form) else _RULES[question.answer.kind])
    asked = question.answer.text
    if question.answer.kind == "uno":
        asked = f"{asked}. {broken.do_sv}"
    if len(asked) > LONGEST_MESSAGE:
        asked = broken.do_sv
    title = f"Fråga {question.no}"
    return {
        "error_type": "warning",
        "error_title": title,
        "error_message": f"{broken.sv} {broken.do_sv}",
        "input_title": title,
        "input_message": asked,
    }


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
        grey = {"type": "formula", "criteria": criteria, "format": styles.look("skipped"), "stop_if_true": True}
        column = grid.columns[question.no]
        sheet.conditional_format(grid.first_row, column, grid.last_row, column, grey)
    runs = list(_runs(form, grid))
    begun = {
        "enrolment": _any_answer(grid, [columns for _, *columns in runs]),
        "discharge": _any_answer(grid, [columns for moment, *columns in runs if moment == "discharge"]),
    }
    for moment, first, last in runs:
        blank = f"LEN(TRIM({xl_rowcol_to_cell(grid.first_row, first)}))=0"
        yellow = {"type": "formula", "criteria": f"=AND({begun[moment]},{blank})", "format": styles.look("unanswered")}
        sheet.conditional_format(grid.first_row, first, grid.last_row, last, yellow)


def _any_answer(grid: Grid, runs: list[list[int]]) -> str:
    """That something stands in one of the row's columns."""
    areas = (
        ":".join(xl_rowcol_to_cell(grid.first_row, column, col_abs=True) for column in (first, last))
        for first, last in runs
    )
    return f"COUNTA({','.join(areas)})>0"


def _runs(form: Form, grid: Grid) -> Iterator[tuple[str, int, int]]:
    """Columns side by side that belong to one moment: one rule each, and none on an office's own column."""
    moments = {grid.columns[question.no]: question.moment for question in form.questions}
    # Within a run, column and place in the order grow together.
    places = enumerate(sorted(moments))
    for (_, moment), run in groupby(places, key=lambda place: (place[1] - place[0], moments[place[1]])):
        columns = [column for _, column in run]
        yield moment, columns[0], columns[-1]


def _address(grid: Grid, question: Question) -> str:
    """The question's cell in the first row, its column fixed: `$H9`."""
    address: str = xl_rowcol_to_cell(grid.first_row, grid.columns[question.no], col_abs=True)
    return address
