"""Attrition: how far the episodes of a group have come, and where the follow-up of them ends.

The stages shut each other out, so that a table of them tells no more than its cells:

    lost              no longer reported, without having ended
    ongoing           not ended at the last report
    ended_unanswered  ended, and nothing that was asked then has an answer
    ended_in_part     ended, with some answers and not all
    ended_answered    ended, with an answer to all that was asked

What was asked is what the source has of it: an extract with three of the questions calls answered who answered three.
Whether those who are left differ from those who are not is seen by a group of the enrolment: `by=["sex"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel import tables
from sigpanel.analysis import is_true, listed
from sigpanel.analysis.answers import beside_hidden, lists_of, strata
from sigpanel.analysis.bortfall import asked, refuse_without_reasons
from sigpanel.analysis.shapes import long
from sigpanel.analysis.source import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

STAGES = ("lost", "ongoing", "ended_unanswered", "ended_in_part", "ended_answered")
_STAGE = pl.Enum(STAGES)


def stages(source: Source, *, identity: str = "default", by: str | Sequence[str] = ()) -> pl.DataFrame:
    """One row per episode in SIG: `person_id, episode_id, *by, stage`, sorted; the pilot has no answers.

    Raises:
        InputError: an extract lacks the status of episodes, or does not tell why values are missing.
    """
    by = listed(by)
    refuse_without_reasons(source, (), "Attrition")
    told = asked(long(source, identity=identity))
    at_end = told.filter(moment="discharge").group_by("episode_id").agg(
        n_lacking=pl.col("is_lacking").sum(), n_asked=pl.len()
    )  # fmt: skip
    status = need(source, "episodes", ["episode_id", "status"], "Attrition").collect()
    lacking = pl.col("n_lacking").fill_null(0)
    stage = (
        pl.when(pl.col("status") != "closed").then("status")
        .when(lacking == pl.col("n_asked").fill_null(0)).then(pl.lit("ended_unanswered"))
        .when(lacking > 0).then(pl.lit("ended_in_part"))
        .otherwise(pl.lit("ended_answered"))
    )  # fmt: skip
    rows = (
        told.select("person_id", "episode_id").unique()
        .join(status, on="episode_id")
        .join(at_end, on="episode_id", how="left")
        .with_columns(stage=stage.cast(_STAGE))
    )  # fmt: skip
    if by:
        rows = rows.join(strata(source, by, "Attrition", identity), on="episode_id", how="left")
    return rows.select("person_id", "episode_id", *by, "stage").sort("person_id", "episode_id")


def attrition(
    source: Source, by: str | Sequence[str] = (), *, identity: str = "default", protect: bool = True
) -> tables.Table | pl.DataFrame:
    """How many persons have episodes at each stage.

    Args:
        source: a panel or an extract.
        by: groups, as columns of episodes: programme, district, enrolled_year, sex.
        identity: what a person is.
        protect: whether the table may be published. With False it is exact, and for one's own eyes alone.

    Returns:
        By `*by, stage`: protected, a table of `persons`; else `persons, episodes` and `share`, of the group's episodes.
        Of an extract "all that was asked" are the variables that it has: `ended_answered` is then more than in the
        panel, and two extracts are no measure of each other.
    """
    by = listed(by)
    rows = stages(source, identity=identity, by=by)
    if is_true(protect):
        frame, categories = beside_hidden(source, rows, by), lists_of(source, by)
        return tables.counts(frame, [*by, "stage"], threshold=source.threshold, categories=categories)
    counts = rows.group_by(*by, "stage").agg(persons=pl.col("person_id").n_unique(), episodes=pl.len())
    whole = pl.col("episodes").sum().over(by) if by else pl.col("episodes").sum()
    return counts.with_columns(share=pl.col("episodes") / whole).sort(*by, "stage", nulls_last=True)
