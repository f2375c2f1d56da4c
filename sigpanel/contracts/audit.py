"""What an audit log may say, from `contracts/audit.yaml`: events, subjects, details, and what becomes of extracts.

    vocabulary().events["issued"]       in which log, of what, with which details, allowed in which states
    vocabulary().states["live"]         what is true of an extract in that state

The table of states is closed: an event that a state does not list is not allowed in it. Nothing here reads or writes a
log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts.strict import items, load, mapping, name, of_file, one_of, require, text, version
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.contracts.strict import Yaml

FILE = "audit.yaml"
# The state of an extract that no line was about yet.
NONE = "none"
DIGESTS = ("required", "optional", "none")
# What the letter fills in.
PLACES = frozenset({"extract_id", "on", "reason", "register_number", "recipients", "files", "shared"})


@dataclass(frozen=True)
class LogKind:
    """One of the logs; `is_shared`: the group of research may read it, else its owner alone."""

    name: str
    is_shared: bool
    sv: str
    en: str


@dataclass(frozen=True)
class Subject:
    """What a line can be about, and how that is called."""

    name: str
    pattern: re.Pattern[str]
    sv: str
    en: str


@dataclass(frozen=True)
class State:
    """A state of an extract.

    Attributes:
        name: the state.
        word: what is said of it: live, unlinked, expired or recalled.
        has_files: its data lie here, and recipients may use theirs.
        has_salt: its salt is kept.
        sv: what it means.
        en: the same.
    """

    name: str
    word: str
    has_files: bool
    has_salt: bool
    sv: str
    en: str


@dataclass(frozen=True)
class Event:
    """Something that a line can say.

    Attributes:
        name: the event.
        logs: the logs that it may stand in.
        subject: what it is about.
        digest: whether the digest of a manifest goes with it: required, optional or none.
        details: the words of which one goes with it; "" where it may have none.
        becomes: of an extract: the state after it, by the state before; what is not there is not allowed.
        sv: what happened.
        en: the same.
    """

    name: str
    logs: frozenset[str]
    subject: str
    digest: str
    details: tuple[str, ...]
    becomes: Mapping[str, str]
    sv: str
    en: str


@dataclass(frozen=True)
class Reason:
    """Why an extract is called back."""

    name: str
    sv: str
    en: str


@dataclass(frozen=True)
class Vocabulary:
    """The whole file."""

    version: str
    logs: Mapping[str, LogKind]
    subjects: Mapping[str, Subject]
    states: Mapping[str, State]
    events: Mapping[str, Event]
    reasons: Mapping[str, Reason]
    letter_file: str
    letter: str
    letter_shared: str


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The vocabulary, read once.

    Raises:
        Fault: it has an entry too many or too few, or one that contradicts another.
    """
    with of_file(FILE):
        return _vocabulary(load(contracts_dir() / FILE))


def _vocabulary(raw: Yaml) -> Vocabulary:
    body = mapping(raw, "the file", {"version", "logs", "subjects", "states", "events", "reasons", "letter"})
    logs = {key: _log(key, value) for key, value in mapping(body["logs"], "logs").items()}
    subjects = {key: _subject(key, value) for key, value in mapping(body["subjects"], "subjects").items()}
    states = {key: _state(key, value) for key, value in mapping(body["states"], "states").items()}
    events = {
        key: _event(key, value, (set(logs), set(subjects), set(states)))
        for key, value in mapping(body["events"], "events").items()
    }
    reasons = {key: _reason(key, value) for key, value in mapping(body["reasons"], "reasons").items()}
    recalled = events.get("recalled")
    require(
        recalled is not None and set(recalled.details) == set(reasons),
        "reasons",
        "there is one for each detail of recalled",
    )
    letter = mapping(body["letter"], "letter", {"file", "text", "shared"})
    return Vocabulary(
        version(body["version"], "version"),
        logs,
        subjects,
        states,
        events,
        reasons,
        _ascii(letter["file"], "letter.file"),
        _letter(letter["text"], "letter.text", PLACES),
        _letter(letter["shared"], "letter.shared", frozenset({"files"})),
    )


def _log(key: str, raw: Yaml) -> LogKind:
    body = mapping(raw, f"logs.{key}", {"shared", "sv", "en"})
    return LogKind(name(key, "logs"), _truth(body["shared"], f"logs.{key}.shared"), *_both(body, f"logs.{key}"))


def _subject(key: str, raw: Yaml) -> Subject:
    body = mapping(raw, f"subjects.{key}", {"pattern", "sv", "en"})
    pattern = text(body["pattern"], f"subjects.{key}.pattern")
    return Subject(name(key, "subjects"), re.compile(pattern, re.ASCII), *_both(body, f"subjects.{key}"))


def _state(key: str, raw: Yaml) -> State:
    where = f"states.{key}"
    body = mapping(raw, where, {"word", "files", "salt", "sv", "en"})
    require(key != NONE, "states", f"{NONE} is no state of its own")
    return State(
        name(key, "states"),
        name(body["word"], f"{where}.word"),
        _truth(body["files"], f"{where}.files"),
        _truth(body["salt"], f"{where}.salt"),
        *_both(body, where),
    )


def _event(key: str, raw: Yaml, known: tuple[set[str], set[str], set[str]]) -> Event:
    where = f"events.{key}"
    logs, subjects, states = known
    body = mapping(raw, where, {"logs", "subject", "digest", "details", "sv", "en"}, {"becomes"})
    subject = one_of(body["subject"], f"{where}.subject", tuple(sorted(subjects)))
    becomes = mapping(body.get("becomes", {}), f"{where}.becomes")
    require(bool(becomes) == (subject == "extract"), where, "extracts have states, and nothing else has")
    for before, after in becomes.items():
        require(
            before in states | {NONE} and after in states,
            f"{where}.becomes",
            f"{before} or what becomes of it is no state",
        )
    return Event(
        name(key, "events"),
        frozenset(one_of(each, f"{where}.logs", tuple(sorted(logs))) for each in items(body["logs"], f"{where}.logs")),
        subject,
        one_of(body["digest"], f"{where}.digest", DIGESTS),
        _details(body["details"], f"{where}.details"),
        becomes,
        *_both(body, where),
    )


def _details(raw: Yaml, where: str) -> tuple[str, ...]:
    found = tuple("" if each == "" else name(each, where) for each in items(raw, where))
    require(bool(found) and len(set(found)) == len(found), where, "each word stands once, and there is one")
    return found


def _reason(key: str, raw: Yaml) -> Reason:
    return Reason(name(key, "reasons"), *_both(mapping(raw, f"reasons.{key}", {"sv", "en"}), f"reasons.{key}"))


def _letter(raw: Yaml, where: str, places: frozenset[str]) -> str:
    letter = text(raw, where)
    found = set(re.findall(r"\{(\w*)\}", letter))
    require(found == places, where, f"it fills in {', '.join(sorted(places))}, each at least once, and nothing else")
    return letter


def _ascii(raw: Yaml, where: str) -> str:
    require(bool(re.fullmatch(r"[A-Z]+\.md", text(raw, where), re.ASCII)), where, "a plain name such as LETTER.md")
    return str(raw)


def _truth(raw: Yaml, where: str) -> bool:
    require(isinstance(raw, bool), where, "true or false belongs here")
    return bool(raw)


def _both(body: Mapping[str, Yaml], where: str) -> tuple[str, str]:
    return text(body["sv"], f"{where}.sv"), text(body["en"], f"{where}.en")
