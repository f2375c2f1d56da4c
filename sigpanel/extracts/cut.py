"""Cut an extract out of the panel: who is in, coarsened, protected, under ids of its own, in an order of its own.

    draft(tables, approval)              the same tables under the panel's ids, and what was done to them
    under_own_ids(draft, approval, ids)  as they leave

Nothing of the panel's ids or order is left then: rows are sorted by the extract's ids, and there is no number of
rows. Given the same tables, approval and ids the same frames come out, whatever order the panel's rows are in.
Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.approval_facts import facts
from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.extracts import extracts
from sigpanel.extracts.coarse import EPISODE, MOMENT, PERSON, coarse, leaves
from sigpanel.extracts.hide import hide
from sigpanel.extracts.population import population
from sigpanel.extracts.protect import protect
from sigpanel.extracts.view import HIDDEN, view

if TYPE_CHECKING:
    from sigpanel.contracts.approvals import Approval
    from sigpanel.disclosure import Risk
    from sigpanel.extracts.population import Tables

# What makes ids of the extract: a purpose, and the panel's ids.
Ids = Callable[[str, pl.Series], pl.Series]


@dataclass(frozen=True)
class Counts:
    """What became of every person to whom the population applies, exactly: for the research data manager alone.

    `n_eligible` is the sum of those in the extract, those left out because they took back their consent,
    and those left out because their class was too small.
    """

    n_eligible: int
    n_consent_withdrawn: int
    n_excluded: int
    n_left_out: int
    n_persons: int
    n_with_hidden: int


@dataclass(frozen=True)
class Cut:
    """The tables of an extract, and what was done.

    Attributes:
        tables: by name; with columns as they leave, a draft's with the panel's ids beside.
        counts: of persons, exact.
        n_hidden: by fact, how many of its cells are hidden, exact.
        risk: measured on what leaves.
        n_references_cut: how many references led to an episode that is not in the extract.
    """

    tables: Mapping[str, pl.DataFrame]
    counts: Counts
    n_hidden: Mapping[str, int]
    risk: Risk
    n_references_cut: int


def draft(tables: Tables, approval: Approval) -> Cut:
    """Cut an extract, under the panel's ids still: nothing that may be written.

    Args:
        tables: the panel's, by name.
        approval: what may leave.

    Raises:
        PolicyError: a limit of the approval cannot be kept, or a quasi-identifier is missing without a rule.
    """
    who, known = population(tables, approval), facts(approval)
    whole = coarse(tables, approval, who.episodes)
    safe = protect(view(whole.tables, approval, known), approval, known)
    left = who.episodes.join(safe.left_out, on="person_id", how="anti")
    # Coarsened again where somebody was left out: days are counted, and references cut, by who is in.
    made = coarse(tables, approval, left) if safe.left_out.height else whole
    return Cut(
        tables=hide(made.tables, safe.view, known),
        counts=Counts(
            n_eligible=who.n_eligible,
            n_consent_withdrawn=who.n_consent_withdrawn,
            n_excluded=who.n_excluded,
            n_left_out=safe.left_out.height,
            n_persons=left["person_id"].n_unique(),
            n_with_hidden=_with_hidden(safe.view, [fact.name for fact in known]),
        ),
        n_hidden=safe.n_hidden,
        risk=safe.risk,
        n_references_cut=made.n_references_cut,
    )


def under_own_ids(made: Cut, approval: Approval, ids: Ids) -> Cut:
    """A draft as it leaves.

    Args:
        made: of `draft`.
        approval: the same.
        ids: makes the extract's ids; equal exactly where the panel's are.
    """
    return replace(made, tables={name: _own(frame, name, approval, ids) for name, frame in made.tables.items()})


def _with_hidden(seen: pl.DataFrame, names: list[str]) -> int:
    return seen.filter(pl.any_horizontal(pl.col(name) == HIDDEN for name in names))[PERSON].n_unique()


def _own(frame: pl.DataFrame, table: str, approval: Approval, ids: Ids) -> pl.DataFrame:
    """A table under the extract's ids, in the order of those."""
    rules = extracts().tables[table]
    made = frame.with_columns(
        ids(purpose, frame[column]).alias(column)
        for column, purpose in rules.ids.items()
        if column in approval.tables[table]
    )
    names = [each.name for each in leaves(approval) if each.table == table]
    with_flags = [name for each in names for name in (each, f"{each}{HIDDEN_FLAG}") if name in frame.columns]
    key = [column for column in ("cohort_id", "person_id", "episode_id", "moment") if column in with_flags]
    inner = [column for column in (PERSON, EPISODE, MOMENT) if column in made.columns]
    return made.drop(inner).select(with_flags).sort(key).rechunk()
