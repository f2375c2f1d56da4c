"""What is published of the cohort, beside what its files give.

Each figure of `contracts/cohort.yaml` stands for itself. Nothing is adjusted to it, and nothing fails: the published
figures contradict each other (49 and 30 interviewed), and what they count is only partly known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.cohort import cohort

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Compared:
    """A published figure with its tolerance and source, and ours; `ours`, `is_within` are null where there is none."""

    name: str
    value: int
    tolerance: int
    en: str
    sv: str
    source: str
    ours: int | None
    is_within: bool | None


def compared(pilot: pl.DataFrame) -> list[Compared]:
    """The published figures beside those of the pilot's persons; none where there are no persons."""
    if pilot.is_empty():
        return []
    figures = []
    for name, one in cohort().references.items():
        ours = _ours(pilot, one.counts)
        is_within = None if ours is None else abs(ours - one.value) <= one.tolerance
        figures.append(Compared(name, one.value, one.tolerance, one.en, one.sv, one.source, ours, is_within))
    return figures


def _ours(pilot: pl.DataFrame, counts: str) -> int | None:
    if counts == "study_id":
        return pilot.height
    told = pilot[counts].drop_nulls()
    return int(told.sum()) if told.len() else None
