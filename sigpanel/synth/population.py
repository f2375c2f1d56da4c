"""Invented persons and their enrolments, over as many reporting years as asked for.

Persons have initials in about the proportions of Swedish names, so that codes collide about as often as real ones; a
few pairs share a code on purpose, of three kinds: told apart by sex, by birth month, or by nothing at all. Some marry
and change initial between two enrolments, some have a coordination number (birth day + 60). They return after a gap,
move between districts on one day, and pass from SIG unga to SIG vuxna as they grow up. The pilot's 125 come first and
some of them return.

Nothing here is measured on real persons, and nobody may conclude anything from it: the proportions are chosen so that
every case a panel must handle occurs. What is reported, and how it is spelled, is decided elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

from sigpanel.forms import forms, harmonised, programmes

if TYPE_CHECKING:
    from random import Random

    from sigpanel.forms import Form

_T = TypeVar("_T")

# Weights of initials, rounded by hand.
_GIVEN = {
    "A": 130, "B": 25, "C": 30, "D": 35, "E": 90, "F": 45, "G": 20, "H": 40, "I": 45, "J": 95, "K": 45, "L": 70,
    "M": 110, "N": 35, "O": 45, "P": 30, "R": 30, "S": 70, "T": 30, "U": 4, "V": 20, "W": 12, "Y": 12, "Z": 12,
    "Å": 6, "Ö": 2,
}  # fmt: skip
_SURNAME = {
    "A": 120, "B": 70, "C": 15, "D": 30, "E": 50, "F": 35, "G": 35, "H": 80, "I": 25, "J": 70, "K": 65, "L": 75,
    "M": 65, "N": 60, "O": 40, "P": 40, "R": 30, "S": 80, "T": 25, "U": 5, "V": 15, "W": 25, "Y": 8, "Z": 10,
    "Å": 10, "Ä": 3, "Ö": 9,
}  # fmt: skip
_SEXES = {"male": 85, "female": 14, "other": 1}
_PILOT_SEXES = {"male": 88, "female": 12}
_AGES = {
    "unga": {12: 4, 13: 6, 14: 9, 15: 13, 16: 17, 17: 19, 18: 16, 19: 12},
    "vuxna": {
        18: 4,
        19: 6,
        20: 10,
        21: 11,
        22: 11,
        23: 10,
        24: 9,
        25: 8,
        26: 7,
        27: 6,
        28: 5,
        29: 4,
        31: 3,
        34: 3,
        41: 1,
    },
    "pilot": {20: 12, 21: 14, 22: 15, 23: 15, 24: 13, 25: 11, 26: 9, 27: 6, 28: 5, 29: 4},
}
_REASONS = {
    "goals_met": 34, "not_willing": 15, "consent_withdrawn": 4, "unreachable": 8, "deprived_of_liberty": 11,
    "defector_programme": 3, "police_unsuitable": 3, "other_measure": 9, "relapse": 8, "other": 5,
}  # fmt: skip
_RETURNS = {"goals_met": 0.14, "not_willing": 0.32, "unreachable": 0.3, "deprived_of_liberty": 0.4, "relapse": 0.4}
_RETURNS_ELSE = 0.2
_TRANSFERS = 0.06
_STAYS_IN_DISTRICT = 0.8
_DAY_OF_EVERY_MONTH = 28
_COORDINATION, _RENAMED = 0.02, 0.05
PILOT_PERSONS = 125
_PILOT_RETURNS = 0.15
_PILOT_DISTRICTS = ("rinkeby_kista", "spanga_tensta")
_PILOT_YEARS = (dt.date(2013, 1, 10), dt.date(2016, 8, 31))
# How long before the first reporting year somebody may have been enrolled; those still there then are left-truncated.
_HEAD_START = dt.timedelta(days=300)
_MOST_EPISODES = 4
_OF_AGE, _TOO_OLD_FOR_UNGA = 18, 20
_EARLY_ADULTS = 0.6
_A_DAY = dt.timedelta(days=1)
_NOT_BEFORE_CHRISTMAS = dt.timedelta(days=14)


@dataclass(frozen=True)
class Person:
    """Somebody invented. `renamed` is the initial of a later surname and the day it came."""

    no: int
    sex: str
    born: dt.date
    given: str
    surname: str
    coordination: bool = False
    renamed: tuple[str, dt.date] | None = None
    cohort_id: str = ""

    @property
    def name(self) -> str:
        """How the truth tables call the person."""
        return f"P{self.no:05}"

    def code(self, day: dt.date) -> str:
        """The UNO code that would be given on a day."""
        surname = self.renamed[0] if self.renamed and day >= self.renamed[1] else self.surname
        return f"{self.given}{surname}{self.born:%y}{self.born.day + 60 * self.coordination:02}"

    def age(self, day: dt.date) -> int:
        """Full years on a day."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(frozen=True)
