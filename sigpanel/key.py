"""The key: one file of 32 random bytes outside the study, and what is derived from it.

Whoever holds the key can re-read the whole panel in seconds, since there are only some millions of possible UNO codes.
No table from codes to pseudonyms is therefore kept anywhere; custody of this one file is everything. A file that others
could have read, or that lies together with coded data or in a git work tree, is refused, when reading as when creating.

From the key come purposes, by HKDF-SHA256 (RFC 5869), and from a purpose pseudonyms, by HMAC-SHA256 (RFC 2104): two
purposes cannot be matched against each other without the key. The key's id is derived too and safe to print.

The module does not find the key file (settings do), does not hand keys over, rotate or seal them, and keeps nothing: no
key, no hash without key, and no way to run without one. Only `sigpanel.pipeline` imports it.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import re
import secrets
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import polars as pl
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sigpanel.errors import Fault, InputError, PolicyError, SigpanelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SIZE = 32
MODE = 0o600

# A letter before each id, so that a person is never taken for an episode. A purpose may be divided ("registry/facts");
# its first part decides.
PREFIXES = {"persons": "p", "episodes": "e", "uno": "u", "submissions": "s", "cohort": "c", "registry": "r"}

_CONTEXT = "sigpanel/v1/"
_PURPOSE = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")
_KEY_ID = "key-id"
_KEY_ID_LENGTH = 10
_PSEUDONYM_BYTES = 16
_PSEUDONYM_LENGTH = 26
_FEW = 1_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

# O_NONBLOCK: opening a FIFO must be refused, not waited for.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


# --- primitives, tested against the vectors of the RFCs ---------------------------------------------------------------


def hkdf_sha256(secret: bytes, info: bytes, *, salt: bytes | None = None, length: int = 32) -> bytes:
    """HKDF with SHA-256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def hmac_sha256(secret: bytes, message: bytes) -> bytes:
    """HMAC with SHA-256 (RFC 2104)."""
    return _digest(HMAC(secret, SHA256()), message)


def _digest(keyed: HMAC, message: bytes) -> bytes:
    """The HMAC of a message by one that has taken in nothing but its key, and is left so.

    Taking in the key costs three times what a short message does: 30,000 take .03 s by copies, .10 from the key each.
    """
    one = keyed.copy()
    one.update(message)
    return one.finalize()


# --- the key in use ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Key:
    """A loaded key. It prints as its id, and its bytes cannot be had from it.

    The bytes live in the closure `_expand` rather than in a field, so that neither `dataclasses.asdict`, a debugger's
    list of attributes nor a traceback with locals shows them.
    """

    key_id: str
    _expand: Callable[[str], bytes]

    def derive(self, purpose: str) -> bytes:
        """The 32-byte subkey of a purpose, by HKDF with info `sigpanel/v1/<purpose>`."""
        if not _PURPOSE.fullmatch(purpose) or purpose == _KEY_ID:
            raise Fault("key-purpose", "A key was asked for a purpose that is not one.")
        return self._expand(purpose)

    def pseudonyms(self, purpose: str, values: pl.Series) -> pl.Series:
        """Pseudonyms of texts, equal exactly where the texts are; null stays null.

        Texts are compared in Unicode's NFC, since the same letter comes composed from one computer and decomposed from
        another. Each distinct text is computed once.
        """
        if values.dtype not in (pl.String, pl.Null):
            raise Fault("key-values", f"Pseudonyms are made of texts, not of {values.dtype.base_type().__name__}.")
        subkey, prefix = self.derive(purpose), _prefix(purpose)
        distinct = values.cast(pl.String).drop_nulls().unique()
        keyed = HMAC(subkey, SHA256())
        made = prefix + _base32_of_each([_short_digest(keyed, text) for text in distinct])
        return values.cast(pl.String).replace_strict(distinct, made, return_dtype=pl.String)

    def pseudonym(self, purpose: str, text: str) -> str:
        """The pseudonym of one text; the same as in `pseudonyms`."""
        return _prefix(purpose) + _base32(_short_digest(HMAC(self.derive(purpose), SHA256()), text))

    def __repr__(self) -> str:
        return f"Key({self.key_id})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is never pickled or copied: load it where it is needed")


