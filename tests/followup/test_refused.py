"""A delivery with each fault: refused with its message and code, and nothing is written."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import CONVICTION, DEPRIVED, EVENT, SUSPICION, YEAR
from tests.support.followup import (
    REGISTERS,
    SEARCHED,
    TODAY,
    bra,
    contents,
    control,
    deliver,
    kvv,
    line,
    make_extract,
    rewritten,
    scb,
)

NUMBER = "200107051234"


def spoilt(name, old, new):
    def made(folder):
        rewritten(bra(folder) / name, old, new)

    return made


def with_file(name, content):
    def made(folder):
        (bra(folder) / name).write_bytes(content)

    return made


def without_file(name):
    def made(folder):
        (bra(folder) / name).unlink()

    return made


def rows(**changed):
    return lambda folder: bra(folder, convictions=[{**CONVICTION, **changed}])


def twice(folder):
    bra(folder, convictions=[CONVICTION, CONVICTION])


def as_parquet(folder):
    bra(folder)
    frame = pl.read_csv(folder / "convictions.csv", separator=";").cast(pl.String)
    (folder / "convictions.csv").unlink()
    frame.write_parquet(folder / "convictions.parquet")


def both_forms(folder):
    bra(folder)
    pl.DataFrame({"a": [1]}).write_parquet(folder / "convictions.parquet")


def no_searched(folder):
    deliver(folder, {"convictions": [CONVICTION]}, {"convictions": "bra_convictions"})


def of_two_holders(folder):
    bra(folder)
    pl.DataFrame([YEAR]).write_csv(folder / "work_and_study.csv", separator=";")
    path = folder / "coverage.csv"
    path.write_text(path.read_text() + line("work_and_study", "lisa"))


def of_another_source(folder):
    deliver(
        folder,
        {"searched": [{"person_id": "P1", "search": "searched"}], "deprivation": []},
        {"searched": "socialstyrelsen", "deprivation": "socialstyrelsen"},
    )


BROKEN = "The delivery does not keep its contract, and nothing was taken in:"
ASK_KNOWN = (
    "Ask the holder for rows under the ids of the request: it names somebody whom the request did not, or by another "
    "id, perhaps a personal number."
)
ASK_IN_SET = "Translate the holder's codes into the words of the contract, or add a word to the contract."
FAULTS = [
    ("there is no coverage", without_file("coverage.csv"), "delivery-coverage-missing",
     "The delivery has no coverage.csv."),
    (
        "the coverage has no line for a table", spoilt("coverage.csv", line("convictions", "bra_convictions"), ""),
        "delivery-coverage-missing", "coverage.csv has no line for convictions, which the delivery holds.",
    ),
    (
        "a table that is declared is missing", without_file("convictions.csv"),
        "delivery-table-missing", "The delivery declares convictions, and the file is not there.",
    ),
    ("nobody says who was searched for", no_searched, "delivery-searched-missing",
     "The delivery does not tell whom the holder searched for. Nothing was taken in."),
    ("a file of nobody's", with_file(f"{NUMBER}.txt", b""), "delivery-files",
     "1 file in the folder belong to no delivery."),
    ("a table in two forms", both_forms, "delivery-table-twice", "The delivery has two files of convictions."),
    ("a column of the coverage is missing", spoilt("coverage.csv", "lag_months", "lag"), "delivery-coverage",
     "The columns of coverage.csv are not those that it must have."),
    ("a line for no table", spoilt("coverage.csv", "convictions;", f"{NUMBER};"), "delivery-coverage",
     "Line 4 of coverage.csv is for no table that there is, or for one that has a line already."),
    ("an unknown source", spoilt("coverage.csv", "bra_convictions", "polisen"), "delivery-coverage",
     "The declared coverage of convictions does not hold: source."),
    ("a day that is none",
     spoilt("coverage.csv", "bra_convictions;2024:1;2018-01-01", "bra_convictions;2024:1;2018-1-1"),
     "delivery-coverage", "The declared coverage of convictions does not hold: from_on."),
    ("a coverage that ends before it begins", spoilt("coverage.csv", "2023-12-31", "2017-12-31"), "delivery-coverage",
     "The declared coverage of searched does not hold: until_on."),
    ("a coverage of days that have not been", spoilt("coverage.csv", "2023-12-31", "2039-12-31"),
     "delivery-coverage-ahead", "The declared coverage of searched, suspicions, convictions does not hold: until_on "
     "lies after today. Nothing was taken in."),
    ("a personal number for a version", spoilt("coverage.csv", "2024:1", NUMBER), "delivery-coverage",
     "The declared coverage of searched does not hold: version."),
    ("a byte order mark", with_file("convictions.csv", b"\xef\xbb\xbfperson_id\n"),
     "delivery-bom", "The file of convictions begins with a byte order mark."),
    ("commas", with_file("convictions.csv", b"person_id,decision_no\nP1,1\n"), "delivery-comma",
     "The file of convictions has commas between columns."),
    ("another encoding", with_file("convictions.csv", "person_id;sk\xe4l\n".encode("latin-1")), "delivery-unreadable",
     "The file of convictions is not UTF-8, or its quotes do not match."),
    ("an open quote", with_file("convictions.csv", b'person_id;a\n"P1;2\n'), "delivery-unreadable",
     "The file of convictions is not UTF-8, or its quotes do not match."),
    ("an empty file", with_file("convictions.csv", b""), "delivery-unreadable", "The file of convictions is empty."),
    ("a column twice", spoilt("convictions.csv", "decision_no;", "person_id;"), "delivery-column-twice",
     "The file of convictions has two columns of one name."),
    ("a line that is too short", spoilt("convictions.csv", ";prison;8;0", ";prison;8"), "delivery-lines",
     "The file of convictions has 1 line with more or fewer cells than its header."),
    ("no Parquet", lambda folder: (bra(folder), (folder / "convictions.csv").rename(folder / "convictions.parquet")),
     "delivery-unreadable", "The file of convictions cannot be read as Parquet."),
    ("two holders in one folder", of_two_holders, "delivery-holders",
     "Whom Brå searched for says nothing of work_and_study. Nothing was taken in."),
    ("a missing column", spoilt("convictions.csv", "legal_force", NUMBER), "delivery-refused",
     f"{BROKEN}\n  convictions.columns: Ask the holder for the columns that are missing: legal_force. Leave out "
     "what the contract does not have: column number 9.\n  convictions.legal_force.type: Ask the holder for the "
     "columns that are missing: legal_force.\n"),
    ("a value of another type", spoilt("convictions.csv", ";8;0", f";{NUMBER};0"), "delivery-refused",
     f"{BROKEN}\n  convictions.sanction_months.type, 1 cell: Read the column as int16; where that fails, ask "
     "the holder for "
     "it so.\n"),
    ("a day without zeros", spoilt("convictions.csv", "2019-09-01", "2019-9-1"), "delivery-refused",
     f"{BROKEN}\n  convictions.verdict_on.type, 1 cell: Read the column as date; where that fails, ask the "
     "holder for it "
     "so.\n"),
    ("an id that nobody asked about", rows(person_id="P9"), "delivery-refused",
     f"{BROKEN}\n  convictions.person_id.known, 1 row: {ASK_KNOWN}\n"),
    ("a personal number for an id", rows(person_id=NUMBER), "delivery-refused",
     f"{BROKEN}\n  convictions.person_id.known, 1 row: {ASK_KNOWN}\n  Of the ids that nobody asked about, 1 look like "
     "personal numbers: the delivery must not lie here.\n"),
    ("a key twice", twice, "delivery-refused",
     f"{BROKEN}\n  convictions.person_id+decision_no+offence_no.unique, 2 rows: Ask the holder why rows stand "
     "twice; leave none out by guess.\n  "
     "convictions.one_main_offence, 1 row: Ask the holder; if the register can hold such, change the contract and say "
     "why.\n"),
    ("a day outside the coverage", rows(verdict_on=dt.date(2024, 5, 1), in_force_on=None, legal_force="not_final"),
     "delivery-refused",
     f"{BROKEN}\n  convictions.verdict_on.covered, 1 row: Declare the days that the delivery covers, or ask "
     "the holder for "
     "those that were asked for.\n"),
    ("a word that is none", rows(crime_category=NUMBER), "delivery-refused",
     f"{BROKEN}\n  convictions.crime_category.in_set, 1 row: {ASK_IN_SET}\n"),
    ("somebody asked about is not answered", spoilt("searched.csv", "P2;searched\n", ""), "delivery-refused",
     f"{BROKEN}\n  searched.everybody_asked, 1 row: Ask the holder; if the register can hold such, change the "
     "contract and "
     "say why.\n"),
    ("a row of somebody who was not searched for", rows(person_id="P3"), "delivery-contradicts",
     "Deliveries contradict each other, and nothing was taken in:\n  convictions.searched_only, 1 row: Only "
     "persons who "
     "were searched for have rows. Ask the holder which of the two is right: whom it searched for, or these rows.\n"),
]  # fmt: skip


def refusal(act):
    with pytest.raises(SigpanelError) as told:
        act()
    return told.value


@pytest.mark.parametrize(
    ("spoil", "code", "message"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_a_delivery_with_a_fault_is_refused_and_nothing_is_written(extract, tmp_path, spoil, code, message):
    before = contents(extract)
    spoil(tmp_path / "sent")
    error = refusal(lambda: receive_alone(extract, tmp_path / "sent", today=TODAY))
    assert (type(error), error.code, error.message) == (InputError, code, message)
    assert NUMBER not in f"{error}{error.__cause__}{error.__context__ if not error.__suppress_context__ else ''}"
    assert contents(extract) == before
    assert not [path for path in extract.iterdir() if "followup" in path.name]


def test_parquet_of_other_types_is_refused_by_type(extract, tmp_path):
    as_parquet(tmp_path / "sent")
    error = refusal(lambda: receive_alone(extract, tmp_path / "sent", today=TODAY))
    assert (error.code, error.message.count(".type: Read the column as")) == ("delivery-refused", 11)


def of_several(folder):
    bra(folder / "bra")
    kvv(folder / "kvv")
    (folder / "truth").mkdir()


def of_one(folder):
    bra(folder / "bra")


def empty(folder):
    folder.mkdir()


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (of_several, "2 folders in it hold one each: receive them one by one."),
        (of_one, "A folder in it holds one: give that."),
        (make_extract, "It is an extract, a release or a study. Give the folder that the holder's files lie in."),
        (empty, "Give the folder that holds coverage.csv and a file for each table, such as convictions.csv."),
    ],
    ids=["deliveries in it", "one delivery in it", "an extract", "nothing"],
)
def test_a_folder_that_is_no_delivery_is_told_from_one_with_a_fault(extract, tmp_path, make, remedy):
    make(tmp_path / "sent")
    error = refusal(lambda: receive_alone(extract, tmp_path / "sent", today=TODAY))
    assert (type(error), error.code, error.remedy) == (InputError, "delivery-none", remedy)


def test_a_delivery_that_is_a_file_or_is_not_there_is_wrong_usage(extract, tmp_path):
    sent = bra(tmp_path / "sent")
    error = refusal(lambda: receive_alone(extract, sent / "coverage.csv", today=TODAY))
    assert (type(error), error.code) == (UsageError, "no-folder")
    assert error.message == "The delivery is to be a folder, and this is a file."
    assert error.remedy == "Give the folder in which the coverage.csv of the delivery lies."
    assert refusal(lambda: receive_alone(extract, tmp_path / "no", today=TODAY)).message == "There is no such folder."


@pytest.mark.parametrize(
    ("registers", "told"),
    [
        (None, "searched from bra, suspicions from bra_suspicions, convictions from bra_convictions"),
        ({"suspicions": ["bra_suspicions"]}, "convictions from bra_convictions"),
    ],
    ids=["an approval without registers", "a kind that is not named"],
)
def test_what_the_approval_does_not_cover_is_refused_by_policy(tmp_path, registers, told):
    extract = make_extract(tmp_path / "demo-followup-v1", registers)
    before = contents(extract)
    error = refusal(lambda: receive_alone(extract, bra(tmp_path / "sent"), today=TODAY))
    assert (type(error), error.code, error.exit_code) == (PolicyError, "delivery-not-approved", 4)
    assert error.message == f"The approval of demo-followup-v1 does not cover {told}. Nothing was taken in."
    assert contents(extract) == before


def test_a_source_that_is_not_named_is_refused_by_policy(extract, tmp_path):
    of_another_source(tmp_path / "sent")
    error = refusal(lambda: receive_alone(extract, tmp_path / "sent", today=TODAY))
    assert (type(error), error.code) == (PolicyError, "delivery-not-approved")
    assert "does not cover deprivation from socialstyrelsen." in error.message


def test_an_extract_whose_approval_has_ended_receives_nothing(tmp_path):
    extract = make_extract(tmp_path / "demo-followup-v1", valid_to="2025-12-31")
    error = refusal(lambda: receive_alone(extract, bra(tmp_path / "sent"), today=TODAY))
    assert (type(error), error.code) == (PolicyError, "extract-expired")


def test_a_folder_that_is_not_there_is_wrong_usage(extract, tmp_path):
    error = refusal(lambda: receive_alone(extract, tmp_path / "nowhere", today=TODAY))
    assert (type(error), error.code) == (UsageError, "no-folder")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda at: kvv(at, [{**DEPRIVED, "from_on": dt.date(2019, 10, 1)}]), "deprivation"),
        (lambda at: bra(at, suspicions=()), "convictions"),
        (lambda at: bra(at, convictions=(), suspicions=[SUSPICION]), "suspicions"),
        (lambda at: scb(at, lives=[{**EVENT, "kind": "death", "happened_on": dt.date(2019, 1, 10)}]), "work_and_study"),
    ],
)
def test_nothing_happens_after_a_death_that_another_delivery_told(extract, tmp_path, make, kind):
    died = {**EVENT, "kind": "death", "happened_on": dt.date(2019, 1, 10)}
    receive_alone(extract, scb(tmp_path / "deaths", lives=[died], years=[{**YEAR, "person_id": "P2"}]), today=TODAY)
    before = contents(extract)
    error = refusal(lambda: receive_alone(extract, make(tmp_path / "sent"), today=TODAY))
    assert (error.code, f"{kind}.nothing_after_death, 1 row" in error.message) == ("delivery-contradicts", True)
    assert contents(extract) == before


def test_a_control_that_was_not_drawn_is_nobody_who_was_asked_about(extract, tmp_path):
    receive_alone(extract, scb(tmp_path / "scb", controls=[control("P2")]), today=TODAY)
    sent = bra(tmp_path / "sent", suspicions=[{**SUSPICION, "person_id": "P1-1"}])
    error = refusal(lambda: receive_alone(extract, sent, today=TODAY))
    assert (error.code, "suspicions.person_id.known, 1 row" in error.message) == ("delivery-refused", True)
    assert (
        "\n  Of the ids that nobody asked about, 1 are handed out for controls, and stand for nobody who was drawn: "
        "controls are received first." in error.message
    )


# --- what advice is given ---------------------------------------------------------------------------------------------


def test_what_tells_of_controls_before_they_came_is_told_to_wait_and_not_sent_back(extract, tmp_path):
    sent = bra(tmp_path / "sent", suspicions=[{**SUSPICION, "person_id": "P1-1"}])
    rewritten(sent / "searched.csv", "P1;searched\n", "P1;searched\nP1-1;searched\nP2-1;searched\n")
    before = contents(extract)
    error = refusal(lambda: receive_alone(extract, sent, today=TODAY))
    assert (type(error), error.code) == (InputError, "delivery-before-controls")
    assert error.message == (
        "The delivery tells of 2 of the controls, and none have been received yet. Nothing was taken in."
    )
    assert error.remedy == (
        "Receive the delivery with the table controls first, and then this one again: nothing is wrong with it."
    )
    assert contents(extract) == before


def test_where_a_personal_number_came_along_there_is_one_advice_and_it_is_to_destroy(extract, tmp_path):
    sent = bra(tmp_path / "sent", [{**CONVICTION, "person_id": NUMBER}], [{**SUSPICION, "person_id": "P1-1"}])
    error = refusal(lambda: receive_alone(extract, sent, today=TODAY))
    assert error.remedy == (
        "Destroy the delivery, send it to nobody, and tell the holder by this list: it holds no person's data."
    )
    assert "1 look like personal numbers: the delivery must not lie here." in error.message
    assert ("back" in str(error).lower(), str(error).count("Destroy"), NUMBER in str(error)) == (False, 1, False)


def test_what_breaks_its_contract_otherwise_is_sent_back(extract, tmp_path):
    error = refusal(lambda: receive_alone(extract, bra(tmp_path / "sent", [CONVICTION] * 2), today=TODAY))
    assert error.remedy.startswith("Send it back with this list: it holds no person's data.")


# --- days and lags that no register has -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"first": "0001-01-01", "last": "0001-12-31", "lag": 24}, "from_on"),
        ({"first": "1899-12-31"}, "from_on"),
        ({"lag": 999}, "lag_months"),
        ({"lag": 121}, "lag_months"),
    ],
)
def test_a_day_or_a_lag_beyond_the_bounds_of_the_contract_is_refused(extract, tmp_path, said, what):
    sent = kvv(tmp_path / "sent", (), **said)
    error = refusal(lambda: receive_alone(extract, sent, today=TODAY))
    assert (type(error), error.code) == (InputError, "delivery-coverage")
    assert error.message == f"The declared coverage of searched does not hold: {what}."
    assert "none is before 1900-01-01, and the lag is at most 120 months." in error.remedy
    assert not [path for path in extract.iterdir() if "followup" in path.name]


def test_a_lag_that_leaves_no_complete_day_is_refused(extract, tmp_path):
    sent = kvv(tmp_path / "sent", (), first="2022-01-01", lag=25)
    error = refusal(lambda: receive_alone(extract, sent, today=TODAY))
    assert (type(error), error.code) == (InputError, "delivery-coverage-lag")
    assert error.message == (
        "The declared coverage of deprivation does not hold: with lag_months taken off its end, no day of it is "
        "complete. Nothing was taken in."
    )
    assert not [path for path in extract.iterdir() if "followup" in path.name]


def test_a_version_that_is_added_may_be_shorter_than_its_lag(extract, tmp_path):
    receive_alone(extract, kvv(tmp_path / "one"), today=TODAY)
    sent = kvv(tmp_path / "two", (), version="2025:1", first="2024-01-01", last="2024-12-31", lag=18)
    assert receive_alone(extract, sent, today=TODAY).received.coverages["deprivation"].complete_until == dt.date(
        2023, 6, 30
    )


# --- one death of one person, told by two registers -------------------------------------------------------------------


def by_causes(folder, died_on, known_to="day"):
    died = {**EVENT, "kind": "death", "happened_on": dt.date.fromisoformat(died_on), "known_to": known_to}
    died["registered_on"] = None
    sources = {"searched": "socialstyrelsen", "deaths_and_emigration": "dodsorsaksregistret"}
    return deliver(folder, {"searched": SEARCHED, "deaths_and_emigration": [died]}, sources)


@pytest.fixture
def of_deaths(tmp_path):
    """An extract for which two registers tell deaths, the population register's received: P1 died on 1 January 2020."""
    registers = {**REGISTERS, "deaths_and_emigration": ["rtb", "dodsorsaksregistret"]}
    extract = make_extract(tmp_path / "demo-followup-v1", registers)
    died = {**EVENT, "kind": "death", "happened_on": dt.date(2020, 1, 1), "registered_on": None}
    receive_alone(extract, scb(tmp_path / "rtb", lives=[died]), today=TODAY)
    return extract


