"""What a person wants to see first after a build: what came in, whether it adds up, and who came back.

The grid of districts, programmes and years says received, missing or not expected. Expected are the districts in the
code list of the edition that covers the year, so that a district that sent nothing shows. Bortfall is that of the
workbook as sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.bortfall import summed
from sigpanel.forms import EPISODE_VARIABLES, districts_listed, forms
from sigpanel.panel.cohort import unobserved_years
from sigpanel.pipeline.places import due_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.pipeline.references import Compared
    from sigpanel.pipeline.standing import Standing

_DUE = {"reported_year": pl.Int16, "due_on": pl.Date}


@dataclass(frozen=True)
class Resending:
    """Whether a district re-sends ongoing rows (null: nothing tells), and how that is known."""

    resends: bool | None
    known_by: str


@dataclass(frozen=True)
class Overview:
    """The figures. `grid`: `programme, district, reported_year, state, n_persons, share`.

    `returned` are persons, by `reenrolments`, of which `renewals` are none.
    `cohort_returned` are those seen in SIG again at any time; `cohort_back_in_time` tells of the years of follow-up.
    `cohort_unobserved` are the years, since the evaluation, without a report from where a return would be seen.
    """

    grid: pl.DataFrame
    n_rows: int
    fates: dict[str, int]
    findings: dict[str, int]
    persons: int
    episodes: int
    pilot_episodes: int
    returned: int
    reenrolments: int
    renewals: int
    transfers: int
    cohort: int
    cohort_returned: int
    cohort_status: dict[str, int]
    cohort_back_in_time: dict[str, int]
    cohort_unobserved: list[int]
    cohort_references: list[Compared]
    resends: dict[str, Resending]


def overview(
    tables: dict[str, pl.DataFrame],
    grid: pl.DataFrame,
    resends: dict[str, Resending],
    references: list[Compared],
) -> Overview:
    """Sum a release up."""
    episodes, persons, findings = tables["episodes"], tables["persons"], tables["findings"]
    in_sig = episodes.filter(pl.col("programme") != "pilot")
    # A renewed decision is no return, as in the report on linkage.
    is_renewal = pl.col("is_renewal").fill_null(value=False)
    back = episodes.filter(pl.col("is_reenrolment") & ~is_renewal)
    cohort = tables["cohort"].select("person_id").unique()
    return Overview(
        grid=grid,
        n_rows=int(tables["submissions"]["n_rows"].sum()),
        fates=dict(tables["ledger"]["fate"].value_counts().sort("fate").iter_rows()),
        findings=dict(findings["severity"].value_counts().sort("severity").iter_rows()),
        persons=persons.height,
        episodes=in_sig.height,
        pilot_episodes=episodes.height - in_sig.height,
        returned=back["person_id"].n_unique(),
        reenrolments=back.height,
        renewals=int(episodes["is_renewal"].sum()),
        transfers=int(episodes["is_transfer"].sum()),
        cohort=tables["cohort"].height,
        cohort_returned=in_sig.join(cohort, on="person_id", how="semi")["person_id"].n_unique(),
        cohort_status=dict(tables["cohort"]["status"].value_counts().sort("status").iter_rows()),
        cohort_back_in_time=_back_in_time(tables["cohort"]["has_returned"]),
        cohort_unobserved=unobserved_years(tables["submissions"]),
        cohort_references=references,
        resends=resends,
    )


def _back_in_time(has_returned: pl.Series) -> dict[str, int]:
    """Of the cohort, who came back within the follow-up, who did not, and of whom it cannot be known."""
    yes, unknown = int(has_returned.sum()), has_returned.null_count()
    return {"yes": yes, "no": has_returned.len() - yes - unknown, "unknown": unknown}


def delivery_grid(judged: Standing, reports: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Which district sent what for which programme and year: persons and bortfall, the parts of a report together.

    Args:
        judged: which workbooks count.
        reports: the rows that count.
        counted: their bortfall, of `gather.counted_bortfall`.

    Returns:
        `programme, district, reported_year, n_persons, share, state` (received or missing) and `due_on`, the day by
        which the workbook was to be sent.
    """
    place = ["programme", "district", "reported_year"]
    answers = counted.filter(~pl.col("variable").is_in(list(EPISODE_VARIABLES)))
    books = judged.live.filter(pl.col("district").is_not_null()).select("submission_no", *place)
    rows = reports.group_by("submission_no").agg(pl.len().alias("n_persons"))
    received = (
        books.join(rows, on="submission_no", how="left")
        .group_by(place)
        .agg(pl.col("n_persons").sum().cast(pl.Int32))
        .join(summed(answers, place).select(*place, "share"), on=place, how="left")
        .with_columns(pl.lit("received").alias("state"))
    )
    years = judged.workbooks["reported_year"].unique()
    due = pl.DataFrame({"reported_year": years, "due_on": [due_on(year) for year in years]}, schema_overrides=_DUE)
    return (
        _expected(years)
        .join(received, on=place, how="full", coalesce=True)
        .with_columns(pl.col("state").fill_null("missing"))
        .join(due, on="reported_year", how="left")
        .sort(place)
    )


def _expected(years: Iterable[int]) -> pl.DataFrame:
    programmes = {form.programme for form in forms().values()}
    rows = {
        (programme, district, year)
        for programme in programmes
        for year in set(years)
        for district in districts_listed(programme, year)
    }
    schema = {"programme": pl.String, "district": pl.String, "reported_year": pl.Int16}
    return pl.DataFrame(sorted(rows), schema=schema, orient="row")
