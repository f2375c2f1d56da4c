"""The extract as a Data Package (version 2), so that programs which do not know sigpanel can read it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sigpanel.extracts.layout import DATAPACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

_TYPES = {
    "string": "string", "int16": "integer", "int32": "integer", "float64": "number", "bool": "boolean", "date": "date",
}  # fmt: skip
_MEDIA = {".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".json": "application/json"}
_OTHERS = {".md": "text/markdown", ".yaml": "application/yaml"}
_DIALECT = {"delimiter": ",", "lineTerminator": "\n", "header": True, "nullSequence": ""}


def datapackage(folder: Path, told: Mapping[str, Any], codebook: pl.DataFrame) -> dict[str, Any]:
    """Describe the files of an extract.

    Args:
        folder: where they lie.
        told: the manifest.
        codebook: of the extract.
    """
    fields = {
        str(table): [_field(row) for row in rows.to_dicts()]
        for (table,), rows in codebook.group_by("table", maintain_order=True)
    }
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"sigpanel-extract-{told['extract_id']}",
        "title": f"Extract {told['extract_id']} of a pseudonymised panel of SIG persons and enrolment episodes",
        "description": "Pseudonymised personal data, for the approved purpose and recipients alone, until "
        f"{told['approval']['valid_to']}.",
        "resources": [_resource(folder, path, fields) for path in files_of(folder) if path.name != DATAPACKAGE],
    }


def files_of(folder: Path) -> list[Path]:
    """Every file of an extract, those in folders too, by name."""
    return sorted(
        (path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.relative_to(folder).as_posix()
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _resource(folder: Path, path: Path, fields: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    said: dict[str, Any] = {
        "name": name.lower().replace("/", "-").replace(".", "-"),
        "path": name,
        "format": path.suffix.removeprefix("."),
        "mediatype": (_MEDIA | _OTHERS)[path.suffix],
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }
    if path.stem in fields:
        said |= {"type": "table", "schema": {"fields": fields[path.stem]}}
    if path.suffix == ".csv":
        said |= {"encoding": "utf-8", "dialect": _DIALECT}
    return said


def _field(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": row["column"], "type": _TYPES[row["type"]], "description": row["description_en"]}
