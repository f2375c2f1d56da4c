"""What a person wants to see first after a build: what came in, whether it adds up, and who came back.

The grid of districts, programmes and years says received, missing or not expected. Expected are the districts in the
code list of the edition that covers the year, so that a district that sent nothing shows. Bortfall is that of the
workbook as sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.bortfall import bortfall
from sigpanel.forms import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.pipeline.deliveries import Delivery


@dataclass(frozen=True)
class Resending:
    """Whether a district re-sends ongoing rows (null: nothing tells), and how that is known."""

    resends: bool | None
    known_by: str


@dataclass(frozen=True)
class Overview:
    """The figures. `grid`: `programme, district, reported_year, state, n_persons, share`."""

    grid: pl.DataFrame
    n_rows: int
    fates: dict[str, int]
    findings: dict[str, int]
    persons: int
    episodes: int
    pilot_episodes: int
    returned: int
    reenrolments: int
    transfers: int
    cohort: int
    cohort_returned: int
    resends: dict[str, Resending]


def overview(tables: dict[str, pl.DataFrame], grid: pl.DataFrame, resends: dict[str, Resending]) -> Overview:
    """Sum a release up."""
    episodes, persons, findings = tables["episodes"], tables["persons"], tables["findings"]
    in_sig = episodes.filter(pl.col("programme") != "pilot")
    came_back = episodes.filter("is_reenrolment")["person_id"].n_unique()
    cohort = tables["cohort"].select("person_id").unique()
    return Overview(
        grid=grid,
        n_rows=int(tables["submissions"]["n_rows"].sum()),
        fates=dict(tables["ledger"]["fate"].value_counts().sort("fate").iter_rows()),
        findings=dict(findings["severity"].value_counts().sort("severity").iter_rows()),
        persons=persons.height,
        episodes=in_sig.height,
        pilot_episodes=episodes.height - in_sig.height,
        returned=came_back,
        reenrolments=int(episodes["is_reenrolment"].sum()),
        transfers=int(episodes["is_transfer"].sum()),
        cohort=tables["cohort"].height,
        cohort_returned=in_sig.join(cohort, on="person_id", how="semi")["person_id"].n_unique(),
        resends=resends,
    )


def delivery_grid(delivery: Delivery, workbooks: pl.DataFrame) -> pl.DataFrame:
    """Which district sent what for which programme and year, with the bortfall of each workbook.

    Args:
        delivery: what was read.
        workbooks: `submission_no, programme, reported_year, district`, and what else there is.
    """
    persons = delivery.cleaned.reports.group_by("submission_no").agg(pl.len().cast(pl.Int32).alias("n_persons"))
    shares = bortfall(delivery.cleaned.answers, ["submission_no"]).select("submission_no", "share")
    place = ["programme", "district", "reported_year"]
    received = (
        workbooks.join(persons, on="submission_no", how="left")
        .join(shares, on="submission_no", how="left")
        .filter(pl.col("district").is_not_null())
        .group_by(place)
        .agg(pl.col("n_persons").fill_null(0).first(), pl.col("share").first())
        .with_columns(pl.lit("received").alias("state"))
    )
    return (
        _expected(delivery.workbooks["reported_year"])
        .join(received, on=place, how="full", coalesce=True)
        .with_columns(pl.col("state").fill_null("missing"))
        .sort(place)
    )


def _expected(years: Iterable[int]) -> pl.DataFrame:
    rows = {
        (form.programme, code.token, year)
        for year in set(years)
        for form in forms().values()
        if form.covers(year)
        for question in form.questions
        if question.variable == "district"
        for code in question.answer.codes
    }
    schema = {"programme": pl.String, "district": pl.String, "reported_year": pl.Int16}
    return pl.DataFrame(sorted(rows), schema=schema, orient="row")
