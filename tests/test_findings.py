"""The closed vocabulary: a rule in use is described, a rule described is in use, and no text can hold a value."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sigpanel import findings
from sigpanel.clean import checks, spelling
from sigpanel.contracts import about
from sigpanel.contracts.about import questions_of
from sigpanel.errors import Fault
from sigpanel.findings import SCHEMA, SCOPES, SEVERITIES, collect, find, rule, rules, severities
from sigpanel.forms import forms

SOURCES = sorted((Path(__file__).resolve().parents[1] / "sigpanel").rglob("*.py"))
TEXTS = ("sv", "en", "do_sv", "do_en")
RULE = re.compile(r"[a-z]+(_[a-z]+)+")
# What stands beside a fault or a note in the same expression.
COLUMNS = {"is_blank", "is_in_doubt", "is_about", "text_value", "date_value"}

# --- every rule, in both directions -----------------------------------------------------------------------------------


def _trees() -> Iterator[ast.AST]:
    return (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)


def _strings(node: ast.AST) -> Iterator[str]:
    return (part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _calls(name: str) -> Iterator[ast.Call]:
    calls = (node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Call))
    return (call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) == name)


def _named() -> set[str]:
    """Return the rules named where findings and refusals are made: `find(frame, …)`, `Refused(…)`, faults and notes."""
    named = {text for call in _calls("find") for argument in call.args[1:] for text in _strings(argument)}
    named |= {text for call in _calls("Refused") for text in _strings(call.args[0])}
    for call in _calls("alias"):
        if list(_strings(call.args[0])) in (["fault"], ["note"]):
            named |= {text for text in _strings(call.func) if RULE.fullmatch(text)} - COLUMNS
    named |= {check.rule.__name__ for check in checks._CHECKS} | set(spelling._BROKEN.values())
    return named | {consistency.rule for form in forms().values() for consistency in form.consistency}


def _quoted() -> set[str]:
    return {text for tree in _trees() for text in _strings(tree)}


def test_every_rule_that_code_names_is_in_the_vocabulary():
    assert _named() - rules().keys() == set()


def test_the_code_is_searched_where_it_names_rules():
    searched = {"own_column_dropped", "headers_differ_from_form", "value_out_of_range", "uno_with_month"}
    assert searched | {"age_implausible", "value_is_percent", "in_school_but_schooling_not_relevant"} <= _named()


def test_every_rule_in_the_vocabulary_is_used():
    assert rules().keys() - _named() - _quoted() == set()


def test_every_name_of_a_refusal_is_a_rule_that_refuses():
    refusals = {text for call in _calls("Refused") for text in _strings(call.args[0])}
    assert {name: (rules()[name].scope, rules()[name].severity) for name in refusals} == dict.fromkeys(
        refusals, ("file", "error")
    )


# --- their texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", rules())
def test_a_rule_says_in_both_languages_what_is_wrong_and_what_to_do(name):
    entry = rule(name)
    assert (entry.scope in SCOPES, entry.severity in SEVERITIES) == (True, True)
    for field in TEXTS:
        text = getattr(entry, field)
        assert re.fullmatch(r"[A-ZÅÄÖ].*[^.]\.", text), (field, text)
        assert not re.search(r"[{}%<>|\\]|\s{2}|\s$", text), (field, text)
    assert entry.sv != entry.en


def test_no_two_rules_say_the_same():
    for field in ("sv", "en"):
        texts = Counter(getattr(entry, field) for entry in rules().values())
        assert not [text for text, times in texts.items() if times > 1]


def test_the_vocabulary_stands_in_the_order_of_its_scopes():
    scopes = [SCOPES.index(entry.scope) for entry in rules().values()]
    assert scopes == sorted(scopes)


SOUND = {
    "scope": "row", "severity": "note", "about": "row", "sv": "Fel.", "en": "Wrong.", "do_sv": "Rätta.",
    "do_en": "Mend.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scope": "cell"}, "Rule one has an unknown scope or severity."),
        ({"severity": "fatal"}, "Rule one has an unknown scope or severity."),
        ({"en": ""}, "Rule one lacks an entry or has one too many."),
        ({"de": "Falsch."}, "Rule one lacks an entry or has one too many."),
        ({"about": []}, "Rule one lacks an entry or has one too many."),
        ({"about": "age"}, "Rule one is about nothing that is known."),
    ],
)
def test_a_vocabulary_that_lacks_something_is_a_fault(tmp_path, monkeypatch, change, message):
    (tmp_path / "findings.yaml").write_text(yaml.safe_dump({"rules": {"one": SOUND | change}}), encoding="utf-8")
    monkeypatch.setattr(findings, "contracts_dir", lambda: tmp_path)
    with pytest.raises(Fault) as caught:
        rules.__wrapped__()
    assert (caught.value.code, caught.value.message) == ("findings-vocabulary", message)


# --- what they are about ----------------------------------------------------------------------------------------------


def test_a_rule_about_questions_is_about_some_of_every_form_or_of_one_at_least():
    for entry in rules().values():
        asked = {form.edition: questions_of(entry, form) for form in forms().values()}
        assert any(asked.values()) == entry.names_a_question, entry.name


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("age_implausible", "Q4"),
        ("uno_unreadable", "Q1"),
        ("date_unreadable", "Q5 Q18"),
        ("work_not_relevant_but_not_in_school", "Q8 Q10 Q21 Q23"),
        ("row_rejected", ""),
        ("answer_left_blank", " ".join(question.name for question in forms()["sig-unga-2022"].questions)),
    ],
)
def test_the_questions_of_a_rule_are_told_by_variable_kind_of_answer_and_moment(name, questions):
    assert [question.name for question in questions_of(rule(name), forms()["sig-unga-2022"])] == questions.split()


def test_a_rule_about_what_no_form_asks_is_a_fault(monkeypatch):
    odd = replace(rule("age_implausible"), name="odd", about=("age", "shoe_size"))
    monkeypatch.setattr(about, "rules", lambda: {"odd": odd})
    with pytest.raises(Fault) as caught:
        about._known.__wrapped__()
    assert (caught.value.code, caught.value.message) == (
        "findings-vocabulary", "Rule odd is about what no form asks: shoe_size.",
    )  # fmt: skip


# --- findings ---------------------------------------------------------------------------------------------------------


def place(row: int | None, cell: str | None, question: str | None = None, no: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        {"submission_no": [no], "row": [row], "cell": [cell], "question": [question]},
        schema=dict(list(SCHEMA.items())[1:]),
    )


def test_a_finding_takes_its_place_from_a_frame_and_nothing_else():
    frame = place(9, "H9", "Q8").with_columns(pl.lit("AP4701").alias("text"))
    assert find(frame, "answer_left_blank").rows() == [("answer_left_blank", 0, 9, "H9", "Q8")]


def test_a_finding_about_a_workbook_has_no_cell():
    frame = pl.DataFrame({"submission_no": [3]})
    assert find(frame, "district_not_told").rows() == [("district_not_told", 3, None, None, None)]
    assert find(frame, "district_not_told").schema == SCHEMA


def test_a_rule_nobody_knows_is_a_fault_of_ours():
    with pytest.raises(Fault) as caught:
        find(place(9, "H9"), "value_is_odd")
    assert caught.value.code == "findings-unknown-rule"
    with pytest.raises(Fault):
        collect([place(9, "H9").select(pl.lit("value_is_odd").alias("rule"), pl.all())])


def test_findings_come_in_the_vocabulary_s_order_and_then_from_left_to_right_and_down():
    together = collect(
        [
            find(place(10, "A10"), "answer_left_blank"),
            find(place(9, "AA9"), "answer_left_blank"),
            find(place(9, "B9"), "answer_left_blank"),
            find(place(9, "B9", no=1), "value_is_boolean"),
            find(place(None, None), "form_not_recognised"),
        ]
    )
    assert together.select("rule", "submission_no", "cell").rows() == [
        ("form_not_recognised", 0, None),
        ("value_is_boolean", 1, "B9"),
        ("answer_left_blank", 0, "B9"),
        ("answer_left_blank", 0, "AA9"),
        ("answer_left_blank", 0, "A10"),
    ]


def test_the_same_finding_twice_is_one():
    once = find(place(9, "H9", "Q8"), "answer_left_blank")
    assert collect([once, once]).equals(once)


def test_no_findings_are_an_empty_frame_of_the_schema():
    assert collect([]).schema == SCHEMA
    assert collect([]).is_empty()


NAMES = st.sampled_from(sorted(rules()))
PLACES = st.tuples(NAMES, st.integers(0, 3), st.none() | st.integers(9, 11), st.none() | st.sampled_from(["A9", "AA9"]))


@given(st.lists(PLACES), st.randoms(use_true_random=False))
def test_the_order_in_which_findings_were_made_never_shows(made, random):
    parts = [find(place(row, cell, no=no), name) for name, no, row, cell in made]
    turned = random.sample(parts, len(parts))
    assert collect(parts).equals(collect(turned))


def test_every_rule_has_a_severity_to_join():
    assert severities().height == len(rules())
    assert severities()["severity"].null_count() == 0
