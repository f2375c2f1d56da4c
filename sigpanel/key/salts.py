"""The secret salts of extracts: one file each, in a folder of its own beside the manager's key.

    <manager key file>.salts/<approval>-v<version>      ids last for one version of the approval
    <manager key file>.salts/<approval>                 ids last for the approval

An extract's ids come from the manager's key and its salt together. While both are there, the extract can be made again
and its ids be followed back to persons; when the salt is destroyed, neither can be done any more, not by the holders of
both keys either. A salt is held to the same rules as a key file. Whose salt is due, and when one is destroyed, is for
the pipeline to say.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from typing import TYPE_CHECKING

from sigpanel.errors import Fault, PolicyError
from sigpanel.key.derive import SIZE
from sigpanel.key.file import read_secret, sync_directory, write_secret
from sigpanel.key.refusals import SALT, SALTS, SALTS_SUFFIX, not_created, not_opened, refuse_others, refuse_place

if TYPE_CHECKING:
    from pathlib import Path

_MODE = 0o700
# A name is a file's name: nothing that leads to another folder, and nothing hidden.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")
_OVERWRITE = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def salts_folder(key_file: Path) -> Path:
    """Where the salts of a key lie."""
    return key_file.with_name(f"{key_file.name}{SALTS_SUFFIX}")


def create_salt(key_file: Path, name: str) -> bytes:
    """Make a salt of 32 random bytes; its folder too, where it is the first.

    Raises:
        InputError: the folder cannot be written to.
        PolicyError: there is such a salt already, or the place is not safe.
    """
    path = _place(key_file, name)
    folder = path.parent
    refuse_place(folder, (), SALTS)
    try:
        folder.mkdir(mode=_MODE, exist_ok=True)
    except OSError as error:
        raise not_created(folder, error.errno, SALTS) from None
    _refuse_folder(folder)
    salt = secrets.token_bytes(SIZE)
    write_secret(path, salt, what=SALT)
    sync_directory(folder.parent)
    return salt


def read_salt(key_file: Path, name: str) -> bytes:
    """The salt of that name.

    Raises:
        PolicyError: it was destroyed or never made (`salt-missing`), or is not safe.
    """
    path = _place(key_file, name)
    refuse_place(path.parent, (), SALTS)
    if os.path.lexists(path.parent):
        _refuse_folder(path.parent)
    return read_secret(path, what=SALT)


def has_salt(key_file: Path, name: str) -> bool:
    """Whether there is a salt of that name, safe or not."""
    return os.path.lexists(_place(key_file, name))


def destroy_salt(key_file: Path, name: str) -> None:
    """Overwrite a salt, and remove it. What back-ups, snapshots and the disk itself still hold is beyond reach.

    Others may have read it, or it may have another name: then it must go all the same.

    Raises:
        PolicyError: there is none, or what stands there is no file of one's own.
    """
    path = _place(key_file, name)
    try:
        descriptor = os.open(path, _OVERWRITE)
    except OSError as error:
        raise not_opened(path, error.errno, SALT) from None
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise PolicyError("key-not-a-file", f"The salt {path} is not a regular file.", remedy="Look what it is.")
        file.write(secrets.token_bytes(max(SIZE, found.st_size)))
        os.fsync(descriptor)
    path.unlink()
    sync_directory(path.parent)


def _place(key_file: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise Fault("salt-name", "A salt was asked for under a name that is none.")
    return salts_folder(key_file) / name


def _refuse_folder(folder: Path) -> None:
    """Refuse a folder of salts that is a link, no folder, another's, or open to others."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PolicyError(
            "salts-not-a-folder",
            f"The folder of salts {folder} is a link, or no folder.",
            remedy="Put the folder itself there: the salts lie beside the key, and nowhere else.",
        )
    refuse_others(folder, found, SALTS)
