"""What is refused before it is read, by which rule, and that a refusal says nothing of what was seen."""

import functools
import io
import os
import pickle
import random
import re
import zipfile
from pathlib import Path

import pytest

from sigpanel.findings import rules
from sigpanel.intake import gate
from sigpanel.intake import read as read_form
from sigpanel.intake.gate import Refused, admit
from sigpanel.intake.xlsx import read
from tests.intake.by_hand import MAIN, OFFICE, parts, stored, zipped
from tests.support.workbooks import book

OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
MEGABYTE = 1 << 20


def refusal(tmp_path: Path, data: bytes) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        read(stored(tmp_path / "Anna Karlsson.xlsx", data))
    return caught.value.rule, caught.value.place


# --- other files that are called .xlsx ---


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "workbook_is_empty"),
        (bytes(4096), "workbook_is_empty"),
        (b"<!DOCTYPE html><html><table></table></html>", "workbook_is_html"),
        (b"\xef\xbb\xbf\r\n<HTML xmlns:o='x'>", "workbook_is_html"),
        ("<html><body>".encode("utf-16"), "workbook_is_html"),
        (b"MIME-Version: 1.0\r\n", "workbook_is_html"),
        (b"<?xml version='1.0'?><Workbook/>", "workbook_is_not_xlsx"),
        (b"UNO;SDF\r\nAP4701;1\r\n", "workbook_is_not_xlsx"),
        (b"\x09\x08\x10\x00\x00\x06", "workbook_is_xls"),
        (OLE2 + "Workbook".encode("utf-16-le"), "workbook_is_xls"),
        (OLE2 + "WordDocument".encode("utf-16-le"), "workbook_is_not_xlsx"),
        (OLE2 + "EncryptionInfo|StrongEncryptionTransform".encode("utf-16-le"), "workbook_is_encrypted"),
        (OLE2 + "EncryptedPackage|DataSpaces|DRMEncryptedDataSpace".encode("utf-16-le"), "workbook_has_label"),
        (zipped({"word/document.xml": "<document/>"}), "workbook_is_not_xlsx"),
        (zipped({"xl/workbook.bin": b"\0"}), "workbook_is_xlsb"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "workbook_is_ods"),
        (zipped(parts() | {"xl/workbook.xml": '<document xmlns="urn:word"/>'}), "workbook_is_not_xlsx"),
    ],
)  # fmt: skip
def test_another_kind_of_file_is_told_by_its_bytes(tmp_path, data, rule):
    assert refusal(tmp_path, data)[0] == rule


def test_a_folder_and_a_pipe_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent.xlsx"):
        with pytest.raises(Refused, match=r"^workbook_is_damaged \(file\)$"):
            admit(path)


def test_a_macro_workbook_is_a_workbook(tmp_path):
    macros = read(
        stored(tmp_path / "form.xlsm", zipped(parts("<row><c><v>5</v></c></row>") | {"xl/vbaProject.bin": b"x"}))
    )
    assert [cell.text for cell in macros.sheets[0].cells] == ["5"]


def test_a_form_with_macros_is_read_like_any_other_and_they_are_not(tmp_path):
    plain = book(tmp_path / "form.xlsx")
    stream = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml":
                macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
                content = content.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", macro
                )
                assert macro in content
            new.writestr(name, content)
        new.writestr("xl/vbaProject.bin", OLE2 + "Workbook".encode("utf-16-le"))
    ours, theirs = (
        read_form(path, submission_no=0, year=2022)
        for path in (stored(tmp_path / "form.xlsm", stream.getvalue()), plain)
    )
    assert ours.cells.equals(theirs.cells)
    assert ours.rows.equals(theirs.rows)


@pytest.mark.parametrize("rule", ["workbook_is_not_xlsx", "workbook_is_xls", "workbook_is_xlsb", "workbook_is_ods"])
def test_the_remedy_for_another_format_is_to_save_as_xlsx(rule):
    assert re.search(r"spara (det )?som \.xlsx", rules()[rule].do_sv, re.IGNORECASE)


# --- archives that are not sound ---


