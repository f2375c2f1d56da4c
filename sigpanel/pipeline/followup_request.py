"""Ask districts for personal numbers: a list each into the owner's outbox, by both keys.

    request(study, "demo-followup-v1", today=today)

This is the one point at which both keys meet. The owner's leads from a workbook's code to a person in the panel, and
the manager's, with the extract's salt, from there to the id in the extract. A list holds both ends, so it is the data
owner's, written with mode 0600, and nothing of it is printed but counts. Where two persons hold the two roles, the
manager comes to the owner's machine with key and salt, and takes them away again (docs/keys.md).

Persons are those of the extract, cut from a release that is still there; codes and days are those of the workbooks as
they are now, without who has withdrawn since. A list goes out for an extract that is live and in force.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.source import person_column
from sigpanel.contracts.approvals import find as find_approval
from sigpanel.contracts.approvals import read_approval, require_in_force
from sigpanel.contracts.audit import vocabulary
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.extracts import open_issued
from sigpanel.followup.project import APPROVAL, project_of
from sigpanel.followup.request import ASKED, OWNER, PILOT, List, Told, write_lists
from sigpanel.key import salts
from sigpanel.panel import durable, open_panel
from sigpanel.panel.lock import lock
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import extracts_log, note
from sigpanel.pipeline.custody import manager_key, owner_key, remembered_of, same_key
from sigpanel.pipeline.extract_hold import folder_of, known_of, working
from sigpanel.pipeline.feedback import make_outbox, refuse_outbox
from sigpanel.pipeline.intact import whole
from sigpanel.pipeline.make import make
from sigpanel.pipeline.request_filled import hold_none_filled
from sigpanel.pipeline.review import places_of
from sigpanel.pipeline.withdraw import pending
from sigpanel.review import own_episodes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigpanel.audit import Standing
    from sigpanel.contracts.approvals import Approval
    from sigpanel.extracts.open import Extract
    from sigpanel.key import Key
    from sigpanel.pipeline.make import Made
    from sigpanel.pipeline.study import Study

_PURPOSE = "extract-persons"


@dataclass(frozen=True)
class Requested:
    """The lists that were written: of each the file, its persons, and those without a readable code.

    `n_asked` of `n_persons` in the extract stand in a list; of the others no workbook tells any more.
    """

    extract_id: str
    lists: tuple[tuple[Path, int, int], ...]
    n_persons: int
    n_asked: int
    by: dt.date


def request(
    study: Study, said: str, *, today: dt.date, to: str | None = None, by: dt.date | None = None, key: Key | None = None
) -> Requested:
    """Write the lists of an extract.

    Args:
        study: the study.
        said: the extract's id, or its approval.
        today: the day.
        to: whom the lists go to, in Swedish; whom the data owner says if not given.
        by: the last day for it; eight weeks from today if not given.
        key: the owner's, for tests and of a demo study; else the file that is set is read.

    Raises:
        UsageError: the last day has been.
        InputError: there is no such extract, its release is gone or damaged, or the study cannot be built.
        PolicyError: the extract has ended or lost its salt, a key is another than it must be, or the approval covers no
            delivery or is not in force.
    """
    if by and by < today:
        raise UsageError(
            "request-by-past",
            f"The last day for the numbers, {by}, lies before today, {today}.",
            remedy=f"Give a later one with --by, or leave it out: then it is in {facts().request.weeks} weeks.",
        )
    refuse_outbox(study.outbox, study)
    owners = key or owner_key(study)
    with working(study), lock(study.panel):
        extract_id = _extract_id(said)
        standing = known_of(study, extract_id)[extract_id]
        if standing.state.word != "live":
            raise refusals.refused("requested", standing)
        same_key(study, owners)
        _refuse_pending(study, owners)
        extract = open_issued(folder_of(study, extract_id), today=today)
        approval = read_approval(extract.path / APPROVAL)
        _hold_covers(approval, today)
        ids = _ids_of(study, extract, approval, _extract_key(study, extract, approval))
        made = make(study, owners, remembered_of(study))
        asked = _asked(made, ids)
        told = Told(
            extract_id, approval.register_number, approval.purpose.sv,
            by or today + dt.timedelta(weeks=facts().request.weeks), to or facts().request.to,
        )  # fmt: skip
        lists = write_lists(asked, told)
        _write(study, standing, lists, today, asked["person_id"].unique().to_list())
    written = tuple((study.outbox / one.file, one.n_persons, one.n_unreadable) for one in lists.values())
    return Requested(extract_id, written, ids["person_id"].n_unique(), asked["person_id"].n_unique(), told.by)


def _extract_id(said: str) -> str:
    if vocabulary().subjects["extract"].pattern.fullmatch(said):
        return said
    return read_approval(find_approval(said)).extract_id


def _refuse_pending(study: Study, owners: Key) -> None:
    if pending(study, owners):
        raise PolicyError(
            "withdrawal-pending",
            "Somebody has withdrawn, and the live release was made before that.",
            remedy="Run `sigpanel withdraw --finish`, and ask again.",
        )


def _hold_covers(approval: Approval, today: dt.date) -> None:
    require_in_force(approval, today)
    if not approval.registers.sources:
        raise PolicyError(
            "followup-not-approved",
            f"The approval of {approval.extract_id} covers no delivery of a register, so nobody is asked for numbers.",
            remedy="If the ethics approval does, name them under `registers` in the next version of the approval's "
            "file, and issue that.",
        )


# --- from codes to the extract's ids ----------------------------------------------------------------------------------


def _extract_key(study: Study, extract: Extract, approval: Approval) -> Key:
    managers, _ = manager_key(study)
    if managers.key_id != extract.manifest["key_id"]:
        raise refusals.another_key(extract.extract_id)
    return managers.salted(salts.read_salt(study.manager_key_file(), approval.salt_name), approval.key_info)


def _ids_of(study: Study, extract: Extract, approval: Approval, key: Key) -> pl.DataFrame:
    """The extract's id of each episode of a person in it: `episode_id, person_id`."""
    try:
        panel = open_panel(study.panel, str(extract.manifest["release"]))
    except InputError:
        raise InputError(
            "followup-release-gone",
            f"The release that {extract.extract_id} was cut from is not there any more, and with it whose its ids are.",
            remedy="Issue the next version of the approval, from the live release, and ask for that one.",
        ) from None
    whole(panel)
    persons = project_of(extract.path, extract.manifest, extract).persons
    whose = panel.episodes.select("episode_id", pl.col(person_column(approval.identity)).alias("person_id")).collect()
    own = whose.with_columns(key.pseudonyms(_PURPOSE, whose["person_id"]).alias("person_id"))
    return own.filter(pl.col("person_id").is_in(list(persons)))


