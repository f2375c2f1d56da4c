"""A delivery held by itself: against the approval, and against each table's contract.

    hold_sent(project, sent, drawn, other_ids)      the deliveries in it, or a refusal that counts

First what can be told without a row: whose the tables are, and whether the approval covers them. Then every table
against its contract, all of what is wrong told at once. A refusal names rules and counts rows. What holds between
deliveries is in `sigpanel.followup.between`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.approval_registers import CONTROLS, SEARCHED
from sigpanel.contracts.delivered import Ids, hold_delivery
from sigpanel.contracts.deliveries import deliveries, delivery, shared
from sigpanel.contracts.delivery_mends import mends
from sigpanel.errors import InputError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sigpanel.contracts.delivery import Coverage
    from sigpanel.contracts.gate import Outcome
    from sigpanel.followup.project import Project
    from sigpanel.followup.sent import Sent

_BACK: Final = "Nothing was taken in."
PERSONAL_NUMBER: Final = r"^\s*(\d{2})?\d{6}\s?[-+]?\s?\d{4}\s*$"


@dataclass(frozen=True)
class Taken:
    """One table of one register and version: what was declared of it, its rows, and who was searched for there."""

    kind: str
    coverage: Coverage
    frame: pl.DataFrame = field(repr=False)
    searched: pl.DataFrame = field(repr=False)

    @property
    def name(self) -> str:
        """Kind, register and version in one word."""
        return f"{self.kind}/{self.coverage.source}/{self.coverage.version}"


@dataclass(frozen=True)
class Warned:
    """What is not as it is expected, and a register may well hold: the rule, and of how many `what` it is so."""

    rule: str
    n: int
    en: str
    what: str = "row"


@dataclass(frozen=True)
class Drawn:
    """Ids of controls that were drawn before: by versions that stay, and by those that go when this delivery comes."""

    stay: frozenset[str] = frozenset()
    go: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Held:
    """The tables of a delivery that keep their contracts, and the warnings."""

    taken: tuple[Taken, ...]
    warnings: tuple[Warned, ...]


def hold_sent(project: Project, sent: Sent, drawn: Drawn, other_ids: Collection[str]) -> Held:
    """Hold a delivery by itself.

    Args:
        project: the extract that it is for.
        sent: the delivery.
        drawn: the ids of controls that were drawn before, by versions that stay and by those whose place this takes.
        other_ids: ids of the study's other extracts, where the study is at hand.

    Raises:
        PolicyError: the approval does not cover a table of it.
        InputError: tables are missing, are of several holders, name controls that have not come yet, or break their
            contracts.
    """
    hold_covered(project, sent)
    _hold_one_holder(sent)
    tables = {name: sent.table(delivery(name)) for name in sent.declared}
    frames = {name: table.frame for name, table in tables.items()}
    handed_out = project.registers.control_ids(project.persons)
    drawn_now = sorted({*handed_out} & (drawn.stay | _ids(frames, [CONTROLS]) | (drawn.go & _ids(frames, [SEARCHED]))))
    _hold_controls_first(frames, {*project.persons}, {*handed_out}, drawn_now)
    broken: list[str] = []
    warnings: list[Warned] = []
    for name, table in tables.items():
        ids = Ids(project.persons, handed_out if name == CONTROLS else drawn_now)
        unread = [(f"{name}.{column}.type", n, column) for column, n in table.unread.items()]
        broken += [line_of(rule, n, [_mend("type", name, column)], "cell") for rule, n, column in unread]
        if not unread:
            said, found = _of_table(name, table.frame, sent.declared[name], ids)
            broken += said
            warnings += found
    if broken:
        raise _broken(broken, *_unknown(frames, {*project.persons}, {*handed_out}, {*drawn_now}, other_ids))
    searched = frames[SEARCHED].sort("person_id")
    taken = [
        Taken(name, sent.declared[name], _own(name, frame), searched)
        for name, frame in frames.items()
        if name != SEARCHED
    ]
    return Held(tuple(taken), tuple(warnings))


def hold_covered(project: Project, sent: Sent) -> None:
    """Refuse what the approval does not cover.

    Raises:
        PolicyError: there is such a table.
    """
    refused = [
        f"{name} from {coverage.source}"
        for name, coverage in sent.declared.items()
        if not project.registers.covers(name, coverage.source)
    ]
    if refused:
        raise PolicyError(
            "delivery-not-approved",
            f"The approval of {project.extract_id} does not cover {', '.join(refused)}. {_BACK}",
            remedy="Destroy the delivery, or send it back. If the ethics approval does cover it, name it under "
            "`registers` in the next version of the approval's file, and issue that.",
        )


def _hold_one_holder(sent: Sent) -> None:
    if SEARCHED not in sent.declared:
        raise InputError(
            "delivery-searched-missing",
            f"The delivery does not tell whom the holder searched for. {_BACK}",
            remedy="Ask the holder for the table searched: without it nobody knows of whom no row means no.",
        )
    if [*sent.declared] == [SEARCHED]:
        raise InputError(
            "delivery-empty",
            f"The delivery tells whom the holder searched for, and nothing else. {_BACK}",
            remedy="It comes with the tables that were searched: put them into one folder.",
        )
    holders = {name: deliveries()[name].sources[coverage.source].holder for name, coverage in sent.declared.items()}
    others = [name for name, holder in holders.items() if holder != holders[SEARCHED]]
    if others:
        raise InputError(
            "delivery-holders",
            f"Whom {holders[SEARCHED]} searched for says nothing of {', '.join(others)}. {_BACK}",
            remedy="Put each holder's delivery into a folder of its own, with whom that holder searched for.",
        )


def _of_table(name: str, frame: pl.DataFrame, coverage: Coverage, ids: Ids) -> tuple[list[str], list[Warned]]:
    kind = delivery(name)
    outcomes = hold_delivery(kind, frame, coverage, ids)
    remedies = mends(kind, frame, outcomes)
    failed = [one for one in outcomes if not one.is_kept]
    lines = [
        line_of(one.rule.id, _n_rows(one), [mend.en for mend in remedies[one.rule.id]])
        for one in failed
        if one.rule.severity == "error"
    ]
    return lines, [Warned(one.rule.id, one.n_failing, one.rule.en) for one in failed if one.rule.severity != "error"]


def _n_rows(one: Outcome) -> int:
    """How many rows break a rule; none where it is about the columns as a whole."""
    return 0 if one.rule.kind in ("columns", "type") else one.n_failing


def line_of(rule: str, n: int, remedies: Sequence[str], what: str = "row") -> str:
    """A broken rule as a refusal tells it: how many rows break it, and what would mend that."""
    count = f", {n} {what}{'' if n == 1 else 's'}" if n else ""
    return f"\n  {rule}{count}: {'. '.join(remedies)}."


def _mend(word: str, kind: str, column: str) -> str:
    return shared().mend[word].en.format(columns=delivery(kind).by_name[column].type)


def _own(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    kind = delivery(name)
    return frame.select(*kind.by_name).sort(kind.key)


# --- whom nobody asked about ------------------------------------------------------------------------------------------


def _ids(frames: Mapping[str, pl.DataFrame], kinds: Iterable[str]) -> set[str]:
    """The ids of anybody in these tables, as far as they can be read."""
    return {
        one
        for name in kinds
        if name in frames
        for column in delivery(name).columns
        if column.ids and column.name in frames[name].columns and frames[name].schema[column.name] == pl.String
        for one in frames[name][column.name].drop_nulls()
    }


def _hold_controls_first(
    frames: Mapping[str, pl.DataFrame], persons: set[str], handed_out: set[str], drawn: Sequence[str]
) -> None:
    """Refuse by its own name what is right, and comes too early; not where anybody else is in it."""
    unknown = _ids(frames, frames) - persons
    if unknown and CONTROLS not in frames and not drawn and unknown <= handed_out:
        raise InputError(
            "delivery-before-controls",
            f"The delivery tells of {len(unknown)} of the controls, and none have been received yet. {_BACK}",
            remedy="Receive the delivery with the table controls first, and then this one again: nothing is wrong with "
            "it.",
        )


def _unknown(
    frames: Mapping[str, pl.DataFrame],
    persons: set[str],
    handed_out: set[str],
    drawn: set[str],
    other_ids: Collection[str],
) -> tuple[list[str], bool]:
    """What can be told of ids that nobody asked about, without telling one; and whether one looks like a number."""
    ids = _ids(frames, frames) - persons
    strangers = pl.Series(sorted(ids - handed_out), dtype=pl.String)
    n_early = len((ids & handed_out) - drawn - _ids(frames, [CONTROLS]))
    n_numbers = int(strangers.str.contains(PERSONAL_NUMBER).sum())
    n_others = len({*strangers} & {*other_ids})
    told = [
        (n_others, "are ids of another extract: it may be another project's delivery."),
        (n_early, "are handed out for controls, and stand for nobody who was drawn: controls are received first."),
        (n_numbers, "look like personal numbers: the delivery must not lie here."),
    ]
    return [f"\n  Of the ids that nobody asked about, {n} {what}" for n, what in told if n], n_numbers > 0


def _broken(lines: Sequence[str], more: Sequence[str], has_numbers: bool) -> InputError:
    # One advice: what must not lie here is not sent on either.
    return InputError(
        "delivery-refused",
        f"The delivery does not keep its contract, and nothing was taken in:{''.join(lines)}{''.join(more)}\n",
        remedy="Destroy the delivery, send it to nobody, and tell the holder by this list: it holds no person's data."
        if has_numbers
        else "Send it back with this list: it holds no person's data. docs/deliveries.md has the contract.",
    )
