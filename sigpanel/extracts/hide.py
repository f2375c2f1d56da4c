"""Take out of the tables what was decided on the view: each hidden fact, in every column that tells it.

A hidden text is the word `suppressed`. A hidden number, day or yes-or-no is null, and a column beside it,
`<column>__hidden`, says that it was there and is hidden: otherwise it would look like a value that nobody reported.
What a hidden fact can be reckoned from is hidden with it, in all rows of the person: from days and the other date the
hidden one would be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.extracts.coarse import EPISODE, MOMENT, PERSON
from sigpanel.extracts.view import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.approval_facts import Fact, Member

SUPPRESSED = "suppressed"


def hide(tables: Mapping[str, pl.DataFrame], view: pl.DataFrame, facts: Sequence[Fact]) -> dict[str, pl.DataFrame]:
    """The tables without what is hidden in the view.

    Args:
        tables: of `coarse`.
        view: of `protect`; who is not in it must not be in the tables.
        facts: of which the view has a column each.
    """
    where: dict[tuple[str, str], list[pl.Expr]] = {}
    for fact in facts:
        hidden = view.filter(pl.col(fact.name) == HIDDEN)
        persons, episodes = _among(PERSON, hidden), _among(EPISODE, hidden)
        for member in fact.members:
            here = persons if fact.is_person else episodes
            where.setdefault(_at(member), []).append(_when(member, here))
        for member in fact.derived:
            where.setdefault(_at(member), []).append(persons)
    return {
        table: _without(frame, {name: each for (of, name), each in where.items() if of == table})
        for table, frame in tables.items()
    }


def hidden_columns(facts: Sequence[Fact]) -> set[tuple[str, str]]:
    """Table and column of what may be hidden."""
    return {_at(member) for fact in facts for member in (*fact.members, *fact.derived)}


def _at(member: Member) -> tuple[str, str]:
    return member.place.table, member.name


def _among(column: str, hidden: pl.DataFrame) -> pl.Expr:
    return pl.col(column).is_in(hidden[column].unique().implode())


def _when(member: Member, here: pl.Expr) -> pl.Expr:
    return here if member.place.moment is None else here & (pl.col(MOMENT) == member.place.moment)


def _without(frame: pl.DataFrame, where: Mapping[str, list[pl.Expr]]) -> pl.DataFrame:
    made = []
    for name, each in where.items():
        is_hidden = pl.any_horizontal(each)
        if frame.schema[name] == pl.String:
            made.append(pl.when(is_hidden).then(pl.lit(SUPPRESSED)).otherwise(name).alias(name))
        else:
            made += [pl.when(~is_hidden).then(name).alias(name), is_hidden.alias(f"{name}{HIDDEN_FLAG}")]
    return frame.with_columns(made)
