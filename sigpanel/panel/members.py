"""Whom each extract in use holds, by the panel's own ids, in the owner's room: `owner/registry/extracts.parquet`.

The release that an extract was cut from is removed when somebody withdraws, and with it what tells who is in the
extract. So this is written down before, and somebody who withdraws later is still found. Episodes and not persons:
these keep their ids whatever linkage makes of them, as long as the panel has the key whose id stands beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.panel import durable, registry
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

MEMBERS = pl.Schema({"extract_id": pl.String, "key_id": pl.String, "episode_id": pl.String})
_FILE = "extracts.parquet"
_OR_ELSE = (
    ". If there is none, move it away: then every extract that was cut from a removed release counts as holding "
    "whoever withdraws"
)


def read_members(registry_dir: Path) -> pl.DataFrame:
    """Whom extracts hold, of `MEMBERS`; empty before anything was written down. An extract of nobody has a blank id.

    Raises:
        InputError: the file is damaged.
    """
    return registry.read_file(registry_dir / _FILE, MEMBERS, or_else=_OR_ELSE)


def remember_members(registry_dir: Path, members: pl.DataFrame, in_use: Collection[str]) -> None:
    """Write down whom extracts hold, and forget those that are not in use; whoever calls this holds the panel's lock.

    Args:
        registry_dir: the owner's registry folder.
        members: of `MEMBERS`, of extracts that are not known yet.
        in_use: the ids of all extracts in use.
    """
    known = read_members(registry_dir)
    every = pl.concat([known, members.select(MEMBERS.names())]).filter(pl.col("extract_id").is_in(list(in_use)))
    now = every.unique().sort(MEMBERS.names())
    if now.equals(known):
        return
    durable.make_folders(registry_dir, durable.PRIVATE_FOLDER)
    with durable.replaced_file(registry_dir / _FILE, durable.PRIVATE) as file:
        write_parquet(now, file)
