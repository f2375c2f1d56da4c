"""What `explain` prints: one rule of the findings, or all of them in the catalogue's order.

A rule is shown in both languages, with the questions that it can concern as the newest edition of each programme
numbers and words them.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.about import newest, where_asked
from sigpanel.findings import ABOUT_ANY
from sigpanel.forms import programmes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigpanel.findings import Rule
    from sigpanel.forms import Question

_WHOLE = {ABOUT_ANY: "vilken fråga som helst", "row": "raden som helhet", "file": "arbetsboken som helhet"}
_SCOPES = {
    "file": "Filen",
    "value": "Enskilda svar",
    "row": "Inom en rad",
    "between_rows": "Mellan rader",
    "earlier_years": "Mot tidigare år",
    "delivery": "Leveransen som helhet",
}
_MOST_LABELS = 3
_LEAST_RUN = 3


def show_rule(rule: Rule) -> str:
    """A rule in both languages, and what it concerns."""
    head = f"{rule.name} ({rule.severity}, {rule.scope})"
    return "\n".join([head, f"  {rule.sv} {rule.do_sv}", f"  {rule.en} {rule.do_en}", *_concerns(rule)])


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """The same as JSON."""
    questions = [
        {
            "programme": programme,
            "edition": newest()[programme].edition,
            "question": question.name,
            "variable": question.variable,
            "moment": question.moment,
            "label_sv": question.label_sv,
        }
        for programme, asked in where_asked(rule).items()
        for question in asked
    ]
    return {**asdict(rule), "questions": questions}


def show_catalogue(rules: Iterable[Rule]) -> str:
    """Every rule by scope, one line each: severity, name, what is wrong in Swedish."""
    known = list(rules)
    widths = [max(map(len, texts)) for texts in ([one.severity for one in known], [one.name for one in known])]
    parts = []
    for scope, of_scope in groupby(known, key=lambda one: one.scope):
        lines = [f"  {one.severity:<{widths[0]}}  {one.name:<{widths[1]}}  {one.sv}" for one in of_scope]
        parts.append("\n".join([_SCOPES[scope], *lines]))
    return "\n\n".join(parts)


def _concerns(rule: Rule) -> list[str]:
    """The rule's questions in a line, or in one for each programme where they differ."""
    if isinstance(rule.about, str):
        return [f"  Gäller {_WHOLE[rule.about]}."]
    told = {programme: _questions(asked) for programme, asked in where_asked(rule).items() if asked}
    if len({*told.values()}) == 1:
        return [f"  Gäller {next(iter(told.values()))}"]
    return [f"  {programmes()[programme].sv}: gäller {text}" for programme, text in told.items()]


def _questions(asked: Sequence[Question]) -> str:
    labels = [*dict.fromkeys(question.label_sv for question in asked)]
    more = " …" if len(labels) > _MOST_LABELS else ""
    return f"fråga {_numbers([question.no for question in asked])}: {'; '.join(labels[:_MOST_LABELS])}{more}"


def _numbers(numbers: Sequence[int]) -> str:
    """`3, 8–15, 21`: three in a row or more as a span."""
    spans: list[str] = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        spans += [f"{members[0]}–{members[-1]}"] if len(members) >= _LEAST_RUN else map(str, members)
    return ", ".join(spans)
