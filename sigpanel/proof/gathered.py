"""Needles as they are gathered: what a text makes one, and of which kinds.

A text that an office wrote is a needle as it stands; the words in it are too, and so are a code or a personal number
that stands among others ("QX0619 bor hos ZW0708"). Nothing is judged here: what is too short or our own is left out by
`needles`, and counted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.spelling import read_uno
from sigpanel.contracts.uno import is_day
from sigpanel.proof.needles import Needles
from sigpanel.proof.words import is_word_of_ours, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Glued, since "på 2022" is no code; with blanks or hyphens a code is told where it is a cell's whole text.
_CODE = re.compile(r"(?<![^\W_])[^\W\d_]{2}\d{4}(?![^\W_])")
_PERSONAL_NUMBER = re.compile(r"(?<!\d)(\d\d)?(\d{6})\s?([-+]?)\s?(\d{4})(?!\d)")
_CENTURIES = ("19", "20")
_LONGEST_CODE = 14
# Of these each word is searched, too.
_FREE = ("cell_texts", "notes", "aside_texts", "codes_as_sent", "decisions")


@dataclass
class Gathered:
    """What was gathered so far, by kind."""

    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set), repr=False)
    keys: set[bytes] = field(default_factory=set, repr=False)
    sealed: int = 0

    def add(self, kind: str, texts: Iterable[str | None]) -> None:
        """Take texts of a kind, and what can be read in them."""
        for text in texts:
            if text and text.strip():
                self.texts[kind].add(text.strip())

    def needles(self) -> Needles:
        """All of it, codes and personal numbers read out of the texts, and these taken apart into words."""
        texts = {kind: set(found) for kind, found in self.texts.items()}
        of_cells = texts.get("cell_texts", set()) | texts.get("codes_as_sent", set()) | texts.get("decisions", set())
        written = {text for kind, found in texts.items() if kind not in ("panel_ids", "registry_ids") for text in found}
        codes = texts.get("uno_codes", set()) | _codes(of_cells, written)
        numbers = texts.get("personal_numbers", set()) | {
            way for text in written for found in _PERSONAL_NUMBER.findall(text) for way in _ways(*found)
        }
        return Needles(
            {
                **texts,
                "uno_codes": codes,
                "codes_as_sent": texts.get("codes_as_sent", set()) - codes,
                "personal_numbers": numbers,
                "words": _words({text for kind in _FREE for text in texts.get(kind, ())}, codes),
            },
            frozenset(self.keys),
        )


def _codes(of_cells: Collection[str], written: Collection[str]) -> set[str]:
    """The codes that are a cell's whole text, however spelt, or stand in any text."""
    short = [text for text in of_cells if len(text) <= _LONGEST_CODE]
    found = [code.upper() for text in written for code in _CODE.findall(text)]
    read = pl.concat([pl.Series(short, dtype=pl.String).to_frame("text").select(read_uno(pl.col("text"))).to_series(),
                      pl.Series("text", found, dtype=pl.String)])  # fmt: skip
    return set(read.filter(is_day_of(read)).drop_nulls())


def is_day_of(codes: pl.Series) -> pl.Series:
    """Whether each code ends with the day of a birth."""
    day = codes.str.slice(4).cast(pl.Int32, strict=False)
    return day.to_frame("day").select(is_day(pl.col("day")).fill_null(value=False)).to_series()


def _ways(century: str, six: str, sign: str, four: str) -> set[str]:
    """A personal number with and without its hyphen and its century; where that is not told, with either."""
    heads = {six, *(f"{told}{six}" for told in ([century] if century else _CENTURIES))}
    return {f"{head}{by}{four}" for head in heads for by in ("", sign or "-")}


def _words(texts: Iterable[str], codes: Collection[str]) -> set[str]:
    """The words of free texts, but for codes, our own, and numbers too short to be anybody's."""
    found = {word for text in texts for word in words(text)}
    of_codes = {code.casefold() for code in codes}
    return {word for word in found - of_codes if not is_word_of_ours(word) and not (word.isdigit() and len(word) < 8)}  # noqa: PLR2004
