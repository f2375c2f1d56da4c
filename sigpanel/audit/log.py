"""Read a log and append to it: whole lines only, one process at a time, earlier bytes never touched.

A line is written at the end in one piece, under a lock of the operating system on the log itself, and forced to disk
before the call returns. What is there is held before anything is added: a broken log is not written on.

A kill or a power cut can leave the last line half-written. It is told as that, by number, and nothing is appended
behind it; `settle` cuts it off, which is the one case in which a log becomes shorter.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sigpanel.audit.entries import Entry, entry_of
from sigpanel.audit.head import Head, keep_head, read_head
from sigpanel.audit.standing import allowed, standings
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import Fault, InputError
from sigpanel.panel import durable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# As `panel.durable` has them: the owner's log is the owner's alone, that of extracts may be read by the group.
_PRIVATE, _SHARED = 0o600, 0o640
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
# The head of a log stands beside the key by the log's kind alone: were it named by the study too, a log that is gone
# together with what names the study would be taken for that of a new study.
_ANOTHER = "If the key is another study's too, the head is of that one's log: give each study keys of its own."
_ACCEPT = "`sigpanel extract verify-log --accept`"
# The one line that may be of an earlier day than the line before it.
CLOCK_CORRECTED = "clock_corrected"


# --- reading ----------------------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[Entry, ...]:
    """Every line of a log, in order; none where there is no log yet.

    Raises:
        InputError: a line is not as it was written, or not the one that follows the line before it; the message names
            the first such line. Or the last line is half-written.
    """
    return _parsed(path, _bytes(path))


def verify(path: Path, head: Head | None = None) -> tuple[Entry, ...]:
    """Every line of a log, held against the head that is kept elsewhere, if it is given.

    Raises:
        InputError: as `read`; or lines are missing at the end, or were added by somebody else; or a line says of an
            extract what cannot have happened.
    """
    entries = read(path)
    standings(entries)
    if head is not None:
        _hold(path, entries, head)
    return entries


def head(entries: Sequence[Entry]) -> Head:
    """The head of these lines; of none, number 0."""
    return Head(entries[-1].no, entries[-1].hash) if entries else Head(0, "")


def hold_day(path: Path, entries: Sequence[Entry], on: dt.date) -> None:
    """Refuse to go on with a log on a day before that of its last line: the clock was set back, or is wrong.

    Raises:
        InputError: the day is earlier.
    """
    if entries and on < entries[-1].on:
        raise InputError(
            "log-clock-back",
            f"The last line of {_called(path)} is of {entries[-1].on}, and the clock of this machine says {on}. "
            "Nothing was done.",
            remedy="Set the clock right, and run the command again. If it is right now and was wrong when that line "
            f"was written, look at the log, then take its end over with {_ACCEPT}: the log will say so.",
        )


def backwards(entries: Sequence[Entry]) -> tuple[int, ...]:
    """The numbers of lines that are of an earlier day than the line before and do not say that a clock was wrong."""
    return tuple(
        after.no for before, after in pairwise(entries) if after.on < before.on and after.event != CLOCK_CORRECTED
    )


def head_missing(path: Path) -> InputError:
    """That a log has lines and its head is not kept anywhere."""
    return InputError(
        "log-head-missing",
        f"The head of {_called(path)} is not kept beside the key, so nothing tells whether its end is still there.",
        remedy="If the key was handed over or made anew, or another was set before (as until `one_role` was written), "
        f"the head lies beside the one before: move or copy KEYFILE.{path.parent.name}-log-head beside this one, under "
        "its name. Else bring it back from the backup of the key's folder; or, having looked at the log, "
        f"{_ACCEPT}.",
    )


def _bytes(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | _SAFE)
    except FileNotFoundError:
        return b""
    with _locked(descriptor, is_shared=True), os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read()


def _parsed(path: Path, content: bytes) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    # Not by `splitlines`, for which a carriage return ends a line too.
    *whole, last = content.split(b"\n")
    lines = [*(line + b"\n" for line in whole), *([last] if last else [])]
    for no, line in enumerate(lines, start=1):
        entry = entry_of(line)
        if entry is None and no == len(lines) and not line.endswith(b"\n"):
            raise InputError(
                "log-half-written",
                f"Line {no} of {_called(path)}, the last, is half-written: a command was killed, or the disk was full.",
                remedy=f"Look at the log, then cut the half line off with {_ACCEPT}, and run the command again.",
            )
        if entry is None or entry.no != no or entry.previous != head(entries).digest:
            raise InputError(
                "log-broken",
                f"Line {no} of {_called(path)} is not as it was written, or not the one that followed the line before.",
                remedy="Bring the log back from a backup. If no mistake explains it, treat it as an incident.",
            )
        entries.append(entry)
    return tuple(entries)


def _hold(path: Path, entries: Sequence[Entry], kept: Head) -> None:
    missing = kept.no - len(entries)
    if missing > 0:
        raise InputError(
            "log-truncated",
            f"At the end of {_called(path)} {missing} of {kept.no} lines are missing.",
            remedy=f"{_ANOTHER} Else bring the log back from a backup. If no mistake explains it, treat it as an "
            "incident.",
        )
    if head(entries[: kept.no]).digest != kept.digest:
        raise InputError(
            "log-broken",
            f"Line {kept.no} of {_called(path)} is not the one that was written: the head kept beside the key differs.",
            remedy=f"{_ANOTHER} Else bring the log back from a backup. If no mistake explains it, treat it as an "
            "incident.",
        )
    added = len(entries) - kept.no
    if added and (added > 1 or entries[-1].hash != kept.upcoming):
        raise InputError(
            "log-ahead",
            f"{_called(path)} has {len(entries)} lines, and the head kept beside the key knows of {kept.no}.",
            remedy=f"Look at the lines from {kept.no + 1} on. If what they tell was done, take them over with "
            f"{_ACCEPT}; if not, somebody else has written them: treat it as an incident.",
        )


# --- writing ----------------------------------------------------------------------------------------------------------


def append(
    path: Path,
    *,
    on: dt.date,
    event: str,
    subject: str,
    detail: str = "",
    digest: str = "",
    head_file: Path | None = None,
) -> Entry:
    """Write one line at the end of a log; it is on disk when this returns.

    Args:
        path: the log; it is made if it is not there, its folder is not.
        on: the day.
        event: what happened.
        subject: what it is about.
        detail: one of the event's words.
        digest: SHA-256 of a manifest.
        head_file: where the log's head is kept: held before the line is written, and renewed.

    Raises:
        Fault: the vocabulary does not allow it, not in this log or not of this extract now. Nothing was written.
        InputError: the log is broken, half-written, not the one that the head is of, or has a line of a later day.
            Nothing was written.
    """
    said = vocabulary().events.get(event)
    if said and path.parent.name in vocabulary().logs and path.parent.name not in said.logs:
        raise Fault("audit-log", f"The event {event} does not belong in {_called(path)}.")
    with _open_to_write(path) as descriptor:
        entries = _parsed(path, _content(descriptor))
        entry = _next(entries, {"on": on, "event": event, "subject": subject, "detail": detail, "digest": digest})
        if head_file is not None:
            _hold(path, entries, _kept(path, entries, head_file))
        if event != CLOCK_CORRECTED:
            hold_day(path, entries, on)
        if head_file is not None:
            last = head(entries)
            keep_head(head_file, Head(last.no, last.digest, entry.hash))
        _write(descriptor, entry.line)
        if head_file is not None:
            keep_head(head_file, head((*entries, entry)))
    return entry


def settle(path: Path, head_file: Path | None = None) -> tuple[Entry, ...]:
    """Cut a half-written last line off, and take the log's end for its head: what somebody does who has looked at it.

    Raises:
        InputError: the log is broken before its last line, or lines are missing at its end.
    """
    with _open_to_write(path) as descriptor:
        content = _content(descriptor)
        whole = content[: content.rfind(b"\n") + 1]
        entries = _parsed(path, whole)
        standings(entries)
        if head_file is not None and (kept := read_head(head_file)) is not None:
            _hold(path, entries[: kept.no], kept)
        if len(whole) < len(content):
            os.ftruncate(descriptor, len(whole))
            os.fsync(descriptor)
        if head_file is not None:
            keep_head(head_file, head(entries))
    return entries


def _next(entries: Sequence[Entry], said: Mapping[str, Any]) -> Entry:
    last = head(entries)
    entry = Entry(no=last.no + 1, previous=last.digest, **said)
    standing = standings(entries).get(entry.subject)
    if vocabulary().events[entry.event].subject == "extract" and not allowed(entry, standing):
        raise Fault("audit-order", f"A log was to be told of an extract what it is in no state for: {entry.event}.")
    return entry


def _kept(path: Path, entries: Sequence[Entry], head_file: Path) -> Head:
    kept = read_head(head_file)
    if kept is None and entries:
        raise head_missing(path)
    return kept or Head(0, "")


def _write(descriptor: int, line: bytes) -> None:
    """Write a line in one piece; what got to the disk of one that did not fit is taken off again."""
    size = os.fstat(descriptor).st_size
    try:
        _write_whole(descriptor, line)
        os.fsync(descriptor)
    except (OSError, InputError):
        os.ftruncate(descriptor, size)
        raise


def _write_whole(descriptor: int, line: bytes) -> None:
    if os.write(descriptor, line) != len(line):
        raise InputError("disk", "The disk is full.", remedy="Make room, and run the command again.")


@contextmanager
def _open_to_write(path: Path) -> Iterator[int]:
    is_shared = path.parent.name in vocabulary().logs and vocabulary().logs[path.parent.name].is_shared
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _SAFE, _SHARED if is_shared else _PRIVATE)
    with _locked(descriptor, is_shared=False):
        if is_new:
            durable.sync_folder(path.parent)
        yield descriptor


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


@contextmanager
def _locked(descriptor: int, *, is_shared: bool) -> Iterator[None]:
    """Hold the log until the block ends, then close it. Windows has no such lock, and there logs are only read."""
    try:
        try:
            import fcntl
        except ImportError:
            if not is_shared:
                raise
        else:
            fcntl.flock(descriptor, fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _called(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
