"""How an episode was reported is counted: which questions its form did not have tells programme and year."""

import datetime as dt

import polars as pl
import pytest

import sigpanel
from sigpanel.contracts.approvals import find, read_approval
from sigpanel.disclosure import risk
from sigpanel.extracts.cut import draft
from tests.extracts.panels import approval, body, crowd, cut, demo_body, episode, episodes_with, panel, written

DAY = dt.date
ANSWERS = {"mental_health": "as_is", "mental_health__missing": "as_is"}
OF_WAVES = {"person_id": "id", "episode_id": "id", "moment": "as_is"}
REFUSE = {"policy": "refuse"}
NEITHER = {"mental_health__missing": "not_collected"}


def said(tmp_path, waves, small=REFUSE, **more):
    tables = {**episodes_with(sex="as_is"), "waves": {**OF_WAVES, **waves}}
    return approval(tmp_path, tables=tables, quasi_identifiers=["sex"], small_classes=small, **more)


LEAVE_OUT = {**body()["small_classes"], "order": ["sex"]}


ASKED = {"mental_health": 5}


@pytest.mark.parametrize("column", [[*ANSWERS], ["mental_health"], ["mental_health__missing"]], ids="-".join)
def test_who_alone_was_not_asked_a_question_is_in_a_class_of_their_own(tmp_path, column):
    rows = [*crowd(5, **ASKED), episode("p9", **NEITHER)]
    waves = {name: ANSWERS[name] for name in column}
    made = draft(panel(rows), said(tmp_path, waves, LEAVE_OUT))
    assert (made.counts.n_left_out, made.counts.n_persons, made.n_hidden) == (1, 5, {"sex": 0, "reporting": 0})


def test_a_question_that_nobody_or_everybody_was_asked_tells_nothing(tmp_path):
    for rows in (crowd(5, **ASKED), crowd(5, **NEITHER)):
        made = draft(panel(rows), said(tmp_path, ANSWERS))
        assert made.risk.k == 5


def test_another_reason_for_no_answer_tells_no_form(tmp_path):
    rows = [*crowd(5, **ASKED), episode("p9", mental_health__missing="unknown")]
    assert draft(panel(rows), said(tmp_path, ANSWERS)).risk.k == 6


def test_a_question_of_which_nothing_leaves_is_not_counted(tmp_path):
    rows = [*crowd(5, **ASKED), episode("p9", **NEITHER)]
    assert draft(panel(rows), said(tmp_path, {"stable_housing": "as_is"})).risk.k == 6


def test_an_episode_that_has_not_ended_is_like_those_that_ended_on_the_same_form(tmp_path):
    open_ = [{**one, "discharged_on": None, "status": "ongoing"} for one in crowd(1, first=90, **NEITHER)]
    made = draft(panel([*crowd(5, **ASKED), *crowd(2, first=50, **NEITHER), *open_]), said(tmp_path, ANSWERS))
    assert made.risk.k == 3


def test_where_nothing_leaves_that_tells_the_form_it_is_no_fact(tmp_path):
    made = draft(panel(crowd(5)), approval(tmp_path))
    assert "reporting" not in made.n_hidden


def test_it_is_reckoned_with_and_does_not_leave(tmp_path):
    made = cut(panel(crowd(5, **ASKED)), said(tmp_path, ANSWERS))
    assert made.n_hidden == {"sex": 0, "reporting": 0}
    assert made.tables["episodes"].columns == ["person_id", "episode_id", "sex"]


@pytest.mark.parametrize("column", ["is_left_truncated", "is_retrospective"])
def test_that_an_episode_began_before_reporting_did_is_counted(tmp_path, column):
    rows = [*crowd(5), episode("p9", **{column: True})]
    one = approval(
        tmp_path,
        tables=episodes_with(sex="as_is", **{column: "as_is"}),
        quasi_identifiers=["sex"],
        small_classes=LEAVE_OUT,
    )
    assert draft(panel(rows), one).counts.n_left_out == 1


def test_who_was_in_the_pilot_is_counted_by_the_mark_and_by_a_row_among_the_cohort(tmp_path):
    rows = [*crowd(5), episode("p9", in_cohort=True)]
    small = {**body()["small_classes"], "order": ["in_cohort"], "rest": "refuse"}
    tables = {**episodes_with(status="as_is"), "persons": {"person_id": "id", "in_cohort": "as_is"}}
    by_mark = approval(tmp_path, tables=tables, quasi_identifiers=["in_cohort"], small_classes=small)
    assert draft(panel(rows), by_mark).n_hidden == {"programme": 3}
    tables = {**episodes_with(sex="as_is"), "cohort": {"cohort_id": "id", "person_id": "id"}}
    by_row = approval(tmp_path, tables=tables, quasi_identifiers=["sex"], small_classes=LEAVE_OUT)
    assert draft(panel(rows, [{"cohort_id": "c1", "person_id": "p9"}]), by_row).counts.n_left_out == 1


def test_of_the_worked_example_the_form_that_lacks_a_question_makes_no_small_class():
    made = draft(sigpanel.demo_panel().table, read_approval(find("demo-followup")))
    whose = made.tables["waves"].filter(mental_health__missing="not_collected", moment="enrolment").select("_episode")
    assert whose.height > 0
    lacks = made.tables["episodes"].select("_episode").join(whose.with_columns(lacks=True), on="_episode", how="left")
    sexes = made.tables["persons"].select("_person", "sex")
    names = ["sex", "age_band", "district_group", "enrolled_on_year"]
    rows = made.tables["episodes"].with_columns(lacks["lacks"].fill_null(value=False)).join(sexes, on="_person")
    rows = rows.with_columns(pl.col(*names).cast(pl.String).fill_null("hidden"))
    assert risk(rows, [*names, "lacks"], "_person").k >= 5


def test_it_is_told_of_in_the_readme_in_both_languages(tmp_path):
    from sigpanel.contracts.approval_facts import facts
    from sigpanel.extracts.readme import _called

    [fact] = [one for one in facts(read_approval(written(tmp_path, demo_body()))) if one.name == "reporting"]
    assert "questions its form did not have" in _called(fact, "en")
    assert "formuläret" in _called(fact, "sv")
