"""The codebook of an extract: just its columns, what each means, what was done to it, and its codes.

Meanings, questions and codes are those of the release's own codebook; nothing is counted. What a coarsened or hidden
column may hold besides is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.approval_facts import facts
from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.extracts.coarse import Leaves, leaves
from sigpanel.extracts.hide import SUPPRESSED, hidden_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigpanel.contracts.approvals import Approval

COLUMNS = (
    "table", "column", "type", "description_en", "description_sv", "transformation_en", "transformation_sv", "made_of",
    "asked_as", "codes_en", "codes_sv", "missing_codes",
)  # fmt: skip
_HIDDEN = {
    "en": "Whether the value was taken out for protection; {} is null then",
    "sv": "Om värdet har tagits bort som skydd; {} är då tomt",
}
_SUPPRESSED = {"en": f"{SUPPRESSED} = taken out for protection", "sv": f"{SUPPRESSED} = borttaget som skydd"}


def codebook(approval: Approval, release: pl.DataFrame) -> pl.DataFrame:
    """One row per column of the extract, in its order.

    Args:
        approval: whose extract it is.
        release: the codebook of the release, `Panel.variables`.
    """
    said = {(row["table"], row["column"]): row for row in release.to_dicts()}
    hidden = hidden_columns(facts(approval))
    rows = [
        row
        for each in leaves(approval)
        for row in _rows(each, said[each.table, each.source], approval, is_hidden=(each.table, each.name) in hidden)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _rows(
    leaving: Leaves, said: dict[str, str | None], approval: Approval, *, is_hidden: bool
) -> Iterator[tuple[str | None, ...]]:
    flags = is_hidden and leaving.type != "string"
    codes = [_codes(leaving, said, approval, language) for language in ("en", "sv")]
    if is_hidden and not flags:
        codes = [
            "; ".join(filter(None, (each, _SUPPRESSED[language])))
            for each, language in zip(codes, _SUPPRESSED, strict=True)
        ]
    how = [leaving.transform.said(language) for language in ("en", "sv")]
    source = f"{leaving.table}.{leaving.source}"
    asked, missing = said["asked_as"] or "", said["missing_codes"] or ""
    described = [said["description_en"], said["description_sv"]]
    yield leaving.table, leaving.name, leaving.type, *described, *how, source, asked, *codes, missing
    if flags:
        name = f"{leaving.name}{HIDDEN_FLAG}"
        texts = [_HIDDEN[language].format(leaving.name) for language in ("en", "sv")]
        yield leaving.table, name, "bool", *texts, "", "", source, "", "", "", ""


def _codes(leaving: Leaves, said: dict[str, str | None], approval: Approval, language: str) -> str:
    if leaving.transform.kind == "district_group":
        return "; ".join(f"{name} = {getattr(group, language)}" for name, group in approval.district_groups.items())
    return (said[f"codes_{language}"] or "") if leaving.transform.kind in ("as_is", "top_code") else ""
