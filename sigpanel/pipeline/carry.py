"""What passes to a new key beside the tables: the ids in the owner's files; and what goes once the new release is live.

    1  the bridge is written as a mark, `owner/registry/unfinished-…`, which names the coming release and its key
    2  the release goes live
    3  in the owner's files every old id gives way to its new one; lists that the new key does not know are removed;
       after a compromise so are old releases, their registries and pages, and the bridge
    4  the mark goes, or becomes the bridge that the owner may keep

Killed before 2, nothing has happened; killed after, everything that needs the key is refused until `finish` has done 3
and 4. Each step can be done twice. What is replaced is an id and nothing else of a file: its lines, words, encoding and
separators stay as they were written.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel import audit
from sigpanel.contracts.corrections import corrections_file
from sigpanel.contracts.links import links_file
from sigpanel.errors import InputError
from sigpanel.panel import durable, layout, registry
from sigpanel.panel.asked import forget_asked
from sigpanel.panel.open import live_manifest
from sigpanel.panel.parquet import write_parquet
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log
from sigpanel.pipeline.bridge import BRIDGE, ID, LINKS, PURPOSES, mapping
from sigpanel.pipeline.review_answers import lists_in
from sigpanel.pipeline.study import SETTINGS, Study
from sigpanel.pipeline.verify import REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sigpanel.pipeline.settings import Settings

# Where the owner names ids. A file that is not there, or names none, does not matter.
FILES: Final = (corrections_file().path, links_file().path, "owner/withdrawals.csv", SETTINGS)
_MARK: Final = "unfinished-{case}-{release}-{key_id}.parquet"
_CASES: Final = ("rotation", "compromise")
_CARRIED: Final = ".carried"
# What stands in the owner's files: ids, and the digests of decisions on links.
_KINDS: Final = (*PURPOSES.values(), LINKS)
_KEY: Final = "key"
_RUN: Final = " run"
# Of these the registry's own modules make what they need; every other table there names ids for the owner.
_NOT_CARRIED: Final = re.compile(r"(r\d{4,}|intake|asked|taken|bridge-.*|unfinished-.*)\.parquet")
_RELEASE: Final = re.compile(r"(?<![A-Za-z0-9])r\d{4,}(?![A-Za-z0-9])")
_TOKEN: Final = re.compile(rb"(?<![A-Za-z0-9])[a-z2-7]{26,27}(?![A-Za-z0-9])")


@dataclass(frozen=True)
class Finished:
    """What was done once the release was live.

    Attributes:
        release: the live release.
        lost: ids in the owner's files that have no new one, by file and line.
        removed: the old releases that were removed, after a compromise.
        recall: the extracts that are out, after a compromise.
        bridge: the bridge that was kept, where it was.
    """

    release: str
    lost: tuple[str, ...]
    removed: tuple[str, ...]
    recall: tuple[str, ...]
    bridge: Path | None


@dataclass(frozen=True)
class Carried(Study):
    """A study as it will be: its decisions and settings name ids under the new key, and all else lies where it lay."""

    folder: Path

    @property
    def corrections(self) -> Path:
        """The corrections, under the new ids."""
        return self.folder / super().corrections.name

    @property
    def links(self) -> Path:
        """The decisions on links, under the new ids."""
        return self.folder / super().links.name

    @property
    def withdrawals(self) -> Path:
        """Who has withdrawn, under the new ids."""
        return self.folder / "withdrawals.csv"


# --- before the release is live ---------------------------------------------------------------------------------------


@contextmanager
def begun(
    study: Study, bridge: pl.DataFrame, release: str, keys: tuple[str, str], *, is_compromise: bool
) -> Iterator[Carried]:
    """Mark that a release is about to pass to another key; inside stands the study as it will be.

    Args:
        study: the study.
        bridge: from the old ids to the new ones.
        release: the coming release.
        keys: the ids of the old key and of the new one.
        is_compromise: whether what stands under the old key is to go.
    """
    for stale in study.registry.glob("unfinished-*.parquet"):
        stale.unlink()
    of_keys = pl.DataFrame([(_KEY, *keys)], schema=BRIDGE, orient="row")
    of_files = pl.concat([bridge.filter(pl.col("kind").is_in(_KINDS)), of_keys])
    mark = study.registry / _MARK.format(case=_CASES[is_compromise], release=release, key_id=keys[1])
    folder = study.registry / _CARRIED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=durable.PRIVATE_FOLDER)
    try:
        new_of = _as_bytes(mapping(of_files))
        for name in FILES:
            if (path := study.root / name).is_file():
                with durable.new_file(folder / path.name, durable.PRIVATE) as file:
                    file.write(_replaced(path.read_bytes(), new_of))
        with durable.replaced_file(mark, durable.PRIVATE) as file:
            write_parquet(of_files, file)
        yield Carried(study.root, _settings(study, mapping(of_files)), folder)
    except BaseException:
        if layout.current(study.panel) != release:
            mark.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unfinished(study: Study) -> Path | None:
    """The mark of a rotation whose release is live, and after which not everything was done."""
    release = layout.current(study.panel)
    if release is None:
        return None
    key_id = live_manifest(study.panel).get("key_id")
    marks = (study.registry / _MARK.format(case=case, release=release, key_id=key_id) for case in _CASES)
    return next((mark for mark in marks if mark.is_file()), None)


# --- once it is live --------------------------------------------------------------------------------------------------


def finish(study: Study) -> Finished:
    """Let everything else pass to the live release's key; whoever calls this holds the panel's lock.

    Raises:
        InputError: no rotation is unfinished, or its mark is damaged.
    """
    mark, release = unfinished(study), layout.current(study.panel)
    if mark is None or release is None:
        raise InputError(
            "no-rotation-unfinished",
            "No rotation was interrupted, so there is nothing to finish.",
            remedy="`sigpanel key rotate` tells the cases.",
        )
    bridge = registry.read_file(mark)
    new_of = _as_bytes(mapping(bridge))
    lost: list[str] = []
    for name in FILES:
        lost += _carry(study.root / name, name, new_of)
    for path in study.registry.glob("*.parquet"):
        if not _NOT_CARRIED.fullmatch(path.name):
            _carry_table(path, mapping(bridge))
    for path in lists_in(study.outbox):
        path.unlink()
    forget_asked(study.registry)
    shutil.rmtree(study.registry / _CARRIED, ignore_errors=True)
    if mark.name.startswith(f"unfinished-{_CASES[True]}"):
        told = Finished(release, tuple(lost), _removed(study, release, bridge), extracts_out(study), None)
        mark.unlink()
        return told
    kept = study.registry / f"bridge-{release}.parquet"
    with durable.replaced_file(kept, durable.PRIVATE) as file:
        write_parquet(bridge.filter(pl.col("kind").is_in(list(PURPOSES.values()))), file)
    mark.unlink()
    durable.sync_folder(study.registry)
    return Finished(release, tuple(lost), (), (), kept)


def extracts_out(study: Study) -> tuple[str, ...]:
    """The extracts that are out, and those that have a folder and of which the log says nothing: it may be lost."""
    folders = {path.parent.name for path in extracts_dir(study).glob("[!.]*/manifest.json")}
    try:
        entries = audit.read(extracts_log(study).path)
    except InputError:
        return tuple(sorted(folders))
    return tuple(sorted({*audit.in_use(entries), *(folders - audit.states(entries).keys())}))


def _carry(path: Path, name: str, new_of: Mapping[bytes, bytes]) -> list[str]:
    """Replace the ids of a file; what has no new one is told by its line."""
    if not path.is_file():
        return []
    before = path.read_bytes()
    after = _replaced(before, new_of)
    if after != before:
        with durable.replaced_file(path, path.stat().st_mode & 0o777) as file:
            file.write(after)
    known = set(new_of.values())
    return [
        f"{name}, line {no}"
        for no, line in enumerate(after.splitlines(), start=1)
        if any(found not in known for found in ID.findall(line))
    ]


def _carry_table(path: Path, new_of: Mapping[str, str]) -> None:
    """Replace the ids in a table of the owner's: what a ledger of published cells, say, knows persons by.

    Rows that differ in ids alone are put in the order of the new ones, as they were in that of the old ones.
    """
    frame = registry.read_file(path)
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    after = frame.with_columns(pl.col(texts).replace(new_of)) if texts else frame
    changed = [name for name in texts if not after[name].equals(frame[name])]
    if not changed:
        return
    rest = [name for name in frame.columns if name not in changed]
    run = pl.struct(rest).rle_id() if rest else pl.lit(0)
    with durable.replaced_file(path, durable.PRIVATE) as file:
        write_parquet(after.with_columns(run.alias(_RUN)).sort(_RUN, *changed).drop(_RUN), file)


def _removed(study: Study, release: str, bridge: pl.DataFrame) -> tuple[str, ...]:
    """Remove what stands under the old key: releases, their registries and pages, bridges, which file was which.

    A withdrawal may have removed a release before, and its registry is there still.
    """
    old = [name for name in layout.published(study.panel) if name != release]
    for path in (*study.reports.glob("*"), *study.registry.glob("r*.parquet")):
        if path.is_file() and any(name != release for name in _RELEASE.findall(path.stem)):
            path.unlink()
    for name in old:
        shutil.rmtree(study.panel / name)
    for path in study.registry.glob("bridge-*.parquet"):
        path.unlink()
    (study.outbox / REPORT).unlink(missing_ok=True)
    known = registry.read_intake(study.registry)
    registry.write_intake(study.registry, known.filter(pl.col("submission_id").is_in(bridge["new"].implode())))
    durable.sync_folder(study.panel)
    return tuple(old)


# --- small parts ------------------------------------------------------------------------------------------------------


def _replaced(content: bytes, new_of: Mapping[bytes, bytes]) -> bytes:
    return _TOKEN.sub(lambda found: new_of.get(found[0], found[0]), content)


def _as_bytes(new_of: Mapping[str, str]) -> dict[bytes, bytes]:
    return {old.encode(): new.encode() for old, new in new_of.items()}


def _settings(study: Study, new_of: Mapping[str, str]) -> Settings:
    return replace(study.settings, left_out=frozenset(new_of.get(one, one) for one in study.settings.left_out))
