"""Of several reports the last readable answer stands, and what it replaced is kept as a revision."""

import datetime as dt

import polars as pl
import pytest

from tests.support.reports import answers, collapsed, ids, reports

THREE_YEARS = reports("""
    name  year
    first 2022
    then  2023
    last  2024
""")


def stands(said: str, of: pl.DataFrame = THREE_YEARS) -> tuple:
    """What stands of the one question that is asked, and the report that it comes from."""
    kept = collapsed(of, answers(said, of)).answers.join(
        of.select("submission_no", "row", "name"), on=["submission_no", "row"]
    )
    return kept.select("value", "missing", "name").row(0)


def revisions(of: pl.DataFrame, said: pl.DataFrame | None = None) -> list[tuple]:
    columns = ["moment", "variable", "old_value", "old_missing", "old_on", "new_value", "new_missing", "new_on"]
    years = ["old_reported_year", "new_reported_year"]
    found = collapsed(of, said).revisions.sort("moment", "variable", "new_reported_year")
    return list(found.select(*columns, *years).iter_rows())


@pytest.mark.parametrize(
    ("first", "then", "last", "what_stands"),
    [
        ("1", "1", "2", (2, None, "last")),
        ("2", "1", "1", (1, None, "last")),
        ("1", "2", "blank", (2, None, "then")),
        ("1", "blank", "invalid", (1, None, "first")),
        ("1", "2", "unknown", (None, "unknown", "last")),
        ("unknown", "1", "blank", (1, None, "then")),
        ("declined", "blank", "blank", (None, "declined", "first")),
        ("1", "not_applicable", "blank", (None, "not_applicable", "then")),
        ("1", "2", "not_yet", (2, None, "then")),
        ("not_yet", "not_yet", "1", (1, None, "last")),
        ("not_yet", "blank", "blank", (None, "blank", "last")),
        ("blank", "invalid", "not_yet", (None, "not_yet", "last")),
        ("invalid", "blank", "invalid", (None, "invalid", "last")),
    ],
)
def test_the_last_readable_answer_stands(first, then, last, what_stands):
    said = f"""
        name  says
        first {first}
        then  {then}
        last  {last}
    """
    assert stands(said) == what_stands


def test_a_question_that_is_greyed_out_now_is_answered_by_that():
    """Else the panel would say that somebody in no school does well at school, which no report said."""
    said = """
        name  variable           says
        first school_functioning 1
        last  school_functioning not_asked
    """
    assert stands(said) == (None, "not_asked", "last")


def test_greyed_out_and_not_relevant_are_no_change_of_answer():
    said = """
        name  variable           says
        first school_functioning not_asked
        then  school_functioning not_applicable
        last  school_functioning not_asked
    """
    assert revisions(THREE_YEARS, answers(said, THREE_YEARS)) == []


def test_each_moment_and_variable_goes_its_own_way():
    said = answers(
        """
        name  moment    variable         says
        first enrolment stable_housing   1
        first enrolment substance_misuse 2
        first discharge stable_housing   not_yet
        last  enrolment stable_housing   2
        last  enrolment substance_misuse blank
        last  discharge stable_housing   1
        """,
        THREE_YEARS,
    )
    kept = collapsed(THREE_YEARS, said).answers.sort("moment", "variable")
    assert list(kept.select("moment", "variable", "value").iter_rows()) == [
        ("discharge", "stable_housing", 1),
        ("enrolment", "stable_housing", 2),
        ("enrolment", "substance_misuse", 2),
    ]


def test_every_changed_answer_is_a_revision_and_silence_is_none():
    said = answers(
        """
        name  variable           says
        first stable_housing     1
        then  stable_housing     2
        last  stable_housing     1
        first substance_misuse   1
        then  substance_misuse   unknown
        last  substance_misuse   unknown
        first meaningful_leisure 1
        then  meaningful_leisure blank
        last  meaningful_leisure 2
        first supportive_family  invalid
        then  supportive_family  1
        last  supportive_family  not_yet
        """,
        THREE_YEARS,
    )
    assert revisions(THREE_YEARS, said) == [
        ("enrolment", "meaningful_leisure", 1, None, None, 2, None, None, 2022, 2024),
        ("enrolment", "stable_housing", 1, None, None, 2, None, None, 2022, 2023),
        ("enrolment", "stable_housing", 2, None, None, 1, None, None, 2023, 2024),
        ("enrolment", "substance_misuse", 1, None, None, None, "unknown", None, 2022, 2023),
    ]


