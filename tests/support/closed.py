"""A folder that may not be read, or not be written to, by whoever runs the tests: root too, whom no mode stops."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def closed(folder: Path, *, to_writing_alone: bool = False) -> Iterator[None]:
    """Take the rights to a folder away, and give them back."""
    mode = folder.stat().st_mode & 0o777
    folder.chmod(0o500 if to_writing_alone else 0)
    with pytest.MonkeyPatch.context() as patch:
        if os.geteuid() == 0:
            for name in ("open",) if to_writing_alone else ("open", "stat"):
                patch.setattr(os, name, _refusing(getattr(os, name), folder, to_writing_alone=to_writing_alone))
        try:
            yield
        finally:
            patch.undo()
            folder.chmod(mode)


def _refusing(call, folder: Path, *, to_writing_alone: bool):
    def wrapped(path, *given, **more):
        is_below = isinstance(path, str | Path) and folder in Path(path).parents
        if is_below and not (to_writing_alone and not given[0] & os.O_CREAT):
            raise PermissionError(13, "Permission denied")
        return call(path, *given, **more)

    return wrapped
