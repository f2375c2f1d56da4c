"""Two versions of a contract, change by change: what each does to who relies on it, and the least bump it asks for.

    changes = compare(old, new, handled)        promises of `sigpanel.contracts.described`
    least_bump(changes)                         major, minor, patch, or none

A change *tightens* when everything that could be relied on still can, and more; it *loosens* when something no longer
can; it does *both* when something is replaced; it is *undetermined* when only a person can tell. `JUDGED` is the whole
law. A renamed column is one that is gone and one that is new.

Whether another text means something else is not guessed from the text: it is undetermined and a patch, unless the
contract says `redefined` (or, of an answer's code, has another token), which is major. What one row is stands in so few
words that any change of the English ones is major.

A further code is minor where every consumer that says what it handles has it, and major where some consumer would pass
over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sigpanel.contracts.compared import Found, tables_compared
from sigpanel.contracts.compared_forms import forms_compared
from sigpanel.contracts.compared_rules import rules_compared, thresholds_compared
from sigpanel.contracts.described import digest
from sigpanel.contracts.semver import BUMPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sigpanel.contracts.consumers import Handles

    Handled = Mapping[str, Mapping[tuple[str, str], Handles]]


@dataclass(frozen=True)
class Judged:
    """A kind of change: what it does, the bump that it asks for, and how it is told."""

    judgement: str
    bump: str
    en: str


JUDGED: Final[Mapping[str, Judged]] = {
    "table_removed": Judged("loosens", "major", "the table is gone"),
    "table_added": Judged("tightens", "minor", "a table more"),
    "granularity_changed": Judged("undetermined", "major", "one row is said to be something else"),
    "key_changed": Judged("both", "major", "another key"),
    "unique_removed": Judged("loosens", "major", "may repeat now"),
    "unique_added": Judged("tightens", "minor", "no longer repeats"),
    "rows_ordered_otherwise": Judged("both", "major", "the order of rows is another"),
    "rows_ordered_further": Judged("tightens", "minor", "the order of rows is told further"),
    "column_removed": Judged("loosens", "major", "the column is gone"),
    "column_added": Judged("tightens", "minor", "a column more"),
    "moved": Judged("undetermined", "patch", "stand in another order"),
    "type_changed": Judged("both", "major", "another type"),
    "null_allowed": Judged("loosens", "major", "may be null now"),
    "null_forbidden": Judged("tightens", "minor", "is never null now"),
    "made_sensitive": Judged("undetermined", "major", "asks for more protection"),
    "classified_otherwise": Judged("undetermined", "minor", "another classification"),
    "redefined": Judged("both", "major", "means something else now"),
    "reworded": Judged("undetermined", "patch", "worded anew"),
    "reference_removed": Judged("loosens", "major", "refers to nothing now"),
    "reference_added": Judged("tightens", "minor", "refers to another column now"),
    "reference_changed": Judged("both", "major", "refers to another column than before"),
    "unit_removed": Judged("loosens", "major", "no unit any more"),
    "unit_added": Judged("tightens", "minor", "the unit is told"),
    "unit_changed": Judged("both", "major", "another unit"),
    "shape_removed": Judged("loosens", "major", "may be written in any way now"),
    "shape_added": Judged("tightens", "minor", "the way it is written is told"),
    "shape_changed": Judged("both", "major", "is written in another way"),
    "known_removed": Judged("loosens", "major", "may name anything now"),
    "known_added": Judged("tightens", "minor", "names only what the contracts list"),
    "known_changed": Judged("both", "major", "names something else than before"),
    "codes_opened": Judged("loosens", "major", "may hold anything now"),
    "codes_closed": Judged("tightens", "minor", "holds listed codes only"),
    "code_removed": Judged("both", "major", "the code is gone"),
    "code_not_handled": Judged("loosens", "major", "a code more, which some consumer passes over"),
    "code_added": Judged("loosens", "minor", "a code more, which every consumer handles"),
    "bounds_not_handled": Judged("loosens", "major", "wider bounds, wider than some consumer handles"),
    "bounds_widened": Judged("loosens", "minor", "wider bounds, which every consumer handles"),
    "bounds_narrowed": Judged("tightens", "minor", "narrower bounds"),
    "rule_removed": Judged("loosens", "major", "the rule is gone"),
    "rule_loosened": Judged("loosens", "major", "the rule lets more pass"),
    "rule_changed": Judged("undetermined", "major", "the rule is another"),
    "rule_added": Judged("tightens", "minor", "a rule more"),
    "rule_tightened": Judged("tightens", "minor", "the rule lets less pass"),
    "warning_changed": Judged("undetermined", "minor", "what is only warned of is another or gone"),
    "threshold_lowered": Judged("loosens", "major", "the threshold asks for less"),
    "threshold_removed": Judged("loosens", "major", "the threshold is gone"),
    "threshold_raised": Judged("tightens", "minor", "the threshold asks for more"),
    "threshold_added": Judged("tightens", "minor", "a threshold more"),
    "asked_told": Judged("tightens", "minor", "what each edition asks is told"),
    "asked_untold": Judged("loosens", "major", "what each edition asks is not told any more"),
    "edition_removed": Judged("loosens", "major", "the edition is not known any more"),
    "edition_added": Judged("tightens", "minor", "an edition more"),
    "asked_no_more_and_read": Judged("loosens", "major", "a new edition does not ask it, and some consumer reads it"),
    "asked_no_more": Judged("loosens", "minor", "a new edition does not ask it, and no consumer reads it"),
    "question_removed": Judged("loosens", "major", "the edition does not ask it any more"),
    "question_added": Judged("tightens", "minor", "the edition asks it"),
    "skip_changed": Judged("both", "major", "is skipped under another condition"),
    "reason_changed": Judged("both", "major", "the code says another reason for no value"),
    "reason_removed": Judged("both", "major", "the code says no reason for no value any more"),
    "reason_added": Judged("loosens", "minor", "a code more that says why there is no value"),
    "not_known": Judged("undetermined", "major", "something changed that cannot be told apart"),
}


@dataclass(frozen=True)
class Change:
    """A change: its kind, the tables, columns or rules it is about, what changed there, and which consumers break."""

    kind: str
    places: tuple[str, ...]
    what: str = ""
    breaks: tuple[str, ...] = ()

    @property
    def judgement(self) -> str:
        """tightens, loosens, both or undetermined, seen from who relies on the contract."""
        return JUDGED[self.kind].judgement

    @property
    def bump(self) -> str:
        """The least bump that it asks for."""
        return JUDGED[self.kind].bump

    @property
    def en(self) -> str:
        """What happened, in words."""
        return JUDGED[self.kind].en


def compare(old: Mapping[str, Any], new: Mapping[str, Any], handled: Handled | None = None) -> tuple[Change, ...]:
    """Every change from one promise to another, the gravest first.

    Args:
        old: the promise that is relied on.
        new: the one that is to replace it.
        handled: by consumer, the columns it uses, and the codes or bounds that it handles there.
    """
    consumers = handled or {}
    found = [
        *tables_compared(old, new),
        *forms_compared(old, new),
        *rules_compared(old, new),
        *thresholds_compared(old, new),
    ]
    changes = [_judged(each, consumers) for each in found]
    if not changes and digest(old) != digest(new):
        # Something is promised that this module does not compare: better a bump too great than a change unseen.
        changes = [Change("not_known", ("the contract",))]
    return tuple(sorted(changes, key=lambda change: BUMPS.index(change.bump)))


def least_bump(changes: Sequence[Change]) -> str | None:
    """The gravest bump that some change asks for; none without a change."""
    return next((bump for bump in BUMPS if any(change.bump == bump for change in changes)), None)


# --- consumers --------------------------------------------------------------------------------------------------------


def _judged(found: Found, handled: Handled) -> Change:
    """A change as it is for consumers: it may be theirs that makes it major."""
    change = Change(found.kind, found.places, found.what)
    if found.kind in ("code_added", "bounds_widened"):
        passing_over = _consumers(found, handled, lambda how: not _covers(how, found))
        kind = {"code_added": "code_not_handled", "bounds_widened": "bounds_not_handled"}[found.kind]
        return replace(change, kind=kind, breaks=passing_over) if passing_over else change
    if found.kind == "asked_no_more":
        reading = _consumers(found, handled, lambda _: True)
        return replace(change, kind="asked_no_more_and_read", breaks=reading) if reading else change
    if change.bump != "major":
        return change
    if found.kind == "code_removed":
        return replace(change, breaks=_consumers(found, handled, lambda how: found.code in (how.values or ())))
    return replace(change, breaks=_consumers(found, handled, lambda _: True))


def _consumers(found: Found, handled: Handled, is_broken: Callable[[Handles], bool]) -> tuple[str, ...]:
    """The consumers that use one of the places, a column or a whole table, in a way that is broken."""
    return tuple(
        name
        for name, uses in sorted(handled.items())
        if any(
            is_broken(how) for (table, column), how in uses.items() if {table, f"{table}.{column}"} & {*found.places}
        )
    )


def _covers(how: Handles, found: Found) -> bool:
    """Whether a consumer handles the code or the bounds that are new; who says nothing of a column handles anything."""
    if found.kind == "code_added":
        return how.values is None or found.code in how.values
    low, high = found.bounds
    return (how.low is None or (low is not None and how.low <= low)) and (
        how.high is None or (high is not None and how.high >= high)
    )
