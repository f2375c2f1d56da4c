"""All the workbooks of a set, built end to end and held against their truth.

What each cell is read as is held in the tests of cleaning; here it is what comes of all of them together.
"""

import csv
import random
import re
import shutil
import zipfile

import polars as pl
import pytest

from sigpanel import key as keys
from sigpanel.contracts import names
from sigpanel.panel import open_panel
from sigpanel.pipeline import deliveries
from sigpanel.pipeline.build import build
from tests.support.study import copied, differing, make_study, read_shuffled, release_of


@pytest.fixture(scope="module")
def made(known, tmp_path_factory):
    """The study before and after its build."""
    study = make_study(tmp_path_factory.mktemp("shared") / "study", books=(), cohort=None)
    for year in known.folder.glob("20*"):
        shutil.copytree(year, study.submissions / year.name)
    shutil.copy(known.cohort, study.cohort)
    return study, build(study)


@pytest.fixture(scope="module")
def tables(made):
    return made[1].tables


@pytest.fixture(scope="module")
def truth(known):
    return known.truth


@pytest.fixture(scope="module")
def rows(made, tables, truth):
    """The true episode of each source row beside the one that it was given."""
    from sigpanel.panel import registry

    files = registry.read_intake(made[0].registry)
    return (
        truth("rows")
        .with_columns(pl.col("row").cast(pl.Int32))
        .join(files, on="file", how="left")
        .join(tables["ledger"], on=["submission_id", "row"], how="left")
    )


# --- every workbook, every row --------------------------------------------------------------------------------------


def test_every_workbook_is_accepted(tables, known, rows):
    assert tables["submissions"]["status"].to_list() == ["accepted"] * len(known.workbooks)
    told = tables["submissions"].filter(pl.col("district").is_not_null())["submission_id"]
    assert set(told) == set(rows["submission_id"])


def test_rows_below_the_header_are_the_sum_over_fates_in_each_workbook(tables):
    fates = tables["ledger"].group_by("submission_id").agg(pl.len().cast(pl.Int32).alias("fates"))
    joined = tables["submissions"].join(fates, on="submission_id", how="full")
    assert joined["n_rows"].equals(joined["fates"], null_equal=False)


def test_no_filled_row_is_lost(rows):
    assert rows["fate"].null_count() == 0
    assert set(rows["fate"]) <= {"kept", "merged"}


def test_what_is_not_a_filled_row_is_not_a_person(tables, rows):
    others = tables["ledger"].join(rows, on=["submission_id", "row"], how="anti")
    assert set(others["fate"]) == {"not_a_person"}
    assert others.height == tables["ledger"].height - rows.height


def test_hidden_rows_are_rows(rows):
    assert rows.filter(hidden="1").height > 0
    assert rows.filter(hidden="1")["episode_id"].null_count() == 0


# --- episodes and persons -------------------------------------------------------------------------------------------


def test_the_reported_episodes_are_found_within_one_per_cent(tables, rows):
    found = tables["episodes"].filter(pl.col("programme") != "pilot").height
    true = rows["episode"].n_unique()
    assert abs(found - true) <= true / 100


def test_hardly_any_report_is_put_with_another_episode(rows):
    """Too many rather than too few: a wrong merger cannot be seen, so there is none."""
    true_ones_in_one = rows.group_by("episode_id").agg(pl.col("episode").n_unique())
    found_for_one = rows.group_by("episode").agg(pl.col("episode_id").n_unique().alias("n"))
    assert true_ones_in_one.filter(pl.col("episode") > 1).is_empty()
    assert found_for_one.filter(pl.col("n") > 1).height <= found_for_one.height / 100


def test_the_pilots_episodes_stand_apart_one_for_each_person_of_the_cohort(tables):
    assert tables["episodes"].filter(programme="pilot").height == tables["cohort"].height == 125
    without_code = tables["cohort"].filter(status="not_linkable")
    assert 0 < without_code.height < 125 * 0.15
    assert set(without_code["rule"]) == {"no_code"}


