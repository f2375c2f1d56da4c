"""What a version takes the place of, and whether it holds far less: an empty file would erase years in silence.

    replaced(before, new, protect)      what goes and what comes, by table: rows, persons, persons searched for
    hold_no_less(replaced)              a refusal where far less comes than goes

A version takes the place of those before it as a whole (`sigpanel.followup.stored`), so what it lacks is gone from the
extract. A corrected version may well hold less, and a holder may have sent the header alone: nobody can tell the two
apart by the file, so a person is asked. Rows are counted exactly, as those that come always are; persons as the extract
tells persons, for how few were convicted is what a count of them tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.followup import FOUND, facts
from sigpanel.errors import InputError
from sigpanel.followup.stored import takes_place_of
from sigpanel.tables import protected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sigpanel.followup.held import Taken


@dataclass(frozen=True)
class Amount:
    """How much a table holds: rows, exact; persons with rows and persons searched for, as they may be told."""

    rows: int
    persons: int | str
    searched: int | str


@dataclass(frozen=True)
class Replaced:
    """A table of a register of which earlier versions go: how much they held, and how much comes instead.

    `is_less` says that it is so much less that somebody must say that it is meant.
    """

    kind: str
    source: str
    before: Amount
    now: Amount
    is_less: bool


def replaced(
    before: Sequence[Taken], new: Sequence[Taken], protect: Callable[[int], int | str] = protected
) -> tuple[Replaced, ...]:
    """What new tables take the place of; not of those that come again as they were.

    Args:
        before: what was received before.
        new: what comes now.
        protect: gives a number of persons as it may be told.
    """
    found = []
    for each in new:
        gone = [one for one in before if takes_place_of(each, one)]
        if gone and not (len(gone) == 1 and _is_same(gone[0], each)):
            found.append(_replaced(gone, each, protect))
    return tuple(found)


def hold_no_less(made: Sequence[Replaced]) -> None:
    """Refuse what holds far less than what it would take the place of.

    Raises:
        InputError: naming the tables, with rows and persons.
    """
    less = "".join(f"\n  {said(each)}" for each in made if each.is_less)
    if less:
        raise InputError(
            "delivery-holds-less",
            f"The delivery holds far less than what it would take the place of, and nothing was taken in:{less}\n",
            remedy="Ask the holder whether all of it was sent. If less is right, run the command again with --less.",
        )


def said(each: Replaced) -> str:
    """A line on one table: before, and now."""
    before, now = each.before, each.now
    counts = (("rows", before.rows, now.rows), ("persons with rows", before.persons, now.persons),
              ("persons searched for", before.searched, now.searched))  # fmt: skip
    told = "; ".join(f"{what}: {_n(then)} before, {_n(since)} now" for what, then, since in counts)
    return f"{each.kind} from {each.source}: {told}."


def _n(number: int | str) -> str:
    return str(number) if isinstance(number, int) else "too few to tell"


def _replaced(gone: Sequence[Taken], new: Taken, protect: Callable[[int], int | str]) -> Replaced:
    before, now = _counts(gone), _counts([new])
    least = facts().replaced.least_share
    # By rows and by whom was searched for: who is searched for no more has no rows, and is not known to have none.
    is_less = now[0] < least * before[0] or now[2] < least * before[2]
    return Replaced(new.kind, new.coverage.source, _amount(before, protect), _amount(now, protect), is_less)


def _counts(taken: Sequence[Taken]) -> tuple[int, int, int]:
    """Rows, persons with rows, persons searched for."""
    ids = pl.concat([one.frame.select("person_id") for one in taken])
    asked = pl.concat([one.searched.filter(search=FOUND).select("person_id") for one in taken])
    return ids.height, ids["person_id"].n_unique(), asked["person_id"].n_unique()


def _amount(counts: tuple[int, int, int], protect: Callable[[int], int | str]) -> Amount:
    # That there is nobody shows by the rows anyway.
    persons, searched = (protect(n) if n else 0 for n in counts[1:])
    return Amount(counts[0], persons, searched)


def _is_same(one: Taken, other: Taken) -> bool:
    return one.coverage == other.coverage and one.frame.equals(other.frame) and one.searched.equals(other.searched)
