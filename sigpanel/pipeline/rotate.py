"""How a panel passes to another key, in four cases; which of them fits is told by `sigpanel key rotate`.

    extract      an extract is to have other ids: it is issued under a new version, and no key changes
    rebuild      the workbooks are at hand: the next release is built from them under the new key, and a bridge from old
                 ids to new ones carries decisions, corrections and withdrawals over
    rekey        they are not: the live release's ids are replaced (`sigpanel.pipeline.rekey`), and nobody can build on
                 it: codes cannot be compared with those of workbooks that come later
    compromise   somebody else may have the key: rebuild or rekey; then what stands under the old key goes, and the
                 extracts that are out are listed for recall

The new release is live before anything old goes, and whatever stops a rotation before that stops it with nothing done.
Persons are the same before and after, or nothing is published. Rotating does not part who has the old release from the
new one: its rows say the same things.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel import audit
from sigpanel import key as keys
from sigpanel.decisions.withdrawals import CODE
from sigpanel.errors import InputError, PolicyError
from sigpanel.key.salts import salts_folder
from sigpanel.panel import layout, open_panel, registry
from sigpanel.panel.lock import lock
from sigpanel.panel.open import live_manifest
from sigpanel.pipeline.audit_log import EXTRACTS, HEAD, OWNER, head_beside, note, owner_log
from sigpanel.pipeline.bridge import mapping, recorded_bridge, recording, with_codes
from sigpanel.pipeline.build import publish
from sigpanel.pipeline.carry import Finished, begun, extracts_out, finish, unfinished
from sigpanel.pipeline.custody import REKEYED, manager_key, owner_key, remembered_of, same_key
from sigpanel.pipeline.key_ids import hold_apart, retired_key_ids, told_of_keys
from sigpanel.pipeline.make import make
from sigpanel.pipeline.report import write_reports
from sigpanel.pipeline.review import hold_lists_taken
from sigpanel.pipeline.withdrawn import withdrawals_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.pipeline.make import Made
    from sigpanel.pipeline.study import Study

# Where the old key's file is not known.
_BY_HAND: Final = (
    f"*{HEAD.format(kind=OWNER)}",
    f"*{HEAD.format(kind=EXTRACTS)} and *.salts where it is the manager's",
)
_NEW_ONE: Final = "Make a new one: `sigpanel key new FILE`, and name it by --to."
# What an episode is known again by, as the registry has it; the rest tells of it and of persons.
_ALIAS: Final = "^r[a-z2-7]{26}$"
_PERSONS: Final = ("person_id", "person_id_strict", "person_id_wide")


@dataclass(frozen=True)
class Rotated:
    """What a rotation did.

    Attributes:
        key_id: of the key that the panel is under now.
        previous_key_id: of the one that it was under; null where a rotation was finished.
        n_persons: the persons of the release, the same as before.
        n_forgotten: episodes that no workbook reports any more: what they are known by is not known to the new key, so
            a workbook that comes back would give them new ids.
        finished: what was done once the release was live.
        left: what is named after the old key's file, could not be moved, and is to be moved to the new one's name.
        on: the day.
        untold: why the owner's log lacks the rotation, or a part of it; null where it was told.
        is_rekeyed: whether the release is the last of its line.
    """

    key_id: str
    previous_key_id: str | None
    n_persons: int
    n_forgotten: int
    finished: Finished
    left: tuple[str, ...]
    on: dt.date
    untold: str | None = None
    is_rekeyed: bool = False


def rebuild(study: Study, new_file: Path, *, today: dt.date, is_compromise: bool = False) -> Rotated:
    """Build the next release from the workbooks, under a new key.

    Args:
        study: the study, in whose settings the old key is still the one that is set.
        new_file: the new key file.
        today: the day.
        is_compromise: whether what stands under the old key is to go.

    Raises:
        InputError: there is no release, the study cannot be built, a review list holds answers that were not taken, or
            persons would not be the same.
        PolicyError: a key is not safe, the old one is not the live release's, or the new one is no new one.
    """
    new = keys.load(new_file, forbidden=study.forbidden_for_keys)
    old = owner_key(study)
    with lock(study.panel) as held:
        same_key(study, old)
        hold_new(study, new, today)
        hold_lists_taken(study, old)
        remembered = remembered_of(study)
        recorded = recording(old)
        made = make(study, recorded, remembered)
        waiting = [one.id for one in withdrawals_of(study).all if one.kind == CODE]
        bridge = with_codes(recorded_bridge(recorded, new, made.registry["episode_id"]), waiting, old, new)
        known = registry.under_other_ids(made.registry, mapping(bridge))
        ids = (old.key_id, new.key_id)
        with begun(study, bridge, coming(study), ids, is_compromise=is_compromise) as carried:
            anew = make(carried, new, known)
            _hold_persons(made, anew, mapping(bridge))
            built = publish(carried, new, anew, known, held, told_of_keys(study))
        finished = finish(study)
    is_known_by = pl.col("alias").str.contains(_ALIAS)
    n_forgotten = made.registry["episode_id"].n_unique() - known.filter(is_known_by)["episode_id"].n_unique()
    untold = noted(study, finished, "rebuild", today, is_compromise=is_compromise)
    left, n_persons = followed(study, new_file), built.tables["persons"].height
    return Rotated(new.key_id, old.key_id, n_persons, n_forgotten, finished, left, today, untold)


def finish_rotation(study: Study, *, today: dt.date) -> Rotated:
    """Go on where a rotation was interrupted after its release went live.

    Raises:
        InputError: none was.
    """
    with lock(study.panel):
        finished = finish(study)
    untold = noted(study, finished, "", today, is_compromise=bool(finished.removed))
    panel = open_panel(study.panel)
    write_reports(study)
    n_persons = panel.persons.select(pl.len()).collect().item()
    is_rekeyed = bool(panel.manifest.get(REKEYED))
    return Rotated(str(panel.manifest["key_id"]), None, n_persons, 0, finished, _BY_HAND, today, untold, is_rekeyed)


def managers_compromised(study: Study) -> tuple[str, tuple[str, ...]]:
    """The id of the manager's key that is not to be used any more, and the extracts to recall.

    Raises:
        InputError, PolicyError: no manager's key is set, or it is not safe.
    """
    return manager_key(study)[0].key_id, extracts_out(study)


def noted(study: Study, finished: Finished, case: str, today: dt.date, *, is_compromise: bool) -> str | None:
    """Tell the owner's log, while its end lies beside the old key still.

    The new release is live and nothing may stop what follows, so that a log cannot be written to is told at the end.

    Returns:
        Why it could not be told; null where it was.
    """
    log = owner_log(study)
    removed = [("release_removed", name) for name in finished.removed]
    try:
        for event, subject in [("key_rotated", "key"), *removed]:
            note(log, on=today, event=event, subject=subject, detail="compromise" if is_compromise else case)
    except InputError as error:
        return f"{error.message} [{error.code}]"
    return None


def followed(study: Study, new_file: Path) -> tuple[str, ...]:
    """Let what is named after the old key's file go with the new one: ends of logs, and in one role the salts.

    Returns:
        What could not be moved.
    """
    try:
        old_file = study.key_file()
    except InputError:
        return _BY_HAND
    is_managers = study.settings.one_role and study.manager_key_file() == old_file
    ours = [head_beside(old_file, OWNER)]
    ours += [head_beside(old_file, EXTRACTS), salts_folder(old_file)] if is_managers else []
    left = []
    for path in sorted(path for path in ours if path.exists()):
        target = new_file.with_name(new_file.name + path.name.removeprefix(old_file.name))
        try:
            if target.exists():
                left.append(path.name)
            else:
                path.rename(target)
        except OSError:  # another disk, say
            left.append(path.name)
    return tuple(left)


# --- before anything is written ---------------------------------------------------------------------------------------


def hold_new(study: Study, new: keys.Key, today: dt.date) -> None:
    """Hold that there is a release that may pass to a key, on that day.

    Raises:
        InputError: there is none, or the owner's log has a line of a later day.
        PolicyError: it is under that key or was before, the key is the manager's, or a rotation was interrupted.
    """
    with suppress(OSError):
        _hold_day(study, today)
    if layout.current(study.panel) is None:
        raise InputError(
            "nothing-to-rotate",
            "There is no release yet, so there is nothing that could pass to another key.",
            remedy="Set the new key, and build.",
        )
    if unfinished(study):
        raise PolicyError(
            "rotation-unfinished",
            "A rotation was interrupted after its release went live.",
            remedy="Run `sigpanel key rotate finish` first.",
        )
    if live_manifest(study.panel).get("key_id") == new.key_id:
        raise PolicyError(
            "key-not-new",
            "The live release is under that key already.",
            remedy=_NEW_ONE,
        )
    if new.key_id in retired_key_ids(study):
        raise PolicyError(
            "key-not-new",
            "The panel was under that key before, and passed to another: whoever may have it still would read on.",
            remedy=_NEW_ONE,
        )
    hold_apart(study, new)


def _hold_day(study: Study, today: dt.date) -> None:
    """Hold a wrong clock before anything is done. A log that is not whole stops no rotation: see `noted`."""
    log = owner_log(study)
    try:
        entries = audit.read(log.path)
    except InputError:
        return
    audit.hold_day(log.path, entries, today)


def coming(study: Study) -> str:
    """The name that the next release will have."""
    return layout.release_name(layout.upcoming(study.panel))


def _hold_persons(made: Made, anew: Made, new_of: Mapping[str, str]) -> None:
    """Episodes must be one person's after it exactly where they were before, under each of the three ids."""
    before, after = (each.resolved.episodes.select("episode_id", *_PERSONS) for each in (made, anew))
    before = before.with_columns(pl.col("episode_id").replace_strict(new_of, default=None))
    first = [pl.col("episode_id").min().over(name).alias(name) for name in _PERSONS]
    said = [each.select("episode_id", *first).sort("episode_id") for each in (before, after)]
    if not said[0].equals(said[1]):
        raise InputError(
            "rotation-persons-differ",
            "Under the new key episodes would be joined to persons otherwise than before, so nothing was published.",
            remedy="Build once with the old key, so that the live release knows every workbook, and rotate again. If "
            "it is refused still, please report it.",
        )
