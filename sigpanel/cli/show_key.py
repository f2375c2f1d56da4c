"""What the commands on keys print: ids and files, never a key; and which case of a rotation is which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sigpanel.pipeline.extract_refusals import UNDER_ANOTHER_NAME

if TYPE_CHECKING:
    from sigpanel.pipeline.custody import KeyAct
    from sigpanel.pipeline.rotate import Rotated

CASES: Final = {
    "extract": "An extract is to have other ids, for another project or because its ids have been linked. No key "
    "changes: raise the version in its approval, and issue it again. Then unlink or recall the old one. Where its ids "
    'hold for the approval (id_scope: "approval"), a new version has the same ids: give the approval another name, or '
    'write "version".',
    "rebuild": "The owner's key changes hands or grows old, and the workbooks are at hand. The next release is built "
    "from them under the new key: other ids, the same persons. Decisions, corrections and withdrawals come along.",
    "rekey": "As before, but the workbooks are deleted. Each id of the live release is replaced by one made of it with "
    "the new key. That release is the last of its line: nothing can be built on it, and nobody can be withdrawn "
    "from it by their code. Deal with withdrawals before.",
    "compromise": "Somebody else may have the key. As rebuild, or with --without-workbooks as rekey; then the old "
    "releases, their registries and pages are removed, and the extracts that are out are listed for recall.",
}
_EXTRACTS = "The extracts that are out name persons by ids of before: issue them under new versions."


def key_as_dict(done: KeyAct) -> dict[str, Any]:
    """What was done with a key, as JSON has it."""
    return {"key_id": done.key_id, "file": str(done.file)}


def show_new(made: KeyAct, *, is_managers: bool) -> str:
    """A key that was made."""
    variable = "SIGPANEL_MANAGER_KEY_FILE" if is_managers else "SIGPANEL_KEY_FILE"
    set_ = "It is the one that is set" if made.is_set else f"Set {variable} to its path"
    return (
        f"Made a key with id {made.key_id} in {made.file}.\n"
        f"{set_}. Keep a sealed copy elsewhere: without the key no id can be made again."
    )


def show_sealed(sealed: KeyAct) -> str:
    """A key that was sealed."""
    lines = [f"Sealed the key with id {sealed.key_id} in {sealed.file}."]
    if sealed.is_retired:
        lines.append("NOTE: the panel has passed from this key to another. Whoever is to go on with it needs that one.")
    if sealed.heads:
        lines.append(f"Send along, so that logs can be gone on with: {', '.join(path.name for path in sealed.heads)}.")
    lines.append(
        "Tell the next custodian its id by another way than the file goes: who sealed a file cannot be told from it."
    )
    return "\n".join(lines)


def show_opened(opened: KeyAct) -> str:
    """A key that was opened."""
    return (
        f"Made the key file {opened.file} of the sealed key; its id is {opened.key_id}.\n"
        "Compare the id with what the sender told you, then delete the sealed file."
    )


def show_cases() -> str:
    """The cases of a rotation, and how each is run."""
    cases = "\n\n".join(f"{name}\n  {text}" for name, text in CASES.items())
    return (
        f"{cases}\n\nMake the new key first (`sigpanel key new FILE`), leave the old one set, then:\n"
        "  sigpanel key rotate rebuild --to FILE\nNothing old goes before the new release is live."
    )


def show_extract() -> str:
    """The case in which no key changes."""
    return f"{CASES['extract']}\nRun `sigpanel extract issue` with the new version."


def show_rotated(rotated: Rotated) -> str:
    """What a rotation did, and what is left to do."""
    done = rotated.finished
    lines = [f"Release {done.release} is live under the key {rotated.key_id}: {rotated.n_persons} persons."]
    if rotated.n_forgotten:
        lines.append(
            f"Episodes that no workbook reports any more: {rotated.n_forgotten}. What they are known by is forgotten."
        )
    if done.lost:
        lines += ["Ids in these lines are not known and were left as they are:", *(f"  {one}" for one in done.lost)]
    if done.bridge:
        lines.append(f"The bridge from the old ids to the new ones: owner/registry/{done.bridge.name}. Delete it soon.")
    if done.removed:
        lines.append(f"Removed: {', '.join(done.removed)}, with their registries and pages. Copies are yours to find.")
    if done.recall:
        lines += ["Recall these extracts:", *(f"  {one}" for one in done.recall)]
    if rotated.left:
        named = ", ".join(rotated.left)
        lines.append(
            f"What lies beside the old key and bears its name, move beside the new one, under its name: {named}."
        )
    if rotated.untold:
        lines.append(
            f"The owner's log lacks this rotation: {rotated.untold} `sigpanel extract verify-log` tells how the log is "
            "mended; no line is written afterwards. So keep this text with your records: the manifest of "
            f"{done.release} has the ids of both keys."
        )
    if rotated.is_rekeyed:
        lines.append("Nothing can be built on this release, and nobody can be withdrawn from it by their code.")
    lines += [
        "Set the new key now (SIGPANEL_KEY_FILE or key_file), and destroy the old one with all its copies.",
        _EXTRACTS,
    ]
    return "\n".join(lines)


def rotated_as_dict(rotated: Rotated) -> dict[str, Any]:
    """The same, as JSON has it."""
    done = rotated.finished
    return {
        "release": done.release,
        "key_id": rotated.key_id,
        "previous_key_id": rotated.previous_key_id,
        "persons": rotated.n_persons,
        "forgotten_episodes": rotated.n_forgotten,
        "lost": list(done.lost),
        "bridge": done.bridge.name if done.bridge else None,
        "removed": list(done.removed),
        "recall": list(done.recall),
        "to_be_moved": list(rotated.left),
        "not_logged": rotated.untold,
    }


def show_recall(key_id: str, extracts: tuple[str, ...]) -> str:
    """What to do when others may have the manager's key."""
    named = "\n".join(f"  {one}" for one in extracts) or "  none"
    return (
        f"The manager's key {key_id} is not to be used any more. Recall these extracts:\n{named}\n"
        "Destroy their salts (`sigpanel extract unlink`): without them the key leads nowhere. Then make a new key "
        "(`sigpanel key new --manager FILE`), set it, and issue what is still needed under new versions. "
        f"{UNDER_ANOTHER_NAME}"
    )


def recall_as_dict(key_id: str, extracts: tuple[str, ...]) -> dict[str, Any]:
    """The same, as JSON has it."""
    return {"key_id": key_id, "recall": list(extracts)}
