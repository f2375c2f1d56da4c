"""Deliveries of register holders as nouns: a kind of delivery with all that its contract says, and a coverage.

They are read by `sigpanel.contracts.deliveries` and held by `sigpanel.contracts.delivered`; nothing here reads a file.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.model import Column, Table

if TYPE_CHECKING:
    from sigpanel.contracts.model import Term
    from sigpanel.contracts.rules import Rule

# What a rule of a contract may have for a bound, by its name there: facts of the coverage that a delivery declares.
BOUNDS = ("coverage.from_on", "coverage.until_on", "coverage.from_year", "coverage.until_year")
# Frames made of a delivery that a rule can be about (`sigpanel.contracts.delivered`), and their columns.
VIEWS: Mapping[str, tuple[str, ...]] = {
    "asked": ("person_id", "found"),
    "in_turn": ("person_id", "kind", "from_on", "until_on", "next_from_on"),
    "decisions": ("person_id", "decision_no", "n_main_offences", "n_versions"),
    "lives": ("person_id", "n_deaths", "died_by_on", "last_other_on"),
    "cases": ("person_id", "n_controls", "n_days"),
}


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    en: str
    sv: str


@dataclass(frozen=True)
class DeliveredColumn(Column):
    """A column of a delivery: also who its ids are (`persons`, `controls`, `anybody`)."""

    ids: str | None = None


@dataclass(frozen=True)
class Source:
    """A register that a delivery may come from.

    `holds_from`: it knows nothing earlier. `holds`: the words of a column that it knows; of others it says nothing.
    """

    holder: str
    register: str | None
    holds_from: dt.date | None
    holds: Mapping[str, tuple[str, ...]]
    text: Text


@dataclass(frozen=True)
class Population:
    """Who can be in the register at all: from which age in years, and who else."""

    from_age: int
    text: Text


@dataclass(frozen=True)
class Absent:
    """What it means to have no row: `none` or `unknown`, of who was searched for and within population and coverage."""

    means: str
    text: Text


@dataclass(frozen=True)
class Lag:
    """Months at the end of a coverage in which something that happened may not be in it yet, as is assumed."""

    months: int
    text: Text


@dataclass(frozen=True)
class Sla:
    """How often a delivery comes, and by when: every `year`, `once`, or `with_each` other delivery."""

    every: str
    by: tuple[int, int] | None
    years_behind: int | None
    within_months: int | None
    text: Text

    def due_until(self, today: dt.date) -> dt.date | None:
        """The last day that a yearly delivery must cover on this day; None of those that are not yearly."""
        if self.by is None or self.years_behind is None:
            return None
        behind = self.years_behind + (today < dt.date(today.year, *self.by))
        return dt.date(today.year - behind, 12, 31)


@dataclass(frozen=True)
class Coverage:
    """What a delivery declares: register, edition, first and last day covered, and months that may lack something."""

    source: str
    version: str
    from_on: dt.date
    until_on: dt.date
    lag_months: int

    @property
    def complete_until(self) -> dt.date:
        """The last day of which nothing is missing any more: the lag before the end."""
        year, month = divmod(self.until_on.year * 12 + self.until_on.month - 1 - self.lag_months, 12)
        return dt.date(year, month + 1, min(self.until_on.day, monthrange(year, month + 1)[1]))

    @property
    def from_year(self) -> int:
        """The first calendar year that is covered in full."""
        return self.from_on.year + (self.from_on != dt.date(self.from_on.year, 1, 1))

    @property
    def until_year(self) -> int:
        """The last calendar year that is covered in full."""
        return self.until_on.year - (self.until_on != dt.date(self.until_on.year, 12, 31))


@dataclass(frozen=True)
class Delivery:
    """A kind of delivery. `rules` are those written out, with `BOUNDS` for what a coverage will say."""

    name: str
    version: str
    status: str
    title: Text
    row: Text
    sources: Mapping[str, Source]
    population: Population
    absent: Absent
    covered_as: str
    covered_by: tuple[str, ...]
    lag: Lag
    sla: Sla
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    columns: tuple[DeliveredColumn, ...]
    vocabularies: Mapping[str, tuple[Term, ...]]
    rules: tuple[Rule, ...]
    assumes: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, DeliveredColumn]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def schema(self) -> pl.Schema:
        """The columns and types of a delivery."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def table(self) -> Table:
        """The delivery as a table is described."""
        return Table(self.name, self.row.en, self.row.sv, self.key, self.unique, self.key, self.columns)

    def words(self, column: str) -> tuple[Term, ...]:
        """The words that a column may have, in order; none of a column that has no words."""
        vocabulary = self.by_name[column].vocabulary
        return self.vocabularies[vocabulary] if vocabulary else ()


@dataclass(frozen=True)
class Bounds:
    """The earliest day that a coverage may begin on, and the most months of lag."""

    from_on: dt.date
    lag_months: int


@dataclass(frozen=True)
class Shared:
    """What holds for every delivery: the kinds, who ids are, what a coverage declares, units, words in common, mends.

    `bounds` are those of any coverage. `mend` says what would mend a broken rule, by the last word of its id, else by
    its severity.
    """

    kinds: tuple[str, ...]
    ids: Mapping[str, Text]
    coverage: Mapping[str, Text]
    bounds: Bounds
    absent: Mapping[str, Text]
    units: Mapping[str, Text]
    mend: Mapping[str, Text]
    vocabularies: Mapping[str, tuple[Term, ...]]
