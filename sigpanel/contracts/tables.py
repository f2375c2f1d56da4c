"""Tables of a release: their schema, and frames held against it.

    schema("episodes")                  what a frame must look like
    empty("episodes")                   such a frame without rows
    conform(frame, "episodes")          the frame as it may be released, or a fault

`conform` decides nothing and mends nothing. It takes the declared columns in the declared order and sorts the rows; a
type that differs, a null or a word where none may be, a key that stands twice is a fault of the stage that made the
frame, and all of them are named together, with table, column, rule and number of rows, never with a value.

Rules that hold between columns or tables, and how complete answers are, belong to the contracts proper, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.keys import keys_of
from sigpanel.contracts.model import Contract, Table, Term, read
from sigpanel.errors import Fault
from sigpanel.forms import variables as variables_of_forms
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigpanel.contracts.keys import Key
    from sigpanel.contracts.model import Column


@dataclass(frozen=True)
class Breach:
    """A rule that a frame breaks: `rows` of them, in one column or in several that belong together.

    `kind` is that of the rule in the list of rules; `keys` are of the first rows, as `sigpanel.contracts.keys` has it.
    """

    table: str
    column: str
    rule: str
    rows: int
    kind: str = field(default="", compare=False)
    keys: tuple[Key, ...] = field(default=(), compare=False)
    id: str = field(default="", compare=False)

    @property
    def rule_id(self) -> str:
        """The rule's id in the list of rules."""
        return self.id or ".".join(part for part in (self.table, self.column, self.kind) if part)

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.rule} ({self.rows} rows)"


class ContractFault(Fault):
    """A frame that was to become a table of a release does not keep the table's contract."""

    def __init__(self, code: str, message: str, *, remedy: str, breaches: tuple[Breach, ...] = ()) -> None:
        super().__init__(code, message, remedy=remedy)
        self.breaches = breaches


@lru_cache(maxsize=1)
def contract() -> Contract:
    """Everything `contracts/panel/tables.yaml` says, read once."""
    return read(contracts_dir() / "panel" / "tables.yaml")


def names() -> tuple[str, ...]:
    """The tables of a release, in the order of the description."""
    return tuple(contract().tables)


def table(name: str) -> Table:
    """One table as described.

    Raises:
        Fault: there is no such table.
    """
    tables = contract().tables
    if name not in tables:
        raise Fault("contract-unknown-table", f"No table {name} is described. There are: {', '.join(tables)}.")
    return tables[name]


def vocabulary(name: str) -> tuple[Term, ...]:
    """The words of a vocabulary with their labels, in order."""
    return contract().vocabularies[name]


def key_words(described: Table) -> dict[str, tuple[str, ...]]:
    """By column of a table's key, the words that the contract lists for it."""
    columns = {column.name: column for column in described.given(variables_of_forms()).columns}
    return {name: columns[name].values or () for name in described.key}


def schema(name: str, variables: Sequence[str] = ()) -> pl.Schema:
    """The columns and types of a table.

    Args:
        name: the table.
        variables: the panel's variables in the forms' order; `waves` has columns for each and cannot do without.
    """
    return pl.Schema({column.name: column.dtype for column in table(name).given(variables).columns})


def empty(name: str, variables: Sequence[str] = ()) -> pl.DataFrame:
    """A table without rows."""
    return pl.DataFrame(schema=schema(name, variables))


def conform(frame: pl.DataFrame, name: str, variables: Sequence[str] = ()) -> pl.DataFrame:
    """Take a table's columns from a frame, in order and sorted, provided that they keep its contract.

    Args:
        frame: what a stage made; columns that are not the table's are left behind.
        name: the table.
        variables: the panel's variables in the forms' order; without them any name passes in a column of variables.

    Raises:
        ContractFault: the frame breaks rules; all of them are named.
    """
    described = table(name).given(variables)
    # A column of the wrong type cannot be asked about its values, so shape comes first.
    _raise_if_any(described, _misshapen(frame, described))
    frame = frame.select(column.name for column in described.columns)
    _raise_if_any(described, (*_misfilled(frame, described), *_repeated(frame, described)))
    return frame.sort(_order(described)).rechunk()


# --- rules ------------------------------------------------------------------------------------------------------------


def _misshapen(frame: pl.DataFrame, described: Table) -> Iterable[Breach]:
    for column in described.columns:
        found = frame.schema.get(column.name)
        if found is None:
            yield Breach(described.name, column.name, "the column is missing", frame.height, "type")
        elif found != column.dtype:
            # The bare name of the type: an Enum prints its categories, which are values.
            rule = f"type is {found.base_type().__name__}, not {column.dtype.base_type().__name__}"
            yield Breach(described.name, column.name, rule, frame.height, "type")


def _misfilled(frame: pl.DataFrame, described: Table) -> Iterable[Breach]:
    nulls = {column.name: pl.col(column.name).is_null() for column in described.columns if not column.nullable}
    unknown = {column.name: _outside(column) for column in described.columns if column.values is not None}
    kinds = (("not_null", "null where none may be", nulls), ("in_set", "not in the vocabulary", unknown))
    for kind, rule, checks in kinds:
        counts = frame.select(check.sum().alias(column) for column, check in checks.items())
        for column in counts.columns:
            if counts.item(0, column):
                keys = _keys(frame.filter(checks[column]), described)
                yield Breach(described.name, column, rule, counts.item(0, column), kind, keys)


def _outside(column: Column) -> pl.Expr:
    return pl.col(column.name).is_not_null() & ~pl.col(column.name).is_in(column.values or ())


def _repeated(frame: pl.DataFrame, described: Table) -> Iterable[Breach]:
    for columns in (described.key, *described.unique):
        repeated = frame.filter(frame.select(columns).is_duplicated()) if columns else frame.clear()
        if repeated.height:
            keys = _keys(repeated, described)
            yield Breach(described.name, "+".join(columns), "not unique", repeated.height, "unique", keys)


def _keys(failing: pl.DataFrame, described: Table) -> tuple[Key, ...]:
    return keys_of(failing, list(described.key), key_words(described))


def _raise_if_any(described: Table, breaches: Iterable[Breach]) -> None:
    found = tuple(breaches)
    if found:
        raise ContractFault(
            "contract-broken",
            f"The table {described.name} does not keep its contract: {'; '.join(map(str, found))}.",
            remedy="This is a fault of sigpanel, not of your data: please report it. Nothing has been released.",
            breaches=found,
        )


def _order(described: Table) -> list[pl.Expr]:
    # Every column takes part, so that rows without a key have one order too.
    columns = {column.name: column for column in described.columns}
    rest = [name for name in columns if name not in described.sort]
    return [order_of(columns[name]) for name in (*described.sort, *rest)]


def order_of(column: Column) -> pl.Expr:
    """What rows are sorted by where they are sorted by a column: its values, words in the vocabulary's order."""
    by = pl.col(column.name)
    # What is no word of the vocabulary is none, and breaks another rule.
    return by if column.values is None else by.cast(pl.Enum(column.values), strict=False).to_physical()
