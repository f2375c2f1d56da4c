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

This is a loop in Python, over pairs that are likely enough; most episodes never enter it: they have no such pair, or
are `agreed` on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, product
from math import fsum, log2
from typing import TYPE_CHECKING

from sigpanel.contracts.linkage import linkage
from sigpanel.persons.contradiction import contradiction
from sigpanel.persons.together import Together

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sigpanel.persons.against import Facts
    from sigpanel.persons.together import Part

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
    episodes: Facts,
    scores: Mapping[Pair, float],
    same: Iterable[Pair] = (),
    different: Iterable[Pair] = (),
    agreed: Mapping[str, Sequence[Sequence[int]]] | None = None,
) -> Merged:
    """Merge episodes.

    Args:
        episodes: what can speak against each, by place.
        scores: of pairs of places, the lower one first, in bits: the log odds that they are one person's.
        same: pairs that a person decided are one person's; they are merged whatever else speaks against it.
        different: pairs that a person decided are two persons'.
        agreed: of `agreed_on`, which spares the loop: without it the outcome is the same.
    """
    same, settled = sorted(same), agreed or {}
    # What somebody decided weighs in a mean as much as what nothing speaks for weighs against.
    bits = {**scores, **dict.fromkeys(same, -linkage().unlike_bits)}
    work = _Merger(episodes, bits, different, {place for places in settled.get("standard", ()) for place in places})
    for one, other in same:
        work.together.unite(one, other)
    ranked = _best_first(scores)
    persons, parts = {}, list(range(len(episodes)))
    apart: dict[Pair, tuple[str | None, int | None]] = {}
    for level in LEVELS:
        work.together.settle(settled.get(level, ()))
        if level == "standard":
            work.restore(ranked)
        work.run(ranked[: bisect_right(ranked, -work.least[level], key=lambda pair: -scores[pair])], level)
        persons[level] = list(work.together.firsts)
        if level == "standard":
            parts = work.together.parts()
            apart = {pair: work.why_apart(pair) for pair in work.together.apart(scores)}
    return Merged(
        persons,
        parts,
        constraints={pair: constraint for pair, (constraint, _) in apart.items() if constraint},
        runners_up={pair: rival for pair, (_, rival) in apart.items() if rival is not None},
    )


def taken_in(
    episodes: Facts,
    persons: Sequence[int],
    scores: Mapping[Pair, float],
    newcomers: Mapping[int, Mapping[int, float]],
    level: str,
) -> dict[int, int]:
    """Whose person each newcomer would become, were it alone to come to persons as they are: the first place of each.

    Args:
        episodes: what can speak against each, by place; newcomers come last.
        persons: the first place of each person, by place, newcomers apart.
        scores: as for `merge`, newcomers apart.
        newcomers: of each, by place, the scores with others' places.
        level: one of `LEVELS`.
    """
    work = _Merger(episodes, dict(scores), ())
    members = defaultdict(list)
    for place, first in enumerate(persons):
        members[first].append(place)
    work.together.settle(members.values())
    taken = {}
    for newcomer, bits in newcomers.items():
        # They are beside others, and nobody is beside them: no newcomer is another's rival.
        best = sorted(bits, key=lambda other: (-bits[other], other))
        work.beside[newcomer] = [(bits[other], other) for other in best]
        work.scores |= {(other, newcomer): of_pair for other, of_pair in bits.items()}
        likely = [(other, newcomer) for other in best if bits[other] >= work.least[level]]
        permitted = next((pair for pair in likely if work.permits(pair, level)), None)
        if permitted is not None:
            taken[newcomer] = work.together.firsts[permitted[0]]
    return taken


def least_bits(level: str) -> float:
    """The log odds from which on pairs of a level are merged."""
    probability = linkage().accept[level]
    return log2(probability / (1 - probability))


def _best_first(scores: Mapping[Pair, float]) -> list[Pair]:
    # Sorting keeps the order of what is equal, in reverse too; without a key made for each pair it takes a third.
    return sorted(sorted(scores), key=scores.__getitem__, reverse=True)


