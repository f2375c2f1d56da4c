"""What may ever leave the panel, as facts: tables, columns, transformations, and columns that tell the same.

`contracts/extracts.yaml` says it, `extracts()` gives it. Every column of the panel is named there, among those that
may leave or among those that never do, so that a column which is added to the panel stays in the house until somebody
has thought of it. The reader refuses an id that would leave as it is, and a text without vocabulary, whatever the
file says.

What an approval chooses of this is for `sigpanel.contracts.approvals`; nothing here touches data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts.extracts_kin import Kin, Place, read_kin
from sigpanel.contracts.strict import Yaml, items, load, mapping, name, names, number, of_file, require, text, version
from sigpanel.contracts.tables import contract
from sigpanel.forms import forms, variables
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.contracts.model import Column

ID = "id"
DROP = "drop"
MISSING = "__missing"

_WHOLE = {
    "version", "transformations", "ways", "ids", "reasons", "tables", "never_tables", "of_default_identity", "kin",
    "least_k", "register_number", "words",
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The same in English and Swedish."""

    en: str
    sv: str


@dataclass(frozen=True)
class Transformation:
    """What may be done to a column.

    Attributes:
        of: the types of column that it is for.
        gives: the type that comes out; `same` for that of the column.
        suffix: what the column's name ends in afterwards.
        needs: what its number is called, where it needs one.
        days: of a date, how many days a value covers; of a number, how many units as it stands.
        is_relative: whether it tells no calendar date.
    """

    name: str
    said: Words
    of: tuple[str, ...]
    gives: str
    suffix: str
    needs: str | None
    days: int
    is_relative: bool


@dataclass(frozen=True)
class Leaving:
    """A table that may leave: its ids by purpose, what an extract of it cannot do without, and its columns.

    `columns` has the transformations that are allowed for each, `never` the reason why one does not leave.
    """

    name: str
    row: Words
    ids: Mapping[str, str]
    needs: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    never: Mapping[str, Words]


@dataclass(frozen=True)
class Extracts:
    """Everything that `contracts/extracts.yaml` says."""

    version: str
    transformations: Mapping[str, Transformation]
    letters: Mapping[str, str]
    tables: Mapping[str, Leaving]
    never_tables: Mapping[str, Words]
    default_tables: tuple[str, ...]
    default_columns: tuple[str, ...]
    kin: Mapping[str, Kin]
    least_k: int
    register_number: re.Pattern[str]
    register_example: str
    words: Mapping[str, Mapping[str, Words]]

    def kin_of(self, table: str, column: str) -> tuple[Kin, ...]:
        """The facts that a column tells; of a column of `waves`, at either moment."""
        return tuple(kin for kin in self.kin.values() if any(each.is_of(table, column) for each in kin.columns))


@lru_cache(maxsize=1)
def extracts() -> Extracts:
    """What `contracts/extracts.yaml` says, read once."""
    return _read(mapping(load(contracts_dir() / "extracts.yaml"), "the file", _WHOLE))


@lru_cache(maxsize=8)
def columns_of(table: str) -> dict[str, Column]:
    """The columns of a table of the panel, by name, those of variables included."""
    return {column.name: column for column in contract().tables[table].given(variables()).columns}


@lru_cache(maxsize=1)
def kinds_of_variables() -> dict[str, str]:
    """How each variable is answered, coded or number, as the forms have it."""
    return {
        question.variable: question.answer.kind
        for form in forms().values()
        for question in form.questions
        if question.is_answer
    }


# --- reading ----------------------------------------------------------------------------------------------------------


@of_file("extracts.yaml")
def _read(raw: dict[str, Yaml]) -> Extracts:
    transformations = {
        each: _transformation(each, body) for each, body in mapping(raw["transformations"], "transformations").items()
    }
    ways = {way: names(each, f"ways, {way}") for way, each in mapping(raw["ways"], "ways").items()}
    for way, each in ways.items():
        require(set(each) <= transformations.keys() - {ID}, f"ways, {way}", "it names no transformation")
    letters = {purpose: _letter(purpose, body) for purpose, body in mapping(raw["ids"], "ids").items()}
    reasons = {
        reason: _words(body, f"reasons, {reason}") for reason, body in mapping(raw["reasons"], "reasons").items()
    }
    tables = {
        table: _table(table, body, ways, letters, reasons) for table, body in mapping(raw["tables"], "tables").items()
    }
    never = {
        table: _reason(each, reasons, table) for table, each in mapping(raw["never_tables"], "never_tables").items()
    }
    twice = tables.keys() & never.keys()
    require(not twice, "never_tables", f"{', '.join(sorted(twice))} leaves as well")
    require(tables.keys() | never.keys() == contract().tables.keys(), "the file", "a table of the panel is not named")
    default = mapping(raw["of_default_identity"], "of_default_identity", {"tables", "columns"})
    shape = mapping(raw["register_number"], "register_number", {"pattern", "example"})
    return Extracts(
        version=version(raw["version"], "version"),
        transformations=transformations,
        letters=letters,
        tables=tables,
        never_tables=never,
        default_tables=names(default["tables"], "of_default_identity, tables"),
        default_columns=names(default["columns"], "of_default_identity, columns"),
        kin={each: _kin(each, body, tables, raw["kin"]) for each, body in mapping(raw["kin"], "kin").items()},
        least_k=number(raw["least_k"], "least_k"),
        register_number=re.compile(text(shape["pattern"], "register_number, pattern"), re.ASCII),
        register_example=text(shape["example"], "register_number, example"),
        words={
            group: {word: _words(body, f"words, {group}") for word, body in mapping(each, f"words, {group}").items()}
            for group, each in mapping(raw["words"], "words").items()
        },
    )


