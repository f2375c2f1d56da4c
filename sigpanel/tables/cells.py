"""The cells of a table: what rows fall in which, and which cells there are at all.

Categories become texts, in an order that stays: as a list of the contract, an Enum or the caller names them, else by
value. What an extract has hidden is a category of its own, and not among what has no value. A category of a list stands
in the table whether or not it occurs, since the list is known to everybody. One that only the data know stands there
where it has a cell to show: to see it named would tell that somebody is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.codes import code_list
from sigpanel.contracts.disclosure import HIDDEN_FLAG, disclosure
from sigpanel.contracts.tables import contract
from sigpanel.errors import UsageError
from sigpanel.forms import variables
from sigpanel.tables.protect import in_company

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PERSON = "person"
# What tables call their own columns.
RESERVED = (
    PERSON,
    "n",
    "row",
    "persons",
    "mean",
    "events",
    "time",
    "rate",
    "at_risk",
    "survival",
    "lasted",
    "is_event",
)
# More cells than anybody reads; a table of so many is a mistake, mostly an id or a day among the variables.
_MOST_CELLS = 100_000
_NO_CATEGORIES = (pl.Float32, pl.Float64, pl.List, pl.Struct, pl.Array, pl.Binary, pl.Object)


@dataclass(frozen=True)
class Cells:
    """Rows with the cell that each falls in.

    `rows` has the columns `by` as texts, `person`, and whatever else was asked for. `listed` has the categories of each
    variable that a list names, `found` those that only the data know, both in order.
    """

    rows: pl.DataFrame
    by: tuple[str, ...]
    guarded: tuple[str, ...]
    listed: Mapping[str, tuple[str, ...]]
    found: Mapping[str, tuple[str, ...]]

    def with_rows(self, rows: pl.DataFrame) -> Cells:
        """The same cells of other rows, of those who count."""
        return replace(self, rows=rows)

    def showable(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Of cells that are large enough, those that do not stand alone in their group."""
        return in_company(cells, self.by, self.guarded)

    def laid_out(self, shown: pl.DataFrame, *, with_totals: bool) -> pl.DataFrame:
        """Every cell that the table has, in order; what is not in `shown` is null there.

        Args:
            shown: one row per cell to show, with the columns `by` and the numbers.
            with_totals: sums of the shown numbers along each variable, and along all; `by` is null there.
        """
        orders = {name: self._order(name, shown) for name in self.by}
        if prod(len(order) for order in orders.values()) > _MOST_CELLS:
            raise UsageError(
                "table-too-large",
                f"A table by {', '.join(self.by)} would have more than {_MOST_CELLS:,} cells.",
                remedy="Leave a variable out, or make its categories wider.",
            )
        grid = pl.DataFrame({PERSON: [True]})
        for name, order in orders.items():
            grid = grid.join(pl.DataFrame({name: order}, schema={name: pl.String}), how="cross")
        numbers = [name for name in shown.columns if name not in self.by]
        if not self.by:
            return shown if shown.height else shown.clear(1)
        full = grid.drop(PERSON).join(shown, on=self.by, how="left")
        parts = (
            [full, *(self._totals(full, kept, numbers) for kept in _proper_parts(self.by))] if with_totals else [full]
        )
        laid = pl.concat(parts, how="diagonal").select(full.columns)
        rank = [pl.col(name).replace_strict(_ranks(orders[name]), default=len(orders[name])) for name in self.by]
        return laid.sort(rank, maintain_order=True)

    def _totals(self, full: pl.DataFrame, kept: Sequence[str], numbers: Sequence[str]) -> pl.DataFrame:
        # A sum over nothing that is shown says nothing, and is hidden rather than 0.
        sums = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in numbers]
        return full.group_by(kept, maintain_order=True).agg(sums) if kept else full.select(sums)

    def _order(self, name: str, shown: pl.DataFrame) -> list[str]:
        there = set(shown[name])
        return [*self.listed[name], *(category for category in self.found[name] if category in there)]


def cells_of(
    frame: pl.DataFrame | pl.LazyFrame,
    by: str | Sequence[str],
    *,
    person: str,
    more: Sequence[str] = (),
    harmless: str | Sequence[str] = (),
    categories: Mapping[str, Sequence[object]] | None = None,
) -> Cells:
    """Put rows into cells.

    Args:
        frame: one row per whatever is counted, with a column that tells the person.
        by: the variables of the table.
        person: the column of persons.
        more: other columns that are needed.
        harmless: variables of `by` of which a group may be told to fall into one category.
        categories: the categories of a variable where no list of the contract names them.

    Raises:
        UsageError: it is no frame; a column is not there, stands twice or is no category; the categories of a variable
            are no list; or a row has no person.
    """
    names, harmless = named(by), named(harmless)
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        raise UsageError(
            "not-a-frame", "Tables are made of polars frames.",
            remedy="Give a table of the panel or of an extract; `polars.from_pandas` makes one of a frame of pandas.",
        )  # fmt: skip
    lazy = frame.lazy()
    with _plainly():
        schema = lazy.collect_schema()
    _check(schema, names, person, more, harmless, categories or {})
    flags = {name: f"{name}{HIDDEN_FLAG}" for name in names if f"{name}{HIDDEN_FLAG}" in schema}
    with _plainly():
        rows = lazy.select(*dict.fromkeys((*names, *flags.values())), pl.col(person).alias(PERSON), *more).collect()
    if rows[PERSON].null_count():
        raise UsageError(
            "row-without-person", f"Some rows have nobody in the column {person}.",
            remedy="A table counts persons: leave these rows out, or tell whose they are.",
        )  # fmt: skip
    listed = {name: _listed(name, schema[name], categories or {}) for name in names}
    found = {name: _found(rows, name, listed[name], flags.get(name)) for name in names}
    texts = [_text(name, flags.get(name)).alias(name) for name in names]
    return Cells(rows.select(*texts, PERSON, *more), names, tuple(n for n in names if n not in harmless), listed, found)


