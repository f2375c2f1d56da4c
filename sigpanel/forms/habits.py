"""How offices fill the form in: words, marks and thresholds, from `contracts/habits.yaml`.

Intake recognises sum rows and headers by them, cleaning reads "ca 3" and "14 apr 2022". What each one means stands in
the file, beside the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.forms.model import letters_and_digits
from sigpanel.resources import load_entries

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class Habits:
    """The entries of `contracts/habits.yaml`, under their own names."""

    header_least_matches: int
    header_like_a_question: float
    banner_least_matches: int
    footer_most_cells: int
    sum_words: frozenset[str]
    litter: tuple[str, ...]
    blank_marks: tuple[str, ...]
    approximate_words: tuple[str, ...]
    error_words: frozenset[str]
    boolean_words: dict[str, str]
    months: dict[str, int]
    earliest_date: dt.date
    discharge_least_share: float
    other_year_least_rows: int
    other_year_least_share: float
    deadline_month: int
    deadline_day: int
    city_least_districts: int
    bortfall_worse_by: float
    bortfall_worse_least: int


@lru_cache(maxsize=1)
def habits() -> Habits:
    """The habits, read once.

    Raises:
        Fault: the file has an entry too many or too few.
    """
    raw = load_entries("habits", Habits)
    raw["sum_words"] = frozenset(letters_and_digits(word) for word in raw["sum_words"])
    raw["error_words"] = frozenset(raw["error_words"])
    for name in ("litter", "blank_marks", "approximate_words"):
        raw[name] = tuple(raw[name])
    return Habits(**raw)
