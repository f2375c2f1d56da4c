"""Two extracts side by side: who can be found again by values alone."""

import datetime as dt

from sigpanel.extracts.cut import draft, under_own_ids
from sigpanel.extracts.shared import n_linkable
from sigpanel.extracts.told import columns
from tests.extracts.panels import approval, crowd, episode, episodes_with, own_ids, panel

DAY = dt.date


def extract(tmp_path, rows, letter, **said):
    whole = {"small_classes": {"policy": "refuse"}, "risk": {"k": 3, "unique_trajectories": 1.0}, **said}
    one = approval(tmp_path, **whole)
    made = under_own_ids(draft(panel(rows), one), one, lambda purpose, ids: letter + own_ids(purpose + letter, ids))
    return made.tables, columns(one)


def found(tmp_path, rows, new, old):
    one = extract(tmp_path, rows, "a", **new)
    other = extract(tmp_path, rows, "b", **old)
    return n_linkable(*one, *other)


PLAIN = [*crowd(3), *crowd(3, first=10, discharge_reason="other")]


def test_who_looks_like_others_is_not_found(tmp_path):
    same = {"tables": episodes_with(enrolled_on="year", discharge_reason="as_is"), "quasi_identifiers": ["enrolled_on"]}
    assert found(tmp_path, PLAIN, same, same) == 0


def test_who_alone_has_a_value_in_both_is_found(tmp_path):
    same = {"tables": episodes_with(enrolled_on="year", discharge_reason="as_is"), "quasi_identifiers": ["enrolled_on"]}
    assert found(tmp_path, [*PLAIN, episode("p9", discharge_reason="relapse")], same, same) == 1


def test_a_value_that_only_one_has_finds_nobody(tmp_path):
    one = {"tables": episodes_with(enrolled_on="year", discharge_reason="as_is"), "quasi_identifiers": ["enrolled_on"]}
    other = {"tables": episodes_with(enrolled_on="year"), "quasi_identifiers": ["enrolled_on"]}
    assert found(tmp_path, [*PLAIN, episode("p9", discharge_reason="relapse")], one, other) == 0


def test_a_day_is_compared_by_the_coarser_of_two_grains(tmp_path):
    rows = [*PLAIN, *crowd(3, first=30, discharged_on=DAY(2024, 2, 1)), episode("p9", discharged_on=DAY(2025, 5, 5))]
    by = {
        kind: {"tables": episodes_with(status="as_is", discharged_on=kind), "quasi_identifiers": ["status"]}
        for kind in ("as_is", "month", "quarter", "year", "days_since_enrolment")
    }
    for one in ("as_is", "month", "quarter", "year"):
        for other in ("as_is", "month", "quarter", "year"):
            assert found(tmp_path, rows, by[one], by[other]) == 1, (one, other)
    # Days since an enrolment and calendar years have nothing in common by themselves.
    assert found(tmp_path, rows, by["days_since_enrolment"], by["year"]) == 0


def test_how_many_episodes_somebody_has_is_a_value_too(tmp_path):
    rows = [*PLAIN, *[episode("p9", no, discharge_reason="other") for no in range(1, 4)]]
    same = {"tables": episodes_with(enrolled_on="year"), "quasi_identifiers": ["enrolled_on"]}
    assert found(tmp_path, rows, same, same) == 1


def test_bands_of_other_widths_and_other_groups_are_not_taken_for_the_same(tmp_path):
    rows = [*PLAIN, *crowd(3, first=50, age=40)]
    by = {width: {"tables": episodes_with(age={"age_band": width}), "quasi_identifiers": ["age"]} for width in (5, 10)}
    assert found(tmp_path, rows, by[5], by[10]) == 0
