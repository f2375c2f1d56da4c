"""Planted leaks in published tables, and the attacks that break them: as `tests.privacy.mutants` has them of releases.

An attack tries out small tables with the program itself, of which it is told what is printed: of all persons that print
alike, a hidden cell may be any number below the threshold, and a shown one any that is rounded to what stands there.
`tests/tables/test_attack.py` attacks larger ones.
"""

import stat
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from types import ModuleType, SimpleNamespace

import polars as pl
import pytest

from sigpanel.contracts.disclosure import Disclosure, disclosure
from sigpanel.errors import PolicyError
from sigpanel.tables import Ledger, counts, means, survival
from tests.tables.people import people

RULE = disclosure()
# As they are, since a mutant changes them.
_STEP = RULE.events_in_a_step
_NUMBERS = (0, 1, 3, 4, 5, 6, 7, 8)
_EIGHT = pl.DataFrame({"person_id": list("abcdefgh"), "sex": ["male"] * 7 + ["female"]})


# --- attacks ----------------------------------------------------------------------------------------------------------


def narrowed(_: Path) -> Iterator[str]:
    """Of two cells and their total, the number in neither is told closer than the rule lets on."""
    possible: dict[tuple, list[set[int]]] = defaultdict(lambda: [set(), set()])
    for sizes in product(_NUMBERS, repeat=2):
        table = counts(people(**dict(zip("ab", sizes, strict=True))), "group", categories={"group": ["a", "b"]},
                       harmless=["group"])  # fmt: skip
        for found, n in zip(possible[tuple(table.frame["persons"])], sizes, strict=True):
            found.add(n)
    for printed, cells in possible.items():
        for shown, found in zip(printed, cells, strict=False):
            if found != {n for n in _NUMBERS if RULE.shown(n) == shown}:
                yield f"where {printed} is printed, a cell of {shown}"


def alone(_: Path) -> Iterator[str]:
    """Nobody is told that a whole group falls into one category."""
    table = counts(people(a=3, b=8), "group", categories={"group": ["a", "b"]}, totals=False)
    if table.frame["persons"].count() == 1:
        yield "all of a group are in one category"


def averaged(_: Path) -> Iterator[str]:
    """What is printed of a mean tells neither how many persons it is of, nor their sum."""
    possible: dict[tuple, set[tuple[int, int]]] = defaultdict(set)
    for n, more in product(range(8, 13), range(6)):
        values = [1 + at % 8 for at in range(n)]
        values[0] += more
        frame = pl.DataFrame({"person_id": range(n), "value": values})
        possible[means(frame, "value").frame.row(0)].add((n, sum(values)))
    yield from (f"{printed} is of one number and sum" for printed, found in possible.items() if len(found) == 1)


def stepped(_: Path) -> Iterator[str]:
    """Between two falls of a curve lie the events of a step, and no time is a person's own."""
    days = [7, 17, 29, 41, 44, 58, 71, 83, 88, 97, 101, 118, 133, 149, 166, 170]
    rows = pl.DataFrame({"person_id": range(36), "days": [*days, *[400] * 20], "is_event": [1] * 16 + [0] * 20})
    told = survival(rows, "days", "is_event", every=30).frame
    falls = told.filter(pl.col("survival") < pl.col("survival").shift(1))["time"].to_list()
    for start, end in zip([0, *falls], falls, strict=False):
        if sum(start < day <= end for day in days) < _STEP:
            yield f"a fall from {start} to {end}"
    yield from (f"a time of {time}" for time in told["time"] if time % 30)


def private(folder: Path) -> Iterator[str]:
    """The ledger, which holds ids, is for its owner alone."""
    ledger = Ledger(folder / "tables.parquet")
    ledger.release(counts(_EIGHT), "all")
    for path in folder.iterdir():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path.name} is open to others"


def differenced(folder: Path) -> Iterator[str]:
    """Who is in one table and not in the other is told by no two of them, whatever was released in between."""
    ledger = Ledger(folder / "tables.parquet")
    other = people(x=9).with_columns(sex=pl.lit("male"))
    for name, table in {"all": counts(_EIGHT), "other": counts(other), "men": counts(_EIGHT.head(7))}.items():
        try:
            ledger.release(table, name)
        except PolicyError:
            return
    yield "the one who is not among the men"