def _asked(made: Made, ids: pl.DataFrame) -> pl.DataFrame:
    """What each place is asked, by what it has itself reported of an episode: `ASKED`."""
    episodes = made.episodes.join(ids, on="episode_id", maintain_order="left")
    places = places_of(made)
    is_pilot = pl.col("programme") == cohort().programme
    reported = episodes.filter(~is_pilot)
    by_place = [episodes.filter(is_pilot).with_columns(pl.lit(PILOT).alias("place"))]
    by_place += [
        own_episodes(reported, places, district).with_columns(pl.lit(district).alias("place"))
        for district in reported["district"].drop_nulls().unique().sort()
    ]
    told = pl.concat([each.select("episode_id") for each in by_place])
    left = reported.join(told, on="episode_id", how="anti").with_columns(pl.lit(OWNER).alias("place"))
    return pl.concat([each.select(pl.col(n).cast(t) for n, t in ASKED.items()) for each in (*by_place, left)])


# --- files ------------------------------------------------------------------------------------------------------------


def _write(study: Study, standing: Standing, lists: dict[str, List], today: dt.date, persons: Sequence[str]) -> None:
    make_outbox(study.outbox)
    study.outbox.chmod(durable.PRIVATE_FOLDER)
    pattern = facts().request.file.format(extract=standing.extract_id, place="*")
    there = sorted(study.outbox.glob(pattern))
    hold_none_filled(study.outbox, there, persons)
    note(extracts_log(study), on=today, event="requested", subject=standing.extract_id)
    for one in lists.values():
        try:
            with durable.replaced_file(study.outbox / one.file, durable.PRIVATE) as stream:
                stream.write(one.workbook)
        except OSError:
            raise InputError(
                "request-not-written",
                "A list cannot be written into owner/outbox.",
                remedy="See that the folder may be written to, and that no list is open in Excel. Then run it again.",
            ) from None
    for path in there:
        if path.name not in {one.file for one in lists.values()}:
            path.unlink()
