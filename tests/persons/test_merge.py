"""Which pairs become one person: best first, under constraints that have names; decisions go before all."""

import datetime as dt
from itertools import pairwise
from math import log2

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.contracts.linkage import linkage
from sigpanel.persons import resolve
from sigpanel.persons.against import Facts
from sigpanel.persons.history import decided_rows
from sigpanel.persons.merge import least_bits, merge
from tests.support.episodes import apart, episodes, partition, persons, reviewed
from tests.support.reports import pseudonyms

ALWAYS = 0b1111_1111_1111
LIKELY = 6.0


def one(place: int, **facts) -> dict:
    """What may speak against an episode of a year of its own: nothing against any other, but for what is told."""
    usual = {
        "sex": "male",
        "birth_year": 2007,
        "months": ALWAYS,
        "district": "farsta",
        "begins": dt.date(2010 + place, 1, 1),
        "ends": dt.date(2010 + place, 6, 1),
        "given": frozenset("A"),
        "is_pilot": False,
        "last_person_id": f"p{place}",
    }
    told = usual | facts
    sets = {name: frozenset([told.pop(of)]) - {None} for name, of in (("sexes", "sex"), ("birth_years", "birth_year"))}
    days = {name: told[name].toordinal() for name in ("begins", "ends")}
    return told | sets | days


def all_of(*episodes: dict) -> Facts:
    return Facts(**{name: [each[name] for each in episodes] for name in episodes[0]})


def merged(scores: dict[tuple[int, int], float], *changed: dict, **decisions) -> list[int]:
    """The first episode of each one's person."""
    n = 1 + max(max(pair) for pair in scores)
    episodes_ = [one(place, **(changed[place] if place < len(changed) else {})) for place in range(n)]
    return merge(all_of(*episodes_), scores, **decisions).persons["standard"]


# --- the situations that must come out right ---


def test_twins_enrolled_on_the_same_day_are_two_persons_even_in_doubt():
    table = """
        name code   enrolled   discharged
        a    CP0712 2022-02-01 2022-11-30
        b    KP0712 2022-02-01 2022-11-30
    """
    for of in ("person_id", "person_id_strict", "person_id_wide"):
        assert persons(table, of) == {"a", "b"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2022-11-30 -", "- closed"),
        ("2022-11-30 -", "2022-02-01 -"),
        ("- closed", "- closed"),
        ("2022-11-30 -", "2021-11-30 -"),
    ],
    ids=["one without an end", "one ended the same day", "both without an end", "one ended before it began"],
)
@pytest.mark.parametrize("code", ["CP0712", "KP0712"], ids=["one code", "twins"])
def test_two_enrolled_in_a_district_on_one_day_are_two_persons_whatever_is_told_of_their_ends(code, first, second):
    table = f"""
        name code   enrolled   discharged status
        a    CP0712 2022-02-01 {first}
        b    {code} 2022-02-01 {second}
    """
    for of in ("person_id", "person_id_strict", "person_id_wide"):
        assert persons(table, of) == {"a", "b"}


def test_a_twin_in_another_district_at_the_same_time_is_another_person():
    table = """
        name code   district  enrolled   discharged
        a    CP0712 farsta    2022-02-01 2022-11-30
        b    KP0712 skarpnack 2022-02-01 2022-11-30
    """
    assert persons(table, "person_id_wide") == {"a", "b"}
    assert apart(table) == {("a", "b", "overlaps_with_other_initial")}


def test_a_woman_whose_surname_changed_is_found():
    table = """
        name code   sex
        a    AP0712 female
        b    AP0712 female
        c    AL0712 female
    """
    assert persons(table) == {"a b c"}


def test_a_slip_in_the_year_is_found_where_the_age_tells_of_it():
    table = """
        name code   age
        a    AP0712 15
        b    AP0912 16
    """
    assert persons(table) == {"a b"}


def test_two_years_that_both_ages_bear_out_are_two_persons():
    table = """
        name code   age
        a    AP0712 15
        b    AP0912 14
    """
    assert persons(table) == {"a", "b"}


def test_two_persons_of_the_cohort_are_two_whatever_they_have_in_common():
    table = """
        name programme enrolled   discharged born
        a    pilot     2013-02-01 2013-11-30 1997
        b    pilot     2015-02-01 2015-11-30 1997
    """
    assert persons(table, "person_id_wide") == {"a", "b"}


