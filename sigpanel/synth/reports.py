"""What districts report of what happened: one `Report` for each row of each workbook.

An office reports an episode for the year it begins, for each year it goes on, and for the year it ends. Two districts
do not send ongoing episodes again until they end. One workbook was never sent. Some episodes are never heard of again,
some fall silent for a year; now and then a code is mistyped in one report, or an answer given otherwise the year after.

A year's workbooks belong to the districts of that year's form edition, so the merger of 2023 shows from the edition of
2024, in which both places have one office. How a report is spelled is not decided here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.forms import forms, harmonised
from sigpanel.synth.answers import Answer, Key, answers, changed
from sigpanel.synth.population import source_form

if TYPE_CHECKING:
    from random import Random

    from sigpanel.forms import Code, Form
    from sigpanel.synth.population import Episode, Window

# Districts that send an ongoing episode once, and then not until it has ended.
NOT_SENT_AGAIN = ("enskede_arsta_vantor", "skarholmen")
NEVER_SENT = (2024, "unga", "hasselby_vallingby")

_LOST, _SILENT, _MISTYPED, _CHANGED = 0.12, 0.2, 0.02, 0.05
_SILENT_FROM = 2
_A_DAY = dt.timedelta(days=1)
_PLAIN_LETTERS = {"Å": "A", "Ä": "A", "Ö": "O"}
_NEIGHBOURS = {"A": "S", "E": "R", "I": "O", "J": "K", "K": "L", "L": "K", "M": "N", "N": "M", "O": "I", "S": "A"}


@dataclass(frozen=True)
class Office:
    """One district, programme and year: one workbook. `places` are the older districts it answers for."""

    year: int
    form: Form
    district: str
    code: int
    name: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What an office says of an episode for a year. `code` is what was typed, right or wrong."""

    episode: Episode
    year: int
    closed: bool
    code: str
    answers: Mapping[Key, Answer]


def offices(window: Window) -> list[Office]:
    """Every workbook that is due, in order of year, programme and district."""
    due = []
    for year in range(window.first, window.last + 1):
        for form in forms().values():
            if form.covers(year):
                due += [_office(year, form, code) for code in form.by_key["district", "enrolment"].answer.codes]
    return [office for office in due if (office.year, office.form.programme, office.district) != NEVER_SENT]


def reports(rng: Random, window: Window, episodes: list[Episode]) -> dict[tuple[int, str, str], list[Report]]:
    """The reports of each office, by year, programme and place, in the order of enrolment."""
    made = defaultdict(list)
    for episode in sorted(episodes, key=lambda episode: (episode.enrolled, episode.no)):
        for report in _reports(rng, window, episode):
            made[report.year, episode.programme, episode.district].append(report)
    return made


def _office(year: int, form: Form, code: Code) -> Office:
    places = tuple(
        other.token
        for other in source_form().by_key["district", "enrolment"].answer.codes
        if code.token in {other.token, harmonised(other.token)}
    )
    return Office(year, form, code.token, code.code, code.sv, places)


def _reports(rng: Random, window: Window, episode: Episode) -> list[Report]:
    years = _years(rng, window, episode)
    true = answers(rng, episode)
    wrong = rng.choice(years) if years and rng.random() < _MISTYPED * len(years) else None
    made = []
    for index, year in enumerate(years):
        if index and rng.random() < _CHANGED:
            true = changed(rng, true)
        code = _mistyped(rng, episode.code) if year == wrong else episode.code
        made.append(Report(episode, year, episode.ended_by(dt.date(year, 12, 31)), code, true))
    return made


def _years(rng: Random, window: Window, episode: Episode) -> list[int]:
    """The years for which the episode is reported."""
    watched = window.starts.get(episode.programme)
    if watched is None or episode.programme == "pilot" or episode.ended_by(watched - _A_DAY):
        return []
    last = episode.discharged.year if episode.discharged else window.last
    years = list(range(max(episode.enrolled.year, watched.year), last + 1))
    if harmonised(episode.district) in NOT_SENT_AGAIN:
        years = [year for year in years if year == years[0] or episode.ended_by(dt.date(year, 12, 31))]
    chance = rng.random()
    if len(years) > 1 and chance < _LOST:
        return years[: rng.randint(1, len(years) - 1)]
    if len(years) > _SILENT_FROM and chance < _LOST + _SILENT:
        years.remove(rng.choice(years[1:-1]))
    return years


def _mistyped(rng: Random, code: str) -> str:
    """The code with one slip: two letters exchanged, a letter beside the right one or undotted, a digit wrong."""
    slips = [code[1] + code[0] + code[2:], *_letter_slips(code), *_digit_slips(rng, code)]
    return rng.choice([slip for slip in slips if slip != code])


def _letter_slips(code: str) -> list[str]:
    slips = []
    for at in (0, 1):
        letter = _PLAIN_LETTERS.get(code[at]) or _NEIGHBOURS.get(code[at])
        if letter:
            slips.append(code[:at] + letter + code[at + 1 :])
    return slips


def _digit_slips(rng: Random, code: str) -> list[str]:
    at = rng.randint(2, 5)
    return [f"{code[:at]}{(int(code[at]) + 1) % 10}{code[at + 1 :]}", f"{code[:4]}{code[5]}{code[4]}"]
