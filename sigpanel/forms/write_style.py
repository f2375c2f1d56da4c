"""How the form looks: formats, and how wide and high its texts stand.

Widths and heights come from the texts, which differ between editions. They are reckoned for Arial, that every office
has and that is wider than most: a text in another font has room left over, never too little.

It writes nothing; what the form does while it is filled in is in `sigpanel.forms.write_checks`.
"""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

    from sigpanel.forms.model import Question

DATE_FORMAT = "yyyy-mm-dd"
TEXT_FORMAT = "@"
# Of no scheme, or Excel would show the theme's font in its place.
_SIZE = 10
FONT = {"font_name": "Arial", "font_size": _SIZE, "font_scheme": "none"}
# Columns other than the questions', in characters.
NARROW, WIDE = 19, 30
# Points a line takes, in the form's letters and in those of the answer row.
LINE, SMALL_LINE = 13, 10.5

# How much a row is higher than its lines.
AIR = 4

# A question's column is the first of these in which its texts stand in so many lines.
_WIDTHS = (11, 13, 16, 19, 23, 28, 34, 42, 50)
_HEADER_LINES, _ANSWER_LINES = 4, 11
# How much more than a column's width in digits fits in a line: ordinary letters, bold ones, those of the answer row.
_PLAIN, _BOLD, _SMALL = 1.2, 1.05, 1.55

_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "bg_color": "#FFFFFF"},
    # Filled, so that the lines between cells are neither seen nor printed.
    "head": {"bg_color": "#FFFFFF"},
    "instruction": {"text_wrap": True, "valign": "top", "bg_color": "#FFFFFF"},
    "enrolment": {"bold": True, "bg_color": "#DDEBF7", "border": 1},
    "discharge": {"bold": True, "bg_color": "#E2EFDA", "border": 1},
    "answers": {"font_size": 8, "text_wrap": True, "valign": "top", "bg_color": "#F2F2F2", "border": 1},
    "header": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#FFFFFF", "border": 1},
    "explanation": {"text_wrap": True, "valign": "top", "border": 1},
    "heading": {"bold": True},
    "own": {"italic": True},
    # With lines of their own, since a filled cell hides those between cells.
    "skipped": {"bg_color": "#808080", "font_color": "#FFFFFF", "border": 1, "border_color": "#BFBFBF"},
    "unanswered": {"bg_color": "#FFFF00", "border": 1, "border_color": "#BFBFBF"},
}
# Answers of every kind stand in the middle: a code of one digit at the edge of a wide column is far from its question.
_ANSWER = {"align": "center"}


class Styles:
    """Formats of one workbook, each made once: xlsxwriter would otherwise write thousands.

    `more` are looks besides those of the form: of other parts, or of answers, which stand in the middle all the same.
    """

    def __init__(self, workbook: Workbook, more: Mapping[str, dict[str, Any]] | None = None) -> None:
        self._workbook = workbook
        self._looks = _LOOKS | dict(more or {})
        self._known: dict[tuple[str, str, bool], Format] = {}

    def look(self, name: str) -> Format:
        """The format of a part of the form."""
        return self._format(name, "", False)

    def shown(self, number_format: str, *, quoted: bool = False, look: str = "") -> Format:
        """The format of an answer; `quoted` marks text that Excel would take for a formula when edited."""
        return self._format(look, number_format, quoted)

    def _format(self, name: str, number_format: str, quoted: bool) -> Format:
        key = (name, number_format, quoted)
        if key not in self._known:
            properties = (_ANSWER if number_format else {}) | self._looks.get(name, {})
            if number_format:
                properties["num_format"] = number_format
            if quoted:
                properties["quote_prefix"] = True
            self._known[key] = self._workbook.add_format(properties)
        return self._known[key]


def width(question: Question) -> int:
    """How wide a question's column is, in characters: enough for its longest word, and for few lines of each text."""
    return _width(header(question), question.answer.text)


@lru_cache(maxsize=1024)
def _width(head: str, answers: str) -> int:
    """By the texts, since they recur in every workbook of an edition, and breaking lines takes its time."""
    for wide in _WIDTHS:
        is_whole = max(map(len, head.split())) <= wide * _BOLD
        if is_whole and _lines(head, wide * _BOLD) <= _HEADER_LINES and _lines(answers, wide * _SMALL) <= _ANSWER_LINES:
            return wide
    return _WIDTHS[-1]


def header(question: Question) -> str:
    """A question as its header says it."""
    return f"{question.no}. {question.header}"


def header_height(question: Question) -> float:
    """How high a question's header stands in its column, in points."""
    return LINE * _lines(header(question), width(question) * _BOLD)


def answers_height(question: Question) -> float:
    """How high a question's alternatives stand in its column, in points."""
    return SMALL_LINE * _lines(question.answer.text, width(question) * _SMALL)


def height(text: str, characters: float, size: float = _SIZE, *, is_bold: bool = False) -> float:
    """How high a text stands across so many characters, in points; `size` is that of its letters."""
    scale = size / _SIZE
    return LINE * scale * _lines(text, characters / scale * (_BOLD if is_bold else _PLAIN))


@lru_cache(maxsize=4096)
def _lines(text: str, characters: float) -> int:
    return sum(max(1, len(textwrap.wrap(line, int(characters)))) for line in text.split("\n"))
