"""The page on deliveries is what the contracts say.

SIGPANEL_WRITE_DOCS=1 pytest tests/report/test_delivery_page.py     writes it anew; look at the difference
"""

import os
import re
from pathlib import Path

import pytest

from sigpanel.contracts.deliveries import deliveries
from sigpanel.report.delivery_page import delivery_sections, section

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deliveries.md"
MADE = re.compile(r"(<!-- deliveries -->\n).*?(<!-- end of deliveries -->)", re.DOTALL)


def test_the_page_is_made_of_the_contracts():
    text = PAGE.read_text(encoding="utf-8")
    should = MADE.sub(lambda found: f"{found[1]}\n{delivery_sections()}\n{found[2]}", text)
    if os.environ.get("SIGPANEL_WRITE_DOCS"):
        PAGE.write_text(should, encoding="utf-8", newline="\n")
    assert PAGE.read_text(encoding="utf-8") == should, "see at the top of this file how to write it anew"


@pytest.mark.parametrize("kind", deliveries().values(), ids=lambda kind: kind.name)
def test_a_section_tells_every_column_word_rule_source_and_assumption(kind):
    told = section(kind)
    names = [column.name for column in kind.columns]
    words = [term.token for column in names for term in kind.words(column)]
    rules = [rule.id.partition(".")[2] for rule in kind.rules]
    for name in (*names, *words, *rules, *kind.sources, kind.absent.means):
        assert f"`{name}`" in told
    for text in (*kind.assumes, kind.population.text.en[1:], kind.absent.text.en[1:], kind.sla.text.sv, kind.row.en):
        assert text in told


def test_no_row_of_a_table_has_more_cells_than_its_head():
    for table in re.findall(r"(?:^\|.*\n)+", delivery_sections(), flags=re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
