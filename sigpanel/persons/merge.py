"""Put episodes together into persons, best pair first, under constraints.

A pair is merged only if nothing forbids it between *all* episodes of the one side and all of the other: chains of pairs
that each look well enough would join whole families (*measured* elsewhere: closure costs 1–3 points of precision). What
forbids has a name. Where another candidate fits nearly as well and both cannot be right, neither is merged: a person
must look.

Three times over, each from where the one before ended: certain pairs (`strict`), likely ones (`standard`), and the
doubtful as well (`wide`), for which only time, initials and decisions forbid. So strict persons lie within persons, and
persons within wide ones. Ties go by `place`, which the facts of episodes decide: never by ids or the order of rows.

What somebody decided comes first. Those whom a decision joined stay *parts* of their person: what forbids still looks
at all of them, but that weights speak for a pair need be so of one part only. Otherwise an answer that two persons are
one would take apart what was certain of each.

This is a loop in Python, over pairs that are likely enough; most episodes never enter it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, product
from math import fsum, log2
from typing import TYPE_CHECKING

from sigpanel.contracts.linkage import linkage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sigpanel.persons.against import Facts

LEVELS = ("strict", "standard", "wide")
Pair = tuple[int, int]
# What two episodes by themselves may say, so that it is not told of a pair because of others.
_OF_TWO = (
    "sex_differs",
    "birth_year_differs",
    "months_do_not_meet",
    "overlap_in_district",
    "overlaps_with_other_initial",
)


@dataclass
class _Group:
    """Episodes that are one person's, and what they say together.

    `common_given` are the initials that all of them have. `parts` are places, apart where only a decision joined them.
    """

    members: list[Facts]
    months: int
    sexes: set[str]
    birth_years: set[int]
    common_given: frozenset[str]
    by_district: dict[str, list[Facts]]
    parts: list[list[int]]
    has_pilot: bool

    @classmethod
    def of(cls, one: Facts) -> _Group:
        return cls(
            members=[one],
            months=one.months,
            sexes={one.sex} if one.sex else set(),
            birth_years={one.birth_year} if one.birth_year else set(),
            common_given=one.given,
            by_district={one.district: [one]} if one.district else {},
            parts=[[one.place]],
            has_pilot=one.is_pilot,
        )

    def add(self, other: _Group) -> None:
        self.members += other.members
        self.months &= other.months
        self.sexes |= other.sexes
        self.birth_years |= other.birth_years
        self.common_given &= other.common_given
        self.parts += other.parts
        self.has_pilot |= other.has_pilot
        for district, members in other.by_district.items():
            self.by_district.setdefault(district, []).extend(members)


@dataclass(frozen=True)
class Merged:
    """For each level the first place of each episode's person; and of each pair what forbade it, and the runner-up.

    `parts` is the first place of each episode's part of its standard person: the others are there by decision.
    """

    persons: Mapping[str, list[int]]
    parts: list[int]
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
    same = sorted(same)
    # What somebody decided weighs in a mean as much as what nothing speaks for weighs against.
    work = _Merger(episodes, {**scores, **dict.fromkeys(same, -linkage().unlike_bits)}, different)
    for one, other in same:
        work.decide(one, other)
    ranked = sorted(scores, key=lambda pair: (-scores[pair], pair))
    persons, parts = {}, list(range(len(episodes)))
    apart: dict[Pair, tuple[str | None, int | None]] = {}
    for level in LEVELS:
        if level == "standard":
            work.restore(ranked)
        work.run([pair for pair in ranked if scores[pair] >= least_bits(level)], level)
        persons[level] = [work.first(place) for place in range(len(episodes))]
        if level == "standard":
            parts = work.parts()
            apart = {pair: work.why_apart(pair) for pair in ranked if work.first(pair[0]) != work.first(pair[1])}
    return Merged(
        persons,
        parts,
        constraints={pair: constraint for pair, (constraint, _) in apart.items() if constraint},
        runners_up={pair: rival for pair, (_, rival) in apart.items() if rival is not None},
    )


def taken_in(
    episodes: Sequence[Facts],
    persons: Sequence[int],
    scores: Mapping[Pair, float],
    newcomers: Mapping[int, Mapping[int, float]],
    level: str,
) -> dict[int, int]:
    """Whose person each newcomer would become, were it alone to come to persons as they are: the first place of each.

    Args:
        episodes: by place, from 0; newcomers come last.
        persons: the first place of each person, by place, newcomers apart.
        scores: as for `merge`, newcomers apart.
        newcomers: of each, by place, the scores with others' places.
        level: one of `LEVELS`.
    """
    work = _Merger(episodes, dict(scores), ())
    for place, first in enumerate(persons):
        work.join(first, place)
    taken = {}
    for newcomer, bits in newcomers.items():
        # They are beside others, and nobody is beside them: no newcomer is another's rival.
        best = sorted(bits, key=lambda other: (-bits[other], other))
        work.beside[newcomer] = [(bits[other], other) for other in best]
        work.scores |= {(other, newcomer): of_pair for other, of_pair in bits.items()}
        likely = [(other, newcomer) for other in best if bits[other] >= work.least[level]]
        permitted = next((pair for pair in likely if work.permits(pair, level)), None)
        if permitted is not None:
            taken[newcomer] = work.first(permitted[0])
    return taken


def least_bits(level: str) -> float:
    """The log odds from which on pairs of a level are merged."""
    probability = linkage().accept[level]
    return log2(probability / (1 - probability))


class _Merger:
    def __init__(self, episodes: Sequence[Facts], scores: dict[Pair, float], different: Iterable[Pair]) -> None:
        self.facts = episodes
        self.root = list(range(len(episodes)))
        # Made when asked for: most episodes are beside nobody.
        self.groups: dict[int, _Group] = {}
        self.forbidden: dict[tuple[int, int, int, int, str], str | None] = {}
        self.scores = scores
        self.least = {level: least_bits(level) for level in linkage().accept}
        self.different = defaultdict(set)
        # Whom each may be one person with, the likeliest first.
        self.beside = defaultdict(list)
        for one, other in different:
            self.different[one].add(other)
            self.different[other].add(one)
        for one, other in sorted(scores, key=lambda pair: (-scores[pair], pair)):
            self.beside[one].append((scores[one, other], other))
            self.beside[other].append((scores[one, other], one))

    def first(self, place: int) -> int:
        """The first episode of a person."""
        while self.root[place] != place:
            self.root[place] = self.root[self.root[place]]
            place = self.root[place]
        return place

    def group(self, first: int) -> _Group:
        """The episodes of a person, by the first of them."""
        if first not in self.groups:
            self.groups[first] = _Group.of(self.facts[first])
        return self.groups[first]

    def decide(self, one: int, other: int) -> None:
        """Make two groups one, in parts; it is known by its first episode."""
        first, second = sorted((self.first(one), self.first(other)))
        if first != second:
            self.root[second] = first
            self.group(first).add(self.group(second))

    def join(self, one: int, other: int) -> None:
        """Make two groups one, and one part of the two parts that fit best."""
        first, second = self.group(self.first(one)), self.group(self.first(other))
        if first is not second:
            best = max(product(first.parts, second.parts), key=lambda parts: self.mean_bits(product(*parts)))
            self.decide(one, other)
            group = self.group(self.first(one))
            group.parts = [part for part in group.parts if part not in best] + [[*best[0], *best[1]]]

    def parts(self) -> list[int]:
        """By place, the first place of its part."""
        found = list(self.root)
        for place in range(len(found)):
            found[place] = self.first(place)
        for group in self.groups.values():
            for part in group.parts if len(group.parts) > 1 else ():
                for place in part:
                    found[place] = min(part)
        return found

    def restore(self, ranked: Sequence[Pair]) -> None:
        """Put together again who was one person in the release before, as far as nothing speaks against it now.

        For less than a new merger needs: a probability moves a little with every year of further persons. As a whole
        where that is possible, so that a rebuild ends where the build before it did; else those who still can.
        """
        known = defaultdict(list)
        for one in self.facts:
            known[one.last_person_id].append(one.place)
        parted = set()
        for person, places in known.items():
            groups = sorted({self.first(place) for place in places})
            of_groups = list(combinations(groups, 2))
            if not of_groups:
                continue
            members = [one.place for group in groups for one in self.group(group).members]
            is_whole = self.mean_bits(combinations(members, 2)) >= self.least["kept"]
            if is_whole and not any(self.contradiction(*pair, "standard") for pair in of_groups):
                for group in groups[1:]:
                    self.join(groups[0], group)
            else:
                parted.add(person)
        last = [one.last_person_id for one in self.facts]
        self.run([(one, other) for one, other in ranked if last[one] == last[other] and last[one] in parted], "kept")

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
        if self.first(pair[0]) == self.first(pair[1]):
            return True
        if not self.permits(pair, level):
            return False
        self.join(*pair)
        return True

    def permits(self, pair: Pair, level: str) -> bool:
        """Whether nothing forbids a pair, and no other candidate is nearly as good."""
        if self.forbids(self.first(pair[0]), self.first(pair[1]), level):
            return False
        return level in {"kept", "wide"} or self.rival(pair) is None

    def why_apart(self, pair: Pair) -> tuple[str | None, int | None]:
        """What forbids a pair, or else the candidate that fits nearly as well."""
        constraint = self.forbids(self.first(pair[0]), self.first(pair[1]), "standard")
        if constraint in _OF_TWO and not self.speaks_against(pair):
            constraint = "another_episode"
        is_likely = self.scores[pair] >= self.least["standard"]
        return constraint, self.rival(pair) if constraint is None and is_likely else None

    def speaks_against(self, pair: Pair) -> bool:
        """Whether the two of a pair contradict each other by themselves, and not by others of their persons."""
        alone = _Merger([self.facts[pair[0]], self.facts[pair[1]]], {}, ())
        return alone.contradiction(0, 1, "standard") is not None

    def mean_bits(self, pairs: Iterable[Pair]) -> float:
        """The mean weight of pairs of places; what no pass brought up is unlike."""
        unlike = linkage().unlike_bits
        bits = [self.scores.get(pair if pair[0] < pair[1] else pair[::-1], unlike) for pair in pairs]
        return fsum(bits) / len(bits)

    def forbids(self, one: int, other: int, level: str) -> str | None:
        """The name of what forbids two groups to be one person; groups only grow, so it holds for their sizes."""
        one, other = sorted((one, other))
        state = (one, len(self.group(one).members), other, len(self.group(other).members), level)
        if state not in self.forbidden:
            self.forbidden[state] = self._forbids(one, other, level)
        return self.forbidden[state]

    def _forbids(self, one: int, other: int, level: str) -> str | None:
        against = self.contradiction(one, other, level)
        if against or level == "wide":
            return against
        parts = list(product(self.group(one).parts, self.group(other).parts))
        if level == "strict":
            parts = [(a, b) for a, b in parts if all(self.is_told(place) for place in (*a, *b))]
            if not parts:
                return "nothing_could_contradict"
        is_likely = any(self.mean_bits(product(*both)) >= self.least[level] for both in parts)
        return None if is_likely else "mean_weight_too_low"

    def is_told(self, place: int) -> bool:
        """Whether an episode tells a sex and a birth year."""
        return bool(self.facts[place].sex and self.facts[place].birth_year)

    def contradiction(self, one: int, other: int, level: str) -> str | None:
        """The name of what two groups say that cannot be so of one person."""
        a, b = self.group(one), self.group(other)
        if self.different and any(self.different.get(x.place, set()) & {y.place for y in b.members} for x in a.members):
            return "decided_different"
        if a.has_pilot and b.has_pilot:
            return "two_of_the_cohort"
        if level != "wide" and (contradiction := _contradiction(a, b)):
            return contradiction
        for district in a.by_district.keys() & b.by_district.keys():
            if any(_overlap(x, y) for x, y in product(a.by_district[district], b.by_district[district])):
                return "overlap_in_district"
        if not a.common_given & b.common_given and any(
            not x.given & y.given and _overlap(x, y) for x, y in product(a.members, b.members)
        ):
            return "overlaps_with_other_initial"
        return None

    def rival(self, pair: Pair) -> int | None:
        """Another candidate for one side of a pair, nearly as good, where not both can be right: the best such."""
        # Who is unlikely in itself is no rival.
        least = max(self.scores[pair] - linkage().runner_up_bits, self.least["standard"])
        for one, other in (pair, pair[::-1]):
            for bits, third in self.beside[one]:
                if bits < least:
                    break
                if third == other:
                    continue
                home, wanted, its = map(self.first, (one, other, third))
                if its in (home, wanted) or self.forbids(home, its, "standard"):
                    continue
                if self.forbids(its, wanted, "standard"):
                    return third
        return None


def _contradiction(a: _Group, b: _Group) -> str | None:
    if a.sexes and b.sexes and len(a.sexes | b.sexes) > 1:
        return "sex_differs"
    if a.birth_years and b.birth_years and len(a.birth_years | b.birth_years) > 1:
        return "birth_year_differs"
    return None if a.months & b.months else "months_do_not_meet"


def _overlap(one: Facts, other: Facts) -> bool:
    """Half-open intervals: discharge and enrolment on one day do not overlap; two from one day do, ended or not."""
    if not (one.begins and one.ends and other.begins and other.ends):
        return False
    return one.begins == other.begins or (one.begins < other.ends and other.begins < one.ends)
