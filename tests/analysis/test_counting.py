"""Recurrent events and time at risk of a few persons: who is in the insats, at liberty, and here at all."""

import datetime as dt

import polars as pl
import pytest

import sigpanel
from sigpanel.analysis.counting import counting_process
from sigpanel.analysis.durations import episode_durations
from sigpanel.analysis.followup import followup
from sigpanel.analysis.rate import rate
from sigpanel.analysis.survival import survival
from sigpanel.errors import InputError
from tests.analysis.frames import Frames, golden, golden_extract
from tests.analysis.spelt import A, coarse, delivery, episode, panel, told


def test_who_is_in_no_piece_is_told_by_the_table_that_has_everybody():
    dated, undated = episode("a", 1, "2023-01-01", "2023-06-01"), episode("b", 1, "2023-01-01", None, status="closed")
    source = panel(dated, undated)
    everybody = survival(source, "enrolment")
    assert everybody.join(counting_process(source), on="person_id", how="anti")["person_id"].to_list() == ["b"]


def test_after_a_district_has_lost_sight_nobody_knows_who_is_in():
    lost = episode("a", 1, "2023-01-01", None, status="lost", observed_until=dt.date(2023, 12, 31))
    rows = counting_process(panel(lost)).select("start", "stop", "in_insats").rows()
    assert rows == [(0, 364, 1), (364, 1095, None)]


def test_a_rate_of_a_registers_outcome_is_over_the_days_at_liberty_in_and_out_of_the_insats():
    found = rate(golden_extract(), "suspicion", ["in_insats"], protect=False).drop_nulls("in_insats")
    rows = golden("r_process_suspicion").with_columns(days=pl.col("stop") - pl.col("start")).drop_nulls("in_insats")
    assert (
        found.select("in_insats", "days").rows()
        == rows.group_by("in_insats").agg(pl.col("days").sum()).sort("in_insats").rows()
    )
    assert found["events"].sum() >= rows["event"].sum()


def test_whose_return_has_no_day_is_in_no_row_and_never_0():
    source = panel(
        A, {**episode("a", 2, "2024-01-01", "2024-03-01"), "enrolled_on": None}, episode("b", 1, "2023-01-01", None)
    )
    assert told(survival(source))[0] == (None, None, None, "return_without_day")
    assert counting_process(source)["person_id"].unique().to_list() == ["b"]
    assert followup(source, years=[1])["within_1y"].to_list() == [None]


def test_a_discharge_before_the_enrolment_is_no_day():
    source = panel(episode("a", 1, "2023-03-01", "2023-02-01"))
    assert told(survival(source, "enrolment", "discharge")) == [(None, None, None, "discharge_without_day")]
    assert told(survival(source)) == [(None, None, None, "origin_without_day")]
    assert told(episode_durations(source)) == [(None, None, None, "without_day")]
    assert counting_process(source).is_empty()


def spans(rows: pl.DataFrame) -> list[tuple]:
    return rows.select("start", "stop", "event", "in_insats").rows()


def test_times_deprived_of_liberty_are_left_out_but_for_their_first_day():
    events = delivery(
        ("a", "suspicion", "2023-02-01"), ("a", "deprivation", "2022-12-01", "2023-01-10", "remand"),
        ("a", "deprivation", "2023-02-01", "2023-03-10", "prison"),
    )  # fmt: skip
    assert spans(counting_process(panel(A, **events), "suspicion")) == [(8, 31, 1, 1), (67, 729, 0, 0)]


def test_electronic_tagging_is_time_at_risk_and_what_happens_in_it_counts():
    tagged = ("a", "deprivation", "2023-04-01", "2024-04-01", "electronic_tagging")
    source = panel(A, **delivery(tagged, ("a", "suspicion", "2023-06-01")))
    assert spans(counting_process(source, "suspicion")) == [(0, 59, 0, 1), (59, 151, 1, 0), (151, 729, 0, 0)]
    [row] = rate(source, "suspicion", protect=False).to_dicts()
    assert (row["events"], row["days"]) == (1, 729)


def test_who_is_locked_in_when_coverage_ends_is_left_out_from_then_on():
    ongoing = ("a", "deprivation", "2024-01-01", None, "remand")
    source = panel(A, **delivery(ongoing, ("a", "suspicion", "2024-02-01")))
    assert spans(counting_process(source, "suspicion")) == [(0, 59, 0, 1), (59, 365, 0, 0)]


def test_a_time_that_a_later_version_ends_has_that_end():
    ended = ("a", "deprivation", "2024-01-01", "2024-02-01", "remand")
    source = panel(A, **delivery(("a", "deprivation", "2024-01-01", None, "remand"), ended))
    assert spans(counting_process(source, "suspicion")) == [(0, 59, 0, 1), (59, 365, 0, 0), (395, 729, 0, 0)]


