"""Synthetic deliveries: invented persons, enrolled and reported over ten years, as real workbooks with the truth.

    delivery = generate(Path("deliveries"), seed=1)
    delivery.workbooks, delivery.cohort, delivery.truth

They are for the demonstration, for tests and for measurements: everything a panel must cope with occurs in them, by
name (`spelling`, `offices`, `reports`), and `faults` makes workbooks that are to be refused or remarked upon. They show
nothing about real persons, and no proportion in them is an estimate.

Same arguments, same bytes. Chance comes from streams of its own for each purpose, so that a change to spellings leaves
persons and episodes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.synth.deliver import Postroom, send_cohort
from sigpanel.synth.population import Window, population
from sigpanel.synth.reports import NEVER_SENT, NOT_SENT_AGAIN, offices, reports

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NEVER_SENT", "NOT_SENT_AGAIN", "Delivery", "generate"]


@dataclass(frozen=True)
class Delivery:
    """Where a generated delivery lies. `not_sent_again` are the districts that report ongoing episodes once."""

    folder: Path
    workbooks: tuple[Path, ...]
    cohort: Path
    truth: Path
    not_sent_again: tuple[str, ...]

    @property
    def rows(self) -> Path:
        """The true person and episode of each source row."""
        return self.truth / "rows.csv"

    @property
    def cells(self) -> Path:
        """The true answer behind each cell, and how it is spelled."""
        return self.truth / "cells.csv"

    @property
    def persons(self) -> Path:
        """The persons."""
        return self.truth / "persons.csv"

    @property
    def episodes(self) -> Path:
        """Every enrolment, those that stand in no workbook too."""
        return self.truth / "episodes.csv"


def generate(
    folder: Path,
    *,
    seed: int = 1,
    first_year: int = 2020,
    last_year: int = 2029,
    persons: int = 450,
    messy: bool = True,
) -> Delivery:
    """Write workbooks, cohort file and truth into a folder. `messy=False` fills in every form as it asks to be.

    Raises:
        InputError: the folder holds workbooks of these years already; two deliveries in one would be read as one.
    """
    window = Window(first_year, last_year)
    if any((folder / str(year)).exists() for year in range(first_year, last_year + 1)):
        raise InputError(
            "delivery-exists",
            "The folder holds a folder for one of the reporting years already.",
            remedy="Name an empty folder.",
        )
    episodes = population(Random(f"{seed} population"), window, persons)
    made = reports(Random(f"{seed} reports"), window, episodes)
    postroom = Postroom(folder, seed, messy=messy)
    workbooks = []
    for office in offices(window):
        theirs = [report for place in office.places for report in made[office.year, office.form.programme, place]]
        theirs.sort(key=lambda report: (report.episode.enrolled, report.episode.no))
        workbooks.append(postroom.send(office, theirs))
    cohort = send_cohort(folder, seed, episodes)
    postroom.truth.write(folder / "truth", episodes)
    return Delivery(folder, tuple(workbooks), cohort, folder / "truth", NOT_SENT_AGAIN)
