"""Find and read every workbook of a delivery, in the data owner's room.

A workbook's folder is its reporting year; its programme is its form's. Every file is a delivery unless a system left it
there: what cannot be read is refused by name, and collected rather than raised. Which of the workbooks count is for
`standing` to say, and what a refusal stops for `build`.

File names are kept for the data owner's messages and go nowhere else.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import clean, intake
from sigpanel.clean import Cleaned
from sigpanel.collector import uncollected
from sigpanel.decisions import NO_CORRECTIONS, Corrected, Corrections, apply
from sigpanel.errors import InputError
from sigpanel.findings import SCHEMA
from sigpanel.forms import Form, habits
from sigpanel.pipeline.content import identified
from sigpanel.pipeline.declared import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sigpanel.pipeline.content import Pseudonyms
    from sigpanel.pipeline.declared import Declared

WORKBOOKS = pl.Schema(
    {
        "submission_no": pl.Int32,
        "reported_year": pl.Int16,
        "programme": pl.String,
        "edition": pl.String,
        "sheet_no": pl.Int16,
        "n_rows": pl.Int32,
    }
)


_YEAR = re.compile(r"2[0-2][0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A file of the delivery.

    Where it lies, its name for the data owner (relative to the submissions), and its year.
    """

    path: Path
    name: str
    year: int


@dataclass(frozen=True)
class Refusal:
    """A workbook that cannot be used: its number, the rule that refused it, and the place."""

    submission_no: int
    source: Source
    rule: str
    place: str | None


@dataclass(frozen=True)
class Delivery:
    """What was read.

    Attributes:
        sources: every file, by `submission_no`.
        workbooks: of schema `WORKBOOKS`, one row per workbook that was recognised.
        rows: of `intake.ROWS`.
        cells: of `intake.CELLS`, as they were read, by workbook, row and question.
        identity: by what each workbook is known, of `content.identified`.
        corrected: what the data owner's corrections made of the cells.
        cleaned: what the person rows say, once corrected.
        books: each recognised workbook as it was read, by `submission_no`.
        refusals: the files that are no usable workbook.
        findings: what was noticed while recognising, of `findings.SCHEMA`.
    """

    sources: tuple[Source, ...]
    workbooks: pl.DataFrame
    rows: pl.DataFrame
    cells: pl.DataFrame
    identity: pl.DataFrame
    corrected: Corrected = field(repr=False)
    cleaned: Cleaned
    books: Mapping[int, intake.Workbook] = field(repr=False)
    refusals: tuple[Refusal, ...]
    findings: pl.DataFrame


def find_sources(submissions: Path) -> tuple[Source, ...]:
    """Every file in the folders of the reporting years, at any depth.

    Hidden files, the lock files that Excel leaves (`~$…`) and what systems leave in folders are no deliveries. Every
    other file is one, whatever it is called: what is no workbook is refused by name, not passed over.

    Raises:
        InputError: a file lies outside the folder of a year, or a folder cannot be looked into.
    """
    found = []
    for path in files_below(submissions):
        relative = path.relative_to(submissions)
        year = relative.parts[0]
        if len(relative.parts) == 1 or not is_year(year):
            raise InputError(
                "submission-without-year",
                f"A file lies outside the folder of a reporting year in owner/submissions: {name_of(relative)}",
                remedy="Move each workbook to owner/submissions/<year>/, named by the year that it reports.",
            )
        found.append(Source(path, name_of(relative), int(year)))
    return tuple(found)


def is_year(name: str) -> bool:
    """Whether a folder's name is a reporting year: of this century, or thereabouts."""
    return bool(_YEAR.fullmatch(name))


def files_below(folder: Path) -> list[Path]:
    """Everything in a folder that is no folder and no litter, in order of name.

    Raises:
        InputError: a folder below cannot be looked into, or is a link, which could lead anywhere or round in a circle.
    """
    found = []
    for path in sorted(_listed(folder)):
        if _is_litter(path):
            continue
        if path.is_symlink() and path.is_dir():
            raise _closed(path, "is a link to another folder")
        found += files_below(path) if path.is_dir() else [path]
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        raise _closed(folder, "cannot be looked into") from None


