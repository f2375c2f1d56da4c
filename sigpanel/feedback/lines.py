"""From findings to what is said and marked: a mark for each cell, a line for each question and rule.

A finding points to its cell where that cell is in the file that goes back, else to the code of its row. Where there is
neither it stands on the first sheet alone. What writing the rows anew has settled is told, and marks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.feedback.words import said, texts
from sigpanel.findings import SEVERITIES, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.feedback.model import Feedback
    from sigpanel.forms import Question

SECTIONS = ("mend", "check", "know")
_SECTION_OF = {"error": "mend", "warning": "check", "note": "know"}


@dataclass(frozen=True)
class Mark:
    """What a cell is marked with: the worst of its findings, and what is said of each."""

    address: str
    severity: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of the first sheet: one rule at one question. `count` is null where it is the workbook as a whole."""

    section: str
    label: str
    text: str
    count: int | None
    cells: tuple[str, ...]
    rule: str


@dataclass(frozen=True)
class Told:
    """All that is said of a workbook's findings; `n_whole` are the errors and warnings that no cell stands for."""

    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    n_whole: int

    def count(self, severity: str) -> int:
        """How many cells are marked so."""
        return sum(mark.severity == severity for mark in self.marks)


def tell(feedback: Feedback) -> Told:
    """Sort the findings of a workbook."""
    placed = _placed(feedback)
    open_ = placed.filter(~pl.col("settled"))
    nowhere = open_.filter(pl.col("address").is_null() & (pl.col("severity") != "note"))
    questions = {question.name: question for question in feedback.form.questions}
    return Told(_marks(open_, questions), _lines(placed, feedback.persons, questions), nowhere.height)


def _placed(feedback: Feedback) -> pl.DataFrame:
    """The findings with `address` (null: nothing to point to), `of_row`, `settled` and `section`, worst first."""
    settled = [name for name, own in texts().rules.items() if own.settled]
    code = next(question.name for question in feedback.form.questions if question.variable == "uno")
    at_row = pl.col("cell").str.extract(r"(\d+)$", 1).cast(pl.Int32)
    # A finding at a header names its cell alone; the question is the column's.
    in_column = (
        pl.col("cell")
        .str.extract(r"^([A-Z]+)", 1)
        .replace_strict({column: name for name, column in feedback.columns.items()}, default=None)
    )
    is_here = in_column.is_not_null() & at_row.is_in([feedback.header_row, *feedback.persons])
    of_row = ~is_here.fill_null(value=False) & pl.col("row").is_in(feedback.persons).fill_null(value=False)
    return (
        feedback.findings.with_columns(
            pl.when(is_here)
            .then("cell")
            .when(of_row)
            .then(pl.concat_str(pl.lit(feedback.columns[code]), "row"))
            .alias("address"),
            pl.coalesce("question", pl.when(is_here).then(in_column)).alias("question"),
            of_row.alias("of_row"),
            pl.col("rule").is_in(settled).alias("settled"),
        )
        .with_columns(
            pl.when("settled").then(pl.lit("know")).otherwise(pl.col("severity").replace(_SECTION_OF)).alias("section")
        )
        .sort(
            _rank("severity", SEVERITIES),
            _rank("rule", rules()),
            "row",
            pl.col("cell").str.len_chars(),
            "cell",
            "question",
        )
    )


def _rank(column: str, order: object) -> pl.Expr:
    names = list(order)  # type: ignore[call-overload]
    return pl.col(column).replace_strict(names, list(range(len(names))), return_dtype=pl.Int32)


def _marks(open_: pl.DataFrame, questions: Mapping[str, Question]) -> tuple[Mark, ...]:
    marks: dict[str, list[tuple[str, str]]] = {}
    to_mark = open_.filter(pl.col("address").is_not_null()).select("address", "severity", "rule", "question", "of_row")
    for address, severity, rule, question, of_row in to_mark.iter_rows():
        text = said(rule, questions.get(question)).text
        marks.setdefault(address, []).append((severity, _note(severity, text, of_row=of_row)))
    return tuple(
        Mark(address, parts[0][0], tuple(dict.fromkeys(text for _, text in parts))) for address, parts in marks.items()
    )


def _note(severity: str, text: str, *, of_row: bool) -> str:
    heads = {"error": texts().note_error, "warning": texts().note_warning}
    return heads.get(severity, "{text}").format(text=texts().note_of_row.format(text=text) if of_row else text)


def _lines(placed: pl.DataFrame, persons: Sequence[int], questions: Mapping[str, Question]) -> tuple[Line, ...]:
    grouped = (
        placed.with_columns(pl.when(~pl.col("of_row") | pl.col("question").is_not_null()).then("question"))
        .group_by("section", "question", "rule", maintain_order=True)
        .agg(
            pl.coalesce("cell", pl.col("row").cast(pl.String)).drop_nulls().n_unique().alias("count"),
            pl.col("address").filter(~pl.col("settled")).drop_nulls().unique(maintain_order=True).alias("cells"),
            pl.col("row").is_in(persons).any().alias("has_row"),
        )
    )
    lines = []
    for section, name, rule, count, cells, has_row in grouped.iter_rows():
        question = questions.get(name)
        place = (SECTIONS.index(section), question.no if question else -int(not has_row))
        text = said(rule, question).text
        lines.append((place, Line(section, _label(question, has_row), text, count or None, tuple(cells), rule)))
    return tuple(line for _, line in sorted(lines, key=lambda pair: pair[0]))


def _label(question: Question | None, has_row: bool) -> str:
    if question:
        return f"{question.no}. {question.label_sv}"
    return texts().whole_row if has_row else texts().whole_workbook
