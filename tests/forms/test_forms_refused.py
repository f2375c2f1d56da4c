"""Descriptions of forms that are refused, each with its fault: what stands wrong in the file, and where."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigpanel.errors import Fault
from sigpanel.forms import Form, form, load_forms

# A small sound form and a difference from it; each row below breaks one thing.


def question(number: int, variable: str, moment: str, answer: str, header: str) -> dict[str, Any]:
    described = {"number": number, "variable": variable, "moment": moment, "answer": answer, "header": header}
    return described | {"label_sv": variable, "label_en": variable}


SMALL: dict[str, Any] = {
    "edition": "small",
    "programme": "unga",
    "status": "source",
    "years": {"first": 2022},
    "title": "T",
    "sheets": {"form": "F", "explanations": "E", "lists": "L"},
    "instructions": ["Fråga {enrolment} och {discharge}"],
    "bands": {"enrolment": "in", "discharge": "ut"},
    "comment_header": "Kommentar",
    "explanations_heading": "Läs",
    "answers": {
        "uno": {"kind": "uno", "text": "Kod"},
        "district": {"kind": "district", "codes": {1: "farsta", 2: "skarpnack"}},
        "count": {"kind": "number", "unit": "count", "low": 0, "high": 9, "missing": {99: "unknown"}, "text": "Antal"},
        "yes_no": {
            "kind": "coded",
            "codes": [
                {"code": 1, "token": "yes", "sv": "Ja", "en": "Yes"},
                {"code": 2, "token": "no", "sv": "Nej", "en": "No"},
            ],
            "missing": {999: "unknown"},
        },
    },
    "questions": [
        question(1, "uno", "enrolment", "uno", "A"),
        question(2, "x", "enrolment", "yes_no", "B"),
        question(3, "y", "enrolment", "count", "C"),
        question(4, "x", "discharge", "yes_no", "D"),
    ],
    "consistency": [],
}  # fmt: skip
LATER: dict[str, Any] = {
    "edition": "later",
    "base": "small",
    "description": "d",
    "status": "provisional",
    "years": {"first": 2024},
    "changes": [{"change": "set_codes", "answer": "district", "codes": {1: "farsta"}}],
}


def load(folder: Path, *descriptions: dict[str, Any]) -> dict[str, Form]:
    for description in descriptions:
        text = yaml.safe_dump(description, allow_unicode=True)
        (folder / f"{description['edition']}.yaml").write_text(text, encoding="utf-8")
    return load_forms(folder)


def refusal(folder: Path, *descriptions: dict[str, Any]) -> str:
    with pytest.raises(Fault) as caught:
        load(folder, *descriptions)
    assert caught.value.remedy == "Mend contracts/forms and build again."
    assert caught.value.code == "form-description"
    return caught.value.message.removeprefix("Form description ")


def test_the_small_form_and_its_difference_are_sound(tmp_path):
    loaded = load(tmp_path, SMALL, LATER)
    assert loaded["small"].instructions == ("Fråga 1-3 och 4-4",)
    assert [code.token for code in loaded["later"].questions[1].answer.codes] == ["yes", "no"]
    assert (loaded["later"].title, loaded["later"].description) == ("T", "d")


Edit = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(lambda f: f.update(colour="red"), "small: unknown colour.", id="unknown key"),
        pytest.param(lambda f: f.pop("title"), "small: missing title.", id="missing key"),
        pytest.param(
            lambda f: f.update(programme="old"), "small: the programme is not in programmes.yaml.", id="programme"
        ),
        pytest.param(lambda f: f.update(status="draft"), "small: status is source or provisional.", id="status"),
        pytest.param(lambda f: f.update(years={"last": 1}), "small: missing first.", id="no first year"),
        pytest.param(lambda f: f["sheets"].pop("lists"), "small: missing lists.", id="a sheet too few"),
        pytest.param(lambda f: f["bands"].update(later="x"), "small: unknown later.", id="a band too many"),
        pytest.param(lambda f: f.update(bands="in"), "small: a mapping was expected.", id="no mapping"),
        pytest.param(lambda f: f["answers"]["uno"].update(max=3), "small, answer uno: unknown max.", id="answer key"),
        pytest.param(
            lambda f: f["answers"]["uno"].update(kind="text"), "small, answer uno: unknown kind text.", id="kind"
        ),
        pytest.param(
            lambda f: f["answers"]["count"].update(missing={99: "lost"}),
            "small, answer count: a missing code is unknown or declined.",
            id="missing reason",
        ),
        pytest.param(
            lambda f: f["answers"]["count"].update(missing={9: "unknown"}),
            "small, answer count: missing code [9] is also a value.",
            id="missing code within the range",
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"].update(missing={2: "unknown"}),
            "small, answer yes_no: missing code [2] is also a value.",
            id="missing code among the codes",
        ),
        pytest.param(
            lambda f: f["answers"]["count"].pop("high"),
            "small, answer count: a number needs low and high.",
            id="no upper bound",
        ),
        pytest.param(
            lambda f: f["answers"]["count"].update(low=10),
            "small, answer count: low is above high.",
            id="bounds crossed",
        ),
        pytest.param(
            lambda f: f["answers"]["uno"].pop("text"), "small, answer uno: no text for the answer row.", id="no text"
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"].pop("codes"),
            "small, answer yes_no: codes and kind do not fit.",
            id="no codes",
        ),
        pytest.param(
            lambda f: f["answers"]["district"].update(codes={1: "atlantis"}),
            "small, answer district: a district is not in districts.yaml.",
            id="unknown district",
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"]["codes"][0].pop("en"), "small, answer yes_no: missing en.", id="no English"
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"]["codes"][0].update(missing="unknown"),
            "small, answer yes_no: a value code may only be not_applicable.",
            id="missing reason on a value",
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"]["codes"][1].update(code=1),
            "small, answer yes_no: two codes share a code.",
            id="same code",
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"]["codes"][1].update(token="yes"),
            "small, answer yes_no: two codes share a token.",
            id="same token",
        ),
        pytest.param(
            lambda f: f["answers"]["yes_no"]["codes"][1].update(sv="Ja"),
            "small, answer yes_no: two codes share a sv.",
            id="same label",
        ),
        pytest.param(
            lambda f: f["questions"][1].update(hint="x"), "small, question 2: unknown hint.", id="question key"
        ),
        pytest.param(
            lambda f: f["questions"][1].update(answer="maybe"),
            "small, question 2: no answer maybe.",
            id="no such answer",
        ),
        pytest.param(
            lambda f: f["questions"][1].update(moment="later"),
            "small, question 2: the moment is enrolment or discharge.",
            id="moment",
        ),
        pytest.param(
            lambda f: f["questions"][1].update(variable="v" * 24),
            "small, question 2: the variable's name is longer than 23.",
            id="name too long for Stata",
        ),
        pytest.param(
            lambda f: f["questions"][1].update(label_en="v" * 75), "small, question 2: a label is too long.", id="label"
        ),
        pytest.param(
            lambda f: f["questions"][1].update(number=1), "small: two questions share a no.", id="number twice"
        ),
        pytest.param(
            lambda f: f["questions"][1].update(header=" a."),
            "small: two questions share a header_key.",
            id="header twice",
        ),
        pytest.param(
            lambda f: f["questions"][2].update(variable="x"),
            "small: a variable is asked twice at one moment.",
            id="variable twice",
        ),
        pytest.param(
            lambda f: f["questions"][1].update(skip_when={"variable": "z", "codes": [1]}),
            "small, question 2: no z at enrolment.",
            id="skip points nowhere",
        ),
        pytest.param(
            lambda f: f["questions"][2].update(skip_when={"variable": "x", "codes": [7]}),
            "small, question 3: x has no such code.",
            id="skip on no code",
        ),
        pytest.param(
            lambda f: f["consistency"].append({"rule": "r", "if": {"variable": "x", "codes": [1]}}),
            "small, consistency r: missing then.",
            id="half a consistency",
        ),
        pytest.param(
            lambda f: f["consistency"].append(
                {"rule": "r", "if": {"variable": "x", "codes": [1]}, "then": {"variable": "y", "codes": [1]}}
            ),
            "small, consistency r: y has no such code.",
            id="consistency on a count",
        ),
    ],
)
def test_a_form_is_refused_for(tmp_path, edit: Edit, message):
    broken = deepcopy(SMALL)
    edit(broken)
    assert refusal(tmp_path, broken) == message


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(
            lambda d: d.update(base="none"),
            "none: a difference names it as base, but it is not described.",
            id="no base",
        ),
        pytest.param(lambda d: d.update(base="later"), "later: the bases go round in a circle.", id="circle"),
        pytest.param(lambda d: d.update(changes=[]), "later: a difference without changes is a copy.", id="copy"),
        pytest.param(lambda d: d.pop("description"), "later: missing description.", id="nobody says why"),
        pytest.param(lambda d: d.update(answers={}), "later: unknown answers.", id="more than a difference"),
        pytest.param(
            lambda d: d.update(changes=[{"change": "paint"}]),
            "later, change paint: no such kind of change.",
            id="change",
        ),
        pytest.param(
            lambda d: d["changes"][0].update(answer="colour"), "later, change set_codes: no answer colour.", id="answer"
        ),
        pytest.param(
            lambda d: d["changes"][0].update(codes={1: "farsta", 2: "skarpnack"}),
            "later, change set_codes: the codes are the same as before.",
            id="same codes",
        ),
        pytest.param(
            lambda d: d.update(changes=[{"change": "take_codes", "answer": "colour", "from": "small"}]),
            "later, change take_codes: the other edition has no such answer.",
            id="nothing to take",
        ),
        pytest.param(
            lambda d: d.update(changes=[{"change": "take_codes", "answer": "yes_no", "from": "later"}]),
            "later: the bases go round in a circle.",
            id="takes from itself",
        ),
        pytest.param(
            lambda d: d.update(changes=[{"change": "remove_question", "variable": "z", "moment": "enrolment"}]),
            "later, change remove_question: no question z.",
            id="removes nothing",
        ),
        pytest.param(
            lambda d: d.update(changes=[{"change": "remove_question", "variable": "x"}]),
            "later, change remove_question: missing moment.",
            id="removes at no moment",
        ),
        pytest.param(
            lambda d: d.update(changes=[{"change": "renumber"}]),
            "later, change renumber: the numbers are consecutive already.",
            id="renumbers nothing",
        ),
    ],
)
def test_a_difference_is_refused_for(tmp_path, edit: Edit, message):
    broken = deepcopy(LATER)
    edit(broken)
    assert refusal(tmp_path, SMALL, broken) == message


def test_a_file_named_after_another_edition_is_refused(tmp_path):
    load(tmp_path, SMALL)
    (tmp_path / "small.yaml").rename(tmp_path / "other.yaml")
    with pytest.raises(Fault, match=r"^Form description other: its file is named after another edition"):
        load_forms(tmp_path)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", ""])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=r"^Form description small: the file is no YAML mapping"):
        load_forms(tmp_path)


def test_an_edition_that_is_not_described_is_a_fault():
    with pytest.raises(
        Fault, match=r"^Form description sig-unga-1999: no such edition is described in contracts/forms"
    ):
        form("sig-unga-1999")
