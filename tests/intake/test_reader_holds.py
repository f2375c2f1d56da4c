"""The reader against what nobody foresaw: mutated bytes, public workbooks, two other readers' opinion of each cell."""

import contextlib
import datetime
import gc
import io
import json
import random
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sigpanel.intake.gate import Refused
from sigpanel.intake.xlsx import Book, read
from tests.intake.by_hand import parts, stored, workbook, zipped

DAY = datetime.date(2020, 4, 22)


# --- whatever the bytes ---


def small_workbook() -> bytes:
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet()
    date = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row("A1", ["Anna Karlsson", 5, 0.5, True])
    sheet.write_datetime("A2", DAY, date)
    sheet.write_formula("B2", "=NA()", value="#N/A")
    sheet.write_comment("A1", "Anna Karlsson")
    workbook.close()
    return stream.getvalue()


SMALL = small_workbook()
with zipfile.ZipFile(io.BytesIO(SMALL)) as _archive:
    MEMBERS = {name: _archive.read(name) for name in _archive.namelist()}


def ends_well(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        book = read(path)
    except Refused as refused:
        assert "Anna" not in str(refused)  # noqa: PT017 - both ends are good; that this one is silent is the test
    else:
        assert isinstance(book, Book)


def mutated(data: bytes, seed: int) -> bytes:
    chance, changed = random.Random(seed), bytearray(data)  # noqa: S311
    for _ in range(chance.randint(1, 8)):
        at, size = chance.randrange(len(changed)), chance.choice((1, 1, 2, 4, 16))
        match chance.randrange(4):
            case 0:
                changed[at : at + size] = chance.randbytes(size)
            case 1:
                del changed[at : at + size]
            case 2:
                changed[at:at] = changed[at : at + 4 * size]
            case _:
                changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


@settings(max_examples=300)
@given(st.integers(0, 1 << 32))
def test_a_workbook_with_mutated_bytes_is_read_or_refused(tmp_path_factory, seed):
    ends_well(tmp_path_factory.getbasetemp() / "mutated.xlsx", mutated(SMALL, seed))


@settings(max_examples=600)
@given(st.sampled_from(sorted(MEMBERS)), st.integers(0, 1 << 32))
def test_a_workbook_with_a_mutated_part_is_read_or_refused(tmp_path_factory, part, seed):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, mutated(content, seed) if name == part else content)
    ends_well(tmp_path_factory.getbasetemp() / "mutated.xlsx", stream.getvalue())


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    ends_well(path, data)
    ends_well(path, b"PK\x03\x04" + data)
    ends_well(path, b"PK\x03\x04" + data + SMALL)


# --- held against openpyxl ---


def differences(path: Path) -> list[tuple]:
    """Return the cells that openpyxl reads otherwise, asked for results and for formulas: sheet, address, our kind."""
    book = read(path)
    results, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    assert book.epoch_1904 == (results.epoch.year == 1904)
    found = []
    for sheet in book.sheets:
        theirs, theirs_too = results._sheets[sheet.no - 1], formulas._sheets[sheet.no - 1]  # chart sheets count
        assert (sheet.name, sheet.is_visible) == (theirs.title, theirs.sheet_state == "visible")
        ours = {(cell.row, cell.column): cell for cell in sheet.cells}
        cells = {(cell.row, cell.column): cell for row in theirs.iter_rows() for cell in row}
        kinds = {(cell.row, cell.column): cell.data_type for row in theirs_too.iter_rows() for cell in row}
        assert sheet.n_notes == sum(cell.comment is not None for cell in cells.values())
        for place in sorted(cells.keys() | ours.keys()):
            cell = ours.get(place)
            if not agrees(cell, cells.get(place), kinds.get(place)):
                found.append((sheet.no, cells[place].coordinate, cell and cell.kind))
    return found


def agrees(ours, theirs, kind_of_theirs) -> bool:
    if ours is None or ours.kind == "formula":
        return theirs.value in (None, "") and (kind_of_theirs == "f") == (ours is not None)
    if theirs is None:
        return False
    match ours.kind:
        case "error":
            return theirs.data_type == "e"
        case "text":
            return theirs.data_type == "s" and theirs.value == ours.text
        case "boolean":
            return theirs.value is (ours.text == "TRUE")
        case "date":
            value = theirs.value
            return (value.date() if isinstance(value, datetime.datetime) else value) == ours.date
    is_percent = "%" in theirs.number_format
    return theirs.data_type == "n" and theirs.value == ours.number and is_percent == (ours.kind == "percent")


