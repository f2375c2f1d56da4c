"""Which cells of a table may be shown, told from numbers of persons alone.

A cell below the threshold is hidden, an empty one too: "nobody" is as much told of a group as "one". A cell that stands
alone in its group, the others of which are hidden, is hidden as well, for everybody or nearly everybody of the group
would be known to be in it. What is left then stands in company along every variable, whatever the hidden numbers are.
So a hidden cell may hold any number below the threshold as far as a reader can tell, each of them whatever the others
hold, and a shown one any number that is shown so. `tests/tables/test_attack.py` holds that, also against a reader who
knows this rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.contracts.disclosure import Disclosure


def protected(n: int, *, threshold: int | None = None, language: str = "en") -> int | str:
    """A lone count of persons as it may be published: rounded, or the word for what is hidden.

    Args:
        n: how many persons.
        threshold: fewer are hidden; null takes that of `contracts/disclosure.yaml`.
        language: of the word, en or sv.

    Raises:
        PolicyError: the threshold is lower than the least.
        UsageError: it is no number of persons.
    """
    if type(n) is not int or n < 0:
        raise UsageError(
            "count-no-number", "What is to be protected is no number of persons.",
            remedy="Give a whole number of at least 0.",
        )  # fmt: skip
    rule = disclosure().at(threshold)
    shown = rule.shown(n)
    return rule.word("hidden", language) if shown is None else shown


def as_shown(n: pl.Expr, rule: Disclosure) -> pl.Expr:
    """Numbers of persons as they are shown, all of them at least the threshold."""
    base = rule.rounding
    return pl.max_horizontal((2 * n + base) // (2 * base) * base, pl.lit(rule.least_shown)).cast(pl.Int64)


def in_company(cells: pl.DataFrame, by: Sequence[str], guarded: Sequence[str]) -> pl.DataFrame:
    """Of cells that are large enough, those that may be shown: none stands alone along a guarded variable.

    Hiding one may leave another alone, so this goes on until none is. What is left does not depend on the order.

    Args:
        cells: one row per cell, with the columns `by`.
        by: the variables of the table.
        guarded: those of them of which one category must not be told to hold a whole group.
    """
    others = {name: [other for other in by if other != name] for name in guarded}
    while True:
        is_kept = pl.all_horizontal(
            pl.lit(value=True), *((pl.len().over(rest) if rest else pl.len()) > 1 for rest in others.values())
        )
        left = cells.filter(is_kept)
        if left.height == cells.height:
            return left
        cells = left
