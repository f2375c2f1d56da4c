"""What can hardly be so of one person, counted: a person put together wrongly shows here first.

Constraints forbid most of it for `person_id`; what they forbid must count nought there, unless somebody decided so. The
doubtful ids are forbidden less, and show what the constraints are for.
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.contracts.quality import quality_report
from sigpanel.persons.names import known_end


def implausible(ordered: pl.DataFrame, column: str) -> dict[str, int]:
    """How many persons each thing is so of.

    Args:
        ordered: episodes with `sex, birth_year, months, district, enrolled_on` and what `known_end` reads.
        column: whose persons.
    """
    told = ordered.with_columns(known_end().alias("ends"))
    persons = told.group_by(column).agg(
        (pl.col("sex").drop_nulls().n_unique() > 1).alias("sexes_differ"),
        ((pl.col("birth_year").max() - pl.col("birth_year").min()) > quality_report().most_plausible_years_apart)
        .fill_null(value=False)
        .alias("birth_years_differ"),
        (pl.col("months").bitwise_and() == 0).alias("no_month_possible"),
        (pl.len() > quality_report().most_plausible_episodes).alias("many_episodes"),
    )
    counts = persons.select(pl.exclude(column).sum()).row(0, named=True)
    return {name: int(count or 0) for name, count in counts.items()} | _overlapping(told, column)


def _overlapping(told: pl.DataFrame, column: str) -> dict[str, int]:
    """Persons who were in one district twice at once, or in two for longer than a move takes."""
    several = told.filter(pl.len().over(column) > 1).select("place", column, "district", "enrolled_on", "ends")
    both = several.join(several, on=column, suffix="_later").filter(pl.col("place") < pl.col("place_later"))
    shared = pl.min_horizontal("ends", "ends_later") - pl.max_horizontal("enrolled_on", "enrolled_on_later")
    is_same = pl.col("district") == pl.col("district_later")
    are_known = pl.all_horizontal(pl.col("enrolled_on", "enrolled_on_later").is_not_null())
    most = pl.duration(days=linkage().transfer_most_days)
    cases = {
        "twice_in_one_district": is_same & (shared > pl.duration(days=0)),
        "two_districts_at_once": ~is_same & (shared > most),
    }
    return {name: both.filter(are_known & case)[column].n_unique() for name, case in cases.items()}
