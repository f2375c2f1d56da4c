"""Issue an extract: the live release, an approval and the research data manager's key become a folder of files.

    issue(study, find("demo-followup"), today=today)

Everything is decided and written beside before anything is put in its place, so an extract is whole or not there. An
extract is never changed: the same version of the same approval, from the same release, gives the same bytes again; from
another release, or with another word in the approval, it is refused, and wants a new version.

What became of an extract is what the log beside it says; this module reads that and writes `issued` and `reissued`.
Ending, unlinking and calling back are in `extract_life`.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel import audit
from sigpanel.contracts.approvals import Approval, read_approval, require_in_force
from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import InputError, PolicyError, SigpanelError
from sigpanel.extracts.codebook import codebook
from sigpanel.extracts.cut import Counts, Cut, draft, under_own_ids
from sigpanel.extracts.layout import ISSUING, MANIFEST
from sigpanel.extracts.shared import n_linkable
from sigpanel.extracts.told import MadeFrom, columns, manifest
from sigpanel.extracts.write import contents, fill, publish
from sigpanel.key import salts
from sigpanel.panel import open_panel
from sigpanel.panel.datapackage import sha256_of
from sigpanel.panel.lock import lock
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, held, note
from sigpanel.pipeline.custody import manager_key, owner_key
from sigpanel.pipeline.extract_hold import hold_no_link, hold_salt, working
from sigpanel.pipeline.intact import whole
from sigpanel.pipeline.recall import to_recall
from sigpanel.pipeline.withdraw import pending
from sigpanel.tables import protected

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sigpanel.contracts.approval_read import Note
    from sigpanel.key import Key
    from sigpanel.panel import Panel
    from sigpanel.pipeline.study import Study

_NEXT = "Raise `version` in the approval, and issue that."
_ENDED = {"expired": "has ended", "unlinked": "has lost its salt", "recalled": "was called back"}


@dataclass(frozen=True)
class Manager:
    """The research data manager's key, the file beside which salts lie, and how many persons hold the two roles."""

    key: Key
    key_file: Path
    roles: str


@dataclass(frozen=True)
class Issued:
    """An extract that was issued.

    Attributes:
        extract_id: what it is called.
        folder: where it lies.
        manifest: what it says of itself: its numbers are protected.
        is_again: whether it lay there already, and is the same.
        counts: of persons, exact, for the research data manager alone.
        linkable: by earlier extract, how many persons can be found in it by values; exact, and empty if it is again.
        notes: what is odd about the approval.
    """

    extract_id: str
    folder: Path
    manifest: Mapping[str, Any]
    is_again: bool
    counts: Counts
    linkable: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def issue(study: Study, approval_path: Path, *, today: dt.date, manager: Manager | None = None) -> Issued:
    """Issue an extract of the live release.

    Args:
        study: the study.
        approval_path: the approval's file.
        today: the day: on it the approval must be in force.
        manager: the key, where it is not the one that is set.

    Raises:
        InputError: the approval cannot be used, there is no release or its files are not those that were written, what
            lies in the extract's folder was changed, or the log has a line of a later day.
        PolicyError: the approval is not in force, lets out what must not leave, its version is taken or has ended, its
            limits cannot be kept, somebody's withdrawal is not carried out yet, or an extract in use holds somebody
            who has withdrawn.
    """
    approval = read_approval(approval_path)
    require_in_force(approval, today)
    manager = manager or _manager(study)
    # Neither another extract nor another release comes about meanwhile.
    with working(study), lock(study.panel):
        _refuse_pending(study, manager)
        return _issued(study, approval, whole(open_panel(study.panel)), manager, today)


def _manager(study: Study) -> Manager:
    key, roles = manager_key(study)
    return Manager(key, study.manager_key_file(), roles)