# --- constraints, rivals, chains ---


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"sex": "female"}, "sex_differs"),
        ({"birth_year": 1907}, "birth_year_differs"),
        ({"months": 0b1}, None),
        ({"begins": dt.date(2010, 1, 1), "ends": dt.date(2010, 2, 1)}, "overlap_in_district"),
        (
            {"begins": dt.date(2010, 1, 1), "ends": dt.date(2010, 2, 1), "district": "jarva", "given": frozenset("B")},
            "overlaps_with_other_initial",
        ),
        ({"begins": dt.date(2010, 1, 1), "ends": dt.date(2010, 2, 1), "district": "jarva"}, None),
    ],
)
def test_what_forbids_has_a_name_however_likely_the_pair(changed, constraint):
    made = merge(all_of(one(0), one(1, **changed)), {(0, 1): 20.0})
    assert made.constraints.get((0, 1)) == constraint
    assert (made.persons["standard"] == [0, 0]) == (constraint is None)


def test_months_must_be_possible_for_all_episodes_together():
    """Each two of the three can be; all three cannot."""
    months = [{"months": 0b011}, {"months": 0b110}, {"months": 0b101}]
    assert merged({(0, 1): 9.0, (1, 2): 8.0, (0, 2): 7.0}, *months) == [0, 0, 2]


def test_a_chain_of_likely_pairs_is_not_followed_where_its_ends_have_nothing_in_common():
    assert merged({(0, 1): LIKELY, (1, 2): LIKELY - 2}) == [0, 0, 2]
    assert merged({(0, 1): LIKELY, (1, 2): LIKELY}) == [0, 1, 2]
    assert merged({(0, 1): LIKELY, (1, 2): LIKELY, (0, 2): 0.0}) == [0, 0, 0]


def test_of_two_rivals_the_one_that_is_twice_as_likely_is_taken_and_else_neither():
    at_once = {"begins": dt.date(2011, 1, 1), "ends": dt.date(2011, 6, 1)}
    close = {(0, 1): LIKELY, (0, 2): LIKELY - linkage().runner_up_bits}
    clear = {(0, 1): LIKELY, (0, 2): LIKELY - linkage().runner_up_bits - 0.1}
    assert merged(clear, {}, at_once, at_once) == [0, 0, 2]
    assert merged(close, {}, at_once, at_once) == [0, 1, 2]
    three = all_of(one(0), one(1, **at_once), one(2, **at_once))
    assert merge(three, close).runners_up == {(0, 1): 2, (0, 2): 1}


def test_a_rival_that_may_be_the_same_person_is_none():
    assert merged({(0, 1): LIKELY, (0, 2): LIKELY, (1, 2): LIKELY}) == [0, 0, 0]


def test_who_was_one_person_stays_so_for_less_than_a_merger_needs():
    """A probability of .4: too little for two strangers."""
    bits = log2(0.4 / 0.6)
    assert least_bits("kept") < bits < least_bits("standard")
    assert merged({(0, 1): bits}) == [0, 1]
    assert merged({(0, 1): bits}, {"last_person_id": "p"}, {"last_person_id": "p"}) == [0, 0]
    told_otherwise = {"last_person_id": "p", "sex": "female"}
    assert merged({(0, 1): bits}, {"last_person_id": "p"}, told_otherwise) == [0, 1]


def test_of_three_who_were_one_only_the_one_that_speaks_against_it_goes():
    bits = log2(0.4 / 0.6)
    was = {"last_person_id": "p"}
    scores = dict.fromkeys([(0, 1), (0, 2), (1, 2)], bits)
    assert merged(scores, was, was, was) == [0, 0, 0]
    assert merged(scores, was, was, {**was, "sex": "female"}) == [0, 0, 2]


def test_what_was_decided_does_not_weigh_against_who_else_stays():
    bits = log2(0.45 / 0.55)
    was = {"last_person_id": "p"}
    assert merged({(0, 2): bits, (1, 2): bits}, was, was, was, same=[(0, 1)]) == [0, 0, 0]


# --- decisions ---

PAIR = """
    name sex
    a    male
    b    female
"""


