"""The one barrier between what happens inside and what a terminal shows.

Errors of libraries print the values they stumbled over. So nothing but the errors of `sigpanel.errors` passes: every
other exception becomes a coded message with its type and the places in our own code, never its text. Rust panics write
to the process's standard error by themselves; while a command runs, that leads nowhere, and our own messages go to a
copy of it.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
import threading
import traceback
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sigpanel.errors import Fault, InputError, SigpanelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INTERRUPTED = 130
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def guarded(run: Callable[[], int | None], report: Callable[[SigpanelError], None]) -> int:
    """Run a command, report whatever goes wrong, and return the exit code."""
    try:
        return run() or 0
    except SigpanelError as error:
        report(error)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OSError as error:
        refusal = _of_the_disk(error)
        report(refusal)
        return refusal.exit_code
    except SystemExit as stop:
        if isinstance(stop.code, int):
            return stop.code
        report(fault_of(stop))
        return Fault.exit_code
    except BaseException as error:  # noqa: BLE001 - the barrier; a panic of polars derives from BaseException
        report(fault_of(error))
        return Fault.exit_code


def _of_the_disk(error: OSError) -> SigpanelError:
    """A disk that is full or may not be written to is nobody's fault; of what the system says, the file is left out."""
    if error.errno not in _DISK:
        return fault_of(error)
    return InputError(
        "disk",
        f"The disk refused: {os.strerror(error.errno)}.",
        remedy="See that there is room, and that you may read and write the study's folders. "
        "`sigpanel doctor` looks too.",
    )


def fault_of(error: BaseException) -> Fault:
    """An unforeseen exception as a fault of ours: its type, and where in our own code it passed."""
    home = Path(__file__).parents[1]
    frames = [
        f"{Path(frame.filename).relative_to(home.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if home in Path(frame.filename).parents
    ]
    return Fault("unforeseen", f"{type(error).__name__} at {' > '.join(frames[-4:]) or 'an unknown place'}.")


def silence_libraries() -> None:
    """Let no library speak for itself: the texts of warnings and logs hold values, as those of errors do."""
    warnings.simplefilter("ignore")
    logging.disable()
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None


def speak_plainly() -> None:
    """Write letters that the terminal does not know as escapes: when a release is live, a dash is no fault."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Lead the process's standard error nowhere, and Python's to a copy of what it was."""
    try:
        number = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        yield
        return
    copy = os.dup(number)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    before = sys.stderr
    sys.stderr = os.fdopen(copy, "w", buffering=1, encoding=before.encoding or "utf-8", errors="backslashreplace")
    os.dup2(nowhere, number)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(copy, number)
        sys.stderr.close()
        sys.stderr = before
        os.close(nowhere)