def test_sex_age_reason_and_dates_are_revised_like_answers():
    changing = reports("""
        name  year sex  age enrolled   discharged reason
        first 2022 -    15  -          2022-12-01 not_willing
        then  2023 male 15  2022-03-01 2022-12-10 unreachable
        last  2024 male 16  2022-03-01 2022-12-10 unknown
    """)
    day = dt.date
    assert revisions(changing) == [
        ("discharge", "discharge_reason", 2, None, None, 4, None, None, 2022, 2023),
        ("discharge", "discharge_reason", 4, None, None, None, "unknown", None, 2023, 2024),
        ("discharge", "discharged_on", None, None, day(2022, 12, 1), None, None, day(2022, 12, 10), 2022, 2023),
        ("enrolment", "age", 15, None, None, 16, None, None, 2023, 2024),
    ]


def test_an_enrolment_date_or_a_sex_that_is_told_at_last_is_no_revision():
    told_late = reports("""
        name  year sex  enrolled
        first 2022 -    -
        last  2023 male 2022-03-01
    """)
    assert revisions(told_late) == []


def test_the_facts_of_an_episode_are_those_last_readably_reported():
    changing = reports("""
        name  year code   sex  age enrolled   discharged reason
        first 2022 AP0712 male 15  2022-03-01 -          -
        then  2023 AP0713 -    16  2022-03-01 2023-05-01 relapse
        last  2024 AP0713 male ?   ?          -          -
    """)
    episode = collapsed(changing).episodes.row(0, named=True)
    assert {
        name: episode[name] for name in ("uno", "sex", "age", "enrolled_on", "discharged_on", "discharge_reason")
    } == {
        "uno": "AP0713",
        "sex": "male",
        "age": 16,
        "enrolled_on": dt.date(2022, 3, 1),
        "discharged_on": dt.date(2023, 5, 1),
        "discharge_reason": "relapse",
    }
    assert (episode["first_reported_year"], episode["last_reported_year"], episode["n_reports"]) == (2022, 2024, 3)


def test_a_reason_that_nobody_knows_any_longer_is_unknown():
    changing = reports("""
        name  year discharged reason
        first 2022 2022-12-01 goals_met
        last  2023 2022-12-01 unknown
    """)
    assert collapsed(changing).episodes["discharge_reason"].to_list() == [None]


def test_the_district_as_reported_is_the_last_label():
    renamed = reports("""
        name  year district
        first 2022 spanga_tensta
        last  2024 jarva
    """)
    assert collapsed(renamed).episodes.select("district", "district_reported").row(0) == ("jarva", "jarva")


def test_of_two_rows_in_one_workbook_the_discharge_stands_wherever_it_is():
    table = """
        name   year row discharged
        open   2022 {} -
        closed 2022 {} 2022-09-01
    """
    said = """
        name   says
        open   1
        closed 2
    """
    for rows in ((10, 11), (11, 10)):
        twice = reports(table.format(*rows))
        assert stands(said, twice) == (2, None, "closed")
        assert collapsed(twice).episodes["n_reports"].to_list() == [2]


def test_of_two_rows_in_one_workbook_that_differ_the_same_stands_in_any_order():
    table = """
        name  year row says
        one   2022 {}  1
        other 2022 {}  2
    """
    said = """
        name  says
        one   1
        other 2
    """
    standing = {stands(said, reports(table.format(*rows)))[:2] for rows in ((10, 11), (11, 10))}
    assert len(standing) == 1


def test_every_answer_says_which_report_it_comes_from():
    said = answers(
        """
        name  says
        first 1
        then  2
        last  blank
        """,
        THREE_YEARS,
    )
    made = collapsed(THREE_YEARS, said)
    where = THREE_YEARS.filter(pl.col("name") == "then").select("submission_no", "row").row(0)
    answer = made.answers.row(0, named=True)
    assert (answer["submission_no"], answer["row"], answer["reported_year"]) == (*where, 2023)
    assert answer["episode_id"] == ids(made, THREE_YEARS)["first"]
