"""What has been asked in reviews: the digest in a list, and the pair of episodes that it stands for.

A list that goes to a district names no episode: with its ids a reader of the panel could tell whose codes stand beside
them. It holds a keyed digest, which means nothing without this file, `asked.parquet` in the owner's registry. Nothing
is forgotten, since a list may come back late. Of a pair with several digests, the last row has that of what its
episodes were when lists were last written: by it an answer to an old list is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.errors import InputError
from sigpanel.panel import durable
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from pathlib import Path

ASKED = pl.Schema({"digest": pl.String, "episode_a": pl.String, "episode_b": pl.String})
_FILE = "asked.parquet"


def read_asked(registry_dir: Path) -> pl.DataFrame:
    """Every pair that was asked about, of `ASKED`, in the order of `remember_asked`; empty before the first review.

    Raises:
        InputError: the file is damaged.
    """
    path = registry_dir / _FILE
    if not path.is_file():
        return pl.DataFrame(schema=ASKED)
    try:
        return pl.read_parquet(path, glob=False).select(ASKED.names()).cast(ASKED)
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(
            "registry-damaged",
            f"A file of the registry cannot be read: {_FILE}.",
            remedy=f"Bring owner/registry/{_FILE} back from a backup, or move it away and write the lists anew.",
        ) from None


def remember_asked(registry_dir: Path, asked: pl.DataFrame) -> None:
    """Add pairs to what was asked about, as the last of it; whoever calls this holds the panel's lock."""
    every = pl.concat([read_asked(registry_dir), asked.select(ASKED.names())])
    durable.make_folders(registry_dir, durable.PRIVATE_FOLDER)
    with durable.replaced_file(registry_dir / _FILE, durable.PRIVATE) as file:
        write_parquet(every.unique("digest", keep="last", maintain_order=True), file)