def test_every_cell_of_the_submissions_is_what_openpyxl_reads(shared):
    paths = sorted(shared.glob("submissions/*/*.xlsx"))
    assert {path.name: found for path in paths if (found := differences(path))} == {}
    assert len(paths) == 65


EXPLAINED = {
    # a duration and a time of day have no day, which openpyxl gives types of their own
    "date_1904.xlsx": [(1, "A3", "date")],
    "date_iso.xlsx": [(1, "A3", "date")],
    # blanks around a text count only where the part says so; openpyxl keeps them, Excel and calamine do not
    "encoded_entities.xlsx": [(1, "A2", None)],
    "whitespace_trim.xlsx": [
        (1, "A1", "text"),
        (1, "B1", "text"),
        (1, "A2", "text"),
        (2, "A1", "text"),
        (2, "C1", None),
        (2, "A2", "text"),
    ],
    # _x000D_ is a carriage return, which openpyxl leaves escaped
    "has_x000D_.xlsx": [(1, "A1", "text")],
    "new_line_errors.xlsx": [(1, "A2", "text")],
    # 1900-02-29 never was; openpyxl takes the day before
    "dates-leap-year-1900-xlsx.xlsx": [(1, "A5", "date"), (2, "A8", "date")],
}
NOT_READ_BY_OPENPYXL = {"empty_s_attribute.xlsx", "issue_530.xlsx", "minimal_package.xlsx", "strict_iso_paths.xlsx"}


@pytest.mark.filterwarnings("ignore")  # openpyxl's, of what it leaves out
def test_public_workbooks_differ_from_openpyxl_only_where_it_is_known_why(shared):
    paths = [path for path in sorted(shared.glob("workbooks/*/*.xls[xm]")) if path.name != "pass_protected.xlsx"]
    compared = [path for path in paths if path.name not in NOT_READ_BY_OPENPYXL]
    assert {path.name: found for path in compared if (found := differences(path))} == EXPLAINED
    theirs = {path.name: calamine_texts(path) for path in paths if path not in compared}
    assert {path.name: our_texts(path) for path in paths if path not in compared} == theirs


def our_texts(path: Path) -> list[dict[tuple[int, int], str]]:
    return [{cell[:2]: cell.text for cell in sheet.cells if cell.kind != "error"} for sheet in read(path).sheets]


def calamine_texts(path: Path) -> list[dict[tuple[int, int], str]]:
    """Return each sheet's texts; error cells come out empty, which is one reason why this is not what we read with."""
    book = CalamineWorkbook.from_path(str(path))
    grids = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    return [
        {
            (row, column): f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
            for row, values in enumerate(grid, start=1)
            for column, value in enumerate(values, start=1)
            if value != ""
        }
        for grid in grids
    ]


BOUNDED = """
import json, sys, time
from pathlib import Path
from sigpanel import intake
from sigpanel.intake.xlsx import Refused, read

def end(read):
    try:
        read()
        return "read"
    except Refused as refused:
        return refused.rule

for path in map(Path, sys.argv[1:]):
    start = time.process_time()
    alone, asked = end(lambda: read(path)), end(lambda: intake.read(path, submission_no=0, year=2022))
    print(json.dumps([path.name, alone, asked, time.process_time() - start]), flush=True)
"""
REFUSED = {
    "OOM_alloc3.xls": "workbook_is_xls",
    "date_1904.xls": "workbook_is_xls",
    "dates-1904.xls": "workbook_is_xls",
    "encrypted_no_password.xls": "workbook_is_xls",
    "excel_properties.xls": "workbook_is_xls",
    "survey_data_spreadsheet_messy.xls": "workbook_is_xls",
    "too_small.xls": "workbook_is_not_xlsx",
    "date_1904.xlsb": "workbook_is_xlsb",
    "issue_666_panic.xlsb": "workbook_is_xlsb",
    "pass_protected.xlsb": "workbook_is_encrypted",
    "pass_protected.xlsx": "workbook_is_encrypted",
    "pass_protected.ods": "workbook_is_ods",
}


