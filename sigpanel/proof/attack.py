"""The dictionary attack: is any id or digest in a folder what anybody can make of a code without the key?

    attack(tokens, codes=…, others=…, salts=…)

Two attacks. Every possible code, some five million with coordination numbers, under each plain digest: finds ids of
persons whom the study does not know any more, too. And what the study itself holds (codes in several spellings, names
of files and persons, personal numbers) under more digests, once and twice, and with each word of the folder itself as a
published salt, before and after, and as an HMAC's key: whoever can name one code can try salts by it.

A token counts as a digest's beginning or end in hexadecimals, Base32, Base64 or as a whole number, if it has at least
`least_bits` bits, and with or without one letter before it. What a key made cannot be found, nor a salt that stands
nowhere in the folder and is no usual word: nobody else could find it either.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from sigpanel.contracts.proof import proof_contract
from sigpanel.contracts.uno import possible_codes

_HEX = re.compile(r"[0-9a-fA-F]+")
_BASE32 = re.compile(r"[a-z2-7]+=*|[A-Z2-7]+=*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+=*")
_WHOLE = re.compile(r"[0-9]{12,20}")
_START = 4
_LONGEST_SALT = 64
_URLSAFE = str.maketrans("-_", "+/")

Digest = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Attacked:
    """How many tokens were held against how many codes and salts, and those of them that were found out."""

    n_tokens: int
    n_codes: int
    n_known: int
    n_salts: int
    found: frozenset[str] = field(repr=False)


@dataclass
class _Targets:
    """The bytes that tokens may show, by their first and by their last four."""

    by_start: dict[bytes, list[bytes]] = field(default_factory=dict)
    by_end: dict[bytes, list[bytes]] = field(default_factory=dict)
    tokens: dict[bytes, set[str]] = field(default_factory=dict)
    n_tokens: int = 0
    found: set[bytes] = field(default_factory=set)

    def add(self, token: str) -> None:
        shown = {data for data in _shown(token) if len(data) * 8 >= proof_contract().attack.least_bits}
        self.n_tokens += bool(shown)
        for data in shown:
            self.tokens.setdefault(data, set()).add(token)
            self.by_start.setdefault(data[:_START], []).append(data)
            self.by_end.setdefault(data[-_START:], []).append(data)

    def try_each(self, texts: Sequence[bytes], name: str) -> None:
        """Note what a digest of any of these texts begins with: millions of them, so one test and nothing more each."""
        made, starts = getattr(hashlib, name), self.by_start
        self.try_all(made(text).digest() for text in [text for text in texts if made(text).digest()[:_START] in starts])

    def try_all(self, digests: Iterable[bytes]) -> None:
        """Note what any of these digests begins with."""
        by_start = self.by_start
        for digest in digests:
            if digest[:_START] in by_start:
                self.found |= {data for data in by_start[digest[:_START]] if digest.startswith(data)}

    def try_ends(self, digests: Iterable[bytes]) -> None:
        """Note what any of these digests begins or ends with."""
        for digest in digests:
            self.try_all([digest])
            if digest[-_START:] in self.by_end:
                self.found |= {data for data in self.by_end[digest[-_START:]] if digest.endswith(data)}


def attack(
    tokens: Iterable[str],
    *,
    codes: Collection[str],
    others: Collection[str] = (),
    ids: Collection[str] = (),
    salts: Iterable[str] = (),
    possible: Callable[[], Iterable[str]] = possible_codes,
) -> Attacked:
    """Try every code and everything known against every token.

    Args:
        tokens: runs of letters and digits that may be ids or digests.
        codes: the study's codes.
        others: other texts of the study of which a digest must not stand anywhere.
        ids: some of the panel's ids, of which the same holds, salted too.
        salts: words of the folder that may have been used as salts.
        possible: gives every code that is tried; all there are, but for tests.
    """
    said = proof_contract().attack
    targets = _Targets()
    for token in tokens:
        targets.add(token)
    known = sorted(codes)
    chosen = [salt for salt in dict.fromkeys([*said.salts, *salts]) if len(salt) <= _LONGEST_SALT][: said.most_salts]
    n_codes = 0
    if targets.by_start:
        encoded = [code.encode() for code in possible()]
        n_codes = len(encoded)
        for name in said.digests:
            targets.try_each(encoded, name)
        targets.try_ends(_of_known({way for text in (*known, *others, *ids) for way in _spellings(text)}))
        targets.try_all(_hashed_by_polars(known))
        step = max(1, len(known) // said.n_known)
        targets.try_all(_salted([*known[::step][: said.n_known], *ids], chosen))
    found = frozenset(token for data in targets.found for token in targets.tokens[data])
    return Attacked(targets.n_tokens, n_codes, len(known) + len(others) + len(ids), len(chosen), found)


def _digest(name: str) -> Digest:
    made = getattr(hashlib, name)
    return lambda data: made(data).digest()


def _shown(token: str) -> Iterator[bytes]:
    """The bytes that a token may show; of a token with one letter too many, also without it."""
    if _WHOLE.fullmatch(token) and int(token) < 1 << 64:
        yield int(token).to_bytes(8, "big")
        yield int(token).to_bytes(8, "little")
    for text in (token, token[1:]):
        if _HEX.fullmatch(text):
            yield bytes.fromhex(text[: len(text) // 2 * 2])
        if _BASE32.fullmatch(text):
            yield _bits(text.rstrip("=").upper(), 8, base64.b32decode)
    if _BASE64.fullmatch(token):
        yield _bits(token.rstrip("=").translate(_URLSAFE), 4, base64.b64decode)


def _bits(text: str, group: int, decode: Callable[[str], bytes]) -> bytes:
    """The whole bytes of a text in Base32 or Base64, wherever it was cut off."""
    width = {8: 5, 4: 6}[group]
    fill = "A" * (-len(text) % group)
    try:
        return decode(text + fill)[: len(text) * width // 8]
    except (binascii.Error, ValueError):
        return b""


def _spellings(text: str) -> Iterator[bytes]:
    for way in {text, text.lower(), text.upper(), unicodedata.normalize("NFD", text), text.strip()}:
        yield way.encode()
        yield way.encode("utf-16-le")
        yield way.encode("cp1252", "ignore")


def _of_known(spelt: Iterable[bytes]) -> Iterator[bytes]:
    """What every digest makes of texts, and once more of what it made."""
    said = proof_contract().attack
    digests = [_digest(name) for name in (*said.digests, *said.more_digests)]
    for text in spelt:
        for digest in digests:
            once = digest(text)
            yield from (once, digest(once), digest(once.hex().encode()))


def _hashed_by_polars(texts: Collection[str]) -> Iterator[bytes]:
    """Polars' own hash, which has no key: as a whole number."""
    return (value.to_bytes(8, "big") for value in pl.Series(list(texts), dtype=pl.String).hash().to_list())


def _salted(codes: Collection[str], salts: Iterable[str]) -> Iterator[bytes]:
    digests = [_digest(name) for name in proof_contract().attack.digests]
    texts = [code.encode() for code in codes]
    for salt in salts:
        for told in _as_bytes(salt):
            for text in texts:
                ways = [told + text, text + told, *(told + by + text for by in (b":", b"-", b"_", b"|", b" "))]
                yield from (digest(way) for digest in digests for way in ways)
                yield hmac.digest(told, text, "sha256")


def _as_bytes(salt: str) -> Iterator[bytes]:
    yield salt.encode()
    if _HEX.fullmatch(salt) and len(salt) > _START * 4 and len(salt) % 2 == 0:
        yield bytes.fromhex(salt)
