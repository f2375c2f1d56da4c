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

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import combinations, count
from math import fsum, log2
from typing import TYPE_CHECKING, Any

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


@dataclass(slots=True)
class _Group:
    """Episodes that are one person's, and what they say together.

    `no` is a new one whenever the group grows; `is_told` says whether all tell a sex and a birth year.
    """

    no: int
    first: int
    members: list[Facts]
    months: int
    sexes: frozenset[str]
    birth_years: frozenset[int]
    is_told: bool
    has_pilot: bool

    @classmethod
    def of(cls, one: Facts) -> _Group:
        sexes, birth_years = _known(one.sex), _known(one.birth_year)
        is_told = bool(sexes and birth_years)
        return cls(one.place, one.place, [one], one.months, sexes, birth_years, is_told, one.is_pilot)

    def add(self, other: _Group, no: int) -> None:
        self.no = no
        self.members += other.members
        self.months &= other.months
        self.sexes |= other.sexes
        self.birth_years |= other.birth_years
        self.is_told &= other.is_told
        self.has_pilot |= other.has_pilot


class _Groups(dict[int, _Group]):
    """Whose each episode is, by place. A group is made when it is asked for: a third of episodes are beside nobody."""

    def __init__(self, episodes: Sequence[Facts]) -> None:
        self.episodes = episodes

    def __missing__(self, place: int) -> _Group:
        group = self[place] = _Group.of(self.episodes[place])
        return group

    def firsts(self) -> list[int]:
        """Of each episode, the first one of its person."""
        return [self[place].first if place in self else place for place in range(len(self.episodes))]


