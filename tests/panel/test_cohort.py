"""The table of the 2013–2016 persons: how sure it is who they are, and what could be seen of them."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.panel.cohort import cohort_status, cohort_table, observed_years, unobserved_years

PAIR = {"episode_a": pl.String, "episode_b": pl.String, "rule": pl.String, "class": pl.String, "decided_by": pl.String}


def pilot(**more: object) -> pl.DataFrame:
    row = {
        "cohort_id": "c1", "episode_id": "e1", "uno": "AP9301", "unlinkable_by": None,
        "enrolled_on": dt.date(2014, 3, 1), "discharged_on": dt.date(2015, 3, 1), "ended_at_evaluation": None,
    } | more  # fmt: skip
    types = {"uno": pl.String, "unlinkable_by": pl.String, "enrolled_on": pl.Date, "discharged_on": pl.Date}
    return pl.DataFrame([row], schema_overrides={**types, "ended_at_evaluation": pl.Boolean})


def episodes(*later: tuple[str, str, str | None], own: str = "p1", is_transfer: bool = False) -> pl.DataFrame:
    """The pilot episode e1 of person p1, and later ones: id, person, enrolment."""
    first = [("e1", own, "pilot", dt.date(2014, 3, 1), False)]
    rest = [(name, person, "vuxna", day and dt.date.fromisoformat(day), is_transfer) for name, person, day in later]
    schema = {"episode_id": pl.String, "person_id": pl.String, "programme": pl.String, "enrolled_on": pl.Date}
    return pl.DataFrame(first + rest, schema={**schema, "is_transfer": pl.Boolean}, orient="row")


def pairs(*rows: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame([(*row, "rule")[:5] for row in rows], schema=PAIR, orient="row")


@pytest.mark.parametrize(
    ("of", "found", "status", "rule"),
    [
        ("p1", [("e1", "e2", "same_code", "exact")], "linked", "same_code"),
        ("p1", [("e1", "e2", "surname_initial_changed", "probable")], "probable", "surname_initial_changed"),
        ("p1", [("e2", "e1", "day_slip", "probable")], "probable", "typing_slip"),
        ("p1", [("e1", "e2", "day_slip", "probable", "person")], "linked", "decided"),
        ("p1", [], "probable", "through_others"),
        ("p2", [("e1", "e2", "same_code", "review")], "ambiguous", "same_code"),
        ("p2", [("e1", "e2", "day_slip", "review")], "ambiguous", "typing_slip"),
        ("p2", [("e1", "e2", "same_code", "rejected")], "linked", "same_code_contradicts"),
        ("p2", [("e1", "e2", "day_slip", "rejected", "person")], "linked", "no_other_episode"),
        ("p2", [], "linked", "no_other_episode"),
    ],
)
def test_the_status_comes_of_the_surest_pair_with_an_episode_of_sig(of, found, status, rule):
    told = cohort_status(pilot(), episodes(("e2", of, "2021-01-01")), pairs(*found))
    assert told.rows() == [("e1", status, rule)]


@pytest.mark.parametrize("code", ["QZ9200", "QZ9232", "QZ9260", "QZ9292", "QZ9299"])
def test_that_no_episode_fits_an_impossible_day_settles_nothing(code):
    impossible = pilot().with_columns(uno=pl.lit(code))
    assert cohort_status(impossible, episodes(), pairs()).rows() == [("e1", "not_linkable", "impossible_day")]
    found = cohort_status(impossible, episodes(("e2", "p1", "2021-01-01")), pairs(("e1", "e2", "day_slip", "probable")))
    assert found.rows() == [("e1", "probable", "typing_slip")]


@pytest.mark.parametrize("code", ["QZ9201", "QZ9231", "QZ9261", "QZ9291"])
def test_a_day_of_a_birth_or_coordination_number_is_possible(code):
    told = cohort_status(pilot().with_columns(uno=pl.lit(code)), episodes(), pairs())
    assert told.rows() == [("e1", "linked", "no_other_episode")]


def test_an_exact_pair_goes_before_a_doubtful_one_in_any_order():
    both = [("e1", "e3", "same_code", "review"), ("e1", "e2", "same_code", "exact")]
    for found in (both, both[::-1]):
        told = cohort_status(pilot(), episodes(("e2", "p1", "2021-01-01"), ("e3", "p3", None)), pairs(*found))
        assert told.rows() == [("e1", "linked", "same_code")]


@pytest.mark.parametrize("rule", ["no_code", "no_initials", "sex_unreadable", "uno_contradicts_number"])
def test_who_has_nothing_to_link_by_is_told_with_the_reason(rule):
    told = cohort_status(pilot(uno=None, unlinkable_by=rule), episodes(), pairs())
    assert told.rows() == [("e1", "not_linkable", rule)]


def test_two_of_the_cohort_who_turn_out_to_be_one_person_are_open():
    two = pl.concat([pilot(), pilot(cohort_id="c2", episode_id="e9")])
    both = pl.concat([episodes(), episodes().with_columns(pl.lit("e9").alias("episode_id"))])
    told = cohort_status(two, both, pairs(("e1", "e9", "same_code", "exact")))
    assert set(told["status"]) == {"ambiguous"}
    assert set(told["rule"]) == {"same_person_as_another"}


# --- the follow-up ----------------------------------------------------------------------------------------------------

EXACT = pairs(("e1", "e2", "same_code", "exact"))
NONE = frozenset()


def row(of: pl.DataFrame, all_: pl.DataFrame, found=EXACT, observed=NONE, since="discharge") -> dict[str, object]:
    return cohort_table(of, all_, found, observed=frozenset(observed), follow_up_from=since).row(0, named=True)


@pytest.mark.parametrize(
    ("more", "since", "due", "rule"),
    [
        ({}, "discharge", dt.date(2020, 3, 1), "after_discharge"),
        ({}, "enrolment", dt.date(2019, 3, 1), "after_enrolment"),
        ({}, dt.date(2021, 12, 31), dt.date(2021, 12, 31), "fixed_day"),
        ({"discharged_on": dt.date(2016, 2, 29)}, "discharge", dt.date(2021, 2, 28), "after_discharge"),
        ({"discharged_on": None, "ended_at_evaluation": True}, "discharge", None, "end_not_known"),
        ({"discharged_on": None}, "discharge", None, "end_not_known"),
        ({"discharged_on": None, "ended_at_evaluation": False}, "discharge", None, "not_ended"),
        ({"enrolled_on": None}, "enrolment", None, "enrolment_not_known"),
        ({"discharged_on": None}, dt.date(2021, 12, 31), dt.date(2021, 12, 31), "fixed_day"),
    ],
)
def test_the_follow_up_is_due_by_the_setting_or_it_is_said_why_not(more, since, due, rule):
    told = row(pilot(**more), episodes(), pairs(), since=since)
    assert (told["follow_up_due_on"], told["follow_up_rule"]) == (due, rule)


@pytest.mark.parametrize(
    ("later", "observed", "returned", "on"),
    [
        ([("e2", "p1", "2018-02-01")], [], True, "2018-02-01"),
        ([("e2", "p1", "2020-03-01")], [2020], True, "2020-03-01"),
        ([("e2", "p1", "2020-03-02")], [2020], None, "2020-03-02"),
        ([("e2", "p1", "2020-03-02")], [2017, 2018, 2019, 2020], False, "2020-03-02"),
        ([], [2020, 2021], None, None),
        ([], [2017, 2018, 2019, 2020], False, None),
        ([], [2017, 2018, 2019], None, None),
        ([("e2", "p1", None)], [2017, 2018, 2019, 2020], None, None),
        ([("e2", "p1", "2021-01-01"), ("e3", "p1", "2019-01-01")], [], True, "2019-01-01"),
    ],
)
def test_not_seen_is_a_no_only_where_every_year_is_observed(later, observed, returned, on):
    told = row(pilot(), episodes(*later), observed=observed)
    assert told["has_returned"] is returned
    assert told["returned_on"] == (on and dt.date.fromisoformat(on))


def test_years_of_the_follow_up_are_counted_as_observed_or_not():
    told = row(pilot(), episodes(), observed=[2018, 2020, 2021])
    # 2015 and 2016 by the evaluation, 2018 and 2020 by reports; 2017 and 2019 not.
    assert (told["n_observed_years"], told["n_unobserved_years"]) == (4, 2)


@pytest.mark.parametrize(
    ("more", "since"),
    [
        ({"discharged_on": None}, "discharge"),
        ({}, dt.date(2014, 12, 31)),
        ({"discharged_on": None}, dt.date(2021, 1, 1)),
    ],
)
def test_a_follow_up_without_beginning_or_end_counts_no_years_and_denies_nothing(more, since):
    told = row(pilot(**more), episodes(), observed=range(2017, 2025), since=since)
    assert (told["n_observed_years"], told["n_unobserved_years"], told["has_returned"]) == (None, None, None)


@pytest.mark.parametrize("found", [pairs(("e1", "e2", "same_code", "review")), pairs()])
def test_who_is_not_linked_is_never_said_to_have_stayed_away(found):
    of = pilot() if found.height else pilot(uno=None, unlinkable_by="no_code")
    told = row(of, episodes(("e2", "p2", "2018-01-01")), found, observed=range(2017, 2025))
    assert (told["has_returned"], told["returned_on"]) == (None, None)


def test_a_move_that_continues_the_pilot_is_no_return():
    told = row(pilot(), episodes(("e2", "p1", "2015-03-05"), is_transfer=True), observed=range(2017, 2025))
    assert told["has_returned"] is False


def workbooks(*rows: tuple[int, str | None, str, str]) -> pl.DataFrame:
    schema = {"reported_year": pl.Int16, "district": pl.String, "programme": pl.String, "status": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("rows", "observed"),
    [
        ([(2022, "rinkeby_kista", "vuxna", "accepted"), (2022, "spanga_tensta", "vuxna", "accepted")], [2022]),
        ([(2022, "rinkeby_kista", "vuxna", "accepted")], []),
        ([(2022, "rinkeby_kista", "vuxna", "accepted"), (2022, "spanga_tensta", "vuxna", "refused")], []),
        ([(2022, "rinkeby_kista", "unga", "accepted"), (2022, "spanga_tensta", "unga", "accepted")], []),
        ([(2024, "jarva", "vuxna", "accepted")], [2024]),
        ([(2024, "farsta", "vuxna", "accepted")], []),
        ([(2024, None, "vuxna", "accepted")], []),
        ([], []),
    ],
)
def test_a_year_is_observed_when_all_that_the_pilots_district_is_made_of_reported(rows, observed):
    books = workbooks(*rows)
    assert sorted(observed_years(books)) == observed
    last = max((year for year, *_ in rows), default=2016)
    assert unobserved_years(books) == [year for year in range(2017, last + 1) if year not in observed]
