"""What an attacker found in the tables over time, each as it should be."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.analysis.counting import counting_process
from sigpanel.analysis.followup import followup, followup_table
from sigpanel.analysis.rate import exposures
from sigpanel.analysis.shapes import baseline
from sigpanel.analysis.survival import survival
from sigpanel.errors import InputError
from tests.analysis.spelt import A, delivery, episode, panel, told
from tests.analysis.test_calendar import in_years
from tests.support.frames import Frames


def test_what_comes_after_the_watch_is_no_event_though_the_buffer_ends_after_it_too():
    emigrated = delivery(("a", "emigration", "2023-03-10"), ("a", "suspicion", "2023-04-01"))
    assert told(survival(panel(A, **emigrated), event="suspicion", buffer=30)) == [(None, None, None, "not_watched")]


def test_an_outcome_of_two_registers_is_watched_while_both_tell():
    given = delivery()
    other = given["coverage"].with_columns(source=pl.lit("sis"), until_on=dt.date(2024, 6, 30))
    covers = pl.concat([given["coverage"], other])
    both = pl.concat([given["searched"], given["searched"].with_columns(source=pl.lit("sis"))])
    source = panel(A, outcomes=given["outcomes"], coverage=covers, searched=both)
    # Six months of lag before 30 June 2024.
    assert told(survival(source, event="suspicion")) == [(0, 304, 0, "register_coverage")]
    one = panel(A, outcomes=given["outcomes"], coverage=covers, searched=given["searched"])
    assert told(survival(one, event="suspicion")) == [(None, None, None, "not_searched")]


def test_a_return_on_the_last_day_of_the_watch_is_in_the_counting_process_too():
    source = panel(A, episode("a", 2, "2023-03-01", None), until=dt.date(2023, 3, 1))
    assert told(survival(source, "enrolment")) == [(0, 59, 1, None)]
    assert counting_process(source)["event"].sum() == 1


def test_an_event_of_the_index_year_is_no_event_where_only_the_year_is_known():
    given = delivery(("a", "suspicion", "2023-02-01"), ("a", "suspicion", "2024-02-07"))
    source = panel(A, **{**given, "coverage": given["coverage"].with_columns(until_on=dt.date(2025, 12, 31))})
    assert told(survival(source, event="suspicion")) == [(0, 343, 1, None)]
    years = in_years(source)
    row = survival(years, event="suspicion").select("time_low", "time_high", "event", "censored_by").row(0)
    assert row == (None, None, None, "event_beside_index")
    assert followup(years, event="suspicion", years=[1])["within_1y"].to_list() == [None]
    with pytest.raises(InputError, match="on which side"):
        followup_table(years, event="suspicion", years=[1])


def test_who_was_covered_from_a_day_of_the_index_year_on_is_not_known_by_years():
    given = delivery()
    late = {**given, "coverage": given["coverage"].with_columns(from_on=dt.date(2023, 6, 1))}
    assert told(survival(panel(A, **late), event="suspicion"))[0][3] == "before_coverage"
    assert survival(in_years(panel(A, **late)), event="suspicion")["censored_by"].to_list() == ["before_coverage"]


def test_a_baseline_by_years_is_the_first_enrolment_all_the_same():
    later, first = episode("a", 2, "2023-05-01", None), {**A, "episode_id": "z1"}
    frame = pl.DataFrame([later, first], infer_schema_length=None).drop("episode_no")
    frame = frame.with_columns(previous_episode_id=pl.when(pl.col("episode_id") == "a2").then(pl.lit("z1")))
    waves = pl.DataFrame(
        {
            "person_id": "a",
            "episode_id": ["a2", "z1"],
            "moment": "enrolment",
            "mental_health": pl.Series([1, 2], dtype=pl.Int16),
        }
    )
    persons = pl.DataFrame({"person_id": ["a"], "observed_until": [dt.date(2025, 12, 31)]})
    for columns in (["previous_episode_id"], ["is_reenrolment"]):
        dropped = {"previous_episode_id", "is_reenrolment"} - set(columns)
        source = in_years(Frames(episodes=frame.drop(dropped), persons=persons, waves=waves))
        assert baseline(source, complete=False)["episode_id"].to_list() == ["z1"]


def test_a_rate_leaves_out_what_ended_on_a_day_that_nobody_knows():
    undated = {**episode("b", 1, "2023-01-01", None), "status": "closed"}
    source = panel(A, undated)
    episodes = source.frames["episodes"].with_columns(days=pl.Series([59, 1095], dtype=pl.Int32))
    waves = pl.DataFrame(
        {"person_id": ["a", "b"], "episode_id": ["a1", "b1"], "moment": "discharge",
         "suspected_crimes_during": pl.Series([1, 1], dtype=pl.Int16)}
    )  # fmt: skip
    told_of = exposures(Frames(episodes=episodes, waves=waves), "suspected_crimes_during")
    assert told_of.select("person_id", "days").rows() == [("a", 59)]


def test_whose_day_of_discharge_is_hidden_is_counted_as_not_observed():
    hidden = {**A, "discharged_on": None}
    table = followup_table(panel(hidden), years=[1], protect=False)
    assert table.select("persons", "not_observed").row(0) == (0, 1)
    assert followup(panel(episode("a", 1, "2023-01-01", None)), years=[1]).is_empty()


def in_silent_district(**more):
    """Forty persons discharged in Farsta, which reported to 2022; four of them came back in Järva, which goes on."""
    away = {**more, "district": "jarva"}
    first = [episode(f"p{no:02}", 1, "2020-03-01", "2021-06-01", **more) for no in range(40)]
    back = [episode(f"p{no:02}", 2, "2023-03-01", "2024-03-01", **away) for no in range(4)]
    there = [episode("q", 1, "2023-01-01", "2023-02-01", **away)]
    found = panel(*first, *back, *there)
    last = {f"p{no:02}": dt.date(2022, 12, 31) for no in range(4, 40)}
    until = pl.col("person_id").replace_strict(last, default=dt.date(2029, 12, 31), return_dtype=pl.Date)
    return Frames(**{**found.frames, "persons": found.frames["persons"].with_columns(observed_until=until)})


@pytest.mark.parametrize("with_district", [True, False])
def test_whoever_came_back_where_reports_go_on_is_watched_no_longer_for_it(with_district):
    source = in_silent_district(district="farsta")
    if not with_district:
        source = Frames(**{**source.frames, "episodes": source.frames["episodes"].drop("district")})
    table = followup_table(source, years=[1, 2], protect=False)
    one, two = table.select("persons", "not_observed", "seen_besides", "share").rows()
    assert one == (41, 0, 0, 0.0) if with_district else (40, 1, 0, 0.0)
    assert two[:3] == ((1, 40, 4) if with_district else (0, 41, 4))
    rows = survival(source).filter(pl.col("person_id") != "q")
    assert rows.select("time", "event", "censored_by").unique().rows() == [(578, 0, "last_report")]
