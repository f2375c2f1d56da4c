"""Runs the command line in this process, as it is run in its own: by its arguments, on real file descriptors.

Not by pytest's capturing: that gives Python streams of its own, and what a library writes to the process's standard
error would pass them by.
"""

import logging
import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sigpanel.cli import main
from sigpanel.panel import open_panel


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def run(*arguments: object, encoding: str = "utf-8") -> Answer:
    """Run `sigpanel` with these arguments, on a terminal of that encoding."""
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "argv", ["sigpanel", *map(str, arguments)])
        # What a command changes for its own process and must not change for this one.
        for place, name in ((sys, "unraisablehook"), (sys, "excepthook"), (threading, "excepthook")):
            patch.setattr(place, name, getattr(place, name))
        with (
            _leading(1, out.fileno(), encoding, patch),
            _leading(2, err.fileno(), encoding, patch),
            pytest.raises(SystemExit) as stop,
        ):
            main()
        logging.disable(logging.NOTSET)
        return Answer(stop.value.code, *(_read(file, encoding) for file in (out, err)))


@contextmanager
def _leading(number: int, to: int, encoding: str, patch: pytest.MonkeyPatch):
    kept = os.dup(number)
    os.dup2(to, number)
    errors = "strict" if number == 1 else "backslashreplace"  # as Python opens them
    stream = os.fdopen(number, "w", encoding=encoding, errors=errors, closefd=False)
    patch.setattr(sys, "stdout" if number == 1 else "stderr", stream)
    try:
        yield
    finally:
        stream.flush()
        os.dup2(kept, number)
        os.close(kept)


def _read(file, encoding: str) -> str:
    file.seek(0)
    return file.read().decode(encoding)


def written_below(*folders: Path) -> dict[str, bytes]:
    """Every file below these folders, by its path: to see that nothing was written."""
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def error(answer) -> tuple[int, str, str, str]:
    """Exit code, error code, message and remedy of what a command said on standard error, and nothing on the other."""
    assert answer.out == ""
    message, remedy, code = answer.err.rstrip("\n").rsplit("\n", 2)
    return answer.code, code.strip().strip("[]"), message.removeprefix("sigpanel: "), remedy.removeprefix("  → ")


def some_episode(study) -> str:
    return open_panel(study.panel).episodes.filter(programme="unga").collect()["episode_id"][0]
