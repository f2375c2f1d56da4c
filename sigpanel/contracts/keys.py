"""What may be told of a row that breaks a rule: its key, and of that only what nobody can have written into it.

A key is told part by part: an id as `sigpanel.key` makes them, a whole number that a row can have, a word that the
contract itself lists. Anything else that stands in a column of a key, a code or a name that strayed there, is cell
content, and is told as `NOT_SHOWN`. So no report, page or JSON has to look at a key again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import polars as pl

NOT_SHOWN: Final = "…"
# The rows whose keys are told: enough to look at what is wrong.
MOST_KEYS: Final = 20
# A letter for what it names, and a keyed pseudonym.
_ID = re.compile(r"[a-z][a-z2-7]{26}", re.ASCII)
# No sheet has more rows, no person so many episodes; a personal number is greater.
_MOST_ROWS = 2**20

Key = tuple[str | int, ...]


def is_id(part: object) -> bool:
    """Whether it is written as the ids that sigpanel makes."""
    return isinstance(part, str) and _ID.fullmatch(part) is not None


def keys_of(failing: pl.DataFrame, columns: list[str], words: Mapping[str, Collection[str]]) -> tuple[Key, ...]:
    """The keys of the first rows, as they may be told.

    Args:
        failing: the rows that break a rule.
        columns: the key; those that the frame lacks are passed over.
        words: by column, the words that the contract lists.
    """
    there = [name for name in columns if name in failing.columns]
    first = failing.select(there).sort(there).head(MOST_KEYS) if there else failing.clear()
    return tuple(
        tuple(_told(part, words.get(name, ())) for name, part in zip(there, row, strict=True))
        for row in first.iter_rows()
    )


def _told(part: object, words: Collection[str]) -> str | int:
    if isinstance(part, int) and not isinstance(part, bool) and 0 <= part < _MOST_ROWS:
        return part
    if isinstance(part, str) and (part in words or is_id(part)):
        return part
    return NOT_SHOWN
