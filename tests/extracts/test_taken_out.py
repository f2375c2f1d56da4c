"""What is taken out of an extract, from where, and when there is none."""

import datetime as dt

import polars as pl
import pytest

import sigpanel
from sigpanel.contracts.approvals import find, read_approval
from sigpanel.disclosure import risk
from sigpanel.errors import PolicyError
from sigpanel.extracts.cut import draft
from tests.extracts.panels import approval, body, crowd, cut, demo_body, episode, episodes_with, panel, refusal, written

DAY = dt.date


def test_a_rare_value_is_taken_out_and_what_is_left_keeps_k(tmp_path):
    tables = panel(
        [*crowd(6), *crowd(2, first=20, enrolled_on=DAY(2024, 5, 1)), episode("p9", enrolled_on=DAY(2019, 1, 1))]
    )
    made = cut(tables, approval(tmp_path))
    assert made.risk.k >= 3
    assert made.n_hidden == {"sex": 0, "enrolment": 3}
    assert made.counts.n_with_hidden == 3
    hidden = made.tables["episodes"].filter("enrolled_on_year__hidden")
    assert hidden["enrolled_on_year"].null_count() == hidden.height == 3


def test_a_persons_fact_is_taken_out_of_all_their_rows_and_tables(tmp_path):
    one = [episode("p9", no, sex="female") for no in (1, 2)]
    tables = {
        "persons": {"person_id": "id", "sex": "as_is"},
        "episodes": {"person_id": "id", "episode_id": "id", "sex": "as_is"},
    }
    said = approval(
        tmp_path, tables=tables, quasi_identifiers=["sex"], small_classes={**body()["small_classes"], "order": ["sex"]}
    )
    made = cut(panel([*crowd(5), *crowd(2, first=30, sex="other"), *one]), said).tables
    assert made["persons"]["sex"].value_counts().sort("sex").rows() == [("male", 5), ("suppressed", 3)]
    assert made["episodes"]["sex"].value_counts().sort("sex").rows() == [("male", 5), ("suppressed", 4)]


def seen_by_who_fills_in(made, names):
    """The least persons in a class, for whoever fills in from other rows a person's sex or age."""
    frame = made.tables["episodes"]
    shown = {
        name: pl.when(pl.col(name) != "suppressed").then(name) if frame.schema[name] == pl.String else pl.col(name)
        for name in names
    }
    told = frame.select("person_id", *(each.cast(pl.String).alias(name) for name, each in shown.items()))
    filled = told.with_columns(
        pl.col(name).fill_null(pl.col(name).max().over("person_id")) for name in names if name in ("sex", "age_band")
    )
    return risk(filled.with_columns(pl.col(*names).fill_null("?")), names).k


def test_of_the_worked_example_nobody_finds_a_hidden_sex_in_another_row_of_the_person(tmp_path):
    """The demo study; sex leaves in episodes alone, and is hidden in some of them."""
    said = demo_body()
    said["tables"]["persons"].pop("sex")
    said["tables"]["episodes"]["sex"] = "as_is"
    made = cut(sigpanel.demo_panel().table, read_approval(written(tmp_path, said)))
    assert made.n_hidden["sex"] > 0
    for names in (["sex"], ["sex", "age_band"], ["sex", "age_band", "district_group", "enrolled_on_year"]):
        assert seen_by_who_fills_in(made, names) >= 5


@pytest.mark.parametrize(
    ("column", "rare", "plain"), [("sex", {"sex": "female"}, "as_is"), ("age", {"age": 31}, {"age_band": 5})]
)
def test_what_is_a_persons_is_hidden_in_all_their_rows_though_it_leaves_in_episodes_alone(
    tmp_path, column, rare, plain
):
    """One episode in a small class, the other in a large one, with the same sex or age in both."""
    name = column if plain == "as_is" else f"{column}_band"
    two = [
        one
        for n in range(3)
        for one in (episode(f"p9{n}", **rare), episode(f"p9{n}", 2, **rare, enrolled_on=DAY(2024 - n, 1, 1)))
    ]
    said = approval(
        tmp_path,
        tables=episodes_with(enrolled_on="year", **{column: plain}),
        quasi_identifiers=[column, "enrolled_on"],
        small_classes={**body()["small_classes"], "order": [column, "enrolled_on"]},
    )
    others = [one for year in (2022, 2023, 2024) for one in crowd(5, first=10 * year, enrolled_on=DAY(year, 3, 1))]
    made = cut(panel([*others, *two]), said)
    kin = {"sex": "sex", "age": "birth"}[column]
    assert made.n_hidden[kin] > 0
    assert seen_by_who_fills_in(made, [name, "enrolled_on_year"]) >= 3


