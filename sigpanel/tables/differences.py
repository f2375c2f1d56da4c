"""Which cells tell of too few persons beside others, by who is in them.

Two ways are looked for. *Two cells differ by few*: fewer persons than the threshold are in only one of them, so that
one less the other tells of these. *A cell and its parts differ by few*: the cells of one table that lie inside it leave
fewer persons than the threshold, or leave hidden cells and hardly anybody else. Either is let through where the numbers
of persons leave the few as unknown as a hidden cell is, with any number below the threshold possible: rounding sees to
that at times, mostly for a table of the year before whose numbers have not changed. A hidden cell inside a shown one of
which many others are in no cell inside it tells nothing, for nobody knows how many these are. All cells of a table
together count as a cell, since whoever has two tables of the same persons has two sums of them.

Of a mean, a rate or a curve more is told than how many persons there are: one less the other is a sum over the few, and
no rounding of persons hides that. So two cells *of the same measure* that differ by few are refused whatever is
printed, a cell and its parts too, and cells of the very same persons of which something else is printed: that is what
a value that was corrected looks like, or one figure rounded in two ways. A measure is known by the names of columns.

Not looked for: parts from several tables together, cells that share only few persons. Of an empty cell beside a cell of
the very same persons it may show that it is nearly empty. And large cells may lose their rounding beside their own sum;
they stay as large as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL = ("table", "row")
_OTHER = ("table_b", "row_b")
_FACTS = ("size", "is_shown", "measure", "numbers", "low", "high", "threshold")
# Rows that no table has: all of its cells together, and all that it shows of a measure.
_WHOLE = -1
_ALL_SHOWN = -2
_MANY = 2**40


@dataclass(frozen=True)
class Differing:
    """A cell that tells too much, by table and row, and what beside: a cell, or all inside it of a table (no row)."""

    cell: tuple[str, int]
    beside: tuple[str, int | None]
    threshold: int

    def told(self, name: str) -> str:
        """Where it is, in words; `name` is the table that was to be released."""
        table, row = self.beside
        beside = "the rows inside it" if row is None else _row(row)
        where = "" if table == name else f" of {table}"
        own = "" if self.cell[0] == name else f" of {self.cell[0]}"
        return f"{_row(self.cell[1])}{own} beside {beside}{where}"


def _row(row: int) -> str:
    return "all rows" if row < 0 else f"row {row + 1}"


def refused(new: pl.DataFrame, known: pl.DataFrame) -> Iterator[Differing]:
    """What of a new table may not be released beside what is known, and beside itself.

    Args:
        new: the cells of the table, a row for each person in each: `sigpanel.tables.ledger.SCHEMA`.
        known: the cells that were released.
    """
    both = pl.concat([known, new])
    pairs = _pairs(pl.concat([new, *_wholes(new)]), pl.concat([both, *_wholes(both)]))
    yield from _near(pairs)
    yield from _parts(pairs, both)


def _facts(cells: pl.DataFrame) -> pl.DataFrame:
    first = [pl.col(name).first() for name in _FACTS[1:]]
    return cells.group_by(_CELL, maintain_order=True).agg(pl.col("person").count().cast(pl.Int64).alias("size"), *first)


def _wholes(cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """All cells of each table together: as a number of persons where nobody is in two; as a sum of what is shown."""
    there = cells.filter(pl.col("person").is_not_null())
    facts = _facts(cells).sort(_CELL)
    sums = facts.group_by("table", maintain_order=True).agg(pl.col("low", "high", "size").sum(), pl.len().alias("n"))
    people = there.group_by("table", "person").agg(pl.len().alias("n_in"))
    apart = people.group_by("table").agg((pl.col("n_in").max() == 1).alias("is_apart"))
    whole = sums.join(apart, on="table").filter(pl.col("is_apart"), pl.col("n") > 1).select("table", "low", "high")
    yield _as_cells(there, whole, _WHOLE, "")
    shown = there.filter(pl.col("is_shown"), pl.col("measure") != "")
    several = shown.group_by("table").agg(pl.col("row").n_unique().alias("n")).filter(pl.col("n") > 1)
    for (measure,), of in shown.group_by("measure", maintain_order=True):
        yield _as_cells(
            of, several.select("table", low=pl.lit(0, pl.Int64), high=pl.lit(_MANY, pl.Int64)), _ALL_SHOWN, str(measure)
        )


def _as_cells(cells: pl.DataFrame, bounds: pl.DataFrame, row: int, measure: str) -> pl.DataFrame:
    return (
        cells.select("table", "threshold", "person")
        .unique()
        .join(bounds, on="table")
        .with_columns(
            pl.lit(row, pl.Int64).alias("row"), pl.lit(value=True).alias("is_shown"),
            pl.lit("{}").alias("numbers"), pl.lit(measure).alias("measure"),
        )
        .select(cells.columns)
    )  # fmt: skip


def _pairs(new: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    """Pairs of different cells with persons in common, one of them new: which two, how many are `shared`, and facts."""
    one = new.select(*_CELL, "person")
    other = both.select(pl.col("table").alias("table_b"), pl.col("row").alias("row_b"), "person")
    shared = one.join(other, on="person").group_by(*_CELL, *_OTHER).agg(pl.len().cast(pl.Int64).alias("shared"))
    is_own_whole = pl.min_horizontal("row", "row_b") < 0
    is_itself = (pl.col("table") == pl.col("table_b")) & ((pl.col("row") == pl.col("row_b")) | is_own_whole)
    facts = _facts(both)
    others = facts.rename({name: f"{name}_b" for name in facts.columns})
    return shared.filter(~is_itself).join(facts, on=_CELL).join(others, on=_OTHER).sort(*_CELL, *_OTHER)


def _near(pairs: pl.DataFrame) -> Iterator[Differing]:
    apart = pl.col("size") + pl.col("size_b") - 2 * pl.col("shared")
    is_told_once = (pl.col("table") != pl.col("table_b")) | (pl.col("row") < pl.col("row_b"))
    limit = pl.max_horizontal("threshold", "threshold_b")
    are_shown = pl.col("is_shown") & pl.col("is_shown_b")
    for pair in pairs.filter(are_shown & (apart < limit) & is_told_once).iter_rows(named=True):
        least = max(pair["threshold"], pair["threshold_b"])
        if _tells(pair, least):
            yield Differing((pair["table"], pair["row"]), (pair["table_b"], pair["row_b"]), least)


def _tells(pair: dict[str, Any], least: int) -> bool:
    """Whether one of two shown cells that hardly differ tells something beside the other."""
    are_alike = _printed_the_same(pair["numbers"], pair["numbers_b"])
    is_of_the_same = bool(pair["measure"] == pair["measure_b"] != "")
    if pair["size"] == pair["size_b"] == pair["shared"]:
        return is_of_the_same and not are_alike
    return is_of_the_same or not (are_alike and _leaves_open(pair, least))


def _printed_the_same(one: str, other: str) -> bool:
    """Whether what is printed of two cells is the same, as far as it is of the same thing."""
    first, second = json.loads(one), json.loads(other)
    return all(first[name] == second[name] for name in first.keys() & second.keys())


def _leaves_open(pair: dict[str, Any], least: int) -> bool:
    """Whether either of two cells may have nobody more than the other, and any number below the threshold.

    That all cells of a table together lie in another cell, or hold it, is plain to see, and then only one has more.
    """
    more, more_b = pair["high"] - pair["low_b"], pair["high_b"] - pair["low"]
    is_within = min(pair["row"], pair["row_b"]) < 0
    able = [
        *([] if is_within and pair["shared"] == pair["size"] else [more]),
        *([] if is_within and pair["shared"] == pair["size_b"] else [more_b]),
    ]
    return bool(min(more, more_b) >= 0 and min(able) >= least - 1)


def _parts(pairs: pl.DataFrame, both: pl.DataFrame) -> Iterator[Differing]:
    """Shown cells that tell too much beside the cells of one table that lie inside them."""
    names = (*_CELL, *_FACTS)
    swapped = {name: f"{name}_b" for name in names} | {f"{name}_b": name for name in names}
    inside = (
        pl.concat([pairs, pairs.rename(swapped).select(pairs.columns)])
        .unique([*_CELL, *_OTHER], keep="first", maintain_order=True)
        .filter("is_shown", pl.col("shared") == pl.col("size_b"), pl.col("size_b") < pl.col("size"))
        .filter(pl.col("row") != _ALL_SHOWN, pl.col("row_b") >= 0)
    )
    people = both.select(pl.col("table").alias("table_b"), pl.col("row").alias("row_b"), "person")
    empty = (
        both.filter(pl.col("person").is_null())
        .group_by(pl.col("table").alias("table_b"))
        .agg(pl.len().alias("n_empty"))
    )
    key = [*_CELL, "table_b"]
    shown = pl.col("is_shown_b")
    n_people = pl.col("person").n_unique().cast(pl.Int64)
    within = inside.join(people, on=_OTHER)
    held = within.filter(shown).group_by(key).agg(n_people.alias("held"))
    inner = within.group_by(key).agg(n_people.alias("inner"))
    wholes = (
        inside.group_by(key, maintain_order=True)
        .agg(
            pl.col("size", "low", "high").first(),
            ((pl.col("measure") == pl.col("measure_b")) & (pl.col("measure") != "")).any().alias("is_of_the_same"),
            pl.col("size_b", "low_b", "high_b").filter(shown).sum(),
            shown.sum().cast(pl.Int64).alias("n_shown"),
            pl.col("measure_b").str.starts_with("survival ").any().alias("is_nested"),
            (~shown).sum().cast(pl.Int64).alias("n_hidden"),
            pl.max_horizontal(pl.col("threshold").max(), pl.col("threshold_b").max()).alias("least"),
        )
        .join(held, on=key, how="left")
        .join(inner, on=key, how="left")
        .join(empty, on="table_b", how="left")
        .with_columns(pl.col("held", "inner", "n_empty").fill_null(0))
    )
    rest = pl.col("size") - pl.col("held")
    # All hidden cells but one may hold as many as a hidden cell can; what is then left over is the least of the last.
    others = (pl.col("n_hidden") - 1).clip(lower_bound=0) * (pl.col("least") - 1)
    # Persons in several parts, such as those with two episodes: as if the reader knew how many that are.
    twice = pl.col("size_b") - pl.col("held")
    is_open = (
        ~pl.col("is_nested")
        & (pl.col("low") - pl.col("high_b") + twice - others <= 0)
        & (pl.col("high") - pl.col("low_b") + twice >= pl.col("least") - 1)
    )
    # A lone part of which few are left is a pair, and told as one.
    is_pair = (pl.col("n_shown") == 1) & (rest < pl.col("least"))
    is_few_left = (rest < pl.col("least")) & ((rest > 0) | (pl.col("n_empty") > 0))
    # Where many are in no cell inside, how many those are is known to nobody, nor then how many the hidden ones hold.
    is_hidden_left = (pl.col("n_hidden") > 0) & (pl.col("size") - pl.col("inner") < pl.col("least"))
    is_sum_of_few = pl.col("is_of_the_same") & (rest > 0) & (rest < pl.col("least"))
    tells = ((is_few_left | is_hidden_left) & ~is_open) | is_sum_of_few
    for row in wholes.filter(tells & ~is_pair).sort(key).iter_rows(named=True):
        yield Differing((row["table"], row["row"]), (row["table_b"], None), row["least"])
