"""The form's sheet as a second program reads it: values, marks, notes, and what the form itself brings."""

import datetime as dt
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sigpanel.feedback import write_feedback
from sigpanel.forms import forms
from sigpanel.forms.write import Formula, OwnColumn, Shown, write_form
from tests.support.feedback import one_feedback
from tests.support.workbooks import book, person

UNGA = forms()["sig-unga-2022"]
RED, ORANGE = "FFC00000", "FFC55A11"


def back(path: Path, rows, change=None, year: int = 2022, **layout) -> Worksheet:
    """The form's sheet of the feedback on a workbook with these rows."""
    sent = book(path / "sent.xlsx", rows=rows, change=change, **layout)
    write_feedback(path / "back.xlsx", one_feedback(sent, year))
    return openpyxl.load_workbook(path / "back.xlsx")["Formulär"]


def drawing(path: Path) -> str:
    """How the notes are drawn, which openpyxl does not read."""
    with zipfile.ZipFile(path / "back.xlsx") as parts:
        return parts.read("xl/drawings/vmlDrawing1.vml").decode()


def fills(sheet: Worksheet) -> list[tuple[str, str]]:
    """The fills of marked cells: where, and when."""
    return [
        (str(area.sqref), rule.formula[0])
        for area in sheet.conditional_formatting
        for rule in area.rules
        if ":" not in str(area.sqref) and rule.stopIfTrue
    ]


@pytest.mark.parametrize(
    ("no", "sent", "value", "number_format"),
    [
        (4, 16, 16, "General"),
        (4, "16 år", "16 år", "General"),
        (4, "016", "016", "General"),
        (4, Shown(14, "yyyy-mm-dd"), 14, "General"),
        (4, Shown(44621, "yyyy-mm-dd"), dt.datetime(2022, 3, 1), "yyyy-mm-dd"),  # noqa: DTZ001 - as openpyxl has it
        (5, dt.date(2022, 3, 1), dt.datetime(2022, 3, 1), "yyyy-mm-dd"),  # noqa: DTZ001
        (5, 44621, dt.datetime(2022, 3, 1), "yyyy-mm-dd"),  # noqa: DTZ001
        (5, 220301, 220301, "General"),
        (5, "1/3 2022", "1/3 2022", "yyyy-mm-dd"),
        (13, True, True, "General"),
        (16, Shown(0.5, "0%"), 0.5, "0%"),
        (16, Shown(0.125, "0.0%"), 0.125, "0.0%"),
        (13, Formula("1/0", "#DIV/0!"), None, "General"),
        (13, Formula("1+1"), None, "General"),
        (13, Formula("1+1", 2), 2, "General"),
        (13, "=1+1", "=1+1", "General"),
        (13, "+46", "+46", "General"),
        (13, "_x0041_", "_x0041_", "General"),
        (13, "a\tb\nc", "a\tb\nc", "General"),
    ],
)
def test_a_cell_goes_back_as_what_it_was(tmp_path, no, sent, value, number_format):
    cell = back(tmp_path, [person(UNGA, {no: sent})]).cell(9, no)
    assert (cell.value, cell.number_format, cell.data_type == "f") == (value, number_format, False)
    if isinstance(value, str) and value[0] in "=+":
        assert cell.quotePrefix


def test_a_text_that_looks_like_markup_is_a_text(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {13: "<r><t>2</t></r>", 14: "<r>&x;</r>"})])
    assert [sheet["M9"].value, sheet["N9"].value] == ["<r><t>2</t></r> ", "<r>&x;</r> "]


def test_a_day_of_a_book_that_counts_from_1904_is_the_same_day(tmp_path):
    sheet = back(tmp_path, [person(UNGA), person(UNGA, {1: "BO0602", 5: 43159})], date_1904=True)
    assert [sheet["E9"].value, sheet["E10"].value] == [dt.datetime(2022, 3, 1)] * 2  # noqa: DTZ001
    assert sheet.parent.epoch.year == 1899


