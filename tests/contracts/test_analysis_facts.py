"""What analyses go by is read to the letter: every discharge reason is in one group, and nothing is guessed."""

import pytest
import yaml

from sigpanel.contracts.analysis import analysis, read_analysis
from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir


def changed(tmp_path, change):
    raw = yaml.safe_load((contracts_dir() / "analysis.yaml").read_text(encoding="utf-8"))
    change(raw)
    path = tmp_path / "analysis.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def test_every_discharge_reason_has_its_group():
    causes = analysis().cause_of
    assert (causes["goals_met"], causes["consent_withdrawn"], len(causes)) == ("completed", "broken_off", 10)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw["causes"]["completed"]["reasons"].clear(), "every discharge reason is in one group"),
        (lambda raw: raw["causes"]["completed"]["reasons"].append("other"), "every discharge reason is in one group"),
        (lambda raw: raw["causes"]["completed"].update(reasons=["goal_met"]), "every discharge reason is in one group"),
        (lambda raw: raw["causes"].pop("not_known"), "a reason that is not known has one"),
        (lambda raw: raw["causes"]["broken_off"].pop("sv"), "sv"),
        (lambda raw: raw["causes"]["broken_off"].update(no="Brutt"), "no"),
        (lambda raw: raw.pop("year_days"), "year_days"),
        (lambda raw: raw.update(year_days=365), "a number of days belongs here"),
        (lambda raw: raw.update(year_days=-365.25), "a number of days belongs here"),
        (lambda raw: raw.update(month_days=30.4), "month_days"),
    ],
)
def test_what_nobody_knows_or_what_is_lacking_is_a_fault(tmp_path, change, told):
    with pytest.raises(Fault, match=told):
        read_analysis(changed(tmp_path, change))


def test_a_reason_that_is_not_known_is_a_group_of_no_reasons(tmp_path):
    def moved(raw):
        raw["causes"]["not_known"]["reasons"].append(raw["causes"]["broken_off"]["reasons"].pop())

    with pytest.raises(Fault, match="a reason that is not known has one"):
        read_analysis(changed(tmp_path, moved))
