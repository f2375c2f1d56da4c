"""Older releases once somebody has withdrawn: each is removed, or rewritten without them.

    .purging-r0001    what is to take its place, while it is written
    .outgoing-r0001   the release as it was, about to be deleted

A release that is rewritten is written whole beside the old one, the old one is moved out of the way, the new one moved
in, and the old one deleted. `settle` finishes whatever a kill left of it, so that running again always ends the same;
until then a folder above may still hold the person.

Tables that hold nobody who goes keep their bytes; counts and digests are made new. Figures on linkage were worked out
with everybody and cannot be worked out again without the codes: a rewritten release has none, since they would tell,
beside its tables, what was taken out. Whether a live release was made without the person first is for the pipeline.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.described import stamp
from sigpanel.contracts.tables import conform, names
from sigpanel.errors import InputError
from sigpanel.forms import variables
from sigpanel.panel import durable, layout
from sigpanel.panel.assemble import balanced
from sigpanel.panel.manifest import to_json
from sigpanel.panel.open import Panel
from sigpanel.panel.release import fill
from sigpanel.panel.withdrawn import without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from sigpanel.panel.lock import Lock
    from sigpanel.panel.withdrawn import Gone

PURGING = ".purging-"
OUTGOING = ".outgoing-"
PURGED = "purged"


def older(panel_dir: Path) -> tuple[str, ...]:
    """The published releases before the live one, oldest first."""
    return layout.published(panel_dir)[:-1] if layout.current(panel_dir) else ()


def settle(panel_dir: Path, held: Lock) -> None:
    """Finish what a kill left half done: whatever was to be deleted is, and what was to take its place is there."""
    held.covers(panel_dir)
    for outgoing in sorted(panel_dir.glob(f"{OUTGOING}*")):
        name = outgoing.name.removeprefix(OUTGOING)
        purged = panel_dir / f"{PURGING}{name}"
        # The old one is moved away only once the new one is whole.
        if purged.is_dir() and not (panel_dir / name).exists():
            _move(purged, panel_dir / name)
        _delete(outgoing)
    # Whoever holds the lock knows that no build is running: what one left half written may hold the person too.
    for unfinished in sorted([*panel_dir.glob(f"{PURGING}*"), *panel_dir.glob(f"{layout.BUILDING}*")]):
        _delete(unfinished)


def remove(panel_dir: Path, release: str, held: Lock) -> None:
    """Delete an older release."""
    held.covers(panel_dir)
    outgoing = panel_dir / f"{OUTGOING}{release}"
    _move(panel_dir / release, outgoing)
    _delete(outgoing)


def purge(panel_dir: Path, release: str, gone: Gone, told: Mapping[str, object], held: Lock) -> None:
    """Rewrite an older release without some persons.

    Args:
        panel_dir: the panel folder.
        release: the name of an older release that `is_of_this_contract`.
        gone: who goes.
        told: what its manifest says of withdrawals from now on.
        held: the panel's lock.

    Raises:
        Fault: what is left would break the contract. The release stays as it was.
    """
    held.covers(panel_dir)
    old = Panel(panel_dir / release, release)
    left = without({name: old.table(name).collect() for name in names()}, gone)
    tables = {name: conform(frame, name, variables()) for name, frame in left.items()}
    balanced(tables["submissions"], tables["ledger"])
    files = {
        layout.MANIFEST: to_json(manifest_of(old, tables, told), release),
        layout.QUALITY: to_json(quality_of(old.linkage_quality), release),
    }
    purging = panel_dir / f"{PURGING}{release}"
    try:
        fill(purging, tables, files, old.variables, variables())
    except BaseException:
        shutil.rmtree(purging, ignore_errors=True)
        raise
    durable.sync_folder(panel_dir)
    outgoing = panel_dir / f"{OUTGOING}{release}"
    _move(panel_dir / release, outgoing)
    _move(purging, panel_dir / release)
    _delete(outgoing)


def manifest_of(old: Panel, tables: Mapping[str, pl.DataFrame], told: Mapping[str, object]) -> dict[str, object]:
    """The manifest of a release out of whose tables somebody was taken, with counts made new and what is `told` too."""
    return {
        **old.manifest,
        **told,
        "rows": {name: frame.height for name, frame in tables.items()},
        "fates": dict(tables["ledger"]["fate"].value_counts().sort("fate").iter_rows()),
    }


def quality_of(quality: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of the figures on linkage: by which parameters persons were linked, and how few are hidden."""
    return {PURGED: True, **{name: quality.get(name, {}) for name in ("parameters", "disclosure")}}


def is_of_this_contract(panel_dir: Path, release: str) -> bool:
    """Whether a release keeps the very contract that its tables would be held against when they are rewritten."""
    return _said_of(panel_dir, release, lambda panel: stamp().items() <= panel.manifest.items())


def is_under_key(panel_dir: Path, release: str, key_id: str) -> bool:
    """Whether the ids of a release were made with that key."""
    return _said_of(panel_dir, release, lambda panel: panel.manifest.get("key_id") == key_id)


def was_purged(panel_dir: Path, release: str) -> bool:
    """Whether a release has been rewritten."""
    return _said_of(panel_dir, release, lambda panel: PURGED in panel.linkage_quality)


def _said_of(panel_dir: Path, release: str, said: Callable[[Panel], bool]) -> bool:
    """What a release says of itself; no, where it is damaged."""
    try:
        return said(Panel(panel_dir / release, release))
    except InputError:
        return False


def _move(path: Path, to: Path) -> None:
    path.rename(to)
    durable.sync_folder(path.parent)


def _delete(folder: Path) -> None:
    shutil.rmtree(folder)
    durable.sync_folder(folder.parent)
