"""What a district is asked: about its own rows, for what these show by themselves, and nothing of anybody else's."""

import zipfile
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.persons import resolve
from sigpanel.review import Listed, own_episodes, write_questions
from sigpanel.review.words import review_texts
from tests.privacy.scan import leaks
from tests.support.reports import pseudonyms
from tests.support.review import EPISODES, decided, decision, episodes, lines_of, listed, opened, pair, pairs, places

ALL_PAIRS = [pair(a, b) for a in EPISODES["episode_id"] for b in EPISODES["episode_id"] if a < b]
# Marks in every field of the other districts' episodes that is a text, and years and days that are nobody else's.
MARKS = ("ZQ9931", "ZZ9931", "Kanarie", "1931", "2077-07-17", "2077", "e-annan")


def asked(district: str, *rows, of: pl.DataFrame = EPISODES, at: pl.DataFrame | None = None, by=None, persons=None):
    there = places(of) if at is None else at
    own = own_episodes(of, there, district)
    # Not as the city has it.
    own = own.drop("person_id") if persons is None else own.with_columns(pl.Series("person_id", persons))
    return write_questions(district, pairs(*rows), own, there, by or decided(of=of), pseudonyms)


def written(tmp_path, made):
    path = tmp_path / "fragor.xlsx"
    path.write_bytes(made.workbook)
    return path


def test_only_pairs_of_which_both_sides_are_the_districts_own_are_asked_about():
    assert set(asked("farsta", *ALL_PAIRS).asked.select("episode_a", "episode_b").iter_rows()) == {
        ("a1", "a2"), ("a1", "b1"), ("a1", "b2"), ("a2", "b1"), ("a2", "b2"), ("b1", "b2"),
    }  # fmt: skip
    assert asked("jarva", *ALL_PAIRS).asked.is_empty()


def test_a_row_that_another_districts_workbook_has_is_not_the_districts_own():
    stray = places().with_columns(
        pl.when(pl.col("episode_id") == "a2").then(pl.lit("jarva")).otherwise("district").alias("district")
    )
    assert own_episodes(EPISODES, stray, "farsta")["episode_id"].to_list() == ["a1", "b1", "b2"]
    both = pl.concat([places(), stray.filter(episode_id="a2")])
    assert "a2" not in own_episodes(EPISODES, both, "farsta")["episode_id"]


def test_an_episode_that_no_workbook_has_such_as_the_pilots_is_nobodys_to_be_asked_about():
    assert own_episodes(EPISODES, places().clear(), "farsta").is_empty()


def test_of_several_pairs_between_two_of_the_districts_own_persons_the_likeliest_is_asked_about():
    rows = [pair("a1", "b1", probability=0.3), pair("a2", "b1", probability=0.4), pair("b1", "b2", probability=0.2)]
    made = asked("farsta", *rows, persons=["P", "P", "Q", "R"])
    assert set(made.asked.select("episode_a", "episode_b").iter_rows()) == {("a2", "b1"), ("b1", "b2")}


def test_of_several_pairs_that_one_unsure_link_made_one_persons_the_likeliest_is_asked_about():
    own = own_episodes(EPISODES, places(), "farsta").with_columns(
        pl.Series("person_id", ["P", "P", "P", "R"]), pl.Series("person_id_strict", ["P", "P", "Q", "R"])
    )
    rows = [
        pair("a1", "a2", probability=0.9, **{"class": "exact"}),
        pair("a1", "b1", probability=0.8, **{"class": "probable"}),
        pair("a2", "b1", probability=0.9, **{"class": "probable"}),
    ]
    made = write_questions("farsta", pairs(*rows), own, places(), decided(), pseudonyms)
    assert set(made.asked.select("episode_a", "episode_b").iter_rows()) == {("a1", "a2"), ("a2", "b1")}


