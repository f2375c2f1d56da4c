"""The life of an extract after it was issued: what there is, and how each ends.

    listed     every extract that was ever issued, and whether its folder is as the log says
    expire     it has ended: its data go from here, its record stays, and the recipients are to destroy theirs
    recall     it is called back: as `expire`, and a letter tells the recipients what to do and to confirm
    checked    it was opened for a release check, and passed or failed

How a salt is destroyed is in `extract_unlink`, and how an extract is held meanwhile in `extract_hold`. The day is
given; there is no clock here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import InputError
from sigpanel.extracts.layout import MANIFEST
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, held, note
from sigpanel.pipeline.extract_hold import at, folder_of, known_of, working
from sigpanel.pipeline.extract_letter import letter, write_letter
from sigpanel.pipeline.extract_record import Found, Record, digest_of, found, remove_data
from sigpanel.pipeline.log_checks import look
from sigpanel.pipeline.recall import is_before_withdrawals

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.audit import Standing
    from sigpanel.pipeline.study import Study

# What a folder is, beside what the log says.
FOLDERS = {
    "whole": "whole",
    "record": "record alone",
    "missing": "MISSING",
    "damaged": "DAMAGED",
    "left": "DATA LEFT",
}


@dataclass(frozen=True)
class Listed:
    """An extract in the register.

    Attributes:
        standing: what the log says of it.
        record: what its manifest says; null where that is not to be believed.
        folder: whole, record (it has ended), missing, damaged, or left (it has ended, and data are there).
        is_due: it is in use, and its last day is over.
        others: how many files in its folder are nobody's.
        is_before_withdrawals: it is in use, and somebody has withdrawn since the release that it was cut from.
    """

    standing: Standing
    record: Record | None
    folder: str
    is_due: bool
    others: int
    is_before_withdrawals: bool = False


@dataclass(frozen=True)
class Ended:
    """What was done to an extract that has ended or was called back.

    Attributes:
        extract_id: the extract.
        event: expired or recalled.
        detail: due or early; or the reason.
        was_begun: the log said it already, from a command that was interrupted, and now it is done.
        n_removed: files that went.
        others: files in its folder that are nobody's, and stay.
        recipients: who is to destroy theirs.
        letter: the letter to them, where it was called back.
    """

    extract_id: str
    event: str
    detail: str
    was_begun: bool
    n_removed: int
    others: int
    recipients: tuple[str, ...]
    letter: Path | None = None


# --- what there is ----------------------------------------------------------------------------------------------------


def listed(study: Study, *, today: dt.date) -> tuple[Listed, ...]:
    """Every extract that was issued, oldest first.

    Raises:
        InputError: the log is not whole, is not the one that the head beside the key is of, or may not be read.
    """
    looked, error = look(study, extracts_log(study))
    if error is not None:
        raise error
    if looked.is_closed:
        raise refusals.closed()
    return tuple(_listed(study, standing, today) for standing in audit.standings(looked.entries).values())


def folder_word(standing: Standing, there: Found, folder: Path) -> str:
    """What a folder is, beside what the log says: one of `FOLDERS`."""
    if folder.is_symlink():
        return "damaged"
    if not folder.is_dir():
        return "missing"
    if not standing.state.has_files and there.data:
        return "left"
    if there.record is None or (there.missing and standing.state.has_files) or there.changed:
        return "damaged"
    # As the log's own check has it: what was received is a part of what is in use.
    if standing.state.has_files and standing.received != there.received:
        return "damaged"
    return "whole" if standing.state.has_files else "record"


def _listed(study: Study, standing: Standing, today: dt.date) -> Listed:
    folder = folder_of(study, standing.extract_id)
    there = found(folder, standing.digest)
    until = there.record.valid_to if there.record else None
    is_due = standing.state.has_files and until is not None and today > until
    is_before = (
        standing.state.has_files and there.record is not None and is_before_withdrawals(study, there.record.release)
    )
    return Listed(standing, there.record, folder_word(standing, there, folder), is_due, there.others, is_before)


# --- how it ends ------------------------------------------------------------------------------------------------------


def expire(study: Study, extract_id: str, *, today: dt.date, is_early: bool = False) -> Ended:
    """End an extract: its data go, its record stays.

    Args:
        study: the study.
        extract_id: the extract.
        today: the day.
        is_early: end it before its last day is over.

    Raises:
        InputError: the log knows no such extract, or is not whole.
        PolicyError: it may be used for longer, or has ended already.
    """
    with at(study, extract_id) as (known, there):
        standing = known[extract_id]
        until = there.record.valid_to if there.record else None
        was_begun = standing.state.word == "expired" and bool(there.data)
        detail = "due" if until is not None and today > until else "early"
        if not was_begun:
            if audit.after("expired", standing) is None:
                raise refusals.refused("expired", standing)
            if detail == "early" and not is_early:
                raise refusals.still_valid(extract_id, until)
            note(extracts_log(study), on=today, event="expired", subject=extract_id, detail=detail)
        _remove(study, extract_id, there)
        return _ended(extract_id, "expired", detail, there, was_begun=was_begun)


def recall(study: Study, extract_id: str, reason: str, *, today: dt.date) -> Ended:
    """Call an extract back: its data go, and a letter to its recipients lies in its folder.

    Args:
        study: the study.
        extract_id: the extract.
        reason: one of the reasons of `contracts/audit.yaml`.
        today: the day.

    Raises:
        InputError: the log knows no such extract, or is not whole.
        PolicyError: it was called back already.
    """
    with at(study, extract_id) as (known, there):
        standing, folder = known[extract_id], folder_of(study, extract_id)
        was_begun = _is_recall_begun(standing, there, folder)
        if not was_begun:
            if audit.after("recalled", standing) is None:
                raise refusals.refused("recalled", standing)
            note(extracts_log(study), on=today, event="recalled", subject=extract_id, detail=reason)
        # What was begun is finished as it was begun: with the day and the reason that the log has.
        reason, on = (standing.reason, standing.recalled_on or today) if was_begun else (reason, today)
        path = folder / vocabulary().letter_file
        # One that lies there was written while all files still did, of which it tells.
        if not (was_begun and path.is_file()):
            others = [
                found(folder_of(study, one.extract_id), one.digest) for one in known.values() if one is not standing
            ]
            elsewhere = frozenset(sum_ for one in others if one.record for sum_ in one.record.received.values())
            path = write_letter(folder, letter(extract_id, reason, on, there.record, elsewhere))
        _remove(study, extract_id, there)
        return _ended(extract_id, "recalled", reason, there, was_begun=was_begun, path=path)


def recallable(study: Study, extract_id: str) -> int | None:
    """How many recipients an extract that can be called back has; null where its manifest is not to be believed.

    Raises:
        InputError: the log knows no such extract, or is not whole.
        PolicyError: it was called back already, and nothing of that is left to do.
    """
    standing = known_of(study, extract_id)[extract_id]
    folder = folder_of(study, extract_id)
    there = found(folder, standing.digest)
    if audit.after("recalled", standing) is None and not _is_recall_begun(standing, there, folder):
        raise refusals.refused("recalled", standing)
    return len(there.record.recipients) if there.record else None


def checked(study: Study, folder: Path, *, today: dt.date, has_passed: bool) -> bool:
    """Write down that an extract was opened for a release check.

    Args:
        study: the study.
        folder: what was checked.
        today: the day.
        has_passed: whether nothing was found that must not leave.

    Returns:
        Whether it was written down: not where the folder is no extract of the study's that is in use, and not by
        somebody who has not set the manager's key, beside which the log's end is kept.

    Raises:
        InputError: the log is not whole.
    """
    place = folder.resolve()
    if place.parent != extracts_dir(study).resolve() or not extracts_log(study).path.is_file():
        return False
    try:
        extracts_log(study).head_file()
    except InputError:
        return False
    with working(study):
        standing = audit.standings(held(extracts_log(study))).get(place.name)
        if standing is None or audit.after("checked", standing) is None:
            return False
        detail = "passed" if has_passed else "failed"
        note(
            extracts_log(study),
            on=today,
            event="checked",
            subject=place.name,
            detail=detail,
            digest=digest_of(place / MANIFEST),
        )
    return True


# --- parts of these ---------------------------------------------------------------------------------------------------


def _is_recall_begun(standing: Standing, there: Found, folder: Path) -> bool:
    is_done = not there.data and (folder / vocabulary().letter_file).is_file()
    return standing.state.word == "recalled" and not is_done


def _remove(study: Study, extract_id: str, there: Found) -> None:
    if there.data:
        remove_data(folder_of(study, extract_id), there.data)


def _ended(
    extract_id: str, event: str, detail: str, there: Found, *, was_begun: bool, path: Path | None = None
) -> Ended:
    recipients = there.record.recipients if there.record else ()
    return Ended(extract_id, event, detail, was_begun, len(there.data), there.others, recipients, path)
