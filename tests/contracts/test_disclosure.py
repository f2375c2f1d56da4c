"""What a published figure may tell: the contract, read strictly, and the one rule by which a number is shown."""

import pytest
import yaml

from sigpanel.contracts import disclosure as module
from sigpanel.contracts.disclosure import KINDS, LANGUAGES, disclosure
from sigpanel.errors import Fault, PolicyError, UsageError
from sigpanel.resources import contracts_dir


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Read the contract with something in it changed."""
    monkeypatch.setattr(module, "contracts_dir", lambda: tmp_path)

    def read(**changed) -> object:
        body = yaml.safe_load((contracts_dir() / "disclosure.yaml").read_text(encoding="utf-8")) | changed
        (tmp_path / "disclosure.yaml").write_text(yaml.safe_dump(body), encoding="utf-8")
        return disclosure.__wrapped__()

    return read


def test_the_contract_says_five_and_five():
    rule = disclosure()
    assert (rule.threshold, rule.rounding, rule.survival_events, rule.least_threshold) == (5, 5, 5, 3)


@pytest.mark.parametrize("n", range(5))
def test_fewer_than_five_are_hidden_nobody_included(n):
    assert disclosure().shown(n) is None


def test_five_to_seven_are_five_and_eight_to_twelve_are_ten():
    assert [disclosure().shown(n) for n in range(5, 14)] == [5, 5, 5, 10, 10, 10, 10, 10, 15]


@pytest.mark.parametrize("threshold", range(3, 21))
def test_no_number_is_shown_as_fewer_than_the_threshold_and_none_is_told_exactly(threshold):
    rule = disclosure().at(threshold)
    for n in range(threshold, 60):
        low, high = rule.bounds(rule.shown(n))
        assert rule.shown(n) >= threshold
        assert high - low >= 2
        assert {m for m in range(100) if rule.shown(m) == rule.shown(n)} == set(range(low, high + 1))


@pytest.mark.parametrize(("threshold", "kind", "code"), [
    (2, PolicyError, "threshold-too-low"), (0, PolicyError, "threshold-too-low"),
    (True, UsageError, "threshold-no-number"), (5.0, UsageError, "threshold-no-number"),
    ("5", UsageError, "threshold-no-number"),
])  # fmt: skip
def test_a_threshold_below_three_is_refused_and_so_is_what_is_no_number(threshold, kind, code):
    with pytest.raises(kind) as caught:
        disclosure().at(threshold)
    assert caught.value.code == code
    assert "at least 3" in caught.value.remedy


def test_a_step_of_a_curve_has_at_least_as_many_events_as_the_threshold():
    assert [disclosure().at(threshold).events_in_a_step for threshold in (3, 5, 10)] == [5, 5, 10]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_under_a_table_is_filled_in(kind, language):
    text = disclosure().at(10).note(kind, language)
    assert "{" not in text
    assert "10" in text


@pytest.mark.parametrize(("changed", "place"), [
    ({"more": 1}, "nobody knows more"),
    ({"threshold": 2}, "threshold: at least `least_threshold`"),
    ({"threshold": "5"}, "threshold: a whole number"),
    ({"least_threshold": 1}, "least_threshold: at least 2"),
    ({"rounding": 1}, "rounding: at least 2"),
    ({"dominant_share": 1}, "dominant_share: a share above 0 and below 1"),
    ({"dominant_share": 50}, "dominant_share: a share from 0 to 1"),
    ({"survival_events": 2}, "survival_events: at least `least_threshold`"),
    ({"survival_every": 0}, "survival_every: at least 1"),
    ({"words": {"hidden": {"en": "hidden", "sv": "dold"}}}, "words: no_value, suppressed, total is missing"),
    ({"words": {name: {"en": "x"} for name in ("hidden", "total", "no_value", "suppressed")}}, "sv is missing"),
    ({"notes": {kind: {"en": "{n}", "sv": "x"} for kind in KINDS}}, "notes, counts, en: it asks for what nobody"),
])  # fmt: skip
def test_what_does_not_belong_is_told_by_its_place(told, changed, place):
    with pytest.raises(Fault) as caught:
        told(**changed)
    assert caught.value.message.startswith("contracts/disclosure.yaml, ")
    assert place in caught.value.message


def test_it_may_be_changed(told):
    assert told(threshold=10, rounding=10).shown(14) == 10
