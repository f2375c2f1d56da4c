"""The tables of an extract: who is in, what leaves, what is taken out, and under which ids."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.contracts.approval_facts import facts
from sigpanel.disclosure import risk
from sigpanel.extracts.population import members, population
from tests.extracts.panels import approval, body, crowd, cut, episode, episodes_with, panel, refusal

DAY = dt.date


def population_of(tmp_path, **said):
    return approval(tmp_path, population={"episodes": "all", **said})


# --- who is in ---

EPISODES = [
    episode("p1", programme="unga", district="farsta", enrolled_on=DAY(2022, 1, 1), age=15),
    episode("p1", 2, programme="vuxna", district="jarva", enrolled_on=DAY(2024, 1, 1), age=20),
    episode("p2", programme="vuxna", district="farsta", enrolled_on=DAY(2023, 1, 1), age=25, in_cohort=True),
    episode("p3", programme="pilot", district=None, enrolled_on=None, age=None, discharge_reason="consent_withdrawn"),
]
WHO = [
    ({}, ["p1", "p2", "p3"]),
    ({"programme": ["unga"]}, ["p1"]),
    ({"programme": ["vuxna"], "district": ["farsta"]}, ["p2"]),
    ({"enrolled_from": DAY(2023, 1, 1)}, ["p1", "p2"]),
    ({"enrolled_to": DAY(2022, 1, 1)}, ["p1"]),
    ({"enrolled_from": DAY(2022, 6, 1), "enrolled_to": DAY(2023, 6, 1)}, ["p2"]),
    ({"age_from": 16, "age_to": 22}, ["p1"]),
    ({"in_cohort": True}, ["p2"]),
    ({"in_cohort": False, "programme": ["vuxna"]}, ["p1"]),
    ({"status": ["ongoing"]}, []),
]


@pytest.mark.parametrize(("said", "who"), WHO)
def test_whoever_has_an_episode_to_which_all_applies_is_in(tmp_path, said, who):
    found = members(panel(EPISODES), population_of(tmp_path, **said))
    assert found.columns == ["person_id"]
    assert found["person_id"].to_list() == who


def test_all_episodes_of_who_is_in_leave_or_the_matching_alone(tmp_path):
    for which, ids in (("all", ["e-p1-1", "e-p1-2"]), ("matching", ["e-p1-1"])):
        said = approval(tmp_path, population={"episodes": which, "programme": ["unga"]})
        assert population(panel(EPISODES), said).episodes["episode_id"].to_list() == ids


@pytest.mark.parametrize(("policy", "who", "out"), [("include", 3, 0), ("exclude", 2, 1)])
def test_who_took_back_their_consent_is_in_or_out_by_the_line_and_counted_either_way(tmp_path, policy, who, out):
    found = population(panel(EPISODES), approval(tmp_path, consent_withdrawn=policy))
    assert (found.persons.height, found.n_eligible, found.n_consent_withdrawn, found.n_excluded) == (who, 3, 1, out)


def test_consent_taken_back_in_any_episode_is_the_persons(tmp_path):
    tables = panel([episode("p1"), episode("p1", 2, programme="vuxna", discharge_reason="consent_withdrawn")])
    said = approval(tmp_path, consent_withdrawn="exclude", population={"episodes": "matching", "programme": ["unga"]})
    assert population(tables, said).persons.height == 0


def test_another_identity_makes_other_persons(tmp_path):
    episodes = [
        episode("p1", person_id_strict="p1"), episode("p1", 2, person_id_strict="s2"), *crowd(3, first=10),
    ]  # fmt: skip
    said = approval(
        tmp_path, identity="strict", tables=episodes_with(status="as_is"), quasi_identifiers=["status"],
        small_classes={"policy": "refuse"},
    )  # fmt: skip
    made = cut(panel(episodes), said)
    assert made.counts.n_persons == 5
    assert members(panel(episodes), said)["person_id"].to_list() == ["p010", "p011", "p012", "p1"]


# --- what leaves ---


def test_only_what_is_named_leaves_under_the_extracts_ids(tmp_path):
    tables = panel(crowd(4))
    made = cut(tables, approval(tmp_path))
    assert {name: frame.columns for name, frame in made.tables.items()} == {
        "persons": ["person_id", "sex"],
        "episodes": ["person_id", "episode_id", "enrolled_on_year", "enrolled_on_year__hidden", "discharge_reason"],
    }
    left = {
        value for frame in made.tables.values() for column in frame for value in column.cast(pl.String).drop_nulls()
    }
    of_panel = {value for table in ("persons", "episodes") for name in ("person_id", "uno_id", "episode_id")
                if name in tables[table].collect_schema() for value in tables[table].collect()[name]}  # fmt: skip
    assert not left & of_panel


def test_tables_hold_together_under_the_new_ids(tmp_path):
    tables = panel([*crowd(3), *[episode(f"p00{n}", 2, previous_episode_id=f"e-p00{n}-1") for n in range(3)]])
    said = approval(
        tmp_path,
        tables={
            **body()["tables"],
            "episodes": {**episodes_with(enrolled_on="year", previous_episode_id="id")["episodes"]},
            "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "mental_health": "as_is"},
        },
    )
    made = cut(tables, said).tables
    episodes, waves = made["episodes"], made["waves"]
    assert set(episodes["person_id"]) == set(made["persons"]["person_id"]) == set(waves["person_id"])
    assert set(waves["episode_id"]) == set(episodes["episode_id"])
    assert set(episodes["previous_episode_id"].drop_nulls()) < set(episodes["episode_id"])
    assert episodes["previous_episode_id"].null_count() == 3
    pairs = episodes.join(episodes, left_on="previous_episode_id", right_on="episode_id")
    assert (pairs["person_id"] == pairs["person_id_right"]).all()


def test_a_reference_to_an_episode_that_is_not_in_is_cut_and_counted(tmp_path):
    episodes = [episode(f"p{n}", 2, programme="vuxna", previous_episode_id=f"e-p{n}-1") for n in range(3)]
    tables = panel([*[episode(f"p{n}") for n in range(3)], *episodes])
    said = approval(
        tmp_path,
        population={"episodes": "matching", "programme": ["vuxna"]},
        tables=episodes_with(status="as_is", previous_episode_id="id"),
        quasi_identifiers=["status"],
        small_classes={"policy": "refuse"},
    )
    made = cut(tables, said)
    assert made.tables["episodes"]["previous_episode_id"].null_count() == 3
    assert made.n_references_cut == 3


def test_days_are_counted_from_the_persons_first_enrolment_in_the_extract(tmp_path):
    own = [
        {"enrolled_on": DAY(2020, 1, 1), "discharged_on": DAY(2020, 2, 1)},
        {"enrolled_on": DAY(2022, 1, 1), "discharged_on": DAY(2022, 3, 1)},
        {"enrolled_on": DAY(2022, 1, 11), "discharged_on": None},
    ]
    tables = panel([episode(f"p{n}", no, **each) for n in range(3) for no, each in enumerate(own, start=1)])
    said = approval(
        tmp_path,
        population={"episodes": "matching", "enrolled_from": DAY(2021, 1, 1)},
        tables=episodes_with(
            episode_no="as_is", enrolled_on="days_since_enrolment", discharged_on="days_since_enrolment"
        ),
        quasi_identifiers=["enrolled_on"],
        small_classes={"policy": "refuse"},
    )
    rows = cut(tables, said).tables["episodes"].select("episode_no", "enrolled_on_day", "discharged_on_day").unique()
    assert sorted(rows.iter_rows()) == [(2, 0, 59), (3, 10, None)]


# --- quasi-identifiers that are missing ---


def test_a_missing_quasi_identifier_without_a_rule_is_refused(tmp_path):
    told = refusal(panel([*crowd(5), episode("p9", enrolled_on=None)]), approval(tmp_path))
    assert (told.code, "enrolled_on" in told.message, "nulls" in told.remedy) == (
        "extract-null-without-rule",
        True,
        True,
    )


def test_a_missing_value_as_a_category_must_be_that_of_enough_persons(tmp_path):
    said = approval(tmp_path, nulls={"enrolled_on": "category"})
    alone = cut(panel([*crowd(5), episode("p9", enrolled_on=None)]), said)
    assert alone.n_hidden["enrolment"] > 0 or alone.counts.n_left_out == 1
    shared = cut(panel([*crowd(5), *crowd(3, first=50, enrolled_on=None)]), said)
    assert (shared.n_hidden["enrolment"], shared.risk.k) == (0, 3)


def test_a_missing_value_that_is_hidden_looks_like_any_hidden_one(tmp_path):
    said = approval(tmp_path, nulls={"enrolled_on": "suppress"})
    missing = crowd(2, first=50, enrolled_on=None)
    rare = [episode("p90", enrolled_on=DAY(2019, 1, 1))]
    rows = cut(panel([*crowd(5), *missing, *rare]), said).tables["episodes"].filter("enrolled_on_year__hidden")
    assert rows["enrolled_on_year"].to_list() == [None, None, None]


# --- order ---


def test_the_order_of_the_panels_rows_changes_nothing_and_leaves_no_trace(tmp_path):
    said = approval(tmp_path)
    tables = panel([*crowd(9), *crowd(4, first=30, sex="female"), episode("p9", enrolled_on=DAY(2019, 1, 1))])
    shuffled = {
        name: frame.collect().sample(fraction=1.0, shuffle=True, seed=7).lazy() for name, frame in tables.items()
    }
    one, other = cut(tables, said), cut(shuffled, said)
    for name, frame in one.tables.items():
        assert frame.equals(other.tables[name])
        assert frame["person_id"].is_sorted()


def test_what_leaves_is_what_was_measured(tmp_path):
    """The risk, measured anew on the tables as somebody outside would join them."""
    said = approval(tmp_path)
    rare = [episode(f"p9{n}", enrolled_on=DAY(2015 + n % 3, 1, 1), sex=("female", "male")[n % 2]) for n in range(9)]
    made = cut(panel([*crowd(9), *crowd(4, first=30, sex="female"), *rare]), said)
    joined = made.tables["episodes"].join(made.tables["persons"], on="person_id")
    seen = joined.select("person_id", "sex", pl.col("enrolled_on_year").fill_null(0))
    assert risk(seen, ["sex", "enrolled_on_year"]).k == made.risk.k >= said.risk.k
    assert {fact.name for fact in facts(said)} == set(made.n_hidden)


def test_what_does_not_leave_does_not_matter(tmp_path):
    """Everything of the panel that the approval does not name, changed: not a value of the extract is another."""
    said = approval(tmp_path)
    tables = panel([*crowd(9), *crowd(4, first=30, sex="female"), episode("p9", enrolled_on=DAY(2019, 1, 1))])
    named = {"sex", "enrolled_on", "discharge_reason", *(f"person_id{each}" for each in ("", "_strict", "_wide"))}
    other = {
        name: frame.with_columns(
            pl.lit(None, dtype=dtype).alias(column)
            for column, dtype in frame.collect_schema().items()
            if column not in {*named, "episode_id"}
        )
        for name, frame in tables.items()
    }
    one, changed = cut(tables, said), cut(other, said)
    assert all(frame.equals(changed.tables[name]) for name, frame in one.tables.items())
    assert (one.counts, one.n_hidden, one.risk) == (changed.counts, changed.n_hidden, changed.risk)


def test_a_persons_fact_that_is_missing_in_one_row_is_hidden_in_all(tmp_path):
    tables = {
        "persons": {"person_id": "id", "sex": "as_is"},
        "episodes": {"person_id": "id", "episode_id": "id", "sex": "as_is", "enrolled_on": "year"},
    }
    said = approval(tmp_path, tables=tables, nulls={"sex": "suppress"})
    torn = [one for n in range(3) for one in (episode(f"p9{n}"), episode(f"p9{n}", 2, sex=None))]
    made = cut(panel([*crowd(5), *torn]), said).tables
    assert made["persons"]["sex"].value_counts().sort("sex").rows() == [("male", 5), ("suppressed", 3)]
    assert made["episodes"]["sex"].value_counts().sort("sex").rows() == [("male", 5), ("suppressed", 6)]


# --- the cohort ---


def test_the_cohort_leaves_under_ids_of_its_own_and_only_of_who_is_in(tmp_path):
    rows = [*crowd(4, in_cohort=True), episode("p9", programme="vuxna", in_cohort=True)]
    cohort = [
        {
            "cohort_id": f"c{n}", "status": "linked", "person_id": one["person_id"], "episode_id": one["episode_id"],
            "rule": "same_code", "follow_up_due_on": DAY(2027, 9, 1), "follow_up_rule": "after_discharge",
            "has_returned": False, "returned_on": None,
        }
        for n, one in enumerate(rows)
    ]  # fmt: skip
    said = approval(
        tmp_path,
        population={"episodes": "matching", "programme": ["unga"]},
        tables={
            **episodes_with(enrolled_on="year", discharged_on="year", status="as_is"),
            "cohort": {"cohort_id": "id", "person_id": "id", "episode_id": "id", "follow_up_due_on": "year"},
        },
        quasi_identifiers=["enrolled_on", "discharged_on"],
        small_classes={"policy": "refuse"},
    )
    made = cut(panel(rows, cohort), said).tables
    assert made["cohort"].columns == [
        "cohort_id", "person_id", "episode_id", "follow_up_due_on_year", "follow_up_due_on_year__hidden",
    ]  # fmt: skip
    assert {each[0] for each in made["cohort"]["cohort_id"]} == {"c"}
    assert set(made["cohort"]["episode_id"]) == set(made["episodes"]["episode_id"])
    assert made["cohort"]["follow_up_due_on_year"].unique().to_list() == [2027]


def test_a_day_that_the_cohort_tells_too_is_a_persons(tmp_path):
    """The end of an episode and when its follow-up is due tell the same: hidden in one, it is hidden in both."""
    rows = [*crowd(4), *[episode(f"p9{n}", discharged_on=DAY(2015 + n, 1, 1)) for n in range(3)]]
    cohort = [
        {"cohort_id": f"c{n}", "status": "linked", "rule": "same_code", "follow_up_rule": "after_discharge",
         "person_id": one["person_id"], "follow_up_due_on": one["discharged_on"] + dt.timedelta(days=1826),
         "n_observed_years": 3}
        for n, one in enumerate(rows)
    ]  # fmt: skip
    said = approval(
        tmp_path,
        tables={
            **episodes_with(enrolled_on="year", discharged_on="year"),
            "cohort": {"cohort_id": "id", "person_id": "id", "follow_up_due_on": "year", "n_observed_years": "as_is"},
        },
        quasi_identifiers=["enrolled_on", "discharged_on"],
        small_classes={**body()["small_classes"], "order": ["discharged_on", "enrolled_on"]},
    )
    made = cut(panel(rows, cohort), said).tables
    assert (
        made["episodes"]["discharged_on_year__hidden"].sum()
        == made["cohort"]["follow_up_due_on_year__hidden"].sum()
        == made["cohort"]["n_observed_years__hidden"].sum()
        == 3
    )
