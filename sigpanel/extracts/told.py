"""What an extract says of itself: a manifest with no clock, no path, no id of the panel and no exact number.

Persons, rows and hidden cells are told as `protect` gives them: rounded, or hidden where they are few. Exact numbers
are for the research data manager, who gets them from `issue` and keeps them.

How many persons are in an extract can be counted in its files. So to how many its population applies is no rounded
number of its own, of which the difference would tell a hidden part: it is the sum of the parts as they are told, and
hidden where one of them is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import yaml

from sigpanel.contracts.approval_facts import facts
from sigpanel.contracts.extracts import columns_of, extracts
from sigpanel.extracts.coarse import leaves

if TYPE_CHECKING:
    from sigpanel.contracts.approvals import Approval
    from sigpanel.extracts.cut import Counts, Cut

Protect = Callable[[int], int | str]
_DIGITS = 2


@dataclass(frozen=True)
class MadeFrom:
    """What an extract was made from and with.

    Attributes:
        release: the release of the panel.
        contract_version: of the panel's contract that the release keeps.
        key_id: the research data manager's key.
        roles: whether data owner and research data manager are `one` or `two`.
        sigpanel, polars: the versions of the programs.
        threshold: fewer persons are hidden, in what is told here and in tables that are made of the extract.
    """

    release: str
    contract_version: str
    key_id: str
    roles: str
    sigpanel: str
    polars: str
    threshold: int


def manifest(
    approval: Approval, made: Cut, of: MadeFrom, linkable: Mapping[str, int | str], protect: Protect
) -> dict[str, Any]:
    """The manifest, but for its files.

    Args:
        approval: whose extract it is.
        made: the tables, and what was done.
        of: what it was made from.
        linkable: by earlier extract, how many persons can be found in it by values alone, protected.
        protect: gives a number of persons as it may be told.
    """
    counts = made.counts
    return {
        "extract_id": approval.extract_id,
        "approval": _approval(approval),
        **asdict(of),
        "rules_version": extracts().version,
        "ids": approval.id_scope,
        "rows": {name: protect(frame.height) for name, frame in made.tables.items()},
        **numbers(approval, counts, protect),
        "risk": _risk(approval, made),
        "suppressed": {
            "persons": protect(counts.n_with_hidden),
            "cells": {name: protect(n) for name, n in made.n_hidden.items()},
        },
        "references_cut": protect(made.n_references_cut),
        "linkable": dict(linkable),
        "columns": columns(approval),
    }


def numbers(approval: Approval, counts: Counts, protect: Protect) -> dict[str, Any]:
    """To how many the population applies, and what became of them, as it may be told beside their exact number.

    Args:
        approval: whose extract it is; what it rules out is told as 0.
        counts: of persons, exact.
        protect: gives a number of persons as it may be told.
    """
    small, is_out = approval.small_classes, approval.consent_withdrawn == "exclude"
    may_be_left_out = small.policy == "suppress" and small.rest == "leave_out"
    excluded = protect(counts.n_excluded) if is_out else 0
    left_out = protect(counts.n_left_out) if may_be_left_out else 0
    return {
        "persons": protect(counts.n_persons),
        "population": {"persons": _sum(protect(counts.n_persons), excluded, left_out), "left_out": left_out},
        "consent_withdrawn": {
            "policy": approval.consent_withdrawn,
            "persons_in": 0 if is_out else protect(counts.n_consent_withdrawn),
            "persons_out": excluded,
        },
    }


def _sum(*parts: int | str) -> int | str:
    """The sum of numbers as they are told; the word for what is hidden, where one is."""
    return next((part for part in parts if isinstance(part, str)), sum(part for part in parts if isinstance(part, int)))


def columns(approval: Approval) -> list[dict[str, Any]]:
    """Each column of an extract: what it was made of, and how."""
    return [
        {
            "table": each.table,
            "name": each.name,
            "source": each.source,
            "type": each.type,
            "transformation": each.transform.kind,
            "by": each.transform.by,
            "groups": _groups(approval) if each.transform.kind == "district_group" else {},
            "is_day": columns_of(each.table)[each.source].type == "date",
        }
        for each in leaves(approval)
    ]


def _groups(approval: Approval) -> dict[str, list[str]]:
    return {name: sorted(group.districts) for name, group in approval.district_groups.items()}


def _approval(approval: Approval) -> dict[str, Any]:
    said = yaml.safe_load(approval.text)
    plain = {
        name: said[name] for name in ("purpose", "legal_basis", "recipients", "formats", "identity", "contract_major")
    }
    return {
        **plain,
        "name": approval.name,
        "version": approval.version,
        "register_number": approval.register_number,
        "valid_from": approval.valid_from.isoformat(),
        "valid_to": approval.valid_to.isoformat(),
        "digest": approval.digest,
    }


def _risk(approval: Approval, made: Cut) -> dict[str, Any]:
    found, asked = made.risk, approval.risk
    return {
        "quasi_identifiers": [fact.name for fact in facts(approval)],
        "k": {"least": asked.k, "found": found.k},
        "l": {"least": asked.l, "found": dict(found.l)},
        "dominant_share": {
            "most": asked.dominant_share,
            "found": {name: round(share, _DIGITS) for name, share in found.dominant_share.items()},
        },
        "unique_trajectories": {
            "most": asked.unique_trajectories, "found": round(found.unique_trajectories, _DIGITS),
        },
        "linkable": {"most": asked.linkable},
        "policy": approval.small_classes.policy,
    }  # fmt: skip
