"""When two reports are of one episode, and when they are left apart."""

import pytest

from sigpanel.episodes.match import match
from tests.support.reports import ROW, collapsed, reports, together


def episodes(table: str) -> set[str]:
    given = reports(table)
    return together(match(given).groups, given)


def findings(table: str) -> set[tuple[str, str]]:
    given = reports(table)
    return set(match(given).findings.join(given, on=ROW).select("rule", "name").iter_rows())


ONE_EPISODE = {
    "the same code and the same date": """
        name year code   enrolled
        a    2022 AP0712 2022-03-01
        b    2023 AP0712 2022-03-01
    """,
    "one wrong digit in the date of an insats that was open": """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2022-03-02
    """,
    "two neighbouring digits of the date in each other's place": """
        name year enrolled
        a    2022 2022-03-10
        b    2023 2022-03-01
    """,
    "day and month in each other's place": """
        name year enrolled
        a    2022 2022-03-11
        b    2023 2022-11-03
    """,
    "a date mistyped once, and right before and after": """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2022-03-02
        c    2024 2022-03-01
    """,
    "sent again every year": """
        name year
        a    2022
        b    2023
        c    2024
        d    2025
    """,
    "silent a year and back": """
        name year
        a    2022
        c    2024
    """,
    "one wrong character in the code": """
        name year code
        a    2022 AP0712
        b    2023 AP0713
    """,
    "one wrong initial in the code": """
        name year code
        a    2022 AP0712
        b    2023 ÅP0712
    """,
    "the initials in each other's place": """
        name year code
        a    2022 AP0712
        b    2023 PA0712
    """,
    "two neighbouring digits in each other's place": """
        name year code
        a    2022 AP0712
        b    2023 AP0721
    """,
    "year and day meeting in each other's place": """
        name year code
        a    2022 AP0712
        b    2023 AP0172
    """,
    "another age with the same code and date: offices count it up": """
        name year age
        a    2022 15
        b    2023 16
    """,
    "one sex missing": """
        name year sex
        a    2022 male
        b    2023 -
    """,
    "the date missing, the same code and age": """
        name year enrolled
        a    2022 2022-03-01
        b    2023 -
    """,
    "the first date missing": """
        name year enrolled
        a    2022 ?
        b    2023 2022-03-01
    """,
    "both dates missing, the same code and age": """
        name year enrolled
        a    2022 -
        b    2023 -
    """,
    "the date and the age missing": """
        name year enrolled   age
        a    2022 2022-03-01 15
        b    2023 -          -
    """,
    "the code missing, the same date, sex and age": """
        name year code
        a    2022 AP0712
        b    2023 -
    """,
    "the first code missing": """
        name year code
        a    2022 ?
        b    2023 AP0712
    """,
    "both codes missing, the same date, sex and age": """
        name year code
        a    2022 ?
        b    2023 -
    """,
    "a slip that is put right the year after": """
        name year code
        a    2022 AP0712
        b    2023 AP0713
        c    2024 AP0712
    """,
    "discharged in one report, and sent once more": """
        name year discharged
        a    2022 2022-09-01
        b    2023 2022-09-01
    """,
    "Rinkeby-Kista before 2023-07-01 and Järva after": """
        name year district
        a    2022 rinkeby_kista
        b    2023 rinkeby_kista
        c    2024 jarva
    """,
    "twice in one workbook": """
        name year discharged
        a    2022 -
        b    2022 2022-09-01
    """,
    "twice in one workbook, the sex told once": """
        name year sex
        a    2022 -
        b    2022 male
    """,
    "twice in one workbook and once the year after": """
        name year sex  age
        a    2022 -    15
        b    2022 male -
        c    2023 male 15
    """,
}


@pytest.mark.parametrize("sentence", ONE_EPISODE)
def test_one_episode(sentence):
    names = {" ".join(reports(ONE_EPISODE[sentence])["name"])}
    assert episodes(ONE_EPISODE[sentence]) == names


