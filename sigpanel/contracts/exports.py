"""How tables are written for other programs, as facts: numbers of words, codes of missing reasons, lengths, labels.

`contracts/exports.yaml` says it, `exports()` gives it. Each word of each vocabulary of the panel has a number there, so
a word that is added to one never moves the numbers of others. The reader refuses two words with one number, two reasons
with one code or letter, a code that could be an answer, and a label that is too long.

Nothing here touches data; what is written with it is in `sigpanel.exports`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts.extracts import MISSING, Words, columns_of, extracts
from sigpanel.contracts.strict import Yaml, items, load, mapping, number, of_file, require, text, version
from sigpanel.contracts.tables import contract
from sigpanel.forms import forms
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WHOLE = {"version", "longest", "reserved", "missing", "suppressed", "numbers", "labels", "marks", "derived"}
_DERIVED = {"question", "marked", "missing", "hidden", "person_no", "file", "no", "yes"}
PROGRAMS = ("spss", "stata", "r")
SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Reason:
    """Why there is no value: its code in SPSS, its letter in Stata, and what it says."""

    name: str
    code: int
    letter: str
    said: Words


@dataclass(frozen=True)
class Exports:
    """Everything that `contracts/exports.yaml` says; of `reasons` the last is that a value was taken out."""

    version: str
    longest_name: int
    longest_label: int
    longest_value_label: int
    reserved: Mapping[str, frozenset[str]]
    reasons: Mapping[str, Reason]
    numbers: Mapping[str, Mapping[str, int]]
    labels: Mapping[tuple[str, str], Words]
    marks: Mapping[str, Words]
    derived: Mapping[str, Words]

    @property
    def last_code(self) -> int:
        """The end of every range of missing codes."""
        return max(reason.code for reason in self.reasons.values())


@lru_cache(maxsize=1)
def exports() -> Exports:
    """What `contracts/exports.yaml` says, read once."""
    return _read(mapping(load(contracts_dir() / "exports.yaml"), "the file", _WHOLE))


@of_file("exports.yaml")
def _read(raw: dict[str, Yaml]) -> Exports:
    longest = mapping(raw["longest"], "longest", {"name", "label", "value_label"})
    label = number(longest["label"], "longest, label")
    vocabularies = contract().vocabularies.keys() - {"missing"}
    numbers = mapping(raw["numbers"], "numbers", set(vocabularies))
    derived = mapping(raw["derived"], "derived", _DERIVED)
    marks = mapping(raw["marks"], "marks", extracts().transformations.keys() - {"as_is", "top_code", "id"})
    return Exports(
        version=version(raw["version"], "version"),
        longest_name=number(longest["name"], "longest, name"),
        longest_label=label,
        longest_value_label=number(longest["value_label"], "longest, value_label"),
        reserved={
            program: frozenset(text(each, f"reserved, {program}") for each in items(listed, f"reserved, {program}"))
            for program, listed in mapping(raw["reserved"], "reserved", set(PROGRAMS)).items()
        },
        reasons=_reasons(raw["missing"], raw["suppressed"]),
        numbers={name: _numbers(name, each) for name, each in numbers.items()},
        labels=dict(_label(place, each, label) for place, each in mapping(raw["labels"], "labels").items()),
        marks={name: _words(each, f"marks, {name}") for name, each in marks.items()},
        derived={name: _words(each, f"derived, {name}") for name, each in derived.items()},
    )


def _words(raw: Yaml, where: str) -> Words:
    body = mapping(raw, where, {"en", "sv"})
    return Words(text(body["en"], where), text(body["sv"], where))


def _numbers(name: str, raw: Yaml) -> dict[str, int]:
    where = f"numbers, {name}"
    said = mapping(raw, where, {term.token for term in contract().vocabularies[name]})
    found = {word: number(each, f"{where}, {word}") for word, each in said.items()}
    _require_apart(found.values(), where)
    require(min(found.values()) > 0, where, "a number is at least 1")
    return found


def _label(place: str, raw: Yaml, longest: int) -> tuple[tuple[str, str], Words]:
    where = f"labels, {place}"
    table, _, column = place.partition(".")
    require(table in contract().tables and column in columns_of(table), where, "the panel has no such column")
    said = _words(raw, where)
    require(max(len(said.en), len(said.sv)) <= longest, where, f"a label has at most {longest} characters")
    return (table, column), said


def _reasons(raw: Yaml, suppressed: Yaml) -> dict[str, Reason]:
    terms = {term.token: Words(term.en, term.sv) for term in contract().vocabularies["missing"]}
    body = mapping(raw, "missing", set(terms))
    found = {name: _reason(name, body[name], said) for name, said in terms.items()}
    own = mapping(suppressed, SUPPRESSED, {"code", "letter", "en", "sv"})
    said = _words({"en": own["en"], "sv": own["sv"]}, SUPPRESSED)
    found[SUPPRESSED] = _reason(SUPPRESSED, {"code": own["code"], "letter": own["letter"]}, said)
    _require_apart((reason.code for reason in found.values()), "missing")
    _require_apart((reason.letter for reason in found.values()), "missing")
    for form in forms().values():
        for question in form.questions:
            for code, name in question.answer.missing.items():
                where = f"missing, {name}"
                require(found[name].code == code, where, f"{question.name} of {form.edition} has another code")
    return found


def _reason(name: str, raw: Yaml, said: Words) -> Reason:
    where = f"missing, {name}"
    body = mapping(raw, where, {"code", "letter"})
    letter = text(body["letter"], where)
    require(bool(re.fullmatch("[a-z]", letter)), where, "a letter from a to z belongs here")
    return Reason(name, number(body["code"], where), letter, said)


def _require_apart(numbers: Iterable[int | str], where: str) -> None:
    listed = list(numbers)
    require(len(set(listed)) == len(listed), where, "two have the same")


__all__ = ["MISSING", "PROGRAMS", "SUPPRESSED", "Exports", "Reason", "exports"]
