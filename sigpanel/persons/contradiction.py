"""What the episodes of one person say together, and what of two such groups cannot be so of one person.

What forbids has a name. It is asked of all episodes of the one side and all of the other, since a chain of pairs that
each fit can join what does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigpanel.persons.against import Facts


@dataclass(slots=True)
class Group:
    """Episodes that are one person's, and what they say together.

    `no` is a new one whenever the group grows. `parts` are places, apart where only a decision joined them.
    """

    no: int
    first: int
    members: list[Facts]
    months: int
    sexes: frozenset[str]
    birth_years: frozenset[int]
    parts: list[list[int]]
    has_pilot: bool

    @classmethod
    def of(cls, members: list[Facts], no: int = 0) -> Group:
        """Some episodes, in one part; one by itself too."""
        one = members[0]
        made = cls(
            no, one.place, members, one.months, _known(one.sex), _known(one.birth_year), [[one.place]], one.is_pilot
        )
        for other in members[1:]:
            made.first = min(made.first, other.place)
            made.months &= other.months
            made.sexes |= _known(other.sex)
            made.birth_years |= _known(other.birth_year)
            made.parts[0].append(other.place)
            made.has_pilot |= other.is_pilot
        return made

    def add(self, other: Group, no: int) -> None:
        """Take in another group's episodes."""
        self.no = no
        self.members += other.members
        self.months &= other.months
        self.sexes |= other.sexes
        self.birth_years |= other.birth_years
        self.parts += other.parts
        self.has_pilot |= other.has_pilot


@cache
def _known(value: Any) -> frozenset[Any]:  # noqa: ANN401 - a sex or a year
    """The set of a value that is told; one for all who tell it."""
    return frozenset([value] if value else ())


def contradiction(a: Group, b: Group, level: str) -> str | None:
    """The name of what two groups say that cannot be so of one person; of the doubtful only time and initials count."""
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
    return None


def _overlap(one: Facts, other: Facts) -> bool:
    """Half-open intervals: discharge and enrolment on one day do not overlap; two from one day do, ended or not."""
    if one.begins is None or one.ends is None or other.begins is None or other.ends is None:
        return False
    return one.begins == other.begins or (one.begins < other.ends and other.begins < one.ends)
