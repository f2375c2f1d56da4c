"""The page on what became of a release's rules, in Swedish, for FoU and the data owner.

It tells how many rows break which rule, what the rule means and what would mend it; of the rows themselves only the
first ids. No value, no date, no key but ids: whoever may see more looks the row up. What stands where an id should be
and is none, or refers to nothing, is a value, and is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.keys import is_id
from sigpanel.contracts.rules import references
from sigpanel.contracts.sentences import mend, sentence, sentences
from sigpanel.contracts.tables import contract
from sigpanel.forms import variables
from sigpanel.report.page import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.contracts.gate import Outcome

FILE = "kontrakt-{release}.html"
# Rules about a table as a whole: they are broken or not, whatever its rows.
OF_FRAME = ("columns", "type", "row_count")


@dataclass(frozen=True)
class Told:
    """A rule and its outcome, as the page shows them; `place` is the column, or the table, that it is about."""

    id: str
    table: str
    place: str
    severity: str
    why: str
    sentence: str
    mend: str
    n_rows: int
    n_failing: int
    is_of_rows: bool
    ids: tuple[str, ...]
    has_all_ids: bool

    @property
    def share(self) -> float | None:
        """The share of rows that break it."""
        return self.n_failing / self.n_rows if self.n_rows else None


@dataclass(frozen=True)
class OfTable:
    """The rules of a table."""

    name: str
    row: str
    rules: tuple[Told, ...]

    def broken(self, severity: str) -> int:
        """How many of a severity are broken."""
        return sum(rule.n_failing > 0 and rule.severity == severity for rule in self.rules)

    def of(self, severity: str) -> int:
        """How many there are of a severity."""
        return sum(rule.severity == severity for rule in self.rules)

    @property
    def without_rows(self) -> int:
        """How many were about no row at all, and so say nothing."""
        return sum(rule.is_of_rows and rule.n_rows == 0 for rule in self.rules)


def contracts_page(outcomes: Sequence[Outcome], release: str, version: str) -> str:
    """The page, as text.

    Args:
        outcomes: what became of each rule.
        release: the release's name.
        version: the contracts' version.
    """
    told = [_told(outcome) for outcome in outcomes]
    tables = [
        OfTable(name, described.sv, tuple(one for one in told if one.table == name))
        for name, described in contract().tables.items()
    ]
    broken = [one for one in told if one.n_failing]
    return render(
        "contracts.html.j2",
        release=release,
        version=version,
        tables=[one for one in tables if one.rules],
        told=told,
        severities={name: words["sv"] for name, words in sentences().severities.items()},
        broken={name: [one for one in broken if one.severity == name] for name in sentences().severities},
    )


def _told(outcome: Outcome) -> Told:
    rule = outcome.rule
    table, column = rule.id.split(".")[:2]
    columns = contract().tables[table].given(variables()).columns
    return Told(
        id=rule.id,
        table=table,
        place=f"{table}.{column}" if column in {each.name for each in columns} else table,
        severity=rule.severity,
        why=rule.sv,
        sentence=sentence(rule, "sv"),
        mend=mend(rule, "sv"),
        n_rows=outcome.n_rows,
        n_failing=outcome.n_failing,
        is_of_rows=rule.kind not in OF_FRAME,
        ids=_ids(outcome),
        has_all_ids=len(outcome.keys) == outcome.n_failing,
    )


def _ids(outcome: Outcome) -> tuple[str, ...]:
    """The ids in the keys of the first failing rows, and nothing else of a key; none where the id is what fails."""
    if outcome.rule.frame in references():
        return ()
    ids = (" / ".join(str(part) for part in key if is_id(part)) for key in outcome.keys)
    return tuple(dict.fromkeys(each for each in ids if each))
