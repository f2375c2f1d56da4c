"""How many persons are in each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.disclosure import disclosure
from sigpanel.tables.cells import PERSON, Cells, cells_of, named
from sigpanel.tables.protect import as_shown
from sigpanel.tables.result import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def counts(
    frame: pl.DataFrame | pl.LazyFrame,
    by: str | Sequence[str] = (),
    *,
    person: str = "person_id",
    threshold: int | None = None,
    totals: bool = True,
    harmless: str | Sequence[str] = (),
    categories: Mapping[str, Sequence[object]] | None = None,
) -> Table:
    """Count persons, not rows, in every combination of categories.

    A cell of fewer persons than the threshold is hidden, an empty one too; so is one that stands alone in its group:
    where of a district only the men could be shown, the men are hidden, for all or nearly all of its persons would be
    known to be men. The rest is rounded, and totals are sums of what is shown, never the true ones. So of a hidden cell
    nothing below the threshold can be ruled out from all that is printed, and of a shown one no number that is rounded
    to what stands there.

    Args:
        frame: rows with a column of persons: episodes, answers, whatever is to be counted by.
        by: the variables of the table; none counts all persons.
        person: the column of persons.
        threshold: fewer persons are hidden; null takes that of `contracts/disclosure.yaml`.
        totals: whether to add sums of the shown cells. A person in several cells counts in each.
        harmless: variables of `by` of which a group may be told to fall into one category, since whoever recognises a
            person knows it already, such as the programme.
        categories: all categories of a variable, where neither the contract nor an Enum names them. One that only the
            data know stands in the table where it has a cell to show.

    Returns:
        `by…` as texts (null: all together) and `persons`, null where hidden.

    Raises:
        PolicyError: the threshold is lower than the least.
        UsageError: a column is not there or is no category, a row has no person, or the table is too large.
    """
    rule = disclosure().at(threshold)
    cells = cells_of(frame, by, person=person, harmless=harmless, categories=categories)
    counted = cells.rows.group_by(cells.by).agg(pl.col(PERSON).n_unique().alias("n")) if cells.by else _all(cells)
    shown = cells.showable(counted.filter(pl.col("n") >= rule.threshold))
    shown = shown.select(*cells.by, as_shown(pl.col("n"), rule).alias("persons"))
    laid = cells.laid_out(shown, with_totals=totals)
    return Table("counts", laid, cells.by, rule, harmless=named(harmless), _people=people_in(cells, laid))


def _all(cells: Cells) -> pl.DataFrame:
    return cells.rows.select(pl.col(PERSON).n_unique().alias("n"))


def people_in(cells: Cells, laid: pl.DataFrame) -> pl.DataFrame:
    """Who is in each cell of a table, shown or hidden, by its row; totals are sums of what is shown and nobody's own.

    Args:
        cells: rows with their cells; only those that count.
        laid: the table.
    """
    numbered = laid.with_row_index("row").select("row", *cells.by).drop_nulls()
    inside = numbered.join(cells.rows, on=cells.by) if cells.by else numbered.join(cells.rows, how="cross")
    return inside.select(pl.col("row").cast(pl.Int64), pl.col(PERSON).cast(pl.String)).unique().sort("row", PERSON)
