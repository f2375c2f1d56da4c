"""The mean of a value over the persons of each cell, from protected parts.

A mean is a fraction, and one with enough decimals tells both its parts. So it is worked out from parts that tell
nothing: the number of persons as it is shown, and the sum that so many persons would have, rounded in turn. The mean is
off by at most half a rounding step divided by the persons shown: by 0.25 of a unit where 10 are shown, by 0.025 where
100 are. *Set aside:* rounding sum and number each for itself, by which seven persons with a mean of 7 get one of 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.disclosure import disclosure
from sigpanel.tables.cells import PERSON, cells_of, named
from sigpanel.tables.counts import people_in
from sigpanel.tables.protect import as_shown
from sigpanel.tables.result import Table
from sigpanel.tables.sums import (
    dominant,
    n_uncommon,
    numbers,
    per_cell,
    per_person,
    says_too_much,
    to_multiple,
    unit_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def means(  # noqa: PLR0913 - each says one thing of the table
    frame: pl.DataFrame | pl.LazyFrame,
    value: str,
    by: str | Sequence[str] = (),
    *,
    unit: float | None = None,
    person: str = "person_id",
    threshold: int | None = None,
    harmless: str | Sequence[str] = (),
    categories: Mapping[str, Sequence[object]] | None = None,
) -> Table:
    """The mean of a value in every combination of categories; of true and false, the share of persons.

    Each person counts once: several rows of one are averaged first. Rows without the value are left out, and so is who
    has no other. There are no totals, which would be means of other persons than those shown; ask for them by fewer
    variables, and let the ledger look at both.

    Args:
        frame: rows with a column of persons and the value.
        value: the column of the value, of numbers or of true and false.
        by: the variables of the table; none takes all persons together.
        unit: what rounding is in multiples of, at least the step in which the value is recorded: 0.1 for a value with
            one decimal. Null takes 1, or the step where that is greater.
        person: the column of persons.
        threshold: see `counts`.
        harmless: see `counts`.
        categories: see `counts`.

    Returns:
        `by…` as texts, `persons` with a value, and `mean`; both null where hidden.

    Raises:
        PolicyError: the threshold is lower than the least.
        UsageError: a column is not there or of the wrong kind, a row has no person, a value is not finite, the unit is
            not above 0 or finer than the values, or the table is too large.
    """
    rule = disclosure().at(threshold)
    cells = cells_of(frame, by, person=person, more=(value,), harmless=harmless, categories=categories)
    rows = numbers(cells.rows, [value])
    persons = per_person(rows, cells.by, PERSON, pl.col(value).mean())
    told = [pl.col(value).sum().alias("sum"), n_uncommon(value).alias("n_uncommon"), dominant(value).alias("dominant")]
    summed = per_cell(persons, cells.by, told)
    shown = cells.showable(summed.filter(~says_too_much(rule, ["dominant"])))
    n = as_shown(pl.col("n"), rule)
    step = rule.rounding * unit_of(unit, rows[value])
    mean = to_multiple(pl.col("sum") / pl.col("n") * n, step) / n
    laid = cells.laid_out(shown.select(*cells.by, n.alias("persons"), mean.alias("mean")), with_totals=False)
    people = people_in(cells.with_rows(persons), laid)
    return Table("means", laid, cells.by, rule, (value,), named(harmless), _people=people)
