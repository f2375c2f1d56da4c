"""EM finds what the pairs are made of where that is plain, and never has a say in who is whose."""

import pytest

from sigpanel.persons.diagnose import diagnose
from tests.support.episodes import episodes


def panel(n_pairs: int, slips: int) -> str:
    """Persons with two episodes each, of whom no two are alike, and of whom some have a slip in the day."""
    lines = ["name code sex district"]
    for at in range(n_pairs):
        initials = f"{'ABDEFGHLMN'[at % 10]}{'CJORSTUVYP'[at // 10]}{at // 10}{at // 10}"
        lines += [f"x{at} {initials}12 male farsta", f"y{at} {initials}{12 + (at < slips)} male farsta"]
    return "\n".join(lines)


def test_the_share_of_slips_among_pairs_of_one_person_is_found():
    found = diagnose(episodes(panel(100, 10)))
    assert found.n_pairs == 100
    assert found.found["day"]["slip"] == pytest.approx(0.1, abs=0.05)
    assert sum(found.found["day"].values()) == pytest.approx(1.0)
    assert found.fixed["day"]["slip"] == 0.008


def test_pairs_that_no_pass_brings_up_are_nothing_to_learn_from():
    assert diagnose(episodes("name code\na AP0712\nb BS0820")) is None


def test_what_is_not_told_counts_for_nothing():
    found = diagnose(episodes("name code sex\na AP0712 male\nb AP0712 -"))
    assert found.found["sex"] == {}


def test_the_order_of_episodes_changes_nothing():
    told = episodes(panel(40, 4))
    assert diagnose(told) == diagnose(told.reverse())
