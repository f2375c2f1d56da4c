"""Read `contracts/forms/`: one base per form, and editions as described differences.

The reader fails closed. It refuses a key nobody knows, a missing code that is also a value, a question that points at
no answer, and a difference that changes nothing or points nowhere. An edition is a chain of differences down to a base,
so no text or code stands twice, and no code anywhere says `if year`.

It does not look at workbooks: `sigpanel.intake` compares them with what is read here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from sigpanel.errors import Fault
from sigpanel.forms.districts import districts, programmes
from sigpanel.forms.model import KINDS, MOMENTS, Answer, Code, Condition, Consistency, Form, Question
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from pathlib import Path

Raw = dict[str, Any]

_FORM = {"edition", "programme", "status", "years", "title", "sheets", "instructions", "bands", "comment_header"} | {
    "explanations_heading", "answers", "questions", "consistency"
}  # fmt: skip
_DIFFERENCE = {"edition", "base", "description", "status", "years", "changes"}
_OVERRIDES = {"programme", "title"}
_ANSWER = {"kind", "text", "codes", "low", "high", "missing", "units", "unit"}
_CODE = {"code", "token", "sv", "en"}
_QUESTION = {"number", "variable", "moment", "answer", "header", "label_sv", "label_en"}
_MISSING = {"unknown", "declined"}


@lru_cache(maxsize=1)
def forms() -> dict[str, Form]:
    """Every edition in `contracts/forms/`, by name, in order of name."""
    return load_forms(contracts_dir() / "forms")


def load_forms(folder: Path) -> dict[str, Form]:
    """Read all editions of a folder.

    Raises:
        Fault: a description is inconsistent; the message names the file and the fault.
    """
    raw = {path.stem: _read(path) for path in sorted(folder.glob("*.yaml"))}
    for edition, description in raw.items():
        _require(description.get("edition") == edition, edition, "its file is named after another edition")
    return {edition: _form(_resolve(edition, raw, ())) for edition in sorted(raw)}


def form(edition: str) -> Form:
    """One edition by name.

    Raises:
        Fault: no such edition is described.
    """
    known = forms()
    _require(edition in known, edition, "no such edition is described in contracts/forms")
    return known[edition]


def districts_listed(programme: str, year: int) -> frozenset[str]:
    """The districts that the forms of a programme list for a reporting year: who is expected to send a workbook."""
    return frozenset(
        code.token
        for form in forms().values()
        if form.programme == programme and form.covers(year)
        for question in form.questions
        if question.variable == "district"
        for code in question.answer.codes
    )


@lru_cache(maxsize=1)
def variables() -> tuple[str, ...]:
    """The panel's variables: every question's of every edition, in the order in which they are asked."""
    asked = [
        question.variable
        for moment in MOMENTS
        for edition in forms().values()
        for question in edition.questions
        if question.is_answer and question.moment == moment
    ]
    longest = max(forms().values(), key=lambda edition: (len(edition.questions), edition.edition))
    order = {question.variable: place for place, question in reversed(list(enumerate(longest.questions)))}
    return tuple(sorted(set(asked), key=lambda variable: (order.get(variable, len(order)), variable)))


def _read(path: Path) -> Raw:
    try:
        loaded = load_yaml(path)
    except yaml.YAMLError:
        loaded = None
    _require(isinstance(loaded, dict), path.stem, "the file is no YAML mapping")
    return dict(loaded)


def _require(holds: object, where: str, fault: str) -> None:
    if not holds:
        raise Fault(
            "form-description", f"Form description {where}: {fault}.", remedy="Mend contracts/forms and build again."
        )


def _keys(mapping: Raw, required: set[str], optional: set[str], where: str) -> None:
    _require(isinstance(mapping, dict), where, "a mapping was expected")
    missing, unknown = required - mapping.keys(), mapping.keys() - required - optional
    _require(not missing, where, f"missing {', '.join(sorted(missing))}")
    _require(not unknown, where, f"unknown {', '.join(sorted(map(str, unknown)))}")


def _resolve(edition: str, raw: dict[str, Raw], seen: tuple[str, ...]) -> Raw:
    """The full description of an edition: its base with its differences applied in order."""
    _require(edition in raw, edition, "a difference names it as base, but it is not described")
    _require(edition not in seen, edition, "the bases go round in a circle")
    own = raw[edition]
    if "base" not in own:
        _keys(own, _FORM, {"description"}, edition)
        return own
    _keys(own, _DIFFERENCE, _OVERRIDES, edition)
    base = _resolve(own["base"], raw, (*seen, edition))
    result = {**base, **{key: own[key] for key in own if key not in {"base", "changes"}}}
    _require(own["changes"], edition, "a difference without changes is a copy")
    for change in own["changes"]:
        result = _changed(result, change, raw, (*seen, edition))
    return result


def _changed(description: Raw, change: Raw, raw: dict[str, Raw], seen: tuple[str, ...]) -> Raw:
    _require(isinstance(change, dict), description["edition"], "a change is a mapping")
    where = f"{description['edition']}, change {change.get('change')}"
    match change.get("change"):
        case "set_codes":
            _keys(change, {"change", "answer", "codes"}, set(), where)
            return _with_codes(description, change["answer"], change["codes"], where)
        case "take_codes":
            _keys(change, {"change", "answer", "from"}, set(), where)
            other = _resolve(change["from"], raw, seen)
            _require(change["answer"] in other["answers"], where, "the other edition has no such answer")
            return _with_codes(description, change["answer"], other["answers"][change["answer"]]["codes"], where)
        case "remove_question":
            _keys(change, {"change", "variable", "moment"}, set(), where)
            kept = [
                question
                for question in description["questions"]
                if (question["variable"], question["moment"]) != (change["variable"], change["moment"])
            ]
            _require(len(kept) < len(description["questions"]), where, f"no question {change['variable']}")
            return {**description, "questions": kept}
        case "renumber":
            _keys(change, {"change"}, set(), where)
            renumbered = [{**question, "number": no} for no, question in enumerate(description["questions"], start=1)]
            _require(renumbered != description["questions"], where, "the numbers are consecutive already")
            return {**description, "questions": renumbered}
    _require(False, where, "no such kind of change")
    return description


def _with_codes(description: Raw, name: str, codes: object, where: str) -> Raw:
    answers = description["answers"]
    _require(name in answers, where, f"no answer {name}")
    _require(answers[name].get("codes") != codes, where, "the codes are the same as before")
    return {**description, "answers": {**answers, name: {**answers[name], "codes": codes}}}


def _form(raw: Raw) -> Form:
    where = raw["edition"]
    _require(raw["programme"] in programmes(), where, "the programme is not in programmes.yaml")
    _require(raw["status"] in {"source", "provisional"}, where, "status is source or provisional")
    _keys(raw["years"], {"first"}, {"last"}, where)
    _keys(raw["sheets"], {"form", "explanations", "lists"}, set(), where)
    _keys(raw["bands"], set(MOMENTS), set(), where)
    answers = {name: _answer(name, described, where) for name, described in raw["answers"].items()}
    questions = tuple(_question(described, answers, where) for described in raw["questions"])
    _check_questions(questions, where)
    spans = {moment: _span(questions, moment) for moment in MOMENTS}
    return Form(
        edition=raw["edition"],
        programme=raw["programme"],
        status=raw["status"],
        first_year=raw["years"]["first"],
        last_year=raw["years"].get("last"),
        title=raw["title"],
        sheets=raw["sheets"],
        instructions=tuple(_with_numbers(text, spans, where) for text in raw["instructions"]),
        bands=raw["bands"],
        comment_header=raw["comment_header"],
        explanations_heading=raw["explanations_heading"],
        questions=questions,
        consistency=tuple(_consistency(rule, questions, where) for rule in raw["consistency"]),
        description=raw.get("description", ""),
    )


def _with_numbers(text: str, spans: dict[str, str], where: str) -> str:
    """An instruction with the numbers of this edition's questions in it."""
    try:
        return text.format_map(spans)
    except (KeyError, IndexError, ValueError):
        _require(False, where, "an instruction has a placeholder that nobody knows")
        raise


