"""What an analysis reads: a panel or an extract, and from either no more than it needs.

    need(source, "episodes", ["person_id", "enrolled_on"])      the columns, or a refusal that names those missing
    grain(source, "episodes", "enrolled_on")                     in which grain a date stands there
    person_column("strict")                                      person_id_strict

A panel has whole days. An extract has what its approval lets out: a date may be a year, a quarter or a month, or days
since the person's first enrolment; an age a band; a column may be missing. So every analysis says which columns it
needs, under the panel's names, and gets them or is refused by name. Nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from sigpanel.contracts.extracts import extracts
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError, UsageError

# From the fewest joined episodes to the most.
IDENTITIES = {"strict": "person_id_strict", "default": "person_id", "wide": "person_id_wide"}
DAY, RELATIVE = "day", "days_since_enrolment"


class Source(Protocol):
    """A panel or an extract, opened."""

    @property
    def threshold(self) -> int | None:
        """Fewer persons are hidden in tables; null where the threshold is that of the contract."""
        ...

    @property
    def tables(self) -> Collection[str]:
        """The tables that it has."""
        ...

    def table(self, name: str) -> pl.LazyFrame:
        """One of them."""
        ...


@dataclass(frozen=True)
class Dated:
    """How a date stands in a source: its column there, and the grain.

    `grain` is `day`, `days_since_enrolment` (whole days, counted per person), `month`, `quarter` or `year`.
    """

    column: str
    grain: str

    @property
    def is_exact(self) -> bool:
        """Whether days can be counted between two such dates of a person."""
        return self.grain in {DAY, RELATIVE}


def person_column(identity: str) -> str:
    """The column of persons under an identity.

    Raises:
        UsageError: there is no such identity.
    """
    if identity not in IDENTITIES:
        raise UsageError(
            "identity-unknown", "There is no such identity of persons.", remedy=f"Give one of: {', '.join(IDENTITIES)}."
        )
    return IDENTITIES[identity]


def columns_of(source: Source, table: str) -> list[str]:
    """The columns that a table has here; none where there is no such table."""
    return source.table(table).collect_schema().names() if table in source.tables else []


def dated(source: Source, table: str, column: str) -> Dated | None:
    """How a date of the panel stands in a source; null where it does not."""
    there = columns_of(source, table)
    if column in there:
        return Dated(column, DAY)
    grains = {name: rule.suffix for name, rule in extracts().transformations.items() if rule.of == ("date",)}
    found = [Dated(f"{column}{suffix}", name) for name, suffix in grains.items() if f"{column}{suffix}" in there]
    return found[0] if found else None


def need(source: Source, table: str, columns: Sequence[str], why: str) -> pl.LazyFrame:
    """Columns of a table, in this order.

    Args:
        source: a panel or an extract.
        table: its table.
        columns: by their names there.
        why: what needs them, for the message: "survival".

    Raises:
        InputError: the table or a column is not there; the message names them.
    """
    if table not in source.tables and table in facts().tables:
        raise InputError(
            "no-delivery",
            f"{why} needs what a register told, and none of it is here.",
            remedy="Open a project's extract that has received a delivery: sigpanel.open_extract.",
        )
    there = columns_of(source, table)
    missing = [name for name in columns if name not in there]
    if missing:
        raise lacking(table, missing, why)
    return source.table(table).select(columns)


def lacking(table: str, missing: Sequence[str], why: str) -> InputError:
    """The refusal of an analysis for which an extract lacks columns."""
    return InputError(
        "column-not-in-extract",
        f"{why} needs {', '.join(missing)} of {table}, which this extract does not have.",
        remedy="Ask the research data manager whether the approval covers it: a new version may have it. "
        "In a panel every column is there.",
    )
