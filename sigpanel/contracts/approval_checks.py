"""What of an approval takes more than one entry to see: each refusal with its code, place and remedy.

The list of checks reads as a table of contents. All of them hold the approval against itself and against what may ever
leave; none looks at data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.approval_facts import facts, grain, kin_in, members_of, names_of
from sigpanel.contracts.approval_read import Note
from sigpanel.contracts.extracts import columns_of, extracts
from sigpanel.forms import harmonised
from sigpanel.resources import panel_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.contracts.approval_file import ApprovalFile
    from sigpanel.contracts.approvals import Approval
    from sigpanel.contracts.extracts_kin import Kin, Place


def check(file: ApprovalFile, approval: Approval) -> None:
    """Hold an approval against itself.

    Raises:
        InputError: it contradicts itself.
        PolicyError: it would let out what undoes its own protection.
    """
    for one in (
        _days,
        _contract,
        _format,
        _identity,
        _groups,
        _quasi_identifiers,
        _known,
        _nulls,
        _risk,
        _order,
        _kin,
        _told,
    ):
        one(file, approval)


def notes(file: ApprovalFile, approval: Approval) -> tuple[Note, ...]:
    """What is odd about an approval, and not refused."""
    if extracts().register_number.fullmatch(approval.register_number):
        return ()
    return (
        Note(
            "register-number-shape",
            f"{file.name}, line {file.lines['register_number']}: the register number is not written as those of "
            f"Etikprövningsmyndigheten are, such as {extracts().register_example}. If it is right, leave it.",
        ),
    )


def _days(file: ApprovalFile, approval: Approval) -> None:
    if approval.valid_to < approval.valid_from:
        what = "the approval ends before it begins"
        raise file.refused("approval-days", "valid_to", what, "Correct `valid_from` or `valid_to`.")
    who = approval.population
    is_late = who.enrolled_from is not None and who.enrolled_to is not None and who.enrolled_to < who.enrolled_from
    is_young = who.age_from is not None and who.age_to is not None and who.age_to < who.age_from
    for name, holds in (("enrolled", is_late), ("age", is_young)):
        if holds:
            what = "it lies before the beginning, and nobody would be in"
            raise file.refused("approval-days", f"population.{name}_to", what, f"Correct `{name}_from` or `{name}_to`.")


def _contract(file: ApprovalFile, approval: Approval) -> None:
    major = int(panel_version().partition(".")[0])
    if approval.contract_major != major:
        raise file.refused(
            "extract-contract-major", "contract_major",
            f"it is for version {approval.contract_major} of the panel's contract, and sigpanel's is {major}",
            "Look through tables and columns, see what means something else now, and raise `version`.",
            policy=True,
        )  # fmt: skip


def _format(file: ApprovalFile, approval: Approval) -> None:
    if "parquet" not in approval.formats:
        what = "parquet is missing: it is what an extract is opened from"
        raise file.refused("approval-entry", "formats", what, 'Write "parquet", and what else is wanted.')


def _identity(file: ApprovalFile, approval: Approval) -> None:
    if approval.identity == "default":
        return
    rules = extracts()
    for table, columns in approval.tables.items():
        if table in rules.default_tables:
            raise _not_under(file, approval, f"tables.{table}", "the table is")
        for column in columns:
            if column in rules.default_columns:
                raise _not_under(file, approval, f"tables.{table}.{column}", "the column is")


def _not_under(file: ApprovalFile, approval: Approval, place: str, what: str) -> Exception:
    return file.refused(
        "extract-identity", place, f"{what} of persons by the standard rule, and identity is {approval.identity}",
        'Take it out, or write identity: "default".',
    )  # fmt: skip


def _groups(file: ApprovalFile, approval: Approval) -> None:
    is_used = any(one.kind == "district_group" for columns in approval.tables.values() for one in columns.values())
    if not is_used and not approval.district_groups:
        return
    listed = [district for group in approval.district_groups.values() for district in group.districts]
    known = columns_of("episodes")["district"].values or ()
    of = {district: name for name, group in approval.district_groups.items() for district in group.districts}
    what = None
    if not is_used:
        what = "no column is put together in these groups"
        raise file.refused("extract-groups", "district_groups", what, "Take the section out.")
    if len(set(listed)) < len(listed):
        what = "a district stands in two groups"
    elif set(listed) != set(known):
        what = f"{', '.join(sorted(set(known) - set(listed)))} stands in no group"
    elif apart := [district for district in known if of[district] != of[harmonised(district)]]:
        what = f"{', '.join(apart)} stands in another group than the district that it became part of"
    if what:
        remedy = "Give each district one group: a district and what it became part of the same."
        raise file.refused("extract-groups", "district_groups", what, remedy)


def _quasi_identifiers(file: ApprovalFile, approval: Approval) -> None:
    kins = extracts().kin.values()
    told = {place.column for kin in kins for place in kin.columns}
    lengths = {place.column for kin in kins for place in kin.derived} - told
    for column in approval.quasi_identifiers:
        members = members_of(approval, column)
        is_id = any(approval.tables[each.place.table][column].kind == "id" for each in members)
        if not members or is_id or column == "moment":
            what = "one of the quasi-identifiers is no column of the extract, or an id"
            remedy = "List columns of `tables` by their names in the panel."
            raise file.refused("extract-quasi-identifier-unknown", "quasi_identifiers", what, remedy)
        if column in lengths:
            what = f"{column} can be reckoned from other columns, and is hidden with them"
            remedy = "List those instead, as enrolled_on."
            raise file.refused("extract-quasi-identifier-unknown", "quasi_identifiers", what, remedy)


def _known(file: ApprovalFile, approval: Approval) -> None:
    counted = {fact.name for fact in facts(approval)}
    for kin in extracts().kin.values():
        if kin.is_known and kin_in(approval, kin) and kin.name not in counted:
            columns = sorted({member.place.column for member in kin_in(approval, kin)})
            raise file.refused(
                "extract-quasi-identifier-missing", "quasi_identifiers",
                f"others may know this of a person, and it is not counted: {kin.en.lower()} ({', '.join(columns)})",
                f"Add {columns[0]}, or take the columns out.", policy=True,
            )  # fmt: skip


def _nulls(file: ApprovalFile, approval: Approval) -> None:
    if set(approval.nulls) - set(approval.quasi_identifiers):
        what = "a rule is given for what is no quasi-identifier"
        raise file.refused("extract-null-rule", "nulls", what, "Give rules for quasi-identifiers alone.")
    for fact in facts(approval):
        own = [column for column in approval.quasi_identifiers if fact.name in names_of(approval, column)]
        if len({approval.nulls[column] for column in own if column in approval.nulls}) > 1:
            what = f"{' and '.join(own)} tell the same, and have two rules"
            raise file.refused("extract-null-rule", "nulls", what, "Give them the same rule.")


def _risk(file: ApprovalFile, approval: Approval) -> None:
    risk = approval.risk
    if risk.k < extracts().least_k:
        what = f"a class of at least {extracts().least_k} persons belongs here"
        raise file.refused("extract-k", "risk.k", what, "Raise k; 5 is usual.", policy=True)
    counted = {fact.name for fact in facts(approval)}
    for column in risk.sensitive:
        if not members_of(approval, column) or counted & set(names_of(approval, column)):
            what = "one of the sensitive columns is no column of the extract, or a quasi-identifier"
            raise file.refused("extract-sensitive", "risk.sensitive", what, "List other columns of `tables`.")
    if (risk.l is not None or risk.dominant_share is not None) and not risk.sensitive:
        what = "l and dominant_share are of sensitive columns, and none is listed"
        raise file.refused("extract-sensitive", "risk", what, 'Add `sensitive`, as ["discharge_reason"].')


def _order(file: ApprovalFile, approval: Approval) -> None:
    if set(approval.small_classes.order) - set(approval.quasi_identifiers):
        what = "one of them is no quasi-identifier, and nothing else is taken out"
        raise file.refused("extract-order", "small_classes.order", what, "List quasi-identifiers alone.")


# --- one fact, one grain ----------------------------------------------------------------------------------------------


def _kin(file: ApprovalFile, approval: Approval) -> None:
    for kin in extracts().kin.values():
        grains = {place: grain(place.table, place.column, approval.tables[place.table][place.column])
                  for place in _in(approval, kin.columns)}  # fmt: skip
        if len(set(grains.values())) > 1:
            raise _finer(file, kin, grains, "leave in different grains, and the finest undoes the others")
        if not grains:
            continue
        if kin.is_alone and len(grains) > 1:
            raise _both(file, kin, grains)
        other = extracts().kin[kin.tied] if kin.tied else None
        if other is not None and (tied := _in(approval, other.columns)):
            theirs = grain(tied[0].table, tied[0].column, approval.tables[tied[0].table][tied[0].column])
            if {theirs} != set(grains.values()):
                raise _tied(file, kin, other, [*grains, *tied])
        _, days = next(iter(grains.values()))
        others = {place: grain(place.table, place.column, approval.tables[place.table][place.column])
                  for place in _in(approval, (*kin.derived, *kin.beside))}  # fmt: skip
        finer = {place: each for place, each in others.items() if each[1] < days}
        if finer:
            raise _finer(file, kin, finer | grains, "tell the same, and the first is finer")


def _told(file: ApprovalFile, approval: Approval) -> None:
    """Refuse columns that together tell a fact which does not leave itself: it would not be counted."""
    for kin in extracts().kin.values():
        own = approval.source_of(kin.columns[0].table, kin.columns[0].column)
        for together in kin.told:
            telling = [_in(approval, places) for places in together]
            # A column that tells a day by itself makes calendar days of those counted from an enrolment.
            is_counted = own is not None and not (own.rule.is_relative and len(together) == 1)
            if all(telling) and not is_counted:
                raise _reckoned(file, kin, [place for places in telling for place in places])


def _reckoned(file: ApprovalFile, kin: Kin, places: Iterable[Place]) -> Exception:
    named, own = _named(places), kin.columns[0]
    return file.refused(
        "extract-kin-told", f"tables.{named[0]}",
        f"{kin.en.lower()}: it can be reckoned from {' and '.join(named)}, and does not leave to be counted",
        f"Take one of them out, or let {own.table}.{own.column} leave too, by year, quarter or month, and count it.",
        policy=True,
    )  # fmt: skip


def _in(approval: Approval, places: Iterable[Place]) -> list[Place]:
    return [place for place in places if place.column in approval.tables.get(place.table, {})]


def _both(file: ApprovalFile, kin: Kin, places: Iterable[Place]) -> Exception:
    named = _named(places)
    return file.refused(
        "extract-kin-both", f"tables.{named[0]}",
        f"{kin.en.lower()}: {', '.join(named)} together tell more than each: the year in which an episode began",
        "Let one of them leave.", policy=True,
    )  # fmt: skip


def _tied(file: ApprovalFile, kin: Kin, other: Kin, places: Iterable[Place]) -> Exception:
    named = _named(places)
    return file.refused(
        "extract-kin-finer", f"tables.{named[0]}",
        f"{kin.en.lower()}, {other.en.lower()}: {', '.join(named)} leave in different grains, and the day of "
        "one is often the other's", "Give them the same transformation, or drop some.", policy=True,
    )  # fmt: skip


def _named(places: Iterable[Place]) -> list[str]:
    return list(dict.fromkeys(f"{place.table}.{place.column}" for place in places))


def _finer(file: ApprovalFile, kin: Kin, places: Iterable[Place], what: str) -> Exception:
    named = _named(places)
    return file.refused(
        "extract-kin-finer", f"tables.{named[0]}", f"{kin.en.lower()}: {', '.join(named)} {what}",
        "Give them the same transformation (days of an episode in bands as wide), or drop some.", policy=True,
    )  # fmt: skip
