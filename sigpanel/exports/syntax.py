"""What reads the files and sets what they cannot hold: SPSS syntax, Stata do-file, R script; and a page on them all.

A label is short and a meaning may be long, so the syntax adds the whole of it, and the questions by edition: as
attributes of variables in SPSS, as notes in Stata. Stata is told besides which rows are a person's, in order. R needs
only to be told how reasons are read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sigpanel.contracts.exports import exports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.exports.ddi import Study
    from sigpanel.exports.variables import Variable

# A line of SPSS syntax is at most 256 bytes; a letter of Swedish has two.
_LONGEST_PIECE = 100
_IN_ORDER = ("person_no", "episode_no")


def syntax(name: str, tables: Mapping[str, Sequence[Variable]], title: str, language: str, kind: str) -> str:
    """A program that reads the files.

    Args:
        name: `read.sps`, `read.do` or `read.R`.
        tables: the columns of each table, as they stand in the files.
        title: what the files are.
        language: of texts, sv or en.
        kind: which files R reads, `sav` or `dta`.
    """
    template = _environment().get_template(f"{name}.j2")
    told = [_table(table, variables, language) for table, variables in tables.items()]
    return template.render(tables=told, title=title, language=language, kind=kind)


def readme(language: str, study: Study, tables: Sequence[str], formats: Sequence[str]) -> str:
    """The page that says what each file of an export is.

    Args:
        language: sv or en.
        study: what the files are of.
        tables: their names.
        formats: those that were written.
    """
    reasons = [(each, getattr(each.said, language)) for each in exports().reasons.values()]
    template = _environment().get_template(f"readme.{language}.md.j2")
    rows = {name: getattr(study.rows[name], language) for name in tables}
    return template.render(
        title=getattr(study.title, language), study=study, rows=rows, formats=formats, reasons=reasons
    )


def _table(name: str, variables: Sequence[Variable], language: str) -> dict[str, Any]:
    names = {each.name for each in variables}
    said = [
        {"name": each.name, "said": getattr(each.said, language), "asked_as": each.asked_as}
        for each in variables
        if each.said != each.label
    ]
    return {
        "name": name,
        "variables": said,
        "xtset": _IN_ORDER if name == "episodes" and names.issuperset(_IN_ORDER) else (),
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sigpanel.exports", "templates"),
        autoescape=False,  # noqa: S701 - programs and Markdown, of contracts alone
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["sps"] = _literal
    return environment


def _literal(text: str) -> str:
    """A text as SPSS has it, in pieces that fit a line."""
    pieces = [text[at : at + _LONGEST_PIECE] for at in range(0, len(text), _LONGEST_PIECE)]
    return " +\n    ".join("'" + piece.replace("'", "''") + "'" for piece in pieces)
