"""Planted leaks in published rates, and what finds them; as `table_mutants` has them of counts, means and curves.

Each proof shows rates of small groups and compares what is printed with what may be: nothing, where few persons, few
events or one person make up a cell, and else no more than rounded parts say.
"""

import sys
from collections.abc import Callable, Iterator

import polars as pl
import pytest

from sigpanel.contracts.disclosure import disclosure
from sigpanel.tables import rates

RULE = disclosure()
# By its name in the package it is the function.
ROOM = sys.modules["sigpanel.tables.rates"]


def _shown(events: list[int], days: list[int] | None = None) -> tuple:
    frame = pl.DataFrame({
        "person_id": [f"p{at}" for at in range(len(events))], "events": events, "days": days or [100] * len(events)
    })  # fmt: skip
    return rates(frame, "events", "days").frame.row(0)


# --- proofs -----------------------------------------------------------------------------------------------------------

_HIDDEN = {
    "four persons": ([3, 3, 3, 3], None),
    "three events": ([1, 1, 1, *[0] * 9], None),
    "four who differ from all others": ([2, 2, 2, 2, *[0] * 9], None),
    "one person has most events": ([90, *[1] * 8, *[0] * 8], None),
    "one person has most of the time": ([1] * 8 + [0] * 8, [90_000, *[10] * 15]),
    "no time": ([1] * 8 + [0] * 8, [0] * 16),
}


def hidden(_: object = None) -> Iterator[str]:
    """Of a cell in which somebody stands out nothing is printed."""
    yield from (f"a rate where {name}" for name, given in _HIDDEN.items() if _shown(*given) != (None,) * 4)


def rounded(_: object = None) -> Iterator[str]:
    """What is printed of a cell is the same for one person, event or day more, and the rate says no more than that."""
    persons, events, time, rate = _shown([0] * 10 + [1] * 10, [53] * 20)
    if persons % RULE.rounding or events % RULE.rounding or time % RULE.rounding:
        yield "a number as it is"
    if rate != events / time:
        yield "a rate of what is not shown"
    if _shown([0] * 10 + [1] * 11, [53] * 20 + [1]) != (persons, events, time, rate):
        yield "one person more"


PROOFS: dict[str, Callable[..., Iterator[str]]] = {proof.__name__: proof for proof in (hidden, rounded)}

# That few events alone are not shown is no mutant: where they are few, so are those who have any, and these are asked.

# --- mutants ----------------------------------------------------------------------------------------------------------


def _patched(name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(ROOM, name, value)


def _unsummed(column: str) -> Callable[[pytest.MonkeyPatch], None]:
    """That one person makes up most of something is not asked."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        whole = ROOM.says_too_much
        patch.setattr(ROOM, "says_too_much", lambda rule, names: whole(rule, [one for one in names if one != column]))

    return apply


Change = Callable[[pytest.MonkeyPatch], None]
MUTANTS: dict[str, tuple[str, Change]] = {
    "few persons are shown": (
        "hidden", _patched("says_too_much", lambda *_: pl.lit(value=False)),
    ),
    "few who differ are shown": ("hidden", _patched("n_uncommon", lambda _: pl.len())),
    "one person's events are shown": ("hidden", _unsummed("of_events")),
    "one person's time is shown": ("hidden", _unsummed("of_time")),
    "persons and events are not rounded": ("rounded", _patched("as_shown", lambda value, _: value)),
    "time is not rounded": ("rounded", _patched("to_multiple", lambda value, _: value)),
}  # fmt: skip