@pytest.mark.parametrize("identity", ["strict", "wide"])
def test_time_deprived_of_liberty_is_that_of_the_persons_of_every_identity(identity):
    locked = delivery(("a", "deprivation", "2023-04-01", "2023-05-01", "prison"))
    source = panel({**A, "person_id_strict": "s", "person_id_wide": "w"}, **locked)
    rows = spans(counting_process(source))
    assert rows == [(0, 59, 0, 1), (59, 90, 0, 0), (119, 1095, 0, 0)]
    assert spans(counting_process(source, identity=identity)) == rows


def covers(source: Frames, *outcomes: str, registers: tuple[str, ...] = ("bra",)) -> Frames:
    [row] = source.frames["coverage"].with_columns(lag_months=0).to_dicts()
    told = [{**row, "outcome": outcome, "source": register} for outcome in outcomes for register in registers]
    searched = [{"person_id": "a", "source": register, "search": "searched"} for register in registers]
    return Frames(**{**source.frames, "coverage": pl.DataFrame(told), "searched": pl.DataFrame(searched)})


@pytest.mark.parametrize("end", ["death", "emigration"])
def test_nobody_is_at_risk_after_death_or_emigration_where_that_is_the_event(end):
    source = covers(panel(A, **delivery(("a", end, "2024-01-01"), ("a", end, "2024-06-01"))), end)
    assert spans(counting_process(source, end)) == [(0, 59, 0, 1), (59, 365, 1, 0)]
    [row] = rate(source, end, protect=False).to_dicts()
    assert (row["events"], row["days"]) == (1, 365)
    assert told(survival(source, "enrolment", end)) == [(0, 365, 1, None)]


@pytest.mark.parametrize("second", ["2024-01-01", "2024-01-03"])
def test_a_death_that_two_registers_tell_counts_once(second):
    deaths = delivery(("a", "death", "2024-01-01"), ("a", "death", second))
    source = covers(panel(A, **deaths), "death", registers=("rtb", "dodsorsaksregistret"))
    assert counting_process(source, "death").select("stop", "n_events").rows() == [(59, 0), (365, 1)]


def test_who_died_on_the_day_of_the_enrolment_is_not_followed_and_no_event():
    source = covers(panel(A, **delivery(("a", "death", "2023-01-01"))), "death")
    assert counting_process(source, "death").is_empty()


def test_what_a_rate_of_an_outcome_refuses_is_a_rate():
    with pytest.raises(InputError, match=r"^A rate ") as refusal:
        rate(coarse(panel(A, **delivery())), "suspicion")
    assert refusal.value.code == "dates-too-coarse"


@pytest.mark.parametrize("protect", [True, False])
def test_a_rate_has_the_columns_that_its_docstring_promises(protect):
    found = rate(golden_extract(), "suspicion", protect=protect)
    frame = found.frame if protect else found
    assert frame.columns == ["persons", "events", "days", "rate", "low", "high"]


def test_nothing_is_there_after_the_horizon():
    source = panel(A, episode("a", 2, "2023-03-01", None))
    assert spans(counting_process(source, horizon=59)) == [(0, 59, 0, 1)]
    assert spans(counting_process(source, horizon=60)) == [(0, 59, 0, 1), (59, 60, 1, 0)]


def test_before_a_return_from_a_spell_without_an_end_nobody_knows_who_is_in():
    running, again = episode("a", 1, "2023-01-01", None), episode("a", 2, "2024-01-01", "2024-03-01")
    assert spans(counting_process(panel(running, again))) == [(0, 365, 1, None), (365, 425, 0, 1), (425, 1095, 0, 0)]
    # Two in turn that never end: both returns are told, each on its day.
    third = episode("a", 3, "2025-01-01", None)
    rows = counting_process(panel(running, episode("a", 2, "2024-01-01", None), third))
    assert spans(rows) == [(0, 365, 1, None), (365, 731, 1, None), (731, 1095, 0, 1)]
    assert rows["spell_no"].to_list() == [1, 2, 3]
    # Seen in the insats after the day of the return, and lost from then on.
    lost = {**running, "status": "lost", "observed_until": dt.date(2024, 2, 1)}
    assert spans(counting_process(panel(lost, again)))[0] == (0, 365, 1, None)


def test_how_many_returns_are_left_out_outside_the_insats_is_told_by_the_rows():
    rows = sigpanel.demo_panel().counting_process()
    assert rows.filter(pl.col("in_insats") == 1)["n_events"].sum() == 0
    assert rows["n_events"].sum() == 144
    assert rows.filter(pl.col("in_insats").is_null())["n_events"].sum() == 17
