"""The page of docs on each table's contract, and the list of tables, are what the contracts say.

SIGPANEL_WRITE_DOCS=1 pytest tests/contracts/test_pages.py     writes them anew; look at the difference
"""

import os
import re
from pathlib import Path

import pytest

from sigpanel.contracts.odcs import rules_of
from sigpanel.contracts.tables import names, table
from sigpanel.forms import variables
from sigpanel.report.table_page import table_list, table_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
WRITES = bool(os.environ.get("SIGPANEL_WRITE_DOCS"))
LIST = re.compile(r"(<!-- tables -->\n).*?(<!-- end of tables -->)", re.DOTALL)


@pytest.mark.parametrize("name", names())
def test_a_page_is_what_the_contract_says(name):
    page = DOCS / "contracts" / f"{name}.md"
    if WRITES:
        page.parent.mkdir(exist_ok=True)
        page.write_text(table_page(name), encoding="utf-8", newline="\n")
    assert page.read_text(encoding="utf-8") == table_page(name), "see at the top of this file how to write it anew"


def test_the_list_is_what_the_contracts_say():
    page = DOCS / "contracts.md"
    should = LIST.sub(lambda found: f"{found[1]}\n{table_list()}\n{found[2]}", page.read_text(encoding="utf-8"))
    if WRITES:
        page.write_text(should, encoding="utf-8", newline="\n")
    assert page.read_text(encoding="utf-8") == should, "see at the top of this file how to write it anew"
    assert "<!-- tables -->" in should


def test_there_is_a_page_for_each_table_and_no_other():
    assert {page.stem for page in (DOCS / "contracts").glob("*.md")} == set(names())


@pytest.mark.parametrize("name", names())
def test_a_page_has_every_column_and_every_rule_that_is_not_shown_by_its_tables(name):
    page = table_page(name)
    for column in table(name).columns:
        assert f"| `{column.name}` |" in page
        assert column.sv in page
    written = [rule for rule in rules_of(name) if rule.en and f"**{rule.en}.**" in page]
    shown = {"columns", "type", "not_null", "in_set", "unique", "references"}
    assert {rule.id for rule in rules_of(name)} - {rule.id for rule in written} == {
        rule.id for rule in rules_of(name) if rule.id.rpartition(".")[2] in shown
    }


def test_the_page_of_waves_has_every_variable_with_its_codes_and_class():
    page = table_page("waves")
    assert all(f"| `{variable}` |" in page for variable in variables())
    row = next(line for line in page.splitlines() if line.startswith("| `mental_health` |"))
    assert "art. 9 (health)" in row
    assert "Egenupplevd psykisk hälsa (1-10)<br>1–10" in row
    assert "99 declined; 999 unknown" in row


@pytest.mark.parametrize("name", names())
def test_the_links_of_a_page_lead_somewhere(name):
    for link in re.findall(r"\]\(([^)#]+)", table_page(name)):
        assert (DOCS / "contracts" / link).resolve().is_file()
