"""What an episode says: of several reports, the last readable answer stands; earlier ones that differ are revisions.

Readable is what was answered, "unknown" and "declined" included: a district that learns that nobody knows has told us
something. So has one that leaves a question empty because its form greys it out: what an earlier report answered there
no longer applies. Other empty cells, and unreadable ones, are no answers and change nothing.
"""

from __future__ import annotations

import polars as pl

FACTS = ("uno", "district_reported", "sex", "age", "enrolled_on", "discharged_on")
_ROW = ["submission_no", "row"]
_QUESTION = ["episode_id", "moment", "variable"]
_SILENT = ["blank", "invalid", "not_yet"]
# Two rows of one year may be of one episode: the one that ends it is the later one. Else what they say decides and not
# where they stand, since neither the order of rows nor the names of files may matter.
_ORDER = ["reported_year", "is_discharged", "content", *_ROW]


def latest_facts(members: pl.DataFrame) -> pl.DataFrame:
    """One row per episode with its facts as last readably reported."""
    return (
        members.sort(_ORDER)
        .group_by("episode_id", maintain_order=True)
        .agg(
            pl.col("programme", "district", "edition").last(),
            *(pl.col(name).drop_nulls().last() for name in FACTS),
            pl.col("uno").drop_nulls().unique().sort().alias("codes"),
            # Unlike the others the reason can be answered with "unknown", and then it is.
            pl.col("discharge_reason").filter(_is_answered("discharge_reason__missing")).last(),
            pl.col("is_discharged").any(),
            pl.col("reported_year").min().alias("first_reported_year"),
            pl.col("reported_year").max().alias("last_reported_year"),
            pl.len().cast(pl.Int32).alias("n_reports"),
        )
        .sort("episode_id")
    )


def latest_answers(members: pl.DataFrame, answers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The answer that stands for each episode × question, and the revisions on the way to it."""
    placed = members.sort(_ORDER).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int32).over("episode_id").alias("place"),
        (pl.len().over("episode_id") > 1).alias("is_resent"),
    )
    reports = placed.select(*_ROW, "episode_id", "reported_year", "place", "is_resent")
    given = answers.join(reports, on=_ROW, maintain_order="left")
    # An answer outranks silence of any year; among silences the last one tells best why.
    rank = pl.col("place") + pl.when(_is_answered("missing")).then(placed.height).otherwise(0)
    several = given.filter("is_resent")
    stands = pl.concat([given.filter(~pl.col("is_resent")), several.filter(rank == rank.max().over(_QUESTION))])
    told = pl.concat(
        [several.filter(_is_answered("missing")), *_facts_as_answers(placed.filter("is_resent"))], how="diagonal"
    )
    return stands.drop("place", "is_resent"), _revisions(told)


def _is_answered(missing: str) -> pl.Expr:
    return ~pl.col(missing).is_in(_SILENT).fill_null(value=False)


def _facts_as_answers(members: pl.DataFrame) -> list[pl.DataFrame]:
    """Sex, age, reason and the two dates as answers, so that a change is a revision too. The code never is one."""

    def answers(moment: str, name: str, *said: pl.Expr) -> pl.DataFrame:
        question = [pl.lit(moment).alias("moment"), pl.lit(name).alias("variable")]
        answered = members.filter(_is_answered(f"{name}__missing"))
        return answered.select(
            "episode_id", *question, "reported_year", "place", pl.col(f"{name}__missing").alias("missing"), *said
        )

    def coded(moment: str, name: str) -> pl.DataFrame:
        is_value = pl.col(f"{name}__missing").is_null()
        return answers(moment, name, pl.when(is_value).then(f"{name}__code").cast(pl.Int16).alias("value"))

    return [
        coded("enrolment", "sex"),
        coded("enrolment", "age"),
        answers("enrolment", "enrolled_on", pl.col("enrolled_on").alias("on")),
        answers("discharge", "discharged_on", pl.col("discharged_on").alias("on")),
        coded("discharge", "discharge_reason"),
    ]


def _revisions(told: pl.DataFrame) -> pl.DataFrame:
    """Each step from one answer to another one of a later report."""
    said = ["value", "missing", "on"]
    before = {name: pl.col(name).shift(1) for name in (*_QUESTION, *said, "reported_year")}
    is_one_question = pl.all_horizontal(pl.col(name) == before[name] for name in _QUESTION)
    # Left empty because the form greys it out, and answered as not relevant: the same in two spellings.
    meant = [reason.replace("not_asked", "not_applicable") for reason in (pl.col("missing"), before["missing"])]
    is_other = [pl.col(name).ne_missing(before[name]) for name in ("value", "on")]
    changed = is_one_question & pl.any_horizontal(*is_other, meant[0].ne_missing(meant[1]))
    return (
        told.sort(*_QUESTION, "place")
        .select(
            *_QUESTION,
            *(before[name].alias(f"old_{name}") for name in said),
            *(pl.col(name).alias(f"new_{name}") for name in said),
            before["reported_year"].alias("old_reported_year"),
            pl.col("reported_year").alias("new_reported_year"),
            changed.alias("is_changed"),
        )
        .filter("is_changed")
        .drop("is_changed")
    )
