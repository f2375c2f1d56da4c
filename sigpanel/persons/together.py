"""Who is with whom so far, while episodes are put together into persons.

A group is known by the place of its first episode; at first each episode is one. What a group says stands at that place
of a list for each fact, so that nothing is made for the many that are asked once or never. What those say who are
agreed on as they are (`agreed`) is gathered when somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import count
from operator import and_, or_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.persons.against import Facts

Part = Sequence[int]


class Together:
    """Groups of episodes. `firsts` is by place, the first place of its group; all else by that first place.

    `no` is a new one whenever a group grows; `members` are places. What those `unasked` say must be asked before.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.firsts = list(range(len(facts)))
        self.no = list(self.firsts)
        self.members: list[Sequence[int]] = list(zip(self.firsts, strict=True))
        self.sexes, self.birth_years = list(facts.sexes), list(facts.birth_years)
        self.months, self.has_pilot = list(facts.months), list(facts.is_pilot)
        self.unasked: set[int] = set()
        self._parts: dict[int, list[Part]] = {}
        self._numbers = count(len(facts))

    def apart(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pairs of which the two are in two groups."""
        firsts = self.firsts
        return [pair for pair in pairs if firsts[pair[0]] != firsts[pair[1]]]

    def settle(self, groups: Iterable[Sequence[int]]) -> None:
        """Make a group, in one part, of the places of each, whatever groups lay within it."""
        for places in groups:
            first = min(places)
            self._make(first, places)
            self.unasked.add(first)
            for place in places:
                self._parts.pop(place, None)

    def unite(self, one: int, other: int, best: tuple[Part, Part] | None = None) -> None:
        """Make the groups of two episodes one, in the parts of both; the `best` of each, if told, are one part."""
        first, later = sorted((self.firsts[one], self.firsts[other]))
        if first == later:
            return
        parts = [*self.parts_of(first), *self._parts.pop(later, [self.members[later]])]
        if best:
            parts = [*(part for part in parts if part not in best), [*best[0], *best[1]]]
        if len(parts) > 1 or first in self._parts:
            self._parts[first] = parts
        for group in self.unasked.intersection((first, later)):
            self.ask(group)
        self.sexes[first] |= self.sexes[later]
        self.birth_years[first] |= self.birth_years[later]
        self.months[first] &= self.months[later]
        self.has_pilot[first] |= self.has_pilot[later]
        self._make(first, [*self.members[first], *self.members[later]])

    def ask(self, first: int) -> None:
        """Gather what a group says that is `unasked`."""
        self.unasked.remove(first)
        places, facts = self.members[first], self.facts
        self.sexes[first] = reduce(or_, (facts.sexes[place] for place in places))
        self.birth_years[first] = reduce(or_, (facts.birth_years[place] for place in places))
        self.months[first] = reduce(and_, (facts.months[place] for place in places))
        self.has_pilot[first] = any(facts.is_pilot[place] for place in places)

    def parts_of(self, first: int) -> list[Part]:
        """The parts of a group: more than one where a decision joined them."""
        return self._parts.get(first) or [self.members[first]]

    def parts(self) -> list[int]:
        """By place, the first place of its part."""
        found = list(self.firsts)
        for part in (part for parts in self._parts.values() for part in parts):
            for place in part:
                found[place] = min(part)
        return found

    def _make(self, first: int, places: Sequence[int]) -> None:
        for place in places:
            self.firsts[place] = first
        self.members[first] = places
        self.no[first] = next(self._numbers)
