"""The second engine: it counts what the polars engine counts, tells nobody anything, and says when it failed."""

import datetime as dt
import json
import logging
import os
import socket
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from sigpanel import key
from sigpanel.contracts import gx
from sigpanel.contracts.gate import Outcome, hold
from sigpanel.contracts.gx import hold_gx
from sigpanel.contracts.rules import KINDS, Rule, When, rules
from sigpanel.contracts.tables import names
from sigpanel.contracts.views import frames_of
from sigpanel.errors import Fault
from sigpanel.panel import open_panel
from sigpanel.pipeline.build import build
from sigpanel.pipeline.study import create_study
from sigpanel.synth import generate
from tests.contracts.planted import CANARY, DEFECTS

pytestmark = pytest.mark.slow

PERSONS = 235


@pytest.fixture(autouse=True)
def _unconnected(monkeypatch) -> Iterator[None]:
    """No socket is connected and no name looked up, whatever a test does."""
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda *_: asked.append("connect"))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: asked.append("connect_ex"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: asked.append("getaddrinfo"))
    yield
    assert asked == []


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """The tables of a release of some 500 episodes."""
    with tempfile.TemporaryDirectory() as folder:
        study = create_study(Path(folder) / "study")
        generated = generate(Path(folder) / "made", persons=PERSONS)
        for year in generated.folder.glob("20*"):
            year.rename(study.submissions / year.name)
        for file in (generated.folder / "cohort").iterdir():
            file.rename(study.cohort / file.name)
        build(study, key.demonstration())
        panel = open_panel(study.panel)
        return {name: panel.table(name).collect() for name in names()}


@pytest.fixture(scope="module")
def whole(tables) -> dict[str, pl.DataFrame]:
    """Every frame that a rule is about."""
    return frames_of(tables)


@pytest.fixture(scope="module")
def clean(whole) -> dict[str, tuple[int, int]]:
    """What the polars engine counts in them."""
    return counts(hold(whole, rules()))


def counts(outcomes: list[Outcome]) -> dict[str, tuple[int, int]]:
    """By rule: the rows that it is about, and those that break it."""
    return {one.rule.id: (one.n_rows, one.n_failing) for one in outcomes}


# --- the same counts ---