def _span(questions: tuple[Question, ...], moment: str) -> str:
    numbers = [question.no for question in questions if question.moment == moment]
    return f"{min(numbers)}-{max(numbers)}"


def _answer(name: str, raw: Raw, edition: str) -> Answer:
    where = f"{edition}, answer {name}"
    _keys(raw, {"kind"}, _ANSWER, where)
    kind = raw["kind"]
    _require(kind in KINDS, where, f"unknown kind {kind}")
    codes = _codes(raw.get("codes", ()), kind, where)
    missing: dict[int, str] = raw.get("missing", {})
    _require(set(missing.values()) <= _MISSING, where, "a missing code is unknown or declined")
    low: Any = raw.get("low")
    high: Any = raw.get("high")
    if kind == "number":
        _require(isinstance(low, int) and isinstance(high, int), where, "a number needs low and high")
        _require(low <= high, where, "low is above high")
        taken = {code for code in missing if low <= code <= high}
    else:
        taken = missing.keys() & {code.code for code in codes}
    _require(not taken, where, f"missing code {sorted(taken)} is also a value")
    _require((raw.get("unit") is not None) == (kind == "number"), where, "a unit belongs to a number, and to it alone")
    text = raw.get("text") or "\n".join(
        [f"{code.code}={code.sv}" for code in codes]
        + [f"{code}=Uppgift saknas" for code, reason in missing.items() if reason == "unknown"]
    )
    _require(text, where, "no text for the answer row")
    return Answer(name, kind, text, codes, low, high, missing, tuple(raw.get("units", ())), raw.get("unit"))


