"""Names, labels and numbers: what every program takes, for every column that there is or may be."""

from dataclasses import replace

import pytest

from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.exports import SUPPRESSED, _read, exports
from sigpanel.contracts.extracts import Words, columns_of, extracts, kinds_of_variables
from sigpanel.contracts.strict import load
from sigpanel.contracts.tables import contract, names
from sigpanel.errors import Fault
from sigpanel.exports.described import variable_of, variables_of
from sigpanel.exports.variables import Category, checked, hidden, marked, person_no, with_suppressed
from sigpanel.forms import EPISODE_VARIABLES, forms
from sigpanel.resources import contracts_dir

EVERY_COLUMN = [(table, variable) for table in names() for variable in variables_of(table)]
ids = [f"{table}.{variable.name}" for table, variable in EVERY_COLUMN]


@pytest.mark.parametrize(("table", "variable"), EVERY_COLUMN, ids=ids)
def test_every_column_of_the_panel_fits_every_program(table, variable):
    assert checked(variable) is variable
    assert variable.name in columns_of(table)
    assert max(len(variable.label.sv), len(variable.label.en)) <= 80
    assert variable.name.isascii()
    assert variable.name == variable.name.lower()


def coarser():
    """Every column of an extract that any approval can ask for."""
    for name, rules in extracts().transformations.items():
        for table in extracts().tables:
            for column, described in columns_of(table).items():
                if described.type in rules.of and name in exports().marks:
                    yield table, column, name, rules


def test_every_column_that_an_extract_may_make_fits_and_so_does_its_flag():
    for table, column, name, rules in coarser():
        allowed = extracts().tables[table].columns.get(column, ())
        if name not in allowed and not (table == "waves" and column in kinds_of_variables()):
            continue
        made = marked(variable_of(table, column), f"{column}{rules.suffix}", rules.gives, name)
        assert exports().marks[name].sv in made.label.sv
        if made.type != "string":
            assert hidden(made).name.endswith(HIDDEN_FLAG)
    for table in extracts().tables:
        for variable in variables_of(table):
            if variable.type != "string":
                hidden(variable)


def test_a_question_is_called_by_its_number_in_the_newest_edition():
    assert variable_of("waves", "school_enrolled").label == Words(
        "Q8/Q21 Enrolled in a school", "Q8/Q21 Inskriven i en skola"
    )
    assert "Q18 at discharge (sig-vuxna-2020)" in variable_of("waves", "school_enrolled").asked_as


def test_no_label_of_a_value_is_one_that_spss_would_cut():
    labels = [each.said for _, variable in EVERY_COLUMN for each in variable.categories]
    labels += [reason.said for reason in exports().reasons.values()]
    assert max(len(text.encode()) for said in labels for text in (said.sv, said.en)) <= 120


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ("its name", {"name": "a" * 33}),
        ("its name", {"name": "kön"}),
        ("its name", {"name": "with"}),
        ("its name", {"name": "strl"}),
        ("its name", {"name": "repeat"}),
        ("its label", {"label": Words("short", "Å" * 81)}),
        ("the label of a value", {"categories": (Category("a", 1, Words("short", "å" * 61)),)}),
    ],
)
def test_what_some_program_would_cut_or_refuse_is_a_fault_that_names_the_column(fault, changed):
    broken = replace(variable_of("episodes", "sex"), **changed)
    with pytest.raises(Fault, match=fault) as raised:
        checked(broken)
    assert broken.name in raised.value.message
    assert "exports.yaml" in raised.value.remedy


def test_a_label_of_eighty_swedish_letters_fits():
    checked(replace(variable_of("episodes", "sex"), label=Words("x" * 80, "åäö" * 26 + "ÅÄ")))


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["sex", "discharge_reason", "district"])
def test_a_word_that_the_form_has_a_number_for_has_that_one(variable):
    assert variable in EPISODE_VARIABLES
    numbers = exports().numbers[variable]
    for form in forms().values():
        for question in form.questions:
            if question.variable == variable:
                said = {code.token: code.code for code in question.answer.codes if code.token != "jarva"}
                assert said.items() <= numbers.items()


def test_no_code_of_a_missing_reason_can_be_an_answer():
    answers = {
        question.variable: question.answer
        for form in forms().values()
        for question in form.questions
        if question.is_answer
    }
    for name, answer in answers.items():
        first = variable_of("waves", name).first_code
        highest = answer.high if answer.kind == "number" else max(code.code for code in answer.codes)
        assert highest < first, name


def test_only_the_questions_on_health_have_99_among_their_missing_codes():
    first = {name: variable_of("waves", name).first_code for name in kinds_of_variables()}
    assert {name for name, code in first.items() if code == 99} == {"physical_health", "mental_health"}


def test_an_answer_that_says_not_applicable_is_no_value():
    assert [each.number for each in variable_of("waves", "school_functioning").categories] == [1, 2]


def test_what_an_extract_takes_out_has_a_code_where_there_are_codes_and_nowhere_else():
    assert SUPPRESSED in with_suppressed(variable_of("episodes", "sex")).reasons
    assert SUPPRESSED in with_suppressed(variable_of("waves", "suspected_crimes_before")).reasons
    assert with_suppressed(variable_of("episodes", "days")).reasons == ()
    assert with_suppressed(variable_of("episodes", "is_transfer")).reasons == ()


def test_the_number_of_a_person_is_described():
    assert person_no().name == "person_no"


# --- the file ---------------------------------------------------------------------------------------------------------


def facts():
    return load(contracts_dir() / "exports.yaml")


def without_a_word(raw):
    del raw["numbers"]["programme"]["pilot"]


def one_number_twice(raw):
    raw["numbers"]["programme"]["pilot"] = 1


def one_letter_twice(raw):
    raw["missing"]["declined"]["letter"] = "a"


def another_code_than_the_form(raw):
    raw["missing"]["unknown"]["code"] = 998


def a_label_of_nothing(raw):
    raw["labels"]["episodes.nothing"] = {"en": "x", "sv": "x"}


def a_label_too_long(raw):
    raw["labels"]["episodes.days"]["sv"] = "å" * 81


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_a_word, "numbers, programme: pilot is missing"),
        (one_number_twice, "numbers, programme: two have the same"),
        (one_letter_twice, "missing: two have the same"),
        (another_code_than_the_form, "has another code"),
        (a_label_of_nothing, "the panel has no such column"),
        (a_label_too_long, "a label has at most 80 characters"),
    ],
)
def test_what_contradicts_itself_is_refused_by_place(change, says):
    raw = facts()
    change(raw)
    with pytest.raises(Fault, match=says) as raised:
        _read(raw)
    assert "contracts/exports.yaml" in raised.value.message


def test_every_vocabulary_has_numbers_but_that_of_missing_reasons_which_has_codes():
    assert exports().numbers.keys() == contract().vocabularies.keys() - {"missing"}
