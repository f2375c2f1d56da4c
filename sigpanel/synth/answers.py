"""What is true about a person at enrolment and at discharge, as tokens and numbers of the form.

An answer is a number, the token of an alternative, or a missing reason (`unknown`, `declined`). They agree with one
another as the form demands: who is in no school has no schooling to judge, who is under fifteen has no convictions, and
a family without contact has not felt supported. Much is unknown in the first years and less later, crimes and health
most: so it was in the city's own compilations.

A variable that this module has no opinion on is drawn from the form's alternatives, so that a new edition needs no code
here. How an answer is written into a cell is `sigpanel.synth.spelling`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sigpanel.forms import forms

if TYPE_CHECKING:
    import datetime as dt
    from random import Random

    from sigpanel.forms import Question
    from sigpanel.synth.population import Episode

Answer: TypeAlias = int | str
Key: TypeAlias = tuple[str, str]

UNKNOWN, DECLINED = "unknown", "declined"

# Alternatives and their weights; the first is the one hoped for.
_WEIGHTS: dict[str, dict[str, int]] = {
    "stable_housing": {"yes": 72, "no": 28},
    "supportive_family": {"yes": 62, "no": 24, "no_contact": 14},
    "meaningful_leisure": {"yes": 36, "no": 64},
    "noncriminal_peers": {"yes_only": 12, "yes_partly": 55, "no": 33},
    "substance_misuse": {"no": 50, "yes": 50},
}
# Of an age in years and above: where such a person goes to school.
_SCHOOLS: dict[int, dict[str, int]] = {
    0: {"compulsory_school": 93, "not_enrolled": 7},
    16: {
        "compulsory_school": 8,
        "upper_secondary": 62,
        "adult_education": 3,
        "folk_high_school": 2,
        "not_enrolled": 25,
    },
    20: {"adult_education": 20, "folk_high_school": 4, "higher_education": 4, "upper_secondary": 2, "not_enrolled": 70},
}
_NOT_IN_SCHOOL = "not_enrolled"
_CRIMES_FROM, _OF_AGE = 15, 18
_MANY = 99  # in a count of crimes 99 is a count; a panel that takes it for "declined" shall be found out
_MANY_SHARE = 0.01
_DECLINES = 0.08
_STAYS, _IMPROVES = 0.6, 0.55
_AGREED_NOT = 0.35
# How often crimes and health are not known, up to and including a year; everything else a sixth of that.
_GAPS = {2020: 0.4, 2021: 0.5, 2022: 0.32, 2024: 0.22, 9999: 0.15}
_OFTEN_UNKNOWN = ("crimes", "health")
_ELSE_UNKNOWN = 1 / 6


@dataclass(frozen=True)
class _Case:
    """One question about one episode, with what has been answered so far."""

    rng: Random
    episode: Episode
    question: Question
    known: Mapping[Key, Answer]
    day: dt.date

    @property
    def at_discharge(self) -> bool:
        return self.question.moment == "discharge"

    @property
    def went_well(self) -> bool:
        return self.at_discharge and self.episode.reason == "goals_met"

    def beside(self, variable: str) -> Answer | None:
        """Another answer of the same moment."""
        return self.known.get((variable, self.question.moment))

    def earlier(self) -> Answer | None:
        """The same variable's answer at enrolment."""
        return self.known.get((self.question.variable, "enrolment"))

    def weighted(self, weights: Mapping[str, int]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]


def answers(rng: Random, episode: Episode) -> dict[Key, Answer]:
    """The true answers of an episode, to every question that any edition of its programme asks."""
    known: dict[Key, Answer] = {}
    for key, question in _questions(episode.programme).items():
        day = episode.enrolled if question.moment == "enrolment" else episode.discharged
        if day is not None and question.is_answer:
            known[key] = _answer(_Case(rng, episode, question, known, day))
    return known


def changed(rng: Random, known: Mapping[Key, Answer]) -> dict[Key, Answer]:
    """The same answers with one of the enrolment's given otherwise; none that another answer depends on."""
    variable = rng.choice([name for name in _WEIGHTS if (name, "enrolment") in known])
    others = [token for token in _WEIGHTS[variable] if token != known[variable, "enrolment"]]
    return {**known, (variable, "enrolment"): rng.choice(others)}


def in_code(question: Question, answer: Answer) -> int:
    """The answer as the form codes it."""
    if isinstance(answer, int):
        return answer
    reasons = {reason: code for code, reason in question.answer.missing.items()}
    alternatives = {code.token: code.code for code in question.answer.codes}
    return (reasons | alternatives)[answer]


def _questions(programme: str) -> dict[Key, Question]:
    asked: dict[Key, Question] = {}
    for form in forms().values():
        if form.programme == programme:
            asked = {**form.by_key, **asked}
    return asked


