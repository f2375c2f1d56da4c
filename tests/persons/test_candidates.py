"""What two codes of one person may differ in, by the name of the pass that brings the pair up; and what is no pass."""

import ast
from pathlib import Path

import pytest

from sigpanel.contracts.linkage import linkage
from sigpanel.contracts.tables import vocabulary
from sigpanel.persons import candidates, contradiction, merge, resolve
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms


def test_every_pass_and_constraint_has_a_sentence_and_every_sentence_its_rule():
    passes = {name for one in candidates._PASSES for name in one.rules}
    assert set(linkage().told_as) == passes | {"decided"}
    trees = [ast.parse(Path(module.__file__).read_text(encoding="utf-8")) for module in (merge, contradiction)]
    returned = {
        node.value.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    # Only the strict level asks for more, and what it keeps apart is one person's all the same.
    constraints = returned | {"months_do_not_meet", "mean_weight_too_low", "another_episode"}
    told = {term.token for term in vocabulary("link_rule")}
    assert told == {*linkage().told_as.values(), *constraints, "through_others"} - {"nothing_could_contradict"}


def rule(code: str, other: str, sex: str = "male", other_sex: str = "male") -> str | None:
    """The pass that brings up two episodes of a boy born on 2007-05-12, if one does."""
    rows = [
        {"name": "a", "code": code, "sex": sex, "enrolled": "2022-02-01", "discharged": "2022-11-30", "age": "14"},
        {
            "name": "b",
            "code": other,
            "sex": other_sex,
            "enrolled": "2023-02-01",
            "discharged": "2023-11-30",
            "age": "15",
        },
    ]
    return next(iter(resolve(episodes(rows), pseudonyms=pseudonyms).pairs["rule"]), None)


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ("CP0712", "same_code"),
        ("PC0712", "initials_swapped"),
        ("KP0712", "given_initial_spelt_otherwise"),
        ("CB0712", "surname_initial_changed"),
        ("CP0812", "year_slip"),
        ("CP7012", "year_slip"),
        ("CP0713", "day_slip"),
        ("CP0721", "day_slip"),
        ("CP0772", "coordination_number"),
        ("CP0705", "month_for_day"),
    ],
)
def test_one_thing_that_happens_to_codes_brings_a_pair_up(other, name):
    assert rule("CP0712", other) == rule(other, "CP0712") == name


def test_mmdd_typed_for_yydd_is_a_month_in_which_the_other_may_be_born():
    assert rule("CP0712", "CP0312") == "year_slip"
    assert rule("CP9512", "CP0312") is None
    rows = [
        {"name": "a", "code": "CP9612", "enrolled": "2022-02-01", "discharged": "2022-11-30", "age": "25"},
        {"name": "b", "code": "CP0512", "enrolled": "2023-02-01", "discharged": "2023-11-30", "age": "26"},
    ]
    assert resolve(episodes(rows), pseudonyms=pseudonyms).pairs["rule"].to_list() == ["month_for_year"]


@pytest.mark.parametrize("other", ["ÄP0712", "ÅP0712"])
def test_initials_are_spelt_for_each_other_and_not_for_what_the_other_is_spelt_for(other):
    assert rule("AP0712", other) == "given_initial_spelt_otherwise"
    assert rule("AP0712", "EP0712") is rule("ÅP0712", "ÄP0712") is None


@pytest.mark.parametrize("other", ["BP0712", "CP0899", "BL0712", "CB0713", "KB0712", "CP1921"])
def test_two_slips_and_another_given_name_bring_nothing_up(other):
    """Another initial of the given name is what twins have."""
    assert rule("CP0712", other) is None


def test_with_another_sex_only_the_very_same_code_does():
    assert rule("CP0712", "CP0712", other_sex="female") == "same_code"
    assert rule("CP0712", "CP0713", other_sex="female") is None
    assert rule("CP0712", "CP0713", other_sex="-") == "day_slip"


def test_letters_beyond_a_to_z_have_their_spellings_too():
    assert rule("ÖP0712", "OP0712") == "given_initial_spelt_otherwise"
    assert rule("ÄP0712", "EP0712") == "given_initial_spelt_otherwise"
    assert rule("AP0712", "EP0712") is None
