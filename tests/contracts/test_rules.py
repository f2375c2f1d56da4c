"""The list of rules: out of which facts, and that nothing written by hand is misread."""

import pytest
import yaml

from sigpanel.contracts import rules as module
from sigpanel.contracts.rules import Rule, When, references, rules, values_of
from sigpanel.contracts.tables import contract, names
from sigpanel.contracts.views import frames_of
from sigpanel.errors import Fault
from sigpanel.forms import variables
from sigpanel.panel import open_panel
from sigpanel.resources import contracts_dir

BY_ID = {rule.id: rule for rule in rules()}


def test_every_table_has_its_columns_types_words_and_keys_held():
    for name in names():
        described = contract().tables[name].given(variables())
        assert BY_ID[f"{name}.columns"].columns == tuple(column.name for column in described.columns)
        for column in described.columns:
            place = f"{name}.{column.name}"
            assert BY_ID[f"{place}.type"].params == {"type": column.type}
            assert (f"{place}.not_null" in BY_ID) == (not column.nullable)
            assert (f"{place}.in_set" in BY_ID) == (column.values is not None or column.known is not None)
            assert (f"{place}.matches" in BY_ID) == (column.pattern is not None)
            assert (f"{place}.references" in BY_ID) == (column.references is not None)
        for key in (described.key, *described.unique):
            assert not key or BY_ID[f"{name}.{'+'.join(key)}.unique"].columns == key


def test_every_variable_has_the_values_that_some_edition_allows():
    assert values_of("stable_housing") == {"values": (1, 2)}
    assert values_of("mental_health") == {"low": 1, "high": 10}
    assert values_of("suspected_crimes_before") == {"low": 0, "high": 998}
    for variable in variables():
        assert BY_ID[f"waves.{variable}.answers"].params == values_of(variable)


def test_from_one_skip_condition_come_two_rules():
    filled, empty = (
        BY_ID["waves.school_functioning.filled_but_not_asked"],
        BY_ID["waves.school_functioning.asked_but_empty"],
    )
    assert (filled.kind, filled.columns, filled.when) == (
        "null",
        ("school_functioning",),
        When("school_enrolled", "in", (6,)),
    )
    assert (empty.kind, empty.columns) == ("not_in_set", ("school_functioning__missing",))
    assert empty.when == When("school_enrolled", "in", (1, 2, 3, 4, 5))
    assert {filled.severity, empty.severity} == {"warning"}


def test_a_reference_is_a_rule_about_where_it_was_found():
    assert BY_ID["ledger.submission_id.references"] == Rule(
        "ledger.submission_id.references", "ledger__submission_id", "not_null", ("found",),
        en="Stands in submissions.submission_id", sv="Finns i submissions.submission_id",
    )  # fmt: skip
    assert references()["ledger__submission_id"] == ("ledger", "submission_id", ("submissions", "submission_id"))


def test_every_frame_and_column_that_a_rule_names_is_there(built):
    panel = open_panel(built.panel)
    frames = frames_of({name: panel.table(name).collect() for name in names()})
    for rule in rules():
        asked = {*rule.columns, *([rule.when.column] if rule.when else [])}
        assert asked <= set(frames[rule.frame].columns), rule.id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "sounds_right"}, "kind is one of"),
        ({"severity": "fatal"}, "severity is one of"),
        ({"columns": ["value", "code"], "kind": "null"}, "null is about 1 columns"),
        ({"columns": ["value"], "kind": "equal"}, "equal is about 2 columns"),
        ({"when": {"column": "missing", "is": "maybe"}}, "a gate is one of"),
        ({"when": {"column": "missing", "is": "in"}}, "values belong to a gate"),
        ({"when": {"column": "missing", "is": "null", "values": ["x"]}}, "values belong to a gate"),
        ({"colour": "red"}, "nobody knows colour"),
        ({"columns": ["value", "kode"]}, "rule answers.code_of_a_value: answers has no column kode"),
        ({"when": {"column": "lost", "is": "null"}}, "rule answers.code_of_a_value: answers has no column lost"),
        ({"frame": "persons"}, "rule answers.code_of_a_value: persons has no column value"),
        ({"frame": "strict_persons"}, "rule answers.code_of_a_value: strict_persons has no column value"),
        ({"frame": "wages"}, "rule answers.code_of_a_value: wages is no table and no view"),
        (
            {"kind": "between", "columns": ["value"], "params": {"low": 99, "high": 7}},
            "rule answers.code_of_a_value: low is above high, so nothing keeps it: value",
        ),
        ({"id": "persons.columns"}, "two rules are called persons.columns"),
    ],
)
def test_a_rule_that_nobody_could_hold_is_refused_by_its_place(monkeypatch, change, message):
    raw = yaml.safe_load((contracts_dir() / "panel" / "rules.yaml").read_text(encoding="utf-8"))
    raw["rules"][0] |= change
    monkeypatch.setattr(module, "_load", lambda _: raw)
    with pytest.raises(Fault, match=message):
        rules.__wrapped__()