def _transformation(each: str, raw: Yaml) -> Transformation:
    where = f"transformations, {each}"
    body = mapping(raw, where, {"of", "gives", "suffix", "en", "sv"}, {"needs", "days", "relative"})
    return Transformation(
        name=name(each, where),
        said=Words(text(body["en"], where), text(body["sv"], where)),
        of=names(body["of"], where),
        gives=name(body["gives"], where),
        suffix=str(body["suffix"]),
        needs=name(body["needs"], where) if "needs" in body else None,
        days=number(body.get("days", 1), where),
        is_relative=body.get("relative", False) is True,
    )


def _letter(purpose: str, raw: Yaml) -> str:
    return text(mapping(raw, f"ids, {purpose}", {"letter", "en", "sv"})["letter"], f"ids, {purpose}")


def _words(raw: Yaml, where: str) -> Words:
    body = mapping(raw, where, {"en", "sv"})
    return Words(text(body["en"], where), text(body["sv"], where))


def _reason(raw: Yaml, reasons: Mapping[str, Words], where: str) -> Words:
    require(raw in reasons, where, "it gives no reason")
    return reasons[raw]


def _table(
    table: str,
    raw: Yaml,
    ways: Mapping[str, tuple[str, ...]],
    letters: Mapping[str, str],
    reasons: Mapping[str, Words],
) -> Leaving:
    require(table in contract().tables, table, "the panel has no such table")
    body = mapping(raw, table, {"row", "ids", "needs", "columns", "never"}, {"per_variable"})
    described = columns_of(table)
    columns = {column: _way(way, ways, f"{table}.{column}") for column, way in mapping(body["columns"], table).items()}
    if "per_variable" in body:
        columns |= _of_variables(table, body["per_variable"], ways)
    ids = {column: str(purpose) for column, purpose in mapping(body["ids"], table).items()}
    never = {column: _reason(each, reasons, table) for column, each in mapping(body["never"], table).items()}
    require(set(ids.values()) <= letters.keys(), table, "an id is for no purpose")
    named = [*columns, *ids, *never]
    require(sorted(named) == sorted(described), table, "a column of the panel is not named, or twice, or is none of it")
    for column in columns:
        leaves = described[column].classification != "pseudonymised" and not is_free_text(described[column])
        require(leaves, f"{table}.{column}", "an id or a free text never leaves as it is")
    return Leaving(table, _words(body["row"], table), ids, names(body["needs"], table), columns, never)


def _of_variables(table: str, raw: Yaml, ways: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    body = mapping(raw, f"{table}, per_variable", {"coded", "number", "missing"})
    kinds = kinds_of_variables()
    own = {each: _way(body[kinds[each]], ways, f"{table}.{each}") for each in variables()}
    return own | {f"{each}{MISSING}": _way(body["missing"], ways, f"{table}.{each}") for each in variables()}


def _way(raw: Yaml, ways: Mapping[str, tuple[str, ...]], where: str) -> tuple[str, ...]:
    require(raw in ways, where, "it names no set of transformations")
    return ways[raw]


def is_free_text(column: Column) -> bool:
    """Whether a column may hold any text at all."""
    closed = column.values or column.of_variables or column.shape or column.known
    return column.type == "string" and not closed


def _kin(each: str, raw: Yaml, tables: Mapping[str, Leaving], kins: Mapping[str, Yaml]) -> Kin:
    where = f"kin, {each}"
    needs, more = {"known", "en", "sv", "columns", "derived", "beside"}, {"person", "alone", "tied", "told"}
    body = mapping(raw, where, needs, more)
    require(isinstance(body["known"], bool), where, "known is true or false")
    require(body.get("tied") in (None, *kins), where, "it is tied to no kin")
    parts = {part: items(body[part], where) for part in ("columns", "derived", "beside")}
    told = [items(one, where) for one in items(body.get("told", []), where)]
    kin = read_kin(each, body, parts, told, {name: items(one["columns"], where) for name, one in kins.items()})
    together = (place for one in kin.told for places in one for place in places)
    for place in (*kin.columns, *kin.derived, *kin.beside, *together):
        _require_place(place, tables, where)
    return kin


def _require_place(place: Place, tables: Mapping[str, Leaving], where: str) -> None:
    leaves = place.table in tables and place.column in tables[place.table].columns
    require(leaves, where, f"{place.table}.{place.column} is no column that may leave")
    require((place.table == "waves") == (place.moment is not None), where, "a column of waves has a moment")
