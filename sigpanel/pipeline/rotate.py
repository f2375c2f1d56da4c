"""How a panel passes to another key, in four cases; which of them fits is told by `sigpanel key rotate`.

    extract      an extract is to have other ids: it is issued under a new version, and no key changes
    rebuild      the workbooks are at hand: the next release is built from them under the new key, and a bridge from old
                 ids to new ones carries decisions, corrections and withdrawals over
    rekey        they are not: the live release's ids are replaced, each by one that the new key makes of it. Nobody can
                 build on it: codes cannot be compared with those of workbooks that come later
    compromise   somebody else may have the key: rebuild or rekey; then what stands under the old key goes, and the
                 extracts that are out are listed for recall

The new release is live before anything old goes, and whatever stops a rotation before that stops it with nothing done.
Persons are the same before and after, or nothing is published. Rotating does not part who has the old release from the
new one: its rows say the same things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from sigpanel import key as keys
from sigpanel.contracts.described import stamp
from sigpanel.contracts.tables import table
from sigpanel.errors import InputError, PolicyError
from sigpanel.forms import variables
from sigpanel.panel import layout, open_panel, registry
from sigpanel.panel.lock import lock
from sigpanel.panel.open import live_manifest
from sigpanel.panel.release import write
from sigpanel.pipeline.bridge import (
    ID,
    bridge_of_decisions,
    id_columns,
    ids_of,
    mapping,
    plain_bridge,
    recorded_bridge,
    recording,
)
from sigpanel.pipeline.build import publish
from sigpanel.pipeline.carry import FILES, Finished, begun, extracts_out, finish, unfinished
from sigpanel.pipeline.custody import REKEYED, manager_key, owner_key, remembered_of, same_key
from sigpanel.pipeline.intact import damaged
from sigpanel.pipeline.make import make
from sigpanel.pipeline.manifest import rekeyed_manifest
from sigpanel.pipeline.report import write_reports
from sigpanel.pipeline.review import hold_lists_taken
from sigpanel.pipeline.verify import hold_tables, refusals_told, tables_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.panel.lock import Lock
    from sigpanel.panel.open import Panel
    from sigpanel.pipeline.make import Made
    from sigpanel.pipeline.study import Study

CASES: Final = ("extract", "rebuild", "rekey", "compromise", "finish")
_PERSONS: Final = ("person_id", "person_id_strict", "person_id_wide")


@dataclass(frozen=True)
class Rotated:
    """What a rotation did.

    Attributes:
        key_id: of the key that the panel is under now.
        previous_key_id: of the one that it was under; null where a rotation was finished.
        n_persons: the persons of the release, the same as before.
        n_forgotten: episodes that no workbook reports any more: what they are known by is not known to the new key, so
            a workbook that comes back would give them new ids.
        finished: what was done once the release was live.
        on: the day.
    """

    key_id: str
    previous_key_id: str | None
    n_persons: int
    n_forgotten: int
    finished: Finished
    on: dt.date


def rebuild(study: Study, new_file: Path, *, today: dt.date, is_compromise: bool = False) -> Rotated:
    """Build the next release from the workbooks, under a new key.

    Args:
        study: the study, in whose settings the old key is still the one that is set.
        new_file: the new key file.
        today: the day.
        is_compromise: whether what stands under the old key is to go.

    Raises:
        InputError: there is no release, the study cannot be built, a review list holds answers that were not taken, or
            persons would not be the same.
        PolicyError: a key is not safe, the old one is not the live release's, or the new one is no new one.
    """
    new = keys.load(new_file, forbidden=study.forbidden_for_keys)
    old = owner_key(study)
    with lock(study.panel) as held:
        same_key(study, old)
        _hold_new(study, new)
        hold_lists_taken(study, old)
        remembered = remembered_of(study)
        recorded = recording(old)
        made = make(study, recorded, remembered)
        bridge = recorded_bridge(recorded, new, made.registry["episode_id"])
        known = registry.under_other_ids(made.registry, mapping(bridge))
        decided = bridge_of_decisions(made.decided.in_force, made.episodes, old, new, mapping(bridge))
        bridge = pl.concat([bridge, decided])
        with begun(study, bridge, _coming(study), new.key_id, is_compromise=is_compromise) as carried:
            anew = make(carried, new, known)
            _hold_persons(made, anew, mapping(bridge))
            built = publish(carried, new, anew, known, held, {"previous_key_id": old.key_id})
        finished = finish(study)
    n_forgotten = made.registry["episode_id"].n_unique() - made.episodes.height
    return Rotated(new.key_id, old.key_id, built.tables["persons"].height, n_forgotten, finished, today)


def rekey(study: Study, new_file: Path, *, today: dt.date, is_compromise: bool = False) -> Rotated:
    """Give the live release new ids under a new key, without workbooks; the old key is not needed.

    Args:
        study: the study.
        new_file: the new key file.
        today: the day.
        is_compromise: whether what stands under the old key is to go.

    Raises:
        InputError: there is no release, it is damaged, or it keeps another contract than this sigpanel's.
        PolicyError: the key is not safe or no new one, or the workbooks are there.
    """
    new = keys.load(new_file, forbidden=study.forbidden_for_keys)
    if any(path.is_file() for path in study.submissions.rglob("*")):
        raise PolicyError(
            "rekey-with-workbooks",
            "There are workbooks in owner/submissions, and after a rekeying nothing can be built of them.",
            remedy="Run `sigpanel key rotate rebuild`. If they are not those that the release was made of, put them "
            "into a study of their own.",
        )
    with lock(study.panel) as held:
        _hold_new(study, new)
        panel = _whole(study)
        remembered = registry.read_live(study.panel, study.registry)
        if remembered is None:  # there is a release, so there is a registry, or reading it was refused
            remembered = pl.DataFrame(schema=registry.REGISTRY)
        tables = tables_of(panel)
        bridge = plain_bridge(
            [*ids_of(tables), remembered["episode_id"], remembered["person_id"], _named_by_owner(study)],
            remembered["alias"],
            new,
        )
        with begun(study, bridge, _coming(study), new.key_id, is_compromise=is_compromise):
            _release(study, panel, tables, remembered, mapping(bridge), new, held)
        finished = finish(study)
    before = str(panel.manifest["key_id"])
    return Rotated(new.key_id, before, tables["persons"].height, 0, finished, today)


def finish_rotation(study: Study, *, today: dt.date) -> Rotated:
    """Go on where a rotation was interrupted after its release went live.

    Raises:
        InputError: none was.
    """
    with lock(study.panel):
        finished = finish(study)
    panel = open_panel(study.panel)
    write_reports(study)
    n_persons = panel.persons.select(pl.len()).collect().item()
    return Rotated(str(panel.manifest["key_id"]), None, n_persons, 0, finished, today)


def managers_compromised(study: Study) -> tuple[str, tuple[str, ...]]:
    """The id of the manager's key that is not to be used any more, and the extracts to recall.

    Raises:
        InputError, PolicyError: no manager's key is set, or it is not safe.
    """
    return manager_key(study)[0].key_id, extracts_out(study)


# --- before anything is written ---------------------------------------------------------------------------------------


def _hold_new(study: Study, new: keys.Key) -> None:
    if layout.current(study.panel) is None:
        raise InputError(
            "nothing-to-rotate",
            "There is no release yet, so there is nothing that could pass to another key.",
            remedy="Set the new key, and build.",
        )
    if unfinished(study):
        raise PolicyError(
            "rotation-unfinished",
            "A rotation was interrupted after its release went live.",
            remedy="Run `sigpanel key rotate finish` first.",
        )
    if live_manifest(study.panel).get("key_id") == new.key_id:
        raise PolicyError(
            "key-not-new",
            "The live release is under that key already.",
            remedy="Make a new one: `sigpanel key new FILE`, and name it by --to.",
        )


def _coming(study: Study) -> str:
    return layout.release_name(layout.upcoming(study.panel))


def _hold_persons(made: Made, anew: Made, new_of: Mapping[str, str]) -> None:
    """Episodes must be one person's after it exactly where they were before, under each of the three ids."""
    before, after = (each.resolved.episodes.select("episode_id", *_PERSONS) for each in (made, anew))
    before = before.with_columns(pl.col("episode_id").replace_strict(new_of, default=None))
    first = [pl.col("episode_id").min().over(name).alias(name) for name in _PERSONS]
    said = [each.select("episode_id", *first).sort("episode_id") for each in (before, after)]
    if not said[0].equals(said[1]):
        raise InputError(
            "rotation-persons-differ",
            "Under the new key episodes would be joined to persons otherwise than before, so nothing was published.",
            remedy="Build once with the old key, so that the live release knows every workbook, and rotate again. If "
            "it is refused still, please report it.",
        )


