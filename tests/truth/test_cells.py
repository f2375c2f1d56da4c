"""Every cell against the truth: nothing lost, nothing misread, nothing wrongly accused."""

import csv
from dataclasses import dataclass

import polars as pl
import pytest

from sigpanel.clean import Cleaned, clean
from sigpanel.clean.cohort import clean_cohort, read_values
from sigpanel.forms import forms
from sigpanel.intake import CELLS, ROWS, Workbook, read
from sigpanel.intake.cohort import read_cohort

INVALID = ["error", "bad-code", "bool", "percent", "range"]
BLANK = ["missing", "space", "dash", "blank"]
INVALID_RULES = [
    "value_is_an_excel_error", "value_not_among_answers", "value_is_boolean", "value_is_percent", "value_is_no_number",
    "value_out_of_range", "formula_without_value", "date_unreadable", "uno_unreadable",
]  # fmt: skip
EPISODE = {"1": "uno", "2": "district", "3": "sex", "4": "age", "5": "enrolled_on", "18": "discharged_on"} | {
    "32": "discharge_reason"
}
PLACE = ["submission_no", "row", "cell"]


@dataclass(frozen=True)
class Read:
    """All workbooks, cleaned, beside what is true of them."""

    books: dict[str, Workbook]
    cleaned: Cleaned
    rows: pl.DataFrame
    cells: pl.DataFrame


@pytest.fixture(scope="module")
def everything(known) -> Read:
    books = {
        path.relative_to(known.folder).as_posix(): read(path, submission_no=number, year=int(path.parent.name))
        for number, path in enumerate(known.workbooks)
    }
    number = {name: place for place, name in enumerate(books)}
    workbooks = pl.DataFrame(
        [(number[name], book.form.edition, book.form.programme, int(name[:4])) for name, book in books.items()],
        schema={"submission_no": pl.Int32, "edition": pl.String, "programme": pl.String, "reported_year": pl.Int16},
        orient="row",
    )
    columns = pl.DataFrame(
        [(number[name], *place) for name, book in books.items() for place in book.columns.items()],
        schema={"submission_no": pl.Int32, "question": pl.String, "column": pl.String},
        orient="row",
    )
    cells = pl.concat([pl.DataFrame(schema=CELLS), *(book.cells for book in books.values())])
    rows = pl.concat([pl.DataFrame(schema=ROWS), *(book.rows for book in books.values())])

    def truth(name: str) -> pl.DataFrame:
        texts = known.truth(name)
        at = pl.col("file").replace_strict(number, return_dtype=pl.Int32).alias("submission_no")
        return texts.with_columns(at, pl.col("row").cast(pl.Int32))

    return Read(
        books,
        clean(cells, rows, workbooks, columns, list(forms().values())),
        truth("rows"),
        truth("cells").with_columns(pl.concat_str("column", "row").alias("cell")),
    )


def test_every_workbook_is_accepted_and_is_the_form_of_its_programme(everything):
    assert len(everything.books) >= 65
    programmes = dict(everything.rows.select("file", "programme").unique().iter_rows())
    assert {name: everything.books[name].form.programme for name in programmes} == programmes
    assert all(book.form.covers(int(name[:4])) for name, book in everything.books.items())


def test_every_filled_row_is_there_and_no_other(everything):
    found = everything.cleaned.reports.select("submission_no", "row")
    assert everything.rows.height > 900
    assert found.sort(found.columns).equals(everything.rows.select("submission_no", "row").sort(found.columns))
    assert everything.cleaned.rejected.is_empty()


def test_all_that_is_remarked_upon_while_recognising_is_the_offices_own_columns(everything):
    remarks = pl.concat([book.findings for book in everything.books.values()])["rule"].unique().to_list()
    assert remarks == ["own_column_dropped"]


