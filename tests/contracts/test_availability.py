"""Not collected is all or none of an edition's answers, and what the availability matrix says."""

import polars as pl
import pytest

from sigpanel.contracts.availability import matrix, violations
from sigpanel.contracts.tables import names
from sigpanel.panel import open_panel

NOT = "not_collected"
ANSWERS = pl.DataFrame(
    {
        "edition": ["a", "a", "a", "a", "b", "b", "a", "a"],
        "moment": ["enrolment"] * 6 + ["discharge"] * 2,
        "variable": ["health", "health", "peers", "peers", "health", "health", "health", "health"],
        "missing": [None, "unknown", "not_collected", "not_collected", "not_asked", "blank", "not_yet", None],
    }
)
SAID = pl.DataFrame(
    {
        "edition": ["a", "a", "b", "a"],
        "moment": ["enrolment", "enrolment", "enrolment", "discharge"],
        "variable": ["health", "peers", "health", "health"],
        "status": ["collected", "not_collected", "collected", "collected"],
    }
)


def violating(answers: pl.DataFrame, said: pl.DataFrame) -> list[tuple[str, str, str]]:
    found = violations({"answers": answers, "availability": said})
    return list(found.select("edition", "variable", "moment").iter_rows())


def with_reasons(*reasons: str | None) -> pl.DataFrame:
    return ANSWERS.with_columns(pl.Series("missing", reasons, pl.String))


def test_what_is_skipped_or_to_come_is_collected_all_the_same():
    assert violating(ANSWERS, SAID) == []


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        # From a skip: one person's question was greyed out and told as if the edition did not ask it.
        ((None, NOT, NOT, NOT, None, None, None, None), ("a", "health", "enrolment")),
        ((None, None, NOT, "blank", None, None, None, None), ("a", "peers", "enrolment")),
        ((None, None, NOT, NOT, None, None, NOT, "not_yet"), ("a", "health", "discharge")),
    ],
    ids=["of those asked one is not collected", "of those not asked one is blank", "one moment, not the other"],
)  # fmt: skip
def test_some_not_collected_and_some_not_is_a_violation_of_that_edition_and_moment(reasons, expected):
    assert violating(with_reasons(*reasons), SAID) == [expected]


def test_all_not_collected_where_the_edition_asks_is_one():
    answers = with_reasons(NOT, NOT, NOT, NOT, None, None, None, None)
    assert violating(answers, SAID) == [("a", "health", "enrolment")]


def test_none_not_collected_where_the_edition_does_not_ask_is_one():
    assert violating(with_reasons(*[None] * 8), SAID) == [("a", "peers", "enrolment")]


def test_an_edition_of_which_nothing_is_said_is_one():
    assert violating(ANSWERS, SAID.filter(pl.col("edition") != "b")) == [("b", "health", "enrolment")]
    nameless = ANSWERS.with_columns(edition=pl.when(edition="b").then(None).otherwise("edition"))
    assert violating(nameless, SAID) == [(None, "health", "enrolment")]


def test_the_matrix_tells_what_is_said_beside_what_is_found():
    rows = matrix({"answers": ANSWERS, "availability": SAID}).rows()
    assert rows == [
        ("a", "discharge", "health", "collected", 2, 0, 0),
        ("a", "enrolment", "health", "collected", 2, 0, 0),
        ("a", "enrolment", "peers", "not_collected", 2, 2, 2),
        ("b", "enrolment", "health", "collected", 2, 0, 0),
    ]


# --- on a release ---


@pytest.fixture(scope="module")
def tables(built) -> dict[str, pl.DataFrame]:
    panel = open_panel(built.panel)
    return {name: panel.table(name).collect() for name in names()}


def test_it_holds_of_a_release_in_which_editions_differ(tables):
    found = matrix(tables)
    # Both kinds are there, and skips and discharges to come too, or nothing would be shown.
    assert {"collected", "not_collected"} == {*found["status"]}
    assert {"not_asked", "not_yet"} <= {*tables["answers"]["missing"]}
    assert violations(tables).is_empty()


def test_in_a_release_one_skip_told_as_not_collected_is_seen(tables):
    answers = tables["answers"].with_row_index()
    skipped = answers.filter(pl.col("missing") == "not_asked").row(0, named=True)
    planted = answers.with_columns(
        missing=pl.when(index=skipped["index"]).then(pl.lit("not_collected")).otherwise("missing")
    )
    found = violations({**tables, "answers": planted})
    assert found.select("edition", "variable", "moment").rows() == [
        (skipped["edition"], skipped["variable"], skipped["moment"])
    ]