@cache
def _known(value: Any) -> frozenset[Any]:  # noqa: ANN401 - a sex or a year
    """The set of a value that is told; one for all who tell it."""
    return frozenset([value] if value else ())


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
    same = sorted(same)
    # What somebody decided weighs in a mean as much as what nothing speaks for weighs against.
    work = _Merger(episodes, {**scores, **dict.fromkeys(same, -linkage().unlike_bits)}, different)
    for one, other in same:
        work.join(one, other)
    ranked = _best_first(scores)
    persons = {}
    apart: dict[Pair, tuple[str | None, int | None]] = {}
    for level in LEVELS:
        if level == "standard":
            work.restore(ranked)
        work.run(ranked[: bisect_right(ranked, -work.least[level], key=lambda pair: -scores[pair])], level)
        persons[level] = work.groups.firsts()
        if level == "standard":
            apart = {pair: work.why_apart(pair) for pair in work.apart(ranked)}
    return Merged(
        persons,
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
        if place != first:
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
            taken[newcomer] = work.groups[permitted[0]].first
    return taken


def least_bits(level: str) -> float:
    """The log odds from which on pairs of a level are merged."""
    probability = linkage().accept[level]
    return log2(probability / (1 - probability))


def _best_first(scores: Mapping[Pair, float]) -> list[Pair]:
    # Sorting keeps the order of what is equal, in reverse too; without a key made for each pair it takes a third.
    return sorted(sorted(scores), key=scores.__getitem__, reverse=True)


class _Merger:
    def __init__(self, episodes: Sequence[Facts], scores: dict[Pair, float], different: Iterable[Pair]) -> None:
        self.facts = episodes
        self.groups = _Groups(episodes)
        self.numbers = count(len(episodes))
        self.forbidden: dict[tuple[int, int, str], str | None] = {}
        self.scores = scores
        self.least = {level: least_bits(level) for level in linkage().accept}
        self.different = defaultdict(set)
        for one, other in different:
            self.different[one].add(other)
            self.different[other].add(one)
        # Whom each is likely to be one person with, the likeliest first.
        self.beside = defaultdict(list)
        for pair in _best_first({pair: bits for pair, bits in scores.items() if bits >= self.least["standard"]}):
            for one, other in (pair, pair[::-1]):
                self.beside[one].append((scores[pair], other))

    def apart(self, pairs: Iterable[Pair]) -> list[Pair]:
        """The pairs of which the two are not one person's."""
        groups = self.groups
        return [pair for pair in pairs if groups[pair[0]] is not groups[pair[1]]]

    def join(self, one: int, other: int) -> None:
        """Make the persons of two episodes one; it is known by its first episode."""
        a, b = self.groups[one], self.groups[other]
        if a is b:
            return
        if b.first < a.first:
            a, b = b, a
        a.add(b, next(self.numbers))
        for member in b.members:
            self.groups[member.place] = a

    def restore(self, ranked: Sequence[Pair]) -> None:
        """Put together again who was one person in the release before, as far as nothing speaks against it now.

        For less than a new merger needs: a probability moves a little with every year of further persons. As a whole
        where that is possible, so that a rebuild ends where the build before it did; else those who still can.
        """
        last = [one.last_person_id for one in self.facts]
        several = {person for person, n_episodes in Counter(last).items() if n_episodes > 1}
        known = defaultdict(list)
        for place, person in enumerate(last):
            if person in several:
                known[person].append(place)
        parted = set()
        for person, places in known.items():
            firsts = sorted({self.groups[place].first for place in places})
            groups = [self.groups[first] for first in firsts]
            of_groups = list(combinations(groups, 2))
            if not of_groups:
                continue
            members = [one.place for group in groups for one in group.members]
            is_whole = self.mean_bits(combinations(members, 2)) >= self.least["kept"]
            if is_whole and not any(self.contradiction(*pair, "standard") for pair in of_groups):
                for first in firsts[1:]:
                    self.join(firsts[0], first)
            else:
                parted.add(person)
        self.run([(one, other) for one, other in ranked if last[one] == last[other] and last[one] in parted], "kept")

    def run(self, ranked: Sequence[Pair], level: str) -> None:
        """Merge the pairs of a level, best first, until nothing more can be merged.

        So the outcome is a resting point: the same facts, with this outcome remembered, lead to it again.
        """
        left, has_merged = self.apart(ranked), True
        while has_merged:
            has_merged = False
            for pair in left:
                if self.groups[pair[0]] is not self.groups[pair[1]] and self.permits(pair, level):
                    self.join(*pair)
                    has_merged = True
            left = self.apart(left)

    def permits(self, pair: Pair, level: str) -> bool:
        """Whether nothing forbids a pair, and no other candidate is nearly as good."""
        if self.forbids(self.groups[pair[0]], self.groups[pair[1]], level):
            return False
        return level in {"kept", "wide"} or self.rival(pair) is None

    def why_apart(self, pair: Pair) -> tuple[str | None, int | None]:
        """What forbids a pair, or else the candidate that fits nearly as well."""
        one, other = self.groups[pair[0]], self.groups[pair[1]]
        constraint = self.forbids(one, other, "standard")
        are_alone = len(one.members) == len(other.members) == 1
        if constraint in _OF_TWO and not are_alone and not self.speaks_against(pair):
            constraint = "another_episode"
        is_likely = self.scores[pair] >= self.least["standard"]
        return constraint, self.rival(pair) if constraint is None and is_likely else None

    def speaks_against(self, pair: Pair) -> bool:
        """Whether the two of a pair contradict each other by themselves, and not by others of their persons."""
        one, other = (_Group.of(self.facts[place]) for place in pair)
        return _contradiction(one, other, "standard") is not None

    def mean_bits(self, pairs: Iterable[Pair]) -> float:
        """The mean weight of pairs of places; what no pass brought up is unlike."""
        unlike = linkage().unlike_bits
        bits = [self.scores.get(pair if pair[0] < pair[1] else pair[::-1], unlike) for pair in pairs]
        return fsum(bits) / len(bits)

    def forbids(self, a: _Group, b: _Group, level: str) -> str | None:
        """The name of what forbids two groups to be one person, as they are now."""
        state = (a.no, b.no, level) if a.no < b.no else (b.no, a.no, level)
        if state not in self.forbidden:
            self.forbidden[state] = self._forbids(a, b, level)
        return self.forbidden[state]

    def _forbids(self, a: _Group, b: _Group, level: str) -> str | None:
        against = self.contradiction(a, b, level)
        if against or level == "wide":
            return against
        pairs = [(x.place, y.place) for x in a.members for y in b.members]
        return None if self.mean_bits(pairs) >= self.least[level] else "mean_weight_too_low"

    def contradiction(self, a: _Group, b: _Group, level: str) -> str | None:
        """The name of what cannot be so of one person: what somebody decided, or what two groups say."""
        if self.different and any(self.different.get(x.place, set()) & {y.place for y in b.members} for x in a.members):
            return "decided_different"
        return _contradiction(a, b, level)

    def rival(self, pair: Pair) -> int | None:
        """Another candidate for one side of a pair, nearly as good, where not both can be right: the best such."""
        # Who is unlikely in itself is no rival.
        least = max(self.scores[pair] - linkage().runner_up_bits, self.least["standard"])
        for one, other in (pair, pair[::-1]):
            home, wanted = self.groups[one], self.groups[other]
            for bits, third in self.beside[one]:
                if bits < least:
                    break
                its = self.groups[third]
                if its is home or its is wanted or not self.forbids(its, wanted, "standard"):
                    continue
                if not self.forbids(home, its, "standard"):
                    return third
        return None


def _contradiction(a: _Group, b: _Group, level: str) -> str | None:
    if a.has_pilot and b.has_pilot:
        return "two_of_the_cohort"
    if level != "wide":
        if a.sexes and b.sexes and len(a.sexes | b.sexes) > 1:
            return "sex_differs"
        if a.birth_years and b.birth_years and len(a.birth_years | b.birth_years) > 1:
            return "birth_year_differs"
        if not a.months & b.months:
            return "months_do_not_meet"
    if at_once := [(x, y) for x in a.members for y in b.members if _overlap(x, y)]:
        if any(x.district and x.district == y.district for x, y in at_once):
            return "overlap_in_district"
        if any(not x.given & y.given for x, y in at_once):
            return "overlaps_with_other_initial"
    return "nothing_could_contradict" if level == "strict" and not (a.is_told and b.is_told) else None


def _overlap(one: Facts, other: Facts) -> bool:
    """Half-open intervals: discharge and enrolment on one day do not overlap; two from one day do, ended or not."""
    if not (one.begins and one.ends and other.begins and other.ends):
        return False
    return one.begins == other.begins or (one.begins < other.ends and other.begins < one.ends)
