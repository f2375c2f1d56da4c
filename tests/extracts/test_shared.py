"""Two extracts side by side: who can be found again by values alone."""

import datetime as dt
import itertools

import pytest

import sigpanel
from sigpanel.contracts.approvals import read_approval
from sigpanel.extracts.cut import draft, under_own_ids
from sigpanel.extracts.shared import n_linkable
from sigpanel.extracts.told import columns
from tests.contracts.approvals_refused import GROUPS
from tests.extracts.panels import approval, body, crowd, demo_body, episode, episodes_with, own_ids, panel, written

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


# --- values that fit, though one extract tells them less exactly, or not at all ---

# Five of each age; only their reasons of discharge differ, which both extracts tell.
AGES = [one for age in (14, 16, 21, 24) for one in crowd(5, first=100 * age, age=age)]
REASONS = {14: "goals_met", 16: "other", 21: "goals_met", 24: "other"}
AGED = [{**one, "discharge_reason": REASONS[one["age"]]} for one in AGES]


def by_age(how, **more):
    columns = {"age": how, "discharge_reason": "as_is"}
    return {"tables": episodes_with(**columns, **more), "quasi_identifiers": ["age"]}


@pytest.mark.parametrize("new", ["as_is", {"age_band": 5}, {"age_band": 10}, {"age_band": 7}, {"band": 5}], ids=str)
@pytest.mark.parametrize("old", ["as_is", {"age_band": 5}, {"age_band": 10}, {"age_band": 7}, {"band": 5}], ids=str)
def test_an_age_is_compared_with_the_band_that_it_lies_in_and_bands_where_they_overlap(tmp_path, new, old):
    """Alone with their reason, at an age of their own: another grain in one of the two does not hide them."""
    alone = crowd(1, first=900, age=34, discharge_reason="relapse")
    others = crowd(2, first=950, age=34, discharge_reason="other")
    assert found(tmp_path, [*AGED, *alone, *others], by_age(new), by_age(old)) == 1


def test_bands_that_cut_each_other_tell_apart_who_overlaps_with_nobody_else(tmp_path):
    """By sevens 14-20 and 21-27, by fives 15-19 and 20-24, of which the first lies in one of the others alone."""
    rows = [*crowd(4, age=16), *crowd(4, first=20, age=22), episode("p9", age=20)]
    assert found(tmp_path, rows, by_age({"age_band": 7}), by_age({"age_band": 5})) == 0
    alone = {"discharge_reason": "other"}
    rows += [episode("p6", age=22, **alone), episode("p5", age=16, **alone)]
    assert found(tmp_path, rows, by_age({"age_band": 7}), by_age({"age_band": 5})) == 2


def hiding(tmp_path, rows, columns, known, order):
    small = {**body()["small_classes"], "order": order, "most_left_out": 0.0}
    return extract(
        tmp_path,
        rows,
        "".join(order)[:1],
        tables=episodes_with(**columns),
        quasi_identifiers=known,
        small_classes=small,
    )


def test_what_one_hides_fits_whatever_the_other_says(tmp_path):
    """One extract hides the year, the other the district; the answer that is their own is in both."""
    rare = {"enrolled_on": DAY(2019, 1, 1), "district": "jarva"}
    rows = [*crowd(6), *crowd(2, first=40, **rare), episode("p9", discharge_reason="relapse", **rare)]
    columns = {"enrolled_on": "year", "district": "as_is", "discharge_reason": "as_is"}
    sizes = {"risk": {"k": 4, "unique_trajectories": 1.0}}
    known = ["enrolled_on", "district"]
    pair = []
    for order in (["enrolled_on", "district"], ["district", "enrolled_on"]):
        small = {**body()["small_classes"], "order": order, "most_left_out": 0.0}
        whole = {"tables": episodes_with(**columns), "quasi_identifiers": known, "small_classes": small, **sizes}
        pair.append(extract(tmp_path, rows, order[0][0], **whole))
    tables = [made["episodes"] for made, _ in pair]
    assert not tables[0].drop("person_id", "episode_id").equals(tables[1].drop("person_id", "episode_id"))
    assert n_linkable(*pair[0], *pair[1]) == 1


def test_a_district_is_compared_with_its_group(tmp_path):
    rows = [*crowd(3), *crowd(3, first=20, district="jarva"), *crowd(3, first=40, district="skarpnack")]
    rows += [episode("p9", district="jarva", discharge_reason="other"), episode("p8", discharge_reason="other")]
    fine = {"tables": episodes_with(district="as_is", discharge_reason="as_is"), "quasi_identifiers": ["district"]}
    coarse = {
        "tables": episodes_with(district="district_group", discharge_reason="as_is"),
        "quasi_identifiers": ["district"],
        "district_groups": GROUPS,
    }
    assert found(tmp_path, rows, fine, coarse) == found(tmp_path, rows, coarse, fine) == 2


def test_sex_is_the_same_in_whatever_table_it_leaves(tmp_path):
    rows = [*crowd(3), *crowd(3, first=20, sex="female"), episode("p9", sex="female", discharge_reason="other")]
    rows.append(episode("p8", discharge_reason="other"))
    in_episodes = {"tables": episodes_with(sex="as_is", discharge_reason="as_is"), "quasi_identifiers": ["sex"]}
    in_persons = {
        "tables": {**episodes_with(discharge_reason="as_is"), "persons": {"person_id": "id", "sex": "as_is"}},
        "quasi_identifiers": ["sex"],
    }
    assert found(tmp_path, rows, in_episodes, in_persons) == 2


