"""The codebook of what deliveries become, and of the deliveries beside: meanings and words; it counts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.followup import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sigpanel.contracts.delivery import Text
    from sigpanel.contracts.followup import Column, Outcome
    from sigpanel.contracts.model import Term

# The columns of an extract's codebook.
COLUMNS = (
    "table", "column", "type", "description_en", "description_sv", "transformation_en", "transformation_sv", "made_of",
    "asked_as", "codes_en", "codes_sv", "missing_codes",
)  # fmt: skip
_BESIDE = {"source": ("The register", "Registret"), "version": ("The version of the delivery", "Leveransens version")}
# Words of a table's columns, by the delivery that has them.
_WORDS = {"employment": "work_and_study", "studies": "work_and_study", "income_band": "work_and_study",
          "employment_basis": "work_and_study", "search": "searched"}  # fmt: skip


def codebook(kinds: Iterable[str]) -> pl.DataFrame:
    """One row per column of the tables, then of the deliveries of these kinds."""
    rows = [
        *(_row(table, name, column) for table, columns in facts().tables.items() for name, column in columns.items()),
        *(row for kind in kinds for row in _of_kind(kind)),
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _row(table: str, name: str, column: Column) -> tuple[str, ...]:
    return table, name, column.type, column.en, column.sv, "", "", "", "", *_codes(name), ""


def _codes(name: str) -> tuple[str, str]:
    if name in _WORDS:
        return _said(delivery(_WORDS[name]).words(name))
    told: dict[str, Mapping[str, Outcome] | Mapping[str, Text]] = {"outcome": facts().outcomes, "basis": facts().bases}
    words = told.get(name, {})
    return (
        "; ".join(f"{word} = {each.en}" for word, each in words.items()),
        "; ".join(f"{word} = {each.sv}" for word, each in words.items()),
    )


def _of_kind(kind: str) -> Iterator[tuple[str, ...]]:
    described = delivery(kind)
    for name, (en, sv) in _BESIDE.items():
        yield kind, name, "string", en, sv, "", "", f"delivery.{kind}", "", "", "", ""
    for column in described.columns:
        words = _said(described.words(column.name))
        made_of = f"delivery.{kind}.{column.name}"
        yield kind, column.name, column.type, column.en, column.sv, "", "", made_of, "", *words, ""


def _said(terms: Iterable[Term]) -> tuple[str, str]:
    words = [*terms]
    return "; ".join(f"{one.token} = {one.en}" for one in words), "; ".join(f"{one.token} = {one.sv}" for one in words)
