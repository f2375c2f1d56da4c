"""Put episodes together into persons, best pair first, under constraints.

A pair is merged only if nothing forbids it between *all* episodes of the one side and all of the other: chains of pairs
that each look well enough would join whole families (*measured* elsewhere: closure costs 1–3 points of precision). What
forbids has a name. Where another candidate fits nearly as well and both cannot be right, neither is merged: a person
must look.

Three times over, each from where the one before ended: certain pairs (`strict`), likely ones (`standard`), and the
doubtful as well (`wide`), for which only time, initials and decisions forbid. So strict persons lie within persons, and
persons within wide ones. Ties go by `place`, which the facts of episodes decide: never by ids or the order of rows.

This is a loop in Python, over pairs that are likely enough; most episodes never enter it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations, product
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from sigpanel.contracts.linkage import linkage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LEVELS = ("strict", "standard", "wide")
Pair = tuple[int, int]


class Facts(NamedTuple):
    """What can speak against an episode's being of a person, by `place`."""

    place: int
    sex: str | None
    birth_year: int | None
    months: int
    district: str | None
    begins: dt.date | None
    ends: dt.date | None
    given: frozenset[str]
    is_pilot: bool
    last_person_id: str


@dataclass
class _Group:
    """Episodes that are one person's, and what they say together."""

    members: list[Facts]
    months: int
    by_district: dict[str, list[Facts]] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Facts) -> _Group:
        return cls([one], one.months, {one.district: [one]} if one.district else {})

    def add(self, other: _Group) -> None:
        self.members += other.members
        self.months &= other.months
        for district, members in other.by_district.items():
            self.by_district.setdefault(district, []).extend(members)


@dataclass(frozen=True)
class Merged:
    """For each level the first place of each episode's person; and of each pair what forbade it, and the runner-up."""

    persons: Mapping[str, list[int]]
    constraints: Mapping[Pair, str]
    runners_up: Mapping[Pair, int]


def merge(
    episodes: Sequence[Facts],
    scores: Mapping[Pair, float],
    same: Iterable[Pair] = (),
    different: Iterable[Pair] = (),
) -> Merged:
    """Merge episodes.

    Args:
        episodes: by place, from 0.
        scores: of pairs of places, the lower one first, in bits: the log odds that they are one person's.
        same: pairs that a person decided are one person's; they are merged whatever else speaks against it.
        different: pairs that a person decided are two persons'.
    """
    work = _Merger(episodes, scores, different)
    for one, other in sorted(same):
        work.join(one, other)
    ranked = sorted(scores, key=lambda pair: (-scores[pair], pair))
    persons = {}
    apart: dict[Pair, tuple[str | None, int | None]] = {}
    for level in LEVELS:
        if level == "standard":
            work.restore()
        work.run([pair for pair in ranked if scores[pair] >= least_bits(level)], level)
        persons[level] = [work.first(place) for place in range(len(episodes))]
        if level == "standard":
            apart = {pair: work.why_apart(pair) for pair in ranked if work.first(pair[0]) != work.first(pair[1])}
    return Merged(
        persons,
        constraints={pair: constraint for pair, (constraint, _) in apart.items() if constraint},
        runners_up={pair: rival for pair, (_, rival) in apart.items() if rival is not None},
    )


def least_bits(level: str) -> float:
    """The log odds from which on pairs of a level are merged."""
    probability = linkage().accept[level]
    return log2(probability / (1 - probability))


