"""Whether an answer depends on who is taken for one person: an analysis under all three identities.

Which episodes are one person's is a judgement. `strict` joins only what is nearly certain, `wide` what is doubtful too;
the truth lies somewhere between, and so a figure that differs between them is known no better than that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from sigpanel.analysis.source import IDENTITIES
from sigpanel.errors import UsageError
from sigpanel.tables import Table

Analysis = Callable[[str], Any]


def sensitivity(analysis: Analysis) -> pl.DataFrame:
    """Run an analysis under the three identities.

    Args:
        analysis: takes an identity, and gives a number, or a frame or table with the same columns each time:
            `lambda identity: panel.survival(identity=identity)["event"].sum()`.

    Returns:
        Of numbers, one row: `strict, default, wide, low, high`. Of frames, one row for each of theirs and a column
        `identity` before; hidden numbers stay hidden.

    Raises:
        UsageError: it is no function; or it gives something else, now one and now another, or nothing at all.
    """
    if not callable(analysis):
        raise UsageError(
            "sensitivity-of-what", "What is to be run under the three identities is no function.",
            remedy="Give a function of the identity: lambda identity: panel.change(…, identity=identity).",
        )  # fmt: skip
    found = {identity: analysis(identity) for identity in IDENTITIES}
    values = {identity: each.frame if isinstance(each, Table) else each for identity, each in found.items()}
    if all(each is None for each in values.values()):
        raise UsageError(
            "sensitivity-of-what", "The analysis gives nothing under any identity.",
            remedy="End the function with `return`. Where it does, its number is hidden or not known under all three.",
        )  # fmt: skip
    if all(isinstance(each, int | float) or each is None for each in values.values()):
        numbers = [each for each in values.values() if each is not None]
        low, high = (min(numbers), max(numbers)) if len(numbers) == len(values) else (None, None)
        return pl.DataFrame([{**values, "low": low, "high": high}])
    frames = {identity: each for identity, each in values.items() if isinstance(each, pl.DataFrame)}
    if len(frames) < len(values) or len({tuple(each.schema.items()) for each in frames.values()}) > 1:
        raise UsageError(
            "sensitivity-of-what",
            "The analysis does not give a number each time, nor frames with the same columns.",
            remedy="Give a function of the identity that ends in one number, a frame, or a table of sigpanel.tables.",
        )
    return pl.concat(each.select(pl.lit(identity).alias("identity"), pl.all()) for identity, each in frames.items())
