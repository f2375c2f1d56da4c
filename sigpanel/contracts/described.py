"""A contract as plain data: what is promised, so that two versions can be kept, compared and told apart by a digest.

    promised()          what the panel promises: tables, columns, codes with their meaning, what is asked, rules
    relied_on(one)      a consumer contract in the same words, with its levels as thresholds
    digest(promise)     of all that is said, labels too, the version not
    stamp()             version and digest as a release carries them

    {"of": "panel", "version": "1.0.0",
     "tables": [{"name", "en", "sv", "key", "unique", "sort", "columns": [{"name", "type", "nullable", ..., "codes"}]}],
     "codes": {"sex": [{"value", "en", "sv"}, ...], "waves.stable_housing": [{"value", "token", "en", "sv"}, ...]},
     "asked": [{"edition", "programme", "variable", "moment", "unit", "skip", "no_value": [{"value", "reason"}]}],
     "rules": [{"id", "frame", "kind", "columns", "params", "when", "severity", "en", "sv"}],
     "thresholds": {"coverage fails below": 0.75}, "ceilings": {"judged from this many": 10}}

What is not known stands nowhere rather than as null, so that an entry which nobody uses yet changes no digest. Rules
that follow from columns and forms are not repeated. When and to whom a release is given (`terms.yaml`) is no part of
it: no analysis breaks by a date.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.codes import code_list, is_variable
from sigpanel.contracts.rules import values_of, written
from sigpanel.contracts.tables import contract
from sigpanel.forms import forms, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sigpanel.contracts.consumers import Consumer, Handles
    from sigpanel.contracts.model import Column, Contract, Table
    from sigpanel.contracts.rules import Rule
    from sigpanel.forms import Question

Promise = dict[str, Any]

PANEL = "panel"


def promised(described: Contract | None = None, rules: Iterable[Rule] | None = None) -> Promise:
    """What the panel promises, with the variables and codes of the forms as they are now.

    Args:
        described: the tables; else those of `contracts/panel/tables.yaml`.
        rules: the rules besides; else those of `contracts/panel/rules.yaml`.
    """
    given = described or contract()
    tables = [table.given(variables()) for table in given.tables.values()]
    return {
        "of": PANEL,
        "version": given.version,
        "tables": [_table(table) for table in tables],
        "codes": {
            name: codes
            for table in tables
            for column in table.columns
            if (name := _list_name(column, table)) and (codes := _codes(column, given))
        },
        "asked": list(_asked()),
        "rules": sorted((_rule(rule) for rule in (written() if rules is None else rules)), key=lambda rule: rule["id"]),
        "thresholds": {},
        "ceilings": {},
    }


def relied_on(one: Consumer) -> Promise:
    """What a consumer relies on: columns with the codes it handles, and the levels it asks for."""
    levels = {
        "coverage": one.coverage,
        "decided": one.decided,
        "precision": one.precision,
        "horizon": one.horizon,
        **{f"{name}, filled": group.filled for name, group in one.groups.items()},
        **{f"{name}, answered": group.answered for name, group in one.groups.items()},
    }
    thresholds = {
        f"{name}: {level}": getattr(each, level)
        for name, each in levels.items()
        if each is not None
        for level in ("warn", "fail")
    }
    handled = {
        f"{table}.{column}": how.values
        for table, columns in one.tables.items()
        for column, how in columns.items()
        if how.values is not None
    }
    return {
        "of": one.name,
        "version": one.version,
        "tables": [
            {"name": table, "columns": [_handled(table, column, how) for column, how in columns.items()]}
            for table, columns in one.tables.items()
        ],
        "codes": {name: [{"value": value} for value in values] for name, values in handled.items()},
        "rules": [],
        "thresholds": thresholds | _known(**{"years observed in full": one.horizon_years}),
        "ceilings": _known(
            **{
                "least number that is judged": one.least_n,
                "years behind": one.years_behind,
                "first year that is covered": one.coverage_from,
            }
        ),
    }


def digest(promise: Mapping[str, Any]) -> str:
    """SHA-256 of all that is promised, whatever the version is called."""
    said = {name: part for name, part in promise.items() if name != "version"}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def stamp() -> Mapping[str, str]:
    """Version and digest of the contract that a release made now keeps."""
    promise = promised()
    return {"contract_version": promise["version"], "contract_digest": digest(promise)}


# --- its parts --------------------------------------------------------------------------------------------------------


def _table(table: Table) -> Promise:
    return {
        "name": table.name,
        "en": table.en,
        "sv": table.sv,
        "key": list(table.key),
        "unique": sorted(map(list, table.unique)),
        "sort": list(table.sort),
        "columns": [_column(column, table) for column in table.columns],
    }


def _column(column: Column, table: Table) -> Promise:
    bounds = values_of(column.name) if is_variable(column) else {}
    return _known(
        name=column.name,
        type=column.type,
        nullable=column.nullable,
        classification=column.classification,
        en=column.en,
        sv=column.sv,
        references=".".join(column.references) if column.references else None,
        unit=column.unit,
        codes=_list_name(column, table),
        low=bounds.get("low"),
        high=bounds.get("high"),
        redefined=column.redefined,
        shape=column.pattern,
        known=column.known,
    )


def _list_name(column: Column, table: Table) -> str | None:
    """What a column's codes are called: the vocabulary, which columns share, or the column itself."""
    if column.vocabulary:
        return column.vocabulary
    return f"{table.name}.{column.name}" if code_list(column) else None


def _codes(column: Column, given: Contract) -> list[Promise]:
    if column.vocabulary:
        terms = given.vocabularies[column.vocabulary]
        return [_known(value=term.token, en=term.en, sv=term.sv, redefined=term.redefined) for term in terms]
    entries = code_list(column)
    return [
        _known(value=one.value, token=None if one.token == one.value else one.token, en=one.en, sv=one.sv)
        for one in entries
    ]


def _asked() -> Iterator[Promise]:
    """What each edition asks: when, in which unit, where it is skipped, which codes say why there is no value."""
    for edition, form in sorted(forms().items()):
        for question in form.questions:
            if question.variable in variables():
                yield _known(
                    edition=edition,
                    programme=form.programme,
                    variable=question.variable,
                    moment=question.moment,
                    unit=question.answer.unit,
                    skip=question.skip_when
                    and {"variable": question.skip_when.variable, "codes": list(question.skip_when.codes)},
                    no_value=_reasons(question) or None,
                )


def _reasons(question: Question) -> list[Promise]:
    coded = {code.code: code.missing for code in question.answer.codes if code.missing}
    return [{"value": code, "reason": why} for code, why in sorted((coded | dict(question.answer.missing)).items())]


def _rule(rule: Rule) -> Promise:
    when = rule.when and _known(column=rule.when.column, values=list(rule.when.values) or None, **{"is": rule.when.is_})
    return _known(
        id=rule.id,
        frame=rule.frame,
        kind=rule.kind,
        columns=list(rule.columns),
        params={name: list(value) if isinstance(value, tuple) else value for name, value in rule.params.items()}
        or None,
        when=when,
        severity=rule.severity,
        en=rule.en,
        sv=rule.sv,
    )


def _handled(table: str, column: str, how: Handles) -> Promise:
    codes = None if how.values is None else f"{table}.{column}"
    return _known(name=column, codes=codes, low=how.low, high=how.high)


def _known(**entries: object) -> Promise:
    return {name: value for name, value in entries.items() if value is not None}
