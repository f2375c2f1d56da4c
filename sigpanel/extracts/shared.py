"""What two extracts have in common besides persons: the values by which who holds both could join them.

Ids lead from no extract to another; values may. Columns are held side by side where both were made of the same of the
panel, in whatever grain (`comparable`); what one hides fits whatever the other says. Where too many rows look alike for
that, what is hidden counts as a value: then fewer may be found than could be.

What is found are persons that fit one another and nobody else. Whoever knows more (that both extracts hold the same
persons, who is in only one) may find others, or know of some that they are wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.disclosure import linkable, linkable_by_fit
from sigpanel.disclosure.compatible import HIDDEN, HIGH, LOW
from sigpanel.extracts.coarse import EPISODE, MOMENT, PERSON
from sigpanel.extracts.comparable import Side, Told, sides, told
from sigpanel.extracts.view import joined_members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NTH = "_nth"


def n_linkable(
    new: Mapping[str, pl.DataFrame],
    new_columns: Sequence[Mapping[str, Any]],
    old: Mapping[str, pl.DataFrame],
    old_columns: Sequence[Mapping[str, Any]],
) -> int:
    """How many persons of one extract can be found in another by values alone.

    Args:
        new: the tables of the one, ids and values.
        new_columns: what its manifest says of its columns.
        old: the tables of the other.
        old_columns: likewise.
    """
    ours, theirs = told(new_columns, new), told(old_columns, old)
    both = list(sides(ours, theirs))
    equal = [name for name, side, _ in both if side.text is not None]
    within = [name for name, side, _ in both if side.text is None]
    one = _values(new, ours, {name: side for name, side, _ in both})
    other = _values(old, theirs, {name: side for name, _, side in both})
    return max(
        linkable_by_fit(one, other, equal, within, PERSON) or 0,
        linkable(_as_values(one, equal), _as_values(other, equal), [*equal, _NTH], PERSON),
    )


def _as_values(frame: pl.DataFrame, equal: Sequence[str]) -> pl.DataFrame:
    """What is hidden as a value of its own; how many episodes somebody has is seen too, also where they look alike."""
    said = [pl.when(f"{name}{HIDDEN}").then(pl.lit(HIDDEN)).otherwise(name).alias(name) for name in equal]
    nth = pl.int_range(pl.len()).over([PERSON, *equal]).alias(_NTH)
    return frame.with_columns(said).with_columns(nth)


def _values(tables: Mapping[str, pl.DataFrame], said: Mapping[str, Told], held: Mapping[str, Side]) -> pl.DataFrame:
    """A row per episode with what is held side by side of it and of its person."""
    inner = {name: _with_inner(frame) for name, frame in tables.items()}
    members = [member for each in said.values() for member in (each.member, each.flag) if member is not None]
    joined = joined_members(inner["episodes"].select(PERSON, EPISODE), inner, members)
    made = [expression for name, side in held.items() for expression in _named(name, side)]
    return joined.select(PERSON, *made)


def _named(name: str, side: Side) -> list[pl.Expr]:
    parts = {name: side.text, f"{name}{LOW}": side.low, f"{name}{HIGH}": side.high, f"{name}{HIDDEN}": side.is_hidden}
    return [part.alias(called) for called, part in parts.items() if part is not None]


def _with_inner(frame: pl.DataFrame) -> pl.DataFrame:
    of = {PERSON: "person_id", EPISODE: "episode_id", MOMENT: "moment"}
    return frame.with_columns(pl.col(name).alias(inner) for inner, name in of.items() if name in frame.columns)