def test_of_the_cohort_nobody_is_said_to_have_stayed_away_through_years_that_nobody_reported(tables):
    cohort = tables["cohort"]
    assert cohort.filter(~pl.col("has_returned") & (pl.col("n_unobserved_years") > 0)).is_empty()
    seen = cohort.filter("has_returned")
    assert seen.height > 0
    assert (seen["returned_on"] <= seen["follow_up_due_on"]).fill_null(value=True).all()
    # 2017–2019 lie within nearly every follow-up, so of who was not seen hardly anything can be said.
    assert cohort["has_returned"].null_count() > 125 / 2


def test_the_links_of_the_cohort_are_right_and_most_are_found(made, tables, truth, rows):
    """Pairs of a person of 2013–2016 and a later episode, by study ids keyed as the release has them."""
    study = made[0]
    key = keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    people = truth("persons").drop_nulls("cohort_id")
    named = people.select("person", key.pseudonyms("cohort", people["cohort_id"]).alias("cohort_id"))
    pilot = tables["cohort"].join(named, on="cohort_id").select("episode_id", "person")
    later = rows.drop_nulls("episode_id").select("episode_id", "person").unique()
    of_us = tables["episodes"].select("episode_id", "person_id")
    pairs = pilot.join(of_us, on="episode_id").join(later.join(of_us, on="episode_id"), how="cross", suffix="_later")
    is_true, is_linked = pl.col("person") == pl.col("person_later"), pl.col("person_id") == pl.col("person_id_later")
    n_right, n_true, n_linked = pairs.select(
        (is_true & is_linked).sum().alias("right"), is_true.sum().alias("true"), is_linked.sum().alias("linked")
    ).row(0)
    assert n_true > 10
    assert n_right / n_linked >= 0.95
    # What is missed has no code, or one that was mistyped in two places.
    assert n_right / n_true >= 0.6


def test_who_of_the_cohort_came_back_is_found_but_for_changed_codes(tables, truth):
    """By study id, which the release does not have: counted, not matched."""
    people = truth("persons").filter(pl.col("cohort_id").is_not_null())
    reported = truth("rows").select("episode").unique()
    back = truth("episodes").filter(pl.col("programme") != "pilot").join(reported, on="episode", how="semi")
    n_back = people.join(back, on="person", how="semi").height
    n_found = tables["cohort"]["returned_on"].count()
    assert n_back * 0.6 <= n_found <= n_back * 1.1


def test_the_grid_of_answers_is_full(tables):
    assert tables["answers"].height == tables["episodes"].height * 2 * 15
    assert (tables["answers"]["value"].is_null() == tables["answers"]["missing"].is_not_null()).all()


def test_changed_answers_are_revisions(tables):
    assert tables["revisions"].height > 0
    assert (tables["revisions"]["old_reported_year"] <= tables["revisions"]["new_reported_year"]).all()


# --- codes that mean one thing here and another there ---------------------------------------------------------------


@pytest.mark.parametrize(("year", "district"), [(2023, "rinkeby_kista"), (2024, "jarva")])
def test_code_1_of_the_district_is_rinkeby_kista_in_2023_and_jarva_in_2024(tables, rows, year, district):
    coded = rows.filter(year=str(year), district="1").select("submission_id").unique()
    assert coded.height == 2  # unga and vuxna
    assert set(tables["submissions"].join(coded, on="submission_id")["district"]) == {district}


def test_99_is_a_count_in_crime_questions_and_declined_in_health(tables):
    of_99 = tables["answers"].filter(code=99)
    crimes = pl.col("variable").str.contains("crimes")
    assert set(of_99.filter(crimes).select("value", "missing").unique().rows()) == {(99, None)}
    assert set(of_99.filter(~crimes).select("value", "missing").unique().rows()) == {(None, "declined")}
    assert set(of_99.filter(~crimes)["variable"]) == {"physical_health", "mental_health"}


def test_the_reasons_for_silence_stay_apart_in_answers_and_waves(tables):
    reasons = set(tables["answers"]["missing"].drop_nulls())
    assert reasons == {
        "unknown", "declined", "not_applicable", "not_asked", "blank", "invalid", "not_yet", "not_collected",
    }  # fmt: skip
    in_waves = tables["waves"].unpivot(pl.selectors.ends_with("__missing"))["value"].drop_nulls()
    assert set(in_waves) == reasons - {"not_yet"}


