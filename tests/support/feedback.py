"""From workbooks to the feedback on each, as `sigpanel check` will put it together: read, cleaned, judged, counted."""

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from sigpanel.clean.bortfall import bortfall
from sigpanel.feedback import Feedback
from sigpanel.forms import form, letters_and_digits
from sigpanel.intake.book import letters
from sigpanel.intake.recognise import recognise
from sigpanel.intake.xlsx import read as read_book
from sigpanel.pipeline.check import Checked, check
from sigpanel.pipeline.standing import standing

EMPTY_BORTFALL = pl.DataFrame(
    schema={"question": pl.String, "asked": pl.Int32, "answered": pl.Int32, "share": pl.Float64}
    | {"share_last_year": pl.Float64, "share_city": pl.Float64}
)


def head_of(path: Path) -> dict:
    """Return where header row, title and answer row stand, told from the cells alone."""
    header = recognise(read_book(path))
    above = [cell for cell in header.sheet.cells if cell.row < header.row]
    title = letters_and_digits(header.form.title)
    titles = [(cell.row, cell.column) for cell in above if letters_and_digits(cell.text).startswith(title)]
    answers = [cell.row for cell in above if cell.column in header.columns and re.search(r"\d\s*=", cell.text)]
    return {
        "header_row": header.row,
        "title_at": titles[0] if titles else None,
        "answer_row": max(answers, default=None),
    }


def all_feedback(paths: Sequence[Path], year: int | None = None) -> dict[Path, Feedback]:
    """Return the feedback on each workbook that was recognised."""
    return feedback_of(check(paths, year))


def one_feedback(path: Path, year: int = 2022) -> Feedback:
    """Return the feedback on one workbook."""
    return all_feedback([path], year)[path]


def feedback_of(checked: Checked) -> dict[Path, Feedback]:
    """Return the feedback on each workbook of what was checked."""
    delivery = checked.delivery
    districts = dict(standing(delivery).workbooks.select("submission_no", "district").iter_rows())
    shares = _shares(checked, districts)
    made = {}
    for number, reported_year, edition in delivery.workbooks.select(
        "submission_no", "reported_year", "edition"
    ).iter_rows():
        path = delivery.sources[number].path
        header = recognise(read_book(path))
        of_it = pl.col("submission_no") == number
        made[path] = Feedback(
            form=form(edition),
            district=districts[number],
            reported_year=reported_year,
            **head_of(path),
            columns={question.name: letters(column) for column, question in header.columns.items()},
            cells=delivery.cells.filter(of_it),
            rows=delivery.rows.filter(of_it),
            findings=checked.findings.filter(of_it),
            bortfall=shares.filter(of_it).select(EMPTY_BORTFALL.columns),
        )
    return made


def _shares(checked: Checked, districts: dict[int, str]) -> pl.DataFrame:
    place = pl.col("submission_no").replace_strict(districts, return_dtype=pl.String).alias("district")
    books = checked.delivery.workbooks.select("submission_no", "programme", "reported_year", place)
    answers = checked.delivery.cleaned.answers.join(books, on="submission_no")
    key = ["programme", "reported_year", "variable", "moment"]
    own = bortfall(answers, ["submission_no", "district", *key, "question"])
    city = bortfall(answers, key).select(*key, pl.col("share").alias("share_city"))
    before = bortfall(answers, [*key, "district"]).select(
        *key, "district", pl.col("share").alias("share_last_year")
    ).with_columns(pl.col("reported_year") + 1)  # fmt: skip
    joined = own.join(city, on=key, how="left").join(before, on=[*key, "district"], how="left")
    return joined.sort("submission_no", pl.col("question").str.slice(1).cast(pl.Int32))