def _issued(study: Study, approval: Approval, panel: Panel, manager: Manager, today: dt.date) -> Issued:
    folder = extracts_dir(study) / approval.extract_id
    hold_no_link(folder)
    entries = held(extracts_log(study), on=today)
    standing = audit.standings(entries).get(approval.extract_id)
    before = _before(folder, approval, panel.release, standing)
    hold_salt(entries, approval.name, approval.id_scope)
    if standing is None:
        _refuse_beside_withdrawn(study)
    # Refusals come first: no salt is made for an extract that is not.
    drafted = draft(panel.table, approval)
    found = {} if before else _linkable(study, entries, approval, drafted)
    key = _extract_key(manager, approval, is_known=standing is not None)
    made = under_own_ids(drafted, approval, key.pseudonyms)
    linkable = before["linkable"] if before else {name: _shown(study, n) for name, n in found.items()}
    of = MadeFrom(
        panel.release, str(panel.manifest["contract_version"]), manager.key.key_id, manager.roles,
        version("sigpanel"), pl.__version__, disclosure().at(study.settings.threshold).threshold,
    )  # fmt: skip
    told = manifest(approval, made, of, linkable, lambda n: _shown(study, n))
    with _issuing(folder) as issuing:
        told = fill(issuing, made.tables, approval, told, codebook(approval, panel.variables))
        digest = sha256_of(issuing / MANIFEST)
        _refuse_other(before, told, standing, digest)
        there, ours = contents(folder), contents(issuing)
        _refuse_tampered(approval.extract_id, there, ours)
        is_again = before is not None and there == ours
        # The log first, then the deed: nothing lies there that the log does not know.
        event = "issued" if standing is None else "reissued"
        note(extracts_log(study), on=today, event=event, subject=approval.extract_id, digest=digest)
        if not is_again:
            publish(issuing, folder)
    return Issued(approval.extract_id, folder, told, is_again, made.counts, found, approval.notes)


@contextmanager
def _issuing(folder: Path) -> Iterator[Path]:
    """A folder to write in, gone when the block ends unless it was put in its place."""
    issuing = folder.with_name(f"{ISSUING}{folder.name}")
    shutil.rmtree(issuing, ignore_errors=True)
    try:
        yield issuing
    finally:
        shutil.rmtree(issuing, ignore_errors=True)


def _extract_key(manager: Manager, approval: Approval, *, is_known: bool) -> Key:
    """The key of the extract's ids. A salt is made once; one that was destroyed is never made again."""
    is_there = is_known or salts.has_salt(manager.key_file, approval.salt_name)
    salt = (salts.read_salt if is_there else salts.create_salt)(manager.key_file, approval.salt_name)
    return manager.key.salted(salt, approval.key_info)


def _shown(study: Study, n: int) -> int | str:
    return protected(n, threshold=study.settings.threshold)


# --- other extracts ---------------------------------------------------------------------------------------------------


def _linkable(study: Study, entries: Sequence[audit.Entry], approval: Approval, made: Cut) -> dict[str, int]:
    """By earlier extract in use, how many persons can be found in it by values alone.

    Raises:
        PolicyError: more than the approval allows.
    """
    found = {}
    for name in audit.in_use(entries):
        if name == approval.extract_id:
            break
        folder = extracts_dir(study) / name
        told = _read(folder)
        if told is None or any(not (folder / f"{table}.parquet").is_file() for table in told["rows"]):
            raise InputError(
                "extract-damaged",
                f"The extract {name} is in use, and its files here are not whole, so nothing can be held against it.",
                remedy=f"Bring research/extracts/{name} back from a backup, or end it: `sigpanel extract expire`.",
            )
        tables = {table: pl.read_parquet(folder / f"{table}.parquet", glob=False) for table in told["rows"]}
        _refuse_join(name, told, approval)
        found[name] = n_linkable(made.tables, columns(approval), tables, told["columns"])
        _refuse_linkable(found[name], name, approval, made.counts)
    return found


def _refuse_join(name: str, told: Mapping[str, Any], approval: Approval) -> None:
    """Each version keeps its k by itself; joined by ids, one shows what another hides or has in narrower bands."""
    is_own = (told["approval"]["name"], told["ids"]) == (approval.name, "approval")
    if is_own and approval.id_scope == "approval":
        raise PolicyError(
            "extract-versions-join",
            f"The extract {name} is in use and has the same ids: whoever held both could put them together, and no "
            "class is measured for that.",
            remedy=f"End it first: `sigpanel extract expire {name} --now`. Or give the next one ids of its own: "
            'id_scope: "version".',
        )


