"""The page on linkage: every figure, in Swedish, and nothing from anywhere else."""

import re
from itertools import product

import pytest
from jinja2 import UndefinedError

from sigpanel.contracts.quality import quality_report
from sigpanel.persons import resolve
from sigpanel.persons.quality import quality
from sigpanel.report.linkage import linkage_page
from sigpanel.report.page import count, interval, render, share
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms

TABLE = """
    name code   enrolled   discharged
    a    AP0712 2022-02-01 2022-06-01
    b    AP0712 2023-02-01 2023-06-01
    c    BS0820 2022-02-01 2022-06-01
"""
# Twenty persons, of whom ten came back: enough to be told of.
CROWD = "\n".join([
    "name code enrolled discharged",
    *(f"x{at} {one}{other}0712 2022-02-01 2022-06-01" for at, (one, other) in enumerate(product("ABDEF", "GHLM"))),
    *(f"y{at} {one}{other}0712 2023-02-01 2023-06-01" for at, (one, other) in enumerate(product("ABDEF", "GH"))),
])  # fmt: skip
PARAMETERS = {"version": 3, "digest": "0123", "accept": {"strict": 0.9, "standard": 0.5, "wide": 0.1}}


def page(table: str = TABLE, **changed) -> str:
    told = episodes(table)
    return linkage_page(
        {"parameters": PARAMETERS, **quality(told, resolve(told, pseudonyms=pseudonyms)), **changed}, "r0007"
    )


def test_it_has_the_headings_of_guild():
    assert re.findall(r"<h2>(.*?)</h2>", page()) == ["1 Underlaget", "2 Kopplingen", "3 Analysen", "4 Rapporteringen"]


def test_it_loads_nothing_and_runs_nothing():
    text = page()
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|://", text)


def test_it_tells_the_return_rate_under_each_id_and_what_to_report():
    text = page(CROWD)
    for told in quality_report().levels.values():
        assert f"<code>{told['id']}</code>" in text
    assert text.count("50,0\u00a0%") >= 4
    assert "version 3" in text


def test_what_is_filled_in_is_escaped():
    told = episodes(TABLE)
    figures = {"parameters": PARAMETERS, **quality(told, resolve(told, pseudonyms=pseudonyms))}
    assert "<b>" not in linkage_page(figures, "<b>")


def test_a_figure_that_is_missing_is_a_fault_and_no_empty_place():
    with pytest.raises(UndefinedError):
        render("linkage.html.j2", quality={}, release="r0001", told=quality_report(), terms={}, groups=[])


def test_it_can_be_made_where_nobody_was_linked_and_where_there_is_nobody():
    assert "–" in page("name code\na AP0712")
    nobody = episodes(TABLE).clear()
    figures = {"parameters": PARAMETERS, **quality(nobody, resolve(nobody, pseudonyms=pseudonyms))}
    assert "färre än 5 insatsperioder" in linkage_page(figures, "r0001")


def test_numbers_are_written_as_in_swedish():
    assert (share(0.9741), share(None), share(0.5, 0)) == ("97,4\u00a0%", "–", "50\u00a0%")
    assert (count(12345), count("<10")) == ("12\u202f345", "<10")
    assert interval({"low": 0.964, "high": 0.977}) == "96,4–97,7\u00a0%"
    assert interval({"low": 1.0, "high": 1.0}) == "100,0\u00a0%"
    assert interval({"low": None, "high": None}) == "–"
