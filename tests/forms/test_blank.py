"""The blank form, filled in: without fault it gives no finding, and each fault planted in it gives exactly its own."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sigpanel.findings import rules
from sigpanel.forms import Form, form, forms
from sigpanel.forms.model import Question
from sigpanel.forms.write import Formula, Shown
from sigpanel.pipeline.blank import write_blank
from sigpanel.pipeline.check import check
from sigpanel.synth.faults import draft
from tests.support.blank import (
    AGE,
    DISCHARGE,
    ENROLMENT,
    ERROR,
    Answers,
    code,
    fill,
    initials,
    ongoing,
    sound,
)
from tests.support.workbooks import FIRST

EDITIONS = list(forms())
# Of an edition still in use, a few years are enough.
YEARS = [
    (edition, year)
    for edition, described in forms().items()
    for year in range(described.first_year, (described.last_year or described.first_year + 2) + 1)
]
Finding = tuple[str, str]


def found(path: Path, year: int) -> list[tuple[int | None, str, str | None]]:
    """Every finding of a workbook: its row, its rule and its question."""
    checked = check([path], year)
    assert not checked.delivery.refusals
    return checked.findings.select("row", "rule", "question").rows()


def filled(folder: Path, edition: str, year: int, rows: list[Answers]) -> Path:
    """Return the blank form of an edition with these rows in it."""
    blank = write_blank(form(edition).programme, year, out=folder)
    assert blank.form.edition == edition
    fill(blank.file, blank.form, rows)
    return blank.file


# --- without fault ----------------------------------------------------------------------------------------------------


def everybody(form: Form, year: int) -> Iterator[Callable[[str], Answers]]:
    """Every kind of person that the form provides for, each made with the initials it is given."""
    of_year = (form, year)
    yield lambda name: sound(*of_year, name)
    yield lambda name: ongoing(*of_year, name)
    # Enrolled long before the year, and on its last day; gone the day they came.
    yield lambda name: ongoing(*of_year, name, enrolled_on=dt.date(year - 2, 5, 1), age=AGE - 2)
    yield lambda name: ongoing(*of_year, name, enrolled_on=dt.date(year, 12, 31))
    yield lambda name: sound(*of_year, name, discharged_on__discharge=dt.date(year, 3, 1))
    # Of the same year and day with other initials, a coordination number, letters beyond Z.
    yield lambda name: sound(*of_year, name, uno=code(year, name, day=75))
    yield lambda name: sound(*of_year, name, uno=code(year, f"Å{name[1]}"))
    # In no school: schooling greyed out and left empty, or answered as not relevant.
    for schooling in (None, 3):
        yield lambda name, schooling=schooling: sound(
            *of_year,
            name,
            school_enrolled=6,
            school_functioning=schooling,
            work_or_internship=1,
            school_enrolled__discharge=6,
            school_functioning__discharge=schooling,
            work_or_internship__discharge=2,
        )
    # Nobody knows, wherever the form lets one say so; nobody wishes to say.
    for value, reason in ((999, "unknown"), (99, "declined")):
        said = {
            f"{question.variable}__{question.moment}": value
            for question in form.questions
            if question.answer.missing.get(value) == reason
        }
        yield lambda name, said=said: sound(*of_year, name, **said)
    # The ends of what each number may be, and 99 crimes, which is a count.
    for end in ("low", "high"):
        said = {
            f"{question.variable}__{question.moment}": getattr(question.answer, end)
            for question in form.questions
            if question.answer.kind == "number" and question.variable != "age"
        }
        yield lambda name, said=said: sound(*of_year, name, **said)
    yield lambda name: sound(*of_year, name, suspected_crimes_before=99)
    # Every alternative of every question that no other answer binds.
    bound = {"district", "school_enrolled", "school_functioning", "work_or_internship"}
    for question in form.questions:
        for alternative in question.answer.codes if question.variable not in bound else ():
            said = {f"{question.variable}__{question.moment}": alternative.code}
            yield lambda name, said=said: sound(*of_year, name, **said)
    for school in range(1, 6):
        yield lambda name, school=school: sound(
            *of_year, name, school_enrolled=school, school_enrolled__discharge=school, school_functioning=1
        )


@pytest.mark.parametrize(("edition", "year"), YEARS)
def test_filled_in_without_fault_it_gives_no_finding(tmp_path, edition, year):
    rows = [make(initials(number)) for number, make in enumerate(everybody(form(edition), year))]
    assert len(rows) > 50
    path = filled(tmp_path, edition, year, rows)
    checked = check([path], year)
    assert (checked.findings.rows(), checked.delivery.refusals, checked.delivery.cleaned.rejected.rows()) == (
        [],
        (),
        [],
    )
    assert checked.status["status"].to_list() == ["accepted"]
    assert checked.delivery.cleaned.reports.height == len(rows)


@pytest.mark.parametrize("edition", EDITIONS)
def test_filled_in_by_the_tidy_clerk_of_the_synthetic_offices_it_gives_no_finding(tmp_path, edition):
    described, year = form(edition), form(edition).first_year
    keys = {question.no: (question.variable, question.moment) for question in described.questions}
    rows = [{keys[no]: cell for no, cell in row.items()} for row in draft(edition).rows]
    assert found(filled(tmp_path, edition, year, rows), year) == []


# --- each planted fault gives exactly its own finding -----------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """A person with one fault in their row, and the finding that must come of it, by rule and question's variable."""

    rule: str
    variable: str
    moment: str
    what: str
    make: Callable[[Form, int, str], Answers]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.what}"

    def question(self, form: Form) -> str | None:
        asked = form.by_key.get((self.variable, self.moment))
        return asked.name if asked else None


