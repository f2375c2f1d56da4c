"""Whether a file of an extract is the one that was written, before anything is read from it.

    is_whole(folder, "outcomes.parquet")

Polars reads lazily, so a table that is damaged fails long after it was opened, in the middle of an analysis, with a
text of polars' own, which may hold what stands in the file. So the file is held against SHA256SUMS beside it first:
its SHA-256 where the sums know it, and that polars can tell its columns where they do not. A file that changes after
that is not noticed.

Nothing here says what to do: an extract comes from its sender, a delivery from a register.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.extracts.layout import SUMS

if TYPE_CHECKING:
    from pathlib import Path


def is_whole(folder: Path, name: str) -> bool:
    """Whether a file of a folder is as the folder's sums say; where they say nothing of it, whether it can be read."""
    path = folder / name
    try:
        should = _sums(folder).get(name)
        if should is not None:
            told = path.stat()
            return _sha256(path, told.st_mtime_ns, told.st_size) == should
        if path.suffix == ".parquet":
            pl.read_parquet_schema(path)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return False
    return True


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()
    return {name: told for told, _, name in (line.partition("  ") for line in lines)}


@lru_cache(maxsize=256)
def _sha256(path: Path, changed_ns: int, size: int) -> str:
    """Once for each state of a file: an analysis opens the same tables many times."""
    del changed_ns, size
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
