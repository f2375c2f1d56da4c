"""Which question an edition asks at which moment: what `availability` says, held against `answers`.

*Not collected* is a property of an edition, never of a person. So of the answers of an edition at a moment, either all
are `not_collected` and the edition does not ask, or none is and it does. A question greyed out by another answer is
`not_asked`, one that is still to come is `not_yet`; if either became `not_collected`, a gap in the answers would pass
for a gap in the form.

    matrix(tables)            one row per edition, moment and variable that `answers` has: said and found
    violations(tables)        those of them that contradict each other

The matrix is a view as those of `sigpanel.contracts.views` are: in a row that holds, `n_not_collected` is `n_expected`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = ("edition", "moment", "variable")
# What is expected of an edition of which nothing is said: no count of answers equals it.
_NOTHING_SAID = -1


def matrix(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What editions are said to ask, beside what their answers hold.

    Args:
        tables: `answers` and `availability` of a release.

    Returns:
        `edition, moment, variable, status, n_answers, n_not_collected, n_expected`, sorted; `status` is null where
        `availability` says nothing of them, and `n_expected` is then -1. Answers without an edition are one more.
    """
    found = (
        tables["answers"]
        .group_by(_KEY)
        .agg(
            pl.len().cast(pl.Int32).alias("n_answers"),
            (pl.col("missing") == "not_collected").sum().cast(pl.Int32).alias("n_not_collected"),
        )
    )
    said = tables["availability"].select(*_KEY, "status")
    expected = (
        pl.when(pl.col("status") == "not_collected")
        .then("n_answers")
        .when(pl.col("status") == "collected")
        .then(0)
        .otherwise(_NOTHING_SAID)
    )
    return (
        found.join(said, on=_KEY, how="left")
        .with_columns(expected.cast(pl.Int32).alias("n_expected"))
        .select(*_KEY, "status", "n_answers", "n_not_collected", "n_expected")
        .sort(_KEY)
    )


def violations(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of the matrix in which answers are partly not collected, or are against what is said of the edition."""
    return matrix(tables).filter(pl.col("n_not_collected") != pl.col("n_expected"))
