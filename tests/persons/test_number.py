"""A person's episodes in order, the gaps between them, and what came after what."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.persons import resolve
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms


def numbered(table: str) -> dict[str, tuple]:
    """Of each episode: its number, the one before, the gap, and whether it is a transfer or a re-enrolment."""
    made = resolve(episodes(table), pseudonyms=pseudonyms).episodes
    columns = ("episode_no", "previous_episode_id", "gap_days", "is_transfer", "is_reenrolment")
    return {name: tuple(rest) for name, *rest in made.select("episode_id", *columns).iter_rows()}


FIRST = (1, None, None, False, False)


def test_a_single_episode_is_the_first_and_comes_after_nothing():
    assert numbered("name\na") == {"a": FIRST}


def test_episodes_are_numbered_by_enrolment_whatever_order_they_came_in():
    table = """
        name enrolled   discharged
        c    2024-02-01 2024-11-30
        a    2022-02-01 2022-11-30
        b    2023-02-01 2023-11-30
    """
    assert numbered(table) == {
        "a": FIRST,
        "b": (2, "a", 63, False, True),
        "c": (3, "b", 63, False, True),
    }


@pytest.mark.parametrize(("discharged", "first"), [("2022-06-15", 2023), ("2023-06-15", 2022), ("-", 2022)])
def test_an_episode_without_an_enrolment_date_stands_where_it_had_begun_for_sure(discharged, first):
    table = episodes(f"""
        name enrolled   discharged
        a    2021-02-01 2021-11-30
        b    2024-06-25 2024-11-30
        c    -          {discharged}
    """).with_columns(
        first_reported_year=pl.when(episode_id="c").then(first).otherwise("first_reported_year").cast(pl.Int16)
    )
    made = resolve(table, pseudonyms=pseudonyms).episodes
    told = {name: tuple(rest) for name, *rest in made.select("episode_id", "episode_no", "is_reenrolment").iter_rows()}
    assert told == {"a": (1, False), "c": (2, True), "b": (3, True)}


def test_each_person_is_numbered_for_itself():
    table = """
        name code
        a    AP0712
        b    KB0712
        c    AP0712
    """
    assert {name: found[0] for name, found in numbered(table).items()} == {"a": 1, "b": 1, "c": 2}


@pytest.mark.parametrize(
    ("district", "enrolled", "gap", "is_transfer"),
    [
        ("skarpnack", "2022-11-30", 0, True),
        ("skarpnack", "2022-12-14", 14, True),
        ("skarpnack", "2022-12-15", 15, False),
        ("skarpnack", "2022-11-16", -14, True),
        ("farsta", "2022-11-30", 0, False),
    ],
)
def test_a_move_without_a_break_is_a_transfer_and_all_else_a_re_enrolment(district, enrolled, gap, is_transfer):
    table = f"""
        name district  enrolled   discharged
        a    farsta    2022-02-01 2022-11-30
        b    {district} {enrolled} 2023-06-30
    """
    assert numbered(table)["b"] == (2, "a", gap, is_transfer, not is_transfer)


def test_a_stay_that_overlaps_another_is_neither_transfer_nor_re_enrolment():
    table = """
        name district  enrolled   discharged
        a    farsta    2022-02-01 2022-11-30
        b    skarpnack 2022-11-15 2023-06-30
    """
    assert numbered(table)["b"] == (2, "a", -15, False, False)
    assert resolve(episodes(table), pseudonyms=pseudonyms).links["kind"].to_list() == ["transfer"]


@pytest.mark.parametrize(
    ("programme", "district", "enrolled", "discharged", "is_renewal"),
    [
        ("unga", "farsta", "2022-11-30", "2022-11-30", True),
        ("unga", "farsta", "2022-12-14", "2022-11-30", True),
        ("unga", "farsta", "2022-12-15", "2022-11-30", False),
        ("vuxna", "farsta", "2022-11-30", "2022-11-30", False),
        ("unga", "skarpnack", "2022-11-30", "2022-11-30", False),
        ("unga", "skarpnack", "2023-11-30", "2022-11-30", False),
        ("unga", "farsta", "2023-02-01", "-", None),
    ],
)
def test_a_decision_renewed_within_two_weeks_where_it_was_is_marked(
    programme, district, enrolled, discharged, is_renewal
):
    table = f"""
        name programme   district   enrolled   discharged
        a    unga        farsta     2022-02-01 {discharged}
        b    {programme} {district} {enrolled} 2024-06-30
    """
    made = resolve(episodes(table), pseudonyms=pseudonyms).episodes.sort("episode_no")
    assert made["is_renewal"].to_list() == [False, is_renewal]


def test_a_change_of_label_is_no_move():
    """Districts come in today's frame, in which Rinkeby-Kista has been Järva all along."""
    table = """
        name district enrolled   discharged
        a    jarva    2022-02-01 2023-06-30
        b    jarva    2023-07-01 2023-11-30
    """
    assert numbered(table)["b"] == (2, "a", 1, False, True)


def test_from_unga_to_vuxna_in_one_district_is_a_re_enrolment():
    table = """
        name programme enrolled   discharged
        a    unga      2022-02-01 2022-11-30
        b    vuxna     2022-11-30 2023-06-30
    """
    assert numbered(table)["b"] == (2, "a", 0, False, True)


