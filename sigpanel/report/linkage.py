"""The page on how good the linkage of a release is, in Swedish, under the headings of GUILD.

GUILD (Gilbert et al., J Public Health 40, 2018) asks that who uses linked data is told of the data provided, of the
linkage and its errors, of what they do to an analysis, and what to report. All figures are those of
`linkage_quality.json`; the page works out nothing of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.contracts.quality import quality_report
from sigpanel.contracts.tables import vocabulary
from sigpanel.report.figures import published
from sigpanel.report.page import render

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "kopplingskvalitet-{release}.html"
_VOCABULARIES = {"sex": "sex", "district": "district", "programme": "programme"}


def linkage_page(quality: Mapping[str, Any], release: str) -> str:
    """The page of a release, as text.

    Args:
        quality: the content of `linkage_quality.json`; figures of a release from before they were protected are
            protected here.
        release: its name.
    """
    told, quality = quality_report(), published(quality)
    return render(
        "linkage.html.j2",
        quality=quality,
        release=release,
        told=told,
        terms={name: _terms(name) for name in ("link_rule", "link_class")},
        groups=[
            (words, [_group(row) for row in quality["groups"] if row["by"] == by]) for by, words in told.groups.items()
        ],
    )


def _group(row: Mapping[str, Any]) -> dict[str, Any]:
    names = {"not_told": quality_report().not_told, **quality_report().initials}
    if row["by"] in _VOCABULARIES:
        names |= _terms(_VOCABULARIES[row["by"]])
    return {**row, "name": names.get(row["group"], row["group"])}


def _terms(name: str) -> dict[str, str]:
    return {term.token: term.sv for term in vocabulary(name)}
