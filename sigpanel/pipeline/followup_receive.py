"""Receive a delivery: in the study, or wherever an extract lies.

    receive_in_study(study, "demo-followup-v1", folder, today=today)
    receive_alone(Path("demo-followup-v1"), folder, today=today)

Both do the same to the extract's folder (`sigpanel.followup`), for the ids are told by the extract itself. In the study
there is more to hold a delivery against: the log, which then tells that something was received, the extract's files as
they were issued, ids of other extracts, and whether somebody in it has withdrawn. Where register data may not leave
their holder's environment, the second runs there, on a copy of the extract, and no log tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import audit
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.extracts import open_issued
from sigpanel.followup.layout import FOLLOWUP, MANIFEST
from sigpanel.followup.project import project_of
from sigpanel.followup.receive import Received, receive
from sigpanel.followup.sent import COVERAGE
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import FILE, extracts_dir, extracts_log, note
from sigpanel.pipeline.extract_hold import at, folder_of
from sigpanel.pipeline.recall import is_before_withdrawals, withdrawn_in
from sigpanel.pipeline.study import open_study
from sigpanel.tables import protected

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sigpanel.audit import Standing
    from sigpanel.pipeline.extract_record import Found
    from sigpanel.pipeline.study import Study


@dataclass(frozen=True)
class TakenIn:
    """A delivery that was received.

    Attributes:
        received: what became of it.
        is_logged: whether a log tells of it.
        is_before_withdrawals: somebody has withdrawn since the extract was cut, who may be in it.
    """

    received: Received
    is_logged: bool
    is_before_withdrawals: bool = False


def receive_said(root: Path, said: str, folder: Path, *, today: dt.date, is_less_meant: bool = False) -> TakenIn:
    """Receive a delivery for an extract that is told by its id, or by the folder in which it lies.

    Args:
        root: the study's folder, if there is one.
        said: the extract's id, or its folder.
        folder: the delivery.
        today: the day.
        is_less_meant: whether a version is right that holds far less than what it takes the place of.

    Raises:
        UsageError: no extract is named by it, or there is neither such a study nor such a folder.
        InputError, PolicyError: as `receive_in_study` and `receive_alone`.
    """
    is_id = vocabulary().subjects["extract"].pattern.fullmatch(said) is not None
    place = Path(said).resolve()
    try:
        study = open_study(root)
    except UsageError:
        study = None
    if study and is_id and not place.is_dir():
        return receive_in_study(study, said, folder, today=today, is_less_meant=is_less_meant)
    if study and place.parent == extracts_dir(study).resolve():
        return receive_in_study(study, place.name, folder, today=today, is_less_meant=is_less_meant)
    _hold_named(place, is_id=is_id, has_study=study is not None)
    return receive_alone(place, folder, today=today, is_less_meant=is_less_meant)


def _hold_named(place: Path, *, is_id: bool, has_study: bool) -> None:
    """Refuse what names no extract, with how one is named here; what was given is not repeated."""
    if (place / MANIFEST).exists():
        return
    if not place.is_dir() and is_id:
        what = "There is no study here that could have issued the extract, and no folder of that name."
        how = "Give the study that issued it: `--study DIR`. Where there is none, give the folder of the extract."
    elif not place.is_dir():
        what = "What was given for the extract is neither an id nor a folder."
        how = "An id ends with its version, such as our-study-v1"
        how += ": `sigpanel extract list` shows those of the study." if has_study else "; give --study DIR beside it."
    elif (place / COVERAGE).exists():
        what = "The folder that was given for the extract holds a delivery."
        how = "Give the extract first, and the folder of the delivery after it."
    else:
        what = "The folder that was given for the extract holds none."
        how = "Give the id of the extract and its study (`--study DIR`), or the folder in which its manifest.json lies."
    raise UsageError("extract-not-named", what, remedy=how)


def receive_in_study(
    study: Study, extract_id: str, folder: Path, *, today: dt.date, is_less_meant: bool = False
) -> TakenIn:
    """Receive a delivery for an extract of a study.

    Raises:
        UsageError: there is no such folder.
        InputError: the log knows no such extract, its files are not whole, or the delivery is refused.
        PolicyError: it has ended, holds somebody who has withdrawn, or its approval does not cover the delivery.
    """
    with at(study, extract_id) as (known, there):
        standing = known[extract_id]
        if audit.after("received", standing) is None:
            raise refusals.refused("received", standing)
        _hold_whole(extract_id, there)
        place = folder_of(study, extract_id)
        is_unsure = _hold_nobody_withdrew(study, extract_id, place, there)
        extract = open_issued(place, today=today)
        project = project_of(place, extract.manifest, extract)

        def tell(digest: str) -> None:
            if digest != standing.received:
                note(extracts_log(study), on=today, event="received", subject=extract_id, digest=digest)

        received = receive(
            project,
            folder,
            today=today,
            other_ids=_other_ids(study, known, extract_id),
            note=tell,
            protect=partial(protected, threshold=study.settings.threshold),
            is_less_meant=is_less_meant,
        )
    return TakenIn(received, is_logged=True, is_before_withdrawals=is_unsure)


def receive_alone(place: Path, folder: Path, *, today: dt.date, is_less_meant: bool = False) -> TakenIn:
    """Receive a delivery for an extract without its study, as in a register holder's environment.

    Raises:
        UsageError: there is no such folder.
        InputError: there is no extract there, or the delivery is refused.
        PolicyError: the extract lies in a study, has ended, or its approval does not cover the delivery.
    """
    extract = open_issued(place, today=today)
    if (place.resolve().parent / FILE).is_file():
        raise PolicyError(
            "followup-in-study",
            "The extract lies beside a log that is to tell what it received.",
            remedy=f"Name the study: `sigpanel followup receive {extract.extract_id} FOLDER --study DIR`.",
        )
    project = project_of(place, extract.manifest, extract)
    return TakenIn(receive(project, folder, today=today, is_less_meant=is_less_meant), is_logged=False)


def _hold_whole(extract_id: str, there: Found) -> None:
    """The extract's own files; those of earlier deliveries are held where they are read."""
    odd = [name for name in (*there.missing, *there.changed) if not name.startswith(f"{FOLLOWUP}/")]
    if odd or there.record is None:
        raise InputError(
            "extract-damaged",
            f"The files of {extract_id} here are not as they were issued, and nothing was taken in.",
            remedy=f"Bring research/extracts/{extract_id} back from a backup, or issue it again.",
        )


