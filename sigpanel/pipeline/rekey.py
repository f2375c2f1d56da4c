"""The live release under other ids and a new key, where its workbooks are deleted.

Each id is replaced by one that the new key makes of it, in tables, manifest and registry, and persons are numbered
anew. The old key is not needed. What the registry knows episodes by was made with it, of workbooks that are gone, so
the new release is the last of its line: nothing can be built on it, and its manifest says so.

The release is held whole, and against the very contract that we write, before anything of it is written anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel import key as keys
from sigpanel.contracts.described import stamp
from sigpanel.contracts.tables import table
from sigpanel.errors import InputError, PolicyError
from sigpanel.forms import variables
from sigpanel.panel import open_panel, registry
from sigpanel.panel.lock import lock
from sigpanel.panel.release import write
from sigpanel.pipeline.bridge import ID, id_columns, ids_of, mapping, plain_bridge
from sigpanel.pipeline.carry import FILES, begun, finish
from sigpanel.pipeline.custody import REKEYED
from sigpanel.pipeline.intact import whole
from sigpanel.pipeline.key_ids import told_of_keys
from sigpanel.pipeline.manifest import rekeyed_manifest
from sigpanel.pipeline.report import write_reports
from sigpanel.pipeline.rotate import Rotated, coming, followed, hold_new, noted
from sigpanel.pipeline.verify import hold_tables, refusals_told, tables_of
from sigpanel.pipeline.withdrawn import withdrawals_digest, withdrawals_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.panel.lock import Lock
    from sigpanel.panel.open import Panel
    from sigpanel.pipeline.study import Study


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
        hold_new(study, new, today)
        panel = _whole(study)
        remembered = registry.read_live(study.panel, study.registry)
        if remembered is None:  # there is a release, so there is a registry, or reading it was refused
            remembered = pl.DataFrame(schema=registry.REGISTRY)
        tables = tables_of(panel)
        bridge = plain_bridge(
            [*ids_of(tables), remembered["episode_id"], remembered["person_id"], _named(study, remembered["alias"])],
            remembered["alias"],
            new,
        )
        before = str(panel.manifest["key_id"])
        ids = (before, new.key_id)
        with begun(study, bridge, coming(study), ids, is_compromise=is_compromise) as carried:
            _release(carried, panel, tables, remembered, mapping(bridge), new, held)
        finished = finish(study)
    untold = noted(study, finished, "rekey", today, is_compromise=is_compromise)
    left, n_persons = followed(study, new_file), tables["persons"].height
    return Rotated(new.key_id, before, n_persons, 0, finished, left, today, untold, is_rekeyed=True)


def _whole(study: Study) -> Panel:
    panel = whole(open_panel(study.panel))
    if not stamp().items() <= panel.manifest.items():
        raise InputError(
            "rekey-of-another-contract",
            f"Release {panel.release} keeps another version of the panel's contract than this sigpanel writes.",
            remedy="Rekey with the sigpanel that made it, whose version is in its manifest.json.",
        )
    return panel


def _named(study: Study, aliases: pl.Series) -> pl.Series:
    """The ids in the owner's files and among aliases: some are of workbooks and persons that no table has."""
    paths = (study.root / name for name in FILES)
    texts = [*(path.read_bytes() for path in paths if path.is_file()), "\n".join(aliases).encode()]
    found = {token.decode() for text in texts for token in ID.findall(text)}
    return pl.Series(sorted(found), dtype=pl.String)


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
    told: dict[str, Any] = {
        **rekeyed_manifest(panel.manifest, new_of, known, new),
        **told_of_keys(study),
        REKEYED: True,
    }
    told["withdrawals_digest"] = withdrawals_digest(withdrawals_of(study), new)
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
