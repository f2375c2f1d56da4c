"""The pages of docs that are made of the contracts say what those say: on tables, consumers and deliveries.

`sigpanel contracts check --write` writes them anew; look at the difference.
"""

import re
import shutil
from pathlib import Path

import pytest

from sigpanel.contracts.consumers import consumer, names_of_consumers
from sigpanel.contracts.generated import Difference
from sigpanel.contracts.odcs import rules_of
from sigpanel.contracts.tables import names, table
from sigpanel.forms import variables
from sigpanel.report import docs_pages
from sigpanel.report.consumer_docs import consumer_docs, consumer_list
from sigpanel.report.table_page import table_list, table_page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_page_says_what_the_contracts_say():
    assert docs_pages.check() == ()
    made = docs_pages.pages(DOCS)
    assert {f"contracts/{name}.md" for name in names()} < made.keys()
    assert table_list() in made["contracts.md"]
    assert consumer_list() in made["contracts.md"]


def test_what_differs_is_told_and_written_and_what_is_of_nothing_is_removed(tmp_path):
    docs = shutil.copytree(DOCS, tmp_path / "docs")
    (docs / "contracts" / "persons.md").unlink()
    (docs / "contracts" / "wages.md").write_text("of nothing", encoding="utf-8")
    page = docs / "contracts.md"
    page.write_text(page.read_text(encoding="utf-8").replace("| [waves]", "| [waving]"), encoding="utf-8")
    differs = "does not say what the contracts say"
    assert docs_pages.check(docs) == (
        Difference("docs/contracts/persons.md", "", differs),
        Difference("docs/contracts.md", "", differs),
        Difference("docs/contracts/wages.md", "", "no page is made under this name"),
    )
    assert docs_pages.write(docs) == ("docs/contracts/persons.md", "docs/contracts.md", "docs/contracts/wages.md")
    assert docs_pages.check(docs) == ()


def test_where_there_are_no_docs_nothing_is_asked_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(docs_pages, "contracts_dir", lambda: tmp_path / "_contracts")
    assert (docs_pages.docs_dir(), docs_pages.check(), docs_pages.write()) == (None, (), ())


@pytest.mark.parametrize("name", names_of_consumers())
def test_the_page_of_a_consumer_has_all_that_it_reads_handles_and_asks(name):
    page, one = consumer_docs(consumer(name)), consumer(name)
    for columns in one.tables.values():
        for column, how in columns.items():
            row = next(line for line in page.splitlines() if line.startswith(f"| `{column}` |"))
            assert row
            assert all(f"`{value}`" in page for value in how.values or ())
    for group, told in one.groups.items():
        assert f"| completeness.{group}.filled | {told.en}: " in page
        assert all(f"| `{variable}` |" in page for variable in told.variables)
    assert "| coverage | districts with a workbook, of those that the year's forms list | 100% | 75% |" in page
    assert "horizon" in page
    for link in re.findall(r"\]\(([^)#]+)", page):
        assert link == "../contracts.md" or (DOCS / "contracts" / link).resolve().is_file()


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