class Episode:
    """One enrolment. `district` is the place as it was called before the merger of 2023."""

    no: int
    person: Person
    programme: str
    district: str
    enrolled: dt.date
    discharged: dt.date | None
    reason: str

    @property
    def name(self) -> str:
        """How the truth tables call the episode."""
        return f"E{self.no:05}"

    @property
    def code(self) -> str:
        """The person's UNO code at the decision."""
        return self.person.code(self.enrolled)

    @property
    def age(self) -> int:
        """The age at the decision."""
        return self.person.age(self.enrolled)

    def ended_by(self, day: dt.date) -> bool:
        """Whether the discharge had happened by that day."""
        return self.discharged is not None and self.discharged <= day


@dataclass(frozen=True)
class Window:
    """The reporting years that are simulated."""

    first: int
    last: int

    @property
    def end(self) -> dt.date:
        """The last day anything can happen."""
        return dt.date(self.last, 12, 31)

    @cached_property
    def starts(self) -> dict[str, dt.date]:
        """From when each programme is watched, where a form edition covers any of the years."""
        watched = {}
        for name, programme in programmes().items():
            years = [year for year in range(self.first, self.last + 1) if covered(name, year)]
            if years:
                watched[name] = max(dt.date(years[0], 1, 1), programme.observed_from)
        return watched


def covered(programme: str, year: int) -> bool:
    """Whether a form edition of the programme covers the year."""
    return any(form.programme == programme and form.covers(year) for form in forms().values())


def source_form() -> Form:
    """The edition that all others are described against; the truth tables count questions and districts by it."""
    return next(form for form in forms().values() if form.status == "source")


