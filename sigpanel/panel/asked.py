"""What has been asked in reviews: the digest in a list, and the pair of episodes that it is of. And what was taken.

A list that goes to a district names no episode: with its ids a reader of the panel could tell whose codes stand beside
them. It holds a keyed digest, which means nothing without this file, `asked.parquet` in the owner's registry. Nothing
is forgotten, since a list may come back late. Of a pair with several digests, the last row has that of what its
episodes were when lists were last written: by it an answer to an old list is known.

Of each list, by its name, and of each digest, `taken.parquet` holds a keyed id of the answer that was last taken: a
later decision may stand in its place, and that list must not look as if nobody had taken it. When a list of that name
is written anew, it is forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.panel import durable, registry
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

ASKED = pl.Schema({"digest": pl.String, "episode_a": pl.String, "episode_b": pl.String})
TAKEN = pl.Schema({"file": pl.String, "digest": pl.String, "answer": pl.String})
_FILE = "asked.parquet"
_TAKEN_FILE = "taken.parquet"


def read_asked(registry_dir: Path) -> pl.DataFrame:
    """Every pair that was asked about, of `ASKED`, in the order of `remember_asked`; empty before the first review.

    Raises:
        InputError: the file is damaged.
    """
    return _read(registry_dir / _FILE, ASKED)


def remember_asked(registry_dir: Path, asked: pl.DataFrame) -> None:
    """Add pairs to what was asked about, as the last of it; whoever calls this holds the panel's lock."""
    every = pl.concat([read_asked(registry_dir), asked.select(ASKED.names())])
    _write(registry_dir / _FILE, every.unique("digest", keep="last", maintain_order=True))


def read_taken(registry_dir: Path) -> pl.DataFrame:
    """The answers that were taken, of `TAKEN`; empty before the first.

    Raises:
        InputError: the file is damaged.
    """
    return _read(registry_dir / _TAKEN_FILE, TAKEN)


def remember_taken(registry_dir: Path, taken: pl.DataFrame) -> None:
    """Add answers to what was taken; whoever calls this holds the panel's lock."""
    every = pl.concat([read_taken(registry_dir), taken.select(TAKEN.names())])
    _write(registry_dir / _TAKEN_FILE, every.unique(["file", "digest"], keep="last", maintain_order=True))


def forget_taken(registry_dir: Path, files: Collection[str]) -> None:
    """Forget what was taken of lists that are not there any more; whoever calls this holds the panel's lock."""
    known = read_taken(registry_dir)
    left = known.filter(~pl.col("file").is_in(list(files)))
    if left.height < known.height:
        _write(registry_dir / _TAKEN_FILE, left)


def forget_asked(registry_dir: Path) -> None:
    """Forget all that was asked and taken: by another key it says nothing; the caller holds the panel's lock."""
    for name in (_FILE, _TAKEN_FILE):
        (registry_dir / name).unlink(missing_ok=True)


def _read(path: Path, schema: pl.Schema) -> pl.DataFrame:
    return registry.read_file(path, schema, or_else=", or move it away and write the lists anew")


def _write(path: Path, frame: pl.DataFrame) -> None:
    durable.make_folders(path.parent, durable.PRIVATE_FOLDER)
    with durable.replaced_file(path, durable.PRIVATE) as file:
        write_parquet(frame, file)
