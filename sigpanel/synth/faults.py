"""Workbooks with one fault each, by the fault's name, for tests: what must be refused, and what must be remarked upon.

    write_faulty(tmp_path / "f.xlsx", "missing_question")

Each has a few tidy rows, so that nothing but the fault can be found. What is merely untidy is in
`sigpanel.synth.offices`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

from sigpanel.forms import Form, forms, letters_and_digits
from sigpanel.forms.write import Layout, OwnColumn, Row, write_form
from sigpanel.forms.write_layout import AT_THE_END
from sigpanel.synth.fill import Clerk
from sigpanel.synth.population import Window, population
from sigpanel.synth.reports import offices, reports

if TYPE_CHECKING:
    from pathlib import Path

_ROWS = 3
_PERSONS = 150


@dataclass(frozen=True)
class Draft:
    """A workbook before it is written."""

    form: Form
    rows: tuple[Row, ...] = ()
    layout: Layout = field(default_factory=Layout)

    def with_column(self, before: int, header: str) -> Draft:
        """The same with a column put in."""
        return replace(self, layout=replace(self.layout, own_columns=(OwnColumn(before, header, "1"),)))

    def without(self, variable: str) -> Draft:
        """The same without the question on that variable at enrolment."""
        gone = self.form.by_key[variable, "enrolment"]
        questions = tuple(question for question in self.form.questions if question is not gone)
        rows = tuple({no: cell for no, cell in row.items() if no != gone.no} for row in self.rows)
        return replace(self, form=replace(self.form, questions=questions), rows=rows)


def draft(edition: str) -> Draft:
    """A few tidy rows in the first year of an edition."""
    form = forms()[edition]
    window = Window(form.first_year, form.first_year)
    made = reports(Random("faults"), window, population(Random("faults"), window, _PERSONS))
    office = next(office for office in offices(window) if office.form is form)
    theirs = [report for place in office.places for report in made[office.year, form.programme, place]]
    clerk = Clerk(0, messy=False)
    filled = [clerk.fill(office, report, 0, date_1904=False) for report in theirs[:_ROWS]]
    return Draft(form, tuple({no: spelt.cell for no, spelt in row.items()} for row in filled))


def write_faulty(path: Path, fault: str, *, edition: str = "sig-unga-2022") -> None:
    """Write a workbook of an edition with one of the `FAULTS`, or a file with one of the `BROKEN_FILES`."""
    if fault in BROKEN_FILES:
        path.write_bytes(BROKEN_FILES[fault])
        return
    faulty = FAULTS[fault](draft(edition))
    write_form(path, faulty.form, faulty.rows, layout=faulty.layout)


def _laid_out(layout: Layout) -> Callable[[Draft], Draft]:
    return lambda sound: replace(sound, layout=layout)


def _repeated_question(sound: Draft) -> Draft:
    question = sound.form.questions[-1]
    return sound.with_column(AT_THE_END, f"{question.no}. {question.header}")


def _unknown_form(sound: Draft) -> Draft:
    questions = tuple(
        replace(question, header=f"Uppgift {letters_and_digits(question.header)[::-1]}")
        for question in sound.form.questions
    )
    return replace(sound, form=replace(sound.form, title="Redovisning av föreningsbidrag", questions=questions))


def _unknown_answers(sound: Draft) -> Draft:
    asked = sound.form.by_key["district", "enrolment"]
    other = replace(asked, answer=replace(asked.answer, text="1=Norra\n2=Södra"))
    questions = tuple(other if question is asked else question for question in sound.form.questions)
    return replace(sound, form=replace(sound.form, questions=questions))


def _outdated_template(sound: Draft) -> Draft:
    editions = [form for form in forms().values() if form.programme == sound.form.programme]
    return draft(min(editions, key=lambda form: form.first_year).edition)


FAULTS: dict[str, Callable[[Draft], Draft]] = {
    # Refused: which question a column answers, or which edition it is, cannot be told.
    "missing_question": lambda sound: sound.without("meaningful_leisure"),
    "unknown_header": lambda sound: sound.with_column(AT_THE_END, f"{len(sound.form.questions) + 1}. Har körkort"),
    "question_like_header": lambda sound: sound.with_column(
        AT_THE_END, "Har en stabil boendesituation vid utskrivningen"
    ),
    "repeated_question": _repeated_question,
    "unknown_form": _unknown_form,
    "unknown_answers": _unknown_answers,
    "no_answer_row": _laid_out(Layout(answer_row=False)),
    "two_filled_sheets": _laid_out(Layout(second_sheet="Formulär (2)")),
    # Accepted, with a remark.
    "outdated_template": _outdated_template,
    "row_twice": lambda sound: replace(sound, rows=(*sound.rows, sound.rows[0])),
    "no_rows": lambda sound: replace(sound, rows=()),
}
# Files that are no workbook, whatever their name says.
BROKEN_FILES: dict[str, bytes] = {
    "empty_file": b"",
    "text_file": "UNO-kod;SDF;Kön\r\n".encode(),
    "web_page": b"<!DOCTYPE html><html><body><table><tr><td>UNO-kod</td></tr></table></body></html>",
    "old_excel_or_encrypted": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504),
    "half_a_workbook": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(60),
}
