"""The release ledger: who was in each cell that has been published, so that no two tell together what neither may.

    ledger = Ledger("owner/registry/tables.parquet")
    ledger.release(table, "women-2026")       # refuses, or remembers

A table is safe by itself. Two are not: all eight of a group in one and the seven men in another tell of the one who is
left. Next year's table does the same to whoever came in between. So the ledger holds the persons of every cell, and
refuses a table of which a cell differs from one of them, or from one of its own, by fewer persons than the
threshold, unless what is printed of both is the same and leaves every such number possible
(`sigpanel.tables.differences`). It has one threshold, that of the first table: two of them tell of a cell that only one
of them hides.

It is the custodian's: it holds ids, at mode 0600, and knows persons by the ids that it is given. Tables made from an
extract have ids of their own, so nothing here sees that they are of the same persons as tables of the panel: make what
is published from one of them, and keep a ledger for that. What is printed elsewhere, it does not know.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.panel import durable
from sigpanel.panel.parquet import write_parquet
from sigpanel.tables.differences import Differing, refused
from sigpanel.tables.result import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = {
    "table": pl.String,
    "row": pl.Int64,
    "is_shown": pl.Boolean,
    "measure": pl.String,
    "numbers": pl.String,
    "low": pl.Int64,
    "high": pl.Int64,
    "threshold": pl.Int64,
    "person": pl.String,
}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# The time of a curve is a place; that of a rate is a number, and stands in the rate.
_NOT_NUMBERS = ("time",)
_MOST_TOLD = 5


@dataclass(frozen=True)
class Released:
    """What became of a release: the table, its name, whether it had been released before, how many cells it shows."""

    name: str
    table: Table
    is_again: bool
    n_cells: int


class Ledger:
    """A file of released cells."""

    def __init__(self, path: str | Path) -> None:
        # Where it lies, whatever links lead there: written by another name it would be another file from then on.
        try:
            self.path = Path(path).resolve()
        except (OSError, RuntimeError):
            raise _not_written(Path(path)) from None

    def released(self) -> pl.DataFrame:
        """What has been released, without anybody: `table, n_cells`, in the order of release.

        Raises:
            PolicyError: others can read the file.
            InputError: it is damaged.
        """
        return (
            self._read()
            .group_by("table", maintain_order=True)
            .agg(pl.col("row").filter("is_shown").n_unique().alias("n_cells"))
        )

    @property
    def threshold(self) -> int | None:
        """The threshold of all its tables; null while there are none."""
        return _threshold_of(self._read())

    def release(self, table: Table, name: str) -> Released:
        """Remember a table as published, if it may be.

        The same table under the same name again changes nothing. What is refused leaves the ledger as it is.

        Args:
            table: what `counts`, `means`, `rates` or `survival` made.
            name: what to call it here, in small letters, digits and hyphens.

        Raises:
            PolicyError: some of its cells differ by too few persons from others; its threshold is another than the
                ledger's; or others can read the ledger.
            UsageError: the name is none or another table's, or the table no longer knows its persons.
            InputError: the ledger is damaged, or cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                "table-name", "A table in the ledger has a name of small letters, digits and hyphens.",
                remedy="Call it something like women-2026.",
            )  # fmt: skip
        new = cells_in(table, name)
        with self._alone():
            return self._release(table, name, new)

    def _release(self, table: Table, name: str, new: pl.DataFrame) -> Released:
        known = self._read()
        before = known.filter(pl.col("table") == name)
        if before.height and not before.equals(new):
            raise UsageError(
                "table-name-taken", f"The ledger knows another table as {name}.",
                remedy="Give this one a name of its own.",
            )  # fmt: skip
        n_cells = new.filter("is_shown")["row"].n_unique()
        if before.height:
            return Released(name, table, True, n_cells)
        _check_threshold(table, known)
        found = [*refused(new, known)]
        if found:
            raise _refusal(found, name)
        self._write(pl.concat([known, new]))
        return Released(name, table, False, n_cells)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until nobody else releases: of two at once, one would not know the other's table."""
        import fcntl

        try:
            durable.make_folders(self.path.parent, durable.PRIVATE_FOLDER)
            lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, durable.PRIVATE)
        except OSError:
            raise _not_written(self.path) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> pl.DataFrame:
        if not self.path.exists():
            return pl.DataFrame(schema=SCHEMA)
        if self.path.stat().st_nlink > 1:
            raise InputError(
                "ledger-two-names", f"The ledger {self.path.name} has another name too: it would soon be two.",
                remedy="Find it by `find -samefile`, and take one of the names away.",
            )  # fmt: skip
        if self.path.stat().st_mode & 0o077:
            raise PolicyError(
                "ledger-not-private", f"Others can read the ledger {self.path.name}.",
                remedy="Run chmod 600 on it: it holds who is in each published cell.",
            )  # fmt: skip
        try:
            return pl.read_parquet(self.path, columns=list(SCHEMA), glob=False).cast(pl.Schema(SCHEMA))
        except (pl.exceptions.PolarsError, OSError):
            raise InputError(
                "ledger-damaged", f"The ledger {self.path.name} cannot be read.",
                remedy="Bring it back from a backup: without it nobody knows what has been published.",
            ) from None  # fmt: skip

    def _write(self, cells: pl.DataFrame) -> None:
        try:
            with durable.replaced_file(self.path, durable.PRIVATE) as file:
                write_parquet(cells, file)
        except OSError:
            raise _not_written(self.path) from None