def test_a_line_of_which_both_went_on_at_once_in_the_district_says_so_in_either_list(tmp_path):
    path = tmp_path / "l.xlsx"
    path.write_bytes(asked("farsta", pair("a1", "b1"), pair("a1", "a2")).workbook)
    assert {line["enrolled"].replace("\n", " "): line["note"] for line in lines_of(path)} == {
        "2022-02-01 2022-04-01": review_texts().at_once,
        "2022-02-01 2023-03-01": None,
    }
    path.write_bytes(listed(pair("a1", "b1"), pair("a1", "c1"), pair("a1", "a2")).workbook)
    said = [line["constraint"] for line in lines_of(path)]
    assert sorted(map(str, said)) == ["None", "None", review_texts().at_once]


def test_the_first_sheet_of_either_list_says_what_to_do_of_one_and_the_same_episode(tmp_path):
    for made in (listed(pair("a1", "a2")), asked("farsta", pair("a1", "a2"))):
        first = opened(written(tmp_path, made)).worksheets[0]
        assert "en och samma insats" in " ".join(str(cell.value) for (cell,) in first.iter_rows())


def test_a_pair_that_is_sure_by_the_districts_own_rows_is_not_asked_about():
    rows = [
        pair("a1", "a2", probability=0.99, **{"class": "exact"}),
        pair("b1", "b2", probability=0.9, **{"class": "probable"}),
    ]
    assert asked("farsta", *rows).asked["episode_a"].to_list() == ["b1"]


def test_a_district_sees_neither_weights_nor_effects_nor_ids_nor_names_of_files(tmp_path):
    path = written(tmp_path, asked("farsta", *ALL_PAIRS))
    lines = lines_of(path)
    assert set(lines[0]) - {"row", "kind"} == {
        *("number", "set", "code", "sex", "age", "programme", "enrolled", "discharged", "reported", "where"),
        *("note", "verdict", "reason", "who", "date", "digest"),
    }
    assert lines[0]["where"].splitlines()[0] == "rad 9 i arbetsboken för 2022"
    unzip(path, tmp_path / "parts")
    assert leaks(tmp_path / "parts", [".xlsx", "e-annan", "jarva", "Järva", "skarpnack", "Skarpnäck"]) == []


def test_a_pair_that_own_rows_make_doubtful_is_asked_again_when_its_decision_is_suspended_and_not_while_it_holds():
    once = asked("farsta", pair("b1", "b2"))
    digest = once.asked["digest"][0]
    assert asked("farsta", pair("b1", "b2"), by=decided(decision("b1", "b2", digest=digest))).asked.is_empty()
    by = decided(decision("b1", "b2", digest="old"), decision("a1", "c1", digest="old"))
    again = asked("farsta", pair("b1", "b2"), by=by)
    assert again.asked.select("episode_a", "episode_b").rows() == [("b1", "b2")]


@pytest.mark.parametrize("rows", [[], [pair("b1", "b2", probability=0.99, **{"class": "exact"})]])
def test_a_suspended_decision_alone_asks_nothing_since_another_districts_row_may_have_brought_the_pair_up(rows):
    by = decided(decision("b1", "b2", digest="old"))
    assert asked("farsta", *rows, by=by).asked.is_empty()
    assert listed(*rows, by=by).asked.height == 1


def test_the_digest_is_the_one_of_the_data_owners_list_so_that_answers_are_taken_alike():
    assert asked("farsta", pair("b1", "b2")).asked.equals(listed(pair("b1", "b2")).asked)


def unzip(path, folder):
    with zipfile.ZipFile(path) as parts:
        parts.extractall(folder)


def marked(others: list[str]) -> pl.DataFrame:
    """The episodes, those of the other districts full of marks, and as many more as asked for."""
    is_other = pl.col("district") != "farsta"
    strange = EPISODES.with_columns(
        pl.when(is_other).then(mark).otherwise(name).alias(name)
        for name, mark in {
            "uno": pl.lit("ZQ9931"),
            "codes": pl.lit(["ZQ9931", "ZZ9931"]),
            "sex": pl.lit("Kanarie"),
            "programme": pl.lit("Kanarie"),
            "status": pl.lit("Kanarie"),
            "age": pl.lit(77, pl.Int16),
            "known_birth_year": pl.lit(1931, pl.Int16),
            "enrolled_on": pl.date(2077, 7, 17),
            "discharged_on": pl.date(2077, 7, 17),
            "first_reported_year": pl.lit(2077, pl.Int16),
            "last_reported_year": pl.lit(2077, pl.Int16),
            "person_id": pl.lit("Kanarie"),
        }.items()
    )
    more = [
        strange.filter(episode_id="c1").with_columns(
            pl.lit(f"e-annan-{no}").alias("episode_id"), pl.lit(d).alias("district")
        )
        for no, d in enumerate(others)
    ]
    return pl.concat([strange, *more])


