"""Published versions of the contracts of the panel and of its consumers, and whether the working ones may follow them.

    contracts/panel/published/1.0.0.json                  what version 1.0.0 promised, and its digest
    contracts/consumers/published/<name>/1.0.0.json       what a consumer relied on

A published version is never changed: what is to change gets a version of its own. The working contract is compared
with the newest that is published, whichever majors are said to be live, and with the newest of each live major, since a
panel holds all years and somebody may still read an older one. Only a version that goes on with an older live major, of
which something is published, may be lower than the newest. Nothing here asks git: what is published lies in the folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigpanel.contracts import semver
from sigpanel.contracts.consumers import Handles, consumer, names_of_consumers
from sigpanel.contracts.described import PANEL, digest, promised, relied_on
from sigpanel.contracts.tables import contract
from sigpanel.contracts.versions import Change, compare, least_bump
from sigpanel.errors import Fault, InputError, UsageError
from sigpanel.resources import checkout_dir, contracts_dir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.contracts.consumers import Consumer
    from sigpanel.contracts.described import Promise
    from sigpanel.contracts.versions import Handled

# About as many characters as a part may have to stand in a line.
_LINE = 160


@dataclass(frozen=True)
class Compared:
    """A contract beside an earlier version of it: the changes, and the least version that they ask for."""

    of: str
    old: str
    new: str
    changes: tuple[Change, ...]

    @property
    def bump(self) -> str | None:
        """The least bump."""
        return least_bump(self.changes)

    @property
    def least(self) -> str:
        """The least version."""
        return semver.bumped(self.old, self.bump)

    @property
    def is_enough(self) -> bool:
        """Whether the new version is high enough."""
        return semver.numbers(self.new) >= semver.numbers(self.least)


@dataclass(frozen=True)
class Standing:
    """How a working contract stands to what is published.

    Attributes:
        of: the panel, or a consumer.
        version: its own.
        state: published; unpublished: a new version, high enough; altered: other than what was published under its
            version; under_bumped: not high enough.
        compared: with the newest published, unless it goes on with an older live major; and with the newest of each
            live major that is not above its own.
        live_majors: the major versions that are still relied on.
    """

    of: str
    version: str
    state: str
    compared: tuple[Compared, ...]
    live_majors: tuple[int, ...] = ()

    @property
    def least(self) -> str:
        """The least version that it may have."""
        return max((each.least for each in self.compared), key=semver.numbers, default=self.version)

    @property
    def remedy(self) -> str:
        """What to do; nothing where it is published."""
        publish = "`sigpanel contracts publish` and commit what it writes"
        if self.state == "published":
            return ""
        if self.state == "unpublished":
            return f"Version {self.version} is high enough and not published yet: {publish}."
        why = (
            f"Version {self.version} is published and promised something else"
            if self.state == "altered"
            else f"Version {self.version} is too low for what changed"
        )
        file = "panel/tables.yaml" if self.of == PANEL else f"consumers/{self.of}.yaml"
        major = semver.major(self.least)
        also = f", and have {major} among `live_majors`" if self.of == PANEL and major not in self.live_majors else ""
        return f"{why}. Set `version` in contracts/{file} to {self.least} at least{also}, then {publish}."


def compared(old: Promise, new: Promise, consumers: Handled | None = None) -> Compared:
    """Compare two promises, whose versions they carry; for the panel's consumers, if it is the panel's.

    Raises:
        UsageError: they are of two contracts.
    """
    if old["of"] != new["of"]:
        raise UsageError(
            "contracts-differ",
            f"The one is the contract of {old['of']}, the other of {new['of']}.",
            remedy="Compare two versions of one contract.",
        )
    if old["of"] != PANEL:
        consumers = {}
    elif consumers is None:
        consumers = handled()
    return Compared(old["of"], old["version"], new["version"], compare(old, new, consumers))


def standing(
    working: Promise | None = None,
    earlier: Mapping[str, Promise] | None = None,
    live_majors: Sequence[int] | None = None,
    consumers: Handled | None = None,
) -> Standing:
    """Hold a working contract against its published versions.

    Args:
        working: what it promises; else what the panel's promises now.
        earlier: what is published of it, by version; else what lies in `contracts/`.
        live_majors: the major versions that are still relied on; else as `contracts/` says of the panel, and of a
            consumer all.
        consumers: what consumers handle; else those in `contracts/`.
    """
    own = working or promised()
    known = published(folder_of(own["of"])) if earlier is None else earlier
    stated = contract().live_majors if own["of"] == PANEL else sorted({semver.major(version) for version in known})
    live = tuple(stated if live_majors is None else live_majors)
    bases = _bases(own["version"], known, live)
    beside = tuple(compared(known[base], own, consumers) for base in bases)
    return Standing(own["of"], own["version"], _state(own, known, beside), beside, live)


def _bases(version: str, known: Mapping[str, Promise], live: Sequence[int]) -> tuple[str, ...]:
    """The published versions that a working one is compared with, in order."""
    mine, of_live = semver.major(version), newest(known, live)
    upto = {base for base in of_live if semver.major(base) <= mine}
    top = newest(known, [semver.major(base) for base in known])[-1:]
    goes_on_with_older = mine in {semver.major(base) for base in of_live}
    return tuple(sorted(upto if goes_on_with_older else {*upto, *top}, key=semver.numbers))


def standings() -> tuple[Standing, ...]:
    """How each working contract stands: the panel's, then those of consumers."""
    return tuple(standing(working(of)) for of in (PANEL, *names_of_consumers()))


