"""Looks for needles in parts: by whole words, by phrases, by bytes; and for codes however they are separated.

    search = Search(needles)
    search.over(parts)      hits: which kind, in which part, how many different needles
    search.tokens           what in those parts could be a digest, and where each stood first, for `attack`

A short needle counts only as a whole word, so that an id, which is letters and digits by chance, is no false alarm: a
code is six signs, and one that stands inside a run of more than sixteen is not seen. Texts are searched in many
patterns at once by polars (Aho and Corasick), a block of parts at a time, since building the automaton costs more than
using it.

What cannot be found: a needle that was cut up, translated or counted, a value derived from a text, and a digest under
a key. For what is derived there is the test of non-interference (`tests/privacy`): what must not matter is changed, and
no byte of what leaves may change with it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sigpanel.contracts.proof import proof_contract
from sigpanel.proof.needles import SHORTEST_IN_BYTES
from sigpanel.proof.words import is_word_of_ours, readings, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sigpanel.proof.needles import Needles
    from sigpanel.proof.parts import Part

# Of this many characters a block of parts is searched at a time.
_BLOCK = 32_000_000
_CODE_LENGTH, _LONGEST_WITH_A_CODE = 6, 16
_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{4,}")
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]{4,}")
_BETWEEN = r"[\s_.\-–—/]"
_SEPARATED = re.compile(rf"(?<![^\W_])([^\W\d_]{{2}}){_BETWEEN}{{0,3}}(\d{{2}}){_BETWEEN}{{0,3}}(\d{{2}})(?![^\W_])")
# Each sign by itself, with the same between all of them.
_SPACED = re.compile(rf"(?<![^\W_])([^\W\d_])({_BETWEEN})([^\W\d_])\2(\d)\2(\d)\2(\d)\2(\d)(?![^\W_])")
# What nobody sees between two signs: tags of a document, and characters without width.
_UNSEEN = re.compile(r"<[^<>]{1,2000}>|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_SHORT_RUN = re.compile(rf"(?<![^\W_])[^\W_]{{{_CODE_LENGTH},{_LONGEST_WITH_A_CODE}}}(?![^\W_])")
_GLUED = re.compile(r"(?=([^\W\d_]{2}\d{4}))")
_ID = re.compile(r"[a-z2-7]{12,}")
_PREFIX = 12


class Hit(NamedTuple):
    """So many different needles of a kind in a part."""

    kind: str
    file: int
    place: str
    number: int


@dataclass
class Search:
    """The needles in the forms in which they are searched, and the tokens that were seen meanwhile."""

    needles: Needles = field(repr=False)
    # Single words that may stand in the folder, since somebody wrote them there to be read.
    said: frozenset[str] = frozenset()
    tokens: dict[str, tuple[int, str]] = field(default_factory=dict, repr=False)
    # What stands beside tables could be a published salt, if it is none of our own words.
    told: dict[str, None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # Of a word of several kinds the others are looked for all the same.
        self._words = {
            word: kinds - {"words"} if word in self.said else kinds for word, kinds in self.needles.in_words().items()
        }
        self._phrases = self.needles.in_phrases()
        self._bytes = {data.decode("latin-1"): kinds for data, kinds in self.needles.in_bytes().items()}
        ids = {kind: self.needles.sought[kind] for kind in ("panel_ids", "registry_ids")}
        # The letter before an id says what it is of, and may be left out.
        self._ids = {
            start: kind
            for kind, texts in ids.items()
            for text in texts
            for start in (text[:_PREFIX], text[1 : _PREFIX + 1])
        }

    def over(self, parts: Iterable[Part]) -> Iterator[Hit]:
        """What is found in the parts, block by block."""
        block: list[Part] = []
        size = 0
        for part in parts:
            block.append(part)
            size += len(part.data) + len(part.text or "")
            if size > _BLOCK:
                yield from self._in_block(block)
                block, size = [], 0
        yield from self._in_block(block)

    def _in_block(self, block: Sequence[Part]) -> Iterator[Hit]:
        found: Counter[tuple[str, int, str]] = Counter()
        raw = [(part, part.data.lower().decode("latin-1")) for part in block if len(part.data) >= SHORTEST_IN_BYTES]
        _count(found, raw, self._bytes)
        spreads = []
        for part in block:
            if part.is_packed:
                if codes := self._codes_in(part.text or "", set()):
                    found["uno_codes", part.file, part.place] += len(codes)
                continue
            for text in readings(part.text or ""):
                spreads.append((part, spread(text)))
                self._note_tokens(part, text)
                for kind, number in self._by_word(text, spreads[-1][1]):
                    found[kind, part.file, part.place] += number
        _count(found, spreads, self._phrases)
        yield from (Hit(*where, number) for where, number in sorted(found.items()))

    def _note_tokens(self, part: Part, text: str) -> None:
        tokens = {*_TOKEN.findall(text), *_ALPHANUMERIC.findall(text)}
        for token in tokens:
            self.tokens.setdefault(token, (part.file, part.place))
        if len(self.told) < proof_contract().attack.most_salts and not part.place.startswith(("values", "pages")):
            self.told |= dict.fromkeys(sorted(token for token in tokens if not is_word_of_ours(token.casefold())))

    def _by_word(self, text: str, spread_out: str) -> Iterator[tuple[str, int]]:
        """Codes, single words and ids in a text: the kind, and how many different ones."""
        seen = set(spread_out.split())
        codes = self._codes_in(text, seen)
        if _UNSEEN.search(text):
            shown = _UNSEEN.sub("", text)
            codes |= self._codes_in(shown, set(spread(shown).split()))
        if codes:
            yield "uno_codes", len(codes)
        yield from Counter(kind for word in seen & self._words.keys() for kind in self._words[word]).items()
        yield from Counter(self._ids_in(text, seen)).items()

    def _ids_in(self, text: str, seen: set[str]) -> Iterator[str]:
        if self._ids:
            for word in {word for word in seen if len(word) >= _PREFIX} | set(_ID.findall(text)):
                # Under the same letter, without one, or under another.
                kind = self._ids.get(word[:_PREFIX]) or self._ids.get(word[1 : _PREFIX + 1])
                if kind:
                    yield kind

    def _codes_in(self, text: str, seen: set[str]) -> set[str]:
        codes = self.needles.codes
        if not codes:
            return set()
        found = {"".join(parts).upper() for parts in _SEPARATED.findall(text)}
        found |= {"".join((first, *others)).upper() for first, _, *others in _SPACED.findall(text)}
        for run in seen | set(_SHORT_RUN.findall(text)):
            if not _CODE_LENGTH <= len(run) <= _LONGEST_WITH_A_CODE:
                continue
            for way in (run, run[::-1], *_unpacked(run)):
                found |= {code.upper() for code in _GLUED.findall(way)}
        return found & codes


def _unpacked(run: str) -> Iterator[str]:
    """What a short run of letters and digits is in hexadecimals, Base32 and Base64, if it is."""
    for decode in (bytes.fromhex, _base32, _base64):
        try:
            yield decode(run).decode()
        except (ValueError, binascii.Error):
            continue


def _base32(run: str) -> bytes:
    return base64.b32decode(run.upper() + "=" * (-len(run) % 8))


def _base64(run: str) -> bytes:
    return base64.b64decode(run + "=" * (-len(run) % 4), validate=True)


def _count(
    found: Counter[tuple[str, int, str]], texts: Sequence[tuple[Part, str]], patterns: dict[str, set[str]]
) -> None:
    """Add how many different patterns of each kind stand in each part."""
    if not texts or not patterns:
        return
    matches = pl.Series([text for _, text in texts], dtype=pl.String).str.extract_many(list(patterns), overlapping=True)
    for (part, _), matched in zip(texts, matches.list.unique().to_list(), strict=True):
        for kind, number in Counter(kind for pattern in matched or () for kind in patterns[pattern]).items():
            found[kind, part.file, part.place] += number
