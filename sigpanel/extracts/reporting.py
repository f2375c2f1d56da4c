"""How each episode was reported, as far as an extract tells it: what somebody reads from answers that are not there.

Forms differ by programme and year. That a question was not asked tells which form it was, and so the programme, or when
the episode began, though neither leaves: by the reason `not_collected`, and by answers that are empty one and all. So
do the marks of episodes that began before reporting did, and so does a row among the cohort. All of it is one fact,
which is counted like others and never hidden: where its class is small, something else is.

What an answer says is not looked at: an alternative that only one programme's form has is not seen here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.approval_facts import MOMENTS, REPORTING, STANDING_IN, answers, reported_as
from sigpanel.contracts.extracts import MISSING
from sigpanel.extracts.population import table_of

if TYPE_CHECKING:
    from sigpanel.contracts.approvals import Approval
    from sigpanel.extracts.population import Tables

_NOT_COLLECTED = "not_collected"
_COLUMN = f"_{REPORTING}"
_SEAM = "|"


def reporting(tables: Tables, approval: Approval, who: pl.DataFrame) -> pl.DataFrame:
    """How episodes were reported: `episode_id, _reporting`, a text that is the same where it was alike.

    Args:
        tables: the panel's, by name.
        approval: what leaves.
        who: `person_id, episode_id` of the episodes that leave.
    """
    parts = [_marks(tables, approval), _lacking(tables, approval, who)]
    if STANDING_IN in approval.tables:
        parts.append(_standing_in_cohort(tables, who))
    told = who.select("episode_id")
    for nth, part in enumerate(parts):
        told = told.join(part.rename({_COLUMN: f"{_COLUMN}{nth}"}), on="episode_id", how="left")
    texts = [pl.col(f"{_COLUMN}{nth}").fill_null("") for nth in range(len(parts))]
    return told.select("episode_id", pl.concat_str(texts, separator=_SEAM).alias(_COLUMN))


def _marks(tables: Tables, approval: Approval) -> pl.DataFrame:
    marks = [pl.col(each).cast(pl.String).fill_null("") for each in reported_as(approval)] or [pl.lit("")]
    told = pl.concat_str(marks, separator=_SEAM).alias(_COLUMN)
    return table_of(tables, "episodes").select("episode_id", told).collect()


def _standing_in_cohort(tables: Tables, who: pl.DataFrame) -> pl.DataFrame:
    among = table_of(tables, STANDING_IN).select("person_id").drop_nulls().unique().collect()
    return who.join(among, on="person_id", how="semi").select("episode_id", pl.lit(STANDING_IN).alias(_COLUMN))


def _lacking(tables: Tables, approval: Approval, who: pl.DataFrame) -> pl.DataFrame:
    """The questions that an episode's forms did not have, of those that others' had.

    A question that was lacking at every moment that has come is told without the moment, so that an episode which has
    not ended is like those that ended on the same form.
    """
    asked = answers(approval)
    if not asked:
        return pl.DataFrame(schema={"episode_id": pl.String, _COLUMN: pl.String})
    waves = table_of(tables, "waves").collect().join(who, on="episode_id", how="semi")
    lacks = waves.select(
        "episode_id",
        "moment",
        *((pl.col(f"{each}{MISSING}") == _NOT_COLLECTED).fill_null(value=False).alias(each) for each in asked),
    )
    # By what nobody was asked at a moment, or everybody was, no form is told from another: null counts for neither.
    differs = [
        pl.when(pl.col(each).any().over("moment") & ~pl.col(each).all().over("moment")).then(each).alias(each)
        for each in asked
    ]
    told = lacks.with_columns(differs).group_by("episode_id").agg(_word(each) for each in asked)
    return told.select("episode_id", pl.concat_str(asked, separator=_SEAM).alias(_COLUMN))


def _word(variable: str) -> pl.Expr:
    lacks = pl.col(variable)
    when = [lacks.filter(pl.col("moment") == moment).any() for moment in MOMENTS]
    at = [pl.when(here).then(pl.lit(f"{variable}@{moment}")) for moment, here in zip(MOMENTS, when, strict=True)]
    word = pl.when(lacks.any() & lacks.all()).then(pl.lit(variable)).otherwise(pl.coalesce(*at, pl.lit("")))
    return word.alias(variable)
