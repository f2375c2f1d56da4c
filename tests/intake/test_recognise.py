"""Which form a workbook is and where its header stands: by content, whatever an office did to it."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from sigpanel.forms import forms
from sigpanel.forms.write import OwnColumn
from tests.intake.recognising import DIFFER, FORM, SECRET, SOUND, UNGA, VUXNA, codes, findings, refusal, seen
from tests.support.workbooks import FIRST, HEADER, book, person, put

# --- the edition ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", forms())
def test_each_edition_is_recognised(tmp_path, edition):
    form = forms()[edition]
    workbook = seen(book(tmp_path / "f.xlsx", edition), form.first_year)
    assert workbook.form is form
    assert list(workbook.columns) == [question.name for question in form.questions]
    assert workbook.rows.rows() == [(7, FIRST, "person"), (7, FIRST + 1, "person"), (7, FIRST + 2, "person")]
    assert workbook.cells.height == 3 * len(form.questions)
    assert workbook.findings.is_empty()


def test_a_cell_keeps_its_place_and_says_what_it_answers(tmp_path):
    workbook = seen(book(tmp_path / "f.xlsx", rows=[person(FORM, {4: "15 år"})]))
    answer = workbook.cells.filter(pl.col("question") == "Q4").row(0, named=True)
    assert answer == {
        "submission_no": 7, "sheet_no": 1, "row": 9, "column": "D", "edition": UNGA, "question": "Q4",
        "kind": "text", "text": "15 år", "number": None, "date": None,
    }  # fmt: skip


def test_the_folder_s_year_does_not_choose_the_edition_and_is_remarked_upon(tmp_path):
    path = book(tmp_path / "f.xlsx", UNGA)
    assert seen(path, 2024).form.edition == UNGA
    assert findings(path, 2024) == [("edition_outside_its_years", None)]
    assert findings(path, 2023) == []


def test_without_a_title_the_answer_row_tells(tmp_path):
    for edition in forms():
        path = book(tmp_path / f"{edition}.xlsx", edition, change=put({"A1": None}))
        assert seen(path).form.edition == edition


@pytest.mark.parametrize(
    "title",
    [
        "{title} ",
        "{title} 2022",
        "{title} – Skärholmen 2022",
        "{title}, unga, Hässelby-Vällingby",
        "Rapportering  av personer som\ndeltar i insatsen Sociala insatsgrupper(SIG)",
        "SIG unga 2022, ifyllt av samordnarna",
    ],
)
def test_a_title_may_be_broken_and_followed_by_year_district_and_programme(tmp_path, title):
    path = book(tmp_path / "f.xlsx", change=put({"A1": title.format(title=FORM.title)}))
    assert seen(path).form.edition == UNGA


def test_a_title_nobody_knows_is_another_form(tmp_path):
    path = book(tmp_path / "f.xlsx", change=put({"A1": FORM.title + " föräldrar"}))
    assert refusal(path) == "edition_not_known (sheet 1, title at A1, nearest to that of sig-unga-2022, sig-unga-2024)"


def test_a_title_of_a_form_with_other_questions_is_refused(tmp_path):
    path = book(tmp_path / "f.xlsx", "sig-vuxna-2020", change=put({"A1": FORM.title}))
    assert refusal(path) == ("edition_not_known (sheet 1, title row, under which stand the headers of sig-vuxna-2020)")


@pytest.mark.parametrize(
    ("edition", "fitting"),
    [
        (UNGA, "sig-unga-2022, sig-unga-2024"),
        ("sig-unga-2024", "sig-unga-2022, sig-unga-2024"),
        ("sig-vuxna-2024", "sig-vuxna-2021, sig-vuxna-2024"),
    ],
)
def test_without_an_answer_row_editions_that_share_title_and_headers_are_not_told_apart(tmp_path, edition, fitting):
    path = book(tmp_path / "f.xlsx", edition, answer_row=False)
    assert refusal(path) == f"edition_not_told_apart (sheet 1 fits {fitting}; the answer row at B7 (Q2) would tell)"


def test_without_title_and_answer_row_only_an_edition_with_headers_of_its_own_is_recognised(tmp_path):
    nothing = {"answer_row": False, "change": put({"A1": None})}
    assert seen(book(tmp_path / "f.xlsx", "sig-vuxna-2020", **nothing)).form.edition == "sig-vuxna-2020"
    everything = "sig-unga-2022, sig-unga-2024, sig-vuxna-2021, sig-vuxna-2024"
    assert refusal(book(tmp_path / "g.xlsx", **nothing)) == (
        f"edition_not_told_apart (sheet 1 fits {everything}; "
        "the title row and the answer row at B7 (Q2), C7 (Q3) would tell)"
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (2, "1=Norra\n2=Södra"),
        (2, "1=Järva\n2=Farsta\n3=Skarpnäck\n4=Skärholmen\n5=Bromma\n6=Hässelby-Vällingby\n7=Enskede-Årsta-Vantör"),
        (3, "1=Man\n2=Kvinna\n3=Annat"),
        (11, "1=Ja\n2=Nej\n3=Vet ej\n999=Uppgift saknas"),
        (11, "1=Nej\n2=Ja\n999=Uppgift saknas"),
        (14, "1=Ja, endast\n2=Nej\n999=Uppgift saknas"),
        (17, "Be personen skatta sin psykiska hälsa från 1-5. Ange 99 om personen inte vill uppge. Ange 999 annars."),
    ],
)
def test_an_answer_row_nobody_knows_is_another_edition(tmp_path, question, text):
    def change(sheet):
        sheet.cell(HEADER - 1, question).value = text

    column = "ABCDEFGHIJKLMNOPQ"[question - 1]
    path = book(tmp_path / "f.xlsx", change=change)
    assert refusal(path) == (
        f"edition_not_known (sheet 1, compared with {UNGA}: answer row at {column}{HEADER - 1} (Q{question}))"
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (8, None),
        (11, "1 = Ja\n2 = Nej\n999 = Uppgift saknas"),
        (12, "1=Ja\n2=Nej\n3=Kontakt med föräldrar /familjsaknas\n999=Uppgift saknas"),
        (11, "1=Ja\n2=Nej"),
        (11, "Ja eller nej, se fliken Listor"),
        (4, "Ålder, två siffror"),
        (5, "Datum, t.ex. 2023-04-01"),
        (17, "Skatta din hälsa 1-10 (1 dåligt, 10 bra). 99 vill inte uppge, 999 uppgift saknas"),
    ],
)
def test_slips_of_the_pen_in_the_answer_row_change_nothing(tmp_path, question, text):
    def change(sheet):
        sheet.cell(HEADER - 1, question).value = text

    assert seen(book(tmp_path / "f.xlsx", change=change)).form.edition == UNGA


# --- the head of the form, for writing feedback at the same addresses -------------------------------------------------


def head_of(workbook) -> tuple:
    return workbook.title_at, workbook.answer_row, workbook.header_row


def test_the_head_is_told_by_row_and_column(tmp_path):
    assert head_of(seen(book(tmp_path / "f.xlsx"))) == ((1, 1), HEADER - 1, HEADER)
    moved = seen(book(tmp_path / "g.xlsx", leading_rows=3, leading_columns=2))
    assert head_of(moved) == ((4, 3), HEADER + 2, HEADER + 3)


def test_a_head_without_a_title_or_answer_row_has_none(tmp_path):
    assert head_of(seen(book(tmp_path / "f.xlsx", change=put({"A1": None})))) == (None, HEADER - 1, HEADER)
    assert head_of(seen(book(tmp_path / "g.xlsx", "sig-vuxna-2020", answer_row=False))) == ((1, 1), None, HEADER)


def test_comments_are_told_by_their_place_and_notes_by_their_number_only(tmp_path):
    plain = seen(book(tmp_path / "f.xlsx"))
    assert (plain.comments, plain.n_notes) == ((), 0)
    column = "AG"  # after 32 questions
    change = put({f"{column}10": SECRET, f"{column}9": " – ", f"{column}40": 7, f"{column}3": SECRET})
    workbook = seen(book(tmp_path / "g.xlsx", notes={1: SECRET}, change=change))
    assert workbook.comments == (f"{column}10", f"{column}40")
    assert workbook.n_notes == 1
    assert SECRET not in repr(workbook)
    for frame in ("cells", "rows", "findings"):
        assert getattr(workbook, frame).equals(getattr(plain, frame)), frame


# --- templates of elsewhere and of other years -----------------------------------------------------------------------


def test_an_answer_row_that_does_not_tell_is_the_one_to_mend(tmp_path):
    path = book(tmp_path / "f.xlsx", change=put({"B7": "Se fliken Listor"}))
    fits = "sig-unga-2022, sig-unga-2024; the answer row at B7 (Q2) would tell"
    assert refusal(path) == f"edition_not_told_apart (sheet 1 fits {fits})"


def test_where_the_columns_were_moved_the_answer_that_would_tell_is_named_where_it_belongs(tmp_path):
    path = book(tmp_path / "f.xlsx", answer_row=False, leading_rows=2, own_columns=(OwnColumn(1, "Handläggare"),))
    assert refusal(path).endswith("the answer row at C9 (Q2) would tell)")


def test_headers_in_the_first_row_have_no_row_above_them_and_the_column_is_named(tmp_path):
    path = book(tmp_path / "f.xlsx", change=lambda sheet: (unmerge(sheet), sheet.delete_rows(1, HEADER - 1)))
    assert refusal(path).endswith("the title row and the answer row at B (Q2), C (Q3) would tell)")


def unmerge(sheet) -> None:
    for span in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(span))


def test_the_newest_form_with_the_answers_of_the_one_before_is_the_one_before(tmp_path):
    path = book(tmp_path / "f.xlsx", "sig-unga-2024", change=put({"B7": FORM.questions[1].answer.text}))
    assert (seen(path, 2024).form.edition, findings(path, 2024)) == (UNGA, [("edition_outside_its_years", None)])


def test_the_other_programme_s_form_is_read_as_what_it_is(tmp_path):
    path = book(tmp_path / "SIG unga.xlsx", VUXNA)
    assert (seen(path).form.edition, seen(path).form.programme) == (VUXNA, "vuxna")


def test_the_form_of_another_city_is_compared_cell_by_cell_with_the_nearest_of_ours(tmp_path):
    answers = {"B7": "1=Centrum\n2=Hisingen", "C7": "1=Man\n2=Kvinna\n3=Annat", "AF7": "1=Klar\n2=Flyttat"}
    path = book(tmp_path / "f.xlsx", change=put(answers))
    place = f"sheet 1, compared with {UNGA}: answer row at B7 (Q2), C7 (Q3), AF7 (Q32)"
    assert refusal(path) == f"edition_not_known ({place})"


def test_the_nearest_edition_is_the_one_with_fewest_other_answers(tmp_path):
    district = forms()["sig-unga-2024"].questions[1].answer.text
    path = book(tmp_path / "f.xlsx", "sig-unga-2024", change=put({"C7": "1=Man\n2=Kvinna", "B7": district}))
    assert refusal(path) == "edition_not_known (sheet 1, compared with sig-unga-2024: answer row at C7 (Q3))"


def test_a_title_of_ours_above_other_questions_is_no_form_of_ours(tmp_path):
    other = replace(FORM, questions=tuple(replace(q, header=f"Uppgift {q.no}") for q in FORM.questions))
    place = "sheet 1, title of sig-unga-2022, sig-unga-2024 at A1"
    assert refusal(book(tmp_path / "f.xlsx", other)) == f"form_not_recognised ({place})"
    some = replace(FORM, questions=(*FORM.questions[:28], *other.questions[28:]))
    place = f"{DIFFER}missing Q29, Q30, Q31, Q32; unknown AC8, AD8, AE8, AF8)"
    assert refusal(book(tmp_path / "g.xlsx", some)) == place


def test_a_template_that_is_refused_is_never_quoted(tmp_path):
    for place, text in {"A1": FORM.title + SECRET, "B7": f"1={SECRET}\n2=Södra", "H8": f"8. {SECRET}"}.items():
        assert SECRET not in refusal(book(tmp_path / f"{place}.xlsx", change=put({place: text})))


# --- what offices do to the form --------------------------------------------------------------------------------------

HABITS = {
    "leading rows and columns": ({"leading_rows": 2, "leading_columns": 1}, ("B11", "B12", "B13")),
    "a banner above the title": ({"leading_rows": 2, "banner": "SDF Farsta – inskickad 2023-01-14"}, ("A11",)),
    "a column of their own in front": ({"own_columns": (OwnColumn(1, "Handläggare", "B.S."),)}, ("B9", "B10")),
    "a question moved to the end": ({"moved": (1, 32)}, ("AE9", "AE10")),
    "line breaks in headers": ({"header_breaks": (8, 12, 20)}, ("A9",)),
    "doubled blanks in headers": ({"header_blanks": (6, 7, 31)}, ("A9",)),
    "a renamed sheet": ({"sheet": "Blad1"}, ("A9",)),
    "the explanations in front": ({"explanations_first": True}, ("A9",)),
    "a sheet of their own in front": ({"extra_sheet": "Blad1 (2)"}, ("A9",)),
    "lists hidden from everybody": ({"lists_very_hidden": True}, ("A9",)),
    "hidden rows and columns": ({"hidden_rows": (0, 2), "hidden_columns": (1, 5)}, ("A9", "A10", "A11")),
    "protection and filter": ({"protected": True, "filtered": True}, ("A9",)),
    "dates from 1904": ({"date_1904": True}, ("A9",)),
    "blank rows between persons": ({"blank_rows": (1, 1, 2)}, ("A9", "A12", "A14")),
}


@pytest.mark.parametrize("habit", HABITS)
def test_the_form_is_recognised_in_spite_of(tmp_path, habit):
    layout, places = HABITS[habit]
    path = book(tmp_path / "f.xlsx", **layout)
    workbook = seen(path)
    assert workbook.form.edition == UNGA
    assert list(codes(path).values()) == list(SOUND.values())
    assert tuple(codes(path))[: len(places)] == places
    assert workbook.rows["kind"].to_list().count("person") == 3
    dates = workbook.cells.filter(pl.col("question") == "Q5")["date"].unique().to_list()
    assert dates == [dt.date(2022, 3, 1)]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_like_any_other(tmp_path, state):
    def hide(sheet):
        sheet.sheet_state = state
        sheet.parent.active = 1

    assert codes(book(tmp_path / "f.xlsx", change=hide)) == SOUND


def test_sheets_are_counted_as_they_stand(tmp_path):
    path = book(tmp_path / "f.xlsx", extra_sheet="Anteckningar", explanations_first=True)
    assert seen(path).sheet_no == 3
    assert set(seen(path).cells["sheet_no"]) == {3}


@pytest.mark.parametrize(
    "header",
    [
        "8 Är inskriven i en skola vid inskrivning",
        "8) Är inskriven i en skola vid inskrivning",
        "8: Är inskriven i en skola vid inskrivning",
        "8:Är inskriven i en skola vid inskrivning",
        "Fråga 8. Är inskriven i en skola vid inskrivning",
        "Är inskriven i en skola vid inskrivning",
        "8. ÄR INSKRIVEN I EN SKOLA VID INSKRIVNING*",
        "8. Är inskriven i en skola vid in\u00adskriv-\nning",
        "8. A\u0308r inskriven\u00a0i en skola vid inskrivning",
    ],
)
def test_a_header_is_known_by_its_letters_however_it_is_numbered(tmp_path, header):
    path = book(tmp_path / "f.xlsx", change=put({"H8": header}))
    assert seen(path).columns["Q8"] == "H"
    assert findings(path) == []


def test_a_header_with_another_number_goes_by_its_text_and_is_remarked_upon(tmp_path):
    path = book(tmp_path / "f.xlsx", change=put({"H8": "18. Är inskriven i en skola vid inskrivning"}))
    assert seen(path).columns["Q8"] == "H"
    assert findings(path) == [("header_number_differs", "H8")]


def test_a_repeated_header_further_down_does_not_hide_the_persons_above_it(tmp_path):
    def change(sheet):
        sheet["H8"] = "8. Är inskriven i en skola vid inskrivningen"
        for column, question in enumerate(FORM.questions, start=1):
            sheet.cell(11, column).value = f"{question.no}. {question.header}"

    path = book(tmp_path / "f.xlsx", change=change)
    assert refusal(path) == f"headers_differ_from_form (sheet 1, compared with {UNGA}: missing Q8; unknown H8)"
