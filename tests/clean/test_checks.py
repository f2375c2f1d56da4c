"""Answers against each other: each check's exact finding, and its silence where one side is missing."""

import datetime as dt
from typing import Any

import pytest

from tests.support.answers import ExcelError, changed, cleaned, found
from tests.support.workbooks import FIRST

ONGOING: dict[int, Any] = dict.fromkeys(range(18, 33))


def checked(change: dict[int, Any], edition: str = "sig-unga-2022", year: int = 2022) -> list[tuple[str, str, str]]:
    return found(cleaned(changed(change, edition=edition), edition, year))


def test_a_sound_row_has_no_findings():
    assert checked({}) == []


# Rule, change, cell, question.
BROKEN = [
    ("uno_day_impossible", {1: "AP0600"}, "A9", "Q1"),
    ("uno_day_impossible", {1: "AP0632"}, "A9", "Q1"),
    ("uno_day_impossible", {1: "AP0660"}, "A9", "Q1"),
    ("uno_day_impossible", {1: "AP0692"}, "A9", "Q1"),
    ("age_implausible", {4: 9, 1: "AP1315"}, "D9", "Q4"),
    ("age_implausible", {4: 26, 1: "AP9615"}, "D9", "Q4"),
    ("age_against_birth_year", {4: 14}, "D9", "Q4"),
    ("age_against_birth_year", {4: 17}, "D9", "Q4"),
    ("age_against_birth_year", {1: "AP1506"}, "D9", "Q4"),
    ("enrolled_after_reporting_year", {5: dt.date(2023, 1, 1), 4: 17, **ONGOING}, "E9", "Q5"),
    ("discharged_after_reporting_year", {18: dt.date(2023, 1, 1)}, "R9", "Q18"),
    ("discharged_before_enrolled", {18: dt.date(2022, 2, 28)}, "R9", "Q18"),
    ("discharge_answers_without_discharge", ONGOING | {21: 2}, "U9", "Q21"),
    ("discharge_answers_without_discharge", ONGOING | {30: 99}, "AD9", "Q30"),
    ("not_in_school_but_schooling_answered", {8: 6, 9: 1, 10: 1}, "I9", "Q9"),
    ("not_in_school_but_schooling_answered", {21: 6, 22: 2, 23: 1}, "V9", "Q22"),
    ("in_school_but_schooling_not_relevant", {8: 2, 9: 3}, "H9", "Q8"),
    ("in_school_but_schooling_not_relevant", {21: 5, 22: 3}, "U9", "Q21"),
    ("work_not_relevant_but_not_in_school", {8: 6, 9: 3, 10: 3}, "H9", "Q8"),
    ("work_not_relevant_but_not_in_school", {21: 6, 22: None, 23: 3}, "U9", "Q21"),
]


@pytest.mark.parametrize(("rule", "change", "cell", "question"), BROKEN)
def test_a_disagreement_is_a_finding_at_its_cell(rule, change, cell, question):
    assert checked(change) == [(rule, cell, question)]


@pytest.mark.parametrize(
    "change",
    [
        {1: "AP0601"},
        {1: "AP0631"},
        {1: "AP0661"},
        {1: "AP0691"},
        {4: 10, 1: "AP1215"},
        {4: 25, 1: "AP9715"},
        {4: 15},
        {1: "AP0515"},
        {5: dt.date(2022, 12, 31), 18: dt.date(2022, 12, 31)},
        {5: dt.date(2019, 3, 1), 4: 13},
        {18: dt.date(2022, 3, 1)},
        {8: 6, 9: 3, 10: 1},
        {8: 6, 9: None, 10: 1},
        {8: 1, 9: 1, 10: 1},
    ],
)
def test_answers_that_agree_are_no_finding(change):
    assert checked(change) == []


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({1: None, 4: 30}, ["answer_left_blank", "age_implausible"]),
        ({1: "okänd", 4: 15}, ["uno_unreadable"]),
        ({4: None}, ["answer_left_blank"]),
        ({5: None, 4: 15, 18: dt.date(2022, 1, 1)}, ["answer_left_blank"]),
        ({5: ExcelError()}, ["value_is_an_excel_error"]),
        ({18: None}, ["answer_left_blank"]),
        ({8: None, 9: 3}, ["answer_left_blank"]),
        ({8: 999, 9: 3}, []),
        ({8: 999, 10: 3}, []),
        ({8: 77, 9: 3}, ["value_not_among_answers"]),
        ({8: 6, 9: 999, 10: 2}, []),
        ({8: 6, 9: 77, 10: 2}, ["value_not_among_answers"]),
        ({8: 2, 9: 999, 10: 999}, []),
    ],
)
def test_a_check_that_lacks_one_side_is_silent(change, rules):
    assert [rule for rule, _, _ in checked(change)] == rules


