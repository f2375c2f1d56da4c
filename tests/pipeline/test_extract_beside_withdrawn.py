"""Extracts from before and after a withdrawal would tell who withdrew: the first is called back before the next."""

import datetime as dt

import pytest

from sigpanel.errors import PolicyError
from sigpanel.pipeline import recall as recalls
from sigpanel.pipeline.extract import issue
from sigpanel.pipeline.extract_life import expire, recall
from sigpanel.pipeline.withdraw import withdraw
from tests.privacy.extract_mutants import APPROVAL, built_for_extracts
from tests.support.study import A, copied
from tests.support.withdraw import asked

FIRST, LATER = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
# One of the eight who are alike, of another district than A.
ALIKE = "ÅX0711"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return built_for_extracts(tmp_path_factory.mktemp("made") / "study")


@pytest.fixture
def study(made, tmp_path):
    """A study whose extract `provet-v1` is in use; both roles held by one."""
    study = copied(made, tmp_path / "study", "one_role = true")
    issued(study)
    return study


def issued(study, version=1, day=FIRST, name="provet", **changes):
    text = APPROVAL.format(version=version).replace('"provet"', f'"{name}"')
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = study.root.parent / "approval.yaml"
    path.write_text(text, encoding="utf-8")
    return issue(study, path, today=day)


def refusal(study, *given, **more):
    with pytest.raises(PolicyError) as caught:
        issued(study, *given, **more)
    return caught.value


def test_the_next_version_is_refused_while_one_is_out_that_holds_who_withdrew(study):
    withdraw(study, asked(ALIKE), today=LATER)
    for name, version in (("provet", 2), ("another", 1)):
        told = refusal(study, version, LATER, name)
        assert (told.code, told.exit_code) == ("withdrawal-not-recalled", 4)
        assert "sigpanel extract recall provet-v1 --reason withdrawal" in told.remedy
    recall(study, "provet-v1", "withdrawal", today=LATER)
    assert issued(study, 2, LATER).counts.n_eligible == 10
    assert issued(study, 1, LATER, "another").counts.n_eligible == 10


def test_one_that_has_ended_is_not_in_the_way(study):
    withdraw(study, asked(ALIKE), today=LATER)
    expire(study, "provet-v1", today=LATER, is_early=True)
    assert issued(study, 2, LATER).extract_id == "provet-v2"


def test_one_that_holds_nobody_who_withdrew_is_not_in_the_way_as_the_owners_room_tells(study, monkeypatch):
    issued(study, 1, FIRST, "boys", **{'programme: ["unga"]': 'programme: ["unga"], district: ["jarva"]'})
    recall(study, "provet-v1", "fault", today=FIRST)
    withdraw(study, asked(A), today=LATER)
    with monkeypatch.context() as patch:
        # Who may not look into that room cannot know it.
        patch.setattr(recalls, "can_look", lambda _: False)
        told = refusal(study, 2, LATER)
        assert (told.code, "boys-v1" in told.message) == ("withdrawal-not-recalled", True)
    assert issued(study, 2, LATER).extract_id == "provet-v2"


def test_while_nobody_has_withdrawn_extracts_are_in_use_beside_each_other(study):
    assert issued(study, 2).extract_id == "provet-v2"
