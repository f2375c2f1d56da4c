"""Corrections applied: what each does and leaves alone, what does not fit, and what is never told."""

import datetime as dt
from itertools import permutations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sigpanel import intake
from sigpanel.clean import clean
from sigpanel.decisions import apply, read_corrections, settle
from sigpanel.errors import InputError
from sigpanel.findings import collect, find
from sigpanel.forms import forms
from tests.privacy.scan import told
from tests.support.corrections import (
    CELLS,
    FILE,
    FILES,
    FORMS,
    ID,
    PERSON_ROWS,
    PLACES,
    ROWS,
    SECRETS,
    WORKBOOKS,
    accept,
    applied,
    at,
    file,
    line,
    others,
    refused,
)
from tests.support.workbooks import book, person

# --- what they do -----------------------------------------------------------------------------------------------------


def test_no_corrections_change_nothing(correct):
    corrected = correct()
    assert_frame_equal(corrected.cells, CELLS)
    assert (corrected.dropped.height, corrected.accepted.height, corrected.findings.height) == (0, 0, 0)
    assert_frame_equal(corrected.without_dropped(ROWS), ROWS)


def test_a_cell_that_is_set_is_read_as_that_text_and_nothing_else_is_touched(correct):
    corrected = correct(line("H9", value="3"))
    assert at(corrected.cells, "H9") == [("text", "3", None, None)]
    assert_frame_equal(others(corrected.cells, "H9"), others(CELLS, "H9"))
    assert corrected.findings.rows() == [("cell_corrected", 0, 9, "H9", "Q8")]


def test_a_cell_set_to_nothing_is_empty(correct):
    corrected = correct(line("H9"))
    assert_frame_equal(corrected.cells, others(CELLS, "H9"))
    assert corrected.findings.rows() == [("cell_corrected", 0, 9, "H9", "Q8")]


def test_an_empty_cell_that_is_set_gets_a_place_among_the_others(correct):
    corrected = correct(line("K10", expected="", value="1"))
    row = corrected.cells.filter(pl.concat_str("column", "row") == "K10")
    assert row.rows() == [(0, 1, 10, "K", "sig-unga-2022", "Q11", "text", "1", None, None)]
    assert corrected.cells.filter(pl.col("row") == 10)["column"].to_list()[9:12] == ["J", "K", "L"]
    assert_frame_equal(others(corrected.cells, "K10"), CELLS)


def test_a_cell_beyond_z_keeps_its_place_too(correct):
    corrected = correct(line("AB9", expected="7", value="8") | {"expected": at(CELLS, "AB9")[0][1]})
    assert corrected.cells["column"].to_list() == CELLS["column"].to_list()


def test_a_cell_without_a_text_such_as_an_excel_error_is_expected_blank(correct):
    assert at(correct(line("L10", expected="", value="1")).cells, "L10") == [("text", "1", None, None)]
    assert at(correct(line("L10", expected="")).cells, "L10") == []


@pytest.mark.parametrize(
    ("cell", "expected"), [("E9", "2022-03-01"), ("A9", "\uff21\uff300615 "), ("P9", "7"), ("K10", "")]
)
def test_what_is_expected_is_compared_as_intake_reads_it(correct, cell, expected):
    assert at(correct(line(cell, expected=expected, value="1")).cells, cell) == [("text", "1", None, None)]


def test_a_row_that_is_dropped_has_no_cells_and_is_no_row_for_cleaning(correct):
    corrected = correct(line("A10", "drop", "BQ0711"))
    assert corrected.dropped.rows() == [(0, 10)]
    assert_frame_equal(corrected.cells, CELLS.filter(pl.col("row") != 10))
    assert_frame_equal(corrected.without_dropped(ROWS), ROWS.filter(pl.col("row") != 10))
    assert corrected.findings.rows() == [("row_dropped_by_owner", 0, 10, None, None)]


def test_an_accepted_finding_changes_no_cell_and_is_noted(correct):
    corrected = correct(accept("D10", "age_implausible", "15"))
    assert_frame_equal(corrected.cells, CELLS)
    assert corrected.accepted.rows() == [(0, 10, "D10", "Q4", "age_implausible")]
    assert corrected.findings.rows() == [("finding_accepted", 0, 10, "D10", "Q4")]