class _Merger:
    def __init__(self, episodes: Sequence[Facts], scores: Mapping[Pair, float], different: Iterable[Pair]) -> None:
        self.facts = episodes
        self.root = list(range(len(episodes)))
        self.groups = [_Group.of(one) for one in episodes]
        self.scores = scores
        self.different = defaultdict(set)
        self.beside = defaultdict(list)
        for one, other in different:
            self.different[one].add(other)
            self.different[other].add(one)
        for one, other in scores:
            self.beside[one].append(other)
            self.beside[other].append(one)

    def first(self, place: int) -> int:
        """The first episode of a person."""
        while self.root[place] != place:
            self.root[place] = self.root[self.root[place]]
            place = self.root[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Make two groups one; it is known by its first episode."""
        first, second = sorted((self.first(one), self.first(other)))
        if first != second:
            self.root[second] = first
            self.groups[first].add(self.groups[second])

    def restore(self) -> None:
        """Put together again who was one person in the release before, unless something speaks against it now.

        For less than a new merger needs: a probability moves a little with every year of further persons.
        """
        known = defaultdict(list)
        for one in self.facts:
            known[one.last_person_id].append(one.place)
        for places in known.values():
            groups = sorted({self.first(place) for place in places})
            of_groups = list(combinations(groups, 2))
            if not of_groups or any(self.contradiction(*pair, "standard") for pair in of_groups):
                continue
            members = sorted(one.place for group in groups for one in self.groups[group].members)
            if self.mean_bits(combinations(members, 2)) >= least_bits("kept"):
                for group in groups[1:]:
                    self.join(groups[0], group)

    def run(self, ranked: Sequence[Pair], level: str) -> None:
        """Merge the pairs of a level, best first, until nothing more can be merged.

        So the outcome is a resting point: the same facts, with this outcome remembered, lead to it again.
        """
        left = ranked
        while True:
            before, left = left, [pair for pair in left if not self.try_pair(pair, level)]
            if len(left) == len(before):
                return

    def try_pair(self, pair: Pair, level: str) -> bool:
        """Merge a pair if nothing forbids it; whether its two are one person's now."""
        one, other = self.first(pair[0]), self.first(pair[1])
        if one == other:
            return True
        if self.forbids(one, other, level) or (level != "wide" and self.rival(pair) is not None):
            return False
        self.join(one, other)
        return True

    def why_apart(self, pair: Pair) -> tuple[str | None, int | None]:
        """What forbids a pair, or else the candidate that fits nearly as well."""
        constraint = self.forbids(self.first(pair[0]), self.first(pair[1]), "standard")
        is_likely = self.scores[pair] >= least_bits("standard")
        return constraint, self.rival(pair) if constraint is None and is_likely else None

    def mean_bits(self, pairs: Iterable[Pair]) -> float:
        """The mean weight of pairs of places, the lower one first; what no pass brought up is unlike."""
        bits = [self.scores.get(pair, linkage().unlike_bits) for pair in pairs]
        return sum(bits) / len(bits)

    def forbids(self, one: int, other: int, level: str) -> str | None:
        """The name of what forbids two groups to be one person."""
        against = self.contradiction(one, other, level)
        if against or level == "wide":
            return against
        pairs = [sorted((x.place, y.place)) for x, y in product(self.groups[one].members, self.groups[other].members)]
        is_enough = self.mean_bits((first, second) for first, second in pairs) >= least_bits(level)
        return None if is_enough else "mean_weight_too_low"

    def contradiction(self, one: int, other: int, level: str) -> str | None:
        """The name of what two groups say that cannot be so of one person."""
        a, b = self.groups[one], self.groups[other]
        if self.different and any(self.different.get(x.place, set()) & {y.place for y in b.members} for x in a.members):
            return "decided_different"
        if any(x.is_pilot for x in a.members) and any(y.is_pilot for y in b.members):
            return "two_of_the_cohort"
        pairs = list(product(a.members, b.members))
        if level != "wide" and (contradiction := _contradiction(a, b, pairs)):
            return contradiction
        for district in a.by_district.keys() & b.by_district.keys():
            if any(_overlap(x, y) for x, y in product(a.by_district[district], b.by_district[district])):
                return "overlap_in_district"
        if any(not x.given & y.given and _overlap(x, y) for x, y in pairs):
            return "overlaps_with_other_initial"
        if level == "strict" and not all(one.sex and one.birth_year for one in (*a.members, *b.members)):
            return "nothing_could_contradict"
        return None

    def rival(self, pair: Pair) -> int | None:
        """Another candidate for one side of a pair, nearly as good, where not both can be right."""
        # Who is unlikely in itself is no rival.
        least = max(self.scores[pair] - linkage().runner_up_bits, least_bits("standard"))
        for one, other in (pair, pair[::-1]):
            for third in sorted(self.beside[one]):
                between = (min(one, third), max(one, third))
                if third == other or self.scores[between] < least:
                    continue
                home, wanted, its = map(self.first, (one, other, third))
                if its in (home, wanted) or self.forbids(home, its, "standard"):
                    continue
                if self.forbids(its, wanted, "standard"):
                    return third
        return None


def _contradiction(a: _Group, b: _Group, pairs: Sequence[tuple[Facts, Facts]]) -> str | None:
    if any(x.sex and y.sex and x.sex != y.sex for x, y in pairs):
        return "sex_differs"
    if any(x.birth_year and y.birth_year and x.birth_year != y.birth_year for x, y in pairs):
        return "birth_year_differs"
    return None if a.months & b.months else "months_do_not_meet"


def _overlap(one: Facts, other: Facts) -> bool:
    """Half-open intervals: discharge and enrolment on one day do not overlap; two from the same day do."""
    if not (one.begins and one.ends and other.begins and other.ends):
        return False
    return one.begins < other.ends and other.begins < one.ends
