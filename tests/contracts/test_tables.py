"""Tables of a release: what the design says, and a frame keeps it or is a fault of ours."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.contracts import conform, empty, names, schema, table, vocabulary
from sigpanel.contracts.model import LONGEST_VARIABLE
from sigpanel.contracts.tables import Breach, ContractFault
from sigpanel.errors import Fault
from sigpanel.forms import MOMENTS, districts, forms, programmes

VARIABLES = ("school_enrolled", "mental_health")

ANSWERS = {
    "person_id": ["p1", "p1", "p1", "p1"],
    "episode_id": ["e1", "e1", "e1", "e1"],
    "moment": ["discharge", "discharge", "enrolment", "enrolment"],
    "variable": ["mental_health", "school_enrolled", "mental_health", "school_enrolled"],
    "value": [None, 2, 7, 1],
    "code": [99, 2, 7, 1],
    "missing": ["declined", None, None, None],
    "edition": ["sig-unga-2022"] * 4,
    "reported_year": [2022] * 4,
    "submission_id": ["s1"] * 4,
    "row": [9] * 4,
    "cell": ["AC9", "U9", "Q9", "H9"],
}


def answers(**changed) -> pl.DataFrame:
    return pl.DataFrame({**ANSWERS, **changed}, schema=schema("answers"))


def breaches(frame: pl.DataFrame, name: str = "answers", variables=VARIABLES) -> set[Breach]:
    with pytest.raises(ContractFault) as caught:
        conform(frame, name, variables)
    return set(caught.value.breaches)


# --- what is declared -----------------------------------------------------------------------------------------------


def test_the_tables_are_those_of_the_design():
    assert names() == (
        "persons",
        "episodes",
        "answers",
        "waves",
        "submissions",
        "ledger",
        "findings",
        "revisions",
        "links",
        "id_history",
        "cohort",
        "availability",
    )


DESIGN = {
    "persons": "person_id person_no sex birth_year n_episodes first_enrolled_on observed_until in_cohort",
    "episodes": "person_id person_id_strict person_id_wide episode_no episode_id uno_id programme district_reported "
    "district enrolled_on discharged_on status observed_from observed_until days discharge_reason sex age "
    "is_reenrolment previous_episode_id gap_days is_transfer is_left_truncated is_retrospective first_reported_year "
    "last_reported_year n_reports is_renewal",
    "answers": "person_id episode_id moment variable value code missing edition reported_year submission_id row cell",
    "waves": "person_id episode_id episode_no moment observed_on school_enrolled school_enrolled__missing "
    "mental_health mental_health__missing",
    "submissions": "submission_id reported_year programme district edition n_rows status",
    "ledger": "submission_id row fate reason episode_id",
    "findings": "rule severity submission_id sheet_no row cell question episode_id",
    "revisions": "episode_id moment variable old_value old_missing new_value new_missing old_on new_on "
    "old_reported_year new_reported_year",
    "links": "episode_a episode_b kind rule score decision decided_by found_by class",
    "id_history": "release_no episode_id event cause person_id_before person_id",
    "cohort": "cohort_id status person_id episode_id rule follow_up_due_on follow_up_rule n_observed_years "
    "n_unobserved_years has_returned returned_on",
    "availability": "edition variable moment status question",
}


@pytest.mark.parametrize("name", DESIGN)
def test_a_table_has_the_columns_of_the_design_in_order(name):
    assert " ".join(schema(name, VARIABLES)) == DESIGN[name]


@pytest.mark.parametrize("name", DESIGN)
def test_an_empty_table_keeps_its_contract(name):
    assert conform(empty(name, VARIABLES), name, VARIABLES).equals(empty(name, VARIABLES))


def test_answers_are_small_integers_and_counts_larger_ones():
    answer = schema("waves", VARIABLES)
    assert (answer["mental_health"], answer["mental_health__missing"]) == (pl.Int16, pl.String)
    episode = schema("episodes")
    assert (episode["days"], episode["gap_days"], episode["n_reports"]) == (pl.Int32, pl.Int32, pl.Int32)
    assert (episode["age"], episode["first_reported_year"]) == (pl.Int16, pl.Int16)


def test_the_vocabularies_are_those_of_the_forms_districts_and_programmes():
    coded = {
        (question.variable, code.token)
        for form in forms().values()
        for question in form.questions
        for code in question.answer.codes
        if question.variable in {"sex", "discharge_reason"} and code.missing is None
    }
    assert {token for variable, token in coded if variable == "sex"} == tokens("sex")
    assert {token for variable, token in coded if variable == "discharge_reason"} == tokens("discharge_reason")
    assert set(districts()) == tokens("district")
    assert set(programmes()) == tokens("programme")
    assert tuple(term.token for term in vocabulary("moment")) == MOMENTS


def test_the_reasons_why_a_value_is_missing_are_the_eight_of_the_design():
    reasons = "unknown declined not_applicable not_asked blank invalid not_yet not_collected"
    assert [term.token for term in vocabulary("missing")] == reasons.split()


def test_every_label_of_a_district_is_the_districts_own():
    labels = {term.token: (term.sv, term.en) for term in vocabulary("district")}
    assert labels == {token: (district.sv, district.en) for token, district in districts().items()}


def tokens(name: str) -> set[str]:
    return {term.token for term in vocabulary(name)}


def test_a_table_that_is_not_described_is_a_fault_that_names_those_that_are():
    with pytest.raises(Fault) as caught:
        table("people")
    assert caught.value.code == "contract-unknown-table"
    assert caught.value.message.startswith("No table people is described. There are: persons, episodes, answers")


# --- variables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "variables", "what"),
    [
        ("waves", (), "variables of waves: none are given, and the table has a column for each"),
        ("waves", ("observed_on",), "variables of waves: observed_on is the name of a column already"),
        ("waves", ("mental_health", "mental_health"), "variables of waves: one stands twice"),
        ("answers", ("Mental health",), "Mental health is no name of at most 23 lower-case characters"),
        ("answers", ("a" * 24,), f"{'a' * 24} is no name of at most 23 lower-case characters"),
        ("answers", ("a__missing",), "a__missing is no name of at most 23 lower-case characters"),
    ],
)
def test_variables_that_cannot_be_columns_are_a_fault(name, variables, what):
    with pytest.raises(Fault) as caught:
        schema(name, variables)
    assert what in caught.value.message


def test_the_longest_variable_leaves_room_for_missing_within_statas_32():
    assert all(len(name) <= 32 for name in schema("waves", ("a" * LONGEST_VARIABLE,)))


def test_the_forms_variables_all_fit():
    variables = list(dict.fromkeys(q.variable for form in forms().values() for q in form.questions if q.is_answer))
    assert len(variables) == 15
    assert len(schema("waves", variables)) == 5 + 2 * 15


# --- conforming -----------------------------------------------------------------------------------------------------


def test_rows_are_sorted_by_person_and_then_as_the_form_asks():
    rows = conform(answers(), "answers", VARIABLES).select("moment", "variable").rows()
    assert rows == [
        ("enrolment", "school_enrolled"),
        ("enrolment", "mental_health"),
        ("discharge", "school_enrolled"),
        ("discharge", "mental_health"),
    ]


def test_columns_that_are_not_the_tables_are_left_behind():
    frame = answers().with_columns(pl.lit("AP4701").alias("uno")).select(reversed([*schema("answers"), "uno"]))
    assert conform(frame, "answers", VARIABLES).schema == schema("answers")


def test_a_missing_column_is_a_breach():
    assert breaches(answers().drop("cell", "row")) == {
        Breach("answers", "row", "the column is missing", 4),
        Breach("answers", "cell", "the column is missing", 4),
    }


@pytest.mark.parametrize(
    ("column", "dtype", "rule"),
    [
        ("value", pl.Int64, "type is Int64, not Int16"),
        ("value", pl.Float64, "type is Float64, not Int16"),
        ("missing", pl.Categorical, "type is Categorical, not String"),
        ("missing", pl.Enum(["declined"]), "type is Enum, not String"),
        ("reported_year", pl.String, "type is String, not Int16"),
    ],
)
def test_no_type_is_cast_in_silence(column, dtype, rule):
    frame = answers().with_columns(pl.col(column).cast(dtype))
    assert breaches(frame) == {Breach("answers", column, rule, 4)}


def test_a_null_where_none_may_be_is_a_breach():
    frame = answers(person_id=["p1", None, "p1", None])
    assert breaches(frame) == {Breach("answers", "person_id", "null where none may be", 2)}


def test_a_word_outside_the_vocabulary_is_a_breach_and_a_null_is_none():
    frame = answers(missing=["Declined", None, None, ""])
    assert breaches(frame) == {Breach("answers", "missing", "not in the vocabulary", 2)}


def test_a_variable_nobody_declared_is_a_breach_once_the_variables_are_known():
    frame = answers(variable=["mental_health", "school", "mental_health", "school"])
    assert breaches(frame) == {Breach("answers", "variable", "not in the vocabulary", 2)}
    assert conform(frame, "answers").height == 4


def test_a_key_that_stands_twice_is_a_breach():
    frame = answers(moment=["enrolment"] * 4)
    assert breaches(frame) == {Breach("answers", "episode_id+moment+variable", "not unique", 4)}


def test_what_else_must_be_unique_is_checked_too():
    row = {
        "person_id": ["p1", "p2"],
        "person_no": [1, 1],
        "n_episodes": [1, 1],
        "in_cohort": [False, False],
        "sex": ["male", "other"],
        "birth_year": [2004, None],
        "first_enrolled_on": [dt.date(2022, 1, 1), None],
        "observed_until": [None, None],
    }
    frame = pl.DataFrame(row, schema_overrides=schema("persons"))
    assert breaches(frame, "persons") == {Breach("persons", "person_no", "not unique", 2)}


def test_all_breaches_are_named_together_without_a_value():
    frame = answers(person_id=["p1", None, "p1", "p1"], missing=["AP4701", None, None, None])
    with pytest.raises(ContractFault) as caught:
        conform(frame, "answers", VARIABLES)
    assert caught.value.code == "contract-broken"
    assert caught.value.exit_code == 70
    assert caught.value.message == (
        "The table answers does not keep its contract: answers.person_id: null where none may be (1 rows); "
        "answers.missing: not in the vocabulary (1 rows)."
    )


def test_a_revision_may_be_of_a_date_or_a_fact_of_the_episode():
    revision = {
        "episode_id": ["e1", "e1"],
        "moment": ["enrolment", "enrolment"],
        "variable": ["enrolled_on", "mental_health"],
        "old_value": [None, 3],
        "old_missing": [None, None],
        "new_value": [None, None],
        "new_missing": [None, "declined"],
        "old_on": [dt.date(2022, 1, 1), None],
        "new_on": [dt.date(2022, 1, 11), None],
        "old_reported_year": [2022, 2022],
        "new_reported_year": [2023, 2023],
    }
    frame = pl.DataFrame(revision, schema=schema("revisions"))
    assert conform(frame, "revisions", VARIABLES)["variable"].to_list() == ["mental_health", "enrolled_on"]


def finding(draw: st.DrawFn) -> tuple:
    return draw(
        st.tuples(
            st.sampled_from(["age_birth_year", "invalid_answer"]),
            st.sampled_from(["error", "warning", "note"]),
            st.sampled_from(["s1", "s2", None]),
            st.sampled_from([1, None]),
            st.sampled_from([9, 10, None]),
            st.sampled_from(["A9", None]),
            st.sampled_from(["Q1", "Q4", None]),
            st.sampled_from(["e1", None]),
        )
    )


@given(rows=st.lists(st.composite(finding)(), max_size=12), order=st.randoms(use_true_random=False))
def test_rows_without_a_key_have_one_order_too(rows, order):
    mixed = list(rows)
    order.shuffle(mixed)
    made = [pl.DataFrame(each, schema=schema("findings"), orient="row") for each in (rows, mixed)]
    assert conform(made[0], "findings").equals(conform(made[1], "findings"))