def working(of: str) -> Promise:
    """What the panel promises now, or a consumer relies on."""
    return promised() if of == PANEL else relied_on(consumer(of))


def _state(own: Promise, known: Mapping[str, Promise], beside: Sequence[Compared]) -> str:
    version = own["version"]
    if version in known and digest(known[version]) != digest(own):
        return "altered"
    if version in {each.old for each in beside}:
        return "published"
    return "unpublished" if version not in known and all(each.is_enough for each in beside) else "under_bumped"


def newest(versions: Mapping[str, Promise], majors: Sequence[int]) -> tuple[str, ...]:
    """The newest version of each of these majors, in order."""
    found = {semver.major(version): version for version in sorted(versions, key=semver.numbers)}
    return tuple(found[major] for major in sorted(majors) if major in found)


def handled() -> Handled:
    """By consumer, the columns that it uses, with the codes or bounds that it handles; judged variables among them."""
    return {name: _handled(consumer(name)) for name in names_of_consumers()}


def _handled(one: Consumer) -> dict[tuple[str, str], Handles]:
    judged = {("waves", variable): Handles() for group in one.groups.values() for variable in group.variables}
    read = {(table, column): how for table, columns in one.tables.items() for column, how in columns.items()}
    return judged | read


# --- files ------------------------------------------------------------------------------------------------------------


def folder_of(of: str) -> Path:
    """Where the published versions of the panel's contract lie, or of a consumer's."""
    return contracts_dir() / ("panel/published" if of == PANEL else f"consumers/published/{of}")


def published(folder: Path | None = None) -> dict[str, Promise]:
    """What is published, by version, the oldest first.

    Args:
        folder: where it lies; else what is published of the panel's.

    Raises:
        Fault: a file is not what was published.
    """
    found = {path.stem: read(path) for path in (folder or folder_of(PANEL)).glob("*.json")}
    for name, promise in found.items():
        if promise["version"] != name:
            raise _not_as_published(f"{name}.json")
    return {version: found[version] for version in sorted(found, key=semver.numbers)}


def read(path: Path) -> Promise:
    """A published version.

    Raises:
        InputError: there is no such file.
        Fault: it is not what was published.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        promise: dict[str, Any] = {"version": content["version"], **content["promise"]}
        is_whole = semver.is_version(promise["version"]) and digest(promise) == content["digest"]
    except FileNotFoundError:
        raise InputError(
            "contract-missing", f"There is no contract at {path}.", remedy="Give a published version, or a file."
        ) from None
    except (ValueError, TypeError, KeyError):
        is_whole = False
    if not is_whole:
        raise _not_as_published(path.name)
    return promise


def publish() -> tuple[tuple[Path, Standing], ...]:
    """Keep what each working contract promises under its version, and return where, and how it stood before.

    Raises:
        UsageError: a version is too low, or taken; or there is no checkout to write into.
    """
    checkout_dir("published")
    before = standings()
    for each in before:
        if each.state in ("altered", "under_bumped"):
            raise UsageError(
                "contract-under-bumped", f"Version {each.version} of {each.of} cannot be published.", remedy=each.remedy
            )
    paths = tuple(folder_of(each.of) / f"{each.version}.json" for each in before)
    for path, each in zip(paths, before, strict=True):
        if each.state == "unpublished":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_json(working(each.of)), encoding="utf-8", newline="\n")
    return tuple(zip(paths, before, strict=True))


def as_json(promise: Promise) -> str:
    """A promise as it is kept: version, digest, and the rest, what is short in a line."""
    rest = {name: part for name, part in promise.items() if name != "version"}
    return _lines({"version": promise["version"], "digest": digest(promise), "promise": rest}, "") + "\n"


def _lines(part: Any, indent: str) -> str:  # noqa: ANN401 - whatever JSON may hold
    line = json.dumps(part, ensure_ascii=False)
    if len(line) + len(indent) <= _LINE or not isinstance(part, (dict, list)):
        return line
    deeper = f"{indent}  "
    if isinstance(part, dict):
        inner = [f"{json.dumps(name, ensure_ascii=False)}: {_lines(value, deeper)}" for name, value in part.items()]
    else:
        inner = [_lines(value, deeper) for value in part]
    opening, closing = "{}" if isinstance(part, dict) else "[]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}{closing}"


def _not_as_published(name: str) -> Fault:
    return Fault(
        "contract-published",
        f"The published contract {name} is not what was published under its name.",
        remedy="Bring it back from git: a published version is never changed.",
    )
