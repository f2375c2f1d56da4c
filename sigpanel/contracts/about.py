"""Which questions a rule of the findings can concern, by the forms.

    questions_of(rule, form)        the questions of an edition that a finding of the rule may name
    where_asked(rule)               the same for each programme, in its newest edition: what `explain` shows

`contracts/findings.yaml` says what a rule is `about` in words of the forms: variables, kinds of answer, moments. A word
that no form has is a fault of ours. Nothing here makes a finding, nor looks at one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.errors import Fault
from sigpanel.findings import ABOUT_ANY, rules
from sigpanel.forms import MOMENTS, forms, programmes

if TYPE_CHECKING:
    from sigpanel.findings import Rule
    from sigpanel.forms import Form, Question


def questions_of(rule: Rule, form: Form) -> tuple[Question, ...]:
    """The questions of an edition that a finding of the rule may name; none for a rule about a row or a file.

    Raises:
        Fault: some rule is about something that no form has.
    """
    _known()
    if not rule.names_a_question:
        return ()
    return tuple(question for question in form.questions if rule.about == ABOUT_ANY or _words(question) & {*rule.about})


def where_asked(rule: Rule) -> dict[str, tuple[Question, ...]]:
    """The rule's questions by programme, as the programme's newest edition numbers and words them.

    Raises:
        Fault: some rule is about something that no form has.
    """
    return {programme: questions_of(rule, form) for programme, form in newest().items()}


def newest() -> dict[str, Form]:
    """The newest edition of each programme."""
    latest = {form.programme: form for form in sorted(forms().values(), key=lambda form: form.first_year)}
    return {programme: latest[programme] for programme in programmes() if programme in latest}


def _words(question: Question) -> set[str]:
    return {question.variable, question.answer.kind, question.moment}


@lru_cache(maxsize=1)
def _known() -> None:
    """Hold what every rule is about against the forms."""
    words = {word for form in forms().values() for question in form.questions for word in _words(question)}
    for rule in rules().values():
        unknown = () if isinstance(rule.about, str) else {*rule.about} - words - {*MOMENTS}
        if unknown:
            raise Fault(
                "findings-vocabulary",
                f"Rule {rule.name} is about what no form asks: {', '.join(sorted(unknown))}.",
                remedy="Mend `about` in contracts/findings.yaml: variables, kinds of answer and moments of the forms.",
            )
