"""The contracts of deliveries are read strictly, say what a researcher needs, and a coverage is held against them."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.contracts.deliveries import declared, deliveries, delivery, read_delivery, read_shared, shared
from sigpanel.contracts.delivery import VIEWS, Coverage, Source, Text
from sigpanel.contracts.model import CLASSIFICATIONS
from sigpanel.contracts.rules import Rule, When
from sigpanel.errors import Fault, InputError, UsageError
from sigpanel.forms import variables
from sigpanel.resources import contracts_dir

SMALL = """
version: "1.0.0"
status: "assumed"
en: "Fines"
sv: "Böter"
row: {en: "person × fine", sv: "person × bot"}
sources:
  police: {holder: "Polisen", holds_from: "2001-02-03", holds: {kind: ["spot"]}, en: "The police", sv: "Polisen"}
population: {from_age: 15, en: "Anybody", sv: "Vem som helst"}
absent: {means: "none", en: "No fine", sv: "Ingen bot"}
coverage: {as: "day", by: ["fined_on"]}
lag: {months: 2, en: "Weeks", sv: "Veckor"}
sla: {every: "year", by: "06-30", years_behind: 1, en: "Yearly", sv: "Årligen"}
key: ["person_id", "fined_on"]
vocabularies:
  fine_kind:
    "spot": {en: "On the spot", sv: "På plats"}
    "court": {en: "By a court", sv: "Av domstol"}
columns:
  - {name: "person_id", type: "string", ids: "anybody", classification: "pseudonymised", en: "P", sv: "P"}
  - {name: "fined_on", type: "date", classification: "sensitive_art10", en: "Day", sv: "Dag"}
  - {name: "kind", type: "string", values: "fine_kind", classification: "sensitive_art10", en: "Kind", sv: "Slag"}
  - {name: "days", type: "int16", unit: "days", nullable: true, classification: "sensitive_art10", en: "D", sv: "D"}
rules:
  - {id: "some_days", kind: "between", columns: ["days"], params: {low: 1}, when: {column: "kind", is: "in", values: ["court"]}, severity: "error", en: "Some", sv: "Några"}
  - {id: "by_the_end", kind: "between", columns: ["fined_on"], params: {high: "coverage.until_on"}, severity: "warning", en: "By then", sv: "Då"}
assumes:
  - "Nothing."
