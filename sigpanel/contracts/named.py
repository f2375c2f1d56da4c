"""A contract by what it is called on the command line: a published version or its file, a file of tables or a consumer.

A file of tables says nothing of the forms and rules; they are taken as they are now.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sigpanel.contracts import semver
from sigpanel.contracts.consumers import read_consumer
from sigpanel.contracts.described import promised, relied_on
from sigpanel.contracts.model import read as read_tables
from sigpanel.contracts.published import published, read
from sigpanel.errors import InputError, UsageError
from sigpanel.resources import load_yaml

if TYPE_CHECKING:
    from sigpanel.contracts.described import Promise


def named(name: str | None) -> Promise:
    """What a contract promises; the working one without a name.

    Raises:
        UsageError: no such version is published.
        InputError: there is no such file, or it is no contract.
        Fault: the file says something that nobody knows.
    """
    if name is None:
        return promised()
    if semver.is_version(name):
        known = published()
        if name not in known:
            raise UsageError(
                "contract-version",
                f"No contract {name} is published.",
                remedy=f"Published are: {', '.join(known) or 'none'}. Or give a file.",
            )
        return known[name]
    path = Path(name)
    return read(path) if path.suffix == ".json" else _described(path)


def _described(path: Path) -> Promise:
    try:
        raw = load_yaml(path)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        raw = None
    if not isinstance(raw, dict) or not raw.keys() & {"vocabularies", "population"}:
        raise InputError(
            "contract-missing",
            f"There is no contract at {path}.",
            remedy="Give a published version such as 1.0.0, or a file of tables or of a consumer.",
        )
    return promised(read_tables(path)) if "vocabularies" in raw else relied_on(read_consumer(path))
