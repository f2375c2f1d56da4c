"""Write a release and make it live, so that a kill at any moment leaves the release before it in place and whole.

    1  everything is checked, before anything is written
    2  the files are written to a folder of their own inside the panel folder, and forced to disk
    3  the registry of the new release is written to the owner's room, under the new release's name
    4  the folder is renamed to the release's name
    5  CURRENT is replaced

Until 5 a reader sees the old release, and the registry that counts is the one named like it; from 5 on both are the new
ones. What a killed build leaves behind is removed by the next.

Each file of a table says which contract it keeps, and so do the manifest and the description of the files. The same
tables, manifest, codebook and registry give the same bytes. The module does not decide what goes into a
release and reads nothing but what it is given.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts import tables as contracts
from sigpanel.contracts.described import stamp
from sigpanel.errors import Fault, InputError
from sigpanel.panel import durable, layout
from sigpanel.panel import registry as memory
from sigpanel.panel.datapackage import datapackage
from sigpanel.panel.lock import Lock, lock
from sigpanel.panel.manifest import pretty, to_json
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# A codebook may say more, in further columns of text, and may have a row per column or a row per code.
CODEBOOK_COLUMNS = ("table", "column", "type", "description_en", "description_sv")


def write(  # noqa: PLR0913 - nine things that go together, seven of them named by the caller
    tables: Mapping[str, pl.DataFrame],
    manifest: Mapping[str, object],
    registry: pl.DataFrame,
    *,
    quality: Mapping[str, object],
    codebook: pl.DataFrame,
    variables: Sequence[str],
    panel_dir: Path,
    registry_dir: Path,
    held: Lock | None = None,
) -> str:
    """Write the next release and make it live.

    Args:
        tables: every table of the contract, by name.
        manifest: what the release was made from.
        registry: the memory of ids after this release.
        quality: how good the linkage is.
        codebook: columns of text, `CODEBOOK_COLUMNS` at least.
        variables: the panel's variables in the forms' order.
        panel_dir: the research room's panel folder.
        registry_dir: the owner's registry folder.
        held: the lock, if the caller has held it since before it read the registry, as a build must.

    Returns:
        The name of the release.

    Raises:
        Fault: a table, the registry, the manifest or the codebook is not what it should be. Nothing was written.
        InputError: another build is running, or the panel folder holds releases that CURRENT does not know of.
    """
    checked = _conformed(tables, variables)
    remembered = memory.check(registry)
    _check_codebook(codebook)
    _check_contract(manifest)
    with nullcontext(held) if held else lock(panel_dir) as holding:
        holding.covers(panel_dir)
        number = layout.upcoming(panel_dir)
        release = layout.release_name(number)
        told = {
            layout.MANIFEST: to_json(manifest, release),
            layout.QUALITY: to_json(quality, release),
        }
        _clear(panel_dir, number, holding)
        building = panel_dir / f"{layout.BUILDING}{release}"
        try:
            fill(building, checked, told, codebook, variables)
            memory.write(registry_dir, release, remembered)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        holding.announce(release)
        building.rename(panel_dir / release)
        durable.sync_folder(panel_dir)
        with durable.replaced_file(panel_dir / layout.CURRENT, durable.SHARED) as file:
            file.write(f"{release}\n".encode())
        holding.announce("")
    return release


# --- before anything is written ---------------------------------------------------------------------------------------


def _conformed(tables: Mapping[str, pl.DataFrame], variables: Sequence[str]) -> dict[str, pl.DataFrame]:
    expected = contracts.names()
    if set(tables) != set(expected):
        differ = ", ".join(sorted(set(tables) ^ set(expected)))
        raise Fault("release-tables", f"A release has exactly the tables of the contract; these differ: {differ}.")
    return {name: contracts.conform(tables[name], name, variables) for name in expected}


def _check_codebook(codebook: pl.DataFrame) -> None:
    if codebook.columns[: len(CODEBOOK_COLUMNS)] != list(CODEBOOK_COLUMNS) or set(codebook.dtypes) != {pl.String}:
        raise Fault("release-codebook", f"A codebook is text and begins with {', '.join(CODEBOOK_COLUMNS)}.")


def _check_contract(manifest: Mapping[str, object]) -> None:
    """A reader goes by what the manifest says, so that must be what the tables were held against."""
    if not stamp().items() <= manifest.items():
        raise Fault("release-contract", f"A manifest says {', '.join(stamp())} as the contract of tables has them.")


def _clear(panel_dir: Path, number: int, holding: Lock) -> None:
    """Remove what killed builds left behind, and nothing else."""
    for path in panel_dir.glob(f"{layout.BUILDING}*"):
        shutil.rmtree(path)
    for ahead, path in layout.folders(panel_dir).items():
        if ahead < number:
            continue
        if ahead > number or holding.announced != path.name:
            raise InputError(
                "release-unknown",
                f"The panel folder holds {path.name}, which CURRENT does not know of.",
                remedy=f"If it is a release, write its name in {panel_dir / layout.CURRENT}; if not, move it away. "
                "Then build again.",
            )
        shutil.rmtree(path)


# --- the files --------------------------------------------------------------------------------------------------------


def fill(
    building: Path,
    tables: Mapping[str, pl.DataFrame],
    told: Mapping[str, bytes],
    codebook: pl.DataFrame,
    variables: Sequence[str],
) -> None:
    """Write the files of a release into a folder that is not there yet, and force them to disk.

    Args:
        building: the folder.
        tables: every table, held against the contract and sorted.
        told: manifest and quality of linkage, by file.
        codebook: as `write` is given it.
        variables: as `write` is given them.
    """
    durable.make_folders(building, durable.SHARED_FOLDER)
    for name, frame in tables.items():
        with durable.new_file(building / f"{name}.parquet", durable.SHARED) as file:
            write_parquet(frame, file, stamp())
    with durable.new_file(building / layout.CODEBOOK, durable.SHARED) as file:
        codebook.write_csv(file)
    for name, content in told.items():
        with durable.new_file(building / name, durable.SHARED) as file:
            file.write(content)
    described = [contracts.table(name).given(variables) for name in tables]
    with durable.new_file(building / layout.DATAPACKAGE, durable.SHARED) as file:
        file.write(pretty(datapackage(building, described, codebook.columns, stamp())))
    durable.sync_folder(building)
