"""What is derived from a key: purposes, and from a purpose pseudonyms.

From the key come purposes, by HKDF-SHA256 (RFC 5869), and from a purpose pseudonyms, by HMAC-SHA256 (RFC 2104): two
purposes cannot be matched against each other without the key. The key's id is derived too and safe to print.

An extract has a key of its own, from the manager's key and a secret salt: without the salt nobody makes it again, the
holder of the key included. No file is read or written here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import polars as pl
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SIZE = 32

# A letter before each id, so that a person is never taken for an episode. A purpose may be divided ("registry/facts");
# its first part decides. Those of an extract have letters that no id of the panel has.
PREFIXES = {
    "persons": "p",
    "episodes": "e",
    "uno": "u",
    "submissions": "s",
    "cohort": "c",
    "registry": "r",
    "extract-persons": "x",
    "extract-episodes": "y",
    "extract-cohort": "z",
}

_CONTEXT = "sigpanel/v1/"
_PURPOSE = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")
# An approval's name, and its version where ids last no longer.
_EXTRACT = re.compile(r"[a-z0-9][a-z0-9._-]*(/v[0-9]+)?")
_KEY_ID = "key-id"
_KEY_ID_LENGTH = 10
_PSEUDONYM_BYTES = 16
_PSEUDONYM_LENGTH = 26
_FEW = 1_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


# --- primitives, tested against the vectors of the RFCs ---------------------------------------------------------------


def hkdf_sha256(secret: bytes, info: bytes, *, salt: bytes | None = None, length: int = 32) -> bytes:
    """HKDF with SHA-256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def hmac_sha256(secret: bytes, message: bytes) -> bytes:
    """HMAC with SHA-256 (RFC 2104)."""
    keyed = HMAC(secret, SHA256())
    keyed.update(message)
    return keyed.finalize()


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

    def salted(self, salt: bytes, info: str) -> Key:
        """The key of an extract: of the subkey `extracts`, by HKDF with the salt and `sigpanel/v1/extracts/<info>`.

        Args:
            salt: the extract's secret salt, 32 bytes.
            info: the approval's name; with its version, `name/v1`, where another version is to have other ids.
        """
        if len(salt) != SIZE or not _EXTRACT.fullmatch(info):
            raise Fault("key-salt", "A key was asked for an extract without its salt, or for one of no name.")
        return of_secret(hkdf_sha256(self.derive("extracts"), f"{_CONTEXT}extracts/{info}".encode(), salt=salt))

    def pseudonyms(self, purpose: str, values: pl.Series) -> pl.Series:
        """Pseudonyms of texts, equal exactly where the texts are; null stays null.

        Texts are compared in Unicode's NFC, since the same letter comes composed from one computer and decomposed from
        another. Each distinct text is computed once.
        """
        if values.dtype not in (pl.String, pl.Null):
            raise Fault("key-values", f"Pseudonyms are made of texts, not of {values.dtype.base_type().__name__}.")
        subkey, prefix = self.derive(purpose), _prefix(purpose)
        texts = values.cast(pl.String)
        distinct = texts.drop_nulls().unique(maintain_order=True)
        made = (prefix + _base32_of_each(_short_digests(subkey, distinct))).alias(values.name)
        # Ids mostly come as they are distinct, and to look each up takes a tenth of the time.
        return made if distinct.len() == texts.len() else texts.replace_strict(distinct, made, return_dtype=pl.String)

    def pseudonym(self, purpose: str, text: str) -> str:
        """The pseudonym of one text; the same as in `pseudonyms`."""
        return _prefix(purpose) + _base32(*_short_digests(self.derive(purpose), [text]))

    def __repr__(self) -> str:
        return f"Key({self.key_id})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is never pickled or copied: load it where it is needed")


def of_secret(secret: bytes) -> Key:
    """The key of 32 bytes. Only what has read them from a safe file, or derived them, calls this."""

    def expand(purpose: str) -> bytes:
        return hkdf_sha256(secret, (_CONTEXT + purpose).encode())

    return Key(_base32(expand(_KEY_ID))[:_KEY_ID_LENGTH], expand)


def demonstration() -> Key:
    """The key of the synthetic demo study: the same everywhere, and so no protection at all.

    It is not to be had by a setting or a file, so that no real study can be made with it.
    """
    return of_secret(hashlib.sha256(b"sigpanel demo: synthetic persons only").digest())


# --- small parts ------------------------------------------------------------------------------------------------------


def _prefix(purpose: str) -> str:
    return PREFIXES.get(purpose.partition("/")[0], "")


def _short_digests(subkey: bytes, texts: Iterable[str]) -> list[bytes]:
    """The HMAC of each text, as much of it as a pseudonym holds.

    Taking in the key costs three times what a short text does: 30,000 take .03 s by copies of one that has, .10 from
    the key each. A function called for each of them takes another .03.
    """
    keyed, made = HMAC(subkey, SHA256()), []
    for text in texts:
        one = keyed.copy()
        one.update(unicodedata.normalize("NFC", text).encode())
        made.append(one.finalize()[:_PSEUDONYM_BYTES])
    return made


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
