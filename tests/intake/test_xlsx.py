"""What a sheet's cells and a workbook's sheets are read as, held against what a spreadsheet shows."""

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from sigpanel.intake.gate import Refused
from sigpanel.intake.xlsx import read
from tests.intake.by_hand import MAIN, STRICT, only_sheet, texts, workbook

DAY = datetime.date(2020, 4, 22)
SERIAL = 43943  # of DAY, counted from 1900


@contextlib.contextmanager
def written(tmp_path: Path) -> Iterator[tuple[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet]]:
    book = xlsxwriter.Workbook(tmp_path / "form.xlsx")
    yield book, book.add_worksheet()
    book.close()


@pytest.fixture
def form(tmp_path: Path) -> Path:
    return tmp_path / "form.xlsx"


# --- kinds ---


def test_each_kind_of_cell_is_told_apart(tmp_path, form):
    with written(tmp_path) as (book, sheet):
        date, percent = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": 9})
        sheet.write_string("A1", "AP4701")
        sheet.write_number("B1", 5)
        sheet.write_number("C1", 0.6)
        sheet.write_number("D1", 0.5, percent)
        sheet.write_boolean("E1", True)
        sheet.write_datetime("F1", datetime.datetime(2020, 4, 22, 13, 30), date)  # noqa: DTZ001
        sheet.write_formula("G1", "=NA()", value="#N/A")
        sheet.write_formula("H1", "=1+1", value=2)
        sheet.write_formula("I1", '="a"', value="a")
        sheet.write_blank("J1", None, percent)
        sheet.write_number("K1", 14, date)
    assert only_sheet(form) == {
        "A1": ("text", "AP4701", None, None),
        "B1": ("number", "5", 5.0, datetime.date(1900, 1, 5)),
        "C1": ("number", "0.6", 0.6, None),
        "D1": ("percent", "0.5", 0.5, None),
        "E1": ("boolean", "TRUE", None, None),
        "F1": ("date", "2020-04-22", SERIAL + 0.5625, DAY),
        "G1": ("error", "", None, None),
        "H1": ("number", "2", 2.0, datetime.date(1900, 1, 2)),
        "I1": ("text", "a", None, None),
        "K1": ("date", "1900-01-14", 14.0, datetime.date(1900, 1, 14)),
    }


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!"])
def test_every_error_is_an_error_and_its_text_is_not_kept(form, error):
    workbook(form, f'<row><c t="e"><v>{error}</v></c></row>')
    assert only_sheet(form) == {"A1": ("error", "", None, None)}


@pytest.mark.parametrize("cell", ["<c><f>B1</f></c>", "<c><f>B1</f><v/></c>", '<c><f t="shared" si="0"/><v></v></c>'])
def test_a_formula_that_nobody_has_calculated_is_a_formula(form, cell):
    workbook(form, f"<row>{cell}<c><v>7</v></c></row>")
    assert only_sheet(form)["A1"] == ("formula", "", None, None)
    assert only_sheet(form)["B1"][:2] == ("number", "7")


def test_openpyxl_writes_formulas_that_nobody_has_calculated(form):
    book = openpyxl.Workbook()
    book.active["B2"] = "=SUM(A1:A9)"
    book.save(form)
    assert only_sheet(form) == {"B2": ("formula", "", None, None)}


@pytest.mark.parametrize(
    "cell",
    [
        "<c/>",
        '<c s="1"/>',
        "<c></c>",
        "<c><v/></c>",
        '<c t="s"><v></v></c>',
        '<c t="s"><v>0</v></c>',
        '<c t="inlineStr"><is><t/></is></c>',
        '<c t="str"><f>IF(B1="","",B1)</f><v></v></c>',
    ],
)
def test_a_cell_that_shows_nothing_is_no_cell(form, cell):
    assert texts(form, f"<row>{cell}<c><v>7</v></c></row>", strings="<si><t></t></si>") == {"B1": "7"}


def test_a_cell_of_blanks_is_a_text(tmp_path, form):
    with written(tmp_path) as (_, sheet):
        sheet.write_string("A1", "   ")
        sheet.write_string("A2", "\N{NO-BREAK SPACE}")
    assert [cell.text for cell in read(form).sheets[0].cells] == ["   ", "\N{NO-BREAK SPACE}"]


