"""The figures by which a table's risk is judged, all of them in persons.

    k                    the fewest persons in a class (Samarati and Sweeney, 1998)
    l                    the fewest different values of a sensitive variable in a class (Machanavajjhala et al., 2007)
    dominant_share       the largest part of a class that has the same value: near 1, to know the class is to know it
    unique_trajectories  the part of all persons whose rows, taken together, are nobody else's

k looks at one row at a time, as somebody does who knows of one enrolment; a trajectory is what is known to somebody who
knows of all. A sensitive value that is not told is no value of its own, neither for l nor as a dominant one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.disclosure.classes import CLASS, N_PERSONS, PERSON, classed, sizes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Risk:
    """The risk of a table. A table without persons has none: k is 0, and nothing is shared.

    Attributes:
        k: the fewest persons in a class.
        n_persons: all persons.
        n_by_size: by size of class, how many persons have a row in a class of that size, and in none smaller.
        l: by sensitive variable, the fewest different values in a class.
        dominant_share: by sensitive variable, the largest part of a class with the same value.
        unique_trajectories: the part of persons whose rows together are nobody else's.
    """

    k: int
    n_persons: int
    n_by_size: Mapping[int, int] = field(repr=False)
    l: Mapping[str, int]  # noqa: E741 - what the literature calls it
    dominant_share: Mapping[str, float]
    unique_trajectories: float

    def n_below(self, k: int) -> int:
        """How many persons have a row in a class of fewer than `k`."""
        return sum(persons for size, persons in self.n_by_size.items() if size < k)


def risk(
    frame: pl.DataFrame | pl.LazyFrame, by: Sequence[str], person: str = "person_id", sensitive: Sequence[str] = ()
) -> Risk:
    """Measure a table.

    Args:
        frame: any number of rows per person; neither their order nor repeated ones matter.
        by: the quasi-identifiers; null matches nothing.
        person: the column that tells persons apart, without nulls.
        sensitive: the variables whose values are not to be told by a class.

    Raises:
        Fault: a column is not there, stands twice, or a row is nobody's.
    """
    rows = classed(frame, by, person).unique()
    sized = sizes(rows)
    least = rows.join(sized, on=CLASS).group_by(PERSON).agg(pl.col(N_PERSONS).min())
    n_by_size = dict(least[N_PERSONS].value_counts().sort(N_PERSONS).iter_rows())
    told = {name: told_by_class(classed(frame, by, person, [name]), sized, name) for name in sensitive}
    return Risk(
        k=min(n_by_size, default=0),
        n_persons=least.height,
        n_by_size=n_by_size,
        l={name: int(_figure(each["n_values"].min())) for name, each in told.items()},
        dominant_share={name: _figure(each["dominant_share"].max()) for name, each in told.items()},
        unique_trajectories=_unique_trajectories(rows),
    )


def told_by_class(rows: pl.DataFrame, sized: pl.DataFrame, sensitive: str) -> pl.DataFrame:
    """What each class tells of a sensitive variable: `_class, n_values, dominant_share`.

    Args:
        rows: of `classed`, with the variable beside.
        sized: of `sizes`, all classes of these rows.
        sensitive: the variable.
    """
    with_value = rows.lazy().drop_nulls(sensitive).unique().group_by(CLASS, sensitive).agg(pl.len().alias("n"))
    most = with_value.group_by(CLASS).agg(pl.len().cast(pl.Int64).alias("n_values"), pl.col("n").max())
    return (
        sized.lazy()
        .join(most, on=CLASS, how="left")
        .select(
            CLASS,
            pl.col("n_values").fill_null(0),
            (pl.col("n").fill_null(0) / pl.col(N_PERSONS)).alias("dominant_share"),
        )
        .collect()
    )


def trajectories(rows: pl.DataFrame) -> pl.DataFrame:
    """A mark for what is told of each person in all, the same for the same classes: `_person, trajectory`.

    Args:
        rows: of `classed`, none of them twice.
    """
    return rows.group_by(PERSON).agg(pl.col(CLASS).bitwise_xor().alias("trajectory"))


def _unique_trajectories(rows: pl.DataFrame) -> float:
    taken = trajectories(rows)["trajectory"]
    return int(taken.is_unique().sum()) / len(taken) if len(taken) else 0.0


def _figure(figure: object) -> float:
    """A figure over classes; of no classes it is nothing."""
    return figure if isinstance(figure, int | float) else 0
