"""What a later delivery changes: the same again, a version in the place of another or beside it, or holding less."""

import datetime as dt
import subprocess
from dataclasses import replace

import polars as pl
import pytest

from sigpanel.cli.show_followup import received_as_dict, show_received
from sigpanel.contracts.delivery import Coverage
from sigpanel.errors import InputError
from sigpanel.extracts import open_extract
from sigpanel.followup.held import Taken
from sigpanel.followup.layout import FOLLOWUP
from sigpanel.followup.replaced import Amount, replaced
from sigpanel.panel.layout import FOLLOWUP as PLACE
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import CONVICTION, SUSPICION
from tests.support.followup import (
    TODAY,
    bra,
    contents,
    day,
    kvv,
    make_extract,
    received,
    rewritten,
    scb,
    years,
)


def test_the_same_delivery_again_changes_nothing_and_gives_the_same_bytes(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    before = contents(extract)
    again = receive_alone(extract, tmp_path / "bra", today=TODAY + dt.timedelta(days=9))
    assert (again.received.is_new, contents(extract)) == (False, before)


def test_the_order_in_which_deliveries_come_changes_no_byte(tmp_path):
    sent = [bra(tmp_path / "bra"), scb(tmp_path / "scb"), kvv(tmp_path / "kvv")]
    one, other = (make_extract(tmp_path / name / "demo-followup-v1") for name in ("one", "other"))
    received(one, *sent)
    received(other, *reversed(sent))
    assert contents(one) == contents(other)


def test_the_extract_itself_stays_as_it_was_issued_and_the_sums_hold(extract, tmp_path):
    before = contents(extract)
    received(extract, bra(tmp_path / "bra"))
    after = contents(extract)
    assert {name: told for name, told in after.items() if not name.startswith("followup/")} == before
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=extract / FOLLOWUP, check=False).returncode == 0
    assert PLACE == FOLLOWUP


def test_the_same_version_takes_the_place_of_the_one_before(extract, tmp_path):
    received(extract, bra(tmp_path / "one"))
    receive_alone(extract, bra(tmp_path / "two", convictions=()), today=TODAY, is_less_meant=True)
    opened = open_extract(extract, today=TODAY)
    assert opened.convictions.collect().height == 0
    assert opened.coverage.filter(outcome="conviction").collect().height == 1


def test_a_version_that_covers_more_takes_the_place_of_the_one_before(extract, tmp_path):
    received(extract, bra(tmp_path / "one", version="2024:1"))
    opened = received(extract, bra(tmp_path / "two", version="2025:1", last="2024-12-31"))
    assert opened.convictions.select("version").unique().collect().rows() == [("2025:1",)]


def test_a_version_that_goes_on_where_the_other_ended_is_added(extract, tmp_path):
    received(extract, bra(tmp_path / "one"))
    later = {**CONVICTION, "verdict_on": day("2024-09-01"), "in_force_on": day("2024-09-22")}
    sent = bra(tmp_path / "two", [later], suspicions=(), version="2025:1", first="2024-01-01", last="2024-12-31", lag=0)
    opened = received(extract, sent)
    assert opened.convictions.select("version").collect()["version"].to_list() == ["2024:1", "2025:1"]
    told = opened.coverage.filter(outcome="conviction").select("from_on", "until_on", "lag_months", "version").collect()
    assert told.rows() == [(day("2018-01-01"), day("2024-12-31"), 0, "2025:1")]
    assert years(opened, "P1", "n_convictions")[2023] == 0


@pytest.mark.parametrize(
    ("first", "last"), [("2023-06-01", "2024-12-31"), ("2024-02-01", "2024-12-31"), ("2019-01-01", "2020-12-31")]
)
def test_days_told_twice_or_by_none_are_refused(extract, tmp_path, first, last):
    received(extract, bra(tmp_path / "one"))
    before = contents(extract)
    sent = bra(tmp_path / "two", convictions=(), suspicions=(), version="2025:1", first=first, last=last)
    with pytest.raises(InputError) as told:
        receive_alone(extract, sent, today=TODAY)
    assert told.value.code == "delivery-days"
    assert contents(extract) == before


def test_a_version_that_holds_far_less_is_refused_unless_it_is_meant(extract, tmp_path):
    two = [{**SUSPICION, "suspicion_no": no} for no in (1, 2)]
    received(extract, bra(tmp_path / "one", suspicions=two))
    before = contents(extract)
    empty = bra(tmp_path / "two", suspicions=(), version="2025:1", last="2024-12-31")
    with pytest.raises(InputError) as told:
        receive_alone(extract, empty, today=TODAY)
    assert (told.value.code, contents(extract)) == ("delivery-holds-less", before)
    assert told.value.message == (
        "The delivery holds far less than what it would take the place of, and nothing was taken in:\n"
        "  suspicions from bra_suspicions: rows: 2 before, 0 now; persons with rows: too few to tell before, 0 now; "
        "persons searched for: too few to tell before, too few to tell now.\n"
    )
    assert told.value.remedy.endswith("If less is right, run the command again with --less.")
    done = receive_alone(extract, empty, today=TODAY, is_less_meant=True)
    assert open_extract(extract, today=TODAY).suspicions.collect().height == 0
    assert [(one.kind, one.before.rows, one.now.rows, one.is_less) for one in done.received.replaced] == [
        ("suspicions", 2, 0, True), ("convictions", 1, 1, False),
    ]  # fmt: skip
    assert "In place of an earlier version: suspicions from bra_suspicions: rows: 2 before, 0 now;" in show_received(
        done
    )
    assert received_as_dict(done)["replaced"][0] == {
        "kind": "suspicions", "source": "bra_suspicions", "is_less": True,
        "before": {"rows": 2, "persons": "hidden", "searched": "hidden"},
        "now": {"rows": 0, "persons": 0, "searched": "hidden"},
    }  # fmt: skip


def test_half_of_the_rows_is_not_far_less_and_whom_nobody_searched_for_any_more_is(extract, tmp_path):
    two = [{**SUSPICION, "suspicion_no": no} for no in (1, 2)]
    received(extract, bra(tmp_path / "one", suspicions=two), bra(tmp_path / "half", suspicions=two[:1]))
    nobody = bra(tmp_path / "nobody", suspicions=(), convictions=())
    rewritten(nobody / "searched.csv", "P1;searched\nP2;searched", "P1;no_number\nP2;no_number")
    with pytest.raises(InputError) as told:
        receive_alone(extract, nobody, today=TODAY)
    assert "persons searched for: too few to tell before, 0 now" in told.value.message


def test_persons_are_counted_as_they_may_be_told_and_the_same_again_takes_the_place_of_nothing():
    taken = many(12)
    (one,) = replaced([taken], [replace(taken, frame=taken.frame.head(7))])
    assert (one.before, one.now, one.is_less) == (Amount(12, 10, 10), Amount(7, 5, 10), False)
    assert replaced([taken], [taken]) == ()
    assert replaced([taken], [replace(taken, coverage=replace(taken.coverage, source="other"))]) == ()


def many(n):
    ids = [f"P{no}" for no in range(n)]
    days = Coverage("kriminalvarden", "2024:1", dt.date(2018, 1, 1), dt.date(2023, 12, 31), 1)
    return Taken("deprivation", days, pl.DataFrame({"person_id": ids}),
                 pl.DataFrame({"person_id": ids, "search": ["searched"] * n}))  # fmt: skip
