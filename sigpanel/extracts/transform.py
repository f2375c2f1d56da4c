"""Coarsen: what a transformation makes of a column, as polars expressions.

Null stays null throughout. Bands begin at multiples of their width, so that two extracts with the same width have the
same bands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.extracts import columns_of
from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.contracts.approval_read import Group, Transform

# The person's first enrolment in the extract: what days are counted from.
ANCHOR = "_anchor"


def transformed(column: str, transform: Transform, groups: Mapping[str, Group]) -> pl.Expr:
    """A column of the panel as it leaves, under its new name.

    Args:
        column: its name in the panel.
        transform: what is done to it; ids stay as they are here, and are made anew at the end.
        groups: the approval's groups of districts.
    """
    return _made(pl.col(column), transform, groups).alias(transform.named(column))


def type_of(table: str, column: str, transform: Transform) -> str:
    """The type that comes out, by the name that contracts have for it."""
    return columns_of(table)[column].type if transform.rule.gives == "same" else transform.rule.gives


def _made(value: pl.Expr, transform: Transform, groups: Mapping[str, Group]) -> pl.Expr:
    match transform.kind:
        case "id" | "as_is":
            return value
        case "year":
            return value.dt.year().cast(pl.Int16)
        case "quarter":
            return pl.concat_str(value.dt.year(), pl.lit("Q"), value.dt.quarter())
        case "month":
            return value.dt.strftime("%Y-%m")
        case "days_since_enrolment":
            return (value - pl.col(ANCHOR)).dt.total_days().cast(pl.Int32)
        case "age_band" | "band":
            return _band(value, transform.by or 1)
        case "district_group":
            of = {district: name for name, group in groups.items() for district in group.districts}
            return value.replace_strict(of, return_dtype=pl.String)
        case "top_code":
            return value.clip(upper_bound=transform.by)
    raise Fault("extract-transformation-unmade", "The contract has a transformation that nothing makes.")


def _band(value: pl.Expr, width: int) -> pl.Expr:
    low = value.cast(pl.Int64) // width * width
    return pl.concat_str(low, pl.lit("-"), low + (width - 1))
