"""Which episodes are one person's, and the name of what keeps others apart."""

import time
from pathlib import Path

import polars as pl
import pytest

from sigpanel.persons import resolve
from tests.support.episodes import apart, episodes, partition, persons, reviewed
from tests.support.reports import pseudonyms

ROOT = Path(__file__).resolve().parents[2]

# --- what is one person ---

ONE_PERSON = {
    "the same code, and nothing against it": """
        name
        a
        b
        c
    """,
    "a slip in a last report, where the report before had the code": """
        name code
        a    AP0712
        b    AP0712/AP0713
    """,
    "one code leading to the next": """
        name code
        a    AP0712
        b    AP0712/AP0713
        c    AP0713
    """,
    "one sex missing": """
        name sex
        a    male
        b    -
    """,
    "the age missing, so that neither the year nor the month of birth is known": """
        name age
        a    15
        b    -
    """,
    "an age that contradicts the code": """
        name age
        a    15
        b    25
    """,
    "another district": """
        name district
        a    farsta
        b    skarpnack
    """,
    "two districts at once: a move that was not told": """
        name district  enrolled   discharged
        a    farsta    2022-02-01 2022-11-30
        b    skarpnack 2022-06-01 2022-12-31
    """,
    "discharged and enrolled on one day": """
        name enrolled   discharged
        a    2022-02-01 2022-06-01
        b    2022-06-01 2022-11-30
    """,
    "enrolled and discharged on one day, at the end of the episode before": """
        name enrolled   discharged
        a    2022-02-01 2022-06-01
        b    2022-06-01 2022-06-01
    """,
    "from unga to vuxna": """
        name programme enrolled   discharged
        a    unga      2022-02-01 2022-06-01
        b    vuxna     2022-06-01 2022-11-30
    """,
    "an open episode does not forbid a later return": """
        name enrolled   discharged last
        a    2022-02-01 -          2022
        b    2023-03-01 2023-11-30 2023
    """,
    "a coordination number twice": """
        name code
        a    AP0772
        b    AP0772
    """,
    "dates of which one is missing": """
        name enrolled   discharged
        a    2022-02-01 2022-11-30
        b    -          2022-11-30
    """,
}


@pytest.mark.parametrize("sentence", ONE_PERSON)
def test_one_person(sentence):
    assert persons(ONE_PERSON[sentence]) == {" ".join(episodes(ONE_PERSON[sentence])["episode_id"])}
    assert apart(ONE_PERSON[sentence]) == set()


def test_where_silence_means_that_it_goes_on_an_open_episode_does_not_forbid_a_return_either():
    """It is watched as long as its district reports, but what is known of it ends with its last report."""
    table = episodes("""
        name enrolled   discharged last
        a    2022-02-01 -          2022
        b    2024-03-01 2024-11-30 2024
    """)
    watched_on = table.with_columns(pl.lit("2025-12-31").str.to_date().alias("observed_until"))
    assert partition(resolve(watched_on, pseudonyms=pseudonyms)) == {"a b"}


# --- what contradicts, by name ---

APART = {
    "sex_differs": """
        name sex
        a    male
        b    female
    """,
    "birth_year_differs": """
        name born
        a    1907
        b    2007
    """,
    "months_do_not_meet": """
        name age enrolled   discharged
        a    15  2022-03-15 2022-11-30
        b    15  2023-03-15 2023-11-30
    """,
    "overlap_in_district": """
        name enrolled   discharged
        a    2022-02-01 2022-06-02
        b    2022-06-01 2022-11-30
    """,
}


@pytest.mark.parametrize("rule", APART)
def test_a_contradiction_keeps_two_episodes_of_one_code_apart(rule):
    assert persons(APART[rule]) == {"a", "b"}
    assert apart(APART[rule]) == {("a", "b", rule)}


def test_an_overlap_is_one_too_when_the_first_is_open_and_was_reported_meanwhile():
    table = """
        name enrolled   discharged last
        a    2022-02-01 -          2023
        b    2023-03-01 2023-11-30 2023
    """
    assert apart(table) == {("a", "b", "overlap_in_district")}


def test_two_episodes_from_the_same_day_overlap():
    table = """
        name enrolled   discharged
        a    2022-02-01 2022-06-01
        b    2022-02-01 2022-03-01
    """
    assert persons(table) == {"a", "b"}
    assert {rule for _, _, rule in apart(table)} == {"overlap_in_district"}


def test_the_end_of_a_closed_episode_that_nobody_knows_speaks_against_no_return():
    table = """
        name enrolled   discharged status
        a    2022-03-01 -          {status}
        b    2022-10-01 2022-12-01 closed
    """
    assert persons(table.format(status="closed")) == {"a b"}
    assert persons(table.format(status="ongoing")) == {"a", "b"}


def test_a_closed_episode_without_an_end_still_began_within_another():
    table = """
        name enrolled   discharged status
        a    2022-03-01 2022-12-01 closed
        b    2022-10-01 -          closed
    """
    assert persons(table) == {"a", "b"}


