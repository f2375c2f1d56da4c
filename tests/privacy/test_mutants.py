"""Each planted leak turns a proof red, and without one all proofs are green: else a green proof would say nothing."""

import pytest

from tests.privacy.mutants import MUTANTS, Lab
from tests.privacy.proofs import PROOFS, Desk

# Where more is asked than what a build leaves.
_COMMANDS = {"spoken": ("build", "check"), "others": ("check",)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("proofs"))


@pytest.fixture(scope="module")
def sound(desk):
    return desk.look()


@pytest.mark.parametrize("proof", PROOFS)
def test_the_program_as_it_is_holds(sound, proof):
    assert {name: answer.code for name, answer in sound.said.items()} == {"build": 0, "check": 1}
    assert list(PROOFS[proof](sound)) == []


@pytest.mark.slow
@pytest.mark.usefixtures("without_pages")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "_"))
def test_a_leak_is_found(desk, monkeypatch, mutant):
    mutant.apply(Lab(monkeypatch))
    seen = desk.look(commands=_COMMANDS.get(mutant.found_by, ("build",)))
    assert list(PROOFS[mutant.found_by](seen)) != []
    if mutant.found_by in ("unmoved", "unshuffled"):
        assert list(PROOFS["searched"](seen)) == []


def test_there_are_enough_of_them_and_every_proof_has_some():
    assert len(MUTANTS) >= 20
    assert {mutant.found_by for mutant in MUTANTS} == set(PROOFS)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
