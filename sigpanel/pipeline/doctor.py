"""Whether everything needed is in place: one line per thing looked at, and what to do where something is not.

It changes nothing and names no file of a delivery.
"""

from __future__ import annotations

import platform
import stat
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from sigpanel.contracts.tables import names
from sigpanel.errors import InputError, SigpanelError
from sigpanel.forms import forms
from sigpanel.intake.cohort import Headers, read_cohort
from sigpanel.panel.layout import current
from sigpanel.panel.open import live_persons
from sigpanel.pipeline.audit_log import extracts_log, owner_log
from sigpanel.pipeline.cohort_files import cohort_files
from sigpanel.pipeline.custody import manager_key, owner_key, remembered_of, same_key
from sigpanel.pipeline.log_checks import verify_log
from sigpanel.pipeline.study import OWNER_MODE, open_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sigpanel.pipeline.study import Study

_ELSEWHERE = "none set here; there are extracts, so whoever makes them holds it, on a machine of their own"


@dataclass(frozen=True)
class Look:
    """One thing looked at."""

    what: str
    is_well: bool
    says: str


def doctor(root: Path) -> list[Look]:
    """Look at the installation, and at the study if there is one."""
    found = [
        Look("python", is_well=True, says=platform.python_version()),
        *(Look(name, is_well=True, says=version(name)) for name in ("sigpanel", "polars", "pyarrow")),
        _look("contracts", lambda: f"{len(forms())} form editions, {len(names())} tables"),
    ]
    try:
        study = open_study(root)
    except SigpanelError as error:
        return [*found, Look("study", is_well=False, says=str(error))]
    return [
        *found,
        Look("study", is_well=True, says="settings read"),
        _owner(study),
        _cohort(study),
        _look("key", lambda: _key(study)),
        _look("manager's key", lambda: _managers_key(study)),
        _look("salts", lambda: _salts(study)),
        _look("logs", lambda: _logs(study)),
        _look("release", lambda: current(study.panel) or "none yet"),
        _look("registry", lambda: _registry(study)),
    ]


def _look(what: str, at: Callable[[], str]) -> Look:
    try:
        return Look(what, is_well=True, says=at())
    except SigpanelError as error:
        return Look(what, is_well=False, says=str(error))


def _owner(study: Study) -> Look:
    if not study.owner.is_dir():
        return Look("owner room", is_well=False, says="owner/ is missing. Make the study anew with `sigpanel init`.")
    mode = stat.S_IMODE(study.owner.stat().st_mode)
    is_well = mode & ~OWNER_MODE == 0
    return Look("owner room", is_well, "mode 0700" if is_well else "others can look in. Run `chmod 700 owner`.")


def _cohort(study: Study) -> Look:
    """How many files of the 2013–2016 persons there are, and whether they are tables; a build says which is not."""
    said = study.settings.cohort
    try:
        files = cohort_files(study.cohort)
        for path in files:
            read_cohort(path, declared=Headers(said.headers, said.ignored))
    except InputError as error:
        return Look(
            "cohort",
            is_well=False,
            says=f"the files cannot be used ({error.code}). `sigpanel build` names which, and why.",
        )
    return Look("cohort", is_well=True, says=f"files that can be read: {len(files)}" if files else "no files")


def _key(study: Study) -> str:
    key = owner_key(study)
    same_key(study, key)
    return f"id {key.key_id}"


def _managers_key(study: Study) -> str:
    if not _is_set(study.manager_key_file):
        return _ELSEWHERE if extracts_log(study).path.is_file() else "none set; needed once an extract is to be made"
    key, roles = manager_key(study)
    return f"id {key.key_id}, roles held by {roles}"


def _salts(study: Study) -> str:
    """Whether the salts beside the manager's key are those that there should be by the log."""
    if not _is_set(extracts_log(study).head_file):
        # Without the key that they lie beside, in its place, nothing can be said of them.
        return "not looked at: they lie beside the manager's key" if extracts_log(study).path.is_file() else "none yet"
    gone = [one.subject for one in verify_log(study).problems if one.code.startswith("salt-")]
    if gone:
        raise InputError(
            "salts-differ",
            f"Salts are not as the log says: {', '.join(gone)}.",
            remedy="`sigpanel extract verify-log` tells what to do about each.",
        )
    return "as the log says"


def _logs(study: Study) -> str:
    looked = verify_log(study)
    codes = sorted({one.code for one in looked.problems if not one.code.startswith("salt-")})
    if codes:
        raise InputError(
            "logs-differ",
            f"Logs and folders of extracts are not as they should be ({', '.join(codes)}).",
            remedy="`sigpanel extract verify-log` tells what to do about each.",
        )
    # That a key is not set, or not where it is set, is told where keys are.
    unset = [log.kind for log in (extracts_log(study), owner_log(study)) if not _is_set(log.head_file)]
    if not_held := [kind for kind in looked.not_held if kind not in unset]:
        raise InputError(
            "logs-not-held",
            f"The end of a log is held against nothing: {', '.join(not_held)}.",
            remedy="Set the key beside which its head lies.",
        )
    lines = ", ".join(f"{log.kind} {len(log.entries)}" for log in looked.logs) + " lines, as they should be"
    return f"{lines}; not held to its end without its key: {', '.join(looked.not_held)}" if looked.not_held else lines


def _is_set(key_file: Callable[[], Path]) -> bool:
    """Whether a key is set here; where two persons have the two roles each has theirs on a machine of their own."""
    try:
        key_file()
    except InputError:
        return False
    return True


def _registry(study: Study) -> str:
    if current(study.panel) is None:
        return "none yet"
    remembered = remembered_of(study)
    known = 0 if remembered is None else remembered["episode_id"].n_unique()
    released = live_persons(study.panel).height
    return f"in step with the live release: {known} episodes remembered, {released} released"
