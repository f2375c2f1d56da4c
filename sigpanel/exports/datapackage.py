"""A folder of files as a Data Package (version 2): each file, and for a table its fields with categories and labels.

Programs that know the standard show the labels; those that do not hold categories against nothing, so what a value may
be stands as `enum` too. This is of the files that hold words, CSV and Parquet; of .sav and .dta no table is described,
since these describe themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.contracts.exports import SUPPRESSED, exports
from sigpanel.panel.datapackage import PROFILE, TYPES, file_of, sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.exports.variables import Variable

_DIALECT = {"delimiter": ",", "lineTerminator": "\n", "header": True, "nullSequence": ""}
_TABLES = (".parquet", ".csv")


def described_files(
    folder: Path, about: Mapping[str, str], schemas: Mapping[str, Sequence[Variable]], language: str
) -> dict[str, Any]:
    """Describe the files of a folder.

    Args:
        folder: where they lie, this description not among them.
        about: name, title and description of the whole.
        schemas: the columns of the tables, by name.
        language: of texts, sv or en.
    """
    described = {name: fields(variables, language) for name, variables in schemas.items()}
    return {
        "$schema": PROFILE,
        **about,
        "resources": [_resource(folder, path, described) for path in files_of(folder)],
    }


def files_of(folder: Path) -> list[Path]:
    """Every file of a folder, those in folders too, by name."""
    return sorted(
        (path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.relative_to(folder).as_posix()
    )


def sums_of(folder: Path) -> bytes:
    """The SHA-256 of every file of a folder, as `sha256sum --check` reads it."""
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files_of(folder)]
    return "".join(lines).encode()


def _resource(folder: Path, path: Path, described: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    said = file_of(path, name.lower().replace("/", "-").replace(".", "-"), name)
    if path.suffix in _TABLES and path.stem in described:
        said |= {"type": "table", "schema": {"fields": described[path.stem]}}
    if path.suffix == ".csv":
        said |= {"encoding": "utf-8", "dialect": _DIALECT}
    return said


def fields(variables: Sequence[Variable], language: str) -> list[dict[str, Any]]:
    """The fields of a table's schema."""
    return [_field(variable, language) for variable in variables]


def _field(variable: Variable, language: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": variable.name,
        "type": TYPES[variable.type],
        "title": getattr(variable.label, language),
        "description": getattr(variable.said, language),
    }
    words = [(each.token, getattr(each.said, language)) for each in variable.categories]
    if SUPPRESSED in variable.reasons and variable.type == "string":
        # A word among the others, and no value.
        said["missingValues"] = [{"value": "", "label": ""}, _suppressed(language)]
    if variable.type in ("string", "int16") and words:
        said["categories"] = [{"value": value, "label": label} for value, label in words]
    constraints: dict[str, Any] = {} if variable.nullable else {"required": True}
    if variable.type in ("string", "int16") and words:
        constraints["enum"] = [value for value, _ in words]
    return {**said, "constraints": constraints} if constraints else said


def _suppressed(language: str) -> dict[str, str]:
    return {"value": SUPPRESSED, "label": getattr(exports().reasons[SUPPRESSED].said, language)}