def test_two_deaths_of_one_person_in_two_registers_are_refused(of_deaths, tmp_path):
    before = contents(of_deaths)
    error = refusal(lambda: receive_alone(of_deaths, by_causes(tmp_path / "sent", "2021-06-01"), today=TODAY))
    assert (type(error), error.code) == (InputError, "delivery-contradicts")
    assert error.message == (
        "Deliveries contradict each other, and nothing was taken in:\n  deaths_and_emigration.one_death, 2 rows: "
        "Nobody dies twice: deaths of one person that registers tell lie further apart than they date one. Ask both "
        "holders; a personal number may have been mistaken for another.\n"
    )
    assert contents(of_deaths) == before


@pytest.mark.parametrize(
    ("died_on", "known_to", "warned"),
    [
        ("2020-01-01", "day", []),
        ("2020-01-04", "day", [("deaths_and_emigration.same_day_of_death", 1, "death")]),
        ("2020-02-01", "day", [("deaths_and_emigration.same_day_of_death", 1, "death")]),
        ("2020-01-01", "month", []),
        ("2020-01-01", "year", []),
    ],
)
def test_a_death_that_two_registers_date_a_few_days_apart_is_warned_of(of_deaths, tmp_path, died_on, known_to, warned):
    done = receive_alone(of_deaths, by_causes(tmp_path / "sent", died_on, known_to), today=TODAY)
    assert [(one.rule, one.n, one.what) for one in done.received.warnings if "same_day" in one.rule] == warned


def test_a_control_of_a_number_that_was_not_handed_out_is_refused(extract, tmp_path):
    sent = scb(tmp_path / "sent", controls=[{**control("P1"), "control_id": "P1-2"}])
    error = refusal(lambda: receive_alone(extract, sent, today=TODAY))
    assert "controls.control_id.known, 1 row" in error.message
