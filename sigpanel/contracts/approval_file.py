"""An approval as a file of somebody's: found, read as YAML, and refused by line and place.

An approval is the user's file and not one of ours, so what does not belong in it is an error of the user's, with the
line on which it stands and what to do. A word that nobody knows is not repeated: it may be anything that was pasted
there.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from sigpanel.contracts import strict
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

Kind = TypeVar("Kind")
FOLDER = "extracts"
# Control, surrogate, private and unassigned characters, and those that turn the direction of what is written.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# More than any count, age or number of days; what is larger would not fit the column that it is held against.
_LARGEST = 30_000
# How like a name must be, from 0 to 1, to be taken for a slip of the pen.
_LIKE = 0.75
_MEND = "Mend the approval and run the command again; contracts/extracts/demo-followup.yaml shows every entry."


@dataclass(frozen=True)
class ApprovalFile:
    """What stands in an approval, and on which line: `tables.episodes.age` is on line 40."""

    name: str
    body: Any
    lines: Mapping[str, int]

    def refused(self, code: str, place: str, what: str, remedy: str, *, policy: bool = False) -> SigpanelError:
        """That something does not belong where it stands."""
        kind = PolicyError if policy else InputError
        return kind(code, f"{self.name}, {self._told(place)}: {what}.", remedy=remedy)

    def unknown(self, code: str, place: str, key: str, what: str, remedy: str, known: Collection[str]) -> SigpanelError:
        """That nobody knows a name: told by its line and by the known ones that are like it, and not repeated."""
        near = "".join(get_close_matches(key, sorted(known), n=1, cutoff=_LIKE))
        line = self.lines.get(_joined(place, key))
        told = f"line {line}, {place or 'the file'}" if line else self._told(place)
        return InputError(
            code, f"{self.name}, {told}: {what}.", remedy=f"Is {near} meant? Else: {remedy}" if near else remedy
        )

    def entries(self, raw: Any, place: str, required: set[str], optional: set[str] | None = None) -> dict[str, Any]:  # noqa: ANN401
        """The entries that a place has: those required, and others that are known."""
        known = required | (optional or set())
        body = self.mapping(raw, place)
        for key in sorted(body.keys() - known):
            what = f"nobody knows this entry; the entries are {_listed(known)}"
            raise self.unknown("approval-entry", place, key, what, _MEND, known)
        if missing := required - body.keys():
            raise self.refused("approval-entry", place, f"{_listed(missing)} is missing", _MEND)
        return body

    def mapping(self, raw: Any, place: str) -> dict[str, Any]:  # noqa: ANN401 - whatever stands in the file
        """Names and what they mean."""
        if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
            raise self.refused("approval-entry", place, "names and what they mean belong here", _MEND)
        return raw

    def read(self, how: Callable[..., Kind], raw: Any, place: str, *more: Any) -> Kind:  # noqa: ANN401 - likewise
        """A value by one of the readers of `strict`, its refusals told as the user's."""
        try:
            return how(raw, place, *more)
        except strict.Oddity as odd:
            what = odd.message.removeprefix(f"{place}: ").removesuffix(".")
            raise self.refused("approval-entry", place, what, _MEND) from None

    def text(self, raw: Any, place: str) -> str:  # noqa: ANN401 - likewise
        """A text, of several lines at most: it is printed in terminals and read in summaries."""
        found = self.read(strict.text, raw, place)
        if any(unicodedata.category(each) in _UNSEEN and each not in "\n\t" for each in found):
            what = "a character stands here that is not seen, such as a control character"
            raise self.refused("approval-entry", place, what, "Write the text anew, without what was pasted.")
        return found

    def texts(self, raw: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401 - likewise
        """A list of texts, not empty, none twice."""
        found = tuple(self.text(each, place) for each in self.read(strict.items, raw, place))
        if not found:
            raise self.refused("approval-entry", place, "at least one belongs here", _MEND)
        if len({*found}) < len(found):
            raise self.refused("approval-entry", place, "something stands in this list twice", _MEND)
        return found

    def day(self, raw: Any, place: str) -> dt.date:  # noqa: ANN401 - likewise
        """A day."""
        if type(raw) is dt.date:
            return raw
        raise self.refused("approval-entry", place, "a day such as 2027-01-31 belongs here, without quotes", _MEND)

    def positive(self, raw: Any, place: str) -> int:  # noqa: ANN401 - likewise
        """A whole number of at least 1."""
        if type(raw) is not int or raw < 1:
            what = "a whole number of at least 1 belongs here, without quotes"
            raise self.refused("approval-entry", place, what, _MEND)
        return self.number(raw, place)

    def number(self, raw: Any, place: str) -> int:  # noqa: ANN401 - likewise
        """A whole number of at least 0."""
        found = self.read(strict.number, raw, place)
        if found > _LARGEST:
            what = f"the number is too large; at most {_LARGEST} belongs here"
            raise self.refused("approval-entry", place, what, _MEND)
        return found

    def _told(self, place: str) -> str:
        """Line and place; of a place that is not there, the line of the one that it would be in."""
        line = next((self.lines[each] for each in _upwards(place) if each in self.lines), None)
        return f"line {line}, {place}" if line else place or "the file"


def find(said: str) -> Path:
    """The file of an approval: a path, or the name of one in `contracts/extracts/`.

    Raises:
        UsageError: there is none.
    """
    path = Path(said)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path
    known = sorted(each.stem for each in (contracts_dir() / FOLDER).glob("*.yaml"))
    if said not in known:
        raise UsageError(
            "approval-unknown", "There is no such approval.",
            remedy=f"Give the path of its file, such as approvals/followup.yaml, or one of: {', '.join(known)}.",
        )  # fmt: skip
    return contracts_dir() / FOLDER / f"{said}.yaml"


def load(path: Path) -> ApprovalFile:
    """Read the file of an approval.

    Raises:
        InputError: it is not there, is no text or no YAML, or an entry stands twice or is merged in from elsewhere.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except OSError:
        raise InputError("approval-unreadable", f"There is no approval at {path}.", remedy="Name its file.") from None
    except UnicodeDecodeError:
        raise InputError(
            "approval-unreadable", f"{path.name} is not in UTF-8.", remedy="Save it as UTF-8 in your editor."
        ) from None
    lines: dict[str, int] = {}
    try:
        node = yaml.compose(content, Loader=yaml.CSafeLoader)
        body = yaml.load(content, Loader=_Loader)  # noqa: S506 - it is a safe loader
        stands, merged = [*_lines(node, "")], _merged(node)
    except RecursionError:
        what = "things stand within things more deeply than in any approval"
        raise InputError("approval-unreadable", f"{path.name}: {what}.", remedy=_MEND) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise InputError("approval-unreadable", f"{path.name}{place}: it is not YAML.", remedy=_MEND) from None
    except ValueError:
        # By its line alone: what an entry is called is not repeated before it is known.
        what = "a day that is none, or a number that is too large, stands here"
        raise InputError(
            "approval-unreadable", f"{path.name}, line {next(_unmade(node))}: {what}.", remedy=_MEND
        ) from None
    if merged is not None:
        # By `<<` an entry may come in that stands here as well, and which of the two holds is not to be seen.
        raise InputError(
            "approval-entry", f"{path.name}, line {merged}: entries of another place are merged in here (<<).",
            remedy="Write out each entry where it belongs, and run the command again.",
        )  # fmt: skip
    for place, line in stands:
        if place in lines:
            raise InputError(
                "approval-entry", f"{path.name}, line {line}: an entry stands here that stands on line "
                f"{lines[place]} already.", remedy=_MEND,
            )  # fmt: skip
        lines[place] = line
    return ApprovalFile(path.name, body, lines)


class _Loader(yaml.CSafeLoader):
    """YAML's safe loader, for which a whole number is what a reader takes it for: decimal digits, and no others.

    By YAML 1.1, which pyyaml reads, 010 is eight and 1:30 ninety. What is no number here stays a text, and is refused
    where a number belongs; so do numbers with decimals that are not written plainly, and what is tagged as a number.
    """


def _as_written(_: _Loader, node: yaml.ScalarNode) -> int | float | str:
    pattern = _NUMBERS[node.tag]
    said = str(node.value)
    if not pattern.fullmatch(said):
        return said
    return float(said) if node.tag == _FLOAT else int(said)


_MERGE = "tag:yaml.org,2002:merge"
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_NUMBERS = {
    _INT: re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII),
    _FLOAT: re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+", re.ASCII),
}
for _tag in _NUMBERS:
    _Loader.add_constructor(_tag, _as_written)


def _lines(node: yaml.Node | None, place: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = _joined(place, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _lines(value, inner)


def _merged(node: yaml.Node | None) -> int | None:
    """The first line where entries are merged in; what stands in several places by an alias is looked at once."""
    lines, seen, left = [], set[int](), [node]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.MappingNode):
            lines += [key.start_mark.line + 1 for key, _ in one.value if key.tag == _MERGE]
            left += [inner for entry in one.value for inner in entry]
        elif isinstance(one, yaml.SequenceNode):
            left += one.value
    return min(lines, default=None)


def _unmade(node: yaml.Node | None) -> Iterator[int]:
    """The lines where a value stands that looks like one of YAML's and is none."""
    if isinstance(node, yaml.CollectionNode):
        for each in node.value:
            for inner in each if isinstance(each, tuple) else (each,):
                yield from _unmade(inner)
    elif node is not None:
        try:
            yaml.constructor.SafeConstructor().construct_object(node)
        except ValueError:
            yield node.start_mark.line + 1


def _upwards(place: str) -> Iterator[str]:
    while place:
        yield place
        place = place.rpartition(".")[0]


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
