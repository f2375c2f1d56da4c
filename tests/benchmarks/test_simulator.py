"""The simulated panels are what they are said to be: the same for a seed, in the right shape, as wrong as stated."""

import datetime as dt
from collections import Counter
from random import Random

import polars as pl
import pytest
from _misreport import AGE_MISSING, AGE_OFF, CODE_ERRORS, KINDS, SEX_MISSING, SEX_WRONG, misspell
from _names import GIVEN, SURNAME
from _persons import FEMALE, FIRST_YEAR, LAST_YEAR, simulate

from sigpanel.persons import resolve
from tests.support.episodes import episodes as a_table
from tests.support.reports import pseudonyms

SEED, PERSONS = 3, 6000


@pytest.fixture(scope="module")
def panel() -> tuple[pl.DataFrame, pl.DataFrame]:
    return simulate(SEED, PERSONS)


@pytest.fixture(scope="module")
def lives(panel) -> pl.DataFrame:
    """Episodes with their true persons, each person's in order."""
    episodes, truth = panel
    end = pl.coalesce("discharged_on", pl.date(pl.col("last_reported_year"), 12, 31))
    return (
        episodes.join(truth, on="episode_id", validate="1:1")
        .sort("true_person", "enrolled_on")
        .with_columns(
            (pl.col("enrolled_on") - end.shift(1).over("true_person")).dt.total_days().alias("gap"),
            (pl.col("district") == pl.col("district").shift(1).over("true_person")).alias("stays"),
        )
    )


def share(condition: pl.Series) -> float:
    return condition.cast(pl.Float64).mean()


def about(rate: float, of: int) -> object:
    """Within four standard errors: chance fails this once in some ten thousand seeds, and the seed is fixed."""
    return pytest.approx(rate, abs=4 * (rate * (1 - rate) / of) ** 0.5)


# --- shape ---


def test_a_seed_is_a_panel():
    for one, other in zip(simulate(7, 300), simulate(7, 300), strict=True):
        assert one.equals(other)
    assert not simulate(7, 300)[0].equals(simulate(8, 300)[0])


def test_the_frame_is_what_resolve_takes(panel):
    episodes, truth = panel
    assert dict(episodes.schema) == dict(a_table("name\na").select(episodes.columns).schema)
    assert set(episodes.columns) == set(a_table("name\na").columns)
    assert sorted(episodes["episode_id"]) == sorted(truth["episode_id"])
    assert resolve(episodes.head(500), pseudonyms=pseudonyms).episodes.height == 500


def test_it_has_as_many_persons_as_asked_for_and_about_one_and_a_half_episodes_each(panel):
    episodes, truth = panel
    assert truth["true_person"].n_unique() == PERSONS
    assert episodes.height / PERSONS == pytest.approx(1.5, abs=0.06)


def test_the_order_of_rows_tells_nothing(panel):
    """Else a linkage that takes rows in order would be helped by how they were made."""
    _, truth = panel
    neighbours = truth["true_person"].diff().drop_nulls()
    assert share(neighbours == 0) < 0.002


def test_every_number_of_weights_is_for_a_letter():
    for weights in (*GIVEN.values(), *SURNAME.values()):
        assert all(len(letter) == 1 and letter.isupper() for letter in weights)
        assert sum(weights.values()) == pytest.approx(1000, rel=0.2)


# --- persons and episodes ---


def test_one_in_ten_is_a_woman(lives):
    women = lives.group_by("true_person").agg((pl.col("sex") == "female").mean() > 0.5)["sex"]
    assert share(women) == about(FEMALE, PERSONS)


