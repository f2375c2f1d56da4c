"""Python's collector of cycles, at rest while something is made that has none.

It walks through what lives again and again, and the more lives the longer: while a study is read that is a tenth of the
time, and as much while its episodes are linked. Objects without cycles are freed without it.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest, and leave it as it was."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()
