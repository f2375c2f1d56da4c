"""Attacks on published tables, by somebody who has everything that is printed, and this program.

What may not be: that a hidden cell can be narrowed so that not every number from 0 to the threshold less one is
possible, or a shown one so that not every number is that is rounded to what stands there. Totals, threshold, rounding,
and which cells are hidden and why are known to the attacker.

Twice: by linear programs over tables larger than one could try out, which also break tables published otherwise, so the
attack is one; and by trying out every small table there is, by which nothing can have been overlooked.
"""

from itertools import product
from random import Random

import numpy as np
import polars as pl
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import PolicyError
from sigpanel.tables import Ledger, counts
from sigpanel.tables.differences import refused as refused_beside
from sigpanel.tables.ledger import cells_in
from sigpanel.tables.protect import as_shown, in_company
from tests.tables.people import crossed

RULE = disclosure()
MOST = 10_000


class Attacker:
    """What an attacker knows of the cells of a table: bounds of each, and of sums of them."""

    def __init__(self, cells: list[tuple]) -> None:
        self.cells = {cell: at for at, cell in enumerate(cells)}
        self.sums: list[tuple[list[tuple], float, float]] = []

    def learns(self, cells: list[tuple], low: float, high: float) -> None:
        self.sums.append((cells, low, high))

    def reads(self, frame: pl.DataFrame, by: list[str], of: tuple[str, ...]) -> None:
        """What a table prints: a shown cell is as rounded, a hidden one too small; a total is of what is shown.

        A hidden cell may also be a large one that stood alone, of which the attacker would know less.
        """
        for *labels, persons in frame.rows():
            if None in labels and by:
                continue
            told = dict(zip(by, labels, strict=True))
            inside = [
                cell
                for cell in self.cells
                if all(told.get(name, value) == value for name, value in zip(of, cell, strict=True))
            ]
            low, high = (0, RULE.threshold - 1) if persons is None else RULE.bounds(persons)
            self.learns(inside, low, high)

    def interval(self, cell: tuple) -> tuple[int, int]:
        """The least and the most that a cell can hold."""
        matrix = np.zeros((len(self.sums), len(self.cells)))
        for row, (cells, _, _) in enumerate(self.sums):
            matrix[row, [self.cells[each] for each in cells]] = 1
        known = LinearConstraint(matrix, [low for _, low, _ in self.sums], [high for _, _, high in self.sums])
        found = []
        for sign in (1, -1):
            goal = np.zeros(len(self.cells))
            goal[self.cells[cell]] = sign
            solved = milp(goal, constraints=known, bounds=Bounds(0, MOST), integrality=np.ones(len(self.cells)))
            assert solved.success, "what is printed cannot be true"
            found.append(round(sign * solved.fun))
        return found[0], found[1]


def invented(seed: int) -> tuple[tuple[str, ...], dict[str, list[str]], dict[tuple, int]]:
    """A table by two or three variables, most of its cells small, some lines empty."""
    chance = Random(seed)  # noqa: S311 - persons who do not exist
    by = ("a", "b", "c")[: chance.choice([2, 3])]
    categories = {name: [f"{name}{at}" for at in range(chance.choice([2, 3, 4]))] for name in by}
    sizes = {cell: chance.choice([0, 0, 1, 2, 3, 4, 4, 5, 7, 8, 12, 13, 30]) for cell in product(*categories.values())}
    return by, categories, sizes


def narrowed(attacker: Attacker, shown: dict[tuple, int | None]) -> list[tuple]:
    """The cells of which an attacker knows more than the rule lets on."""
    wanted = {cell: (0, RULE.threshold - 1) if n is None else RULE.bounds(n) for cell, n in shown.items()}
    found = {cell: attacker.interval(cell) for cell in shown}
    return [cell for cell, (low, high) in found.items() if low > wanted[cell][0] or high < wanted[cell][1]]


def shown_cells(frame: pl.DataFrame, by: tuple[str, ...]) -> dict[tuple, int | None]:
    return {tuple(cell): n for *cell, n in frame.drop_nulls(by).rows()}


@pytest.mark.parametrize("seed", range(10))
def test_no_cell_can_be_narrowed_by_all_that_is_printed(seed):
    by, categories, sizes = invented(seed)
    table = counts(crossed(sizes, *by), by, categories=categories)
    attacker = Attacker(list(sizes))
    attacker.reads(table.frame, list(by), by)
    # A total is the sum of what is shown. Whoever knows that adds up what stands there, and has it again.
    printed = table.frame.filter(pl.any_horizontal(pl.col(by).is_null()))
    shown = shown_cells(table.frame, by)
    for *labels, total in printed.rows():
        inside = [
            n for cell, n in shown.items() if all(one in (None, other) for one, other in zip(labels, cell, strict=True))
        ]
        assert (total or 0) == sum(n or 0 for n in inside)
    assert not narrowed(attacker, shown)