def bounded(paths: list[Path], gibibytes: int = 1) -> dict[str, tuple[str, str, float]]:
    """Return how each file ends, read and asked for the form, and after how many seconds, within so many addresses.

    Some 400 MiB of them are polars's before it has done anything.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (gibibytes << 30, gibibytes << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    environment = {"POLARS_MAX_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", BOUNDED, *paths],
        preexec_fn=limit, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    return {name: tuple(how) for name, *how in map(json.loads, ended.stdout.splitlines())}


def test_every_public_workbook_is_read_or_refused_within_bounds(shared):
    paths = [path for path in sorted(shared.glob("workbooks/*/*")) if path.suffix != ".md"]
    alone = {path.name: "workbook_is_ods" if path.suffix == ".ods" else "read" for path in paths} | REFUSED
    # None of them is the form, as text either.
    asked = {name: "form_not_recognised" if end == "read" else end for name, end in alone.items()}
    ends = bounded(paths)
    assert {name: end for name, (end, _, _) in ends.items()} == alone
    assert {name: end for name, (_, end, _) in ends.items()} == asked
    assert len(ends) == len(paths) == 88
    assert not [name for name, (*_, seconds) in ends.items() if seconds > 5]


LARGE = 60_000_000


def hostile() -> dict[str, tuple[bytes, str]]:
    """Files and how each ends. Made when they are asked for: they are half a gigabyte."""
    return {
        "quotes.csv": (b'"' * LARGE, "form_not_recognised"),
        "open.csv": (b'"' + b"x" * LARGE, "form_not_recognised"),
        "separators.csv": (b";" * LARGE, "workbook_too_large"),
        "line.csv": (b"x" + b"\t" * 2_000_001, "workbook_too_large"),
        "wide.csv": ("x;".encode("utf-16") + "人".encode("utf-16-le") * (LARGE // 2), "form_not_recognised"),
        "small.csv": (b"a;b\n" * 900_000, "form_not_recognised"),
        "rows.xlsx": (zipped(parts("<row><c><v>5</v></c></row>" * 200_000)), "workbook_too_large"),
        "empty rows.xlsx": (
            zipped(parts("".join(f'<row r="{n}"/>' for n in range(1, 1_000_000)))),
            "form_not_recognised",
        ),
        "far.xlsx": (
            zipped(parts('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
            "workbook_range_too_large",
        ),
        "bomb.xlsx": (zipped(parts(" " * 63_000_000)), "workbook_too_large"),
        "nested.xlsx": (zipped({"xl/workbook.xml": zipped(parts(" " * 63_000_000))}), "workbook_is_damaged"),
        "zeros.xlsx": (b"PK\x03\x04" + bytes(LARGE), "workbook_is_damaged"),
        "directory.xlsx": (b"PK\x03\x04" + b"PK\x01\x02" * 1_000_000, "workbook_too_large"),
        "half.xlsx": (SMALL[: len(SMALL) // 2], "workbook_is_damaged"),
        "noise.xls": (b"\xd0\xcf\x11\xe0" + random.Random(1).randbytes(LARGE), "workbook_is_not_xlsx"),  # noqa: S311
        "nothing.ods": (b"", "workbook_is_empty"),
    }


@pytest.mark.slow
def test_hostile_files_are_refused_within_bounds(tmp_path):
    files = hostile()
    ends = bounded([stored(tmp_path / name, data) for name, (data, _) in files.items()])
    assert {name: end for name, (_, end, _) in ends.items()} == {name: end for name, (_, end) in files.items()}
    assert not [name for name, (*_, seconds) in ends.items() if seconds > 5]


def test_a_refused_file_is_forgotten_at_once(tmp_path):
    for data in (b"no workbook", SMALL[:-30], b"PK\x03\x04"):
        with pytest.raises(Refused):
            read(stored(tmp_path / "f.xlsx", data))
    # Those that pytest keeps are in none of our frames; one of ours that holds its own frame would hold the bytes too.
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(one, Refused) for one in gc.get_objects())
        with contextlib.suppress(Refused):
            read(tmp_path / "f.xlsx")
        assert sum(isinstance(one, Refused) for one in gc.get_objects()) == before
    finally:
        gc.enable()


@pytest.mark.slow
def test_the_largest_sheet_that_is_let_in_is_read_within_bounds(tmp_path):
    rows = "".join(
        f"<row>{''.join(f'<c><v>{n}</v></c>' for n in range(at, at + 400))}</row>" for at in range(0, 370_000, 400)
    )
    ((end, _, seconds),) = bounded([workbook(tmp_path / "form.xlsx", rows)], gibibytes=2).values()
    assert (end, seconds < 20) == ("read", True)
