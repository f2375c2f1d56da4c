"""What a panel says of itself in one line, on a panel of a few rows."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sigpanel
from sigpanel.analysis.attrition import attrition, stages
from sigpanel.analysis.bortfall import bortfall
from sigpanel.analysis.change import change, changes
from sigpanel.analysis.rate import YEAR, exposures, rate, with_interval
from sigpanel.analysis.sensitivity import sensitivity
from sigpanel.analysis.shapes import baseline, long, wide
from sigpanel.errors import InputError, UsageError
from tests.support.frames import Frames

_WAVES = pl.Schema(
    {
        "person_id": pl.String, "episode_id": pl.String, "moment": pl.String,
        "mental_health": pl.Int16, "mental_health__missing": pl.String,
        "school_functioning": pl.Int16, "school_functioning__missing": pl.String,
        "suspected_crimes_before": pl.Int16, "suspected_crimes_before__missing": pl.String,
        "suspected_crimes_during": pl.Int16, "suspected_crimes_during__missing": pl.String,
    }
)  # fmt: skip
NC = (None, "not_collected")
_ROWS = [
    ("p1", "e1", "enrolment", 3, None, None, "not_applicable", 9, None, *NC),
    ("p1", "e1", "discharge", 5, None, 1, None, *NC, 2, None),
    ("p1", "e2", "enrolment", None, "declined", 2, None, 12, None, *NC),
    ("p2", "e3", "enrolment", 8, None, 1, None, None, "unknown", *NC),
    ("p2", "e3", "discharge", 6, None, None, "blank", *NC, 0, None),
    ("p3", "e4", "enrolment", None, "blank", None, "not_asked", 0, None, *NC),
    ("p3", "e4", "discharge", None, "unknown", None, "invalid", *NC, None, "unknown"),
]
_EPISODES = pl.DataFrame(
    [
        ("p1", "q1", "e1", 1, "unga", "male", "closed", dt.date(2022, 1, 1), dt.date(2022, 12, 31), 364),
        ("p1", "q1", "e2", 2, "vuxna", "male", "ongoing", dt.date(2024, 1, 1), None, 100),
        ("p2", "q2", "e3", 1, "unga", "female", "closed", dt.date(2023, 1, 1), dt.date(2023, 1, 1), 0),
        ("p3", "q2", "e4", 1, "vuxna", "male", "closed", dt.date(2023, 5, 1), None, None),
    ],
    schema=["person_id", "person_id_wide", "episode_id", "episode_no", "programme", "sex", "status", "enrolled_on",
            "discharged_on", "days"],
    orient="row",
)  # fmt: skip


def panel(**more):
    return Frames(**{"waves": pl.DataFrame(_ROWS, schema=_WAVES, orient="row"), "episodes": _EPISODES, **more})


def without(table, *columns):
    frames = panel().frames
    return Frames(**{**frames, table: frames[table].drop(*columns)})


# --- shapes ---


def test_long_has_a_row_for_what_is_asked_at_a_moment_and_none_for_what_is_not():
    rows = long(panel())
    assert set(rows.select("moment", "variable").unique().rows()) == {
        ("enrolment", "mental_health"), ("discharge", "mental_health"),
        ("enrolment", "school_functioning"), ("discharge", "school_functioning"),
        ("enrolment", "suspected_crimes_before"), ("discharge", "suspected_crimes_during"),
    }  # fmt: skip
    assert rows.height == 4 * 3 + 3 * 3


def test_long_has_a_value_or_a_reason_and_days_from_enrolment():
    rows = long(panel(), variables=["mental_health"], by=["programme"])
    assert rows.columns == [
        "person_id", "episode_id", "moment", "days_since_enrolment", "variable", "value", "missing", "programme"
    ]  # fmt: skip
    assert rows.select("episode_id", "moment", "days_since_enrolment", "value", "missing").rows() == [
        ("e1", "enrolment", 0, 3, None),
        ("e1", "discharge", 364, 5, None),
        ("e2", "enrolment", 0, None, "declined"),
        ("e3", "enrolment", 0, 8, None),
        ("e3", "discharge", 0, 6, None),
        ("e4", "enrolment", 0, None, "blank"),
        ("e4", "discharge", None, None, "unknown"),
    ]


def test_long_knows_no_days_where_the_dates_are_coarse():
    coarse = Frames(
        waves=panel().frames["waves"],
        episodes=_EPISODES.select("episode_id", enrolled_on_year=pl.col("enrolled_on").dt.year()),
    )
    assert long(coarse)["days_since_enrolment"].is_null().all()


def test_a_person_is_who_the_identity_says():
    assert long(panel(), identity="wide")["person_id"].unique().sort().to_list() == ["q1", "q2"]
    with pytest.raises(InputError, match="Long rows needs person_id_strict of episodes"):
        long(panel(), identity="strict")


def test_wide_has_a_column_for_each_moment_at_which_a_variable_is_asked():
    rows = wide(panel(), variables=["mental_health", "suspected_crimes_during"], missing=True)
    assert rows.columns == [
        "person_id", "episode_id", "mental_health__in", "mental_health__in__missing", "mental_health__out",
        "suspected_crimes_during__out", "mental_health__out__missing", "suspected_crimes_during__out__missing",
    ]  # fmt: skip
    assert rows.filter(episode_id="e2").row(0)[2:] == (None, "declined", None, None, None, None)
    assert rows.filter(episode_id="e3").row(0)[2:] == (8, None, 6, 0, None, None)


def test_names_of_wide_fit_stata():
    assert all(len(name) <= 32 for name in wide(panel()).columns)


def test_a_baseline_is_a_persons_first_enrolment_and_takes_not_relevant_for_an_answer():
    rows = baseline(panel(), variables=["mental_health", "school_functioning"], complete=False)
    assert rows.rows() == [("p1", "e1", True, 3, 3), ("p2", "e3", True, 8, 1), ("p3", "e4", False, None, 3)]
    assert baseline(panel(), variables=["mental_health"])["person_id"].to_list() == ["p1", "p2"]


def test_the_pilot_has_no_baseline():
    pilot = panel(episodes=_EPISODES.with_columns(programme=pl.lit("pilot")))
    assert baseline(pilot, complete=False).is_empty()


@given(st.randoms())
def test_the_order_of_rows_never_matters(chance):
    frames = panel().frames
    mixed = Frames(
        **{name: frame.sample(fraction=1, shuffle=True, seed=chance.randrange(99)) for name, frame in frames.items()}
    )
    for shape in (long, wide, baseline, stages):
        assert shape(mixed).equals(shape(panel()))


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
    bare = without("waves", *(name for name in _WAVES if name.endswith("__missing")))
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
    banded = _EPISODES.drop("days").with_columns(days_band=pl.lit("0-89"))
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
    wide_panel = panel(episodes=_EPISODES.with_columns(person_id_strict="episode_id"))
    told = sensitivity(lambda identity: change(wide_panel, "mental_health", identity=identity))
    assert told.columns == ["identity", "persons", "mean"]


@pytest.mark.parametrize("gives", ["text", [1], {"a": 1}])
def test_what_is_no_number_and_no_frame_is_refused(gives):
    with pytest.raises(UsageError) as refusal:
        sensitivity(lambda _: gives)
    assert refusal.value.code == "sensitivity-of-what"


# --- groups ---


def test_a_text_by_itself_is_one_name_and_not_its_letters():
    panel = sigpanel.demo_panel()
    assert panel.attrition("programme", protect=False).equals(panel.attrition(["programme"], protect=False))
    assert panel.followup(by="sex").equals(panel.followup(by=["sex"]))
    assert panel.long(variables="mental_health").equals(panel.long(variables=["mental_health"]))


def test_the_cohort_are_the_persons_of_the_pilot_in_their_later_episodes_too():
    pilot = _EPISODES.with_columns(
        programme=pl.when(pl.col("episode_id") == "e1").then(pl.lit("pilot")).otherwise("programme")
    )
    told = long(panel(episodes=pilot), by=["cohort"]).select("episode_id", "cohort").unique().sort("episode_id")
    assert told.rows() == [("e1", "pilot"), ("e2", "pilot"), ("e3", "later"), ("e4", "later")]


@pytest.mark.parametrize("name", ["episode_id", "enrolled_on"])
def test_ids_and_days_are_no_groups(name):
    with pytest.raises(UsageError, match="is no group"):
        long(panel(), by=[name])


def test_a_year_of_enrolment_is_read_from_any_grain():
    assert long(panel(), by=["enrolled_year"])["enrolled_year"].unique().sort().to_list() == [2022, 2023, 2024]
    month = _EPISODES.with_columns(enrolled_on_month=pl.col("enrolled_on").dt.strftime("%Y-%m")).drop("enrolled_on")
    told = long(panel(episodes=month), by=["enrolled_year"])
    assert told["enrolled_year"].unique().sort().to_list() == [2022, 2023, 2024]
    relative = _EPISODES.drop("enrolled_on").with_columns(enrolled_on_day=0)
    with pytest.raises(InputError, match="needs enrolled_on of episodes"):
        long(panel(episodes=relative), by=["enrolled_year"])


def test_a_group_is_found_under_the_name_that_it_left_with():
    grouped = _EPISODES.with_columns(district_group=pl.lit("south"))
    assert set(long(panel(episodes=grouped), by=["district"])["district"]) == {"south"}
