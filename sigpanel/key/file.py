"""Files that hold a secret: made for their owner alone, and read only if they are safe.

What is safe stands in `refusals`. A file is judged through the descriptor that is read from, and made exclusively, in
its place and under its own mode: at no moment does a secret lie in a temporary file, nor under a mode of the umask's
choosing, and one that could not be written whole is not left behind.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from sigpanel.key.derive import SIZE, Key, of_secret
from sigpanel.key.refusals import KEY, MODE, not_created, not_opened, refuse_file, refuse_place, wrong_size

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# O_NONBLOCK: opening a FIFO must be refused, not waited for.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def create(path: Path, *, forbidden: Iterable[Path] = (), what: str = KEY) -> Key:
    """Make a new key file, readable by its owner only, and load it.

    Args:
        path: where; its folder must exist and nothing may stand there yet, for a key that is overwritten is lost.
        forbidden: folders it may not lie in: the study, and the research folder where that lies elsewhere.
        what: whose it is, as `refusals` calls it.

    Raises:
        InputError: the folder does not exist or cannot be written to.
        PolicyError: something stands there already, or the place is not safe.
    """
    forbidden = tuple(forbidden)
    write_secret(path, secrets.token_bytes(SIZE), forbidden, what)
    return load(path, forbidden=forbidden, what=what)


def load(path: Path, *, forbidden: Iterable[Path] = (), what: str = KEY) -> Key:
    """Read a key file, if it is safe.

    Args:
        path: the key file.
        forbidden: folders it may not lie in: the study, and the research folder where that lies elsewhere.
        what: whose it is, as `refusals` calls it.

    Raises:
        InputError: there is no such file.
        PolicyError: the file is not safe or is not a key; the code says which of the rules of `refusals` it breaks.
    """
    return of_secret(read_secret(path, forbidden, what))


def read_secret(path: Path, forbidden: Iterable[Path] = (), what: str = KEY) -> bytes:
    """The 32 bytes of a key file or salt, if it is safe.

    Raises:
        InputError: there is no such file.
        PolicyError: it is not safe, or of a wrong size.
    """
    secret = read_private(path, forbidden, what, size=SIZE)
    if len(secret) != SIZE:
        raise wrong_size(path, SIZE, what)
    return secret


def read_private(
    path: Path, forbidden: Iterable[Path], what: str, *, size: int | None = None, most: int = SIZE
) -> bytes:
    """What a safe file holds, and a byte more than `most` at most, so that a longer one shows.

    Raises:
        InputError: there is no such file.
        PolicyError: it is not safe, or not of that size.
    """
    refuse_place(path, forbidden, what)
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        raise not_opened(path, error.errno, what) from None
    try:
        # Judged through the descriptor that is read from: the name could be given to another file in between.
        refuse_file(path, os.fstat(descriptor), what, size)
        return os.read(descriptor, most + 1)
    finally:
        os.close(descriptor)


def write_secret(path: Path, secret: bytes, forbidden: Iterable[Path] = (), what: str = KEY) -> None:
    """Make a file for its owner alone that holds these bytes, and force it to disk.

    Raises:
        InputError: the folder does not exist or cannot be written to.
        PolicyError: something stands there already, or the place is not safe.
    """
    refuse_place(path, forbidden, what)
    try:
        descriptor = os.open(path, _CREATE, MODE)
    except OSError as error:
        raise not_created(path, error.errno, what) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, MODE)
            file.write(secret)
            file.flush()
            os.fsync(descriptor)
        sync_directory(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def sync_directory(folder: Path) -> None:
    """Force to disk which names a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
