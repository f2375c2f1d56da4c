"""Which keys a panel was under before, and which are the research data manager's: by what releases and extracts say.

A key that the panel passes to is neither. Ids of keys are compared, and no key is read but the manager's, where it is
set here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError, SigpanelError
from sigpanel.panel import layout, open_panel
from sigpanel.panel.open import live_manifest
from sigpanel.pipeline.named_keys import of_extracts

if TYPE_CHECKING:
    from sigpanel.pipeline.study import Study

_RETIRED = "retired_key_ids"


def hold_apart(study: Study, key: keys.Key) -> None:
    """Hold that a key that is to be the data owner's is not the research data manager's.

    Raises:
        PolicyError: it is, and nothing says that one person has both roles.
    """
    if not study.settings.one_role and key.key_id in _managers_key_ids(study):
        raise PolicyError(
            "roles-not-apart",
            "The key is the research data manager's: whoever makes extracts could read the panel back.",
            remedy="Make the data owner a key of their own: `sigpanel key new FILE`. Where one person has both roles, "
            "write `one_role = true` in sigpanel.toml; every extract then says so.",
        )


def _managers_key_ids(study: Study) -> set[str]:
    """By the file, where it is set here, and by what extracts say that they were made with."""
    ids = {*of_extracts(study.extracts)}
    with suppress(SigpanelError):
        ids.add(keys.load(study.manager_key_file(), forbidden=study.forbidden_for_keys).key_id)
    return ids


def owners_key_ids(study: Study) -> set[str]:
    """By what the panel says, and by the file where the manager may read it, which is as it should not be.

    Those of before too: a release that was made with one may lie in the researchers' room still, or as a copy.
    """
    ids = {str(live_manifest(study.panel).get("key_id")), *retired_key_ids(study)}
    with suppress(SigpanelError):
        ids.add(keys.load(study.key_file(), forbidden=study.forbidden_for_keys).key_id)
    return ids


def retired_key_ids(study: Study) -> tuple[str, ...]:
    """The ids of the keys that the panel was under before, as far as its releases tell."""
    live = live_manifest(study.panel)
    listed = live.get(_RETIRED)
    told = [*(listed if isinstance(listed, list) else ()), live.get("previous_key_id")]
    for release in layout.published(study.panel):
        with suppress(InputError):
            told.append(open_panel(study.panel, release).manifest.get("key_id"))
    # What is no text, in a manifest that is damaged, names no key; that it is damaged is told where it is opened.
    return tuple(sorted({one for one in told if isinstance(one, str) and one != live.get("key_id")}))


def told_of_keys(study: Study) -> dict[str, object]:
    """What the manifest of a release says that passes to another key: which ones the panel was under before."""
    key_id = live_manifest(study.panel)["key_id"]
    return {"previous_key_id": key_id, _RETIRED: sorted({*retired_key_ids(study), key_id})}


def still_told_of_keys(study: Study) -> dict[str, object]:
    """What is said of that by the releases that follow: a key that was given up is never taken again."""
    retired = retired_key_ids(study)
    return {_RETIRED: list(retired)} if retired else {}
