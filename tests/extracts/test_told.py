"""What an extract says in numbers, beside what can be counted in its files: no hidden number follows from it."""

import itertools
from collections import defaultdict
from functools import partial

import pytest

from sigpanel.contracts.disclosure import disclosure
from sigpanel.extracts.cut import Counts
from sigpanel.extracts.told import numbers
from sigpanel.tables import protected
from tests.extracts.panels import approval, body

HIDDEN = disclosure().word("hidden")


def approved(tmp_path, consent="exclude", rest="leave_out"):
    return approval(tmp_path, consent_withdrawn=consent, small_classes={**body()["small_classes"], "rest": rest})


def told(said, n, out=0, left=0, *, withdrawn=None, threshold=5):
    counts = Counts(n + out + left, out if withdrawn is None else withdrawn, out, left, n, 0)
    return numbers(said, counts, partial(protected, threshold=threshold))


@pytest.mark.parametrize("threshold", [5, 7, 10])
@pytest.mark.parametrize(("consent", "rest"), [*itertools.product(["exclude", "include"], ["leave_out", "refuse"])])
def test_who_counts_the_persons_learns_no_hidden_number(tmp_path, consent, rest, threshold):
    """For all that is told and the exact number of persons, a hidden part can be anything below the threshold."""
    said = approved(tmp_path, consent, rest)
    outs = range(2 * threshold + 3) if consent == "exclude" else [0]
    lefts = range(2 * threshold + 3) if rest == "leave_out" else [0]
    possible = defaultdict(set)
    for n, out, left in itertools.product(range(3 * threshold), outs, lefts):
        possible[n, repr(told(said, n, out, left, threshold=threshold))].add((out, left))
    everything = set(range(threshold))
    for pairs in possible.values():
        seen = {"out": {out for out, _ in pairs}, "left": {left for _, left in pairs}}
        for part, most in (("out", len(outs)), ("left", len(lefts))):
            if most > 1 and min(seen[part]) < threshold:
                assert seen[part] == everything
        if (
            len(outs) > 1 < len(lefts)
            and min(map(min, seen.values())) == 0
            and max(map(max, seen.values())) < threshold
        ):
            # Nor the sum of two: each goes with any of the other.
            assert pairs == set(itertools.product(everything, everything))


CASES = [
    ("nobody is left out as the approval says, so the population is who is in", "include", "refuse", 100, 0, 0,
     (100, 0, 0)),
    ("a part that is hidden hides the whole", "exclude", "refuse", 151, 4, 0, (HIDDEN, HIDDEN, 0)),
    ("so do two", "exclude", "leave_out", 151, 4, 1, (HIDDEN, HIDDEN, HIDDEN)),
    ("so does one of two", "exclude", "leave_out", 151, 8, 1, (HIDDEN, 10, HIDDEN)),
    ("parts that are told add up as they are told", "exclude", "leave_out", 151, 8, 12, (170, 10, 10)),
    ("too few in the extract", "include", "refuse", 3, 0, 0, (HIDDEN, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("consent", "rest", "n", "out", "left", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_what_is_told_of_a_population(tmp_path, consent, rest, n, out, left, expected):
    found = told(approved(tmp_path, consent, rest), n, out, left)
    assert (
        found["population"]["persons"], found["consent_withdrawn"]["persons_out"], found["population"]["left_out"],
    ) == expected  # fmt: skip


def test_who_took_back_their_consent_and_is_in_is_told_rounded(tmp_path):
    assert told(approved(tmp_path, "include"), 100, withdrawn=8)["consent_withdrawn"]["persons_in"] == 10
    assert told(approved(tmp_path, "exclude"), 100, 8)["consent_withdrawn"]["persons_in"] == 0
