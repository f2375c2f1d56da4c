"""How texts are compared when something is looked for, and which words are our own.

A text becomes its words: folded, letters and digits only, single blanks between. So neither case, composed or
decomposed letters, line breaks, underscores, JSON's and HTML's signs nor how long a blank is hide anything, and a
search by whole words is a search for blanks at both ends.

Our own words are those of `contracts/` and of the program's own files, of which everything is made that it writes
about itself. A text of nothing but such words tells nothing that the program could not have said by itself, so it is
not looked for: a column that an office called "Kön" is no leak. The synthetic deliveries are left out of them, since
what they hold is planted to be found.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\[nrt]")
_SUFFIXES = {".yaml", ".py", ".html", ".j2", ".css", ".js", ".json", ".md"}
_NOT_OURS = "synth"
# A year or a count is no one's; longer numbers may be.
_SHORT_NUMBER = 4


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def spread(text: str) -> str:
    """A text as its words, with a blank between and at both ends."""
    return f" {' '.join(words(text))} "


def readings(text: str) -> Iterator[str]:
    """A text as it stands, and as JSON, HTML and addresses of the web would have it read, where that differs."""
    yield text
    for unescaped in (_ESCAPED.sub(_letter, text), html.unescape(text), unquote(text, errors="replace")):
        if unescaped != text:
            yield unescaped


def _letter(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else " "


def is_ours(text: str) -> bool:
    """Whether a text has no word that is not our own, single letters and short numbers apart."""
    return all(
        len(word) == 1 or is_word_of_ours(word) or (word.isdigit() and len(word) <= _SHORT_NUMBER)
        for word in words(text)
    )


def is_word_of_ours(word: str) -> bool:
    """Whether it is a word of the program's own."""
    return word in own_words()


@lru_cache(maxsize=1)
def own_words() -> frozenset[str]:
    """Every word of the contracts and of the program's own files."""
    package = Path(__file__).parents[1]
    folders = (path for path in package.iterdir() if path.is_dir() and path.name != _NOT_OURS)
    return words_of_contracts().union(*map(_words_below, folders), *map(_words_of, package.glob("*.py")))


@lru_cache(maxsize=1)
def words_of_contracts() -> frozenset[str]:
    """Every word of the contracts."""
    return frozenset(_words_below(contracts_dir()))


def _words_below(folder: Path) -> set[str]:
    return set[str]().union(*(_words_of(path) for path in folder.rglob("*") if path.suffix in _SUFFIXES))


def _words_of(path: Path) -> set[str]:
    return set(words(path.read_text(encoding="utf-8")))
