"""Simulated linked panels: episodes as `sigpanel.persons.resolve` takes them, and whose each of them truly is.

    episodes, truth = simulate(seed, n_persons)

Persons are born, named, enrolled, discharged, moved and enrolled again over ten reporting years, and the offices report
their codes, ages and sexes with errors. Every number below is an assumption, chosen after public statistics and not
measured on persons of SIG; so figures from here say how a method does on such panels, and no more.

Left out on purpose: wrong dates, reports that were not collapsed to episodes, siblings who are no twins, birthdays that
heap on 1 January, coordination numbers that become personal numbers, and codes that cannot be read at all. Each of them
would cost every method about the same. The same seed gives the same panel, whatever the machine.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

import polars as pl
from _chance import pick
from _misreport import reported_age, reported_codes, reported_sex
from _names import FOREIGN, GIVEN, SURNAME

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_YEAR, LAST_YEAR = 2022, 2031
_BEGIN, _END = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
# Who was enrolled before reporting began is in the panel if still there then.
_HEAD_START_DAYS = 180
# About as their young inhabitants. Seven report, but two of them are Järva in today's frame, which `resolve` is given.
_DISTRICTS = {
    "jarva": 30, "hasselby_vallingby": 18, "enskede_arsta_vantor": 18, "skarholmen": 14, "farsta": 12, "skarpnack": 8,
}  # fmt: skip
_AGES = {
    12: 3, 13: 5, 14: 8, 15: 12, 16: 14, 17: 13, 18: 9, 19: 7, 20: 6, 21: 5, 22: 4, 23: 3, 24: 3, 25: 2, 26: 2, 27: 2,
    28: 1, 29: 1,
}  # fmt: skip
FEMALE = 0.10
_COORDINATION = 0.015
_DOUBLE_SURNAME, _SECOND_IS_USED = 0.03, 0.1
_HAS_TWIN, _TWIN_OF_SAME_SEX, _TWINS_ENROLLED_TOGETHER = 0.005, 0.85, 0.6
# Of grown-ups: most who change surname are women who marry or divorce.
_RENAMED_A_YEAR = {"female": 0.04, "male": 0.003}

# Episodes: lognormal lengths, and few persons who return often, so that most never do.
_DAYS_MEDIAN, _DAYS_SPREAD, _DAYS_LEAST = 270, 0.6, 14
_MOVES, _MOVES_THE_SAME_DAY, _MOVE_DAYS_MOST = 0.08, 0.8, 10
_RETURNS, _RETURNS_AGAIN, _GAP_LEAST, _GAP_MEAN = 0.32, 0.5, 30, 450
_SAME_DISTRICT = 0.85
_OF_AGE, _TOO_OLD_FOR_UNGA, _EARLY_ADULTS = 18, 20, 0.5
_END_NEVER_TOLD = 0.01

_SCHEMA = {
    "episode_id": pl.String,
    "programme": pl.String,
    "district": pl.String,
    "uno": pl.String,
    "codes": pl.List(pl.String),
    "sex": pl.String,
    "age": pl.Int16,
    "enrolled_on": pl.Date,
    "discharged_on": pl.Date,
    "status": pl.String,
    "observed_until": pl.Date,
    "first_reported_year": pl.Int16,
    "last_reported_year": pl.Int16,
    "known_birth_year": pl.Int16,
    "watched_until": pl.Date,
}
_TRUTH = {"episode_id": pl.String, "true_person": pl.UInt32, "code_error": pl.String}


@dataclass(frozen=True)
class _Person:
    """Somebody invented. `renamed` are the initials of later surnames, each with the day it came."""

    number: int
    sex: str
    is_foreign: bool
    born: dt.date
    given: str
    surname: str
    second_surname: str | None
    coordination: bool
    enrolled: dt.date
    district: str
    renamed: list[tuple[dt.date, str]] = field(default_factory=list)

    def surname_on(self, day: dt.date) -> str:
        """The initial of the surname borne on a day."""
        return next((initial for since, initial in reversed(self.renamed) if since <= day), self.surname)

    def age(self, day: dt.date) -> int:
        """Completed years on a day."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(frozen=True)
