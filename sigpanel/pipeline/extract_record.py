"""What lies in an extract's folder: what its manifest says, whether its files are the ones written, what goes.

The manifest is held against the digest in the log; what it says of files is believed only then. When an extract ends,
its data go and its record stays: manifest, approval, sums, the two readable summaries, and the letter if it was called
back.

Nothing here writes in a log, and nothing looks into the data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.audit import vocabulary
from sigpanel.extracts.layout import DATAPACKAGE, FOLLOWUP, MANIFEST, RECORD, SUMS
from sigpanel.followup import layout as followup
from sigpanel.panel import durable
from sigpanel.panel.datapackage import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUM = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Record:
    """What an extract's manifest says that its life turns on; null where it does not say it.

    Attributes:
        register_number: of the ethical approval.
        recipients: who may have the extract.
        valid_to: the last day on which they may.
        release: the release that it was made from.
        ids: whether its ids hold for this version or for the approval.
        key_id: of the manager's key that it was made with.
        persons: how many, as far as that may be told.
        files: SHA-256 of each file, by name, as the manifest has them.
        received: SHA-256 of every file that recipients have: those, the manifest, and what SHA256SUMS adds.
    """

    register_number: str | None
    recipients: tuple[str, ...]
    valid_to: dt.date | None
    release: str | None
    ids: str | None
    key_id: str | None
    persons: int | str | None
    files: Mapping[str, str]
    received: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What lies in the folder of an extract.

    Attributes:
        record: what the manifest says; null where there is none, or it is not the one that the log knows.
        missing: files that the manifest names and that are not there.
        changed: files that are not as they were written.
        data: files with data that are there.
        others: how many files are there that no manifest knows.
        received: SHA-256 of the manifest of what register holders delivered; empty where nothing was.
    """

    record: Record | None
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    others: int = 0
    received: str = ""


def found(folder: Path, digest: str) -> Found:
    """Look at the folder of an extract whose manifest has that digest."""
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()
    }
    # A letter that a killed command had begun; the next one takes its place.
    there.discard(f".{vocabulary().letter_file}.unfinished")
    beside = {name for name in there if _is_received(name)}
    there -= beside
    own = _received(folder, beside)
    record = _record(folder / MANIFEST, digest)
    if record is None:
        changed = (MANIFEST,) if MANIFEST in there else ()
        missing = () if changed else (MANIFEST,)
        return Found(None, missing, changed, tuple(sorted((there - _kept()) | beside)))
    # The log vouches for the manifest, and the manifest for the files; of the rest SHA256SUMS says what it says.
    sums = _sums(folder / SUMS)
    vouched = {**record.files, MANIFEST: digest}
    promised = {**sums, **vouched}
    record = replace(record, received={**vouched, **_beside(folder, sums, vouched), **own.sums})
    known = promised.keys() | {SUMS}
    changed_files = {name for name in promised.keys() & there if _sha256(folder / name) != promised[name]}
    if SUMS in there and any(sums.get(name) != sum_ for name, sum_ in vouched.items()):
        changed_files.add(SUMS)
    return Found(
        record,
        tuple(sorted((known - there) | own.missing)),
        tuple(sorted(changed_files | own.changed)),
        # All that was received goes with the extract, also what a killed command had under way.
        tuple(sorted(((known - _kept()) & there) | (beside - own.others))),
        len(there - known - _kept()) + len(own.others),
        own.digest,
    )


@dataclass(frozen=True)
class _Beside:
    """What lies in the folder of received deliveries, as its own sums have it."""

    missing: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    digest: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)


def _is_received(name: str) -> bool:
    return PurePosixPath(name).parts[0] in (FOLLOWUP, followup.UNFINISHED, followup.BEFORE)


def _received(folder: Path, there: set[str]) -> _Beside:
    mine = {name for name in there if PurePosixPath(name).parts[0] == FOLLOWUP}
    if not mine:
        is_half = any(PurePosixPath(name).parts[0] == followup.BEFORE for name in there)
        return _Beside(missing=frozenset([f"{FOLLOWUP}/{MANIFEST}"] if is_half else ()))
    place = folder / FOLLOWUP
    sums = {f"{FOLLOWUP}/{name}": sum_ for name, sum_ in _sums(place / SUMS).items()}
    known = {*sums, f"{FOLLOWUP}/{SUMS}", f"{FOLLOWUP}/{MANIFEST}"}
    return _Beside(
        missing=frozenset(known - mine),
        changed=frozenset(name for name in sums.keys() & mine if _sha256(folder / name) != sums[name]),
        others=frozenset(mine - known),
        digest=digest_of(place / MANIFEST),
        sums=sums,
    )


def remove_data(folder: Path, names: tuple[str, ...]) -> None:
    """Remove files of a folder, and the folders in it that are empty then; on disk when this returns."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    inner = sorted((path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()), reverse=True)
    for path in inner:
        durable.sync_folder(path)
        with suppress(OSError):  # somebody's own file is in it
            path.rmdir()
    durable.sync_folder(folder)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    return _sha256(path) or ""


def _kept() -> set[str]:
    return {*RECORD, vocabulary().letter_file}


def _record(path: Path, digest: str) -> Record | None:
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            return None
        said: dict[str, Any] = json.loads(content)
        approval: dict[str, Any] = said["approval"]
        return Record(
            approval.get("register_number"),
            tuple(approval.get("recipients") or ()),
            _day(approval.get("valid_to")),
            said.get("release"),
            said.get("ids"),
            said.get("key_id"),
            said.get("persons"),
            {str(name): str(sum_) for name, sum_ in dict(said.get("files") or {}).items() if _is_inside(str(name))},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _day(said: object) -> dt.date | None:
    return dt.date.fromisoformat(said) if isinstance(said, str) else None


def _sums(path: Path) -> dict[str, str]:
    """What `sha256sum` would check; none where there is no such file or it is another."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    parts = [line.partition("  ") for line in lines]
    return {name: sum_ for sum_, _, name in parts if _is_inside(name)}


def _beside(folder: Path, sums: Mapping[str, str], vouched: Mapping[str, str]) -> dict[str, str]:
    """What the manifest cannot have of itself, if SHA256SUMS agrees with it; of other names there it says nothing."""
    own = _sha256(folder / SUMS)
    told = sums.get(DATAPACKAGE, "")
    if own is None or not _SUM.fullmatch(told) or any(sums.get(name) != sum_ for name, sum_ in vouched.items()):
        return {}
    return {DATAPACKAGE: told, SUMS: own}


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not PurePosixPath(name).is_absolute() and ".." not in parts


def _sha256(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None
