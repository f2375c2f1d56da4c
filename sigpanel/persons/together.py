"""Who is with whom so far, while episodes are put together into persons.

Each episode knows the first place of its group; what a group says is gathered when somebody asks. Most never do: they
are alone, or agreed on as they are (`agreed`).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from sigpanel.persons.contradiction import Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigpanel.persons.against import Facts


class Together:
    """Groups of episodes, at first each by itself. `firsts` is by place, the first place of its group."""

    def __init__(self, episodes: Sequence[Facts]) -> None:
        self.firsts = list(range(len(episodes)))
        self._groups = _Groups(episodes)

    def of(self, place: int) -> Group:
        """The group of an episode."""
        return self._groups[self.firsts[place]]

    def apart(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pairs of which the two are in two groups."""
        firsts = self.firsts
        return [pair for pair in pairs if firsts[pair[0]] != firsts[pair[1]]]

    def settle(self, groups: Iterable[Sequence[int]]) -> None:
        """Make a group, in one part, of the places of each, whatever groups lay within it."""
        for places in groups:
            first = min(places)
            self._groups.settled[first] = places
            for place in places:
                self.firsts[place] = first
                self._groups.pop(place, None)

    def unite(self, one: int, other: int) -> Group:
        """Make the groups of two episodes one, in parts; it is known by its first episode."""
        a, b = self.of(one), self.of(other)
        if a is b:
            return a
        if b.first < a.first:
            a, b = b, a
        a.add(b, next(self._groups.numbers))
        for member in b.members:
            self.firsts[member.place] = a.first
        del self._groups[b.first]
        return a

    def parts(self) -> list[int]:
        """By place, the first place of its part."""
        found = list(self.firsts)
        for group in self._groups.values():
            for part in group.parts if len(group.parts) > 1 else ():
                for place in part:
                    found[place] = min(part)
        return found


class _Groups(dict[int, Group]):
    """Groups by their first place, each made when it is asked for."""

    def __init__(self, episodes: Sequence[Facts]) -> None:
        self.facts = episodes
        self.numbers = count()
        self.settled: dict[int, Sequence[int]] = {}

    def __missing__(self, first: int) -> Group:
        members = [self.facts[place] for place in self.settled.get(first, (first,))]
        made = self[first] = Group.of(members, next(self.numbers))
        return made
