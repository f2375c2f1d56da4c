"""The manifest of a release: what it was made from, as JSON that says nothing about when and where.

The same study gives the same bytes on every machine and day, so a clock or a path in the manifest is a fault of ours
and stops the release; so is the release's own name, since that is where it lies and not what it is. What stands in the
manifest is for the pipeline to say.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_PATH = re.compile(r"(?:^|[\s:=])(?:[/~\\]|[A-Za-z]:[/\\])")


def to_json(manifest: Mapping[str, object], release: str) -> bytes:
    """Return the manifest as it is written.

    Raises:
        Fault: it holds a clock, a path, the release's name, or something that JSON has no word for.
    """
    for what, where in _told(manifest, "manifest", release):
        raise Fault("manifest-tells", f"The manifest holds {what}, at {where}.")
    return pretty(manifest)


def pretty(content: Mapping[str, object]) -> bytes:
    """JSON with sorted names, one to a line.

    Raises:
        Fault: something in it cannot be written as JSON.
    """
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
    except (TypeError, ValueError):
        raise Fault("manifest-not-json", "The manifest holds something that JSON has no word for.") from None
    return f"{text}\n".encode()


def _told(content: object, where: str, release: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for name, inner in content.items():
            yield from _told(str(name), f"a name in {where}", release)
            yield from _told(inner, f"{where}.{name}", release)
    elif isinstance(content, (list, tuple)):
        for inner in content:
            yield from _told(inner, where, release)
    elif isinstance(content, str):
        if _CLOCK.search(content):
            yield "a time of day", where
        if _PATH.search(content):
            yield "a path", where
        if content == release:
            yield "the release's own name", where