# --- texts ---


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        ("<t>Ja,  delvis</t>", "Ja,  delvis"),
        ("<t>  trimmed\n</t>", "trimmed"),
        ('<t xml:space="preserve">  kept\n</t>', "  kept\n"),
        ('<r><t xml:space="preserve">Ja, </t></r><r><rPr><b/></rPr><t>delvis</t></r>', "Ja, delvis"),
        ('<t>漢字</t><rPh sb="0" eb="2"><t>かんじ</t></rPh><phoneticPr fontId="1"/>', "漢字"),
        ("<t>Skarpn&#228;ck &amp; &lt;Farsta&gt;</t>", "Skarpnäck & <Farsta>"),
        ("<t>a_x000D_\nb</t>", "a\r\nb"),
        ("<t>_x005F_x000D_</t>", "_x000D_"),
        ("<t>_xD83D__xDE00_ _xD83D_ _xZZZZ_</t>", "😀 \N{REPLACEMENT CHARACTER} _xZZZZ_"),
        ("<t><![CDATA[<c r=\"A1\"/>]]></t>", '<c r="A1"/>'),
        ("<t>a\r\nb\u200b\u00a0c\u0308</t>", "a\nb\u200b\u00a0c\u0308"),
    ],
)  # fmt: skip
def test_a_string_is_read_as_it_shows_whether_shared_or_inline(form, rich, text):
    sheet_data = f'<row><c t="s"><v>1</v></c><c t="inlineStr"><is>{rich}</is></c></row>'
    assert texts(form, sheet_data, strings=f"<si><t>x</t></si><si>{rich}</si>") == {"A1": text, "B1": text}


def test_an_inline_string_goes_before_a_value_and_a_value_stands_in_for_it(form):
    sheet_data = '<row><c t="inlineStr"><v>1</v><is><t>a</t></is></c><c t="inlineStr"><v>b</v></c></row>'
    assert texts(form, sheet_data) == {"A1": "a", "B1": "b"}


@pytest.mark.parametrize("index", ["1", "-1", "x", "1.5"])
def test_a_shared_string_that_is_not_there_is_damage(form, index):
    with pytest.raises(Refused, match=r"^workbook_is_damaged \(A1\)$"):
        read(workbook(form, f'<row><c t="s"><v>{index}</v></c></row>', strings="<si><t>x</t></si>"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_both_encodings_of_excel_are_read(form, encoding):
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    sheet = (
        f'{declared}<worksheet xmlns="{MAIN}"><sheetData><row><c t="str"><v>Åäö</v></c></row></sheetData></worksheet>'
    )
    assert texts(form, "", sheet=sheet.encode(encoding)) == {"A1": "Åäö"}


# --- places ---


def test_cells_without_addresses_count_on_from_the_one_before(form):
    sheet_data = (
        "<row><c><v>1</v></c><c/><c><v>2</v></c></row>"
        '<row r="4"><c r="AA4"/><c><v>3</v></c><c r="AD4"><v>4</v></c><c><v>5</v></c></row>'
        "<row><c><v>6</v></c></row>"
    )
    assert texts(form, sheet_data) == {"A1": "1", "C1": "2", "AB4": "3", "AD4": "4", "AE4": "5", "A5": "6"}


def test_cells_and_rows_out_of_order_are_put_in_order(form):
    sheet_data = '<row r="2"><c r="B2"><v>4</v></c><c r="A2"><v>3</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>'
    assert list(texts(form, sheet_data)) == ["B1", "A2", "B2"]


@pytest.mark.parametrize(
    "sheet_data",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A1"><v>2</v></c></row>',
        "<row><c><v>1</v><v>2</v></c></row>",
    ],
)
def test_an_address_that_holds_two_values_is_damage(form, sheet_data):
    with pytest.raises(Refused, match=r"^workbook_is_damaged \(worksheet\)$"):
        read(workbook(form, sheet_data))


@pytest.mark.parametrize("place", ["XFE1", "A1048577", "A0", "1A", "$A$1", "A", "AAAA1", ""])
def test_an_address_outside_the_sheet_is_damage(form, place):
    with pytest.raises(Refused, match=r"^workbook_is_damaged \(worksheet\)$"):
        read(workbook(form, f'<row><c r="{place}"><v>1</v></c></row>'))


@pytest.mark.parametrize(
    ("place", "is_read"), [("XFD122", True), ("A1048576", True), ("XFD123", False), ("AG1048576", False)]
)
def test_a_sheet_may_reach_two_million_cells_far(form, place, is_read):
    workbook(form, f'<row><c r="A1"><v>1</v></c><c r="{place}"><v>2</v></c></row>')
    if is_read:
        assert list(only_sheet(form)) == ["A1", place]
    else:
        with pytest.raises(Refused, match=rf"^workbook_range_too_large \({place}\)$"):
            read(form)


def test_an_empty_cell_does_not_make_a_sheet_reach_far(form):
    assert texts(form, '<row><c r="A1"><v>1</v></c><c r="XFD1048576" s="3"/></row>') == {"A1": "1"}


def test_what_a_sheet_says_of_its_size_is_not_looked_at(form):
    sheet = (
        f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData><row><c><v>1</v></c></row></sheetData>'
    )
    assert texts(form, "", sheet=f"{sheet}</worksheet>") == {"A1": "1"}


@pytest.mark.parametrize(
    ("root", "x"),
    [
        (f'worksheet xmlns="{MAIN}"', ""),
        (f'worksheet xmlns="{STRICT}"', ""),
        (f'x:worksheet xmlns:x="{MAIN}"', "x:"),
        (f'x:worksheet xmlns:x="{MAIN}" xmlns="{MAIN}"', ""),
        (f'worksheet xmlns:x="{MAIN}" xmlns="{MAIN}"', "x:"),
    ],
)
def test_the_namespace_may_have_any_prefix(form, root, x):
    cell = f'<{x}c r="B2" t="inlineStr"><{x}is><{x}t xml:space="preserve"> a</{x}t></{x}is></{x}c>'
    rows = f"<{x}sheetData><{x}row>{cell}</{x}row></{x}sheetData>"
    assert texts(form, "", sheet=f"<{root}>{rows}</{root.split()[0]}>") == {"B2": " a"}


def test_a_part_of_another_namespace_is_damage(form):
    with pytest.raises(Refused, match=r"^workbook_is_damaged \(worksheet\)$"):
        read(workbook(form, sheet=f'<worksheet xmlns="urn:x" xmlns:x="{MAIN}" xmlns:y="{MAIN}"/>'))


# --- sheets ---


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("../sheet1.xml", "sheet1.xml"),
        ("./Blad%201.xml", "xl/Blad 1.xml"),
        ("Worksheets\\Sheet1.xml", "xl/worksheets/sheet1.xml"),
    ],
)
def test_a_sheet_is_where_its_relationship_says(form, target, part):
    assert texts(form, "<row><c><v>1</v></c></row>", target=target, part=part) == {"A1": "1"}