# One slip, and the checks that it breaks besides the one that is told.
ONE_CAUSE = {
    "61 for 16 disagrees with the code and is unusual": ({4: 61}, "age_against_birth_year", "D9"),
    "a day that is none, and so a year that need not be one": ({1: "AP0600", 4: 20}, "uno_day_impossible", "A9"),
    "2032 for 2022 is no discharge before, nor a wrong age": (
        {5: dt.date(2032, 3, 1)}, "enrolled_after_reporting_year", "E9",
    ),
    "next year's row ends next year, too": (
        {5: dt.date(2023, 3, 1), 4: 17, 18: dt.date(2023, 10, 1)}, "enrolled_after_reporting_year", "E9",
    ),
    "no school, but schooling and no work because of it": (
        {8: 6, 9: 2, 10: 3}, "work_not_relevant_but_not_in_school", "H9",
    ),
    "a code of eight digits, the last of them no day": ({1: "AP060399"}, "uno_day_impossible", "A9"),
    "a code with the letter O, and so no day": ({1: "AP06OO"}, "uno_day_impossible", "A9"),
    "a discharge that is planned is not yet to be answered": (
        ONGOING | {18: dt.date(2023, 2, 1)}, "discharged_after_reporting_year", "R9",
    ),
    "who cannot be told to be in school need not have schooling": (
        {8: 7, 9: None, 10: 1}, "value_not_among_answers", "H9",
    ),
    "the same at discharge": ({21: 6, 22: 1, 23: 3}, "work_not_relevant_but_not_in_school", "U9"),
}  # fmt: skip


@pytest.mark.parametrize("slip", ONE_CAUSE)
def test_one_slip_is_one_finding_the_nearest(slip):
    change, rule, cell = ONE_CAUSE[slip]
    assert [(name, place) for name, place, _ in checked(change)] == [(rule, cell)]


def test_two_slips_are_two_findings():
    both = {8: 6, 9: 2, 10: 3, 21: 6, 22: 1, 23: 1, 4: 9, 1: "AP1332"}
    assert {(rule, cell) for rule, cell, _ in checked(both)} == {
        ("uno_day_impossible", "A9"),
        ("age_implausible", "D9"),
        ("work_not_relevant_but_not_in_school", "H9"),
        ("not_in_school_but_schooling_answered", "V9"),
    }


def test_where_nobody_has_a_district_the_workbook_is_told_and_not_each_cell():
    assert cleaned(changed({2: None}, {2: None})).findings.is_empty()
    one_unreadable = cleaned(changed({2: None}, {2: "Bromma"})).findings
    assert one_unreadable.select("rule", "cell").rows() == [
        ("value_not_among_answers", "B10"),
        ("answer_left_blank", "B9"),
    ]
    with_a_rejected_row = cleaned(changed({2: None}, {1: None, 5: None})).findings
    assert with_a_rejected_row.select("rule", "row").rows() == [("row_rejected", FIRST + 1)]


def test_the_century_is_left_open():
    assert checked({1: "AP9901", 4: 23}) == []
    assert checked({1: "AP9901", 4: 24}) == [("age_against_birth_year", "D9", "Q4")]


def test_what_is_plausible_is_the_programme_s():
    sound = {1: "AP9215", 4: 30}
    assert checked(sound, "sig-vuxna-2021") == []
    assert checked(sound, "sig-unga-2022") == [("age_implausible", "D9", "Q4")]


def test_a_date_is_held_against_the_year_of_the_folder():
    assert checked({}, year=2023) == []
    assert checked({}, year=2021) == [("enrolled_after_reporting_year", "E9", "Q5")]


def test_a_finding_names_the_question_by_its_edition_s_own_number():
    change = {15: dt.date(2022, 2, 28)}
    assert checked(change, "sig-vuxna-2020") == [("discharged_before_enrolled", "O9", "Q15")]


def test_a_row_of_another_district_than_most_is_a_finding():
    read = cleaned(changed({}, {2: 5}, {}, {2: None}))
    assert [found(read, row) for row in range(FIRST, FIRST + 4)] == [
        [],
        [("district_differs_from_workbook", "B10", "Q2")],
        [],
        [("answer_left_blank", "B12", "Q2")],
    ]


def test_of_districts_as_often_one_as_the_other_neither_is_told_to_be_the_stray():
    for district, other in ((1, 4), (4, 1)):
        assert cleaned(changed({2: district}, {2: other})).findings.is_empty()
    found = cleaned(changed({2: 1}, {2: 4}, {2: 4})).findings
    assert found.select("rule", "cell").rows() == [("district_differs_from_workbook", "B9")]


def test_each_workbook_is_held_against_itself():
    assert found(cleaned(changed({2: 5}, {2: 5}))) == []


def test_a_disagreement_drops_no_row_and_changes_no_value():
    read = cleaned(changed({8: 6, 9: 1, 10: 3, 4: 40, 18: dt.date(2020, 1, 1)}))
    assert read.reports.select("age", "discharged_on").row(0) == (40, dt.date(2020, 1, 1))
    values = dict(read.answers.select("question", "value").iter_rows())
    assert (values["Q8"], values["Q9"], values["Q10"]) == (6, 1, None)