def test_a_workbook_may_be_named_by_path_with_either_slash_or_by_its_id(read):
    files = {"2022/SIG/Ha\u0308sselby.xlsx": 0, ID: 0, "2022/B\\xe4.xlsx": 1}
    for name in ("2022\\SIG\\Hässelby.xlsx", "2022/SIG/Ha\u0308sselby.xlsx", ID):
        assert at(applied(read(line(value="3", file=name)), files).cells, "H9") == [("text", "3", None, None)]
    # As a terminal shows a name that is in no known code.
    said = refused("corrections-do-not-fit", applied, read(line(file="2022/B\\xe4.xlsx")), files)
    assert said == ["line 2, cell: is in no row below the header"]


def test_a_workbook_of_a_district_is_corrected_as_it_was_read(tmp_path, read):
    form = forms()["sig-unga-2022"]
    rows = [person(form), person(form, {1: "TEST", 5: None}), person(form, {1: "CR9503", 4: 26})]
    workbook = intake.read(book(tmp_path / "Farsta.xlsx", form, rows), submission_no=0, year=2022)
    columns = pl.DataFrame(
        [(0, question, column) for question, column in workbook.columns.items()], schema=PLACES.schema, orient="row"
    )
    corrections = read(
        line("E9", expected="2022-03-01", value="2022-03-02"),
        line("A10", "drop", "TEST"),
        accept("D11", "age_implausible", "26"),
    )
    corrected = apply(corrections, files=FILES, cells=workbook.cells, rows=workbook.rows, columns=columns)
    cleaned = clean(corrected.cells, corrected.without_dropped(workbook.rows), WORKBOOKS, columns, [form])
    assert cleaned.reports.select("row", "enrolled_on").rows() == [(9, dt.date(2022, 3, 2)), (11, dt.date(2022, 3, 1))]
    left = settle(collect([cleaned.findings, corrected.findings]), corrected)
    assert left.select("rule", "cell").rows() == [
        ("cell_corrected", "E9"), ("finding_accepted", "D11"),
        ("row_dropped_by_owner", None),
    ]  # fmt: skip


# --- what does not fit ------------------------------------------------------------------------------------------------

MISFITS = [
    ([line(file="2022/Skarpnack.xlsx")],
     ["line 2, file: no workbook that was read has this path or id, or more than one has"]),
    ([line("H8")], ["line 2, cell: is in no row below the header"]),
    ([line("H13", "drop", "")], ["line 2, cell: is in no row below the header"]),
    ([line("AH9", expected="")], ["line 2, cell: is in no column of the form"]),
    ([line("H11", expected="", value="2")],
     ["line 2, cell: is in a row that is no person's, so there is nothing to correct"]),
    ([line("H12", "drop", "")], ["line 2, cell: is in a row that is no person's, so there is nothing to correct"]),
    ([line("H9", expected="1", value="3")], ["line 2, expected: something else stands in the cell now"]),
    ([line("H9", expected="", value="3")], ["line 2, expected: something else stands in the cell now"]),
    ([line("K10", expected="2", value="3")], ["line 2, expected: something else stands in the cell now"]),
    ([line("A9", "drop", "BQ0711")], ["line 2, expected: something else stands in the cell now"]),
    ([accept("D10", "age_implausible", "16")], ["line 2, expected: something else stands in the cell now"]),
    ([line("K10", expected="")], ["line 2, value: the cell is empty as it is"]),
    ([line(value="1"), line(value="3", file=ID)], ["line 3, cell: an earlier line does the same to it"]),
    ([line("A9", "drop", "AP0615"), line("H9", "drop")], ["line 3, cell: an earlier line does the same to it"]),
    ([accept("D10", "age_implausible", "15")] * 2, ["line 3, cell: an earlier line does the same to it"]),
    ([line(value="3"), line("A9", "drop", "AP0615")], ["line 2, cell: another line drops its row"]),
    ([line("A9", "drop", "AP0615"), accept("D9", "age_implausible", "16")],
     ["line 3, cell: another line drops its row"]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "sentences"), MISFITS)