def test_sheets_keep_their_place_in_the_workbook_hidden_ones_too(tmp_path, form):
    with written(tmp_path) as (book, _):
        book.add_worksheet("Listor").hide()
        book.add_worksheet("Dold").very_hidden()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Sheet1!$A$1"})
        book.add_chartsheet().set_chart(chart)
        book.add_worksheet("Sist")
    sheets = read(form).sheets
    assert [(sheet.no, sheet.is_visible, sheet.name) for sheet in sheets] == [
        (1, True, "Sheet1"),
        (2, False, "Listor"),
        (3, False, "Dold"),
        (5, True, "Sist"),
    ]


def test_hidden_rows_and_columns_are_data(tmp_path, form):
    with written(tmp_path) as (_, sheet):
        sheet.write("A1", "a")
        sheet.write("B2", "b")
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column("B:B", None, None, {"hidden": True})
    assert list(only_sheet(form)) == ["A1", "B2"]


def test_a_merged_range_has_the_value_of_its_first_cell(tmp_path, form):
    with written(tmp_path) as (book, sheet):
        sheet.merge_range("A1:C2", "Besvaras vid inskrivning", book.add_format({"bold": True}))
    assert list(only_sheet(form)) == ["A1"]


def test_notes_are_counted_by_sheet(form):
    book = openpyxl.Workbook()
    book.active["A1"].comment = Comment("Anna Karlsson", "Handläggare")
    book.active["B7"].comment = Comment("ringer på måndag", "Handläggare")
    book.create_sheet("Tom")
    book.save(form)
    assert ([sheet.n_notes for sheet in read(form).sheets], read(form).n_notes) == ([2, 0], 2)


def test_a_sheet_that_is_missing_is_damage(form):
    with pytest.raises(Refused, match="workbook_is_damaged"):
        read(workbook(form, target="worksheets/sheet9.xml"))


def test_nothing_shows_its_content_when_printed(form):
    book = openpyxl.Workbook()
    book.active.title = "Anna Karlsson"
    book.active["C12"] = "Anna Karlsson"
    book.save(form)
    shown = repr(read(form)) + repr(read(form).sheets[0].cells)
    assert "<Cell C12 text>" in shown
    assert "Anna" not in shown
