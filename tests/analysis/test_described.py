"""What a panel says of itself in one line, on a panel of a few rows."""

import datetime as dt

import polars as pl
import pytest

import sigpanel
from sigpanel.analysis.attrition import attrition, stages
from sigpanel.analysis.bortfall import bortfall
from sigpanel.analysis.change import change, changes
from sigpanel.analysis.coverage import rests_on
from sigpanel.analysis.rate import exposures, rate, with_interval
from sigpanel.analysis.sensitivity import sensitivity
from sigpanel.contracts.analysis import analysis
from sigpanel.errors import InputError, UsageError
from tests.analysis.few import EPISODES, WAVES, panel, without
from tests.support.frames import Frames

YEAR = analysis().year_days


# --- bortfall and attrition ---


def test_bortfall_is_of_what_was_asked():
    told = bortfall(panel(), variables=["mental_health", "school_functioning"], protect=False)
    assert told.select("variable", "moment", "asked", "answered", "share").rows() == [
        ("mental_health", "discharge", 3, 2, pytest.approx(1 / 3)),
        ("mental_health", "enrolment", 4, 2, 0.5),
        ("school_functioning", "discharge", 3, 1, pytest.approx(2 / 3)),
        ("school_functioning", "enrolment", 3, 3, 0.0),
    ]


def test_a_protected_bortfall_of_a_few_is_hidden():
    table = bortfall(panel(), ["programme"], variables=["mental_health"])
    assert table.frame["mean"].is_null().all()


def test_a_table_has_no_lines_for_the_pilot_which_has_no_forms():
    stages_of = attrition(panel(), ["programme"]).frame
    assert set(stages_of["programme"].drop_nulls()) == {"unga", "vuxna"}


@pytest.mark.parametrize("by", ["programme", "cohort", "enrolled_year"])
def test_an_exact_bortfall_has_no_lines_for_the_pilot_either(by):
    told = sigpanel.demo_panel().bortfall([by], protect=False)
    asked = told.group_by(by).agg(pl.col("asked").sum())
    assert (asked.height > 0, asked.filter(asked=0).is_empty()) == (True, True)
    assert "pilot" not in told[by].to_list() or by == "cohort"  # its persons came back, and were asked then


def test_a_table_of_bortfall_has_no_lines_for_a_moment_at_which_a_variable_is_not_asked():
    lines = sigpanel.demo_panel().bortfall().frame.select("variable", "moment").rows()
    assert ("suspected_crimes_before", "enrolment") in lines
    assert ("suspected_crimes_before", "discharge") not in lines
    assert len(lines) == 10 * 2 + 5


def test_bortfall_needs_the_reasons():
    with pytest.raises(InputError, match="Bortfall needs mental_health__missing of waves"):
        bortfall(without("waves", "mental_health__missing"), variables=["mental_health"])
    bare = without("waves", *(name for name in WAVES if name.endswith("__missing")))
    with pytest.raises(InputError, match="Attrition needs columns that end in __missing of waves"):
        attrition(bare)


def test_stages_shut_each_other_out():
    assert stages(panel()).select("episode_id", "stage").rows() == [
        ("e1", "ended_answered"), ("e2", "ongoing"), ("e3", "ended_in_part"), ("e4", "ended_unanswered")
    ]  # fmt: skip
    told = attrition(panel(), ["sex"], protect=False)
    assert told.rows() == [
        ("female", "ended_in_part", 1, 1, 1.0),
        ("male", "ongoing", 1, 1, pytest.approx(1 / 3)),
        ("male", "ended_unanswered", 1, 1, pytest.approx(1 / 3)),
        ("male", "ended_answered", 1, 1, pytest.approx(1 / 3)),
    ]


# --- what it rests on ---


def reported(*rows):
    """Episodes by person, id, programme and the last day that each was seen, and of persons the latest of theirs."""
    episodes = pl.DataFrame(rows, schema=["person_id", "episode_id", "programme", "observed_until"], orient="row")
    return Frames(episodes=episodes, persons=episodes.group_by("person_id").agg(pl.col("observed_until").max()))


END = dt.date(2029, 12, 31)


