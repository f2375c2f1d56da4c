"""One build at a time, and what a killed one left behind; extracts, in a folder of their own, are held likewise.

The lock is the operating system's and ends with the process, however that ends, so none is ever left over. While a
release is moved into place the file holds its name. A folder with a later number than CURRENT's is thus known to be the
remains of a killed build, and not a release that somebody has rolled back from: only remains are removed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.errors import Fault, InputError
from sigpanel.panel import durable
from sigpanel.panel.layout import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST = 64


@dataclass(frozen=True)
class Lock:
    """The right to write in a panel folder."""

    panel_dir: Path
    descriptor: int

    def covers(self, panel_dir: Path) -> None:
        """Make sure that this is the lock of that folder.

        Raises:
            Fault: it is another folder's.
        """
        if self.panel_dir.resolve() != panel_dir.resolve():
            raise Fault("lock-elsewhere", "A release was to be written under another panel's lock.")

    @property
    def announced(self) -> str:
        """The release that is being moved into place, or was when a build was killed; empty if none."""
        return os.pread(self.descriptor, _LONGEST, 0).decode("utf-8", errors="replace")

    def announce(self, release: str) -> None:
        """Note which release is about to be moved into place; an empty name when that is done."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, release.encode(), 0)
        os.fsync(self.descriptor)


@contextmanager
def lock(
    panel_dir: Path, *, code: str = "build-running", running: str = "Another build or review of this panel is running."
) -> Iterator[Lock]:
    """Hold the panel's lock, from before the registry is read until the release is live.

    Args:
        panel_dir: the panel folder; or that of extracts, whose commands exclude each other and no build.
        code: the error's code where somebody else holds it.
        running: what is told then.

    Raises:
        InputError: another build or review holds it.
    """
    # Not at the top: Windows has no such module, and there a panel can be opened all the same.
    import fcntl

    durable.make_folders(panel_dir, durable.SHARED_FOLDER)
    descriptor = os.open(panel_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, durable.PRIVATE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                code,
                running,
                remedy="Wait until it has ended, then run the command again.",
            ) from None
        yield Lock(panel_dir, descriptor)
    finally:
        os.close(descriptor)
