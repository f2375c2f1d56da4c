"""The polars engine: which rows break a rule of each kind, and what is told of them."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.contracts.gate import hold
from sigpanel.contracts.rules import Rule, When, rules
from sigpanel.contracts.tables import names
from sigpanel.contracts.views import frames_of
from sigpanel.panel import open_panel

FRAME = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "word": ["x", "y", None, "z"],
        "n": [1, 2, 3, None],
        "m": [1, 3, None, 4],
        "first": [dt.date(2022, 1, 1), dt.date(2023, 1, 1), None, dt.date(2024, 1, 1)],
        "last": [dt.date(2022, 1, 1), dt.date(2022, 1, 1), dt.date(2022, 1, 1), None],
        "twice": ["p", "p", "q", None],
    },
    schema_overrides={"n": pl.Int16, "m": pl.Int16},
)


def outcome(kind: str, *columns: str, when: When | None = None, **params) -> tuple[int, int]:
    """How many rows a rule is about, and how many break it."""
    [found] = hold({"frame": FRAME}, [Rule("rule", "frame", kind, columns, params, when)])
    return found.n_rows, found.n_failing


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("not_null", "word"), (4, 1)),
        (("null", "word"), (4, 3)),
        (("in_set", "word", {"values": ("x", "y")}), (4, 1)),
        (("not_in_set", "word", {"values": ("x", "y")}), (4, 2)),
        (("between", "n", {"low": 2}), (4, 1)),
        (("between", "n", {"high": 2}), (4, 1)),
        (("between", "n", {"low": 2, "high": 2}), (4, 2)),
        (("unique", "twice"), (4, 2)),
        (("unique", "id", "twice"), (4, 0)),
        (("not_after", "first", "last"), (4, 1)),
        (("equal", "n", "m"), (4, 1)),
        (("columns", "id", "word", "n", "m", "first", "last", "twice"), (4, 0)),
        (("columns", "word", "id", "n", "m", "first", "last", "twice"), (4, 1)),
        (("type", "n", {"type": "int16"}), (4, 0)),
        (("type", "n", {"type": "int32"}), (4, 1)),
        (("row_count", {"low": 4}), (4, 0)),
        (("row_count", {"low": 5}), (4, 1)),
        (("row_count", {"high": 3}), (4, 1)),
    ],
    ids=str,
)
def test_what_is_null_breaks_nothing_but_a_rule_that_asks_for_something(given, told):
    columns = [part for part in given[1:] if isinstance(part, str)]
    params = next((part for part in given if isinstance(part, dict)), {})
    assert outcome(given[0], *columns, **params) == told


@pytest.mark.parametrize(
    ("when", "n"),
    [
        (When("word", "in", ("x", "z")), 2),
        (When("word", "null"), 1),
        (When("word", "not_null"), 3),
        (When("n", "in", (3,)), 1),
    ],
)
def test_a_gate_lets_in_the_rows_it_names_and_none_that_is_null(when, n):
    assert outcome("not_null", "id", when=when) == (n, 0)
    assert outcome("null", "id", when=when) == (n, n)


def test_what_is_null_is_not_the_same_as_another_null():
    assert unique("word") == (6, 3)
    assert unique("word", "n") == (6, 2)


def test_what_a_gate_lets_in_is_compared_with_what_else_it_lets_in():
    assert unique("word", when=When("n", "in", (1,))) == (3, 2)
    assert unique("word", when=When("n", "in", (2,))) == (1, 0)


def unique(*columns: str, when: When | None = None) -> tuple[int, int]:
    words, numbers = ["p", "p", "p", "q", None, None], [1, 1, 2, 1, None, None]
    frame = pl.DataFrame({"word": words, "n": numbers})
    [found] = hold({"frame": frame}, [Rule("rule", "frame", "unique", columns, when=when)])
    return found.n_rows, found.n_failing


def test_outcomes_come_in_the_order_of_the_rules():
    asked = [Rule(name, frame, "not_null", ("id",)) for name, frame in (("a", "one"), ("b", "two"), ("c", "one"))]
    assert [found.rule.id for found in hold({"one": FRAME, "two": FRAME}, asked)] == ["a", "b", "c"]


def test_a_column_that_is_not_there_breaks_what_is_asked_of_it_in_every_row():
    assert outcome("not_null", "nowhere") == (4, 4)
    assert outcome("null", "id", when=When("nowhere", "null")) == (4, 4)


def test_of_failing_rows_the_key_is_told_and_nothing_else():
    [found] = hold(
        {"frame": FRAME.rename({"id": "some_id"})}, [Rule("rule", "frame", "in_set", ("word",), {"values": ("x",)})]
    )
    assert found.keys == (("b",), ("d",))
    assert not found.is_kept


# --- on a release ---


@pytest.fixture(scope="module")
def tables(built) -> dict[str, pl.DataFrame]:
    panel = open_panel(built.panel)
    return {name: panel.table(name).collect() for name in names()}


def failing(tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    return {one.rule.id: one.n_failing for one in hold(frames_of(tables), rules()) if not one.is_kept}


def test_a_release_keeps_every_rule_that_it_may_not_break(tables):
    severities = {rule.id: rule.severity for rule in rules()}
    assert [one for one in failing(tables) if severities[one] == "error"] == []


def changed(frame: pl.DataFrame, column: str, value: object, at: int = 0) -> pl.DataFrame:
    """A frame with another value in one row."""
    return frame.with_columns(
        pl.when(pl.int_range(pl.len()) == at).then(pl.lit(value, frame.schema[column])).otherwise(column).alias(column)
    )


PLANTED = {
    "a row of the ledger that is lost": (
        lambda tables: {"ledger": tables["ledger"].sort(pl.col("fate") != "not_a_person").slice(1)},
        {"submissions.every_row_has_a_fate"},
    ),
    "a person with an episode too many": (
        lambda tables: {"persons": changed(tables["persons"], "n_episodes", 99)},
        {"persons.counts_own_episodes"},
    ),
    "an episode of nobody": (
        lambda tables: {"persons": tables["persons"].slice(1)},
        {
            "episodes.person_id.references", "answers.person_id.references", "waves.person_id.references",
            "cohort.person_id.references", "persons.counts_own_episodes", "persons.in_cohort",
            "persons.first_enrolment",
        },
    ),
    "an answer that is lost": (
        lambda tables: {"answers": tables["answers"].slice(1)},
        {"episodes.full_grid"},
    ),
    "a value beside a reason": (
        lambda tables: {"answers": changed(tables["answers"].sort("missing", nulls_last=True), "value", 1)},
        {"answers.no_value_with_a_reason", "waves.value_of_answers"},
    ),
    "a code that no edition has": (
        lambda tables: {"waves": changed(tables["waves"].sort("stable_housing", nulls_last=True), "stable_housing", 7)},
        {"waves.stable_housing.answers", "waves.value_of_answers"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_each_defect_fires_its_own_rules(tables, name):
    plant, expected = PLANTED[name]
    found = failing({**tables, **plant(tables)})
    assert found.keys() - failing(tables).keys() <= expected
    assert found.keys() & expected


def test_of_a_reference_that_leads_nowhere_no_key_is_told_since_it_is_what_fails(tables):
    broken = {**tables, "ledger": changed(tables["ledger"], "submission_id", "a name that strayed here")}
    [found] = [one for one in hold(frames_of(broken), rules()) if one.rule.id == "ledger.submission_id.references"]
    assert (found.n_failing, found.keys) == (1, ())
