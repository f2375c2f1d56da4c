"""Texts of contracts that tell a number: one for one, and one for any other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """A text for one, and for any other number."""

    one: str
    more: str

    def of(self, n: int) -> str:
        """The text for that number."""
        return (self.one if n == 1 else self.more).format(n=n)