def test_from_unga_to_vuxna_in_another_district_without_a_break_is_a_transfer():
    table = """
        name programme district  enrolled   discharged
        a    unga      farsta    2022-02-01 2022-11-30
        b    vuxna     skarpnack 2022-11-30 2023-06-30
    """
    assert numbered(table)["b"] == (2, "a", 0, True, False)


def test_after_an_open_episode_the_gap_is_not_known_and_nothing_says_transfer():
    table = """
        name district  enrolled   discharged
        a    farsta    2022-02-01 -
        b    skarpnack 2023-01-05 2023-06-30
    """
    assert numbered(table)["b"] == (2, "a", None, False, True)


def test_an_episode_without_a_readable_date_comes_last_and_its_gap_is_not_known():
    table = """
        name enrolled   discharged
        a    -          -
        b    2022-02-01 2022-11-30
    """
    assert numbered(table) == {"b": FIRST, "a": (2, "b", None, False, True)}


def test_of_two_from_one_day_the_one_that_ends_first_comes_first():
    table = """
        name district  enrolled   discharged
        a    farsta    2022-02-01 -
        b    skarpnack 2022-02-01 2022-06-30
        c    skarholmen 2022-02-01 2022-02-01
    """
    assert {name: found[0] for name, found in numbered(table).items()} == {"c": 1, "b": 2, "a": 3}


def test_a_person_is_what_its_episodes_last_say():
    table = """
        name code   sex  age enrolled   discharged
        a    AP0712 male 15  2022-02-01 2022-11-30
        b    AP0712 -    -   2023-02-01 2023-11-30
        c    KB0712 -    -   -          2024-06-30
    """
    persons = resolve(episodes(table), pseudonyms=pseudonyms).persons
    columns = ("sex", "birth_year", "n_episodes", "first_enrolled_on", "observed_until", "in_cohort")
    day = dt.date
    assert set(persons.select(columns).iter_rows()) == {
        ("male", 2007, 2, day(2022, 2, 1), day(2023, 11, 30), False),
        (None, None, 1, None, day(2024, 6, 30), False),
    }
    assert persons["person_no"].to_list() == [1, 2]
    assert persons["person_id"].is_sorted()


def test_a_person_is_observed_as_long_as_a_return_would_have_been_seen():
    table = """
        name district  enrolled   discharged watched
        a    farsta    2022-02-01 2022-11-30 2025-12-31
        b    skarpnack 2023-02-01 2023-11-30 2024-12-31
    """
    persons = resolve(episodes(table), pseudonyms=pseudonyms).persons
    assert persons["observed_until"].to_list() == [dt.date(2025, 12, 31)]


def test_the_episode_before_is_the_one_that_lasted_longest_and_not_one_that_lies_within_it():
    table = """
        name district   enrolled   discharged
        a    farsta     2022-02-01 2022-12-01
        b    skarpnack  2022-06-01 2022-07-31
        c    {district} {enrolled} 2023-06-30
    """

    def third(district: str, enrolled: str) -> tuple:
        made = resolve(episodes(table.format(district=district, enrolled=enrolled)), pseudonyms=pseudonyms)
        of = ("previous_episode_id", "gap_days", "is_transfer", "is_reenrolment", "is_renewal")
        return made.episodes.filter(episode_id="c").select(of).row(0)

    assert third("jarva", "2022-12-01") == ("a", 0, True, False, False)
    assert third("jarva", "2022-09-01") == ("a", -91, False, False, False)
    assert third("farsta", "2022-12-02") == ("a", 1, False, True, True)
    assert third("jarva", "2023-02-01") == ("a", 62, False, True, False)


def test_how_likely_a_link_is_right_is_told_of_its_class_alone():
    """Rare and common initials are told alike; and nothing where the class has too few pairs to hide in."""
    lines = ["name code enrolled discharged age"]
    for at, initials in enumerate(["AA", "QX", *(f"{one}{other}" for one in "BDEFG" for other in "LM")]):
        code = f"{initials}07{at + 10}"
        lines += [f"x{at} {code} 2022-02-01 2022-06-01 -", f"y{at} {code} 2024-02-01 2024-06-01 -"]
    links = resolve(episodes("\n".join(lines)), pseudonyms=pseudonyms).links.filter(decision="linked")
    assert links.height == 12
    assert links.group_by("class").agg(pl.col("score").n_unique())["score"].to_list() == [1] * links["class"].n_unique()
    assert links["score"].drop_nulls().is_in([step / 20 for step in range(21)]).all()


def test_the_links_are_a_persons_episodes_in_sequence():
    table = """
        name district  enrolled   discharged
        a    farsta    2022-02-01 2022-11-30
        b    skarpnack 2022-11-30 2023-06-30
        c    skarpnack 2024-02-01 2024-06-30
    """
    links = resolve(episodes(table), pseudonyms=pseudonyms).links
    told = links.select("episode_a", "episode_b", "kind", "rule", "class", "score", "decision", "decided_by")
    assert list(told.iter_rows()) == [
        ("a", "b", "transfer", "same_code", "exact", None, "linked", "rule"),
        ("b", "c", "reenrolment", "same_code", "exact", None, "linked", "rule"),
    ]


def test_no_episode_at_all():
    made = resolve(episodes([]), pseudonyms=pseudonyms)
    assert (made.episodes.height, made.persons.height, made.links.height) == (0, 0, 0)
