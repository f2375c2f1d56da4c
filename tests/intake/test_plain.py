"""Cells found by pattern are the cells that expat would have found, and what is not plain is left to it."""

import datetime as dt
import gc
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.forms import forms
from sigpanel.intake import cells, strings
from sigpanel.intake.gate import MAX_NAMES, Refused
from sigpanel.intake.plain import plain_cells
from sigpanel.intake.xlsx import read
from sigpanel.synth import generate
from tests.intake.by_hand import MAIN, workbook
from tests.support.workbooks import book

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 99_999),
    st.floats(-1e6, 1e6, width=32),
    st.text("aå&<\"'\r\n _x;", max_size=6),
    st.dates(dt.date(1999, 1, 1), dt.date(2030, 1, 1)),
    st.sampled_from(["=1+1", "=NA()", '="a"&"b"', "#N/A", "_x000D_"]),
)
SHEETS = st.lists(st.lists(VALUES, max_size=6), max_size=8)


def outcome(path: Path):
    try:
        return read(path)
    except Refused as refused:
        return str(refused)


def assert_both_agree(path: Path) -> bool:
    """Return whether any sheet was read by pattern."""
    ways = []

    def noted(*args: object):
        ways.append(plain_cells(*args))
        return ways[-1]

    with patch.object(cells, "plain_cells", noted):
        found = outcome(path)
    with (
        patch.object(cells, "plain_cells", return_value=None),
        patch.object(strings, "_plain_strings", return_value=None),
    ):
        assert outcome(path) == found
    return any(way is not None for way in ways)