def population(rng: Random, window: Window, n_persons: int) -> list[Episode]:
    """The pilot's persons and as many others, with their episodes in order of person and date."""
    lives = [_life(rng, window, _pilot_episode(rng, no)) for no in range(PILOT_PERSONS)]
    starts = window.starts
    for no in range(PILOT_PERSONS, PILOT_PERSONS + n_persons):
        programme = rng.choice(sorted(starts))
        enrolled = _some_day(rng, starts[programme] - _HEAD_START, window.end - _NOT_BEFORE_CHRISTMAS)
        person = _person(rng, no, enrolled, programme)
        lives.append(_life(rng, window, _episode(rng, person, programme, rng.choice(_places()), enrolled)))
    _share_codes(rng, lives, pairs_of_each_kind=max(1, n_persons // 220))
    episodes = [_cut(episode, window.end) for life in lives for episode in life]
    return [replace(episode, no=no) for no, episode in enumerate(episodes)]


def _places() -> list[str]:
    return [code.token for code in source_form().by_key["district", "enrolment"].answer.codes]


def _some_day(rng: Random, first: dt.date, last: dt.date) -> dt.date:
    return first + _A_DAY * rng.randint(0, (last - first).days)


def _pick(rng: Random, weights: Mapping[_T, float]) -> _T:
    return rng.choices(list(weights), list(weights.values()))[0]


def _person(rng: Random, no: int, enrolled: dt.date, programme: str) -> Person:
    """Somebody of a fitting age on the day of the first enrolment."""
    age = _pick(rng, _AGES[programme])
    renamed = (_pick(rng, _SURNAME), _some_day(rng, enrolled, enrolled + _A_DAY * 900))
    return Person(
        no=no,
        sex=_pick(rng, _SEXES if programme != "pilot" else _PILOT_SEXES),
        born=enrolled - _A_DAY * (int(age * 365.25) + rng.randint(1, 364)),
        given=_pick(rng, _GIVEN),
        surname=_pick(rng, _SURNAME),
        coordination=rng.random() < _COORDINATION,
        renamed=renamed if rng.random() < _RENAMED else None,
        cohort_id=f"S{no + 1:03}" if programme == "pilot" else "",
    )


def _episode(rng: Random, person: Person, programme: str, district: str, enrolled: dt.date) -> Episode:
    days = max(35, min(1200, int(rng.lognormvariate(5.45, 0.6))))
    return Episode(0, person, programme, district, enrolled, enrolled + _A_DAY * days, _pick(rng, _REASONS))


def _pilot_episode(rng: Random, no: int) -> Episode:
    enrolled = _some_day(rng, *_PILOT_YEARS)
    return _episode(rng, _person(rng, no, enrolled, "pilot"), "pilot", rng.choice(_PILOT_DISTRICTS), enrolled)


def _life(rng: Random, window: Window, first: Episode) -> list[Episode]:
    """An episode and those that follow it."""
    life = [first]
    while len(life) < _MOST_EPISODES:
        following = _following(rng, window, life[-1])
        if following is None or following.enrolled > window.end - _NOT_BEFORE_CHRISTMAS:
            break
        life.append(following)
    return life


def _following(rng: Random, window: Window, episode: Episode) -> Episode | None:
    assert episode.discharged is not None  # noqa: S101 - nothing is cut off before all lives are lived
    starts, person, end = window.starts, episode.person, episode.discharged
    if episode.programme == "pilot":
        if rng.random() > _PILOT_RETURNS or "vuxna" not in starts:
            return None
        enrolled = _some_day(rng, starts["vuxna"], min(window.end, starts["vuxna"] + _A_DAY * 1500))
        return _episode(rng, person, "vuxna", rng.choice([*_PILOT_DISTRICTS, *_places()]), enrolled)
    if rng.random() < _TRANSFERS:
        return _episode(rng, person, episode.programme, _elsewhere(rng, episode.district), end)
    if rng.random() > _RETURNS.get(episode.reason, _RETURNS_ELSE):
        return None
    enrolled = end + _A_DAY * (20 + int(rng.expovariate(1 / 220)))
    programme = episode.programme
    age = person.age(enrolled)
    grown_up = age >= _TOO_OLD_FOR_UNGA or (age >= _OF_AGE and rng.random() < _EARLY_ADULTS)
    if grown_up and "vuxna" in starts:
        programme = "vuxna"
    stays = rng.random() < _STAYS_IN_DISTRICT
    return _episode(rng, person, programme, episode.district if stays else rng.choice(_places()), enrolled)


def _elsewhere(rng: Random, district: str) -> str:
    """Another place, also after the merger: a change of label is no move."""
    return rng.choice([place for place in _places() if harmonised(place) != harmonised(district)])


def _cut(episode: Episode, end: dt.date) -> Episode:
    """What lies after the last day has not happened."""
    return episode if episode.ended_by(end) else replace(episode, discharged=None, reason="")


def _share_codes(rng: Random, lives: list[list[Episode]], pairs_of_each_kind: int) -> None:
    """Let pairs of persons share a code: of two sexes, born in two months, or told apart by nothing."""
    free = [at for at, life in enumerate(lives) if _may_share(life)]
    rng.shuffle(free)
    for same_sex, same_month in pairs_of_each_kind * ((False, False), (True, False), (True, True)):
        pair = next((pair for pair in combinations(free, 2) if _fit(lives[pair[0]], lives[pair[1]])), None)
        if pair is None:
            return
        one, other = (lives[at][0].person for at in pair)
        month = one.born.month if same_month else (one.born.month + 5) % 12 + 1
        sex = one.sex if same_sex else {"male": "female"}.get(one.sex, "male")
        twin = replace(
            one, no=other.no, sex=sex, born=one.born.replace(month=month), renamed=None, cohort_id=other.cohort_id
        )
        lives[pair[1]] = [replace(episode, person=twin) for episode in lives[pair[1]]]
        free = [at for at in free if at not in pair]


def _may_share(life: list[Episode]) -> bool:
    person = life[0].person
    plain = not (person.cohort_id or person.renamed or person.coordination)
    return plain and person.born.day <= _DAY_OF_EVERY_MONTH


def _fit(one: list[Episode], other: list[Episode]) -> bool:
    """Born in one year, and never enrolled at one time: what overlaps would be told apart by that."""
    born_together = one[0].person.born.year == other[0].person.born.year
    return born_together and (_over_before(one, other) or _over_before(other, one))


def _over_before(one: list[Episode], other: list[Episode]) -> bool:
    end = one[-1].discharged
    return end is not None and end < other[0].enrolled
