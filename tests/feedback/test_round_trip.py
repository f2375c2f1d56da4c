"""Sent, answered, sent back: the feedback is read as the submission was, our synthetic ones and those of ../shared."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sigpanel.feedback import Feedback, write_feedback
from sigpanel.feedback.words import texts
from sigpanel.forms import forms
from sigpanel.pipeline.check import Checked, check
from sigpanel.synth import generate
from tests.support.feedback import feedback_of, one_feedback
from tests.support.workbooks import SOUND, book, person, put

EMPTIED = ["value_is_an_excel_error", "formula_without_value"]
SETTLED = ["number_shown_as_date", "own_column_dropped", "row_not_a_person", "header_number_differs"]
PLACE = ["submission_no", "row", "question"]


@dataclass(frozen=True)
class Twice:
    """What was sent and what was read in the feedback on it, workbook by workbook in the same order."""

    first: Checked
    again: Checked
    sent: list[Feedback]
    returned: list[Feedback]


def _shared(request, _folder) -> list[Path]:
    return sorted((request.getfixturevalue("shared") / "submissions").glob("20*/*.xlsx"))


def _synthetic(_request, folder) -> list[Path]:
    return sorted(generate(folder / "set", seed=5, first_year=2021, last_year=2024).workbooks)


_SETS: dict[str, Callable] = {"synthetic": _synthetic, "shared": _shared}


@pytest.fixture(scope="module", params=["synthetic", pytest.param("shared", marks=pytest.mark.shared)])
def twice(request, tmp_path_factory) -> Twice:
    folder = tmp_path_factory.mktemp(request.param)
    paths = _SETS[request.param](request, folder)
    first = check(paths)
    sent = feedback_of(first)
    again = []
    for number, path in enumerate(paths):
        again.append(folder / "back" / str(sent[path].reported_year) / f"{number:03}.xlsx")
        again[-1].parent.mkdir(parents=True, exist_ok=True)
        write_feedback(again[-1], sent[path])
    checked = check(again)
    returned = feedback_of(checked)
    return Twice(first, checked, [sent[path] for path in paths], [returned[path] for path in again])


def test_every_feedback_is_recognised_as_the_same_edition_at_the_same_places(twice):
    assert twice.again.delivery.refusals == ()
    for sent, back in zip(twice.sent, twice.returned, strict=True):
        for name in ("form", "columns", "header_row", "title_at", "answer_row", "district", "reported_year"):
            assert getattr(back, name) == getattr(sent, name), name


def test_the_same_rows_are_persons_and_nothing_else_is_there(twice):
    for sent, back in zip(twice.sent, twice.returned, strict=True):
        assert back.persons == sent.persons
        assert set(back.rows["kind"]) <= {"person", "blank"}


def _both(twice: Twice, frame: Callable[[Checked], pl.DataFrame], on: list[str]) -> pl.DataFrame:
    first, again = frame(twice.first), frame(twice.again)
    assert first.height == again.height > 500
    return first.join(again, on=on, suffix="_again", how="left")


def test_every_answer_says_what_it_said(twice):
    both = _both(twice, lambda checked: checked.delivery.cleaned.answers, PLACE)
    emptied = twice.first.findings.filter(pl.col("rule").is_in(EMPTIED))
    kept = both.join(emptied, on=PLACE, how="anti")
    assert kept.height > both.height - 200
    for name in ("code", "value", "missing", "cell"):
        assert kept.filter(pl.col(name).ne_missing(pl.col(f"{name}_again"))).select(*PLACE).rows() == [], name
    gone = both.join(emptied, on=PLACE, how="semi")
    assert gone.height > 10
    assert set(gone["missing_again"]) <= {"blank", "not_yet", "not_asked"}


def test_every_row_has_the_code_the_dates_and_the_rest_that_it_had(twice):
    both = _both(twice, lambda checked: checked.delivery.cleaned.reports, ["submission_no", "row"])
    for name in ("uno", "district", "sex", "age", "enrolled_on", "discharged_on", "discharge_reason", "is_discharged"):
        assert both.filter(pl.col(name).ne_missing(pl.col(f"{name}_again"))).select("submission_no", "row").rows() == []


def test_the_findings_are_at_the_same_cells_but_for_what_is_settled_or_emptied(twice):
    # Of comments and notes nothing comes along, and what is new are our own notes.
    aside = list(texts().not_for_districts)

    def found(checked: Checked, without: list[str]) -> set[tuple]:
        return set(
            checked.findings.filter(~pl.col("rule").is_in(without)).select("rule", "submission_no", "cell").rows()
        )

    emptied = twice.first.findings.filter(pl.col("rule").is_in(EMPTIED))
    places = set(emptied.select(pl.lit("answer_left_blank"), "submission_no", "cell").rows())
    before, after = found(twice.first, EMPTIED + SETTLED + aside), found(twice.again, aside)
    assert before - after == set()
    assert after - before <= places
    assert len(before) > 100


def test_written_from_what_came_back_it_is_the_same_but_for_what_was_settled_or_emptied(twice, tmp_path):
    """Nothing drifts: the second time round nothing changes any more."""
    for number, back in enumerate(twice.returned[:10]):
        write_feedback(tmp_path / "2.xlsx", back)
        [third] = feedback_of(check([tmp_path / "2.xlsx"], back.reported_year)).values()
        columns = ["row", "question", "kind", "text", "number"]
        assert third.answers.select(columns).equals(back.answers.select(columns)), number


# --- mended and sent back -------------------------------------------------------------------------------------------

UNGA = forms()["sig-unga-2022"]
FAULTS = {
    "A10": "?",
    "B9": 9,
    "C9": None,
    "D10": "=NA()",
    "E11": "i mars",
    "F9": True,
    "G9": "många",
    "H11": "Nej tack",
    "D11": 40,
    "P10": 0.5,
    "Q9": 50,
    "R11": 14,
    "AF9": 77,
}


def _faulty(sheet) -> None:
    put(FAULTS)(sheet)
    sheet["P10"].number_format = "0%"


def mended(path: Path, sound: dict[str, object]) -> Path:
    """Open the feedback as an office would, give each marked cell the sound answer, and save it."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Formulär"]
    for row in sheet.iter_rows(min_row=9):
        for cell in row:
            if cell.comment:
                cell.value = sound[re.sub(r"\d", "", cell.coordinate)]
                cell.number_format = "General" if cell.number_format == "0%" else cell.number_format
    place = path.with_name("mended.xlsx")
    workbook.save(place)
    return place


def test_once_the_marked_cells_are_mended_nothing_is_found(tmp_path):
    rows = [person(UNGA, {1: code}) for code in ("AP0615", "BO0602", "CI0623")]
    sent = one_feedback(book(tmp_path / "sent.xlsx", rows=rows, change=_faulty))
    assert sent.findings.height >= len(FAULTS)
    write_feedback(tmp_path / "back.xlsx", sent)
    sound = {
        sent.columns[question.name]: SOUND[question.variable, question.moment] for question in UNGA.questions
    } | {"A": "BO0602"}  # fmt: skip
    again = one_feedback(mended(tmp_path / "back.xlsx", sound))
    assert again.findings.rows() == []
    assert again.persons == sent.persons
