"""Number a person's episodes, with the gap since the one before, and tell a re-enrolment from a transfer.

A move between districts is a transfer when hardly any time lies between; a change of label on 2023-07-01 is not, since
districts are compared in today's frame. The episode before is the earlier one that lasted longest, not the one that
began last. A re-enrolment begins on or after its end; a stay that overlaps it for longer than a move takes is neither.
After an episode that is still open, or whose end nobody knows, the gap is not known and the next is a re-enrolment. An
episode without a readable enrolment date began by the time of its discharge, and by the end of the year of its first
report; there it stands, after those that began before.

A *renewal* is a re-enrolment in the same programme and district with hardly any time between: a decision that was
renewed rather than a person who came back. It is marked and not merged, since the district reported two; where the end
of the episode before is not known, neither is whether it was renewed.
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.persons.names import known_end


def number(episodes: pl.DataFrame) -> pl.DataFrame:
    """Add `episode_no, previous_episode_id, gap_days, is_transfer, is_reenrolment, is_renewal` and `is_after_pilot`."""
    most = linkage().transfer_most_days
    has_previous = pl.col("previous_episode_id").is_not_null()
    moved = pl.col("previous_district") != pl.col("district")
    order = ("person_id", _began_by(), "enrolled_on", "discharged_on", "episode_id")
    return (
        _with_previous(episodes.sort(*order, nulls_last=True))
        .with_columns(
            (pl.col("enrolled_on") - pl.col("previous_discharged_on")).dt.total_days().cast(pl.Int32).alias("gap_days")
        )
        .with_columns(
            (has_previous & moved & (pl.col("gap_days").abs() <= most)).fill_null(value=False).alias("is_transfer"),
            (has_previous & (pl.col("previous_programme") == "pilot") & (pl.col("programme") != "pilot"))
            .fill_null(value=False)
            .alias("is_after_pilot"),
        )
        .with_columns(
            (has_previous & ~pl.col("is_transfer") & (pl.col("gap_days") >= 0).fill_null(value=True)).alias(
                "is_reenrolment"
            )
        )
        .with_columns(_is_renewal(has_previous, moved).alias("is_renewal"))
        .drop("previous_discharged_on", "previous_district", "previous_programme")
    )


def _began_by() -> pl.Expr:
    """The day on which an episode had begun for sure; its enrolment where that is known."""
    reported = pl.date(pl.col("first_reported_year"), 12, 31)
    return pl.coalesce("enrolled_on", pl.min_horizontal("discharged_on", reported))


def _with_previous(in_order: pl.DataFrame) -> pl.DataFrame:
    """Add `episode_no`, and of the earlier episode that lasted longest `previous_…`; the later one where two did.

    Not of the one that began last: a stay that lies within another does not end it.
    """
    row, n = pl.int_range(pl.len()), pl.len().cast(pl.Int64)
    person = pl.col("person_id").rle_id().cast(pl.Int64)
    is_first = person.ne_missing(person.shift(1))
    # Person, end and row in one number, of which the greatest so far is the episode that is looked for, if it is of the
    # same person: a window for each person takes ten times as long. It has room for two million episodes.
    end = known_end().rank("dense").cast(pl.Int64).fill_null(0)
    longest = ((person * (n + 1) + end) * n + row).cum_max().shift(1) % n
    told = in_order.with_columns(
        (row - pl.when(is_first).then(row).forward_fill() + 1).cast(pl.Int32).alias("episode_no"),
        pl.when(~is_first).then(longest).alias("previous_row"),
    )
    previous = ("episode_id", "discharged_on", "district", "programme")
    return told.with_columns(pl.col(name).gather("previous_row").alias(f"previous_{name}") for name in previous).drop(
        "previous_row"
    )


def _is_renewal(has_previous: pl.Expr, moved: pl.Expr) -> pl.Expr:
    is_same_place = has_previous & ~moved & (pl.col("previous_programme") == pl.col("programme"))
    is_soon = pl.col("gap_days") <= linkage().renewal_most_days
    return (
        pl.when(is_same_place.fill_null(value=False) & pl.col("is_reenrolment"))
        .then(is_soon)
        .otherwise(pl.lit(value=False))
    )


def summarise(numbered: pl.DataFrame) -> pl.DataFrame:
    """One row per person. `person_no` counts them in the order of their ids, for software that needs an integer.

    Args:
        numbered: of `number`, in its order: what a person was told to be last is the last that is told.
    """
    return (
        numbered.group_by("person_id")
        .agg(
            pl.col("sex", "birth_year").last(ignore_nulls=True),
            pl.len().cast(pl.Int32).alias("n_episodes"),
            pl.col("enrolled_on").min().alias("first_enrolled_on"),
            # After a discharge a return would still be seen, as long as the person's district reports.
            pl.max_horizontal("observed_until", "watched_until").max().alias("observed_until"),
            (pl.col("programme") == "pilot").any().alias("in_cohort"),
        )
        .sort("person_id")
        .with_row_index("person_no", offset=1)
        .with_columns(pl.col("person_no").cast(pl.Int32))
    )
