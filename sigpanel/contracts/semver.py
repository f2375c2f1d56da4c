"""Versions of contracts: three numbers, and the next one after a change of a given weight.

Only released versions are known here, `1.2.0`; no `1.2.0-rc.1`, for a contract is published or is not.
"""

from __future__ import annotations

from typing import Final

from sigpanel.contracts.strict import VERSION

BUMPS: Final = ("major", "minor", "patch")


def is_version(text: str) -> bool:
    """Whether a text is a version."""
    return VERSION.fullmatch(text) is not None


def numbers(version: str) -> tuple[int, int, int]:
    """Its three numbers, by which versions are ordered."""
    first, second, third = map(int, version.split("."))
    return first, second, third


def major(version: str) -> int:
    """The first of the three."""
    return numbers(version)[0]


def bumped(version: str, bump: str | None) -> str:
    """The least version after a change of that weight; the same one after no change."""
    first, second, third = numbers(version)
    following = {"major": (first + 1, 0, 0), "minor": (first, second + 1, 0), "patch": (first, second, third + 1)}
    return ".".join(map(str, following.get(bump or "", (first, second, third))))
