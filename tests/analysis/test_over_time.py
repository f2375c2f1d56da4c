"""What each table over time says of a few persons: the rules of docs/followup.md, one by one."""

import datetime as dt

import polars as pl
import pytest

import sigpanel
from sigpanel.analysis.counting import counting_process
from sigpanel.analysis.coverage import rests_on
from sigpanel.analysis.durations import episode_durations
from sigpanel.analysis.followup import followup, followup_table
from sigpanel.analysis.rate import rate
from sigpanel.analysis.survival import competing_risks, person_periods, survival
from sigpanel.errors import InputError, UsageError
from tests.analysis.frames import Frames, golden, golden_extract, golden_panel

_DATES = ("enrolled_on", "discharged_on", "observed_from", "observed_until")


def episode(who: str, no: int, enrolled: str, discharged: str | None, **more) -> dict:
    began, ended = dt.date.fromisoformat(enrolled), dt.date.fromisoformat(discharged) if discharged else None
    return {
        "person_id": who, "person_id_strict": who, "person_id_wide": who, "episode_id": f"{who}{no}", "episode_no": no,
        "programme": "unga", "district": "farsta", "status": "closed" if ended else "ongoing", "enrolled_on": began,
        "discharged_on": ended, "observed_from": began, "observed_until": ended or dt.date(2025, 12, 31),
        "discharge_reason": "goals_met" if ended else None, "is_left_truncated": False, "is_reenrolment": no > 1,
        "is_renewal": False, "first_reported_year": began.year, "last_reported_year": (ended or began).year, **more,
    }  # fmt: skip


def panel(*rows: dict, until: dt.date = dt.date(2025, 12, 31), **more) -> Frames:
    frame = pl.DataFrame(list(rows), infer_schema_length=None).with_columns(pl.col(_DATES).cast(pl.Date))
    persons = frame.select("person_id").unique(maintain_order=True).with_columns(observed_until=until)
    return Frames(episodes=frame, persons=persons, **more)


def delivery(*events: tuple[str | None, ...], search: str = "searched") -> dict:
    """Events of `who, outcome, day`; of deprivation the day of release and the way follow."""
    names = ("person_id", "outcome", "happened_on", "until_on", "what")
    rows = pl.DataFrame(
        [dict(zip(names, event, strict=False)) for event in events], schema=dict.fromkeys(names, pl.String)
    ).with_columns(pl.col("happened_on", "until_on").str.to_date("%Y-%m-%d"))
    return {
        "outcomes": rows,
        "coverage": pl.DataFrame(
            {
                "outcome": ["suspicion"], "source": "bra", "from_on": dt.date(2020, 1, 1),
                "until_on": dt.date(2025, 6, 30), "lag_months": 6, "version": "1.0.0", "delivery": "one",
            }
        ),
        "searched": pl.DataFrame({"person_id": ["a"], "source": "bra", "search": search}),
    }  # fmt: skip


def told(frame: pl.DataFrame) -> list[tuple]:
    return frame.select("entry", "time", "event", "censored_by").rows()


A = episode("a", 1, "2023-01-01", "2023-03-01")


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


def coarse(source: Frames) -> Frames:
    month = [pl.col(name).dt.strftime("%Y-%m").alias(f"{name}_month") for name in _DATES]
    source.frames["episodes"] = source.frames["episodes"].with_columns(month).drop(_DATES)
    source.frames["persons"] = source.frames["persons"].select(
        "person_id", observed_until_month=pl.col("observed_until").dt.strftime("%Y-%m")
    )
    return source


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


def test_every_result_can_say_what_it_rests_on():
    [reports] = rests_on(golden_panel(), protect=False).to_dicts()
    assert (reports["programme"], reports["from_on"], reports["persons"]) == ("unga", dt.date(2022, 1, 1), 160)
    [register] = rests_on(golden_extract(), "suspicion", protect=False).to_dicts()
    assert (register["lag_months"], register["persons"], register["not_searched"]) == (6, 143, 17)
    assert register["until_on"] == dt.date(2025, 6, 30)


def test_between_the_pilot_and_the_yearly_reports_nobody_would_have_told_of_a_return():
    pilot = rests_on(sigpanel.demo_panel()).filter(programme="pilot").select("from_on", "until_on", "persons")
    assert pilot.rows() == [
        (dt.date(2013, 1, 1), dt.date(2016, 12, 31), 125),
        (dt.date(2020, 1, 1), dt.date(2029, 12, 31), 125),
    ]
    assert rests_on(sigpanel.demo_panel(), "discharge").filter(programme="pilot").height == 1


def test_who_is_in_no_piece_is_told_by_the_table_that_has_everybody():
    dated, undated = episode("a", 1, "2023-01-01", "2023-06-01"), episode("b", 1, "2023-01-01", None, status="closed")
    source = panel(dated, undated)
    everybody = survival(source, "enrolment")
    assert everybody.join(counting_process(source), on="person_id", how="anti")["person_id"].to_list() == ["b"]


def test_of_how_many_it_is_is_rounded_and_hidden_where_they_are_few():
    [reports] = rests_on(golden_panel()).to_dicts()
    assert (reports["persons"], reports["not_searched"]) == (160, 0)
    [register] = rests_on(golden_extract(), "suspicion").to_dicts()
    assert (register["persons"], register["not_searched"]) == (145, 15)
    [few] = rests_on(panel(A)).to_dicts()
    assert few["persons"] is None
    source = golden_extract()
    source.frames["searched"] = source.frames["searched"].head(4)
    [few] = rests_on(source, "suspicion").to_dicts()
    assert (few["persons"], few["not_searched"]) == (None, None)


def test_followup_and_what_it_rests_on_hide_by_the_threshold_of_the_study():
    source = golden_panel()
    source.threshold = 170
    assert followup_table(source).disclosure.threshold == 170
    assert rests_on(source)["persons"].to_list() == [None]


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


@pytest.mark.parametrize(
    "table", [survival, counting_process, person_periods, followup, competing_risks, episode_durations, rests_on]
)
def test_of_nobody_there_is_a_table_without_rows(table):
    source = golden_extract()
    source.frames = {name: frame.clear() for name, frame in source.frames.items()}
    assert table(source).is_empty()
