"""What somebody who reads the panel relies on, and whether the panel promises it: the reader of a consumer contract.

A consumer names the columns it reads and the words or codes it handles. Held against the description of the panel, no
data is needed to see that a column is gone, or that the panel may now hold a code that the consumer would pass over.
What it asks of the data (how complete, how covered, how surely linked) is held by `sigpanel.contracts.service`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigpanel.contracts import semver, strict
from sigpanel.contracts.rules import values_of
from sigpanel.contracts.sentences import sentences
from sigpanel.contracts.strict import Yaml, of_file, require
from sigpanel.contracts.tables import contract
from sigpanel.errors import InputError, UsageError
from sigpanel.forms import forms, variables
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def covers(self, value: Any) -> bool:  # noqa: ANN401 - a code, a number or a word
        """Whether it handles a value."""
        if self.values is not None:
            return value in self.values
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Group:
    """Variables judged by the same levels, and what they are called."""

    en: str
    sv: str
    variables: tuple[str, ...]
    filled: Levels
    answered: Levels


@dataclass(frozen=True)
class Consumer:
    """A consumer contract. What it asks of the data is null, or without groups, where it does not ask for that.

    Attributes:
        panel: the major version of the panel's contract that it was written for.
        population: whom it is about, in both languages; for readers.
        least_n: a cell in which fewer were asked is not judged.
        coverage_from: the first reporting year that it needs covered; else the first that a form is for.
        timely_from: the day, as `03-01`, from which on a release must hold the year `years_behind`.
    """

    name: str
    version: str
    sv: str
    en: str
    panel: int
    population: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Handles]]
    least_n: int | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    coverage: Levels | None = None
    coverage_from: int | None = None
    decided: Levels | None = None
    precision: Levels | None = None
    horizon_years: int | None = None
    horizon: Levels | None = None
    timely_from: str | None = None
    years_behind: int | None = None


@dataclass(frozen=True)
class Broken:
    """Something that a consumer needs and the panel does not promise."""

    where: str
    en: str
    sv: str


def names_of_consumers() -> tuple[str, ...]:
    """The consumers that have a contract."""
    return tuple(sorted(path.stem for path in (contracts_dir() / _FOLDER).glob("*.yaml")))


@lru_cache(maxsize=8)
def consumer(name: str) -> Consumer:
    """A consumer's contract, by its name, or by its file where it is not one of those in `contracts/consumers/`.

    Raises:
        UsageError: there is none of that name.
        InputError: the file is not there, or says something that nobody knows.
        Fault: one of those in `contracts/` says something that nobody knows.
    """
    if name.endswith(".yaml"):
        return _of_somebody(Path(name))
    if name not in names_of_consumers():
        raise UsageError(
            "consumer-unknown", "There is no such consumer contract.",
            remedy=f"There are: {', '.join(names_of_consumers())}. Or give a file, such as article.yaml.",
        )  # fmt: skip
    return read_consumer(contracts_dir() / _FOLDER / f"{name}.yaml")


def _of_somebody(path: Path) -> Consumer:
    try:
        return _consumer(path)
    except strict.Oddity as odd:
        said = f"{path.name}, {odd.message}"
    except (OSError, UnicodeDecodeError):
        said = f"There is no consumer contract at {path}, or it is no text."
    raise InputError("consumer-description", said, remedy="Mend the file; docs/contracts.md says what it holds.")


def read_consumer(path: Path) -> Consumer:
    """Read a consumer contract.

    Raises:
        Fault: it says something that nobody knows.
    """
    with of_file(f"{_FOLDER}/{path.name}"):
        return _consumer(path)


def _consumer(path: Path) -> Consumer:
    where = f"consumer {path.stem}"
    raw = strict.mapping(strict.load(path), where, _NAMED, {*_ASKED})
    population = strict.mapping(raw["population"], f"{where}, population", {"en", "sv"})
    require(raw["name"] == path.stem, where, "the name is not that of the file")
    asked: dict[str, Any] = {}
    for entry, read in _ASKED.items():
        asked |= read(raw[entry], f"{where}, {entry}") if entry in raw else {}
    return Consumer(
        name=path.stem,
        version=strict.version(raw["version"], f"{where}, version"),
        sv=strict.text(raw["sv"], f"{where}, sv"),
        en=strict.text(raw["en"], f"{where}, en"),
        panel=strict.number(raw["panel"], f"{where}, panel"),
        population={name: strict.text(text, f"{where}, population") for name, text in population.items()},
        tables={
            table: _columns(columns, f"{where}, {table}")
            for table, columns in strict.mapping(raw["tables"], f"{where}, tables").items()
        },
        **asked,
    )


def _completeness(raw: Yaml, where: str) -> dict[str, Any]:
    body = strict.mapping(raw, where, {"least_n", "filled", "answered", "groups"})
    usual = {name: _levels(body[name], f"{where} {name}") for name in ("filled", "answered")}
    groups = strict.mapping(body["groups"], f"{where}, groups")
    return {
        "least_n": _positive(body["least_n"], f"{where}, least_n"),
        "groups": {name: _group(each, usual, f"{where}, {name}") for name, each in groups.items()},
    }


def _coverage(raw: Yaml, where: str) -> dict[str, Any]:
    body = strict.mapping(raw, where, {"warn", "fail"}, {"from_year"})
    since = _positive(body.pop("from_year"), f"{where} from_year") if "from_year" in body else None
    return {"coverage": _levels(body, where), "coverage_from": since}


def _linkage(raw: Yaml, where: str) -> dict[str, Any]:
    body = strict.mapping(raw, where, set(), {"decided", "precision"})
    require(bool(body), where, "decided, precision or both belong here")
    return {name: _levels(body[name], f"{where} {name}") for name in body}


def _horizon(raw: Yaml, where: str) -> dict[str, Any]:
    body = strict.mapping(raw, where, {"years", "share"})
    return {
        "horizon_years": _positive(body["years"], f"{where} years"),
        "horizon": _levels(body["share"], f"{where} share"),
    }


def _timeliness(raw: Yaml, where: str) -> dict[str, Any]:
    body = strict.mapping(raw, where, {"from", "years_behind"})
    return {
        "timely_from": _day(body["from"], f"{where} from"),
        "years_behind": strict.number(body["years_behind"], f"{where} years_behind"),
    }


_NAMED = {"name", "version", "sv", "en", "panel", "population", "tables"}
# What a consumer may ask of the data, each entry by itself: what it does not ask is not judged.
_ASKED: Mapping[str, Callable[[Yaml, str], dict[str, Any]]] = {
    "completeness": _completeness,
    "coverage": _coverage,
    "linkage": _linkage,
    "horizon": _horizon,
    "timeliness": _timeliness,
}


def _positive(raw: Yaml, where: str) -> int:
    require(strict.number(raw, where) > 0, where, "a whole number of at least 1 belongs here")
    return int(raw)


def _day(raw: Yaml, where: str) -> str:
    """A day of the year; 29 February is none, since most years do not have it."""
    try:
        month, day = (int(part) for part in str(raw).split("-"))
        is_day = f"{dt.date(2023, month, day):%m-%d}" == raw
    except ValueError:
        is_day = False
    require(is_day, where, 'a day such as "03-01" belongs here')
    return str(raw)


def _levels(raw: Yaml, where: str) -> Levels:
    body = strict.mapping(raw, where, {"warn", "fail"})
    warn, fail = strict.share(body["warn"], where), strict.share(body["fail"], where)
    require(fail <= warn, where, "0 ≤ fail ≤ warn ≤ 1 does not hold")
    return Levels(warn, fail)


def _columns(raw: Yaml, where: str) -> dict[str, Handles]:
    return {column: _handles(told, f"{where}.{column}") for column, told in strict.mapping(raw, where).items()}


def _handles(raw: Yaml, where: str) -> Handles:
    body = strict.mapping(raw, where, set(), {"values", "low", "high"})
    low, high = (strict.number(body[name], where) if name in body else None for name in ("low", "high"))
    if "values" not in body:
        return Handles(low=low, high=high)
    require(low is None and high is None, where, "values and bounds do not go together")
    values = tuple(strict.items(body["values"], where))
    fits = all(isinstance(value, (str, int)) and not isinstance(value, bool) for value in values)
    require(fits and len(set(values)) == len(values), where, "words or whole numbers belong here, each once")
    return Handles(values)


def _group(raw: Yaml, usual: Mapping[str, Levels], where: str) -> Group:
    body = strict.mapping(raw, where, {"en", "sv", "variables"}, {"filled", "answered"})
    # Whether the panel has them is a promise, which `unpromised` tells of by name.
    known = strict.names(body["variables"], where)
    levels = {name: _levels(body[name], where) if name in body else usual[name] for name in usual}
    return Group(strict.text(body["en"], where), strict.text(body["sv"], where), known, **levels)


# --- without data -----------------------------------------------------------------------------------------------------


def unpromised(one: Consumer) -> list[Broken]:
    """What a consumer needs that the panel's contract does not promise; no data is read."""
    return [
        *_of_another_major(one),
        *(broken for table, columns in one.tables.items() for broken in _unpromised(table, columns)),
        *_of_no_variable(one),
        *_asked_no_more(one),
    ]