@pytest.mark.parametrize("variable", ["school_enrolled", "school_functioning", "work_or_internship"])
def test_school_and_work_keep_their_codes_and_their_silences(tables, variable):
    answers = tables["answers"].filter(variable=variable)
    not_applicable = answers.filter(missing="not_applicable")
    if variable == "school_enrolled":
        assert not_applicable.is_empty()
        assert set(answers["value"].drop_nulls()) == {1, 2, 3, 4, 5, 6}
    else:
        assert set(not_applicable["code"]) == {3}
        assert set(answers["value"].drop_nulls()) == {1, 2}
    assert set(answers.filter(missing="unknown")["code"]) == {999}


# --- what the overview says -----------------------------------------------------------------------------------------


def test_which_districts_send_ongoing_rows_again_is_inferred_rightly(made, known):
    resends = made[1].overview.resends
    assert {name for name, told in resends.items() if told.resends is False} == known.silent
    assert {told.known_by for told in resends.values()} == {"inferred"}


def test_nobody_is_lost_in_a_district_that_does_not_send_ongoing_rows_again(tables, known):
    lost = tables["episodes"].filter(status="lost")
    assert lost.height > 0
    assert not set(lost["district"]) & known.silent


def test_the_one_workbook_that_was_never_sent_is_missing_in_the_grid(made, known):
    missing = made[1].overview.grid.filter(state="missing").select("programme", "district", "reported_year")
    assert known.never_sent in missing.rows()
    # An empty form names no district: which office sent it is not known, and its place stays open.
    nameless = made[1].tables["submissions"]["district"].null_count()
    assert missing.height == 1 + nameless


# --- nothing comes out ----------------------------------------------------------------------------------------------


def beside_the_cells(path) -> str:
    """Comments, notes, properties and texts of a workbook, as its parts hold them."""
    with zipfile.ZipFile(path) as parts:
        return " ".join(
            re.sub(r"<[^>]*>", " ", parts.read(name).decode("utf-8", "replace"))
            for name in parts.namelist()
            if re.search(r"comments|docProps/(core|app)|sharedStrings", name)
        )


def test_no_code_name_or_comment_of_the_input_is_a_word_of_the_release(made, truth, known):
    study, _ = made
    panel = open_panel(study.panel)
    values = {
        word
        for name in names()
        for column in panel.table(name).select(pl.selectors.string()).collect().get_columns()
        for value in column.unique().drop_nulls()
        for word in re.findall(r"\w+", value.casefold())
    }
    codes = set(truth("rows")["code"]) | set(truth("rows")["true_code"])
    with known.cohort.open(encoding="utf-8-sig") as file:
        cohort = list(csv.reader(file, delimiter=";"))[1:]
    codes |= {cell for row in cohort for cell in row[:2] if cell}
    assert not {code.casefold() for code in codes} & values
    texts = " ".join(beside_the_cells(path) for path in study.submissions.rglob("*.xlsx"))
    # Not the words that the form itself is made of, in Swedish; the release's own are English, or ids.
    swedish = {word for word in re.findall(r"\w{4,}", texts.casefold()) if re.search(r"[åäö]", word)}
    assert len(swedish) > 50
    assert not swedish & values


# --- determinism ----------------------------------------------------------------------------------------------------


@pytest.mark.no_cover
def test_built_again_the_release_is_the_same(made, tmp_path):
    study = copied(made[0], tmp_path / "study")
    shutil.rmtree(study.research)
    shutil.rmtree(study.registry)
    build(study)
    assert differing(release_of(study), release_of(made[0])) == set()


@pytest.mark.no_cover
def test_rows_shuffled_and_files_renamed_give_the_same_ids_and_the_same_answers(made, tables, tmp_path, monkeypatch):
    study = copied(made[0], tmp_path / "study")
    shutil.rmtree(study.research)
    shutil.rmtree(study.registry)
    chance = random.Random(1)  # noqa: S311
    for path in sorted(study.submissions.rglob("*.xlsx")):
        path.rename(path.with_name(f"{chance.random()}.xlsx"))
    monkeypatch.setattr(deliveries.intake, "read", read_shuffled(seed=1))
    again = build(study).tables
    for name in ("persons", "episodes", "waves", "links", "cohort", "revisions"):
        assert again[name].equals(tables[name]), name
    columns = ["episode_id", "moment", "variable", "value", "code", "missing", "edition", "reported_year"]
    assert again["answers"].select(columns).equals(tables["answers"].select(columns))
