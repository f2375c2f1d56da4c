"""Contracts that are generated and committed, held against what they are generated from.

Other programs read them without sigpanel, so they lie in `contracts/` as files; and since a file can be edited, or
forgotten when its source changes, it is made anew and compared: as data, never as text. ODCS files are held against the
standard's JSON schema as well. It is the one in the package `open-data-contract-standard`, of which nothing else is
used: its model drops misspelt keys in silence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from sigpanel.contracts.odcs import as_yaml, documents
from sigpanel.contracts.suites import suites
from sigpanel.resources import checkout_dir, contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

# What tells the members of a list apart, in the order in which it is looked for.
_NAMES = (("name",), ("id",), ("property",), ("role",), ("meta", "rule"), ("server",), ("to",))
_LONGEST = 120
_BEFORE = 30


@dataclass(frozen=True)
class Difference:
    """What is wrong in a file below `contracts/`, and where: `schema[persons].properties[sex].required`.

    A page of docs is told so too (`sigpanel.report.docs_pages`); its path begins with `docs/`.
    """

    file: str
    path: str
    what: str


def generated() -> dict[str, dict[str, Any]]:
    """What each generated file should hold, by its path below `contracts/`."""
    of_tables = {f"panel/{name}.odcs.yaml": document for name, document in documents().items()}
    return of_tables | {f"gx/{name}.json": suite for name, suite in suites().items()}


def check(folder: Path | None = None) -> tuple[Difference, ...]:
    """Everything in which the generated files differ from what they should be.

    Args:
        folder: where they lie; else in sigpanel's own contracts.
    """
    place = folder or contracts_dir()
    made = generated()
    found = [path for pattern in ("panel/*.odcs.yaml", "gx/*.json") for path in sorted(place.glob(pattern))]
    left_over = [path.relative_to(place).as_posix() for path in found]
    return (
        *(each for file, expected in made.items() for each in _checked(file, expected, place / file)),
        *(Difference(file, "", "nothing is generated under this name") for file in left_over if file not in made),
    )


def write() -> tuple[str, ...]:
    """Write the generated files that differ, remove those that are no longer generated, and return their paths.

    Raises:
        UsageError: there is no checkout to write into.
    """
    place = checkout_dir("written")
    made = generated()
    stale = tuple(dict.fromkeys(each.file for each in check(place)))
    write_anew(place, stale, {file: _text(file, content) for file, content in made.items() if file in stale})
    return stale


def write_anew(place: Path, stale: Iterable[str], texts: Mapping[str, str]) -> None:
    """Write the files of a folder that are stale, and remove those of which there is no text any more."""
    for file in stale:
        path = place / file
        if file not in texts:
            path.unlink()
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(texts[file], encoding="utf-8", newline="\n")


def _text(file: str, content: dict[str, Any]) -> str:
    if file.endswith(".yaml"):
        return as_yaml(content)
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _checked(file: str, expected: Mapping[str, Any], path: Path) -> Iterator[Difference]:
    if file.endswith(".yaml"):
        yield from (Difference(file, place, what) for place, what in breaches(expected))
    if not path.is_file():
        yield Difference(file, "", "the file is missing")
        return
    try:
        found = load_yaml(path) if file.endswith(".yaml") else json.loads(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError):
        yield Difference(file, "", "the file cannot be read")
        return
    yield from (Difference(file, place, what) for place, what in _compared(json.loads(json.dumps(expected)), found, ""))


# --- the standard -----------------------------------------------------------------------------------------------------


def breaches(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a document breaks the standard's JSON schema, and how."""
    from jsonschema import Draft201909Validator

    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    for error in Draft201909Validator(schema).iter_errors(document):
        yield error.json_path.removeprefix("$."), f"breaks the schema of ODCS: {error.message[:_LONGEST]}"


# --- comparing --------------------------------------------------------------------------------------------------------


def _compared(expected: object, found: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(expected, dict) and isinstance(found, dict):
        yield from _members(expected, found, path, "{}.{}" if path else "{}{}")
    elif isinstance(expected, list) and isinstance(found, list):
        ours, theirs = _by_name(expected), _by_name(found)
        if ours is None or theirs is None:
            yield from [(path, _told(expected, found))] if expected != found else []
            return
        yield from _members(ours, theirs, path, "{}[{}]")
        if list(ours) != list(theirs) and ours.keys() == theirs.keys():
            yield path, "the order is another"
    elif expected != found or type(expected) is not type(found):
        yield path, _told(expected, found)


def _members(expected: Mapping[str, Any], found: Mapping[str, Any], path: str, place: str) -> Iterator[tuple[str, str]]:
    for name in (*expected, *(name for name in found if name not in expected)):
        at = place.format(path, name)
        if name not in found:
            yield at, "is missing"
        elif name not in expected:
            yield at, "is not to be there"
        else:
            yield from _compared(expected[name], found[name], at)


def _by_name(members: list[Any]) -> dict[str, Any] | None:
    """The members of a list by what tells them apart; none where nothing does."""
    for key in _NAMES:
        found = [_look_up(each, key) for each in members]
        if members and None not in found:
            named = dict(zip(map(str, found), members, strict=True))
            return named if len(named) == len(members) else None
    return None if members else {}


def _look_up(member: object, key: tuple[str, ...]) -> object:
    for name in key:
        member = member.get(name) if isinstance(member, dict) else None
    return member


def _told(expected: object, found: object) -> str:
    said, should = (json.dumps(each, ensure_ascii=False, default=str) for each in (found, expected))
    # Of two long ones that begin alike, what differs is what somebody looks for.
    both = enumerate(zip(said, should, strict=False))
    same = next((at for at, (one, other) in both if one != other), min(len(said), len(should)))
    start = max(0, same - _BEFORE) if max(len(said), len(should)) > _LONGEST else 0
    return f"is {_cut(said, start)}, and should be {_cut(should, start)}"


def _cut(text: str, start: int) -> str:
    part = text[start : start + _LONGEST]
    return f"{'…' if start else ''}{part}{'…' if start + _LONGEST < len(text) else ''}"
