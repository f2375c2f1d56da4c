"""What an episode says: of several reports, the last readable answer stands; earlier ones that differ are revisions.

Readable is what was answered, "unknown" and "declined" included: a district that learns that nobody knows has told us
something. Blank and invalid cells are no answers and change nothing.
"""

from __future__ import annotations

import polars as pl

FACTS = ("uno", "district_reported", "sex", "age", "enrolled_on", "discharged_on", "discharge_reason")
_SILENT = ["blank", "invalid", "not_yet", "not_asked"]
_ORDER = ["reported_year", "submission_no", "row"]


def latest_facts(members: pl.DataFrame) -> pl.DataFrame:
    """One row per episode with its facts as last readably reported."""
    ordered = members.sort(_ORDER)
    return (
        ordered.group_by("episode_id", maintain_order=True)
        .agg(
            pl.col("programme", "district", "edition").last(),
            *(pl.col(name).drop_nulls().last() for name in FACTS),
            pl.col("is_discharged").any(),
            pl.col("reported_year").min().alias("first_reported_year"),
            pl.col("reported_year").max().alias("last_reported_year"),
            pl.len().cast(pl.Int32).alias("n_reports"),
        )
        .sort("episode_id")
    )


def latest_answers(members: pl.DataFrame, answers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The answer that stands for each episode × question, and the revisions on the way to it."""
    reports = members.select("submission_no", "row", "episode_id", "reported_year")
    ordered = answers.join(reports, on=["submission_no", "row"]).with_columns(
        (~pl.col("missing").is_in(_SILENT)).fill_null(value=True).alias("is_readable")
    )
    key = ["episode_id", "moment", "variable"]
    # A readable answer outranks silence of any year; among silences the last one tells best why.
    kept = ordered.sort(*key, "is_readable", *_ORDER).unique(key, keep="last", maintain_order=True)
    facts = pl.concat([_coded_facts(members), _dated_facts(members)], how="diagonal")
    changed = pl.concat(
        [ordered.filter("is_readable").select(*key, *_ORDER, "value", "missing"), facts], how="diagonal"
    )
    return kept.drop("is_readable"), _revisions(changed)


def _coded_facts(members: pl.DataFrame) -> pl.DataFrame:
    """Sex, age and reason as answers, so that a change in them is a revision too."""
    return pl.concat(
        [
            members.filter(pl.col(f"{name}__code").is_not_null()).select(
                "episode_id",
                pl.lit(moment).alias("moment"),
                pl.lit(name).alias("variable"),
                *_ORDER,
                pl.col(f"{name}__code").cast(pl.Int16).alias("value"),
                pl.lit(None, pl.String).alias("missing"),
            )
            for name, moment in (("sex", "enrolment"), ("age", "enrolment"), ("discharge_reason", "discharge"))
        ]
    )


def _dated_facts(members: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [
            members.filter(pl.col(name).is_not_null()).select(
                "episode_id",
                pl.lit(moment).alias("moment"),
                pl.lit(name).alias("variable"),
                *_ORDER,
                pl.col(name).alias("on"),
            )
            for name, moment in (("enrolled_on", "enrolment"), ("discharged_on", "discharge"))
        ]
    )


def _revisions(answers: pl.DataFrame) -> pl.DataFrame:
    """Each step from one readable answer to another one of a later report."""
    key = ["episode_id", "moment", "variable"]
    before = [
        pl.col(name).shift(1).over(key).alias(f"old_{name}") for name in ("value", "missing", "on", "reported_year")
    ]
    return (
        answers.sort(*key, *_ORDER)
        .with_columns(before)
        .filter(
            pl.col("old_reported_year").is_not_null()
            & (
                pl.col("value").ne_missing(pl.col("old_value"))
                | pl.col("missing").ne_missing(pl.col("old_missing"))
                | pl.col("on").ne_missing(pl.col("old_on"))
            )
        )
        .rename({"value": "new_value", "missing": "new_missing", "on": "new_on", "reported_year": "new_reported_year"})
        .drop("submission_no", "row")
    )
