"""The tables of a release without the persons who have withdrawn.

What is taken out are whole rows of whole persons, after everything was worked out with them: so what is told of
everybody else is what it was, byte for byte, and taking somebody out tells nothing new of others. The ledger alone
keeps the rows, as positions with the fate *withdrawn* and no episode.

Two things of others hold an id of somebody who is gone, and give way: a `person_id_wide` that was the withdrawn
person's becomes that of the least id which is left in its group; and what `id_history` tells of an episode that was
the withdrawn person's before is not told. `person_no` has a gap where somebody was, for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WITHDRAWN = "withdrawn"
_ROW = ["submission_id", "row"]


def _ids() -> pl.Series:
    return pl.Series([], dtype=pl.String)


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"submission_id": pl.String, "row": pl.Int32})


@dataclass(frozen=True)
class Gone:
    """Who is taken out, by ids. It is not shown when printed.

    Attributes:
        episodes: the ids of their episodes.
        person_ids: every id that a person of these episodes has had or may have.
        uno_ids: the codes that nobody may be told under, keyed.
        rows: `submission_id, row` of the rows that are theirs, also of those that made no episode.
    """

    episodes: pl.Series = field(default_factory=_ids, repr=False)
    person_ids: pl.Series = field(default_factory=_ids, repr=False)
    uno_ids: pl.Series = field(default_factory=_ids, repr=False)
    rows: pl.DataFrame = field(default_factory=_no_rows, repr=False)

    @property
    def is_nobody(self) -> bool:
        """Whether there is nobody and nothing to take out."""
        return not (self.episodes.len() or self.uno_ids.len() or self.rows.height)

    @property
    def ids(self) -> pl.Series:
        """Every id that may stand nowhere among what is for research."""
        return pl.concat([self.episodes, self.person_ids, self.uno_ids]).unique()


NOBODY = Gone()


def without(tables: Mapping[str, pl.DataFrame], gone: Gone) -> dict[str, pl.DataFrame]:
    """The tables of a release without some persons, in the order of rows that they have.

    A person goes whole, as the release knows persons: whoever has an episode, a code or an id of those that go.
    """
    if gone.is_nobody:
        return dict(tables)
    own = tables["episodes"]
    is_theirs = _among("episode_id", gone.episodes) | _among("uno_id", gone.uno_ids)
    persons = own.filter(is_theirs | _among("person_id", gone.person_ids))["person_id"].unique()
    episodes = pl.concat([own.filter(_among("person_id", persons))["episode_id"], gone.episodes]).unique()
    person_ids = pl.concat([gone.person_ids, persons]).unique()
    rows = pl.concat([gone.rows, tables["ledger"].filter(_among("episode_id", episodes)).select(_ROW)]).unique()
    is_of_gone = {
        "persons": _among("person_id", persons),
        "episodes": _among("person_id", persons),
        "answers": _among("person_id", persons),
        "waves": _among("person_id", persons),
        "revisions": _among("episode_id", episodes),
        "links": _among("episode_a", episodes) | _among("episode_b", episodes),
        "id_history": _among("episode_id", episodes)
        | _among("person_id_before", person_ids)
        | _among("person_id", person_ids),
        "cohort": _among("episode_id", episodes),
    }
    left = {name: frame.filter(~is_of_gone[name]) for name, frame in tables.items() if name in is_of_gone}
    left["episodes"] = left["episodes"].with_columns(_wide(person_ids))
    left["ledger"] = _ledger(tables["ledger"], rows)
    left["findings"] = tables["findings"].join(rows, on=_ROW, how="anti", maintain_order="left")
    return {name: left.get(name, frame) for name, frame in tables.items()}


def is_held(folder: Path, ids: pl.Series) -> bool:
    """Whether a release's folder holds any of these ids, in any column of any table, whichever contract it keeps.

    A file that cannot be read is taken to hold them: what cannot be looked into cannot be left lying.
    """
    for path in sorted(folder.glob("*.parquet")):
        try:
            frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
        except (pl.exceptions.PolarsError, OSError):
            return True
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
        if texts and frame.select(pl.any_horizontal(_among(name, ids) for name in texts).any()).item():
            return True
    return False


def _among(column: str, ids: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(ids.implode()).fill_null(value=False)


def _wide(person_ids: pl.Series) -> pl.Expr:
    wide = pl.col("person_id_wide")
    least = pl.col("person_id").min().over(wide)
    return pl.when(_among("person_id_wide", person_ids)).then(least).otherwise(wide).alias("person_id_wide")


def _ledger(ledger: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    marks = rows.select(*_ROW, pl.lit(value=True).alias("is_gone"))
    is_gone = pl.col("is_gone").fill_null(value=False)
    return (
        ledger.join(marks, on=_ROW, how="left", maintain_order="left")
        .with_columns(
            pl.when(is_gone).then(pl.lit(WITHDRAWN)).otherwise("fate").alias("fate"),
            *(pl.when(~is_gone).then(name).alias(name) for name in ("reason", "episode_id")),
        )
        .drop("is_gone")
    )
