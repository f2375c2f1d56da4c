"""The facts of follow-up in registers, from `contracts/followup.yaml`: outcomes, tables, rules, the request's texts.

    facts().outcomes["death"].kind      which kind of delivery tells it
    schema("outcomes")                  the columns and types of a table

Nothing here reads a delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from sigpanel.contracts.counted import Counted
from sigpanel.contracts.deliveries import deliveries
from sigpanel.contracts.delivery import Text
from sigpanel.contracts.model import TYPES
from sigpanel.contracts.strict import of_file, require
from sigpanel.resources import load_entries

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = "followup.yaml"
# What a holder says of whom it searched for; the other words of the delivery say why it did not.
FOUND: Final = "searched"
# Outcomes after which a person is no longer here, and what brings one back.
DEATH: Final = "death"
EMIGRATION: Final = "emigration"
IMMIGRATION: Final = "immigration"


@dataclass(frozen=True)
class Outcome:
    """What can happen to a person, and the kind of delivery that tells it."""

    kind: str
    en: str
    sv: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its type by the contracts' name, and what it means."""

    type: str
    en: str
    sv: str


@dataclass(frozen=True)
class Between:
    """A rule that holds between deliveries, and what would mend it."""

    en: str
    sv: str
    mend_en: str
    mend_sv: str


@dataclass(frozen=True)
class Apart:
    """How many days two registers may date one death apart."""

    most_days_apart: int


@dataclass(frozen=True)
class Share:
    """How little a version may hold of what it takes the place of without being asked about, above 0 and below 1."""

    least_share: float


@dataclass(frozen=True)
class Request:
    """The texts of the request to districts."""

    file: str
    owner: str
    pilot: str
    weeks: int
    sheets: Mapping[str, str]
    title: str
    title_pilot: str
    place_owner: str
    to: str
    warning: str
    count: Counted
    unreadable: Counted
    paragraphs: tuple[str, ...]
    columns: Mapping[str, str]
    no_code: str
    ongoing: str
    no_day: str
    unknown: tuple[str, ...]
    number_error: str
    choose: str


@dataclass(frozen=True)
class Facts:
    """The entries of the file, under their own names."""

    version: str
    outcomes: Mapping[str, Outcome]
    bases: Mapping[str, Text]
    at_liberty: tuple[str, ...]
    counts_as_emigration: tuple[str, ...]
    ends: tuple[str, ...]
    tables: Mapping[str, Mapping[str, Column]]
    not_after_death: Mapping[str, str]
    between: Mapping[str, Between]
    one_death: Apart
    same_control: tuple[str, ...]
    claimed: Mapping[str, Text]
    replaced: Share
    request: Request

    @property
    def dated(self) -> tuple[str, ...]:
        """The outcomes that are events with a day; the others are told by year."""
        return tuple(name for name, said in self.outcomes.items() if deliveries()[said.kind].covered_as != "year")


@lru_cache(maxsize=1)
def facts() -> Facts:
    """The facts.

    Raises:
        Fault: the file has an entry too many or too few, or names what is not there.
    """
    raw = load_entries("followup", Facts)
    with of_file(FILE):
        return _facts(raw)


def schema(table: str) -> pl.Schema:
    """The columns and types of a table that deliveries become."""
    return pl.Schema({name: TYPES[column.type] for name, column in facts().tables[table].items()})


def _facts(raw: dict[str, Any]) -> Facts:
    made = Facts(
        version=raw["version"],
        outcomes=_each(raw, "outcomes", Outcome),
        bases=_each(raw, "bases", Text),
        at_liberty=tuple(raw["at_liberty"]),
        counts_as_emigration=tuple(raw["counts_as_emigration"]),
        ends=tuple(raw["ends"]),
        tables={name: _each(raw["tables"], name, Column) for name in raw["tables"]},
        not_after_death=raw["not_after_death"],
        between=_each(raw, "between", Between),
        one_death=Apart(**raw["one_death"]),
        same_control=tuple(raw["same_control"]),
        claimed=_each(raw, "claimed", Text),
        replaced=Share(**raw["replaced"]),
        request=_request(dict(raw["request"])),
    )
    require(0 < made.replaced.least_share < 1, "replaced", "its share lies above 0 and below 1")
    require(made.one_death.most_days_apart >= 0, "one_death", "its days are none or more")
    kinds = deliveries()
    require({*made.same_control} <= {*kinds["controls"].by_name}, "same_control", "it names columns of controls")
    for name, outcome in made.outcomes.items():
        require(outcome.kind in kinds, f"outcomes, {name}", "its kind is one of contracts/deliveries")
    require({*made.ends} <= {*made.dated}, "ends", "it names outcomes that have a day")
    for kind, column in made.not_after_death.items():
        require(kind in kinds and column in kinds[kind].by_name, f"not_after_death, {kind}", "it names a column")
    locked = {term.token for term in kinds["deprivation"].words("kind")}
    require({*made.at_liberty} <= locked, "at_liberty", "it names ways of being deprived of liberty")
    moves = {term.token for term in kinds["deaths_and_emigration"].words("kind")}
    require({*made.counts_as_emigration} <= moves, "counts_as_emigration", "it names events")
    return made


def _each(raw: Mapping[str, Any], place: str, kind: type) -> dict[str, Any]:
    known = {field.name for field in fields(kind)}
    for name, body in raw[place].items():
        require(
            isinstance(body, dict) and body.keys() == known, f"{place}, {name}", f"it has {', '.join(sorted(known))}"
        )
    return {name: kind(**body) for name, body in raw[place].items()}


def _request(raw: dict[str, Any]) -> Request:
    known = {field.name for field in fields(Request)}
    require(raw.keys() == known, "request", "it has an entry too many or too few")
    for name in ("count", "unreadable"):
        raw[name] = Counted(**raw[name])
    for name in ("paragraphs", "unknown"):
        raw[name] = tuple(raw[name])
    return Request(**raw)
