"""What has become of each extract: the lines of a log, folded by the table of states in `contracts/audit.yaml`.

There is no other register, so none can contradict the log.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sigpanel.contracts.audit import NONE, State, vocabulary
from sigpanel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.audit.entries import Entry


@dataclass(frozen=True)
class Standing:
    """What the log says of one extract.

    Attributes:
        extract_id: the extract.
        state: what it is now.
        issued_on: the day on which it was first issued.
        since: the day of the last event that changed its state.
        digest: SHA-256 of its manifest.
        reason: why it was called back; empty if it was not.
        recalled_on: the day on which it was.
        received: SHA-256 of the manifest of what register holders delivered to it; empty if nothing was.
    """

    extract_id: str
    state: State
    issued_on: dt.date
    since: dt.date
    digest: str
    reason: str = ""
    recalled_on: dt.date | None = None
    received: str = ""


def standings(entries: Iterable[Entry]) -> dict[str, Standing]:
    """What the lines come to, by extract, in the order of issue.

    Raises:
        InputError: a line says of an extract what cannot have happened to it then.
    """
    found: dict[str, Standing] = {}
    for entry in entries:
        event = vocabulary().events[entry.event]
        if event.subject != "extract":
            continue
        before = found.get(entry.subject)
        now = allowed(entry, before)
        if now is None:
            raise InputError(
                "log-order",
                f"Line {entry.no} of the log tells of an extract what cannot have happened to it then: {entry.event}.",
                remedy="Somebody else than sigpanel has written it. Bring the log back from a backup.",
            )
        if before is None:
            found[entry.subject] = Standing(entry.subject, now, entry.on, entry.on, entry.digest)
            continue
        found[entry.subject] = replace(
            before,
            state=now,
            since=entry.on if now != before.state else before.since,
            reason=entry.detail if entry.event == "recalled" else before.reason,
            received=entry.digest if entry.event == "received" else before.received,
            recalled_on=entry.on if entry.event == "recalled" else before.recalled_on,
        )
    return found


def allowed(entry: Entry, standing: Standing | None) -> State | None:
    """The state of an extract after a line about it; null if it cannot have happened to it now."""
    if standing and entry.event == "reissued" and entry.digest != standing.digest:
        # What is not the same to the byte is another extract, and has a version of its own.
        return None
    return after(entry.event, standing)


def after(event: str, standing: Standing | None) -> State | None:
    """The state of an extract after an event; null if the table does not allow the event now."""
    becomes = vocabulary().events[event].becomes.get(standing.state.name if standing else NONE)
    return vocabulary().states[becomes] if becomes else None


def states(entries: Iterable[Entry]) -> dict[str, str]:
    """The word for what each extract is now: live, unlinked, expired or recalled.

    An unlinked extract is in use like a live one. Whoever asks which data are still out asks `in_use`.
    """
    return {extract_id: standing.state.word for extract_id, standing in standings(entries).items()}


def in_use(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The extracts that recipients may still have and use: the live ones and the unlinked."""
    return tuple(extract_id for extract_id, standing in standings(entries).items() if standing.state.has_files)
