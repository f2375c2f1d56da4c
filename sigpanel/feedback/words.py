"""The Swedish texts of the feedback, from `contracts/feedback.yaml`, and what a rule says to a coordinator.

A rule's own sentence stands in `contracts/findings.yaml`; here are the few that must be said otherwise to a reader who
has neither folders nor builds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.errors import Fault
from sigpanel.findings import rule, rules
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from sigpanel.forms import Question


@dataclass(frozen=True)
class Counted:
    """A text for one, and for any other number."""

    one: str
    more: str

    def of(self, n: int, **more: object) -> str:
        """The text for that number."""
        return (self.one if n == 1 else self.more).format(n=n, **more)


@dataclass(frozen=True)
class Said:
    """What a rule says here: what is wrong, what to do, and whether writing the rows anew has settled it."""

    sv: str
    do_sv: str
    settled: bool = False

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.sv} {self.do_sv}"


@dataclass(frozen=True)
class Texts:
    """The entries of `contracts/feedback.yaml`, under their own names; `and`, no name in Python, is `and_`."""

    sheet: str
    title: str
    district_unknown: str
    read: Counted
    read_nobody: str
    to_mend: Counted
    to_check: Counted
    and_: str
    whole: Counted
    nothing_found: str
    do: str
    how: str
    do_nothing: str
    comments: Counted
    notes: Counted
    not_read: str
    good: str
    mend: str
    check: str
    know: str
    bortfall: str
    head_question: str
    head_what: str
    head_count: str
    head_cells: str
    further: str
    whole_workbook: str
    whole_row: str
    all_persons_filled: Counted
    some_persons_filled: str
    no_bortfall_at_all: str
    no_bortfall: Counted
    dates_readable: str
    codes_readable: str
    better_than_last_year: Counted
    better_than_city: Counted
    bortfall_means: str
    head_asked: str
    head_answered: str
    head_own: str
    head_city: str
    worse: str
    no_figure: str
    legend: str
    note_error: str
    note_warning: str
    note_of_row: str
    rules: dict[str, Said]
    not_for_districts: tuple[str, ...]
    where_999_is_an_answer: dict[str, str]
    where_999_is_no_answer: dict[str, str]


@lru_cache(maxsize=1)
def texts() -> Texts:
    """The texts, read once.

    Raises:
        Fault: the file has an entry too many or too few, or one of the wrong shape.
    """
    raw: dict[str, Any] = load_yaml(contracts_dir() / "feedback.yaml")
    raw["and_"] = raw.pop("and", None)
    types = {field.name: field.type for field in fields(Texts)}
    by_rule = ("rules", "not_for_districts", "where_999_is_an_answer", "where_999_is_no_answer")
    named = {name for entry in by_rule for name in raw.get(entry, ())}
    if raw.keys() != types.keys() or named - rules().keys():
        raise _fault("has an entry too many or too few")
    try:
        return Texts(**{name: _entry(raw[name], str(types[name])) for name in types})
    except TypeError:
        raise _fault("has an entry of the wrong shape") from None


def _entry(raw: Any, shape: str) -> Any:  # noqa: ANN401 - one of five shapes, by its field
    if shape == "Counted":
        return Counted(**raw)
    if shape == "str":
        if not isinstance(raw, str):
            raise TypeError
        return raw
    if shape == "tuple[str, ...]":
        return tuple(_entry(entry, "str") for entry in raw)
    if shape == "dict[str, str]":
        return {name: _entry(entry, "str") for name, entry in raw.items()}
    return {name: Said(**entry) for name, entry in raw.items()}


def said(name: str, question: Question | None = None) -> Said:
    """What a rule says to a coordinator, of a question where it concerns one.

    Raises:
        Fault: the vocabulary has no such rule.
    """
    own = rule(name)
    told = texts().rules.get(name) or Said(own.sv, own.do_sv)
    if question is None:
        return told
    knows_unknown = "unknown" in question.answer.missing.values()
    at_question = texts().where_999_is_an_answer if knows_unknown else texts().where_999_is_no_answer
    return replace(told, do_sv=at_question.get(name, told.do_sv))


def _fault(what: str) -> Fault:
    return Fault("feedback-texts", f"contracts/feedback.yaml {what}.", remedy="Mend the file and build again.")
