"""Whether the logs are whole, and whether what lies in the folders is what they say.

    verify_log     each log as a chain, its end against the head beside the key, its lines against the table of states;
                   then each extract: folder, files, letter and salt against its state; no folder that no line knows;
                   and the withdrawals that are written down against the owner's log
    look           one log alone, for whoever lists what it says
    accept_log     having looked: cut a half-written last line off, and take the logs' ends as they are

Everything that is found is told, each with what to do: a state that a killed command left is named here and ended by
that command, run again. Nothing is mended on the way, and no file is named that somebody else has put there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import SigpanelError
from sigpanel.key import salts
from sigpanel.panel.layout import LOCK
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import FILE, OWNER, extracts_dir, extracts_log, note, owner_log
from sigpanel.pipeline.custody import set_is_another
from sigpanel.pipeline.extract_hold import folder_of, plain, salt_of, working
from sigpanel.pipeline.extract_record import found
from sigpanel.pipeline.withdrawal_checks import more_told, not_done

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from sigpanel.audit import Entry, Standing
    from sigpanel.pipeline.audit_log import LogPlace
    from sigpanel.pipeline.extract_record import Found
    from sigpanel.pipeline.study import Study

_BACKUP = "Bring the folder back from a backup"
# Problems of a log whose lines can be gone by all the same.
_READABLE = ("log-ahead", "log-clock-back")


@dataclass(frozen=True)
class Problem:
    """Something that is not as the logs say.

    Attributes:
        code: what kind of thing.
        subject: the extract, or the log.
        en: what is wrong.
        remedy: what to do.
    """

    code: str
    subject: str
    en: str
    remedy: str


@dataclass(frozen=True)
class LookedLog:
    """One log.

    Attributes:
        kind: extracts or owner.
        entries: its lines, as far as they are whole; none where it may not be read here.
        says: what could not be held here and why; empty where all could.
        is_held: whether its end was held against the head, where it may be read: of a log that is empty or gone, too.
        is_closed: whether it may not be read here.
    """

    kind: str
    entries: tuple[Entry, ...]
    says: str = ""
    is_held: bool = True
    is_closed: bool = False

    @property
    def last_on(self) -> dt.date | None:
        """The day of the last line."""
        return self.entries[-1].on if self.entries else None


@dataclass(frozen=True)
class VerifiedLog:
    """What was looked at, and every problem."""

    logs: tuple[LookedLog, ...]
    problems: tuple[Problem, ...]
    says: tuple[str, ...] = ()

    @property
    def not_held(self) -> tuple[str, ...]:
        """The logs whose ends were held against nothing, so that lines may be missing there."""
        return tuple(log.kind for log in self.logs if not log.is_held)

    def of_extracts(self) -> VerifiedLog:
        """What is the research data manager's of it: the log of extracts, and what lies in the folders."""
        logs = tuple(log for log in self.logs if log.kind != OWNER)
        return VerifiedLog(logs, tuple(one for one in self.problems if one.subject != OWNER), self.says)

    @property
    def is_well(self) -> bool:
        """Whether all could be held, and all is as the logs say."""
        return not self.problems and not self.not_held


def verify_log(study: Study) -> VerifiedLog:
    """Hold both logs, and the folders of extracts against theirs. A problem is told, not raised."""
    looked, problems = [], []
    for log in (extracts_log(study), owner_log(study)):
        one, error = look(study, log)
        looked.append(one)
        problems += [_told(error, log.kind)] if error else []
        problems += [_of_days(log.kind, no) for no in audit.backwards(one.entries)]
    says: tuple[str, ...] = ()
    broken = {each.subject for each in problems if each.code not in _READABLE}
    if looked[0].kind not in broken:
        of_extracts, says = _extracts(study, looked[0].entries)
        problems += of_extracts
    if OWNER not in broken and not looked[1].is_closed:
        problems += [_told(error, OWNER) for error in not_done(study, looked[1].entries)]
        says += more_told(study, looked[1].entries)
    return VerifiedLog(tuple(looked), tuple(problems), says)


