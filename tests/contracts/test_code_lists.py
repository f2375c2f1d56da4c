"""A code list is one thing: what the contract shows, the rules hold, the codebook tells and the blank form offers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from sigpanel.contracts.odcs import documents
from sigpanel.contracts.rules import rules
from sigpanel.contracts.sources import WORDS
from sigpanel.contracts.suites import suites
from sigpanel.contracts.tables import names, table
from sigpanel.forms import Form, forms, variables
from sigpanel.forms.write import write_form
from sigpanel.panel.codebook import codebook


def of_odcs() -> dict[str, set[Any]]:
    """Per column with a native list, its values, as the committed kind of document has them."""
    return {
        f"{name}.{column['name']}": {entry["value"] for entry in column["enum"]}
        for name, document in documents().items()
        for column in document["schema"][0]["properties"]
        if "enum" in column
    }


# Names that another contract lists have no labels here: editions of the form, rules of findings.
KNOWN = {f"{name}.{column.name}.in_set" for name in names() for column in table(name).columns if column.known}


def of_rules() -> dict[str, set[Any]]:
    """Per column, the values that a rule about every row of it allows."""
    return {
        f"{rule.frame}.{rule.columns[0]}": set(rule.params["values"])
        for rule in rules()
        if rule.kind == "in_set" and rule.when is None and rule.frame in names() and rule.id not in KNOWN
    }


def of_codebook() -> dict[str, set[Any]]:
    """Per column with codes, those that are values: a number is a code of the form, all else is a word."""
    told = {}
    for row in codebook(list(forms())).iter_rows(named=True):
        codes = re.findall(r"(?:^|; )(\w+) = ", row["codes_en"])
        reasons = re.findall(r"(\w+) = ", row["missing_codes"])
        if codes:
            told[f"{row['table']}.{row['column']}"] = {
                int(code) if code.isdigit() else code for code in codes if code not in reasons
            }
    return told


def offered(form: Form, folder: Path) -> Iterator[tuple[str, set[int]]]:
    """Per question with a drop-down, its variable and the codes in the list that its cells are bound to."""
    file = folder / f"{form.edition}.xlsx"
    write_form(file, form)
    book = openpyxl.load_workbook(file)
    sheet = book[form.sheets["form"]]
    headers = {
        cell.column: question
        for row in sheet.iter_rows()
        for cell in row
        for question in form.questions
        if isinstance(cell.value, str) and re.sub(r"^\d+\W*", "", cell.value).strip() == question.header
    }
    for check in sheet.data_validations.dataValidation:
        if check.type == "list":
            question = headers[next(iter(check.sqref.ranges)).min_col]
            listed = book[form.sheets["lists"]][check.formula1.rpartition("!")[2].replace("$", "")]
            yield question.variable, {cell.value for (cell,) in listed}


def of_blank_forms(folder: Path) -> dict[str, set[Any]]:
    """Per column, the values that the blank form of some edition offers, of vocabularies as their words."""
    found: dict[str, set[Any]] = {}
    for form in forms().values():
        for variable, codes in offered(form, folder):
            answers = [one.answer for one in form.questions if one.variable == variable]
            known = {code.code: code for answer in answers for code in answer.codes}
            assert codes == {*known, *(code for answer in answers for code in answer.missing)}, "form and list differ"
            values = {known[code] for code in codes & known.keys() if not known[code].missing}
            place = f"episodes.{WORDS[variable]}" if variable in WORDS else f"waves.{variable}"
            found.setdefault(place, set()).update(one.token if variable in WORDS else one.code for one in values)
    return found


def test_code_lists_are_equal_in_odcs_rules_codebook_and_blank_form(tmp_path):
    odcs, blank = of_odcs(), of_blank_forms(tmp_path)
    assert odcs == of_rules()
    # The codebook lists no variables: it has a row for each.
    naming = {f"{name}.{column.name}" for name in names() for column in table(name).columns if column.of_variables}
    assert {place: values for place, values in odcs.items() if place not in naming} == of_codebook()
    assert all(set(variables()) <= odcs[place] for place in naming)
    coded = {f"waves.{name}" for name in variables()} & odcs.keys()
    assert blank == {place: odcs[place] for place in (*coded, *(f"episodes.{column}" for column in WORDS.values()))}


def test_and_in_the_suites_of_great_expectations():
    found = [
        (expectation["kwargs"]["column"], set(expectation["kwargs"]["value_set"]))
        for suite in suites().values()
        for expectation in suite["expectations"]
        if expectation["meta"]["rule"]
        in {rule.id for rule in rules() if rule.kind == "in_set" and rule.when is None} - KNOWN
    ]
    assert sorted(found, key=str) == sorted(
        ((place.rpartition(".")[2], values) for place, values in of_rules().items()), key=str
    )
