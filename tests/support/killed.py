"""Kill whatever runs before its n-th call that changes the disk.

From then on no such call works, so no clean-up does either, as in a real kill; and nothing may catch it.
"""

import os
from collections.abc import Callable, Sequence

import pytest

# Everything by which the disk is changed. `open` reads, too: `creating_alone` leaves those out.
CALLS = ("open", "write", "fsync", "mkdir", "rename", "replace", "unlink", "rmdir", "ftruncate", "pwrite")
NEVER = 10**9


class Killed(BaseException):
    """Not an Exception: no handler may treat a kill as an error."""


class Killer:
    """Kills before the call with the number `at`. `calls` counts, and `seen` has the first argument of each."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        at: int = NEVER,
        *,
        names: Sequence[str] = CALLS,
        counts: Callable[[str, tuple], bool] = lambda name, given: True,  # noqa: ARG005 - all of them
    ) -> None:
        self.at = at
        self.counts = counts
        self.seen: list[str] = []
        for name in names:
            patch.setattr(os, name, self._killing(name, getattr(os, name)))

    @property
    def calls(self) -> int:
        return len(self.seen)

    def _killing(self, name, call):
        def wrapped(*given, **more):
            if not self.counts(name, given):
                return call(*given, **more)
            if self.calls >= self.at:
                raise Killed
            self.seen.append(str(given[0]))
            return call(*given, **more)

        return wrapped


def creating_alone(name: str, given: tuple) -> bool:
    """Whether a call changes the disk: a file is opened to be read, too, and by every library."""
    return name != "open" or bool(given[1] & os.O_CREAT)


def killed_at(at: int, act: Callable[[], object], names: Sequence[str] = CALLS) -> bool:
    """Do something and be killed before its n-th call; whether that came to pass."""
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, at, names=names)
        try:
            act()
        except Killed:
            return True
    return False
