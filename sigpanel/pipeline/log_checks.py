"""Whether the logs are whole, and whether what lies in the folders is what they say.

    verify_log     each log as a chain, its end against the head beside the key, its lines against the table of states;
                   then each extract against its state (`extract_checks`), and the withdrawals that are written down
                   against the owner's log
    look           one log alone, for whoever lists what it says
    accept_log     having looked: cut a half-written last line off, and take the logs' ends as they are

Everything that is found is told, each with what to do: a state that a killed command left is named here and ended by
that command, run again. Nothing is mended on the way, and no file is named that somebody else has put there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel.errors import InputError, SigpanelError
from sigpanel.pipeline.audit_log import OWNER, extracts_log, note, owner_log, said_of_key
from sigpanel.pipeline.custody import set_is_another
from sigpanel.pipeline.extract_checks import Problem, problems_of_extracts
from sigpanel.pipeline.extract_hold import working
from sigpanel.pipeline.practice import practice_key
from sigpanel.pipeline.withdrawal_checks import more_told, not_done

if TYPE_CHECKING:
    import datetime as dt

    from sigpanel.audit import Entry
    from sigpanel.pipeline.audit_log import LogPlace
    from sigpanel.pipeline.study import Study

# Problems of a log whose lines can be gone by all the same.
_READABLE = ("log-ahead", "log-clock-back")


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
        of_extracts, says = problems_of_extracts(study, looked[0].entries)
        problems += of_extracts
    if OWNER not in broken and not looked[1].is_closed:
        problems += [_told(error, OWNER) for error in not_done(study, looked[1].entries)]
        says += more_told(study, looked[1].entries)
    return VerifiedLog(tuple(looked), tuple(problems), says)


def accept_log(study: Study, *, today: dt.date) -> None:
    """Cut a half-written last line of each log off, and take its end as it is: for who has looked at it.

    Where the last line is of a later day than today, a line says that the clock was wrong, and the log goes on from it.

    Raises:
        InputError: a log is broken before its last line, or lines are missing at its end; or no key is set, or is not
            where it is set.
        PolicyError: the key that is set is not the study's: a head beside it would be held by nobody.
    """
    with working(study):
        for log in (extracts_log(study), owner_log(study)):
            try:
                if log.path.is_file():
                    if (another := set_is_another(study, log)) is not None:
                        raise another
                    entries = _settled(log)
                    if entries and today < entries[-1].on:
                        note(log, on=today, event=audit.CLOCK_CORRECTED, subject="log")
            except PermissionError:
                # The owner's log is the owner's to settle.
                continue


def _settled(log: LogPlace) -> tuple[Entry, ...]:
    head_file = log.head_file()
    try:
        return audit.settle(log.path, head_file)
    except InputError as error:
        raise said_of_key(log, error) from None


# --- the logs ---------------------------------------------------------------------------------------------------------


def look(study: Study, log: LogPlace) -> tuple[LookedLog, SigpanelError | None]:
    """One log, held against its head where that can be looked at, and what is wrong with it."""
    if log.kind == OWNER and (why := _keeps_none(study, log)):
        return LookedLog(log.kind, (), why), None
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
        # A key that is not where it is set: the path may be misspelt, and nothing may be concluded from what is not
        # beside it. An empty log asks for nothing yet.
        if error.code == "log-head-unreadable" or (error.code == "key-missing" and entries):
            return LookedLog(log.kind, entries), error
        says = f"its end was held against nothing: {error.message.rstrip('.')}"
        return LookedLog(log.kind, entries, says, is_held=False), None
    try:
        if kept is None and entries:
            raise audit.head_missing(log.path)
        audit.verify(log.path, kept)
    except SigpanelError as error:
        return LookedLog(log.kind, entries), set_is_another(study, log) or said_of_key(log, error)
    return LookedLog(log.kind, entries), None


def _keeps_none(study: Study, log: LogPlace) -> str:
    """Why there is no owner's log here to be held; empty where there is to be one."""
    if not log.path.parent.exists():
        return "the owner's room is not here, and was not looked into"
    return "this is the practice study, which keeps none" if practice_key(study) and not log.path.exists() else ""


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