def test_a_truncated_file_is_damaged(tmp_path):
    data = zipped(parts())
    assert refusal(tmp_path, data[: len(data) // 2]) == ("workbook_is_damaged", None)


def test_a_part_whose_checksum_is_wrong_is_damaged(tmp_path):
    data = zipped(parts("<row><c><v>5</v></c></row>"), zipfile.ZIP_STORED)
    assert refusal(tmp_path, data.replace(b"<v>5</v>", b"<v>6</v>")) == ("workbook_is_damaged", "worksheet")


@pytest.mark.parametrize("claimed", [10, 1 << 30])
def test_the_size_that_the_directory_states_is_not_believed(tmp_path, claimed):
    data = bytearray(zipped(parts()))
    entry = data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02")) - 46
    data[entry + 24 : entry + 28] = claimed.to_bytes(4, "little")
    assert refusal(tmp_path, bytes(data)) == ("workbook_is_damaged", "worksheet")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", ["xl/worksheets/sheet1.xml", "XL/Worksheets/Sheet1.XML", "xl\\worksheets\\sheet1.xml"])
def test_a_part_that_is_there_twice_is_refused(tmp_path, twin):
    stream = io.BytesIO(zipped(parts()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(twin, "<worksheet/>")
    assert refusal(tmp_path, stream.getvalue()) == ("workbook_has_duplicate_parts", None)


@pytest.mark.parametrize("name", ["/xl/a.xml", "../a.xml", "xl/../../a.xml", "xl//a.xml", "C:/a.xml", "..\\a.xml"])
def test_a_part_that_points_outside_the_package_is_refused(tmp_path, name):
    assert refusal(tmp_path, zipped({**parts(), name: ""})) == ("workbook_is_damaged", None)


def test_an_encrypted_part_is_refused_as_encrypted(tmp_path):
    data = bytearray(zipped(parts()))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert refusal(tmp_path, bytes(data)) == ("workbook_is_encrypted", None)


def test_a_packing_that_excel_does_not_use_is_refused(tmp_path):
    assert refusal(tmp_path, zipped(parts(), zipfile.ZIP_LZMA)) == ("workbook_is_damaged", None)


def test_parts_that_overlap_are_refused(tmp_path):
    data = bytearray(zipped(parts(), zipfile.ZIP_STORED))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 20 : entry + 24] = len(data).to_bytes(4, "little")
    assert refusal(tmp_path, bytes(data)) == ("workbook_is_damaged", None)


def test_backslashes_and_capitals_in_part_names_are_read(tmp_path):
    members = {name.replace("xl/worksheets/sheet1", "XL\\Worksheets\\sheet1"): x for name, x in parts("<row/>").items()}
    assert len(read(stored(tmp_path / "form.xlsx", zipped(members))).sheets) == 1


@pytest.mark.parametrize(
    "part", ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
def test_xml_that_is_not_well_formed_is_damaged(tmp_path, part):
    members = parts()
    assert refusal(tmp_path, zipped({**members, part: members[part][:-3]}))[0] == "workbook_is_damaged"


# --- bombs, small on disk ---


def test_a_file_above_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "MAX_FILE", 1_000)
    assert refusal(tmp_path, zipped(parts()) + bytes(1_000)) == ("workbook_too_large", None)


@pytest.mark.parametrize("n", [2_001, 25_000])
def test_too_many_parts_are_refused(tmp_path, n):
    assert refusal(tmp_path, zipped({str(i): "" for i in range(n)})) == ("workbook_too_large", None)


def test_a_part_that_swells_two_hundredfold_is_refused(tmp_path):
    data = zipped(parts(" " * (63 * MEGABYTE)))
    assert len(data) < 100_000
    assert refusal(tmp_path, data) == ("workbook_too_large", "worksheet")


def test_a_part_that_swells_but_stays_small_is_read(tmp_path):
    assert read(stored(tmp_path / "form.xlsx", zipped(parts(" " * 900_000)))).sheets[0].cells == []


def test_a_part_above_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "MAX_PART", 5_000)
    assert refusal(tmp_path, zipped(parts(" " * 5_000))) == ("workbook_too_large", "worksheet")


def test_the_whole_above_the_bound_is_refused_though_no_part_is(tmp_path):
    package = admit(stored(tmp_path / "form.xlsx", zipped(parts(" " * 5_000))))
    package.bytes_left = 9_000
    package.read("xl/worksheets/sheet1.xml", "worksheet")
    with pytest.raises(Refused, match="workbook_too_large"):
        package.read("xl/worksheets/sheet1.xml", "worksheet")


def test_a_bomb_in_a_part_that_nobody_reads_is_left_alone(tmp_path):
    data = zipped(parts("<row><c><v>5</v></c></row>") | {"xl/media/image1.png": bytes(80 * MEGABYTE)})
    assert [cell.text for cell in read(stored(tmp_path / "form.xlsx", data)).sheets[0].cells] == ["5"]


@pytest.mark.parametrize("bound", ["tags_left", "attributes_left", "escapes_left"])
def test_tags_attributes_and_escapes_are_bounded_because_bytes_do_not_bound_them(tmp_path, bound):
    package = admit(stored(tmp_path / "form.xlsx", zipped(parts('<row r="1" spans="_x0031_"/>' * 200))))
    setattr(package, bound, 100)
    with pytest.raises(Refused, match="workbook_too_large"):
        package.read_xml("xl/worksheets/sheet1.xml", "worksheet")


@functools.lru_cache
def noise(n: int) -> str:
    """Return letters that do not pack well enough to be taken for a bomb."""
    return "".join(random.Random(n).choices("abcdefghijklmnopqrstuvwxyz", k=n))  # noqa: S311


@pytest.mark.parametrize(
    ("sheet_data", "rule"),
    [
        ('<row a="' + noise(3 * MEGABYTE) + '"/>', "workbook_too_large"),
        ("<!--" + noise(3 * MEGABYTE) + "-->", "workbook_too_large"),
        ("".join(f"<{noise(9)}{i}/>" for i in range(100_000)), "workbook_too_large"),
        ("<a>" * 100_000, "workbook_is_damaged"),
        (f'<row><c t="str"><v>{"&amp;" * 40_000}</v></c></row>', "workbook_is_damaged"),
        ('<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>', "workbook_range_too_large"),
    ],
    ids=["long tag", "long comment", "many names", "deep", "long text", "far cell"],
)
def test_a_part_that_would_make_the_parser_slow_or_large_is_refused(tmp_path, sheet_data, rule):
    assert refusal(tmp_path, zipped(parts(sheet_data)))[0] == rule


def test_a_sheet_that_is_referred_to_again_and_again_is_refused(tmp_path):
    workbook = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>' + '<sheet r:id="b"/>' * 1_000 + "</sheets></workbook>"
    )
    assert refusal(tmp_path, zipped(parts() | {"xl/workbook.xml": workbook})) == ("workbook_is_damaged", "workbook")


def test_a_shared_string_that_is_used_thousands_of_times_is_refused(tmp_path):
    rows = ("<row>" + '<c t="s"><v>0</v></c>' * 1_000 + "</row>") * 3
    data = zipped(parts(rows, strings=f"<si><t>{noise(32_000)}</t></si>"))
    assert refusal(tmp_path, data) == ("workbook_too_large", "worksheet")


@pytest.mark.parametrize("part", ["_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "urn:elsewhere">',
    ],
    ids=["bare", "entity bomb", "external"],
)
def test_a_document_type_is_refused(tmp_path, part, doctype):
    members = parts()
    assert refusal(tmp_path, zipped({**members, part: doctype + str(members[part])}))[0] == "workbook_has_dtd"


# --- what a refusal says ---


def test_every_rule_of_a_refusal_stands_in_the_vocabulary():
    folder = Path(gate.__file__).parent
    named = {rule for path in folder.glob("*.py") for rule in re.findall(r'"(workbook_\w+)"', path.read_text("utf-8"))}
    assert named
    assert named <= rules().keys()


@pytest.mark.parametrize(
    "sheet_data",
    [
        '<row><c r="A1"><v>Anna Karlsson</v></c></row>',
        '<row><c r="Anna Karlsson"><v>1</v></c></row>',
        '<row r="Anna Karlsson"><c><v>1</v></c></row>',
        '<row><c t="b"><v>Anna Karlsson</v></c></row>',
        '<row><c t="s"><v>Anna Karlsson</v></c></row>',
        '<row><c t="d"><v>2022-13-45</v></c></row>',
        '<row><c t="Anna Karlsson"><v>1</v></c></row>',
        "<Anna Karlsson",
    ],
)
def test_a_refusal_keeps_nothing_of_what_was_read(tmp_path, sheet_data):
    with pytest.raises(Refused) as caught:
        read(stored(tmp_path / "Anna Karlsson.xlsx", zipped(parts(sheet_data))))
    refused = caught.value
    assert (refused.rule, refused.place in {"A1", "worksheet"}) == ("workbook_is_damaged", True)
    assert str(refused) == f"workbook_is_damaged ({refused.place})"
    assert (refused.__cause__, refused.__context__) == (None, None)
    frames = []
    trace = caught.tb
    while trace:
        frames.append(Path(trace.tb_frame.f_code.co_filename).name)
        trace = trace.tb_next
    assert frames == ["test_gate.py", "xlsx.py"]


def test_a_refusal_survives_a_worker_process():
    refused = pickle.loads(pickle.dumps(Refused("workbook_is_damaged", "C12")))  # noqa: S301
    assert (refused.rule, refused.place) == ("workbook_is_damaged", "C12")