def test_only_persons_and_the_form_s_columns_are_there_at_their_addresses(tmp_path):
    sheet = back(
        tmp_path,
        [person(UNGA), person(UNGA, {1: "BO0602"})],
        leading_rows=2,
        leading_columns=1,
        own_columns=(OwnColumn(5, "Enhet", "x"),),
        blank_rows=(1,),
        sum_row=True,
        footer="Lämnat av oss",
        comments={0: "ett ord"},
    )
    assert sheet["B3"].value == UNGA.title
    assert [sheet["B11"].value, sheet["B12"].value, sheet["B13"].value] == ["AP0615", None, "BO0602"]
    assert [sheet[f"{column}10"].value for column in "AEF"] == [None, "4. Ålder", None]
    assert {cell.row for row in sheet.iter_rows() for cell in row if cell.value is not None} == {3, 4, 8, 9, 10, 11, 13}
    assert sheet.max_column == 34
    assert sheet.column_dimensions["F"].width < 5


def test_the_form_s_checks_and_colours_are_on_the_new_rows(tmp_path):
    sheet = back(tmp_path, [person(UNGA)])
    assert len(sheet.data_validations.dataValidation) == len(UNGA.questions)
    assert sheet.freeze_panes == "B9"
    assert sheet.parent.sheetnames == ["Återkoppling", "Formulär", "Förklaringar", "Listor"]
    assert sheet.parent["Listor"].sheet_state == "hidden"


def test_a_sound_workbook_has_no_marks(tmp_path):
    sheet = back(tmp_path, [person(UNGA)])
    assert fills(sheet) == []
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.comment]


def test_a_faulty_cell_has_a_frame_a_note_and_a_fill_until_it_is_changed(tmp_path):
    changes = {13: 7, 14: None, 16: Shown(0.5, "0%"), 11: Formula("1/0", "#DIV/0!"), 12: 'Nej "kanske"', 15: True}
    sheet = back(tmp_path, [person(UNGA, changes)])
    borders = {name: sheet[f"{name}9"].border.left for name in "KLMNOP"}
    assert {name: (side.style, side.color.rgb) for name, side in borders.items()} == {
        **dict.fromkeys("KLMOP", ("medium", RED)),
        "N": ("thin", ORANGE),
    }
    assert fills(sheet) == [
        ("K9", "LEN(TRIM(K9))=0"),
        ("L9", 'AND(ISTEXT(L9),EXACT(L9,"Nej ""kanske"""))'),
        ("M9", "AND(ISNUMBER(M9),M9=7.0)"),
        ("N9", "LEN(TRIM(N9))=0"),
        ("O9", "AND(ISLOGICAL(O9),O9=TRUE)"),
        ("P9", "AND(ISNUMBER(P9),P9=0.5)"),
    ]
    assert sheet["N9"].comment.text == "Kontrollera: Frågan är obesvarad. Besvara frågan; ange 999 om uppgift saknas."
    assert sheet["K9"].comment.text == (
        "Rätta: Här stod ett Excelfel (t.ex. #SAKNAS!), som inte är med i den här filen. Skriv svaret."
    )


@pytest.mark.parametrize(("letter", "n", "is_told_apart"), [("å", 200, True), ("å", 201, False), ("𝄞", 101, False)])
def test_a_text_too_long_for_a_rule_of_excel_s_is_marked_until_the_cell_is_empty(tmp_path, letter, n, is_told_apart):
    ((_, rule),) = fills(back(tmp_path, [person(UNGA, {12: letter * n})]))
    assert rule == (f'AND(ISTEXT(L9),EXACT(L9,"{letter * n}"))' if is_told_apart else "TRUE")


def test_marks_come_before_grey_and_yellow_and_stop(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {8: 6, 9: 77, 10: 1, 14: None})])
    rules = sorted(
        (rule.priority, str(area.sqref), rule.stopIfTrue)
        for area in sheet.conditional_formatting
        for rule in area.rules
    )
    assert [rule[1:] for rule in rules][:4] == [("I9", True), ("I9", None), ("N9", True), ("I9:I209", True)]


def test_a_marked_cell_that_is_emptied_keeps_its_frame_over_the_form_s_yellow(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {13: 7, 15: None})])
    frames = [
        (str(area.sqref), rule.formula[0], rule.dxf.border.left.color.rgb, rule.dxf.fill)
        for area in sheet.conditional_formatting
        for rule in area.rules
        if ":" not in str(area.sqref) and not rule.stopIfTrue
    ]
    assert frames == [("M9", "LEN(TRIM(M9))=0", RED, None)]


