"""The commands on the key: make one, tell which one is set. Only its id is ever shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel import key as keys
from sigpanel.errors import UsageError
from sigpanel.pipeline.study import open_study

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.pipeline.study import Study


def new_key(path: Path, root: Path) -> str:
    """Make a key file and return the key's id. A study at `root` is a place where it may not lie."""
    return keys.create(path, forbidden=_forbidden(root)).key_id


def show_key(study: Study) -> str:
    """The id of the key that is set."""
    return keys.load(study.key_file(), forbidden=study.forbidden_for_keys).key_id


def _forbidden(root: Path) -> tuple[Path, ...]:
    try:
        return open_study(root).forbidden_for_keys
    except UsageError:
        return ()