def test_a_discharge_rests_on_the_days_of_the_programmes_own_episodes():
    source = reported(("p1", "e1", "pilot", dt.date(2016, 5, 8)), ("p1", "e2", "vuxna", END))
    told = rests_on(source, "discharge", protect=False)
    assert told.select("programme", "until_on").rows() == [("pilot", dt.date(2016, 5, 8)), ("vuxna", END)]
    of_returns = rests_on(source, protect=False)  # of the person, whichever episode it follows
    assert of_returns["until_on"].to_list() == [dt.date(2016, 12, 31), END, END]


@pytest.mark.parametrize("event", ["discharge", "reenrolment"])
def test_a_last_day_that_may_be_published_is_shared_by_as_many_as_the_threshold(event):
    many = [(f"p{n}", f"e{n}", "unga", END) for n in range(5)]
    alone = ("x", "ex", "unga", dt.date(2030, 3, 7))
    source = reported(*many, alone)
    assert rests_on(source, event)["until_on"].to_list() == [END]
    assert rests_on(source, event, protect=False)["until_on"].to_list() == [dt.date(2030, 3, 7)]
    source.threshold = 6
    assert rests_on(source, event)["until_on"].to_list() == [None]


def test_controls_are_no_persons_whom_a_register_was_asked_about():
    searched = pl.DataFrame(
        [("p1", "bra", "searched"), ("p2", "bra", "not_found"), ("k1", "bra", "searched"), ("k2", "bra", "not_found")],
        schema=["person_id", "source", "search"],
        orient="row",
    )
    covered = pl.DataFrame(
        {"outcome": ["suspicion"], "source": ["bra"], "from_on": [END], "until_on": [END], "lag_months": [0],
         "version": ["1"]}
    )  # fmt: skip
    source = reported(("p1", "e1", "unga", END), ("p2", "e2", "unga", END))
    source = Frames(**source.frames, searched=searched, coverage=covered)
    assert rests_on(source, "suspicion", protect=False).select("persons", "not_searched").rows() == [(1, 1)]


# --- change ---


def test_a_change_is_within_an_episode_with_both_answers():
    assert changes(panel(), "mental_health").rows() == [("p1", "e1", 3, 5), ("p2", "e3", 8, 6)]
    told = change(panel(), "mental_health", protect=False)
    assert told.rows(named=True) == [
        {"persons": 2, "episodes": 2, "at_enrolment": 5.5, "at_discharge": 5.5, "difference": 0.0,
         "lower": 1, "same": 0, "higher": 1}
    ]  # fmt: skip


def test_a_coded_variable_changes_from_word_to_word():
    told = change(panel(waves=pl.DataFrame([
        ("p1", "e1", "enrolment", 2, None), ("p1", "e1", "discharge", 1, None),
    ], schema=["person_id", "episode_id", "moment", "stable_housing", "stable_housing__missing"], orient="row")),
        "stable_housing", protect=False)  # fmt: skip
    assert told.rows() == [("no", "yes", 1, 1)]


@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ("suspected_crimes_before", "change-of-crime-counts"),
        ("convicted_crimes_during", "change-of-crime-counts"),
        ("family_felt_supported", "asked-once"),
        ("mental_helth", "variable-unknown"),
        (["mental_health"], "variable-no-name"),
        (None, "variable-no-name"),
    ],
)
def test_what_cannot_change_is_refused(variable, code):
    with pytest.raises(UsageError) as refusal:
        change(panel(), variable)
    assert refusal.value.code == code


def test_a_refusal_of_crime_counts_says_why_and_what_to_do():
    with pytest.raises(UsageError, match="over a lifetime, and during the insats over that time alone") as refusal:
        change(panel(), "suspected_crimes_before")
    assert "rates per person-year" in refusal.value.remedy


# --- rates ---


