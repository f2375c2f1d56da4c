"""Tables as nouns, and the strict reader of `contracts/panel/tables.yaml`.

The file says what one row of each table is, its key and order, and each column's type, vocabulary and meaning. Facts
stand there once; frames, codebook and exported contracts are made from them. The reader fails closed: an entry nobody
knows, a word that YAML took for something else, a vocabulary that is missing or unused, a key that may be null are all
refused.

Which variables the panel has is not said there but by the forms, so what depends on them is completed by `Table.given`.
Frames are checked in `sigpanel.contracts.tables`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts import semver
from sigpanel.contracts.strict import LONGEST_NAME, NAME, Yaml, of_file
from sigpanel.contracts.strict import items as _list
from sigpanel.contracts.strict import load as _load
from sigpanel.contracts.strict import mapping as _mapping
from sigpanel.contracts.strict import name as _name
from sigpanel.contracts.strict import names as _names
from sigpanel.contracts.strict import require as _require
from sigpanel.contracts.strict import text as _text
from sigpanel.contracts.strict import version as _version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TYPES: dict[str, type[pl.DataType]] = {
    "string": pl.String,
    "int16": pl.Int16,
    "int32": pl.Int32,
    "float64": pl.Float64,
    "bool": pl.Boolean,
    "date": pl.Date,
}
NUMBERS = ("int16", "int32", "float64")
CLASSIFICATIONS = ("pseudonymised", "sensitive_art9", "sensitive_art10", "ordinary")

# `__missing` must fit after a variable's name.
LONGEST_VARIABLE = LONGEST_NAME - len("__missing")

_PLACE = "{variable}"
_OPTIONAL = {"nullable", "values", "variables", "references", "unit", "answer", "redefined", "shape", "known"}
# What a column may name that other contracts know: editions of the form, rules of findings.
KNOWN = ("editions", "findings")


@dataclass(frozen=True)
class Term:
    """A word of a vocabulary, what it says, and the version since which it means what it does, if that has changed."""

    token: str
    en: str
    sv: str
    redefined: str | None = None


@dataclass(frozen=True)
class Column:
    """A column: its type, whether it may be null, which values it may have (`None`: any) and what it means.

    `references` is the table and the column in which every value stands that is not null.
    `of_variables` marks a column that names variables; the values it may have besides those stand in `values`.
    `is_answer` marks what is as sensitive as the variable that it answers. `unit` is what a number counts.
    `redefined` is the version since which it means what it does, if that has changed.
    `shape` is how its texts are written, by name, and `pattern` the regular expression that all of a text matches.
    `known` says that it names what another contract lists, one of `KNOWN`.
    """

    name: str
    type: str
    nullable: bool
    classification: str
    en: str
    sv: str
    vocabulary: str | None = None
    values: tuple[str, ...] | None = None
    of_variables: bool = False
    references: tuple[str, str] | None = None
    unit: str | None = None
    is_answer: bool = False
    redefined: str | None = None
    shape: str | None = None
    pattern: str | None = None
    known: str | None = None

    @property
    def dtype(self) -> pl.DataType:
        """The column's type in polars."""
        return TYPES[self.type]()


@dataclass(frozen=True)
class Table:
    """A table: what one row is, what names a row, the order of rows, and its columns."""

    name: str
    en: str
    sv: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    sort: tuple[str, ...]
    columns: tuple[Column, ...]
    per_variable: tuple[Column, ...] = ()
    art9: tuple[str, ...] = ()

    def given(self, variables: Sequence[str]) -> Table:
        """The table for these variables: columns named after them added, vocabularies of them closed.

        Without variables a column that names variables accepts any.

        Raises:
            Fault: a variable cannot be a column, or the table has a column for each and none are given.
        """
        asked = tuple(variables)
        if asked not in self._given:
            self._given[asked] = self._given_anew(asked)
        return self._given[asked]

    @cached_property
    def _given(self) -> dict[tuple[str, ...], Table]:
        # A build asks some five hundred times, with the same variables: one in seven of its CPU seconds.
        return {}

    def _given_anew(self, variables: tuple[str, ...]) -> Table:
        _check_variables(self, variables)
        fixed = tuple(_closed(column, variables) for column in self.columns)
        added = tuple(_named(column, variable, self.art9) for variable in variables for column in self.per_variable)
        return replace(self, columns=fixed + added, per_variable=())