def test_a_correction_that_does_not_fit_stops_everything(read, lines, sentences):
    assert refused("corrections-do-not-fit", applied, read(*lines)) == sentences


def test_all_that_does_not_fit_is_told_at_once_and_nothing_is_applied(read):
    lines = [line(file="2022/X.xlsx"), line("H9", expected="1"), line("J9", expected="3", value="2"), line("H8")]
    assert [text[:12] for text in refused("corrections-do-not-fit", applied, read(*lines))] == [
        "line 2, file", "line 3, expe", "line 5, cell",
    ]  # fmt: skip


def test_two_workbooks_of_one_name_are_not_chosen_between(read):
    files = {FILE: 0, "2022\\Farsta.xlsx": 1}
    assert refused("corrections-do-not-fit", applied, read(line()), files) == MISFITS[0][1]


def test_two_findings_at_one_cell_may_both_be_accepted(correct):
    both = [accept("D10", rule, "15") for rule in ("age_implausible", "age_against_birth_year")]
    assert correct(*both).accepted["rule"].to_list() == ["age_against_birth_year", "age_implausible"]


def test_a_cell_may_be_set_and_what_is_found_at_it_accepted(correct):
    corrected = correct(line("D9", expected="16", value="26"), accept("D9", "age_against_birth_year", "16"))
    cleaned = clean(corrected.cells, corrected.without_dropped(ROWS), WORKBOOKS, PLACES, FORMS)
    found = cleaned.findings.filter(pl.col("cell") == "D9")["rule"].to_list()
    assert found == ["age_against_birth_year"]
    assert settle(cleaned.findings, corrected).filter(pl.col("cell") == "D9").is_empty()


# --- findings that were accepted --------------------------------------------------------------------------------------


def finding(rule: str, row: int | None, cell: str | None, no: int = 0) -> pl.DataFrame:
    place = pl.DataFrame({"submission_no": [no], "row": [row], "cell": [cell]}, schema_overrides={"cell": pl.String})
    return find(place, rule)


FOUND = collect(
    [
        finding("age_implausible", 10, "D10"),
        finding("age_implausible", 9, "D9"),
        finding("age_implausible", 10, "D10", no=1),
        finding("row_stands_twice", 10, None),
        finding("answer_left_blank", 10, "D10"),
        finding("same_delivery_twice", None, None),
    ]
)


def test_only_the_accepted_finding_is_gone(correct):
    left = settle(FOUND, correct(accept("D10", "age_implausible", "15")))
    gone = (pl.col("rule") == "age_implausible") & (pl.col("cell") == "D10") & (pl.col("submission_no") == 0)
    assert_frame_equal(left, FOUND.filter(~gone))


def test_a_finding_of_a_whole_row_is_accepted_at_any_cell_of_it(correct):
    left = settle(FOUND, correct(accept("A10", "row_stands_twice", "BQ0711")))
    assert_frame_equal(left, FOUND.filter(pl.col("rule") != "row_stands_twice"))


def test_a_finding_that_is_not_there_cannot_be_accepted(correct):
    lines = [accept("D9", "age_against_birth_year", "16"), accept("D9", "age_implausible", "16"),
             accept("A9", "row_stands_twice", "AP0615"), accept("C10", "age_implausible", "2")]  # fmt: skip
    said = refused("corrections-do-not-fit", settle, FOUND, correct(*lines))
    assert said == [f"line {no}, rule: there is no such finding at the cell" for no in (2, 4, 5)]


def test_without_accepted_ones_the_findings_are_what_they_were(correct):
    assert_frame_equal(settle(FOUND, correct(line(value="3"))), FOUND)


# --- what is told of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [lines for lines, _ in MISFITS])
def test_no_error_of_a_misfit_tells_what_stands_in_the_line_or_the_cell(read, lines):
    secret = {"reason": SECRETS["reason"], "who": SECRETS["who"]}
    with pytest.raises(InputError) as caught:
        applied(read(*(one | secret for one in lines)))
    assert not told(str(caught.value), [*secret.values(), "AP0615", "BQ0711", "Skarpnack", "Farsta"])


