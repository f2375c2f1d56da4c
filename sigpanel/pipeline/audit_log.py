"""The two audit logs of a study: where each lies, beside which key its head is kept, and how a line gets in.

    note(extracts_log(study), on=today, event="issued", subject="demo-followup-v1", digest=…)
    note(owner_log(study), on=today, event="withdrawn", subject="panel", detail="research")

The log of extracts lies beside them, and its head beside the research data manager's key; the owner's log lies in the
owner's room, and its head beside the owner's key. Whoever can write in the one place is not meant to be able to write
in the other. The two heads have names of their own, since one person may have both roles and one key.

What a line may say, and when one is refused, is `sigpanel.audit`'s to know.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError, SigpanelError
from sigpanel.key.refusals import KEY, MANAGERS_KEY, not_opened
from sigpanel.panel import durable
from sigpanel.pipeline.named_keys import of_extracts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sigpanel.pipeline.study import Study

FILE = "log.jsonl"
OWNER, EXTRACTS = "owner", "extracts"
# Behind the name of a key file.
HEAD = ".{kind}-log-head"
# What is wrong between a log and a head, and is so of every log but one where the key is another study's.
_UNLIKE = ("log-truncated", "log-broken", "log-ahead")


@dataclass(frozen=True)
class LogPlace:
    """Where a log lies, and the key beside which its head is kept, as the settings say it when asked."""

    kind: str
    path: Path
    key_file: Callable[[], Path]
    what: str = KEY

    def head_file(self, coming: Path | None = None) -> Path:
        """Where the head is kept.

        Args:
            coming: a key file that is about to be made, and so may be set without being there.

        Raises:
            InputError: no key file is set, or its folder is not there, or the file is not: a path that is misspelt
                must not look like a key whose head and salts are lost.
        """
        key_file = self.key_file()
        if not key_file.parent.is_dir():
            raise InputError(
                "log-head-folder",
                f"The folder of the key file {key_file} is not there, and the end of each log is kept in it.",
                remedy="Bring the folder back, or name the key file where it is now.",
            )
        if key_file != coming and not _is_there(key_file):
            raise not_opened(key_file, errno.ENOENT, self.what)
        return head_beside(key_file, self.kind)


def _is_there(key_file: Path) -> bool:
    """Whether something stands there; also where nobody may look, which is for whoever reads it to say."""
    try:
        key_file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


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
    return study.extracts


def extracts_log(study: Study) -> LogPlace:
    """The log of extracts."""
    what = KEY if study.is_one_key else MANAGERS_KEY
    return LogPlace(EXTRACTS, extracts_dir(study) / FILE, study.manager_key_file, what)


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


def held(log: LogPlace, *, on: dt.date | None = None, coming: Path | None = None) -> tuple[audit.Entry, ...]:
    """The lines of a log that somebody is about to go on with, held against its head, and the day if it is given.

    Raises:
        InputError: the log is not whole, has a line of a later day, or no key is set.
        PolicyError: the key that is set is none that extracts were made with, and the head beside it is another log's.
    """
    head_file = log.head_file(coming)
    kept = audit.read_head(head_file)
    try:
        entries = audit.verify(log.path, kept)
    except InputError as error:
        raise said_of_key(log, error) from None
    if kept is None and entries:
        raise audit.head_missing(log.path)
    if on is not None:
        audit.hold_day(log.path, entries, on)
    return entries


def said_of_key(log: LogPlace, error: SigpanelError) -> SigpanelError:
    """What is wrong with a log beside its head; first that the key is another study's, where extracts name others."""
    named = of_extracts(log.path.parent) if log.kind == EXTRACTS and error.code in _UNLIKE else ()
    try:
        key_id = keys.load(log.key_file()).key_id if named else ""
    except SigpanelError:
        return error
    if not named or key_id in named:
        return error
    return PolicyError(
        "key-of-another-study",
        f"The {log.what} that is set has the id {key_id}, and the extracts of this study were made with: "
        f"{', '.join(named)}. So the log's end that is kept beside it may be another study's.",
        remedy="Set the key of this study: SIGPANEL_MANAGER_KEY_FILE or manager_key_file. Only if this key was made "
        f"for this study, and nothing was issued with it yet, is it as the log's end says: {error.message} "
        f"{error.remedy}",
    )


def never_there(log: LogPlace) -> InputError:
    """That a key is to be made where one is set, though the log has lines that were written beside another."""
    return InputError(
        "log-head-missing",
        f"The log of this study has lines, and no end of it is kept at {log.key_file()}, where the {log.what} is set "
        "and is to be made: its key lies elsewhere, or the path is misspelt.",
        remedy=f"Set the path of the {log.what} that there is. Where it was handed over, first copy its KEYFILE"
        f"{HEAD.format(kind=log.kind)} to beside the new one, under its name. Where key and log's end are lost for "
        "good, make the new key under another path than the one that is set, set that one, look at the log, and take "
        "its end over: `sigpanel extract verify-log --accept`.",
    )
