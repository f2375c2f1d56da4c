"""An extract for people to read: Markdown for researchers and ethics boards, in English and in Swedish.

Two templates with the same sections. They say what the manifest, the approval and the contract say; the words for what
may be chosen stand in `contracts/extracts.yaml`. A name that a template asks for and nobody gave is a fault.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sigpanel.contracts.approval_facts import REPORTING, Fact, facts
from sigpanel.contracts.disclosure import disclosure
from sigpanel.contracts.extracts import extracts
from sigpanel.contracts.tables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from sigpanel.contracts.approvals import Approval

# What is hidden of a fact that never is.
_NEVER = "–"
# What of a manifest counts persons or rows, each number of which may be hidden.
_NUMBERS = ("rows", "persons", "population", "consent_withdrawn", "suppressed", "references_cut", "linkable")


def readme(language: str, approval: Approval, told: Mapping[str, Any], codebook: pl.DataFrame) -> str:
    """The page on an extract.

    Args:
        language: en or sv.
        approval: whose extract it is.
        told: its manifest.
        codebook: its codebook.
    """
    rules, worded = extracts(), _worded(told, language)
    hidden = worded["suppressed"]["cells"] | {REPORTING: _NEVER}
    return (
        _environment()
        .get_template(f"extract.{language}.md.j2")
        .render(
            approval=approval,
            told=worded,
            language=language,
            words={
                group: {word: getattr(each, language) for word, each in said.items()}
                for group, said in rules.words.items()
            },
            rows={name: getattr(table.row, language) for name, table in rules.tables.items()},
            columns=codebook.to_dicts(),
            who=_who(approval, language),
            facts=[(_called(fact, language), fact, hidden[fact.name]) for fact in facts(approval)],
            groups=_groups(approval, language),
        )
    )


def _worded(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The manifest, with the language's word for a number that is hidden."""
    hidden = disclosure().word("hidden")

    def worded(said: Any) -> Any:  # noqa: ANN401 - whatever stands in a manifest
        if isinstance(said, dict):
            return {name: worded(each) for name, each in said.items()}
        return disclosure().word("hidden", language) if said == hidden else said

    return {**told, **{name: worded(told[name]) for name in _NUMBERS}}


def _who(approval: Approval, language: str) -> dict[str, str]:
    """The words that a population is told by, as they are called in the language."""
    called = extracts().words["population"]
    return {
        getattr(called[column], language): ", ".join(
            getattr(term, language) for term in vocabulary(_vocabulary(column)) if term.token in words
        )
        for column, words in approval.population.words.items()
    }


def _groups(approval: Approval, language: str) -> list[tuple[str, str, str]]:
    """Each group of districts: its name, what it is called, and what stands in it."""
    called = {term.token: str(getattr(term, language)) for term in vocabulary("district")}
    return [
        (name, getattr(group, language), ", ".join(called[district] for district in group.districts))
        for name, group in approval.district_groups.items()
    ]


def _vocabulary(column: str) -> str:
    return "episode_status" if column == "status" else column


def _called(fact: Fact, language: str) -> str:
    rules = extracts()
    called = rules.kin.get(fact.name) or rules.words["facts"].get(fact.name)
    return str(getattr(called, language)) if called else fact.name


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Markdown, of contracts and of the approval's own words, which `cell` escapes.
    environment = Environment(
        loader=PackageLoader("sigpanel.extracts", "templates"),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "share": _share}
    return environment


def _cell(text: object) -> str:
    """A text as it may stand in a line of Markdown: no markup of its own, no second line."""
    plain = " ".join(str("" if text is None else text).split())
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.0f}\u00a0%"