def test_what_an_episode_says_otherwise_of_a_person_is_seen(tmp_path):
    """Nearly all have one sex in both tables; whose two differ is alone, though neither value is rare."""
    tables = {
        "persons": {"person_id": "id", "sex": "as_is"},
        "episodes": {"person_id": "id", "episode_id": "id", "sex": "as_is"},
    }
    said = approval(tmp_path, tables=tables, quasi_identifiers=["sex"], small_classes={"policy": "refuse"})
    odd = [episode("p9", sex="female"), episode("p9", 2, sex="male")]
    told = refusal(panel([*crowd(5), *crowd(5, first=20, sex="female"), *odd]), said)
    assert told.code == "extract-small-classes"


def test_a_hidden_day_is_hidden_in_waves_too_and_so_is_what_it_can_be_reckoned_from(tmp_path):
    tables = {
        **episodes_with(enrolled_on="year", discharged_on="year", days={"band": 365}),
        "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "observed_on": "year"},
    }
    said = approval(
        tmp_path, tables=tables, quasi_identifiers=["enrolled_on"],
        small_classes={**body()["small_classes"], "order": ["enrolled_on"]},
    )  # fmt: skip
    rare = crowd(3, first=70)
    rare = [{**one, "enrolled_on": DAY(2019 - n, 1, 1)} for n, one in enumerate(rare)]
    made = cut(panel([*crowd(5), *rare]), said).tables
    hidden = made["episodes"].filter("enrolled_on_year__hidden")
    assert hidden.height == 3
    assert hidden["days_band"].to_list() == ["suppressed"] * 3
    assert hidden["discharged_on_year"].null_count() == 3
    assert hidden["discharged_on_year__hidden"].all()
    waves = made["waves"].join(hidden, on="episode_id", how="semi")
    flags = waves.group_by("moment").agg(pl.col("observed_on_year__hidden").all()).sort("moment")
    assert flags.rows() == [("discharge", True), ("enrolment", True)]
    assert waves["observed_on_year"].null_count() == waves.height == 6


DATED = {"enrolled_on": "year", "discharged_on": "year", "days": {"band": 365}, "previous_episode_id": "id"}


def test_with_a_hidden_beginning_all_days_of_the_person_go_from_which_it_could_be_narrowed(tmp_path):
    """The person's other episodes are common ones: one ended when the rare one began, and it lies between the two."""
    tables = panel(
        [
            *[one for year in (2018, 2020) for one in crowd(5, first=year, enrolled_on=DAY(year, 3, 1))],
            episode("p9", 1, enrolled_on=DAY(2018, 3, 1), discharged_on=DAY(2019, 1, 1)),
            episode("p9", 2, enrolled_on=DAY(2019, 1, 1), discharged_on=DAY(2019, 9, 1), previous_episode_id="e-p9-1"),
            episode("p9", 3, enrolled_on=DAY(2020, 3, 1), discharged_on=None, status="ongoing"),
            *crowd(3, first=60, enrolled_on=DAY(2016, 1, 1)),
        ]
    )
    small = {**body()["small_classes"], "order": ["enrolled_on"]}
    said = approval(
        tmp_path,
        tables=episodes_with(**DATED),
        quasi_identifiers=["enrolled_on"],
        small_classes=small,
        risk={"k": 4, "unique_trajectories": 1.0},
    )
    made = draft(tables, said)
    own = made.tables["episodes"].filter(pl.col("_person") == "p9")
    assert own.height == 3
    assert own.select("enrolled_on_year", "discharged_on_year").null_count().row(0) == (3, 3)
    assert own.select("enrolled_on_year__hidden", "discharged_on_year__hidden").to_series().all()
    assert own["days_band"].to_list() == ["suppressed"] * 3
    # What is told of it counts all of them, and classes are of what leaves.
    assert made.n_hidden == {"enrolment": 6}
    left = made.tables["episodes"].with_columns(pl.col("enrolled_on_year").cast(pl.String).fill_null("hidden"))
    assert risk(left, ["enrolled_on_year"], "_person").k >= 4


