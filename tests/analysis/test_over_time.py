"""What each table over time says of a few persons: the rules of docs/followup.md, one by one."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.analysis.counting import counting_process
from sigpanel.analysis.coverage import rests_on
from sigpanel.analysis.durations import episode_durations
from sigpanel.analysis.followup import followup, followup_table
from sigpanel.analysis.survival import competing_risks, person_periods, survival
from sigpanel.errors import InputError, UsageError
from tests.analysis.frames import Frames, golden_extract, golden_panel
from tests.analysis.spelt import A, coarse, delivery, episode, panel, told


def test_a_return_on_the_day_of_discharge_counts_at_day_1():
    assert told(survival(panel(A, episode("a", 2, "2023-03-01", None)))) == [(0, 1, 1, None)]


@pytest.mark.parametrize(
    ("day", "out", "row"),
    [
        ("2023-03-31", None, (None, None, None, "returned_in_buffer")),
        ("2023-03-30", "2023-03-31", (0, 1006, 0, "last_report")),
        ("2023-04-01", None, (0, 1, 1, None)),
    ],
)
def test_the_last_day_of_a_buffer_is_in_it_and_the_next_is_day_1(day, out, row):
    assert told(survival(panel(A, episode("a", 2, day, out)), buffer=30)) == [row]


def test_a_renewed_decision_is_no_return_and_continues_the_spell():
    source = panel(A, episode("a", 2, "2023-03-08", "2023-05-01", is_renewal=True))
    assert told(survival(source, "enrolment", "discharge")) == [(0, 120, 1, None)]
    assert counting_process(source)["event"].sum() == 0


def test_who_is_still_in_the_insats_has_no_discharge_to_be_followed_from():
    assert told(survival(panel(episode("a", 1, "2023-01-01", None)))) == [(None, None, None, "no_origin")]


@pytest.mark.parametrize("end", ["death", "emigration"])
def test_death_and_emigration_end_the_watch_whatever_is_followed(end):
    source = panel(A, **delivery(("a", end, "2023-05-01")))
    assert told(survival(source)) == [(0, 61, 0, end)]
    assert told(survival(source, event="suspicion")) == [(0, 61, 0, end)]
    running = panel(episode("a", 1, "2023-01-01", None), **delivery(("a", end, "2023-05-01")))
    assert told(survival(running, "enrolment", "discharge")) == [(0, 120, 0, end)]
    assert followup(source, years=[1])["within_1y"].to_list() == [None]


def test_who_left_the_country_before_the_enrolment_came_back_and_is_followed():
    source = panel(A, **delivery(("a", "emigration", "2021-05-01"), ("a", "suspicion", "2023-03-11")))
    assert told(survival(source, event="suspicion")) == [(0, 10, 1, None)]


@pytest.mark.parametrize(
    "gone", [[("a", "death", "2023-02-20")], [("a", "emigration", "2023-02-20")], [("a", "death", "2022-05-01")]]
)
@pytest.mark.parametrize("event", ["suspicion", "reenrolment"])
def test_who_was_gone_when_the_follow_up_begins_is_not_followed(gone, event):
    source = panel(A, **delivery(*gone))
    assert told(survival(source, event=event)) == [(None, None, None, "gone_before")]
    row = followup(source, event=event, years=[1]).row(0, named=True)
    assert (row["within_1y"], row["observed_1y"], row["observed_years"]) == (None, False, None)


def test_who_left_and_came_back_before_the_discharge_is_followed():
    source = panel(A, **delivery(("a", "emigration", "2023-02-01"), ("a", "immigration", "2023-02-20")))
    assert told(survival(source, event="suspicion"))[0][3] == "register_coverage"


def test_whoever_dies_on_the_index_day_or_in_the_buffer_is_at_no_risk_of_it_later():
    def died(day):
        told = delivery(("a", "death", day))
        return panel(A, **told | {"coverage": told["coverage"].with_columns(outcome=pl.lit("death"))})

    for day in ("2023-03-01", "2023-03-15"):
        assert told(survival(died(day), event="death", buffer=30)) == [(None, None, None, "gone_before")]
    assert told(survival(died("2023-03-15"), event="death")) == [(0, 14, 1, None)]


def test_a_share_of_discharges_is_of_whom_the_district_would_have_told():
    early = episode("a", 1, "2023-01-01", "2023-03-01")
    late = episode("b", 1, "2023-01-01", "2024-06-01")
    [row] = followup_table(panel(early, late), "enrolment", "discharge", years=[1], protect=False).to_dicts()
    assert (row["persons"], row["not_observed"], row["seen_besides"], row["share"]) == (2, 0, 0, 0.5)
    with pytest.raises(UsageError) as refusal:
        followup(panel(early), "enrolment", "discharge", calendar=True)
    assert refusal.value.code == "buffer-of-nothing"


def test_the_same_window_twice_is_one():
    assert followup(panel(A), years=[1, 1]).columns == followup(panel(A), years=[1]).columns
    assert followup_table(panel(A), years=[1, 1], protect=False).height == 1


def test_the_cohort_goes_by_who_a_person_is_in_time_too():
    pilot = {**A, "person_id_wide": "w", "programme": "pilot"}
    later = {**episode("b", 1, "2023-05-01", "2023-08-01"), "person_id_wide": "w"}
    rows = survival(panel(pilot, later), by=["cohort"], identity="wide")
    assert rows["cohort"].to_list() == ["pilot"]
    assert survival(panel(pilot, later), by=["cohort"])["cohort"].to_list() == ["later"]


def silent_from_2024(*rows: dict) -> Frames:
    """A panel whose district farsta told until the end of 2023 and jarva until that of 2025."""
    made = panel(*rows)
    days = {"farsta": dt.date(2023, 12, 31), "jarva": dt.date(2025, 12, 31)}
    last = (
        made.frames["episodes"]
        .group_by("person_id")
        .agg(observed_until=pl.col("district").replace_strict(days, return_dtype=pl.Date).max())
    )
    return Frames(episodes=made.frames["episodes"], persons=last.sort("person_id"))


def test_a_district_s_watch_is_told_by_all_who_were_there_alone_whatever_population_they_are_of():
    pilot = [
        episode("p", 1, "2015-01-01", "2015-03-01", programme="pilot"),
        episode("p", 2, "2015-05-01", "2015-06-01", programme="pilot", district="jarva"),
    ]
    later = [episode("f", 1, "2023-01-01", "2023-03-01"), episode("j", 1, "2023-01-01", "2023-03-01", district="jarva")]
    rows = survival(silent_from_2024(*pilot, *later), "enrolment", population="cohort")
    assert told(rows) == [(0, 120, 1, None)]


def test_who_came_back_elsewhere_is_watched_by_the_first_district_s_last_word_where_nobody_else_was_in_it():
    away = [episode("a", 1, "2020-01-01", "2020-07-01"), episode("a", 2, "2025-02-01", None, district="jarva")]
    other = episode("j", 1, "2023-01-01", "2023-03-01", district="jarva")
    [row] = survival(silent_from_2024(*away, other), "enrolment").filter(person_id="a").to_dicts()
    assert (row["time"], row["event"]) == (182, 0)


def test_an_end_is_the_end_of_the_persons_of_every_identity():
    wide = panel({**A, "person_id_wide": "w"}, **delivery(("a", "death", "2023-05-01")))
    assert told(survival(wide, identity="wide")) == [(0, 61, 0, "death")]


def test_who_was_not_searched_for_is_null_and_never_0():
    source = panel(A, **delivery(search="no_number"))
    assert told(survival(source, event="suspicion")) == [(None, None, None, "not_searched")]
    assert followup(source, event="suspicion", years=[1])["within_1y"].to_list() == [None]


def test_coverage_ends_the_lag_before_its_last_day():
    until = (dt.date(2024, 12, 30) - dt.date(2023, 3, 1)).days
    assert told(survival(panel(A, **delivery()), event="suspicion")) == [(0, until, 0, "register_coverage")]


def test_rows_of_an_outcome_end_with_the_districts_reports_too():
    source = panel(A, until=dt.date(2023, 12, 31), **delivery(("a", "suspicion", "2024-02-01")))
    rows = counting_process(source, "suspicion")
    assert rows.select("start", "stop", "event", "in_insats").rows() == [(0, 59, 0, 1), (59, 364, 0, 0)]


def test_an_extract_watches_to_the_first_day_of_a_coarse_end():
    source = panel(A)
    source.frames["persons"] = pl.DataFrame({"person_id": ["a"], "observed_until_month": ["2024-06"]})
    days = (dt.date(2024, 6, 1) - dt.date(2023, 3, 1)).days
    assert told(survival(source)) == [(0, days, 0, "last_report")]
    assert counting_process(source)["stop"].max() == days + 59


def test_months_give_the_shortest_and_the_longest_time_that_it_can_be():
    source = coarse(panel(A, episode("a", 2, "2023-06-10", None)))
    assert survival(source).select("time_low", "time_high", "event").rows() == [(62, 121, 1)]
    assert episode_durations(source).select("time_low", "time_high", "event").row(0) == (29, 89, 1)


@pytest.mark.parametrize(
    "ask",
    [
        counting_process,
        person_periods,
        competing_risks,
        lambda each: survival(each, horizon=365),
        lambda each: survival(each, buffer=30),
    ],
)
def test_what_needs_days_refuses_months(ask):
    with pytest.raises(InputError) as refusal:
        ask(coarse(panel(A)))
    assert refusal.value.code == "dates-too-coarse"


def test_a_return_of_the_cohort_in_the_years_without_reports_is_not_known():
    pilot = episode("a", 1, "2014-01-01", "2014-12-31", programme="pilot")
    source = panel(pilot, episode("b", 1, "2023-01-01", None))
    [row] = told(survival(source, population="cohort"))
    assert row == (0, (dt.date(2016, 12, 31) - dt.date(2014, 12, 31)).days, 0, "unobserved_years")
    rows = followup(source, population="cohort", years=[1, 2, 3, 5])
    assert rows.select("within_1y", "within_2y", "within_3y", "within_5y").rows() == [(0, 0, None, None)]
    assert survival(source)["person_id"].to_list() == ["b"]


def test_in_an_extract_without_an_id_the_identity_is_refused_by_name():
    source = golden_panel()
    with pytest.raises(InputError, match="person_id_strict"):
        survival(source, identity="strict")


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda each: survival(each, "enrollment"), "origin-unknown"),
        (lambda each: survival(each, event="return"), "event-unknown"),
        (lambda each: survival(each, "discharge", "discharge"), "event-is-origin"),
        (lambda each: survival(each, buffer=-1), "buffer-of-nothing"),
        (lambda each: survival(each, horizon=0), "horizon-no-time"),
        (lambda each: survival(each, population="all"), "population-unknown"),
        (lambda each: survival(each, identity="narrow"), "identity-unknown"),
        (lambda each: survival(each, event="suspicion", identity="strict"), "outcomes-of-default"),
        (lambda each: counting_process(each, "discharge"), "discharge-is-state"),
        (lambda each: person_periods(each, width=0), "width-no-time"),
        (lambda each: followup(each, years=[0]), "years-no-years"),
        (lambda each: rests_on(each, "return"), "event-unknown"),
    ],
)
def test_what_is_asked_wrongly_is_told(ask, code):
    with pytest.raises(UsageError) as refusal:
        ask(panel(A, **delivery()))
    assert refusal.value.code == code


def test_an_outcome_without_a_delivery_is_refused_by_its_code():
    with pytest.raises(InputError) as refusal:
        survival(panel(A), event="suspicion")
    assert refusal.value.code == "no-delivery"


def test_a_share_is_of_windows_that_were_observed_whatever_happened_in_them():
    late = episode("b", 1, "2025-01-01", "2025-06-01")
    source = panel(A, late, episode("b", 2, "2025-07-01", None))
    [row] = followup_table(source, years=[1], protect=False).to_dicts()
    assert (row["persons"], row["not_observed"], row["seen_besides"], row["share"]) == (1, 1, 1, 0.0)


@pytest.mark.parametrize(
    "table", [survival, counting_process, person_periods, followup, competing_risks, episode_durations, rests_on]
)
def test_of_nobody_there_is_a_table_without_rows(table):
    source = golden_extract()
    source.frames = {name: frame.clear() for name, frame in source.frames.items()}
    assert table(source).is_empty()