def said(read: Read) -> pl.DataFrame:
    """Return the cells of the truth with `got`, the code, date or text each was read as, and `missing`."""
    answers = read.cleaned.answers.select(*PLACE, pl.col("code").cast(pl.String).alias("got"), "missing")
    places = read.cells.select(*PLACE, "question")
    parts = []
    for question, name in EPISODE.items():
        code = f"{name}__code" if f"{name}__code" in read.cleaned.reports.columns else name
        reports = read.cleaned.reports.select(
            "submission_no",
            "row",
            pl.col(code).cast(pl.String).alias("got"),
            pl.col(f"{name}__missing").alias("missing"),
        )
        here = places.filter(pl.col("question") == question)
        parts.append(here.join(reports, on=["submission_no", "row"]).select(*PLACE, "got", "missing"))
    return read.cells.join(pl.concat([answers, *parts]), on=PLACE, how="left")


def test_every_readable_spelling_is_read_as_what_is_true(everything):
    readable = said(everything).filter(~pl.col("spelling").is_in(INVALID + BLANK))
    assert readable.height > 17_000
    wrong = readable.filter(pl.col("got").ne_missing(pl.col("value")))
    assert wrong.select("submission_no", "cell", "spelling").rows() == []


def test_what_stands_for_no_answer_is_blank_not_asked_or_not_yet(everything):
    silent = said(everything).filter(pl.col("spelling").is_in(BLANK))
    assert set(silent["missing"]) == {"blank", "not_asked", "not_yet"}
    assert silent["got"].null_count() == silent.height


def test_the_discharge_questions_of_the_ongoing_are_not_yet_and_of_the_others_never(everything):
    closed = everything.rows.select("submission_no", "row", (pl.col("closed") == "1").alias("is_closed"))
    reports = everything.cleaned.reports.join(closed, on=["submission_no", "row"])
    assert reports.filter(pl.col("is_discharged") != pl.col("is_closed")).height == 0
    answers = everything.cleaned.answers.join(closed, on=["submission_no", "row"])
    not_yet = answers.filter((pl.col("moment") == "discharge") & (pl.col("missing") == "not_yet"))
    assert not_yet.height == answers.filter((pl.col("moment") == "discharge") & ~pl.col("is_closed")).height
    assert not not_yet["is_closed"].any()


def test_every_invalid_cell_is_a_finding_at_its_address_and_no_other_cell_is(everything):
    accused = everything.cleaned.findings.filter(pl.col("rule").is_in(INVALID_RULES)).select("submission_no", "cell")
    guilty = everything.cells.filter(pl.col("spelling").is_in(INVALID)).select("submission_no", "cell")
    assert set(accused.rows()) == set(guilty.rows())
    assert accused.height == guilty.height > 150
    invalid = said(everything).filter(pl.col("missing") == "invalid").select("submission_no", "cell")
    assert set(invalid.rows()) == set(guilty.rows())


def test_a_code_is_read_with_a_note_where_it_was_not_written_as_it_should_be(everything):
    def at(spelling: str) -> pl.DataFrame:
        return everything.cells.filter(pl.col("spelling") == spelling)

    def noted(rule: str) -> set[tuple]:
        return set(everything.cleaned.findings.filter(pl.col("rule") == rule).select("submission_no", "cell").rows())

    # A code without a zero looks the same either way.
    with_zero = at("O-for-0").filter(pl.col("value").str.slice(2).str.contains("0"))
    assert noted("uno_letter_for_digit") == set(with_zero.select("submission_no", "cell").rows())
    assert noted("uno_with_month") == set(at("with-month").select("submission_no", "cell").rows())


def test_every_person_of_the_cohort_is_read(known):
    path = known.cohort
    (table,) = read_cohort(path)
    typed, unreadable = read_values(table.texts.with_columns(pl.lit(0, pl.Int32).alias("table")))
    cohort = clean_cohort(typed, unreadable).persons
    assert unreadable.is_empty()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter=";"))
    assert cohort.height == len(lines) == 125
    assert cohort["uno"].null_count() == sum(not line["uno-kod"] for line in lines)
    for name in ("study_id", "sex", "birth_year", "enrolled_on"):
        assert cohort[name].null_count() == 0, name