@given(
    st.lists(st.sampled_from(["jarva", "skarpnack", "skarholmen"]), max_size=3),
    st.lists(st.sampled_from(["a1", "a2", "b1", "b2"]), min_size=1, max_size=4, unique=True),
    st.sets(st.sampled_from(list(combinations(["a1", "a2", "b1", "b2", "c1", "c2"], 2)))),
)
def test_nothing_of_another_district_is_in_a_districts_list_and_no_byte_depends_on_it(
    tmp_path_factory, others, beside, suspended
):
    of = marked(others)
    strangers = of.filter(pl.col("district") != "farsta")["episode_id"]
    across = [pair(own, other, runner_up=own) for own in beside for other in strangers]
    # By what the district's own rows give; those across are put in all the same, as if somebody had mixed them up.
    own_rows = [pair("a1", "a2"), pair("b1", "b2", rule="surname_initial_changed")]
    at = places(EPISODES).vstack(places(of.tail(len(others)))) if others else places(EPISODES)
    at = at.with_columns(
        pl.when(pl.col("district") != "farsta").then(pl.lit("2077/Kanarie.xlsx")).otherwise("file").alias("file")
    )
    # What the data owner was asked because of the others, and decided, and what was compared has changed.
    by = decided(*(decision(*both, digest="old") for both in suspended), of=of)
    made = asked("farsta", *own_rows, *across, of=of, at=at, by=by)
    folder = tmp_path_factory.mktemp("list")
    path = written(folder, made)
    unzip(path, folder / "parts")
    assert leaks(folder / "parts", MARKS) == []
    assert made.workbook == asked("farsta", *own_rows).workbook
    assert made.workbook == asked("farsta", *own_rows, of=EPISODES.filter(district="farsta")).workbook


FARSTA = """
    name district  code   enrolled   discharged age sex    person
    a    farsta    AP0712 2022-02-01 2022-11-30 15  -      A
    b    farsta    AP0712 2023-03-01 2023-11-29 -   female B
"""
NAMESAKE = "    c    skarpnack AP0712 2023-04-01 2023-11-30 16  male   C"


def test_a_namesake_elsewhere_of_whom_the_owner_decided_changes_no_byte_of_what_the_district_is_asked():
    def made(table: str, *decisions) -> Listed:
        of = episodes(table)
        own = own_episodes(of, places(of), "farsta")
        found = resolve(own.drop("person_id"), pseudonyms=pseudonyms).pairs
        return write_questions("farsta", found, own, places(of), decided(*decisions, of=of), pseudonyms)

    before = decision("a", "b", digest="of b's discharge as it was")
    assert made(FARSTA + NAMESAKE, before).workbook == made(FARSTA).workbook


def test_the_list_says_that_rows_are_chosen_by_what_is_in_them():
    assert "enbart" in review_texts().district_paragraphs[-1]


def test_the_marks_would_be_found_if_they_were_there(tmp_path):
    of = marked([]).with_columns(pl.lit("farsta").alias("district"))
    at = places(of).with_columns(pl.lit("farsta").alias("district"))
    path = written(tmp_path, asked("farsta", pair("c1", "c2"), of=of, at=at))
    unzip(path, tmp_path / "parts")
    assert {word for word, _ in leaks(tmp_path / "parts", MARKS)} >= {"ZQ9931", "ZZ9931", "2077-07-17"}


def test_a_district_that_was_merged_is_asked_under_its_name_of_today():
    of = episodes("name district code person\nx1 jarva AP0712 X\nx2 jarva AP0712 Y")
    assert asked("jarva", pair("x1", "x2"), of=of).asked.height == 1
