"""The polars engine: which rows break a rule of each kind, and what is told of them."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.contracts.gate import hold
from sigpanel.contracts.keys import NOT_SHOWN, keys_of
from sigpanel.contracts.rules import Rule, When, rules
from sigpanel.contracts.tables import names, table
from sigpanel.contracts.views import frames_of
from sigpanel.forms import variables
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
        (("matches", "word", {"pattern": "[xy]"}), (4, 1)),
        (("matches", "word", {"pattern": "[a-z]{2}"}), (4, 3)),
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
    ids = [f"e{letter * 26}" for letter in "abcd"]
    frame = FRAME.with_columns(pl.Series("some_id", ids)).drop("id")
    [found] = hold({"frame": frame}, [Rule("rule", "frame", "in_set", ("word",), {"values": ("x",)})])
    assert found.keys == ((ids[1],), (ids[3],))
    assert not found.is_kept


def test_what_stands_where_a_key_should_and_is_none_is_not_shown():
    strayed = ["AP4701", "kanarie", f"e{'a' * 25}1", f"e{'a' * 27}"]
    frame = FRAME.with_columns(pl.Series("some_id", strayed)).drop("id")
    [found] = hold({"frame": frame}, [Rule("rule", "frame", "null", ("some_id",))])
    assert found.keys == ((NOT_SHOWN,),) * 4


@pytest.mark.parametrize(
    ("part", "is_told"),
    [
        ("p" + "a2" * 13, True), ("enrolment", True), ("AP4701", False), ("", False), (None, False), (17, True),
        (199001011234, False), (-1, False), (1.0, False), (True, False), (dt.date(1990, 1, 1), False),
    ],
)  # fmt: skip
def test_of_a_key_ids_whole_numbers_of_rows_and_the_contracts_own_words_are_told(part, is_told):
    frame = pl.DataFrame({"key": [part]}, strict=False)
    assert keys_of(frame, ["key"], {"key": ("enrolment",)}) == ((part if is_told else NOT_SHOWN,),)


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


def at_first(tables: dict[str, pl.DataFrame], name: str, where: pl.Expr, **values: object) -> dict[str, pl.DataFrame]:
    """A table with other values in the first row that is such."""
    frame = tables[name]
    place = frame.with_row_index("at").filter(where).item(0, "at")
    for column, value in values.items():
        frame = changed(frame, column, value, place)
    return {name: frame}


CANARY = "KANARIE-AP4701"
STRAYED = {
    ("links", "decided_by"): "links.decided_by.in_set",
    ("ledger", "reason"): "ledger.reason.in_set",
    ("findings", "rule"): "findings.rule.in_set",
    ("findings", "cell"): "findings.cell.matches",
    ("findings", "question"): "findings.question.matches",
    ("answers", "cell"): "answers.cell.matches",
    ("submissions", "edition"): "submissions.edition.in_set",
    ("availability", "edition"): "availability.edition.in_set",
    ("persons", "person_id"): "persons.person_id.matches",
    ("cohort", "cohort_id"): "cohort.cohort_id.matches",
    ("submissions", "submission_id"): "submissions.submission_id.matches",
    ("episodes", "person_id_wide"): "episodes.person_id_wide.matches",
}


@pytest.mark.parametrize("place", STRAYED, ids=".".join)
def test_a_code_that_strays_into_a_column_of_text_is_seen_and_told_by_no_key(tables, place):
    name, column = place
    found = hold(frames_of({**tables, name: changed(tables[name], column, CANARY)}), rules())
    assert STRAYED[place] in {one.rule.id for one in found if not one.is_kept}
    assert "AP4701" not in repr(found)


def test_a_code_that_is_written_like_a_cell_is_no_cell_of_its_row(tables):
    planted = at_first(tables, "answers", pl.col("cell").is_not_null(), cell="AP4701")
    assert failing({**tables, **planted})["answers.row_of_cell"] == 1


def test_every_text_of_a_release_has_words_a_shape_or_names_what_the_contracts_know():
    for name in names():
        for column in table(name).given(variables()).columns:
            is_told = column.values is not None or column.pattern is not None or column.known is not None
            assert column.type != "string" or is_told, f"{name}.{column.name}"


_LATER = pl.col("previous_episode_id").is_not_null()
OF_DATES_AND_PERSONS = {
    "a wave of another person": (
        lambda tables: at_first(tables, "waves", pl.lit(value=True), person_id=tables["persons"].item(-1, 0)),
        {"waves.person_of_episode"},
    ),
    "a wave of another number": (
        lambda tables: at_first(tables, "waves", pl.lit(value=True), episode_no=9), {"waves.number_of_episode"},
    ),
    "a wave of another day": (
        lambda tables: at_first(tables, "waves", pl.lit(value=True), observed_on=dt.date(2001, 1, 1)),
        {"waves.day_of_episode"},
    ),
    "a wave without its day": (
        lambda tables: at_first(tables, "waves", pl.col("observed_on").is_not_null(), observed_on=None),
        {"waves.day_of_episode"},
    ),
    "an episode that begins before the one before it": (
        lambda tables: at_first(tables, "episodes", _LATER, enrolled_on=dt.date(2001, 1, 1)),
        {"episodes.begun_in_order"},
    ),
    "an episode that begins while the one before lasts": (
        lambda tables: at_first(
            tables, "episodes", (pl.col("episode_no") == 1) & pl.col("discharged_on").is_not_null()
            & (pl.col("episode_no").max().over("person_id") > 1), discharged_on=dt.date(2099, 1, 1),
        ),
        {"episodes.one_at_a_time"},
    ),
    "an episode that is the one before itself": (
        lambda tables: at_first(
            tables, "episodes", _LATER, previous_episode_id=tables["episodes"].filter(_LATER).item(0, "episode_id")
        ),
        {"episodes.previous_is_earlier"},
    ),
    "an episode without the one before it": (
        lambda tables: at_first(tables, "episodes", _LATER, previous_episode_id=None),
        {"episodes.previous_of_all_but_the_first"},
    ),
    "other days than dates give": (
        lambda tables: at_first(tables, "episodes", pl.col("days").is_not_null(), days=99999),
        {"episodes.days_of_dates"},
    ),
    "no days where dates give some": (
        lambda tables: at_first(tables, "episodes", pl.col("days").is_not_null(), days=None),
        {"episodes.days_of_dates"},
    ),
    "another gap than dates give": (
        lambda tables: at_first(tables, "episodes", _LATER, gap_days=99999), {"episodes.gap_of_dates"},
    ),
    "a gap of the first episode": (
        lambda tables: at_first(tables, "episodes", ~_LATER, gap_days=1), {"episodes.gap_after_something"},
    ),
    "an ended episode without its day": (
        lambda tables: at_first(tables, "episodes", pl.col("discharged_on").is_not_null(), discharged_on=None),
        {"episodes.closed_is_discharged"},
    ),
    "a first enrolment that is not told": (
        lambda tables: at_first(tables, "persons", pl.col("first_enrolled_on").is_not_null(), first_enrolled_on=None),
        {"persons.first_enrolment"},
    ),
    "a link of two persons": (
        lambda tables: at_first(tables, "links", pl.col("decision") == "linked", decision="rejected"),
        {"links.persons_as_decided"},
    ),
    "a person of 2013–2016 whose episode is another's": (
        lambda tables: at_first(
            tables, "cohort", pl.lit(value=True), person_id=tables["persons"].filter(~pl.col("in_cohort")).item(0, 0)
        ),
        {"cohort.person_of_episode"},
    ),
    "fewer unobserved years than none": (
        lambda tables: at_first(tables, "cohort", pl.lit(value=True), n_unobserved_years=-1),
        {"cohort.years_unobserved"},
    ),
    "rows in another order": (
        lambda tables: {"persons": tables["persons"].reverse()}, {"persons.in_order"},
    ),
    "words in another order than their vocabulary's": (
        lambda tables: {"answers": tables["answers"].sort("person_id", "episode_id", "moment", "variable")},
        {"answers.in_order"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_DATES_AND_PERSONS)
def test_what_does_not_follow_from_dates_and_persons_is_seen(tables, name):
    plant, expected = OF_DATES_AND_PERSONS[name]
    before = failing(tables)
    fired = {rule for rule, n in failing({**tables, **plant(tables)}).items() if n > before.get(rule, 0)}
    assert expected <= fired


PLANTED = {
    "a row of the ledger that is lost": (
        lambda tables: {"ledger": tables["ledger"].sort(pl.col("fate") != "not_a_person").slice(1)},
        {"submissions.every_row_has_a_fate", "ledger.in_order"},
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
        {"answers.no_value_with_a_reason", "waves.value_of_answers", "answers.in_order"},
    ),
    "a code that no edition has": (
        lambda tables: {"waves": changed(tables["waves"].sort("stable_housing", nulls_last=True), "stable_housing", 7)},
        {"waves.stable_housing.answers", "waves.value_of_answers", "waves.in_order"},
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