@given(SHEETS)
def test_random_sheets_are_read_alike_both_ways(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "sheet.xlsx"
    written = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", "strings_to_urls": False})
    sheet = written.add_worksheet()
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    written.close()
    assert_both_agree(path)
    other = openpyxl.Workbook()
    for row in rows:
        other.active.append([value if value != "\r" else None for value in row])
    other.save(path)
    assert_both_agree(path)


@pytest.mark.parametrize("edition", forms())
def test_a_form_is_read_by_pattern(tmp_path, edition):
    assert assert_both_agree(book(tmp_path / "f.xlsx", edition))
    # As openpyxl saves it, with inline strings, it is not.
    assert not assert_both_agree(book(tmp_path / "g.xlsx", edition, change=lambda _: None))


@pytest.mark.slow
def test_synthetic_deliveries_are_read_alike_both_ways(tmp_path):
    paths = sorted(generate(tmp_path / "made", persons=30).folder.glob("20*/*.xlsx"))
    by_pattern = [assert_both_agree(path) for path in paths]
    assert all(by_pattern)


def test_the_submissions_and_public_workbooks_are_read_alike_both_ways(shared):
    by_pattern = [assert_both_agree(path) for path in sorted(shared.glob("submissions/20*/*.xlsx"))]
    assert (len(by_pattern), all(by_pattern)) == (65, True)
    public = [assert_both_agree(path) for path in sorted(shared.glob("workbooks/*/*")) if path.suffix != ".md"]
    assert sum(public) > 20


PLAIN = '<row r="1"><c r="A1"><v>5</v></c><c r="B1" t="str"><v>ja</v></c></row>'


@pytest.mark.parametrize(
    "more",
    [
        '<row><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="2"><c r="A2"><f>1+1</f></c></row>',
        '<row r="2"><c r="A2"><v/></c></row>',
        '<row r="2"><c r="A2" t="str"><v>a&amp;b</v></c></row>',
        '<row r="2"><c r="A2"><v>&#53;</v></c></row>',
        '<row r="2"><c r="A2" t="str"><v>a\r\nb</v></c></row>',
        "<row r='2'><c r='A2'><v>1</v></c></row>",
        '<row r="2"><c t="str" r="A2"><v>1</v></c></row>',
        '<row r="2" odd="1"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="a2"><v>1</v></c></row>',
        '<row r="2"><!-- <c r="A2"><v>1</v></c> --></row>',
        '<row r="2"><c r="A2" t="str"><v><![CDATA[<c r="A2"/>]]></v></c></row>',
        '<row r="2"><?x <c r="A2"><v>1</v></c>?></row>',
        '<row r="9999999"/>',
        '<c r="A9"><v>1</v></c><v>2</v>',
    ],
)
def test_what_is_not_plain_is_read_event_by_event(tmp_path, more):
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{PLAIN}{more}</sheetData></worksheet>'
    assert plain_cells(part.encode(), 1 << 20) is None
    assert not assert_both_agree(workbook(tmp_path / "f.xlsx", sheet=part.encode()))


@pytest.mark.parametrize(
    "part",
    [
        f'<x:worksheet xmlns:x="{MAIN}"><sheetData>{PLAIN}</sheetData></x:worksheet>',
        f'<chartsheet xmlns="{MAIN}"><sheetData>{PLAIN}</sheetData></chartsheet>',
        f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData>{PLAIN}</sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData>{PLAIN}</sheetData><row r="2"><c r="A2"><v>1</v></c></row></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData>{PLAIN}</sheetData>{"<a/>" * MAX_NAMES}</worksheet>',
        f'<worksheet xmlns="{MAIN}">{PLAIN}</worksheet>',
    ],
)
def test_a_part_of_another_build_is_read_event_by_event(tmp_path, part):
    assert plain_cells(part.encode(), 1 << 20) is None
    assert not assert_both_agree(workbook(tmp_path / "f.xlsx", sheet=part.encode()))


@pytest.mark.parametrize(
    "body",
    [
        '<row r="1"><c r="A1"><v>5</v></c>',
        '<row r="1"></row></row>',
        '<row r="1" r="1"><c r="A1"><v>5</v></c></row>',
        '<row r="1"><c r="A1"><v>\x01</v></c></row>',
        '<row r="1"><c r="A1"><v>5</v></c>&x;</row>',
        '<row r="1"><c r="XFE1"><v>5</v></c></row>',
        '<row r="1"><c r="A1"><v>5</v></c><c r="A1"><v>5</v></c></row>',
        '<row r="1"><c r="A1" t="b"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
    ],
)
def test_a_part_that_is_refused_event_by_event_is_refused_by_pattern_too(tmp_path, body):
    path = workbook(tmp_path / "f.xlsx", sheet=f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>')
    assert outcome(path).startswith("workbook_is_damaged")
    assert_both_agree(path)


STRINGS = [
    "<si><t>a</t></si>",
    "<si><t> a </t></si>",
    '<si><t xml:space="preserve"> a\n</t></si>',
    "<si><t>a &lt;&amp;lt;&gt; &quot;&apos;_x000D_</t></si>",
    "<si><t/></si>",
    "<si><t></t></si>",
    "<si/>",
    "<si><t>a&#10;b</t></si>",
    "<si><t>a\r\nb</t></si>",
    "<si><t>a&x;</t></si>",
    "<si><t>a</t><rPh><t>b</t></rPh></si>",
    "<si><r><t>a</t></r><r><t> b</t></r></si>",
    "<si><t><![CDATA[a]]></t></si>",
    "<!-- <si><t>a</t></si> -->",
    "<si><t>a</t></si></sst>",
    "<?x <si><t>a</t></si>?>",
    "a",
]


@pytest.mark.parametrize("more", STRINGS)
def test_shared_strings_are_read_alike_both_ways(tmp_path, more):
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in (1, 2, 3))
    for n_rows in (1, 2, 3):
        sheet = rows[: len(rows) // 3 * n_rows]
        assert_both_agree(workbook(tmp_path / "f.xlsx", sheet, strings=f"<si><t>x</t></si>{more}<si><t>z</t></si>"))


def test_a_value_that_is_not_utf_8_is_refused(tmp_path):
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{PLAIN}</sheetData></worksheet>'.encode().replace(b"ja", b"\xff")
    assert outcome(workbook(tmp_path / "f.xlsx", sheet=part)) == "workbook_is_damaged (worksheet)"


@pytest.mark.parametrize("way", ["by pattern", "by event"])
def test_reading_leaves_no_cycle_that_would_keep_the_cells_in_memory(tmp_path, way):
    path = tmp_path / "form.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": way == "by event"}) as made:
        made.add_worksheet().write_row(0, 0, [1, "två", True])
    read(path)
    gc.collect()
    gc.disable()
    try:
        with patch.object(cells, "plain_cells", wraps=plain_cells) as looked:
            read(path)
        assert looked.called
        assert gc.collect() == 0
    finally:
        gc.enable()
