"""Consumer contracts without data: what is needed is promised, and each entry is one that there is."""

from dataclasses import replace

import pytest

from sigpanel.contracts import consumers as module
from sigpanel.contracts.consumers import consumer, names_of_consumers, unpromised
from sigpanel.contracts.tables import contract
from sigpanel.errors import Fault, InputError, UsageError
from sigpanel.forms import forms
from sigpanel.resources import contracts_dir

NAME = "evaluation-followup"


def needs(one):
    return [(broken.where, broken.en) for broken in unpromised(one)]


@pytest.mark.parametrize("name", names_of_consumers())
def test_the_panel_promises_what_each_consumer_needs(name):
    assert unpromised(consumer(name)) == []


def test_a_code_that_is_not_handled_is_found_before_any_data_is_read(contract_with):
    one = contract_with(lambda raw: raw["tables"]["waves"]["stable_housing"].update(values=[1]))
    assert needs(one) == [("waves.stable_housing", "the panel may hold 2, which is not handled")]
    one = contract_with(lambda raw: raw["tables"]["episodes"]["status"]["values"].remove("lost"))
    assert needs(one) == [("episodes.status", "the panel may hold lost, which is not handled")]


def test_a_new_code_of_the_form_reaches_the_consumer_too(monkeypatch):
    monkeypatch.setattr(module, "values_of", lambda _: {"values": (1, 2, 3)})
    assert ("waves.stable_housing", "the panel may hold 3, which is not handled") in needs(consumer(NAME))


def test_a_number_may_not_be_larger_than_is_handled(contract_with):
    one = contract_with(lambda raw: raw["tables"]["waves"]["mental_health"].update(high=9))
    assert needs(one) == [("waves.mental_health", "the panel may hold 1 to 10, which is more than is handled")]


@pytest.mark.parametrize("handled", [{"values": [1, 2]}, {"low": 0, "high": 5}])
def test_of_a_column_of_which_nothing_is_said_not_everything_may_be_left_unhandled(contract_with, handled):
    one = contract_with(lambda raw: raw["tables"]["persons"].update(n_episodes=handled))
    says = "the panel does not say what may stand there, and not everything is handled"
    assert needs(one) == [("persons.n_episodes", says)]


def test_numbers_may_be_handled_one_by_one_and_codes_by_bounds(contract_with):
    def by(**handled):
        return needs(contract_with(lambda raw: raw["tables"]["waves"].update(handled)))

    assert by(mental_health={"values": list(range(1, 11))}, stable_housing={"low": 1, "high": 2}) == []
    assert by(mental_health={"values": list(range(1, 10))}) == [
        ("waves.mental_health", "the panel may hold 1 to 10, which is more than is handled")
    ]
    assert by(stable_housing={"low": 2}) == [("waves.stable_housing", "the panel may hold 1, which is not handled")]


def test_a_variable_that_the_form_in_use_asks_no_more_is_told_before_any_data_is_read(monkeypatch):
    own = forms()
    newest = max((form for form in own.values() if form.programme == "unga"), key=lambda form: form.first_year)
    shorter = replace(
        newest,
        edition="sig-unga-2030",
        first_year=2030,
        questions=tuple(each for each in newest.questions if each.variable != "mental_health"),
    )
    monkeypatch.setattr(module, "forms", lambda: {**own, shorter.edition: shorter})
    assert needs(consumer(NAME)) == [
        ("completeness.health", f"the form that unga has in use asks mental_health, {moment} no more")
        for moment in ("discharge", "enrolment")
    ]


def test_a_table_or_column_that_is_not_there_is_told(contract_with):
    one = contract_with(lambda raw: raw["tables"].update({"wages": {"kronor": {}}, "persons": {"shoe_size": {}}}))
    assert needs(one) == [
        ("persons.shoe_size", "the panel has no such column"),
        ("wages", "the panel has no such table"),
    ]


def test_a_variable_that_is_not_there_is_told_by_its_name_and_its_group(contract_with):
    one = contract_with(
        lambda raw: raw["completeness"]["groups"]["health"].update(variables=["mental_health", "height"])
    )
    assert needs(one) == [("completeness.health", "the panel has no variable height")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.update(wishes="many"), "nobody knows wishes"),
        (lambda raw: raw.pop("tables"), "tables is missing"),
        (lambda raw: raw["horizon"].pop("years"), "years is missing"),
        (lambda raw: raw.update(linkage={}), "linkage: decided, precision or both belong here"),
        (lambda raw: raw["coverage"].update(from_year="2022"), "coverage from_year: a whole number"),
        (lambda raw: raw["coverage"].update(warn=0.5), "0 ≤ fail ≤ warn ≤ 1"),
        (lambda raw: raw["completeness"]["groups"]["health"].update(variables=["Height"]), "a name of at most"),
        (lambda raw: raw["tables"]["persons"]["sex"].update(words=["male"]), "nobody knows words"),
        (lambda raw: raw.update(name="another"), "the name is not that of the file"),
        (lambda raw: raw.update(panel="1"), "panel: a whole number of at least 0"),
        (lambda raw: raw.update(version="1"), "version: a version such as"),
        (lambda raw: raw["completeness"].update(least_n=0), "least_n: a whole number of at least 1"),
        (lambda raw: raw["coverage"].update(warn="0.9"), "coverage: a share from 0 to 1"),
        (lambda raw: raw["coverage"].update(warn=float("nan")), "coverage: a share from 0 to 1"),
        (lambda raw: raw["coverage"].update(fail=-0.1), "coverage: a share from 0 to 1"),
        (lambda raw: raw["coverage"].update(warn=True), "coverage: a share from 0 to 1"),
        (lambda raw: raw["timeliness"].update({"from": "02-29"}), "timeliness from: a day such as"),
        (lambda raw: raw["timeliness"].update({"from": "3-1"}), "timeliness from: a day such as"),
        (lambda raw: raw["tables"]["waves"]["mental_health"].update(low="1"), "mental_health: a whole number"),
        (lambda raw: raw["tables"]["waves"]["mental_health"].update(values=[1]), "do not go together"),
        (lambda raw: raw["tables"]["persons"]["sex"].update(values=["male", "male"]), "each once"),
        (lambda raw: raw["tables"]["persons"]["sex"].update(values=[["male"]]), "each once"),
    ],
)
def test_a_contract_that_says_what_nobody_knows_is_refused(contract_with, change, message):
    with pytest.raises(Fault, match=message):
        contract_with(change)


def test_a_contract_for_another_major_of_the_panel_is_not_promised(contract_with):
    one = contract_with(lambda raw: raw.update(panel=2))
    says = f"the panel keeps version {contract().version} of its contract, and 2.x was handled"
    assert needs(one) == [("panel", says)]


def test_a_file_of_somebody_is_a_contract_too_and_its_faults_are_theirs(tmp_path):
    path = tmp_path / f"{NAME}.yaml"
    text = (contracts_dir() / "consumers" / path.name).read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert consumer(str(path)) == consumer(NAME)
    path.write_text(text.replace("fail: 0.75", "fail: much"), encoding="utf-8")
    consumer.cache_clear()
    with pytest.raises(InputError, match=f"^{NAME}.yaml, consumer {NAME}, coverage: a share from 0 to 1"):
        consumer(str(path))
    path.unlink()
    with pytest.raises(InputError, match="There is no consumer contract at"):
        consumer(str(path))


def test_who_has_no_contract_is_told_who_has():
    with pytest.raises(UsageError) as caught:
        consumer("neighbour")
    assert NAME in caught.value.remedy
