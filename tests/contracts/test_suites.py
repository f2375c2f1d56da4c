"""The suites of Great Expectations as files: made of the rules, committed, and readable without either of us.

SIGPANEL_WRITE_DOCS=1 pytest tests/contracts/test_suites.py     writes them anew; look at the difference
"""

import json
import os
from pathlib import Path

import pytest

from sigpanel.contracts.model import TYPES
from sigpanel.contracts.rules import KINDS, Rule, When, rules
from sigpanel.contracts.suites import ARROW_TYPES, RESULT_FORMAT, expectation, suite, suites
from sigpanel.resources import contracts_dir

FOLDER = Path(contracts_dir()) / "gx"
WRITES = bool(os.environ.get("SIGPANEL_WRITE_DOCS"))


def test_the_committed_suites_are_those_of_the_rules():
    made = suites()
    if WRITES:
        FOLDER.mkdir(exist_ok=True)
        for path in FOLDER.glob("*.json"):
            path.unlink()
        for name, one in made.items():
            text = json.dumps(one, indent=2, ensure_ascii=False) + "\n"
            (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
    committed = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}
    assert committed == made, "see at the top of this file how to write them anew"


def test_every_rule_is_one_expectation_in_the_suite_of_its_frame():
    told = {
        (name, one["meta"]["rule"]): (one["meta"]["severity"], one["meta"]["en"], one["meta"]["sv"])
        for name, own in suites().items()
        for one in own["expectations"]
    }
    assert told == {(rule.frame, rule.id): (rule.severity, rule.en, rule.sv) for rule in rules()}
    assert sum(len(own["expectations"]) for own in suites().values()) == len(rules())


def test_a_suite_says_how_to_read_its_frame_and_how_to_run_it_without_values():
    one = suite("persons", [])
    assert one["meta"] == {
        "read_with": 'pandas.read_parquet(path, dtype_backend="pyarrow")',
        "result_format": RESULT_FORMAT,
    }
    assert RESULT_FORMAT["exclude_unexpected_values"] is True


def test_every_type_of_a_column_has_its_name_in_pandas():
    assert ARROW_TYPES.keys() == TYPES.keys()


KINDS_TOLD = {
    "columns": (("b", "a"), {}, "expect_table_columns_to_match_ordered_list", {"column_list": ["b", "a"]}),
    "type": (("a",), {"type": "date"}, "expect_column_type_to_be", {"column": "a", "type_": "date32[day][pyarrow]"}),
    "not_null": (("a",), {}, "expect_column_values_to_not_be_null", {"column": "a"}),
    "null": (("a",), {}, "expect_column_values_to_be_null", {"column": "a"}),
    "in_set": (("a",), {"values": (1, 2)}, "expect_column_values_to_be_in_set", {"column": "a", "value_set": [1, 2]}),
    "not_in_set": (
        ("a",), {"values": ("x",)}, "expect_column_values_to_not_be_in_set", {"column": "a", "value_set": ["x"]},
    ),
    "between": (("a",), {"low": 0}, "expect_column_values_to_be_between", {"column": "a", "min_value": 0}),
    "matches": (
        ("a",), {"pattern": "[a-z]"}, "expect_column_values_to_match_regex",
        {"column": "a", "regex": r"\A(?:[a-z])\Z"},
    ),
    "unique": (
        ("a", "b"), {}, "expect_compound_columns_to_be_unique",
        {"column_list": ["a", "b"], "ignore_row_if": "any_value_is_missing"},
    ),
    "not_after": (
        ("a", "b"), {}, "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "b", "column_B": "a", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
    ),
    "equal": (
        ("a", "b"), {}, "expect_column_pair_values_to_be_equal",
        {"column_A": "a", "column_B": "b", "ignore_row_if": "either_value_is_missing"},
    ),
    "row_count": ((), {"low": 1, "high": 9}, "expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 9}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_rule_is_an_expectation_of_the_core(kind):
    columns, params, name, kwargs = KINDS_TOLD[kind]
    made = expectation(Rule("rule", "frame", kind, columns, params))
    assert (made["type"], made["kwargs"]) == (name, kwargs)


def test_one_column_is_unique_by_the_expectation_for_one():
    made = expectation(Rule("rule", "frame", "unique", ("a",)))
    assert (made["type"], made["kwargs"]) == ("expect_column_values_to_be_unique", {"column": "a"})


NOT_NULL = {"type": "nullity", "column": {"name": "a"}, "is_null": False}


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (When("a", "null"), {**NOT_NULL, "is_null": True}),
        (When("a", "not_null"), NOT_NULL),
        (
            When("a", "in", ("x", "y")),
            {
                "type": "and",
                "conditions": [
                    NOT_NULL,
                    {"type": "comparison", "column": {"name": "a"}, "operator": "IN", "parameter": ["x", "y"]},
                ],
            },
        ),
        (
            When("a", "in", (True,)),
            {
                "type": "and",
                "conditions": [
                    NOT_NULL,
                    {"type": "comparison", "column": {"name": "a"}, "operator": "==", "parameter": True},
                ],
            },
        ),
        (When("a", "in", (True, False)), {"type": "and", "conditions": [NOT_NULL]}),
    ],
)
def test_a_gate_says_what_becomes_of_a_null(when, told):
    made = expectation(Rule("rule", "frame", "null", ("b",), when=when))
    assert made["kwargs"] == {"column": "b", "row_condition": told}


@pytest.mark.parametrize(("severity", "told"), [("error", "critical"), ("warning", "warning")])
def test_a_severity_is_said_in_their_words_too(severity, told):
    assert expectation(Rule("rule", "frame", "null", ("a",), severity=severity))["severity"] == told
