"""One report written into one row: which cell says what, how it is spelled, and what was meant.

Discharge questions of an ongoing episode stay empty. A question that the form greys out is often left empty too,
although its answer ("not relevant") is known. Everything else is spelled by `sigpanel.synth.spelling`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from sigpanel.forms.write import Cell
from sigpanel.synth.answers import in_code
from sigpanel.synth.spelling import Answered, Speller, plain

if TYPE_CHECKING:
    from sigpanel.forms import Question
    from sigpanel.synth.reports import Office, Report

_BLANK, _SPACE, _MISSING = "blank", "space", "missing"
_SPACE_WHEN_NOT_YET = 0.004
_GREY_LEFT_EMPTY = 0.3
_IDENTITY = ("uno", "enrolled_on")


@dataclass(frozen=True)
class Spelt:
    """One cell: the true answer as the form codes it, how it is spelled, and what is written."""

    value: str
    spelling: str
    cell: Cell


class Clerk:
    """Fills in rows; a messy clerk in every way the offices know, a tidy one as the form asks."""

    def __init__(self, seed: int, *, messy: bool) -> None:
        self._messy = messy
        self._rng = Random(f"{seed} fill")
        self._speller = Speller(Random(f"{seed} spelling"))

    def fill(self, office: Office, report: Report, messiness: float, *, date_1904: bool) -> dict[int, Spelt]:
        """The cells of one row, by question number."""
        filled: dict[int, Spelt] = {}
        may_lose_identity = True
        for question in office.form.questions:
            identity = question.variable in _IDENTITY
            spelt = self._early(office, report, question)
            if spelt is None:
                answered = _answered(office, report, question, date_1904=date_1904)
                # A row with neither code nor date is nobody's: offices lose one of the two at most.
                spelt = self._spell(answered, messiness, may_spoil=may_lose_identity or not identity)
            may_lose_identity &= not (identity and spelt.spelling in {_MISSING, "error"})
            filled[question.no] = spelt
        return filled

    def _early(self, office: Office, report: Report, question: Question) -> Spelt | None:
        """What is settled before spelling: not yet to be answered, or greyed out and left empty."""
        if question.moment == "discharge" and not report.closed:
            space = self._messy and self._rng.random() < _SPACE_WHEN_NOT_YET
            return Spelt("", _SPACE, " ") if space else Spelt("", _BLANK, None)
        skip = question.skip_when
        asked = office.form.by_key.get((skip.variable, question.moment)) if skip else None
        if skip is None or asked is None or in_code(asked, _answer(report, asked)) not in skip.codes:
            return None
        left_empty = self._messy and self._rng.random() < _GREY_LEFT_EMPTY
        return Spelt(str(in_code(question, _answer(report, question))), _MISSING, None) if left_empty else None

    def _spell(self, answered: Answered, messiness: float, *, may_spoil: bool) -> Spelt:
        if self._messy:
            name, cell = self._speller.spell(answered, messiness, may_spoil=may_spoil)
        else:
            name, cell = plain(answered)
        return Spelt(str(answered.value), name, cell)


def _answered(office: Office, report: Report, question: Question, *, date_1904: bool) -> Answered:
    return Answered(question, _true(office, report, question), report.episode.person.born, date_1904)


def _true(office: Office, report: Report, question: Question) -> int | str | dt.date:
    """What the office means to write."""
    episode = report.episode
    match question.variable:
        case "uno":
            return report.code
        case "district":
            return office.code
        case "age":
            return episode.age
        case "enrolled_on":
            return episode.enrolled
        case "discharged_on":
            assert episode.discharged is not None  # noqa: S101 - a closed report is of an ended episode
            return episode.discharged
    return in_code(question, _answer(report, question))


def _answer(report: Report, question: Question) -> int | str:
    episode_answers = {"sex": report.episode.person.sex, "discharge_reason": report.episode.reason}
    if question.variable in episode_answers:
        return episode_answers[question.variable]
    return report.answers[question.variable, question.moment]
