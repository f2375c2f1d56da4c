"""Feedback workbooks into the outbox: one for each workbook that counts, with what its district may see and no more.

A district sees its own rows, and findings about these: none that comes of another district's rows, and none that is the
data owner's to settle. Its bortfall stands beside its own of the year before (of a merged district, that of its parts),
and beside that of the city, where enough districts reported that it tells nothing of a single one.

What a feedback workbook looks like is `sigpanel.feedback`'s.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.bortfall import summed
from sigpanel.feedback import Feedback, file_name, write_feedback
from sigpanel.feedback.words import texts
from sigpanel.forms import habits
from sigpanel.pipeline.progress import progress
from sigpanel.pipeline.standing import PLACE, harmonise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sigpanel.pipeline.check import Checked

_QUESTION = ["programme", "reported_year", "moment", "variable"]


def give_feedback(checked: Checked, outbox: Path) -> list[Path]:
    """Write the feedback on every workbook that was asked for and counts; older feedback for their places is removed.

    Returns:
        The files, in the order of the workbooks.

    Raises:
        InputError: nothing can be written there.
    """
    books = checked.judged.live.filter(pl.col("submission_no").is_in(list(checked.shown)))
    places = books.with_columns(
        pl.when(pl.len().over(PLACE) > 1).then(pl.int_range(1, pl.len() + 1).over(PLACE)).alias("part")
    ).select("submission_no", "district", "programme", "reported_year", "part")
    shares = shares_of(checked.bortfall)
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_older(outbox, (file_name(*place) for _, *place, _ in places.iter_rows()))
    written = []
    with progress("Writing feedback", places.height) as step:
        for number, *place in places.iter_rows():
            path = outbox / file_name(*place)
            write_feedback(path, feedback_on(checked, shares, number))
            written.append(path)
            step()
    return written


def _remove_older(outbox: Path, names: Iterable[str]) -> None:
    """Remove what was written for these places before: there may have been more parts."""
    stems = {re.escape(name.removesuffix(".xlsx")) for name in names}
    mine = re.compile(rf"(?:{'|'.join(sorted(stems))})(?:-\d+)?\.xlsx")
    for path in outbox.iterdir():
        if stems and mine.fullmatch(path.name):
            path.unlink()


def feedback_on(checked: Checked, shares: pl.DataFrame, number: int) -> Feedback:
    """What one recognised workbook's district may see of it; `shares` are those of `shares_of`."""
    book = checked.delivery.books[number]
    (of_it,) = checked.judged.workbooks.filter(submission_no=number).select("district", "reported_year").iter_rows()
    district, year = of_it
    own = checked.judged.workbooks.filter(submission_no=number).select(
        *PLACE, harmonise(pl.col("district")).alias("today")
    )
    questions = pl.DataFrame(
        [(question.no, question.name, question.variable, question.moment) for question in book.form.questions],
        schema={"no": pl.Int32, "question": pl.String, "variable": pl.String, "moment": pl.String},
        orient="row",
    )
    bortfall = (
        shares.join(own, on=[*PLACE, "today"], how="semi", nulls_equal=True)
        .join(questions, on=["variable", "moment"])
        .sort("no")
        .select("question", "asked", "answered", "share", "share_last_year", "share_city")
    )
    return Feedback(
        form=book.form,
        district=district,
        reported_year=year,
        header_row=book.header_row,
        title_at=book.title_at,
        answer_row=book.answer_row,
        columns=book.columns,
        cells=book.cells,
        rows=book.rows,
        findings=checked.findings.filter(
            (pl.col("submission_no") == number) & ~pl.col("rule").is_in(list(texts().not_for_districts))
        ),
        bortfall=bortfall,
        n_comments=len(book.comments),
        n_notes=book.n_notes,
    )


def shares_of(counts: pl.DataFrame) -> pl.DataFrame:
    """Each place's bortfall by question, beside that of the year before and of the city.

    Returns:
        `programme, district, today, reported_year, moment, variable, asked, answered, share, share_last_year,
        share_city`, where `today` is the district in today's frame.
    """
    placed = counts.with_columns(harmonise(pl.col("district")).alias("today"))
    own = summed(placed, [*_QUESTION, "district", "today"])
    before = summed(placed, [*_QUESTION, "today"]).select(*_QUESTION, "today", pl.col("share").alias("share_last_year"))
    city = (
        summed(placed.filter(pl.col("district").is_not_null()), _QUESTION)
        .join(
            placed.filter(pl.col("asked") > 0).group_by(_QUESTION).agg(pl.col("district").drop_nulls().n_unique()),
            on=_QUESTION,
        )
        .filter(pl.col("district") >= habits().city_least_districts)
        .select(*_QUESTION, pl.col("share").alias("share_city"))
    )
    return own.join(before.with_columns(pl.col("reported_year") + 1), on=[*_QUESTION, "today"], how="left").join(
        city, on=_QUESTION, how="left"
    )
