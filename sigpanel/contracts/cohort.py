"""What the files of the 2013–2016 persons hold, and what is published of them, from `contracts/cohort.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.errors import Fault
from sigpanel.forms import letters_and_digits
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class CohortColumn:
    """A column: the folded headers it may have, what its words mean, and which other column tells the same.

    Attributes:
        headers: folded.
        is_required: in a table of persons.
        told_by: the column with which a table of persons does without this one.
        codes: what its words mean.
        is_identity: whether it says who somebody is, and so leaves cleaning as something else.
    """

    headers: tuple[str, ...]
    is_required: bool
    told_by: str | None
    codes: Mapping[str, str]
    is_identity: bool


@dataclass(frozen=True)
class Reference:
    """A published figure: so many persons, give or take, of what `counts` counts in our files."""

    value: int
    tolerance: int
    counts: str
    en: str
    sv: str
    source: str


@dataclass(frozen=True)
class Cohort:
    """The entries of the file, under their own names; `years` are the first and the last, by column."""

    edition: str
    programme: str
    district: str
    evaluated_in: int
    follow_up_years: int
    returns_to: str
    years: Mapping[str, Sequence[int]]
    litter: Sequence[str]
    columns: Mapping[str, CohortColumn]
    identified_by: Sequence[str]
    references: Mapping[str, Reference]


@lru_cache(maxsize=1)
def cohort() -> Cohort:
    """The description, read once.

    Raises:
        Fault: it has an entry too many or too few, speaks of a column that it does not describe, or of years that are
            no first and last.
    """
    raw = load_yaml(contracts_dir() / "cohort.yaml")
    try:
        return _described(raw.pop("columns"), raw.pop("references"), raw)
    except (KeyError, TypeError, ValueError):
        raise Fault(
            "cohort-description",
            "contracts/cohort.yaml has an entry too many or too few.",
            remedy="Mend the file.",
        ) from None


def _described(columns: dict[str, Any], references: dict[str, Any], rest: dict[str, Any]) -> Cohort:
    known = {name: _column(**column) for name, column in columns.items()}
    figures = {name: Reference(**figure) for name, figure in references.items()}
    spoken_of = {
        *rest["identified_by"],
        *(column.told_by for column in known.values() if column.told_by),
        *(figure.counts for figure in figures.values()),
        *rest["years"],
    }
    if spoken_of - known.keys():
        raise KeyError
    if any(first > last for first, last in rest["years"].values()):
        raise ValueError
    return Cohort(columns=known, references=figures, **rest)


def _column(
    *,
    headers: Sequence[str],
    required: bool = False,
    told_by: str | None = None,
    codes: Mapping[str, str] | None = None,
    identity: bool = False,
) -> CohortColumn:
    folded = tuple(letters_and_digits(header) for header in headers)
    return CohortColumn(folded, required, told_by, codes or {}, identity)