def _closed(folder: Path, why: str) -> InputError:
    return InputError(
        "folder-closed",
        f"A folder of workbooks {why}: {name_of(Path(folder.name))}",
        remedy="Put the workbooks themselves there, in folders that you may read.",
    )


def _is_litter(path: Path) -> bool:
    """Whether a file was left by a system rather than put there: hidden, a lock of Excel's, a folder's own notes."""
    return path.name.startswith(("~$", ".")) or path.name in habits().litter


def name_of(path: Path) -> str:
    """A file's name as text that may be printed, which it need not be.

    A zip file from elsewhere unpacks to names in another code, and a name may hold a line break or what a terminal
    takes for a command.
    """
    text = os.fsencode(path.as_posix()).decode("utf-8", errors="backslashreplace")
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def read_delivery(
    sources: Sequence[Source],
    progress: Callable[[], None] = lambda: None,
    *,
    corrections: Corrections = NO_CORRECTIONS,
    pseudonyms: Pseudonyms | None = None,
    said: Declared = NOTHING,
) -> Delivery:
    """Read, correct and clean every workbook; refusals are collected, not raised.

    Args:
        sources: the files; a file's place in it is its `submission_no`.
        progress: called after each file.
        corrections: what the data owner decided about cells and rows.
        pseudonyms: turns texts into keyed ids, by purpose; without a key workbooks have no ids.
        said: what is declared of single workbooks.

    Raises:
        InputError: a correction does not fit.
    """
    books: list[tuple[int, Source, intake.Workbook]] = []
    refusals = []
    # Reading makes a tuple a cell and no cycles.
    with uncollected():
        for number, source in enumerate(sources):
            try:
                books.append((number, source, intake.read(source.path, submission_no=number, year=source.year)))
            except intake.Refused as refused:
                refusals.append(Refusal(number, source, refused.rule, refused.place))
            progress()
    workbooks = pl.DataFrame(
        [
            (number, source.year, book.form.programme, book.form.edition, book.sheet_no, len(book.kinds))
            for number, source, book in books
        ],
        schema=WORKBOOKS,
        orient="row",
    )
    read = [book for *_, book in books]
    rows = intake.rows_of(read)
    # By question, so that neither a moved column nor the order of files changes what is said, wherever it is compared.
    cells = intake.cells_of(read).sort("submission_no", "row", "question")
    findings = pl.concat([pl.DataFrame(schema=SCHEMA), *(book.findings for book in read if book.findings.height)])
    columns = _columns(books)
    identity = identified(workbooks, cells, findings, said.replaced, pseudonyms)
    names = {source.name: number for number, source in enumerate(sources)}
    ids = dict(identity.select("submission_id", "submission_no").drop_nulls().iter_rows())
    corrected = apply(corrections, files=names | ids, cells=cells, rows=rows, columns=columns)
    persons = corrected.without_dropped(rows)
    return Delivery(
        sources=tuple(sources),
        workbooks=workbooks,
        rows=rows,
        cells=cells,
        identity=identity,
        corrected=corrected,
        cleaned=clean.clean(corrected.cells, persons, workbooks, columns, _editions(books)),
        books={number: book for number, _, book in books},
        refusals=tuple(refusals),
        findings=findings,
    )


def _columns(books: Iterable[tuple[int, Source, intake.Workbook]]) -> pl.DataFrame:
    places = [(number, question, column) for number, _, book in books for question, column in book.columns.items()]
    schema = {"submission_no": pl.Int32, "question": pl.String, "column": pl.String}
    return pl.DataFrame(places, schema=schema, orient="row")


def _editions(books: Iterable[tuple[int, Source, intake.Workbook]]) -> list[Form]:
    return list({book.form.edition: book.form for _, _, book in books}.values())
