"""Lives of synthetic persons as registers would have them: offences, verdicts, time locked in, moves, work, death.

    life = live(Random("1 P1"), begins, ends, until)     everything that happens, also what no register tells in time

They are invented, and no proportion in them is an estimate: each shape that a delivery can have must occur. Offences
lie before the enrolment and after; verdicts come months later, some of them years, so that an offence before the
enrolment may be judged after the discharge; who was discharged since deprived of liberty is locked in from that day.
Nothing happens after a death, and no offence is committed abroad or while locked in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Final

CRIMES: Final = ("theft", "drugs", "robbery", "life_and_health", "weapons", "liberty_and_peace", "traffic", "fraud")
_YEAR: Final = 365


@dataclass(frozen=True)
class Crime:
    """An offence: when, when suspected and decided, and the verdict on it, if one was given."""

    offence_on: dt.date
    is_dated: bool
    registered_on: dt.date
    decided_on: dt.date
    outcome: str
    category: str
    verdict_on: dt.date | None = None
    force: str = "not_told"
    sanction: str = "fine"
    months: int | None = None


@dataclass(frozen=True)
class Locked:
    """A time locked in, until the day of release."""

    kind: str
    from_on: dt.date
    until_on: dt.date


@dataclass
class Life:
    """What happens to a person. `works_from`: from that year on they have work, if ever."""

    crimes: list[Crime] = field(default_factory=list)
    locked: list[Locked] = field(default_factory=list)
    moves: list[tuple[str, dt.date]] = field(default_factory=list)
    died_on: dt.date | None = None
    works_from: int | None = None

    def is_resident(self, day: dt.date) -> bool:
        """Whether alive and in the country at the end of a day."""
        last = next((kind for kind, on in reversed(self.moves) if on <= day), "immigration")
        return last == "immigration" and not (self.died_on and self.died_on <= day)

    def is_free(self, day: dt.date) -> bool:
        """Whether an offence can be committed that day."""
        return self.is_resident(day) and not any(one.from_on <= day < one.until_on for one in self.locked)


def live(
    chance: Random,
    begins: dt.date,
    ends: dt.date | None,
    until: dt.date,
    *,
    is_deprived: bool = False,
    rate: float = 0.6,
) -> Life:
    """A life from three years before an enrolment until a day.

    Args:
        chance: the person's own.
        begins: the first enrolment.
        ends: the last discharge.
        until: the last day of the world.
        is_deprived: the insats ended since the person was deprived of liberty.
        rate: offences in a year.
    """
    life = Life()
    if happens(chance, 0.03):
        life.died_on = _between(chance, begins, until)
    last = life.died_on or until
    _move(life, chance, begins, last)
    if is_deprived and ends is not None and ends < last:
        kind = "remand" if happens(chance, 0.6) else "youth_home"
        _lock(life, Locked(kind, ends, ends + dt.timedelta(days=chance.randint(30, 300))), last)
    day = begins - dt.timedelta(days=3 * _YEAR)
    while (day := day + dt.timedelta(days=1 + int(chance.expovariate(rate) * _YEAR))) < last:
        if life.is_free(day):
            _commit(life, chance, day, last)
    if happens(chance, 0.7):
        life.works_from = (ends or begins).year + chance.randint(0, 5)
    return life


def happens(chance: Random, share: float) -> bool:
    """Whether something happens that happens to such a share."""
    return chance.random() < share


def _move(life: Life, chance: Random, begins: dt.date, last: dt.date) -> None:
    if not happens(chance, 0.08):
        return
    left = _between(chance, begins, last)
    life.moves.append(("emigration" if happens(chance, 0.8) else "untraced", left))
    back = left + dt.timedelta(days=chance.randint(200, 1200))
    if happens(chance, 0.5) and back < last:
        life.moves.append(("immigration", back))


def _commit(life: Life, chance: Random, day: dt.date, last: dt.date) -> None:
    """An offence, and what comes of it; after a death nothing does, and after the last day no register tells of it."""
    registered = day + dt.timedelta(days=int(chance.expovariate(1 / 40)))
    decided = registered + dt.timedelta(days=20 + int(chance.expovariate(1 / 120)))
    if life.died_on and registered >= life.died_on:
        return
    outcome = chance.choices(("prosecuted", "dropped", "prosecution_waived"), (5, 4, 1))[0]
    category, is_dated = chance.choice(CRIMES), happens(chance, 0.95)
    verdict = decided + dt.timedelta(days=30 + int(chance.expovariate(1 / 200)))
    if outcome != "prosecuted" or (life.died_on and verdict >= life.died_on):
        life.crimes.append(Crime(day, is_dated, registered, decided, outcome, category))
        return
    force = chance.choices(("final", "not_final", "acquitted"), (90, 6, 4))[0]
    sanction = chance.choices(("fine", "probation", "youth_service", "prison"), (4, 3, 3, 2))[0]
    months = chance.randint(1, 24) if sanction == "prison" else None
    life.crimes.append(Crime(day, is_dated, registered, decided, outcome, category, verdict, force, sanction, months))
    begins = verdict + dt.timedelta(days=chance.randint(1, 60))
    if months and force == "final" and begins < last and life.is_free(begins):
        _lock(life, Locked("prison", begins, begins + dt.timedelta(days=20 * months)), last)


def _lock(life: Life, time: Locked, last: dt.date) -> None:
    """Lock in, unless that meets another time or the person leaves meanwhile; death ends it."""
    until = min(time.until_on, life.died_on) if life.died_on else time.until_on
    meets = any(one.from_on < until and time.from_on < one.until_on for one in life.locked)
    leaves = any(time.from_on <= on <= until for _, on in life.moves)
    if not meets and not leaves and time.from_on < min(until, last) and life.is_resident(time.from_on):
        life.locked.append(Locked(time.kind, time.from_on, until))


def _between(chance: Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=chance.randint(1, max((last - first).days, 1)))
