"""Why something cannot be done with an extract, each refusal with its code and what to do.

Which event a state allows is the table in `contracts/audit.yaml`; here is what is said where it does not. The extract
is called by its id, which the log knows; what was typed for one is never repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.errors import InputError, PolicyError, SigpanelError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from sigpanel.audit import Standing

# What to do about a folder that is not as it was issued, whoever finds it so.
WAY_ON = (
    "Find out who has changed it, and whether recipients have it so. Then move the folder to another place, and issue "
    "it again while its salt is there (the same files come out), or bring it back from a backup."
)
# For texts that do not know which of the two an approval says.
UNDER_ANOTHER_NAME = (
    'Where ids hold for the approval (id_scope: "approval"), its versions share the salt, and what is issued after '
    'that is destroyed needs another name of the approval, or ids of its own (id_scope: "version").'
)
_NEW_VERSION = "Raise `version` in the approval and issue that: it has ids of its own."
# By what was to be done, what the extract is already: what follows from it.
_REMEDIES = {
    ("reissued", "unlinked"): f"Nothing leads back to its ids any more. {_NEW_VERSION} {UNDER_ANOTHER_NAME}",
    ("reissued", "expired"): f"What has ended does not begin again. {_NEW_VERSION}",
    ("reissued", "recalled"): f"What was called back does not go out again. {_NEW_VERSION}",
    ("expired", "expired"): "Its data are gone from here; see to it that the recipients have destroyed theirs.",
    ("expired", "recalled"): "Its data went when it was called back; see to it that the recipients have confirmed.",
    ("requested", "unlinked"): f"Nothing leads from its ids to a person any more. {_NEW_VERSION} {UNDER_ANOTHER_NAME}",
    ("requested", "expired"): f"Nothing is asked for what has ended. {_NEW_VERSION}",
    ("requested", "recalled"): f"Nothing is asked for what was called back. {_NEW_VERSION}",
    ("received", "expired"): "Send the delivery back, or destroy it: the approval's project has ended.",
    ("received", "recalled"): "Send the delivery back, or destroy it; a new version of the extract needs a new one.",
    ("recalled", "recalled"): "The letter to its recipients lies in its folder; see to it that they have confirmed.",
    ("unlinked", "unlinked"): "Nothing is left to do: its salt is gone.",
    ("unlinked", "expired"): "Nothing is left to do: its salt is gone.",
    ("unlinked", "recalled"): "Nothing is left to do: its salt is gone.",
}


def unknown(known: Iterable[str]) -> InputError:
    """That the log knows no such extract."""
    there = ", ".join(known)
    return InputError(
        "extract-unknown",
        "The log knows no such extract.",
        remedy=f"It knows: {there}. Give one of these, or the study that issued it (`--study DIR`)."
        if there
        else "None was issued yet in this study: `sigpanel extract issue APPROVAL`, or give the study that issued it "
        "(`--study DIR`).",
    )


def refused(event: str, standing: Standing) -> PolicyError:
    """That what was to be done is not allowed in the extract's state."""
    state = standing.state
    return PolicyError(
        f"extract-{state.word}" if event != "unlinked" else "extract-unlinked",
        f"The extract {standing.extract_id} is {state.en}, since {standing.since}.",
        remedy=_REMEDIES[event, state.word],
    )


def still_valid(extract_id: str, valid_to: dt.date | None) -> PolicyError:
    """That an extract may be used for longer."""
    until = f"may be used until {valid_to}" if valid_to else "has no manifest left that says until when it may be used"
    return PolicyError(
        "extract-still-valid",
        f"The extract {extract_id} {until}.",
        remedy="If it is to end all the same, say so: `sigpanel extract expire ID --now`.",
    )


def spent(name: str) -> PolicyError:
    """That the salt by which an approval's ids hold from version to version was destroyed."""
    return PolicyError(
        "approval-unlinked",
        f"The ids of the approval {name} hold from version to version by a salt that was destroyed.",
        remedy="Give the approval another name: what comes has ids of its own, which lead to none of the earlier ones.",
    )


def no_record(extract_id: str) -> InputError:
    """That what must be known of an extract stands in a manifest that is not there."""
    return InputError(
        "extract-record-damaged",
        f"The manifest of the extract {extract_id} is missing, or is not the one that the log knows.",
        remedy=f"Bring research/extracts/{extract_id}/manifest.json back from a backup.",
    )


def linked(extract_id: str) -> InputError:
    """That the folder of an extract is a link, so that what is in it lies elsewhere."""
    return InputError(
        "extract-linked",
        f"The folder of the extract {extract_id} is a symbolic link, so its files lie elsewhere and are not touched.",
        remedy=f"Take the link away and move the folder itself to research/extracts/{extract_id}.",
    )


def closed() -> InputError:
    """That the log of extracts may not be read."""
    return InputError(
        "log-closed",
        "The log of extracts may not be read by you.",
        remedy="Ask the research data manager, who keeps it: research/extracts/log.jsonl is to be read by the group.",
    )


def tampered(extract_id: str, changed: Collection[str], n_others: int) -> InputError:
    """That what lies in the folder of an extract is not what was issued, and would be replaced unseen."""
    told = [f"these of its files are not as they were written: {', '.join(sorted(changed))}"] if changed else []
    told += [f"{n_others} in its folder were not written by sigpanel"] if n_others else []
    return InputError(
        "extract-tampered",
        f"The extract {extract_id} lies there already, and {'; '.join(told)}.",
        remedy=WAY_ON,
    )


def another_key(extract_id: str) -> PolicyError:
    """That the key that is set is not the one that an extract was made with."""
    return PolicyError(
        "extract-of-another-key",
        f"The extract {extract_id} was made with another key of the research data manager, beside which its salt lies.",
        remedy="Set the key whose id stands in its manifest.json. `sigpanel key show --manager` tells which is set.",
    )


def salt_here(extract_id: str) -> PolicyError:
    """That a salt was called lost which is there."""
    return PolicyError(
        "salt-here",
        f"The salt of the extract {extract_id} was called lost, and it is here, beside the key that is set.",
        remedy="If it is to be destroyed, leave --lost out. If another copy of it was meant, do nothing here.",
    )


def no_salt(extract_id: str) -> SigpanelError:
    """That there is no salt to destroy."""
    return PolicyError(
        "salt-missing",
        f"There is no salt of the extract {extract_id} beside the key that is set, so nothing can be destroyed here.",
        remedy="If it lies beside another copy of the key, name that one. If it is lost for good, write that down: "
        "`sigpanel extract unlink ID --lost`.",
    )