def accept_log(study: Study, *, today: dt.date) -> None:
    """Cut a half-written last line of each log off, and take its end as it is: for who has looked at it.

    Where the last line is of a later day than today, a line says that the clock was wrong, and the log goes on from it.

    Raises:
        InputError: a log is broken before its last line, or lines are missing at its end; or no key is set.
        PolicyError: the owner's key that is set is not the live release's: a head beside it would be held by nobody.
    """
    with working(study):
        for log in (extracts_log(study), owner_log(study)):
            try:
                if log.path.is_file():
                    if (another := set_is_another(study, log)) is not None:
                        raise another
                    entries = audit.settle(log.path, log.head_file())
                    if entries and today < entries[-1].on:
                        note(log, on=today, event=audit.CLOCK_CORRECTED, subject="log")
            except PermissionError:
                # The owner's log is the owner's to settle.
                continue


# --- the logs ---------------------------------------------------------------------------------------------------------


def look(study: Study, log: LogPlace) -> tuple[LookedLog, SigpanelError | None]:
    """One log, held against its head where that can be looked at, and what is wrong with it."""
    if log.kind == OWNER and not log.path.parent.exists():
        return LookedLog(log.kind, (), "the owner's room is not here, and was not looked into"), None
    try:
        entries = audit.verify(log.path)
    except PermissionError:
        return LookedLog(log.kind, (), "it may not be read by you, and was not looked at", is_closed=True), None
    except SigpanelError as error:
        return LookedLog(log.kind, ()), error
    try:
        head_file = log.head_file()
        kept = audit.read_head(head_file)
    except PermissionError:
        says = "its end was held against nothing: the head beside the key may not be read by you"
        return LookedLog(log.kind, entries, says, is_held=False), None
    except SigpanelError as error:
        if error.code == "log-head-unreadable":
            return LookedLog(log.kind, entries), error
        says = f"its end was held against nothing: {error.message.rstrip('.')}"
        return LookedLog(log.kind, entries, says, is_held=False), None
    try:
        if kept is None and entries:
            raise set_is_another(study, log) or audit.head_missing(log.path)
        audit.verify(log.path, kept)
    except SigpanelError as error:
        return LookedLog(log.kind, entries), error
    return LookedLog(log.kind, entries), None


def _of_days(kind: str, no: int) -> Problem:
    return Problem(
        "log-clock-back",
        kind,
        f"Line {no} is of an earlier day than the line before it: the clock was set back when it was written, or had "
        "been wrong before.",
        "Find out which, and whether anything was done on a day on which it was not to be. The log keeps both lines.",
    )


def _told(error: SigpanelError, subject: str) -> Problem:
    return Problem(error.code, subject, error.message, error.remedy)


# --- the extracts -----------------------------------------------------------------------------------------------------


def _extracts(study: Study, entries: tuple[Entry, ...]) -> tuple[list[Problem], tuple[str, ...]]:
    known = audit.standings(entries)
    says: tuple[str, ...] = ()
    try:
        key_file: Path | None = study.manager_key_file()
    except SigpanelError as error:
        key_file, says = None, (f"Salts were not looked at: {error.message}",) if known else ()
    problems = [
        problem
        for standing in known.values()
        for problem in (
            *_of_folder(study, standing),
            *(_of_salt(study, standing, key_file) if key_file else ()),
        )
    ]
    return [*problems, *_strays(extracts_dir(study), set(known))], says


def _of_folder(study: Study, standing: Standing) -> Iterator[Problem]:
    folder = folder_of(study, standing.extract_id)
    problem = _Of(standing.extract_id)
    if folder.is_symlink():
        error = refusals.linked(standing.extract_id)
        yield problem(error.code, error.message, error.remedy)
        return
    there = found(folder, standing.digest)
    if not folder.is_dir():
        yield problem(
            "extract-folder-missing",
            f"It is {standing.state.en}, and its folder is not there.",
            "If it was being issued when a command was killed, issue it again: the same extract comes out. "
            f"Otherwise: {_BACKUP}.",
        )
        return
    if there.record is None:
        yield problem(
            "extract-record-damaged",
            "Its manifest is missing, or is not the one that the log knows.",
            f"{_BACKUP}; until then its files cannot be told from others.",
        )
    if standing.state.has_files:
        yield from _of_files(problem, there)
        yield from _of_received(problem, standing, there)
    else:
        yield from _of_ended(problem, standing, there, folder)
    if there.others and there.record is not None:
        yield problem(
            "extract-unknown-files",
            f"{there.others} in its folder were not written by sigpanel.",
            "Move them to another place; if data of the extract are in them, delete them when the extract ends.",
        )


