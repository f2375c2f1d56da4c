"""From cells to values: what each answer says, why it says nothing, and what is wrong with it.

`clean` lays every person row out as a full grid of its edition's questions, reads the cells by the kind of answer the
form declares (`spelling`), sorts the empty ones into *not yet*, *not asked* and *left blank* (`silence`), and checks
answers against each other (`checks`). It never drops a row and never repairs a value: disagreement becomes a finding,
each cause one (`causes`).

Everything is a polars expression over one long frame; the form's codes, labels and ranges come in as small lookup
frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.causes import causes
from sigpanel.clean.checks import check
from sigpanel.clean.grid import grid
from sigpanel.clean.silence import silence
from sigpanel.clean.spelling import spell
from sigpanel.findings import collect, find, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.forms import Form

__all__ = ["Cleaned", "clean"]

# Where the grid holds what each episode variable says: dates as dates, coded answers by their token.
_EPISODE_COLUMNS = {
    "uno": "text_value",
    "district": "token",
    "sex": "token",
    "age": "value",
    "enrolled_on": "date_value",
    "discharged_on": "date_value",
    "discharge_reason": "token",
}
_ROW = ["submission_no", "row"]
_CODED = ("district", "sex", "age", "discharge_reason")


@dataclass(frozen=True)
class Cleaned:
    """What the person rows say; it is not shown when printed.

    Attributes:
        reports: one row per person row that is kept: `submission_no, row, edition, programme, reported_year, uno,
            district, sex, age, enrolled_on, discharged_on, discharge_reason, is_discharged`; for each of these
            variables `<name>__missing`, for the coded ones `<name>__code`; and `content`, all that the row says in one
            text.
        answers: one row per kept row × panel question: `submission_no, row, edition, question, variable, moment, cell,
            code, value, missing`.
        asked: one row per kept row × question of the form: `submission_no, row, question, variable, moment, missing`.
        rejected: `submission_no, row` of rows with neither code nor enrolment date, or no answer at all.
        findings: of `findings.SCHEMA`.
    """

    reports: pl.DataFrame = field(repr=False)
    answers: pl.DataFrame = field(repr=False)
    asked: pl.DataFrame
    rejected: pl.DataFrame
    findings: pl.DataFrame


def clean(
    cells: pl.DataFrame, rows: pl.DataFrame, workbooks: pl.DataFrame, columns: pl.DataFrame, forms: Sequence[Form]
) -> Cleaned:
    """Read every person row.

    Args:
        cells: of `intake.CELLS`.
        rows: of `intake.ROWS`.
        workbooks: `submission_no, edition, programme, reported_year`.
        columns: `submission_no, question, column`: where each question stands, so that an empty cell has an address.
        forms: the editions that occur.
    """
    persons = rows.filter(pl.col("kind") == "person").join(workbooks, on="submission_no")
    spelt = spell(grid(cells, persons, columns, forms), forms)
    read = silence(spelt, forms)
    reports = _reports(read, persons)
    unusable = _unusable(read)
    kept = read.join(unusable, on=_ROW, how="anti", maintain_order="left")
    reports = reports.join(unusable, on=_ROW, how="anti")
    noticed = _noticed(causes(read, unusable, reports))
    return Cleaned(
        reports=reports,
        answers=_answers(kept),
        asked=kept.select(*_ROW, "question", "variable", "moment", "missing"),
        rejected=unusable.select(_ROW),
        findings=collect(
            [
                find(unusable, "row_rejected"),
                named(noticed),
                *check(kept, reports, forms),
            ]
        ),
    )


def _noticed(read: pl.DataFrame) -> pl.DataFrame:
    """The findings that reading left in the frame: faults and notes, each naming a rule."""
    place = ("submission_no", "row", "cell", "question")
    return pl.concat(
        [
            read.select(*place, pl.col(column).alias("rule")).filter(pl.col("rule").is_not_null())
            for column in ("fault", "note")
        ]
    )


def _unusable(read: pl.DataFrame) -> pl.DataFrame:
    """Rows from which no episode can be made: `submission_no, row, has_answer`."""
    is_identified = ((pl.col("variable") == "uno") & pl.col("text_value").is_not_null()) | (
        (pl.col("variable") == "enrolled_on") & pl.col("date_value").is_not_null()
    )
    has_answer = (pl.col("variable") != "uno") & ~pl.col("is_blank")
    return (
        read.group_by(_ROW)
        .agg(is_identified.any().alias("is_identified"), has_answer.any().alias("has_answer"))
        .filter(~(pl.col("is_identified") & pl.col("has_answer")))
        .drop("is_identified")
        .sort(_ROW)
    )


def _reports(read: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """The episode variables of each row, side by side."""

    def of(variable: str, column: str, name: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("variable") == variable).first().alias(name)

    told = [
        of(variable, *pair)
        for variable, column in _EPISODE_COLUMNS.items()
        for pair in [
            (column, variable),
            ("missing", f"{variable}__missing"),
            *([("code", f"{variable}__code")] if variable in _CODED else []),
        ]
    ]
    said = pl.coalesce(pl.col("code", "date_value").cast(pl.String), "text_value").fill_null("")
    content = read.group_by(_ROW).agg(pl.col("is_discharged").first(), said.str.join("|").alias("content"))
    episode = read.filter(~pl.col("is_answer")).group_by(_ROW).agg(told)
    return (
        persons.select(*_ROW, "edition", "programme", "reported_year")
        .join(content, on=_ROW)
        .join(episode, on=_ROW, how="left")
        .sort(_ROW)
    )


def _answers(read: pl.DataFrame) -> pl.DataFrame:
    return read.filter("is_answer").select(
        "submission_no", "row", "edition", "question", "variable", "moment", "cell", "code", "value", "missing"
    )
