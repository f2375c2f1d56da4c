"""Which keys a study is under, by the ids that its live release and its extracts name.

So that where no key is set, or a wrong one, the right one is named and nobody is told to make another. Ids are told,
and no key is read.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sigpanel import key as keys
from sigpanel.errors import InputError
from sigpanel.extracts.layout import MANIFEST
from sigpanel.panel.open import live_manifest

if TYPE_CHECKING:
    from pathlib import Path

_PLACE: Final = "outside the study, and set"


def of_release(panel: Path) -> str | None:
    """The id of the key that the live release was made with; null where there is none, or it does not say."""
    with suppress(InputError):
        key_id = live_manifest(panel).get("key_id")
        return str(key_id) if key_id else None
    return None


def of_extracts(extracts: Path) -> tuple[str, ...]:
    """The ids of the keys that extracts were made with, by what lies in their folders."""
    ids = set()
    for path in sorted(extracts.glob(f"*/{MANIFEST}")):
        # What is no manifest names no key.
        with suppress(OSError, ValueError, AttributeError):
            ids.add(json.loads(path.read_bytes()).get("key_id"))
    return tuple(sorted(str(key_id) for key_id in ids if key_id))


def owners_not_set(panel: Path, variable: str) -> InputError:
    """That no key of the data owner is set, and which one it is to be."""
    key_id = of_release(panel)
    if key_id is None:
        return InputError(
            "key-not-set",
            "No key file is set, and without a key nothing is written.",
            remedy=f"Make one with `sigpanel key new FILE` {_PLACE} {variable} or key_file.",
        )
    if key_id == keys.demonstration().key_id:
        return InputError(
            "key-not-set",
            "No key file is set. This is the practice study, whose key stands in no file.",
            remedy="It is made anew by `sigpanel demo`. For workbooks of your own make a study: `sigpanel init DIR`.",
        )
    return InputError(
        "key-not-set",
        f"No key file is set. The live release was made with the key {key_id}.",
        remedy=f"Set the file of that key: {variable} or key_file; `sigpanel key show` then tells its id. Make no new "
        "one: with another key this study does not go on.",
    )


def managers_not_set(extracts: Path, variable: str) -> InputError:
    """That no key of the research data manager is set, and which one it is to be."""
    if named := of_extracts(extracts):
        return InputError(
            "manager-key-not-set",
            "No key file of the research data manager is set, and without it nothing is done with extracts. Those of "
            f"this study were made with: {', '.join(named)}.",
            remedy=f"Set the file of that key: {variable} or manager_key_file; `sigpanel key show --manager` then "
            "tells its id. Make a new one only where it is lost, or to be changed.",
        )
    return InputError(
        "manager-key-not-set",
        "No key file of the research data manager is set, and without it no extract is made.",
        remedy=f"Make one with `sigpanel key new --manager FILE` {_PLACE} {variable} or manager_key_file. Where one "
        "person has both roles, write `one_role = true`.",
    )
