"""A delivery held: against the approval, against each table's contract, and against what else is known.

    hold_sent(project, sent, before, other_ids)     the deliveries in it, or a refusal that counts

First what can be told without a row: whose the tables are, and whether the approval covers them. Then every table
against its contract, all of what is wrong told at once. Then what holds between tables, those received before included:
only who was searched for has rows, and nothing happens after death. A refusal names rules and counts rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.approval_registers import CONTROLS, SEARCHED
from sigpanel.contracts.delivered import Ids, hold_delivery, lives
from sigpanel.contracts.deliveries import deliveries, delivery, shared
from sigpanel.contracts.delivery_mends import mends
from sigpanel.contracts.followup import FOUND, facts
from sigpanel.errors import InputError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sigpanel.contracts.delivery import Coverage
    from sigpanel.contracts.gate import Outcome
    from sigpanel.followup.project import Project
    from sigpanel.followup.sent import Sent

DEATHS: Final = "deaths_and_emigration"
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
class Held:
    """The tables of a delivery that keep their contracts, and the warnings."""

    taken: tuple[Taken, ...]
    warnings: tuple[Warned, ...]


def hold_sent(project: Project, sent: Sent, drawn: Collection[str], other_ids: Collection[str]) -> Held:
    """Hold a delivery by itself.

    Args:
        project: the extract that it is for.
        sent: the delivery.
        drawn: the ids of controls that were drawn before.
        other_ids: ids of the study's other extracts, where the study is at hand.

    Raises:
        PolicyError: the approval does not cover a table of it.
        InputError: tables are missing, are of several holders, or break their contracts.
    """
    hold_covered(project, sent)
    _hold_one_holder(sent)
    tables = {name: sent.table(delivery(name)) for name in sent.declared}
    frames = {name: table.frame for name, table in tables.items()}
    if CONTROLS in frames and "control_id" in frames[CONTROLS].columns:
        told = frames[CONTROLS]["control_id"]
        drawn = {*drawn, *(told.drop_nulls().to_list() if told.dtype == pl.String else ())}
    handed_out = project.registers.control_ids(project.persons)
    drawn = sorted({*drawn} & {*handed_out})
    broken: list[str] = []
    warnings: list[Warned] = []
    for name, table in tables.items():
        ids = Ids(project.persons, handed_out if name == CONTROLS else drawn)
        unread = [(f"{name}.{column}.type", n, column) for column, n in table.unread.items()]
        broken += [_line(rule, n, [_mend("type", name, column)], "cell") for rule, n, column in unread]
        if not unread:
            said, found = _of_table(name, table.frame, sent.declared[name], ids)
            broken += said
            warnings += found
    if broken:
        raise _broken(broken, _unknown(frames, {*project.persons, *handed_out}, other_ids))
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
        _line(one.rule.id, _n_rows(one), [mend.en for mend in remedies[one.rule.id]])
        for one in failed
        if one.rule.severity == "error"
    ]
    return lines, [Warned(one.rule.id, one.n_failing, one.rule.en) for one in failed if one.rule.severity != "error"]


def _n_rows(one: Outcome) -> int:
    """How many rows break a rule; none where it is about the columns as a whole."""
    return 0 if one.rule.kind in ("columns", "type") else one.n_failing


def _line(rule: str, n: int, remedies: Sequence[str], what: str = "row") -> str:
    count = f", {n} {what}{'' if n == 1 else 's'}" if n else ""
    return f"\n  {rule}{count}: {'. '.join(remedies)}."


def _mend(word: str, kind: str, column: str) -> str:
    return shared().mend[word].en.format(columns=delivery(kind).by_name[column].type)


def _own(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    kind = delivery(name)
    return frame.select(*kind.by_name).sort(kind.key)


# --- whom nobody asked about ------------------------------------------------------------------------------------------


def _unknown(frames: Mapping[str, pl.DataFrame], known: Collection[str], other_ids: Collection[str]) -> list[str]:
    """What can be told of ids that nobody asked about, without telling one."""
    ids = {
        one
        for name, frame in frames.items()
        for column in delivery(name).columns
        if column.ids and column.name in frame.columns and frame.schema[column.name] == pl.String
        for one in frame[column.name].drop_nulls()
    }
    strangers = pl.Series(sorted(ids - {*known}), dtype=pl.String)
    n_numbers = int(strangers.str.contains(PERSONAL_NUMBER).sum())
    n_others = len({*strangers} & {*other_ids})
    told = [
        (n_others, "are ids of another extract: it may be another project's delivery."),
        (n_numbers, "look like personal numbers: the delivery must not lie here. Destroy it, and tell the holder."),
    ]
    return [f"\n  Of the ids that nobody asked about, {n} {what}" for n, what in told if n]


def _broken(lines: Sequence[str], more: Sequence[str]) -> InputError:
    return InputError(
        "delivery-refused",
        f"The delivery does not keep its contract, and nothing was taken in:{''.join(lines)}{''.join(more)}\n",
        remedy="Send it back with this list: it holds no person's data. docs/deliveries.md has the contract.",
    )


# --- between deliveries -----------------------------------------------------------------------------------------------


def hold_between(all_taken: Sequence[Taken]) -> None:
    """Hold tables against each other, those received before and those that come now.

    Raises:
        InputError: somebody has rows who was not searched for, or something happened to somebody after death.
    """
    lines = [*_searched_only(all_taken), *_nothing_after_death(all_taken)]
    if lines:
        raise InputError(
            "delivery-contradicts",
            f"Deliveries contradict each other, and nothing was taken in:{''.join(lines)}\n",
            remedy="Send them this list: it holds no person's data. Nothing is left out by guess.",
        )


def _searched_only(all_taken: Sequence[Taken]) -> Iterator[str]:
    said = facts().between["searched_only"]
    for each in all_taken:
        found = each.searched.filter(search=FOUND).select("person_id")
        n = each.frame.join(found, on="person_id", how="anti").height
        if n:
            yield _line(f"{each.kind}.searched_only", n, [said.en, said.mend_en])


def _nothing_after_death(all_taken: Sequence[Taken]) -> Iterator[str]:
    said = facts().between["nothing_after_death"]
    died = [lives(each.frame, each.coverage, Ids(())) for each in all_taken if each.kind == DEATHS]
    if not died:
        return
    by = pl.concat(died).group_by("person_id").agg(pl.col("died_by_on").max()).drop_nulls()
    for each in all_taken:
        if each.kind not in facts().not_after_death:
            continue
        column = facts().not_after_death[each.kind]
        day = pl.date(pl.col(column), 12, 31) if each.frame.schema[column] == pl.Int16 else pl.col(column)
        n = each.frame.join(by, on="person_id").filter(day > pl.col("died_by_on")).height
        if n:
            yield _line(f"{each.kind}.nothing_after_death", n, [said.en, said.mend_en])
