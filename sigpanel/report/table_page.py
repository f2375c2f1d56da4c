"""The page of docs on a table's contract, and the list of them: Markdown, in English with the Swedish beside.

It says what the ODCS file says, to people: what a row is, columns with their meaning and codes, rules in sentences,
when the table comes. What holds for every table alike (purpose, limits, roles) stands on the page that lists them.
Written into `docs/` by tests/contracts/test_pages.py.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sigpanel.contracts.codes import code_list, codes_of_no_value, is_variable, questions
from sigpanel.contracts.odcs import rules_of, version
from sigpanel.contracts.rules import values_of
from sigpanel.contracts.sentences import sentence, sentences
from sigpanel.contracts.tables import names, table
from sigpanel.contracts.terms import terms, unit
from sigpanel.forms import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigpanel.contracts.model import Column, Table
    from sigpanel.contracts.rules import Rule

_CLASSES = {
    "pseudonymised": "pseudonymised",
    "sensitive_art9": "art. 9 (health)",
    "sensitive_art10": "art. 10 (crime)",
    "ordinary": "ordinary",
}
# What the tables of columns and codes say already.
_SHOWN = {"columns", "type", "not_null", "in_set", "unique", "references"}


def table_page(name: str) -> str:
    """The page of a table."""
    described = table(name).given(variables())
    plain = table(name)
    fixed = described.columns[: len(plain.columns)]
    parts = [
        f"# The table `{name}`",
        f"One row per {described.en}. *En rad per {described.sv}.*",
        _facts(described),
        "## Columns",
        _columns(fixed),
        *(_variables(described) if plain.per_variable else ()),
        *_codes(fixed, name),
        "## Rules",
        _rules(name),
        "## When it comes",
        _sla(),
        "What holds for every table, purpose, limits and roles, stands in [Contracts](../contracts.md#tables).",
    ]
    return "\n\n".join(parts) + "\n"


def table_list() -> str:
    """The list of tables with links to their pages, and what holds for all of them."""
    told = terms()
    rows = []
    for name in names():
        described = table(name).given(variables())
        key = ", ".join(map(_code, described.key)) or "–"
        counts = [str(len(described.columns)), str(len(rules_of(name)))]
        rows.append([f"[{name}](contracts/{name}.md)", described.en, key, *counts])
    roles = [[_code(name), role.access, role.en, role.sv] for name, role in told.roles.items()]
    return (
        "\n\n".join(
            [
                _table(["table", "one row per", "key", "columns", "rules"], rows),
                *(
                    f"**{head}.** {text.en} *{text.sv}*"
                    for head, text in (("Purpose", told.purpose), ("Use", told.usage), ("Limits", told.limitations))
                ),
                _table(["role", "may", "who", "vem"], roles),
                _sla(),
            ]
        )
        + "\n"
    )


# --- parts ------------------------------------------------------------------------------------------------------------


def _facts(described: Table) -> str:
    refers = [
        f"{_code(column.name)} is a {_code('.'.join(column.references))}"
        for column in described.columns
        if column.references
    ]
    facts = {
        "Key": ", ".join(map(_code, described.key)) or "none: a row may stand twice",
        "Unique, too": "; ".join(", ".join(map(_code, each)) for each in described.unique),
        "Refers to": "; ".join(refers),
        "Sorted by": ", ".join(map(_code, described.sort)),
        "Contract": f"{version()}, [{described.name}.odcs.yaml](../../contracts/panel/{described.name}.odcs.yaml)",
    }
    return "\n".join(f"- {head}: {fact}" for head, fact in facts.items() if fact)


def _columns(columns: Sequence[Column]) -> str:
    rows = [
        [
            _code(column.name),
            ", ".join([column.type, *([unit(column.unit).en] if column.unit else [])]),
            "yes" if column.nullable else "no",
            _CLASSES[column.classification],
            column.en,
            column.sv,
        ]
        for column in columns
    ]
    return _table(["column", "type", "may be null", "class", "meaning", "betydelse"], rows)


def _variables(described: Table) -> Iterable[str]:
    rows = []
    for column in filter(is_variable, described.columns):
        asked = questions(column.name)[-1]
        why = "; ".join(f"{code} {reason}" for code, reason in codes_of_no_value(column.name).items())
        rows.append(
            [
                _code(column.name),
                _CLASSES[column.classification],
                *(
                    f"{label}<br>{_values(column, language)}"
                    for label, language in ((asked.label_en, "en"), (asked.label_sv, "sv"))
                ),
                why,
            ]
        )
    yield "## Variables"
    yield (
        "Each has two columns, in the forms' order: the value (int16, null when there is none), and beside it the same "
        "name with `__missing`, why there is none (string, null when there is a value; the words are below). The last "
        "column here says which codes of the form are no values."
    )
    yield _table(["variable", "class", "what is asked, and values", "vad som frågas, och värden", "no value"], rows)


def _values(column: Column, language: str) -> str:
    listed = code_list(column)
    if listed:
        return "; ".join(f"{entry.value} {entry.en if language == 'en' else entry.sv}" for entry in listed)
    bounds = values_of(column.name)
    counted = questions(column.name)[-1].answer.unit
    return f"{bounds['low']}–{bounds['high']}" + (f", {getattr(unit(counted), language)}" if counted else "")


def _codes(columns: Sequence[Column], name: str) -> Iterable[str]:
    listed: dict[str, list[Column]] = {}
    for column in (*columns, *table(name).per_variable):
        if column.vocabulary or column.of_variables:
            listed.setdefault(column.vocabulary or "variable", []).append(column)
    if listed:
        yield "## Codes"
    for vocabulary, using in listed.items():
        who = ", ".join(_code(column.name.replace("{variable}", "<variable>")) for column in using)
        yield f"### {vocabulary.replace('_', ' ').capitalize()}\n\nIn {who}."
        rows = [[_code(entry.value), entry.en, entry.sv] for entry in code_list(using[0])]
        yield _table(["value", "meaning", "betydelse"], rows)


def _rules(name: str) -> str:
    own = [rule for rule in rules_of(name) if rule.id.rpartition(".")[2] not in _SHOWN]
    lines = [
        "Types, nulls, codes, keys and references are held as the tables above say. An *error* means that no release "
        "is made; a *warning* is counted and shown. What is null breaks no rule, save one that asks for something."
    ]
    ordered = sorted(own, key=lambda rule: [one.en for one in own].index(rule.en))
    lines += [_bullet(list(alike)) for _, alike in groupby(ordered, key=lambda rule: (rule.en, rule.severity))]
    return f"{lines[0]}\n\n" + "\n".join(lines[1:]) if own else lines[0]


def _bullet(alike: Sequence[Rule]) -> str:
    """One rule, or one for each variable with the first of them as the example."""
    first = alike[0]
    severity = sentences().severities[first.severity]["en"]
    whose = f"{severity}, {_code(first.id)}" if len(alike) == 1 else f"{severity}, {len(alike)} rules, such as"
    held = "" if first.frame in names() else f" In {_code(first.frame)}, made of several tables:"
    said = sentence(first, "en")
    text = f"- **{first.en}.** *{first.sv}.*{held} {said}"
    return f"{text} ({whose})" if len(alike) == 1 else f"{text} ({whose} {_code(first.id)})"


def _sla() -> str:
    return "\n".join(f"- {promise.en}. *{promise.sv}.*" for promise in terms().sla)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _code(text: object) -> str:
    return f"`{text}`"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