def _of_another_major(one: Consumer) -> Iterator[Broken]:
    if one.panel != semver.major(contract().version):
        yield _broken("panel", "panel", version=contract().version, major=one.panel)


def _of_no_variable(one: Consumer) -> Iterator[Broken]:
    for name, group in one.groups.items():
        for variable in group.variables:
            if variable not in variables():
                yield _broken(f"completeness.{name}", "variable", variable=variable)


def _asked_no_more(one: Consumer) -> Iterator[Broken]:
    """Variables that an earlier edition of a programme asks at a moment, and the one in use does not."""
    for programme in sorted({form.programme for form in forms().values()}):
        editions = sorted(
            (form for form in forms().values() if form.programme == programme), key=lambda form: form.first_year
        )
        asked = [{(each.variable, each.moment) for each in form.questions} for form in editions]
        gone = set().union(*asked[:-1]) - asked[-1]
        for name, group in one.groups.items():
            for variable, moment in sorted(gone):
                if variable in group.variables:
                    yield _broken(
                        f"completeness.{name}", "asked_no_more", programme=programme, variable=f"{variable}, {moment}"
                    )


def _unpromised(table: str, columns: Mapping[str, Handles]) -> Iterator[Broken]:
    if table not in contract().tables:
        yield _broken(table, "table")
        return
    promised = {column.name: column for column in contract().tables[table].given(variables()).columns}
    for name, handled in columns.items():
        where = f"{table}.{name}"
        if name not in promised:
            yield _broken(where, "column")
        elif handled != Handles():
            variable = table == "waves" and name in variables()
            yield from _not_handled(where, values_of(name) if variable else {"values": promised[name].values}, handled)


def _not_handled(where: str, may_hold: Mapping[str, Any], handled: Handles) -> Iterator[Broken]:
    low, high = may_hold.get("low"), may_hold.get("high")
    values = may_hold.get("values") if low is None or high is None else range(low, high + 1)
    if values is None:
        yield _broken(where, "anything")
        return
    new = [value for value in values if not handled.covers(value)]
    if new and low is not None:
        yield _broken(where, "numbers", low=low, high=high)
    elif new:
        yield _broken(where, "codes", codes=", ".join(map(str, new)))


def _broken(where: str, kind: str, **words: object) -> Broken:
    told = sentences().unpromised[kind]
    return Broken(where, told["en"].format(**words), told["sv"].format(**words))
