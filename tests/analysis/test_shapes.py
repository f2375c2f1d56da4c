"""Long, wide, baseline, and the groups that stand beside, on a panel of a few rows."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sigpanel
from sigpanel.analysis.attrition import attrition, stages
from sigpanel.analysis.bortfall import bortfall
from sigpanel.analysis.change import change
from sigpanel.analysis.durations import episode_durations
from sigpanel.analysis.shapes import baseline, long, wide
from sigpanel.errors import InputError, UsageError
from tests.analysis.few import EPISODES, panel
from tests.support.frames import Frames

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
        episodes=EPISODES.select("episode_id", enrolled_on_year=pl.col("enrolled_on").dt.year()),
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
    pilot = panel(episodes=EPISODES.with_columns(programme=pl.lit("pilot")))
    assert baseline(pilot, complete=False).is_empty()


def test_the_first_episode_of_a_person_who_is_two_by_default_is_the_earlier_one():
    # e2 is p1's second and of 2024, e3 is p2's first and of 2023: under an identity that joins them e3 came first.
    joined = EPISODES.filter(pl.col("episode_id") != "e1").with_columns(person_id_wide=pl.lit("w"))
    later = joined.with_columns(
        enrolled_on=pl.when(episode_id="e3").then(dt.date(2025, 1, 1)).otherwise("enrolled_on"),
        programme=pl.when(episode_id="e4").then(pl.lit("pilot")).otherwise("programme"),
    )
    assert baseline(panel(episodes=joined), identity="wide", complete=False)["episode_id"].to_list() == ["e3"]
    assert baseline(panel(episodes=later), identity="wide", complete=False)["episode_id"].to_list() == ["e2"]


def test_days_since_enrolment_do_not_tell_which_of_two_persons_came_first():
    relative = EPISODES.drop("enrolled_on").with_columns(enrolled_on_day=0)
    with pytest.raises(InputError, match="Rows of persons needs enrolled_on"):
        baseline(panel(episodes=relative), identity="wide")
    assert baseline(panel(episodes=relative), complete=False).height == 3


@pytest.mark.parametrize("name", ["suspected_crimes_during", "family_felt_supported"])
def test_a_baseline_of_what_is_not_asked_at_enrolment_is_refused_by_name(name):
    with pytest.raises(UsageError, match=f"No form asks {name} at enrolment") as refusal:
        baseline(panel(), variables=["mental_health", name])
    assert refusal.value.code == "not-asked-at-enrolment"


def test_a_baseline_without_variables_is_refused_and_does_not_call_everybody_complete():
    bare = panel(waves=panel().frames["waves"].select("person_id", "episode_id", "moment", "suspected_crimes_during"))
    with pytest.raises(InputError, match="needs a variable that is asked at enrolment of waves"):
        baseline(bare)
    with pytest.raises(InputError, match="needs physical_health of waves"):
        baseline(panel(), variables="physical_health")


@pytest.mark.parametrize("programme", [None, "suppressed"])
def test_whose_programme_is_not_told_is_no_pilot(programme):
    untold = panel(
        episodes=EPISODES.with_columns(
            programme=pl.when(pl.col("episode_id") == "e3").then(pl.lit(programme)).otherwise("programme"),
            observed_from="enrolled_on",
            observed_until="discharged_on",
        )
    )
    assert bortfall(untold, variables="mental_health", protect=False).equals(
        bortfall(panel(), variables="mental_health", protect=False)
    )
    assert attrition(untold, protect=False).equals(attrition(panel(), protect=False))
    assert episode_durations(untold)["episode_id"].to_list() == ["e1", "e2", "e3", "e4"]
    assert baseline(untold, complete=False)["episode_id"].to_list() == ["e1", "e3", "e4"]


@given(st.randoms())
def test_the_order_of_rows_never_matters(chance):
    frames = panel().frames
    mixed = Frames(
        **{name: frame.sample(fraction=1, shuffle=True, seed=chance.randrange(99)) for name, frame in frames.items()}
    )
    for shape in (long, wide, baseline, stages):
        assert shape(mixed).equals(shape(panel()))


# --- groups ---


def test_a_text_by_itself_is_one_name_and_not_its_letters():
    panel = sigpanel.demo_panel()
    assert panel.attrition("programme", protect=False).equals(panel.attrition(["programme"], protect=False))
    assert panel.followup(by="sex").equals(panel.followup(by=["sex"]))
    assert panel.long(variables="mental_health").equals(panel.long(variables=["mental_health"]))


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda p: p.survival(by="program"), "group-unknown"),
        (lambda p: p.bortfall("age_at_enrolment"), "group-unknown"),
        (lambda p: p.survival(by=None), "names-no-names"),
        (lambda p: p.long(by=[pl.col("sex")]), "names-no-names"),
        (lambda p: p.attrition(7), "names-no-names"),
        (lambda p: p.followup(years=5), "years-no-years"),
        (lambda p: p.survival(horizon="3 years"), "horizon-no-time"),
        (lambda p: p.competing_risks(horizon=True), "horizon-no-time"),
        (lambda p: p.counting_process(horizon=1095.5), "horizon-no-time"),
        (lambda p: p.person_periods(width=365.25), "width-no-time"),
        (lambda p: p.survival(buffer="30"), "buffer-of-nothing"),
        (lambda p: p.rate("suspected_crimes_during", level="0.95"), "level-no-share"),
        (lambda p: p.bortfall(protect=None), "not-true-or-false"),
        (lambda p: p.rate("suspected_crimes_during", protect=0), "not-true-or-false"),
        (lambda p: p.rests_on(protect="no"), "not-true-or-false"),
        (lambda p: p.followup(calendar="yes"), "not-true-or-false"),
        (lambda p: p.baseline(complete=None), "not-true-or-false"),
    ],
)
def test_what_a_notebook_may_give_by_mistake_is_refused_by_its_code(ask, code):
    with pytest.raises(UsageError) as refusal:
        ask(sigpanel.demo_panel())
    assert refusal.value.code == code


def test_the_cohort_are_the_persons_of_the_pilot_in_their_later_episodes_too():
    pilot = EPISODES.with_columns(
        programme=pl.when(pl.col("episode_id") == "e1").then(pl.lit("pilot")).otherwise("programme")
    )
    told = long(panel(episodes=pilot), by=["cohort"]).select("episode_id", "cohort").unique().sort("episode_id")
    assert told.rows() == [("e1", "pilot"), ("e2", "pilot"), ("e3", "later"), ("e4", "later")]


@pytest.mark.parametrize(
    "ask",
    [long, wide, stages, episode_durations, lambda *a, **k: baseline(*a, complete=False, **k)],
)
def test_the_cohort_goes_by_who_a_person_is(ask):
    # Of p1 the first episode was in the pilot: by `strict` the second is another person's, by `wide` p2 is p1 too.
    episodes = EPISODES.with_columns(
        programme=pl.when(pl.col("episode_id") == "e1").then(pl.lit("pilot")).otherwise("programme"),
        person_id_strict="episode_id",
        person_id_wide=pl.when(pl.col("person_id") == "p3").then(pl.lit("q3")).otherwise(pl.lit("q1")),
        observed_from="enrolled_on",
        observed_until="discharged_on",
    )
    cohorts = {"default": {"e2": "pilot", "e3": "later"}, "strict": {"e2": "later", "e3": "later"}}
    cohorts["wide"] = {"e2": "pilot", "e3": "pilot"}
    for identity, expected in cohorts.items():
        told = dict(
            ask(panel(episodes=episodes), by=["cohort"], identity=identity).select("episode_id", "cohort").rows()
        )
        assert {name: cohort for name, cohort in told.items() if name in expected}.items() <= expected.items()
        assert "e2" in told or "e3" in told


@pytest.mark.parametrize("name", ["episode_id", "enrolled_on"])
def test_ids_and_days_are_no_groups(name):
    with pytest.raises(UsageError, match="is no group"):
        long(panel(), by=[name])


def test_a_year_of_enrolment_is_read_from_any_grain():
    assert long(panel(), by=["enrolled_year"])["enrolled_year"].unique().sort().to_list() == [2022, 2023, 2024]
    month = EPISODES.with_columns(enrolled_on_month=pl.col("enrolled_on").dt.strftime("%Y-%m")).drop("enrolled_on")
    told = long(panel(episodes=month), by=["enrolled_year"])
    assert told["enrolled_year"].unique().sort().to_list() == [2022, 2023, 2024]
    relative = EPISODES.drop("enrolled_on").with_columns(enrolled_on_day=0)
    with pytest.raises(InputError, match="needs enrolled_on of episodes"):
        long(panel(episodes=relative), by=["enrolled_year"])


def test_a_group_is_found_under_the_name_that_it_left_with():
    grouped = EPISODES.with_columns(district_group=pl.lit("south"))
    assert set(long(panel(episodes=grouped), by=["district"])["district"]) == {"south"}
    assert set(long(panel(episodes=grouped.drop("sex")), by=["district_group"])["district_group"]) == {"south"}


@pytest.mark.parametrize("there", [{"district": "farsta"}, {}])
def test_what_an_extract_calls_a_group_is_refused_with_the_name_that_it_has_here(there):
    source = panel(episodes=EPISODES.with_columns(**{name: pl.lit(value) for name, value in there.items()}))
    with pytest.raises(UsageError if there else InputError) as refusal:
        attrition(source, "district_group")
    if there:
        assert (refusal.value.code, refusal.value.remedy) == ("group-of-extracts", 'Give by="district".')
    assert "district_group" in str(refusal.value)


def test_a_list_of_groups_names_none_that_only_an_extract_has():
    with pytest.raises(UsageError) as refusal:
        attrition(panel(), "program")
    assert ("district," in refusal.value.remedy, "district_group" in refusal.value.remedy) == (True, False)


def many(**more):
    """Ten of each of two groups of districts, of whom half ended with an answer."""
    ids = [f"p{n:02}" for n in range(20)]
    episodes = pl.DataFrame(
        {"person_id": ids, "episode_id": ids, "episode_no": 1, "programme": "unga", "status": "closed",
         "district_group": ["northwest", "south"] * 10, **more}
    )  # fmt: skip
    waves = [(each, each, "enrolment", 3, None) for each in ids]
    waves += [(each, each, "discharge", *([5, None] if n < 10 else [None, "unknown"])) for n, each in enumerate(ids)]
    schema = ["person_id", "episode_id", "moment", "mental_health", "mental_health__missing"]
    return Frames(episodes=episodes, waves=pl.DataFrame(waves, schema=schema, orient="row"))


@pytest.mark.parametrize(
    "ask",
    [
        lambda source: attrition(source, "district"),
        lambda source: bortfall(source, "district"),
        lambda source: change(source, "mental_health", "district"),
        lambda source: change(source, "stable_housing", "district"),
    ],
)
def test_a_table_by_groups_of_districts_has_no_lines_for_the_districts(ask):
    source = many()
    housing = source.frames["waves"].rename(
        {"mental_health": "stable_housing", "mental_health__missing": "stable_housing__missing"}
    )
    source.frames["waves"] = source.frames["waves"].hstack(
        housing.select(pl.col("stable_housing") % 2 + 1, "stable_housing__missing")
    )
    assert set(ask(source).frame["district"].drop_nulls()) <= {"northwest", "south"}


@pytest.mark.parametrize(
    "years",
    [
        {"enrolled_on_year": [2022, None] * 10, "enrolled_on_year__hidden": [False, True] * 10},
        {"enrolled_on_month": ["2022-03", "suppressed"] * 10},
        {"enrolled_on_quarter": ["2022Q1", "suppressed"] * 10},
    ],
)
def test_a_year_that_an_extract_has_hidden_is_suppressed_in_a_table(years):
    for table in (attrition(many(**years), "enrolled_year"), bortfall(many(**years), "enrolled_year")):
        words = set(table.words()["enrolled_year"])
        assert ("suppressed" in words, "no value" in words) == (True, False)
    exact = change(many(**years), "mental_health", "enrolled_year", protect=False)
    assert exact.columns[:2] == ["enrolled_year", "persons"]  # and no mark beside the exact numbers
