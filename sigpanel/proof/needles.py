"""What must not be found: needles of the kinds of `contracts/proof.yaml`, and the ways in which each is written.

    needles = Needles({"uno_codes": {"QX0619"}, …}, keys={…})
    needles.counted()       how many of each kind are looked for, and how many are not

A needle is not looked for when it is shorter than its kind's `least`, since it would turn up by chance, or when all its
words are our own (`words.is_ours`). Both are counted, so that nobody takes for searched what was not. Nothing here
shows a needle when printed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sigpanel.contracts.proof import NeedleKind, proof_contract
from sigpanel.contracts.uno import INITIALS
from sigpanel.proof.words import is_ours, is_word_of_ours, spread, words, words_of_contracts

# Shorter ones turn up by chance in packed bytes, of which a large release has some tens of millions.
SHORTEST_IN_BYTES = 8
_ADDRESS = re.compile(r"\$?[A-Z]{1,3}\$?[1-9]\d{0,4}")
_WITH_ADDRESSES = ("aside_texts", "cell_texts")
# As a phrase that is glued to something at its ends is found; shorter ones by whole words alone.
_SHORTEST_GLUED = 12
_CODE = re.compile(rf"[{INITIALS}]{{2}}\d{{4}}")
# Made of bytes or letters of their own, which no text of ours holds by chance.
_NEVER_OURS = ("uno_codes", "panel_ids", "registry_ids", "personal_numbers", "keys", "unkeyed")


@dataclass(frozen=True)
class Counted:
    """Of a kind: how many needles are looked for, and how many are too short or our own words."""

    kind: str
    looked_for: int
    left_out: int


@dataclass(frozen=True)
class Needles:
    """Texts by kind, as they stand in the study, and the bytes of keys."""

    texts: Mapping[str, Collection[str]] = field(repr=False)
    keys: Collection[bytes] = field(default=(), repr=False)

    @cached_property
    def sought(self) -> dict[str, tuple[str, ...]]:
        """Those that are looked for, by kind, in order."""
        kinds = proof_contract().needles
        return {name: tuple(sorted(filter(_Sought(kinds[name]), self.texts.get(name, ())))) for name in kinds}

    def counted(self) -> tuple[Counted, ...]:
        """How many of each kind are looked for and how many are not, in the contract's order."""
        found = []
        for name, sought in self.sought.items():
            given = self.keys if name == "keys" else set(self.texts.get(name, ()))
            looked_for = len(given) if name == "keys" else len(sought)
            found.append(Counted(name, looked_for, len(given) - looked_for))
        return tuple(one for one in found if one.kind != "unkeyed")

    @property
    def codes(self) -> frozenset[str]:
        """The codes."""
        return frozenset(self.sought["uno_codes"])

    def in_words(self) -> dict[str, set[str]]:
        """Single words and the kinds that they are of: to be held against the words of a text."""
        found: dict[str, set[str]] = {}
        for kind, text in self._texts():
            each = words(text) if proof_contract().needles[kind].is_name else [spread(text).strip()]
            for word in each:
                if " " not in word and word and not (is_word_of_ours(word) and kind not in _NEVER_OURS):
                    found.setdefault(word, set()).add(kind)
                    found.setdefault(word[::-1], set()).add(kind) if len(word) > _SHORTEST_GLUED / 2 else None
        return found

    def in_phrases(self) -> dict[str, set[str]]:
        """Phrases, as they stand among the words of a text, and the kinds that they are of."""
        found: dict[str, set[str]] = {}
        for kind, text in self._texts():
            phrase = spread(text)
            if " " in phrase.strip() and not is_ours(text):
                for way in (phrase, phrase[::-1]):
                    found.setdefault(way if len(way) < _SHORTEST_GLUED else way.strip(), set()).add(kind)
        return found

    def in_bytes(self) -> dict[bytes, set[str]]:
        """What stands in bytes where a needle does: in encodings, hexadecimals and Base64; ASCII in small letters."""
        found: dict[bytes, set[str]] = {}
        for kind, text in self._texts():
            for data in _encoded(text):
                if len(data) >= SHORTEST_IN_BYTES:
                    found.setdefault(data.lower(), set()).add(kind)
        for secret in self.keys:
            for data in (secret, secret[::-1], *_shown(secret), base64.b32encode(secret).rstrip(b"=")):
                found.setdefault(data.lower(), set()).add("keys")
        return found

    def _texts(self) -> Iterator[tuple[str, str]]:
        """All but the codes, for which there is a way of their own."""
        return ((kind, text) for kind, texts in self.sought.items() if kind != "uno_codes" for text in texts)


@dataclass(frozen=True)
class _Sought:
    """Whether a text is looked for as a needle of a kind."""

    kind: NeedleKind

    def __call__(self, text: str) -> bool:
        # Links and names lead to cells, whose addresses are in a release; a code that looks like one has its own kind.
        if self.kind.name in _WITH_ADDRESSES and _ADDRESS.fullmatch(text):
            return False
        letters = sum(map(len, words(text)))
        if letters < self.kind.least or (self.kind.name == "uno_codes" and text in codes_of_ours()):
            return False
        is_long = len(text.encode()) >= SHORTEST_IN_BYTES
        return (self.kind.is_exact and is_long) or self.kind.name in _NEVER_OURS or not is_ours(text)


def codes_of_ours() -> frozenset[str]:
    """The codes that stand as examples in the contracts, and so in the codebook."""
    return frozenset(word.upper() for word in words_of_contracts() if _CODE.fullmatch(word.upper()))


def _encoded(text: str) -> Iterator[bytes]:
    for way in {text, text.lower(), text.upper()}:
        yield way.encode()
        for wide in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            yield way.encode(wide)
        yield way.encode("cp1252", "ignore")
    yield from _shown(text.encode())


def _shown(data: bytes) -> Iterator[bytes]:
    """Bytes as hexadecimals and in Base64, of which the ends depend on what stands beside."""
    yield data.hex().encode()
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data)
        yield encoded[4 if offset else 0 : -4]
        yield encoded[4 if offset else 0 : -4].translate(bytes.maketrans(b"+/", b"-_"))
