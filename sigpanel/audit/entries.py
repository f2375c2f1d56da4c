"""One line of a log: what it may say, how it is written, and how a line is read back.

An entry that the vocabulary does not allow cannot be made; so no value, name, path or id of a person can get into a
log by any caller. A line that is read is one only if writing it again gives the very same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass

from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import Fault

# The order in which a line has them.
FIELDS = ("no", "on", "event", "subject", "detail", "digest", "previous")
# A line of the longest words is some 350 bytes; what is far longer was not written here.
LONGEST = 1_000

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """A line of a log.

    Attributes:
        no: its number, from 1.
        on: the day.
        event: what happened.
        subject: the extract, release, key or panel that it is about.
        detail: how or why, one of the event's words; empty where it has none.
        digest: SHA-256 of the manifest; empty where none goes with it.
        previous: SHA-256 of the line before it; empty in the first.

    Raises:
        Fault: something in it is not in the vocabulary.
    """

    no: int
    on: dt.date
    event: str
    subject: str
    detail: str
    digest: str
    previous: str

    def __post_init__(self) -> None:
        odd = _odd(self)
        if odd:
            # Not what it says: it may be what must not get into a log.
            raise Fault("audit-vocabulary", f"A log was to be told what it may not say: its {odd}.")

    @property
    def line(self) -> bytes:
        """The line as it is written, its end included."""
        said = {name: getattr(self, name) for name in FIELDS} | {"on": self.on.isoformat()}
        return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"

    @property
    def hash(self) -> str:
        """SHA-256 of the line: what the next one has as `previous`."""
        return hashlib.sha256(self.line).hexdigest()

    def as_dict(self) -> dict[str, str | int]:
        """The entry as JSON has it."""
        return {name: getattr(self, name) for name in FIELDS} | {"on": self.on.isoformat()}


def entry_of(line: bytes) -> Entry | None:
    """The entry that a line with its end holds; null if it is none that could have been written here."""
    if len(line) > LONGEST:
        return None
    try:
        said = json.loads(line)
        made = Entry(**said | {"on": dt.date.fromisoformat(said["on"])})
    except (ValueError, TypeError, KeyError, RecursionError, Fault):
        return None
    return made if made.line == line else None


def _odd(entry: Entry) -> str | None:
    """The first field of an entry that says what it may not, if one does."""
    words = vocabulary()
    event = words.events.get(entry.event)
    if event is None:
        return "event"
    holds = {
        "no": type(entry.no) is int and entry.no > 0,
        # A datetime is a date too, and would bring a clock.
        "on": type(entry.on) is dt.date,
        "subject": _fits(words.subjects[event.subject].pattern, entry.subject),
        "detail": type(entry.detail) is str and entry.detail in event.details,
        "digest": _is_digest(entry.digest, event.digest),
        "previous": _is_digest(entry.previous, "none" if entry.no == 1 else "required"),
    }
    return next((name for name, is_well in holds.items() if not is_well), None)


def _is_digest(said: object, rule: str) -> bool:
    if said == "":
        return rule != "required"
    return rule != "none" and _fits(_DIGEST, said)


def _fits(pattern: re.Pattern[str], said: object) -> bool:
    return type(said) is str and bool(pattern.fullmatch(said))
