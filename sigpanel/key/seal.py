"""A key handed over: encrypted to its next custodian by age, and made a key file again by whoever holds the identity.

    sealed = seal(key_file, "age1…", Path("sig.key.age"))        encrypted to that recipient; may travel
    open_sealed(Path("sig.key.age"), identity, key_file)         a key file, made with the same care as a new one

A sealed key is the 32 bytes of the key file as age encrypts them, so that `age -d` opens it too. age does not say who
sealed a file: whoever opens one compares the key's id with what the sender says by another way. Recipients of age
(`age1…`) are taken and no SSH keys, which lead to more than one thing.

The bytes of the key are in memory alone, and pyrage's errors print nothing: they may quote what they were given.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

import pyrage
from pyrage import x25519

from sigpanel.errors import InputError, UsageError
from sigpanel.key.derive import SIZE, Key, of_secret
from sigpanel.key.file import load, read_private, read_secret, write_secret
from sigpanel.key.refusals import IDENTITY, KEY, SEALED, not_opened, refuse_place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# A sealed key takes some 300 bytes, an identity some 200.
_LARGEST: Final = 64 * 1024
_IDENTITY: Final = "AGE-SECRET-KEY-1"


def seal(key_file: Path, recipient: str, out: Path, *, forbidden: Iterable[Path] = (), what: str = KEY) -> Key:
    """Write a key file encrypted to a recipient, and return the key.

    Args:
        key_file: the key file.
        recipient: an age recipient, as `age-keygen` prints it.
        out: the file to make.
        forbidden: folders that neither file may lie in.
        what: whose key it is, as `refusals` calls it.

    Raises:
        UsageError: the recipient is none.
        InputError: there is no such key file, or the file cannot be made.
        PolicyError: the key file is not safe, something stands there already, or the place is not safe.
    """
    forbidden = tuple(forbidden)
    try:
        to = x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise UsageError(
            "recipient-unknown",
            "The recipient is not one of age.",
            remedy="The next custodian makes an identity by `age-keygen -o FILE`, and tells you the public key in it: "
            "it begins with age1.",
        ) from None
    refuse_place(out, forbidden, SEALED)
    secret = read_secret(key_file, forbidden, what)
    try:
        sealed = pyrage.encrypt(secret, [to])
    except pyrage.EncryptError:
        raise InputError("not-sealed", "The key could not be sealed.", remedy="Try another recipient.") from None
    write_secret(out, sealed, forbidden, SEALED)
    return of_secret(secret)


def open_sealed(
    sealed: Path, identity: Path, key_file: Path, *, forbidden: Iterable[Path] = (), what: str = KEY
) -> Key:
    """Make a key file of a sealed key, and load it.

    Args:
        sealed: what `seal` wrote.
        identity: the file of identities, as `age-keygen` writes it; held to the rules of a key file.
        key_file: the key file to make; nothing may stand there.
        forbidden: folders that neither identity nor key may lie in.
        what: whose key it is, as `refusals` calls it.

    Raises:
        InputError: a file is missing, is no identity, or is not a key sealed to it.
        PolicyError: the identity or the place is not safe, or something stands where the key is to be made.
    """
    forbidden = tuple(forbidden)
    refuse_place(key_file, forbidden, what)
    identities = _identities(identity, forbidden)
    content = _sealed(sealed)
    try:
        secret = pyrage.decrypt(content, identities) if len(content) <= _LARGEST else b""
    except pyrage.DecryptError:
        secret = b""
    if len(secret) != SIZE:
        raise InputError(
            "sealed-not-opened",
            "The file is not a key that was sealed to this identity.",
            remedy="See that it came whole, and that it was sealed to the public key of this identity.",
        )
    write_secret(key_file, secret, forbidden, what)
    return load(key_file, forbidden=forbidden, what=what)


def _sealed(path: Path) -> bytes:
    """What a sealed key holds; anybody may have read it, so nothing but its kind and size is asked."""
    if path.exists() and not path.is_file():
        raise not_opened(path, errno.EISDIR, SEALED)
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST + 1)
    except OSError as error:
        raise not_opened(path, error.errno, SEALED) from None


def _identities(path: Path, forbidden: tuple[Path, ...]) -> list[x25519.Identity]:
    """The identities of a file: a line each; blank lines and those that begin with # say nothing."""
    content = read_private(path, forbidden, IDENTITY, most=_LARGEST)
    lines = [line.strip() for line in content.decode("ascii", errors="replace").splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    try:
        found = [x25519.Identity.from_str(line) for line in said if line.startswith(_IDENTITY)]
    except pyrage.IdentityError:
        found = []
    if not found or len(found) < len(said) or len(content) > _LARGEST:
        raise InputError(
            "identity-unknown",
            "The identity file holds no identity of age, or something else besides.",
            remedy="Name the file that `age-keygen -o FILE` wrote; one with a passphrase is not taken.",
        )
    return found