def test_a_listed_end_that_is_hidden_takes_the_beginning_with_it(tmp_path):
    tables = panel([*crowd(6), *[{**one, "discharged_on": DAY(2024 + n, 1, 1)} for n, one in enumerate(crowd(3, 50))]])
    said = approval(
        tmp_path,
        tables=episodes_with(**DATED),
        quasi_identifiers=["enrolled_on", "discharged_on"],
        nulls={"discharged_on": "category"},
        small_classes={**body()["small_classes"], "order": ["discharged_on", "enrolled_on"]},
    )
    made = draft(tables, said)
    assert made.n_hidden == {"enrolment": 3, "end": 3}
    assert made.tables["episodes"].filter("discharged_on_year__hidden")["enrolled_on_year"].null_count() == 3


def test_of_the_worked_example_no_hidden_year_of_beginning_is_narrowed_by_the_persons_other_days():
    made = draft(sigpanel.demo_panel().table, read_approval(find("demo-followup"))).tables["episodes"]
    persons = made.filter("enrolled_on_year__hidden").select("_person").unique()
    assert persons.height > 20
    days = made.join(persons, on="_person").select("enrolled_on_year", "discharged_on_year", "days_band")
    assert days.drop("days_band").null_count().row(0) == (days.height, days.height)
    assert set(days["days_band"]) == {"suppressed"}


@pytest.mark.parametrize("fact", ["district", "programme"])
def test_with_a_hidden_district_or_programme_goes_that_it_was_a_renewal_of_an_earlier_one(tmp_path, fact):
    rare = {"district": "skarpnack"} if fact == "district" else {"programme": "vuxna"}
    tables = panel([*crowd(6), episode("p8", **rare), episode("p9", is_renewal=True, **rare)])
    said = approval(
        tmp_path,
        tables=episodes_with(**{fact: "as_is"}, is_renewal="as_is"),
        quasi_identifiers=[fact],
        small_classes={**body()["small_classes"], "order": [fact], "most_left_out": 0.0},
    )
    made = draft(tables, said).tables["episodes"].filter(pl.col(fact) == "suppressed")
    assert made.height == 3
    assert made["is_renewal"].null_count() == 3


def test_who_is_in_too_small_a_class_even_so_is_left_out_or_the_extract_is_refused(tmp_path):
    small = {**body()["small_classes"], "order": ["enrolled_on"]}
    tables = panel([*crowd(6), episode("p9", sex="other")])
    made = cut(tables, approval(tmp_path, small_classes=small))
    assert (made.counts.n_persons, made.counts.n_left_out, made.risk.k) == (6, 1, 6)
    told = refusal(tables, approval(tmp_path, small_classes={**small, "rest": "refuse"}))
    assert told.code == "extract-small-classes"


REFUSED = [
    ("refuse", {"small_classes": {"policy": "refuse"}}, "extract-small-classes"),
    (
        "too much hidden",
        {"small_classes": {**body()["small_classes"], "most_suppressed": 0.1}},
        "extract-too-much-suppressed",
    ),
    (
        "too many left out",
        {"small_classes": {**body()["small_classes"], "order": ["sex"], "most_left_out": 0.1}},
        "extract-too-many-left-out",
    ),
    ("courses", {"risk": {"k": 3, "unique_trajectories": 0.05}}, "extract-unique-trajectories"),
    ("too few", {"risk": {"k": 50, "unique_trajectories": 1.0}}, "extract-too-few"),
]