def _threshold_of(cells: pl.DataFrame) -> int | None:
    return int(cells["threshold"][0]) if cells.height else None


def _check_threshold(table: Table, known: pl.DataFrame) -> None:
    """A cell that is shown at 3 and hidden at 4 has three persons, so a ledger has one threshold, that of its first."""
    first, asked = _threshold_of(known), table.disclosure.threshold
    if first is not None and first != asked:
        raise PolicyError(
            "ledger-other-threshold", f"This ledger's tables have a threshold of {first}, and this one of {asked}.",
            remedy=f"Make the table again with threshold={first}.",
        )  # fmt: skip


def _not_written(path: Path) -> InputError:
    return InputError(
        "ledger-not-written", f"The ledger {path.name} cannot be written, so nothing counts as released.",
        remedy="See that its folder may be written to, and release the table again before it is published.",
    )  # fmt: skip


def cells_in(table: Table, name: str) -> pl.DataFrame:
    """The cells of a table, as the ledger keeps them: a row for each person in each, and one of nobody in an empty one.

    `numbers` is what is printed of a cell, as JSON, and nothing where it is hidden; `low` and `high` how many persons
    that leaves possible.
    """
    rule = table.disclosure
    hidden = (False, "", 0, rule.threshold - 1)
    told = [
        (row, *hidden) if shown is None else (row, True, numbers, *rule.bounds(shown))
        for row, numbers, shown in _told(table)
    ]
    kept = ("row", "is_shown", "numbers", "low", "high")
    rows = pl.DataFrame(told, schema={column: SCHEMA[column] for column in kept}, orient="row")
    measure = "" if table.kind == "counts" else " ".join((table.kind, *table.of))
    rows = rows.with_columns(
        table=pl.lit(name), threshold=pl.lit(rule.threshold, pl.Int64), measure=pl.lit(measure, pl.String)
    )
    cells = rows.join(table.people(), on="row", how="left").select(list(SCHEMA)).sort("row", "person")
    # What hides a mean of many is the values, and how many they are may be told.
    is_small = pl.col("person").count().over("row") < rule.threshold
    return cells if table.kind in ("counts", "survival") else cells.filter(pl.col("is_shown") | is_small)


def _told(table: Table) -> Iterator[tuple[int, str, int | None]]:
    """The cells of a table with what is printed in each and how many persons it shows; totals are none of their own."""
    size = "at_risk" if table.kind == "survival" else "persons"
    printed = [name for name in table.frame.columns if name not in (*table.by, *_NOT_NUMBERS, size)]
    of = " ".join((table.kind, *table.of))
    for row, cell in enumerate(table.frame.iter_rows(named=True)):
        is_total = any(cell[name] is None for name in table.by)
        is_end = cell[size] is None and cell.get("time") is not None
        if is_total or is_end:
            continue
        at = f" at {cell['time']}" if table.kind == "survival" else ""
        numbers = {f"{name}, {of}{at}": cell[name] for name in printed}
        if cell.get("time") == 0:
            # At which times it falls tells as much as how far: one event less, and a step is missing.
            numbers[f"curve, {of}"] = _curve(table, cell)
        yield row, json.dumps({"persons": cell[size], **numbers}, sort_keys=True), cell[size]


def _curve(table: Table, cell: dict[str, Any]) -> list[list[Any]]:
    frame = table.frame.filter(*(pl.col(name) == cell[name] for name in table.by))
    return [list(step) for step in frame.drop(table.by).rows()]


def _refusal(found: list[Differing], name: str) -> PolicyError:
    places = "; ".join(one.told(name) for one in found[:_MOST_TOLD])
    more = f"; and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return PolicyError(
        "cells-differ-by-few",
        f"Cells of this table tell of fewer than {found[0].threshold} persons beside what is released: {places}{more}.",
        remedy="Make its categories wider, or ask for other cells. Rows count from 1, as they are printed.",
    )
