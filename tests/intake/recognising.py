"""How a workbook that was written by hand is recognised, in short: what was read, found, refused."""

import polars as pl
import pytest

from sigpanel.forms import forms
from sigpanel.intake import Refused, read

UNGA, VUXNA = "sig-unga-2022", "sig-vuxna-2021"
FORM = forms()[UNGA]
SECRET = "Britta Sandgren"


def refusal(path, year=2022) -> str:
    """Return the rule and the place of the refusal, as it is printed."""
    with pytest.raises(Refused) as caught:
        read(path, submission_no=0, year=year)
    return str(caught.value)


def seen(path, year=2022):
    return read(path, submission_no=7, year=year)


def kinds(path) -> list[str]:
    return seen(path).rows["kind"].to_list()


def findings(path, year=2022) -> list[tuple[str, str | None]]:
    return list(seen(path, year).findings.select("rule", "cell").iter_rows())


def codes(path) -> dict[str, str]:
    """Return what stands in the column of the UNO code, by address."""
    cells = seen(path).cells.filter(pl.col("question") == "Q1")
    return {f"{column}{row}": text for column, row, text in cells.select("column", "row", "text").iter_rows()}


SOUND = {"A9": "AP0615", "A10": "BO0702", "A11": "CI0523"}
DIFFER = f"headers_differ_from_form (sheet 1, compared with {UNGA}: "
