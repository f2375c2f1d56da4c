"""The two audit logs of a study: where each lies, beside which key its head is kept, and how a line gets in.

    note(extracts_log(study), on=today, event="issued", subject="demo-followup-v1", digest=…)
    note(owner_log(study), on=today, event="withdrawn", subject="panel", detail="research")

The log of extracts lies beside them, and its head beside the research data manager's key; the owner's log lies in the
owner's room, and its head beside the owner's key. Whoever can write in the one place is not meant to be able to write
in the other. The two heads have names of their own, since one person may have both roles and one key.

What a line may say, and when one is refused, is `sigpanel.audit`'s to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel.errors import InputError
from sigpanel.panel import durable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sigpanel.pipeline.study import Study

FILE = "log.jsonl"
OWNER, EXTRACTS = "owner", "extracts"
# Behind the name of a key file.
HEAD = ".{kind}-log-head"


@dataclass(frozen=True)
class LogPlace:
    """Where a log lies, and the key beside which its head is kept, as the settings say it when asked."""

    kind: str
    path: Path
    key_file: Callable[[], Path]

    def head_file(self) -> Path:
        """Where the head is kept.

        Raises:
            InputError: no key file is set, or its folder is not there.
        """
        key_file = self.key_file()
        if not key_file.parent.is_dir():
            raise InputError(
                "log-head-folder",
                f"The folder of the key file {key_file} is not there, and the end of each log is kept in it.",
                remedy="Bring the folder back, or name the key file where it is now.",
            )
        return head_beside(key_file, self.kind)


def head_beside(key_file: Path, kind: str) -> Path:
    """Where the head of a log of that kind is kept, beside a key file and named after it."""
    return key_file.with_name(key_file.name + HEAD.format(kind=kind))


def heads_along(key_file: Path, to: Path, kinds: Iterable[str] = (OWNER, EXTRACTS)) -> tuple[Path, ...]:
    """Let copies of the heads beside a key file lie beside another file too, where none does yet, and return those.

    They hold a number and a digest, and no secret.

    Raises:
        InputError: one cannot be read or copied.
    """
    made = []
    for kind in kinds:
        kept, head_file = audit.read_head(head_beside(key_file, kind)), head_beside(to, kind)
        if kept is not None and to.parent.is_dir() and not head_file.exists():
            audit.keep_head(head_file, kept)
            made.append(head_file)
    return tuple(made)


def extracts_dir(study: Study) -> Path:
    """Where extracts lie, and their log."""
    return study.research / "extracts"


def extracts_log(study: Study) -> LogPlace:
    """The log of extracts."""
    return LogPlace(EXTRACTS, extracts_dir(study) / FILE, study.manager_key_file)


def owner_log(study: Study) -> LogPlace:
    """The log of the owner's room."""
    return LogPlace(OWNER, study.owner / FILE, study.key_file)


def note(log: LogPlace, *, on: dt.date, event: str, subject: str, detail: str = "", digest: str = "") -> audit.Entry:
    """Write a line in a log, and keep the log's head.

    Raises:
        Fault: the vocabulary does not allow it.
        InputError: the log is not whole, or no key is set beside which its head could be kept. Nothing was written.
    """
    head_file = log.head_file()
    durable.make_folders(log.path.parent, durable.PRIVATE_FOLDER if log.kind == OWNER else durable.SHARED_FOLDER)
    return audit.append(
        log.path, on=on, event=event, subject=subject, detail=detail, digest=digest, head_file=head_file
    )


def held(log: LogPlace, *, on: dt.date | None = None) -> tuple[audit.Entry, ...]:
    """The lines of a log that somebody is about to go on with, held against its head, and the day if it is given.

    Raises:
        InputError: the log is not whole, has a line of a later day, or no key is set.
    """
    head_file = log.head_file()
    kept = audit.read_head(head_file)
    entries = audit.verify(log.path, kept)
    if kept is None and entries:
        raise audit.head_missing(log.path)
    if on is not None:
        audit.hold_day(log.path, entries, on)
    return entries