@dataclass(frozen=True)
class Contract:
    """All tables of a release and the vocabularies they share; its version, and the major versions still relied on."""

    version: str
    live_majors: tuple[int, ...]
    tables: Mapping[str, Table]
    vocabularies: Mapping[str, tuple[Term, ...]]


@of_file("panel/tables.yaml")
def read(path: Path) -> Contract:
    """Read the description of tables.

    Raises:
        Fault: it contradicts itself, or says something the reader does not know; the message names the place.
    """
    raw = _mapping(_load(path), "the file", {"version", "live_majors", "vocabularies", "tables"}, {"art9", "shapes"})
    version, live = _version(raw["version"], "version"), tuple(_list(raw["live_majors"], "live_majors"))
    _require(semver.major(version) in live, "live_majors", "the version's own is not among them")
    vocabularies = {
        name: read_vocabulary(name, terms) for name, terms in _mapping(raw["vocabularies"], "vocabularies").items()
    }
    art9 = _names(raw.get("art9", []), "art9")
    shapes = {name: _pattern(name, each) for name, each in _mapping(raw.get("shapes", {}), "shapes").items()}
    tables = {
        name: _table(name, body, vocabularies, shapes) for name, body in _mapping(raw["tables"], "tables").items()
    }
    tables = {name: replace(table, art9=art9) for name, table in tables.items()}
    columns = [column for table in tables.values() for column in (*table.columns, *table.per_variable)]
    used, written = {column.vocabulary for column in columns}, {column.shape for column in columns}
    for table in tables.values():
        for column in table.columns:
            _check_reference(column, table.name, tables)
    for name in vocabularies:
        _require(name in used, f"vocabulary {name}", "no column uses it")
    for name in shapes:
        _require(name in written, f"shape {name}", "no column uses it")
    return Contract(version, live, tables, vocabularies)


# --- variables --------------------------------------------------------------------------------------------------------


@of_file("panel/tables.yaml")
def _check_variables(table: Table, variables: Sequence[str]) -> None:
    where = f"variables of {table.name}"
    _require(bool(variables) or not table.per_variable, where, "none are given, and the table has a column for each")
    _require(len(set(variables)) == len(variables), where, "one stands twice")
    for variable in variables:
        fits = NAME.fullmatch(variable) and "__" not in variable and len(variable) <= LONGEST_VARIABLE
        _require(bool(fits), where, f"{variable} is no name of at most {LONGEST_VARIABLE} lower-case characters")
        taken = bool(table.per_variable) and variable in {column.name for column in table.columns}
        _require(not taken, where, f"{variable} is the name of a column already")


def _closed(column: Column, variables: Sequence[str]) -> Column:
    if not column.of_variables:
        return column
    return replace(column, values=(*variables, *(column.values or ())) if variables else None)


