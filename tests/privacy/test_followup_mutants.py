"""Each leak planted in follow-up turns a proof red, and without one all are green."""

import pytest

from tests.privacy.extract_mutants import built_for_extracts
from tests.privacy.followup_mutants import MUTANTS, PROOFS, Followed
from tests.support.study import copied


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return built_for_extracts(tmp_path_factory.mktemp("followup") / "study")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    """A copy of the study, with a key of its own beside it."""
    return Followed(copied(made, tmp_path / "study", "one_role = true"), monkeypatch)


@pytest.mark.parametrize("proof", PROOFS)
def test_followup_as_it_is_holds(office, proof):
    assert list(PROOFS[proof](office)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(office, mutant):
    proof, apply = MUTANTS[mutant]
    apply(office)
    assert list(PROOFS[proof](office)) != []