def test_a_rate_is_of_ended_episodes_with_a_count_and_lasts_a_day_at_least():
    assert exposures(panel(), "suspected_crimes_during").rows() == [("p1", "e1", 2, 364), ("p2", "e3", 0, 1)]
    told = rate(panel(), "suspected_crimes_during", protect=False)
    assert told.select("persons", "events", "days").row(0) == (2, 2, 365)
    assert told["rate"][0] == pytest.approx(2 / 365 * YEAR)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Exact limits of a Poisson mean as tables print them (Garwood 1936; Ulm 1990, table 1).
    [
        (0, 0.0, 3.689),
        (1, 0.0253, 5.572),
        (2, 0.2422, 7.225),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (100, 81.364, 121.627),
    ],
)
def test_an_interval_is_the_one_that_tables_print(events, low, high):
    told = with_interval(pl.DataFrame({"events": [events], "days": [YEAR]}), 0.95)
    assert (told["low"][0], told["high"][0]) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_an_interval_of_a_hidden_rate_is_hidden():
    assert with_interval(pl.DataFrame({"events": [None], "days": [None]}), 0.95).row(0) == (None, None, None, None)


def test_crimes_before_the_insats_have_no_rate():
    with pytest.raises(UsageError) as refusal:
        rate(panel(), "suspected_crimes_before")
    assert refusal.value.code == "rate-of-no-time"


def test_an_extract_with_bands_is_told_which_column():
    banded = EPISODES.drop("days").with_columns(days_band=pl.lit("0-89"))
    with pytest.raises(InputError, match=r"A rate needs days \(it is there in bands\) of episodes"):
        rate(panel(episodes=banded), "suspected_crimes_during")
    waves = panel().frames["waves"].rename({"suspected_crimes_during": "suspected_crimes_during_band"})
    with pytest.raises(InputError, match="suspected_crimes_during"):
        rate(panel(waves=waves), "suspected_crimes_during")


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share(level):
    with pytest.raises(UsageError, match="between 0 and 1"):
        rate(panel(), "suspected_crimes_during", level=level)


# --- sensitivity ---


def test_a_number_stands_under_three_identities_with_its_range():
    told = sensitivity({"strict": 5, "default": 4, "wide": 3.5}.get)
    assert told.rows(named=True) == [{"strict": 5.0, "default": 4.0, "wide": 3.5, "low": 3.5, "high": 5.0}]


def test_a_number_that_is_not_known_has_no_range():
    assert sensitivity({"strict": 5, "default": None, "wide": 3}.get).row(0)[3:] == (None, None)


def test_frames_and_tables_stand_below_each_other():
    told = sensitivity(lambda identity: pl.DataFrame({"n": [len(identity)]}))
    assert told.rows() == [("strict", 6), ("default", 7), ("wide", 4)]
    wide_panel = panel(episodes=EPISODES.with_columns(person_id_strict="episode_id"))
    told = sensitivity(lambda identity: change(wide_panel, "mental_health", identity=identity))
    assert told.columns == ["identity", "persons", "mean"]


def test_an_analysis_that_gives_nothing_at_all_is_refused():
    with pytest.raises(UsageError, match="gives nothing under any identity") as refusal:
        sensitivity(lambda _: None)
    assert (refusal.value.code, "return" in refusal.value.remedy) == ("sensitivity-of-what", True)


def test_a_number_is_no_analysis():
    with pytest.raises(UsageError, match="is no function") as refusal:
        sensitivity(0.27)
    assert refusal.value.code == "sensitivity-of-what"


@pytest.mark.parametrize("gives", ["text", [1], {"a": 1}])
def test_what_is_no_number_and_no_frame_is_refused(gives):
    with pytest.raises(UsageError) as refusal:
        sensitivity(lambda _: gives)
    assert refusal.value.code == "sensitivity-of-what"


# --- a study's own threshold ---


@pytest.mark.parametrize(
    "ask",
    [
        lambda source: bortfall(source, variables=["mental_health"]),
        attrition,
        lambda source: change(source, "mental_health"),
        lambda source: change(source, "school_functioning"),
        lambda source: rate(source, "suspected_crimes_during"),
    ],
)
def test_a_table_hides_by_the_threshold_of_the_study_that_it_is_made_of(ask):
    source = panel()
    assert ask(source).disclosure.threshold == 5
    source.threshold = 10
    assert ask(source).disclosure.threshold == 10