def test_nothing_shows_what_it_holds_when_it_is_printed(read):
    corrections = read(line() | SECRETS | {"cell": "H9"}, line("A9", "drop", "AP0615"))
    shown = f"{corrections!r}{corrections}{corrections.all[0]!r}"
    assert not told(shown, [*SECRETS.values(), "AP0615", "Farsta"])
    corrected = applied(read(line("A9", expected="AP0615", value="ZQ8812")))
    assert not told(f"{corrected!r}", ["ZQ8812", "BQ0711"])


# --- laws -------------------------------------------------------------------------------------------------------------

# Lines that fit together, whichever of them are there.
FIT = [
    line("H9", value="3"), line("I9", expected="2"), line("K10", expected="", value="1"),
    line("D10", expected="15", value="26"), accept("D10", "age_implausible", "15"),
    accept("A10", "row_stands_twice", "BQ0711"), line("AB9", expected="7", value="Å"), line("L10", expected=""),
]  # fmt: skip
SETS = [one for one in FIT if one["action"] == "set"]


law = settings(max_examples=max(1, settings().max_examples // 4))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("laws")


def fitting(one: dict[str, str]) -> dict[str, str]:
    """Return the line with what stands in its cell as what it expects."""
    held = at(CELLS, one["cell"].upper())
    return one | {"expected": held[0][1] if held else ""}


@law
@given(st.lists(st.sampled_from(FIT), unique_by=id), st.randoms(use_true_random=False))
def test_the_order_of_lines_never_shows(folder, lines, random):
    lines = list(map(fitting, lines))
    one = applied(read_corrections(file(folder, *lines)))
    other = applied(read_corrections(file(folder, *random.sample(lines, len(lines)))))
    for name in ("cells", "dropped", "accepted", "findings"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


@law
@given(st.lists(st.sampled_from(SETS), unique_by=id), st.sampled_from([None, 9, 10]))
def test_what_is_no_target_is_untouched(folder, lines, row):
    lines = [fitting(one) for one in lines if not one["cell"].endswith(str(row))]
    drop = [fitting(line(f"B{row}", "drop"))] if row else []
    corrected = applied(read_corrections(file(folder, *lines, *drop)))
    targets = [one["cell"] for one in lines]
    assert_frame_equal(
        others(corrected.cells, *targets), others(CELLS, *targets).filter(~(pl.col("row") == (row or 0)))
    )
    assert corrected.findings.height == len(lines) + len(drop)


WITH_TEXTS = [f"{column}{row}" for column, row, text in CELLS.select("column", "row", "text").rows() if text]
READ = clean(CELLS, PERSON_ROWS, WORKBOOKS, PLACES, FORMS)


@settings(max_examples=10)  # each holds many cells, and cleaning takes its time
@given(st.sets(st.sampled_from(WITH_TEXTS), min_size=len(WITH_TEXTS) // 2))
def test_setting_what_stands_there_changes_the_kind_and_no_more(folder, targets):
    texts = {cell: at(CELLS, cell)[0][1] for cell in sorted(targets)}
    lines = [line(cell, expected=text, value=text) for cell, text in texts.items()]
    corrected = applied(read_corrections(file(folder, *lines)))
    assert {cell: at(corrected.cells, cell) for cell in texts} == {
        cell: [("text", text, None, None)] for cell, text in texts.items()
    }
    assert_frame_equal(others(corrected.cells, *targets), others(CELLS, *targets))
    read = clean(corrected.cells, PERSON_ROWS, WORKBOOKS, PLACES, FORMS)
    for name in ("reports", "answers", "rejected", "findings"):
        assert_frame_equal(getattr(read, name), getattr(READ, name))


def test_every_order_of_two_lines_that_clash_is_refused(read):
    for lines in permutations([line(value="3"), line("A9", "drop", "AP0615")]):
        refused("corrections-do-not-fit", applied, read(*lines))
