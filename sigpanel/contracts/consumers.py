"""What somebody who reads the panel relies on, and whether the panel promises it: the reader of a consumer contract.

A consumer names the columns it reads and the words or codes it handles. Held against the description of the panel, no
data is needed to see that a column is gone, or that the panel may now hold a code that the consumer would pass over.
What it asks of the data (how complete, how covered, how surely linked) is held by `sigpanel.contracts.service`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.rules import values_of
from sigpanel.contracts.strict import fault as _fault
from sigpanel.contracts.strict import items as _list
from sigpanel.contracts.strict import load as _load
from sigpanel.contracts.strict import mapping as _mapping
from sigpanel.contracts.strict import of_file
from sigpanel.contracts.strict import require as _require
from sigpanel.contracts.strict import text as _text
from sigpanel.contracts.tables import contract
from sigpanel.errors import UsageError
from sigpanel.forms import variables
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = "consumers"


@dataclass(frozen=True)
class Levels:
    """Below `warn` it is told, below `fail` the contract is broken."""

    warn: float
    fail: float

    def verdict(self, value: float) -> str:
        """kept, warned or broken."""
        if value < self.fail:
            return "broken"
        return "warned" if value < self.warn else "kept"


@dataclass(frozen=True)
class Handles:
    """What a consumer handles of a column: these values, or numbers within bounds; anything where neither is said."""

    values: tuple[Any, ...] | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Group:
    """Variables judged by the same levels."""

    variables: tuple[str, ...]
    filled: Levels
    answered: Levels


@dataclass(frozen=True)
class Consumer:
    """A consumer contract."""

    name: str
    version: str
    sv: str
    en: str
    panel: int
    population: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Handles]]
    least_n: int
    groups: Mapping[str, Group]
    coverage: Levels
    decided: Levels
    precision: Levels
    horizon_years: int
    horizon: Levels
    timely_from: str
    years_behind: int


@dataclass(frozen=True)
class Broken:
    """Something that a consumer needs and the panel does not promise."""

    where: str
    en: str


def names_of_consumers() -> tuple[str, ...]:
    """The consumers that have a contract."""
    return tuple(sorted(path.stem for path in (contracts_dir() / _FOLDER).glob("*.yaml")))


@lru_cache(maxsize=8)
def consumer(name: str) -> Consumer:
    """A consumer's contract.

    Raises:
        UsageError: there is none of that name.
        Fault: it says something that nobody knows.
    """
    if name not in names_of_consumers():
        raise UsageError(
            "consumer-unknown", "There is no such consumer contract.",
            remedy=f"There are: {', '.join(names_of_consumers())}.",
        )  # fmt: skip
    return read_consumer(contracts_dir() / _FOLDER / f"{name}.yaml")


def read_consumer(path: Path) -> Consumer:
    """Read a consumer contract.

    Raises:
        Fault: it says something that nobody knows.
    """
    with of_file(f"{_FOLDER}/{path.name}"):
        return _consumer(path)


def _consumer(path: Path) -> Consumer:
    where = f"consumer {path.stem}"
    named = {"name", "version", "sv", "en", "panel", "population", "tables"}
    asked = {"completeness", "coverage", "linkage", "horizon", "timeliness"}
    raw = _mapping(_load(path), where, named | asked)
    complete = _mapping(raw["completeness"], f"{where}, completeness", {"least_n", "filled", "answered", "groups"})
    usual = {name: _levels(complete[name], where) for name in ("filled", "answered")}
    linkage = _mapping(raw["linkage"], f"{where}, linkage", {"decided", "precision"})
    horizon = _mapping(raw["horizon"], f"{where}, horizon", {"years", "share"})
    timely = _mapping(raw["timeliness"], f"{where}, timeliness", {"from", "years_behind"})
    return Consumer(
        name=_text(raw["name"], where),
        version=_text(raw["version"], where),
        sv=_text(raw["sv"], where),
        en=_text(raw["en"], where),
        panel=raw["panel"],
        population=_mapping(raw["population"], where, {"en", "sv"}),
        tables={
            table: _columns(columns, f"{where}, {table}") for table, columns in _mapping(raw["tables"], where).items()
        },
        least_n=complete["least_n"],
        groups={
            name: _group(each, usual, f"{where}, {name}") for name, each in _mapping(complete["groups"], where).items()
        },
        coverage=_levels(raw["coverage"], where),
        decided=_levels(linkage["decided"], where),
        precision=_levels(linkage["precision"], where),
        horizon_years=horizon["years"],
        horizon=_levels(horizon["share"], where),
        timely_from=_text(timely["from"], where),
        years_behind=timely["years_behind"],
    )


def _levels(raw: Any, where: str) -> Levels:  # noqa: ANN401 - whatever a YAML file may hold
    body = _mapping(raw, where, {"warn", "fail"})
    _require(0 <= body["fail"] <= body["warn"] <= 1, where, "0 ≤ fail ≤ warn ≤ 1 does not hold")
    return Levels(float(body["warn"]), float(body["fail"]))


def _columns(raw: Any, where: str) -> dict[str, Handles]:  # noqa: ANN401 - whatever a YAML file may hold
    return {column: _handles(told, f"{where}.{column}") for column, told in _mapping(raw, where).items()}


def _handles(raw: Any, where: str) -> Handles:  # noqa: ANN401 - whatever a YAML file may hold
    body = _mapping(raw, where, set(), {"values", "low", "high"})
    values = body.get("values")
    return Handles(None if values is None else tuple(_list(values, where)), body.get("low"), body.get("high"))


def _group(raw: Any, usual: Mapping[str, Levels], where: str) -> Group:  # noqa: ANN401 - whatever a YAML file may hold
    body = _mapping(raw, where, {"variables"}, {"filled", "answered"})
    known = tuple(_list(body["variables"], where))
    if not set(known) <= set(variables()):
        raise _fault(where, "it names a variable that the panel does not have")
    levels = {name: _levels(body[name], where) if name in body else usual[name] for name in usual}
    return Group(known, **levels)


# --- without data -----------------------------------------------------------------------------------------------------


def unpromised(one: Consumer) -> list[Broken]:
    """What a consumer needs that the panel's contract does not promise; no data is read."""
    return [broken for table, columns in one.tables.items() for broken in _unpromised(table, columns)]


def _unpromised(table: str, columns: Mapping[str, Handles]) -> Iterator[Broken]:
    if table not in contract().tables:
        yield Broken(table, "the panel has no such table")
        return
    promised = {column.name: column for column in contract().tables[table].given(variables()).columns}
    for name, handled in columns.items():
        where = f"{table}.{name}"
        if name not in promised:
            yield Broken(where, "the panel has no such column")
            continue
        variable = table == "waves" and name in variables()
        may_hold = values_of(name) if variable else {"values": promised[name].values}
        yield from _not_handled(where, may_hold, handled)


def _not_handled(where: str, may_hold: Mapping[str, Any], handled: Handles) -> Iterator[Broken]:
    values = may_hold.get("values")
    if values is not None and handled.values is not None:
        new = [str(value) for value in values if value not in handled.values]
        if new:
            yield Broken(where, f"the panel may hold {', '.join(new)}, which is not handled")
    if "low" in may_hold:
        low, high = may_hold["low"], may_hold["high"]
        if (handled.low is not None and low < handled.low) or (handled.high is not None and high > handled.high):
            yield Broken(where, f"the panel may hold {low} to {high}, which is more than is handled")