def test_dates_in_the_wrong_order_are_a_point_and_no_overlap():
    table = """
        name enrolled   discharged
        a    2022-02-01 2022-06-01
        b    2022-06-01 2022-03-01
    """
    assert persons(table) == {"a b"}


def test_districts_that_are_not_known_are_not_the_same_district():
    table = episodes("""
        name enrolled   discharged
        a    2022-02-01 2022-06-02
        b    2022-06-01 2022-11-30
    """).with_columns(pl.lit(None, pl.String).alias("district"))
    assert partition(resolve(table, pseudonyms=pseudonyms)) == {"a b"}


def test_the_first_of_several_contradictions_is_named():
    table = """
        name sex    enrolled   discharged
        a    male   2022-02-01 2022-06-02
        b    female 2022-06-01 2022-11-30
    """
    assert apart(table) == {("a", "b", "sex_differs")}


def test_another_code_is_another_person_and_no_pair_is_considered():
    table = """
        name code
        a    AP0712
        b    BL0713
    """
    assert persons(table) == {"a", "b"}
    assert apart(table) == set()


def test_an_episode_is_held_against_all_of_a_person():
    """The girl of another district fits the first nearly as well; once the boy of its own is in, she does not."""
    table = """
        name sex    district
        a    -      farsta
        b    male   farsta
        c    female skarpnack
    """
    assert persons(table) == {"a b", "c"}
    # Nothing speaks against a and c themselves: it is b that does.
    assert apart(table) == {("a", "c", "another_episode"), ("b", "c", "sex_differs")}


def test_what_fits_two_persons_as_well_is_nobody_s_until_somebody_looks():
    table = """
        name sex
        a    male
        b    female
        c    female
        d    -
    """
    assert persons(table) == {"a", "b c", "d"}
    assert reviewed(table) == {
        # Of the two girls the later one fits better: a surname has had less time to change.
        ("a", "d", "c"),
        ("b", "d", "a"),
        ("c", "d", "a"),
        ("a", "b", None),
        ("a", "c", None),
    }


def test_three_boys_of_one_code_at_once_are_three_persons():
    table = """
        name enrolled   discharged
        a    2022-02-01 2022-11-30
        b    2022-02-02 2022-11-30
        c    2022-02-03 2022-11-30
    """
    assert persons(table) == {"a", "b", "c"}
    assert {pair[:2] for pair in apart(table)} == {("a", "b"), ("a", "c"), ("b", "c")}


def test_two_without_a_code_are_two_persons_in_every_way():
    table = """
        name code
        a    -
        b    -
    """
    for of in ("person_id", "person_id_strict", "person_id_wide"):
        assert persons(table, of) == {"a", "b"}


# --- strict and wide ---

SEVERAL = """
    name sex    age
    a    male   15
    b    -      16
    c    female 17
    d    male   -
    e    male   19
    f    male   20
"""


ALL_BUT_CERTAIN = """
    name sex    age
    a    male   15
    b    -      16
    c    male   -
    d    male   18
    e    male   19
"""


def test_strict_leaves_out_what_nothing_could_have_contradicted():
    assert persons(ALL_BUT_CERTAIN) == {"a b c d e"}
    assert persons(ALL_BUT_CERTAIN, "person_id_strict") == {"a d e", "b", "c"}


def test_wide_forgives_every_contradiction():
    assert persons(SEVERAL, "person_id_wide") == {"a b c d e f"}


def test_the_three_ids_agree_where_the_founder_is_the_same():
    ids = resolve(episodes(ALL_BUT_CERTAIN), pseudonyms=pseudonyms).episodes.row(
        by_predicate=pl.col("episode_id") == "a", named=True
    )
    assert ids["person_id"] == ids["person_id_strict"] == ids["person_id_wide"]


# --- the pilot ---


def test_a_person_of_the_pilot_is_found_again_by_code_and_birth_year():
    table = """
        name  programme district code   age born enrolled   discharged
        pilot pilot     jarva    AP9312 -   1993 2014-03-01 2015-01-31
        back  vuxna     farsta   AP9312 28  -    2022-03-01 2022-11-30
    """
    made = resolve(episodes(table), pseudonyms=pseudonyms)
    assert partition(made) == {"back pilot"}
    assert made.links.select("episode_a", "episode_b", "kind", "rule", "decision").rows() == [
        ("pilot", "back", "cohort", "same_code", "linked")
    ]
    assert made.persons.select("birth_year", "n_episodes", "in_cohort").row(0) == (1993, 2, True)


def test_a_person_of_the_pilot_without_a_code_is_never_found_again():
    table = """
        name  programme code   age born
        pilot pilot     -      -   1993
        other vuxna     AP9312 29  -
    """
    assert persons(table) == {"pilot", "other"}


