"""The form saved as text: the same answers at the same addresses, whatever Excel made of it; and what is none."""

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sigpanel.forms import forms, habits
from sigpanel.intake import Refused, read
from sigpanel.intake.delimited import read as read_text
from sigpanel.pipeline.deliveries import Source, read_delivery
from sigpanel.synth import generate
from tests.support.clock import cpu_seconds
from tests.support.workbooks import FIRST, HEADER, book, person, put

UNGA = forms()["sig-unga-2022"]
SWEDISH = {"#N/A": "#SAKNAS!", "#DIV/0!": "#DIVISION/0!", "#REF!": "#REFERENS!"}


def shown(value: object) -> str:
    """Return a cell as Swedish Excel saves it."""
    match value:
        case None:
            return ""
        case bool():
            return "SANT" if value else "FALSKT"
        case dt.date():
            return value.strftime("%Y-%m-%d")
    return SWEDISH.get(str(value), str(value))


def as_text(workbook: Path, separator: str = ";", sheet: str | None = None) -> str:
    """Return the sheet with the form as Excel saves it as text."""
    opened = openpyxl.load_workbook(workbook, data_only=True)
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    for row in (opened[sheet] if sheet else opened.worksheets[0]).iter_rows(values_only=True):
        writer.writerow([shown(value) for value in row])
    return stream.getvalue()


def saved(path: Path, text: str, encoding: str = "utf-8-sig") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        read(path, submission_no=0, year=2022)
    return str(caught.value)


def delivered(path: Path):
    return read_delivery([Source(path, path.name, 2022)])


def assert_says_the_same(workbook: Path, text: Path) -> None:
    one, other = delivered(workbook), delivered(text)
    assert not other.refusals
    for name in ("reports", "answers", "rejected", "findings"):
        assert_frame_equal(getattr(other.cleaned, name), getattr(one.cleaned, name))
    assert_frame_equal(other.rows, one.rows)
    assert_frame_equal(other.findings, one.findings)
    place = ["submission_no", "sheet_no", "row", "column", "edition", "question"]
    assert_frame_equal(other.cells.select(place), one.cells.select(place))


# --- the same answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", forms())
def test_a_sound_form_says_the_same_as_its_workbook(tmp_path, edition):
    workbook = book(tmp_path / "f.xlsx", edition)
    assert_says_the_same(workbook, saved(tmp_path / "f.csv", as_text(workbook)))


FAULTY = [
    person(UNGA, {1: "Ann?", 4: "15 år", 6: "ca 3", 8: "2=Ja, gymnasieskola"}),
    person(UNGA, {1: "ap 07-02", 5: "1/3 2022", 9: 77, 12: None, 18: None, 32: None}),
    person(UNGA, {1: "CI0523", 10: " – ", 16: 99, 17: 999, 11: 'flera\nrader; med "tecken", och annat'}),
    {1: "BO0702", 6: 5},
    {6: 5},
    {1: "Summa", 6: 12},
]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_faults_are_told_alike_by_whatever_separator_and_encoding(tmp_path, separator, encoding):
    layout = {"leading_rows": 2, "leading_columns": 1, "blank_rows": (1,), "footer": "Ifyllt av enheten"}
    workbook = book(
        tmp_path / "f.xlsx", rows=FAULTY, change=put({"L11": "#N/A", "M11": True, "N11": "#DIV/0!"}), **layout
    )
    assert_says_the_same(workbook, saved(tmp_path / "f.csv", as_text(workbook, separator), encoding))
    rules = delivered(tmp_path / "f.csv").cleaned.findings["rule"]
    assert {"value_is_an_excel_error", "value_is_boolean"} <= set(rules)


