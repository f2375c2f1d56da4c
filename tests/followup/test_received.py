"""What deliveries become: events, years, coverage and search, row by row; and what a later delivery changes."""

import datetime as dt
import hashlib
import subprocess
from dataclasses import replace

import polars as pl
import pytest

from sigpanel.cli.show_followup import received_as_dict, show_received
from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.delivery import Coverage
from sigpanel.contracts.followup import facts, schema
from sigpanel.errors import InputError, PolicyError, SigpanelError
from sigpanel.extracts import open_extract
from sigpanel.followup import receive as module
from sigpanel.followup.held import Taken
from sigpanel.followup.layout import BEFORE, FOLLOWUP, UNFINISHED
from sigpanel.followup.project import project_of
from sigpanel.followup.receive import purge
from sigpanel.followup.replaced import Amount, replaced
from sigpanel.panel.layout import FOLLOWUP as PLACE
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import CONVICTION, DEPRIVED, EVENT, SUSPICION, YEAR
from tests.support.followup import (
    PERSONS,
    SEARCHED,
    TODAY,
    bra,
    contents,
    control,
    deliver,
    kvv,
    make_extract,
    rewritten,
    scb,
)


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def extract(tmp_path):
    return make_extract(tmp_path / "demo-followup-v1")


def received(extract, *folders):
    for folder in folders:
        receive_alone(extract, folder, today=TODAY)
    return open_extract(extract, today=TODAY)


def years(opened, person, column):
    rows = opened.table("outcome_years").filter(person_id=person).select("year", column).collect()
    return dict(rows.iter_rows())


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


# --- what comes later -------------------------------------------------------------------------------------------------


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


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_what_was_changed_since_is_not_gone_on_with(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    (extract / FOLLOWUP / "coverage.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as told:
        receive_alone(extract, scb(tmp_path / "scb"), today=TODAY)
    assert told.value.code == "followup-damaged"


@pytest.mark.parametrize("step", ["written", "noted", "put aside"])
def test_a_command_that_is_killed_leaves_the_one_before_whole(extract, tmp_path, monkeypatch, step):
    received(extract, bra(tmp_path / "bra"))
    before = contents(extract / FOLLOWUP)

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    if step == "put aside":
        monkeypatch.setattr("sigpanel.followup.write._put", lambda _, at: ((at / FOLLOWUP).rename(at / BEFORE), kill()))
    else:
        monkeypatch.setattr("sigpanel.followup.write." + ("_put" if step == "noted" else "_manifest"), kill)
    with pytest.raises(Killed):
        receive_alone(extract, scb(tmp_path / "scb"), today=TODAY)
    monkeypatch.undo()
    place = extract / (BEFORE if step == "put aside" else FOLLOWUP)
    assert contents(place) == before
    if step == "put aside":
        # Else nobody in it would have died, for all that the tables tell.
        with pytest.raises(InputError) as told:
            open_extract(extract, today=TODAY)
        assert told.value.code == "followup-unfinished"
        assert told.value.message == (
            "What register holders delivered to demo-followup-v1 is not in its place: a command was interrupted, or "
            "somebody moved it."
        )
    else:
        assert open_extract(extract, today=TODAY).coverage.collect().height == 2
    opened = received(extract, scb(tmp_path / "again"))
    assert {*opened.coverage.collect()["source"]} == {"bra_convictions", "bra_suspicions", "rtb", "lisa"}
    assert not (extract / BEFORE).exists()
    assert not (extract / UNFINISHED).exists()


def test_what_a_killed_command_put_aside_can_be_put_back_by_hand_as_the_refusal_says(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    (extract / FOLLOWUP).rename(extract / BEFORE)
    with pytest.raises(InputError) as told:
        open_extract(extract, today=TODAY)
    assert f"rename {BEFORE} to {FOLLOWUP}" in told.value.remedy
    (extract / BEFORE).rename(extract / FOLLOWUP)
    assert open_extract(extract, today=TODAY).coverage.collect().height == 2


def test_what_is_in_its_place_is_whole_also_while_the_one_before_it_lies_beside(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    (extract / BEFORE).mkdir()
    assert open_extract(extract, today=TODAY).coverage.collect().height == 2


def test_an_extract_that_an_issue_left_without_what_was_received_is_not_opened(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    aside = extract.parent / f".issuing-{extract.name}-before"
    aside.mkdir()
    (extract / FOLLOWUP).rename(aside / FOLLOWUP)
    with pytest.raises(InputError) as told:
        open_extract(extract, today=TODAY)
    assert told.value.code == "followup-unfinished"


def test_whatever_goes_wrong_nothing_half_made_stays_behind(extract, tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("ours")

    monkeypatch.setattr("sigpanel.followup.write._manifest", fail)
    with pytest.raises(ValueError, match="ours"):
        receive_alone(extract, bra(tmp_path / "bra"), today=TODAY)
    assert not [path for path in extract.iterdir() if "followup" in path.name]


def test_what_is_another_extracts_is_not_opened(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    rewritten(extract / FOLLOWUP / "manifest.json", "demo-followup-v1", "demo-followup-v2")
    with pytest.raises(InputError) as told:
        _ = open_extract(extract, today=TODAY).tables
    assert told.value.code == "followup-damaged"


@pytest.mark.parametrize(
    "spoil",
    [lambda content: content[: len(content) // 2], lambda content: content[:40] + b"AB0712" + content[46:]],
    ids=["cut short", "changed inside"],
)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("followup/outcomes", "followup-damaged"),
        ("followup/delivered/convictions", "followup-damaged"),
        ("persons", "extract-damaged"),
    ],
)
def test_a_damaged_table_is_refused_when_it_is_asked_for(extract, tmp_path, name, code, spoil):
    # What was issued has its sums too.
    sums = hashlib.sha256((extract / "persons.parquet").read_bytes()).hexdigest()
    (extract / "SHA256SUMS").write_text(f"{sums}  persons.parquet\n", encoding="utf-8")
    received(extract, bra(tmp_path / "bra"))
    path = extract / f"{name}.parquet"
    path.write_bytes(spoil(path.read_bytes()))
    opened = open_extract(extract, today=TODAY)
    with pytest.raises(InputError) as told:
        opened.table(path.stem)
    assert (told.value.code, told.value.__cause__) == (code, None)
    assert f"{name}.parquet" in told.value.message
    assert opened.table("searched").collect().height == 6


def test_a_table_that_cannot_be_read_is_refused_where_no_sums_lie_beside_it(extract):
    (extract / "persons.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as told:
        open_extract(extract, today=TODAY).table("persons")
    assert (told.value.code, told.value.__suppress_context__ or told.value.__context__ is None) == (
        "extract-damaged", True,
    )  # fmt: skip


def test_a_damaged_codebook_of_what_was_received_is_refused(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra"))
    (extract / FOLLOWUP / "codebook.csv").write_bytes(b"\xff;\n")
    with pytest.raises(InputError) as told:
        _ = opened.variables
    assert told.value.code == "followup-damaged"


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
