"""The tables of an extract before anything is hidden: who is in, coarsened, still under the panel's own ids.

Each table has the columns that leave, under their new names, and before them what the next stages go by: `_person`,
`_episode`, `_moment`, the panel's; `episodes` also how each was reported, after them. Integrity is kept: no row of
somebody, and no reference to an episode, that is not in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.extracts import columns_of
from sigpanel.extracts.population import episodes_of, table_of
from sigpanel.extracts.reporting import reporting
from sigpanel.extracts.transform import ANCHOR, transformed, type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.contracts.approval_read import Transform
    from sigpanel.contracts.approvals import Approval
    from sigpanel.extracts.population import Tables

PERSON, EPISODE, MOMENT = "_person", "_episode", "_moment"
# References to an episode that may not be in the extract.
_REFERENCES = {"episodes": "previous_episode_id", "cohort": "episode_id"}


@dataclass(frozen=True)
class Leaves:
    """A column of an extract: the panel's column that it is made of, how, what it is called and its type."""

    table: str
    source: str
    transform: Transform
    name: str
    type: str


@dataclass(frozen=True)
class Coarse:
    """Coarsened tables by name, and how many references to episodes that are not in were cut."""

    tables: Mapping[str, pl.DataFrame]
    n_references_cut: int


def leaves(approval: Approval) -> tuple[Leaves, ...]:
    """The columns of an approval's extract, in the panel's order of columns."""
    return tuple(
        Leaves(table, column, transform, transform.named(column), type_of(table, column, transform))
        for table in approval.tables
        for column in columns_of(table)
        if (transform := approval.source_of(table, column)) is not None
    )


def coarse(tables: Tables, approval: Approval, who: pl.DataFrame) -> Coarse:
    """Coarsen the tables of an approval.

    Args:
        tables: the panel's, by name.
        approval: what leaves.
        who: `person_id, episode_id` of the episodes that leave.
    """
    made, cut = {}, 0
    for name, said in approval.tables.items():
        frame = _rows(tables, name, approval, who)
        reference = _REFERENCES.get(name)
        if reference is not None and reference in said:
            is_in = pl.col(reference).is_in(who["episode_id"].implode())
            cut += frame.filter(~is_in).height
            frame = frame.with_columns(pl.when(is_in).then(reference).alias(reference))
        own = [each for each in leaves(approval) if each.table == name]
        made[name] = frame.select(
            pl.col("person_id").alias(PERSON),
            *([pl.col("episode_id").alias(EPISODE)] if name in ("episodes", "waves") else []),
            *([pl.col("moment").alias(MOMENT)] if name == "waves" else []),
            *(transformed(each.source, each.transform, approval.district_groups) for each in own),
        )
    told = reporting(tables, approval, who).rename({"episode_id": EPISODE})
    made["episodes"] = made["episodes"].join(told, on=EPISODE, how="left", maintain_order="left")
    return Coarse(made, cut)


def _rows(tables: Tables, name: str, approval: Approval, who: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that are of who is in, with the day that days are counted from."""
    episodes = episodes_of(tables, approval.identity).join(who, on="episode_id", how="semi")
    anchors = episodes.group_by("person_id").agg(pl.col("enrolled_on").min().alias(ANCHOR))
    if name == "episodes":
        found = episodes
    elif name == "waves":
        found = table_of(tables, name).drop("person_id").collect().join(who, on="episode_id")
    else:
        found = table_of(tables, name).collect().join(who, on="person_id", how="semi")
    return found.join(anchors, on="person_id", how="left")
