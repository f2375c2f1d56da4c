"""Which cells tell of too few persons beside others, by who is in them.

Two ways are looked for. *Two cells differ by few*: fewer persons than the threshold are in only one of them, so that
one less the other tells of these. *A cell and its parts differ by few*: what the cells of one table that lie inside it
leave is fewer persons than the threshold, or is in hidden cells. Either is let through where what is printed leaves the
few as unknown as a hidden cell is, with any number below the threshold possible: rounding sees to that at times, mostly
for a table of the year before whose numbers have not changed. A mean, a rate or a curve beside must be printed the same
as well.

Not looked for: sums over cells of a table as wholes, parts from several tables together, cells that share only few
persons. Of an empty cell beside a cell of the very same persons it may show that it is nearly empty. And large cells
may lose their rounding beside their own sum; they stay as large as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL = ("table", "row")
_OTHER = ("table_b", "row_b")
_FACTS = ("size", "is_shown", "numbers", "low", "high", "threshold")


@dataclass(frozen=True)
class Differing:
    """A cell that tells too much, by table and row, and what beside: a cell, or all inside it of a table (no row)."""

    cell: tuple[str, int]
    beside: tuple[str, int | None]
    threshold: int

    def told(self, name: str) -> str:
        """Where it is, in words; `name` is the table that was to be released."""
        table, row = self.beside
        beside = f"row {row + 1}" if row is not None else "the rows inside it"
        where = "" if table == name else f" of {table}"
        own = "" if self.cell[0] == name else f" of {self.cell[0]}"
        return f"row {self.cell[1] + 1}{own} beside {beside}{where}"


def refused(new: pl.DataFrame, known: pl.DataFrame) -> Iterator[Differing]:
    """What of a new table may not be released beside what is known, and beside itself.

    Args:
        new: the cells of the table, a row for each person in each: `sigpanel.tables.ledger.SCHEMA`.
        known: the cells that were released.
    """
    both = pl.concat([known, new])
    pairs = _pairs(new, both)
    yield from _near(pairs)
    yield from _parts(pairs, both)


def _facts(cells: pl.DataFrame) -> pl.DataFrame:
    first = [pl.col(name).first() for name in _FACTS[1:]]
    return cells.group_by(_CELL, maintain_order=True).agg(pl.col("person").count().cast(pl.Int64).alias("size"), *first)


def _pairs(new: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    """Pairs of different cells with persons in common, one of them new: which two, how many are `shared`, and facts."""
    one = new.select(*_CELL, "person")
    other = both.select(pl.col("table").alias("table_b"), pl.col("row").alias("row_b"), "person")
    shared = one.join(other, on="person").group_by(*_CELL, *_OTHER).agg(pl.len().cast(pl.Int64).alias("shared"))
    is_itself = (pl.col("table") == pl.col("table_b")) & (pl.col("row") == pl.col("row_b"))
    facts = _facts(both)
    others = facts.rename({name: f"{name}_b" for name in facts.columns})
    return shared.filter(~is_itself).join(facts, on=_CELL).join(others, on=_OTHER).sort(*_CELL, *_OTHER)


def _near(pairs: pl.DataFrame) -> Iterator[Differing]:
    apart = pl.col("size") + pl.col("size_b") - 2 * pl.col("shared")
    is_told_once = (pl.col("table") != pl.col("table_b")) | (pl.col("row") < pl.col("row_b"))
    limit = pl.max_horizontal("threshold", "threshold_b")
    are_shown = pl.col("is_shown") & pl.col("is_shown_b")
    for pair in pairs.filter(are_shown & (apart > 0) & (apart < limit) & is_told_once).iter_rows(named=True):
        least = max(pair["threshold"], pair["threshold_b"])
        if not (_printed_the_same(pair["numbers"], pair["numbers_b"]) and _leaves_open(pair, least)):
            yield Differing((pair["table"], pair["row"]), (pair["table_b"], pair["row_b"]), least)


def _printed_the_same(one: str, other: str) -> bool:
    """Whether what is printed of two cells is the same, as far as it is of the same thing."""
    first, second = json.loads(one), json.loads(other)
    return all(first[name] == second[name] for name in first.keys() & second.keys())


def _leaves_open(pair: dict[str, int], least: int) -> bool:
    """Whether the greater of two cells of equal print may have any number below the threshold more than the other."""
    return min(pair["high"] - pair["low_b"], pair["high_b"] - pair["low"]) >= least - 1


def _parts(pairs: pl.DataFrame, both: pl.DataFrame) -> Iterator[Differing]:
    """Shown cells that tell too much beside the cells of one table that lie inside them."""
    names = (*_CELL, *_FACTS)
    swapped = {name: f"{name}_b" for name in names} | {f"{name}_b": name for name in names}
    inside = (
        pl.concat([pairs, pairs.rename(swapped).select(pairs.columns)])
        .unique([*_CELL, *_OTHER], keep="first", maintain_order=True)
        .filter("is_shown", pl.col("shared") == pl.col("size_b"), pl.col("size_b") < pl.col("size"))
    )
    people = both.select(pl.col("table").alias("table_b"), pl.col("row").alias("row_b"), "person")
    empty = (
        both.filter(pl.col("person").is_null())
        .group_by(pl.col("table").alias("table_b"))
        .agg(pl.len().alias("n_empty"))
    )
    key = [*_CELL, "table_b"]
    shown = pl.col("is_shown_b")
    held = (
        inside.filter(shown)
        .join(people, on=_OTHER)
        .group_by(key)
        .agg(pl.col("person").n_unique().cast(pl.Int64).alias("held"))
    )
    wholes = (
        inside.group_by(key, maintain_order=True)
        .agg(
            pl.col("size", "low", "high").first(),
            pl.col("size_b", "low_b", "high_b").filter(shown).sum(),
            shown.sum().cast(pl.Int64).alias("n_shown"),
            (~shown).sum().cast(pl.Int64).alias("n_hidden"),
            pl.max_horizontal(pl.col("threshold").max(), pl.col("threshold_b").max()).alias("least"),
        )
        .join(held, on=key, how="left")
        .join(empty, on="table_b", how="left")
        .with_columns(pl.col("held", "n_empty").fill_null(0))
    )
    rest = pl.col("size") - pl.col("held")
    # All hidden cells but one may hold as many as a hidden cell can; what is then left over is the least of the last.
    others = (pl.col("n_hidden") - 1).clip(lower_bound=0) * (pl.col("least") - 1)
    is_open = (
        (pl.col("size_b") == pl.col("held"))
        & (pl.col("low") - pl.col("high_b") - others <= 0)
        & (pl.col("high") - pl.col("low_b") >= pl.col("least") - 1)
    )
    # A lone part of which few are left is a pair, and told as one.
    is_pair = (pl.col("n_shown") == 1) & (rest < pl.col("least"))
    tells = (rest < pl.col("least")) & ((rest > 0) | (pl.col("n_empty") > 0)) | (pl.col("n_hidden") > 0)
    for row in wholes.filter(tells & ~is_open & ~is_pair).sort(key).iter_rows(named=True):
        yield Differing((row["table"], row["row"]), (row["table_b"], None), row["least"])
