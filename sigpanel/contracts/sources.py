"""Forms and tables held against each other: what each may say by itself, and both cannot.

A district's workbook holds codes; three of its questions become words of a vocabulary of the tables. A form with a word
that the vocabulary lacks passes everything, until the first district gives that answer and the release breaks its
contract. The same holds of two editions that are both in use: which of them a workbook is, is then a matter of luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from sigpanel.contracts.tables import contract
from sigpanel.forms import forms, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sigpanel.contracts.model import Contract
    from sigpanel.forms import Form

# The questions whose answers become words, and the column of `episodes` in which those stand.
WORDS: Final = {"district": "district_reported", "sex": "sex", "discharge_reason": "discharge_reason"}


@dataclass(frozen=True)
class Contradiction:
    """Two descriptions that cannot both hold: the file below `contracts/` to mend first, and what is wrong."""

    file: str
    what: str
    remedy: str


def contradictions(
    editions: Mapping[str, Form] | None = None, described: Contract | None = None
) -> tuple[Contradiction, ...]:
    """Everything in which forms and tables contradict each other.

    Args:
        editions: the forms, by edition; else those of `contracts/forms`.
        described: the tables; else those of `contracts/panel/tables.yaml`.
    """
    asked, tables = forms() if editions is None else editions, described or contract()
    return (*_words(asked, tables), *_open_together(asked), *_sensitive(tables))


def _words(editions: Mapping[str, Form], tables: Contract) -> Iterator[Contradiction]:
    columns = {column.name: column for column in tables.tables["episodes"].columns}
    for edition, form in editions.items():
        for question in form.questions:
            vocabulary = columns[WORDS[question.variable]].vocabulary if question.variable in WORDS else None
            known = {term.token for term in tables.vocabularies[vocabulary]} if vocabulary else set()
            for code in question.answer.codes:
                if vocabulary and not code.missing and code.token not in known:
                    yield Contradiction(
                        f"forms/{edition}.yaml",
                        f"question {question.no} ({question.variable}), code {code.code}: the word {code.token} is not "
                        f"in the vocabulary {vocabulary}, so a workbook with that answer would stop the build",
                        f"Add {code.token} to the vocabulary {vocabulary} in contracts/panel/tables.yaml, or use a "
                        "word that is there.",
                    )


def _open_together(editions: Mapping[str, Form]) -> Iterator[Contradiction]:
    ordered = sorted(editions.values(), key=lambda form: (form.programme, form.first_year, form.edition))
    for earlier, later in combinations(ordered, 2):
        if earlier.programme == later.programme and earlier.covers(later.first_year):
            yield Contradiction(
                f"forms/{earlier.edition}.yaml",
                f"it is for {later.first_year}, and so is {later.edition}: one programme has one edition a year",
                f"Close {earlier.edition} with the last year that it was used, or open {later.edition} later.",
            )


def _sensitive(tables: Contract) -> Iterator[Contradiction]:
    named = {variable for table in tables.tables.values() for variable in table.art9}
    for variable in sorted(named - {*variables()}):
        yield Contradiction(
            "panel/tables.yaml",
            f"art9 names {variable}, which no form asks, so another may lack its protection",
            "Name the variable as the forms do.",
        )
