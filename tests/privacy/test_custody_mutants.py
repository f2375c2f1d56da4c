"""Each leak planted in withdrawals, logs, keys and the fact sheet is found, and without one all proofs are green."""

import pytest

from sigpanel.pipeline.custody import remembered_of
from sigpanel.pipeline.make import make_whole
from tests.privacy.custody_mutants import MUTANTS, PROOFS, Room
from tests.support.withdraw import KEY

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture(scope="module")
def whole(built):
    """The study with everybody in it, which is the same for each."""
    return make_whole(built, KEY, remembered_of(built))


@pytest.fixture
def room(released, whole, beside, monkeypatch):
    monkeypatch.setattr("sigpanel.pipeline.at_hand.make_whole", lambda *_: whole)
    monkeypatch.setenv("TMPDIR", str(beside))
    monkeypatch.setattr("tempfile.tempdir", None)
    return Room(released, monkeypatch, beside)


@pytest.mark.parametrize("proof", PROOFS)
def test_custody_as_it_is_holds(room, proof):
    assert list(PROOFS[proof](room)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(room, mutant):
    proof, apply = MUTANTS[mutant]
    apply(room)
    assert list(PROOFS[proof](room)) != []


def test_every_proof_has_something_to_find():
    assert {proof for proof, _ in MUTANTS.values()} == set(PROOFS)