def _answer(case: _Case) -> Answer:
    follows = _FOLLOWS.get(case.question.variable)
    answer = follows(case) if follows else None
    if answer is not None:
        return answer
    if case.rng.random() < _gap(case):
        return UNKNOWN
    return _FREE.get(case.question.variable, _usual)(case)


def _gap(case: _Case) -> float:
    """How likely it is that nobody knows."""
    if UNKNOWN not in case.question.answer.missing.values():
        return 0
    share = next(share for year, share in _GAPS.items() if case.day.year <= year)
    often = any(word in case.question.variable for word in _OFTEN_UNKNOWN)
    return share if often else share * _ELSE_UNKNOWN


def _schooling_follows(case: _Case) -> Answer | None:
    return {_NOT_IN_SCHOOL: "not_relevant", UNKNOWN: UNKNOWN}.get(str(case.beside("school_enrolled")))


def _work_follows(case: _Case) -> Answer | None:
    in_school = case.beside("school_enrolled") not in {_NOT_IN_SCHOOL, UNKNOWN}
    return "not_relevant" if in_school and case.rng.random() < 2 / 3 else None


def _convictions_follow(case: _Case) -> Answer | None:
    return 0 if case.episode.person.age(case.day) < _CRIMES_FROM else None


def _support_follows(case: _Case) -> Answer | None:
    if case.episode.person.age(case.day) >= _OF_AGE and case.rng.random() < _AGREED_NOT:
        return "of_age_not_agreed"
    return "no_contact" if case.beside("supportive_family") == "no_contact" else None


def _health_follows(case: _Case) -> Answer | None:
    return DECLINED if case.rng.random() < _DECLINES else None


def _school(case: _Case) -> Answer:
    age = case.episode.person.age(case.day)
    return case.weighted(next(_SCHOOLS[since] for since in sorted(_SCHOOLS, reverse=True) if age >= since))


def _yes_or_no(case: _Case) -> Answer:
    return case.weighted({"yes": 3 if case.went_well else 1, "no": 2})


def _crimes_before(case: _Case) -> Answer:
    if case.rng.random() < _MANY_SHARE:
        return _MANY
    return int(case.rng.expovariate(1 / 8))


def _crimes_during(case: _Case) -> Answer:
    if case.rng.random() < _MANY_SHARE:
        return _MANY
    years = (case.day - case.episode.enrolled).days / 365
    return int(case.rng.expovariate(1 / (0.1 + years * (0.5 if case.went_well else 4))))


def _convictions(case: _Case) -> Answer:
    suspected = case.beside(case.question.variable.replace("convicted", "suspected"))
    cases = suspected if isinstance(suspected, int) else int(case.rng.expovariate(1 / 5))
    return sum(case.rng.random() < 1 / 3 for _ in range(cases))


def _health(case: _Case) -> Answer:
    mean = 6.6 + 0.8 * case.went_well
    if case.question.variable.startswith("mental"):
        mean -= 0.4 + 1.2 * (case.episode.person.sex == "female")
    low, high = case.question.answer.low or 0, case.question.answer.high or 0
    return max(low, min(high, round(case.rng.gauss(mean, 1.9))))


def _support(case: _Case) -> Answer:
    return case.weighted({"yes": 3 if case.went_well else 1, "no": 1})


def _usual(case: _Case) -> Answer:
    """As before, better if it went well, or by the weights; without weights, any answer the form allows."""
    if case.question.variable not in _WEIGHTS:
        return _any(case)
    weights = _WEIGHTS[case.question.variable]
    before = case.earlier() if case.at_discharge else None
    if case.went_well and case.rng.random() < _IMPROVES:
        return next(iter(weights))
    if before is not None and before != UNKNOWN and case.rng.random() < _STAYS:
        return before
    return case.weighted(weights)


def _any(case: _Case) -> Answer:
    answer = case.question.answer
    if answer.codes:
        return case.rng.choice(answer.codes).token
    return case.rng.randint(answer.low or 0, answer.high or 0)


# What another answer already decides; None where it does not.
_FOLLOWS: dict[str, Callable[[_Case], Answer | None]] = {
    "school_functioning": _schooling_follows,
    "work_or_internship": _work_follows,
    "convicted_crimes_before": _convictions_follow,
    "convicted_crimes_during": _convictions_follow,
    "physical_health": _health_follows,
    "mental_health": _health_follows,
    "family_felt_supported": _support_follows,
}
# What is drawn otherwise.
_FREE: dict[str, Callable[[_Case], Answer]] = {
    "school_enrolled": _school,
    "school_functioning": _yes_or_no,
    "work_or_internship": _yes_or_no,
    "suspected_crimes_before": _crimes_before,
    "suspected_crimes_during": _crimes_during,
    "convicted_crimes_before": _convictions,
    "convicted_crimes_during": _convictions,
    "physical_health": _health,
    "mental_health": _health,
    "family_felt_supported": _support,
}