def _refuse_linkable(n: int, name: str, approval: Approval, counts: Counts) -> None:
    most = approval.risk.linkable
    if most is not None and n > most * counts.n_persons:
        raise PolicyError(
            "extract-linkable",
            f"{n / counts.n_persons:.0%} of the persons could be found in the extract {name} by values alone, and the "
            f"approval allows {most:.0%}.",
            remedy="Coarsen or leave out what both have, or end the other: `sigpanel extract expire`. Where both go to "
            "the same recipients anyway, raise `linkable`.",
        )


# --- refusals ---------------------------------------------------------------------------------------------------------


def _refuse_pending(study: Study, manager: Manager) -> None:
    owners = None
    if manager.roles == "one":
        with suppress(SigpanelError):
            owners = owner_key(study)
    if pending(study, owners):
        raise PolicyError(
            "withdrawal-pending",
            "Somebody has withdrawn, and the live release was made before that.",
            remedy="The data owner runs `sigpanel withdraw --finish`, which makes a new release and deals with older "
            "ones. Then issue the extract.",
        )


def _refuse_beside_withdrawn(study: Study) -> None:
    """Two extracts from before and after a withdrawal differ by whoever withdrew: who holds both sees who that was."""
    if names := to_recall(study):
        is_or_are = "is" if len(names) == 1 else "are"
        raise PolicyError(
            "withdrawal-not-recalled",
            f"Somebody has withdrawn who is, or may be, in {', '.join(names)}, which {is_or_are} in use: beside that, "
            "a new extract would tell who it was.",
            remedy=f"Call back each of them: `sigpanel extract recall {names[0]} --reason withdrawal`. Then issue anew "
            "what is needed further, from the live release.",
        )


def _before(
    folder: Path, approval: Approval, release: str, standing: audit.Standing | None
) -> Mapping[str, Any] | None:
    """What the extract said that lies there already, if one does."""
    if standing is not None and standing.state.word in _ENDED:
        # A version more of an approval whose ids were to last would want the salt that is gone.
        is_spent = approval.id_scope == "approval" and not standing.state.has_salt
        raise PolicyError(
            "extract-ended",
            f"The extract {approval.extract_id} {_ENDED[standing.state.word]}, and is not made again.",
            remedy=refusals.spent(approval.name).remedy if is_spent else _NEXT,
        )
    if standing is not None and (folder / MANIFEST).is_file() and sha256_of(folder / MANIFEST) != standing.digest:
        raise refusals.tampered(approval.extract_id, (MANIFEST,), 0)
    before = _read(folder)
    if before is None:
        return None
    if before["approval"]["digest"] != approval.digest:
        raise _taken("the approval said something else")
    if before["release"] != release:
        raise _taken(f"it was made from release {before['release']}, and {release} is live")
    return before


def _refuse_other(
    before: Mapping[str, Any] | None, told: Mapping[str, Any], standing: audit.Standing | None, digest: str
) -> None:
    """Refuse to make of an extract that was issued another than it was."""
    if before is not None:
        differ = sorted(name for name in before.keys() | told.keys() if before.get(name) != told.get(name))
        if differ:
            raise _taken(f"it differs now in {', '.join(differ)}")
    elif standing is not None and standing.digest != digest:
        raise _taken("its files are gone, and what would be made now is not what was issued")


def _refuse_tampered(extract_id: str, there: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Refuse to put an extract in the place of one that somebody has changed; what is merely missing comes back."""
    changed = [name for name in there.keys() & ours.keys() if there[name] != ours[name]]
    n_others = len(there.keys() - ours.keys())
    if changed or n_others:
        raise refusals.tampered(extract_id, changed, n_others)


def _taken(why: str) -> PolicyError:
    return PolicyError(
        "extract-version-taken",
        f"There is an extract of this version of the approval already: {why}.",
        remedy=f"An extract is never changed. {_NEXT}",
    )


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None
