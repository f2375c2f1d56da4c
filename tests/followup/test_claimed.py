"""A coverage that claims more than its delivery can keep: refused, or told as a warning that counts."""

import datetime as dt

import pytest

from sigpanel.cli.show_followup import received_as_dict, show_received
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import CONVICTION, DEPRIVED, EVENT, SUSPICION, YEAR
from tests.support.followup import TODAY, bra, contents, control, kvv, rewritten, scb


def told(extract, sent, today=TODAY):
    found = receive_alone(extract, sent, today=today).received.warnings
    return [(each.rule, each.n, each.what) for each in found if each.rule.rpartition(".")[2] in facts().claimed]


def late(row, **days):
    return {**row, **{name: dt.date.fromisoformat(day) for name, day in days.items()}}


LAST = late(CONVICTION, offence_from_on="2023-03-01", offence_until_on="2023-03-01", registered_on="2023-04-01",
            verdict_on="2023-09-01", in_force_on="2023-09-22") | {"decision_no": 2}  # fmt: skip
SUSPECTED = late(SUSPICION, registered_on="2023-04-01", decided_on="2023-06-01") | {"suspicion_no": 2}


def test_the_last_day_of_a_coverage_may_be_today_and_no_later(extract, tmp_path):
    sent = bra(tmp_path / "sent")
    with pytest.raises(InputError) as refusal:
        told(extract, sent, today=dt.date(2023, 12, 30))
    assert refusal.value.code == "delivery-coverage-ahead"
    assert "2023" not in str(refusal.value)
    assert not [name for name in contents(extract) if "followup" in name]
    assert told(extract, sent, today=dt.date(2023, 12, 31))


def test_a_lag_that_is_shorter_than_assumed_is_told_by_its_months(extract, tmp_path):
    sent = bra(tmp_path / "sent", [LAST], [SUSPECTED], lag=6)
    assert told(extract, sent) == [("convictions.lag_as_assumed", 30, "month")]
    sent = bra(tmp_path / "none", [LAST], [SUSPECTED], lag=0)
    assert told(extract, sent) == [
        ("suspicions.lag_as_assumed", 6, "month"), ("convictions.lag_as_assumed", 36, "month")
    ]  # fmt: skip
    assert told(extract, bra(tmp_path / "long", [LAST], [SUSPECTED], lag=36)) == []


def test_whole_years_at_the_end_without_a_row_are_told(extract, tmp_path):
    assert told(extract, bra(tmp_path / "sent", [CONVICTION], [SUSPECTED], lag=36)) == [
        ("convictions.last_years_have_rows", 4, "year")
    ]
    part = bra(tmp_path / "part", [CONVICTION], [SUSPECTED], lag=36, last="2023-12-30")
    assert told(extract, part) == [("convictions.last_years_have_rows", 3, "year")]


def test_where_no_year_has_a_row_there_is_nothing_to_expect(extract, tmp_path):
    assert told(extract, bra(tmp_path / "sent", [], [], lag=36)) == []


def test_a_later_version_without_rows_is_held_against_the_one_before(extract, tmp_path):
    told(extract, bra(tmp_path / "first", [LAST], [SUSPECTED], lag=36))
    later = bra(tmp_path / "later", [], [], version="2026:1", first="2024-01-01", last="2025-12-31", lag=36)
    assert told(extract, later) == [
        ("suspicions.last_years_have_rows", 2, "year"), ("convictions.last_years_have_rows", 2, "year")
    ]  # fmt: skip


def test_what_goes_on_is_of_the_last_year_and_years_are_told_by_their_number(extract, tmp_path):
    ended = kvv(tmp_path / "ended", [DEPRIVED], lag=1)
    assert told(extract, ended) == [("deprivation.last_years_have_rows", 3, "year")]
    ongoing = {**DEPRIVED, "person_id": "P2", "until_on": None, "is_ongoing": True}
    assert told(extract, kvv(tmp_path / "ongoing", [DEPRIVED, ongoing], lag=1)) == []
    rows = scb(tmp_path / "scb", [EVENT], [YEAR], [control("P1")], lag=3)
    assert told(extract, rows) == [
        ("work_and_study.last_years_have_rows", 4, "year"), ("deaths_and_emigration.last_years_have_rows", 2, "year")
    ]  # fmt: skip


def test_warnings_are_shown_with_what_they_count(extract, tmp_path):
    sent = bra(tmp_path / "sent", [LAST], [SUSPECTED], lag=36)
    rewritten(sent / "coverage.csv", "bra_suspicions;2024:1;2018-01-01;2023-12-31;36",
              "bra_suspicions;2024:1;2018-01-01;2023-12-31;5")  # fmt: skip
    done = receive_alone(extract, sent, today=TODAY)
    assert "suspicions.lag_as_assumed, 1 month (a warning): The lag is not shorter" in show_received(done)
    assert received_as_dict(done)["warnings"] == [{"rule": "suspicions.lag_as_assumed", "months": 1}]
