"""Which form a workbook is, where its header stands, and what each row is: by content, and refused when in doubt."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.forms import forms
from sigpanel.forms.write import Formula, OwnColumn, Shown
from sigpanel.intake import Refused, read
from sigpanel.intake.book import Book, Cell, Sheet
from sigpanel.intake.recognise import recognise
from sigpanel.intake.rows import row_kinds
from sigpanel.intake.xlsx import read as read_book
from tests.support.workbooks import FIRST, HEADER, book, person, persons, put

UNGA, VUXNA = "sig-unga-2022", "sig-vuxna-2021"
FORM = forms()[UNGA]
SECRET = "Britta Sandgren"


def refusal(path, year=2022) -> str:
    """Return the rule and the place of the refusal, as it is printed."""
    with pytest.raises(Refused) as caught:
        read(path, submission_no=0, year=year)
    return str(caught.value)


def seen(path, year=2022):
    return read(path, submission_no=7, year=year)


def kinds(path) -> list[str]:
    return seen(path).rows["kind"].to_list()


def findings(path, year=2022) -> list[tuple[str, str | None]]:
    return list(seen(path, year).findings.select("rule", "cell").iter_rows())


def codes(path) -> dict[str, str]:
    """Return what stands in the column of the UNO code, by address."""
    cells = seen(path).cells.filter(pl.col("question") == "Q1")
    return {f"{column}{row}": text for column, row, text in cells.select("column", "row", "text").iter_rows()}


SOUND = {"A9": "AP0615", "A10": "BO0702", "A11": "CI0523"}


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


# --- refused ----------------------------------------------------------------------------------------------------------


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


DIFFER = f"headers_differ_from_form (sheet 1, compared with {UNGA}: "


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


# --- columns that are not the form's ----------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Handläggare", "Enhet 2", "1:a kontakt", "Dnr", "Personnummer"])
def test_an_office_s_own_column_is_dropped_with_a_finding(tmp_path, header):
    path = book(tmp_path / "f.xlsx", own_columns=(OwnColumn(5, header, SECRET),))
    assert findings(path) == [("own_column_dropped", "E8")]
    assert SECRET not in seen(path).cells["text"].to_list()
    assert seen(path).columns["Q5"] == "F"


@pytest.mark.parametrize("header", [None, 2022])
def test_a_column_without_a_name_is_not_read_either_and_told_where_persons_have_something_in_it(tmp_path, header):
    path = book(tmp_path / "f.xlsx", change=put({"AI8": header, "AI10": SECRET, "AK20": SECRET}))
    assert findings(path) == [("own_column_dropped", "AI8")]
    assert SECRET not in seen(path).cells["text"].to_list()


def test_an_empty_column_between_the_questions_is_not_worth_a_finding(tmp_path):
    assert findings(book(tmp_path / "f.xlsx", own_columns=(OwnColumn(5),))) == []


@pytest.mark.parametrize(
    ("header", "remarks"),
    [
        ("Möjlighet till kommentar.\nRaderas innan data skickas vidare.", []),
        ("Möjlighet till kommentar", []),
        ("Kommentar", []),
        ("33. Kommentar", []),
        ("Kommentarer från samordnaren", [("own_column_dropped", "AG8")]),
        ("34. Övriga kommentarer?", [("own_column_dropped", "AG8")]),
        (None, [("own_column_dropped", "AG8")]),
    ],
)
def test_the_comment_column_is_never_read_whatever_its_header(tmp_path, header, remarks):
    path = book(tmp_path / "f.xlsx", comments={0: SECRET, 1: "Summa"}, change=put({"AG8": header}))
    workbook = seen(path)
    assert SECRET not in workbook.cells["text"].to_list()
    assert set(workbook.cells["question"]) == set(workbook.columns)
    assert kinds(path) == ["person"] * 3
    assert findings(path) == remarks


def test_notes_are_never_read(tmp_path):
    path = book(tmp_path / "f.xlsx", notes={0: SECRET}, author=SECRET)
    assert not any(SECRET in text for text in seen(path).cells["text"].to_list())


# --- rows -------------------------------------------------------------------------------------------------------------


def kind_of_third(tmp_path, row: dict[int, object], **own: object) -> list[str]:
    """Return the kind of a row that stands between two persons."""
    first, last = persons(FORM, "AP0615", "BO0702")
    columns = (OwnColumn(1, "Handläggare"),)
    return kinds(book(tmp_path / "f.xlsx", rows=[first, row, last], own_columns=columns, change=put(dict(own))))[1:-1]


@pytest.mark.parametrize(
    ("row", "own", "kind"),
    [
        ({}, {}, "blank"),
        ({1: " ", 3: "\u00a0", 7: "\u200b"}, {}, "blank"),
        (dict.fromkeys(range(1, 33), "-"), {}, "blank"),
        ({}, {"A10": "Summa"}, "blank"),
        ({1: "Summa", 4: 15.3}, {}, "sum"),
        ({1: "SUMMA:", 6: 12, 7: 3}, {}, "sum"),
        ({1: "Antal personer: 14"}, {}, "sum"),
        ({1: "Medelålder", 4: 15.3, 5: dt.date(2022, 5, 5)}, {}, "sum"),
        ({2: "Totalt", 4: 15.3}, {}, "sum"),
        ({4: Formula("=AVERAGE(D9:D10)", 15.5)}, {"A10": "Summa"}, "sum"),
        ({4: 15.3, 6: 7}, {"A10": "Totalt antal"}, "sum"),
        ({1: "???", 4: 15, 5: dt.date(2022, 5, 5)}, {"A10": "Totalt"}, "person"),
        ({1: "Ifylld av: samordnaren"}, {}, "footer"),
        ({1: "Ifylld av samordnaren", 2: "Fråga oss"}, {}, "footer"),
        ({5: "Inskickad i januari"}, {}, "footer"),
        ({no: FORM.questions[no - 1].header for no in range(1, 33)}, {}, "banner"),
        ({no: FORM.questions[no - 1].answer.text for no in range(1, 33)}, {}, "banner"),
        ({no: f"{no}. {FORM.questions[no - 1].header}" for no in range(4, 9)}, {}, "banner"),
        ({1: "AP0615"}, {}, "person"),
        ({1: "ap 06-15"}, {}, "person"),
        ({1: "AP4701", 4: "x"}, {"A10": "Summa"}, "person"),
        ({5: dt.date(2022, 4, 22)}, {}, "person"),
        ({5: "22 april 2022"}, {}, "person"),
        ({5: "2022-04-22", 6: 2}, {"A10": "Antal samtal 3"}, "person"),
        ({2: 4}, {}, "person"),
        ({1: "?", 2: 4, 3: 1, 4: 15}, {}, "person"),
        ({1: Shown(True, "General")}, {}, "person"),
    ],
)
def test_a_row_is_told_by_what_stands_in_it(tmp_path, row, own, kind):
    assert kind_of_third(tmp_path, row, **own) == [kind]


def test_what_a_comment_says_does_not_make_a_row_a_sum(tmp_path):
    path = book(tmp_path / "f.xlsx", rows=[person(FORM, {1: None, 5: None})], comments={0: "Summa"})
    assert kinds(path) == ["person"]


def test_a_sum_and_a_footer_below_the_persons_are_rows_of_their_own(tmp_path):
    path = book(tmp_path / "f.xlsx", sum_row=True, footer="Ifylld av: samordnaren, fråga oss vid oklarheter")
    assert kinds(path) == ["person", "person", "person", "sum", "blank", "footer"]


def test_rows_end_with_the_last_filled_one_not_with_the_last_formatted_one(tmp_path):
    def format_down(sheet):
        for row in range(12, 200):
            sheet.cell(row, 1).number_format = "@"
            sheet.cell(row, 5).number_format = "yyyy-mm-dd"
            sheet.row_dimensions[row].height = 20

    assert kinds(book(tmp_path / "f.xlsx", change=format_down)) == ["person"] * 3


def test_a_row_in_which_only_foreign_columns_are_filled_makes_no_row(tmp_path):
    path = book(tmp_path / "f.xlsx", comments={}, change=put({"AG20": SECRET, "AK25": "x"}))
    assert kinds(path) == ["person"] * 3


HEAD = [
    Cell(1, 1, "text", FORM.title, None, None),
    *(Cell(7, q.no, "text", q.answer.text, None, None) for q in FORM.questions),
    *(Cell(8, q.no, "text", f"{q.no}. {q.header}", None, None) for q in FORM.questions),
]
CODES = st.from_regex(r"[A-ZÅÄÖa-zåäö]{2}[ –-]?[0-9O]{2}[ -]?[0-9O]{2}", fullmatch=True)


@given(CODES, st.dictionaries(st.integers(2, 40), st.text(max_size=9) | st.sampled_from(["Summa", "-", "Antal 3"])))
def test_a_row_with_a_code_is_a_person_whatever_else_stands_in_it(code, others):
    cells = [Cell(9, column, "text", text, None, None) for column, text in sorted({**others, 1: code}.items()) if text]
    header = recognise(Book((Sheet(1, True, 0, HEAD + cells, "Formulär"),), False))
    assert row_kinds(header) == {9: "person"}


def test_a_form_without_persons_is_a_form(tmp_path):
    workbook = seen(book(tmp_path / "f.xlsx", rows=[]))
    assert (workbook.form.edition, workbook.rows.height, workbook.cells.height) == (UNGA, 0, 0)
    assert workbook.columns["Q32"] == "AF"


def test_cells_above_the_header_are_not_answers(tmp_path):
    path = book(tmp_path / "f.xlsx", change=put({"C5": "2022-01-01", "D5": 15}))
    assert set(seen(path).cells["row"]) == {9, 10, 11}


def test_the_sheet_name_is_kept_for_the_owner_and_the_frames_do_not_hold_it(tmp_path):
    path = book(tmp_path / "f.xlsx", sheet=SECRET)
    workbook = seen(path)
    assert workbook.sheet_name == SECRET
    frames = (workbook.cells, workbook.rows, workbook.findings)
    assert not any(SECRET in str(frame.to_dicts()) for frame in frames)


def test_nothing_that_was_written_shows_when_what_was_read_is_printed(tmp_path):
    path = book(tmp_path / "f.xlsx", sheet=SECRET, own_columns=(OwnColumn(1, SECRET, SECRET),))
    printed = repr(seen(path)) + repr(recognise(read_book(path)))
    assert not [text for text in (SECRET, "AP0615", "BO0702") if text in printed]


def test_headers_as_long_as_cells_can_be_do_not_take_long(tmp_path):
    def change(sheet):
        for column in range(40, 60):
            sheet.cell(HEADER, column).value = " ".join(f"stabil {column} {number}" for number in range(2_000))

    assert len(findings(book(tmp_path / "f.xlsx", change=change))) == 20
