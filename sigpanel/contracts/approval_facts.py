"""What somebody may know of a person, as facts: an approval's quasi-identifiers, with every column that tells them.

An approval lists quasi-identifiers by column. Who knows a fact knows it in whatever column it stands, so a listed
column brings along all columns of the same name, and all of its kin (`contracts/extracts.yaml`). A fact that the
contract calls a person's, or that also stands in a table of persons, is hidden in all rows of the person; others are an
episode's.

One fact is counted without being listed: how an episode was reported (`REPORTING`). Which questions its form did not
have, that it began before reporting did, that its person is of the cohort: each tells programme or year of beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.extracts import MISSING, columns_of, extracts
from sigpanel.contracts.extracts_kin import Kin, Place
from sigpanel.forms import variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sigpanel.contracts.approval_read import Transform
    from sigpanel.contracts.approvals import Approval

OF_PERSONS = ("persons", "cohort")
MOMENTS = ("enrolment", "discharge")
# The fact of how an episode was reported; columns that tell it, and the table in which merely to stand tells it.
REPORTING = "reporting"
REPORTED_AS = ("is_left_truncated", "is_retrospective")
STANDING_IN = "cohort"
_DAYS_OF_A_YEAR = 365
_YEARS = ("years", "calendar_year")


@dataclass(frozen=True)
class Member:
    """A column of an extract that tells a fact; of `waves`, at one moment. `name` is what it is called there."""

    place: Place
    name: str

    @property
    def label(self) -> str:
        """Table, column and moment in one word, for the view of an attacker."""
        moment = f"@{self.place.moment}" if self.place.moment else ""
        return f"{self.place.table}.{self.name}{moment}"


@dataclass(frozen=True)
class Fact:
    """A fact that others may know of a person.

    Attributes:
        name: the kin's, or the column's.
        members: the columns of the extract that tell it.
        derived: those that it can be reckoned from.
        nulls: what a missing value is, category or suppress; null where the approval does not say.
        is_person: whether it is the person's: then one row tells what another hides.
    """

    name: str
    members: tuple[Member, ...]
    derived: tuple[Member, ...]
    nulls: str | None
    is_person: bool


def facts(approval: Approval) -> tuple[Fact, ...]:
    """The facts behind an approval's quasi-identifiers, each once, in the order in which they are listed."""
    found: dict[str, Fact] = {}
    for column in approval.quasi_identifiers:
        for fact in _facts_of(approval, column):
            found.setdefault(fact.name, fact)
    if STANDING_IN in approval.tables or answers(approval) or reported_as(approval):
        # A column that is made for this alone, and does not leave.
        member = Member(Place("episodes", f"_{REPORTING}"), f"_{REPORTING}")
        found[REPORTING] = Fact(REPORTING, (member,), (), None, is_person=False)
    return tuple(found.values())


def answers(approval: Approval) -> tuple[str, ...]:
    """The variables of whose answers something leaves, be it why there is none."""
    said = {column.removesuffix(MISSING) for column in approval.tables.get("waves", {})}
    return tuple(each for each in variables() if each in said)


def reported_as(approval: Approval) -> tuple[str, ...]:
    """The columns that leave which tell of how an episode was reported."""
    return tuple(each for each in REPORTED_AS if each in approval.tables.get("episodes", {}))


def names_of(approval: Approval, column: str) -> tuple[str, ...]:
    """The facts that a listed column tells."""
    return tuple(fact.name for fact in _facts_of(approval, column))


def members_of(approval: Approval, column: str) -> tuple[Member, ...]:
    """Every column of the extract that is made of a column of that name, of `waves` at both moments."""
    tables = [table for table, columns in approval.tables.items() if column in columns]
    return tuple(_members(approval, (place for table in tables for place in _places(table, column))))


def kin_in(approval: Approval, kin: Kin) -> tuple[Member, ...]:
    """The columns of a kin that leave."""
    return tuple(_members(approval, kin.columns))


def grain(table: str, column: str, transform: Transform) -> tuple[bool, int]:
    """Whether a column leaves relative to something, and how much a value of it covers: days, years as days, a rank."""
    described = columns_of(table)[column]
    if described.type == "date":
        return transform.rule.is_relative, transform.rule.days
    if described.type == "string":
        return False, 1 if transform.kind == "as_is" else 2
    unit = _DAYS_OF_A_YEAR if described.unit in _YEARS else 1
    return False, unit * (transform.by or 1) if transform.kind.endswith("band") else unit


def _facts_of(approval: Approval, column: str) -> Iterator[Fact]:
    members = members_of(approval, column)
    kins: dict[str, Kin] = {}
    for member in members:
        for kin in extracts().kin_of(member.place.table, column):
            kins[kin.name] = kin
    for kin in kins.values():
        yield _fact(approval, kin.name, kin_in(approval, kin), tuple(_members(approval, kin.derived)))
    if not kins and members:
        yield _fact(approval, column, members, ())


def _fact(approval: Approval, name: str, members: tuple[Member, ...], derived: tuple[Member, ...]) -> Fact:
    own = {member.place.column for member in members}
    rules = [approval.nulls[column] for column in approval.quasi_identifiers if column in own & approval.nulls.keys()]
    kin = extracts().kin.get(name)
    is_person = (kin is not None and kin.is_person) or any(member.place.table in OF_PERSONS for member in members)
    return Fact(name, members, derived, rules[0] if rules else None, is_person)


def _places(table: str, column: str) -> Iterator[Place]:
    for moment in MOMENTS if table == "waves" else (None,):
        yield Place(table, column, moment)


def _members(approval: Approval, places: Iterator[Place] | tuple[Place, ...]) -> Iterator[Member]:
    tables: Mapping[str, Mapping[str, Transform]] = approval.tables
    for place in places:
        transform = tables.get(place.table, {}).get(place.column)
        if transform is not None:
            yield Member(place, transform.named(place.column))
