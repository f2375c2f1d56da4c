"""Bortfall: of what was asked, the share without an answer that says something.

Asked leaves out what the form greys out, what is not due yet and what an edition does not hold; "not relevant" is an
answer. As `sigpanel check` counts it (`sigpanel.clean.bortfall`), but by persons and as the panel has it: of several
reports of an episode the last readable answer counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel import tables
from sigpanel.analysis import is_true, listed
from sigpanel.analysis.answers import MISSING, beside_hidden, lists_of, moments_of, strata, without_forms
from sigpanel.analysis.shapes import long
from sigpanel.analysis.source import columns_of, lacking
from sigpanel.clean.bortfall import bortfall as counted
from sigpanel.contracts.codes import LACKING, NOT_ASKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source


def bortfall(
    source: Source,
    by: str | Sequence[str] = (),
    *,
    identity: str = "default",
    variables: str | Sequence[str] | None = None,
    protect: bool = True,
) -> tables.Table | pl.DataFrame:
    """The share of what was asked that has no answer, by variable and moment.

    Args:
        source: a panel or an extract.
        by: groups, as columns of episodes: programme, district, enrolled_year.
        identity: what a person is.
        variables: some of them; all that the source has, if none are named.
        protect: whether the table may be published. With False it is exact, and for one's own eyes alone.

    Returns:
        Protected, a table by `variable, moment, *by` of `persons` who were asked and the mean of `is_lacking` over
        them. Else `*by, variable, moment, asked, filled, answered, unknown, declined, blank, invalid, share`, counted
        over answers.

    Raises:
        InputError: an extract does not tell why values are missing.
    """
    by = listed(by)
    refuse_without_reasons(source, listed(variables or ()), "Bortfall")
    rows = _with_forms(source, long(source, identity=identity, variables=variables, by=by))
    if not is_true(protect):
        return counted(rows, [*by, "variable", "moment"])
    cells = ["variable", "moment", *by]
    table = tables.means(
        beside_hidden(source, asked(rows), by), "is_lacking", cells, threshold=source.threshold,
        harmless=["variable", "moment"], categories=lists_of(source, by),
    )  # fmt: skip
    never = [
        pl.col("variable").eq(name) & ~pl.col("moment").is_in(moments_of(name)) for name in rows["variable"].unique()
    ]
    return table._without(pl.any_horizontal(never)) if never else table


def asked(rows: pl.DataFrame) -> pl.DataFrame:
    """Of long rows those that were asked, with `is_lacking`: whether there is no answer that says something."""
    missing = pl.col("missing")
    told = rows.filter(~missing.is_in(NOT_ASKED).fill_null(value=False))
    return told.with_columns(is_lacking=missing.is_in(LACKING).fill_null(value=False))


def _with_forms(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Without episodes of the pilot, which has no forms: nothing was asked of them, and a line would say so in vain.

    Whose programme is not told, or hidden in an extract, was asked as far as the answers say so.
    """
    if "programme" not in columns_of(source, "episodes"):
        return rows
    of = strata(source, ["programme"], "Bortfall")
    return rows.join(of.filter(pl.col("programme").is_in(without_forms())), on="episode_id", how="anti")


def refuse_without_reasons(source: Source, variables: Sequence[str], why: str) -> None:
    """Refuse an extract that does not tell why values are missing.

    Raises:
        InputError: naming the columns that it lacks.
    """
    there = columns_of(source, "waves")
    missing = [f"{name}{MISSING}" for name in variables if name in there and f"{name}{MISSING}" not in there]
    if missing or not any(name.endswith(MISSING) for name in there):
        raise lacking("waves", missing or [f"columns that end in {MISSING}"], why)