@contextmanager
def _plainly() -> Iterator[None]:
    """Tell that a lazy frame cannot be worked out, without what polars prints: the values that it stumbled over."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            "frame-not-worked-out", f"The lazy frame that was given cannot be worked out ({type(error).__name__}).",
            remedy="See the expressions that it was made by; `collect()` says more, and shows values.",
        ) from None  # fmt: skip


def named(said: str | Sequence[str]) -> tuple[str, ...]:
    """Names of variables; a text alone is one name."""
    return (said,) if isinstance(said, str) else tuple(said)


def _check(
    schema: pl.Schema,
    by: tuple[str, ...],
    person: str,
    more: Sequence[str],
    harmless: Sequence[str],
    categories: Mapping[str, Sequence[object]],
) -> None:
    absent = [name for name in (person, *by, *more) if name not in schema]
    if absent:
        raise UsageError(
            "column-unknown", f"The frame has no column {', '.join(absent)}.",
            remedy="Name columns that it has; persons are told by `person`.",
        )  # fmt: skip
    if len({person, *by, *more}) < 1 + len(by) + len(more):
        raise UsageError(
            "column-twice", "A column is named twice.", remedy="Name each column once; give a copy of it another name."
        )
    taken = [name for name in by if name in RESERVED] + [name for name in more if name in (PERSON, "n")]
    if taken:
        raise UsageError(
            "column-name-taken", f"A table has columns of its own that are called {', '.join(taken)}.",
            remedy="Rename the frame's before it is given.",
        )  # fmt: skip
    odd = [name for name in (*harmless, *categories) if name not in by]
    if odd:
        raise UsageError(
            "not-a-variable-of-the-table", f"The table is not by {', '.join(odd)}.",
            remedy="`harmless` and `categories` name variables that stand in `by`.",
        )  # fmt: skip
    lone = [name for name, given in categories.items() if isinstance(given, str) or not isinstance(given, Iterable)]
    if lone:
        raise UsageError(
            "categories-no-list", f"The categories of {', '.join(lone)} are no list.",
            remedy='Give all of them as a list: categories={"sex": ["female", "male"]}.',
        )  # fmt: skip
    flags = [flag for name in by if (flag := f"{name}{HIDDEN_FLAG}") in schema and schema[flag] != pl.Boolean]
    if flags:
        raise UsageError(
            "flag-not-true-or-false",
            f"The column {', '.join(flags)} is to tell what was hidden, and holds other things than true and false.",
            remedy="Give the frame as it was read, or rename the column.",
        )  # fmt: skip
    if schema[person].is_nested():
        raise UsageError(
            "person-no-id", f"What stands in {person} is no id of a person.",
            remedy="Name the column that tells persons by `person`.",
        )  # fmt: skip
    broad = [name for name in by if isinstance(schema[name], _NO_CATEGORIES)]
    if broad:
        raise UsageError(
            "by-no-category", f"What stands in {', '.join(broad)} is no category.",
            remedy="Make bands of a number with decimals; take one thing of a list.",
        )  # fmt: skip


def _text(name: str, flag: str | None) -> pl.Expr:
    word = disclosure().word
    told = pl.col(name).cast(pl.String).fill_null(word("no_value"))
    return pl.when(pl.col(flag)).then(pl.lit(word("suppressed"))).otherwise(told) if flag else told


def _listed(name: str, dtype: pl.DataType, categories: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
    if name in categories:
        return tuple(dict.fromkeys(_written(value) for value in categories[name]))
    if isinstance(dtype, pl.Boolean):
        return ("false", "true")
    if isinstance(dtype, pl.Enum):
        return tuple(dtype.categories)
    return _of_contract().get(name, ())


def _written(value: object) -> str:
    return str(pl.Series([value]).cast(pl.String).fill_null(disclosure().word("no_value"))[0])


@lru_cache(maxsize=1)
def _of_contract() -> dict[str, tuple[str, ...]]:
    """The categories of the panel's own columns, where a name means one list in all tables that have it."""
    lists: dict[str, set[tuple[str, ...]]] = {}
    for table in contract().tables.values():
        for column in table.given(variables()).columns:
            lists.setdefault(column.name, set()).add(tuple(str(entry.value) for entry in code_list(column)))
    return {name: next(iter(found)) for name, found in lists.items() if len(found) == 1}


def _found(rows: pl.DataFrame, name: str, listed: tuple[str, ...], flag: str | None) -> tuple[str, ...]:
    is_hidden = rows[flag].fill_null(value=False) if flag else pl.repeat(False, rows.height, eager=True)
    column = rows[name].filter(~is_hidden)
    values = column.drop_nulls().unique().sort().cast(pl.String).to_list()
    word = disclosure().word
    there = {"suppressed": is_hidden.any(), "no_value": column.null_count() > 0}
    found = [*values, *(word(of) for of, is_there in there.items() if is_there)]
    return tuple(dict.fromkeys(each for each in found if each not in listed))


def _ranks(order: Sequence[str]) -> dict[str, int]:
    return {category: place for place, category in enumerate(order)}


def _proper_parts(by: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [part for size in reversed(range(len(by))) for part in combinations(by, size)]
