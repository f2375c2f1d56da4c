"""What is asked, how much of it, and the Swedish texts of the lists, from `contracts/review.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sigpanel.contracts.counted import Counted
from sigpanel.contracts.links import links_file
from sigpanel.errors import Fault
from sigpanel.resources import load_entries

if TYPE_CHECKING:
    from collections.abc import Mapping

# The fields of both sides, the weights of a pair, what is answered, and what leads an answer back to its pair.
SIDES: Final = ("code", "sex", "age", "district", "programme", "enrolled", "discharged", "reported", "where")
BITS: Final = (
    *("bits_given", "bits_surname", "bits_year", "bits_day"),
    *("bits_sex", "bits_district", "bits_months", "bits_prior"),
)
ANSWERS: Final = ("verdict", "reason", "who", "date")
COLUMNS: Final = (
    *("number", "set", *SIDES, "probability", *BITS, "constraint", "runner_up", "counted_as", "effect", "earlier"),
    "note",
    *(*ANSWERS, "episodes", "digest"),
)


_COUNTED: Final = ("asked", "left_out", "waiting", "by_another", "settled", "added")


@dataclass(frozen=True)
class Kind:
    """A kind of question: the passes whose pairs are of it, and how it is put to the owner and to a district."""

    rules: tuple[str, ...]
    sv: str
    district_sv: str


@dataclass(frozen=True)
class Review:
    """The entries of `contracts/review.yaml`, under their own names."""

    most_lines: int
    most_lines_of_a_district: int
    stopped_least_probability: float
    district_sure_from: float
    verdicts: Mapping[str, str]
    kinds: Mapping[str, Kind]
    constraints: Mapping[str, str]
    file: str
    sheets: Mapping[str, str]
    columns: Mapping[str, str]
    nothing: str
    one_person: str
    two_persons: str
    place: str
    district_place: str
    more_places: str
    no_place: str
    no_file: str
    not_discharged: str
    bits_band: str
    runner_up: str
    earlier: str
    at_once: str
    choose: str
    day: str
    title: str
    warning: str
    paragraphs: tuple[str, ...]
    asked: Counted
    left_out: Counted
    waiting: Counted
    by_another: Counted
    settled: Counted
    added: Counted
    not_used: Mapping[str, str]
    nothing_to_ask: str
    district_title: str
    district_warning: str
    district_paragraphs: tuple[str, ...]

    def kind_of(self, rule: str | None) -> str:
        """The kind of question that a pass's pairs are; of a pass that is not listed, whether it is one person."""
        return next((name for name, kind in self.kinds.items() if rule in kind.rules), "same_person")

    def constraint(self, name: str) -> str:
        """What a constraint is called; one without a name is told by its token."""
        return self.constraints.get(name, name)

    @property
    def verdict_of(self) -> dict[str, str]:
        """The verdict by the word for it, in small letters."""
        return {word.casefold(): verdict for verdict, word in self.verdicts.items()}


@lru_cache(maxsize=1)
def review_texts() -> Review:
    """The texts, read once.

    Raises:
        Fault: the file has an entry too many or too few, or one of the wrong shape.
    """
    raw = load_entries("review", Review)
    if set(raw["verdicts"]) != set(links_file().verdicts) or set(raw["columns"]) != set(COLUMNS):
        raise _fault("has other verdicts or columns than it must")
    try:
        raw["kinds"] = {name: _kind(**kind) for name, kind in raw["kinds"].items()}
        for name in _COUNTED:
            raw[name] = Counted(**raw[name])
    except TypeError:
        raise _fault("has an entry of the wrong shape") from None
    for name in ("paragraphs", "district_paragraphs"):
        raw[name] = tuple(raw[name])
    return Review(**raw)


def _kind(rules: list[str], sv: str, district_sv: str) -> Kind:
    return Kind(tuple(rules), sv, district_sv)


def _fault(what: str) -> Fault:
    return Fault("review-texts", f"contracts/review.yaml {what}.", remedy="Mend the file and build again.")
