"""What a template that is refused has in common with the editions that are known, and where it differs.

Whoever gets a refusal must know which form to fetch, or what to restore. So a refused edition is compared with the
nearest one, cell by cell of the answer row, and editions that fit equally well are compared with each other: what
differs between them is what would have told them apart. Editions, questions and addresses are named, never what stands
in a cell.

What refuses a template is `recognise`; nothing here does.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from sigpanel.forms import Answer, Form, Question, forms, habits, letters_and_digits
from sigpanel.intake.book import address, letters
from sigpanel.intake.texts import is_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sigpanel.intake.book import Cell

ALTERNATIVE: Final = re.compile(r"(\d{1,3})\s*=\s*(.*?)(?=\d{1,3}\s*=|$)", re.DOTALL)
# As many as the form has questions; a sheet may have sixteen thousand columns.
_MOST_PLACES: Final = 32


def answers_alike(text: str, answer: Answer) -> bool:
    """Whether a cell of the answer row offers the answers that an edition knows.

    By code and what it says, since the form's own texts have slips. The codes for *missing* may be absent: where the
    form forgets to print them, they are known from the other questions. Of a number without such codes, a date and the
    UNO code the text is advice, not a list.
    """
    if letters_and_digits(text) == letters_and_digits(answer.text):
        return True
    if not answer.codes:
        return not answer.missing or set(re.findall(r"\d+", text)) == set(re.findall(r"\d+", answer.text))
    offered = {int(code): letters_and_digits(label) for code, label in ALTERNATIVE.findall(text)}
    if not offered:  # "se fliken Listor": it tells nothing, but contradicts nothing either
        return True
    if not answer.by_code.keys() <= offered.keys() <= answer.by_code.keys() | answer.missing.keys():
        return False
    least = habits().header_like_a_question
    return all(is_alike(offered[code], letters_and_digits(known.sv), least) for code, known in answer.by_code.items())


def nearest_by_answers(answers: Sequence[Cell], columns: Mapping[int, Question], candidates: Sequence[Form]) -> str:
    """The candidate that most of the answer row agrees with, and the cells that do not."""

    def differing(form: Form) -> list[Cell]:
        asked = ((cell, form.by_header[columns[cell.column].header_key]) for cell in answers)
        return [cell for cell, question in asked if not answers_alike(cell.text, question.answer)]

    nearest = min(candidates, key=lambda form: (len(differing(form)), form.edition))
    cells = {cell.column: nearest.by_header[columns[cell.column].header_key] for cell in differing(nearest)}
    return f"compared with {nearest.edition}: answer row at {_named(answers[0].row, cells)}"


def nearest_by_title(key: str) -> str:
    """The editions whose title is most like a folded text."""
    titles = {letters_and_digits(form.title) for form in forms().values()}
    title = max(sorted(titles), key=lambda title: SequenceMatcher(None, key, title, autojunk=False).ratio())
    return _editions(form for form in forms().values() if letters_and_digits(form.title) == title)


def fitting(remaining: Sequence[Form], columns: Mapping[int, Question], answer_row: int) -> str:
    """The editions that fit equally well, and what would tell them apart: the title, or answers by their cell.

    Args:
        remaining: the editions.
        columns: the question in each column.
        answer_row: where the answers should stand; 0 if the headers stand in the first row.
    """
    differing = {
        column: question
        for column, question in columns.items()
        for first, *others in [[form.by_header[question.header_key].answer for form in remaining]]
        if not all(answers_alike(first.text, other) and answers_alike(other.text, first) for other in others)
    }
    telling = ["the title row"] * (len({letters_and_digits(form.title) for form in remaining}) > 1)
    telling += [f"the answer row at {_named(answer_row, differing)}"] * bool(differing)
    return f"fits {_editions(remaining)}; {' and '.join(telling) or 'nothing in the form'} would tell"


def _editions(known: Iterable[Form]) -> str:
    return ", ".join(form.edition for form in known)


def _named(row: int, asked: Mapping[int, Question]) -> str:
    """`B7 (Q2), C7 (Q3)`; without a row above the headers, by column."""
    places = [
        f"{address(row, column) if row else letters(column)} ({question.name})"
        for column, question in sorted(asked.items())
    ]
    more = len(places) - _MOST_PLACES
    return ", ".join(places[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
