"""Deliveries held against their contracts: a small bad one of each fault, and exactly the rules that it breaks."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from sigpanel.contracts.delivered import Ids, frames_of, hold_delivery, rules_of
from sigpanel.contracts.deliveries import deliveries, delivery
from sigpanel.contracts.delivery import Coverage
from sigpanel.contracts.delivery_mends import mends
from tests.contracts.deliveries_by_hand import (
    CONTROL,
    CONVICTION,
    DEPRIVED,
    EVENT,
    FROM,
    GOOD,
    IDS,
    SOURCES,
    SUSPICION,
    UNTIL,
    WARNED,
    YEAR,
    broken,
    coverage,
    day,
    framed,
)  # fmt: skip


@pytest.mark.parametrize("kind", deliveries())
def test_a_good_delivery_breaks_no_rule(kind):
    assert broken(kind, framed(kind, GOOD[kind])).keys() == WARNED.get(kind, set())


@pytest.mark.parametrize("kind", deliveries())
def test_every_frame_and_column_that_a_rule_names_is_there(kind):
    frames = frames_of(delivery(kind), framed(kind, GOOD[kind]), coverage(SOURCES[kind]), IDS)
    for rule in rules_of(delivery(kind), coverage(SOURCES[kind])):
        asked = {*rule.columns, *([rule.when.column] if rule.when else [])}
        assert asked <= {*frames[rule.frame].columns}, rule.id


@pytest.mark.parametrize("kind", deliveries())
def test_every_rule_has_an_id_of_its_own_and_says_what_it_wants(kind):
    rules = rules_of(delivery(kind), coverage(SOURCES[kind]))
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.id.startswith(f"{kind}.") and rule.en and rule.sv for rule in rules)


# What is wrong, by a sentence: the kind of delivery, a good row, the change that spoils it, and the rules broken.
# The row stands alone.
FAULTS = {
    "a person whom nobody asked about": ("suspicions", SUSPICION, {"person_id": "P9"}, {"person_id.known"}),
    "a personal number for a person": ("convictions", CONVICTION, {"person_id": "20030101-1234"}, {"person_id.known"}),
    "a person of nobody": ("suspicions", SUSPICION, {"person_id": None}, {"person_id.not_null"}),
    "a case number for a running number": (
        "suspicions", SUSPICION, {"suspicion_no": 2_003_010_112}, {"number_is_running"}),
    "an offence that ends before it begins": (
        "suspicions", SUSPICION, {"offence_until_on": day("2019-02-01")}, {"offence_in_order"}),
    "an offence without an end": ("suspicions", SUSPICION, {"offence_until_on": None}, {"offence_has_an_end"}),
    "an offence without a beginning": (
        "suspicions", SUSPICION, {"offence_from_on": None}, {"offence_has_a_beginning", "offence_has_a_day"}),
    "an offence that goes on": (
        "suspicions", SUSPICION, {"offence_until_on": day("2019-05-01")}, {"offence_over_when_registered"}),
    "a suspicion before the offence": (
        "suspicions", SUSPICION, {"registered_on": day("2019-02-01")},
        {"offence_before_registration", "offence_over_when_registered"}),
    "a suspicion before the coverage": (
        "suspicions", {**SUSPICION, "offence_from_on": day("2017-01-01"), "offence_until_on": day("2017-01-01")},
        {"registered_on": day("2017-12-31")}, {"registered_on.covered"}),
    "a suspicion after the coverage": (
        "suspicions", SUSPICION, {"registered_on": day("2024-01-01"), "decided_on": day("2024-01-02")},
        {"registered_on.covered", "decided_by_the_end"}),
    "a decision before the suspicion": (
        "suspicions", SUSPICION, {"decided_on": day("2019-03-15")}, {"registered_before_decided"}),
    "an open suspicion with a decision": ("suspicions", SUSPICION, {"outcome": "open"}, {"open_is_not_decided"}),
    "a decided suspicion without a day": ("suspicions", SUSPICION, {"decided_on": None}, {"decided_has_a_day"}),
    "a grade that nobody knows": ("suspicions", SUSPICION, {"grade": "kan misstänkas"}, {"grade.in_set"}),
    "a crime code below nothing": ("suspicions", SUSPICION, {"crime_code": -301}, {"code_of_four_digits"}),

    "a court's number for a running number": (
        "convictions", CONVICTION, {"decision_no": 2_003_010_112}, {"number_is_running"}),
    "a convicted offence that ends before it begins": (
        "convictions", CONVICTION, {"offence_until_on": day("2019-02-01")}, {"offence_in_order"}),
    "a convicted offence without an end": (
        "convictions", CONVICTION, {"offence_until_on": None}, {"offence_has_an_end"}),
    "a convicted offence without a beginning": (
        "convictions", CONVICTION, {"offence_from_on": None}, {"offence_has_a_beginning", "offence_has_a_day"}),
    "a crime code of five digits": ("convictions", CONVICTION, {"crime_code": 10301}, {"code_of_four_digits"}),
    "a verdict before the offence": (
        "convictions", CONVICTION, {"offence_from_on": day("2019-10-01"), "offence_until_on": day("2019-10-01")},
        {"offence_before_registration", "offence_before_verdict"}),
    "a verdict before the registration": (
        "convictions", CONVICTION, {"registered_on": day("2019-09-02")}, {"registered_before_verdict"}),
    "legal force before the verdict": (
        "convictions", CONVICTION, {"in_force_on": day("2019-08-31")}, {"verdict_before_force"}),
    "a final verdict without a day": ("convictions", CONVICTION, {"in_force_on": None}, {"final_has_a_day"}),
    "a day of what is not final": ("convictions", CONVICTION, {"legal_force": "not_final"}, {"not_final_has_no_day"}),
    "an offence without a day": (
        "convictions", CONVICTION, {"offence_from_on": None, "offence_until_on": None}, {"offence_has_a_day"}),
    "a verdict outside the coverage": (
        "convictions", CONVICTION, {"verdict_on": day("2024-01-02"), "in_force_on": day("2024-02-01")},
        {"verdict_on.covered"}),
    "prison of less than nothing": ("convictions", CONVICTION, {"sanction_months": -8}, {"months_not_negative"}),
    "days beyond a month": ("convictions", CONVICTION, {"sanction_days": 40}, {"days_not_negative"}),
    "a fine of eight months": (
        "convictions", CONVICTION, {"sanction": "fine"}, {"only_custody_has_months", "only_custody_has_days"}),
    "a decision without a main offence": (
        "convictions", CONVICTION, {"is_main_offence": False}, {"one_main_offence"}),
    "an offence counted from nought": ("convictions", CONVICTION, {"offence_no": 0}, {"offences_count_from_one"}),

    "released before taken in": ("deprivation", DEPRIVED, {"from_on": day("2020-04-01")}, {"in_order"}),
    "ongoing, and ended": ("deprivation", DEPRIVED, {"is_ongoing": True}, {"ongoing_has_no_end"}),
    "ended, and never released": ("deprivation", DEPRIVED, {"until_on": None}, {"ended_has_an_end"}),
    "ended before the coverage": (
        "deprivation", DEPRIVED, {"from_on": day("2017-01-01"), "until_on": day("2017-12-31")}, {"until_on.covered"}),
    "begun after the coverage": (
        "deprivation", DEPRIVED, {"from_on": day("2024-01-01"), "until_on": None, "is_ongoing": True},
        {"from_on.covered"}),
    "of a kind that the source does not hold": (
        "deprivation", DEPRIVED, {"kind": "youth_home"}, {"kind.held_by_source"}),

    "a year that is not covered": ("work_and_study", YEAR, {"year": 2024}, {"year.covered"}),
    "a year before the basis": (
        "work_and_study", YEAR, {"year": 2018}, {"monthly_from_2019"}),
    "a year after the basis": (
        "work_and_study", YEAR, {"employment_basis": "yearly_statements"}, {"yearly_until_2018"}),
    "employed without income": ("work_and_study", YEAR, {"income_band": "zero"}, {"employed_earns"}),
    "income without income": (
        "work_and_study", YEAR, {"employment": "not_employed"}, {"without_income_earns_nothing"}),

    "an event registered before it happened": (
        "deaths_and_emigration", EVENT, {"registered_on": day("2021-04-30")}, {"happened_before_registered"}),
    "an event outside the coverage": (
        "deaths_and_emigration", EVENT, {"happened_on": day("2017-12-31")}, {"happened_on.covered"}),

    "a control of nobody in SIG": (
        "controls", CONTROL, {"person_id": "C2"}, {"person_id.known", "everybody_has_controls"}),
    "a control by a personal number": (
        "controls", CONTROL, {"control_id": "20030101-1234"}, {"control_id.known", "everybody_has_controls"}),
    "a person in SIG as a control": (
        "controls", CONTROL, {"control_id": "P2"}, {"control_id.known", "everybody_has_controls"}),
    "a control not born yet": ("controls", CONTROL, {"birth_year": 2030}, {"born_in_time", "everybody_has_controls"}),
    "matched outside the coverage": (
        "controls", CONTROL, {"matched_on": day("2016-01-15")}, {"matched_on.covered", "everybody_has_controls"}),
    "a search that nobody knows": (
        "searched", GOOD["searched"][0], {"search": "maybe"}, {"search.in_set", "everybody_asked"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_one_bad_row_breaks_exactly_its_own_rules(name):
    kind, row, change, rules = FAULTS[name]
    found = broken(kind, framed(kind, [{**row, **change}]))
    assert found.keys() == {f"{kind}.{rule}" for rule in rules}


# The same of several rows: what stands only between them.
BETWEEN = {
    "a suspicion twice": ("suspicions", [SUSPICION, SUSPICION], {"person_id+suspicion_no.unique": 2}),
    "two main offences": (
        "convictions", [CONVICTION, {**CONVICTION, "offence_no": 2}], {"one_main_offence": 1}),
    "a decision with two sanctions": (
        "convictions",
        [CONVICTION, {**CONVICTION, "offence_no": 2, "is_main_offence": False, "sanction_months": 9}],
        {"one_decision_one_sanction": 1},
    ),
    "an offence twice": (
        "convictions", [CONVICTION, CONVICTION],
        {"person_id+decision_no+offence_no.unique": 2, "one_main_offence": 1}),
    "two times in prison at once": (
        "deprivation", [DEPRIVED, {**DEPRIVED, "from_on": day("2020-02-29")}], {"one_at_a_time": 1}),
    "in prison again while still in prison": (
        "deprivation",
        [{**DEPRIVED, "until_on": None, "is_ongoing": True}, {**DEPRIVED, "from_on": day("2021-01-01"),
                                                             "until_on": day("2021-02-01")}],
        {"one_at_a_time": 1},
    ),
    "a year twice": ("work_and_study", [YEAR, {**YEAR, "studies": "university"}], {"person_id+year.unique": 2}),
    "two deaths": (
        "deaths_and_emigration",
        [{**EVENT, "kind": "death"}, {**EVENT, "kind": "death", "happened_on": day("2022-01-01")}],
        {"one_death": 1},
    ),
    "emigrated after death": (
        "deaths_and_emigration", [{**EVENT, "kind": "death", "happened_on": day("2021-04-30")}, EVENT],
        {"nothing_after_death": 1}),
    "nobody in the register": ("work_and_study", [], {"at_all": 1}),
    "nobody searched for": ("searched", [], {"at_all": 1, "everybody_asked": 6}),
    "an id that was not answered": ("searched", GOOD["searched"][1:], {"everybody_asked": 1}),
    "no controls at all": ("controls", [], {"at_all": 1, "everybody_has_controls": 3}),
    "a control for two": (
        "controls", [CONTROL, {**CONTROL, "person_id": "P2"}, {**CONTROL, "person_id": "P3", "control_id": "C2"}],
        {"drawn_once": 2}),
    "a pair twice, and drawn twice": (
        "controls", [*GOOD["controls"], CONTROL],
        {"person_id+control_id.unique": 2, "drawn_once": 2, "everybody_has_controls": 1}),
    "matched as of two days": (
        "controls", [CONTROL, {**CONTROL, "control_id": "C2", "matched_on": day("2019-02-15")}],
        {"one_day_of_matching": 1, "everybody_has_controls": 2}),
}  # fmt: skip


@pytest.mark.parametrize("name", BETWEEN)
def test_rows_that_contradict_each_other_break_exactly_their_own_rules(name):
    kind, rows, rules = BETWEEN[name]
    assert broken(kind, framed(kind, rows)) == {f"{kind}.{rule}": n for rule, n in rules.items()}


def test_every_rule_that_is_written_out_has_a_delivery_that_breaks_it():
    broken_somewhere = {f"{kind}.{rule}" for kind, *_, rules in [*FAULTS.values(), *BETWEEN.values()] for rule in rules}
    written = {rule.id for kind in deliveries().values() for rule in kind.rules}
    assert written - broken_somewhere == set()


def test_times_that_meet_do_not_overlap_and_an_event_on_the_day_of_death_is_not_after_it():
    assert broken("deprivation", framed("deprivation", [DEPRIVED, {**DEPRIVED, "from_on": day("2020-03-01")}])) == {}
    on_that_day = [EVENT, {**EVENT, "kind": "death"}]
    assert broken("deaths_and_emigration", framed("deaths_and_emigration", on_that_day)) == {}
    # Of a death of which only the year is known, an event late in that year may still come before it.
    known_to_the_year = [{**EVENT, "kind": "death", "happened_on": day("2021-01-01"), "known_to": "year"}, EVENT]
    assert broken("deaths_and_emigration", framed("deaths_and_emigration", known_to_the_year)) == {}


def test_a_source_is_held_to_what_it_holds_and_another_to_its_own():
    home = framed("deprivation", [{**DEPRIVED, "kind": "youth_home"}])
    assert broken("deprivation", home, coverage("sis")) == {}
    assert broken("deprivation", framed("deprivation", [DEPRIVED]), coverage("sis")) == {
        "deprivation.kind.held_by_source": 1
    }


def test_nothing_delivered_is_no_fault_where_nothing_may_have_happened():
    for kind in ("suspicions", "convictions", "deprivation", "deaths_and_emigration"):
        assert broken(kind, framed(kind, [])) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda frame: frame.drop("grade"), {"suspicions.columns": 1, "suspicions.grade.type": 1}),
        (lambda frame: frame.with_columns(personnummer=pl.lit("20030101-1234")), {"suspicions.columns": 1}),
        (lambda frame: frame.cast({"registered_on": pl.Datetime}), {"suspicions.registered_on.type": 1}),
        (lambda frame: frame.cast({"suspicion_no": pl.String}), {"suspicions.suspicion_no.type": 1}),
        (lambda frame: frame.select(sorted(frame.columns)), {}),
    ],
    ids=["a column lacks", "a column too many", "a date with a time", "a number as text", "another order"],
)
def test_of_a_delivery_of_another_shape_the_shape_is_told_and_nothing_else(change, expected):
    assert broken("suspicions", change(framed("suspicions", GOOD["suspicions"]))) == expected


def told(kind, frame):
    outcomes = hold_delivery(delivery(kind), frame, coverage(SOURCES[kind]), IDS)
    return {rule: [text.en for text in texts] for rule, texts in mends(delivery(kind), frame, outcomes).items()}


def test_a_column_that_lacks_is_named_and_of_one_too_many_only_the_number_is_told():
    frame = framed("suspicions", GOOD["suspicions"])
    spoilt = frame.drop("grade", "outcome").with_columns(pl.lit(1).alias("Anna 20030101-1234"))
    found = told("suspicions", spoilt)
    assert found["suspicions.columns"] == [
        "Ask the holder for the columns that are missing: grade, outcome",
        "Leave out what the contract does not have: column number 9",
    ]
    assert "Anna" not in repr(found)
    assert told("suspicions", frame.cast({"registered_on": pl.String})) == {
        "suspicions.registered_on.type": ["Read the column as date; where that fails, ask the holder for it so"]
    }


@pytest.mark.parametrize("what", FAULTS)
def test_every_broken_rule_comes_with_what_would_mend_it(what):
    kind, row, change, rules = FAULTS[what]
    found = told(kind, framed(kind, [{**row, **change}]))
    assert {f"{kind}.{rule}" for rule in rules} <= found.keys()
    assert all(texts and all(texts) for texts in found.values())


def test_no_outcome_tells_which_row_it_is():
    frame = framed("suspicions", [{**SUSPICION, "person_id": "20030101-1234"}, {**SUSPICION, "grade": "20030101-1234"}])
    outcomes = hold_delivery(delivery("suspicions"), frame, coverage("bra_suspicions"), IDS)
    assert {outcome.keys for outcome in outcomes} == {()}
    assert "20030101" not in repr(outcomes)


def test_only_whole_years_within_the_coverage_are_years():
    whole = Coverage("lisa", "x", FROM, UNTIL, 16)
    assert (whole.from_year, whole.until_year) == (2018, 2023)
    parts = replace(whole, from_on=day("2018-01-02"), until_on=day("2023-12-30"))
    assert (parts.from_year, parts.until_year) == (2019, 2022)
    assert broken("work_and_study", framed("work_and_study", [YEAR]), replace(whole, from_on=day("2019-01-02"))) == {
        "work_and_study.year.covered": 1
    }


def test_ids_are_of_persons_of_controls_or_of_both():
    ids = Ids(persons={"b", "a"}, controls=["c", "a"])
    assert (ids.of("persons"), ids.of("controls"), ids.of("anybody")) == (["a", "b"], ["a", "c"], ["a", "b", "c"])


def test_a_bound_of_the_coverage_becomes_its_day():
    rules = {rule.id: rule for rule in rules_of(delivery("suspicions"), coverage("bra_suspicions"))}
    assert rules["suspicions.decided_by_the_end"].params == {"high": UNTIL}
    assert rules["suspicions.registered_on.covered"].params == {"low": FROM, "high": UNTIL}
    assert isinstance(rules["suspicions.registered_on.covered"].params["low"], dt.date)
