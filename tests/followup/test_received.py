"""What deliveries become: events, years, coverage and search, row by row; and whose rows go."""

import hashlib

import polars as pl
import pytest

from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.followup import facts, schema
from sigpanel.errors import PolicyError, SigpanelError
from sigpanel.extracts import open_extract
from sigpanel.followup import receive as module
from sigpanel.followup.layout import FOLLOWUP
from sigpanel.followup.project import project_of
from sigpanel.followup.receive import purge
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import CONVICTION, DEPRIVED, EVENT, SUSPICION, YEAR
from tests.support.followup import (
    PERSONS,
    SEARCHED,
    TODAY,
    bra,
    control,
    day,
    deliver,
    kvv,
    make_extract,
    received,
    rewritten,
    scb,
    years,
)

# --- events -----------------------------------------------------------------------------------------------------------


def test_an_outcome_counts_by_the_offence_and_says_when_it_cannot(extract, tmp_path):
    undated = {**CONVICTION, "decision_no": 2, "offence_from_on": None, "offence_until_on": None}
    by_verdict = {**undated, "decision_no": 3, "registered_on": None, "crime_category": "drugs"}
    acquitted = {**CONVICTION, "decision_no": 4, "legal_force": "acquitted"}
    opened = received(extract, bra(tmp_path / "bra", [CONVICTION, undated, by_verdict, acquitted], suspicions=()))
    rows = opened.outcomes.select("outcome", "happened_on", "basis", "decided_on", "what").collect().rows()
    assert rows == [
        ("conviction", day("2019-03-01"), "offence", day("2019-09-01"), "robbery"),
        ("conviction", day("2019-04-01"), "registration", day("2019-09-01"), "robbery"),
        ("conviction", day("2019-09-01"), "decision", day("2019-09-01"), "drugs"),
    ]
    assert opened.convictions.collect().height == 4


def test_lives_and_times_locked_in_are_events(extract, tmp_path):
    lost = {**EVENT, "kind": "untraced", "happened_on": day("2022-02-02"), "person_id": "P2"}
    ongoing = {**DEPRIVED, "person_id": "P2", "from_on": day("2020-05-05"), "until_on": None, "is_ongoing": True}
    opened = received(extract, scb(tmp_path / "scb", [EVENT, lost]), kvv(tmp_path / "kvv", [DEPRIVED, ongoing]))
    rows = opened.outcomes.select(
        "person_id", "outcome", "happened_on", "basis", "until_on", "what", "delivery"
    ).collect()
    assert rows.rows() == [
        (
            "P1",
            "deprivation",
            day("2019-10-01"),
            "start",
            day("2020-03-01"),
            "prison",
            "deprivation/kriminalvarden/2024:1",
        ),
        ("P1", "emigration", day("2021-05-01"), "move", None, None, "deaths_and_emigration/rtb/2024:1"),
        ("P2", "deprivation", day("2020-05-05"), "start", None, "prison", "deprivation/kriminalvarden/2024:1"),
        ("P2", "emigration", day("2022-02-02"), "move", None, "untraced", "deaths_and_emigration/rtb/2024:1"),
    ]


