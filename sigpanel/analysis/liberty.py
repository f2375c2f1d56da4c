"""Times locked in, from what deliveries tell of deprivation of liberty: the one rule of which days are no days at risk.

    locked_in(outcomes)      from a first day until the day of release, which is at liberty again

Whoever serves at home with electronic tagging is at liberty (`at_liberty` in `contracts/followup.yaml`). A time that
was still going on when its register's coverage ended has no end: nobody tells of a release, so that no later day is
known to be one at liberty. Where a later version of the register tells the end of the same time, it has that one.

Whether the first day is at risk is not said here: where somebody is followed by events it is, so that what led to it
counts (`sigpanel.analysis.counting`), and in days of a year it is not (`sigpanel.followup.years`).
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.followup import facts

# What `locked_in` reads of the table of outcomes.
COLUMNS = ("person_id", "outcome", "what", "happened_on", "until_on")


def locked_in(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Times locked in: `person_id, from_on, until_on`, sorted; `until_on` is null where no end is told.

    Args:
        outcomes: rows of the table of outcomes, with at least `COLUMNS`; others than deprivation are left out.
    """
    is_at_liberty = pl.col("what").is_in(facts().at_liberty).fill_null(value=False)
    return (
        outcomes.filter(pl.col("outcome") == "deprivation", ~is_at_liberty)
        .group_by("person_id", "what", from_on="happened_on")
        .agg(pl.col("until_on").max())
        .select("person_id", "from_on", "until_on")
        .sort("person_id", "from_on", "until_on", nulls_last=True)
    )