def test_a_year_of_birth_is_compared_with_age_and_year_of_enrolment(tmp_path):
    rows = [
        {**one, "age": 2022 - year, "birth_year": year, "discharge_reason": reason}
        for year, n, reason in ((2000, 3, "other"), (2006, 3, "other"), (2006, 1, "relapse"), (2000, 1, "relapse"))
        for one in crowd(n, first=year + 7000 * n)
    ]
    ages = {"tables": episodes_with(age="as_is", enrolled_on="year", discharge_reason="as_is")}
    ages["quasi_identifiers"] = ["age", "enrolled_on"]
    births = {
        "tables": {**episodes_with(discharge_reason="as_is"), "persons": {"person_id": "id", "birth_year": "as_is"}},
        "quasi_identifiers": ["birth_year"],
    }
    assert found(tmp_path, rows, ages, births) == found(tmp_path, rows, births, ages) == 2


def test_of_the_demo_study_no_fewer_are_told_than_somebody_finds_by_trying_all_pairs(tmp_path):
    """Ages as they are, in bands of 5 and of 10, each with what it hides; persons compared one by one, by hand."""
    made = {}
    for width in (0, 5, 10):
        said = demo_body()
        said["population"] = {"programme": ["vuxna"], "episodes": "matching"}
        said["tables"].pop("waves")
        said["tables"]["episodes"]["age"] = {"age_band": width} if width else "as_is"
        said["risk"] = {"k": 3, "unique_trajectories": 1.0}
        said["small_classes"] |= {"most_suppressed": 1.0, "most_left_out": 1.0}
        one = read_approval(written(tmp_path, said))
        kept = draft(sigpanel.demo_panel().table, one)
        named = under_own_ids(kept, one, lambda purpose, ids, w=width: f"{w}" + own_ids(f"{purpose}{w}", ids))
        made[width] = named.tables, columns(one)
    for one, other in itertools.combinations(made, 2):
        tried = len(by_hand(persons_of(made[one][0]), persons_of(made[other][0])))
        assert n_linkable(*made[one], *made[other]) >= tried > 10, (one, other)


def persons_of(tables):
    rows = tables["episodes"].join(tables["persons"], on="person_id")
    whose = {}
    for row in rows.iter_rows(named=True):
        whose.setdefault(row["person_id"], []).append(row)
    return {who: own for who, own in whose.items() if len(own) < 4}


def by_hand(one, other):
    fits = {who: [each for each in other if same(one[who], other[each])] for who in one}
    of = {}
    for who, each in fits.items():
        for whom in each:
            of.setdefault(whom, []).append(who)
    return [who for who, each in fits.items() if len(each) == 1 and len(of[each[0]]) == 1]


def same(one, other):
    if len(one) != len(other):
        return False
    return any(all(map(fit, one, order)) for order in itertools.permutations(other))


def fit(one, other):
    (low, high), (low_other, high_other) = years(one), years(other)
    if max(low, low_other) > min(high, high_other):
        return False
    names = [name for name in one.keys() & other.keys() if not name.endswith(("_id", "__hidden")) and "age" not in name]
    return all(one[name] == other[name] or is_hidden(one, name) or is_hidden(other, name) for name in names)


def is_hidden(row, name):
    return row[name] == "suppressed" or row.get(f"{name}__hidden", False)


def years(row):
    said = row.get("age_band", row.get("age"))
    if said in (None, "suppressed"):
        return 0, 200
    return (said, said) if isinstance(said, int) else tuple(map(int, said.split("-")))


COUNTS = [
    {**one, "suspected_crimes_before": crimes, "discharged_on": None, "status": "ongoing"} if crimes % 2 else
    {**one, "suspected_crimes_before": crimes} for crimes, one in enumerate(crowd(8, first=700))
]  # fmt: skip


GRAINS = [
    ("as_is", "as_is", 8),
    ("as_is", {"top_code": 6}, 8),
    # 5 and 7 are alike then, and have not ended; 6 has.
    ({"top_code": 5}, "as_is", 6),
    ({"top_code": 6}, {"top_code": 5}, 6),
    # By twos one of each has ended, by fours two of each.
    ({"band": 2}, "as_is", 8),
    ({"band": 2}, {"band": 4}, 0),
    ({"band": 2}, {"top_code": 6}, 8),
    ("as_is", "drop", 0),
]


@pytest.mark.parametrize(("one", "other", "n"), GRAINS, ids=str)
def test_an_answer_is_compared_in_the_coarser_grain_also_of_who_has_not_ended(tmp_path, one, other, n):
    """Counts from 0 to 7, one person each; the odd ones have not ended, and have no row at discharge."""

    def asked(how):
        waves = {"person_id": "id", "episode_id": "id", "moment": "as_is", "suspected_crimes_before": how}
        return {"tables": {**episodes_with(status="as_is"), "waves": waves}, "quasi_identifiers": ["status"]}

    assert found(tmp_path, COUNTS, asked(one), asked(other)) == found(tmp_path, COUNTS, asked(other), asked(one)) == n


def test_an_extract_whose_manifest_has_no_groups_is_compared_by_all_else(tmp_path):
    """As manifests were, before they named groups of districts."""
    rows = [*PLAIN, episode("p9", discharge_reason="relapse")]
    same = {"tables": episodes_with(enrolled_on="year", discharge_reason="as_is"), "quasi_identifiers": ["enrolled_on"]}
    tables, said = extract(tmp_path, rows, "b", **same)
    old = tables, [{**column, "groups": ""} for column in said]
    assert n_linkable(*extract(tmp_path, rows, "a", **same), *old) == 1
