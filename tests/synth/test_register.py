"""The synthetic register: deliveries that keep their contracts, of shapes that real ones have; and the truth."""

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from sigpanel.errors import InputError
from sigpanel.extracts import open_extract
from sigpanel.pipeline.followup_receive import receive_alone
from sigpanel.synth.lives import Life
from sigpanel.synth.register import register
from tests.support.followup import TODAY, contents, make_extract

LAST = dt.date(2025, 12, 31)


@pytest.fixture(scope="module")
def extract(tmp_path_factory) -> Path:
    """An extract of 150 persons who were enrolled from 2019 to 2023, as its years tell."""
    folder = make_extract(tmp_path_factory.mktemp("synth") / "demo-followup-v1")
    ids = [f"P{no:03}" for no in range(150)]
    pl.DataFrame({"person_id": ids}).write_parquet(folder / "persons.parquet")
    reasons = ["goals_met", "deprived_of_liberty", "other", None]
    pl.DataFrame(
        {
            "person_id": ids,
            "enrolled_on_year": [2019 + no % 5 for no in range(150)],
            "discharged_on_year": [None if no % 4 == 3 else 2020 + no % 5 for no in range(150)],
            "discharge_reason": [reasons[no % 4] for no in range(150)],
        }
    ).write_parquet(folder / "episodes.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["rows"] = {"persons": 150, "episodes": 150}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def made(extract, tmp_path_factory):
    return register(tmp_path_factory.mktemp("made") / "d", open_extract(extract, today=TODAY), until=LAST)


@pytest.fixture(scope="module")
def opened(extract, made):
    for folder in made.holders:
        receive_alone(extract, folder, today=TODAY)
    return open_extract(extract, today=TODAY)


def test_every_kind_is_delivered_and_received_in_that_order(opened, made):
    assert [folder.name for folder in made.holders] == ["scb", "bra", "kriminalvarden", "sis"]
    for kind in ("suspicions", "convictions", "deprivation", "work_and_study", "deaths_and_emigration", "controls"):
        assert opened.table(kind).collect().height > 0


def test_shapes_that_real_deliveries_have_occur(opened):
    enrolled = opened.episodes.select("person_id", "enrolled_on_year").collect()
    crimes = opened.outcomes.filter(outcome="conviction").collect().join(enrolled, on="person_id")
    years = crimes["happened_on"].dt.year() - crimes["enrolled_on_year"]
    assert (years < 0).any()
    assert (years > 0).any()
    waits = (crimes["decided_on"] - crimes["happened_on"]).dt.total_days()
    assert waits.max() > 365
    assert {*opened.convictions.collect()["legal_force"]} >= {"final", "not_final", "acquitted"}
    assert {*opened.suspicions.collect()["outcome"]} >= {"prosecuted", "dropped", "open"}
    assert {*opened.work_and_study.collect()["employment_basis"]} == {"yearly_statements", "monthly_returns"}
    assert {*opened.outcomes.collect()["outcome"]} >= {"death", "emigration", "immigration", "deprivation"}
    assert {*opened.searched.collect()["search"]} >= {"searched", "no_number"}


def test_who_was_discharged_since_deprived_of_liberty_is_locked_in(opened):
    ended = opened.episodes.filter(discharge_reason="deprived_of_liberty").select("person_id").collect()
    searched = opened.searched.filter(search="searched", source="kriminalvarden").select("person_id").collect()
    locked = opened.outcomes.filter(outcome="deprivation").select("person_id").unique().collect()
    n = ended.join(searched, on="person_id").height
    assert ended.join(searched, on="person_id").join(locked, on="person_id").height > 0.8 * n


def test_the_truth_tells_what_was_delivered_and_what_came_too_late(opened, made):
    events = pl.read_csv(made.truth / "events.csv", separator=";", try_parse_dates=True)
    people = pl.read_csv(made.truth / "persons.csv", separator=";", infer_schema_length=None)
    searched = people.filter(pl.col("search") == "searched").select("person_id")
    deaths = events.filter(event="death").join(searched, on="person_id").select("person_id", "happened_on")
    told = opened.outcomes.filter(outcome="death").select("person_id", "happened_on").collect()
    assert told.sort("person_id").equals(deaths.sort("person_id"))
    offences = events.filter(event="offence").join(searched, on="person_id")
    assert opened.suspicions.collect().height < offences.height
    assert {*people["search"]} >= {"searched", "no_number"}


def test_the_same_seed_gives_the_same_bytes_and_another_other_lives(extract, made, tmp_path):
    again = register(tmp_path / "again", open_extract(extract, today=TODAY), until=LAST)
    other = register(tmp_path / "other", open_extract(extract, today=TODAY), until=LAST, seed=2)
    whole = contents(made.truth.parent)
    assert contents(again.truth.parent) == whole
    assert contents(other.truth.parent) != whole


def test_nobody_who_is_enrolled_outside_the_days_covered_has_a_control(extract, tmp_path):
    early = register(tmp_path / "early", open_extract(extract, today=TODAY), until=dt.date(2021, 12, 31)).holders[0]
    drawn = pl.read_csv(early / "controls.csv", separator=";")["control_id"]
    searched = pl.read_csv(early / "searched.csv", separator=";")["person_id"]
    assert 0 < len(drawn) < 150
    assert {*searched.filter(searched.str.contains("-"))} == {*drawn}


def test_a_folder_that_holds_something_is_left_alone(extract, made):
    with pytest.raises(InputError) as told:
        register(made.truth.parent, open_extract(extract, today=TODAY))
    assert told.value.code == "delivery-exists"


def test_an_approval_without_registers_has_none(tmp_path):
    folder = make_extract(tmp_path / "demo-followup-v1", None)
    with pytest.raises(InputError) as told:
        register(tmp_path / "d", open_extract(folder, today=TODAY))
    assert told.value.code == "register-nothing"


def test_who_has_left_or_died_is_no_resident():
    life = Life(
        moves=[("emigration", dt.date(2020, 1, 1)), ("immigration", dt.date(2021, 1, 1))], died_on=dt.date(2022, 1, 1)
    )
    days = [dt.date(year, 6, 1) for year in (2019, 2020, 2021, 2022)]
    assert [life.is_resident(day) for day in days] == [True, False, True, False]
