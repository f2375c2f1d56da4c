"""The workbooks as they arrive, and the file of the pilot's persons.

    <folder>/<year>/*.xlsx      one for each district and programme, named and laid out as the offices would
    <folder>/cohort/*.csv       the persons of the 2013–2016 evaluation
    <folder>/truth/*.csv        what is so (`sigpanel.synth.truth`)

An office without anybody enrolled sends the form empty. The same seed gives the same bytes.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from sigpanel.forms.write import Layout, Row, write_form
from sigpanel.synth.fill import Clerk
from sigpanel.synth.offices import Desk, Habits, lay_out
from sigpanel.synth.truth import Filled, Truth, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sigpanel.synth.population import Episode
    from sigpanel.synth.reports import Office, Report

COHORT = ("deltagare", "uno-kod", "kön", "födelseår", "inskriven", "avslutad", "avslutad_vid_utvärderingen")
_SEXES = {"male": "Man", "female": "Kvinna", "other": "Annat"}
_FILE_NAMES = (
    "SIG {programme} {year} {district}.xlsx",
    "Uppföljning SIG {programme} {district} {year} slutlig.xlsx",
    "{district} SIG-{programme} {year}.xlsx",
)
# How often answers are spelled otherwise than asked, in tidy to untidy offices.
_MESSINESS = (0.02, 0.06, 0.12, 0.25)
_UNSORTED = 0.3
_WITHOUT_CODE = 0.08
# Of the pilot's persons, those whose participation had ended when it was evaluated.
_ENDED_AT_EVALUATION = 26


class Postroom:
    """Fills in and sends the workbooks, one office after another, and notes what is true."""

    def __init__(self, folder: Path, seed: int, *, messy: bool) -> None:
        self.truth = Truth()
        self._folder = folder
        self._messy = messy
        self._rng = Random(f"{seed} deliver")
        self._clerk = Clerk(seed, messy=messy)
        self._habits = Habits(Random(f"{seed} habits"))

    def send(self, office: Office, reports: Iterable[Report]) -> Path:
        """Write one workbook."""
        ordered = list(reports)
        if self._messy and self._rng.random() < _UNSORTED:
            self._rng.shuffle(ordered)
        layout = self._layout(office, len(ordered))
        messiness = self._rng.choice(_MESSINESS)
        cells = [self._clerk.fill(office, report, messiness, date_1904=layout.date_1904) for report in ordered]
        rows: list[Row] = [{no: spelt.cell for no, spelt in row.items()} for row in cells]
        path = self._path(office)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = write_form(path, office.form, rows, layout=layout)
        file = path.relative_to(self._folder).as_posix()
        self.truth.add(Filled(office, file, layout, written, ordered, cells))
        return path

    def _layout(self, office: Office, n_rows: int) -> Layout:
        return lay_out(Desk(office, n_rows, self._rng), self._habits.deal()) if self._messy else Layout()

    def _path(self, office: Office) -> Path:
        name = self._rng.choice(_FILE_NAMES)
        file = name.format(programme=office.form.programme, year=office.year, district=office.name)
        return self._folder / str(office.year) / file


def send_cohort(folder: Path, seed: int, episodes: Sequence[Episode]) -> Path:
    """Write the file of the pilot's persons; some have no code, and none can get one afterwards."""
    rng = Random(f"{seed} cohort")
    pilot = [episode for episode in episodes if episode.programme == "pilot"]
    by_end = sorted(pilot, key=lambda episode: (episode.discharged is None, episode.discharged, episode.no))
    ended = {episode.no for episode in by_end[:_ENDED_AT_EVALUATION]}
    rows = []
    for episode in pilot:
        person = episode.person
        code = "" if rng.random() < _WITHOUT_CODE else episode.code
        rows.append((
            person.cohort_id, code, _SEXES[person.sex], person.born.year,
            episode.enrolled, episode.discharged or "", int(episode.no in ended),
        ))  # fmt: skip
    path = folder / "cohort" / "sig-2013-2016.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, COHORT, rows, delimiter=";", encoding="utf-8-sig")
    return path
