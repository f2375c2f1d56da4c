"""What analyses go by, from `contracts/analysis.yaml`: groups of discharge reasons, and the length of a year.

The reader fails closed: a discharge reason that is in no group, or in two, is a fault, since `competing_risks` would
pass over whoever has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts import strict
from sigpanel.contracts.delivery import Text
from sigpanel.contracts.strict import of_file
from sigpanel.contracts.tables import vocabulary
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = "analysis.yaml"
NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class Cause:
    """A group of discharge reasons."""

    title: Text
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class AnalysisFacts:
    """The entries of the file, under their own names."""

    version: int
    year_days: float
    causes: Mapping[str, Cause]

    @property
    def cause_of(self) -> dict[str, str]:
        """The group of each discharge reason."""
        return {reason: name for name, cause in self.causes.items() for reason in cause.reasons}


@lru_cache(maxsize=1)
def analysis() -> AnalysisFacts:
    """What `contracts/analysis.yaml` says.

    Raises:
        Fault: it says something that nobody knows, or lacks something.
    """
    return read_analysis(contracts_dir() / _FILE)


@of_file(_FILE)
def read_analysis(path: Path) -> AnalysisFacts:
    """Read what analyses go by.

    Raises:
        Fault: it says something that nobody knows, or lacks something.
    """
    raw = strict.mapping(strict.load(path), "the file", {"version", "year_days", "causes"})
    causes = {}
    for name, each in strict.mapping(raw["causes"], "causes").items():
        body = strict.mapping(each, f"causes, {name}", {"en", "sv", "reasons"})
        reasons = tuple(strict.text(one, f"causes, {name}") for one in strict.items(body["reasons"], f"causes, {name}"))
        causes[strict.name(name, "causes")] = Cause(_text(body, f"causes, {name}"), reasons)
    known = [term.token for term in vocabulary("discharge_reason")]
    named = [reason for cause in causes.values() for reason in cause.reasons]
    strict.require(sorted(named) == sorted(known), "causes", "every discharge reason is in one group, and only in one")
    strict.require(
        NOT_KNOWN in causes and not causes[NOT_KNOWN].reasons, "causes", "a reason that is not known has one"
    )
    year_days = raw["year_days"]
    strict.require(isinstance(year_days, float) and year_days > 0, "year_days", "a number of days belongs here")
    return AnalysisFacts(strict.number(raw["version"], "version"), year_days, causes)


def _text(body: Mapping[str, strict.Yaml], where: str) -> Text:
    return Text(strict.text(body["en"], where), strict.text(body["sv"], where))
