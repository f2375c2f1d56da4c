"""What is true about a delivery, as four tables: rows, cells, persons, episodes.

Questions and districts are counted as in the form edition that all others are described against; a row's district is
the code that stands on that year's form. Only tests and measurements read these files, no stage of the pipeline.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sigpanel.synth.population import Episode, source_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sigpanel.forms.write import Layout, Written
    from sigpanel.synth.fill import Spelt
    from sigpanel.synth.reports import Office, Report

ROWS = (
    "year", "programme", "district", "file", "sheet", "row",
    "person", "episode", "true_code", "code", "closed", "hidden",
)  # fmt: skip
CELLS = ("file", "row", "column", "question", "value", "spelling")
PERSONS = ("person", "sex", "born", "cohort_id")
EPISODES = ("episode", "person", "programme", "district", "enrolled", "discharged", "age", "code")


@dataclass(frozen=True)
class Filled:
    """A workbook that was written: from which reports, with which cells, and where they stand."""

    office: Office
    file: str
    layout: Layout
    written: Written
    reports: Sequence[Report]
    cells: Sequence[dict[int, Spelt]]


@dataclass
class Truth:
    """The rows of the tables, collected while workbooks are written."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    cells: list[tuple[object, ...]] = field(default_factory=list)

    def add(self, filled: Filled) -> None:
        """Note one workbook."""
        office, written = filled.office, filled.written
        numbers = {key: question.no for key, question in source_form().by_key.items()}
        for index, (report, row) in enumerate(zip(filled.reports, written.rows, strict=True)):
            episode = report.episode
            self.rows.append((
                office.year, office.form.programme, office.code, filled.file, written.sheet, row,
                episode.person.name, episode.name, episode.code, report.code,
                int(report.closed), int(index in filled.layout.hidden_rows),
            ))  # fmt: skip
            for question in office.form.questions:
                spelt = filled.cells[index][question.no]
                number = numbers.get((question.variable, question.moment), question.no)
                column = written.columns[question.no]
                self.cells.append((filled.file, row, column, number, spelt.value, spelt.spelling))

    def write(self, folder: Path, episodes: Sequence[Episode]) -> None:
        """Write the four tables."""
        folder.mkdir(parents=True, exist_ok=True)
        sexes = {code.token: code.code for code in source_form().by_key["sex", "enrolment"].answer.codes}
        districts = {code.token: code.code for code in source_form().by_key["district", "enrolment"].answer.codes}
        people = {episode.person.no: episode.person for episode in episodes}
        persons = [(person.name, sexes[person.sex], person.born, person.cohort_id) for person in people.values()]
        lives = [
            (
                episode.name, episode.person.name, episode.programme, districts[episode.district],
                episode.enrolled, episode.discharged or "", episode.age, episode.code,
            )
            for episode in episodes
        ]  # fmt: skip
        write_csv(folder / "rows.csv", ROWS, self.rows)
        write_csv(folder / "cells.csv", CELLS, self.cells)
        write_csv(folder / "persons.csv", PERSONS, persons)
        write_csv(folder / "episodes.csv", EPISODES, lives)


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> None:
    """Write a table with CRLF line ends, as Excel does."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
