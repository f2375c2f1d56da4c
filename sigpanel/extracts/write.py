"""Write the files of an extract to a folder of their own, which is put in its place when all of them are there.

    <table>.parquet      the tables; csv/, sav/ and dta/ too where the approval wants it, with what reads them
    codebook.csv         every column, what it means and what was done to it; codebook.xml the same for archives
    approval.yaml        the approval, all that it says
    EXTRACT.md, UTDRAG.md    for researchers and ethics boards to read
    manifest.json, datapackage.json, SHA256SUMS

The same cut, approval and manifest give the same bytes: there is no clock, no path and no chance in them.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from sigpanel.exports.datapackage import files_of, sums_of
from sigpanel.exports.delimited import csv_bytes
from sigpanel.exports.folder import Described, new
from sigpanel.exports.folder import fill as fill_formats
from sigpanel.extracts.datapackage import datapackage
from sigpanel.extracts.described import described, study_of
from sigpanel.extracts.layout import (
    APPROVAL,
    BEFORE,
    CODEBOOK,
    DATAPACKAGE,
    FOLLOWUP,
    FOLLOWUP_BEFORE,
    MANIFEST,
    READMES,
    SUMS,
)
from sigpanel.extracts.readme import readme
from sigpanel.panel import durable
from sigpanel.panel.datapackage import sha256_of
from sigpanel.panel.manifest import pretty
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from sigpanel.contracts.approvals import Approval

# Of labels in .sav and .dta; the codebook has both.
_LANGUAGE = "sv"


def fill(
    folder: Path,
    tables: Mapping[str, pl.DataFrame],
    approval: Approval,
    told: Mapping[str, Any],
    codebook: pl.DataFrame,
) -> dict[str, Any]:
    """Write an extract's files, and return the manifest as it was written.

    Args:
        folder: a folder that is not there yet.
        tables: as they leave.
        approval: whose extract it is.
        told: the manifest, but for its files.
        codebook: of the extract.
    """
    durable.make_folders(folder, durable.SHARED_FOLDER)
    for name, frame in tables.items():
        said = {"extract": approval.extract_id, "contract_version": str(told["contract_version"])}
        with durable.new_file(folder / f"{name}.parquet", durable.SHARED) as file:
            write_parquet(frame, file, said)
    variables = described(approval)
    tables_described = {name: Described(frame, variables[name]) for name, frame in tables.items()}
    fill_formats(folder, tables_described, approval.formats, study_of(approval), _LANGUAGE)
    new(folder / CODEBOOK, csv_bytes(codebook))
    new(folder / APPROVAL, approval.text.encode())
    for language, name in READMES.items():
        new(folder / name, readme(language, approval, told, codebook).encode())
    files = {path.relative_to(folder).as_posix(): sha256_of(path) for path in files_of(folder)}
    whole = {**told, "files": files}
    new(folder / MANIFEST, pretty(whole))
    new(folder / DATAPACKAGE, pretty(datapackage(folder, whole, variables)))
    new(folder / SUMS, sums_of(folder))
    durable.sync_folder(folder)
    return whole


def publish(issuing: Path, folder: Path) -> None:
    """Put a written extract in its place; of one that lies there already, in its stead."""
    aside = issuing.with_name(f"{issuing.name}{BEFORE}")
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    issuing.rename(folder)
    keep_followup(aside, folder)
    durable.sync_folder(folder.parent)
    shutil.rmtree(aside, ignore_errors=True)


def keep_followup(aside: Path, folder: Path) -> None:
    """Let what was received in an extract's folder pass to the one that takes its place: it is not made again.

    What a killed receive had put aside and not put back is what was received.
    """
    if (aside / FOLLOWUP_BEFORE).is_dir() and not (aside / FOLLOWUP).exists():
        (aside / FOLLOWUP_BEFORE).rename(aside / FOLLOWUP)
    if (aside / FOLLOWUP).is_dir() and not (folder / FOLLOWUP).exists():
        (aside / FOLLOWUP).rename(folder / FOLLOWUP)
        durable.sync_folder(folder)


def contents(folder: Path) -> dict[str, str]:
    """The files of an extract by name, with their SHA-256; what was received in it is none of them."""
    names = ((path.relative_to(folder), path) for path in files_of(folder))
    return {
        name.as_posix(): sha256_of(path) for name, path in names if not name.parts[0].lstrip(".").startswith(FOLLOWUP)
    }
