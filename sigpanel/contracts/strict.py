"""Read a description of facts strictly: what nobody knows is refused, by file and place.

    with of_file("panel/tables.yaml"):
        body = mapping(load(path), "the file", {"tables"})

Each helper takes what YAML gave and the place it stood at, and gives it back as what belongs there, or says what is
wrong. `of_file` adds which file it was. It fails closed: an entry too many or too few, a word that YAML took for
something else, a key that stands twice. Nothing here knows what any file is about.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Whatever a YAML file may turn out to hold.
Yaml = Any

# Stata's names end at 32 characters.
LONGEST_NAME = 32
NAME = re.compile(r"[a-z][a-z0-9_]*")
VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", re.ASCII)

_CODE = "contract-description"
_REMEDY = "Mend the file and run again."


class Oddity(Fault):
    """Something in a description that does not belong there; its file is not told yet."""


@contextmanager
def of_file(name: str) -> Iterator[None]:
    """Tell of which file of `contracts/` a fault inside is.

    Raises:
        Fault: something inside did not belong; the message names file and place.
    """
    try:
        yield
    except Oddity as odd:
        raise Fault(_CODE, f"contracts/{name}, {odd.message}", remedy=_REMEDY) from None


class _Loader(yaml.CSafeLoader):
    """YAML's safe loader, except that a key that stands twice is refused rather than the first of them forgotten.

    So is what is merged in from elsewhere (`<<`), of which a key that stands here too would be forgotten.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        merged = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
        require(not merged, f"line {node.start_mark.line + 1}", "entries of another place are merged in")
        for key in keys:
            require(keys.count(key) == 1, f"line {node.start_mark.line + 1}", f"{key} stands twice")
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


def load(path: Path) -> Yaml:
    """What a file holds."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        raise fault(place, "it is not YAML") from None


def mapping(
    raw: Yaml, where: str, required: set[str] | None = None, optional: set[str] | None = None
) -> dict[str, Any]:
    """Names and what they mean: these and those that may be; any, where none are required."""
    require(
        isinstance(raw, dict) and all(isinstance(key, str) for key in raw),
        where,
        "names and what they mean belong here",
    )
    if required is not None:
        unknown, missing = raw.keys() - required - (optional or set()), required - raw.keys()
        require(not unknown, where, f"nobody knows {', '.join(sorted(unknown))}")
        require(not missing, where, f"{', '.join(sorted(missing))} is missing")
    return dict(raw)


def items(raw: Yaml, where: str) -> list[Any]:
    """A list."""
    require(isinstance(raw, list), where, "a list belongs here")
    return list(raw)


def names(raw: Yaml, where: str) -> tuple[str, ...]:
    """A list of names."""
    return tuple(name(each, where) for each in items(raw, where))


def name(raw: Yaml, where: str) -> str:
    """A name, as columns and words have them."""
    fits = isinstance(raw, str) and NAME.fullmatch(raw) and len(raw) <= LONGEST_NAME
    require(bool(fits), where, f"a name of at most {LONGEST_NAME} lower-case characters belongs here")
    return str(raw)


def text(raw: Yaml, where: str) -> str:
    """A text that says something."""
    require(isinstance(raw, str) and bool(raw.strip()), where, "a text belongs here")
    return str(raw)


def number(raw: Yaml, where: str) -> int:
    """A whole number, none below 0."""
    fits = isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0
    require(fits, where, "a whole number of at least 0 belongs here")
    return int(raw)


def share(raw: Yaml, where: str) -> float:
    """A share: a number from 0 to 1."""
    fits = isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 <= raw <= 1
    require(fits, where, "a share from 0 to 1 belongs here")
    return float(raw)


def version(raw: Yaml, where: str) -> str:
    """A version of three numbers."""
    require(isinstance(raw, str) and bool(VERSION.fullmatch(raw)), where, "a version such as 1.0.0 belongs here")
    return str(raw)


def one_of(raw: Yaml, where: str, words: tuple[str, ...]) -> str:
    """One of these words."""
    require(raw in words, where, f"one of {', '.join(words)} belongs here")
    return str(raw)


def require(holds: bool, where: str, what: str) -> None:
    """Refuse a place where something does not hold."""
    if not holds:
        raise fault(where, what)


def fault(where: str, what: str) -> Oddity:
    """That something at a place does not belong."""
    return Oddity(_CODE, f"{where}: {what}.", remedy=_REMEDY)
