"""What a register holder delivers to a project: the strict reader of `contracts/deliveries/`.

    delivery("convictions").schema         the columns and types of a delivery
    delivery("convictions").words("grade") the words that a column may have, with labels
    declared(delivery("convictions"), {…}) the coverage that came with it

A contract says what one row is, its columns and rules, who is told by which ids, which registers it may come from and
whom they can know of, by what the coverage runs, how late a register is, when a delivery is due, and what it means that
somebody has no row. The reader fails closed, as that of the tables does: what it does not know is refused by file and
place. What comes in as forms or as the cohort's files is described elsewhere (`sigpanel.forms`, `cohort`).

Rules become concrete by a coverage and are held in `sigpanel.contracts.delivered`. Nothing here reads a delivery.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.contracts import strict
from sigpanel.contracts.delivery import (
    VIEWS,
    Absent,
    Bounds,
    Coverage,
    DeliveredColumn,
    Delivery,
    Lag,
    Population,
    Shared,
    Sla,
    Source,
    Text,
)
from sigpanel.contracts.delivery_checks import COVERED, check
from sigpanel.contracts.model import read_column, read_vocabulary
from sigpanel.contracts.rules import rule_of
from sigpanel.contracts.strict import of_file
from sigpanel.errors import InputError, UsageError
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.contracts.model import Term
    from sigpanel.contracts.rules import Rule
    from sigpanel.contracts.strict import Yaml

STATUSES = ("assumed", "agreed", "seen")
ABSENT = ("none", "unknown")
# What has a mend of its own: the shape, the last word of a rule that follows from the contract, else the severity.
MENDED = (
    "missing", "surplus", "type", "not_null", "in_set", "unique", "known", "held_by_source", "covered",
    "error", "warning",
)  # fmt: skip

DUE = {"year": {"by", "years_behind"}, "once": {"within_months"}, "with_each": set[str]()}


@lru_cache(maxsize=1)
def shared() -> Shared:
    """What `contracts/deliveries.yaml` says.

    Raises:
        Fault: it says something that nobody knows, or lacks something.
    """
    return read_shared(contracts_dir() / "deliveries.yaml")


@lru_cache(maxsize=1)
def deliveries() -> dict[str, Delivery]:
    """Every kind of delivery, by name.

    Raises:
        Fault: a description says something that nobody knows, or a shared word or unit is nobody's.
    """
    folder = contracts_dir() / "deliveries"
    with of_file("deliveries.yaml"):
        same = {*shared().kinds} == {path.stem for path in folder.glob("*.yaml")}
        strict.require(same, "kinds", "it names the files of the folder, each of them and no other")
    found = {name: read_delivery(folder / f"{name}.yaml") for name in shared().kinds}
    columns = [column for each in found.values() for column in each.columns]
    with of_file("deliveries.yaml"):
        for name in shared().vocabularies:
            strict.require(name in {column.vocabulary for column in columns}, f"vocabulary {name}", "no column uses it")
        for name in shared().units:
            strict.require(name in {column.unit for column in columns}, f"unit {name}", "no column uses it")
    return found


def delivery(name: str) -> Delivery:
    """One kind of delivery.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in deliveries():
        raise UsageError(
            "delivery-unknown", "There is no such kind of delivery.", remedy=f"There are: {', '.join(deliveries())}."
        )
    return deliveries()[name]


def declared(kind: Delivery, raw: Mapping[str, Any]) -> Coverage:
    """The coverage that came with a delivery.

    Args:
        kind: the kind of delivery.
        raw: what is declared, by the names of `Coverage`; dates as dates.

    Raises:
        InputError: something is missing, too much, of another kind than it should be, or earlier than the register.
    """
    expected = [field.name for field in fields(Coverage)]
    wrong = sorted({*expected} ^ raw.keys())
    if not wrong:
        days = [name for name in ("from_on", "until_on") if type(raw[name]) is not dt.date]
        texts = [name for name in ("source", "version") if not isinstance(raw[name], str) or not raw[name].strip()]
        lag = [] if type(raw["lag_months"]) is int and raw["lag_months"] >= 0 else ["lag_months"]
        wrong = [*days, *texts, *lag] or [*_contradicting(kind, raw)]
    if wrong:
        # What nobody knows may be anything, so it is not repeated.
        told = [name for name in wrong if name in expected] or ["an entry that nobody knows"]
        raise InputError(
            "delivery-coverage",
            f"The declared coverage of {kind.name} does not hold: {', '.join(told)}.",
            remedy=f"Declare {', '.join(expected)}. The source is one of {', '.join(kind.sources)}, the days are such "
            f"as that register holds and none is before {shared().bounds.from_on}, and the lag is at most "
            f"{shared().bounds.lag_months} months.",
        )
    return Coverage(**raw)