def decided(verdict: str, table: str = PAIR):
    frame = pl.DataFrame({"episode_a": ["b"], "episode_b": ["a"], "verdict": [verdict]})
    return resolve(episodes(table), pseudonyms=pseudonyms, decisions=frame)


def test_a_decision_goes_before_what_speaks_against_it():
    made = decided("same")
    assert partition(made) == partition(made, "person_id_strict") == {"a b"}
    assert made.pairs.select("class", "decided_by").rows() == [("decided", "person")]


def test_two_that_were_decided_to_be_two_are_two_in_every_way():
    made = decided("different", PAIR.replace("female", "male"))
    assert partition(made) == partition(made, "person_id_wide") == {"a", "b"}
    assert made.pairs.select("class", "decided_by", "constraint").rows() == [
        ("rejected", "person", "decided_different")
    ]


def test_who_does_not_know_decides_nothing():
    assert partition(decided("unknown")) == {"a", "b"}


STRANGERS = """
    name code
    a    AP0712
    b    QX9928
"""


def test_a_decision_on_two_that_no_pass_brings_up_is_told_as_a_decision():
    made = decided("same", STRANGERS)
    assert partition(made) == {"a b"}
    told = made.links.select("kind", "rule", "found_by", "class", "decision", "decided_by").rows()
    assert told == [("reenrolment", "decided", "decided", "decided", "linked", "person")]
    made = decided("different", STRANGERS)
    told = made.links.select("kind", "rule", "found_by", "class", "decision", "decided_by").rows()
    assert told == [("probable_same", "decided_different", "decided", "rejected", "rejected", "person")]


def test_what_was_decided_and_taken_back_is_as_if_it_had_never_been():
    doubtful = """
        name code   sex
        a    AP0712 male
        b    AP0713 female
    """
    table = episodes(doubtful)
    yes = pl.DataFrame({"episode_a": ["a"], "episode_b": ["b"], "verdict": ["same"]})
    first = resolve(table, pseudonyms=pseudonyms, decisions=yes)
    persons = first.episodes.select("episode_id", "person_id", pl.lit(1, pl.Int32).alias("founded_in"))
    kinds = pl.lit("facts").alias("alias_kind"), pl.col("episode_id").alias("alias")
    remembered = pl.concat(
        [persons.with_columns(kinds), persons.join(decided_rows(yes), on="episode_id")], how="diagonal"
    )
    assert partition(resolve(table, pseudonyms=pseudonyms, remembered=remembered, decisions=yes)) == {"a b"}
    assert partition(resolve(table, pseudonyms=pseudonyms, remembered=remembered)) == {"a", "b"}


def remembering(made, *decisions):
    """What the registry remembers of a release and the decisions that were in force."""
    persons = made.episodes.select("episode_id", "person_id", pl.lit(1, pl.Int32).alias("founded_in"))
    kinds = pl.lit("facts").alias("alias_kind"), pl.col("episode_id").alias("alias")
    rows = [persons.join(decided_rows(frame), on="episode_id") for frame in decisions]
    return pl.concat([persons.with_columns(kinds), *rows], how="diagonal")


# Two who came back, and whom one answer can make one.
TWO_PERSONS = """
    name code   sex    enrolled   discharged
    a    AP0712 male   2020-02-01 2020-11-30
    b    AP0712 male   2021-02-01 2021-11-30
    c    KB0720 male   2022-02-01 2022-11-30
    d    KB0720 male   2023-02-01 2023-11-30
"""
B_IS_C = pl.DataFrame({"episode_a": ["b"], "episode_b": ["c"], "verdict": ["same"]})


@pytest.mark.parametrize("then", [None, "unknown", "different"])
def test_an_answer_that_made_two_persons_one_leaves_nothing_behind_when_it_is_taken_back(then):
    table = episodes(TWO_PERSONS)
    joined = resolve(table, pseudonyms=pseudonyms, decisions=B_IS_C)
    assert partition(joined) == {"a b c d"}
    instead = None if then is None else B_IS_C.with_columns(verdict=pl.lit(then))
    back = resolve(table, pseudonyms=pseudonyms, remembered=remembering(joined, B_IS_C), decisions=instead)
    never = resolve(table, pseudonyms=pseudonyms)
    assert partition(back) == {"a b", "c d"}
    assert back.episodes.select("episode_id", "person_id").equals(never.episodes.select("episode_id", "person_id"))


