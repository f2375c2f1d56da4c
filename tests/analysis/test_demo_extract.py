"""The demonstration's extract answers what a researcher asks an extract of years, and says why not of the rest."""

import pytest

import sigpanel
from sigpanel.errors import InputError


@pytest.mark.slow
@pytest.mark.parametrize(
    "ask",
    [
        lambda extract: extract.bortfall("programme"),
        lambda extract: extract.attrition(["programme", "sex"]),
        lambda extract: extract.change("mental_health"),
        lambda extract: extract.long(variables="mental_health"),
        lambda extract: extract.wide(),
        lambda extract: extract.baseline(variables=["school_enrolled"]),
        lambda extract: extract.episode_durations(),
        lambda extract: extract.survival("enrolment", "discharge", by="sex"),
        lambda extract: extract.survival("discharge", "conviction"),
        lambda extract: extract.followup(event="suspicion", calendar=True),
        lambda extract: extract.followup_table(calendar=True, by="programme"),
        lambda extract: extract.rests_on("suspicion"),
    ],
)
def test_years_are_enough_for_tables_of_answers_and_for_intervals(ask):
    made = ask(sigpanel.demo_extract())
    assert getattr(made, "frame", made).height > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "ask",
    [
        lambda extract: extract.counting_process(),
        lambda extract: extract.person_periods(),
        lambda extract: extract.competing_risks(),
        lambda extract: extract.survival(horizon=365),
        lambda extract: extract.followup_table(),
    ],
)
def test_what_needs_days_says_that_it_does(ask):
    with pytest.raises(InputError) as refusal:
        ask(sigpanel.demo_extract())
    assert refusal.value.code == "dates-too-coarse"
