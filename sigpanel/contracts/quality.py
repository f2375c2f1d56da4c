"""What the report on linkage quality counts and shows, from `contracts/quality.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sigpanel.resources import load_entries


@dataclass(frozen=True)
class QualityReport:
    """The entries of the file, under their own names."""

    decoys: int
    least_n: int
    most_plausible_episodes: int
    most_plausible_years_apart: int
    birth_years_to_a_band: int
    sizes: Sequence[int]
    initials_in_common: Mapping[str, float]
    levels: Mapping[str, Mapping[str, str]]
    identifiers: Mapping[str, str]
    implausible: Mapping[str, str]
    groups: Mapping[str, str]
    initials: Mapping[str, str]
    not_told: str


@lru_cache(maxsize=1)
def quality_report() -> QualityReport:
    """The entries, read once.

    Raises:
        Fault: the file has an entry too many or too few.
    """
    return QualityReport(**load_entries("quality", QualityReport))
