"""Who is agreed on comes out of merging as one person anyway: the loop is spared, and nothing else changes."""

import datetime as dt
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.persons.against import by_place
from sigpanel.persons.agreed import agreed_on
from sigpanel.persons.merge import merge

ALWAYS = 0b1111_1111_1111
CERTAIN, LIKELY, UNLIKELY = 6.0, 1.0, -1.0
SCHEMA = {
    "place": pl.UInt32,
    "sex": pl.String,
    "birth_year": pl.Int16,
    "months": pl.Int32,
    "district": pl.String,
    "begins": pl.Date,
    "ends": pl.Date,
    "given": pl.String,
    "is_pilot": pl.Boolean,
    "last_person_id": pl.String,
}
PAIRS = {"place": pl.UInt32, "place_later": pl.UInt32, "score": pl.Float64}


def against(n: int, *changed: dict) -> pl.DataFrame:
    """Episodes of which nothing speaks against any other, but for what is changed of the last ones."""
    usual = [
        (
            "male",
            2007,
            ALWAYS,
            "farsta",
            dt.date(2010 + place, 1, 1),
            dt.date(2010 + place, 6, 1),
            "A",
            False,
            f"p{place}",
        )
        for place in range(n)
    ]
    rows = [dict(zip(SCHEMA, (place, *facts), strict=True)) for place, facts in enumerate(usual)]
    for row, facts in zip(reversed(rows), reversed(changed), strict=False):
        row.update(facts)
    return pl.DataFrame(rows, schema=SCHEMA)


def agreed(facts: pl.DataFrame, scores: dict[tuple[int, int], float], spoken_of=()) -> dict[str, list[list[int]]]:
    pairs = pl.DataFrame([(*pair, bits) for pair, bits in scores.items()], schema=PAIRS, orient="row")
    return agreed_on(facts, pairs, spoken_of)


def of_every_two(places: range, bits: float = LIKELY) -> dict[tuple[int, int], float]:
    return dict.fromkeys(combinations(places, 2), bits)


def test_those_of_whom_every_two_are_likely_are_agreed_on():
    assert agreed(against(3), of_every_two(range(3))) == {"strict": [], "standard": [[0, 1, 2]]}


def test_where_every_two_are_certain_so_are_all_if_each_tells_sex_and_year():
    scores = of_every_two(range(3), CERTAIN)
    assert agreed(against(3), scores)["strict"] == [[0, 1, 2]]
    assert agreed(against(3, {"sex": None}), scores) == {"strict": [], "standard": [[0, 1, 2]]}


@pytest.mark.parametrize(
    "scores",
    [
        {(0, 1): LIKELY, (1, 2): LIKELY},
        {(0, 1): LIKELY, (1, 2): LIKELY, (0, 2): UNLIKELY},
        of_every_two(range(3)) | {(2, 3): LIKELY},
        of_every_two(range(1, 4)) | {(0, 3): LIKELY},
    ],
    ids=["a chain", "two that are unlikely", "another beside the last", "another before the first"],
)
def test_of_a_chain_nobody_is(scores):
    assert agreed(against(4), scores)["standard"] == []


@pytest.mark.parametrize(
    "changed",
    [
        [{"sex": "female"}],
        [{"birth_year": 2006}],
        [{"months": 0b001}, {"months": 0b010}],
        [{"months": 0b011}, {"months": 0b110}, {"months": 0b101}],
        [{"is_pilot": True}, {"is_pilot": True}],
        [{"begins": dt.date(2011, 5, 31), "district": "jarva"}],
        [{"begins": dt.date(2011, 1, 1), "ends": dt.date(2011, 1, 1)}],
        [{"begins": None, "ends": None}],
        [{"last_person_id": "p3"}],
    ],
    ids=["sex", "year", "months", "months of all", "cohort", "overlap", "one day", "no day", "another was with them"],
)
def test_what_may_contradict_is_left_to_merging(changed):
    facts = pl.concat([against(3, *changed), against(4).tail(1)])
    assert agreed(facts, of_every_two(range(3)))["standard"] == []


def test_whom_a_decision_names_is_left_to_merging():
    scores = of_every_two(range(2)) | {(2, 3): LIKELY}
    assert agreed(against(4), scores, spoken_of={1})["standard"] == [[2, 3]]


def test_who_were_one_person_before_are_agreed_on_with_one_who_is_new():
    facts = against(3, {"last_person_id": "p0"}, {})
    assert agreed(facts, of_every_two(range(3)))["standard"] == [[0, 1, 2]]


@st.composite
def panels(draw):
    """Few episodes, most of which fit, with the scores of some pairs and decisions on others."""
    n = draw(st.integers(2, 8))
    rarely = st.integers(0, 9).map(lambda drawn: drawn == 0)
    changes = {
        "sex": st.sampled_from(["female", None]),
        "birth_year": st.sampled_from([2006, None]),
        "months": st.sampled_from([0b001, 0b011, 0b110]),
        "begins": st.just(dt.date(2011, 3, 1)),
        "is_pilot": st.just(True),
        "last_person_id": st.sampled_from(["p0", "p1"]),
        "given": st.just("B"),
    }
    changed = [{name: draw(value) for name, value in changes.items() if draw(rarely)} for _ in range(n)]
    pairs = list(combinations(range(n), 2))
    bits = st.sampled_from([CERTAIN, CERTAIN + 0.5, LIKELY, UNLIKELY, None])
    scores = {pair: drawn for pair in pairs if (drawn := draw(bits)) is not None}
    decided = {pair: draw(st.booleans()) for pair in pairs if draw(rarely) and draw(rarely)}
    return against(n, *changed), scores, decided


@given(panels())
def test_without_it_the_outcome_is_the_same(panel):
    facts, scores, decided = panel
    same, different = ({pair for pair, is_same in decided.items() if is_same == verdict} for verdict in (True, False))
    spoken_of = {place for pair in decided for place in pair}
    spared = merge(by_place(facts), scores, same, different, agreed(facts, scores, spoken_of))
    assert spared == merge(by_place(facts), scores, same, different)
