"""Files that are whole or not there, also after a kill or a power cut.

A file is written under a name of its own, forced to disk, and only then renamed to the name by which it is read; the
folder is forced to disk after that, since the renaming lives there. Nothing here knows what it writes.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The data owner's room is the owner's alone. Research files may be read by the group that the folder belongs to, since
# researchers work together, but never by everyone on the machine.
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
SHARED = 0o640
SHARED_FOLDER = 0o750

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@contextmanager
def new_file(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """Open a file that does not exist yet; it is on disk when the block ends."""
    with os.fdopen(os.open(path, _NEW, mode), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replaced_file(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path`, in one step, when the block ends without an error."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with new_file(unfinished, mode) as file:
        yield file
    unfinished.replace(path)
    sync_folder(path.parent)


def make_folders(path: Path, mode: int) -> None:
    """Make a folder, and those above it that are missing, with that mode: `Path.mkdir` opens those above to all."""
    if not path.is_dir():
        make_folders(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)


def sync_folder(path: Path) -> None:
    """Force to disk which names a folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