@pytest.mark.slow
def test_synthetic_deliveries_say_the_same_when_they_hold_only_what_text_can_hold(tmp_path):
    made = generate(tmp_path / "made", persons=15)
    compared = 0
    for workbook in sorted(made.folder.glob("20*/*.xlsx")):
        delivery = delivered(workbook)
        if delivery.refusals or set(delivery.cells["kind"]) & {"percent", "formula"}:
            continue
        if openpyxl.load_workbook(workbook).epoch.year == 1904 or delivery.workbooks["sheet_no"][0] != 1:
            continue
        dates = delivery.cells.filter(kind="date").filter(pl.col("date").dt.year() < 2000)
        serials = delivery.cells.filter(kind="number").filter(pl.col("number").is_between(30_000, 60_000))
        if dates.height or serials.height:
            continue  # a number shown as a date, and a date shown as a number: text tells what was shown
        assert_says_the_same(workbook, saved(tmp_path / "f.csv", as_text(workbook)))
        compared += 1
        if compared == 10:
            return
    pytest.fail(f"only {compared} workbooks could be compared")


def test_cells_are_texts_where_they_stood(tmp_path):
    workbook = book(tmp_path / "f.xlsx", leading_rows=1, leading_columns=2)
    seen = read(saved(tmp_path / "f.csv", as_text(workbook)), submission_no=3, year=2022)
    assert (seen.header_row, seen.title_at, seen.answer_row, seen.n_notes) == (HEADER + 1, (2, 3), HEADER, 0)
    age = seen.cells.filter(question="Q4").row(0, named=True)
    assert (age["row"], age["column"], age["kind"], age["text"], age["number"]) == (FIRST + 1, "F", "text", "16", None)


def test_a_line_break_in_a_cell_is_one_row_of_the_sheet_however_it_is_written(tmp_path):
    text = as_text(book(tmp_path / "f.xlsx", header_breaks=(2, 8), rows=FAULTY))
    plain = read_text(saved(tmp_path / "f.csv", text))
    for n, written in enumerate([text.replace("\r\n", "\n"), text.replace("\r\n", "\n").replace("\n", "\r\n")]):
        assert read_text(saved(tmp_path / f"{n}.csv", written)) == plain


@pytest.mark.parametrize("word", sorted(habits().error_words))
def test_an_error_is_told_in_every_language_that_is_listed(tmp_path, word):
    text = as_text(book(tmp_path / "f.xlsx", rows=[person(UNGA, {13: "HERE"})])).replace("HERE", word)
    cells = read(saved(tmp_path / "f.csv", text), submission_no=0, year=2022).cells
    assert cells.filter(question="Q13").select("kind", "text").rows() == [("error", "")]


@pytest.mark.parametrize(
    ("word", "said"), [("SANT", "TRUE"), ("falskt", "FALSE"), ("True", "TRUE"), ("FALSE", "FALSE")]
)
def test_a_truth_value_is_one_in_both_languages(tmp_path, word, said):
    text = as_text(book(tmp_path / "f.xlsx", rows=[person(UNGA, {13: "HERE"})])).replace("HERE", word)
    cells = read(saved(tmp_path / "f.csv", text), submission_no=0, year=2022).cells
    assert cells.filter(question="Q13").select("kind", "text").rows() == [("boolean", said)]


@pytest.mark.parametrize("changed", [{1: "Ann?"}, {5: "den 1 mars"}])
def test_persons_above_the_header_are_refused_here_too(tmp_path, changed):
    lines = as_text(book(tmp_path / "f.xlsx", rows=[person(UNGA, changed)])).split("\r\n")
    header, row = HEADER - 1, HEADER
    lines[header], lines[row] = lines[row], lines[header]
    assert refusal(saved(tmp_path / "f.csv", "\r\n".join(lines))) == "headers_not_above_rows (sheet 1, row 8)"


# --- by content, not by name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["f.xlsx", "f.txt", "f.CSV", "f"])
def test_a_form_is_read_whatever_its_file_is_called(tmp_path, name):
    text = as_text(book(tmp_path / "made.xlsx"))
    assert read(saved(tmp_path / name, text), submission_no=0, year=2022).form is UNGA


@pytest.mark.parametrize("text", ["UNO;SDF\r\nAP4701;1\r\n", "Kära kollega,\n\nhär kommer det.\n", "x" * 200_000, '"'])
def test_another_text_is_refused_by_what_it_was_meant_to_be(tmp_path, text):
    assert refusal(saved(tmp_path / "f.csv", text)) == "form_not_recognised"
    assert refusal(saved(tmp_path / "f.txt", text)) == "workbook_is_not_xlsx"
    assert refusal(saved(tmp_path / "f.xlsx", text)) == "workbook_is_not_xlsx"


