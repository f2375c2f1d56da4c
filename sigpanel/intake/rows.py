"""What each row below the header is: a person, blank, a sum, a banner or a footer.

By what stands in it, never by its looks: formatting makes no row, and hidden rows are rows. A row is passed over as no
person only if it cannot be one; in doubt it is a person's, and cleaning says what is wrong with it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.forms import forms, habits, letters_and_digits
from sigpanel.intake.book import TEXT
from sigpanel.intake.texts import (
    LONGEST,
    folded,
    header_key,
    is_code_like,
    is_code_with_a_slip,
    is_nothing,
    is_number_like,
    may_be_a_date,
)

if TYPE_CHECKING:
    from sigpanel.intake.book import Cell
    from sigpanel.intake.recognise import Header

_FIRST_WORD = re.compile(r"\W*(\w+)")
# With more answers than this, a word in an office's own column makes no sum.
_MOST_SUMS = 5


def row_kinds(header: Header) -> dict[int, str]:
    """The kind of each row from the one below the header to the last in which a column of the form holds something."""
    by_row: dict[int, list[Cell]] = {}
    last = header.row
    for cell in header.below:
        if cell.column in header.comment_columns:
            continue
        by_row.setdefault(cell.row, []).append(cell)
        if cell.column in header.columns:
            last = max(last, cell.row)
    return {row: _kind(by_row.get(row, []), header) for row in range(header.row + 1, last + 1)}


@lru_cache
def _repeated(edition: str) -> frozenset[str]:
    """What a banner repeats: the headers and answer texts of an edition, folded."""
    questions = forms()[edition].questions
    return frozenset(key for one in questions for key in (one.header_key, letters_and_digits(one.answer.text)))


def _kind(cells: list[Cell], header: Header) -> str:
    asked = [cell for cell in cells if cell.column in header.columns and not is_nothing(cell)]
    if not asked:
        return "blank"
    by_variable = {header.columns[cell.column].variable: cell for cell in asked}
    code, enrolled = by_variable.get("uno"), by_variable.get("enrolled_on")
    if code is not None and (is_code_like(code) or (len(asked) > 1 and is_code_with_a_slip(code))):
        return "person"
    texts = [cell for cell in cells if cell.kind == TEXT]
    repeated = _repeated(header.form.edition)
    if sum(header_key(cell.text) in repeated for cell in texts) >= habits().banner_least_matches:
        return "banner"
    is_dated = enrolled is not None and may_be_a_date(enrolled)
    if is_dated or (code is not None and len(asked) > _MOST_SUMS):
        labels = [cell for cell in texts if cell is code]
    elif len(asked) > _MOST_SUMS:
        labels = [cell for cell in texts if cell.column in header.columns]
    else:
        labels = texts
    if _is_sum(labels):
        return "sum"
    is_footer = len(asked) <= habits().footer_most_cells and not any(map(is_number_like, asked))
    return "footer" if is_footer and not is_dated else "person"


def _is_sum(labels: list[Cell]) -> bool:
    """Whether the row is labelled a sum: by a word ("Summa"), or by the first one ("Antal: 7").

    Where an enrolment date or a code stands, only the code's own cell may say so, and where there are many answers,
    only the form's columns: a word elsewhere must not cost a person.
    """
    spoken = {folded(cell.text) for cell in labels}
    first = (_FIRST_WORD.match(cell.text.strip()[:LONGEST]) for cell in labels)
    return bool((spoken | {folded(found[1]) for found in first if found}) & habits().sum_words)
