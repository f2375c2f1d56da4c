"""Findings: what is wrong, by rule and place, in a closed vocabulary that stands in `contracts/findings.yaml`.

A finding names a rule, a workbook, a row, a cell and a question. It never holds what stands in the cell, and no rule's
text has a placeholder that could. Stages collect findings as frames of `SCHEMA`; a rule that is not in the vocabulary
is a fault of ours and stops the build. Which questions a rule's `about` means is told by
`sigpanel.contracts.about`: the questionnaire is not known here.

`submission_no` numbers the workbooks of one run. It becomes `submission_id` when the panel is put together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = pl.Schema(
    {"rule": pl.String, "submission_no": pl.Int32, "row": pl.Int32, "cell": pl.String, "question": pl.String}
)
SCOPES = ("file", "value", "row", "between_rows", "earlier_years", "delivery")
SEVERITIES = ("error", "warning", "note")
# What a rule is about where it is not a list of questions: any of them, the row, the workbook.
ABOUT_ANY, ABOUT_NONE = "question", ("row", "file")


@dataclass(frozen=True)
class Rule:
    """One entry of the vocabulary: what is wrong (`sv`, `en`) and what to do about it (`do_sv`, `do_en`).

    `about` is a word of `ABOUT_ANY` or `ABOUT_NONE`, or the variables, kinds of answer and moments that it can concern.
    """

    name: str
    scope: str
    severity: str
    about: str | tuple[str, ...]
    sv: str
    en: str
    do_sv: str
    do_en: str

    @property
    def names_a_question(self) -> bool:
        """Whether each finding of the rule names a question."""
        return self.about not in ABOUT_NONE


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """The vocabulary, in its own order: file, value, row, between rows, earlier years, delivery.

    Raises:
        Fault: an entry lacks a text, has one too many, or an unknown scope or severity, or is about nothing.
    """
    raw = load_yaml(contracts_dir() / "findings.yaml")["rules"]
    entries = {field.name for field in fields(Rule)} - {"name"}
    for name, entry in raw.items():
        if entry.keys() != entries or not all(entry.values()):
            raise _fault(f"Rule {name} lacks an entry or has one too many.")
    known = {name: Rule(name, **{**entry, "about": _about(entry["about"])}) for name, entry in raw.items()}
    for rule in known.values():
        if rule.scope not in SCOPES or rule.severity not in SEVERITIES:
            raise _fault(f"Rule {rule.name} has an unknown scope or severity.")
        if isinstance(rule.about, str) and rule.about not in (ABOUT_ANY, *ABOUT_NONE):
            raise _fault(f"Rule {rule.name} is about nothing that is known.")
    return known


def _about(raw: object) -> str | tuple[str, ...]:
    return tuple(map(str, raw)) if isinstance(raw, list) else str(raw)


def _fault(what: str) -> Fault:
    return Fault("findings-vocabulary", what, remedy="Mend contracts/findings.yaml and build again.")


def rule(name: str) -> Rule:
    """One rule by name.

    Raises:
        Fault: the vocabulary has no such rule.
    """
    if name not in rules():
        raise Fault("findings-unknown-rule", f"No rule {name} in contracts/findings.yaml.", remedy="Add it there.")
    return rules()[name]


def find(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows of `frame` as findings of one rule.

    Args:
        frame: has `submission_no`, and `row`, `cell`, `question` where they apply.
        name: a rule of the vocabulary.
    """
    rule(name)
    have = frame.columns
    # Column by column: a query, of which a run makes hundreds, costs four times as much.
    return pl.DataFrame(
        [
            pl.Series(column, [name]).new_from_index(0, frame.height)
            if column == "rule"
            else frame[column].cast(dtype)
            if column in have
            else pl.Series(column, [None], dtype=dtype).new_from_index(0, frame.height)
            for column, dtype in SCHEMA.items()
        ]
    )


def named(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `frame` as findings of the rules that its column `rule` names.

    Raises:
        Fault: it names a rule outside the vocabulary.
    """
    for name in frame["rule"].unique():
        rule(name)
    return frame.select(SCHEMA.names()).cast(SCHEMA)


def collect(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put findings together in the vocabulary's order, then by place; each (rule, place) once.

    Raises:
        Fault: a finding names a rule outside the vocabulary.
    """
    together = pl.concat([pl.DataFrame(schema=SCHEMA), *parts]).unique()
    for name in together["rule"].unique():
        rule(name)
    order = {name: place for place, name in enumerate(rules())}
    return (
        together.with_columns(pl.col("rule").replace_strict(order, return_dtype=pl.Int32).alias("order"))
        # The cells of a row from left to right: by text alone, AA would stand before B.
        .sort("order", "submission_no", "row", pl.col("cell").str.len_chars(), "cell", "question")
        .drop("order")
    )


def severities() -> pl.DataFrame:
    """Rule and severity, for joining."""
    return pl.DataFrame(
        {"rule": list(rules()), "severity": [entry.severity for entry in rules().values()]},
        schema={"rule": pl.String, "severity": pl.String},
    )
