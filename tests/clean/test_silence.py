"""The kinds of silence: each means something else for an analysis, so none may pass for another."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from sigpanel.clean.bortfall import bortfall
from tests.support.answers import ExcelError, changed, cleaned, found
from tests.support.workbooks import FIRST

# A person whose insats is ongoing: nothing from Q18 on.
ONGOING: dict[int, Any] = dict.fromkeys(range(18, 33))
DAY = dt.date(2022, 10, 31)


def answers(change: dict[int, Any]) -> dict[str, tuple[int | None, int | None, str | None]]:
    """Return code, value and missing of each panel question of a sound row with this change."""
    rows = cleaned(changed(change)).answers.select("question", "code", "value", "missing").iter_rows()
    return {question: tuple(rest) for question, *rest in rows}


def report(change: dict[int, Any]) -> dict[str, Any]:
    return cleaned(changed(change)).reports.row(0, named=True)


@pytest.mark.parametrize(
    ("question", "change", "code", "missing"),
    [
        ("Q11", {11: 999}, 999, "unknown"),
        ("Q17", {17: 999}, 999, "unknown"),
        ("Q17", {17: 99}, 99, "declined"),
        ("Q9", {8: 6, 9: 3, 10: 2}, 3, "not_applicable"),
        ("Q10", {10: 3}, 3, "not_applicable"),
        ("Q22", {21: 6, 22: 3, 23: 1}, 3, "not_applicable"),
        ("Q23", {23: 3}, 3, "not_applicable"),
        ("Q31", {31: 4}, 4, "not_applicable"),
        ("Q9", {8: 6, 9: None, 10: 2}, None, "not_asked"),
        ("Q22", {21: 6, 22: "-", 23: 2}, None, "not_asked"),
        ("Q11", {11: None}, None, "blank"),
        ("Q11", {11: " "}, None, "blank"),
        ("Q28", {28: "–"}, None, "blank"),
        ("Q11", {11: 77}, None, "invalid"),
        ("Q11", {11: ExcelError()}, None, "invalid"),
        ("Q11", {11: "ibland"}, None, "invalid"),
        ("Q28", ONGOING, None, "not_yet"),
        ("Q28", ONGOING | {28: "-"}, None, "not_yet"),
        ("Q22", ONGOING, None, "not_yet"),
    ],
)
def test_each_kind_of_silence_is_its_own(question, change, code, missing):
    assert answers(change)[question] == (code, None, missing)


@pytest.mark.parametrize(
    ("question", "change", "value"),
    [
        ("Q12", {12: 3}, 3),
        ("Q14", {14: 3}, 3),
        ("Q25", {25: 3}, 3),
        ("Q27", {27: 3}, 3),
        ("Q31", {31: 3}, 3),
        ("Q6", {6: 99}, 99),
        ("Q20", {20: 99}, 99),
        ("Q9", {8: 6, 9: 1}, 1),
    ],
)
def test_what_looks_like_silence_elsewhere_is_a_value_here(question, change, value):
    assert answers(change)[question] == (value, value, None)


@pytest.mark.parametrize("school", [1, 5, 999, None, 77])
def test_only_the_answer_that_greys_a_question_out_makes_it_not_asked(school):
    assert answers({8: school, 9: None})["Q9"] == (None, None, "blank")


def test_a_question_is_greyed_out_within_its_own_moment_only():
    read = answers({8: 6, 9: None, 10: 2, 21: 2, 22: None})
    assert (read["Q9"][2], read["Q22"][2]) == ("not_asked", "blank")


def test_what_is_left_blank_is_a_finding_and_what_was_not_asked_or_not_yet_due_is_none():
    assert found(cleaned(changed({11: None, 17: "-"}))) == [
        ("answer_left_blank", "K9", "Q11"),
        ("answer_left_blank", "Q9", "Q17"),
    ]
    assert found(cleaned(changed({8: 6, 9: None, 10: 2}))) == []
    assert found(cleaned(changed(ONGOING))) == []


def test_a_blank_cell_of_a_row_in_the_middle_has_that_row_s_address():
    read = cleaned(changed({}, {3: None}, {}))
    assert found(read, FIRST) == found(read, FIRST + 2) == []
    assert found(read, FIRST + 1) == [("answer_left_blank", "C10", "Q3")]


# --- when an insats has ended -----------------------------------------------------------------------------------------

ASKED = (*range(19, 32),)


@pytest.mark.parametrize(
    ("change", "is_discharged"),
    [
        ({}, True),
        (ONGOING, False),
        (ONGOING | {18: DAY}, True),
        (ONGOING | {18: "31/10 2022"}, True),
        (ONGOING | {32: 4}, True),
        (ONGOING | {32: 999}, True),
        (ONGOING | {18: "pågår"}, False),
        (ONGOING | {18: ExcelError()}, False),
        (ONGOING | {32: "vet ej än"}, False),
        (ONGOING | {18: "-", 32: " "}, False),
        (ONGOING | dict.fromkeys(ASKED[:6], 1), False),
        (ONGOING | dict.fromkeys(ASKED[:7], 1), True),
        (ONGOING | {18: "pågår"} | dict.fromkeys(ASKED[:7], 1), True),
        (ONGOING | dict.fromkeys(ASKED, 999), False),
        (ONGOING | dict.fromkeys(ASKED, 999) | dict.fromkeys(ASKED[:6], 1), False),
        (ONGOING | dict.fromkeys(ASKED, 999) | dict.fromkeys(ASKED[:7], 1), True),
        ({18: None}, True),
        ({18: None, 32: None}, True),
        ({18: ExcelError(), 32: ExcelError()}, True),
    ],
)
def test_an_insats_has_ended_when_date_reason_or_half_of_the_answers_say_so(change, is_discharged):
    assert report(change)["is_discharged"] is is_discharged


def test_one_who_has_left_without_a_date_has_left_it_blank():
    assert report({18: None})["discharged_on__missing"] == "blank"
    assert found(cleaned(changed({18: None}))) == [("answer_left_blank", "R9", "Q18")]


def test_one_who_has_left_with_a_date_alone_has_left_everything_else_blank():
    read = cleaned(changed(ONGOING | {18: DAY}))
    assert [question for _, _, question in found(read)] == [f"Q{no}" for no in range(19, 33)]
    assert {rule for rule, _, _ in found(read)} == {"answer_left_blank"}


def test_one_who_has_not_left_has_nothing_from_the_discharge_part():
    row = report(ONGOING)
    assert (row["discharged_on"], row["discharged_on__missing"]) == (None, "not_yet")
    assert (row["discharge_reason"], row["discharge_reason__missing"], row["discharge_reason__code"]) == (
        None,
        "not_yet",
        None,
    )


def test_an_unreadable_date_of_one_who_is_still_there_is_told_and_nothing_else_is():
    assert found(cleaned(changed(ONGOING | {18: "pågår"}))) == [("date_unreadable", "R9", "Q18")]


# --- rows that cannot be used -----------------------------------------------------------------------------------------

NOTHING: dict[int, Any] = dict.fromkeys(range(1, 33))


@pytest.mark.parametrize(
    "change",
    [
        {1: None, 5: None},
        {1: "okänd", 5: "våren"},
        {1: ExcelError(), 5: ExcelError()},
        NOTHING | {1: "AP0615"},
        NOTHING | {1: "AP0615", 4: "-"},
        NOTHING | {4: 15},
    ],
)
def test_a_row_without_code_and_date_or_without_answers_is_rejected(change):
    read = cleaned(changed({}, change))
    assert read.rejected.rows() == [(0, FIRST + 1)]
    assert read.reports["row"].to_list() == [FIRST]
    assert read.answers["row"].unique().to_list() == [FIRST]
    assert ("row_rejected", None, None) in found(read, FIRST + 1)


@pytest.mark.parametrize(
    "change", [{1: None}, {5: None}, {1: "okänd"}, NOTHING | {5: DAY}, NOTHING | {1: "AP0615", 4: 1}]
)
def test_a_row_with_a_code_or_a_date_and_an_answer_is_kept(change):
    assert cleaned(changed(change)).rejected.is_empty()


def test_what_else_is_wrong_in_a_rejected_row_is_told_by_cell_and_its_code_and_date_by_the_row():
    read = cleaned(changed({1: ExcelError(), 5: None, 9: True, 18: "okänt", 24: None}))
    assert found(read) == [
        ("value_is_boolean", "I9", "Q9"),
        ("date_unreadable", "R9", "Q18"),
        ("answer_left_blank", "X9", "Q24"),
        ("row_rejected", None, None),
    ]


def test_of_a_rejected_row_without_answers_the_row_alone_is_told():
    assert found(cleaned(changed(NOTHING | {1: "AP0615"}))) == [("row_rejected", None, None)]


def test_what_a_row_says_does_not_show_when_it_is_printed():
    assert "AP0615" not in repr(cleaned(changed({})))


# --- bortfall ---------------------------------------------------------------------------------------------------------


def test_bortfall_counts_each_kind_of_silence_for_what_it_is():
    missing = [
        None,
        "not_applicable",
        "unknown",
        "declined",
        "blank",
        "invalid",
        "not_asked",
        "not_yet",
        "not_collected",
    ]
    frame = pl.DataFrame({"programme": "unga", "missing": missing})
    assert bortfall(frame, ["programme"]).to_dicts() == [
        {
            "programme": "unga", "asked": 6, "filled": 4, "answered": 2,
            "unknown": 1, "declined": 1, "blank": 1, "invalid": 1, "share": pytest.approx(4 / 6),
        }
    ]  # fmt: skip


def test_bortfall_is_null_where_nothing_was_asked():
    frame = pl.DataFrame({"variable": "mental_health", "missing": ["not_yet", "not_collected"]})
    assert bortfall(frame, ["variable"]).select("asked", "share").rows() == [(0, None)]
