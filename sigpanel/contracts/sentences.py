"""Rules in words, from `contracts/panel/sentences.yaml`: what a rule asks, how grave it is, what would mend it.

A rule's own text (`Rule.en`, `Rule.sv`) says why it is there; the sentence made here says what is asked of which
column. Names of columns and values of the contract stand between backticks; nothing of any data is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.rules import references
from sigpanel.resources import load_entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.rules import Rule


@dataclass(frozen=True)
class Sentences:
    """The entries of the file, under their own names; a text is a mapping of languages."""

    kinds: Mapping[str, Mapping[str, str]]
    gates: Mapping[str, Mapping[str, str]]
    last: Mapping[str, Mapping[str, str]]
    most: int
    many: Mapping[str, str]
    severities: Mapping[str, Mapping[str, str]]
    mend: Mapping[str, Mapping[str, str]]
    mend_of: Mapping[str, Mapping[str, str]]
    asked: Mapping[str, Mapping[str, str]]
    asked_mend: Mapping[str, Mapping[str, str]]
    unpromised: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def sentences() -> Sentences:
    """The entries, read once.

    Raises:
        Fault: the file has an entry too many or too few.
    """
    return Sentences(**load_entries("panel/sentences", Sentences))


def sentence(rule: Rule, language: str) -> str:
    """What a rule asks, as a sentence: `` `code` is empty, where `missing` is `blank` or `invalid`. ``."""
    told = sentences()
    referring = references().get(rule.frame)
    kind = "reference" if referring else _kind(rule)
    columns = [referring[1]] if referring else list(rule.columns)
    words = {
        "columns": _list(columns, "and", language),
        "first": _code(columns[0]) if columns else "",
        "second": _code(columns[-1]) if columns else "",
        "values": _list(rule.params.get("values", ()), "or", language),
        "target": _code(".".join(referring[2])) if referring else "",
        **{name: _code(rule.params.get(name)) for name in ("low", "high", "type", "pattern")},
    }
    asked = told.kinds[kind][language].format_map(words)
    if rule.when:
        gate = {"column": _code(rule.when.column), "values": _list(rule.when.values, "or", language)}
        asked = f"{asked}, {told.gates[rule.when.is_][language].format_map(gate)}"
    return f"{asked[0].upper()}{asked[1:]}."


def mend(rule: Rule, language: str) -> str:
    """What would mend a rule that a release breaks."""
    told = sentences()
    return told.mend_of.get(rule.id.rpartition(".")[2], told.mend[rule.severity])[language]


def _kind(rule: Rule) -> str:
    """The kind, and of bounds whether there is one, or both are the same."""
    bounds = {name: rule.params[name] for name in ("low", "high") if rule.params.get(name) is not None}
    if len(bounds) == 1:
        return f"{rule.kind}_{next(iter(bounds))}"
    return f"{rule.kind}_same" if bounds and len({*bounds.values()}) == 1 else rule.kind


def _list(words: Sequence[Any], last: str, language: str) -> str:
    told = sentences()
    some = [_code(word) for word in words]
    if len(some) > told.most:
        return told.many[language].format(some=", ".join(some[: told.most]), n=len(some))
    *others, final = some or [""]
    return f"{', '.join(others)} {told.last[last][language]} {final}" if others else final


def _code(word: Any) -> str:  # noqa: ANN401 - a name, a number or a truth value
    return f"`{str(word).lower() if isinstance(word, bool) else word}`"
