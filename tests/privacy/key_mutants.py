"""Planted leaks where a panel passes to another key, older releases are rewritten, and a log is told; what finds them.

As `custody_mutants` has them of withdrawals. Of a log's order nothing is left on disk once all is well, so that proof
looks on while it is done: whatever goes, a line has told of it before.
"""

import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress

import polars as pl

from sigpanel import audit
from sigpanel import key as keys
from sigpanel.errors import PolicyError
from sigpanel.key import salts
from sigpanel.panel import layout, open_panel
from sigpanel.pipeline import rotate
from sigpanel.pipeline.audit_log import owner_log
from sigpanel.pipeline.custody import manager_key
from sigpanel.pipeline.study import open_study
from tests.privacy.custody_mutants import Room
from tests.privacy.mutants import _at
from tests.privacy.scan import leaks
from tests.support.study import B
from tests.support.withdraw import TODAY, take_out

# --- proofs -----------------------------------------------------------------------------------------------------------


def _rotated(room: Room, *, is_compromise: bool) -> set[str]:
    """Let the panel pass to another key; the ids of before."""
    old = set(open_panel(room.study.panel).episodes.select("episode_id").collect()["episode_id"])
    path = room.beside / "new.key"
    keys.create(path)
    rotate.rebuild(room.study, path, today=TODAY, is_compromise=is_compromise)
    return old


def bridged(room: Room) -> Iterator[str]:
    """What leads from old ids to new ones lies in the owner's registry, for the owner alone, and nowhere else."""
    old = _rotated(room, is_compromise=False)
    live = room.study.panel / str(layout.current(room.study.panel))
    yield from (f"an old id in {name}" for _, name in leaks(live, sorted(old)))
    for path in (path for path in room.study.root.rglob("*.parquet") if "bridge" in path.name):
        if path.parent != room.study.registry:
            yield f"a bridge at {path.name}"
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path.name} is open to others"
    for path in room.study.reports.iterdir():
        if any(id_ in path.read_text(encoding="utf-8") for id_ in old):
            yield f"an old id on {path.name}"


def compromised(room: Room) -> Iterator[str]:
    """After a compromise no old id is left in the study, and no registry and no page of an older release."""
    (room.study.registry / "r0000.parquet").write_bytes((room.study.registry / "r0001.parquet").read_bytes())
    old = sorted(_rotated(room, is_compromise=True))
    yield from (f"an old id in {name}" for _, name in leaks(room.study.research, old))
    yield from (f"an old id in {name}" for _, name in leaks(room.study.registry, old))
    for folder in (room.study.panel, room.study.registry, room.study.reports):
        yield from (f"{path.name} is left" for path in folder.iterdir() if "r000" in path.name.replace("r0002", ""))


def not_the_owners(room: Room) -> Iterator[str]:
    """With the key by which codes are read back in an older release nobody makes extracts."""
    old, new = room.study.key_file(), room.beside / "new.key"
    _rotated(room, is_compromise=False)
    settings = room.study.root / "sigpanel.toml"
    settings.write_text(f'key_file = "{new}"\nmanager_key_file = "{old}"\n', encoding="utf-8")
    with suppress(PolicyError):
        manager_key(open_study(room.study.root))
        yield "the manager has the owner's key of before"


def no_salt(room: Room) -> Iterator[str]:
    """What is destroyed when an extract ends does not become the key of a panel or of extracts."""
    key_file = room.study.key_file()
    salts.create_salt(key_file, "provet-v1")
    salt = salts.salts_folder(key_file) / "provet-v1"
    with suppress(PolicyError):
        rotate.rebuild(room.study, salt, today=TODAY)
        yield "a salt is the owner's key"
    settings = room.study.root / "sigpanel.toml"
    settings.write_text(f'key_file = "{key_file}"\nmanager_key_file = "{salt}"\n', encoding="utf-8")
    with suppress(PolicyError):
        manager_key(open_study(room.study.root))
        yield "a salt is the manager's key"


def rewritten(room: Room) -> Iterator[str]:
    """An older release that is rewritten holds no id and no figure of who is gone, and nothing is left beside it."""
    take_out(room.study, B, older="purge")
    yield from (f"an id in {name}" for _, name in leaks(room.study.panel, room.ids))
    yield from (
        f"{path.name} is left"
        for path in room.study.panel.iterdir()
        if path.name.startswith((".", "_")) and path.is_dir()
    )
    older = open_panel(room.study.panel, "r0001")
    if older.linkage_quality.keys() - {"purged", "parameters", "disclosure"}:
        yield "figures on linkage"
    if older.manifest["rows"]["persons"] != older.persons.select(pl.len()).collect().item():
        yield "a count of before"


def told_first(room: Room) -> Iterator[str]:
    """A line of the log tells of a withdrawal, and of a release that goes, before it is done."""
    found: list[str] = []

    def watched(target: str, event: str) -> None:
        whole = _at(target)

        def look(*given: object, **named: object) -> object:
            if event not in [entry.event for entry in audit.read(owner_log(room.study).path)]:
                found.append(f"{event} was not told before")
            return whole(*given, **named)

        room.patch.setattr(target, look)

    watched("sigpanel.pipeline.at_hand.AtHand.publish", "withdrawn")
    watched("sigpanel.pipeline.older.releases.remove", "release_removed")
    take_out(room.study, B)
    yield from found
    events = [entry.event for entry in audit.read(owner_log(room.study).path)]
    yield from (f"{event} was never told" for event in ("withdrawn", "release_removed") if event not in events)


