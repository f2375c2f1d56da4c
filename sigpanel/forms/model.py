"""The questionnaire as nouns: forms, questions, answers, codes, districts.

A `Form` is one edition of one programme's workbook. It is built from `contracts/forms/` by `sigpanel.forms.load` and is
the only description of that edition: recognition, cleaning, code lists, labels and the blank workbook all read it.

Nothing here reads a file or a cell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

MOMENTS = ("enrolment", "discharge")
KINDS = ("uno", "district", "coded", "number", "date")

# Questions that describe the episode itself. They are columns of `episodes`; every other question is a panel variable.
EPISODE_VARIABLES = ("uno", "district", "sex", "age", "enrolled_on", "discharged_on", "discharge_reason")

_NOT_WORD = re.compile(r"[\W_]+")


def letters_and_digits(text: str) -> str:
    """Fold a text to what must agree when two texts are compared: NFKC, no case, letters and digits only.

    The form itself writes "Ja ,", "Ja,," and "familjsaknas", offices add blanks and line breaks, and Excel keeps
    no-break spaces and decomposed letters; none of that changes what a text says.
    """
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True)
class Code:
    """One answer alternative: what is ticked (`code`), its name in the panel (`token`) and what it says."""

    code: int
    token: str
    sv: str
    en: str
    missing: str | None = None


@dataclass(frozen=True)
class Answer:
    """A kind of answer, shared by the questions that ask for it.

    `codes` are the alternatives of a coded answer; `low` and `high` bound a number, both ends included; `missing` maps
    the codes that say why there is no value. `text` is what the light-grey answer row says. `unit` is what a number
    counts, `units` are words that may follow it.
    """

    name: str
    kind: str
    text: str
    codes: tuple[Code, ...] = ()
    low: int | None = None
    high: int | None = None
    missing: Mapping[int, str] = field(default_factory=dict)
    units: tuple[str, ...] = ()
    unit: str | None = None

    @cached_property
    def by_code(self) -> dict[int, Code]:
        """The alternatives by code."""
        return {code.code: code for code in self.codes}


@dataclass(frozen=True)
class Condition:
    """That a variable of the same moment has one of these codes."""

    variable: str
    codes: tuple[int, ...]


@dataclass(frozen=True)
class Question:
    """One numbered column of the form."""

    no: int
    variable: str
    moment: str
    answer: Answer
    header: str
    label_sv: str
    label_en: str
    explain: str | None = None
    skip_when: Condition | None = None

    @property
    def name(self) -> str:
        """How the question is cited in findings and codebooks: `Q8`, by this edition's own number."""
        return f"Q{self.no}"

    @property
    def is_answer(self) -> bool:
        """Whether it is a panel variable, rather than a column of `episodes`."""
        return self.variable not in EPISODE_VARIABLES

    @cached_property
    def header_key(self) -> str:
        """The header's text as it is compared, without the number: editions renumber, texts stay."""
        return letters_and_digits(self.header)


@dataclass(frozen=True)
class Consistency:
    """Two answers of a moment that must agree where both are known; `rule` names the finding."""

    rule: str
    given: Condition
    then: Condition


@dataclass(frozen=True)
class Form:
    """One edition of the form, base and differences already put together."""

    edition: str
    programme: str
    status: str
    first_year: int
    last_year: int | None
    title: str
    sheets: Mapping[str, str]
    instructions: tuple[str, ...]
    bands: Mapping[str, str]
    comment_header: str
    explanations_heading: str
    questions: tuple[Question, ...]
    consistency: tuple[Consistency, ...]
    description: str = ""

    @cached_property
    def by_header(self) -> dict[str, Question]:
        """Questions by the folded text of their header."""
        return {question.header_key: question for question in self.questions}

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Question]:
        """Questions by variable and moment."""
        return {(question.variable, question.moment): question for question in self.questions}

    def covers(self, year: int) -> bool:
        """Whether the edition was in use for that reporting year."""
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


@dataclass(frozen=True)
class District:
    """A district administration, valid from `valid_from` up to, not including, `valid_to`."""

    token: str
    sv: str
    en: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    successor: str | None = None


@dataclass(frozen=True)
class Programme:
    """A programme and the day from which its episodes are watched; ages outside `low..high` are implausible."""

    token: str
    sv: str
    en: str
    observed_from: dt.date
    age_low: int
    age_high: int
