"""The columns of the panel, described: from tables and forms alone, never from data.

    variables_of("waves")                        the columns of a table
    variable_of("waves", "school_enrolled")      one of them

What a column of answers means, and which codes it has, is that of all editions together, in the words of the newest;
its label has the number of the question in that one. A code that means different things in two editions is a fault.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts.exports import MISSING, SUPPRESSED, exports
from sigpanel.contracts.extracts import Words, columns_of
from sigpanel.contracts.tables import vocabulary
from sigpanel.errors import Fault
from sigpanel.exports.variables import Category, Variable, checked, derived, yes_no
from sigpanel.forms import MOMENTS, forms, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.contracts.model import Column
    from sigpanel.forms import Code, Question

_WAVES = "waves"


@lru_cache(maxsize=32)
def variables_of(table: str) -> tuple[Variable, ...]:
    """The columns of a table of the panel.

    Raises:
        Fault: a name or a label does not fit every program, or a code means two things.
    """
    return tuple(_variable(table, column) for column in columns_of(table).values())


def variable_of(table: str, column: str) -> Variable:
    """One column of a table of the panel."""
    return next(each for each in variables_of(table) if each.name == column)


def _variable(table: str, column: Column) -> Variable:
    said = Words(column.en, column.sv)
    made = Variable(
        column.name, column.type, said, exports().labels.get((table, column.name), said),
        _categories(column), unit=column.unit, nullable=column.nullable,
    )  # fmt: skip
    of = column.name.removesuffix(MISSING)
    if table == _WAVES and of in variables():
        answered = _answered(of)
        made = answered if of == column.name else _why(made, answered)
    return checked(made)


def _categories(column: Column) -> tuple[Category, ...]:
    if column.type == "bool":
        return yes_no()
    if column.vocabulary is None:
        return ()
    numbers = exports().numbers.get(column.vocabulary) or {
        name: reason.code for name, reason in exports().reasons.items()
    }
    terms = vocabulary(column.vocabulary)
    return tuple(Category(term.token, numbers[term.token], Words(term.en, term.sv)) for term in terms)


def _answered(name: str) -> Variable:
    """A column of answers: its question, codes and missing reasons, of all editions."""
    asked = list(_questions(name))
    newest = [question for edition, question in asked if edition == asked[-1][0]]
    label = Words(newest[-1].label_en, newest[-1].label_sv)
    answers = [question.answer for _, question in asked]
    declined = {reason for answer in answers for reason in answer.missing.values()}
    reasons = tuple(
        reason for reason in exports().reasons if reason not in {SUPPRESSED, "declined"} or reason in declined
    )
    columns = columns_of(_WAVES)
    return Variable(
        name, columns[name].type, label,
        derived("question", label, question="/".join(question.name for question in newest)),
        _codes(name, [code for answer in answers for code in answer.codes]), reasons, f"{name}{MISSING}",
        "; ".join(f"{question.name} at {question.moment} ({edition})" for edition, question in asked),
        next((answer.unit for answer in answers if answer.unit), None),
    )  # fmt: skip


def _questions(name: str) -> Iterator[tuple[str, Question]]:
    for edition in forms().values():
        for moment in MOMENTS:
            if (name, moment) in edition.by_key:
                yield edition.edition, edition.by_key[name, moment]


def _codes(name: str, codes: Sequence[Code]) -> tuple[Category, ...]:
    """What each code says, by the newest edition; a code that says why there is no value is none of them."""
    found: dict[int, tuple[str, Category]] = {}
    for code in codes:
        if code.missing is None:
            token, _ = found.setdefault(code.code, (code.token, Category(code.code, code.code, Words("", ""))))
            if token != code.token:
                raise Fault("export-code-twice", f"{name}: code {code.code} means different things in two editions.")
            found[code.code] = (token, Category(code.code, code.code, Words(code.en, code.sv)))
    return tuple(found[code][1] for code in sorted(found))


def _why(made: Variable, answered: Variable) -> Variable:
    words = derived("missing", answered.label)
    return replace(made, said=words, label=words, asked_as=answered.asked_as)
