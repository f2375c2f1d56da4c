"""Small panels whose every value is known, and approvals of them: what extracts are tested on without a release."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from sigpanel.contracts.approvals import Approval, find, read_approval
from sigpanel.contracts.tables import schema
from sigpanel.errors import PolicyError
from sigpanel.extracts.cut import Cut, draft, under_own_ids
from sigpanel.forms import variables

Said = Mapping[str, Any]

_USUAL = {
    "person_id": "p1", "episode_no": 1, "uno_id": "u1", "programme": "unga", "district_reported": "farsta",
    "district": "farsta", "enrolled_on": dt.date(2022, 3, 1), "discharged_on": dt.date(2022, 9, 1), "status": "closed",
    "discharge_reason": "goals_met", "sex": "male", "age": 15, "is_reenrolment": False, "is_transfer": False,
    "is_left_truncated": False, "is_retrospective": False, "first_reported_year": 2022, "last_reported_year": 2022,
    "n_reports": 1, "is_renewal": False, "previous_episode_id": None, "gap_days": None, "birth_year": 2006,
    "in_cohort": False,
}  # fmt: skip


def episode(person: str, no: int = 1, **said: Any) -> dict[str, Any]:
    """An episode: what is usual, and what is said otherwise; answers too, by variable, for both moments."""
    whole = {**_USUAL, "person_id": person, "episode_no": no, "episode_id": f"e-{person}-{no}", **said}
    days = (
        (whole["discharged_on"] - whole["enrolled_on"]).days
        if whole["discharged_on"] and whole["enrolled_on"]
        else None
    )
    dated = {"observed_from": whole["enrolled_on"], "observed_until": whole["discharged_on"], "days": days}
    same = {"person_id_strict": whole["person_id"], "person_id_wide": whole["person_id"]}
    return {**same, **dated, **whole}


def crowd(n: int, first: int = 0, **said: Any) -> list[dict[str, Any]]:
    """So many persons with an episode each, all alike."""
    return [episode(f"p{first + number:03d}", **said) for number in range(n)]


def panel(episodes: Sequence[Said], cohort: Sequence[Said] = ()) -> dict[str, pl.LazyFrame]:
    """The tables that may leave, of these episodes."""
    by_person: dict[str, list[Said]] = {}
    for one in episodes:
        by_person.setdefault(one["person_id"], []).append(one)
    persons = [
        {
            "person_id": person,
            "person_no": number,
            "sex": own[0]["sex"],
            "birth_year": own[0]["birth_year"],
            "n_episodes": len(own),
            "first_enrolled_on": min((one["enrolled_on"] for one in own if one["enrolled_on"]), default=None),
            "observed_until": dt.date(2029, 12, 31),
            "in_cohort": own[0]["in_cohort"],
        }
        for number, (person, own) in enumerate(by_person.items(), start=1)
    ]
    moments = {"enrolment": "enrolled_on", "discharge": "discharged_on"}
    waves = [
        {**{name: one.get(name) for name in variables()}, **one, "moment": moment, "observed_on": one[day]}
        for one in episodes
        for moment, day in moments.items()
        if moment == "enrolment" or one[day]
    ]
    rows = {"persons": persons, "episodes": list(episodes), "waves": waves, "cohort": list(cohort)}
    return {name: _frame(name, each).lazy() for name, each in rows.items()}


def _frame(name: str, rows: Sequence[Said]) -> pl.DataFrame:
    shape = schema(name, variables())
    return pl.DataFrame([{column: row.get(column) for column in shape} for row in rows], schema=shape)


def body(**said: Any) -> dict[str, Any]:
    """A plain approval of all persons: k of 3, nothing coarsened but the year."""
    return {
        "approval": "small", "version": 1, "register_number": "2026-00001", "purpose": {"en": "Test", "sv": "Prov"},
        "legal_basis": {"en": "None", "sv": "Ingen"}, "recipients": ["Nobody"], "valid_from": dt.date(2020, 1, 1),
        "valid_to": dt.date(2030, 12, 31), "contract_major": 1, "id_scope": "version", "identity": "default",
        "population": {"episodes": "all"}, "consent_withdrawn": "include",
        "tables": {
            "persons": {"person_id": "id", "sex": "as_is"},
            "episodes": {"person_id": "id", "episode_id": "id", "enrolled_on": "year", "discharge_reason": "as_is"},
        },
        "quasi_identifiers": ["sex", "enrolled_on"], "nulls": {},
        "risk": {"k": 3, "unique_trajectories": 1.0},
        "small_classes": {
            "policy": "suppress", "order": ["enrolled_on", "sex"], "most_suppressed": 1.0, "rest": "leave_out",
            "most_left_out": 1.0,
        },
        "formats": ["parquet"],
        **said,
    }  # fmt: skip


def episodes_with(**columns: Any) -> dict[str, Any]:
    """Tables of an approval: episodes, with these columns beside the ids."""
    return {"episodes": {"person_id": "id", "episode_id": "id", **columns}}


def approval(folder: Path, **said: Any) -> Approval:
    """An approval, read from a file."""
    return read_approval(written(folder, body(**said)))


def written(folder: Path, said: Mapping[str, Any], name: str = "small.yaml") -> Path:
    """An approval as a file."""
    path = folder / name
    path.write_text(yaml.safe_dump(dict(said), sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def demo_body() -> dict[str, Any]:
    """The worked example, to change."""
    return yaml.safe_load(find("demo-followup").read_text(encoding="utf-8"))


def own_ids(purpose: str, ids: pl.Series) -> pl.Series:
    """Ids of an extract without a key: for what is tested of tables alone."""
    return ids.map_elements(
        lambda each: purpose[8] + hashlib.sha256(f"{purpose} {each}".encode()).hexdigest()[:20],
        return_dtype=pl.String, skip_nulls=True,
    )  # fmt: skip


def cut(tables: Mapping[str, pl.LazyFrame], said: Approval) -> Cut:
    """The extract of a panel, under ids made without a key."""
    return under_own_ids(draft(tables, said), said, own_ids)


def refusal(tables: Mapping[str, pl.LazyFrame], said: Approval) -> PolicyError:
    """Why there is no extract of a panel."""
    with pytest.raises(PolicyError) as caught:
        draft(tables, said)
    return caught.value
