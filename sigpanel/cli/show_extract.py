"""What the commands on extracts print, for the research data manager.

Of persons nothing but counts that were protected when the extract was made; of files in folders no name that sigpanel
did not give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import plural, table
from sigpanel.contracts.audit import vocabulary
from sigpanel.pipeline.extract_life import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.contracts.audit import Reason
    from sigpanel.pipeline.extract import Issued
    from sigpanel.pipeline.extract_life import Ended, Listed
    from sigpanel.pipeline.extract_unlink import Unlinking
    from sigpanel.pipeline.log_checks import VerifiedLog

_NOT_KNOWN = "?"
_PART = "not told, as a part of them is too few"
# Whose key a log's end is kept beside.
_KEYS = {"extracts": "manager", "owner": "owner"}
_ROLES = {"one": "one person holds both keys", "two": "two keys are set"}
_CONSENT = {"include": "in, as the approval says", "exclude": "out, as the approval says"}
_NO_WAY_BACK = (
    "Nobody can make it again or follow its ids back then, with whatever keys: what back-ups of the salt hold, you "
    "must destroy too."
)


# --- issued -----------------------------------------------------------------------------------------------------------


def show_issued(issued: Issued) -> str:
    """Where it lies, how many are in it and what was done to protect them, and what is odd about its approval."""
    told = issued.manifest
    approval, risk, consent = told["approval"], told["risk"], told["consent_withdrawn"]
    rows = ", ".join(f"{name} {_n(n)}" for name, n in told["rows"].items())
    lines = [
        f"{issued.extract_id}: {'the same again, to the byte' if issued.is_again else 'issued'}, in {issued.folder}",
        f"  under {approval['register_number']}, until {approval['valid_to']}; from release {told['release']}; "
        f"{_ROLES[told['roles']]}",
        f"  persons: {_n(told['persons'])}; rows: {rows}",
        f"  persons to whom its population applies: {_n(told['population']['persons'], _PART)}; "
        f"left out as too easily singled out: {_n(told['population']['left_out'])}",
        f"  consent to waive secrecy withdrawn: {_CONSENT[consent['policy']]}; "
        f"in: {_n(consent['persons_in'])}, out: {_n(consent['persons_out'])}",
        f"  least persons alike: {risk['k']['found']} (asked: {risk['k']['least']}); "
        f"course of episodes that is nobody else's: {risk['unique_trajectories']['found']:.0%}; "
        f"persons of whom something is hidden: {_n(told['suppressed']['persons'])}",
        *(f"  persons to be found by values alone in {name}: {_n(n)}" for name, n in told["linkable"].items()),
        *(f"  note: {note.message} [{note.code}]" for note in issued.notes),
        "Persons and rows are told as in the extract itself: rounded, or not at all where they are few.",
        "Hand the whole folder over; SHA256SUMS tells its recipients whether it arrived as it is here.",
    ]
    return "\n".join(lines)


def issued_as_dict(issued: Issued) -> dict[str, Any]:
    """The same as JSON, with the extract's whole manifest."""
    return {
        "extract_id": issued.extract_id,
        "folder": issued.folder,
        "is_again": issued.is_again,
        "notes": [{"code": note.code, "message": note.message} for note in issued.notes],
        "manifest": dict(issued.manifest),
    }


# --- the register -----------------------------------------------------------------------------------------------------


def show_listed(extracts: Sequence[Listed], verified: VerifiedLog) -> str:
    """A line for each extract, what is to be done about any, and what is not as the log says."""
    todo = _to_do(extracts, verified)
    if not extracts:
        none = (
            "The log knows of no extract."
            if verified.problems
            else ("No extract was issued yet: `sigpanel extract issue APPROVAL`.")
        )
        return "\n".join([none, *todo])
    rows = [
        [
            one.standing.extract_id,
            one.standing.state.en,
            one.standing.issued_on,
            _said(one.record and one.record.valid_to),
            _said(one.record and one.record.persons),
            len(one.record.recipients) if one.record else _NOT_KNOWN,
            _said(one.record and one.record.release),
            FOLDERS[one.folder],
        ]
        for one in extracts
    ]
    heads = ["Extract", "Is", "Issued", "Until", "Persons", "Recipients", "Release", "Folder"]
    return "\n".join([table(heads, rows, right=(4, 5)), *todo])


def _to_do(extracts: Sequence[Listed], verified: VerifiedLog) -> list[str]:
    due = [one.standing.extract_id for one in extracts if one.is_due]
    lines = [
        f"{extract_id}: its last day is over. End it: `sigpanel extract expire {extract_id}`." for extract_id in due
    ]
    lines += [
        f"{one.standing.extract_id}: somebody has withdrawn since; ask the data owner whether to recall it."
        for one in extracts
        if one.is_before_withdrawals
    ]
    lines += [f"{one.subject}: {one.en} [{one.code}]" for one in verified.problems]
    if verified.problems:
        lines.append("Not all is as the log says: `sigpanel extract verify-log` tells what to do.")
    lines += _not_held(verified)
    return ["", *lines] if lines else []


def listed_as_dict(extracts: Sequence[Listed]) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [
        {
            "extract_id": one.standing.extract_id,
            "state": one.standing.state.word,
            "is_linked": one.standing.state.has_salt,
            "issued_on": one.standing.issued_on,
            "since": one.standing.since,
            "reason": one.standing.reason or None,
            "valid_to": one.record and one.record.valid_to,
            "is_due": one.is_due,
            "register_number": one.record and one.record.register_number,
            "persons": one.record and one.record.persons,
            "recipients": len(one.record.recipients) if one.record else None,
            "release": one.record and one.record.release,
            "ids": one.record and one.record.ids,
            "folder": one.folder,
            "unknown_files": one.others,
            "is_before_withdrawals": one.is_before_withdrawals,
        }
        for one in extracts
    ]


