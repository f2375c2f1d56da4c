"""What notebooks print: nothing that a table would hide, and numbers that their own cells give."""

import ast
import json
import re

import pytest

import sigpanel
from sigpanel.contracts.analysis import analysis
from sigpanel.resources import contracts_dir

NOTEBOOKS = sorted((contracts_dir().parent / "notebooks").glob("*.ipynb"))


def cells(path, kind):
    return [
        "".join(each["source"]) for each in json.loads(path.read_text("utf-8"))["cells"] if each["cell_type"] == kind
    ]


def shown(name, text):
    """What the cell with this text shows, and nothing of the others but what they define."""
    there = {"sigpanel": sigpanel, "panel": sigpanel.demo_panel()}
    found = [cell for path in NOTEBOOKS if path.stem.startswith(name) for cell in cells(path, "code") if text in cell]
    (cell,) = found
    tree = ast.parse("import polars as pl\n" + cell)
    last = tree.body.pop()
    exec(compile(tree, name, "exec"), there)  # noqa: S102 - our own notebook
    return eval(compile(ast.Expression(last.value), name, "eval"), there)  # noqa: S307


def test_the_causes_are_those_of_the_contract():
    table = shown("04", "competing_risks()")
    assert table.frame["cause"].drop_nulls().to_list() == list(analysis().causes)


def test_few_returns_of_the_cohort_are_hidden_under_every_identity():
    assert shown("05", "panel.sensitivity(")["returned"].to_list() == ["hidden"] * 3


def test_a_first_look_at_answers_hides_what_few_have_said():
    assert min(shown("01", 'variable="mental_health", moment="enrolment"').frame["persons"].drop_nulls()) >= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_tells_a_median_or_a_share_that_no_cell_gives(path):
    assert not [cell for cell in cells(path, "code") if ".median(" in cell or ".quantile(" in cell]
    said = [text for text in cells(path, "markdown") if re.search(r"\d+ per cent", text)]
    assert not said


def test_every_share_that_was_worked_out_for_persons_has_its_limits():
    shares = [
        cell
        for path in NOTEBOOKS
        if path.stem.startswith("05")
        for cell in cells(path, "code")
        if 'drop_nulls("mean")' in cell
    ]
    assert len(shares) == 2
    assert all("with_limits(" in cell for cell in shares)
