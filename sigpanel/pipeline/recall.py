"""Which extracts in use hold somebody who withdraws, so that they can be called back.

An extract has ids of its own and does not say who is in it. So its approval's population is worked out again on the
release that it was cut from, before that is removed, and written down in the owner's room (`sigpanel.panel.members`).
Where the release is not there any more and nothing was written down, or the panel has passed to another key since, the
extract is told as one that may hold them.

Where the owner's room may not be read, releases alone tell whether somebody has withdrawn since an extract was cut.

Nothing is called back here: that is for whoever answers for the extract.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import audit
from sigpanel.contracts.approvals import read_approval
from sigpanel.contracts.tables import names
from sigpanel.decisions import read_withdrawals
from sigpanel.errors import SigpanelError
from sigpanel.extracts.layout import APPROVAL, MANIFEST
from sigpanel.extracts.population import members
from sigpanel.panel import layout, open_panel
from sigpanel.panel.members import MEMBERS, read_members, remember_members
from sigpanel.panel.open import live_manifest
from sigpanel.panel.purge import was_purged
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log
from sigpanel.pipeline.intact import whole
from sigpanel.pipeline.older import episodes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sigpanel.pipeline.study import Study

    Members = Callable[[Mapping[str, pl.LazyFrame]], pl.DataFrame]

_NOBODY = ""


@dataclass(frozen=True)
class Cut:
    """An extract in use: its id, the release that it was cut from, and who is in it.

    `members` takes the tables of that release and gives `person_id`, as the extract's approval says.
    """

    extract_id: str
    release: str
    members: Members = field(repr=False)


def in_use(study: Study) -> Sequence[Cut]:
    """The extracts of a study that are in use, by their log.

    Raises:
        InputError: the log is not whole.
    """
    return [_cut(study, name) for name in audit.in_use(audit.read(extracts_log(study).path))]


def _cut(study: Study, extract_id: str) -> Cut:
    """An extract as its own folder tells it; where that is damaged, one of which it cannot be told whom it holds."""
    folder = extracts_dir(study) / extract_id
    try:
        release = str(json.loads((folder / MANIFEST).read_bytes())["release"])
    except (OSError, ValueError, KeyError, TypeError):
        release = _NOBODY
    return Cut(extract_id, release, lambda tables: members(tables, read_approval(folder / APPROVAL)))


def remember(study: Study, cuts: Iterable[Cut]) -> None:
    """Write down whom extracts in use hold, as far as it can be told now and was not written down before."""
    cuts = tuple(cuts)
    known = set(read_members(study.registry)["extract_id"])
    told = [_members(study, one) for one in cuts if one.extract_id not in known]
    members = pl.concat([pl.DataFrame(schema=MEMBERS), *(one for one in told if one is not None)])
    remember_members(study.registry, members, [one.extract_id for one in cuts])


def holding(study: Study, cuts: Iterable[Cut], episodes: pl.Series, key_id: str) -> tuple[list[str], list[str]]:
    """The extracts that hold any of these episodes, by what is remembered, and those of which it cannot be told.

    Args:
        study: the study.
        cuts: its extracts in use.
        episodes: the ids of episodes.
        key_id: the id of the key that these were made with.
    """
    members = read_members(study.registry).filter(key_id=key_id)
    known = set(members["extract_id"])
    hold = set(members.filter(pl.col("episode_id").is_in(episodes.implode()))["extract_id"])
    ids = sorted(one.extract_id for one in cuts)
    return [one for one in ids if one in hold], [one for one in ids if one not in known]


def withdrawn_in(study: Study, folder: Path) -> tuple[list[str], list[str]]:
    """The extracts in a folder that hold somebody who has withdrawn, and those of which it cannot be told.

    Copies too, wherever they lie: an extract is known by the id in its manifest, and where the study keeps its extracts
    by its folder, whatever the manifest says. One of which nothing was written down
    is told of where its release has been removed or rewritten, or knows of fewer withdrawals than the live one.

    Raises:
        InputError: the registry is not the live release's, or withdrawals cannot be read.
    """
    cuts = {cut.extract_id: cut for cut in (*_cuts_in(folder), *_own_cuts_in(study, folder))}
    known = read_withdrawals(study.withdrawals).all if cuts else ()
    if not known or not layout.current(study.panel):
        return [], []
    episodes = episodes_of(study, [one.target for one in known])
    hold, unsure = holding(study, cuts.values(), episodes, str(live_manifest(study.panel)["key_id"]))
    return hold, [name for name in unsure if is_before_withdrawals(study, cuts[name].release)]


def to_recall(study: Study) -> list[str]:
    """The extracts in use that hold somebody who has withdrawn, or of which it cannot be told that they do not.

    From the owner's room it is told whom an extract holds. Where that may not be looked into, every extract that was
    cut before a withdrawal counts.

    Raises:
        InputError: the log or a file of the owner's room cannot be used.
    """
    cuts = {cut.extract_id: cut for cut in in_use(study)}
    hold: list[str] = []
    unsure = sorted(cuts)
    if can_look(study):
        targets = [one.target for one in read_withdrawals(study.withdrawals).all]
        if not targets:
            return []
        key_id = str(live_manifest(study.panel)["key_id"])
        hold, unsure = holding(study, cuts.values(), episodes_of(study, targets), key_id)
    return sorted([*hold, *(name for name in unsure if is_before_withdrawals(study, cuts[name].release))])


def can_look(study: Study) -> bool:
    """Whether the owner's room is there and may be looked into: the file's absence then means that it is not there."""
    try:
        with study.withdrawals.open("rb"):
            return True
    except FileNotFoundError:
        return study.owner.is_dir()
    except OSError:
        return False


def is_before_withdrawals(study: Study, release: str | None) -> bool:
    """Whether somebody may have withdrawn since an extract was cut from a release, by what releases say.

    So it is where that one has been removed or rewritten, or knows of fewer withdrawals than the live one.
    """
    n_now = live_manifest(study.panel).get("n_withdrawals", 0)
    if not n_now:
        return False
    if release not in {path.name for path in layout.folders(study.panel).values()}:
        return True
    try:
        n_then = open_panel(study.panel, release).manifest.get("n_withdrawals", 0)
    except SigpanelError:
        return True
    return bool(n_then < n_now) or was_purged(study.panel, release)


def _own_cuts_in(study: Study, folder: Path) -> Iterator[Cut]:
    """The study's own extracts whose data lie in a folder, or of whose folder it is a part."""
    place, own = folder.resolve(), extracts_dir(study).resolve()
    for path in sorted(own.iterdir()) if own.is_dir() else ():
        is_there = place in path.parents or path in (place, *place.parents)
        # A hidden one is an extract that was not finished.
        if is_there and not path.name.startswith(".") and _has_data(path):
            yield _cut(study, path.name)


