"""The head of a log: number and hash of its last line, kept at another place, so that a cut end is noticed.

While a line is being appended the head also holds the hash that the line will have. So after a kill a line that was on
its way is told from one that somebody else has written.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.panel import durable

if TYPE_CHECKING:
    from pathlib import Path

_HASH = re.compile(r"([0-9a-f]{64})?")


@dataclass(frozen=True)
class Head:
    """The end of a log: the number and hash of the last line, and of the line that is on its way, if one is."""

    no: int
    digest: str
    upcoming: str = ""


def read_head(path: Path) -> Head | None:
    """The head that is kept in a file; null if none is.

    Raises:
        InputError: the file holds something else.
    """
    try:
        said = json.loads(path.read_bytes())
        kept = Head(**said)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, RecursionError):
        raise _unreadable(path) from None
    if type(kept.no) is not int or kept.no < 0 or not all(map(_is_hash, (kept.digest, kept.upcoming))):
        raise _unreadable(path)
    return kept


def keep_head(path: Path, head: Head) -> None:
    """Keep a head in a file, in place of the one before, for its owner alone; whole or not at all."""
    with durable.replaced_file(path, durable.PRIVATE) as file:
        file.write(json.dumps(asdict(head)).encode() + b"\n")


def _is_hash(said: object) -> bool:
    return type(said) is str and bool(_HASH.fullmatch(said))


def _unreadable(path: Path) -> InputError:
    return InputError(
        "log-head-unreadable",
        f"The head of a log that is kept in {path} cannot be read.",
        remedy="Bring it back from a backup; or, having looked at the log, delete it and take the log's end as it is: "
        "`sigpanel extract verify-log --accept`.",
    )
