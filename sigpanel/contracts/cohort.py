"""What a file of the 2013–2016 persons holds, from `contracts/cohort.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.errors import Fault
from sigpanel.forms import letters_and_digits
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class CohortColumn:
    """A column: the folded headers it may have, and what its words mean."""

    headers: tuple[str, ...]
    is_required: bool
    codes: Mapping[str, str]


@dataclass(frozen=True)
class Cohort:
    """The entries of the file, under their own names."""

    edition: str
    programme: str
    district: str
    evaluated_in: int
    follow_up_years: int
    columns: Mapping[str, CohortColumn]


@lru_cache(maxsize=1)
def cohort() -> Cohort:
    """The description, read once.

    Raises:
        Fault: it has an entry too many or too few.
    """
    raw = load_yaml(contracts_dir() / "cohort.yaml")
    try:
        columns = {name: _column(**column) for name, column in raw.pop("columns").items()}
        return Cohort(columns=columns, **raw)
    except (KeyError, TypeError):
        raise Fault(
            "cohort-description",
            "contracts/cohort.yaml has an entry too many or too few.",
            remedy="Mend the file.",
        ) from None


def _column(*, headers: Sequence[str], required: bool, codes: Mapping[str, str] | None = None) -> CohortColumn:
    return CohortColumn(tuple(letters_and_digits(header) for header in headers), required, codes or {})