"""  # noqa: E501 - as the file has it


@pytest.fixture
def fines(tmp_path):
    def read(text: str = SMALL):
        (tmp_path / "fines.yaml").write_text(text, encoding="utf-8")
        return read_delivery(tmp_path / "fines.yaml")

    return read


def test_a_small_contract_is_read(fines):
    fine = fines()
    assert (fine.name, fine.version, fine.status, fine.key) == ("fines", "1.0.0", "assumed", ("person_id", "fined_on"))
    assert fine.schema == pl.Schema({"person_id": pl.String, "fined_on": pl.Date, "kind": pl.String, "days": pl.Int16})
    assert [term.token for term in fine.words("kind")] == ["spot", "court"]
    assert fine.words("days") == ()
    assert (fine.by_name["person_id"].ids, fine.by_name["days"].unit) == ("anybody", "days")
    assert fine.sources == {
        "police": Source("Polisen", None, dt.date(2001, 2, 3), {"kind": ("spot",)}, Text("The police", "Polisen"))
    }
    assert fine.rules == (
        Rule(
            "fines.some_days", "fines", "between", ("days",), {"low": 1}, When("kind", "in", ("court",)), "error",
            "Some", "Några",
        ),
        Rule(
            "fines.by_the_end", "fines", "between", ("fined_on",), {"high": "coverage.until_on"}, None, "warning",
            "By then", "Då",
        ),
    )  # fmt: skip


FAULTS = [
    # The file as a whole.
    ('status: "assumed"', 'state: "assumed"', "the file: nobody knows state."),
    ('version: "1.0.0"\n', "", "the file: version is missing."),
    ('version: "1.0.0"', "version: 1.0", "version: a version such as 1.0.0 belongs here."),
    ('status: "assumed"', 'status: "certain"', "status: one of assumed, agreed, seen belongs here."),
    ('en: "Fines"', 'en: ""', "the file: a text belongs here."),
    ('en: "Fines"', 'en: "Fines"\nen: "Fees"', "line 2: en stands twice."),
    ("row: {en:", "row: {is:", "row: nobody knows is."),
    # Sources, population, absent, coverage, lag, SLA.
    ('holder: "Polisen", ', "", "source police: holder is missing."),
    ('"2001-02-03"', '"03/02 2001"', "source police, holds_from: a day such as 2007-01-01 belongs here."),
    ('holds: {kind: ["spot"]}', 'holds: {kind: ["fee"]}', "source police, kind: it names a word that the column"),
    ('holds: {kind: ["spot"]}', 'holds: {days: ["spot"]}', "source police, days: it is no column that has words."),
    ("from_age: 15", 'from_age: "15"', "population, from_age: a whole number of at least 0 belongs here."),
    ("from_age: 15", "from_age: -1", "population, from_age: a whole number of at least 0 belongs here."),
    ('means: "none"', 'means: "no"', "absent, means: one of none, unknown belongs here."),
    ('means: "none"', "means: no", "absent, means: one of none, unknown belongs here."),
    ('as: "day"', 'as: "week"', "coverage, as: one of day, interval, year, none belongs here."),
    ('as: "day"', 'as: "interval"', "coverage, by: interval runs by date and date."),
    ('as: "day"', 'as: "none"', "coverage, by: none runs by no column."),
    ('by: ["fined_on"]', 'by: ["days"]', "coverage, by: day runs by date."),
    ('by: ["fined_on"]', 'by: ["paid_on"]', "coverage, by: day runs by date."),
    ("lag: {months: 2", "lag: {weeks: 2", "lag: nobody knows weeks."),
    ('every: "year"', 'every: "month"', "sla, every: one of year, once, with_each belongs here."),
    ('every: "year"', 'every: "once"', "sla: once has within_months."),
    ('every: "year"', 'every: "with_each"', "sla: with_each has nothing besides."),
    (", years_behind: 1", "", "sla: year has by and years_behind."),
    ('by: "06-30"', 'by: "30 June"', "sla, by: a day such as 2007-01-01 belongs here."),
    # Key, words, columns.
    ('key: ["person_id", "fined_on"]', 'key: ["person_id", "paid_on"]', "key: key or unique names paid_on"),
    ('key: ["person_id", "fined_on"]', 'key: ["person_id", "days"]', "fines.days: a key is never null."),
    ('key: ["person_id", "fined_on"]', 'key: ["fined_on"]', "key: it says whom a row is of."),
    ("  fine_kind:", "  crime_category:", "vocabulary crime_category: it is one of those shared."),
    ('values: "fine_kind"', 'values: "crime_category"', "vocabulary fine_kind: no column uses it."),
    ('values: "fine_kind"', 'values: "shade"', "fines.kind: values names no vocabulary."),
    ('name: "days", type', 'name: "kind", type', "fines.kind: a column stands twice."),
    ('unit: "days", ', "", "fines.days: a number has a unit, and nothing else has."),
    ('unit: "days", ', 'unit: "weeks", ', "fines.days: unit names no unit."),
    ('type: "date", ', 'type: "date", unit: "days", ', "fines.fined_on: a number has a unit, and nothing else has."),
    ('ids: "anybody", ', "", "fines.person_id: a string has either words or ids; nothing else has."),
    ('ids: "anybody", ', 'ids: "police", ', "fines.person_id: ids is one of persons, controls, anybody."),
    ('ids: "anybody", ', 'ids: "anybody", nullable: true, ', "fines.person_id: an id is never null."),
    ('type: "date", ', 'type: "date", ids: "anybody", ', "fines.fined_on: a string has either words or ids"),
    ('type: "date", ', 'type: "date", references: "persons.person_id", ', "fines.fined_on: it has words, a unit"),
    ('type: "date", ', 'type: "day", ', "fines.fined_on: type is one of string"),
    ('"date", classification: "sensitive_art10"', '"date", classification: "secret"', "classification is one of"),
    # Rules.
    ('id: "some_days"', 'id: "Some days"', "a rule, id: a name of at most 32 lower-case characters belongs here."),
    ('id: "by_the_end"', 'id: "some_days"', "rule some_days: it stands twice."),
    ('id: "some_days"', 'id: "some_days", frame: "fines"', "rule some_days: the frame is the delivery"),
    ('id: "some_days"', 'id: "some_days", view: "decades"', f"rule some_days: a view is one of {', '.join(VIEWS)}."),
    ('id: "some_days"', 'id: "some_days", view: "lives"', "rule some_days: days is no column of fines__lives."),
    ('columns: ["days"]', 'columns: ["weeks"]', "rule some_days: weeks is no column of fines."),
    ('columns: ["days"]', 'columns: ["days", "kind"]', "rule fines.some_days: between is about 1 columns."),
    ('kind: "between", columns: ["days"]', 'kind: "above", columns: ["days"]', "rule fines.some_days: kind is one of"),
    ("params: {low: 1}", "params: {least: 1}", "rule some_days: nobody knows least."),
    ("params: {low: 1}", "params: {}", "rule some_days: it lacks its values or bounds."),
    ("params: {low: 1}", 'params: {low: "coverage.from_on"}', "rule some_days: days has bounds of its own kind"),
    ('params: {high: "coverage.until_on"}', "params: {high: 2020}", "rule by_the_end: fined_on has bounds of its own"),
    ("coverage.until_on", "coverage.end", "rule by_the_end: fined_on has bounds of its own kind, or of the coverage."),
    ('values: ["court"]', 'values: ["courts"]', "rule some_days: it names a word that kind does not have."),
    ('column: "kind", is', 'column: "sort", is', "rule some_days: sort is no column of fines."),
    ('is: "in"', 'is: "out"', "rule fines.some_days: a gate is one of in, null, not_null."),
    ('severity: "error"', 'severity: "fatal"', "rule fines.some_days: severity is one of error, warning."),
    ('  - "Nothing."', '  - ""', "assumes: a text belongs here."),
    ('  - "Nothing."', "  nothing: true", "assumes: a list belongs here."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "instead", "what"), FAULTS)
def test_a_contract_that_says_something_odd_is_refused_by_its_place(fines, text, instead, what):
    assert text in SMALL
    with pytest.raises(Fault) as caught:
        fines(SMALL.replace(text, instead, 1))
    assert caught.value.code == "contract-description"
    assert caught.value.message.startswith("contracts/deliveries/fines.yaml, ")
    assert what in caught.value.message


@pytest.mark.parametrize(
    ("text", "instead", "what"),
    [
        ("kinds: [", "kinds: [1, ", "kinds: a name of at most 32"),
        ("units:", "measures:", "the file: nobody knows measures."),
        ("  lag_months:", "  lag_weeks:", "coverage: nobody knows lag_weeks."),
        ("lag_months: 120", 'lag_months: "120"', "bounds, lag_months"),
        ('"1900-01-01"', '"1900"', "bounds, from_on: a day such as 2007-01-01 belongs here"),
        ("  none:", "  nothing:", "absent: nobody knows nothing."),
        ('months: {en: "months"', 'months: {de: "Monate"', "units, months: nobody knows de."),
        ('"robbery":', '"Robbery":', "vocabulary crime_category: a name of at most 32"),
    ],
)
def test_what_is_shared_is_read_as_strictly(tmp_path, text, instead, what):
    whole = (contracts_dir() / "deliveries.yaml").read_text(encoding="utf-8")
    assert text in whole
    (tmp_path / "deliveries.yaml").write_text(whole.replace(text, instead, 1), encoding="utf-8")
    with pytest.raises(Fault) as caught:
        read_shared(tmp_path / "deliveries.yaml")
    assert caught.value.message.startswith("contracts/deliveries.yaml, ")
    assert what in caught.value.message


# --- what the contracts say ---


def test_there_is_a_contract_for_each_kind_of_delivery_that_the_follow_up_needs():
    assert {*deliveries()} == {
        "controls", "convictions", "deaths_and_emigration", "deprivation", "searched", "suspicions", "work_and_study",
    }  # fmt: skip
    with pytest.raises(UsageError, match="no such kind of delivery"):
        delivery("wages")


def test_nobody_has_seen_a_real_delivery_and_each_contract_says_so():
    assert {kind.status for kind in deliveries().values()} == {"assumed"}
    assert all(kind.assumes for kind in deliveries().values())


@pytest.mark.parametrize("kind", deliveries().values(), ids=lambda kind: kind.name)
def test_a_delivery_has_no_free_text_and_tells_persons_by_the_projects_ids(kind):
    for column in kind.columns:
        assert column.classification in CLASSIFICATIONS
        assert column.type != "string" or column.ids or column.values
        assert (column.ids is not None) == (column.classification == "pseudonymised" and column.type == "string")
    assert kind.by_name["person_id"].ids in ("persons", "anybody")


def test_only_what_is_not_in_a_register_of_residents_or_was_not_answered_is_unknown():
    assert {name for name, kind in deliveries().items() if kind.absent.means == "unknown"} == {
        "work_and_study", "searched", "controls",
    }  # fmt: skip


def test_the_dates_of_a_conviction_are_told_apart():
    dates = {column.name for column in delivery("convictions").columns if column.type == "date"}
    assert dates == {"offence_from_on", "offence_until_on", "registered_on", "verdict_on", "in_force_on"}


def test_no_column_of_a_delivery_is_called_as_a_variable_of_the_forms():
    # Register counts are not comparable with what the form reports: they must not be joined under one name.
    assert not {column.name for kind in deliveries().values() for column in kind.columns} & {*variables()}


def test_what_is_shared_is_used():
    used = {column.vocabulary for kind in deliveries().values() for column in kind.columns}
    assert {*shared().vocabularies} <= used


# --- when a delivery is due, and what it declares ---


@pytest.mark.parametrize(
    ("name", "today", "due"),
    [
        ("suspicions", "2024-06-29", "2022-12-31"),
        ("suspicions", "2024-06-30", "2023-12-31"),
        ("work_and_study", "2024-05-30", "2021-12-31"),
        ("work_and_study", "2024-05-31", "2022-12-31"),
        ("controls", "2024-06-30", None),
        ("searched", "2024-06-30", None),
    ],
)
def test_until_when_a_delivery_must_cover_on_a_day(name, today, due):
    expected = None if due is None else dt.date.fromisoformat(due)
    assert delivery(name).sla.due_until(dt.date.fromisoformat(today)) == expected


DECLARED = {
    "source": "bra_convictions",
    "version": "2024:1",
    "from_on": dt.date(1975, 1, 1),
    "until_on": dt.date(2023, 12, 31),
    "lag_months": 6,
}


def test_a_coverage_is_what_was_declared():
    assert declared(delivery("convictions"), DECLARED) == Coverage(**DECLARED)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"from_on": None}, "from_on"),
        ({"from_on": dt.datetime(2018, 1, 1)}, "from_on"),  # noqa: DTZ001 - a time where a day belongs
        ({"until_on": "2023-12-31"}, "until_on"),
        ({"until_on": dt.date(1974, 1, 1)}, "until_on"),
        ({"from_on": dt.date(1972, 12, 31)}, "from_on"),
        ({"version": " "}, "version"),
        ({"source": "lisa"}, "source"),
        ({"lag_months": -1}, "lag_months"),
        ({"lag_months": True}, "lag_months"),
        ({"20030101-1234": "x"}, "an entry that nobody knows"),
    ],
)
def test_a_coverage_that_does_not_hold_is_refused_by_its_entry_and_not_its_value(change, what):
    with pytest.raises(InputError) as caught:
        declared(delivery("convictions"), {**DECLARED, **change})
    assert caught.value.code == "delivery-coverage"
    assert caught.value.message == f"The declared coverage of convictions does not hold: {what}."
    assert "20030101" not in str(caught.value)


@pytest.mark.parametrize(
    ("months", "until"), [(0, "2023-12-31"), (6, "2023-06-30"), (10, "2023-02-28"), (36, "2020-12-31")]
)
def test_the_lag_leaves_out_the_last_months(months, until):
    coverage = Coverage(**{**DECLARED, "lag_months": months})
    assert coverage.complete_until == dt.date.fromisoformat(until)


def test_a_coverage_without_an_entry_is_refused():
    with pytest.raises(InputError, match=r"does not hold: lag_months, version\."):
        declared(delivery("convictions"), {key: DECLARED[key] for key in ("source", "from_on", "until_on")})