def _contradicting(kind: Delivery, raw: Mapping[str, Any]) -> list[str]:
    if raw["source"] not in kind.sources:
        return ["source"]
    bounds = shared().bounds
    earliest = max(bounds.from_on, kind.sources[raw["source"]].holds_from or bounds.from_on)
    early = ["from_on"] if raw["from_on"] < earliest else []
    late = [] if raw["from_on"] <= raw["until_on"] else ["until_on"]
    return [*early, *late, *(["lag_months"] if raw["lag_months"] > bounds.lag_months else [])]


# --- reading ----------------------------------------------------------------------------------------------------------


@of_file("deliveries.yaml")
def read_shared(path: Path) -> Shared:
    """Read what holds for every delivery.

    Raises:
        Fault: it says something that nobody knows, or lacks something.
    """
    raw = strict.mapping(strict.load(path), "the file", {field.name for field in fields(Shared)})
    strict.mapping(raw["coverage"], "coverage", {field.name for field in fields(Coverage)})
    bounds = strict.mapping(raw["bounds"], "bounds", {field.name for field in fields(Bounds)})
    strict.mapping(raw["absent"], "absent", {*ABSENT})
    strict.mapping(raw["mend"], "mend", {*MENDED})
    texts = {
        part: {name: _text(each, f"{part}, {name}") for name, each in strict.mapping(raw[part], part).items()}
        for part in ("ids", "coverage", "absent", "units", "mend")
    }
    return Shared(
        kinds=strict.names(raw["kinds"], "kinds"),
        bounds=Bounds(
            _day(bounds["from_on"], "bounds, from_on"), strict.number(bounds["lag_months"], "bounds, lag_months")
        ),
        vocabularies=_vocabularies(raw["vocabularies"]),
        **texts,
    )


def read_delivery(path: Path) -> Delivery:
    """Read the contract of a kind of delivery.

    Raises:
        Fault: it contradicts itself, or says something that nobody knows; the message names file and place.
    """
    with of_file(f"deliveries/{path.name}"):
        return _delivery(strict.name(path.stem, "the file's name"), strict.load(path))


def _delivery(name: str, whole: Yaml) -> Delivery:
    required = {
        "version", "status", "en", "sv", "row", "sources", "population", "absent", "coverage", "lag", "sla", "key",
        "columns", "rules", "assumes",
    }  # fmt: skip
    raw = strict.mapping(whole, "the file", required, {"unique", "vocabularies"})
    own = _vocabularies(raw.get("vocabularies", {}))
    twice = sorted(own.keys() & shared().vocabularies.keys())
    strict.require(not twice, f"vocabulary {', '.join(twice)}", "it is one of those shared")
    words = {**shared().vocabularies, **own}
    columns = tuple(_column(each, name, words) for each in strict.items(raw["columns"], "columns"))
    for vocabulary in own:
        used = vocabulary in {column.vocabulary for column in columns}
        strict.require(used, f"vocabulary {vocabulary}", "no column uses it")
    population = strict.mapping(raw["population"], "population", {"from_age", "en", "sv"})
    absent = strict.mapping(raw["absent"], "absent", {"means", "en", "sv"})
    coverage = strict.mapping(raw["coverage"], "coverage", {"as", "by"})
    lag = strict.mapping(raw["lag"], "lag", {"months", "en", "sv"})
    read = Delivery(
        name=name,
        version=strict.version(raw["version"], "version"),
        status=strict.one_of(raw["status"], "status", STATUSES),
        title=_said(raw, "the file"),
        row=_text(raw["row"], "row"),
        sources={key: _source(key, each) for key, each in strict.mapping(raw["sources"], "sources").items()},
        population=Population(
            strict.number(population["from_age"], "population, from_age"), _said(population, "population")
        ),
        absent=Absent(strict.one_of(absent["means"], "absent, means", ABSENT), _said(absent, "absent")),
        covered_as=strict.one_of(coverage["as"], "coverage, as", (*COVERED,)),
        covered_by=strict.names(coverage["by"], "coverage, by"),
        lag=Lag(strict.number(lag["months"], "lag, months"), _said(lag, "lag")),
        sla=_sla(raw["sla"]),
        key=strict.names(raw["key"], "key"),
        unique=tuple(strict.names(each, "unique") for each in strict.items(raw.get("unique", []), "unique")),
        columns=columns,
        vocabularies={column.vocabulary: words[column.vocabulary] for column in columns if column.vocabulary},
        rules=tuple(_rule(each, name) for each in strict.items(raw["rules"], "rules")),
        assumes=tuple(strict.text(each, "assumes") for each in strict.items(raw["assumes"], "assumes")),
    )
    check(read)
    return read


