"""Episodes of three districts and the pairs among them, as `resolve` would give them, written as one reads them.

A pair is a mapping from column to value; what it does not say is alike in all: a pair of one code, in doubt.
"""

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from sigpanel.decisions import NO_LINK_DECISIONS, Decided, LinkDecision, LinkDecisions, decide
from sigpanel.review import PAIRS, PLACES, Listed, Taken, read_review, write_review
from sigpanel.review.words import review_texts
from tests.support.episodes import episodes as small
from tests.support.reports import pseudonyms

TABLE = """
    name  district    code    sex     enrolled    discharged  person
    a1    farsta      AP0712  male    2022-02-01  2022-11-30  A
    a2    farsta      AP0712  male    2023-03-01  -           A
    b1    farsta      BK0520  female  2022-04-01  2022-09-30  B
    b2    farsta      BS0520  female  2024-01-15  -           C
    c1    jarva       AP0712  male    2022-05-01  2023-01-31  D
    c2    skarpnack   CD0403  male    2022-05-01  2023-01-31  E
    c3    skarpnack   DC0403  male    2023-05-01  2023-08-31  F
"""


def episodes(table: str = TABLE) -> pl.DataFrame:
    """Episodes with the `person_id` that the table's column `person` says."""
    rows = [line.split() for line in table.strip().splitlines()]
    named = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    persons = [row.pop("person", row["name"]) for row in named]
    return small(named).with_columns(pl.Series("person_id", persons), pl.lit(None, pl.Int32).alias("known_months"))


EPISODES = episodes()
TODAY = dt.date(2024, 4, 1)


def id_of(name: str) -> str:
    """An id in the shape of our own, in whose order those of other names stand as the names do."""
    return f"e{name.translate(str.maketrans('123456789', '234567wxy')):a<25}a"


def with_ids(of: pl.DataFrame) -> pl.DataFrame:
    """A table with ids in the place of the names of episodes, as a file of decisions must have them."""
    names = [name for name in ("episode_id", "episode_a", "episode_b", "runner_up") if name in of.columns]
    return of.with_columns(pl.col(names).map_elements(id_of, return_dtype=pl.String))


def places(of: pl.DataFrame = EPISODES) -> pl.DataFrame:
    """Each episode in one row of one workbook of its own district."""
    return of.select(
        "episode_id",
        pl.format("{}/{}.xlsx", "first_reported_year", "district").alias("file"),
        pl.int_range(9, pl.len() + 9, dtype=pl.Int32).alias("row"),
        pl.col("first_reported_year").alias("reported_year"),
        "district",
    ).cast(PLACES)


def pair(a: str, b: str, **more: Any) -> dict[str, Any]:
    bits = {name: 0.5 for name in PAIRS.names() if name.startswith("bits_")}
    return {
        **dict.fromkeys(PAIRS.names()),
        **bits,
        "episode_a": a,
        "episode_b": b,
        "rule": "same_code",
        "class": "review",
        "decided_by": "rule",
        "probability": 0.6,
    } | more


def pairs(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=PAIRS)


def decision(a: str, b: str, verdict: str = "same", digest: str = "d", **more: Any) -> LinkDecision:
    sound = {"reason": "Akten", "who": "A.B.", "date": dt.date(2024, 2, 1)}
    return LinkDecision(a, b, verdict, digest=digest, **(sound | more))


def decided(*decisions: LinkDecision, of: pl.DataFrame = EPISODES) -> Decided:
    return decide(LinkDecisions(decisions) if decisions else NO_LINK_DECISIONS, of, pseudonyms)


def listed(*rows: dict[str, Any], of: pl.DataFrame = EPISODES, by: Decided | None = None) -> Listed:
    return write_review(pairs(*rows), of, places(of), by or decided(of=of), pseudonyms)


def opened(path: Path) -> openpyxl.Workbook:
    """A list as openpyxl reads it, which knows no bars."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*extension is not supported", category=UserWarning)
        return openpyxl.load_workbook(path)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a list, by the names of their columns, each with its `row` and the question above it."""
    sheet = opened(path).worksheets[1]
    names = {header: name for name, header in review_texts().columns.items()}
    heads = {cell.column: names[cell.value] for cell in sheet[2]}
    found, kind = [], None
    for row in sheet.iter_rows(min_row=3):
        if not isinstance(row[0].value, int):
            kind = next(cell.value for cell in row if cell.value)
        else:
            found.append({"row": row[0].row, "kind": kind} | {heads[cell.column]: cell.value for cell in row})
    return found


def taken(path: Path) -> Taken:
    return read_review(path, pseudonyms, today=TODAY)


def digest_in(line: dict[str, Any]) -> str:
    """The digest of a line, without the check that follows it."""
    return line["digest"].split("-")[0]


def answer(path: Path, *answers: tuple[int, str | None, Any, Any, Any], **cells: Any) -> Path:
    """Fill in verdict, reason, who and date of lines, counted from 0, as somebody does in Excel."""
    book = opened(path)
    sheet = book.worksheets[1]
    at = {cell.value: cell.column for cell in sheet[2]}
    rows = [line["row"] for line in lines_of(path)]
    for no, *texts in answers:
        for name, text in zip(("verdict", "reason", "who", "date"), texts, strict=True):
            sheet.cell(rows[no], at[review_texts().columns[name]], text)
    for address, value in cells.items():
        sheet[address] = value
    book.save(path)
    return path
