"""Where a value came from: the report, the cell, the rule that chose it, and what it replaced. And whose an episode is.

Everything is read from the release, so it may be used in the researchers' room: workbooks are named by their ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.errors import UsageError
from sigpanel.forms import variables

if TYPE_CHECKING:
    from sigpanel.panel import Panel


@dataclass(frozen=True)
class Trace:
    """The answer at each moment, the reports of the episode, what was revised, and findings about the cells."""

    answers: pl.DataFrame
    reports: pl.DataFrame
    revisions: pl.DataFrame
    findings: pl.DataFrame


def trace(panel: Panel, episode_id: str, variable: str) -> Trace:
    """Follow a variable of an episode back to its cells.

    Raises:
        UsageError: the panel has no such episode, or no such variable.
    """
    if variable not in variables():
        raise UsageError(
            "variable-unknown", "There is no such variable.", remedy=f"The variables are: {', '.join(variables())}."
        )
    of_episode = pl.col("episode_id") == episode_id
    answers = panel.answers.filter(of_episode & (pl.col("variable") == variable)).collect()
    if answers.is_empty():
        raise _unknown_episode()
    sheets = panel.findings.select("submission_id", "cell", "rule", "severity", "sheet_no")
    questions = panel.availability.select("edition", "moment", "variable", "question")
    return Trace(
        answers=answers.lazy()
        .join(questions, on=["edition", "moment", "variable"], how="left", maintain_order="left")
        .with_columns(_rule().alias("rule"))
        .collect(),
        reports=panel.ledger.filter(of_episode)
        .join(panel.submissions.select("submission_id", "reported_year", "edition"), on="submission_id")
        .sort("reported_year", "submission_id", "row")
        .collect(),
        revisions=panel.revisions.filter(of_episode & (pl.col("variable") == variable)).collect(),
        findings=sheets.join(answers.lazy().select("submission_id", "cell").drop_nulls(), on=["submission_id", "cell"])
        .sort("cell", "rule")
        .collect(),
    )


@dataclass(frozen=True)
class TracedPerson:
    """The person of an episode under each id, the pairs that it was considered in, and what became of its ids.

    `links` has `other` (the other episode), `its_person_id`, and of the table `links` all but its two episodes.
    `unlinkable` has the `rule` of an episode of 2013–2016 that nothing can be linked by, and else no row.
    """

    persons: pl.DataFrame
    links: pl.DataFrame
    id_history: pl.DataFrame
    unlinkable: pl.DataFrame


def trace_person(panel: Panel, episode_id: str) -> TracedPerson:
    """Tell why an episode belongs to its person, and why not to others; without any code.

    Raises:
        UsageError: the panel has no such episode.
    """
    ids = ("person_id", "person_id_strict", "person_id_wide", "episode_no")
    own = panel.episodes.filter(pl.col("episode_id") == episode_id).select("episode_id", *ids).collect()
    if own.is_empty():
        raise _unknown_episode()
    is_first = pl.col("episode_a") == episode_id
    persons = panel.episodes.select(pl.col("episode_id").alias("other"), pl.col("person_id").alias("its_person_id"))
    return TracedPerson(
        persons=own,
        links=panel.links.filter(is_first | (pl.col("episode_b") == episode_id))
        .with_columns(pl.when(is_first).then("episode_b").otherwise("episode_a").alias("other"))
        .join(persons, on="other")
        .select("other", "its_person_id", "kind", "decision", "class", "found_by", "rule", "score", "decided_by")
        .sort("decision", "other", "kind")
        .collect(),
        id_history=panel.id_history.filter(pl.col("episode_id") == episode_id).sort("release_no").collect(),
        unlinkable=panel.cohort.filter((pl.col("episode_id") == episode_id) & (pl.col("status") == "not_linkable"))
        .select("rule")
        .collect(),
    )


def _unknown_episode() -> UsageError:
    return UsageError(
        "episode-unknown", "The live release has no such episode.", remedy="Take an episode_id from panel.episodes."
    )


def _rule() -> pl.Expr:
    """The rule that chose the answer."""
    missing = pl.col("missing")
    return (
        pl.when(missing == "not_collected")
        .then(pl.lit("no edition that the episode was reported in asks this at this moment"))
        .when(missing.is_in(["blank", "invalid", "not_yet", "not_asked"]))
        .then(pl.lit("no report has a readable answer; the last report says why"))
        .otherwise(pl.lit("the last readable answer stands"))
    )