# --- endings ----------------------------------------------------------------------------------------------------------


def show_ended(ended: Ended) -> str:
    """What was done, and what is left to people to do."""
    verb = "called back" if ended.event == "recalled" else "ended"
    lines = [
        f"{ended.extract_id}: {'what was begun is done; it ' if ended.was_begun else ''}was {verb}. "
        f"{plural(ended.n_removed, 'file')} removed; manifest, approval, sums and the readable summaries stay as its "
        "record."
    ]
    if ended.others:
        lines.append(
            f"{plural(ended.others, 'file')} in its folder {_are(ended.others)} not sigpanel's and still there."
        )
    if ended.letter:
        lines.append(f"The letter to its recipients, to be sent by you: {ended.letter}")
    told = "; ".join(ended.recipients) or "as its approval names them"
    lines.append(f"Recipients ({told}): they are to destroy every copy, and to confirm that in writing.")
    lines.append("Deleted files can lie in back-ups and snapshots of this disk: see to those too.")
    return "\n".join(lines)


def ended_as_dict(ended: Ended) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "extract_id": ended.extract_id,
        "event": ended.event,
        "detail": ended.detail,
        "was_begun": ended.was_begun,
        "files_removed": ended.n_removed,
        "unknown_files": ended.others,
        "recipients": len(ended.recipients),
        "letter": ended.letter,
    }


def show_unlinking(plan: Unlinking) -> str:
    """What unlinking means, before it is done."""
    which = ", ".join(plan.extract_ids or (plan.extract_id,))
    shared = ", which share one salt since their ids hold for the whole approval" if len(plan.extract_ids) > 1 else ""
    if not plan.is_there:
        elsewhere = (
            f"It was made with another key than the one that is set: its salt lay beside the key {plan.made_with}. See "
            "that both are gone for good. "
            if plan.made_with
            else ""
        )
        return f"{elsewhere}It will be written down that the salt of {which}{shared} is lost. {_NO_WAY_BACK}"
    return f"The salt of {which}{shared} will be destroyed. {_NO_WAY_BACK}"


def show_unlinked(done: Unlinking) -> str:
    """What was done."""
    which = ", ".join(done.extract_ids or (done.extract_id,))
    how = "The salt was destroyed" if done.is_there else "It was written down that the salt is lost"
    them = done.extract_ids or (done.extract_id,)
    ended = [one for one in them if one not in done.in_use]
    lines = [f"{which}: {how}. No key leads from its data to a person; they are personal data all the same."]
    if done.in_use:
        lines.append(f"In use as before, for as long as the approval says: {', '.join(done.in_use)}.")
    if ended:
        lines.append(f"Ended or called back, so every copy is to be destroyed as before: {', '.join(ended)}.")
    return "\n".join(lines)


def unlinked_as_dict(done: Unlinking) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "extract_id": done.extract_id,
        "unlinked": list(done.extract_ids),
        "ids": done.scope,
        "salt_destroyed": done.is_there,
        "was_begun": done.was_begun,
    }


def show_recalling(extract_id: str, reason: Reason, recipients: int | None) -> str:
    """What calling back means, before it is done."""
    told = plural(recipients, "recipient") if recipients is not None else "its recipients"
    return f"{extract_id} will be called back from {told}. {reason.en} Its data here will be deleted."


# --- the logs ---------------------------------------------------------------------------------------------------------


def show_verified_log(verified: VerifiedLog) -> str:
    """A line for each log, then each problem with its remedy."""
    lines = []
    for log in verified.logs:
        name = vocabulary().logs[log.kind].en
        last = f", the last of {log.last_on}" if log.last_on else ""
        lines.append(f"{name}: {plural(len(log.entries), 'line')}{last}{f'; {log.says}' if log.says else ''}.")
    lines += verified.says
    for problem in verified.problems:
        lines += ["", f"{problem.subject}: {problem.en}", f"  → {problem.remedy}", f"  [{problem.code}]"]
    not_held = _not_held(verified)
    lines += ["", *not_held] if not_held else []
    if verified.problems:
        lines += ["", plural(len(verified.problems), "problem")]
    elif verified.is_well:
        lines += ["", "All is as the logs say."]
    return "\n".join(lines)


def _not_held(verified: VerifiedLog) -> list[str]:
    keys = " and ".join(f"the {_KEYS[kind]}'s key" for kind in verified.not_held)
    return [f"Not held to its end, so lines may be missing there: set {keys}."] if keys else []


def verified_log_as_dict(verified: VerifiedLog) -> dict[str, Any]:
    """The same as JSON, with every line of both logs."""
    return {
        "is_well": verified.is_well,
        "logs": [
            {"log": log.kind, "lines": [entry.as_dict() for entry in log.entries], "not_held": log.says or None}
            for log in verified.logs
        ],
        "not_held": list(verified.says),
        "problems": [
            {"code": one.code, "subject": one.subject, "message": one.en, "remedy": one.remedy}
            for one in verified.problems
        ],
    }


def _n(number: object, hidden: str = "too few to tell") -> str:
    """A number of persons as the extract itself tells it."""
    return str(number) if isinstance(number, int) else hidden


def _said(value: object) -> object:
    return _NOT_KNOWN if value is None else value


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
