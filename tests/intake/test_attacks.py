"""What would lose persons without anybody meaning it, and what somebody may do on purpose to stop the reader."""

import contextlib
import datetime as dt
import random

import pytest

from sigpanel.forms import forms
from sigpanel.forms.write import OwnColumn
from sigpanel.intake import Refused, read
from sigpanel.intake.book import Cell
from sigpanel.intake.texts import head, is_nothing
from tests.intake.by_hand import parts, stored, zipped
from tests.support.clock import cpu_seconds
from tests.support.workbooks import FIRST, HEADER, book, person, persons, put

FORM = forms()["sig-unga-2022"]


def refusal(path) -> str:
    with pytest.raises(Refused) as caught:
        read(path, submission_no=0, year=2022)
    return str(caught.value)


def kinds(path) -> list[str]:
    return read(path, submission_no=0, year=2022).rows["kind"].to_list()


# --- persons above the header ---


def sorted_down(sheet) -> None:
    """Sort the persons together with their header, which comes last."""
    rows = [[cell.value for cell in sheet[row]] for row in (11, 10, 9, 8)]
    for row, values in enumerate(rows, start=HEADER):
        for column, value in enumerate(values, start=1):
            sheet.cell(row, column).value = value


def test_persons_above_the_header_are_refused(tmp_path):
    assert refusal(book(tmp_path / "f.xlsx", change=sorted_down)) == "headers_not_above_rows (sheet 1, row 8)"


def test_a_person_above_the_header_without_a_readable_code_or_date_is_refused_too(tmp_path):
    for changed in ({1: "Ann?"}, {5: "den 1 mars"}):
        path = book(tmp_path / "f.xlsx", rows=[person(FORM, changed)] * 3, change=sorted_down)
        assert refusal(path) == "headers_not_above_rows (sheet 1, row 8)"


@pytest.mark.parametrize(
    "example",
    [
        {"A5": "AP0615"},
        {"A5": "AP0615", "B5": "är en kod, 2022-03-01 en dag"},
        {"E5": dt.date(2022, 3, 1)},
        {"A5": "t.ex. AP0615", "E5": "t.ex. 2022-03-01"},
        {f"{letter}5": number for number, letter in enumerate("ABCDEFGHIJKLMNOP", start=1)},
    ],
)
def test_an_example_in_the_instructions_is_no_person(tmp_path, example):
    assert kinds(book(tmp_path / "f.xlsx", change=put(example))) == ["person"] * 3


# --- persons on another sheet ---


def continued(*codes: str, n_columns: int):
    def change(sheet) -> None:
        other = sheet.parent.create_sheet("Forts")
        for row, code in [(HEADER, None), *((FIRST, code) for code in codes)]:
            values = [sheet.cell(row, column).value for column in range(1, n_columns + 1)]
            other.append([code or values[0], *values[1:]])

    return change


@pytest.mark.parametrize("n_columns", [6, 15, 20, 32])
def test_persons_who_stand_only_on_another_sheet_are_refused(tmp_path, n_columns):
    path = book(tmp_path / "f.xlsx", change=continued("AP0615", "KL0601", n_columns=n_columns))
    assert refusal(path) == "form_stands_on_two_sheets (sheet 1, sheet 4)"


def test_a_list_of_the_same_persons_and_headers_without_any_lose_nobody(tmp_path):
    for codes in (("AP0615", "bo 0702"), ()):
        assert kinds(book(tmp_path / "f.xlsx", change=continued(*codes, n_columns=15))) == ["person"] * 3


# --- rows ---