@dataclass(frozen=True)
class Code:
    """A code of the person's own initials; what stands after the birth year is the day, unless it is said."""

    age: int = AGE
    day: int = 15
    tail: str = ""

    def of(self, year: int, name: str) -> str:
        plain = code(year, name, age=self.age, day=self.day)
        return plain[:4] + self.tail if self.tail else plain


@dataclass(frozen=True)
class Day:
    """A day of the reporting year, or of one after it."""

    month: int
    day: int
    years_after: int = 0

    def of(self, year: int, _: str) -> dt.date:
        return dt.date(year + self.years_after, self.month, self.day)


def planted(rule: str, key: str, value: object, *, make: Callable[..., Answers] = sound, **more: object) -> Planted:
    """A fault in one answer, `variable` or `variable__moment`; `more` answers are what it contradicts."""
    variable, _, moment = key.partition("__")
    answers = {**more, key: value}

    def person(form: Form, year: int, name: str) -> Answers:
        said = {
            each: answer.of(year, name) if isinstance(answer, Code | Day) else answer
            for each, answer in answers.items()
        }
        return make(form, year, name, **said)

    what = ", ".join(f"{each}={answer!r}" for each, answer in answers.items())
    return Planted(rule, variable, moment or ENROLMENT, what, person)


def keys_of(*kinds: str) -> list[str]:
    """The questions of these kinds, of all editions."""
    asked: dict[str, Question] = {}
    for described in forms().values():
        asked |= {f"{question.variable}__{question.moment}": question for question in described.questions}
    return [key for key, question in asked.items() if question.answer.kind in kinds]


HEALTH = [key for key in keys_of("number") if "health" in key]
CRIMES = [key for key in keys_of("number") if "crimes" in key]
ENROLLED, DISCHARGED = "enrolled_on__enrolment", "discharged_on__discharge"
CODE, AGED = "uno__enrolment", "age__enrolment"
EVERY = keys_of("uno", "district", "coded", "number", "date")


def values() -> Iterator[Planted]:
    """Alternatives that there are not, and numbers that are none, or too high or too low."""
    for key in keys_of("coded", "district"):
        for value in (0, 50, 2.5, "Kanske", "1 eller 2", "1=Nej, inte alls", dt.date(2022, 5, 1)):
            yield planted("value_not_among_answers", key, value)
        yield planted("number_shown_as_date", key, Shown(2 if "district" not in key else 4, "yyyy-mm-dd"))
    for key in keys_of("number"):
        for value in ("många", "3-4", 2.5, "2;3"):
            yield planted("value_is_no_number", key, value)
    for key, value in [(each, value) for each in HEALTH for value in (0, 11, 50, -1, 998)]:
        yield planted("value_out_of_range", key, value)
    for key, value in [(each, value) for each in CRIMES for value in (-1, 1000)]:
        yield planted("value_out_of_range", key, value)
    for value in (0, 100, 999):
        yield planted("value_out_of_range", AGED, value)
    for key in CRIMES:
        yield planted("value_approximate", key, "ca 3")
        yield planted("number_shown_as_date", key, Shown(3, "yyyy-mm-dd"))


def contents() -> Iterator[Planted]:
    """What no question is answered by."""
    for key in EVERY:
        yield planted("value_is_boolean", key, True)
        yield planted("value_is_percent", key, Shown(0.5, "0%"))
        yield planted("value_is_an_excel_error", key, ERROR)
        yield planted("formula_without_value", key, Formula("=1+1"))
        # Without a code they would be one row, standing twice.
        for value in (None, " ", "-") if key != CODE else (None,):
            yield planted("answer_left_blank", key, value)


