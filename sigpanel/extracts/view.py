"""What somebody who knows a person would compare: one row per episode, with a cell for each fact that may be known.

Persons, episodes, waves and cohort are put beside each other. A fact's cell holds whatever columns tell it, together,
so that who knows it in one place cannot be taken for not knowing it in another. A missing value is a category, or
hidden from the start, as the approval says; without a rule there is no view. That a row is not there (no discharge yet,
not of the cohort) is a value of its own: everybody sees that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.approval_facts import Fact, Member, members_of
from sigpanel.errors import PolicyError
from sigpanel.extracts.coarse import EPISODE, MOMENT, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sigpanel.contracts.approvals import Approval

UNIT = "_unit"
HIDDEN = "hidden"
NO_ROW = "–"
_EMPTY = "∅"
_SEAM = "|"
_IS_ROW = "_is_row"


def view(tables: Mapping[str, pl.DataFrame], approval: Approval, facts: Sequence[Fact]) -> pl.DataFrame:
    """What can be compared: `_unit, _person, _episode, <fact>…, <sensitive column>…`.

    A unit is a person, or all whom doubtful links make one person, where the extract has that id too. A cell that is
    hidden from the start is `HIDDEN`.

    Raises:
        PolicyError: a quasi-identifier is missing somewhere, and the approval does not say what that is to be.
    """
    sensitive = [member for column in approval.risk.sensitive for member in members_of(approval, column)]
    unit = "person_id_wide" if "person_id_wide" in tables["episodes"].columns else PERSON
    base = tables["episodes"].select(PERSON, EPISODE, pl.col(unit).alias(UNIT))
    joined = joined_members(base, tables, [*(each for fact in facts for each in fact.members), *sensitive])
    cells = [_cell(joined, fact).alias(fact.name) for fact in facts]
    told = [pl.when(pl.col(each.label) != NO_ROW).then(each.label).alias(each.label) for each in sensitive]
    return joined.select(UNIT, PERSON, EPISODE, *cells, *told)


def joined_members(base: pl.DataFrame, tables: Mapping[str, pl.DataFrame], members: Iterable[Member]) -> pl.DataFrame:
    """Put columns of an extract's tables beside its episodes, as texts, each under its label.

    Args:
        base: `_person, _episode`, and whatever else.
        tables: with `_person`, `_episode` and `_moment` where they have them.
        members: the columns.
    """
    by_source: dict[tuple[str, str | None], dict[str, Member]] = {}
    for member in members:
        by_source.setdefault((member.place.table, member.place.moment), {})[member.label] = member
    for (table, moment), own in by_source.items():
        rows = tables[table] if moment is None else tables[table].filter(pl.col(MOMENT) == moment)
        on = EPISODE if table in ("episodes", "waves") else PERSON
        said = [pl.col(each.name).cast(pl.String).alias(label) for label, each in own.items()]
        beside = rows.select(on, *said, pl.lit(value=True).alias(_IS_ROW))
        base = base.join(beside, on=on, how="left")
        there = [pl.when(_IS_ROW).then(label).otherwise(pl.lit(NO_ROW)).alias(label) for label in own]
        base = base.with_columns(there).drop(_IS_ROW)
    return base


def _cell(joined: pl.DataFrame, fact: Fact) -> pl.Expr:
    parts = [pl.col(member.label) for member in fact.members]
    is_missing = pl.any_horizontal(part.is_null() for part in parts)
    if fact.nulls is None:
        _refuse_missing(joined, fact, is_missing)
    cell = pl.concat_str([part.fill_null(_EMPTY) for part in parts], separator=_SEAM)
    if fact.nulls != "suppress":
        return cell
    is_hidden = is_missing.any().over(UNIT) if fact.is_person else is_missing
    return pl.when(is_hidden).then(pl.lit(HIDDEN)).otherwise(cell)


def _refuse_missing(joined: pl.DataFrame, fact: Fact, is_missing: pl.Expr) -> None:
    if joined.filter(is_missing).height:
        columns = ", ".join(dict.fromkeys(member.place.column for member in fact.members))
        raise PolicyError(
            "extract-null-without-rule",
            f"A quasi-identifier is missing for somebody ({columns}), and the approval has no rule for that.",
            remedy='Add it to `nulls`: "category" if a missing value is a value like others, "suppress" to hide it.',
        )