def _said(body: Mapping[str, Yaml], where: str) -> Text:
    return Text(strict.text(body["en"], where), strict.text(body["sv"], where))


def _text(raw: Yaml, where: str) -> Text:
    return _said(strict.mapping(raw, where, {"en", "sv"}), where)


def _vocabularies(raw: Yaml) -> dict[str, tuple[Term, ...]]:
    return {
        strict.name(name, "vocabularies"): read_vocabulary(name, terms)
        for name, terms in strict.mapping(raw, "vocabularies").items()
    }


def _column(raw: Yaml, kind: str, words: Mapping[str, tuple[Term, ...]]) -> DeliveredColumn:
    body = strict.mapping(raw, f"a column of {kind}")
    unit, ids = body.pop("unit", None), body.pop("ids", None)
    column = read_column(body, kind, words)
    where = f"{kind}.{column.name}"
    strict.require(column.references is None and not column.of_variables, where, "it has words, a unit or ids")
    is_number = column.type in ("int16", "int32", "float64")
    strict.require(is_number == (unit is not None), where, "a number has a unit, and nothing else has")
    strict.require(unit is None or unit in shared().units, where, "unit names no unit")
    strict.require(ids is None or ids in shared().ids, where, f"ids is one of {', '.join(shared().ids)}")
    is_told = (ids is not None) != (column.vocabulary is not None)
    strict.require(is_told == (column.type == "string"), where, "a string has either words or ids; nothing else has")
    strict.require(ids is None or not column.nullable, where, "an id is never null")
    told = {each.name: getattr(column, each.name) for each in fields(column)} | {"unit": unit}
    return DeliveredColumn(**told, ids=ids)


def _source(name: str, raw: Yaml) -> Source:
    where = f"source {strict.name(name, 'sources')}"
    body = strict.mapping(raw, where, {"holder", "en", "sv"}, {"register", "holds_from", "holds"})
    since, register = body.get("holds_from"), body.get("register")
    holds = strict.mapping(body.get("holds", {}), f"{where}, holds")
    return Source(
        holder=strict.text(body["holder"], where),
        register=None if register is None else strict.text(register, where),
        holds_from=None if since is None else _day(since, f"{where}, holds_from"),
        holds={column: strict.names(words, f"{where}, {column}") for column, words in holds.items()},
        text=_said(body, where),
    )


def _day(raw: Yaml, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(strict.text(raw, where))
    except ValueError:
        raise strict.fault(where, "a day such as 2007-01-01 belongs here") from None


def _sla(raw: Yaml) -> Sla:
    body = strict.mapping(raw, "sla", {"every", "en", "sv"}, {"by", "years_behind", "within_months"})
    every = strict.one_of(body["every"], "sla, every", (*DUE,))
    strict.require(body.keys() - {"every", "en", "sv"} == DUE[every], "sla", f"{every} has {_listed(DUE[every])}")
    by = _day(f"2001-{body['by']}", "sla, by") if "by" in body else None
    behind, within = body.get("years_behind"), body.get("within_months")
    return Sla(
        every=every,
        by=None if by is None else (by.month, by.day),
        years_behind=None if behind is None else strict.number(behind, "sla, years_behind"),
        within_months=None if within is None else strict.number(within, "sla, within_months"),
        text=_said(body, "sla"),
    )


def _listed(words: set[str]) -> str:
    return " and ".join(sorted(words)) or "nothing besides"


def _rule(raw: Yaml, kind: str) -> Rule:
    body = strict.mapping(raw, "a rule")
    own = strict.name(body.pop("id", None), "a rule, id")
    strict.require("frame" not in body, f"rule {own}", "the frame is the delivery, or a view of it")
    view = body.pop("view", None)
    strict.require(view is None or view in VIEWS, f"rule {own}", f"a view is one of {', '.join(VIEWS)}")
    frame = kind if view is None else f"{kind}__{view}"
    return rule_of({**body, "id": f"{kind}.{own}", "frame": frame})
