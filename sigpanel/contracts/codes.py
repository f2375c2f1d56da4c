"""Code lists as the contract of a table shows them: the values that a column may have, with labels in both languages.

Words come from the vocabularies, variables and their codes from the forms. What a rule of the panel allows and what is
listed here is the same; a test holds it, together with the codebook and the blank form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.tables import vocabulary
from sigpanel.errors import Fault
from sigpanel.forms import forms, variables

if TYPE_CHECKING:
    from sigpanel.contracts.model import Column
    from sigpanel.forms import Question

# Why there is no value though nobody was asked, or not yet: the edition, a skip condition, the moment. And why there is
# none though somebody was; "not applicable" is an answer.
NOT_ASKED = ("not_asked", "not_yet", "not_collected")
LACKING = ("unknown", "declined", "blank", "invalid")


@dataclass(frozen=True)
class Entry:
    """A value, its name among the values, and what it says."""

    value: int | str
    token: str
    en: str
    sv: str


def code_list(column: Column) -> tuple[Entry, ...]:
    """The values that a column may have, in order; none where any may stand there."""
    if column.vocabulary:
        return tuple(Entry(term.token, term.token, term.en, term.sv) for term in vocabulary(column.vocabulary))
    if column.of_variables:
        return tuple(_variable(name) for name in column.values or ())
    return _codes(column.name) if is_variable(column) else ()


def is_variable(column: Column) -> bool:
    """Whether the column holds the values of a variable."""
    return column.is_answer and column.name in variables()


def questions(variable: str) -> tuple[Question, ...]:
    """Every question about a variable, editions in order of name; the last is the one to cite."""
    return tuple(one for form in forms().values() for one in form.questions if one.variable == variable)


def codes_of_no_value(variable: str) -> dict[int, str]:
    """The codes of the form that say why there is no value, with the reason."""
    answers = [question.answer for question in questions(variable)]
    found = {code.code: code.missing for answer in answers for code in answer.codes if code.missing}
    return dict(sorted((found | {code: why for answer in answers for code, why in answer.missing.items()}).items()))


def _variable(name: str) -> Entry:
    asked = questions(name)[-1]
    return Entry(name, name, asked.label_en, asked.label_sv)


def _codes(variable: str) -> tuple[Entry, ...]:
    """The union over editions. A column holds codes of all of them, so a code that means two things is a fault.

    Raises:
        Fault: two editions call one code by two tokens.
    """
    found: dict[int, Entry] = {}
    for question in questions(variable):
        for code in question.answer.codes if question.answer.kind == "coded" else ():
            entry = Entry(code.code, code.token, code.en, code.sv)
            if found.get(code.code, entry).token != code.token:
                raise Fault(
                    "code-of-two-meanings",
                    f"Code {code.code} of {variable} means one thing in one edition and another in the next.",
                    remedy="Give the later edition's question a variable of its own, in contracts/forms.",
                )
            if not code.missing:
                found[code.code] = entry
    return tuple(found[code] for code in sorted(found))
