"""What the report on linkage says of persons whose truth is known, and that it says the same in whatever order."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sigpanel.contracts.quality import quality_report
from sigpanel.persons import resolve
from sigpanel.persons.decoys import draw, gained
from sigpanel.persons.quality import quality, share_hidden
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms

# Of three persons, one came back.
RETURNED = """
    name code   enrolled   discharged
    a    AP0712 2022-02-01 2022-06-01
    b    AP0712 2023-02-01 2023-06-01
    c    BS0820 2022-02-01 2022-06-01
    d    CT0603 2022-02-01 2022-06-01
"""


def reported(table: str, **more) -> dict:
    told = episodes(table)
    return quality(told, resolve(told, pseudonyms=pseudonyms, **more))


def ordered(table: str) -> pl.DataFrame:
    """Episodes as decoys are drawn from."""
    resolved = resolve(episodes(table), pseudonyms=pseudonyms).episodes
    ids = resolved.select("episode_id", "person_id", "person_id_strict", "person_id_wide", "birth_year", "months")
    own = pl.col("person_id").alias("own_person_id"), pl.lit(None, pl.String).alias("known_person_id")
    return episodes(table).join(ids, on="episode_id").with_columns(own).sort("episode_id").with_row_index("place")


def crowd(n: int = 30) -> str:
    """Persons of different codes, each with two episodes, and some women."""
    letters = "ABDEFGHLMNRTU"
    lines = ["name code enrolled discharged sex"]
    for at in range(n):
        code = f"{letters[at % 13]}{letters[at // 13]}07{at % 28 + 1:02d}"
        sex = "female" if at % 3 == 0 else "male"
        lines += [f"x{at} {code} 2022-02-01 2022-06-01 {sex}", f"y{at} {code} 2023-02-01 2023-06-01 {sex}"]
    return "\n".join(lines)


# --- levels ---


def test_the_return_rate_is_told_under_each_id():
    levels = reported(RETURNED)["levels"]
    for told in levels.values():
        rate = {"persons": 3, "returned": 1, "share": 0.3333}
        assert told["return_rate"] == {**rate, "of_sig": rate}


def test_a_transfer_and_a_renewed_decision_are_no_return():
    told = reported("""
        name code   district  enrolled   discharged
        a    AP0712 farsta    2022-02-01 2022-06-01
        b    AP0712 skarpnack 2022-06-05 2022-11-01
        c    BS0820 farsta    2022-02-01 2022-06-01
        d    BS0820 farsta    2022-06-04 2022-11-01
    """)
    rate = {"persons": 2, "returned": 0, "share": 0.0}
    assert told["levels"]["standard"]["return_rate"] == {**rate, "of_sig": rate}


def test_the_return_rate_of_sig_leaves_out_whom_the_pilot_alone_knows():
    told = reported("""
        name code   programme enrolled   discharged
        a    AP0712 pilot     2014-02-01 2014-06-01
        b    BS0720 pilot     2014-02-01 2014-06-01
        c    BS0720 vuxna     2022-02-01 2022-06-01
        d    CT0703 unga      2022-02-01 2022-06-01
    """)
    rate = told["levels"]["standard"]["return_rate"]
    assert (rate["persons"], rate["returned"]) == (3, 1)
    assert rate["of_sig"] == {"persons": 2, "returned": 1, "share": 0.5}


def test_a_doubtful_pair_counts_for_the_wide_id_alone():
    levels = reported("""
        name code   sex
        a    AP0712 male
        b    AP0712 female
    """)["levels"]
    assert [levels[name]["pairs"] for name in ("strict", "standard", "wide")] == [0, 0, 1]
    assert levels["standard"]["recall"] == {"low": 0.0, "high": 0.0}
    assert levels["wide"]["implausible"]["sexes_differ"] == 1


def test_nothing_linked_has_no_precision():
    told = reported("""
        name code
        a    AP0712
        b    BS0820
    """)["levels"]["standard"]
    assert told["precision"] == {"low": None, "high": None}
    assert told["precision_by_model"] is None


def test_a_pair_that_somebody_decided_is_right_for_sure_and_shows_what_is_implausible_about_it():
    same = pl.DataFrame({"episode_a": ["a"], "episode_b": ["b"], "verdict": ["same"]})
    table = """
        name code   sex    enrolled   discharged
        a    AP0712 male   2022-02-01 2022-11-01
        b    AP0712 female 2022-03-01 2022-10-01
    """
    assert reported(table)["levels"]["standard"]["pairs"] == 0
    told = reported(table, decisions=same)["levels"]["standard"]
    assert (told["pairs"], told["precision_by_model"]) == (1, 1.0)
    assert {name: n for name, n in told["implausible"].items() if n} == {
        "sexes_differ": 1,
        "twice_in_one_district": 1,
    }


def test_a_right_answer_never_lowers_the_stated_precision():
    table = crowd(8) + "\nz1 KB0720 2024-02-01 2024-06-01 male\nz2 KB0720 2025-02-01 2025-06-01 male"
    same = pl.DataFrame({"episode_a": ["x1"], "episode_b": ["z1"], "verdict": ["same"]})
    before, after = reported(table)["levels"]["standard"], reported(table, decisions=same)["levels"]["standard"]
    # Four pairs more: the one that was decided, and three that are right as surely as x1–y1 and z1–z2 are.
    assert after["pairs"] == before["pairs"] + 4
    assert after["precision_by_model"] >= before["precision_by_model"] - 0.001
    assert after["precision"]["low"] >= before["precision"]["low"] - 0.001


def test_two_districts_at_once_are_counted_when_it_is_longer_than_a_move_takes():
    told = reported("""
        name code   district  enrolled   discharged
        a    AP0712 farsta    2022-02-01 2022-11-30
        b    AP0712 skarpnack 2022-06-01 2022-12-31
        c    BS0820 farsta    2022-02-01 2022-06-10
        d    BS0820 skarpnack 2022-06-01 2022-12-31
    """)
    assert told["levels"]["standard"]["implausible"]["two_districts_at_once"] == 1


def test_more_episodes_than_are_plausible_are_counted():
    most = quality_report().most_plausible_episodes
    lines = [f"e{at} AP0712 {2010 + at}-02-01 {2010 + at}-03-01 {2010 + at - 2007 + 10}" for at in range(most + 1)]
    told = reported("\n".join(["name code enrolled discharged age", *lines]))
    assert told["levels"]["wide"]["implausible"]["many_episodes"] == 1
    told = reported("\n".join(["name code enrolled discharged age", *lines[1:]]))
    assert told["levels"]["wide"]["implausible"]["many_episodes"] == 0


def test_an_episode_without_a_code_cannot_be_linked_even_to_itself():
    told = reported("""
        name code
        a    AP0712
        b    -
        c    -
    """)["identifiers"]
    assert told["code"] == {"n": 1, "share": 0.3333}
    assert told["linkable"] == {"n": 1, "share": 0.3333}


def test_recall_is_lower_at_worst_by_what_two_slips_at_once_hide():
    told = reported(crowd())["levels"]["standard"]
    assert told["recall"]["high"] == 1.0
    assert told["recall"]["low"] == pytest.approx(
        told["precision"]["low"] / (told["precision"]["low"] + share_hidden()), abs=0.02
    )
    assert 0.01 < share_hidden() < 0.02


# --- decoys ---


def test_a_decoy_has_the_initials_and_sex_of_one_person_and_all_else_of_another():
    table = """
        name code   sex    enrolled   district
        a    AP0712 male   2022-02-01 farsta
        b    BS0820 female 2023-05-01 skarpnack
    """
    decoys = draw(ordered(table), 100)
    assert set(decoys.select("uno", "sex", "enrolled_on", "district").cast(pl.String).iter_rows()) == {
        ("AP0820", "male", "2023-05-01", "skarpnack"),
        ("BS0712", "female", "2022-02-01", "farsta"),
    }
    assert decoys["place"].to_list() == [2, 3]
    assert decoys["codes"].to_list() == [[code] for code in decoys["uno"]]


def test_no_decoy_is_made_of_one_person_alone():
    assert draw(ordered("name code\na AP0712\nb AP0712"), 100).is_empty()


def test_a_decoy_that_looks_like_a_third_person_is_taken_in_by_that_person():
    table = """
        name code   enrolled   discharged
        a    AP0712 2022-02-01 2022-06-01
        b    AP0820 2023-02-01 2023-06-01
        c    BS0712 2024-02-01 2024-06-01
    """
    gains = gained(ordered(table), 100).filter(pl.col("standard") > 0)
    # Named like b and born like c is a; only a's own copies are barred from a.
    assert gains.select("named_by", "born_by", "standard").rows() == [(1, 2, 1)]


def test_what_a_decoy_copies_from_is_barred_from_it():
    table = """
        name code   enrolled   discharged
        a    AP0712 2022-02-01 2022-06-01
        b    AP0712 2023-02-01 2023-06-01
        c    AP0820 2024-02-01 2024-06-01
    """
    assert gained(ordered(table), 100)["wide"].sum() == 0


def test_so_many_decoys_are_drawn_and_no_two_alike():
    decoys = draw(ordered(crowd()), 500)
    assert 450 < decoys.height <= 500
    assert not decoys.select("named_by", "born_by").is_duplicated().any()
    assert_frame_equal(decoys, draw(ordered(crowd()), 500))


# --- groups ---


def test_groups_tell_who_is_linked_and_nothing_of_a_group_that_is_small():
    rows = reported(crowd() + "\nz1 ZZ9901 2022-02-01 2022-06-01 other")["groups"]
    by_sex = {row["group"]: row for row in rows if row["by"] == "sex"}
    one = {"all": 1, "linked": 0, "unlinked": 1, "linkable": 1, "unlinkable": 0}
    assert by_sex["other"] == {"by": "sex", "group": "other", "episodes": "<10", "persons": one}
    assert by_sex["male"]["episodes"] == 40
    # Everybody is linked, so to say how many are would tell of the few who are not.
    assert "linked" not in by_sex["male"]


def test_where_there_are_enough_of_both_the_share_linked_and_both_precisions_are_told():
    alone = "\n".join(
        f"z{at} K{letter}98{at + 10} 2022-02-01 2022-06-01 male 24" for at, letter in enumerate("ABDEFGHLMNRT")
    )
    lines = crowd().splitlines()
    table = "\n".join([f"{lines[0]} age", *(f"{line} {15 + line.startswith('y')}" for line in lines[1:]), alone])
    [male] = [row for row in reported(table)["groups"] if row["group"] == "male"]
    assert (male["episodes"], male["linked"]) == (52, round(40 / 52, 3))
    assert male["precision_by_model"] > 0.95
    assert 0.9 < male["precision_by_decoys"] <= 1.0
    assert male["recall_by_model"] == 1.0


def test_every_group_of_the_contract_is_told():
    assert {row["by"] for row in reported(RETURNED)["groups"]} == set(quality_report().groups)


# --- the same in whatever order ---


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_episodes_changes_no_figure(seed):
    told = episodes(crowd())
    shuffled = told.sample(fraction=1, shuffle=True, seed=seed)
    assert quality(shuffled, resolve(shuffled, pseudonyms=pseudonyms)) == quality(
        told, resolve(told, pseudonyms=pseudonyms)
    )


def test_nobody_at_all_has_a_report_too():
    nobody = episodes(RETURNED).clear()
    told = quality(nobody, resolve(nobody, pseudonyms=pseudonyms))
    assert told["population"]["episodes"] == 0
    assert told["groups"] == []
