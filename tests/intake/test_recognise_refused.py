"""What is no form, or two, or one that cannot be told: refused by rule and place."""

import datetime as dt
from dataclasses import replace

import pytest

from tests.intake.recognising import DIFFER, FORM, SECRET, SOUND, VUXNA, codes, refusal, seen
from tests.support.workbooks import FIRST, HEADER, book, put


def test_a_workbook_without_the_form_s_headers_is_not_recognised(tmp_path):
    other = replace(FORM, questions=tuple(replace(q, header=f"Uppgift {q.no}") for q in FORM.questions))
    other = replace(other, title="Redovisning av föreningsbidrag")
    assert refusal(book(tmp_path / "f.xlsx", other)) == "form_not_recognised"


def test_a_handful_of_the_form_s_headers_is_no_form(tmp_path):
    def only_five(sheet):
        for column in range(6, 40):
            sheet.cell(HEADER, column).value = None

    path = book(tmp_path / "f.xlsx", change=only_five)
    assert refusal(path) == "form_not_recognised (sheet 1, title of sig-unga-2022, sig-unga-2024 at A1)"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"H8": None}, "missing Q8"),
        ({"H8": None, "AF8": None}, "missing Q8, Q32"),
        ({"AH8": f"33. {SECRET}"}, "unknown AH8"),
        ({"AH8": f"33) {SECRET}"}, "unknown AH8"),
        ({"AH8": f"Har {SECRET} körkort?"}, "unknown AH8"),
        ({"AH8": "Har en stabil boendesituation vid utskrivningen"}, "unknown AH8"),
        ({"K8": "11. Har en stabil boendesituation"}, "missing Q11; unknown K8"),
        ({"K8": SECRET}, "missing Q11"),
        ({"C8": "3. Juridiskt kön", "AH8": "34. Bostadsort"}, "missing Q3; unknown C8, AH8"),
    ],
)
def test_missing_and_unknown_questions_are_refused_with_both_sets_named(tmp_path, change, place):
    assert refusal(book(tmp_path / "f.xlsx", change=put(change))) == f"{DIFFER}{place})"


def test_the_form_compared_with_is_the_one_whose_title_stands_there(tmp_path):
    path = book(tmp_path / "f.xlsx", VUXNA, change=put({"H8": None}))
    assert refusal(path) == "headers_differ_from_form (sheet 1, compared with sig-vuxna-2021: missing Q8)"


def test_a_refusal_never_holds_a_header_s_text(tmp_path):
    texts = put({"AH8": f"33. {SECRET}", "AI8": f"{SECRET}?", "H8": f"8. {SECRET}", "A1": FORM.title + SECRET})
    assert SECRET not in refusal(book(tmp_path / "f.xlsx", change=texts))


def test_a_refusal_names_so_many_places_and_counts_the_rest(tmp_path):
    def change(sheet):
        for column in range(34, 134):
            sheet.cell(HEADER, column).value = f"{column}. {SECRET}"

    assert refusal(book(tmp_path / "f.xlsx", change=change)).endswith(", BL8, BM8 and 68 more)")


def test_a_header_that_stands_twice_is_refused(tmp_path):
    path = book(tmp_path / "f.xlsx", change=put({"AH8": "Har arbete eller praktik vid inskrivning"}))
    assert refusal(path) == "header_stands_twice (J8, AH8)"


def test_two_filled_forms_in_one_workbook_are_refused(tmp_path):
    assert refusal(book(tmp_path / "f.xlsx", second_sheet="2021")) == "form_stands_on_two_sheets (sheet 1, sheet 2)"


def empty(sheet) -> None:
    """Clear the persons of another sheet of the form, but for a sum and a footer."""
    other = sheet.parent["2021"]
    for row in other.iter_rows(min_row=FIRST):
        for cell in row:
            cell.value = None
    other["A12"], other["D12"], other["A15"] = "Summa", 15.5, "Ifylld av samordnaren"


def test_last_year_s_form_left_blank_in_the_workbook_does_not_matter(tmp_path):
    path = book(tmp_path / "f.xlsx", second_sheet="2021", change=empty)
    assert (seen(path).sheet_no, codes(path)) == (1, SOUND)


def test_a_list_with_a_few_of_the_headers_on_a_sheet_of_its_own_is_no_second_form(tmp_path):
    def add_list(sheet):
        other = sheet.parent.create_sheet("Översikt", 0)
        other.append([f"{question.no}. {question.header}" for question in FORM.questions[:7]])
        other.append(["CI0523", 1, 1, 15, dt.date(2022, 1, 1), 0, 0])

    path = book(tmp_path / "f.xlsx", change=add_list)
    assert (seen(path).sheet_no, codes(path)) == (2, SOUND)
