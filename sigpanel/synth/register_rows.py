"""What a register knows of a synthetic life by the end of its coverage: the rows of each kind of delivery."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING, Any, Final, Protocol

from sigpanel.contracts.deliveries import deliveries
from sigpanel.synth.lives import happens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sigpanel.contracts.delivery import Coverage
    from sigpanel.synth.lives import Crime, Life

Row = dict[str, Any]
_BREAK: Final = 2019
_DAYS_TO_FORCE: Final = 21


class Lived(Protocol):
    """Somebody with a life; `of` is the person whose control they are."""

    person_id: str
    begins: dt.date
    life: Life
    of: str | None


def rows_of(kind: str, who: Lived, coverage: Coverage) -> Iterator[Row]:
    """The rows of a person or control in a delivery."""
    return _ROWS[kind](who, coverage)


def _suspicions(who: Lived, coverage: Coverage) -> Iterator[Row]:
    known = [one for one in who.life.crimes if coverage.from_on <= one.registered_on <= coverage.until_on]
    for no, one in enumerate(known, start=1):
        is_open = one.decided_on > coverage.until_on
        yield {
            "person_id": who.person_id, "suspicion_no": no, **_offence(one), "registered_on": one.registered_on,
            "grade": "reasonable_or_stronger", "crime_category": one.category, "crime_code": None,
            "outcome": "open" if is_open else one.outcome, "decided_on": None if is_open else one.decided_on,
        }  # fmt: skip


def _convictions(who: Lived, coverage: Coverage) -> Iterator[Row]:
    verdicts = [(one, one.verdict_on) for one in who.life.crimes if one.verdict_on]
    judged = [(one, on) for one, on in verdicts if coverage.from_on <= on <= coverage.until_on]
    for no, (one, verdict_on) in enumerate(judged, start=1):
        force_on = verdict_on + dt.timedelta(days=_DAYS_TO_FORCE)
        force = "not_final" if one.force == "final" and force_on > coverage.until_on else one.force
        row = {
            "person_id": who.person_id, "decision_no": no, "offence_no": 1, **_offence(one),
            "registered_on": one.registered_on, "decision": "verdict", "verdict_on": verdict_on,
            "legal_force": force, "in_force_on": force_on if force == "final" else None,
            "crime_category": one.category, "crime_code": None, "is_main_offence": True, "sanction": one.sanction,
            "sanction_months": one.months, "sanction_days": None if one.months is None else 0,
        }  # fmt: skip
        yield row
        if no % 5 == 0:  # a second offence, of which no day is known
            yield row | {
                "offence_no": 2, "offence_from_on": None, "offence_until_on": None, "is_main_offence": False,
                "crime_category": "traffic",
            }  # fmt: skip


def _offence(one: Crime) -> Row:
    day = one.offence_on if one.is_dated else None
    return {"offence_from_on": day, "offence_until_on": day}


def _deprivation(who: Lived, coverage: Coverage) -> Iterator[Row]:
    held = deliveries()["deprivation"].sources[coverage.source].holds["kind"]
    for one in who.life.locked:
        if one.kind not in held or one.from_on > coverage.until_on or one.until_on < coverage.from_on:
            continue
        is_ongoing = one.until_on > coverage.until_on
        until = None if is_ongoing else one.until_on
        yield {
            "person_id": who.person_id, "kind": one.kind, "from_on": one.from_on, "until_on": until,
            "is_ongoing": is_ongoing,
        }  # fmt: skip


def _lives(who: Lived, coverage: Coverage) -> Iterator[Row]:
    died = [("death", who.life.died_on)] if who.life.died_on else []
    for kind, on in [*who.life.moves, *died]:
        if coverage.from_on <= on <= coverage.until_on:
            yield {
                "person_id": who.person_id,
                "kind": kind,
                "happened_on": on,
                "known_to": "day",
                "registered_on": None,
            }


def _work(who: Lived, coverage: Coverage) -> Iterator[Row]:
    chance = Random(f"work {who.person_id}")
    for year in range(coverage.from_year, coverage.until_year + 1):
        if not who.life.is_resident(dt.date(year, 12, 31)):
            continue
        works_from = who.life.works_from
        has_work = works_from is not None and year >= works_from and who.life.is_free(dt.date(year, 11, 15))
        yield {
            "person_id": who.person_id, "year": year, "employment": "employed" if has_work else "not_employed",
            "employment_basis": "monthly_returns" if year >= _BREAK else "yearly_statements",
            "income_band": chance.choice(("one_to_two", "two_to_four", "four_or_more")) if has_work else "zero",
            "studies": "no_studies" if has_work or happens(chance, 0.7) else "adult_education",
        }  # fmt: skip


def _controls(who: Lived, coverage: Coverage) -> Iterator[Row]:
    chance = Random(f"control {who.person_id}")
    if who.of is not None and coverage.from_on <= who.begins <= coverage.until_on:
        yield {
            "person_id": who.of, "control_id": who.person_id, "matched_on": who.begins,
            "sex": chance.choices(("male", "female"), (8, 2))[0], "birth_year": who.begins.year - 20,
            "residence": chance.choice(("same_district", "stockholm")), "earlier_suspicions": None,
        }  # fmt: skip


_ROWS: Final[dict[str, Callable[[Lived, Coverage], Iterator[Row]]]] = {
    "suspicions": _suspicions,
    "convictions": _convictions,
    "deprivation": _deprivation,
    "work_and_study": _work,
    "deaths_and_emigration": _lives,
    "controls": _controls,
}