def _codes(raw: Any, kind: str, where: str) -> tuple[Code, ...]:  # noqa: ANN401 - two shapes, told apart by kind
    _require(bool(raw) == (kind in {"district", "coded"}), where, "codes and kind do not fit")
    if kind == "district":
        known = districts()
        _require(set(raw.values()) <= known.keys(), where, "a district is not in districts.yaml")
        raw = [
            {"code": code, "token": token, "sv": known[token].sv, "en": known[token].en} for code, token in raw.items()
        ]
    for code in raw:
        _keys(code, _CODE, {"missing"}, where)
        _require(code.get("missing") in {None, "not_applicable"}, where, "a value code may only be not_applicable")
    codes = tuple(Code(**code) for code in raw)
    for part in ("code", "token", "sv"):
        values = [getattr(code, part) for code in codes]
        _require(len(set(values)) == len(values), where, f"two codes share a {part}")
    return codes


def _condition(raw: Raw, moment: str, questions: dict[tuple[str, str], Answer], where: str) -> Condition:
    _keys(raw, {"variable", "codes"}, set(), where)
    answer = questions.get((raw["variable"], moment))
    _require(answer is not None, where, f"no {raw['variable']} at {moment}")
    assert answer is not None  # noqa: S101 - for the type checker; the line above has raised
    _require(set(raw["codes"]) <= answer.by_code.keys(), where, f"{raw['variable']} has no such code")
    return Condition(raw["variable"], tuple(raw["codes"]))


def _question(raw: Raw, answers: dict[str, Answer], edition: str) -> Question:
    where = f"{edition}, question {raw.get('number')}"
    _keys(raw, _QUESTION, {"explain", "skip_when"}, where)
    _require(raw["answer"] in answers, where, f"no answer {raw['answer']}")
    _require(raw["moment"] in MOMENTS, where, "the moment is enrolment or discharge")
    # Stata allows 32 characters for a name and 80 for a label; `__missing` takes nine of the first.
    _require(len(raw["variable"]) <= 23, where, "the variable's name is longer than 23")  # noqa: PLR2004
    _require(max(len(raw["label_sv"]), len(raw["label_en"])) <= 74, where, "a label is too long")  # noqa: PLR2004
    skip = raw.get("skip_when")
    return Question(
        no=raw["number"],
        variable=raw["variable"],
        moment=raw["moment"],
        answer=answers[raw["answer"]],
        header=raw["header"],
        label_sv=raw["label_sv"],
        label_en=raw["label_en"],
        explain=raw.get("explain"),
        skip_when=Condition(skip["variable"], tuple(skip["codes"])) if skip else None,
    )


def _check_questions(questions: tuple[Question, ...], where: str) -> None:
    for part in ("no", "header_key"):
        values = [getattr(question, part) for question in questions]
        _require(len(set(values)) == len(values), where, f"two questions share a {part}")
    answers = {(question.variable, question.moment): question.answer for question in questions}
    _require(len(answers) == len(questions), where, "a variable is asked twice at one moment")
    for question in questions:
        if question.skip_when:
            skip = {"variable": question.skip_when.variable, "codes": list(question.skip_when.codes)}
            _condition(skip, question.moment, answers, f"{where}, question {question.no}")


def _consistency(raw: Raw, questions: tuple[Question, ...], edition: str) -> Consistency:
    where = f"{edition}, consistency {raw.get('rule')}"
    _keys(raw, {"rule", "if", "then"}, set(), where)
    answers = {(question.variable, question.moment): question.answer for question in questions}
    given = then = None
    for moment in MOMENTS:
        given = _condition(raw["if"], moment, answers, where)
        then = _condition(raw["then"], moment, answers, where)
    assert given is not None  # noqa: S101 - for the type checker; there are two moments
    assert then is not None  # noqa: S101 - likewise
    return Consistency(raw["rule"], given, then)
