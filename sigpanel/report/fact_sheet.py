"""The data-protection fact sheet of a study, in Swedish: what an impact assessment asks the software for.

Article 35(7) of the GDPR wants the processing described, and the measures against its risks. What the software can say
of that stands in its contracts and in the study's settings, so the sheet is made of those and cannot fall behind them.
What only the controller can say (legal basis, necessity, how long, who decides) stands as a blank to fill in, not as a
guess.

The sheet holds no figure of any person, no path and no clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.contracts.codes import questions
from sigpanel.contracts.disclosure import disclosure
from sigpanel.contracts.model import CLASSIFICATIONS
from sigpanel.contracts.tables import contract
from sigpanel.contracts.terms import terms
from sigpanel.forms import forms, variables
from sigpanel.report.page import render

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

FILE = "personuppgifter.html"
_HEALTH = "sensitive_art9"


@dataclass(frozen=True)
class OfExtract:
    """An extract as the sheet names it: whether it is in use, and what it was approved for; null if that is lost."""

    extract_id: str
    state: str
    register_number: str | None = None
    purpose: str | None = None
    recipients: tuple[str, ...] = ()
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class Facts:
    """What the sheet says that no contract knows: how this study is set up.

    Attributes:
        release: the release with whose pages the sheet is written.
        roles: "one" or "two" persons for the two keys; null where no manager's key is set: none can be made there then.
        threshold: fewer persons than this are told of in no table; null where the contract's holds.
        key_id: of the owner's key with which the release was made.
        years: the first and last reporting year of the release; null of one without workbooks.
        has_cohort: whether the persons of 2013–2016 are in it.
        extracts: all that were issued; null where their log cannot be read.
    """

    release: str
    roles: str | None
    threshold: int | None
    key_id: str
    years: tuple[int, int] | None
    has_cohort: bool
    extracts: Sequence[OfExtract] | None


def fact_sheet(facts: Facts) -> str:
    """The sheet of a study, as a page."""
    return render(
        "fact_sheet.html.j2",
        facts=facts,
        about=terms(),
        tables=_tables(),
        sensitive=_sensitive(),
        editions=sorted(forms()),
        rule=disclosure().at(facts.threshold),
    )


def _tables() -> list[Mapping[str, object]]:
    """Of each table what a row is, and how many of its columns are of each kind.

    A column of answers is of health as well where its rows name the question, and questions of health are among them.
    """
    told: list[Mapping[str, object]] = []
    for table in contract().tables.values():
        given = table.given(variables())
        counted = Counter(column.classification for column in given.columns)
        asked = {value for column in given.columns if column.of_variables for value in column.values or ()}
        if asked & set(table.art9):
            counted[_HEALTH] += sum(column.is_answer and column.classification != _HEALTH for column in given.columns)
        told.append({"name": table.name, "row": table.sv, "n": [counted[name] for name in CLASSIFICATIONS]})
    return told


def _sensitive() -> list[str]:
    """The questions about health, in the words of the form."""
    return [questions(name)[-1].label_sv for name in contract().tables["waves"].art9]
