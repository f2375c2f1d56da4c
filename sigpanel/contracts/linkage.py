"""The thresholds of linkage, from `contracts/linkage.yaml`; what each means stands there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir, load_yaml


@dataclass(frozen=True)
class Linkage:
    """The entries of the file, under their own names."""

    version: int
    transfer_most_days: int
    resends_least_share: float


@lru_cache(maxsize=1)
def linkage() -> Linkage:
    """The thresholds, read once.

    Raises:
        Fault: the file has an entry too many or too few.
    """
    raw = load_yaml(contracts_dir() / "linkage.yaml")
    if raw.keys() != {field.name for field in fields(Linkage)}:
        raise Fault("linkage", "contracts/linkage.yaml has an entry too many or too few.", remedy="Mend the file.")
    return Linkage(**raw)
