"""A whole number for each person, beside `person_id`: Stata's xtset and many a program want one.

A panel has one in `persons`; it is put into every table that has persons. An extract has none, since the panel's must
not leave: there persons are numbered anew, in the order of the extract's own ids, which are random. So the number tells
nothing that the id does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

PERSON_ID, PERSON_NO = "person_id", "person_no"


def numbered(tables: Mapping[str, pl.DataFrame], numbers: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    """The tables with `person_no` after each `person_id`.

    Args:
        tables: by name.
        numbers: `person_id, person_no` of the panel; without it persons are numbered in the order of their ids.
    """
    known = _anew(tables) if numbers is None else numbers.select(PERSON_ID, PERSON_NO)
    return {name: _beside(frame, known) for name, frame in tables.items()}


def _anew(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    ids = [frame[PERSON_ID] for frame in tables.values() if PERSON_ID in frame.columns]
    distinct = pl.concat(ids).drop_nulls().unique().sort() if ids else pl.Series(PERSON_ID, [], dtype=pl.String)
    return distinct.to_frame(PERSON_ID).with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias(PERSON_NO))


def _beside(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    if PERSON_ID not in frame.columns or PERSON_NO in frame.columns:
        return frame
    at = frame.columns.index(PERSON_ID) + 1
    names = [*frame.columns[:at], PERSON_NO, *frame.columns[at:]]
    return frame.join(known, on=PERSON_ID, how="left", maintain_order="left").select(names)
