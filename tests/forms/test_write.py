"""The workbooks as a second program reads them: layout, checks, colours, and nothing that should not be there."""

import datetime as dt
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sigpanel.errors import InputError
from sigpanel.findings import rule
from sigpanel.forms import form, forms
from sigpanel.forms.write import Formula, Layout, OwnColumn, Shown, write_form
from sigpanel.forms.write_layout import AT_THE_END
from sigpanel.forms.write_style import header_height, width

UNGA = form("sig-unga-2022")
ROWS = [
    {1: "AB0412", 2: 1, 5: dt.date(2022, 3, 1), 8: 6, 18: dt.date(2022, 11, 30)},
    {1: "CD0503", 2: 1, 5: dt.date(2022, 4, 2), 8: 2},
]


def opened(path: Path, **how: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path, **how)


def sheet_of(path: Path, layout: Layout = Layout(), rows=ROWS) -> Worksheet:  # noqa: B008 - frozen
    written = write_form(path, UNGA, rows, layout=layout)
    return opened(path)[written.sheet]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "form.xlsx"
    write_form(path, UNGA)
    return path


def row(sheet: Worksheet, number: int) -> list[object]:
    return [cell.value for cell in sheet[number] if cell.value is not None]


def test_a_blank_form_has_three_sheets_and_hides_the_lists(blank):
    sheets = [(sheet.title, sheet.sheet_state) for sheet in opened(blank)]
    assert sheets == [("Formulär", "visible"), ("Förklaringar", "visible"), ("Listor", "hidden")]


def test_a_blank_form_reads_from_title_to_headers(blank):
    sheet = opened(blank)["Formulär"]
    assert row(sheet, 1) == [UNGA.title]
    assert [sheet.cell(number, 2).value for number in (2, 3, 4)] == list(UNGA.instructions)
    assert row(sheet, 6) == ["Besvaras vid inskrivning", "Besvaras vid utskrivning"]
    assert row(sheet, 7) == [question.answer.text for question in UNGA.questions]
    headers = [f"{question.no}. {question.header}" for question in UNGA.questions]
    assert row(sheet, 8) == [*headers, UNGA.comment_header]
    assert sheet.max_row == 8


def test_the_bands_lie_over_their_questions_and_the_instructions_are_merged(blank):
    merged = {str(area) for area in opened(blank)["Formulär"].merged_cells.ranges}
    assert merged == {"B2:L2", "B3:L3", "B4:L4", "A6:Q6", "R6:AF6"}


def test_head_and_code_stand_still_while_scrolling(blank):
    assert opened(blank)["Formulär"].freeze_panes == "B9"


def test_columns_are_wide_enough_to_read(blank):
    widths = opened(blank)["Formulär"].column_dimensions
    assert widths["A"].width < widths["H"].width < widths["AF"].width


@pytest.mark.parametrize("edition", list(forms()))
def test_no_header_is_broken_within_a_word_or_runs_over_four_lines(edition):
    for question in form(edition).questions:
        assert max(map(len, question.header.split())) <= width(question) * 1.15, question.no
        assert header_height(question) <= 4 * 13, question.no


def test_the_instructions_can_be_folded_away_to_give_the_persons_room(blank):
    rows = opened(blank)["Formulär"].row_dimensions
    assert [rows[number].outlineLevel for number in range(1, 9)] == [0, 1, 1, 1, 1, 0, 0, 0]
    assert not any(rows[number].hidden for number in range(1, 9))


