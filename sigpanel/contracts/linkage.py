"""The thresholds of linkage, from `contracts/linkage.yaml`; what each means stands there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import yaml

from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir


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
    raw = yaml.safe_load((contracts_dir() / "linkage.yaml").read_text(encoding="utf-8"))
    if raw.keys() != {field.name for field in fields(Linkage)}:
        raise Fault("linkage", "contracts/linkage.yaml has an entry too many or too few.", remedy="Mend the file.")
    return Linkage(**raw)
