"""Whose a panel is: the commands on its key, of which only the id is shown; and that key and registry are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.panel import registry
from sigpanel.panel.open import live_manifest, live_persons
from sigpanel.pipeline.study import key_file_in_environment, open_study

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from sigpanel.pipeline.study import Study


def new_key(path: Path | None, root: Path) -> tuple[str, Path]:
    """Make a key file and return the key's id and where it is.

    Args:
        path: where; without it, where the environment or the settings say that the key is.
        root: the folder of a study, if there is one: a place where no key may lie.

    Raises:
        UsageError: no path is given, and none is set.
    """
    try:
        study: Study | None = open_study(root)
    except UsageError:
        study = None
    place = path or (study.key_file() if study else key_file_in_environment())
    if place is None:
        raise UsageError(
            "key-path",
            "Where the key is to be made is not said.",
            remedy="Name it: `sigpanel key new FILE`, outside the study.",
        )
    return keys.create(place, forbidden=study.forbidden_for_keys if study else ()).key_id, place


def is_of_live_release(study: Study, key: keys.Key) -> bool:
    """Whether the live release was made with a key, if there is one: a panel has one key."""
    made_from = live_manifest(study.panel)
    return not made_from or made_from.get("key_id") == key.key_id


def same_key(study: Study, key: keys.Key) -> None:
    """A panel has one key: with another, everybody would become a new person.

    Raises:
        PolicyError: the live release was made with another key.
    """
    if not is_of_live_release(study, key):
        raise PolicyError(
            "key-of-another-panel",
            "The live release was made with another key.",
            remedy="Set the key whose id stands in its manifest.json. `sigpanel key show` tells which is set now.",
        )


def remembered_of(study: Study) -> pl.DataFrame | None:
    """The registry of the live release, null before the first: by another, persons would get others' ids, or new ones.

    Raises:
        InputError: it is missing, or damaged, or is not the one that the live release was made with.
    """
    remembered = registry.read_live(study.panel, study.registry)
    if remembered is None:
        return None
    known = remembered.select("episode_id", "person_id").unique()
    unknown = live_persons(study.panel).join(known, on=["episode_id", "person_id"], how="anti").height
    if unknown:
        raise InputError(
            "registry-behind",
            f"The registry is not the live release's: of {unknown} of its episodes it does not know whose they are.",
            remedy="Bring the file in owner/registry that is named like the live release back from a backup.",
        )
    return remembered


def show_key(study: Study) -> str:
    """The id of the key that is set."""
    return keys.load(study.key_file(), forbidden=study.forbidden_for_keys).key_id
