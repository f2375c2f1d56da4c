"""Take a delivery into a project's extract: whole, or not at all.

    receive(project, folder, today=day)                    where nothing but the extract is at hand
    receive(project, folder, today=day, other_ids=ids)     where other extracts of the study are

A delivery is received in the folder of the extract, since it is bound to that approval: nothing of it reaches the panel
or another extract, and it ends when the extract does. Everything is held before anything is written. The same delivery
again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sigpanel.errors import PolicyError
from sigpanel.followup.between import deaths_apart, hold_between
from sigpanel.followup.claimed import doubted, hold_complete, hold_days
from sigpanel.followup.controls import drawn_before, hold_controls
from sigpanel.followup.half import restore
from sigpanel.followup.held import hold_covered, hold_sent
from sigpanel.followup.layout import FOLLOWUP
from sigpanel.followup.replaced import hold_no_less, replaced
from sigpanel.followup.sent import read_sent
from sigpanel.followup.stored import merged, read_stored, without
from sigpanel.followup.write import write_followup
from sigpanel.tables import protected

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from sigpanel.contracts.delivery import Coverage
    from sigpanel.followup.held import Taken, Warned
    from sigpanel.followup.project import Project
    from sigpanel.followup.replaced import Replaced


@dataclass(frozen=True)
class Received:
    """A delivery that was taken in.

    Attributes:
        extract_id: whose it is.
        folder: where it lies now.
        digest: SHA-256 of the manifest there.
        counts: by kind, how many rows came; exact.
        coverages: by kind, what was declared.
        warnings: what a register may well hold, and what is doubtful of the coverage, counted.
        is_new: whether anything is other than before.
        replaced: by table, what earlier versions held of it whose place it took, and what it holds.
        deliveries: everything that the extract has received, each as kind, register and version.
    """

    extract_id: str
    folder: Path
    digest: str
    counts: dict[str, int]
    coverages: dict[str, Coverage]
    warnings: tuple[Warned, ...]
    is_new: bool
    replaced: tuple[Replaced, ...]
    deliveries: tuple[str, ...]


def receive(
    project: Project,
    folder: Path,
    *,
    today: dt.date,
    other_ids: Collection[str] = (),
    note: Callable[[str], object] = lambda _: None,
    protect: Callable[[int], int | str] = protected,
    is_less_meant: bool = False,
) -> Received:
    """Take a delivery in.

    Args:
        project: the extract that it is for.
        folder: the delivery.
        today: the day; none after it can be covered.
        other_ids: ids of the study's other extracts, where the study is at hand.
        note: is told the digest before anything is in its place.
        protect: gives a number of persons as it may be told.
        is_less_meant: whether a version is right that holds far less than what it takes the place of.

    Raises:
        UsageError: there is no such folder.
        InputError: the delivery cannot be read, breaks its contract, contradicts another, holds far less than what it
            takes the place of where that is not said to be meant, or cannot be written.
        PolicyError: the approval does not cover it.
    """
    sent = read_sent(folder)
    hold_covered(project, sent)
    hold_days(sent.declared, today)
    restore(project.folder)
    before = read_stored(project.folder, project.extract_id)
    held = hold_sent(project, sent, drawn_before(before, sent.declared), other_ids)
    now = merged(before, held.taken)
    hold_complete(now, held.taken)
    changed = hold_controls(before, now, held.taken)
    hold_between(now)
    gone = replaced(before, held.taken, protect)
    if not is_less_meant:
        hold_no_less(gone)
    digest = write_followup(project, now, note)
    return Received(
        extract_id=project.extract_id,
        folder=project.folder / FOLLOWUP,
        digest=digest,
        counts={each.kind: each.frame.height for each in held.taken},
        coverages=dict(sent.declared),
        warnings=(*held.warnings, *changed, *deaths_apart(now, held.taken), *doubted(now, held.taken)),
        is_new=not _same(before, now),
        replaced=gone,
        deliveries=tuple(each.name for each in now),
    )


def purge(project: Project, persons: Sequence[str], note: Callable[[str], object] = lambda _: None) -> str | None:
    """Take persons who have withdrawn out of what was received; null where nothing was received.

    Args:
        project: the extract.
        persons: their ids in it.
        note: is told the digest before anything is in its place.

    Returns:
        The SHA-256 of the manifest after it.

    Raises:
        InputError: what was received is damaged, or cannot be written.
        PolicyError: an id is none of the extract's.
    """
    if {*persons} - {*project.persons}:
        raise PolicyError(
            "followup-unknown-id",
            "An id that was given is none of the extract's. Nothing was changed.",
            remedy="Give ids of persons as the extract has them.",
        )
    restore(project.folder)
    before = read_stored(project.folder, project.extract_id)
    return write_followup(project, without(before, persons), note) if before else None


def _same(before: Sequence[Taken], now: Sequence[Taken]) -> bool:
    return [(each.kind, each.coverage) for each in before] == [(each.kind, each.coverage) for each in now] and all(
        one.frame.equals(other.frame) and one.searched.equals(other.searched)
        for one, other in zip(before, now, strict=True)
    )