@pytest.mark.parametrize(("said", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_limit_that_cannot_be_kept_is_refused_with_what_was_found(tmp_path, said, code):
    rare = [episode("p9", no, enrolled_on=DAY(2010 + no, 1, 1)) for no in range(1, 4)]
    rare += [episode("p8", no, enrolled_on=DAY(2010 + no, 1, 1)) for no in range(1, 3)]
    told = refusal(panel([*crowd(6), *rare]), approval(tmp_path, **said))
    assert (told.code, type(told)) == (code, PolicyError)
    assert "p9" not in str(told)


def test_too_few_of_the_population_is_told_apart_from_too_many_left_out(tmp_path):
    few = refusal(panel(crowd(2)), approval(tmp_path))
    assert (few.code, few.message, "population" in few.remedy) == (
        "extract-too-few",
        "The population has fewer than 3 persons.",
        True,
    )
    apart = [
        {**one, "enrolled_on": DAY(2010 + no, 1, 1), "sex": sex}
        for no, (one, sex) in enumerate(zip(crowd(4), ["male", "female"] * 2, strict=True))
    ]
    small = {**body()["small_classes"], "order": ["sex"]}
    out = refusal(panel(apart), approval(tmp_path, small_classes=small))
    assert (out.code, "small_classes" in out.remedy, "Coarsen" in out.remedy) == ("extract-small-classes", False, True)
    assert "without them fewer than 3 would be left" in out.message


def test_what_would_be_hidden_too_often_is_told_by_the_approvals_own_columns(tmp_path):
    said = approval(
        tmp_path,
        tables=episodes_with(age={"age_band": 5}),
        quasi_identifiers=["age"],
        small_classes={**body()["small_classes"], "order": ["age"], "most_suppressed": 0.1},
    )
    told = refusal(panel([*crowd(6), *crowd(2, first=50, age=31), *crowd(2, first=60, age=41)]), said)
    assert (told.code, "Of episodes.age " in told.message) == ("extract-too-much-suppressed", True)
    assert told.remedy.startswith("Coarsen episodes.age (")


def test_a_few_are_left_out_rather_than_that_others_lose_values_to_join_them(tmp_path):
    tables = panel([*crowd(20), episode("p9", sex="female", enrolled_on=DAY(2019, 1, 1))])
    small = body()["small_classes"]
    out = cut(tables, approval(tmp_path, small_classes={**small, "most_left_out": 0.05}))
    assert (out.counts.n_left_out, out.counts.n_with_hidden) == (1, 0)
    joined = cut(tables, approval(tmp_path, small_classes={**small, "most_left_out": 0.04}))
    assert (joined.counts.n_left_out, joined.counts.n_with_hidden) == (0, 3)
    kept = cut(tables, approval(tmp_path, small_classes={**small, "rest": "refuse"}))
    assert (kept.counts.n_left_out, kept.counts.n_with_hidden) == (0, 3)


def test_a_class_that_tells_the_sensitive_value_is_made_larger(tmp_path):
    same = crowd(4, first=50, enrolled_on=DAY(2024, 1, 1), discharge_reason="relapse")
    mixed = [
        {**one, "discharge_reason": reason} for one, reason in zip(crowd(4), ["goals_met", "other"] * 2, strict=True)
    ]
    plain = cut(panel([*mixed, *same]), approval(tmp_path))
    assert plain.n_hidden["enrolment"] == 0
    risks = {"k": 3, "unique_trajectories": 1.0, "sensitive": ["discharge_reason"], "l": 2, "dominant_share": 0.7}
    held = cut(panel([*mixed, *same]), approval(tmp_path, risk=risks))
    assert held.n_hidden["enrolment"] > 0
    assert held.risk.l["episodes.discharge_reason"] >= 2
    assert held.risk.dominant_share["episodes.discharge_reason"] <= 0.7


def test_persons_are_counted_and_not_rows(tmp_path):
    often = [episode("p9", no, enrolled_on=DAY(2018, 1, no)) for no in range(1, 9)]
    made = cut(panel([*crowd(5), *often]), approval(tmp_path))
    assert made.n_hidden["enrolment"] + made.counts.n_left_out > 0


def test_with_the_doubtful_ids_persons_are_counted_by_those(tmp_path):
    """Three persons who may be one and the same are not three."""
    three = [{**one, "person_id_wide": "w"} for one in crowd(3, first=50, enrolled_on=DAY(2019, 1, 1))]
    plain = {**episodes_with(enrolled_on="year")["episodes"]}
    said = {"quasi_identifiers": ["enrolled_on"], "small_classes": {"policy": "refuse"}}
    draft(panel([*crowd(5), *three]), approval(tmp_path, tables={"episodes": plain}, **said))
    told = refusal(
        panel([*crowd(5), *three]), approval(tmp_path, tables={"episodes": {**plain, "person_id_wide": "id"}}, **said)
    )
    assert told.code == "extract-small-classes"