def _has_data(folder: Path) -> bool:
    """Whether an extract's data are there; else it has ended, and is the record of what was let out."""
    return any(folder.glob("*.parquet")) or any(folder.glob("csv/*.csv"))


def _cuts_in(folder: Path) -> Iterator[Cut]:
    """The extracts whose data lie in a folder, by their manifests; of whom is in them nothing is read."""
    for path in sorted(folder.rglob(layout.MANIFEST)):
        if not _has_data(path.parent):
            continue
        try:
            told = json.loads(path.read_bytes())
            yield Cut(str(told["extract_id"]), str(told["release"]), lambda _: pl.DataFrame())
        except (OSError, ValueError, KeyError, TypeError):
            # Of a release, or of nothing of ours.
            continue


def _members(study: Study, cut: Cut) -> pl.DataFrame | None:
    """The episodes of an extract's persons; null where it cannot be told."""
    try:
        panel = whole(open_panel(study.panel, cut.release))
        persons = cut.members({name: panel.table(name) for name in names()})
        episodes = panel.episodes.select("person_id", "episode_id").collect()
    except (SigpanelError, pl.exceptions.PolarsError, OSError):
        return None
    ids = episodes.join(persons, on="person_id", how="semi")["episode_id"].to_list() or [_NOBODY]
    told = {"extract_id": cut.extract_id, "key_id": str(panel.manifest["key_id"]), "episode_id": ids}
    return pl.DataFrame(told, schema=MEMBERS)
