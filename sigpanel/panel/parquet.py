"""The one way in which sigpanel writes Parquet: the same frame gives the same bytes.

Everything that a writer might decide by the machine is fixed: size of row groups and pages, compression and its level,
statistics. A frame is made one chunk first, since chunks follow from how many threads made it.
"""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

# A row group is what is read and skipped at a time. This many rows is a few megabytes of our narrow tables: a city is
# one group, a country some hundreds.
ROW_GROUP = 2**17
PAGE = 2**20
ZSTD_LEVEL = 3


def write_parquet(frame: pl.DataFrame, file: IO[bytes], said: Mapping[str, str] | None = None) -> None:
    """Write a frame, its rows in the order they have; what is said of it becomes metadata of the file.

    Through memory: polars' own writer hides from its caller that a disk is full, and Python's tells.
    """
    memory = io.BytesIO()
    frame.rechunk().write_parquet(
        memory,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        statistics="full",
        row_group_size=ROW_GROUP,
        data_page_size=PAGE,
        metadata={f"sigpanel.{name}": text for name, text in said.items()} if said else None,
    )
    file.write(memory.getbuffer())
