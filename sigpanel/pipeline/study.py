"""A study on disk: where things lie, and what its settings say.

    study/sigpanel.toml      settings
    study/owner/             the data owner's room: submissions, cohort, registry, outbox
    study/research/          the researchers' room: panel, extracts, reports; may be set to another place

Settings fail closed: an entry nobody knows stops the command and is named. The key is a file outside the study; this
module knows where it should be, and does not read it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigpanel.errors import InputError, UsageError
from sigpanel.forms import districts, harmonised
from sigpanel.panel import durable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SETTINGS = "sigpanel.toml"
KEY_VARIABLE = "SIGPANEL_KEY_FILE"
OWNER_MODE = 0o700

_TEMPLATE = """\
# Settings of this study. An entry that sigpanel does not know stops it.

# Where researchers read: another folder may be given. Relative to this file.
# research = "research"

# The key file, outside the study. The environment variable SIGPANEL_KEY_FILE goes before this.
# key_file = "/somewhere/safe/sig.key"

# Which districts re-send ongoing rows every January. What is not declared is inferred from the workbooks, and said so.
# [resends]
# farsta = false

# Refused workbooks to leave out of the build, by the id that `sigpanel build` gives for them.
# [leave_out]
# submissions = []
"""


@dataclass(frozen=True)
class Settings:
    """What `sigpanel.toml` says. `resends` is by harmonised district."""

    research: str = "research"
    key_file: str | None = None
    resends: Mapping[str, bool] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def digest(self) -> str:
        """A digest of what shapes a release. Where things lie does not."""
        meaning = {"resends": dict(sorted(self.resends.items())), "left_out": sorted(self.left_out)}
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


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
    def registry(self) -> Path:
        """The keyed memory of ids."""
        return self.owner / "registry"

    @property
    def research(self) -> Path:
        """The researchers' room."""
        return (self.root / self.settings.research).resolve()

    @property
    def panel(self) -> Path:
        """The releases."""
        return self.research / "panel"

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
            raise InputError(
                "key-not-set",
                "No key file is set, and without a key nothing is written.",
                remedy=f"Make one with `sigpanel key new FILE` outside the study, and set {KEY_VARIABLE} or key_file.",
            )
        return self.root / Path(self.settings.key_file).expanduser()


def key_file_in_environment() -> Path | None:
    """The key file that the environment names, if it does."""
    named = os.environ.get(KEY_VARIABLE)
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
    for folder in (study.submissions, study.cohort, study.registry, study.owner / "outbox"):
        folder.mkdir(mode=OWNER_MODE)
    for name in ("panel", "extracts", "reports"):
        durable.make_folders(study.research / name, durable.SHARED_FOLDER)
    (root / SETTINGS).write_text(_TEMPLATE, encoding="utf-8")
    return study


def open_study(root: Path) -> Study:
    """Read a study's settings.

    Raises:
        UsageError: there is no study there.
        InputError: the settings cannot be read, or hold an entry that nobody knows.
    """
    path = root / SETTINGS
    if not path.is_file():
        raise UsageError(
            "no-study",
            "There is no study here: no sigpanel.toml.",
            remedy="Give --study DIR, or make one: `sigpanel init DIR`.",
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise _bad_setting("the file is not valid TOML") from None
    study = Study(root, _settings(raw))
    owner, research = study.owner.resolve(), study.research
    if research in {root.resolve(), owner} or owner in research.parents or research in owner.parents:
        raise _bad_setting("research must be a room of its own, neither in the owner's nor around it")
    return study


def _settings(raw: dict[str, Any]) -> Settings:
    unknown = raw.keys() - {"research", "key_file", "resends", "leave_out"}
    if unknown:
        raise _bad_setting(f"unknown entry {_plain(unknown)}")
    for name in ("research", "key_file"):
        if not isinstance(raw.get(name, ""), str):
            raise _bad_setting(f"{name} must be a text")
    resends, leave_out = raw.get("resends", {}), raw.get("leave_out", {})
    if not isinstance(resends, dict) or not all(isinstance(value, bool) for value in resends.values()):
        raise _bad_setting("resends says true or false for each district")
    strangers = resends.keys() - districts().keys()
    if strangers:
        raise _bad_setting(f"resends names no district: {_plain(strangers)}")
    said = {(harmonised(name), value) for name, value in resends.items()}
    both = {name for name, value in said if (name, not value) in said}
    if both:
        raise _bad_setting(f"resends says both of {', '.join(sorted(both))}, which is one district today")
    left_out = leave_out.get("submissions", []) if isinstance(leave_out, dict) else None
    if (
        not isinstance(left_out, list)
        or not all(isinstance(item, str) for item in left_out)
        or leave_out.keys() - {"submissions"}
    ):
        raise _bad_setting("leave_out holds `submissions`, a list of ids")
    return Settings(
        research=raw.get("research", "research"),
        key_file=raw.get("key_file"),
        resends=dict(said),
        left_out=frozenset(left_out),
    )


def _plain(names: Iterable[str]) -> str:
    """Names as they stand in the file, where they are plain words.

    A pasted code or a terminal's command is not shown.
    """
    words = sorted(name for name in names if name.isidentifier() and name.islower())
    return ", ".join(words) or "that is no plain lower-case word"


def _bad_setting(what: str) -> InputError:
    return InputError("settings", f"sigpanel.toml: {what}.", remedy="Mend the entry; `sigpanel init` shows every one.")
