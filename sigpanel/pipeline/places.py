"""Whether a workbook is where it belongs: its folder and name against what its rows say.

The folder is the reporting year, and most rows' SDF is the district: that stands. A file that is called after another
district, programme or year, or whose dates are of another year, is a finding: one of the two is wrong, and which one is
the data owner's to see. A name that says nothing contradicts nothing.

The names of the functions are the names of the rules. None of them tells what the name or the rows say.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from sigpanel.findings import find
from sigpanel.forms import districts, habits, harmonised, letters_and_digits, programmes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sigpanel.pipeline.deliveries import Delivery, Source
    from sigpanel.pipeline.standing import Standing

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_Said = TypeVar("_Said", str, int)
_WORD = re.compile(r"[^\W\d_]+")


def misplaced(
    delivery: Delivery, judged: Standing, reports: pl.DataFrame, received: Mapping[int, dt.date]
) -> list[pl.DataFrame]:
    """The findings about where workbooks lie, what they are called, and when they came."""
    books = judged.live
    names = [_below_the_year(delivery.sources[number]) for number in books["submission_no"]]
    late = pl.Series([day > due_on(year) for year, day in _received(books, received)], dtype=pl.Boolean)
    came = books.filter(pl.col("submission_no").is_in(list(received)))
    return [
        *(find(books.filter(check(books, names)), check.__name__) for check in _NAME_CHECKS),
        find(year_contradicts_content(reports), "year_contradicts_content"),
        find(nothing_in_reporting_year(reports), "nothing_in_reporting_year"),
        find(came.filter(late), "received_after_deadline"),
    ]


def due_on(year: int) -> dt.date:
    """The day by which a year's workbook is to be sent."""
    return dt.date(year + 1, habits().deadline_month, habits().deadline_day)


def _received(books: pl.DataFrame, received: Mapping[int, dt.date]) -> list[tuple[int, dt.date]]:
    rows = books.select("submission_no", "reported_year").iter_rows()
    return [(year, received[number]) for number, year in rows if number in received]


def _below_the_year(source: Source) -> str:
    """The file's path below the folder of the year, which is no part of what the office called it."""
    parts = PurePosixPath(source.name).parts
    return "/".join(parts[1:] if len(parts) > 1 and parts[0] == str(source.year) else parts)


def district_differs_from_file_name(books: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """The name has one district in it, and it is another than the rows'; a new label of the same place is no other."""
    labels = {_words(text): entry for entry in districts().values() for text in (entry.sv, entry.token)}
    said = [{harmonised(entry.token) for label, entry in labels.items() if label in _words(name)} for name in names]
    own = [harmonised(district) if district else None for district in books["district"]]
    return _contradicted(own, said)


def programme_differs_from_file_name(books: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """The name has one programme in it as a word, and it is another than the form's."""
    said = [{word.casefold() for word in _WORD.findall(name)} & programmes().keys() for name in names]
    return _contradicted(books["programme"].to_list(), said)


def year_differs_from_file_name(books: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """The name has one year in it, and it is neither the folder's nor the next, in which it was sent."""
    own = books["reported_year"].to_list()
    said = [{int(found) for found in _YEAR.findall(name)} - {year + 1} for year, name in zip(own, names, strict=True)]
    return _contradicted(own, said)


@lru_cache
def _words(name: str) -> str:
    """The words of a name, folded, each between bars: a district is told by whole words, not by part of a surname."""
    return f"|{'|'.join(letters_and_digits(word) for word in _WORD.findall(unicodedata.normalize('NFC', name)))}|"


_NAME_CHECKS: tuple[Callable[[pl.DataFrame, Sequence[str]], pl.Series], ...] = (
    district_differs_from_file_name,
    programme_differs_from_file_name,
    year_differs_from_file_name,
)


def _contradicted(own: Sequence[_Said | None], said: Sequence[set[_Said]]) -> pl.Series:
    found = [
        mine is not None and len(theirs) == 1 and mine not in theirs for mine, theirs in zip(own, said, strict=True)
    ]
    return pl.Series(found, dtype=pl.Boolean)


def year_contradicts_content(reports: pl.DataFrame) -> pl.DataFrame:
    """The workbooks most of whose dates are of another year than the folder: `submission_no`.

    Either most rows have a date after the year, or every row tells of an insats that had ended before the year began.
    Of one or two rows each is remarked upon by itself.
    """
    year = pl.col("reported_year")
    is_after = pl.any_horizontal(
        (pl.col(name).dt.year() > year).fill_null(value=False) for name in ("enrolled_on", "discharged_on")
    )
    is_before = (pl.col("discharged_on").dt.year() < year).fill_null(value=False)
    return (
        reports.group_by("submission_no")
        .agg(pl.len().alias("n"), is_after.mean().alias("after"), is_before.all().alias("before"))
        .filter(
            (pl.col("n") >= habits().other_year_least_rows)
            & ((pl.col("after") >= habits().other_year_least_share) | pl.col("before"))
        )
        .select("submission_no")
        .sort("submission_no")
    )


def nothing_in_reporting_year(reports: pl.DataFrame) -> pl.DataFrame:
    """The workbooks that have some rows, of which none was enrolled or discharged in the year: `submission_no`."""
    year = pl.col("reported_year")
    is_of_the_year = pl.any_horizontal(
        (pl.col(name).dt.year() == year).fill_null(value=False) for name in ("enrolled_on", "discharged_on")
    )
    return (
        reports.group_by("submission_no")
        .agg(pl.len().alias("n"), is_of_the_year.any().alias("is_of_the_year"))
        .filter((pl.col("n") >= habits().other_year_least_rows) & ~pl.col("is_of_the_year"))
        .select("submission_no")
        .sort("submission_no")
    )
