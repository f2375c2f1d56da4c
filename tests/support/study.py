"""A small real study: six workbooks, nine episodes, and planted in it everything that must never come out.

Each workbook is a table of reports, in years that meet: somebody is reported again, changes an answer, comes back,
moves, is there when the district gets its new name. `SECRETS` stand in every place where a workbook or the cohort file
can hold something; what is scanned for in `tests/privacy` is the same study that everything else is tested on.
"""

import datetime as dt
import functools
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pytest

from sigpanel import intake
from sigpanel.forms import forms
from sigpanel.forms.write import Cell, Layout, OwnColumn, Row, write_form
from sigpanel.pipeline.build import build
from sigpanel.pipeline.study import Study, create_study, open_study

# Fixed, and like chance: bytes that count up stand in Parquet too, as a page of packed indices.
SECRET = bytes.fromhex("62e06afae76e58894f48c1a8e4c2eaab79416899b289c2e21ffa2888f4eb6de1")

# What stands in the cells, files and properties of the study and must not come out of it. The codes have digits that no
# id has (ids are base32), so that none can turn up by chance.
CODES = ("QX0619", "ZW0708", "ÅX0809", "QZ0910", "XQ9001", "WZ9118")
SECRETS = {
    "name in the code's cell": "KALLE KANARIE 19990101-1234",
    "text for an answer": "Bor hos moster Kanarina",
    "text for an age": "fyller femtonkanarie",
    "text for a date": "kanarievåren 2022",
    "comment": "Lillasyster Kanariefågel också aktuell",
    "note": "Heter egentligen Sixten Kanariesson",
    "own column's text": "Handl. Kanariensson",
    "own column's header": "Kanarieenheten",
    "banner": "Kanariebanér, redovisning",
    "footer": "Lämnat av Kanariesamordnarna",
    "sheet name": "Kanarieblad",
    "extra sheet": "Kanariekopia (2)",
    "author": "Britta Kanariegren",
    "file name": "Farsta siskefil",
    "folder name": "från Siskekontoret",
    "study id of the cohort": "KANARIE-017",
}

# An answer to every question, consistent with itself: a boy in school whom everything goes well for.
_USUAL = {
    "sex": 1,
    "school_enrolled": 1,
    "school_functioning": 1,
    "work_or_internship": 3,
    "physical_health": 7,
    "mental_health": 6,
    "discharge_reason": 1,
}
_NOT_SAID = object()


@dataclass(frozen=True)
class Said:
    """What a district says of an episode in a year. `at_discharge` are the answers to what is asked a second time."""

    uno: Cell
    enrolled_on: Cell
    age: Cell
    discharged_on: Cell = None
    answers: Mapping[str, Cell] = field(default_factory=dict)
    at_discharge: Mapping[str, Cell] = field(default_factory=dict)

    def cell(self, variable: str, moment: str) -> Cell:
        if moment == "discharge" and self.discharged_on is None:
            return None
        if variable in ("uno", "enrolled_on", "age", "discharged_on"):
            return getattr(self, variable)
        own = self.at_discharge if moment == "discharge" else self.answers
        if variable in own:
            return own[variable]
        return _USUAL.get(variable, 0 if "crimes" in variable else 1)


def said(uno: Cell, enrolled: str | None, age: Cell, discharged: str | None = None, /, **answers: Cell) -> Said:
    """Short for the tables below; `answers` are those at enrolment."""
    dates = [dt.date.fromisoformat(day) if day else None for day in (enrolled, discharged)]
    return Said(uno, dates[0], age, dates[1], answers)


@dataclass(frozen=True)
class Book:
    """A workbook of one district, year and programme. `district` is the code on that year's form."""

    file: str
    edition: str
    district: int
    rows: Sequence[Said]
    layout: Layout = field(default_factory=Layout)

    def write(self, submissions: Path) -> Path:
        path = submissions / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_form(path, forms()[self.edition], [self._row(row) for row in self.rows], layout=self.layout)
        return path

    def _row(self, row: Said) -> Row:
        form = forms()[self.edition]
        cells = {question.no: row.cell(question.variable, question.moment) for question in form.questions}
        return {**cells, form.by_key["district", "enrolment"].no: row.answers.get("district", self.district)}


A, B, E, F, G = "QX0619", "ZW0708", "ÅX0809", "QZ0910", "XQ9001"

