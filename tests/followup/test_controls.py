"""Ids of controls are for good: what a later version may change of them, and what it may not."""

import datetime as dt

import pytest

from sigpanel.errors import InputError
from sigpanel.extracts import open_extract
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import SUSPICION
from tests.support.followup import TODAY, bra, contents, control, make_extract, rewritten, scb

REMEDY = (
    "The id of a control is for good: ask the holder for the controls that were drawn first, all of them. If the new "
    "ones are right, ask every other holder anew about these; then move the extract's folder followup away, and "
    "receive all deliveries again, controls first."
)
REFUSED = (
    "Other tables have been searched for these controls already, whose rows would be taken for somebody else's, or "
    "nobody's. Nothing was taken in:\n"
)


@pytest.fixture
def extract(tmp_path):
    """P1 and P2 have a control each."""
    folder = make_extract(tmp_path / "demo-followup-v1")
    receive_alone(folder, scb(tmp_path / "scb", controls=[control("P1"), control("P2")]), today=TODAY)
    return folder


@pytest.fixture
def searched(extract, tmp_path):
    """Brå has searched for both, and tells a suspicion of one."""
    sent = bra(tmp_path / "bra", suspicions=[{**SUSPICION, "person_id": "P1-1"}])
    rewritten(sent / "searched.csv", "P1;searched\n", "P1;searched\nP1-1;searched\nP2-1;searched\n")
    receive_alone(extract, sent, today=TODAY)
    return extract


def again(folder, *controls):
    """The next version of what SCB delivered, with these controls."""
    return scb(folder, controls=controls, version="2024:2")


def refused(extract, sent):
    before = contents(extract)
    with pytest.raises(InputError) as told:
        receive_alone(extract, sent, today=TODAY)
    assert contents(extract) == before
    return told.value


def warnings(done):
    return [(one.rule, one.n) for one in done.received.warnings if one.rule.startswith("controls.same")]


@pytest.mark.parametrize("changed", [{"birth_year": 2001}, {"sex": "female"}])
def test_another_person_under_an_id_that_others_have_searched_for_is_refused(searched, tmp_path, changed):
    assert all(control("P1")[name] != value for name, value in changed.items())
    error = refused(searched, again(tmp_path / "again", {**control("P1"), **changed}, control("P2")))
    assert (error.code, error.remedy) == ("delivery-controls", REMEDY)
    assert error.message == f"{REFUSED}  1 controls have another sex or birth_year under the same id\n"


def test_a_control_that_others_have_searched_for_may_not_go(searched, tmp_path):
    error = refused(searched, again(tmp_path / "again", control("P2")))
    assert (error.code, error.remedy) == ("delivery-controls", REMEDY)
    assert error.message == f"{REFUSED}  1 controls are not among them any more\n"


def test_a_control_that_goes_may_not_be_searched_for_in_the_same_delivery(extract, tmp_path):
    sent = again(tmp_path / "again", control("P2"))
    rewritten(sent / "searched.csv", "P1;searched\n", "P1;searched\nP1-1;searched\n")
    assert refused(extract, sent).message == f"{REFUSED}  1 controls are not among them any more\n"


def test_the_same_controls_are_taken_in_without_a_word(searched, tmp_path):
    done = receive_alone(searched, again(tmp_path / "again", control("P1"), control("P2")), today=TODAY)
    assert warnings(done) == []


def test_another_row_of_a_control_who_may_be_the_same_person_is_warned_of(searched, tmp_path):
    other = {**control("P1"), "residence": "sweden"}
    assert other != control("P1")
    done = receive_alone(searched, again(tmp_path / "again", other, control("P2")), today=TODAY)
    assert warnings(done) == [("controls.same_controls", 1)]


def test_where_nobody_else_has_searched_controls_may_be_drawn_again_and_it_is_told(extract, tmp_path):
    other = {**control("P2"), "birth_year": control("P2")["birth_year"] + 1}
    done = receive_alone(extract, again(tmp_path / "again", other), today=TODAY)
    assert warnings(done) == [("controls.same_controls", 1)]
    opened = open_extract(extract, today=TODAY)
    assert opened.controls.collect()["control_id"].to_list() == ["P2-1"]
    assert "P1-1" not in opened.outcome_years.collect()["person_id"]


def test_a_new_draw_is_taken_in_where_everything_is_received_anew(searched, tmp_path):
    (searched / "followup").rename(tmp_path / "away")
    other = {**control("P1"), "birth_year": control("P1")["birth_year"] + 1}
    receive_alone(searched, again(tmp_path / "again", other, control("P2")), today=TODAY + dt.timedelta(days=1))
    receive_alone(searched, tmp_path / "bra", today=TODAY + dt.timedelta(days=1))
    assert "P1-1" in open_extract(searched, today=TODAY).outcomes.collect()["person_id"]
