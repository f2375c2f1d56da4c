"""Whether what lies in the folders of extracts is what their log says: folder, files, letter and salt of each.

Everything that is found is told, each with what to do; no folder is passed over that no line knows. Whether the log is
whole is for `log_checks` to say. No file is named that somebody else has put there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel import key as keys
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import SigpanelError
from sigpanel.key import salts
from sigpanel.panel.layout import LOCK
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import FILE, extracts_dir, extracts_log
from sigpanel.pipeline.extract_hold import folder_of, plain, salt_of
from sigpanel.pipeline.extract_record import found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sigpanel.audit import Entry, Standing
    from sigpanel.pipeline.extract_record import Found
    from sigpanel.pipeline.study import Study

_BACKUP = "Bring the folder back from a backup"


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


def problems_of_extracts(study: Study, entries: tuple[Entry, ...]) -> tuple[list[Problem], tuple[str, ...]]:
    """What is not as a log's lines say of extracts, and what could not be looked at."""
    known = audit.standings(entries)
    says: tuple[str, ...] = ()
    try:
        key_file: Path | None = (place := study.manager_key_file())
        # Of what is not beside a key that is not there, or may not be looked at, nothing is concluded.
        extracts_log(study).head_file()
        os.scandir(place.parent).close()
    except SigpanelError as error:
        key_file, says = None, (f"Salts were not looked at: {error.message}",) if known else ()
    except PermissionError:
        key_file, says = None, ("Salts were not looked at: the key's folder may not be read by you.",) if known else ()
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
            refusals.WAY_ON,
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
    is_there = salts.has_salt(key_file, salt_of(standing.extract_id, record.ids))
    problem = _Of(standing.extract_id)
    if not is_there and standing.state.has_salt and _key_id(key_file) not in {None, record.key_id}:
        yield problem(
            "salt-gone",
            f"Its salt is not beside the key that is set: it was made with another, {record.key_id}, and lies beside "
            "that one. The log does not say that it was destroyed.",
            "If it is to be destroyed, set that key for `sigpanel extract unlink ID`. Only if that key and its salts "
            "are lost for good, write that down: `sigpanel extract unlink ID --lost`.",
        )
        return
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


def _key_id(key_file: Path) -> str | None:
    try:
        return keys.load(key_file).key_id
    except SigpanelError:
        return None


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