@pytest.mark.parametrize(
    ("row", "own", "kind"),
    [
        (person(FORM, {1: "Ann?", 5: "\u200b2022-03-01"}), "Totalt stöd", "person"),
        (person(FORM, {1: "A.P.", 5: "den 1 mars"}), "Total x", "person"),
        (person(FORM, {1: None, 5: None}), "Total x", "person"),
        ({1: "?", 5: "\u200b\u2060 2022-03-01"}, "Totalt", "person"),
        ({5: "\ufeff2022-03-01"}, None, "person"),
        ({1: "AP06I5", 8: "2=Ja, gymnasieskola"}, None, "person"),
        ({1: "AP06I5", 8: "2=Ja, gymnasieskola"}, "Summa", "person"),
        ({1: "AP O6-l5", 3: "Pojke"}, None, "person"),
        ({1: "SIG 2022", 3: "Farsta"}, None, "footer"),
        ({1: "Missbilli", 3: "Farsta"}, None, "footer"),
        (dict.fromkeys(range(6, 11), 3), "Summa", "sum"),
        ({1: "Summa"} | dict.fromkeys(range(6, 33), 3), None, "sum"),
        ({2: "Summa"} | dict.fromkeys(range(6, 33), 3), None, "sum"),
    ],
)
def test_no_person_is_taken_for_a_sum_or_a_footer(tmp_path, row, own, kind):
    first, last = persons(FORM, "AP0615", "BO0702")
    columns = (OwnColumn(1, "Enhet"),)
    path = book(tmp_path / "f.xlsx", rows=[first, row, last], own_columns=columns, change=put({"A10": own}))
    assert kinds(path)[1:-1] == [kind]


# --- time ---


def text(content: str) -> Cell:
    return Cell(1, 1, "text", content, None, None)


def test_a_text_is_read_in_time_linear_in_its_length():
    contents = [pad + " " * 32_000 + "x" for pad in ("", "1", "q", "1 ", "fråga", "1 :")]
    contents += [sign * 32_000 for sign in "-1 \u200b\u00a0"] + ["1= " * 10_900]
    assert cpu_seconds(lambda: [(head(text(content)), is_nothing(text(content))) for content in contents]) < 1


def test_a_long_text_is_never_one_of_the_form_s_headers():
    header = FORM.questions[7].header
    assert head(text(header + " " * 32_000)).key == FORM.questions[7].header_key
    assert head(text(header + " " * 32_000 + "x")).key != FORM.questions[7].header_key
    assert "kommentar" in head(text("x" * 32_000 + " kommentar")).key


def spaces(sheet) -> None:
    for column in range(40, 60):
        sheet.cell(1, column).value = " " * 32_000 + "x"


def header_likes(sheet) -> None:
    chance = random.Random(1)  # noqa: S311
    for column in range(60, 15_060):
        letters = list(FORM.questions[column % 32].header.replace("?", ""))
        chance.shuffle(letters)
        sheet.cell(HEADER, column).value = "a" + "".join(letters)


def title_likes(sheet) -> None:
    sheet.insert_rows(1, 200)
    chance = random.Random(1)  # noqa: S311
    letters = list(FORM.title)
    for at in range(100_000):
        chance.shuffle(letters)
        sheet.cell(1 + at // 500, 1 + at % 500).value = "".join(letters)


@pytest.mark.parametrize("change", [spaces, header_likes, title_likes])
def test_a_hostile_form_is_read_or_refused_in_time(tmp_path, change):
    path = book(tmp_path / "f.xlsx", change=change)
    assert seconds(path) < 5


@pytest.mark.parametrize("string", ["-" * 32_000, "1= " * 10_900, " " * 32_000 + "x", "1" + " " * 32_000])
def test_a_long_text_that_stands_in_many_cells_is_read_in_time(tmp_path, string):
    headers = "".join(f'<c t="inlineStr"><is><t>{question.header}</t></is></c>' for question in FORM.questions)
    title = f'<row><c t="inlineStr"><is><t>{FORM.title}</t></is></c></row>'
    answers = "".join(f'<c t="inlineStr"><is><t>{question.answer.text}</t></is></c>' for question in FORM.questions)
    long = "<row><c><v>1</v></c>" + '<c t="s"><v>0</v></c>' + "</row>"
    sheet = f"{title}<row>{answers}</row><row>{headers}</row>" + long * 1_900
    shared = f'<si><t xml:space="preserve">{string}</t></si>'
    path = stored(tmp_path / "f.xlsx", zipped(parts(sheet, strings=shared)))
    assert seconds(path) < 5


def seconds(path) -> float:
    def run() -> None:
        with contextlib.suppress(Refused):
            read(path, submission_no=0, year=2022)

    return cpu_seconds(run)
