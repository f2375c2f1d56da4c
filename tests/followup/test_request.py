"""A list as a district gets it: one line per person, what is told of whom, and what may be written in."""

import datetime as dt
import html
import re
import zipfile
from io import BytesIO

import openpyxl
import polars as pl
import pytest

from sigpanel.contracts.followup import facts
from sigpanel.followup.request import ASKED, OWNER, PILOT, Told, file_name, write_lists
from sigpanel.intake.files import read_workbook

WORDS = facts().request
TOLD = Told("demo-v1", "2026-00000-01", "Uppföljning", dt.date(2026, 5, 1), "SCB")


def enrolment(place, person_id, uno, enrolled, discharged=None, sex="male", age=15):
    days = [dt.date.fromisoformat(day) if day else None for day in (enrolled, discharged)]
    return (place, person_id, uno, *days, "closed" if discharged else "ongoing", sex, age)


def lists_of(*rows):
    return write_lists(pl.DataFrame([*rows], schema=ASKED, orient="row"), TOLD)


def lines(made, tmp_path):
    path = tmp_path / made.file
    path.write_bytes(made.workbook)
    (sheet,) = [one for one in read_workbook(path).sheets if one.name == WORDS.sheets["list"]]
    found = {}
    for cell in sheet.cells:
        found.setdefault(cell.row, {})[cell.column] = cell.text
    return [[row.get(column, "") for column in range(1, 9)] for row in found.values()][1:]


def texts(made):
    with zipfile.ZipFile(BytesIO(made.workbook)) as whole:
        return "".join(whole.read(name).decode() for name in whole.namelist())


def test_a_person_has_one_line_with_each_enrolment_in_it(tmp_path):
    made = lists_of(
        enrolment("farsta", "x1", "QX0619", "2022-03-01", "2022-10-01"),
        enrolment("farsta", "x1", "QX0619", "2023-04-01", age=16),
    )
    assert lines(made["farsta"], tmp_path) == [
        ["x1", "QX0619", "2022-03-01\n2023-04-01", "2022-10-01\npågår", "Pojke eller man", "15\n16", "", ""]
    ]
    assert (made["farsta"].n_persons, made["farsta"].n_unreadable) == (1, 0)


def test_of_a_person_without_a_readable_code_only_days_are_told(tmp_path):
    made = lists_of(
        enrolment("farsta", "x1", None, "2022-03-01", "2022-10-01", sex="female"),
        enrolment("farsta", "x2", "QX0619", None),
    )
    assert lines(made["farsta"], tmp_path) == [
        ["x1", WORDS.no_code, "2022-03-01", "2022-10-01", "", "", "", ""],
        ["x2", "QX0619", "–", "pågår", "Pojke eller man", "15", "", ""],
    ]
    assert "För en av dem saknas en läsbar kod; den raden har bara datum." in texts(made["farsta"])


def test_a_person_of_two_districts_stands_in_each_list_as_that_district_knows_them(tmp_path):
    made = lists_of(
        enrolment("farsta", "x1", "QX0619", "2022-03-01", "2022-10-01"),
        enrolment("jarva", "x1", "XQ0619", "2023-04-01"),
    )
    assert [line[:3] for line in lines(made["farsta"], tmp_path)] == [["x1", "QX0619", "2022-03-01"]]
    assert [line[:3] for line in lines(made["jarva"], tmp_path)] == [["x1", "XQ0619", "2023-04-01"]]
    assert "XQ0619" not in texts(made["farsta"])
    assert "Järva" not in texts(made["farsta"])


def test_the_pilot_and_who_has_no_district_have_lists_of_their_own():
    made = lists_of(enrolment(PILOT, "x1", "QX8019", "2014-03-01"), enrolment(OWNER, "x2", "QX0619", "2022-03-01"))
    assert {place: one.file for place, one in made.items()} == {
        OWNER: "personnummer-demo-v1-dataagaren.xlsx", PILOT: "personnummer-demo-v1-2013-2016.xlsx",
    }  # fmt: skip
    assert "deltagare 2013–2016" in texts(made[PILOT])


@pytest.mark.parametrize("place", ["farsta", "enskede_arsta_vantor", PILOT, OWNER])
def test_a_list_is_called_by_its_place(place):
    assert re.fullmatch(r"personnummer-demo-v1-[a-z0-9-]+\.xlsx", file_name(place, "demo-v1"))


def test_a_number_is_twelve_digits_as_text_and_its_lack_is_chosen():
    told = texts(lists_of(enrolment("farsta", "x1", "QX0619", "2022-03-01"))["farsta"])
    assert '<dataValidation type="custom"' in told
    assert "LEN(G2)=12" in told
    assert (
        '<formula1>"numret finns inte,personen är okänd,raden gäller flera personer,lämnas inte ut"</formula1>' in told
    )
    assert 'formatCode="@"' in told or 'numFmtId="49"' in told


def test_that_there_is_no_readable_code_stands_on_one_line(tmp_path):
    made = lists_of(enrolment("farsta", "x1", None, "2022-03-01"))["farsta"]
    path = tmp_path / made.file
    path.write_bytes(made.workbook)
    sheet = openpyxl.load_workbook(path)[WORDS.sheets["list"]]
    # In the letters of the text, of which each takes less than a digit; a code's letters are wider.
    assert (sheet["B2"].value, sheet["B2"].font.name) == (WORDS.no_code, sheet["C2"].font.name)
    assert sheet.column_dimensions["B"].width > len(WORDS.no_code)


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path):
    made = lists_of(enrolment("farsta", "x1", "=HYPERLINK(1)", "2022-03-01"))
    assert lines(made["farsta"], tmp_path)[0][1] == "=HYPERLINK(1)"


def test_the_same_rows_in_another_order_give_the_same_bytes():
    rows = [enrolment("farsta", f"x{no}", f"QX06{no}", "2022-03-01") for no in range(10, 20)]
    assert lists_of(*rows)["farsta"].workbook == lists_of(*reversed(rows))["farsta"].workbook


def test_the_first_sheet_says_what_to_do_when_a_line_is_of_two_persons_and_what_a_dash_means():
    told = html.unescape(texts(lists_of(enrolment("farsta", "x1", "QX0619", "2022-03-01"))["farsta"]))
    assert "Gäller raden ändå två personer: lämna personnumret tomt" in told
    assert "Gäller två rader samma person: skriv samma nummer på båda." in told
    assert (
        'Ett streck (–) betyder att uppgiften inte finns i er rapportering, eller inte gick att läsa; "pågår"' in told
    )


def test_every_word_that_the_first_sheet_says_to_choose_is_in_the_list():
    chosen = {word for text in WORDS.paragraphs for word in re.findall(r'välj "([^"]+)"', text)}
    assert chosen == {"raden gäller flera personer", "personen är okänd", "lämnas inte ut"}
    assert chosen < {*WORDS.unknown}
