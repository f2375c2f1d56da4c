"""Analysis-ready tables from a panel or an extract: who is followed for how long, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(names: str | Sequence[str]) -> list[str]:
    """Names as a list, each once; a text by itself is one name, and not its letters."""
    return [names] if isinstance(names, str) else list(dict.fromkeys(names))
