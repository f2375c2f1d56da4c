"""Analysis-ready tables from a panel or an extract: who is followed for how long, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(names: str | Sequence[str]) -> list[str]:
    """Names as a list, each once; a text by itself is one name, and not its letters.

    Raises:
        UsageError: something else stands where a name belongs.
    """
    told = [names] if isinstance(names, str) else names
    if not isinstance(told, list | tuple) or not all(isinstance(each, str) for each in told):
        raise UsageError(
            "names-no-names",
            "Groups and variables are given by their names.",
            remedy='Give by="programme", or by=["programme", "sex"].',
        )
    return list(dict.fromkeys(told))


def is_true(said: bool) -> bool:
    """A yes or a no as it was given. What is neither is refused: taken for a no, it would give exact numbers.

    Raises:
        UsageError: it is neither True nor False.
    """
    if type(said) is not bool:
        raise UsageError("not-true-or-false", "protect, calendar and their like are True or False.", remedy="Give one.")
    return said