def _of_files(problem: _Of, there: Found) -> Iterator[Problem]:
    if there.record is not None and there.missing:
        yield problem(
            "extract-files-missing", f"These of its files are missing: {', '.join(there.missing)}.", f"{_BACKUP}."
        )
    if there.record is not None and there.changed:
        yield problem(
            "extract-files-changed",
            f"These of its files are not as they were written: {', '.join(there.changed)}.",
            f"{_BACKUP}, and find out who has changed it.",
        )


def _of_received(problem: _Of, standing: Standing, there: Found) -> Iterator[Problem]:
    if standing.received != there.received:
        what = "is not what the log knows as received" if there.received else "is not there"
        yield problem(
            "extract-followup-differs",
            f"What register holders delivered to it {what}.",
            "If a command was interrupted, receive the delivery again: `sigpanel followup receive ID FOLDER`. "
            f"Otherwise: {_BACKUP}.",
        )


def _of_ended(problem: _Of, standing: Standing, there: Found, folder: Path) -> Iterator[Problem]:
    word = standing.state.word
    again = "sigpanel extract recall ID --reason REASON" if word == "recalled" else "sigpanel extract expire ID"
    if there.data:
        yield problem(
            "extract-data-left",
            f"It is {standing.state.en}, and {len(there.data)} files of it are here: a command was interrupted, or "
            "somebody brought them back.",
            f"Remove them: `{again}`.",
        )
    if word == "recalled" and not (folder / vocabulary().letter_file).is_file():
        yield problem(
            "extract-letter-missing",
            "It was called back, and the letter to its recipients is not there.",
            f"Write it: `{again}`.",
        )


def _of_salt(study: Study, standing: Standing, key_file: Path) -> Iterator[Problem]:
    record = found(folder_of(study, standing.extract_id), standing.digest).record
    if record is None or record.ids is None:
        return
    try:
        is_there = salts.has_salt(key_file, salt_of(standing.extract_id, record.ids))
    except PermissionError:
        return
    problem = _Of(standing.extract_id)
    if is_there and not standing.state.has_salt:
        yield problem(
            "salt-left",
            "The log says that its salt was destroyed, and the salt is there: a command was interrupted, or somebody "
            "brought it back.",
            "Destroy it: `sigpanel extract unlink ID`.",
        )
    if not is_there and standing.state.has_salt:
        yield problem(
            "salt-gone",
            "Its salt is not beside the key that is set, and the log does not say that it was destroyed.",
            "Name the key file beside which it lies, or bring it back from a backup; if it is lost for good, write "
            "that down: `sigpanel extract unlink ID --lost`.",
        )


def _strays(place: Path, known: set[str]) -> Iterator[Problem]:
    names = {path.name for path in place.iterdir()} if place.is_dir() else set()
    pattern = vocabulary().subjects["extract"].pattern
    for name in sorted(names - known):
        if pattern.fullmatch(name):
            yield Problem(
                "extract-unlogged",
                name,
                "Its folder is here, and no line of the log knows it.",
                "If sigpanel made it and was killed, issue it again, which writes the line. Otherwise nothing says "
                "that it may be here: move it away, and find out whose it is.",
            )
        elif name != plain(name) and pattern.fullmatch(plain(name)):
            yield Problem(
                "extract-unfinished",
                plain(name),
                "What a killed issue has left of it is here.",
                "The next command that works on extracts takes it away, and so does "
                "`sigpanel extract verify-log --accept`.",
            )
    others = sum(not pattern.fullmatch(plain(name)) for name in names - {FILE, LOCK})
    if others:
        yield Problem(
            "extracts-unknown-files",
            "extracts",
            f"{others} in the folder of extracts were not made by sigpanel.",
            "Move them to another place: nothing lies here but extracts and their log.",
        )


class _Of:
    """Makes the problems of one extract."""

    def __init__(self, extract_id: str) -> None:
        self.extract_id = extract_id

    def __call__(self, code: str, en: str, remedy: str) -> Problem:
        return Problem(code, self.extract_id, en, remedy.replace("ID", self.extract_id))
