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
from itertools import product
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
    for level in LEVELS:
        work.run([pair for pair in ranked if scores[pair] >= least_bits(level)], level)
        persons[level] = [work.first(place) for place in range(len(episodes))]
    return Merged(persons, work.constraints, work.runners_up)


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
        self.constraints: dict[Pair, str] = {}
        self.runners_up: dict[Pair, int] = {}
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

    def run(self, ranked: Sequence[Pair], level: str) -> None:
        """Merge the pairs of a level, best first."""
        for pair in ranked:
            one, other = map(self.first, pair)
            if one == other:
                continue
            against = self.forbids(one, other, level)
            is_kept = self.was_one(pair)
            if against is None and level != "wide" and not is_kept and (rival := self.rival(pair)) is not None:
                self.runners_up[pair] = rival
                continue
            if against is None:
                self.join(one, other)
            elif level != "wide":
                self.constraints[pair] = against

    def was_one(self, pair: Pair) -> bool:
        """Whether two episodes were one person's in the release before: then no rival parts them, only what forbids."""
        one, other = (self.facts[place].last_person_id for place in pair)
        return one == other

    def forbids(self, one: int, other: int, level: str) -> str | None:
        """The name of what forbids two groups to be one person."""
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
        if level == "wide":
            return None
        if level == "strict" and not all(one.sex and one.birth_year for one in (*a.members, *b.members)):
            return "nothing_could_contradict"
        unlike = linkage().unlike_bits
        total = sum(self.scores.get((min(x.place, y.place), max(x.place, y.place)), unlike) for x, y in pairs)
        return "mean_weight_too_low" if total < least_bits(level) * len(pairs) else None

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
