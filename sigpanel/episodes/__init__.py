"""From reports to enrolment episodes: the yearly re-reports of one insats are collapsed into one row.

A report is one person row of one workbook. Reports are matched year by year (`match`), an episode takes the last
readable answer of each question (`latest`), and what is known of its end depends on what its district sends (`status`).
Ids come from the founding report's own facts and are remembered (`identity`).

Persons are not looked at here: two episodes of one person stay two episodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.episodes.identity import Aliases, identify
from sigpanel.episodes.latest import latest_answers, latest_facts
from sigpanel.episodes.match import match
from sigpanel.episodes.status import observe, resending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.episodes.identity import Pseudonyms

__all__ = ["Aliases", "Collapsed", "collapse"]


@dataclass(frozen=True)
class Collapsed:
    """Episodes and where they come from.

    Attributes:
        episodes: one row per episode: `episode_id`, the facts as last readably reported, status and observation.
        membership: `submission_no, row, episode_id, is_founding` for every report.
        answers: one row per episode × asked question, with the report that the answer comes from.
        revisions: answers that a later report changed, in the shape of the table.
        resends: `district, resends, is_declared` for every district with reports.
        aliases: what the registry is to remember.
        findings: of `findings.SCHEMA`.
    """

    episodes: pl.DataFrame
    membership: pl.DataFrame
    answers: pl.DataFrame
    revisions: pl.DataFrame
    resends: pl.DataFrame
    aliases: pl.DataFrame
    findings: pl.DataFrame


def collapse(
    reports: pl.DataFrame,
    answers: pl.DataFrame,
    coverage: pl.DataFrame,
    *,
    pseudonyms: Pseudonyms,
    remembered: pl.DataFrame | None = None,
    declared: Mapping[str, bool] | None = None,
) -> Collapsed:
    """Collapse reports into episodes.

    Args:
        reports: `submission_no, row, edition, programme, reported_year, district` (harmonised), `district_reported`,
            `uno, sex, age, enrolled_on, discharged_on, discharge_reason, is_discharged, content`, with
            `<variable>__missing` and for the coded ones `<variable>__code`.
        answers: the answers of those reports, of `clean`.
        coverage: `programme, district` (harmonised), `district_reported`, `reported_year` of every workbook that was
            read.
        pseudonyms: turns texts into keyed ids, by purpose.
        remembered: the registry of the live release, if there is one.
        declared: which districts re-send ongoing rows, where the settings say so.
    """
    matched = match(reports)
    grouped = reports.join(matched.groups, on=["submission_no", "row"])
    identified = identify(grouped, pseudonyms, remembered)
    members = grouped.join(identified.ids, on="group")
    facts = latest_facts(members)
    resends = resending(members, facts, coverage, declared or {})
    kept, revisions = latest_answers(members, answers)
    return Collapsed(
        episodes=observe(facts, coverage, resends),
        membership=_membership(members, identified.founders),
        answers=kept,
        revisions=revisions,
        resends=resends,
        aliases=identified.aliases,
        findings=matched.findings,
    )


def _membership(members: pl.DataFrame, founders: pl.DataFrame) -> pl.DataFrame:
    row = ["submission_no", "row"]
    founding = founders.with_columns(pl.lit(value=True).alias("is_founding"))
    return (
        members.select(*row, "episode_id")
        .join(founding, on=row, how="left")
        .with_columns(pl.col("is_founding").fill_null(value=False))
        .sort(row)
    )
