"""The sections on deliveries tell all that their contracts say; the page is held in tests/contracts/test_pages.py."""

import re

import pytest

from sigpanel.contracts.deliveries import deliveries
from sigpanel.report.delivery_page import delivery_sections, section


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
