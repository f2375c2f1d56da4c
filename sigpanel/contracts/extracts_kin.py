"""Columns of several tables that tell one fact: the same day, the same age, the same district.

Such columns leave in one and the same grain, for the finest of them would undo the others; and what is taken out of one
is taken out of all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.strict import Yaml, require, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLACE = re.compile(r"([a-z_]+)\.([a-z_]+)(?:@([a-z]+))?")


@dataclass(frozen=True)
class Place:
    """A column of a table; of `waves`, at one moment."""

    table: str
    column: str
    moment: str | None = None

    def is_of(self, table: str, column: str) -> bool:
        """Whether it is that column, whatever the moment."""
        return (self.table, self.column) == (table, column)


@dataclass(frozen=True)
class Kin:
    """Columns that tell one fact.

    Attributes:
        is_known: others may know it of a person: an extract with it counts it among the quasi-identifiers.
        is_person: it is the person's in whatever table it leaves.
        is_alone: no two columns of it leave in one extract.
        tied: the kin that leaves in the same grain, if both leave.
        columns: those that tell it.
        derived: those that it can be reckoned or narrowed from; hidden together with it.
        beside: those that it would be told by if they were finer.
        told: sets of columns that together tell it, each as alternatives of which one is enough.
    """

    name: str
    en: str
    sv: str
    is_known: bool
    is_person: bool
    is_alone: bool
    tied: str | None
    columns: tuple[Place, ...]
    derived: tuple[Place, ...] = ()
    beside: tuple[Place, ...] = ()
    told: tuple[tuple[tuple[Place, ...], ...], ...] = ()


def read_kin(
    name: str, body: Mapping[str, Yaml], parts: Mapping[str, Sequence[Yaml]], told: Sequence[Sequence[Yaml]],
    columns: Mapping[str, Sequence[Yaml]],
) -> Kin:  # fmt: skip
    """A fact as `contracts/extracts.yaml` describes it.

    Args:
        name: what it is called.
        body: what is said of it.
        parts: its columns, those derived and those beside.
        told: sets of columns that together tell it.
        columns: of every kin, for which its name may stand.
    """
    where = f"kin, {name}"

    def places_of(raw: Yaml) -> tuple[Place, ...]:
        return tuple(_place(each, where) for each in columns.get(raw, (raw,)))

    places = {part: tuple(place for raw in each_of for place in places_of(raw)) for part, each_of in parts.items()}
    return Kin(
        name,
        text(body["en"], where),
        text(body["sv"], where),
        is_known=body["known"] is True,
        is_person=body.get("person", False) is True,
        is_alone=body.get("alone", False) is True,
        tied=text(body["tied"], where) if "tied" in body else None,
        told=tuple(tuple(places_of(raw) for raw in each) for each in told),
        **places,
    )


def _place(raw: Yaml, where: str) -> Place:
    found = _PLACE.fullmatch(text(raw, where))
    require(found is not None, where, "a column is written table.column, of waves with @ and the moment")
    return Place(*found.groups()) if found else Place("", "")
