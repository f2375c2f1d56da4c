"""Every spelling that is read, and that nothing else is: one cell of a sound row at a time."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpanel.clean import clean
from sigpanel.clean.spelling import _folded, _is_nothing, _tidy
from sigpanel.findings import rules
from sigpanel.forms import forms, letters_and_digits
from sigpanel.intake.book import Cell
from sigpanel.intake.recognise import is_nothing
from tests.support.answers import (
    ExcelError,
    From1904,
    Percent,
    ShownAsDate,
    Uncalculated,
    changed,
    cleaned,
    frames,
)
from tests.support.workbooks import FIRST

NBSP, ZERO_WIDTH, DECOMPOSED = "\u00a0", "\u200b", unicodedata.normalize("NFD", "Å")
UNGA = "sig-unga-2022"
DAY = dt.date(2022, 4, 14)
UNO, DISTRICT, SEX, AGE, ENROLLED, SUSPECTED, SCHOOL, WORK, HEALTH, REASON = 1, 2, 3, 4, 5, 6, 8, 10, 16, 32
HOUSING, FAMILY, DISCHARGED = 11, 12, 18
# Where a report says what an episode question was answered with.
EPISODE = {1: "uno", 2: "district", 3: "sex", 4: "age", 5: "enrolled_on", 18: "discharged_on", 32: "discharge_reason"}


@dataclass(frozen=True)
class Meaning:
    """What is made of a cell: its value or why there is none, and the rules that are found at it."""

    value: Any = None
    missing: str | None = None
    rules: tuple[str, ...] = ()


def meanings(cells: list[tuple[int, Any]], edition: str = UNGA) -> list[Meaning]:
    """What is made of each cell in the place of the sound answer to its question."""
    read = cleaned(changed(*({no: value} for no, value in cells), edition=edition), edition)
    return [_meaning(read, row, no) for row, (no, _) in enumerate(cells, start=FIRST)]


def _meaning(read, row: int, no: int) -> Meaning:
    if no in EPISODE:
        report = read.reports.row(by_predicate=pl.col("row") == row, named=True)
        value, missing = report[EPISODE[no]], report[f"{EPISODE[no]}__missing"]
    else:
        answer = read.answers.row(by_predicate=(pl.col("row") == row) & (pl.col("question") == f"Q{no}"), named=True)
        value, missing = answer["value"], answer["missing"]
    here = read.findings.filter((pl.col("row") == row) & (pl.col("question") == f"Q{no}"))["rule"]
    return Meaning(value, missing, tuple(rule for rule in here if rules()[rule].scope == "value"))


def note(value: Any, rule: str, missing: str | None = None) -> Meaning:
    return Meaning(value, missing, (rule,))


def invalid(rule: str) -> Meaning:
    return Meaning(None, "invalid", (rule,))


BLANK = Meaning(None, "blank", ("answer_left_blank",))
UNKNOWN, DECLINED, NOT_APPLICABLE = (
    Meaning(None, "unknown"),
    Meaning(None, "declined"),
    Meaning(None, "not_applicable"),
)
MONTH, LETTER, ABOUT, AS_DATE = "uno_with_month", "uno_letter_for_digit", "value_approximate", "number_shown_as_date"
NO_ANSWER, NO_NUMBER, RANGE, NO_DATE, NO_CODE = (
    "value_not_among_answers",
    "value_is_no_number",
    "value_out_of_range",
    "date_unreadable",
    "uno_unreadable",
)

# Spelling (by the name that ../shared/submissions gives it, or our own), question, cell, meaning.
READ = [
    ("number", HOUSING, 1, Meaning(1)),
    ("number", DISTRICT, 6, Meaning("hasselby_vallingby")),
    ("number", SEX, 3, Meaning("other")),
    ("number", AGE, 14, Meaning(14)),
    ("number", SUSPECTED, 0, Meaning(0)),
    ("number", SUSPECTED, 99, Meaning(99)),
    ("number", SUSPECTED, 998, Meaning(998)),
    ("number", SUSPECTED, 999, UNKNOWN),
    ("number", HEALTH, 10, Meaning(10)),
    ("number", HEALTH, 99, DECLINED),
    ("number", HEALTH, 999, UNKNOWN),
    ("number", HOUSING, 999, UNKNOWN),
    ("number", WORK, 3, NOT_APPLICABLE),
    ("number", FAMILY, 3, Meaning(3)),
    ("number", 14, 3, Meaning(3)),
    ("number", 31, 3, Meaning(3)),
    ("number", 31, 4, NOT_APPLICABLE),
    ("number", REASON, 10, Meaning("other")),
    ("number", REASON, 999, UNKNOWN),
    ("text", HOUSING, "2", Meaning(2)),
    ("text", DISTRICT, "4", Meaning("skarholmen")),
    ("text", WORK, "999", UNKNOWN),
    ("text", AGE, "14", Meaning(14)),
    ("text0", AGE, "09", Meaning(9)),
    ("text0", SUSPECTED, "003", Meaning(3)),
    ("text0", HEALTH, "07", Meaning(7)),
    ("text0", HOUSING, "01", Meaning(1)),
    ("code=label", HOUSING, "2=Nej", Meaning(2)),
    ("code=label", HOUSING, "1 = Ja", Meaning(1)),
    ("code=label", HOUSING, "01 =  JA.", Meaning(1)),
    ("code=label", HOUSING, "999=Uppgift saknas", UNKNOWN),
    ("code=label", DISTRICT, "7=Enskede-Årsta-Vantör", Meaning("enskede_arsta_vantor")),
    ("code=label", REASON, "10=Annan orsak", Meaning("other")),
    ("label", HOUSING, "Ja", Meaning(1)),
    ("label", HOUSING, "Uppgift saknas", UNKNOWN),
    ("label", SEX, "Flicka", Meaning("female")),
    ("label", DISTRICT, "Hässelby - Vällingby", Meaning("hasselby_vallingby")),
    ("label", DISTRICT, unicodedata.normalize("NFD", "Skarpnäck"), Meaning("skarpnack")),
    ("label", WORK, "Ej relevant då personen är inskriven i en skola", NOT_APPLICABLE),
    ("label", SCHOOL, "Ja,, universitet/ högskola /yrkeshögskola", Meaning(4)),
    ("label", HEALTH, "Uppgift saknas", UNKNOWN),
    ("LABEL", HOUSING, "JA ", Meaning(1)),
    ("LABEL", DISTRICT, "SKÄRHOLMEN", Meaning("skarholmen")),
    ("nbsp", HOUSING, f"1{NBSP}", Meaning(1)),
    ("nbsp", AGE, f"{NBSP}15{NBSP}", Meaning(15)),
    ("dot", HOUSING, "2.", Meaning(2)),
    ("dot", HEALTH, "7.", Meaning(7)),
    ("trailing", UNO, "AP4701  ", Meaning("AP4701")),
    ("trailing", HOUSING, "1 \n", Meaning(1)),
    ("zero width", HOUSING, f"{ZERO_WIDTH}1\ufeff", Meaning(1)),
    ("full width", AGE, "\uff11\uff14", Meaning(14)),
    ("unit", AGE, "15 år", Meaning(15)),
    ("unit", AGE, "15år.", Meaning(15)),
    ("unit", SUSPECTED, "3 st", Meaning(3)),
    ("unit", SUSPECTED, "3 brott", Meaning(3)),
    ("unit", AGE, "ca 15", note(15, ABOUT)),
    ("unit", HEALTH, "ca 3", note(3, ABOUT)),
    ("unit", SUSPECTED, "Ca. 3", note(3, ABOUT)),
    ("unit", SUSPECTED, "cirka 10 st", note(10, ABOUT)),
    ("unit", SUSPECTED, "c:a 10", note(10, ABOUT)),
    ("unit", SUSPECTED, "ungefär 10", note(10, ABOUT)),
    ("unit", SUSPECTED, "~10", note(10, ABOUT)),
    ("number shown as date", AGE, ShownAsDate(14), note(14, AS_DATE)),
    ("number shown as date", HOUSING, ShownAsDate(2), note(2, AS_DATE)),
    ("number shown as date", HOUSING, ShownAsDate(2, epoch_1904=True), note(2, AS_DATE)),
    ("number shown as date", SUSPECTED, ShownAsDate(0), note(0, AS_DATE)),
    ("number shown as date", HEALTH, ShownAsDate(99), note(None, AS_DATE, "declined")),
    ("number shown as date", SUSPECTED, ShownAsDate(999), note(None, AS_DATE, "unknown")),
    ("formula", SUSPECTED, 3, Meaning(3)),
    ("excel", ENROLLED, DAY, Meaning(DAY)),
    ("excel", DISCHARGED, DAY, Meaning(DAY)),
    ("excel-long", ENROLLED, ShownAsDate(44665), Meaning(DAY)),
    ("excel-d/m", ENROLLED, ShownAsDate(43203, epoch_1904=True), Meaning(DAY)),
    ("with time", ENROLLED, ShownAsDate(44665.75), Meaning(DAY)),
    ("iso-text", ENROLLED, "2022-04-14", Meaning(DAY)),
    ("iso-text", ENROLLED, f"2022-04-14{NBSP}", Meaning(DAY)),
    ("iso-text", ENROLLED, "2022-04-14 00:00:00", Meaning(DAY)),
    ("iso-text", ENROLLED, "2022-04-14T13:45", Meaning(DAY)),
    ("yymmdd-text", ENROLLED, "220414", Meaning(DAY)),
    ("yyyymmdd-text", ENROLLED, "20220414", Meaning(DAY)),
    ("yymmdd-number", ENROLLED, 220414, Meaning(DAY)),
    ("yymmdd-number", ENROLLED, From1904(220414), Meaning(DAY)),
    ("yymmdd-number", ENROLLED, ShownAsDate(220414), Meaning(DAY)),
    ("yyyymmdd-number", ENROLLED, 20220414, Meaning(DAY)),
    ("yyyymmdd-number", ENROLLED, ShownAsDate(20220414), Meaning(DAY)),
    ("d/m yyyy", ENROLLED, "14/4 2022", Meaning(DAY)),
    ("d/m yyyy", ENROLLED, "1/12  2022", Meaning(dt.date(2022, 12, 1))),
    ("d mon yyyy", ENROLLED, "14 apr 2022", Meaning(DAY)),
    ("d mon yyyy", ENROLLED, "14 April 2022", Meaning(DAY)),
    ("d mon yyyy", ENROLLED, "1 sept. 2022", Meaning(dt.date(2022, 9, 1))),
    ("d mon yyyy", ENROLLED, "31 okt 2022", Meaning(dt.date(2022, 10, 31))),
    ("serial-unformatted", ENROLLED, 44665, Meaning(DAY)),
    ("serial-unformatted", ENROLLED, From1904(43203), Meaning(DAY)),
    ("plain", UNO, "AP4701", Meaning("AP4701")),
    ("plain", UNO, "ÅÖ0475", Meaning("ÅÖ0475")),
    ("plain", UNO, f"{DECOMPOSED}P4701", Meaning("ÅP4701")),
    ("lower", UNO, "ap4701", Meaning("AP4701")),
    ("lower", UNO, "åp4701", Meaning("ÅP4701")),
    ("inner-space", UNO, "AP 4701", Meaning("AP4701")),
    ("inner-space", UNO, f"A P{NBSP}47 01", Meaning("AP4701")),
    ("hyphen", UNO, "AP-4701", Meaning("AP4701")),
    ("hyphen", UNO, "AP\u20114701", Meaning("AP4701")),
    ("hyphen", UNO, "AP–47.01", Meaning("AP4701")),
    ("O-for-0", UNO, "AP47O1", note("AP4701", LETTER)),
    ("O-for-0", UNO, "oo oo-o1", note("OO0001", LETTER)),
    ("with-month", UNO, "AP470501", note("AP4701", MONTH)),
    ("with-month", UNO, "ap 47-12-01", note("AP4701", MONTH)),
    ("missing", HOUSING, None, BLANK),
    ("missing", UNO, None, BLANK),
    ("missing", ENROLLED, None, BLANK),
    ("blank", DISCHARGED, None, BLANK),
    ("space", HOUSING, "  ", BLANK),
    ("space", ENROLLED, NBSP, BLANK),
    ("space", SUSPECTED, f"{ZERO_WIDTH}\u2060", BLANK),
    ("dash", SUSPECTED, "-", BLANK),
    ("dash", HOUSING, " – ", BLANK),
    ("dash", UNO, "--", BLANK),
]

NOT_READ = [
    ("error", HOUSING, ExcelError(), "value_is_an_excel_error"),
    ("error", AGE, ExcelError(), "value_is_an_excel_error"),
    ("error", UNO, ExcelError(), "value_is_an_excel_error"),
    ("error", ENROLLED, ExcelError(), "value_is_an_excel_error"),
    ("formula without value", HOUSING, Uncalculated(), "formula_without_value"),
    ("formula without value", SUSPECTED, Uncalculated(), "formula_without_value"),
    ("bool", HOUSING, True, "value_is_boolean"),
    ("bool", SUSPECTED, False, "value_is_boolean"),
    ("bool", ENROLLED, True, "value_is_boolean"),
    ("bool", UNO, True, "value_is_boolean"),
    ("percent", HEALTH, Percent(0.7), "value_is_percent"),
    ("percent", HOUSING, Percent(1.0), "value_is_percent"),
    ("bad-code", HOUSING, 77, NO_ANSWER),
    ("bad-code", HOUSING, 3, NO_ANSWER),
    ("bad-code", HOUSING, "77", NO_ANSWER),
    ("bad-code", HOUSING, 99, NO_ANSWER),
    ("bad-code", HOUSING, 0, NO_ANSWER),
    ("bad-code", HOUSING, -1, NO_ANSWER),
    ("bad-code", HOUSING, 1.5, NO_ANSWER),
    ("bad-code", HOUSING, 1e20, NO_ANSWER),
    ("bad-code", DISTRICT, 8, NO_ANSWER),
    ("bad-code", DISTRICT, 999, NO_ANSWER),
    ("bad-code", SEX, 999, NO_ANSWER),
    ("bad-code", SCHOOL, 7, NO_ANSWER),
    ("bad-code", HOUSING, ShownAsDate(44665), NO_ANSWER),
    ("bad-code", REASON, 11, NO_ANSWER),
    ("another code's label", HOUSING, "1=Nej", NO_ANSWER),
    ("another code's label", HOUSING, "2=Uppgift saknas", NO_ANSWER),
    ("code with half a label", SCHOOL, "1=Ja", NO_ANSWER),
    ("code without its label", HOUSING, "1=", NO_ANSWER),
    ("label with a slip", HOUSING, "Jaa", NO_ANSWER),
    ("label with a slip", DISTRICT, "Rinkeby Kissta", NO_ANSWER),
    ("another question's label", SCHOOL, "ja", NO_ANSWER),
    ("two answers", HOUSING, "1/2", NO_ANSWER),
    ("two answers", HOUSING, "1, 2", NO_ANSWER),
    ("an answer and a remark", HOUSING, "1 (hos mormor)", NO_ANSWER),
    ("an empty value in words", HOUSING, "NaN", NO_ANSWER),
    ("an empty value in words", HOUSING, "null", NO_ANSWER),
    ("an empty value in words", HOUSING, "#N/A", NO_ANSWER),
    ("very long", HOUSING, "1" * 30_000, NO_ANSWER),
    ("digits of another script", HOUSING, "\u0661", NO_ANSWER),
    ("range", SUSPECTED, "3-4", NO_NUMBER),
    ("range", SUSPECTED, "fler än 10", NO_NUMBER),
    ("range", SUSPECTED, "?", NO_NUMBER),
    ("range", SUSPECTED, "10+", NO_NUMBER),
    ("range", HEALTH, "7/10", NO_NUMBER),
    ("range", HEALTH, "5 av 10", NO_NUMBER),
    ("decimals", AGE, "15,0", NO_NUMBER),
    ("decimals", AGE, "15.5", NO_NUMBER),
    ("decimals", AGE, 15.5, NO_NUMBER),
    ("decimals", AGE, ShownAsDate(15.5), NO_NUMBER),
    ("another unit", AGE, "15 månader", NO_NUMBER),
    ("another unit", HEALTH, "7 år", NO_NUMBER),
    ("another unit", SUSPECTED, "3 st grova", NO_NUMBER),
    ("only about", SUSPECTED, "ca", NO_NUMBER),
    ("only about", SUSPECTED, "cat 3", NO_NUMBER),
    ("an empty value in words", SUSPECTED, "nan", NO_NUMBER),
    ("an empty value in words", SUSPECTED, "inf", NO_NUMBER),
    ("an exponent", SUSPECTED, "1e3", NO_NUMBER),
    ("very long", SUSPECTED, "1" * 30_000, NO_NUMBER),
    ("digits of another script", AGE, "\u0661\u0664", NO_NUMBER),
    ("too much", AGE, 100, RANGE),
    ("too much", AGE, 999, RANGE),
    ("too much", AGE, "100", RANGE),
    ("too much", HEALTH, 11, RANGE),
    ("too little", HEALTH, 0, RANGE),
    ("too little", AGE, 0, RANGE),
    ("too little", SUSPECTED, -1, RANGE),
    ("too little", SUSPECTED, "-1", RANGE),
    ("too much", SUSPECTED, 1000, RANGE),
    ("too much", SUSPECTED, "ca 1000", RANGE),
    ("too much", SUSPECTED, 3_000_000_000, RANGE),
    ("too much", SUSPECTED, "3000000000", RANGE),
    ("too much", SUSPECTED, 1e20, RANGE),
    ("a date for a number", SUSPECTED, DAY, RANGE),
    ("a date for a number", AGE, "2006-04-14", NO_NUMBER),
    ("a day that never was", ENROLLED, "2022-02-30", NO_DATE),
    ("a day that never was", ENROLLED, "220431", NO_DATE),
    ("a day that never was", ENROLLED, 20221301, NO_DATE),
    ("a day that never was", ENROLLED, "31/4 2022", NO_DATE),
    ("a year without a day", ENROLLED, 2022, NO_DATE),
    ("a year without a day", ENROLLED, "2022", NO_DATE),
    ("a month without a day", ENROLLED, "april 2022", NO_DATE),
    ("a month without a day", ENROLLED, "2022-04", NO_DATE),
    ("another order", ENROLLED, "04/14/2022", NO_DATE),
    ("another order", ENROLLED, "14.4.2022", NO_DATE),
    ("two digits of a year", ENROLLED, "14/4 22", NO_DATE),
    ("a word that begins like a month", ENROLLED, "14 junk 2022", NO_DATE),
    ("a word that begins like a month", ENROLLED, "14 majs 2022", NO_DATE),
    ("words", DISCHARGED, "pågår", NO_DATE),
    ("words", ENROLLED, "ca 2022-04-14", NO_DATE),
    ("a serial as text", ENROLLED, "44665", NO_DATE),
    ("half a day", ENROLLED, 44665.5, NO_DATE),
    ("before SIG", ENROLLED, "1947-05-01", NO_DATE),
    ("before SIG", ENROLLED, dt.date(1999, 5, 1), NO_DATE),
    ("before SIG", ENROLLED, ShownAsDate(14), NO_DATE),
    ("for ever", DISCHARGED, "9999-12-31", NO_DATE),
    ("for ever", DISCHARGED, dt.date(9999, 12, 31), NO_DATE),
    ("below zero", ENROLLED, -44665, NO_DATE),
    ("a huge number", ENROLLED, 1e20, NO_DATE),
    ("very long", ENROLLED, "2" * 30_000, NO_DATE),
    ("a number for a code", UNO, 4701, NO_CODE),
    ("a date for a code", UNO, DAY, NO_CODE),
    ("digits only", UNO, "004701", NO_CODE),
    ("a digit for a letter", UNO, "A04701", NO_CODE),
    ("too short", UNO, "AP470", NO_CODE),
    ("too long", UNO, "AP47015", NO_CODE),
    ("month 13", UNO, "AP471301", NO_CODE),
    ("three letters", UNO, "APN4701", NO_CODE),
    ("letters for digits", UNO, "APl7O1", NO_CODE),
    ("a code and a remark", UNO, "AP4701 (ny)", NO_CODE),
    ("two codes", UNO, "AP4701/BO0702", NO_CODE),
    ("a personal number", UNO, "19470501-1234", NO_CODE),
    ("digits of another script", UNO, "AP\u0664\u0667\u0660\u0661", NO_CODE),
    ("an unknown person", UNO, "okänd", NO_CODE),
    ("very long", UNO, "AP" * 15_000, NO_CODE),
]
CASES = [(*case[:3], case[3]) for case in READ] + [(*case[:3], invalid(case[3])) for case in NOT_READ]


@pytest.fixture(scope="module")
def meant() -> list[Meaning]:
    return meanings([(no, value) for _, no, value, _ in CASES])


def _name(case: tuple[str, int, Any, Meaning]) -> str:
    spelling, no, value, _ = case
    return f"{spelling}: Q{no} {ascii(value)[:40]}"


@pytest.mark.parametrize("place", range(len(CASES)), ids=[_name(case) for case in CASES])
def test_a_cell_is_read_as_the_table_says(meant, place):
    assert meant[place] == CASES[place][3]


def test_the_table_has_every_spelling_of_the_readme_of_the_submissions(shared):
    readme = (shared / "submissions" / "README.md").read_text(encoding="utf-8")
    table = [line.split("|")[1:3] for line in readme.splitlines() if line.startswith("|")][2:]
    listed = {
        name.strip(): meaning.strip() for names, meaning in table for name in re.sub(r"\([^)]*\)", "", names).split(",")
    }
    ours: dict[str, set[str]] = {}
    for spelling, _, _, meaning in CASES:
        says = meaning.missing if meaning.missing in {"blank", "invalid"} else "read"
        ours.setdefault(spelling, set()).add(says)
    expected = {"left blank": "blank", "no answer": "blank", "invalid": "invalid"}
    wanted = {
        name: {next((ours_ for text, ours_ in expected.items() if meaning.startswith(text)), "read")}
        for name, meaning in listed.items()
    }
    assert {name: ours.get(name) for name in wanted} == wanted


def test_each_edition_reads_by_its_own_codes():
    assert meanings([(DISTRICT, 1)], "sig-unga-2022") == [Meaning("rinkeby_kista")]
    assert meanings([(DISTRICT, 1)], "sig-unga-2024") == [Meaning("jarva")]
    assert meanings([(DISTRICT, 5)], "sig-unga-2024") == [invalid(NO_ANSWER)]
    assert meanings([(DISTRICT, "1=Rinkeby-Kista")], "sig-unga-2024") == [invalid(NO_ANSWER)]
    assert meanings([(SEX, "Kvinna")], "sig-vuxna-2021") == [Meaning("female")]
    assert meanings([(SEX, "Kvinna")], "sig-unga-2022") == [invalid(NO_ANSWER)]


def test_a_year_written_wrong_stays_the_year_that_was_written():
    assert meanings([(ENROLLED, dt.date(2202, 4, 14))]) == [Meaning(dt.date(2202, 4, 14))]


def test_a_code_is_kept_beside_its_meaning_and_null_when_it_has_none():
    read = cleaned(changed({17: 99, 10: 3, 11: 77, 13: None}))
    answers = {row["question"]: row for row in read.answers.to_dicts()}
    assert [answers[question]["code"] for question in ("Q17", "Q10", "Q11", "Q13")] == [99, 3, None, None]
    assert read.answers.schema["code"] == read.answers.schema["value"] == pl.Int16


# --- whatever stands in a cell ----------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 1_000).map(str),
    st.text(max_size=12),
    st.text(alphabet="0123456789AaÅåOo -=./\u00a0\u200bcajnst", max_size=10),
    st.dates(dt.date(1904, 1, 2)),
    st.floats(0, 3e6).map(ShownAsDate),
    st.floats(0, 1).map(Percent),
    st.sampled_from([ExcelError(), Uncalculated(), "1=Ja", "Uppgift saknas", "ca 3", "15 år", "2022-04-14", "AP4701"]),
)

# Cleaning a single row takes as long as cleaning a hundred.
FEWER = settings(max_examples=settings.default.max_examples // 3)


@FEWER
@given(st.lists(st.dictionaries(st.integers(1, 32), ANYTHING, max_size=32), min_size=1, max_size=4))
def test_every_cell_gives_a_value_or_a_reason_and_never_both(rows):
    read = cleaned(rows)
    assert read.reports.height + read.rejected.height == len(rows)
    assert read.answers.height == 25 * read.reports.height
    assert (read.answers["value"].is_null() == read.answers["missing"].is_not_null()).all()
    for name in EPISODE.values():
        assert (read.reports[name].is_null() == read.reports[f"{name}__missing"].is_not_null()).all(), name


@FEWER
@given(
    st.lists(st.dictionaries(st.integers(1, 32), ANYTHING, max_size=32), min_size=2, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_and_cells_never_matters(rows, random):
    cells, kinds, workbooks, columns, editions = frames(rows)
    turned = (
        cells.sample(fraction=1, shuffle=True, seed=random.randrange(99)),
        kinds.reverse(),
        workbooks,
        columns.sample(fraction=1, shuffle=True, seed=random.randrange(99)),
        editions,
    )
    one, other = clean(cells, kinds, workbooks, columns, editions), clean(*turned)
    assert one.reports.equals(other.reports)
    assert one.answers.equals(other.answers)
    assert one.rejected.equals(other.rejected)
    assert one.findings.equals(other.findings)


@given(st.lists(st.text(max_size=20)))
def test_texts_are_compared_here_as_everywhere_else(texts):
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    assert frame.select(_folded(pl.col("text")))["text"].to_list() == [letters_and_digits(text) for text in texts]


@given(st.text(alphabet=" \t\n\u00a0\u2003\u200b\u2060\ufeff\u00ad\u200e\x07-–—\u2011−.0a", max_size=6))
def test_what_is_an_empty_cell_to_intake_is_one_to_cleaning(text):
    there = is_nothing(Cell(9, 1, "text", text, None, None))
    frame = pl.DataFrame({"text": [text]})
    assert frame.select(_is_nothing(_tidy(pl.col("text"))))["text"].to_list() == [there]


def test_every_edition_can_be_cleaned_without_a_single_person():
    for edition in forms():
        read = cleaned([], edition)
        assert (read.reports.height, read.answers.height, read.findings.height) == (0, 0, 0)
