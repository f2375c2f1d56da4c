"""Whose a panel is: the commands on its keys, of which only ids are shown; and that key and registry are its own.

The data owner's key leads from code to person, the research data manager's from person to an extract. `--manager` means
the second. Where one person has both roles the settings say so, and every extract does.

How the panel passes to another key is in `rotate`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.key.refusals import KEY, MANAGERS_KEY
from sigpanel.key.seal import open_sealed, seal
from sigpanel.panel import registry
from sigpanel.panel.open import live_manifest, live_persons
from sigpanel.pipeline.audit_log import (
    EXTRACTS,
    extracts_log,
    head_beside,
    heads_along,
    held,
    never_there,
    note,
    owner_log,
)
from sigpanel.pipeline.carry import unfinished
from sigpanel.pipeline.key_ids import owners_key_ids, retired_key_ids
from sigpanel.pipeline.study import KEY_VARIABLE, MANAGER_KEY_VARIABLE, key_file_in_environment, open_study

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import polars as pl

    from sigpanel.pipeline.audit_log import LogPlace
    from sigpanel.pipeline.study import Study

REKEYED = "is_rekeyed"
Roles = Literal["one", "two"]


@dataclass(frozen=True)
class KeyAct:
    """What was done with a key.

    Attributes:
        key_id: its id.
        file: the file that was made.
        on: the day.
        is_logged: whether a log of the study tells of it.
        heads: the ends of logs that lie beside the file since, and travel with it.
        is_retired: whether the panel has passed from it to another.
        is_set: whether its file is the one that the environment or the settings name.
    """

    key_id: str
    file: Path
    on: dt.date
    is_logged: bool
    heads: tuple[Path, ...] = ()
    is_retired: bool = False
    is_set: bool = False


# --- the commands -----------------------------------------------------------------------------------------------------


def new_key(path: Path | None, root: Path, *, today: dt.date, is_managers: bool = False) -> KeyAct:
    """Make a key file.

    Args:
        path: where; without it, where the environment or the settings say that the key is.
        root: the folder of a study, if there is one: a place where no key may lie.
        today: the day.
        is_managers: whether it is to be the research data manager's, where no path is given.

    Raises:
        UsageError: no path is given, and none is set.
        InputError, PolicyError: it cannot be made there.
    """
    study = _study_if_any(root)
    place = path or _place_set(study, is_managers=is_managers)
    log = _log_of(study, today, is_managers=is_managers, coming=place)
    key = keys.create(place, forbidden=study.forbidden_for_keys if study else (), what=_what(is_managers=is_managers))
    is_logged = _noted(log, "key_made", today)
    if study and is_managers:
        # The manager's key changes by being set; the owner's by a rotation, which takes along what lies beside it.
        with suppress(InputError):
            heads_along(study.manager_key_file(), place, [EXTRACTS])
    return KeyAct(key.key_id, place, today, is_logged, is_set=place == _set_if_any(study, is_managers=is_managers))


def show_key(study: Study, *, is_managers: bool = False) -> str:
    """The id of the key that is set."""
    return (manager_key(study)[0] if is_managers else owner_key(study)).key_id


def seal_key(
    path: Path | None, recipient: str, out: Path, root: Path, *, today: dt.date, is_managers: bool = False
) -> KeyAct:
    """Write a key file encrypted to its next custodian.

    Args:
        path: the key file; without it, the one that is set.
        recipient: an age recipient, `age1…`.
        out: the file to make.
        root: the folder of a study, if there is one.
        today: the day.
        is_managers: whether the research data manager's is meant, where no path is given.

    Raises:
        UsageError: no key file is given or set, or the recipient is none.
        InputError, PolicyError: a file is missing, not safe, or cannot be made.
    """
    study = _study_if_any(root)
    file = path or _place_set(study, is_managers=is_managers)
    log = _log_of(study, today, is_managers=is_managers)
    what = _what(is_managers=is_managers)
    key = seal(file, recipient, out, forbidden=study.forbidden_for_keys if study else (), what=what)
    is_logged = _noted(log, "key_sealed", today)
    is_retired = study is not None and not is_managers and key.key_id in retired_key_ids(study)
    return KeyAct(key.key_id, out, today, is_logged, heads_along(file, out), is_retired=is_retired)


def open_key(
    sealed: Path, identity: Path, out: Path | None, root: Path, *, today: dt.date, is_managers: bool = False
) -> KeyAct:
    """Make a key file of a sealed key.

    Args:
        sealed: what was sent.
        identity: the file of age identities.
        out: the key file to make; without it, the one that is set.
        root: the folder of a study, if there is one.
        today: the day.
        is_managers: whether it is the research data manager's, where no path is given.

    Raises:
        UsageError: no key file is given or set.
        InputError, PolicyError: the file was not sealed to this identity, or the key file cannot be made there.
    """
    study = _study_if_any(root)
    place = out or _place_set(study, is_managers=is_managers)
    forbidden = study.forbidden_for_keys if study else ()
    # First: against them the logs are held that are told of the key.
    heads = heads_along(sealed, place)
    try:
        log = _log_of(study, today, is_managers=is_managers, coming=place)
        what = _what(is_managers=is_managers)
        key = open_sealed(sealed, identity, place, forbidden=forbidden, what=what)
    except BaseException:
        for path in heads:
            path.unlink(missing_ok=True)
        raise
    is_logged = _noted(log, "key_opened", today)
    if log and (head_file := head_beside(place, log.kind)) in heads and head_file != log.head_file():
        head_file.unlink()
        heads_along(log.key_file(), place, [log.kind])
    return KeyAct(key.key_id, place, today, is_logged, heads)


def _study_if_any(root: Path) -> Study | None:
    try:
        return open_study(root)
    except UsageError:
        return None


def _what(*, is_managers: bool) -> str:
    return MANAGERS_KEY if is_managers else KEY


def _log_of(study: Study | None, today: dt.date, *, is_managers: bool, coming: Path | None = None) -> LogPlace | None:
    """The log that is to tell of a key; none outside a study, or where no key is set beside which its end could lie.

    A key made elsewhere while the one that is set is not there goes without a line: that one may be lost.

    Raises:
        InputError: the log is not whole, or has a line of a later day; or no key is made, and none is where it is set.
    """
    if study is None:
        return None
    log = extracts_log(study) if is_managers else owner_log(study)
    try:
        log.head_file(coming)
    except InputError as error:
        if error.code == "key-missing" and coming is None:
            raise
        return None
    try:
        held(log, on=today, coming=coming)
    except InputError as error:
        if error.code != "log-head-missing":
            raise
        another = set_is_another(study, log)
        raise another or (error if os.path.lexists(log.key_file()) else never_there(log)) from None
    return log


def _noted(log: LogPlace | None, event: str, today: dt.date) -> bool:
    if log is None:
        return False
    note(log, on=today, event=event, subject="key", detail="manager" if log.kind == EXTRACTS else "owner")
    return True


def _set_if_any(study: Study | None, *, is_managers: bool) -> Path | None:
    try:
        return _place_set(study, is_managers=is_managers)
    except SigpanelError:
        return None


def _place_set(study: Study | None, *, is_managers: bool) -> Path:
    variable = MANAGER_KEY_VARIABLE if is_managers else KEY_VARIABLE
    if study is None:
        place = key_file_in_environment(variable)
    else:
        place = study.manager_key_file() if is_managers else study.key_file()
    if place is None:
        raise UsageError(
            "key-path",
            "Which key file is meant is not said.",
            remedy=f"Name it, outside the study, or set {variable}: "
            f"`sigpanel key new {'--manager ' * is_managers}FILE`.",
        )
    return place


# --- whose a panel is -------------------------------------------------------------------------------------------------


def owner_key(study: Study) -> keys.Key:
    """The data owner's key.

    Raises:
        InputError: none is set, or there is no such file.
        PolicyError: it is not safe.
    """
    return keys.load(study.key_file(), forbidden=study.forbidden_for_keys)


def manager_key(study: Study) -> tuple[keys.Key, Roles]:
    """The research data manager's key, and how many persons hold the two roles, as manifests say it.

    Raises:
        InputError: none is set, or there is no such file.
        PolicyError: it is not safe, or is or was the data owner's though the settings do not say that one person has
            both roles.
    """
    what = _what(is_managers=not study.is_one_key)
    key = keys.load(study.manager_key_file(), forbidden=study.forbidden_for_keys, what=what)
    if study.settings.one_role:
        return key, "one"
    if key.key_id in owners_key_ids(study):
        raise PolicyError(
            "roles-not-apart",
            "The research data manager's key is the data owner's, or was before the panel passed to another: whoever "
            "makes extracts could read a release back.",
            remedy="Make the manager a key of their own: `sigpanel key new --manager FILE`. Where one person has both "
            "roles, write `one_role = true` in sigpanel.toml; every extract then says so.",
        )
    return key, "two"


def is_of_live_release(study: Study, key: keys.Key) -> bool:
    """Whether the live release was made with a key, if there is one: a panel has one key."""
    made_from = live_manifest(study.panel)
    return not made_from or made_from.get("key_id") == key.key_id


def same_key(study: Study, key: keys.Key) -> None:
    """A panel has one key: with another, everybody would become a new person.

    Raises:
        PolicyError: the live release was made with another key, or can have no successor, or the passing to its key
            was not finished.
    """
    if not is_of_live_release(study, key):
        raise _of_another_panel()
    if unfinished(study):
        raise PolicyError(
            "rotation-unfinished",
            "The live release has a new key, but not everything has passed to it: the rotation was interrupted.",
            remedy="Run `sigpanel key rotate finish`; it goes on where it stopped.",
        )
    if live_manifest(study.panel).get(REKEYED):
        raise PolicyError(
            "panel-rekeyed",
            "The live release was given new ids without its workbooks, and no build can know its persons again: it is "
            "the last of its line.",
            remedy="New workbooks go into a study of their own, with a key of its own. To give it another key still: "
            "`sigpanel key rotate rekey`, or `compromise --without-workbooks`. Nobody in it is found by their code any "
            "more: where somebody withdraws, delete the release, and have its extracts called back "
            "(`sigpanel extract recall EXTRACT --reason withdrawal`).",
        )


def set_is_another(study: Study, log: LogPlace) -> PolicyError | None:
    """Why the head of a log is not beside the key that is set, where that is the owner's and not the live release's.

    A rotation takes the head along, so with the key of before still set a log looks as if its head were lost.
    """
    try:
        is_another = log.key_file() == study.key_file() and not is_of_live_release(study, owner_key(study))
    except SigpanelError:
        return None
    return _of_another_panel() if is_another else None


def _of_another_panel() -> PolicyError:
    return PolicyError(
        "key-of-another-panel",
        "The live release was made with another key.",
        remedy="Set the key whose id stands in its manifest.json. `sigpanel key show` tells which is set now.",
    )


def remembered_of(study: Study) -> pl.DataFrame | None:
    """The registry of the live release, null before the first: by another, persons would get others' ids, or new ones.

    Raises:
        InputError: it is missing, or damaged, or is not the one that the live release was made with.
    """
    remembered = registry.read_live(study.panel, study.registry)
    if remembered is None:
        return None
    known = remembered.select("episode_id", "person_id").unique()
    unknown = live_persons(study.panel).join(known, on=["episode_id", "person_id"], how="anti").height
    if unknown:
        raise InputError(
            "registry-behind",
            f"The registry is not the live release's: of {unknown} of its episodes it does not know whose they are.",
            remedy="Bring the file in owner/registry that is named like the live release back from a backup.",
        )
    return remembered
