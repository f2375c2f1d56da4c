"""Of a form that is recognised: columns that are not the form's, and what each row is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.forms.write import Formula, OwnColumn, Shown
from sigpanel.intake.book import Book, Cell, Sheet
from sigpanel.intake.recognise import recognise
from sigpanel.intake.rows import row_kinds
from sigpanel.intake.xlsx import read as read_book
from tests.intake.recognising import FORM, SECRET, UNGA, findings, kinds, seen
from tests.support.workbooks import HEADER, book, person, persons, put

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
