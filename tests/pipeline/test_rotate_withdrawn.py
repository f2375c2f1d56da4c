"""Who has withdrawn stays out when the panel passes to another key."""

import shutil

import pytest

from sigpanel.panel import open_panel, registry
from sigpanel.pipeline import rekey, rotate
from sigpanel.pipeline import withdraw as withdrawing
from sigpanel.pipeline.build import build
from sigpanel.pipeline.custody import owner_key, remembered_of
from tests.pipeline.test_rotate import DAY, decide, hold_the_same_persons, new_key, set_key
from tests.support.study import A, release_of


@pytest.fixture
def without_one(released):
    """The small study when a decision is in force and a person has withdrawn; both older releases are rewritten."""
    decide(released)
    build(released)
    asked = withdrawing.Asked(scope="research", reason="asked", who="NN", code=A)
    withdrawing.withdraw(released, asked, today=DAY, older="purge")
    return released


@pytest.mark.parametrize("way", ["rebuild", "compromise", "rekey"])
def test_a_withdrawal_holds_after_a_rotation_and_nothing_is_pending(without_one, way):
    study = without_one
    before, marks = open_panel(study.panel), registry.withdrawn(remembered_of(study))
    path, _ = new_key(study)
    if way == "rekey":
        shutil.rmtree(study.submissions)
        study.submissions.mkdir()
        rekey.rekey(study, path, today=DAY)
    else:
        assert rotate.rebuild(study, path, today=DAY, is_compromise=way == "compromise").n_forgotten == 0
    after = open_panel(study.panel)
    if way != "compromise":
        hold_the_same_persons(before, after)
    assert "withdrawn" in after.ledger.collect()["fate"].to_list()
    study = set_key(study, path)
    now = registry.withdrawn(remembered_of(study))
    assert now["alias_kind"].sort().to_list() == marks["alias_kind"].sort().to_list()
    assert not set(now["alias"]) & set(marks["alias"])
    assert not withdrawing.pending(study, owner_key(study))


@pytest.mark.parametrize("is_compromise", [False, True])
def test_the_next_build_leaves_them_out_and_changes_no_byte_of_a_table(without_one, is_compromise):
    path, _ = new_key(without_one)
    rotate.rebuild(without_one, path, today=DAY, is_compromise=is_compromise)
    study = set_key(without_one, path)
    build(study)
    fourth, fifth = release_of(study, "r0004"), release_of(study, "r0005")
    assert not [name for name in fourth if name.endswith(".parquet") and fourth[name] != fifth[name]]