def test_the_form_is_printed_on_two_pages_each_with_codes_and_headers(blank):
    sheet = opened(blank)["Formulär"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (
        "landscape", 8, None,
    )  # fmt: skip
    assert [brk.id for brk in sheet.col_breaks.brk] == [17]
    assert sheet.page_setup.scale >= 50
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$6:$8", "$A:$A")


def test_codes_are_typed_as_text_and_dates_as_dates(blank):
    widths = opened(blank)["Formulär"].column_dimensions
    assert [widths[letter].number_format for letter in ("A", "E", "R")] == ["@", "yyyy-mm-dd", "yyyy-mm-dd"]


@pytest.mark.parametrize("edition", list(forms()))
def test_every_edition_can_be_written(tmp_path, edition):
    written = write_form(tmp_path / "f.xlsx", form(edition))
    sheet = opened(tmp_path / "f.xlsx")[written.sheet]
    assert row(sheet, 8)[:-1] == [f"{question.no}. {question.header}" for question in form(edition).questions]
    assert len(sheet.data_validations.dataValidation) == len(form(edition).questions)


def test_the_explanations_cite_the_questions_by_number(blank):
    sheet = opened(blank)["Förklaringar"]
    assert sheet["A1"].value == UNGA.explanations_heading
    assert row(sheet, 2) == ["Namn", "Förklaring"]
    explained = [
        (f"{question.no}. {question.header}", question.explain) for question in UNGA.questions if question.explain
    ]
    assert [tuple(row(sheet, number)) for number in range(3, sheet.max_row + 1)] == explained


def checks(sheet: Worksheet) -> dict[str, object]:
    return {str(check.sqref).split(":")[0]: check for check in sheet.data_validations.dataValidation}


def test_drop_downs_offer_the_codes_and_the_missing_codes(blank):
    workbook = opened(blank)
    for question in UNGA.questions:
        check = checks(workbook["Formulär"])[f"{get_column_letter(question.no)}9"]
        if not question.answer.codes:
            assert check.type != "list"
            continue
        assert check.type == "list"
        area = check.formula1.removeprefix("'Listor'!").replace("$", "")
        offered = [cell[0].value for cell in workbook["Listor"][area]]
        assert offered == [*question.answer.by_code, *question.answer.missing]


@pytest.mark.parametrize(
    ("cell", "kind", "formulas"),
    [
        ("D9", "whole", ("1", "99")),
        ("F9", "whole", ("0", "999")),
        ("P9", "custom", ("OR(AND($P9>=1,$P9<=10,$P9=INT($P9)),$P9=99,$P9=999)", None)),
        ("E9", "date", ("36526", None)),
        ("R9", "date", ("$E9", None)),
    ],
)
def test_numbers_dates_and_codes_are_checked(blank, cell, kind, formulas):
    check = checks(opened(blank)["Formulär"])[cell]
    assert (check.type, (check.formula1, check.formula2)) == (kind, formulas)


def test_a_code_is_checked_letter_by_letter_and_digit_by_digit(blank):
    check = checks(opened(blank)["Formulär"])["A9"]
    letters = ",".join(f"NOT(EXACT(UPPER(MID($A9,{place},1)),LOWER(MID($A9,{place},1))))" for place in (1, 2))
    digits = 'ISNUMBER(-MID($A9,3,4)),TEXT(MID($A9,3,4),"0000")=MID($A9,3,4)'
    assert (check.type, check.formula1) == ("custom", f"AND(LEN($A9)=6,{letters},{digits})")
    # Excel takes no longer formula in a check, and no array in one.
    assert len(check.formula1) <= 255
    assert "{" not in check.formula1


def test_a_check_warns_and_never_refuses(blank):
    for check in checks(opened(blank)["Formulär"]).values():
        assert check.errorStyle == "warning"
        assert check.showErrorMessage


def test_every_question_shows_its_alternatives_or_where_they_stand(blank):
    found = checks(opened(blank)["Formulär"])
    for question in UNGA.questions:
        prompt = found[f"{get_column_letter(question.no)}9"].prompt
        assert prompt
        assert len(prompt) <= 255
        if question.answer.kind != "uno" and len(question.answer.text) <= 255:
            assert prompt == question.answer.text
    assert found["AF9"].prompt == rule("value_not_among_answers").do_sv
    assert found["A9"].prompt == f"Personens UNO-kod. {rule('uno_unreadable').do_sv}"


@pytest.mark.parametrize(
    ("cell", "broken"),
    [
        ("A9", "uno_unreadable"),
        ("B9", "value_not_among_answers"),
        ("D9", "value_out_of_range"),
        ("E9", "date_unreadable"),
        ("R9", "discharged_before_enrolled"),
    ],
)
def test_a_warning_says_what_the_finding_would_say(blank, cell, broken):
    said = rule(broken)
    assert checks(opened(blank)["Formulär"])[cell].error == f"{said.sv} {said.do_sv}"


def test_grey_comes_before_yellow_and_stops(blank):
    areas = opened(blank)["Formulär"].conditional_formatting
    found = sorted(
        (each.priority, str(area.sqref), each.formula[0], bool(each.stopIfTrue))
        for area in areas
        for each in area.rules
    )
    assert [each[1:] for each in found] == [
        ("I9:I208", "OR($H9=6)", True),
        ("V9:V208", "OR($U9=6)", True),
        ("A9:Q208", "AND(COUNTA($A9:$Q9,$R9:$AF9)>0,LEN(TRIM(A9))=0)", False),
        ("R9:AF208", "AND(COUNTA($R9:$AF9)>0,LEN(TRIM(R9))=0)", False),
    ]  # fmt: skip


def test_an_own_column_is_never_yellow(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(own_columns=(OwnColumn(5, "Enhet", "x"),)))
    yellow = [str(area.sqref) for area in sheet.conditional_formatting if not area.rules[0].stopIfTrue]
    assert yellow == ["A9:D210", "F9:R210", "S9:AG210"]


def test_nobody_is_named_as_author_and_the_date_is_constant(blank):
    properties = opened(blank).properties
    assert (properties.creator, properties.lastModifiedBy) == (None, None)
    assert properties.created == properties.modified == dt.datetime(2022, 1, 1)  # noqa: DTZ001 - as openpyxl has it


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    layout = Layout(notes={0: "n"}, comments={1: "c"}, protected=True, date_1904=True)
    for name in ("one", "other"):
        write_form(tmp_path / name, UNGA, ROWS, layout=layout)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_every_letter_is_of_a_font_that_no_theme_changes(blank):
    styles = zipfile.ZipFile(blank).read("xl/styles.xml").decode()
    assert set(re.findall(r'<name val="(.+?)"/>', styles)) == {"Arial"}
    assert "<scheme" not in styles


def test_no_time_of_day_is_in_the_archive(blank):
    assert {part.date_time for part in zipfile.ZipFile(blank).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_answers_stand_where_the_writer_says(tmp_path):
    written = write_form(tmp_path / "f.xlsx", UNGA, ROWS)
    sheet = opened(tmp_path / "f.xlsx")[written.sheet]
    assert written.rows == (9, 10)
    for number, answers in zip(written.rows, ROWS, strict=True):
        found = {no: sheet[f"{written.columns[no]}{number}"].value for no in answers}
        assert found == {
            no: dt.datetime(value.year, value.month, value.day) if isinstance(value, dt.date) else value  # noqa: DTZ001
            for no, value in answers.items()
        }


@pytest.mark.parametrize(
    ("cell", "value", "number_format"),
    [
        (3, 3, "General"),
        ("Nej", "Nej", "General"),
        (True, True, "General"),
        (0.5, 0.5, "General"),
        (220519, 220519, "General"),
        (Shown("07", "@"), "07", "@"),
        (Shown(0.6, "0%"), 0.6, "0%"),
        (Shown(dt.date(2022, 5, 1), "d/m yyyy"), dt.datetime(2022, 5, 1), "d/m yyyy"),  # noqa: DTZ001
        (dt.date(2022, 5, 1), dt.datetime(2022, 5, 1), "yyyy-mm-dd"),  # noqa: DTZ001
        (Formula("=8+0", 8), 8, "General"),
        (Formula("=NA()", "#N/A"), "#N/A", "General"),
        (Formula("=B9+1"), None, "General"),
        (None, None, "yyyy-mm-dd"),
    ],
)
def test_a_cell_holds_what_it_was_given(tmp_path, cell, value, number_format):
    write_form(tmp_path / "f.xlsx", UNGA, [{5: cell}])
    found = opened(tmp_path / "f.xlsx", data_only=True)["Formulär"]["E9"]
    assert (found.value, type(found.value)) == (value, type(value))
    assert found.number_format == number_format or value is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-", "@SUM(A1)", "http://a.se", "mailto:a@b.se", "{=1}", "00123"])
def test_text_stays_text(tmp_path, text):
    write_form(tmp_path / "f.xlsx", UNGA, [{1: text}], layout=Layout(comments={0: text}))
    sheet = opened(tmp_path / "f.xlsx")["Formulär"]
    for cell in ("A9", "AG9"):
        assert (sheet[cell].value, sheet[cell].data_type, sheet[cell].hyperlink) == (text, "s", None)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_any_text_comes_back_as_it_was(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    write_form(path, UNGA, [{1: text}])
    assert opened(path)["Formulär"]["A9"].value == text


def test_dates_of_a_1904_workbook_are_the_same_dates(tmp_path):
    write_form(tmp_path / "f.xlsx", UNGA, ROWS, layout=Layout(date_1904=True))
    workbook = opened(tmp_path / "f.xlsx")
    assert workbook.epoch.year == 1904
    assert workbook["Formulär"]["E9"].value == dt.datetime(2022, 3, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("layout", "header_row", "code_column"),
    [
        (Layout(leading_rows=2), 10, "A"),
        (Layout(leading_columns=1), 8, "B"),
        (Layout(own_columns=(OwnColumn(1, "Handläggare", "B"),)), 8, "B"),
        (Layout(leading_rows=1, leading_columns=2, own_columns=(OwnColumn(1, "Enhet", "B"),)), 9, "D"),
    ],
)
def test_everything_moves_with_leading_rows_and_columns(tmp_path, layout, header_row, code_column):
    sheet = sheet_of(tmp_path / "f.xlsx", layout)
    assert sheet[f"{code_column}{header_row}"].value == "1. UNO-kod"
    assert sheet[f"{code_column}{header_row + 1}"].value == "AB0412"
    assert sheet.freeze_panes == f"{get_column_letter(sheet[f'{code_column}1'].column + 1)}{header_row + 1}"


def headers(sheet: Worksheet) -> list[str]:
    return [str(value) for value in row(sheet, 8)]


def test_an_own_column_stands_where_it_was_put_and_is_filled_in(tmp_path):
    sheet = sheet_of(
        tmp_path / "f.xlsx", Layout(own_columns=(OwnColumn(5, "Handläggare", "Eva"), OwnColumn(AT_THE_END, "Sist")))
    )
    assert headers(sheet)[4:6] == ["Handläggare", "5. Inskrivningsdatum"]
    assert headers(sheet)[-2:] == ["Sist", UNGA.comment_header]
    assert [sheet["E9"].value, sheet["E10"].value, sheet["E11"].value] == ["Eva", "Eva", None]


def test_an_empty_column_is_empty(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(own_columns=(OwnColumn(3),)))
    assert {cell.value for cell in sheet["C"][5:]} == {None}
    assert sheet["D8"].value == "3. Kön"


def test_a_moved_question_keeps_number_answers_and_check(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(moved=(8, 3)))
    assert headers(sheet)[2:4] == ["8. Är inskriven i en skola vid inskrivning", "3. Kön"]
    assert sheet["C9"].value == 6
    assert checks(sheet)["C9"].prompt == UNGA.questions[7].answer.text
    grey = next(area for area in sheet.conditional_formatting if area.rules[0].stopIfTrue)
    assert (str(grey.sqref), grey.rules[0].formula) == ("I9:I210", ["OR($C9=6)"])


def test_a_question_moved_across_does_not_take_the_band_along(tmp_path):
    merged = {str(area) for area in sheet_of(tmp_path / "f.xlsx", Layout(moved=(18, 14))).merged_cells.ranges}
    assert {"A6:R6", "S6:AF6"} <= merged


def test_blank_rows_leave_gaps_and_the_writer_says_where(tmp_path):
    written = write_form(tmp_path / "f.xlsx", UNGA, ROWS, layout=Layout(blank_rows=(0, 1)))
    assert written.rows == (10, 12)


def test_sum_row_footer_and_banner(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(sum_row=True, footer="Hälsningar", banner="Farsta", leading_rows=1))
    assert sheet["A1"].value == "Farsta"
    assert (sheet["A12"].value, sheet["D12"].value) == ("Summa", "=AVERAGE(D10:D11)")
    assert sheet["A14"].value == "Hälsningar"


def test_hidden_rows_and_columns_keep_their_answers(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(hidden_rows=(1,), hidden_columns=(8,)))
    assert (sheet.row_dimensions[9].hidden, sheet.row_dimensions[10].hidden) == (False, True)
    assert sheet.column_dimensions["H"].hidden
    assert (sheet["A10"].value, sheet["H10"].value) == ("CD0503", 2)


def test_protection_filter_and_hidden_lists(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(protected=True, filtered=True, lists_very_hidden=True))
    assert sheet.protection.sheet
    assert sheet.auto_filter.ref == "A8:AG10"
    assert sheet.parent["Listor"].sheet_state == "veryHidden"


def test_notes_comments_and_author(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(notes={1: "en lapp"}, comments={0: "ett ord"}, author="Eva"))
    assert sheet["A10"].comment.text == "en lapp"
    assert sheet["AG9"].value == "ett ord"
    assert sheet.parent.properties.creator == "Eva"


def test_sheets_are_renamed_reordered_added_and_repeated(tmp_path):
    layout = Layout(sheet="Blad1", explanations_first=True, extra_sheet="Tom", second_sheet="Blad2")
    sheet = sheet_of(tmp_path / "f.xlsx", layout)
    assert sheet.parent.sheetnames == ["Tom", "Förklaringar", "Blad2", "Blad1", "Listor"]
    assert sheet.parent.active.title == "Blad1"
    assert sheet.parent["Tom"].dimensions == "A1:A1"
    assert sheet.parent["Blad2"]["A9"].value == sheet["A9"].value == "AB0412"


def test_headers_get_line_breaks_and_blanks(tmp_path):
    sheet = sheet_of(tmp_path / "f.xlsx", Layout(header_breaks=(8, 18), header_blanks=(32,)))
    assert sheet["H8"].value == "8. Är inskriven i en skola\nvid inskrivning"
    assert sheet["R8"].value == "18.\nUtskrivningsdatum"
    assert sheet["AF8"].value == " 32.  Den  huvudsakliga orsaken till att insatsen avslutas"


def test_without_the_answer_row_its_place_stays_empty(tmp_path):
    assert row(sheet_of(tmp_path / "f.xlsx", Layout(answer_row=False)), 7) == []


def test_a_place_that_cannot_be_written_to_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(InputError, match="cannot be written") as caught:
        write_form(tmp_path / "nowhere" / "f.xlsx", UNGA)
    assert caught.value.code == "form-not-written"
    assert "f.xlsx" not in str(caught.value)


def test_reading_the_forms_does_not_import_the_writer(python):
    assert python("-c", "import sys, sigpanel.forms; sys.exit('xlsxwriter' in sys.modules)").returncode == 0