def _whole(study: Study) -> Panel:
    panel = open_panel(study.panel)
    if found := sorted({one.name for one in damaged(panel)}):
        raise InputError(
            "release-damaged",
            f"Files of release {panel.release} are not those that were written: {', '.join(found)}.",
            remedy="Bring the release back from a backup.",
        )
    if not stamp().items() <= panel.manifest.items():
        raise InputError(
            "rekey-of-another-contract",
            f"Release {panel.release} keeps another version of the panel's contract than this sigpanel writes.",
            remedy="Rekey with the sigpanel that made it, whose version is in its manifest.json.",
        )
    return panel


def _named_by_owner(study: Study) -> pl.Series:
    """The ids in the owner's files: also of workbooks and persons of whom the release holds nothing."""
    paths = (study.root / name for name in FILES)
    found = {token.decode() for path in paths if path.is_file() for token in ID.findall(path.read_bytes())}
    return pl.Series(sorted(found), dtype=pl.String)


# --- a release under other ids ----------------------------------------------------------------------------------------


def _release(
    study: Study,
    panel: Panel,
    tables: Mapping[str, pl.DataFrame],
    remembered: pl.DataFrame,
    new_of: Mapping[str, str],
    new: keys.Key,
    held: Lock,
) -> None:
    """Write the live release anew, under the other ids."""
    renamed = {name: _renamed(name, frame, new_of) for name, frame in tables.items()}
    with refusals_told(study):
        hold_tables(renamed)
    known = registry.under_other_ids(remembered, new_of)
    intake = registry.read_intake(study.registry)
    anew = intake.with_columns(pl.col("submission_id").replace_strict(new_of, default=None)).drop_nulls()
    registry.write_intake(study.registry, pl.concat([intake, anew]).unique())
    told: dict[str, Any] = {**rekeyed_manifest(panel.manifest, new_of, known, new), REKEYED: True}
    release = write(
        renamed,
        told,
        known,
        quality=panel.linkage_quality,
        codebook=panel.variables,
        variables=variables(),
        panel_dir=study.panel,
        registry_dir=study.registry,
        held=held,
    )
    write_reports(study, release)


def _renamed(name: str, frame: pl.DataFrame, new_of: Mapping[str, str]) -> pl.DataFrame:
    """A table under the other ids. Persons are numbered anew: by their numbers they would be known again."""
    columns = id_columns()[name]
    renamed = frame.with_columns(pl.col(columns).replace_strict(new_of, return_dtype=pl.String))
    if "person_no" not in {column.name for column in table(name).columns}:
        return renamed
    number = pl.col("person_id").rank("ordinal").cast(pl.Int32)
    return renamed.with_columns(number.alias("person_no"))
