"""Made-up tables that keep their contracts: what a release is tested with, without the stages that would make one."""

import datetime as dt
import json
import shutil
from pathlib import Path

import polars as pl

from sigpanel.contracts import names, table
from sigpanel.contracts.described import stamp
from sigpanel.panel import release
from sigpanel.panel.registry import REGISTRY

VARIABLES = ("school_enrolled", "mental_health")
MANIFEST = {**stamp(), "sigpanel": "0.1.0", "counts": {"persons": 3}, "key_id": "abcdefghij", "title": "Återkomster"}
CODEBOOK = pl.DataFrame(
    {
        "table": ["episodes", "episodes"],
        "column": ["age", "sex"],
        "type": ["int16", "string"],
        "description_en": ["Age", "Sex, as reported"],
        "description_sv": ["Ålder", "Kön, som rapporterat"],
        "codes": [None, "male; female; other"],
    }
)


def value(column, number: int):
    if column.nullable and number % 5 == 4:
        return None
    if column.values is not None:
        return column.values[number % len(column.values)]
    return {
        "string": f"{column.name}-{number:06d}",
        "int16": number % 1000,
        "int32": number,
        "float64": number / 2,
        "bool": number % 2 == 0,
        "date": dt.date(2020, 1, 1) + dt.timedelta(days=number % 1000),
    }[column.type]


QUALITY = {"levels": {"standard": {"pairs": 3}}}


def sample(name: str, rows: int = 3) -> pl.DataFrame:
    columns = table(name).given(VARIABLES).columns
    return pl.DataFrame(
        {column.name: [value(column, number) for number in range(rows)] for column in columns},
        schema={column.name: column.dtype for column in columns},
    )


def samples(rows: int = 3) -> dict[str, pl.DataFrame]:
    return {name: sample(name, rows) for name in names()}


def registry(rows: int = 3, founded_in: int = 1) -> pl.DataFrame:
    texts = {name: [f"{name}-{number}" for number in range(rows)] for name in REGISTRY.names()[:-1]}
    return pl.DataFrame({**texts, "founded_in": [founded_in] * rows}, schema=REGISTRY)


def write(study: Path, rows: int = 3, **changes) -> str:
    """Write a release of a study; the number of rows tells releases and registries apart."""
    given = {
        "tables": samples(rows),
        "manifest": MANIFEST,
        "registry": registry(rows),
        "quality": QUALITY,
        "codebook": CODEBOOK,
        "variables": VARIABLES,
        "panel_dir": panel_dir(study),
        "registry_dir": registry_dir(study),
    }
    return release.write(**{**given, **changes})


def panel_dir(study: Path) -> Path:
    return study / "research" / "panel"


def registry_dir(study: Path) -> Path:
    return study / "owner" / "registry"


def copied(study: Path, to: Path) -> Path:
    return Path(shutil.copytree(study, to, symlinks=True))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def described(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_bytes())
