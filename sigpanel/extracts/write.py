"""Write the files of an extract to a folder of their own, which is put in its place when all of them are there.

    <table>.parquet      the tables; csv/<table>.csv too where the approval wants it
    codebook.csv         every column, what it means and what was done to it
    approval.yaml        the approval, all that it says
    EXTRACT.md, UTDRAG.md    for researchers and ethics boards to read
    manifest.json, datapackage.json, SHA256SUMS

The same cut, approval and manifest give the same bytes: there is no clock, no path and no chance in them. A CSV file is
UTF-8 without a mark, comma, a header, line feed, dates as 2024-03-01, true and false, and nothing for no value.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from sigpanel.extracts.datapackage import datapackage, files_of, sha256_of
from sigpanel.extracts.layout import APPROVAL, BEFORE, CODEBOOK, DATAPACKAGE, FOLLOWUP, MANIFEST, READMES, SUMS
from sigpanel.extracts.readme import readme
from sigpanel.panel import durable
from sigpanel.panel.manifest import pretty
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from sigpanel.contracts.approvals import Approval


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
    if "csv" in approval.formats:
        durable.make_folders(folder / "csv", durable.SHARED_FOLDER)
        for name, frame in tables.items():
            _csv(folder / "csv" / f"{name}.csv", frame)
        durable.sync_folder(folder / "csv")
    _csv(folder / CODEBOOK, codebook)
    _bytes(folder / APPROVAL, approval.text.encode())
    for language, name in READMES.items():
        _bytes(folder / name, readme(language, approval, told, codebook).encode())
    files = {path.relative_to(folder).as_posix(): sha256_of(path) for path in files_of(folder)}
    whole = {**told, "files": files}
    _bytes(folder / MANIFEST, pretty(whole))
    _bytes(folder / DATAPACKAGE, pretty(datapackage(folder, whole, codebook)))
    sums = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files_of(folder)]
    _bytes(folder / SUMS, "".join(sums).encode())
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
    """Let what was received in an extract's folder pass to the one that takes its place: it is not made again."""
    if (aside / FOLLOWUP).is_dir() and not (folder / FOLLOWUP).exists():
        (aside / FOLLOWUP).rename(folder / FOLLOWUP)
        durable.sync_folder(folder)


def contents(folder: Path) -> dict[str, str]:
    """The files of an extract by name, with their SHA-256; what was received in it is none of them."""
    names = ((path.relative_to(folder), path) for path in files_of(folder))
    return {
        name.as_posix(): sha256_of(path) for name, path in names if not name.parts[0].lstrip(".").startswith(FOLLOWUP)
    }


def _csv(path: Path, frame: pl.DataFrame) -> None:
    _bytes(path, frame.write_csv(date_format="%Y-%m-%d", line_terminator="\n").encode())


def _bytes(path: Path, content: bytes) -> None:
    with durable.new_file(path, durable.SHARED) as file:
        file.write(content)