APART = {
    "two slips": """
        name year code
        a    2022 AP0712
        b    2023 AQ0713
    """,
    "two characters in each other's place that are no neighbours": """
        name year code
        a    2022 AP0712
        b    2023 AP2710
    """,
    "another sex": """
        name year sex
        a    2022 male
        b    2023 female
    """,
    "another enrolment date: a new decision": """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2023-02-01
    """,
    "a slip in the date of what had ended": """
        name year enrolled   discharged
        a    2022 2022-03-01 2022-06-01
        b    2023 2022-03-02 2022-07-01
    """,
    "a date a slip away, but after the year that reported it open: enrolled again": """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2023-03-01
    """,
    "two dates of one time further than a slip apart": """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2022-05-02
    """,
    "a slip in the date, and another age": """
        name year enrolled   age
        a    2022 2022-03-01 15
        b    2023 2022-03-02 16
    """,
    "a slip in the date, and one in the code": """
        name year enrolled   code
        a    2022 2022-03-01 AP0712
        b    2023 2022-03-02 AP0713
    """,
    "a slip in the code and no date": """
        name year code   enrolled
        a    2022 AP0712 2022-03-01
        b    2023 AP0713 -
    """,
    "no date, and a year older": """
        name year enrolled   age
        a    2022 2022-03-01 15
        b    2023 -          16
    """,
    "no code, and another age": """
        name year code   age
        a    2022 AP0712 15
        b    2023 -      16
    """,
    "no code, and no sex": """
        name year code   sex
        a    2022 AP0712 male
        b    2023 -      -
    """,
    "neither code nor date in one": """
        name year code   enrolled
        a    2022 AP0712 2022-03-01
        b    2023 -      -
    """,
    "another programme": """
        name year programme
        a    2022 unga
        b    2023 vuxna
    """,
    "another district": """
        name year district
        a    2022 farsta
        b    2023 skarpnack
    """,
    "the same year, another date: enrolled again": """
        name year enrolled
        a    2022 2022-03-01
        b    2022 2022-10-01
    """,
    "the same year, one slip apart: two rows are two persons": """
        name year code
        a    2022 AP0712
        b    2022 BP0712
    """,
    "the same year, no code": """
        name year code
        a    2022 AP0712
        b    2022 -
    """,
}


@pytest.mark.parametrize("sentence", APART)
def test_left_apart(sentence):
    assert episodes(APART[sentence]) == {"a", "b"}


def test_twins_enrolled_the_same_day_stay_two():
    twins = """
        name  year code
        anna  2022 AP0712
        bo    2022 BP0712
        anna2 2023 AP0712
        bo2   2023 BP0712
    """
    assert episodes(twins) == {"anna anna2", "bo bo2"}
    assert findings(twins) == set()


def test_a_twin_whose_code_slips_goes_where_the_other_does_not():
    twins = """
        name  year code
        anna  2022 AP0712
        bo    2022 BP0712
        anna2 2023 AP0712
        bo2   2023 CP0712
    """
    assert episodes(twins) == {"anna anna2", "bo bo2"}
    assert findings(twins) == {("uno_differs_between_reports", "bo2")}


def test_what_fits_two_earlier_episodes_equally_well_is_left_alone_with_a_finding():
    table = """
        name  year code
        anna  2022 AP0712
        bo    2022 BP0712
        who   2023 CP0712
    """
    assert episodes(table) == {"anna", "bo", "who"}
    assert findings(table) == {("report_fits_several_episodes", "who")}


def test_an_episode_that_two_reports_fit_equally_well_is_left_alone():
    table = """
        name year code
        anna 2022 AP0712
        b    2023 BP0712
        c    2023 CP0712
    """
    assert episodes(table) == {"anna", "b", "c"}
    assert findings(table) == {("report_fits_several_episodes", "b"), ("report_fits_several_episodes", "c")}


def test_a_worse_fit_does_not_get_what_two_better_ones_were_denied():
    table = """
        name year code   sex    age
        anna 2022 AP0712 -      15
        b    2023 AP0712 male   15
        c    2023 AP0712 female 15
        d    2023 BP0712 male   15
    """
    assert episodes(table) == {"anna", "b", "c", "d"}
    assert findings(table) == {("report_fits_several_episodes", "b"), ("report_fits_several_episodes", "c")}


def test_the_better_fit_is_taken_first():
    table = """
        name  year code
        anna  2022 AP0712
        slip  2023 AP0713
        exact 2023 AP0712
    """
    assert episodes(table) == {"anna exact", "slip"}