def _named(column: Column, variable: str, art9: tuple[str, ...]) -> Column:
    return replace(
        column,
        classification="sensitive_art9" if variable in art9 else column.classification,
        is_answer=True,
        name=column.name.replace(_PLACE, variable),
        en=column.en.replace(_PLACE, variable),
        sv=column.sv.replace(_PLACE, variable),
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def _pattern(name: str, raw: Yaml) -> str:
    """A regular expression that Rust's and Python's engines read alike: see `sigpanel.contracts.gate`."""
    pattern = _text(raw, f"shape {name}")
    plain = re.fullmatch(r"(\[[A-Za-z0-9-]+\]|[A-Za-z0-9-]|\{[0-9]+(,[0-9]+)?\})+", pattern, re.ASCII)
    _require(plain is not None, f"shape {name}", "it is of letters, digits, classes of them and repetitions")
    return pattern


def _table(name: str, raw: Yaml, vocabularies: Mapping[str, tuple[Term, ...]], shapes: Mapping[str, str]) -> Table:
    body = _mapping(raw, name, {"row", "sort", "columns"}, {"key", "unique", "per_variable"})
    row = _mapping(body["row"], f"{name}, row", {"en", "sv"})
    table = Table(
        name=_name(name, "table"),
        en=_text(row["en"], f"{name}, row"),
        sv=_text(row["sv"], f"{name}, row"),
        key=_names(body.get("key", []), f"{name}, key"),
        unique=tuple(_names(each, f"{name}, unique") for each in _list(body.get("unique", []), f"{name}, unique")),
        sort=_names(body["sort"], f"{name}, sort"),
        columns=tuple(read_column(each, name, vocabularies, shapes) for each in _list(body["columns"], name)),
        per_variable=tuple(
            read_column(each, name, vocabularies, shapes) for each in _list(body.get("per_variable", []), name)
        ),
    )
    for column in table.per_variable:
        _require(_PLACE in column.name, f"{name}.{column.name}", f"a column for each variable has {_PLACE} in its name")
    _check_references(table)
    return table


def _check_references(table: Table) -> None:
    columns = {column.name: column for column in table.columns}
    _require(len(columns) == len(table.columns), table.name, "a column stands twice")
    for name in columns:
        _name(name, table.name)
    for name in (*table.key, *table.sort, *(name for each in table.unique for name in each)):
        _require(name in columns, table.name, f"key, unique or sort names {name}, which is no column")
    for name in table.key:
        _require(not columns[name].nullable, f"{table.name}.{name}", "a key is never null")


def _check_reference(column: Column, name: str, tables: Mapping[str, Table]) -> None:
    if column.references is None:
        return
    table, target = column.references
    uniques = (tables[table].key, *tables[table].unique) if table in tables else ()
    _require((target,) in uniques, f"{name}.{column.name}", "references names no column that is a key by itself")


def read_column(
    raw: Yaml, table: str, vocabularies: Mapping[str, tuple[Term, ...]], shapes: Mapping[str, str] | None = None
) -> Column:
    """A column of a table, whose words are those of a vocabulary, or whose texts are of a shape."""
    required = {"name", "type", "classification", "en", "sv"}
    body = _mapping(raw, f"a column of {table}", required, _OPTIONAL)
    where = f"{table}.{_text(body['name'], f'a column of {table}')}"
    nullable, vocabulary, variables = body.get("nullable", False), body.get("values"), body.get("variables")
    is_answer, unit = body.get("answer", False), body.get("unit")
    shape, known = body.get("shape"), body.get("known")
    _require(isinstance(nullable, bool), where, "nullable is true or false")
    _require(isinstance(is_answer, bool), where, "answer is true or false")
    _require(unit is None or body["type"] in NUMBERS, where, "only numbers have a unit")
    _require(body["type"] in TYPES, where, f"type is one of {', '.join(TYPES)}")
    _require(body["classification"] in CLASSIFICATIONS, where, f"classification is one of {', '.join(CLASSIFICATIONS)}")
    _require(vocabulary is None or vocabulary in vocabularies, where, "values names no vocabulary")
    _require(vocabulary is None or variables is None, where, "it has either values or variables")
    _require(body["type"] == "string" or (vocabulary is None and variables is None), where, "only strings have values")
    _require(shape is None or shape in (shapes or {}), where, "shape names no shape")
    _require(known is None or known in KNOWN, where, f"known is one of {', '.join(KNOWN)}")
    said = [each for each in (vocabulary, variables, shape, known) if each is not None]
    _require(len(said) <= 1, where, "it has one of values, variables, shape, known")
    _require(body["type"] == "string" or not said, where, "only strings have a shape, or name something")
    further = () if variables in (None, True) else _names(variables, where)
    return Column(
        name=body["name"],
        type=body["type"],
        nullable=nullable,
        classification=body["classification"],
        en=_text(body["en"], where),
        sv=_text(body["sv"], where),
        vocabulary=vocabulary,
        values=tuple(term.token for term in vocabularies[vocabulary]) if vocabulary else further or None,
        of_variables=variables is not None,
        references=_reference(body.get("references"), where),
        unit=_name(unit, where) if unit is not None else None,
        is_answer=is_answer,
        redefined=_version(body["redefined"], where) if "redefined" in body else None,
        shape=shape,
        pattern=(shapes or {})[shape] if shape is not None else None,
        known=known,
    )


def _reference(raw: Yaml, where: str) -> tuple[str, str] | None:
    if raw is None:
        return None
    table, _, column = _text(raw, where).partition(".")
    return _name(table, where), _name(column, where)


def read_vocabulary(name: str, raw: Yaml) -> tuple[Term, ...]:
    """The words of a vocabulary, in order."""
    where = f"vocabulary {name}"
    terms = _mapping(raw, where)
    _require(bool(terms), where, "it is empty")
    return tuple(_term(_name(token, where), texts, f"{where}, {token}") for token, texts in terms.items())


def _term(token: str, raw: Yaml, where: str) -> Term:
    body = _mapping(raw, where, {"en", "sv"}, {"redefined"})
    redefined = _version(body["redefined"], where) if "redefined" in body else None
    return Term(token, _text(body["en"], where), _text(body["sv"], where), redefined)
