"""Forms and tables that contradict each other are told before a workbook comes that would stop the build."""

from dataclasses import replace

from sigpanel.contracts import sources
from sigpanel.contracts.sources import contradictions
from sigpanel.contracts.tables import contract
from sigpanel.forms import forms
from tests.cli.running import run


def further(edition, variable, token, **changed):
    """The forms, one of them with a code more, under which an answer is `token`."""
    form = forms()[edition]
    questions = []
    for question in form.questions:
        if question.variable == variable:
            code = replace(question.answer.codes[0], code=77, token=token, **changed)
            question = replace(question, answer=replace(question.answer, codes=(*question.answer.codes, code)))  # noqa: PLW2901
        questions.append(question)
    return {**forms(), edition: replace(form, questions=tuple(questions))}


def test_forms_and_tables_agree():
    assert contradictions() == ()


def test_a_word_of_a_form_that_the_tables_lack_is_told_by_edition_question_and_word():
    [told] = contradictions(further("sig-unga-2024", "discharge_reason", "moved_away"))
    assert told.file == "forms/sig-unga-2024.yaml"
    number = next(one.no for one in forms()["sig-unga-2024"].questions if one.variable == "discharge_reason")
    assert told.what.startswith(
        f"question {number} (discharge_reason), code 77: the word moved_away is not in the vocabulary discharge_reason"
    )
    assert "contracts/panel/tables.yaml" in told.remedy
    for variable in ("sex", "district"):
        [told] = contradictions(further("sig-vuxna-2024", variable, "moved_away"))
        assert f"({variable}), code 77: the word moved_away" in told.what


def test_a_code_that_is_no_value_and_one_of_a_variable_need_no_word():
    assert contradictions(further("sig-unga-2024", "discharge_reason", "unasked", missing="not_applicable")) == ()
    assert contradictions(further("sig-unga-2024", "school_enrolled", "by_post")) == ()


def test_two_editions_of_one_programme_for_one_year_are_told():
    left_open = {**forms(), "sig-unga-2022": replace(forms()["sig-unga-2022"], last_year=None)}
    [told] = contradictions(left_open)
    assert (told.file, told.what) == (
        "forms/sig-unga-2022.yaml",
        "it is for 2024, and so is sig-unga-2024: one programme has one edition a year",
    )
    assert "Close sig-unga-2022" in told.remedy


def test_a_sensitive_variable_that_no_form_asks_is_told():
    tables = {name: replace(table, art9=(*table.art9, "mind")) for name, table in contract().tables.items()}
    [told] = contradictions(described=replace(contract(), tables=tables))
    assert told.what.startswith("art9 names mind, which no form asks")


def test_contracts_check_tells_of_it_and_exits_1(monkeypatch):
    monkeypatch.setattr(sources, "forms", lambda: further("sig-unga-2024", "sex", "unsaid"))
    answer = run("contracts", "check")
    assert answer.code == 1
    first, remedy, *_ = answer.out.splitlines()
    assert first.startswith("contracts/forms/sig-unga-2024.yaml: question ")
    assert remedy.startswith("  → Add unsaid to the vocabulary sex")
