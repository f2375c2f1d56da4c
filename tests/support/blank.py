"""A blank form as a coordinator fills it in: typed into the file that `sigpanel form` wrote, cell by cell.

A typed answer takes on the format of its column, as it does in Excel; a `Shown` or a `Formula` has its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter

from sigpanel.forms import Form
from sigpanel.forms.write import Formula, Shown
from tests.support.workbooks import FIRST, SOUND

Key = tuple[str, str]
Answers = dict[Key, object]
ENROLMENT, DISCHARGE = "enrolment", "discharge"
AGE = 18
ERROR = "#N/A"
# The head of the form reaches down to the headers; persons stand below it.
FORMATS = {"uno": "@", "date": "yyyy-mm-dd"}


def sound(form: Form, year: int, initials: str = "AP", **changed: object) -> Answers:
    """Return a person who was enrolled and left in that year, with answers changed by `variable__moment`.

    `None` leaves a question empty. A variable alone is a question at enrolment.
    """
    answers: Answers = {(question.variable, question.moment): None for question in form.questions}
    answers |= {key: value for key, value in SOUND.items() if key in answers}
    answers |= {
        ("uno", ENROLMENT): code(year, initials),
        ("age", ENROLMENT): AGE,
        ("enrolled_on", ENROLMENT): dt.date(year, 3, 1),
        ("discharged_on", DISCHARGE): dt.date(year, 10, 31),
    }
    for name, value in changed.items():
        variable, _, moment = name.partition("__")
        key = (variable, moment or ENROLMENT)
        # What an edition does not ask cannot be answered in it.
        answers |= {key: value} if key in answers else {}
    return answers


def ongoing(form: Form, year: int, initials: str, **changed: object) -> Answers:
    """Return a person who is still enrolled at the year's end."""
    person = sound(form, year, initials, **changed)
    kept = {key for key in person if key[1] == ENROLMENT or "__".join(key) in changed}
    return {key: value if key in kept else None for key, value in person.items()}


def code(year: int, initials: str = "AP", *, age: int = AGE, day: int = 15) -> str:
    """Return the code of somebody who turned `age` by March of that year."""
    return f"{initials}{(year - age) % 100:02}{day:02}"


def initials(number: int) -> str:
    """Return initials that no other number has."""
    return chr(ord("A") + number // 26) + chr(ord("A") + number % 26)


def fill(path: Path, form: Form, rows: Sequence[Mapping[Key, object]]) -> None:
    """Type rows of answers into a blank form, from the first row below the headers."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[form.sheets["form"]]
    for number, answers in enumerate(rows, start=FIRST):
        for key, value in answers.items():
            question = form.by_key[key]
            cell = sheet[f"{get_column_letter(question.no)}{number}"]
            _type(cell, value, FORMATS.get(question.answer.kind, "General"))
    workbook.save(path)


def _type(cell: Cell, value: object, number_format: str) -> None:
    match value:
        case None:
            return
        case Formula(text=text):
            cell.value = text
        case Shown(value=shown, number_format=own):
            cell.value, cell.number_format = shown, own
        case _:
            cell.value, cell.number_format = value, number_format
