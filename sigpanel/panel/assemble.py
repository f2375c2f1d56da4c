"""Put the tables of a release together from what the stages found.

Nothing is decided here: reports, episodes, persons and findings come in, and the tables that
`contracts/panel/tables.yaml` declares go out, with ids in the place of numbers. `answers` is the full grid of episodes
× moments × variables, so that what an edition did not ask is there to be seen as *not collected*.

The ledger adds up by construction only if every row got one fate: `balanced` checks that, workbook by workbook. Who has
withdrawn is taken out of the finished tables (`withdrawn`), so that everybody else's rows are what they would be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.tables import conform
from sigpanel.errors import Fault
from sigpanel.findings import severities
from sigpanel.forms import MOMENTS, forms, variables
from sigpanel.panel.cohort import cohort_table, observed_years
from sigpanel.panel.withdrawn import NOBODY, Gone, without

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

_ROW = ["submission_no", "row"]


@dataclass(frozen=True)
class Material:
    """What the stages found, ready to be put together.

    Attributes:
        workbooks: `submission_no, submission_id, reported_year, programme, district, edition, sheet_no, n_rows,
        status`. ledger: `submission_no, row, fate, reason`: one row per source row. membership: `submission_no, row,
        episode_id, is_founding`. episodes: numbered episodes with `uno_id`, the pilot's included. persons: one row
        each. answers: one row per episode × asked question, with the report it comes from. revisions, links,
        id_history: in the shape of the tables. pairs: every pair considered, of linkage. pilot: the cohort's persons
        as episodes. follow_up_from: discharge, enrolment, or the day on which all are due. findings: of
        `findings.SCHEMA`. gone: who has withdrawn; all the others are with them.
    """

    workbooks: pl.DataFrame
    ledger: pl.DataFrame
    membership: pl.DataFrame
    episodes: pl.DataFrame
    persons: pl.DataFrame
    answers: pl.DataFrame
    revisions: pl.DataFrame
    links: pl.DataFrame
    id_history: pl.DataFrame
    pairs: pl.DataFrame
    pilot: pl.DataFrame
    follow_up_from: str | dt.date
    findings: pl.DataFrame
    gone: Gone = field(default=NOBODY)


def assemble(material: Material) -> dict[str, pl.DataFrame]:
    """Every table of a release, each held against its description.

    Raises:
        Fault: a table does not keep its description, or a source row has no fate or two.
    """
    answers = _answers(material)
    tables = {
        "persons": material.persons,
        "episodes": material.episodes,
        "answers": answers,
        "waves": _waves(answers, material.episodes),
        "submissions": material.workbooks,
        "ledger": _ledger(material),
        "findings": _findings(material),
        "revisions": material.revisions,
        "links": material.links,
        "id_history": material.id_history,
        "cohort": cohort_table(
            material.pilot,
            material.episodes,
            material.pairs,
            observed=observed_years(material.workbooks),
            follow_up_from=material.follow_up_from,
        ),
        "availability": availability(material.workbooks["edition"].drop_nulls().unique().sort()),
    }
    whole = {name: conform(frame, name, variables()) for name, frame in tables.items()}
    left = without(whole, material.gone)
    balanced(left["submissions"], left["ledger"])
    return left


def balanced(submissions: pl.DataFrame, ledger: pl.DataFrame) -> None:
    """Hold the sum of fates against the rows of each workbook.

    Raises:
        Fault: they differ for some workbook.
    """
    fates = ledger.group_by("submission_id").agg(pl.len().alias("n_fates"))
    off = submissions.join(fates, on="submission_id", how="full", coalesce=True).filter(
        pl.col("n_rows").fill_null(0) != pl.col("n_fates").fill_null(0)
    )
    if off.height:
        raise Fault("ledger-unbalanced", f"Source rows and fates differ in {off.height} workbooks.")


def availability(editions: Iterable[str]) -> pl.DataFrame:
    """Whether each edition asks for each variable at each moment, and under which number; the pilot asked for none."""
    rows = [
        (edition, variable, moment, "collected" if question else "not_collected", question.name if question else None)
        for edition in [*editions, cohort().edition]
        for variable in variables()
        for moment in MOMENTS
        for question in [forms()[edition].by_key.get((variable, moment)) if edition in forms() else None]
    ]
    schema = dict.fromkeys(("edition", "variable", "moment", "status", "question"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ids(material: Material) -> pl.DataFrame:
    return material.workbooks.select("submission_no", "submission_id", "sheet_no")


def _answers(material: Material) -> pl.DataFrame:
    """The full grid. What no report of the episode was asked is *not collected*, in the edition of its last report."""
    grid = (
        material.episodes.select("person_id", "episode_id", pl.col("edition").alias("last_edition"))
        .join(pl.DataFrame({"moment": MOMENTS}), how="cross")
        .join(pl.DataFrame({"variable": variables()}), how="cross")
    )
    given = material.answers.join(_ids(material), on="submission_no")
    return grid.join(given, on=["episode_id", "moment", "variable"], how="left").with_columns(
        pl.coalesce("edition", "last_edition").alias("edition"),
        pl.when(pl.col("edition").is_null()).then(pl.lit("not_collected")).otherwise("missing").alias("missing"),
    )


def _waves(answers: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """One row per episode × moment that has happened, its answers side by side."""
    when = pl.when(pl.col("moment") == "enrolment").then("enrolled_on").otherwise("discharged_on")
    happened = (
        episodes.select("person_id", "episode_id", "episode_no", "status", "enrolled_on", "discharged_on")
        .join(pl.DataFrame({"moment": MOMENTS}), how="cross")
        .filter((pl.col("moment") == "enrolment") | (pl.col("status") == "closed"))
        .with_columns(when.alias("observed_on"))
    )
    key = ["episode_id", "moment"]
    values = answers.pivot(on="variable", on_columns=list(variables()), index=key, values="value")
    reasons = answers.pivot(on="variable", on_columns=list(variables()), index=key, values="missing")
    reasons = reasons.rename({variable: f"{variable}__missing" for variable in variables()})
    return happened.join(values, on=key, how="left").join(reasons, on=key, how="left")


def _ledger(material: Material) -> pl.DataFrame:
    return (
        material.ledger.join(_ids(material), on="submission_no")
        .join(material.membership.select(*_ROW, "episode_id"), on=_ROW, how="left")
        .with_columns(pl.when(pl.col("fate").is_in(["kept", "merged"])).then("episode_id").alias("episode_id"))
    )


def _findings(material: Material) -> pl.DataFrame:
    return (
        material.findings.join(severities(), on="rule")
        .join(_ids(material), on="submission_no", how="left")
        .join(material.membership.select(*_ROW, "episode_id"), on=_ROW, how="left")
    )