def test_a_text_wider_than_its_column_is_read_from_its_beginning(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {13: "Nej, inte som vi har förstått det", 14: "Nej"})])
    assert [sheet[name].alignment.horizontal for name in ("M9", "N9")] == ["left", "center"]
    assert sheet["M9"].border.left.style == "medium"


def test_the_form_s_sheet_looks_as_the_blank_form_does(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {13: 7})])
    write_form(tmp_path / "blank.xlsx", UNGA)
    blank = openpyxl.load_workbook(tmp_path / "blank.xlsx")["Formulär"]
    for name in map(get_column_letter, range(1, len(UNGA.questions) + 1)):
        assert sheet.column_dimensions[name].width == blank.column_dimensions[name].width, name
    for row in (6, 7, 8):
        assert sheet.row_dimensions[row].height == blank.row_dimensions[row].height, row
        for one, other in zip(sheet[row], blank[row], strict=False):
            looks = [repr([cell.value, cell.font, cell.fill, cell.border, cell.alignment]) for cell in (one, other)]
            assert looks[0] == looks[1], one.coordinate
    assert {sheet[name].alignment.horizontal for name in ("A9", "H9", "M9")} == {"center"}
    assert [part.id for part in sheet.col_breaks.brk] == [part.id for part in blank.col_breaks.brk] == [17]
    assert sheet.print_title_rows == blank.print_title_rows == "$6:$8"


def test_several_findings_on_a_cell_are_several_sentences_the_worst_first(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {1: "AP0699", 4: "ca 40", 5: dt.date(2022, 11, 1), 18: dt.date(2022, 10, 1)})])
    worst, other = sheet["D9"].comment.text.split("\n\n")
    assert worst.startswith("Kontrollera: ")
    assert other == "Svaret är angivet som ungefärligt; talet har lästs. Skriv bara talet."
    heights = [float(height) for height in re.findall(r"height:([\d.]+)pt", drawing(tmp_path))]
    assert heights[1] > 1.5 * max(heights[0], *heights[2:])
    assert sheet["R9"].comment.text.startswith("Rätta: Utskrivningsdatumet ligger före")


def test_a_finding_about_a_row_marks_its_code(tmp_path):
    sheet = back(tmp_path, [person(UNGA), person(UNGA)])
    assert sheet["A10"].comment.text == (
        "Kontrollera: Gäller hela raden. Samma rad står två gånger i arbetsboken. Töm den ena raden."
    )
    assert sheet["A10"].border.left.style == "thin"


def test_a_note_of_the_rules_is_a_note_without_a_colour(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {6: "ca 3"})])
    assert sheet["F9"].comment.text == "Svaret är angivet som ungefärligt; talet har lästs. Skriv bara talet."
    assert (sheet["F9"].border.left.style, fills(sheet)) == (None, [])


def test_a_text_that_no_rule_can_hold_stays_marked(tmp_path):
    sheet = back(tmp_path, [person(UNGA, {13: "a\tb", 14: "å" * 300})])
    assert fills(sheet) == [("M9", "TRUE"), ("N9", "TRUE")]


def test_without_an_answer_row_it_is_put_above_the_headers(tmp_path):
    def without(sheet) -> None:
        for cell in sheet[7]:
            cell.value = None

    # SIG vuxna of 2020 has headers of its own, so that the answer row is not needed to tell it.
    form = forms()["sig-vuxna-2020"]
    sent = book(tmp_path / "sent.xlsx", "sig-vuxna-2020", rows=[person(form)], change=without)
    write_feedback(tmp_path / "back.xlsx", one_feedback(sent, 2020))
    sheet = openpyxl.load_workbook(tmp_path / "back.xlsx")["Formulär"]
    assert sheet["H7"].value == form.questions[7].answer.text


def test_where_headers_stand_in_the_first_row_nothing_is_put_above_them(tmp_path):
    form = forms()["sig-vuxna-2020"]
    sent = book(tmp_path / "sent.xlsx", "sig-vuxna-2020", rows=[person(form)], change=_only_headers)
    write_feedback(tmp_path / "back.xlsx", one_feedback(sent, 2020))
    sheet = openpyxl.load_workbook(tmp_path / "back.xlsx")["Formulär"]
    assert (sheet["A1"].value, sheet["A2"].value) == ("1. UNO-kod", "AP0615")


def _only_headers(sheet) -> None:
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    sheet.delete_rows(1, 7)