@pytest.mark.parametrize("how", ["true totals", "rounded totals"])
def test_the_same_attack_breaks_tables_with_other_totals(how):
    """So the attack is one: greedy as it is, it finds what it should where totals are of everybody."""
    broken = 0
    for seed in range(6):
        by, categories, sizes = invented(seed)
        attacker = Attacker(list(sizes))
        shown = {cell: RULE.shown(n) for cell, n in sizes.items()}
        for cell, n in shown.items():
            attacker.learns([cell], *((0, RULE.threshold - 1) if n is None else RULE.bounds(n)))
        for place in range(len(by)):
            for category in categories[by[place]]:
                inside = [cell for cell in sizes if cell[place] == category]
                total = sum(sizes[cell] for cell in inside)
                if how == "true totals":
                    attacker.learns(inside, total, total)
                elif total >= RULE.threshold:
                    attacker.learns(inside, *RULE.bounds(RULE.shown(total)))
        broken += bool(narrowed(attacker, shown))
    assert broken >= 3


# --- every small table there is ---


def tried_out(shape: tuple[int, ...], values: list[int], guarded: tuple[str, ...]) -> pl.DataFrame:
    """Every table of a shape with these numbers in it, `table, cell, n, shown`, as the program would show it."""
    by = [f"v{at}" for at in range(len(shape))]
    places = list(product(*(range(size) for size in shape)))
    numbers = np.array(list(product(values, repeat=len(places))), dtype=np.int64)
    n_tables = len(numbers)
    frame = pl.DataFrame(
        {
            "table": np.repeat(np.arange(n_tables), len(places)),
            "cell": np.tile(np.arange(len(places)), n_tables),
            "n": numbers.ravel(),
        }
    ).with_columns(
        pl.col("cell").replace_strict({at: place[axis] for at, place in enumerate(places)}).alias(name)
        for axis, name in enumerate(by)
    )
    large = frame.filter(pl.col("n") >= RULE.threshold)
    kept = in_company(large, ["table", *by], guarded).select(
        "table", "cell", as_shown(pl.col("n"), RULE).alias("shown")
    )
    return frame.join(kept, on=["table", "cell"], how="left").sort("table", "cell")


@pytest.mark.parametrize(
    ("shape", "values", "guarded"),
    [
        ((4,), list(range(13)), ("v0",)),
        ((4,), list(range(9)), ()),
        ((2, 2), list(range(13)), ("v0", "v1")),
        ((2, 2), list(range(9)), ("v1",)),
        ((2, 3), [0, 1, 4, 5, 8], ("v0", "v1")),
        ((2, 2, 2), [0, 4, 5], ("v0", "v1", "v2")),
        ((3, 3), [0, 4, 5], ("v0", "v1")),
    ],
)
def test_of_all_tables_that_print_alike_a_cell_may_be_any_number_that_the_rule_leaves(shape, values, guarded):
    """An attacker who tries out all tables with the program itself, hiding of cells that stand alone included."""
    tables = tried_out(shape, values, guarded)
    printed = tables.group_by("table").agg(
        pl.col("shown").cast(pl.String).fill_null("-").str.join("|").alias("printed")
    )
    possible = tables.join(printed, on="table").group_by("printed", "cell", "shown").agg(pl.col("n").unique().sort())
    small = [n for n in values if n < RULE.threshold]
    for shown, found in possible.select("shown", "n").unique().rows():
        if shown is None:
            assert set(small) <= set(found)
        else:
            assert found == [n for n in values if RULE.shown(n) == shown]
    assert possible["shown"].null_count()


# --- tables beside each other, as far as the ledger lets them ---


@pytest.mark.parametrize("seed", range(6))
def test_a_table_and_a_margin_that_the_ledger_lets_through_narrow_no_hidden_cell(seed, tmp_path):
    """In either order. Of an empty cell it may show that it is nearly empty; never that somebody is in one."""
    by, categories, sizes = invented(100 + seed)
    frame, n_refused = crossed(sizes, *by), 0
    for at, margin in enumerate([*((name,) for name in by), ()]):
        ledger, attacker = Ledger(tmp_path / f"{at}.parquet"), Attacker(list(sizes))
        tables = [
            counts(frame, part, categories={name: categories[name] for name in part}, harmless=part)
            for part in ((by, margin) if seed % 2 else (margin, by))
        ]
        try:
            for place, table in enumerate(tables):
                ledger.release(table, f"table-{place}")
                attacker.reads(table.frame, list(table.by), by)
        except PolicyError:
            n_refused += 1
            continue
        [whole] = [table for table in tables if table.by == by]
        for cell in (cell for cell, n in shown_cells(whole.frame, by).items() if n is None):
            low, high = attacker.interval(cell)
            assert low == 0
            assert high >= RULE.threshold - 1 or not sizes[cell]
    assert n_refused <= len(by)


def test_margins_that_the_ledger_refuses_would_have_told():
    """So the refusals are no mere caution: what it refuses at 100 tables narrows a cell in most of them."""
    told = refused = 0
    for seed in range(100, 130):
        by, categories, sizes = invented(seed)
        frame, attacker = crossed(sizes, *by), Attacker(list(sizes))
        tables = [
            counts(frame, part, categories={name: categories[name] for name in part}, harmless=part)
            for part in (by, by[:1])
        ]
        known = cells_in(tables[0], "whole")
        if not [*refused_beside(cells_in(tables[1], "margin"), known)]:
            continue
        refused += 1
        for table in tables:
            attacker.reads(table.frame, list(table.by), by)
        hidden = {cell: None for cell, n in shown_cells(tables[0].frame, by).items() if n is None}
        told += bool(narrowed(attacker, hidden))
    assert refused >= 5
    assert told >= 0.6 * refused
