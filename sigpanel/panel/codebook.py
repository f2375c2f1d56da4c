"""The codebook: every column of every table, and for each variable its question, its codes and why it may be missing.

It is made from the tables' description and the forms alone. It holds no frequencies, no minimum and no maximum: in a
codebook those would be small cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.tables import names, table, vocabulary
from sigpanel.forms import MOMENTS, form, forms, variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.contracts.model import Column
    from sigpanel.forms import Form, Question

COLUMNS = (
    "table", "column", "type", "description_en", "description_sv", "asked_as", "codes_en", "codes_sv", "missing_codes"
)  # fmt: skip


def codebook(editions: Sequence[str]) -> pl.DataFrame:
    """One row per column of a release.

    Args:
        editions: the editions that occur in the release; questions and codes are cited from them.
    """
    used = [form(edition) for edition in editions] or list(forms().values())
    rows = []
    for name in names():
        for column in table(name).given(variables()).columns:
            variable = column.name if name == "waves" and column.name in variables() else None
            questions = _questions(used, variable) if variable else []
            latest = questions[-1][1] if questions else None
            codes = _codes(latest) if latest else _words(column)
            rows.append(
                (
                    name,
                    column.name,
                    column.type,
                    latest.label_en if latest else column.en,
                    latest.label_sv if latest else column.sv,
                    "; ".join(f"{question.name} at {question.moment} ({edition})" for edition, question in questions),
                    "; ".join(f"{code} = {en}" for code, en, _ in codes),
                    "; ".join(f"{code} = {sv}" for code, _, sv in codes),
                    _missing_codes(latest) if latest else "",
                )
            )
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _questions(used: list[Form], variable: str) -> list[tuple[str, Question]]:
    return [
        (edition.edition, edition.by_key[variable, moment])
        for edition in used
        for moment in MOMENTS
        if (variable, moment) in edition.by_key
    ]


def _codes(question: Question) -> list[tuple[str, str, str]]:
    return [(str(code.code), code.en, code.sv) for code in question.answer.codes]


def _words(column: Column) -> list[tuple[str, str, str]]:
    terms = vocabulary(column.vocabulary) if column.vocabulary else ()
    return [(term.token, term.en, term.sv) for term in terms]


def _missing_codes(question: Question) -> str:
    reasons = {code.code: code.missing for code in question.answer.codes if code.missing} | dict(
        question.answer.missing
    )
    return "; ".join(f"{code} = {reason}" for code, reason in sorted(reasons.items()))