def test_the_tables_have_the_columns_and_types_of_the_contract(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra"), scb(tmp_path / "scb"), kvv(tmp_path / "kvv"))
    for name in facts().tables:
        assert opened.table(name).collect_schema() == schema(name)
    assert {*facts().outcomes} >= {*opened.outcomes.collect()["outcome"]}
    assert {*facts().bases} >= {*opened.outcomes.collect()["basis"]}
    described = opened.variables.select("table", "column").rows()
    every = [(name, column) for name in opened.tables[1:] for column in opened.table(name).collect_schema().names()]
    assert {*every} == {*described}


# --- coverage and search ----------------------------------------------------------------------------------------------


def test_coverage_and_search_are_told_by_register(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra"), scb(tmp_path / "scb", lag=3))
    told = opened.coverage.select("outcome", "source", "from_on", "until_on", "lag_months", "version").collect().rows()
    days = (day("2018-01-01"), day("2023-12-31"))
    assert told == [
        ("conviction", "bra_convictions", *days, 6, "2024:1"),
        ("death", "rtb", *days, 3, "2024:1"),
        ("emigration", "rtb", *days, 3, "2024:1"),
        ("immigration", "rtb", *days, 3, "2024:1"),
        ("suspicion", "bra_suspicions", *days, 6, "2024:1"),
        ("work_and_study", "lisa", *days, 3, "2024:1"),
    ]
    searched = opened.searched.collect()
    assert {*searched["source"]} == {"bra_convictions", "bra_suspicions", "rtb", "lisa"}
    assert searched.filter(source="rtb").select("person_id", "search").rows() == [
        ("P1", "searched"), ("P2", "searched"), ("P3", "no_number"),
    ]  # fmt: skip


# --- years ------------------------------------------------------------------------------------------------------------


def test_a_year_is_zero_where_it_is_covered_and_null_where_it_is_not(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra", lag=6))
    assert years(opened, "P1", "n_convictions") == {2018: 0, 2019: 1, 2020: 0, 2021: 0, 2022: 0, 2023: None}
    assert years(opened, "P2", "n_convictions") == {2018: 0, 2019: 0, 2020: 0, 2021: 0, 2022: 0, 2023: None}
    assert set(years(opened, "P3", "n_convictions").values()) == {None}
    assert set(years(opened, "P1", "days_at_risk").values()) == {None}
    assert set(years(opened, "P1", "is_in_register").values()) == {None}


def test_a_year_has_room_for_as_many_events_as_a_delivery_has_rows(extract, tmp_path):
    many = pl.DataFrame([SUSPICION], schema=delivery("suspicions").schema).drop("suspicion_no")
    sent = bra(tmp_path / "bra")
    numbers = pl.DataFrame({"suspicion_no": pl.int_range(1, 33_001, dtype=pl.Int32, eager=True)})
    many.join(numbers, how="cross").write_csv(sent / "suspicions.csv", separator=";")
    assert years(received(extract, sent), "P1", "n_suspicions")[2019] == 33_000


def test_a_year_that_is_begun_before_the_coverage_is_not_covered(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra", first="2018-01-02", lag=0))
    assert years(opened, "P2", "n_suspicions") == {2018: None, **dict.fromkeys(range(2019, 2024), 0)}


def test_days_at_risk_are_alive_in_the_country_and_at_liberty(extract, tmp_path):
    back = {**EVENT, "kind": "immigration", "happened_on": day("2021-05-11")}
    died = {**EVENT, "kind": "death", "happened_on": day("2022-01-11")}
    tagged = {**DEPRIVED, "kind": "electronic_tagging", "from_on": day("2018-02-01"), "until_on": day("2018-04-01")}
    remand = {**DEPRIVED, "kind": "remand", "from_on": day("2019-09-22"), "until_on": day("2019-10-02")}
    opened = received(
        extract,
        scb(tmp_path / "scb", [EVENT, back, died], lag=0),
        kvv(tmp_path / "kvv", [DEPRIVED, remand, tagged], lag=0),
    )
    locked_2019, locked_2020 = 9 + 92, 60
    assert years(opened, "P1", "days_deprived") == {
        2018: 0, 2019: locked_2019, 2020: locked_2020, 2021: 0, 2022: 0, 2023: 0,
    }  # fmt: skip
    assert years(opened, "P1", "days_at_risk") == {
        2018: 365, 2019: 365 - locked_2019, 2020: 366 - locked_2020, 2021: 355, 2022: 10, 2023: 0,
    }  # fmt: skip


def test_who_came_first_was_not_here_before_and_who_is_locked_in_stays_so_to_the_end_of_the_coverage(extract, tmp_path):
    came = {**EVENT, "person_id": "P2", "kind": "immigration", "happened_on": day("2020-01-01")}
    ongoing = {**DEPRIVED, "person_id": "P2", "from_on": day("2023-12-01"), "until_on": None, "is_ongoing": True}
    opened = received(extract, scb(tmp_path / "scb", [came], lag=0), kvv(tmp_path / "kvv", [ongoing], lag=0))
    assert years(opened, "P2", "days_at_risk") == {2018: 0, 2019: 0, 2020: 366, 2021: 365, 2022: 365, 2023: 334}


def test_deaths_alone_do_not_tell_who_is_in_the_country_and_no_day_is_known_to_be_at_risk(tmp_path):
    death = {**EVENT, "kind": "death", "happened_on": day("2022-01-11")}
    sources = {"searched": "socialstyrelsen", "deaths_and_emigration": "dodsorsaksregistret"}
    approved = {"deaths_and_emigration": ["dodsorsaksregistret", "rtb"], "work_and_study": ["lisa"]}
    alone = make_extract(tmp_path / "alone" / "demo-followup-v1", approved)
    sent = deliver(tmp_path / "sos", {"searched": SEARCHED, "deaths_and_emigration": [death]}, sources, lag=0)
    opened = received(alone, sent)
    assert opened.coverage.collect()["outcome"].to_list() == ["death"]
    assert set(years(opened, "P1", "days_at_risk").values()) == {None}
    both = received(alone, scb(tmp_path / "scb", [], lag=0))
    assert years(both, "P1", "days_at_risk") == {2018: 365, 2019: 365, 2020: 366, 2021: 365, 2022: 10, 2023: 0}


def test_a_time_that_was_ongoing_in_one_version_ends_where_the_next_one_tells(extract, tmp_path):
    ongoing = {**DEPRIVED, "from_on": day("2023-12-01"), "until_on": None, "is_ongoing": True}
    ended = {**ongoing, "until_on": day("2024-02-01"), "is_ongoing": False}
    later = {"version": "2025:1", "first": "2024-01-01", "last": "2024-12-31", "lag": 0}
    opened = received(
        extract,
        kvv(tmp_path / "one", [ongoing], lag=0),
        kvv(tmp_path / "two", [ended], **later),
        scb(tmp_path / "scb", [], last="2024-12-31", lag=0),
    )
    assert years(opened, "P1", "days_deprived")[2023] == 31
    assert years(opened, "P1", "days_deprived")[2024] == 31
    assert years(opened, "P1", "days_at_risk")[2024] == 366 - 31


def test_not_in_the_register_of_work_is_not_no(extract, tmp_path):
    opened = received(extract, scb(tmp_path / "scb", years=[YEAR], lag=0))
    assert years(opened, "P1", "is_in_register") == {2019: True, **dict.fromkeys([2018, *range(2020, 2024)], False)}
    assert years(opened, "P1", "employment") == {2019: "employed", **dict.fromkeys([2018, *range(2020, 2024)])}
    assert set(years(opened, "P3", "is_in_register").values()) == {None}


def test_everybody_asked_about_has_a_row_for_each_year(extract, tmp_path):
    opened = received(extract, scb(tmp_path / "scb", controls=[control("P1")]))
    rows = opened.outcome_years.collect()
    assert rows.height == rows.select("person_id", "year").n_unique() == 4 * 6
    assert {*rows["person_id"]} == {*PERSONS, "P1-1"}


def test_a_control_that_was_drawn_may_have_rows_in_later_deliveries(extract, tmp_path):
    received(extract, scb(tmp_path / "scb", controls=[control("P1")]))
    sent = bra(tmp_path / "bra", suspicions=[{**SUSPICION, "person_id": "P1-1"}])
    rewritten(sent / "searched.csv", "P1;searched\n", "P1;searched\nP1-1;searched\n")
    opened = received(extract, sent)
    assert "P1-1" in opened.outcomes.collect()["person_id"]


# --- who withdraws ----------------------------------------------------------------------------------------------------


def test_a_person_is_taken_out_with_their_controls(extract, tmp_path):
    opened = received(extract, scb(tmp_path / "scb", controls=[control("P1")]), kvv_of_both(tmp_path / "kvv"))
    purge(project_of(extract, opened.manifest, opened), ["P1"])
    opened = open_extract(extract, today=TODAY)
    for name in opened.tables[1:]:
        frame = opened.table(name).collect()
        texts = [frame[column] for column in frame.columns if frame.schema[column] == pl.String]
        assert not any(text.str.starts_with("P1").any() for text in texts), name


def kvv_of_both(folder):
    sent = kvv(folder)
    rewritten(sent / "searched.csv", "P1;searched\n", "P1;searched\nP1-1;searched\n")
    return sent


def test_nobody_is_taken_out_who_is_not_in(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra"))
    with pytest.raises(PolicyError) as told:
        purge(project_of(extract, opened.manifest, opened), ["P9"])
    assert told.value.code == "followup-unknown-id"


def test_an_extract_beside_a_log_is_received_in_its_study(extract, tmp_path):
    (extract.parent / "log.jsonl").write_text("")
    with pytest.raises(SigpanelError) as told:
        receive_alone(extract, bra(tmp_path / "bra"), today=TODAY)
    assert told.value.code == "followup-in-study"


def test_the_manifest_tells_deliveries_and_no_number_of_anybody(extract, tmp_path):
    digest = receive_alone(extract, bra(tmp_path / "bra"), today=TODAY).received.digest
    content = (extract / FOLLOWUP / "manifest.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest
    assert b"rows" not in content
    assert module.Received.__dataclass_fields__.keys() >= {"counts"}
