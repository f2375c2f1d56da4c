"""Which kind of number a format makes, how a number is written, and which day it would be."""

import datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.intake.formats import day_of_serial, serial_of_day
from sigpanel.intake.gate import Refused
from sigpanel.intake.xlsx import read
from tests.intake.by_hand import only_sheet, texts, workbook

DAY = datetime.date(2020, 4, 22)
SERIAL = 43943  # of DAY, counted from 1900
SERIAL_1904 = 42481


@pytest.fixture
def form(tmp_path):
    return tmp_path / "form.xlsx"


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("5", "5"),
        ("5.0", "5"),
        (" 5\n", "5"),
        ("-3", "-3"),
        ("-0", "0"),
        (".6", "0.6"),
        ("0.59999999999999998", "0.6"),
        ("20200422", "20200422"),
        ("2.0200422E7", "20200422"),
        ("1E+300", "1e+300"),
        ("123456789012345678", "1.2345678901234568e+17"),
    ],
)
def test_a_number_is_written_plainly(form, stored, text):
    assert texts(form, f"<row><c><v>{stored}</v></c></row>") == {"A1": text}


@pytest.mark.parametrize(
    "stored", ["1_000", "nan", "inf", "1e999", "0x1F", "1,5", "\N{ARABIC-INDIC DIGIT ONE}", "5 6", "5kr"]
)
def test_what_is_no_number_to_excel_is_damage_at_its_address(form, stored):
    with pytest.raises(Refused, match=r"^workbook_is_damaged \(C12\)$"):
        read(workbook(form, f'<row r="12"><c r="C12"><v>{stored}</v></c></row>'))


@pytest.mark.parametrize(
    ("serial", "from_1900", "from_1904"),
    [
        (-1, None, None),
        (0, None, None),
        (0.75, None, None),
        (1, "1900-01-01", "1904-01-02"),
        (59, "1900-02-28", "1904-02-29"),
        (60, None, "1904-03-01"),
        (60.5, None, "1904-03-01"),
        (61, "1900-03-01", "1904-03-02"),
        (999, "1902-09-25", "1906-09-26"),
        (SERIAL_1904, "2016-04-21", "2020-04-22"),
        (SERIAL + 0.999, "2020-04-22", "2024-04-23"),
        (2957003, "9995-12-30", "9999-12-31"),
        (2957004, "9995-12-31", None),
        (2958465.9, "9999-12-31", None),
        (2958466, None, None),
    ],
)
def test_a_number_keeps_the_day_that_it_would_be_in_its_workbook(form, serial, from_1900, from_1904):
    for date1904, day in (("0", from_1900), ("1", from_1904)):
        workbook(form, f"<row><c><v>{serial}</v></c></row>", properties=f'<workbookPr date1904="{date1904}"/>')
        reading = only_sheet(form)["A1"]
        assert (reading[0], reading[3] and reading[3].isoformat()) == ("number", day)
        assert read(form).epoch_1904 == (date1904 == "1")


def test_a_workbook_that_counts_from_1904_gives_the_same_days(form):
    book = xlsxwriter.Workbook(form, {"date_1904": True, "default_date_format": "yyyy-mm-dd"})
    book.add_worksheet().write_datetime("A1", DAY)
    book.close()
    assert only_sheet(form) == {"A1": ("date", "2020-04-22", SERIAL_1904, DAY)}


def test_an_extension_of_the_same_name_does_not_change_the_epoch(form):
    extension = '<workbookPr date1904="1"/><x:workbookPr xmlns:x="urn:x" date1904="0"/>'
    assert read(workbook(form, properties=extension)).epoch_1904


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("yyyy-mm-dd", "date"),
        ("d/m yyyy", "date"),
        ("[$-41D]d mmmm yyyy;@", "date"),
        ('[=0]"";yyyy-mm-dd', "date"),
        ("h:mm AM/PM", "date"),
        ("[hh]", "date"),
        ("ÅÅÅÅ", "number"),
        ("General", "number"),
        ("@", "number"),
        ("00", "number"),
        ("0.00E+00", "number"),
        ('0 "dagar"', "number"),
        ('"day" 0', "number"),
        (r"0\d", "number"),
        ("0_d", "number"),
        ("*d0", "number"),
        ("[Red]0", "number"),
        ("[$SEK] # ##0", "number"),
        ("0%", "percent"),
        ("0.0 %;[Red]-0.0 %", "percent"),
        (r"0\%", "number"),
        ('0"%"', "number"),
        ("[" * 100_000, "number"),
    ],
)
def test_a_number_format_makes_the_kind(form, code, kind):
    quoted = code.replace('"', "&quot;")
    styles = (
        f'<numFmts><numFmt numFmtId="164" formatCode="{quoted}"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="164"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="yyyy%"/></dxf></dxfs>'
    )
    workbook(form, f'<row><c s="1"><v>{SERIAL}</v></c></row>', styles=styles)
    assert only_sheet(form)["A1"][0] == kind


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *((number, "percent") for number in (9, 10)),
        *((number, "date") for number in (14, 22, 27, 36, 45, 47, 50, 58)),
        *((number, "number") for number in (0, 1, 8, 11, 13, 23, 26, 37, 44, 48, 49, 59, 163)),
    ],
)
def test_a_builtin_number_format_makes_the_kind(form, number, kind):
    workbook(form, '<row><c s="0"><v>5</v></c></row>', styles=f'<cellXfs><xf numFmtId="{number}"/></cellXfs>')
    assert only_sheet(form)["A1"][0] == kind


def test_a_builtin_format_that_the_workbook_spells_out_is_what_it_spells(form):
    styles = '<numFmts><numFmt numFmtId="14" formatCode="0%"/></numFmts><cellXfs><xf numFmtId="14"/></cellXfs>'
    workbook(form, '<row><c s="0"><v>5</v></c></row>', styles=styles)
    assert only_sheet(form)["A1"][0] == "percent"


@pytest.mark.parametrize("style", ["", "7", "x"])
def test_a_style_that_is_not_there_leaves_a_number(form, style):
    assert texts(form, f'<row><c s="{style}"><v>5</v></c></row>', styles="<cellXfs/>") == {"A1": "5"}


def test_a_date_formatted_number_that_is_no_day_keeps_its_decimal(form):
    workbook(form, '<row><c s="0"><v>60</v></c></row>', styles='<cellXfs><xf numFmtId="14"/></cellXfs>')
    assert only_sheet(form) == {"A1": ("date", "60", 60.0, None)}


@pytest.mark.parametrize(
    ("stored", "reading"),
    [
        ("2020-04-22", ("date", "2020-04-22", SERIAL, DAY)),
        ("2020-04-22T10:10:10.5Z", ("date", "2020-04-22", SERIAL, DAY)),
        ("10:10:10", ("date", "", None, None)),
    ],
)
def test_a_date_that_is_written_out_is_a_date(form, stored, reading):
    workbook(form, f'<row><c t="d"><v>{stored}</v></c></row>')
    assert only_sheet(form) == {"A1": reading}


@given(st.dates(datetime.date(1900, 1, 1)), st.booleans())
def test_a_serial_leads_back_to_its_day(day, epoch_1904):
    serial = serial_of_day(day, epoch_1904=epoch_1904)
    assert day_of_serial(serial, epoch_1904=epoch_1904) == (day if serial >= 1 else None)