def test_about_one_pair_of_persons_in_a_hundred_thousand_shares_a_code(lives):
    persons = lives.filter(pl.col("code_error").is_null()).unique("true_person", keep="first", maintain_order=True)
    sizes = persons.group_by("uno").len()["len"]
    sharing = (sizes * (sizes - 1) // 2).sum()
    assert 85_000 < persons.height * (persons.height - 1) / 2 / sharing < 135_000


def test_everybody_is_first_enrolled_at_12_to_29_in_completed_years(lives):
    first = lives.unique("true_person", keep="first", maintain_order=True).filter(pl.col("age").is_not_null())
    assert share(first["age"].is_between(12, 29)) > 0.998


def test_the_age_is_that_of_the_code_but_for_errors(lives):
    right = lives.filter(pl.col("code_error").is_null() & pl.col("age").is_not_null())
    born = right["enrolled_on"].dt.year().cast(pl.Int32) - right["age"] - right["uno"].str.slice(2, 2).cast(pl.Int32)
    assert share((born % 100).is_in([0, 1])) == pytest.approx(1 - AGE_OFF / 2, abs=0.003)


def test_some_have_a_coordination_number_and_keep_it(lives):
    right = lives.filter(pl.col("code_error").is_null())
    added = right.with_columns((pl.col("uno").str.slice(4, 2).cast(pl.Int32) > 60).alias("is_added"))
    assert 0.01 < share(added["is_added"]) < 0.02
    assert added.group_by("true_person").agg(pl.col("is_added").n_unique())["is_added"].max() == 1


def test_episodes_begin_and_end_within_what_is_reported(lives):
    assert lives["enrolled_on"].min() > dt.date(FIRST_YEAR - 1, 6, 1)
    assert lives["enrolled_on"].max() <= dt.date(LAST_YEAR, 12, 31)
    assert lives["discharged_on"].min() >= dt.date(FIRST_YEAR, 1, 1)
    assert (lives["discharged_on"].drop_nulls() >= lives.drop_nulls("discharged_on")["enrolled_on"]).all()
    assert (lives["first_reported_year"] <= lives["last_reported_year"]).all()
    assert set(lives["status"]) == {"closed", "ongoing", "lost"}
    assert (lives["discharged_on"].is_null() == (lives["status"] != "closed")).all()


def test_nobody_is_in_one_district_twice_at_once_where_the_end_was_told(lives):
    told = lives.filter((pl.col("status").shift(1).over("true_person") == "closed") & pl.col("stays"))
    assert told["gap"].min() >= 0


def test_most_return_to_the_same_district_and_moves_are_to_another(lives):
    told = lives.filter(pl.col("status").shift(1).over("true_person") == "closed")
    returned = told.filter(pl.col("gap") >= 30)
    assert share(returned["stays"]) == about(0.85, returned.height)
    moved = told.filter(pl.col("gap").is_between(0, 14))
    assert moved.height > 100
    assert not moved["stays"].any()


def test_nobody_goes_back_from_vuxna_to_unga(lives):
    before = pl.col("programme").shift(1).over("true_person")
    assert lives.filter((before == "vuxna") & (pl.col("programme") == "unga")).is_empty()
    assert not lives.filter((before == "unga") & (pl.col("programme") == "vuxna")).is_empty()


def test_women_change_surname_more_often_than_men(lives):
    """Of pairs in a row whose codes have no error; a few have a double surname, of which the second part was used."""
    right = lives.filter(pl.col("code_error").is_null()).with_columns(pl.col("uno").str.slice(1, 1).alias("surname"))
    changed = right.select("sex", (pl.col("surname") != pl.col("surname").shift(1).over("true_person")).alias("is_new"))
    by_sex = dict(changed.drop_nulls().group_by("sex").agg(pl.col("is_new").mean()).iter_rows())
    assert by_sex["female"] > 2.5 * by_sex["male"] > 0


def test_some_have_a_twin_often_enrolled_the_same_day_in_the_same_district(lives):
    """A twin comes right after the first: born the same day to the same name, so all but the given initial agrees."""
    first = lives.filter(pl.col("code_error").is_null()).unique("true_person", keep="first", maintain_order=True)
    beside = (
        first.with_columns(pl.col("uno").str.slice(1, 5).alias("rest"))
        .with_columns(
            (
                (pl.col("rest") == pl.col("rest").shift(1))
                & (pl.col("district") == pl.col("district").shift(1))
                & (pl.col("true_person") == pl.col("true_person").shift(1) + 1)
            ).alias("is_twin"),
            (pl.col("enrolled_on") == pl.col("enrolled_on").shift(1)).alias("same_day"),
        )
        .filter("is_twin")
    )
    assert 2 * beside.height / PERSONS == pytest.approx(0.005, abs=0.003)
    assert 0.3 < share(beside["same_day"]) < 0.9


# --- errors ---


def test_errors_come_at_the_rates_stated(lives):
    n = lives.height
    assert share(lives["code_error"].is_not_null()) == about(CODE_ERRORS, n)
    assert share(lives["sex"].is_null()) == about(SEX_MISSING, n)
    assert share(lives["age"].is_null()) == about(AGE_MISSING, n)
    known = (
        lives.drop_nulls("sex")
        .group_by("true_person")
        .agg(pl.len(), pl.col("sex").mode().first(), pl.col("sex").alias("all"))
    )
    several = known.filter(pl.col("len") > 2).explode("all")
    assert share(several["sex"] != several["all"]) == about(SEX_WRONG, several.height)


def test_every_kind_of_error_occurs_about_as_often_as_stated(lives):
    counts = Counter(lives["code_error"].drop_nulls())
    assert set(counts) == set(KINDS)
    assert counts["digit_off"] > counts["digits_transposed"] > counts["month_and_day"]


def test_a_code_with_an_error_stands_in_every_report_or_beside_the_right_one(lives):
    wrong = lives.filter(pl.col("code_error").is_not_null())
    assert set(wrong["codes"].list.len()) == {1, 2}
    assert wrong.filter(~pl.col("codes").list.contains(pl.col("uno"))).is_empty()
    assert lives.filter(pl.col("code_error").is_null())["codes"].list.len().max() == 1


@pytest.mark.parametrize(
    ("kind", "code", "possible"),
    [
        ("spelt_otherwise", "CX0712", {"KX0712", "CX0712"}),
        ("spelt_otherwise", "XÖ0712", {"XO0712", "XÖ0712"}),
        ("initials_swapped", "AP0712", {"PA0712"}),
        ("digits_transposed", "AP0712", {"AP7012", "AP0172", "AP0721"}),
        ("month_for_day", "AP0712", {"AP0703"}),
        ("month_and_day", "AP0712", {"AP0312"}),
    ],
)
def test_each_kind_of_error_does_what_it_says(kind, code, possible):
    born = dt.date(2007, 3, 12)
    assert {misspell(Random(seed), kind, code, born) for seed in range(60)} == possible  # noqa: S311


def test_a_digit_off_is_one_digit():
    made = {misspell(Random(seed), "digit_off", "AP0712", dt.date(2007, 3, 12)) for seed in range(200)}  # noqa: S311
    assert all(sum(a != b for a, b in zip(code, "AP0712", strict=True)) <= 1 for code in made)
    assert {code[:2] for code in made} == {"AP"}
    assert len(made) > 20


# --- what a release states of its own linkage ---


@pytest.mark.slow
@pytest.mark.parametrize("female", [0.1, 0.5])
def test_the_truth_is_near_what_a_release_states_of_its_linkage(female):
    """As ranges over some panels, since one panel's truth is a matter of luck."""
    from _metrics import pairwise

    from sigpanel.key import demonstration
    from sigpanel.persons import resolve
    from sigpanel.persons.quality import quality

    true, stated = [], []
    for seed in range(1, 6):
        episodes, truth = simulate(seed, 800, female=female)
        resolved = resolve(episodes, pseudonyms=demonstration().pseudonyms)
        true.append(
            pairwise(resolved.episodes.select("episode_id", "person_id").join(truth, on="episode_id"), "person_id")
        )
        stated.append(quality(episodes, resolved)["levels"]["standard"])
    for what in ("precision", "recall"):
        truly = sum(getattr(one, what) for one in true) / len(true)
        low, high = (sum(one[what][end] for one in stated) / len(stated) for end in ("low", "high"))
        assert low - 0.01 < truly < high + 0.01
