"""A fault in a description names the file that it is in."""

import pytest

from sigpanel.contracts import rules as module
from sigpanel.contracts.consumers import read_consumer
from sigpanel.contracts.strict import load, number, of_file, one_of, require, version
from sigpanel.errors import Fault


def test_a_rule_that_nobody_could_hold_is_told_of_its_own_file(monkeypatch):
    monkeypatch.setattr(module, "_load", lambda _: {"rules": [{"id": "a"}]})
    with pytest.raises(Fault, match=r"^contracts/panel/rules\.yaml, a rule: .* is missing"):
        module.rules.__wrapped__()


def test_so_is_a_consumer(tmp_path):
    (tmp_path / "somebody.yaml").write_text("name: x\n", encoding="utf-8")
    with pytest.raises(Fault, match=r"^contracts/consumers/somebody\.yaml, consumer somebody: .* is missing"):
        read_consumer(tmp_path / "somebody.yaml")


def test_the_innermost_file_is_told():
    with pytest.raises(Fault) as caught, of_file("outer.yaml"), of_file("inner.yaml"):
        require(False, "somewhere", "it does not belong")
    assert caught.value.message == "contracts/inner.yaml, somewhere: it does not belong."


@pytest.mark.parametrize(
    "text", ["a: {b: 1, b: 2}", "a: &a {b: 1}\nc: {<<: *a, b: 2}", "a: {<<: {b: 1}}", "a: [{!!merge x: {b: 1}}]"]
)
def test_a_key_that_stands_twice_or_is_merged_in_is_refused(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=r"stands twice|merged in"):
        load(tmp_path / "a.yaml")


@pytest.mark.parametrize("raw", [True, -1, 1.5, "1", None])
def test_a_number_is_whole_and_not_below_nothing(raw):
    with pytest.raises(Fault, match="a whole number"):
        number(raw, "here")


@pytest.mark.parametrize("raw", ["1.0", "1.0.0-beta", "01.0.0", 1.0, None])
def test_a_version_is_three_numbers(raw):
    with pytest.raises(Fault, match="a version"):
        version(raw, "here")


def test_what_belongs_is_given_back():
    assert (number(0, "here"), version("10.0.1", "here"), one_of("b", "here", ("a", "b"))) == (0, "10.0.1", "b")