class _Stay:
    """One true episode."""

    person: _Person
    programme: str
    district: str
    enrolled: dt.date
    discharged: dt.date


def simulate(seed: int, n_persons: int, *, female: float = FEMALE) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Simulate a panel.

    Args:
        seed: of all chance. Build on 1–99; figures are published from 1001 and up.
        n_persons: how many persons the panel has.
        female: the share of women.

    Returns:
        `episodes`, exactly the columns that `resolve` takes, rows in no order; and `truth`: `episode_id, true_person`,
        and `code_error`, the kind of error in the code reported last or before, null where there is none.
    """
    rng = Random(seed)
    stays = [stay for person in _population(rng, n_persons, female) for stay in _life(rng, person)]
    rng.shuffle(stays)
    rows, truth = [], []
    for place, stay in enumerate(stays):
        row, error = _reported(rng, stay)
        rows.append((f"e{place:06}", *row))
        truth.append((f"e{place:06}", stay.person.number, error))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row"), pl.DataFrame(truth, schema=_TRUTH, orient="row")


# --- persons ----------------------------------------------------------------------------------------------------------


def _population(rng: Random, n_persons: int, female: float) -> Iterator[_Person]:
    """Persons, one after the other; a twin comes right after the first of the two."""
    number = 0
    while number < n_persons:
        person = _born(rng, number, female)
        number += 1
        yield person
        # Both of a pair are persons with a twin.
        if number < n_persons and rng.random() < _HAS_TWIN / (2 - _HAS_TWIN):
            yield _twin(rng, person, number)
            number += 1


def _born(rng: Random, number: int, female: float) -> _Person:
    sex = "female" if rng.random() < female else "male"
    is_foreign = rng.random() < FOREIGN
    enrolled = _day_between(rng, _BEGIN - dt.timedelta(days=_HEAD_START_DAYS), _END)
    age = pick(rng, "ages", _AGES)
    # Whoever is of that age was born on one of 365 days.
    born = _years_before(enrolled, age) - dt.timedelta(days=rng.randrange(365))
    person = _Person(
        number=number,
        sex=sex,
        is_foreign=is_foreign,
        born=born,
        given=pick(rng, ("given", sex, is_foreign), GIVEN[sex, is_foreign]),
        surname=_surname(rng, is_foreign),
        second_surname=_surname(rng, is_foreign) if rng.random() < _DOUBLE_SURNAME else None,
        coordination=rng.random() < _COORDINATION,
        enrolled=enrolled,
        district=pick(rng, "districts", _DISTRICTS),
    )
    return replace(person, renamed=_renamings(rng, person))


def _twin(rng: Random, person: _Person, number: int) -> _Person:
    """Born the same day to the same name; often enrolled the same day, else within two years."""
    other = {"male": "female", "female": "male"}[person.sex]
    sex = person.sex if rng.random() < _TWIN_OF_SAME_SEX else other
    later = 0 if rng.random() < _TWINS_ENROLLED_TOGETHER else rng.randrange(730)
    twin = replace(
        person,
        number=number,
        sex=sex,
        given=pick(rng, ("given", sex, person.is_foreign), GIVEN[sex, person.is_foreign]),
        enrolled=min(person.enrolled + dt.timedelta(days=later), _END),
    )
    return replace(twin, renamed=_renamings(rng, twin))


def _renamings(rng: Random, person: _Person) -> list[tuple[dt.date, str]]:
    """New surnames, at a yearly rate from the age of 18; the new one may begin with the same letter."""
    day = max(person.enrolled, _birthday(person.born, _OF_AGE))
    renamed = []
    while True:
        day += dt.timedelta(days=1 + int(rng.expovariate(_RENAMED_A_YEAR[person.sex] / 365.25)))
        if day > _END:
            return renamed
        renamed.append((day, _surname(rng, rng.random() < FOREIGN)))


def _surname(rng: Random, is_foreign: bool) -> str:
    return pick(rng, ("surname", is_foreign), SURNAME[is_foreign])


# --- episodes ---------------------------------------------------------------------------------------------------------


def _life(rng: Random, person: _Person) -> Iterator[_Stay]:
    """A person's episodes in order, those that begin after the last reporting year left out."""
    enrolled, district, programme = person.enrolled, person.district, None
    returns = 0
    while enrolled <= _END:
        programme = _programme(rng, person.age(enrolled), programme)
        days = max(_DAYS_LEAST, int(_DAYS_MEDIAN * rng.lognormvariate(0, _DAYS_SPREAD)))
        discharged = enrolled + dt.timedelta(days=days)
        if discharged < _BEGIN:
            discharged = _BEGIN + dt.timedelta(days=rng.randrange(365))
        yield _Stay(person, programme, district, enrolled, discharged)
        if rng.random() < _MOVES:
            gap = 0 if rng.random() < _MOVES_THE_SAME_DAY else rng.randint(1, _MOVE_DAYS_MOST)
            district = _another(rng, district)
        elif rng.random() < (_RETURNS_AGAIN if returns else _RETURNS):
            gap = _GAP_LEAST + int(rng.expovariate(1 / _GAP_MEAN))
            returns += 1
            if rng.random() >= _SAME_DISTRICT:
                district = _another(rng, district)
        else:
            return
        enrolled = discharged + dt.timedelta(days=gap)