def test_a_person_of_the_pilot_of_another_birth_year_is_another():
    table = """
        name  programme age born
        pilot pilot     -   1993
        other vuxna     16  -
    """
    assert persons(table) == {"pilot", "other"}
    assert apart(table) == {("pilot", "other", "birth_year_differs")}


# --- what is remembered ---


def released(*tables: str) -> list[dict[str, str]]:
    """The person of each episode, in several releases in a row."""
    remembered, given, founded = None, [], {}
    for ordinal, table in enumerate(tables, start=1):
        made = resolve(episodes(table), pseudonyms=pseudonyms, remembered=remembered)
        given.append(dict(made.episodes.select("episode_id", "person_id").iter_rows()))
        founded = {**dict.fromkeys(given[-1], ordinal), **founded}
        remembered = made.episodes.select(
            "episode_id",
            "person_id",
            pl.col("episode_id").replace_strict(founded, return_dtype=pl.Int32).alias("founded_in"),
        )
    return given


def test_an_earlier_episode_that_comes_late_does_not_take_the_person_over():
    later = """
        name enrolled   discharged
        b    2023-02-01 2023-11-30
    """
    both = """
        name enrolled   discharged
        b    2023-02-01 2023-11-30
        a    2022-02-01 2022-11-30
    """
    first, then = released(later, both)
    assert then == {"a": first["b"], "b": first["b"]}


def test_an_episode_keeps_its_person_when_another_would_fit_too():
    """Once the first one's sex is put right, nothing tells which of two boys the third is; he stays where he was."""
    before = """
        name sex    enrolled   discharged
        a    female 2022-02-01 2022-11-30
        b    male   2022-03-01 2022-11-30
        c    male   2023-02-01 2023-11-30
    """
    first, then = released(before, before.replace("female", "male  "))
    assert first["c"] == first["b"] != first["a"]
    assert then == first


def test_a_person_who_falls_apart_leaves_the_id_with_the_founder():
    before = """
        name sex
        a    male
        b    male
        c    male
    """
    after = """
        name sex
        a    female
        b    male
        c    male
    """
    first, then = released(before, after)
    assert then["a"] == first["a"]
    assert then["b"] == then["c"] != first["a"]


def test_two_persons_who_turn_out_to_be_one_have_the_id_of_the_first():
    before = """
        name sex
        a    male
        b    female
    """
    first, then, again = released(before, before.replace("female", "male  "), before.replace("female", "male  "))
    assert then == again == {"a": first["a"], "b": first["a"]}


# --- size ---


@pytest.mark.parametrize("n", [50, 60, 400])
def test_a_code_that_dozens_share_in_many_years_is_gone_through_in_no_time(n):
    """What an office types for whom it does not name: at the limit all pairs are looked at, above it the next ones."""
    rows = [
        {"name": f"{at:03d}", "enrolled": f"20{10 + at % 12}-0{at % 9 + 1}-11", "discharged": f"20{11 + at % 12}-01-01",
         "age": f"{3 + at % 12}", "district": ["farsta", "skarpnack", "jarva"][at % 3]}
        for at in range(n)
    ]  # fmt: skip
    before = time.process_time()
    resolve(episodes(rows), pseudonyms=pseudonyms)
    # Some tenths of a second; two minutes before, so a limit by the clock is no matter of luck.
    assert time.process_time() - before < 10


def test_a_code_that_thousands_share_is_still_comfortable():
    """A made-up code in place of a true one: nobody is merged wrongly by it, and the pairs reported stay few."""
    rows = [
        {"name": f"{place:04d}", "enrolled": "2022-02-01", "discharged": "2022-11-30", "age": "15"}
        for place in range(2000)
    ]
    made = resolve(episodes(rows), pseudonyms=pseudonyms)
    assert made.persons.height == len(rows)
    assert made.links.height <= 20 * len(rows)
    assert set(made.links["episode_a"]) | set(made.links["episode_b"]) == {row["name"] for row in rows}


PANEL = """
import hashlib, random
from sigpanel.persons import resolve
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms
rng = random.Random(1)
rows = []
for at in range(400):
    code = f"{rng.choice('AABCK')}{rng.choice('AABLS')}0{rng.randrange(6, 9)}{rng.randrange(10, 28)}"
    year, month = rng.randrange(2020, 2026), rng.randrange(1, 10)
    rows.append({"name": f"e{at}", "code": code, "enrolled": f"{year}-0{month}-11", "discharged": f"{year}-12-01",
                 "age": str(year - 2007), "district": rng.choice(["farsta", "skarpnack", "jarva"])})
pairs = resolve(episodes(rows), pseudonyms=pseudonyms).pairs
print(hashlib.sha256(pairs.write_csv().encode()).hexdigest())
"""


def test_the_last_digit_of_a_weight_does_not_depend_on_the_number_of_threads(python):
    told = {
        threads: python("-c", PANEL, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": threads}).stdout
        for threads in ("1", "2", "4")
    }
    assert len(told["1"].strip()) == 64
    assert len(set(told.values())) == 1
