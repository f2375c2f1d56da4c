"""Build a release from everything in the study: make it, hold it together, write it, and only then let it be live.

The lock is held from before the registry is read until the release is live. Who has withdrawn is in no table of it but
as rows of the ledger; older releases are `withdraw`'s to deal with. Whatever stops a build stops it before
anything is written, and the live release stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel import key as keys
from sigpanel.contracts.linkage import linkage, linkage_digest
from sigpanel.forms import variables
from sigpanel.panel import registry
from sigpanel.panel.assemble import assemble
from sigpanel.panel.codebook import codebook
from sigpanel.panel.lock import lock
from sigpanel.panel.release import write
from sigpanel.persons.quality import quality
from sigpanel.pipeline.custody import remembered_of, same_key
from sigpanel.pipeline.key_ids import still_told_of_keys
from sigpanel.pipeline.make import Made, make
from sigpanel.pipeline.manifest import cohort_digest, manifest
from sigpanel.pipeline.overview import Overview, overview
from sigpanel.pipeline.references import compared
from sigpanel.pipeline.remember import files
from sigpanel.pipeline.report import write_reports
from sigpanel.pipeline.verify import hold_tables, refusals_told
from sigpanel.pipeline.withdrawn import withdrawals_digest
from sigpanel.report.figures import published

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.decisions import Decided
    from sigpanel.panel.lock import Lock
    from sigpanel.pipeline.study import Study


@dataclass(frozen=True)
class Built:
    """A finished build: the release, its tables, and what a person wants to see first.

    `apart` are the cells, by file, of codes that two episodes share which cannot be one person's: only a build finds
    them, and they concern several districts, so the data owner is told and nobody else. `decisions_not_used` has a line
    for each decision on a link that is suspended, or about an episode that is not there.
    """

    release: str
    tables: dict[str, pl.DataFrame]
    overview: Overview
    quality: dict[str, Any]
    reports: tuple[Path, ...]
    apart: dict[str, list[str]]
    decisions_not_used: tuple[str, ...]


def build(study: Study, key: keys.Key | None = None) -> Built:
    """Build the next release.

    Args:
        study: the study.
        key: the key, for the demonstration; else the file that is set is read.

    Raises:
        InputError: no key, a file outside a year, a refused workbook, or two workbooks for one place.
        PolicyError: the key is not safe, or is not the one of the live release.
    """
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    with lock(study.panel) as held:
        same_key(study, key)
        remembered = remembered_of(study)
        return publish(study, key, make(study, key, remembered), remembered, held)


def publish(
    study: Study,
    key: keys.Key,
    made: Made,
    remembered: pl.DataFrame | None,
    held: Lock,
    told_too: Mapping[str, object] = MappingProxyType({}),
) -> Built:
    """Write what was made as the next release, and let it be live.

    Args:
        study: the study.
        key: its key.
        made: of `make`, with the key and what was remembered.
        remembered: the registry that it was made with.
        held: the panel's lock, held since before the registry was read.
        told_too: what the manifest says besides.

    Raises:
        ContractFault: the release would break its contract.
    """
    with refusals_told(study):
        tables = assemble(made.material)
        hold_tables(tables)
    told = _quality(made)
    # Before the release is live, and with the ids of earlier ones kept: at no moment does a live id lack its file.
    registry.write_intake(study.registry, files(study, made.material.workbooks, made.names))
    made_from = manifest(
        tables,
        key_id=key.key_id,
        settings_digest=study.settings.digest(),
        declared=made.said.by_id(made.ids()),
        decided={
            "corrections_digest": _digest(made, key),
            "decisions_digest": _decisions_digest(made.decided, key),
            "cohort_digest": cohort_digest(made.material.pilot, key),
            "withdrawals_digest": withdrawals_digest(made.withdrawals, key),
            "n_withdrawals": len(made.withdrawals.all),
        },
        resends=made.resends(),
        remembered=remembered,
    )
    release = write(
        tables,
        {**made_from, **still_told_of_keys(study), **told_too},
        made.registry,
        quality=published(told, study.settings.threshold),
        codebook=codebook(tables["submissions"]["edition"].drop_nulls().unique().sort().to_list()),
        variables=variables(),
        panel_dir=study.panel,
        registry_dir=study.registry,
        held=held,
    )
    reports = write_reports(study, release)
    pilot = made.material.pilot.filter(~pl.col("episode_id").is_in(made.material.gone.episodes.implode()))
    seen = overview(tables, made.grid, made.resends(), compared(pilot))
    return Built(release, tables, seen, told, reports, _apart(made), tuple(made.decided.told()))


def _quality(made: Made) -> dict[str, Any]:
    """How good the linkage is, with what it was made by, so that the figures stand on their own."""
    parameters = {"version": linkage().version, "digest": linkage_digest(), "accept": dict(linkage().accept)}
    return {"parameters": parameters, **quality(made.episodes, made.resolved)}


def _apart(made: Made) -> dict[str, list[str]]:
    found = made.material.findings.filter(rule="same_code_contradicts").sort("submission_no", "row")
    cells = found.group_by("submission_no", maintain_order=True).agg("cell")
    return {made.names[number]: places for number, places in cells.iter_rows()}


def _digest(made: Made, key: keys.Key) -> str | None:
    """A keyed digest of what the corrections change: they hold answers, of which a plain digest would tell."""
    if not made.corrections.all:
        return None
    ids = made.ids()
    names = {name: ids[number] for number, name in made.names.items() if number in ids}
    meaning = made.corrections.meaning(names | {name: name for name in ids.values()})
    return key.pseudonym("decisions", json.dumps(meaning))


def _decisions_digest(decided: Decided, key: keys.Key) -> str | None:
    """A keyed digest of the decisions on links that are in force."""
    meaning = decided.meaning()
    return key.pseudonym("decisions", json.dumps(meaning)) if meaning else None