def _programme(rng: Random, age: int, before: str | None) -> str:
    """Unga, then vuxna, and never back."""
    if before == "vuxna" or age >= _TOO_OLD_FOR_UNGA:
        return "vuxna"
    return "vuxna" if age >= _OF_AGE and rng.random() < _EARLY_ADULTS else "unga"


def _another(rng: Random, district: str) -> str:
    while (other := pick(rng, "districts", _DISTRICTS)) == district:
        pass
    return other


# --- reports ----------------------------------------------------------------------------------------------------------


def _reported(rng: Random, stay: _Stay) -> tuple[tuple[object, ...], str | None]:
    """What the offices say of an episode, and the kind of error in its code."""
    end_is_told = stay.discharged <= _END and rng.random() >= _END_NEVER_TOLD
    first = max(stay.enrolled.year, FIRST_YEAR)
    last = stay.discharged.year if end_is_told else LAST_YEAR
    status = "closed" if end_is_told else "ongoing"
    if not end_is_told and stay.discharged <= _END:
        status, last = "lost", max(first, stay.discharged.year - 1)
    uno, codes, error = reported_codes(rng, _code(rng, stay), stay.person.born, is_resent=last > first)
    sex, age = reported_sex(rng, stay.person.sex), reported_age(rng, stay.person.age(stay.enrolled))
    row = (
        stay.programme, stay.district, uno, codes, sex, age, stay.enrolled,
        stay.discharged if end_is_told else None, status, stay.discharged if end_is_told else dt.date(last, 12, 31),
        first, last, None, _END,
    )  # fmt: skip
    return row, error


def _code(rng: Random, stay: _Stay) -> str:
    """The code that should be given, but for double surnames, of which at times the second one counts."""
    person = stay.person
    surname = person.surname_on(stay.enrolled)
    if person.second_surname and surname == person.surname and rng.random() < _SECOND_IS_USED:
        surname = person.second_surname
    return f"{person.given}{surname}{person.born:%y}{person.born.day + 60 * person.coordination:02}"


# --- days -------------------------------------------------------------------------------------------------------------


def _day_between(rng: Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randint(0, (last - first).days))


def _birthday(born: dt.date, age: int) -> dt.date:
    """The day on which somebody is that old; of who was born on 29 February, 1 March where there is none."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


def _years_before(day: dt.date, years: int) -> dt.date:
    return _birthday(day, -years)
