"""How an episode ends, and between which days it was watched."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.forms import harmonised
from tests.support.reports import collapsed, coverage, ids, reports


def episode(of: pl.DataFrame, name: str = "a", **more) -> dict[str, object]:
    made = collapsed(of, **more)
    return made.episodes.row(by_predicate=pl.col("episode_id") == ids(made, of)[name], named=True)


def status(of: pl.DataFrame, **more) -> str:
    return episode(of, **more)["status"]


def workbooks(*places: str) -> pl.DataFrame:
    """Coverage: `farsta 2022`, of SIG unga."""
    named = [place.split() for place in places]
    rows = [("unga", harmonised(district), district, int(year)) for district, year in named]
    schema = {"programme": pl.String, "district": pl.String, "district_reported": pl.String, "reported_year": pl.Int16}
    return pl.DataFrame(rows, schema=schema, orient="row")


def resends(of: pl.DataFrame, **more) -> dict[str, tuple]:
    return {district: tuple(rest) for district, *rest in collapsed(of, **more).resends.iter_rows()}


# --- status ---


def test_what_has_a_discharge_is_closed():
    assert status(reports([{"name": "a", "discharged": "2022-09-01"}])) == "closed"


def test_a_reason_without_a_date_closes_too():
    assert status(reports([{"name": "a", "reason": "relapse"}])) == "closed"


def test_once_closed_it_stays_closed_though_the_row_comes_again_as_open():
    assert status(reports([{"name": "a", "discharged": "2022-09-01"}, {"name": "b", "year": "2023"}])) == "closed"


def test_what_its_district_last_reported_as_open_is_ongoing():
    assert status(reports([{"name": "a"}]), declared={"farsta": True}) == "ongoing"


SILENT = reports("""
    name  year code   enrolled   discharged
    a     2022 AP0712 2022-03-01 -
    other 2023 KB0601 2022-04-01 2023-05-01
""")


def test_what_a_district_that_resends_leaves_out_is_lost():
    assert status(SILENT, declared={"farsta": True}) == "lost"


@pytest.mark.parametrize("declared", [{"farsta": False}, {}])
def test_silence_says_nothing_where_the_district_does_not_resend_or_nobody_knows(declared):
    assert status(SILENT, declared=declared) == "ongoing"


def test_a_year_in_which_the_district_sent_nothing_is_no_silence():
    sent = workbooks("farsta 2022", "skarpnack 2023")
    assert status(reports([{"name": "a"}]), declared={"farsta": True}, coverage=sent) == "ongoing"


def test_a_workbook_of_another_programme_is_no_silence():
    of = reports("""
        name  year programme code
        a     2022 unga      AP0712
        other 2023 vuxna     KB0601
    """)
    assert status(of, declared={"farsta": True}) == "ongoing"


def test_what_fell_silent_and_came_back_is_not_lost():
    of = reports("""
        name  year code
        a     2022 AP0712
        other 2023 KB0601
        b     2024 AP0712
    """)
    assert status(of, declared={"farsta": True}) == "ongoing"


def test_a_district_is_followed_through_its_change_of_name():
    of = reports("""
        name  year district      code
        a     2022 rinkeby_kista AP0712
        other 2024 jarva         KB0601
    """)
    assert status(of, declared={"jarva": True}) == "lost"


def test_a_row_in_a_workbook_of_another_district_has_no_district_to_be_silent():
    of = reports([{"name": "a", "district": "skarpnack"}])
    assert status(of, declared={"skarpnack": True}, coverage=workbooks("farsta 2022", "farsta 2023")) == "ongoing"


NEIGHBOUR = """
    name  year district       code
    a     2022 spanga_tensta  AP0712
    other 2022 rinkeby_kista  KB0601
    later 2023 {later}        KB0601
"""


def test_a_workbook_of_a_district_that_it_was_merged_with_later_is_no_report_of_its_own():
    assert status(reports(NEIGHBOUR.format(later="rinkeby_kista")), declared={"jarva": True}) == "ongoing"


@pytest.mark.parametrize("later", ["spanga_tensta", "jarva"])
def test_a_workbook_of_its_own_district_or_of_the_successor_is_one(later):
    assert status(reports(NEIGHBOUR.format(later=later)), declared={"jarva": True}) == "lost"


def test_what_was_watched_does_not_grow_by_the_report_of_a_district_merged_with_later():
    of = reports(NEIGHBOUR.format(later="rinkeby_kista"))
    assert episode(of, declared={"jarva": False})["observed_until"] == dt.date(2022, 12, 31)


# --- who resends ---

RESENDING = reports("""
    name year code   discharged
    a    2022 AP0712 -
    a2   2023 AP0712 -
    a3   2024 AP0712 2024-05-01
    b    2023 KB0601 -
""")
NOT_RESENDING = reports("""
    name year code   discharged
    a    2022 AP0712 -
    b    2023 KB0601 -
    a3   2024 AP0712 2024-05-01