# Every way of adding something to a workbook that nobody is to see.
SECRETIVE = Layout(
    sheet=SECRETS["sheet name"],
    extra_sheet=SECRETS["extra sheet"],
    banner=SECRETS["banner"],
    leading_rows=1,
    own_columns=(OwnColumn(5, SECRETS["own column's header"], SECRETS["own column's text"]),),
    comments={0: SECRETS["comment"], 2: f"{SECRETS['comment']} {A}"},
    notes={0: SECRETS["note"], 1: f"{SECRETS['note']} {B}"},
    author=SECRETS["author"],
    sum_row=True,
    footer=SECRETS["footer"],
)
FARSTA_2022 = Book(
    f"2022/{SECRETS['folder name']}/{SECRETS['file name']}.xlsx",
    "sig-unga-2022",
    2,
    (
        said(A, "2022-03-01", 15, suspected_crimes_before=99, mental_health=99, physical_health=999),
        said(B, "2022-01-20", 14, "2022-10-01", school_enrolled=6, school_functioning=None, stable_housing=None),
        said(
            SECRETS["name in the code's cell"], "2022-05-02", SECRETS["text for an age"],
            stable_housing=SECRETS["text for an answer"],
        ),
        replace(said(None, None, 16), enrolled_on=SECRETS["text for a date"]),
    ),
    SECRETIVE,
)  # fmt: skip
BOOKS = (
    Book(
        "2020/Skarpnäck vuxna.xlsx", "sig-vuxna-2020", 3,
        (said(G, "2020-02-02", 29, "2020-12-01", school_enrolled=6, school_functioning=3, work_or_internship=1),),
    ),
    FARSTA_2022,
    Book(
        "2023/Farsta unga.xlsx", "sig-unga-2022", 2,
        (
            said(A, "2022-03-01", 15, "2023-02-01", suspected_crimes_before=99, stable_housing=2, mental_health=99),
            said(B, "2023-04-01", 15),
            said(B, "2023-04-01", 15),
        ),
    ),
    Book(
        "2023/Rinkeby-Kista unga.xlsx", "sig-unga-2022", 1,
        (said(E, "2023-05-05", 14), said(F, "2023-02-02", 13, "2023-09-01", sex=2)),
    ),
    Book("2024/Farsta unga.xlsx", "sig-unga-2024", 2, (said(B, "2023-04-01", 15, "2024-02-01"),)),
    Book(
        "2024/Järva unga.xlsx", "sig-unga-2024", 1,
        (
            said(E, "2023-05-05", 14, "2024-03-03"),
            said(F, "2024-05-02", 14, sex=2),
            said(B, "2024-02-01", 16),
        ),
    ),
)  # fmt: skip
COHORT = (
    "deltagare;uno-kod;kön;födelseår;inskriven;avslutad\r\n"
    f"{SECRETS['study id of the cohort']};{G};Man;1990;2014-03-01;2015-03-01\r\n"
    "S-2;;Kvinna;1991;2015-01-10;\r\n"
    f"S-3;{CODES[5]};Kvinna;1991;2013-05-05;2014-02-02\r\n"
)


def make_study(root: Path, books: Sequence[Book] = BOOKS, cohort: str | None = COHORT) -> Study:
    """A study with these workbooks, and its key beside it."""
    create_study(root)
    for book in books:
        book.write(root / "owner" / "submissions")
    if cohort is not None:
        (root / "owner" / "cohort" / "2013.csv").write_text(cohort, encoding="utf-8-sig", newline="")
    settle(root)
    return open_study(root)


def settle(root: Path, *settings: str) -> Study:
    """Write a study's settings: its own key file, and what is given."""
    key = root.with_name(f"{root.name}.key")
    if not key.exists():
        key.write_bytes(SECRET)
        key.chmod(0o600)
    (root / "sigpanel.toml").write_text("\n".join([f'key_file = "{key}"', *settings, ""]), encoding="utf-8")
    return open_study(root)


def copied(study: Study, to: Path, *settings: str) -> Study:
    """The same study at another place, with a key file of its own that holds the same key, and what lies beside it."""
    shutil.copytree(study.root, to)
    for beside in study.root.parent.glob(f"{study.root.name}.key.*"):
        shutil.copy(beside, to.with_name(f"{to.name}{beside.name.removeprefix(study.root.name)}"))
    return settle(to, *settings)


def changed(books: Sequence[Book], file: str, **changes: object) -> tuple[Book, ...]:
    """The same workbooks, one of them changed."""
    return tuple(replace(book, **changes) if book.file == file else book for book in books)


def read_shuffled(seed: int) -> Callable[..., intake.Workbook]:
    """Read workbooks with person rows in each other's places, as if each office had sorted them otherwise."""
    whole = intake.read

    def read(path: Path, *, submission_no: int, year: int) -> intake.Workbook:
        book = whole(path, submission_no=submission_no, year=year)
        persons = book.rows.filter(kind="person")["row"].to_list()
        chance = random.Random(f"{seed} {path.name}")  # noqa: S311
        moved = dict(zip(persons, chance.sample(persons, len(persons)), strict=True))
        cells = book.cells.with_columns(pl.col("row").replace(moved)).sort("row", "column")
        return replace(book, values=cells.to_dict(as_series=False))

    return read


def release_of(study: Study, release: str = "r0001") -> dict[str, bytes]:
    """Every file of a release, by name."""
    return {path.name: path.read_bytes() for path in sorted((study.panel / release).iterdir())}


def differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> set[str]:
    """The files that are not the same in both."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


@functools.lru_cache
def _written(base: Path) -> Study:
    return make_study(base / "small-study" / "study")


@functools.lru_cache
def _built(base: Path) -> Study:
    study = copied(_written(base), base / "small-study" / "built")
    assert build(study).release == "r0001"
    return study


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study before its first build. Only to be read."""
    return _written(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study with its first release. Only to be read."""
    return _built(tmp_path_factory.getbasetemp())


@pytest.fixture
def study(written: Study, tmp_path: Path) -> Study:
    """The small study before its first build, to do anything with."""
    return copied(written, tmp_path / "study")


@pytest.fixture
def released(built: Study, tmp_path: Path) -> Study:
    """The small study with its first release, to do anything with."""
    return copied(built, tmp_path / "study")