def test_of_two_that_were_sent_side_by_side_neither_date_is_a_slip_of_the_other():
    """The later year sends both again, or the earlier one had both: two boys of one code, or a row too many."""
    sent_again = """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2022-03-01
        c    2023 2022-03-02
    """
    assert episodes(sent_again) == {"a b", "c"}
    had_both = """
        name year enrolled
        a    2022 2022-03-01
        b    2022 2022-03-02
        c    2023 2022-03-02
    """
    assert episodes(had_both) == {"a", "b c"}


def test_a_mistyped_date_is_told_at_the_later_report():
    table = """
        name year enrolled
        a    2022 2022-03-01
        b    2023 2022-03-02
    """
    assert findings(table) == {("enrolled_on_differs_between_reports", "b")}


def test_a_report_is_held_against_every_report_of_the_episode_not_only_the_one_it_fits():
    re_enrolled = """
        name year enrolled
        a    2022 2022-03-01
        b    2023 -
        c    2024 2024-02-01
    """
    assert episodes(re_enrolled) == {"a b", "c"}
    two_slips = """
        name year code
        a    2022 AP0712
        b    2023 AP0713
        c    2024 AP0723
    """
    assert episodes(two_slips) == {"a b", "c"}
    two_sexes = """
        name year sex
        a    2022 male
        b    2023 -
        c    2024 female
    """
    assert episodes(two_sexes) == {"a b", "c"}
    older = """
        name year enrolled   age
        a    2022 2022-03-01 15
        b    2023 2022-03-01 -
        c    2024 -          17
    """
    assert episodes(older) == {"a b", "c"}


def test_an_age_counted_up_is_no_contradiction_once_a_date_is_told():
    table = """
        name year enrolled   age
        a    2022 -          15
        b    2023 2022-03-01 15
        c    2024 2022-03-01 16
    """
    assert episodes(table) == {"a b c"}


def test_three_reports_of_one_year_of_which_two_contradict_each_other():
    table = """
        name year sex
        a    2022 male
        b    2022 -
        c    2022 female
        d    2022 male
    """
    assert episodes(table) == {"a d", "b", "c"}


def test_a_code_that_differs_from_the_one_before_it_is_a_finding_at_the_later_row():
    table = """
        name year code
        a    2022 AP0713
        b    2023 AP0712
        c    2024 -
        d    2025 AP0712
    """
    assert episodes(table) == {"a b c d"}
    assert findings(table) == {("uno_differs_between_reports", "b")}


def test_a_later_year_does_not_change_how_earlier_ones_are_grouped():
    early = """
        name year code
        a    2022 -
        b    2023 AP0712
    """
    assert episodes(early) == {"a b"}
    assert episodes(f"{early.rstrip()}\n        c 2024 BP0712\n        d 2024 AP0712\n") == {"a b d", "c"}


def test_many_reports_of_one_district_and_day_are_not_all_paired_with_each_other():
    initials = [chr(65 + place) for place in range(26)]
    table = [
        {"name": f"{year}-{first}{last}", "year": str(year), "code": f"{first}{last}0{place % 7 + 1}1{place % 10}"}
        for year in (2022, 2023)
        for place, (first, last) in enumerate((first, last) for first in initials for last in initials)
    ]
    given = reports(table)
    assert match(given).groups["group"].n_unique() == len(table) / 2


@pytest.mark.parametrize("alike", [{"code": "-"}, {"enrolled": "-"}], ids=str)
def test_reports_that_hundreds_could_be_are_left_alone_without_pairing_them(alike):
    table = [{"name": f"{year}-{place}", "year": str(year), **alike} for year in (2022, 2023) for place in range(3000)]
    given = reports(table)
    made = match(given)
    assert made.groups["group"].n_unique() == len(table)
    assert made.findings["rule"].to_list() == ["report_fits_several_episodes"] * 3000


def test_of_many_alike_the_one_without_a_code_is_still_found_once_the_others_are():
    boys = [f"{chr(65 + place // 10)}P07{1 + place % 3}{place % 10}" for place in range(100)]
    table = [{"name": code, "code": code} for code in boys]
    table += [{"name": f"{code}+", "year": "2023", "code": code} for code in boys[1:]]
    table += [{"name": "lacking", "year": "2023", "code": "-"}]
    given = reports(table)
    assert f"{boys[0]} lacking" in together(match(given).groups, given)


def test_no_report_at_all():
    nothing = collapsed(reports([]))
    assert [frame.height for frame in vars(nothing).values()] == [0] * 7
