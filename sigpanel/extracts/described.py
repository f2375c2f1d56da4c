"""The columns of an extract, described for any format: the panel's, and what was made of them.

What a column means is said of the panel's column. One that was made coarser has other values, and its label says in
what grain; one of which values may have been taken out has a code for that, or a flag beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.approval_facts import facts
from sigpanel.contracts.extracts import Words, extracts
from sigpanel.exports.ddi import Study
from sigpanel.exports.described import variable_of
from sigpanel.exports.variables import Category, hidden, marked, with_suppressed
from sigpanel.extracts.coarse import leaves
from sigpanel.extracts.hide import hidden_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigpanel.contracts.approvals import Approval
    from sigpanel.exports.variables import Variable
    from sigpanel.extracts.coarse import Leaves

_AS_THEY_ARE = ("as_is", "top_code", "id")


def described(approval: Approval) -> dict[str, tuple[Variable, ...]]:
    """The columns of each table of an approval's extract, in their order."""
    may_hide = hidden_columns(facts(approval))
    found: dict[str, list[Variable]] = {table: [] for table in approval.tables}
    for each in leaves(approval):
        found[each.table] += _variables(each, approval, is_hidden=(each.table, each.name) in may_hide)
    return {table: tuple(variables) for table, variables in found.items()}


def study_of(approval: Approval) -> Study:
    """What a codebook of an extract is of."""
    title = Words(
        f"Extract {approval.extract_id} of a pseudonymised panel of SIG",
        f"Utdrag {approval.extract_id} ur en pseudonymiserad panel över SIG",
    )
    until = approval.valid_to.isoformat()
    restriction = Words(
        f"Pseudonymised personal data, under {approval.register_number} alone, until {until}",
        f"Pseudonymiserade personuppgifter, endast enligt {approval.register_number}, till och med {until}",
    )
    return Study(
        approval.extract_id, title, restriction, {name: extracts().tables[name].row for name in approval.tables}
    )


def _variables(leaving: Leaves, approval: Approval, *, is_hidden: bool) -> Iterator[Variable]:
    source = variable_of(leaving.table, leaving.source)
    kind = leaving.transform.kind
    if kind in _AS_THEY_ARE:
        made = source
    else:
        made = marked(source, leaving.name, leaving.type, kind, _groups(approval) if kind == "district_group" else ())
    flags = is_hidden and leaving.type != "string"
    if is_hidden and (not flags or made.reasons):
        made = with_suppressed(made)
    yield made
    if flags:
        yield hidden(made)


def _groups(approval: Approval) -> tuple[Category, ...]:
    said = approval.district_groups.items()
    return tuple(Category(name, number, Words(each.en, each.sv)) for number, (name, each) in enumerate(said, 1))
