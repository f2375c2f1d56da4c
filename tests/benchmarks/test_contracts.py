"""What the benchmark of contracts is held against: copies of a release are a release."""

import polars as pl
import pytest

from contracts import copied
from sigpanel.contracts.gate import hold
from sigpanel.contracts.rules import rules
from sigpanel.contracts.tables import names
from sigpanel.contracts.views import frames_of
from sigpanel.panel import open_panel
from tests.support.study import built, written  # noqa: F401


@pytest.fixture
def tables(built) -> dict[str, pl.DataFrame]:  # noqa: F811
    panel = open_panel(built.panel)
    return {name: panel.table(name).collect() for name in names()}


def broken(tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    return {one.rule.id: one.n_failing for one in hold(frames_of(tables), rules()) if not one.is_kept}


def test_copies_of_a_release_break_what_the_release_breaks_as_many_times(tables):
    many = {name: copied(name, table, 3) for name, table in tables.items()}
    assert many["persons"].height == 3 * tables["persons"].height
    assert broken(many) == {rule: 3 * n for rule, n in broken(tables).items()}
