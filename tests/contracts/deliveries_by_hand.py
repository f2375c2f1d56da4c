"""Small deliveries that keep their contracts, one of each kind, and a way to spoil them by a row."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from sigpanel.contracts.delivered import Ids, hold_delivery
from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.delivery import Coverage

IDS = Ids(persons=("P1", "P2", "P3"), controls=("C1", "C2", "C3"))
FROM, UNTIL = dt.date(2018, 1, 1), dt.date(2023, 12, 31)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def coverage(source: str, *, until: dt.date = UNTIL) -> Coverage:
    return Coverage(source, "2024:1", FROM, until, 6)


SOURCES = {
    "searched": "bra",
    "suspicions": "bra_suspicions",
    "convictions": "bra_convictions",
    "deprivation": "kriminalvarden",
    "work_and_study": "lisa",
    "deaths_and_emigration": "rtb",
    "controls": "rtb",
}
SUSPICION: Mapping[str, Any] = {
    "person_id": "P1", "suspicion_no": 1, "offence_from_on": day("2019-03-01"), "offence_until_on": day("2019-03-02"),
    "registered_on": day("2019-04-01"), "grade": "reasonable", "crime_category": "robbery", "crime_code": None,
    "outcome": "prosecuted", "decided_on": day("2019-06-01"),
}  # fmt: skip
CONVICTION: Mapping[str, Any] = {
    "person_id": "P1", "decision_no": 1, "offence_no": 1, "offence_from_on": day("2019-03-01"),
    "offence_until_on": day("2019-03-02"), "registered_on": day("2019-04-01"), "decision": "verdict",
    "verdict_on": day("2019-09-01"), "legal_force": "final", "in_force_on": day("2019-09-22"),
    "crime_category": "robbery", "crime_code": None, "is_main_offence": True, "sanction": "prison",
    "sanction_months": 8, "sanction_days": 0,
}  # fmt: skip
DEPRIVED: Mapping[str, Any] = {
    "person_id": "P1", "kind": "prison", "from_on": day("2019-10-01"), "until_on": day("2020-03-01"),
    "is_ongoing": False,
}  # fmt: skip
YEAR: Mapping[str, Any] = {
    "person_id": "P1", "year": 2019, "employment": "employed", "employment_basis": "monthly_returns",
    "income_band": "one_to_two", "studies": "no_studies",
}  # fmt: skip
EVENT: Mapping[str, Any] = {
    "person_id": "P1", "kind": "emigration", "happened_on": day("2021-05-01"), "known_to": "day", "registered_on": None,
}  # fmt: skip
CONTROL: Mapping[str, Any] = {
    "person_id": "P1", "control_id": "C1", "matched_on": day("2019-01-15"), "sex": "male", "birth_year": 2003,
    "residence": "same_district", "earlier_suspicions": "one_to_four",
}  # fmt: skip
# Each keeps every rule, warnings too.
GOOD: Mapping[str, list[Mapping[str, Any]]] = {
    "searched": [
        {"person_id": person, "search": "no_number" if person == "P3" else "searched"} for person in IDS.of("anybody")
    ],
    "suspicions": [
        SUSPICION,
        {**SUSPICION, "suspicion_no": 2, "outcome": "open", "decided_on": None},
        {**SUSPICION, "person_id": "C1", "crime_code": 9999},
    ],
    "convictions": [
        CONVICTION,
        {**CONVICTION, "offence_no": 2, "is_main_offence": False, "crime_category": "drugs", "registered_on": None},
        {**CONVICTION, "person_id": "P2", "decision": "penalty_order", "legal_force": "not_told", "in_force_on": None,
         "sanction": "fine", "sanction_months": None, "sanction_days": None},
    ],
    "deprivation": [
        DEPRIVED,
        {**DEPRIVED, "kind": "remand", "from_on": day("2017-06-01"), "until_on": day("2018-02-01")},
        {**DEPRIVED, "from_on": day("2023-12-01"), "until_on": None, "is_ongoing": True},
    ],
    "work_and_study": [
        YEAR,
        {**YEAR, "year": 2018, "employment_basis": "yearly_statements", "employment": None},
        {**YEAR, "person_id": "C2", "employment": "not_employed", "income_band": "zero"},
    ],
    "deaths_and_emigration": [
        EVENT,
        {**EVENT, "kind": "death", "happened_on": day("2021-05-01"), "known_to": "month"},
        {**EVENT, "person_id": "P2", "kind": "immigration", "registered_on": day("2021-06-01")},
    ],
    "controls": [
        CONTROL,
        {**CONTROL, "control_id": "C2"},
        {**CONTROL, "person_id": "P2", "control_id": "C3", "earlier_suspicions": None},
    ],
}  # fmt: skip
# Of P3 nobody was found who matches.
WARNED = {"controls": {"controls.everybody_has_controls"}}


def framed(kind: str, rows: list[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=delivery(kind).schema, orient="row")


def broken(kind: str, frame: pl.DataFrame, declared: Coverage | None = None, ids: Ids = IDS) -> dict[str, int]:
    """The rules that a delivery breaks, and in how many rows."""
    outcomes = hold_delivery(delivery(kind), frame, declared or coverage(SOURCES[kind]), ids)
    return {outcome.rule.id: outcome.n_failing for outcome in outcomes if not outcome.is_kept}