PROOFS: dict[str, Callable[[Room], Iterator[str]]] = {
    proof.__name__: proof for proof in (bridged, compromised, not_the_owners, no_salt, rewritten, told_first)
}

# --- mutants ----------------------------------------------------------------------------------------------------------


def _bridge_for_researchers(room: Room) -> None:
    def copied(finished: rotate.Finished, *_: object) -> rotate.Finished:
        if finished.bridge:
            shutil.copy(finished.bridge, room.study.research / finished.bridge.name)
        return finished

    room.after("sigpanel.pipeline.rotate.finish", copied)


def _bridge_open(room: Room) -> None:
    def opened(finished: rotate.Finished, *_: object) -> rotate.Finished:
        if finished.bridge:
            finished.bridge.chmod(0o644)
        return finished

    room.after("sigpanel.pipeline.rotate.finish", opened)


def _old_ids_told(room: Room) -> None:
    """The manifest says which episodes there were."""
    room.after(
        "sigpanel.pipeline.rotate.told_of_keys",
        lambda told, study: {**told, "before": open_panel(study.panel).episodes.collect()["episode_id"].to_list()},
    )


def _ids_stay(room: Room) -> None:
    """The new release keeps an id of before in a table."""

    def kept(tables: dict[str, pl.DataFrame], *_: object) -> dict[str, pl.DataFrame]:
        old = open_panel(room.study.panel).episodes.collect()["episode_id"][0]
        findings = tables["findings"].with_columns(pl.lit(old).alias("episode_id"))
        return {**tables, "findings": findings}

    room.patch.setattr("sigpanel.pipeline.build.hold_tables", lambda _: None)
    room.after("sigpanel.pipeline.build.assemble", kept)


def _only_releases(room: Room) -> None:
    """Of what stands under the old key only the releases go."""

    def removed(_: object, release: str, __: object) -> tuple[str, ...]:
        old = [name for name in layout.published(room.study.panel) if name != release]
        for name in old:
            shutil.rmtree(room.study.panel / name)
        return tuple(old)

    room.patch.setattr("sigpanel.pipeline.carry._removed", removed)


def _mark_kept(room: Room) -> None:
    """What led from old ids to new ones is kept under another name."""
    whole = _at("sigpanel.pipeline.carry._removed")

    def removed(study: object, release: str, bridge: pl.DataFrame) -> tuple[str, ...]:
        old: tuple[str, ...] = whole(study, release, bridge)
        bridge.write_parquet(room.study.registry / "old-and-new.parquet")
        return old

    room.patch.setattr("sigpanel.pipeline.carry._removed", removed)


def _deferred(room: Room) -> None:
    """Lines are written once all is done."""
    from sigpanel.pipeline import withdraw

    whole, waiting = withdraw.owners_log, []
    room.patch.setattr(withdraw, "owners_log", lambda *given: lambda *said: waiting.append((given, said)))

    def told(done: object, *_: object, **__: object) -> object:
        for given, said in waiting:
            whole(*given)(*said)
        return done

    room.after("sigpanel.pipeline.withdraw._Desk.finish", told)


def _untold(event: str) -> Callable[[Room], None]:
    def apply(room: Room) -> None:
        from sigpanel.pipeline import withdraw

        whole = withdraw.owners_log

        def log(*given: object) -> Callable[..., None]:
            tell = whole(*given)
            return lambda *said: None if said[0] == event else tell(*said)

        room.patch.setattr(withdraw, "owners_log", log)

    return apply


Change = Callable[[Room], None]
MUTANTS: dict[str, tuple[str, Change]] = {
    "the bridge is copied to where researchers read": ("bridged", _bridge_for_researchers),
    "the bridge is open to others": ("bridged", _bridge_open),
    "the manifest has the old ids": ("bridged", _old_ids_told),
    "a table keeps an old id": ("bridged", _ids_stay),
    "registries and pages stay after a compromise": ("compromised", _only_releases),
    "the bridge stays after a compromise": ("compromised", _mark_kept),
    "of keys only the live one is the owner's": (
        "not_the_owners", lambda room: room.patch.setattr("sigpanel.pipeline.key_ids.retired_key_ids", lambda _: ()),
    ),
    "a key may lie among salts": (
        "no_salt", lambda room: room.patch.setattr("sigpanel.key.refusals.SALTS_SUFFIX", "/"),
    ),
    "persons stay in what is rewritten": (
        "rewritten", lambda room: room.patch.setattr("sigpanel.panel.purge.without", lambda tables, _: tables),
    ),
    "the release as it was stays beside": (
        "rewritten", lambda room: room.patch.setattr("sigpanel.panel.purge._delete", lambda _: None),
    ),
    "figures on linkage stay": (
        "rewritten", lambda room: room.patch.setattr("sigpanel.panel.purge.quality_of", dict),
    ),
    "counts of before stay": (
        "rewritten",
        lambda room: room.after("sigpanel.panel.purge.manifest_of", lambda told, old, *_: {**told, **old.manifest}),
    ),
    "lines are written once all is done": ("told_first", _deferred),
    "a withdrawal is not told": ("told_first", _untold("withdrawn")),
    "a release that goes is not told": ("told_first", _untold("release_removed")),
}  # fmt: skip
