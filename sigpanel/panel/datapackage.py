"""The release as a Data Package (version 2), so that programs which do not know sigpanel can read it.

Everything said here is said first in the table contracts; the checksums are of the files as they lie in the release.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.tables import vocabulary
from sigpanel.panel.layout import CODEBOOK, MANIFEST, QUALITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.contracts import Column, Table

TYPES = {
    "string": "string", "int16": "integer", "int32": "integer", "float64": "number", "bool": "boolean", "date": "date",
}  # fmt: skip
_MEDIA = {
    ".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".json": "application/json",
    ".xml": "application/xml", ".md": "text/markdown", ".yaml": "application/yaml", ".sav": "application/x-spss-sav",
    ".dta": "application/x-stata-dta", ".sps": "text/plain", ".do": "text/plain", ".R": "text/plain",
}  # fmt: skip
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def datapackage(
    folder: Path, tables: Sequence[Table], codebook: Sequence[str], contract: Mapping[str, str]
) -> dict[str, Any]:
    """Describe the files of a release.

    Args:
        folder: where its files lie.
        tables: the tables, for the panel's variables.
        codebook: the columns of the codebook.
        contract: version and digest of the contract that the tables keep.
    """
    return {
        "$schema": PROFILE,
        "name": "sigpanel-release",
        "title": "A pseudonymised panel of SIG persons, enrolment episodes and answers",
        "description": "Pseudonymised personal data: they stay personal data as long as the key exists anywhere.",
        "contract": {
            "version": contract["contract_version"],
            "hash": f"sha256:{contract['contract_digest']}",
        },
        "resources": [
            *(_table(folder / f"{table.name}.parquet", table) for table in tables),
            _codebook(folder / CODEBOOK, codebook),
            {**_file(folder / MANIFEST), "description": "What the release was made from."},
            {**_file(folder / QUALITY), "description": "How good the linkage of persons is."},
        ],
    }


def _table(path: Path, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.unique:
        schema["uniqueKeys"] = [list(columns) for columns in table.unique]
    return {
        **_file(path),
        "type": "table",
        "description": f"One row per {table.en}.",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if not column.nullable:
        constraints["required"] = True
    if column.values is not None:
        constraints["enum"] = list(column.values)
    field: dict[str, Any] = {"name": column.name, "type": TYPES[column.type], "description": column.en}
    if column.vocabulary is not None:
        field["categories"] = [{"value": term.token, "label": term.en} for term in vocabulary(column.vocabulary)]
    return {**field, "constraints": constraints} if constraints else field


def _codebook(path: Path, columns: Sequence[str]) -> dict[str, Any]:
    return {
        **_file(path),
        "type": "table",
        "encoding": "utf-8",
        "description": "The codebook: every column of every table, with its codes and labels.",
        "schema": {"fields": [{"name": name, "type": "string"} for name in columns]},
    }


def _file(path: Path) -> dict[str, Any]:
    return file_of(path, path.stem, path.name)


def file_of(path: Path, name: str, place: str) -> dict[str, Any]:
    """A file as a resource: what it is called, where it lies in the package, what it is, and its digest."""
    return {
        "name": name,
        "path": place,
        "format": path.suffix.removeprefix("."),
        "mediatype": _MEDIA[path.suffix],
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
