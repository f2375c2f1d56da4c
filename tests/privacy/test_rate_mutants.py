"""Each leak planted in published rates is found, and rates as they are show nothing of anybody."""

import pytest

from tests.privacy.rate_mutants import MUTANTS, PROOFS


@pytest.mark.parametrize("proof", PROOFS)
def test_rates_as_they_are_hold(proof):
    assert list(PROOFS[proof]()) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(monkeypatch, mutant):
    proof, apply = MUTANTS[mutant]
    apply(monkeypatch)
    assert list(PROOFS[proof]()) != []
