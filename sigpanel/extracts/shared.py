"""What two extracts have in common besides persons: the values by which who holds both could join them.

Ids lead from no extract to another; values may. Columns count as shared where both were made of the same column of the
panel in the same way; a day that one has by month and the other by quarter is compared by quarter. Bands of different
widths are not compared, though with effort they could be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.approval_facts import Member
from sigpanel.contracts.extracts_kin import Place
from sigpanel.disclosure import linkable
from sigpanel.extracts.coarse import EPISODE, MOMENT, PERSON
from sigpanel.extracts.view import joined_members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOMENTS = ("enrolment", "discharge")
_NOT_VALUES = ("id",)
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
    one, other = _values(new, new_columns), _values(old, old_columns)
    shared = sorted(set(one.columns) & set(other.columns) - {PERSON})
    # How many episodes somebody has is seen in both, also where they look alike.
    nth = pl.int_range(pl.len()).over([PERSON, *shared]).alias(_NTH)
    return linkable(one.with_columns(nth), other.with_columns(nth), [*shared, _NTH], PERSON)


def _values(tables: Mapping[str, pl.DataFrame], columns: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A row per episode with every value of it and of its person, named by what it was made of and how."""
    inner = {name: _with_inner(frame) for name, frame in tables.items()}
    told, named = [], []
    for column in columns:
        if column["transformation"] in _NOT_VALUES or column["source"] == "moment":
            continue
        for moment in _MOMENTS if column["table"] == "waves" else (None,):
            member = Member(Place(column["table"], column["source"], moment), column["name"])
            told.append(member)
            named += _named(member, column)
    base = inner["episodes"].select(PERSON, EPISODE)
    return joined_members(base, inner, told).select(PERSON, *named)


def _with_inner(frame: pl.DataFrame) -> pl.DataFrame:
    of = {PERSON: "person_id", EPISODE: "episode_id", MOMENT: "moment"}
    return frame.with_columns(pl.col(name).alias(inner) for inner, name in of.items() if name in frame.columns)


def _named(member: Member, column: Mapping[str, Any]) -> list[pl.Expr]:
    """The column under a name that says what it is; of a day, also by quarter and year where it is finer."""
    stem, value = f"{member.place.table}.{column['source']}@{member.place.moment}", pl.col(member.label)
    kind = column["transformation"]
    made = {f"{kind}:{column['by']}:{column['groups']}": value}
    if column["is_day"]:
        month = value.str.slice(0, 7)
        quarter = pl.concat_str(
            value.str.slice(0, 4), pl.lit("Q"), (value.str.slice(5, 2).cast(pl.Int8, strict=False) + 2) // 3
        )
        coarser = {"month": month, "quarter": value if kind == "quarter" else quarter, "year": value.str.slice(0, 4)}
        after = {"as_is": 0, "month": 1, "quarter": 2}
        if kind in after:
            made |= {f"{each}:None:": one for each, one in list(coarser.items())[after[kind] :]}
    return [one.alias(f"{stem}|{name}") for name, one in made.items()]
