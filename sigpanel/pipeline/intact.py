"""Whether the files of a release are still those that were written.

`datapackage.json` says the SHA-256 of every other file; each table's Parquet metadata and the data package say of which
contract the release is, as `manifest.json` does. A copy that broke, a table of another release, a file that somebody
changed by hand: any is told by the file's name and by what differs, never by what stands in it. Whoever could write a
new data package too leaves no trace here; what is found then is what the rules find.

    whole(open_panel(study.panel))      the release, or a refusal: what is not as it was written is made into nothing
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from sigpanel.contracts.tables import names
from sigpanel.errors import InputError
from sigpanel.panel import layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sigpanel.panel.open import Panel

REMEDY: Final = "Bring the release back from a backup, or build again."
_STAMP = ("contract_version", "contract_digest")
_SAYS: Final = {
    "missing": "the file is missing",
    "changed": "the file is not the one that was written: its SHA-256 differs from datapackage.json",
    "unlisted": "datapackage.json says nothing of it",
    "stamp": "it says that it keeps another contract than manifest.json says",
    "unreadable": "it cannot be read",
}


@dataclass(frozen=True)
class Damaged:
    """A file of a release, by its name without an ending (a table's name), and what is wrong with it."""

    name: str
    what: str

    @property
    def en(self) -> str:
        """What is wrong, in words."""
        return _SAYS[self.what]


def whole(opened: Panel) -> Panel:
    """The same release, where all of its files are those that were written.

    Raises:
        InputError: they are not.
    """
    if found := sorted({one.name for one in damaged(opened)}):
        raise InputError(
            "release-damaged",
            f"Files of release {opened.release} are not those that were written: {', '.join(found)}.",
            remedy=REMEDY,
        )
    return opened


def damaged(opened: Panel) -> Iterator[Damaged]:
    """The files that are not what they were, tables first in their order."""
    package = _package(opened.path / layout.DATAPACKAGE)
    if package is None:
        yield Damaged("datapackage", "unreadable")
        return
    said = {one.get("path"): one.get("hash") for one in package.get("resources", []) if isinstance(one, dict)}
    stamp = {name: opened.manifest.get(name) for name in _STAMP}
    for name in names():
        yield from _file(opened.path / f"{name}.parquet", said)
        yield from _stamped(opened.path / f"{name}.parquet", stamp)
    for name in (layout.CODEBOOK, layout.MANIFEST, layout.QUALITY):
        yield from _file(opened.path / name, said)
    contract = package.get("contract")
    should = {"version": stamp["contract_version"], "hash": f"sha256:{stamp['contract_digest']}"}
    if contract != should:
        yield Damaged("datapackage", "stamp")


def _package(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and isinstance(content.get("resources"), list) else None


def _file(path: Path, said: dict[Any, Any]) -> Iterator[Damaged]:
    if not path.is_file():
        yield Damaged(path.stem, "missing")
    elif path.name not in said:
        yield Damaged(path.stem, "unlisted")
    else:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if said[path.name] != f"sha256:{digest}":
            yield Damaged(path.stem, "changed")


def _stamped(path: Path, stamp: dict[str, Any]) -> Iterator[Damaged]:
    if not path.is_file():
        return
    try:
        metadata = pl.read_parquet_metadata(path)
    except (pl.exceptions.PolarsError, OSError):
        yield Damaged(path.stem, "unreadable")
        return
    if {name: metadata.get(f"sigpanel.{name}") for name in _STAMP} != stamp:
        yield Damaged(path.stem, "stamp")