PROOFS: dict[str, Callable[[Path], Iterator[str]]] = {
    proof.__name__: proof for proof in (narrowed, alone, averaged, stepped, private, differenced)
}

# --- mutants ----------------------------------------------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def _inside(module: str) -> ModuleType:
    """A module of tables, where the package has a function of that name."""
    return sys.modules[f"sigpanel.tables.{module}"]


def _total(patch: Patch, true: Callable[[int], int]) -> None:
    """A total of everybody instead of a sum of what is shown."""
    whole = _inside("counts").cells_of

    def of(frame, *given, **named):
        cells = whole(frame, *given, **named)
        laid_out = type(cells).laid_out

        def laid(shown, *, with_totals):
            told = laid_out(cells, shown, with_totals=with_totals)
            is_total = pl.any_horizontal(pl.col(cells.by).is_null())
            return told.with_columns(
                pl.when(is_total).then(true(cells.rows["person"].n_unique())).otherwise("persons").alias("persons")
            )

        object.__setattr__(cells, "laid_out", laid)
        return cells

    patch.setattr(_inside("counts"), "cells_of", of)


def _hidden_is_shown(patch: Patch, lowest: int) -> None:
    lax = replace(RULE, threshold=lowest)
    patch.setattr(_inside("counts"), "disclosure", lambda: SimpleNamespace(at=lambda _: lax))


def _unrounded(patch: Patch) -> None:
    patch.setattr(_inside("counts"), "as_shown", lambda n, _: n.cast(pl.Int64))


def _mean_as_it_is(patch: Patch) -> None:
    patch.setattr(_inside("means"), "to_multiple", lambda value, _: value)


def _number_as_it_is(patch: Patch) -> None:
    patch.setattr(_inside("means"), "as_shown", lambda n, _: n.cast(pl.Int64))


def _falls_by_one(patch: Patch) -> None:
    patch.setattr(Disclosure, "events_in_a_step", property(lambda _: 1))


def _times_as_they_are(patch: Patch) -> None:
    whole = _inside("survival")._by_width
    patch.setattr(_inside("survival"), "_by_width", lambda rows, _: whole(rows, 1))


def _open_ledger(patch: Patch) -> None:
    whole = Ledger._write

    def write(ledger: Ledger, cells: pl.DataFrame) -> None:
        whole(ledger, cells)
        ledger.path.chmod(0o644)

    patch.setattr(Ledger, "_write", write)


def _forgetful(patch: Patch) -> None:
    whole = Ledger._write
    patch.setattr(
        Ledger, "_write", lambda ledger, cells: whole(ledger, cells.filter(pl.col("table") == cells["table"][-1]))
    )


MUTANTS: dict[str, tuple[str, Callable[[Patch], None]]] = {
    "a total is of everybody": ("narrowed", partial(_total, true=lambda n: n)),
    "a total is of everybody, and rounded": ("narrowed", partial(_total, true=RULE.rounded)),
    "a cell of four is shown": ("narrowed", partial(_hidden_is_shown, lowest=4)),
    "a cell of nobody is shown": ("narrowed", partial(_hidden_is_shown, lowest=0)),
    "a count is not rounded": ("narrowed", _unrounded),
    "a cell that stands alone is shown": (
        "alone", lambda patch: patch.setattr(_inside("cells"), "in_company", lambda cells, *_: cells),
    ),
    "a mean is not rounded": ("averaged", _mean_as_it_is),
    "the number beside a mean is not rounded": ("averaged", _number_as_it_is),
    "a curve falls by one event": ("stepped", _falls_by_one),
    "a curve falls on the day of an event": ("stepped", _times_as_they_are),
    "the ledger is open to others": ("private", _open_ledger),
    "the ledger is not asked": (
        "differenced", lambda patch: patch.setattr(_inside("ledger"), "refused", lambda *_: []),
    ),
    "the ledger forgets all but the last table": ("differenced", _forgetful),
}  # fmt: skip