def dates_and_codes() -> Iterator[Planted]:
    """Dates and UNO codes that cannot be read, or only with a remark."""
    for key in (ENROLLED, DISCHARGED):
        for value in ("i våras", "2022-13-01", "2022-02-30", "mars 2022", 999, 3):
            yield planted("date_unreadable", key, value)
    for value in ("Ann Persson", "AP", "APE615", "A0615", "AP06155", "1APP06", "AP-06-1", 4701):
        yield planted("uno_unreadable", CODE, value)
    yield planted("uno_letter_for_digit", CODE, Code(tail="O5"))
    yield planted("uno_with_month", CODE, Code(tail="0215"))


def rows() -> Iterator[Planted]:
    """What answers can say against each other."""
    for day in (0, 32, 60, 92):
        yield planted("uno_day_impossible", CODE, Code(day=day))
    for age in (5, 75):
        yield planted("age_implausible", AGED, age, uno__enrolment=Code(age=age))
    for age in (AGE - 2, AGE + 1):
        yield planted("age_against_birth_year", AGED, age)
    yield planted("enrolled_after_reporting_year", ENROLLED, Day(1, 1, 1), make=ongoing)
    yield planted("discharged_after_reporting_year", DISCHARGED, Day(1, 1, 1))
    yield planted("discharged_before_enrolled", DISCHARGED, Day(2, 28))
    yield planted("discharge_answers_without_discharge", "stable_housing__discharge", 1, make=ongoing)
    for moment in (ENROLMENT, DISCHARGE):
        school, schooling, work = (
            f"{variable}__{moment}" for variable in ("school_enrolled", "school_functioning", "work_or_internship")
        )
        for value in (1, 2):
            yield planted("not_in_school_but_schooling_answered", schooling, value, **{school: 6, work: 1})
        yield planted("in_school_but_schooling_not_relevant", school, 2, **{schooling: 3, work: 1})
        for value in (None, 3):
            yield planted("work_not_relevant_but_not_in_school", school, 6, **{schooling: value, work: 3})
    yield planted("district_differs_from_workbook", "district__enrolment", 2)


FAULTS = [*values(), *contents(), *dates_and_codes(), *rows()]


def test_every_fault_has_a_name_of_its_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 450


def told(folder: Path, edition: str) -> dict[str, list[Finding]]:
    """The findings of every planted fault in an edition's form: one row for each, all in one workbook."""
    described, year = form(edition), form(edition).first_year
    faults = [fault for fault in FAULTS if fault.question(described)]
    people = [fault.make(described, year, initials(number)) for number, fault in enumerate(faults)]
    findings = found(filled(folder, edition, year, people), year)
    assert not [rule for row, rule, _ in findings if row is None]
    return {
        fault.name: [(rule, question) for row, rule, question in findings if row == number]
        for number, fault in enumerate(faults, start=FIRST)
    }


@pytest.mark.parametrize("edition", EDITIONS)
def test_each_planted_fault_gives_exactly_its_own_finding(tmp_path, edition):
    described = form(edition)
    should = {fault.name: [(fault.rule, fault.question(described))] for fault in FAULTS if fault.question(described)}
    assert told(tmp_path, edition) == should


def twice(form: Form, year: int) -> list[Answers]:
    return [sound(form, year, "AP"), sound(form, year, "BO"), sound(form, year, "AP")]


def code_alone(form: Form, year: int) -> list[Answers]:
    return [sound(form, year, "AP"), {("uno", ENROLMENT): code(year, "BO")}]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("people", "finding"),
    [
        (twice, (FIRST + 2, "row_stands_twice", None)),
        (code_alone, (FIRST + 1, "row_rejected", None)),
        (lambda *_: [], (None, "workbook_without_persons", None)),
    ],
    ids=["a row twice", "a row with nothing but a code", "nobody"],
)
def test_a_row_that_is_no_report_gives_exactly_its_own_finding(tmp_path, edition, people, finding):
    year = form(edition).first_year
    path = filled(tmp_path, edition, year, people(form(edition), year))
    assert found(path, year) == [finding]


def test_every_rule_about_values_and_rows_is_planted():
    planted_here = {fault.rule for fault in FAULTS} | {"row_stands_twice", "row_rejected"}
    # A sum below the persons is remarked upon by the build alone: the form's reader has nothing to mend.
    planted_here.add("row_not_a_person")
    # What the data owner decides about an answer or a row comes of decisions, not of what is filled in.
    # That takes two rows, which stand in tests/catalogue.
    planted_here.add("enrolment_reported_twice")
    planted_here |= {"cell_corrected", "finding_accepted", "row_dropped_by_owner"}
    assert planted_here == {rule.name for rule in rules().values() if rule.scope in {"value", "row", "between_rows"}}
