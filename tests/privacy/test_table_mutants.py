"""Each leak planted in published tables is found by an attack, and no attack breaks the tables as they are."""

import pytest

from tests.privacy.table_mutants import MUTANTS, PROOFS


@pytest.mark.parametrize("proof", PROOFS)
def test_tables_as_they_are_hold(tmp_path, proof):
    assert list(PROOFS[proof](tmp_path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(tmp_path, monkeypatch, mutant):
    proof, apply = MUTANTS[mutant]
    apply(monkeypatch)
    assert list(PROOFS[proof](tmp_path)) != []


def test_every_attack_has_something_to_find():
    assert {proof for proof, _ in MUTANTS.values()} == set(PROOFS)
