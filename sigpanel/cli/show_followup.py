"""What the commands on register holders print: counts, rules and days; no id, no value, no code."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import table
from sigpanel.followup.replaced import said as said_of

if TYPE_CHECKING:
    from sigpanel.pipeline.followup_receive import TakenIn
    from sigpanel.pipeline.followup_request import Requested


def show_requested(done: Requested) -> str:
    """A line for each list, and where they go."""
    rows = [[path.name, n_persons, n_unreadable] for path, n_persons, n_unreadable in done.lists]
    lines = [
        table(["List in owner/outbox", "Persons", "Without a code"], rows, right=(1, 2)),
        "",
        f"{done.n_asked} of the {done.n_persons} persons in {done.extract_id} are asked for, until {done.by}.",
    ]
    if done.n_asked < done.n_persons:
        lines.append(f"Of the other {done.n_persons - done.n_asked} no workbook tells any more.")
    lines += [
        "The lists hold codes: hand each to its district alone. What is filled in goes to the register holder or key",
        "custodian, and does not come back here. Delete the lists in the outbox when they are handed over.",
    ]
    return "\n".join(lines)


def requested_as_dict(done: Requested) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "extract_id": done.extract_id,
        "lists": [
            {"file": path.name, "persons": n_persons, "without_code": n_unreadable}
            for path, n_persons, n_unreadable in done.lists
        ],
        "persons": done.n_persons,
        "asked": done.n_asked,
        "by": done.by,
    }


def show_received(done: TakenIn) -> str:
    """What came, what is covered, what was warned of, and where it lies."""
    one = done.received
    rows = [
        [kind, said.source, said.version, said.from_on, said.until_on, said.complete_until, one.counts.get(kind, "")]
        for kind, said in one.coverages.items()
    ]
    heads = ["Delivery", "From", "Version", "Covers", "Until", "Complete until", "Rows"]
    lines = [table(heads, rows, right=(6,)), ""]
    lines += [
        f"{each.rule}, {each.n} {each.what}{'' if each.n == 1 else 's'} (a warning): {each.en}."
        for each in one.warnings
    ]
    lines += [f"In place of an earlier version: {said_of(each)}" for each in one.replaced]
    what = "Received" if one.is_new else "Nothing new: it was received before"
    lines.append(f"{what}. {one.extract_id} has {len(one.deliveries)} deliveries, in {one.folder}.")
    if not done.is_logged:
        lines.append("There is no study here, so no log tells of it.")
    if done.is_before_withdrawals:
        lines.append("Somebody has withdrawn since the extract was cut; ask the data owner whether to recall it.")
    return "\n".join(lines)


def received_as_dict(done: TakenIn) -> dict[str, Any]:
    """The same as JSON."""
    one = done.received
    return {
        "extract_id": one.extract_id,
        "folder": str(one.folder),
        "is_new": one.is_new,
        "is_logged": done.is_logged,
        "is_before_withdrawals": done.is_before_withdrawals,
        "deliveries": list(one.deliveries),
        "received": [
            {
                "delivery": kind,
                "source": said.source,
                "version": said.version,
                "from_on": said.from_on,
                "until_on": said.until_on,
                "lag_months": said.lag_months,
                "rows": one.counts.get(kind),
            }
            for kind, said in one.coverages.items()
        ],
        "replaced": [asdict(each) for each in one.replaced],
        "warnings": [{"rule": each.rule, f"{each.what}s": each.n} for each in one.warnings],
    }