def create(path: Path, *, forbidden: Iterable[Path] = ()) -> Key:
    """Make a new key file, readable by its owner only, and load it.

    Args:
        path: where; its folder must exist and nothing may stand there yet, for a key that is overwritten is lost.
        forbidden: folders it may not lie in: the study, and the research folder where that lies elsewhere.

    Raises:
        InputError: the folder does not exist or cannot be written to.
        PolicyError: something stands there already, or the place is not safe.
    """
    forbidden = tuple(forbidden)
    _refuse_place(path, forbidden)
    try:
        descriptor = os.open(path, _CREATE, MODE)
    except OSError as error:
        raise _not_created(path, error.errno) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, MODE)
            file.write(secrets.token_bytes(SIZE))
            file.flush()
            os.fsync(descriptor)
        _sync_directory(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return load(path, forbidden=forbidden)


def load(path: Path, *, forbidden: Iterable[Path] = ()) -> Key:
    """Read a key file, if it is safe.

    Args:
        path: the key file.
        forbidden: folders it may not lie in: the study, and the research folder where that lies elsewhere.

    Raises:
        InputError: there is no such file.
        PolicyError: the file is not safe or is not a key; the code says which of the rules of this module it breaks.
    """
    _refuse_place(path, tuple(forbidden))
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        raise _not_opened(path, error.errno) from None
    try:
        # Judged through the descriptor that is read from: the name could be given to another file in between.
        _refuse_file(path, os.fstat(descriptor))
        secret = os.read(descriptor, SIZE + 1)
    finally:
        os.close(descriptor)
    if len(secret) != SIZE:
        raise _wrong_size(path)

    return _key(secret)


def demonstration() -> Key:
    """The key of the synthetic demo study: the same everywhere, and so no protection at all.

    It is not to be had by a setting or a file, so that no real study can be made with it.
    """
    return _key(hashlib.sha256(b"sigpanel demo: synthetic persons only").digest())


def _key(secret: bytes) -> Key:
    def expand(purpose: str) -> bytes:
        return hkdf_sha256(secret, (_CONTEXT + purpose).encode())

    return Key(_base32(expand(_KEY_ID))[:_KEY_ID_LENGTH], expand)


# --- refusals ---------------------------------------------------------------------------------------------------------

_ELSEWHERE = "Choose a folder of your own outside the study and any git work tree, and set SIGPANEL_KEY_FILE."
_MOVED = "If it was replaced or copied, bring the right file back from the key's custodian."


def _refuse_place(path: Path, forbidden: tuple[Path, ...]) -> None:
    if os.name != "posix":
        raise PolicyError(
            "key-platform",
            "On this system sigpanel cannot tell who may read a key file.",
            remedy="Run the commands that need the key on Linux or macOS; a panel can be opened anywhere.",
        )
    # Both ways of reading the path: a folder on the way may be a link out of the study, or into it.
    above = {*Path(os.path.abspath(path)).parents, *(path.parent.resolve() / path.name).parents}  # noqa: PTH100
    if any(folder in above or folder.resolve() in above for folder in map(Path.absolute, forbidden)):
        raise PolicyError(
            "key-in-study",
            f"The key file {path} lies in the study or among its output; key and coded data are never kept together.",
            remedy=_ELSEWHERE,
        )
    if any(os.path.lexists(folder / "sigpanel.toml") for folder in above):
        raise PolicyError(
            "key-in-study",
            f"The key file {path} lies in a study; key and coded data are never kept together.",
            remedy=_ELSEWHERE,
        )
    if any(os.path.lexists(folder / ".git") for folder in above):
        raise PolicyError(
            "key-in-git",
            f"The key file {path} lies in a git work tree, from where it would be committed and copied.",
            remedy=_ELSEWHERE,
        )


def _refuse_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _not_a_file(path)
    if found.st_uid != os.geteuid():
        raise PolicyError(
            "key-owner",
            f"The key file {path} belongs to another user.",
            remedy="Run sigpanel as the user who owns the key, or have its custodian give you a copy of your own.",
        )
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PolicyError(
            "key-mode",
            f"The key file {path} can be read or written by others than its owner.",
            remedy=f"Find out who may have read it. If nobody did: chmod 600 {path}. Otherwise make a new key.",
        )
    if found.st_nlink != 1:
        raise PolicyError(
            "key-hard-link",
            f"The key file {path} has a second name somewhere, so its place says nothing about where it can be read.",
            remedy="Delete its other name, or copy it to a new file and delete both.",
        )
    if found.st_size != SIZE:
        raise _wrong_size(path)


def _not_opened(path: Path, number: int | None) -> SigpanelError:
    if number in (errno.ENOENT, errno.ENOTDIR):
        return InputError(
            "key-missing",
            f"There is no key file at {path}.",
            remedy="Set SIGPANEL_KEY_FILE, or `key_file` in the settings, or make one: `sigpanel key new FILE`.",
        )
    if number == errno.ELOOP:
        return PolicyError("key-symlink", f"The key file {path} is a symbolic link.", remedy="Name the file itself.")
    if number in (errno.ENXIO, errno.EISDIR, errno.ENODEV):
        return _not_a_file(path)
    return PolicyError(
        "key-unreadable", f"The key file {path} cannot be read.", remedy="Run sigpanel as the user who owns the key."
    )


def _not_created(path: Path, number: int | None) -> SigpanelError:
    if number == errno.EEXIST:
        return PolicyError(
            "key-exists",
            f"Something stands at {path} already, and a key that is overwritten is lost.",
            remedy="Choose another name for the new key.",
        )
    if number in (errno.ENOENT, errno.ENOTDIR):
        return InputError(
            "key-folder-missing",
            f"The folder for the key file {path} does not exist.",
            remedy="Make it first, for yourself only: mkdir -p -m 700 FOLDER.",
        )
    return InputError(
        "key-not-created", f"The key file {path} cannot be created.", remedy="Choose a folder that you may write to."
    )


def _not_a_file(path: Path) -> PolicyError:
    return PolicyError("key-not-a-file", f"The key file {path} is not a regular file.", remedy="Name a key file.")


def _wrong_size(path: Path) -> PolicyError:
    return PolicyError(
        "key-size", f"The key file {path} does not hold {SIZE} bytes, so it is not a key.", remedy=_MOVED
    )


# --- small parts ------------------------------------------------------------------------------------------------------


def _prefix(purpose: str) -> str:
    return PREFIXES.get(purpose.partition("/")[0], "")


def _short_digest(keyed: HMAC, text: str) -> bytes:
    return _digest(keyed, unicodedata.normalize("NFC", text).encode())[:_PSEUDONYM_BYTES]


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _base32_of_each(digests: Sequence[bytes]) -> pl.Series:
    """`_base32` of many short digests at once: 30,000 take .02 s, and one by one .15.

    Five bytes are four pairs of letters: the upper forty bits of a window of eight bytes, ten bits to a pair.
    """
    # To do it at once costs as much as to do a thousand one by one; a small study has fifteen times a few dozens.
    if len(digests) < _FEW:
        return pl.Series([_base32(digest) for digest in digests], dtype=pl.String)
    padded = pl.Series([digest + bytes(8) for digest in digests], dtype=pl.Binary)
    pairs = pl.Series([one + other for one in _LETTERS for other in _LETTERS])
    windows = [padded.bin.slice(at, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big") for at in (0, 5, 10, 15)]
    letters = [pairs.gather(window // 2**shift % 2**10) for window in windows for shift in (54, 44, 34, 24)]
    return pl.select(pl.concat_str(letters).str.slice(0, _PSEUDONYM_LENGTH)).to_series()


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
