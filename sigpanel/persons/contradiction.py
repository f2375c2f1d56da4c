"""What the episodes of one person say together, and what of two such groups cannot be so of one person.

What forbids has a name. It is asked of all episodes of the one side and all of the other, since a chain of pairs that
each fit can join what does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigpanel.persons.together import Together


def contradiction(together: Together, a: int, b: int, level: str) -> str | None:
    """The name of what two groups say that cannot be so of one person; of the doubtful only time and initials count.

    Args:
        together: who is with whom.
        a: the first place of a group.
        b: that of another.
        level: one of `merge.LEVELS`, or `kept`.
    """
    for first in (a, b):
        if first in together.unasked:
            together.ask(first)
    if together.has_pilot[a] and together.has_pilot[b]:
        return "two_of_the_cohort"
    if level != "wide":
        sexes, birth_years = together.sexes, together.birth_years
        if sexes[a] and sexes[b] and len(sexes[a] | sexes[b]) > 1:
            return "sex_differs"
        if birth_years[a] and birth_years[b] and len(birth_years[a] | birth_years[b]) > 1:
            return "birth_year_differs"
        if not together.months[a] & together.months[b]:
            return "months_do_not_meet"
    facts = together.facts
    if at_once := [(x, y) for x in together.members[a] for y in together.members[b] if facts.overlap(x, y)]:
        if any(facts.district[x] and facts.district[x] == facts.district[y] for x, y in at_once):
            return "overlap_in_district"
        if any(not facts.given[x] & facts.given[y] for x, y in at_once):
            return "overlaps_with_other_initial"
    return None
