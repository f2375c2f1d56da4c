"""An extract held by one command: what the log says of every extract, and what lies in the folder of this one.

**The log first, then the deed.** A line says that an extract is issued, ended, unlinked or called back; then it goes
live, or its files or its salt go. So no extract is ever out that the log does not know, and nobody goes on using, for
lack of a line, what is half gone. What the log says and is not done yet is told by `log_checks`, and done by the same
command again, without another line. The other order would leave an extract in use whose files are missing for an
unknown reason, or a salt that is gone and nobody knows whether on purpose.

One command at a time works on extracts, under a lock in their folder; what a killed issue had under way goes then.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel.contracts.audit import vocabulary
from sigpanel.extracts.layout import BEFORE, ISSUING
from sigpanel.extracts.write import keep_followup
from sigpanel.panel.lock import lock
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, held
from sigpanel.pipeline.extract_record import Found, Record, found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sigpanel.audit import Standing
    from sigpanel.pipeline.study import Study


def folder_of(study: Study, extract_id: str) -> Path:
    """Where an extract lies."""
    return extracts_dir(study) / extract_id


def name_of(extract_id: str) -> str:
    """The approval's name in an extract's id."""
    return extract_id.rpartition("-v")[0]


def salt_of(extract_id: str, scope: str) -> str:
    """What the salt of an extract is called."""
    return name_of(extract_id) if scope == "approval" else extract_id


def hold_salt(entries: Iterable[audit.Entry], name: str, scope: str) -> None:
    """Make sure that a coming version of an approval can have the ids of its earlier ones, if it is to.

    Raises:
        PolicyError: their salt was destroyed, and another would give the same persons other ids.
    """
    spent = (entry.subject for entry in entries if (entry.event, entry.detail) == ("unlinked", "approval"))
    if scope == "approval" and name in map(name_of, spent):
        raise refusals.spent(name)


@contextmanager
def working(study: Study) -> Iterator[None]:
    """Be the only command that works on extracts.

    Raises:
        InputError: another is running.
    """
    with lock(
        extracts_dir(study),
        code="extracts-running",
        running="Another command on the extracts of this study is running.",
    ):
        _tidy(extracts_dir(study))
        yield


def plain(name: str) -> str:
    """The extract that a folder is of, where an issue was killed that had it under way; else the name as it is."""
    return name.removeprefix(ISSUING).removesuffix(BEFORE) if name.startswith(ISSUING) else name


def _tidy(place: Path) -> None:
    """Take away what a killed issue had under way; what it had put aside goes back where nothing took its place."""
    pattern = vocabulary().subjects["extract"].pattern
    for path in sorted(place.glob(f"{ISSUING}*")):
        folder = place / plain(path.name)
        if not pattern.fullmatch(folder.name):
            continue
        if path.is_symlink() or not path.is_dir():
            # Nothing of ours: what a link leads to is left alone.
            path.unlink()
        elif path.name.endswith(BEFORE) and not folder.exists():
            path.rename(folder)
        else:
            if path.name.endswith(BEFORE):
                keep_followup(path, folder)
            shutil.rmtree(path)


def hold_no_link(folder: Path) -> None:
    """Refuse a folder of an extract that is a link: what would be removed or replaced lies elsewhere.

    Raises:
        InputError: it is one.
    """
    if folder.is_symlink():
        raise refusals.linked(folder.name)


@contextmanager
def at(study: Study, extract_id: str) -> Iterator[tuple[Mapping[str, Standing], Found]]:
    """Hold the lock, with what the log says of every extract and what lies in the folder of this one.

    Raises:
        InputError: the log knows no such extract, or is not whole; or its folder is a link to another.
    """
    with working(study):
        known = known_of(study, extract_id)
        hold_no_link(folder_of(study, extract_id))
        yield known, found(folder_of(study, extract_id), known[extract_id].digest)


def known_of(study: Study, extract_id: str) -> Mapping[str, Standing]:
    """What the log says of every extract, this one among them.

    Raises:
        InputError: the log knows no such extract, or is not whole.
    """
    known = audit.standings(held(extracts_log(study)))
    if extract_id not in known:
        raise refusals.unknown(known)
    return known


def record_of(study: Study, standing: Standing) -> Record:
    """What the manifest of an extract says.

    Raises:
        InputError: it is missing, or is not the one that the log knows.
    """
    record = found(folder_of(study, standing.extract_id), standing.digest).record
    if record is None:
        raise refusals.no_record(standing.extract_id)
    return record