def _hold_nobody_withdrew(study: Study, extract_id: str, place: Path, there: Found) -> bool:
    """Refuse to add to what is to be called back, and tell whether that cannot be known here."""
    try:
        hold, unsure = withdrawn_in(study, place)
    except (SigpanelError, OSError):  # the owner's room may not be read here
        hold, unsure = [], []
        if there.record is not None and is_before_withdrawals(study, there.record.release):
            unsure = [extract_id]
    if hold:
        raise PolicyError(
            "extract-holds-withdrawn",
            f"The extract {extract_id} holds somebody who has withdrawn, and nothing is added to it.",
            remedy=f"Call it back (`sigpanel extract recall {extract_id} --reason withdrawal`), issue the next "
            "version, and ask the holder for a delivery under its ids.",
        )
    return bool(unsure)


def _other_ids(study: Study, known: Mapping[str, Standing], extract_id: str) -> set[str]:
    """The ids of persons in the study's other extracts, as far as their data lie here."""
    found: set[str] = set()
    for other in known:
        if other == extract_id or not known[other].state.has_files:
            continue
        for path in sorted(folder_of(study, other).glob("*.parquet")):
            try:
                frame = pl.scan_parquet(path, glob=False)
                if "person_id" in frame.collect_schema().names():
                    found |= {*frame.select("person_id").collect()["person_id"].drop_nulls()}
            except (pl.exceptions.PolarsError, OSError):
                continue
    return found
