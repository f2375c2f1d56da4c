"""Write what deliveries became into the extract's folder `followup`: whole, or not at all.

    outcomes.parquet, outcome_years.parquet, coverage.parquet, searched.parquet
    delivered/<kind>.parquet     the deliveries as they came, with register and version of each row
    codebook.csv                 every column of these
    manifest.json, SHA256SUMS    whose they are, and of which deliveries; for `sha256sum --check`

The extract's own files stay byte for byte what they are. Everything is written beside first and then takes the place of
what was there. The same deliveries, in whatever order they came, give the same bytes: there is no clock and no path.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError
from sigpanel.followup.codebook import codebook
from sigpanel.followup.layout import BEFORE, CODEBOOK, DELIVERED, FOLLOWUP, MANIFEST, SUMS, UNFINISHED
from sigpanel.followup.outcomes import coverage, outcomes, searched
from sigpanel.followup.years import outcome_years
from sigpanel.panel import durable
from sigpanel.panel.manifest import pretty
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sigpanel.followup.held import Taken
    from sigpanel.followup.project import Project


def tables_of(taken: Sequence[Taken]) -> dict[str, pl.DataFrame]:
    """The tables that deliveries become, by name."""
    events, covered, asked = outcomes(taken), coverage(taken), searched(taken)
    return {
        "outcomes": events,
        "outcome_years": outcome_years(taken, events, covered, asked),
        "coverage": covered,
        "searched": asked,
    }


def delivered_of(taken: Sequence[Taken]) -> dict[str, pl.DataFrame]:
    """The deliveries by kind, with register and version; `searched` also with the kind that it came with."""
    made: dict[str, list[pl.DataFrame]] = {}
    for each in taken:
        said = [pl.lit(each.coverage.source).alias("source"), pl.lit(each.coverage.version).alias("version")]
        made.setdefault(each.kind, []).append(each.frame.select(*said, pl.all()))
        asked = each.searched.select(pl.lit(each.kind).alias("kind"), *said, pl.all())
        made.setdefault("searched", []).append(asked)
    return {
        name: pl.concat(made[name]).sort(
            *(["kind"] if name == "searched" else []), "source", "version", *delivery(name).key
        )
        for name in sorted(made)
    }


def write_followup(project: Project, taken: Sequence[Taken], note: Callable[[str], object]) -> str:
    """Put what deliveries became in the place of what was there, and return the SHA-256 of its manifest.

    Args:
        project: whose they are.
        taken: every delivery that there is now.
        note: is told the SHA-256 when all is written and nothing is in its place yet: the log first, then the deed.

    Raises:
        InputError: it cannot be written there.
    """
    unfinished = project.folder / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    # Whatever goes wrong, a fault of ours too, nothing half made stays behind.
    try:
        try:
            digest = _fill(unfinished, project, taken)
        except OSError:
            raise _not_written(project) from None
        note(digest)
        _put(unfinished, project.folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return digest


def _not_written(project: Project) -> InputError:
    return InputError(
        "followup-not-written",
        f"The folder of {project.extract_id} cannot be written to. Nothing was taken in.",
        remedy="See that it may be written to, and that the disk is not full.",
    )


def _fill(folder: Path, project: Project, taken: Sequence[Taken]) -> str:
    durable.make_folders(folder / DELIVERED, durable.SHARED_FOLDER)
    said = {"extract": project.extract_id, "followup": facts().version}
    tables, delivered = tables_of(taken), delivered_of(taken)
    named = {name: f"{name}.parquet" for name in tables} | {
        name: f"{DELIVERED}/{name}.parquet" for name in delivered if name not in tables
    }
    files = {f"{name}.parquet": frame for name, frame in tables.items()}
    files |= {f"{DELIVERED}/{name}.parquet": frame for name, frame in delivered.items()}
    for name, frame in files.items():
        with durable.new_file(folder / name, durable.SHARED) as file:
            write_parquet(frame, file, said)
    _bytes(folder / CODEBOOK, codebook(name for name in named if name not in tables).write_csv().encode())
    manifest = pretty(_manifest(project, taken, named))
    _bytes(folder / MANIFEST, manifest)
    sums = {name: _sha256((folder / name).read_bytes()) for name in sorted([*files, CODEBOOK, MANIFEST])}
    _bytes(folder / SUMS, "".join(f"{told}  {name}\n" for name, told in sums.items()).encode())
    durable.sync_folder(folder / DELIVERED)
    durable.sync_folder(folder)
    return _sha256(manifest)


def _manifest(project: Project, taken: Sequence[Taken], named: Mapping[str, str]) -> dict[str, object]:
    """Whose it is, and of which deliveries; no number of rows or persons."""
    return {
        "extract_id": project.extract_id,
        "release": project.release,
        "valid_to": project.valid_to,
        "followup_version": facts().version,
        "tables": dict(named),
        "deliveries": [
            {"kind": each.kind, "contract_version": delivery(each.kind).version}
            | {name: str(told) if name.endswith("_on") else told for name, told in asdict(each.coverage).items()}
            for each in taken
        ],
    }


def _put(unfinished: Path, extract: Path) -> None:
    place, before = extract / FOLLOWUP, extract / BEFORE
    if place.exists():
        shutil.rmtree(before, ignore_errors=True)
        place.rename(before)
    unfinished.rename(place)
    durable.sync_folder(extract)
    shutil.rmtree(before, ignore_errors=True)


def _bytes(path: Path, content: bytes) -> None:
    with durable.new_file(path, durable.SHARED) as file:
        file.write(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
