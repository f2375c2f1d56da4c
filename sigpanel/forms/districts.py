"""Districts and programmes as data: `contracts/districts.yaml` and `contracts/programmes.yaml`.

A district has a validity and, after a merger, a successor. `harmonised` follows successors to today's frame; it never
goes back, since a successor is not split. A change of label is not a move: `sigpanel.persons` compares harmonised
districts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sigpanel.errors import Fault
from sigpanel.forms.model import District, Programme
from sigpanel.resources import contracts_dir, load_yaml

_DISTRICT = {"token", "sv", "en", "valid_from"}


@lru_cache(maxsize=1)
def districts() -> dict[str, District]:
    """Every district that runs or ran SIG, by token.

    Raises:
        Fault: `districts.yaml` is inconsistent.
    """
    rows: list[dict[str, Any]] = _load("districts")
    for row in rows:
        if not _DISTRICT <= row.keys() <= _DISTRICT | {"valid_to", "successor"} or ("valid_to" in row) != (
            "successor" in row
        ):
            raise _fault("districts.yaml", "a district has unknown or missing keys")
    known = {row["token"]: District(**row) for row in rows}
    for district in known.values():
        if district.successor is None:
            continue
        successor = known.get(district.successor)
        if successor is None or successor.valid_from != district.valid_to:
            raise _fault("districts.yaml", f"{district.token} has no successor from the day it ends")
    if len(known) != len(rows):
        raise _fault("districts.yaml", "a token stands twice")
    return known


def harmonised(token: str) -> str:
    """The district in today's frame, by following successors."""
    district = districts()[token]
    return token if district.successor is None else harmonised(district.successor)


@lru_cache(maxsize=1)
def programmes() -> dict[str, Programme]:
    """The programmes, by token.

    Raises:
        Fault: `programmes.yaml` is inconsistent.
    """
    rows: dict[str, dict[str, Any]] = _load("programmes")
    known = {}
    for token, row in rows.items():
        if row.keys() != {"sv", "en", "observed_from", "ages"} or row["ages"].keys() != {"low", "high"}:
            raise _fault("programmes.yaml", f"{token} has unknown or missing keys")
        ages = row["ages"]
        known[token] = Programme(token, row["sv"], row["en"], row["observed_from"], ages["low"], ages["high"])
    return known


def _load(name: str) -> Any:  # noqa: ANN401 - each caller states the shape it expects and checks it
    loaded = load_yaml(contracts_dir() / f"{name}.yaml")
    if not isinstance(loaded, dict) or set(loaded) != {name}:
        raise _fault(f"{name}.yaml", f"it must hold `{name}` and nothing else")
    return loaded[name]


def _fault(where: str, what: str) -> Fault:
    return Fault("contract-description", f"contracts/{where}: {what}.", remedy="Mend the file and build again.")