def test_an_answer_that_makes_two_persons_one_takes_nothing_apart_that_was_certain():
    table = episodes(TWO_PERSONS)
    without = resolve(table, pseudonyms=pseudonyms)
    assert partition(without, "person_id_strict") == {"a b", "c d"}
    joined = resolve(table, pseudonyms=pseudonyms, decisions=B_IS_C)
    assert partition(joined, "person_id_strict") == {"a b c d"}
    told = {(a, b): kind for a, b, kind in joined.links.select("episode_a", "episode_b", "class").iter_rows()}
    assert (told["a", "b"], told["b", "c"], told["c", "d"]) == ("exact", "decided", "exact")


def test_whom_a_decision_on_others_joined_is_told_as_joined_by_decision():
    table = episodes("""
        name code   enrolled   discharged
        a    AP0712 2020-02-01 2020-11-30
        b    AP0712 2023-02-01 2023-11-30
        c    KB0720 2021-02-01 2021-11-30
    """)
    last = pl.DataFrame({"episode_a": ["a"], "episode_b": ["b"], "verdict": ["same"]})
    decided = pl.DataFrame({"episode_a": ["b"], "episode_b": ["c"], "verdict": ["same"]})
    made = resolve(table, pseudonyms=pseudonyms, decisions=pl.concat([last.clear(), decided]))
    assert partition(made) == {"a b c"}
    # In sequence a, c, b: a and c are one by way of b, of whom somebody decided.
    told = made.links.select("episode_a", "episode_b", "class", "decided_by", "decision").rows()
    assert set(told) == {
        ("a", "c", "decided", "person", "linked"),
        ("c", "b", "decided", "person", "linked"),
    }


def test_a_decided_pair_between_which_others_of_its_person_lie_has_a_row_too():
    table = episodes("""
        name code   enrolled   discharged
        a    AP0712 2020-02-01 2020-11-30
        b    AP0712 2021-02-01 2021-11-30
        c    KB0720 2022-02-01 2022-11-30
    """)
    decided = pl.DataFrame({"episode_a": ["a"], "episode_b": ["c"], "verdict": ["same"]})
    made = resolve(table, pseudonyms=pseudonyms, decisions=decided)
    told = made.links.select("episode_a", "episode_b", "kind", "rule", "class", "decided_by").rows()
    assert told == [
        ("a", "b", "reenrolment", "same_code", "exact", "rule"),
        ("a", "c", "reenrolment", "decided", "decided", "person"),
        ("b", "c", "reenrolment", "decided", "decided", "person"),
    ]


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-4, 12),
    min_size=1,
)


@given(PAIRS, st.data())
def test_decisions_are_always_honoured(scores, data):
    places = list(range(1 + max(max(pair) for pair in scores)))
    every = [(a, b) for a in places for b in places if a < b]
    colour = data.draw(st.lists(st.integers(0, 2), min_size=len(places), max_size=len(places)))
    told = data.draw(st.sets(st.sampled_from(every)))
    same = {(a, b) for a, b in told if colour[a] == colour[b]}
    different = told - same
    made = merge(all_of(*map(one, places)), scores, same, different)
    for persons_of in made.persons.values():
        assert all(persons_of[a] == persons_of[b] for a, b in same)
        assert all(persons_of[a] != persons_of[b] for a, b in different)


@given(PAIRS)
def test_strict_lies_within_standard_and_standard_within_wide_and_an_outcome_leads_to_itself(scores):
    places = range(1 + max(max(pair) for pair in scores))
    made = merge(all_of(*map(one, places)), scores)
    levels = [made.persons[level] for level in ("strict", "standard", "wide")]
    for finer, coarser in pairwise(levels):
        assert all(coarser[place] == coarser[finer[place]] for place in places)
    remembered = [one(place, last_person_id=f"p{made.persons['standard'][place]}") for place in places]
    assert merge(all_of(*remembered), scores) == made


def test_pairs_for_review_name_the_rival():
    table = """
        name district  enrolled   discharged
        a    farsta    2022-02-01 2022-11-30
        b    skarpnack 2023-02-01 2023-11-30
        c    skarpnack 2023-02-01 2023-11-30
    """
    assert reviewed(table) == {("a", "b", "c"), ("a", "c", "b")}
