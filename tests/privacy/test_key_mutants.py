"""Each leak planted in rotations, rewritten releases and the order of a log is found; without one all is green."""

import pytest

from tests.privacy.custody_mutants import Room
from tests.privacy.key_mutants import MUTANTS, PROOFS

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture
def room(released, beside, monkeypatch):
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
