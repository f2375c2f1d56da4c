"""What was received before, read back; and what becomes of it when more comes.

A register's versions follow upon each other. The same version again takes the place of the one before. Another version
takes the place of those that it covers from their first day to their last, and is added where it begins on the day
after them. Anything else (days that are told twice, or a gap) is refused: nobody could say which of two holds. So
each register covers one unbroken time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.delivery import Coverage
from sigpanel.errors import InputError
from sigpanel.followup.held import Taken
from sigpanel.followup.layout import DELIVERED, FOLLOWUP, MANIFEST, SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_OF = ("kind", "source", "version")


def read_stored(extract: Path, extract_id: str) -> tuple[Taken, ...]:
    """What an extract has received, in the order of kind, register and first day; none before the first delivery.

    Raises:
        InputError: a file is not as it was written, or is of another extract.
    """
    folder = extract / FOLLOWUP
    if not folder.is_dir():
        return ()
    try:
        _hold_sums(folder)
        told = json.loads((folder / MANIFEST).read_bytes())
        if told["extract_id"] == extract_id:
            return tuple(_stored(folder, each) for each in told["deliveries"])
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
        pass
    raise InputError(
        "followup-damaged",
        f"What {extract_id} received before is not as it was written. Nothing was taken in.",
        remedy=f"Bring its folder {FOLLOWUP} back from a backup; or move it away, and receive all deliveries again.",
    )


def _hold_sums(folder: Path) -> None:
    lines = [line.partition("  ") for line in (folder / SUMS).read_text(encoding="utf-8").splitlines()]
    sums = {name: told for told, _, name in lines}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if {*sums} | {SUMS} != there:
        raise ValueError
    if any(hashlib.sha256((folder / name).read_bytes()).hexdigest() != told for name, told in sums.items()):
        raise ValueError


def _stored(folder: Path, told: dict[str, Any]) -> Taken:
    said = {field.name: told[field.name] for field in fields(Coverage)}
    days = {name: dt.date.fromisoformat(said[name]) for name in ("from_on", "until_on")}
    mine = {"source": told["source"], "version": told["version"]}
    rows = pl.read_parquet(folder / DELIVERED / f"{told['kind']}.parquet", glob=False).filter(**mine)
    asked = pl.read_parquet(folder / DELIVERED / "searched.parquet", glob=False).filter(**mine, kind=told["kind"])
    return Taken(told["kind"], Coverage(**{**said, **days}), rows.drop("source", "version"), asked.drop(*_OF))


def merged(before: Sequence[Taken], new: Sequence[Taken]) -> tuple[Taken, ...]:
    """What there is after a delivery.

    Raises:
        InputError: the days of a version neither hold those of another nor follow upon them.
    """
    left = [each for each in before if not any(takes_place_of(one, each) for one in new)]
    made = sorted([*left, *new], key=lambda one: (one.kind, one.coverage.source, one.coverage.from_on))
    for one, following in pairwise(made):
        is_same = (one.kind, one.coverage.source) == (following.kind, following.coverage.source)
        if is_same and following.coverage.from_on != one.coverage.until_on + dt.timedelta(days=1):
            raise InputError(
                "delivery-days",
                f"The versions of {one.kind} from {one.coverage.source} cover {one.coverage.from_on} to "
                f"{one.coverage.until_on} and {following.coverage.from_on} to {following.coverage.until_on}, and "
                "nothing was taken in: days would be told twice, or by none.",
                remedy="Ask the holder for a version that covers all of these days, or begins on the day after those "
                "that were received. To withdraw a version, send a corrected one under the same name.",
            )
    return tuple(made)


def takes_place_of(new: Taken, old: Taken) -> bool:
    """Whether a version takes the place of another: it is the same version, or covers all of the other's days."""
    if (new.kind, new.coverage.source) != (old.kind, old.coverage.source):
        return False
    return new.name == old.name or (
        new.coverage.from_on <= old.coverage.from_on and old.coverage.until_on <= new.coverage.until_on
    )


def without(taken: Sequence[Taken], persons: Sequence[str]) -> tuple[Taken, ...]:
    """The same without anything of these persons; of their controls neither."""
    of_them = pl.any_horizontal(
        pl.lit(value=False),
        *(pl.col("person_id").is_in([one]) | pl.col("person_id").str.starts_with(f"{one}-") for one in persons),
    )
    return tuple(
        replace(each, frame=each.frame.filter(~of_them), searched=each.searched.filter(~of_them)) for each in taken
    )
