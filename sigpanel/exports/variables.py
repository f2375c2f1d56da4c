"""What a column is called, means and may hold, ready for any format, and what is made of one.

    hidden(variable)               the flag beside a column of an extract that says what was taken out
    marked(variable, ...)          the same column, made coarser
    with_suppressed(variable)      the same, with a code for what was taken out

Nothing is ever cut: a label that is too long and a name that some program does not take are faults of the contracts,
told when the column is described. The panel's columns are in `described`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.exports import SUPPRESSED, exports
from sigpanel.contracts.extracts import Words
from sigpanel.contracts.strict import NAME
from sigpanel.errors import Fault

if TYPE_CHECKING:
    pass

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


def person_no() -> Variable:
    """The number of a person, as it stands beside `person_id` in .sav and .dta."""
    said = exports().derived["person_no"]
    return checked(Variable("person_no", "int32", said, said, nullable=False))


def hidden(variable: Variable) -> Variable:
    """The flag that says where a value of a column was taken out."""
    label = derived("hidden", variable.label)
    name = f"{variable.name}{HIDDEN_FLAG}"
    return checked(Variable(name, "bool", derived("hidden", variable.said), label, yes_no(), nullable=False))


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


def yes_no() -> tuple[Category, ...]:
    """What a yes-or-no stands for: 0 and 1."""
    said = exports().derived
    return Category(False, 0, said["no"]), Category(True, 1, said["yes"])


def derived(kind: str, label: Words, **more: str) -> Words:
    """A label made of another, by the contract's words for such a one."""
    template = exports().derived[kind]
    return Words(template.en.format(label=label.en, **more), template.sv.format(label=label.sv, **more))
