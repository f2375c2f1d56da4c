"""What a column is called, means and may hold, ready for any format; from the contracts alone, never from data.

    variables_of("waves")          the columns of a table of the panel
    hidden(variable)               the flag beside a column of an extract that says what was taken out
    marked(variable, ...)          the same column, made coarser

A label has the number of the question in the newest edition that asks it, and is never cut: one that is too long, a
name that some program does not take, and one code with two meanings are faults of the contracts, told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.exports import MISSING, SUPPRESSED, exports
from sigpanel.contracts.extracts import Words, columns_of
from sigpanel.contracts.strict import NAME
from sigpanel.contracts.tables import vocabulary
from sigpanel.errors import Fault
from sigpanel.forms import MOMENTS, forms, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.contracts.model import Column
    from sigpanel.forms import Code, Question

LANGUAGES = ("sv", "en")
_WAVES = "waves"


@dataclass(frozen=True)
class Category:
    """What a value stands for: the word in the table, the number in .sav and .dta, and what it says."""

    token: str | int | bool
    number: int
    said: Words


@dataclass(frozen=True)
class Variable:
    """A column.

    Attributes:
        name: what it is called.
        type: by the name that contracts have for it.
        said: what it means, at whatever length.
        label: the same, short enough for every program.
        categories: what its values stand for; of none where they are what they are.
        reasons: why a value may be missing, by name, where codes of their own say so.
        reason_column: the column that says why, if one does.
        asked_as: the questions that it answers, by edition.
        unit: what a number counts.
        nullable: whether it may be without a value.
    """

    name: str
    type: str
    said: Words
    label: Words
    categories: tuple[Category, ...] = ()
    reasons: tuple[str, ...] = ()
    reason_column: str | None = None
    asked_as: str = ""
    unit: str | None = None
    nullable: bool = True

    @property
    def is_text(self) -> bool:
        """Whether its values are texts in every format."""
        return self.type == "string" and not self.categories

    @property
    def first_code(self) -> int | None:
        """The least code of a reason that it may be missing for: where its range of missing codes begins."""
        return min((exports().reasons[name].code for name in self.reasons), default=None)


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


def person_no() -> Variable:
    """The number of a person, as it stands beside `person_id` in .sav and .dta."""
    said = exports().derived["person_no"]
    return checked(Variable("person_no", "int32", said, said, nullable=False))


def hidden(variable: Variable) -> Variable:
    """The flag that says where a value of a column was taken out."""
    label = _derived("hidden", variable.label)
    name = f"{variable.name}{HIDDEN_FLAG}"
    return checked(Variable(name, "bool", _derived("hidden", variable.said), label, _yes_no(), nullable=False))


def marked(
    variable: Variable, name: str, type_: str, transformation: str, categories: tuple[Category, ...] = ()
) -> Variable:
    """A column that was made coarser: other values, the same meaning."""
    mark, template = exports().marks[transformation], exports().derived["marked"]
    label = Words(
        template.en.format(label=variable.label.en, mark=mark.en),
        template.sv.format(label=variable.label.sv, mark=mark.sv),
    )
    unit = variable.unit if type_ == variable.type else None
    made = replace(variable, name=name, type=type_, label=label, categories=categories, reasons=(), unit=unit)
    return checked(replace(made, reason_column=None))


def with_suppressed(variable: Variable) -> Variable:
    """The same, of which an extract may have taken values out: with a code for that, where it has codes."""
    has_codes = variable.reasons or (variable.categories and variable.type != "bool")
    return replace(variable, reasons=(*variable.reasons, SUPPRESSED)) if has_codes else variable


def checked(variable: Variable) -> Variable:
    """The same, provided that every program takes it.

    Raises:
        Fault: the name, the label or the label of a value does not fit; it is told by name alone.
    """
    facts = exports()
    reserved = set().union(*facts.reserved.values())
    labels = [text for each in variable.categories for text in (each.said.en, each.said.sv)]
    fits = {
        "its name": bool(NAME.fullmatch(variable.name))
        and len(variable.name) <= facts.longest_name
        and variable.name not in reserved,
        "its label": max(len(variable.label.en), len(variable.label.sv)) <= facts.longest_label,
        "the label of a value": all(len(text.encode()) <= facts.longest_value_label for text in labels),
    }
    for what, does in fits.items():
        if not does:
            raise Fault(
                "export-does-not-fit",
                f"{variable.name}: {what} does not fit SPSS, Stata and R.",
                remedy="Give a shorter one in contracts/exports.yaml.",
            )
    return variable


# --- of the panel -----------------------------------------------------------------------------------------------------


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
        return _yes_no()
    if column.vocabulary is None:
        return ()
    numbers = exports().numbers.get(column.vocabulary) or {
        name: reason.code for name, reason in exports().reasons.items()
    }
    terms = vocabulary(column.vocabulary)
    return tuple(Category(term.token, numbers[term.token], Words(term.en, term.sv)) for term in terms)


def _yes_no() -> tuple[Category, ...]:
    said = exports().derived
    return Category(False, 0, said["no"]), Category(True, 1, said["yes"])


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
        _derived("question", label, question="/".join(question.name for question in newest)),
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
    words = _derived("missing", answered.label)
    return replace(made, said=words, label=words, asked_as=answered.asked_as)


def _derived(kind: str, label: Words, **more: str) -> Words:
    template = exports().derived[kind]
    return Words(template.en.format(label=label.en, **more), template.sv.format(label=label.sv, **more))