""")


def test_a_district_that_sends_open_rows_again_is_seen_to():
    assert resends(RESENDING) == {"farsta": (True, False)}


def test_a_district_that_comes_back_at_discharge_only_is_seen_not_to():
    assert resends(NOT_RESENDING) == {"farsta": (False, False)}


def test_a_row_that_tells_a_late_discharge_was_open_in_the_years_before():
    of = reports("""
        name year code   discharged
        a    2022 AP0712 2024-05-01
        b    2023 KB0601 -
    """)
    assert resends(of) == {"farsta": (False, False)}


def test_where_no_row_was_known_to_be_open_nothing_is_known_of_the_district():
    of = reports("""
        name year code   discharged
        a    2022 AP0712 -
        b    2023 KB0601 2023-05-01
    """)
    assert resends(of) == {"farsta": (None, False)}


def test_a_row_sent_the_year_after_only_tells_nothing_since_a_discharge_would_bring_it_too():
    of = reports("""
        name year discharged
        a    2022 -
        b    2023 2023-05-01
    """)
    assert resends(of) == {"farsta": (None, False)}


def test_a_year_in_which_only_a_district_merged_with_later_reported_was_no_chance_to_resend():
    of = reports("""
        name  year district      code   discharged
        a     2022 spanga_tensta AP0712 -
        other 2023 rinkeby_kista KB0601 -
        a3    2024 jarva         AP0712 2024-05-01
    """)
    own = [("spanga_tensta", False), ("rinkeby_kista", None), ("jarva", False)]
    for district, seen in own:
        sent = workbooks("spanga_tensta 2022", f"{district} 2023", "jarva 2024")
        assert resends(of, coverage=sent) == {"jarva": (seen, False)}


def test_half_of_the_open_rows_is_enough():
    of = reports("""
        name year code   discharged
        a    2022 AP0712 -
        a2   2023 AP0712 -
        a3   2024 AP0712 2024-05-01
        b    2022 KB0601 -
        b3   2024 KB0601 2024-06-01
    """)
    assert resends(of) == {"farsta": (True, False)}


def test_what_is_declared_holds_against_what_is_seen():
    assert resends(RESENDING, declared={"farsta": False}) == {"farsta": (False, True)}


def test_a_declared_district_without_reports_is_not_listed():
    assert resends(RESENDING, declared={"skarpnack": True}) == {"farsta": (True, False)}


def test_one_district_tells_nothing_of_another():
    of = pl.concat(
        [
            RESENDING,
            reports([{"name": "x", "district": "skarpnack"}]).with_columns(pl.lit(9, pl.Int32).alias("submission_no")),
        ]
    )
    assert resends(of) == {"farsta": (True, False), "skarpnack": (None, False)}


# --- what was watched ---


def watched(**line) -> tuple:
    found = episode(reports([{"name": "a", **line}]))
    return tuple(
        found[name] for name in ("observed_from", "observed_until", "days", "is_left_truncated", "is_retrospective")
    )


def test_a_closed_episode_is_watched_from_enrolment_to_discharge():
    day = dt.date
    assert watched(discharged="2022-09-01") == (day(2022, 3, 1), day(2022, 9, 1), 184, False, False)


def test_an_ongoing_episode_is_watched_to_the_end_of_the_year_that_last_reported_it():
    assert watched() == (dt.date(2022, 3, 1), dt.date(2022, 12, 31), 305, False, False)


def test_who_was_enrolled_before_the_reporting_began_is_left_truncated_and_told_in_hindsight():
    assert watched(enrolled="2021-12-31") == (dt.date(2022, 1, 1), dt.date(2022, 12, 31), 365, True, True)


def test_who_was_enrolled_on_its_first_day_is_not():
    assert watched(enrolled="2022-01-01") == (dt.date(2022, 1, 1), dt.date(2022, 12, 31), 364, False, False)


def test_each_programme_has_its_own_beginning():
    assert watched(year="2021", programme="vuxna", enrolled="2021-03-01")[3:] == (False, False)
    assert watched(year="2020", programme="vuxna", enrolled="2019-03-01")[0] == dt.date(2020, 1, 1)


def test_a_closed_episode_without_a_date_ends_with_the_year_that_closed_it():
    assert watched(reason="relapse") == (dt.date(2022, 3, 1), dt.date(2022, 12, 31), 305, False, False)


def test_a_discharge_before_the_enrolment_tells_no_days_and_nothing_was_watched():
    assert watched(discharged="2021-06-01")[:3] == (None, None, None)


def test_a_discharge_before_the_reporting_began_leaves_days_and_nothing_that_was_watched():
    assert watched(enrolled="2021-01-05", discharged="2021-09-01")[:3] == (None, None, 239)


def test_an_enrolment_after_the_report_tells_no_days_and_nothing_was_watched():
    assert watched(enrolled="2031-01-05")[:3] == (None, None, None)


def test_a_discharge_after_the_year_that_reported_it_is_watched_to_the_end_of_that_year():
    assert watched(discharged="2031-01-01")[:3] == (dt.date(2022, 3, 1), dt.date(2022, 12, 31), 305)


def test_without_an_enrolment_date_nothing_is_known_of_its_beginning():
    assert watched(enrolled="-") == (None, dt.date(2022, 12, 31), None, None, None)


def test_a_lost_episode_is_watched_as_long_as_it_was_reported():
    assert episode(SILENT, declared={"farsta": True})["observed_until"] == dt.date(2022, 12, 31)


def test_where_silence_means_that_it_goes_on_it_is_watched_as_long_as_the_district_reports():
    assert episode(SILENT, declared={"farsta": False})["observed_until"] == dt.date(2023, 12, 31)


def test_where_nobody_knows_what_silence_means_it_is_watched_to_its_last_report():
    assert episode(SILENT)["observed_until"] == dt.date(2022, 12, 31)


def test_every_district_and_programme_with_reports_is_covered_once():
    made = collapsed(RESENDING, coverage=pl.concat([coverage(RESENDING)] * 2))
    assert made.episodes["n_reports"].to_list() == [3, 1] or made.episodes["n_reports"].to_list() == [1, 3]
