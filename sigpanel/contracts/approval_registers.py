"""Which deliveries of register holders an approval covers: the optional entry `registers` of its file.

    registers:
      convictions: ["bra_convictions"]
      controls: {sources: ["rtb"], per_person: 3}

A kind that is not named is not covered, and neither is a source that is not named: such a delivery is refused when it
comes. `searched` comes along with any, and is not named. Controls have ids of their own, which follow from the
person's: so many of them as `per_person` says are handed out with the request. An approval without the entry covers no
delivery at all.

Nothing here reads a delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sigpanel.contracts.deliveries import deliveries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.contracts.approval_file import ApprovalFile

SEARCHED, CONTROLS = "searched", "controls"
_MOST_CONTROLS: Final = 99
_NAMES: Final = "Name kinds and sources as docs/deliveries.md does."


@dataclass(frozen=True)
class Registers:
    """The kinds of delivery that an approval covers, each with the sources that it may come from.

    `controls_per_person`: how many ids for controls are handed out for each person.
    """

    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    controls_per_person: int = 0

    def covers(self, kind: str, source: str) -> bool:
        """Whether a delivery of a kind from a source is covered; whom a holder searched for comes along with any."""
        return bool(self.sources) if kind == SEARCHED else source in self.sources.get(kind, ())

    def control_ids(self, persons: Iterable[str]) -> list[str]:
        """The ids that are handed out for the controls of these persons: theirs, with a number behind it."""
        return [f"{person}-{number}" for person in persons for number in range(1, self.controls_per_person + 1)]


NO_REGISTERS: Final = Registers()


def read_registers(file: ApprovalFile, raw: Any) -> Registers:  # noqa: ANN401 - whatever stands in the file
    """The deliveries that an approval covers.

    Raises:
        InputError: a kind or a source is none, or nothing is named.
    """
    known = {kind for kind in deliveries() if kind != SEARCHED}
    body = file.mapping(raw, "registers")
    for kind in sorted(body.keys() - known):
        remedy = f"The kinds are: {', '.join(sorted(known))}. Whom a holder searched for comes along with any."
        raise file.unknown("approval-registers", "registers", kind, "there is no such kind of delivery", remedy, known)
    if not body:
        raise file.refused(
            "approval-registers", "registers", "no delivery is named", "Leave the entry out, or name one."
        )
    sources, per_person = {}, 0
    for kind, each in body.items():
        place, said = f"registers.{kind}", each
        if kind == CONTROLS:
            entries = file.entries(each, place, {"sources", "per_person"})
            per_person, said = file.positive(entries["per_person"], f"{place}.per_person"), entries["sources"]
        sources[kind] = _sources(file, said, kind, place)
    if per_person > _MOST_CONTROLS:
        what = f"at most {_MOST_CONTROLS} controls belong to a person"
        raise file.refused("approval-registers", f"registers.{CONTROLS}.per_person", what, "Draw fewer.")
    return Registers(sources, per_person)


def _sources(file: ApprovalFile, raw: Any, kind: str, place: str) -> tuple[str, ...]:  # noqa: ANN401 - likewise
    said, known = file.texts(raw, place), deliveries()[kind].sources
    if {*said} - {*known}:
        what = f"{len({*said} - {*known})} of the sources is none that {kind} can come from"
        raise file.refused("approval-registers", place, what, f"The sources are: {', '.join(known)}. {_NAMES}")
    return said
