"""A study on disk: where things lie, and what its settings say.

    study/sigpanel.toml      settings
    study/owner/             the data owner's room: submissions, cohort, registry, outbox
    study/research/          the researchers' room: panel, extracts, reports; may be set to another place

The key is a file outside the study; this module knows where it should be, and does not read it. What the settings may
say is in `settings`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sigpanel.contracts.corrections import corrections_file
from sigpanel.contracts.links import links_file
from sigpanel.contracts.withdrawals import withdrawals_file
from sigpanel.errors import InputError, UsageError
from sigpanel.panel import durable
from sigpanel.pipeline import named_keys
from sigpanel.pipeline.settings import TEMPLATE, Settings, bad_setting, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = "sigpanel.toml"
KEY_VARIABLE = "SIGPANEL_KEY_FILE"
MANAGER_KEY_VARIABLE = "SIGPANEL_MANAGER_KEY_FILE"
OWNER_MODE = 0o700


@dataclass(frozen=True)
class Study:
    """A study's folders and settings."""

    root: Path
    settings: Settings

    @property
    def owner(self) -> Path:
        """The data owner's room."""
        return self.root / "owner"

    @property
    def submissions(self) -> Path:
        """Workbooks as received, in a folder per reporting year."""
        return self.owner / "submissions"

    @property
    def cohort(self) -> Path:
        """The files of the 2013–2016 persons."""
        return self.owner / "cohort"

    @property
    def corrections(self) -> Path:
        """The corrections that the data owner decided."""
        return self.root / corrections_file().path

    @property
    def links(self) -> Path:
        """The decisions on links that the data owner took."""
        return self.root / links_file().path

    @property
    def withdrawals(self) -> Path:
        """Who has withdrawn."""
        return self.root / withdrawals_file().path

    @property
    def outbox(self) -> Path:
        """What goes back to the districts, and the review lists."""
        return self.owner / "outbox"

    @property
    def registry(self) -> Path:
        """The keyed memory of ids."""
        return self.owner / "registry"

    @property
    def research(self) -> Path:
        """The researchers' room."""
        return (self.root / self.settings.research).resolve()

    @property
    def reports(self) -> Path:
        """Pages on each release, for researchers to read."""
        return self.research / "reports"

    @property
    def panel(self) -> Path:
        """The releases."""
        return self.research / "panel"

    @property
    def extracts(self) -> Path:
        """The extracts, and their log."""
        return self.research / "extracts"

    @property
    def forbidden_for_keys(self) -> tuple[Path, ...]:
        """Where no key may lie: with coded data."""
        return (self.root, self.research, self.panel.resolve())

    def key_file(self) -> Path:
        """The key file that is set.

        Raises:
            InputError: none is.
        """
        if (place := key_file_in_environment()) is not None:
            return place
        if not self.settings.key_file:
            raise named_keys.owners_not_set(self.panel, KEY_VARIABLE)
        return self.root / Path(self.settings.key_file).expanduser()

    def manager_key_file(self) -> Path:
        """The research data manager's key file; the data owner's where one person has both roles and no other is set.

        Its salts lie beside it.

        Raises:
            InputError: none is.
        """
        if (place := key_file_in_environment(MANAGER_KEY_VARIABLE)) is not None:
            return place
        if self.settings.manager_key_file:
            return self.root / Path(self.settings.manager_key_file).expanduser()
        if self.is_one_key:
            return self.key_file()
        raise named_keys.managers_not_set(self.extracts, MANAGER_KEY_VARIABLE)

    @property
    def is_one_key(self) -> bool:
        """Whether the data owner's key serves as the manager's too."""
        named = key_file_in_environment(MANAGER_KEY_VARIABLE) or self.settings.manager_key_file
        return self.settings.one_role and not named


def key_file_in_environment(variable: str = KEY_VARIABLE) -> Path | None:
    """The key file that the environment names, if it does."""
    named = os.environ.get(variable)
    return Path(named).expanduser() if named else None


def create_study(root: Path) -> Study:
    """Make an empty study.

    Raises:
        InputError: there is something in the folder already.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError("study-exists", "The folder is not empty.", remedy="Name a new folder, or an empty one.")
    root.mkdir(parents=True, exist_ok=True)
    study = Study(root, Settings())
    study.owner.mkdir(mode=OWNER_MODE)
    for folder in (study.submissions, study.cohort, study.registry, study.outbox):
        folder.mkdir(mode=OWNER_MODE)
    for name in ("panel", "extracts", "reports"):
        durable.make_folders(study.research / name, durable.SHARED_FOLDER)
    (root / SETTINGS).write_text(TEMPLATE, encoding="utf-8")
    return study


def open_study(root: Path) -> Study:
    """Read a study's settings.

    Raises:
        UsageError: there is no study there, or its path has letters that this process has no way to write.
        InputError: the settings cannot be read, or hold an entry that nobody knows.
    """
    _hold_letters(root)
    path = root / SETTINGS
    if not path.is_file():
        raise UsageError(
            "no-study",
            "There is no study here: no sigpanel.toml.",
            remedy="Give --study DIR, or make one: `sigpanel init DIR`.",
        )
    study = Study(root, read_settings(path))
    owner, research = study.owner.resolve(), study.research
    if research in {root.resolve(), owner} or owner in research.parents or research in owner.parents:
        raise bad_setting("research must be a room of its own, neither in the owner's nor around it")
    return study


def _hold_letters(root: Path) -> None:
    """Refuse a path that Python can only carry as bytes, as under LC_ALL=C without UTF-8: libraries stop over it."""
    try:
        str(root.absolute()).encode()
    except UnicodeEncodeError:
        raise UsageError(
            "path-letters",
            "The study's path has letters that are not known where this is run.",
            remedy="Set LC_ALL=C.UTF-8 (or another locale of UTF-8) and PYTHONUTF8=1, and run the command again.",
        ) from None


def study_of(paths: Sequence[Path]) -> Study | None:
    """The study in whose submissions all these paths lie, if there is one.

    Raises:
        InputError: its settings cannot be read.
    """
    study = study_around(paths[0]) if paths else None
    if study is None:
        return None
    submissions = study.submissions.resolve()
    return study if all(submissions in (path.resolve(), *path.resolve().parents) for path in paths) else None


def study_around(path: Path) -> Study | None:
    """The study in whose folder a path lies, wherever in it.

    Raises:
        InputError: its settings cannot be read.
    """
    return next((open_study(folder) for folder in path.resolve().parents if (folder / SETTINGS).is_file()), None)
