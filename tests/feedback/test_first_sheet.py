"""The first sheet: what a coordinator reads, in which order, with links that lead to the cells."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sigpanel.feedback import Feedback, write_feedback
from sigpanel.feedback.good import good, spans
from sigpanel.feedback.lines import tell
from sigpanel.feedback.sheet_first import is_markedly_worse, status
from sigpanel.findings import rules
from sigpanel.forms import forms
from sigpanel.forms.write import Formula, OwnColumn, Shown
from tests.support.feedback import EMPTY_BORTFALL, one_feedback
from tests.support.workbooks import book, person, put

UNGA = forms()["sig-unga-2022"]


def feedback(path: Path, *changes: dict, **layout) -> Feedback:
    codes = ("AP0615", "BO0602", "CI0623")
    rows = [person(UNGA, {1: code} | change) for code, change in zip(codes, changes, strict=False)]
    return one_feedback(book(path / "sent.xlsx", rows=rows, **layout))


def first(path: Path, of: Feedback) -> Worksheet:
    write_feedback(path / "back.xlsx", of)
    return openpyxl.load_workbook(path / "back.xlsx")["Återkoppling"]


def lines(sheet: Worksheet) -> list[list[object]]:
    return [values for row in sheet.iter_rows(values_only=True) if (values := [one for one in row if one is not None])]


def section(sheet: Worksheet, heading: str) -> list[list[object]]:
    """The lines below a heading, up to the next."""
    all_lines = lines(sheet)
    headings = ["Det här är bra", "Att rätta", "Att kontrollera", "Bra att veta", "Obesvarat (bortfall)"]
    start = all_lines.index([heading])
    ends = [at for at, line in enumerate(all_lines) if at > start and line[0] in headings]
    return all_lines[start + 1 : ends[0] if ends else None]


def bortfall(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=EMPTY_BORTFALL.schema, orient="row")


# --- status and what to do ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([{}], "Arbetsboken är läst: 1 person. Inget behöver rättas eller kontrolleras."),
        ([{13: 7}, {}], "Arbetsboken är läst: 2 personer. 1 cell behöver rättas."),
        ([{13: None}, {14: None}], "Arbetsboken är läst: 2 personer. 2 celler bör kontrolleras."),
        (
            [{13: 7, 14: 8, 15: None}],
            "Arbetsboken är läst: 1 person. 2 celler behöver rättas och 1 cell bör kontrolleras.",
        ),
        ([{6: "ca 3"}], "Arbetsboken är läst: 1 person. Inget behöver rättas eller kontrolleras."),
        ([], "Arbetsboken är läst, men den innehåller inga personer. 1 anmärkning gäller hela arbetsboken."),
    ],
)
def test_the_status_is_told_in_short_sentences(tmp_path, changes, said):
    of = feedback(tmp_path, *changes)
    assert status(of, tell(of)) == said


def test_title_status_and_what_to_do_stand_first(tmp_path):
    above = [line[0] for line in lines(first(tmp_path, feedback(tmp_path, {13: 7})))[:4]]
    assert above[0] == "Återkoppling: SIG unga, Skärholmen, 2022"
    assert above[2].startswith("Rätta i fliken Formulär och skicka tillbaka hela filen.")
    assert above[3].startswith("I fliken Formulär är celler som behöver rättas röda")


def test_whoever_has_nothing_to_mend_is_told_that_nothing_need_be_done(tmp_path):
    told = lines(first(tmp_path, feedback(tmp_path, {})))
    assert told[2] == ["Du behöver inte skicka tillbaka filen."]
    assert ["Att rätta"] not in told
    assert ["Att kontrollera"] not in told


def test_where_no_row_says_the_district_the_title_says_so(tmp_path):
    assert lines(first(tmp_path, feedback(tmp_path, {2: None})))[0] == [
        "Återkoppling: SIG unga, SDF framgår inte, 2022"
    ]


@pytest.mark.parametrize(
    ("comments", "notes", "said"),
    [
        (2, 0, "2 ifyllda kommentarer"),
        (0, 1, "1 anteckning i en cell"),
        (1, 3, "1 ifylld kommentar och 3 anteckningar i celler"),
    ],
)
def test_comments_and_notes_are_counted_and_asked_to_be_deleted(tmp_path, comments, notes, said):
    sheet = first(tmp_path, replace(feedback(tmp_path, {}), n_comments=comments, n_notes=notes))
    assert [
        f"I arbetsboken fanns {said}. Sådant läses inte och är inte med här; radera det innan du skickar en fil."
    ] in lines(sheet)


def test_without_comments_and_notes_nothing_is_said_of_them(tmp_path):
    assert not [line for line in lines(first(tmp_path, feedback(tmp_path, {}))) if "radera" in str(line[0])]


# --- what to mend ---------------------------------------------------------------------------------------------------


def test_errors_and_warnings_are_grouped_by_question_with_links(tmp_path):
    sheet = first(tmp_path, feedback(tmp_path, {13: 7, 8: 99}, {13: 8, 14: None}, {13: Formula("1/0", "#DIV/0!")}))
    assert section(sheet, "Att rätta") == [
        ["Fråga", "Vad det gäller och vad du gör", "Antal", "Gå till cellen"],
        ["8. Inskriven i en skola", NOT_AMONG, 1, "H9", "value_not_among_answers"],
        ["13. Meningsfull fritidssysselsättning", NOT_AMONG, 2, "M9", "M10", "value_not_among_answers"],
        [EXCEL_ERROR, 1, "M11", "value_is_an_excel_error"],
    ]
    assert section(sheet, "Att kontrollera")[1:] == [
        [
            "14. Umgås med ickekriminella kamrater",
            "Frågan är obesvarad. Besvara frågan; ange 999 om uppgift saknas.",
            1,
            "N10",
            "answer_left_blank",
        ]
    ]
    links = {cell.value: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert links == {name: f"'Formulär'!{name}" for name in ("H9", "M9", "M10", "M11", "N10")}


NOT_AMONG = (
    "Svaret finns inte bland frågans svarsalternativ. Välj ett av alternativen i den ljusgrå raden."  # as the rule says
)
EXCEL_ERROR = "Här stod ett Excelfel (t.ex. #SAKNAS!), som inte är med i den här filen. Skriv svaret."


def test_many_cells_are_the_first_few_and_a_number(tmp_path):
    rows = [person(UNGA, {1: f"AP06{day:02}", 13: 7}) for day in range(1, 12)]
    sheet = first(tmp_path, one_feedback(book(tmp_path / "sent.xlsx", rows=rows)))
    [_, line] = section(sheet, "Att rätta")
    assert line[2:] == [11, *[f"M{row}" for row in range(9, 15)], "och 5 till", "value_not_among_answers"]


def test_a_row_and_a_workbook_as_a_whole_stand_before_the_questions(tmp_path):
    rows = [person(UNGA, {13: None})] * 2
    sheet = first(tmp_path, one_feedback(book(tmp_path / "sent.xlsx", rows=rows), year=2026))
    assert [line[0] for line in section(sheet, "Att kontrollera")[1:3]] == ["Hela arbetsboken", "Hela raden"]
    assert section(sheet, "Att kontrollera")[2][2:4] == [1, "A10"]


def test_what_writing_it_anew_has_settled_is_told_without_links(tmp_path):
    own = (OwnColumn(5, "Enhet", "x"), OwnColumn(9, "Handläggare", "y"))
    of = feedback(tmp_path, {4: Shown(16, "yyyy-mm-dd")}, own_columns=own)
    told = section(first(tmp_path, of), "Bra att veta")[1:]
    assert [(line[0], *line[-2:]) for line in told] == [
        ("Hela arbetsboken", 2, "own_column_dropped"),
        ("4. Ålder (år)", 1, "number_shown_as_date"),
    ]
    assert told[1][1].startswith("Talet visades som ett datum. Det har lästs, och visas som ett tal i den här filen.")
    assert tell(of).marks == ()


def test_a_header_with_another_number_is_told_at_its_question(tmp_path):
    sent = book(tmp_path / "sent.xlsx", rows=[person(UNGA)], change=put({"H8": f"9. {UNGA.questions[7].header}"}))
    [_, line] = section(first(tmp_path, one_feedback(sent)), "Att kontrollera")
    assert (line[0], *line[2:]) == ("8. Inskriven i en skola", 1, "H8", "header_number_differs")


def test_the_rule_s_name_stands_small_and_grey_at_the_end(tmp_path):
    sheet = first(tmp_path, feedback(tmp_path, {13: 7}))
    [name] = [cell for row in sheet.iter_rows() for cell in row if cell.value in rules()]
    assert (name.font.sz, name.font.color.rgb, name.column) == (7, "FFA6A6A6", sheet.max_column)


# --- what was good --------------------------------------------------------------------------------------------------


def test_what_is_good_is_said_where_it_holds(tmp_path):
    of = replace(feedback(tmp_path, {}, {13: None}), bortfall=bortfall(("Q13", 2, 1, 0.5, 0.75, 0.4)))
    assert good(of) == [
        "Alla frågor är ifyllda för 1 av 2 personer.",
        "Alla ifyllda datum går att läsa.",
        "Alla UNO-koder går att läsa.",
        "Bortfallet har minskat sedan 2021 på 1 av 1 frågor.",
    ]


def test_nothing_is_praised_where_nothing_is_good(tmp_path):
    of = replace(feedback(tmp_path, {1: "?", 5: "i mars"}), bortfall=bortfall(("Q13", 2, 1, 0.5, 0.5, None)))
    assert good(of) == []
    assert ["Det här är bra"] not in lines(first(tmp_path, of))


def test_an_empty_form_is_not_praised(tmp_path):
    assert good(feedback(tmp_path)) == []


@pytest.mark.parametrize(
    ("change", "silent_on"),
    [
        ({5: "i mars"}, "datum"),
        ({18: Formula("1/0", "#DIV/0!")}, "datum"),
        ({1: "?"}, "UNO"),
        ({1: None}, "UNO"),
        ({1: 4711}, "UNO"),
    ],
)
def test_what_does_not_hold_of_one_cell_is_not_said(tmp_path, change, silent_on):
    assert not [text for text in good(feedback(tmp_path, {}, change)) if silent_on in text]


def test_questions_without_bortfall_are_named_as_people_list_them(tmp_path):
    shares = bortfall(*((f"Q{no}", 3, 3 if no != 8 else 2, 0.0, None, None) for no in (6, 7, 8, 9, 10, 11, 14)))
    assert "6 av 7 frågor har inget bortfall: fråga 6–7, 9–11, 14." in good(
        replace(feedback(tmp_path, {}), bortfall=shares)
    )
    assert (spans([3]), spans([]), spans([5, 4, 4, 1])) == ("3", "", "1, 4–5")


def test_all_is_said_as_all(tmp_path):
    of = replace(feedback(tmp_path, {}, {}), bortfall=bortfall(("Q13", 2, 2, 0.0, 0.0, 0.1)))
    assert good(of)[:2] == ["Alla frågor är ifyllda för alla 2 personer.", "Ingen fråga har något bortfall."]
    assert good(of)[-1] == "Bortfallet är lägre än i staden som helhet på 1 av 1 frågor."


# --- bortfall -------------------------------------------------------------------------------------------------------

SHARES = [("Q13", 10, 6, 0.4, 0.5, 0.1), ("Q14", 10, 9, 0.1, None, 0.3), ("Q29", 0, 0, None, None, 0.3)]


def test_bortfall_stands_by_question_against_last_year_and_the_city(tmp_path):
    sheet = first(tmp_path, replace(feedback(tmp_path, {}), bortfall=bortfall(*SHARES)))
    assert section(sheet, "Obesvarat (bortfall)")[1:] == [
        ["Fråga", "Skulle besvaras", "Besvarade", "Bortfall 2022", "Bortfall 2021", "Staden 2022"],
        ["Besvaras vid inskrivning"],
        ["13. Meningsfull fritidssysselsättning", "Klart högre än i hela staden", 10, 6, 0.4, 0.5, 0.1],
        ["14. Umgås med ickekriminella kamrater", 10, 9, 0.1, "–", 0.3],
    ]


def test_a_year_that_is_not_known_of_any_question_has_no_column(tmp_path):
    shares = bortfall(("Q13", 10, 6, 0.4, None, None))
    sheet = first(tmp_path, replace(feedback(tmp_path, {}), bortfall=shares))
    assert section(sheet, "Obesvarat (bortfall)")[1] == ["Fråga", "Skulle besvaras", "Besvarade", "Bortfall 2022"]


def test_without_anything_asked_there_is_no_such_section(tmp_path):
    sheet = first(tmp_path, replace(feedback(tmp_path, {}), bortfall=EMPTY_BORTFALL))
    assert ["Obesvarat (bortfall)"] not in lines(sheet)


@pytest.mark.parametrize(
    ("asked", "answered", "share", "city", "is_worse"),
    [
        (10, 6, 0.4, 0.25, True),
        (10, 6, 0.4, 0.35, False),
        (10, 6, 0.4, 0.5, False),
        (3, 2, 1 / 3, 0.1, False),
        (10, 6, 0.4, None, False),
        (0, 0, None, 0.5, False),
    ],
)
def test_markedly_worse_is_by_ten_per_cent_and_two_answers(asked, answered, share, city, is_worse):
    one = {"asked": asked, "answered": answered, "share": share, "share_city": city}
    assert is_markedly_worse(one) is is_worse


# --- on paper -------------------------------------------------------------------------------------------------------


def test_it_prints_on_a4_landscape_as_wide_as_the_page(tmp_path):
    sheet = first(tmp_path, feedback(tmp_path, {13: 7, 5: dt.date(2023, 1, 1)}))
    setup = sheet.page_setup
    assert (setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight) == ("landscape", 9, None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area.startswith("'Återkoppling'!$A$1:$K$")
