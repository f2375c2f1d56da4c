"""What a single cell says: a header, nothing at all, something like a code, something like a date.

A workbook may refer a hundred thousand times to a text of thirty thousand letters. So nothing here takes longer than
the text is long, texts longer than any header or answer are only looked at in part, and the same text is read once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sigpanel.forms import forms, habits, letters_and_digits
from sigpanel.intake.book import DATE, NUMBER, TEXT

if TYPE_CHECKING:
    from sigpanel.intake.book import Cell

# Longer than every header and every answer of the forms; what follows is not compared.
LONGEST: Final = 500
_KEPT: Final = 1_024

# "8. Är inskriven", "8) …", "8: …", but not "1:a kontakt". Blanks are single and none stand at the ends.
_NUMBERED = re.compile(r"(\d{1,3}) ?(?:[.)]|:(?!\w)) ?(.*)")
# However somebody numbered it, if what follows is one of the form's headers: "8 Är inskriven", "Fråga 8: …".
_NUMBERED_SOMEHOW = re.compile(r"(?:fråga|nr\.?|q)? ?(\d{1,3}) ?[.):]? ?(.*)", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(r"[^\W\d]{2}\d{4}")
_CODE_LIKE = re.compile(r"[^\W\d]{2}[\do]{4,6}")
# With a letter where a digit is meant, or a sign too many, but mostly digits all the same.
_CODE_WITH_A_SLIP = re.compile(r"[^\W\d]{2}(?=(?:\D?\d){2})[\doilszb]{4,6}")


@dataclass(frozen=True)
class Head:
    """A header cell: its number if it has one, and its text as it is compared, which may be anything."""

    column: int
    no: int | None
    key: str = field(repr=False)
    is_asking: bool


def head(cell: Cell) -> Head:
    """What a cell says if it is read as a header."""
    return Head(cell.column, *_read(cell.text))


def header_key(text: str) -> str:
    """A text as headers are compared, its number left out."""
    return _read(text)[1]


@lru_cache(maxsize=_KEPT)
def _read(text: str) -> tuple[int | None, str, bool]:
    """Number, key and whether it asks."""
    stripped = text.strip()
    if len(stripped) > LONGEST:
        # No header of the form, and never to be taken for one: no key has an ellipsis.
        is_comment = "kommentar" in stripped.casefold()
        number, key, _ = _read(stripped[:LONGEST].strip())
        return number, f"{key}…{'kommentar' * is_comment}", stripped.endswith("?")
    line = " ".join(unicodedata.normalize("NFKC", stripped).split())
    somehow = _NUMBERED_SOMEHOW.fullmatch(line)
    if somehow and (key := letters_and_digits(somehow[2])) in known_headers():
        return int(somehow[1]), key, line.endswith("?")
    numbered = _NUMBERED.fullmatch(line)
    number = int(numbered[1]) if numbered else None
    return number, letters_and_digits(numbered[2] if numbered else line), line.endswith("?")


@lru_cache(maxsize=1)
def known_headers() -> frozenset[str]:
    """The headers of every edition, folded."""
    return frozenset(key for form in forms().values() for key in form.by_header)


@lru_cache(maxsize=1)
def code_headers() -> frozenset[str]:
    """Those of the UNO code."""
    return frozenset(
        question.header_key for form in forms().values() for question in form.questions if question.variable == "uno"
    )


@lru_cache(maxsize=_KEPT)
def folded(text: str) -> str:
    """A text as texts are compared, as far as any is."""
    return letters_and_digits(text.strip()[:LONGEST])


def is_nothing(cell: Cell) -> bool:
    """Whether a cell holds nothing but blanks, invisible characters and marks for "empty", as cleaning sees it, too."""
    return cell.kind == TEXT and _is_nothing(cell.text)


@lru_cache(maxsize=_KEPT)
def _is_nothing(text: str) -> bool:
    return not text or (_is_mute(text[0]) and all(map(_is_mute, set(text))))


@lru_cache(maxsize=_KEPT)
def _is_mute(sign: str) -> bool:
    marks = "".join(habits().blank_marks)
    return all(
        part.isspace() or part in marks or unicodedata.category(part) in {"Cc", "Cf"}
        for part in unicodedata.normalize("NFKC", sign)
    )


def is_number_like(cell: Cell) -> bool:
    """Whether a cell is a number or a date, or would be one had the form not been saved as text."""
    if cell.kind == TEXT:
        text = cell.text.strip()
        return text.isdecimal() or is_iso_date(text)
    return True


def is_iso_date(text: str) -> bool:
    """Whether a text is a date as Excel saves it."""
    return bool(_ISO_DATE.fullmatch(text))


def is_code(cell: Cell) -> bool:
    """Whether a cell is a UNO code, however it is set: "AP0615", "ap 06-15"."""
    return bool(_CODE.fullmatch(folded(cell.text)))


def is_code_like(cell: Cell) -> bool:
    """Whether a cell can be nothing but a UNO code, if not a sound one."""
    return bool(_CODE_LIKE.fullmatch(folded(cell.text)))


def is_code_with_a_slip(cell: Cell) -> bool:
    """Whether a cell is rather a UNO code than a word: "AP06I5"."""
    return bool(_CODE_WITH_A_SLIP.fullmatch(folded(cell.text)))


def may_be_a_date(cell: Cell) -> bool:
    """Whether a cell may be meant for a date: characters that nobody sees left out, it begins with a digit."""
    if cell.kind in {DATE, NUMBER}:
        return True
    text = unicodedata.normalize("NFKC", cell.text[:LONGEST])
    seen = (sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in {"Cc", "Cf"})
    return next(seen, "").isdecimal()


def is_alike(one: str, other: str, least: float) -> bool:
    """Whether two texts differ in a few letters only."""
    # The lengths alone bound the ratio, and so do the letters; without these bounds a header as long as a cell can be
    # takes minutes.
    if 2 * min(len(one), len(other)) < least * (len(one) + len(other)):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= least and matcher.ratio() >= least