def test_bytes_that_are_no_text_are_no_form(tmp_path):
    text = as_text(book(tmp_path / "made.xlsx"))
    for data in (text.encode().replace(b"Kvinna", b"\0"), text.encode("utf-16-le"), text.encode() + b"\0", b"\x81\x8d"):
        (tmp_path / "f.csv").write_bytes(data + b"\0")
        assert refusal(tmp_path / "f.csv") == "workbook_is_not_xlsx"


# --- damaged and hostile ----------------------------------------------------------------------------------------------


def test_a_quote_that_is_never_closed_does_not_swallow_the_persons_below(tmp_path):
    text = as_text(book(tmp_path / "f.xlsx")).replace("BO0702", '"BO0702')
    assert refusal(saved(tmp_path / "f.csv", text)) == f"workbook_is_damaged (row {FIRST + 1})"


def test_a_field_beyond_what_a_cell_can_hold_is_refused_by_its_place(tmp_path):
    text = as_text(book(tmp_path / "f.xlsx"))
    longer = text.replace("BO0702", "B" * 32_768)
    assert refusal(saved(tmp_path / "f.csv", longer)) == f"workbook_is_damaged (A{FIRST + 1})"
    longest = text.replace("BO0702", "B" * 200_000)
    assert refusal(saved(tmp_path / "f.csv", longest)) == f"workbook_is_damaged (row {FIRST + 1})"


def test_a_cell_far_outside_the_form_is_refused_by_its_place(tmp_path):
    text = as_text(book(tmp_path / "f.xlsx"))
    wide = text + ";" * 16_384 + "x"
    assert refusal(saved(tmp_path / "f.csv", wide)) == "workbook_range_too_large (XFE12)"
    large = text + "\r\n" * 200_000 + ";" * 40 + "x"
    assert refusal(saved(tmp_path / "f.csv", large)).startswith("workbook_range_too_large (AO200")


LARGE = 60_000_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "alone", "below_a_form"),
    [
        (b'"' * LARGE, "form_not_recognised", "workbook_is_damaged"),
        (b'"' + b"x" * LARGE, "form_not_recognised", "workbook_is_damaged"),
        (b";" * LARGE, "workbook_too_large", "workbook_too_large"),
        (b";" * 2_000_001, "workbook_too_large", "workbook_too_large"),
        (b";" * 1_999_000, "form_not_recognised", "read"),
        (b"\n" * LARGE, "workbook_is_empty", "workbook_too_large"),
        (b"a;b\n" * 900_000, "form_not_recognised", "workbook_range_too_large"),
        (b"".join(b"%dx;" % n for n in range(1_900_000)), "form_not_recognised", "workbook_range_too_large"),
        (b"\n".join(b"%dx;b;c;d;e;f;g" % n for n in range(60_000)), "form_not_recognised", "workbook_too_large"),
    ],
    ids=["quotes", "one quote", "separators", "a long line", "a line", "lines", "small rows", "fields", "rows"],
)
def test_a_hostile_text_is_refused_in_time(tmp_path, made, alone, below_a_form):
    assert timed(tmp_path, made) == alone
    assert timed(tmp_path, as_text(book(tmp_path / "f.xlsx")).encode() + made) == below_a_form


def timed(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "f.csv").write_bytes(data)
    ends = []

    def run() -> None:
        try:
            read(tmp_path / "f.csv", submission_no=0, year=2022)
            ends.append("read")
        except Refused as refused:
            ends.append(refused.rule)

    assert cpu_seconds(run) < 5
    return ends[0]


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16"]))
def test_any_text_below_a_header_is_read_or_refused(tmp_path_factory, text, encoding):
    header = ";".join(f'"{question.header}"' for question in UNGA.questions)
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(f"{UNGA.title}\n{header}\n{text}".encode(encoding, "replace"))
    try:
        read_text(path)
    except Refused as refused:
        assert refused.rule.startswith("workbook_")  # noqa: PT017 - both ends are good
