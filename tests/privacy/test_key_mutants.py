"""Each leak planted in rotations, rewritten releases and the order of a log is found; without one all is green."""

import pytest

from tests.privacy.custody_mutants import Room
from tests.privacy.key_mutants import MUTANTS, PROOFS


@pytest.fixture
def room(released, tmp_path, monkeypatch):
    # The page on contracts takes as long as all the rest, and no mutant touches it.
    monkeypatch.setattr("sigpanel.pipeline.report.outcomes_of", lambda _: None)
    monkeypatch.setattr("sigpanel.pipeline.report.contracts_page", lambda *_: "<html></html>")
    beside = tmp_path / "beside"
    beside.mkdir(mode=0o700)
    return Room(released, monkeypatch, beside)


@pytest.mark.parametrize("proof", PROOFS)
def test_keys_and_logs_as_they_are_hold(room, proof):
    assert list(PROOFS[proof](room)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(room, mutant):
    proof, apply = MUTANTS[mutant]
    apply(room)
    assert list(PROOFS[proof](room)) != []


def test_every_proof_has_something_to_find():
    assert {proof for proof, _ in MUTANTS.values()} == set(PROOFS)
