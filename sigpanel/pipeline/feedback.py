"""Feedback workbooks into the outbox: one for each workbook that counts, with what its district may see and no more.

A district sees its own rows, and findings about these: none that comes of another district's rows, and none that is the
data owner's to settle. Its bortfall stands beside its own of the year before (of a merged district, that of its parts),
and beside that of the city, where enough districts reported that it tells nothing of a single one.

The row of somebody who has withdrawn stays in its own district's workbook, which is the district's file, and is asked
nothing: what is found in it is found of nobody.

What a feedback workbook looks like is `sigpanel.feedback`'s.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.bortfall import summed
from sigpanel.errors import InputError, PolicyError
from sigpanel.feedback import Feedback, file_name, write_feedback
from sigpanel.feedback.words import texts
from sigpanel.forms import districts, habits
from sigpanel.pipeline.contested import is_returned
from sigpanel.pipeline.progress import progress
from sigpanel.pipeline.standing import PLACE, harmonise

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.pipeline.check import Checked
    from sigpanel.pipeline.study import Study

_FEEDBACK = re.compile(r"aterkoppling-[a-z-]+-\d{4}(?:-\d+)?\.xlsx")
_PART = re.compile(r"(?<=-\d{4})-\d+(?=\.xlsx$)")
_QUESTION = ["programme", "reported_year", "moment", "variable"]


def give_feedback(checked: Checked, outbox: Path, *, is_whole: bool = False) -> dict[int, Path]:
    """Write the feedback on every workbook that was asked for and counts.

    What was written before and is of no workbook any more is removed: of the places that were asked for, and where the
    whole study was (`is_whole`) of any. Nobody shall send a district what it has mended.

    Returns:
        The file of each workbook, by `submission_no`.

    Raises:
        InputError: nothing can be written there.
    """
    named = _names(checked)
    shares = shares_of(checked.bortfall)
    asked = {number: name for number, name in named.items() if number in checked.shown}
    places = {_place_of(name) for name in asked.values()}
    make_outbox(outbox)
    with progress("Writing feedback", len(asked)) as step:
        for number, name in asked.items():
            write_feedback(outbox / name, feedback_on(checked, shares, number))
            step()
    for path in outbox.iterdir():
        is_ours = _FEEDBACK.fullmatch(path.name) and (is_whole or _place_of(path.name) in places)
        if is_ours and path.name not in named.values() and not path.is_dir():
            path.unlink()
    return {number: outbox / name for number, name in asked.items()}


def refuse_outbox(outbox: Path, study: Study) -> None:
    """Refuse an outbox where researchers read: feedback holds codes.

    Raises:
        PolicyError: the outbox is in the researchers' room, or a link, which may lead anywhere.
    """
    research, place = study.research.resolve(), outbox.resolve()
    if outbox.is_symlink() or research == place or research in place.parents:
        raise PolicyError(
            "outbox-in-research",
            "The outbox is a link, or lies where researchers read, and feedback holds codes.",
            remedy="Use owner/outbox, or another folder of the data owner's.",
        )


def make_outbox(outbox: Path) -> None:
    """Make the outbox, for its owner alone, where it is not there.

    Raises:
        InputError: it is no folder, or cannot be made.
    """
    try:
        outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise InputError(
            "outbox",
            "The outbox is no folder, or cannot be made.",
            remedy="Name a folder that can be made, or move away what stands there.",
        ) from None


def _names(checked: Checked) -> dict[int, str]:
    """What the feedback on each workbook that counts is called, asked for or not: parts are numbered.

    Workbooks that contend for a place get none until it is settled which of them holds.
    """
    part = pl.when(pl.len().over(PLACE) > 1).then(pl.int_range(1, pl.len() + 1).over(PLACE)).alias("part")
    settled = checked.judged.live.join(checked.judged.contested, on="submission_no", how="anti")
    places = settled.sort("submission_no").with_columns(part)
    rows = places.select("submission_no", "district", "programme", "reported_year", "part").iter_rows()
    return {number: file_name(*place) for number, *place in rows}


def _place_of(name: str) -> str:
    """The name without the number of a part."""
    return _PART.sub("", name)


def feedback_on(checked: Checked, shares: pl.DataFrame, number: int) -> Feedback:
    """What one recognised workbook's district may see of it; `shares` are those of `shares_of`."""
    book = checked.delivery.books[number]
    (of_it,) = checked.judged.workbooks.filter(submission_no=number).select("district", "reported_year").iter_rows()
    district, year = of_it
    own = checked.judged.workbooks.filter(submission_no=number).select(PLACE)
    questions = pl.DataFrame(
        [(question.no, question.name, question.variable, question.moment) for question in book.form.questions],
        schema={"no": pl.Int32, "question": pl.String, "variable": pl.String, "moment": pl.String},
        orient="row",
    )
    bortfall = (
        shares.join(own, on=PLACE, how="semi", nulls_equal=True)
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
        findings=_for_districts(checked.findings.filter(submission_no=number)),
        bortfall=bortfall,
        n_comments=len(book.comments),
        n_notes=0 if is_returned(book) else book.n_notes,
    )


def _for_districts(findings: pl.DataFrame) -> pl.DataFrame:
    """What a district may see; nothing of a cell that the data owner corrected, since what was judged is not theirs."""
    corrected = findings.filter(rule="cell_corrected")["cell"]
    return findings.filter(
        ~pl.col("rule").is_in(list(texts().not_for_districts)),
        ~pl.col("cell").is_in(corrected.implode()).fill_null(value=False),
    )


def shares_of(counts: pl.DataFrame) -> pl.DataFrame:
    """Each place's bortfall by question, beside that of the year before and of the city.

    The year before is that of the district by its own name, or, where there was none of that name yet, of the districts
    that became it: by today's frame a district would be shown its neighbour's. The city's is told where enough of
    today's districts were asked, since those that were merged know each other's.

    Returns:
        `programme, district, reported_year, moment, variable, asked, answered, share, share_last_year, share_city`.
    """
    told = counts.filter(pl.col("district").is_not_null())
    place = [*_QUESTION, "district"]
    became = {name: entry.successor for name, entry in districts().items() if entry.successor}
    merged = told.filter(pl.col("district").is_in(list(became))).with_columns(pl.col("district").replace(became))
    before = (
        pl.concat([summed(told, place), summed(merged, place)])
        .unique(place, keep="first", maintain_order=True)
        .select(*place, pl.col("share").alias("share_last_year"))
        .with_columns(pl.col("reported_year") + 1)
    )
    asked = told.filter(pl.col("asked") > 0).with_columns(harmonise(pl.col("district")).alias("today"))
    enough = (
        asked.group_by(_QUESTION)
        .agg(pl.col("today").n_unique())
        .filter(pl.col("today") >= habits().city_least_districts)
    )
    city = (
        summed(told, _QUESTION)
        .join(enough, on=_QUESTION, how="semi")
        .select(*_QUESTION, pl.col("share").alias("share_city"))
    )
    return summed(counts, place).join(before, on=place, how="left").join(city, on=_QUESTION, how="left")
