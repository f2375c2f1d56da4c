"""What a killed receive leaves in an extract's folder: told, and put right.

    leftovers(folder)     folders below it of which something lies beside what was received
    restore(extract)      away with what was under way, and back with what was put aside

What was received is put aside for the moment in which the new takes its place. Killed just then, the extract has none,
and whoever opens it would find that nobody died. So `open_extract` refuses that, and the next receive puts it right.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.followup.layout import BEFORE, FOLLOWUP, UNFINISHED
from sigpanel.panel import durable

if TYPE_CHECKING:
    from pathlib import Path


def restore(extract: Path) -> None:
    """Take away what a killed command had under way, and put back what it had put aside.

    Raises:
        InputError: the folder cannot be written to.
    """
    unfinished, before, place = (extract / name for name in (UNFINISHED, BEFORE, FOLLOWUP))
    shutil.rmtree(unfinished, ignore_errors=True)
    if not before.is_dir():
        return
    if place.exists():
        shutil.rmtree(before, ignore_errors=True)
        return
    try:
        before.rename(place)
        durable.sync_folder(extract)
    except OSError:
        raise InputError(
            "followup-not-written",
            "The folder of the extract cannot be written to, and what was received before is not in its place.",
            remedy="See that it may be written to, and run the command again.",
        ) from None


def leftovers(folder: Path) -> int:
    """How many folders of a killed receive lie in a folder, at whatever depth."""
    return sum(path.is_dir() for name in (UNFINISHED, BEFORE) for path in folder.rglob(name))
