"""Episodes and persons of all the workbooks of a set, held against what is true of them.

Floors, not targets: what is asserted is what this first cut of linkage must keep. Persons are compared pair by pair.
"""

import shutil

import polars as pl
import pytest

from sigpanel import key as keys
from sigpanel.panel import registry
from sigpanel.pipeline.build import build
from tests.support.study import make_study

# How a cell may be spelled that says nothing readable.
UNREADABLE = ["missing", "space", "dash", "blank", "error", "bad-code", "bool", "percent", "range"]
MOMENT_BEGINS = {"enrolment": range(6, 18), "discharge": range(19, 32)}


@pytest.fixture(scope="module")
def study(known, tmp_path_factory):
    study = make_study(tmp_path_factory.mktemp("episodes") / "study", books=(), cohort=None)
    for year in known.folder.glob("20*"):
        shutil.copytree(year, study.submissions / year.name)
    shutil.copy(known.cohort, study.cohort)
    return study


@pytest.fixture(scope="module")
def made(study):
    return build(study)


@pytest.fixture(scope="module")
def truth(known):
    return known.truth


@pytest.fixture(scope="module")
def rows(study, made, truth):
    """The true episode and person of each source row, beside the episode that it was given."""
    return (
        truth("rows")
        .with_columns(pl.col("row").cast(pl.Int32))
        .join(registry.read_intake(study.registry), on="file")
        .join(made.tables["ledger"].select("submission_id", "row", "episode_id", "fate"), on=["submission_id", "row"])
    )


@pytest.fixture(scope="module")
def episodes(study, made, rows, truth):
    """The episodes with the true person of each, the pilot's included."""
    key = keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    cohort = truth("persons").filter(pl.col("cohort_id").str.len_chars() > 0)
    pilot = (
        made.tables["cohort"]
        .select("cohort_id", "episode_id")
        .join(cohort.select("person", key.pseudonyms("cohort", cohort["cohort_id"]).alias("cohort_id")), on="cohort_id")
    )
    known = pl.concat([rows.select("episode_id", "person").unique(), pilot.select("episode_id", "person")])
    return made.tables["episodes"].join(known, on="episode_id", how="left")


# --- episodes ---


def test_the_reported_episodes_are_found_within_one_per_cent(made, rows):
    found = made.tables["episodes"].filter(pl.col("programme") != "pilot").height
    true = rows["episode"].n_unique()
    assert abs(found - true) <= true / 100


def test_no_episode_holds_reports_of_two(rows):
    mixed = rows.group_by("episode_id").agg(pl.col("episode").n_unique().alias("n")).filter(pl.col("n") > 1)
    assert mixed.is_empty()


def test_every_row_is_of_an_episode_and_one_of_each_founds_it(rows):
    assert set(rows["fate"]) == {"kept", "merged"}
    assert (rows.group_by("episode_id").agg((pl.col("fate") == "kept").sum())["fate"] == 1).all()


def test_changed_answers_are_the_revisions_and_nothing_else_is(made, rows, truth):
    """Of the readable reports of a question, one after the other: each that differs from the one before."""
    readable = (
        truth("cells")
        .filter(~pl.col("spelling").is_in(UNREADABLE))
        .with_columns(pl.col("row").cast(pl.Int32), pl.col("question").cast(pl.Int32))
        .filter(pl.any_horizontal(pl.col("question").is_in([*numbers]) for numbers in MOMENT_BEGINS.values()))
        .join(rows.select("file", "row", "episode_id", pl.col("year").cast(pl.Int16)), on=["file", "row"])
        .sort("episode_id", "question", "year")
    )
    before = [pl.col(name).shift(1).over("episode_id", "question").alias(f"old_{name}") for name in ("value", "year")]
    changed = readable.with_columns(before).filter(pl.col("value") != pl.col("old_value"))

    names = made.tables["availability"].filter(edition="sig-unga-2022").select("variable", "moment", "question")
    codes = {"unknown": 999, "declined": 99}
    told = [
        pl.coalesce(
            f"{when}_value", pl.col(f"{when}_missing").replace_strict(codes, default=None, return_dtype=pl.Int16)
        )
        for when in ("old", "new")
    ]
    found = (
        made.tables["revisions"]
        .join(names, on=["variable", "moment"])
        .select(
            "episode_id",
            pl.col("question").str.strip_prefix("Q").cast(pl.Int32),
            *(told[place].cast(pl.String).alias(name) for place, name in enumerate(("old_value", "value"))),
            pl.col("old_reported_year").alias("old_year"),
            pl.col("new_reported_year").alias("year"),
        )
    )
    assert found.height > 0
    assert set(found.iter_rows()) == set(changed.select(found.columns).iter_rows())


def test_dates_ages_and_sexes_that_never_changed_have_no_revision(made):
    facts = ["sex", "age", "enrolled_on", "discharged_on", "discharge_reason"]
    assert made.tables["revisions"].filter(pl.col("variable").is_in(facts)).is_empty()


def test_nothing_is_lost_where_silence_says_nothing_and_nothing_closed_that_is_not(made, rows, known):
    told = made.tables["episodes"].filter(pl.col("programme") != "pilot")
    assert not told.filter((pl.col("status") == "lost") & pl.col("district").is_in(known.silent)).height
    closed = rows.group_by("episode_id").agg((pl.col("closed") == "1").any().alias("is_closed"))
    compared = told.join(closed, on="episode_id")
    assert ((compared["status"] == "closed") == compared["is_closed"]).all()


# --- persons ---


def pairs(frame: pl.DataFrame, of: str) -> set[tuple[str, str]]:
    one = frame.select("episode_id", of)
    both = one.join(one, on=of, suffix="_other").filter(pl.col("episode_id") < pl.col("episode_id_other"))
    return set(both.select("episode_id", "episode_id_other").iter_rows())


def test_persons_pair_by_pair(episodes):
    assert episodes["person"].null_count() == 0
    true, found = pairs(episodes, "person"), pairs(episodes, "person_id")
    # Both sets hold pairs of persons whom nothing in the form can tell apart.
    assert len(true & found) / len(found) >= 0.95
    assert len(true & found) / len(true) >= 0.80


def test_strict_is_no_less_precise_and_wide_finds_no_less(episodes):
    true = pairs(episodes, "person")
    strict, plain, wide = (pairs(episodes, of) for of in ("person_id_strict", "person_id", "person_id_wide"))
    assert strict <= plain <= wide
    assert len(strict & true) / len(strict) >= len(plain & true) / len(plain) - 0.001


def test_a_transfer_is_one_in_truth_and_those_of_one_code_are_found(episodes):
    """In truth a move has discharge and enrolment on one day; the districts are compared in today's frame."""
    ordered = episodes.sort("person", "enrolled_on")
    moved = ordered.filter(
        (pl.col("enrolled_on") == pl.col("discharged_on").shift(1).over("person"))
        & (pl.col("district") != pl.col("district").shift(1).over("person"))
    )
    found = episodes.filter("is_transfer")
    assert set(found["episode_id"]) <= set(moved["episode_id"])
    assert found.height >= 0.7 * moved.height


def test_a_change_of_label_is_not_taken_for_a_move(episodes):
    before = episodes.select(pl.col("episode_id").alias("previous_episode_id"), pl.col("district").alias("came_from"))
    moves = episodes.filter("is_transfer").join(before, on="previous_episode_id")
    assert moves.height > 0
    assert (moves["district"] != moves["came_from"]).all()