def test_on_a_release_both_engines_count_the_same_and_no_rule_is_broken_that_may_not_be(tables, whole, clean):
    assert 450 <= tables["episodes"].height <= 550
    outcomes = hold_gx(whole, rules())
    assert [one.rule for one in outcomes] == list(rules())
    assert counts(outcomes) == clean
    assert [one for one in outcomes if not one.is_kept and one.rule.severity == "error"] == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_breaks_its_own_rules_in_both_engines(tables, whole, clean, name, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    plant, expected = DEFECTS[name]
    frames = frames_of({**tables, **plant(tables)})
    # Great Expectations takes seconds for them all; what did not change is held in the test above.
    changed = [rule for rule in rules() if is_about_what_changed(rule, whole[rule.frame], frames[rule.frame])]
    by_polars, outcomes = counts(hold(frames, rules())), hold_gx(frames, changed)
    by_gx = clean | counts(outcomes)
    assert by_gx == by_polars
    fired = {rule: n - clean[rule][1] for rule, (_, n) in by_gx.items() if n != clean[rule][1]}
    assert fired == expected
    out, err = capfd.readouterr()
    assert (out, err, caplog.messages) == ("", "", [])
    assert CANARY not in repr(outcomes)


def is_about_what_changed(rule: Rule, before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether a rule looks at anything that is not as it was: the columns that it names, or the frame as a whole."""
    if before.columns != after.columns or before.height != after.height:
        return True
    columns = [*rule.columns, *([rule.when.column] if rule.when else [])]
    one, other = before.select(columns), after.select(columns)
    return one.schema != other.schema or not one.equals(other)


def test_the_defects_are_of_every_kind():
    by_id = {rule.id: rule for rule in rules()}
    fired = [by_id[rule] for _, expected in DEFECTS.values() for rule in expected]
    assert {rule.kind for rule in fired} == set(KINDS)
    assert {rule.when.is_ for rule in fired if rule.when} == {"in", "null", "not_null"}
    assert {rule.severity for rule in fired} == {"error", "warning"}


def test_many_defects_at_once_are_counted_the_same(tables):
    planted = dict(tables)
    for name in DEFECTS:
        if name not in TOO_MUCH:
            planted |= DEFECTS[name][0](planted)
    frames = frames_of(planted)
    outcomes = hold_gx(frames, rules())
    assert counts(outcomes) == counts(hold(frames, rules()))
    assert sum(not outcome.is_kept for outcome in outcomes) > 40


# These leave nothing of what others change.
TOO_MUCH = ("no workbook at all", "a column that is not there")

ODD = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e"],
        "word": ["x", "y", None, "z", "it's"],
        "n": [1, 2, 3, None, 1],
        "m": [1, 3, None, 4, None],
        "share": [0.5, float("nan"), None, 1.5, -0.5],
        "yes": [True, False, None, True, None],
        "no": [False, None, None, True, True],
        "first": [dt.date(2022, 1, 1), dt.date(2023, 1, 1), None, dt.date(2024, 1, 1), None],
        "last": [dt.date(2022, 1, 1), dt.date(2022, 1, 1), dt.date(2022, 1, 1), None, None],
        "twice": ["p", "p", "q", None, None],
        "nothing": [None] * 5,
        "code": ["ab", "ab\n", None, "\u00e5b", "xab"],
    },
    schema_overrides={"n": pl.Int16, "m": pl.Int16, "nothing": pl.Int16},
)
ASKED = [
    ("not_null", ("word",), {}), ("not_null", ("nothing",), {}), ("null", ("word",), {}), ("null", ("yes",), {}),
    ("in_set", ("word",), {"values": ("x", "it's")}), ("not_in_set", ("word",), {"values": ("x", "it's")}),
    ("in_set", ("n",), {"values": (1, 2)}), ("in_set", ("yes",), {"values": (False,)}),
    ("in_set", ("nothing",), {"values": (1,)}), ("not_in_set", ("nothing",), {"values": (1,)}),
    ("between", ("n",), {"low": 2}), ("between", ("n",), {"high": 2}), ("between", ("n",), {"low": 2, "high": 2}),
    ("between", ("share",), {"low": 0, "high": 1}), ("between", ("nothing",), {"low": 0, "high": 1}),
    ("matches", ("code",), {"pattern": "[a-z]{2}"}), ("matches", ("word",), {"pattern": "[xyz]"}),
    ("unique", ("twice",), {}), ("unique", ("twice", "word"), {}), ("unique", ("twice", "yes", "nothing"), {}),
    ("unique", ("n", "nothing"), {}), ("not_after", ("first", "last"), {}), ("not_after", ("n", "m"), {}),
    ("equal", ("n", "m"), {}), ("equal", ("first", "last"), {}), ("equal", ("yes", "no"), {}),
    ("equal", ("word", "twice"), {}), ("equal", ("n", "nothing"), {}), ("not_null", ("nowhere",), {}),
    ("type", ("nowhere",), {"type": "int16"}), ("columns", tuple(ODD.columns), {}), ("columns", ("id",), {}),
    ("row_count", (), {"low": 5}), ("row_count", (), {"low": 6}), ("row_count", (), {"high": 4}),
    *(("type", (column,), {"type": name}) for column in ("word", "n", "share", "yes", "first")
      for name in ("string", "int16", "int32", "float64", "bool", "date")),
]  # fmt: skip
GATES = [
    None, When("word", "null"), When("word", "not_null"), When("word", "in", ("x", "it's")), When("n", "in", (1,)),
    When("n", "in", (2, 3)), When("yes", "in", (True,)), When("yes", "in", (False,)), When("yes", "in", (True, False)),
    When("yes", "null"), When("first", "not_null"), When("nothing", "in", (1,)), When("nothing", "null"),
    When("nowhere", "null"),
]  # fmt: skip
_OF_FRAME = ("columns", "type", "row_count")


@pytest.mark.parametrize("rows", [5, 2, 0])
def test_nulls_gates_and_frames_without_rows_are_counted_the_same(rows):
    asked = [
        Rule(f"{place}.{at}", "odd", kind, columns, params, when)
        for place, (kind, columns, params) in enumerate(ASKED)
        for at, when in enumerate([None] if kind in _OF_FRAME else GATES[: 14 if rows == 5 else 4])
    ]
    frames = {"odd": ODD.head(rows)}
    by_gx, by_polars = counts(hold_gx(frames, asked)), counts(hold(frames, asked))
    assert by_gx == by_polars


# --- what it tells ---


def test_no_value_comes_out_of_a_failure(capfd, caplog):
    caplog.set_level(logging.DEBUG)
    frames = {"frame": pl.DataFrame({"word": [CANARY]})}
    with pytest.raises(Fault) as caught:
        hold_gx(frames, [Rule("is_no_number", "frame", "between", ("word",), {"low": 0})])
    assert caught.value.code == "gx-failed"
    assert "is_no_number" in caught.value.message
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert (*capfd.readouterr(), caplog.messages) == ("", "", [])


def test_a_rule_that_it_cannot_read_is_a_fault_and_not_kept(monkeypatch):
    # It leaves out an expectation that it does not understand, logs that, and says of the rest that all is well.
    asked = [Rule("too_few", "frame", "unique", ("word",)), Rule("fine", "frame", "not_null", ("word",))]
    broken = {**gx.suite("frame", asked), "expectations": gx.suite("frame", asked)["expectations"][1:]}
    monkeypatch.setattr(gx, "suite", lambda *_: broken)
    with pytest.raises(Fault, match="rule too_few"):
        hold_gx({"frame": pl.DataFrame({"word": ["x"]})}, asked)


@pytest.mark.parametrize(
    ("info", "has"),
    [
        ({}, False),
        (None, False),
        ({"raised_exception": False, "exception_message": None}, False),
        ({"raised_exception": True, "exception_message": "…"}, True),
        ({"a metric": {"raised_exception": True}, "another": {"raised_exception": False}}, True),
        ({"a metric": {"raised_exception": False}}, False),
    ],
)
def test_what_it_raised_is_seen_in_either_shape(info, has):
    assert gx._has_raised(info) == has


def test_logging_and_warnings_are_as_they_were():
    logger = logging.getLogger("great_expectations")
    before = (logger.propagate, list(logger.handlers), list(warnings.filters))
    hold_gx({"frame": pl.DataFrame({"word": ["x"]})}, [Rule("rule", "frame", "not_null", ("word",))])
    assert (logger.propagate, list(logger.handlers), list(warnings.filters)) == before


ALONE = """
import gc, json, os
import polars as pl
from sigpanel.contracts.gx import hold_gx
from sigpanel.contracts.rules import Rule
[outcome] = hold_gx({"frame": pl.DataFrame({"word": ["x", None]})}, [Rule("rule", "frame", "not_null", ("word",))])
import pandas
gc.collect()
left = sum(isinstance(each, pandas.DataFrame) for each in gc.get_objects())
print(json.dumps({"failing": outcome.n_failing, "left": left}))
"""


def test_it_writes_nothing_and_keeps_no_frame(python, tmp_path):
    home = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    ran = python("-c", ALONE, env={**os.environ, **home}, cwd=tmp_path)
    assert ran.stderr == ""
    assert json.loads(ran.stdout) == {"failing": 1, "left": 0}
    assert list(tmp_path.rglob("*")) == []