class _Merger:
    """Persons as they are so far. `unrivalled` are places of which nobody needs to ask who else fits."""

    def __init__(
        self,
        episodes: Facts,
        scores: dict[Pair, float],
        different: Iterable[Pair],
        unrivalled: Collection[int] = (),
    ) -> None:
        self.facts = episodes
        self.together, self.alone = Together(episodes), Together(episodes)
        self.forbidden: dict[tuple[str, int, int], str | None] = {}
        self.scores = scores
        self.unlike = linkage().unlike_bits
        self.least = {level: least_bits(level) for level in linkage().accept}
        self.different = defaultdict(set)
        for one, other in different:
            self.different[one].add(other)
            self.different[other].add(one)
        # Whom each is likely to be one person with, the likeliest first.
        self.beside = defaultdict(list)
        least = self.least["standard"]
        rivals = {pair: bits for pair, bits in scores.items() if bits >= least and pair[0] not in unrivalled}
        for pair in _best_first(rivals):
            for one, other in (pair, pair[::-1]):
                self.beside[one].append((scores[pair], other))

    def join(self, one: int, other: int) -> None:
        """Make the persons of two episodes one, and one part of the two parts that fit best."""
        parts, others = (self.together.parts_of(self.together.firsts[place]) for place in (one, other))
        best = parts[0], others[0]
        if len(parts) + len(others) > len(best):
            best = max(product(parts, others), key=lambda both: self.mean_between(*both))
        self.together.unite(one, other, best)

    def restore(self, ranked: Sequence[Pair]) -> None:
        """Put together again who was one person in the release before, as far as nothing speaks against it now.

        For less than a new merger needs: a probability moves a little with every year of further persons. As a whole
        where that is possible, so that a rebuild ends where the build before it did; else those who still can.
        """
        last = self.facts.last_person_id
        if len(set(last)) == len(last):
            return
        known = defaultdict(list)
        for place, person in enumerate(last):
            known[person].append(place)
        parted = set()
        for person, places in known.items():
            firsts = sorted({self.together.firsts[place] for place in places})
            if len(firsts) == 1:
                continue
            members = [place for first in firsts for place in self.together.members[first]]
            is_whole = self.mean_bits(combinations(members, 2)) >= self.least["kept"]
            if is_whole and not any(self.contradiction(*pair, "standard") for pair in combinations(firsts, 2)):
                for first in firsts[1:]:
                    self.join(firsts[0], first)
            else:
                parted.add(person)
        self.run([(one, other) for one, other in ranked if last[one] == last[other] and last[one] in parted], "kept")

    def run(self, ranked: Sequence[Pair], level: str) -> None:
        """Merge the pairs of a level, best first, until nothing more can be merged.

        So the outcome is a resting point: the same facts, with this outcome remembered, lead to it again.
        """
        firsts = self.together.firsts
        left, has_merged = self.together.apart(ranked), True
        while has_merged:
            has_merged = False
            for pair in left:
                if firsts[pair[0]] != firsts[pair[1]] and self.permits(pair, level):
                    self.join(*pair)
                    has_merged = True
            left = self.together.apart(left)

    def permits(self, pair: Pair, level: str) -> bool:
        """Whether nothing forbids a pair, and no other candidate is nearly as good."""
        firsts = self.together.firsts
        if self.forbids(firsts[pair[0]], firsts[pair[1]], level):
            return False
        return level in {"kept", "wide"} or self.rival(pair) is None

    def why_apart(self, pair: Pair) -> tuple[str | None, int | None]:
        """What forbids a pair, or else the candidate that fits nearly as well."""
        one, other = self.together.firsts[pair[0]], self.together.firsts[pair[1]]
        constraint = self.forbids(one, other, "standard")
        if constraint is None:
            return None, self.rival(pair) if self.scores[pair] >= self.least["standard"] else None
        are_alone = len(self.together.members[one]) == len(self.together.members[other]) == 1
        if constraint in _OF_TWO and not are_alone and not self.speaks_against(pair):
            return "another_episode", None
        return constraint, None

    def speaks_against(self, pair: Pair) -> bool:
        """Whether the two of a pair contradict each other by themselves, and not by others of their persons."""
        return contradiction(self.alone, *pair, "standard") is not None

    def mean_between(self, one: Part, other: Part) -> float:
        """The mean weight of the pairs between two parts; of most pairs of parts there is one."""
        if len(one) == len(other) == 1:
            pair = (one[0], other[0]) if one[0] < other[0] else (other[0], one[0])
            return self.scores.get(pair, self.unlike)
        return self.mean_bits(product(one, other))

    def mean_bits(self, pairs: Iterable[Pair]) -> float:
        """The mean weight of pairs of places; what no pass brought up is unlike."""
        scores, unlike = self.scores, self.unlike
        bits = [scores.get((a, b) if a < b else (b, a), unlike) for a, b in pairs]
        return fsum(bits) / len(bits)

    def forbids(self, a: int, b: int, level: str) -> str | None:
        """The name of what forbids two groups to be one person, as they are now."""
        no, other = self.together.no[a], self.together.no[b]
        state = (level, no, other) if no < other else (level, other, no)
        if state in self.forbidden:
            return self.forbidden[state]
        found = self.forbidden[state] = self._forbids(a, b, level)
        return found

    def _forbids(self, a: int, b: int, level: str) -> str | None:
        against = self.contradiction(a, b, level)
        if against or level == "wide":
            return against
        parts, others = self.together.parts_of(a), self.together.parts_of(b)
        if level == "strict":
            parts, others = ([part for part in of_one if self.are_told(part)] for of_one in (parts, others))
            if not parts or not others:
                return "nothing_could_contradict"
        # In loops, since there is one part of each, but for decisions.
        for part in parts:
            for other in others:
                if self.mean_between(part, other) >= self.least[level]:
                    return None
        return "mean_weight_too_low"

    def are_told(self, places: Iterable[int]) -> bool:
        """Whether episodes tell a sex and a birth year, each of them."""
        sexes, birth_years = self.facts.sexes, self.facts.birth_years
        return all(sexes[place] and birth_years[place] for place in places)

    def contradiction(self, a: int, b: int, level: str) -> str | None:
        """The name of what cannot be so of one person: what somebody decided, or what two groups say."""
        members = self.together.members
        if self.different and any(self.different.get(place, set()).intersection(members[b]) for place in members[a]):
            return "decided_different"
        return contradiction(self.together, a, b, level)

    def rival(self, pair: Pair) -> int | None:
        """Another candidate for one side of a pair, nearly as good, where not both can be right: the best such."""
        # Who is unlikely in itself is no rival.
        least = max(self.scores[pair] - linkage().runner_up_bits, self.least["standard"])
        firsts = self.together.firsts
        for one, other in (pair, pair[::-1]):
            home, wanted = firsts[one], firsts[other]
            for bits, third in self.beside.get(one, ()):
                if bits < least:
                    break
                its = firsts[third]
                if its in (home, wanted) or not self.forbids(its, wanted, "standard"):
                    continue
                if not self.forbids(home, its, "standard"):
                    return third
        return None
