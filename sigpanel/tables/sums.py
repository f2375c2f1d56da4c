"""What means and rates have in common: sums over persons, and when a sum says too much of one of them.

A sum is withheld where fewer than the threshold of persons differ from the commonest value: then all or nearly all have
that value, which is theirs to know. That covers a value of two categories, of which the rarer would be the complement.
It is withheld too where one person makes up most of it, for that person's value is then nearly told.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.contracts.disclosure import Disclosure

# Beyond what any rounding here looks at, and far above what the order of a sum changes.
_DIGITS = 9
# A value with more decimals than these was worked out, not recorded, and has no step.
_DECIMALS = 3


def numbers(frame: pl.DataFrame, names: Sequence[str], *, least: float | None = None) -> pl.DataFrame:
    """The rows that have all of these numbers, as floats.

    Raises:
        UsageError: a column holds no numbers, or one that is not finite or lower than `least`.
    """
    for name in names:
        if not (frame.schema[name].is_numeric() or frame.schema[name] == pl.Boolean):
            raise UsageError(
                "value-no-number", f"The column {name} holds no numbers.",
                remedy="Name a column of numbers; a share of persons is the mean of true and false.",
            )  # fmt: skip
    told = frame.drop_nulls(names).with_columns(pl.col(name).cast(pl.Float64) for name in names)
    for name in names:
        if not told[name].is_finite().all():
            raise UsageError(
                "value-not-finite", f"A value in the column {name} is infinite or no number.",
                remedy="Make it null where there is no value.",
            )  # fmt: skip
        if least is not None and (told[name] < least).any():
            raise UsageError(
                "value-too-low", f"A value in the column {name} is below {least:g}.",
                remedy="Leave such rows out, or see how they were worked out.",
            )  # fmt: skip
    return told


def per_person(rows: pl.DataFrame, by: Sequence[str], person: str, value: pl.Expr) -> pl.DataFrame:
    """One row per cell and person; sorted first, so that the order of rows changes no sum."""
    key = [*by, person]
    return rows.sort(rows.columns).group_by(key, maintain_order=True).agg(value)


def per_cell(persons: pl.DataFrame, by: Sequence[str], more: Sequence[pl.Expr]) -> pl.DataFrame:
    """One row per cell with how many persons it has, as `n`, and whatever else is asked for."""
    told = [pl.len().alias("n"), *more]
    return persons.group_by(by, maintain_order=True).agg(told) if by else persons.select(told)


def n_uncommon(name: str) -> pl.Expr:
    """How many persons of a cell have another value than its commonest."""
    return pl.len() - pl.col(name).round(_DIGITS).value_counts(name="n").struct.field("n").max()


def dominant(name: str) -> pl.Expr:
    """The largest share that one person has of a cell's sum of magnitudes; null where all are 0."""
    whole = pl.col(name).abs().sum()
    return pl.when(whole > 0).then(pl.col(name).abs().max() / whole)


def says_too_much(rule: Disclosure, shares: Sequence[str]) -> pl.Expr:
    """Of cells with `n`, `n_uncommon` and dominant shares: those of which no sum may be shown."""
    is_dominated = [pl.col(name).fill_null(1.0) > rule.dominant_share for name in shares]
    return pl.any_horizontal(pl.col("n") < rule.threshold, pl.col("n_uncommon") < rule.threshold, *is_dominated)


def unit_of(unit: float | None, values: pl.Series) -> float:
    """The unit that sums of these values are rounded in multiples of.

    Rounding hides nothing where it is finer than the values: a sum of true and false, rounded to billionths, is exact.
    So a unit is at least the greatest step of which all values are multiples, whatever they were multiplied by before.
    Values with more decimals than a record has, such as quotients, have no such step, and a unit of at least 1.

    Args:
        unit: what the caller asks for; null takes 1, or the step where that is greater.
        values: as `numbers` gives them, before anything is worked out.

    Raises:
        UsageError: the unit is not above 0, or finer than the values.
    """
    if unit is not None and not unit > 0:
        raise UsageError(
            "unit-not-positive", "A unit is a number above 0.", remedy="Give the step in which the value is recorded."
        )
    step = _step(values)
    if unit is not None and unit < step * (1 - 10**-_DIGITS):
        raise UsageError(
            "unit-too-fine", f"The unit is finer than {values.name} is recorded in: nothing would be rounded.",
            remedy="Leave `unit` out. What was worked out is recorded in nothing: round it first to the decimals that "
            f"count, {_DECIMALS} at most, and give that.",
        )  # fmt: skip
    return max(1.0, step) if unit is None else float(unit)


def _step(values: pl.Series) -> float:
    """The greatest step of which all values are multiples; 1 where there is none."""
    for decimals in range(_DECIMALS + 1):
        scaled = (values * 10**decimals).unique()
        if ((scaled - scaled.round()).abs() < 10**-6).all():
            return float((gcd(*(int(each) for each in scaled.round())) or 10**decimals) / 10.0**decimals)
    return 1.0


def to_multiple(value: pl.Expr, step: float | pl.Expr) -> pl.Expr:
    """A number as a multiple of a step; halves go up."""
    return ((value / step).round(_DIGITS) + 0.5).floor() * step
