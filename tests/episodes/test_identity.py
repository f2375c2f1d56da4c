"""Ids of episodes: made from the founding report's facts, and remembered when those are corrected."""

import polars as pl
import pytest

from tests.support.reports import collapsed, ids, remember, reports, resolved

ANNA = {"name": "anna", "code": "AP0712", "sex": "female", "age": "15", "enrolled": "2022-03-01", "says": "1"}


def released(*years: list[dict[str, str]]) -> list[dict[str, str]]:
    """The ids in each of several releases in a row, by the names of the reports."""
    remembered, given = None, []
    for ordinal, rows in enumerate(years, start=1):
        of = reports(rows)
        made = collapsed(of, remembered=remembered)
        remembered = remember(made, resolved(made, remembered=remembered), remembered, ordinal)
        given.append(ids(made, of))
    return given


def test_the_id_is_made_from_the_facts_of_the_founding_report():
    founded = released([ANNA])[0]["anna"]
    told_later = {"discharged": "2023-05-01", "says": "2", "name": "later", "year": "2023"}
    assert released([ANNA, {**ANNA, **told_later}])[0] == {"anna": founded, "later": founded}
    assert released([{**ANNA, "reason": "relapse", "says": "2"}])[0]["anna"] == founded


@pytest.mark.parametrize(
    "other",
    [
        {"code": "AP0713"},
        {"enrolled": "2022-03-02"},
        {"sex": "other"},
        {"age": "16"},
        {"district": "skarpnack"},
        {"programme": "vuxna"},
        {"year": "2023"},
        {"code": "-"},
    ],
    ids=str,
)
def test_another_fact_makes_another_id(other):
    assert released([{**ANNA, **other}])[0] != released([ANNA])[0]


def test_neither_the_order_of_rows_nor_that_of_workbooks_matters():
    table = [
        {"name": name, "code": code, "year": year, "district": district}
        for name, code, year, district in [
            ("a", "AP0712", "2022", "farsta"),
            ("b", "BP0712", "2022", "farsta"),
            ("c", "AP0712", "2023", "farsta"),
            ("d", "KB0601", "2022", "skarpnack"),
            ("e", "-", "2022", "skarpnack"),
        ]
    ]
    forward = reports(table)
    backward = reports(table[::-1]).with_columns(9 - pl.col("submission_no"))
    assert ids(collapsed(forward), forward) == ids(collapsed(backward), backward)


def test_episodes_that_agree_in_every_fact_are_told_apart_by_what_they_answer():
    twins = [{"name": "one", "code": "-", "says": "1"}, {"name": "two", "code": "-", "says": "2"}]
    found = released(twins)[0]
    assert found["one"] != found["two"]
    assert released(twins[::-1])[0] == found


@pytest.mark.parametrize(
    "correction",
    [
        {"code": "AP0713"},
        {"code": "KB9931"},
        {"code": "-"},
        {"enrolled": "2021-03-01"},
        {"enrolled": "-"},
        {"sex": "male"},
        {"age": "51"},
        {"district": "skarpnack"},
        {"says": "2"},
        {"discharged": "2022-12-01", "reason": "relapse"},
        {"sex": "-", "age": "-"},
    ],
    ids=str,
)
def test_a_correction_keeps_the_id(correction):
    other = {**ANNA, "name": "bo", "code": "BS0620", "sex": "male", "age": "16", "enrolled": "2022-05-02"}
    first, then, back = released([ANNA, other], [{**ANNA, **correction}, other], [ANNA, other])
    assert then == first
    assert back == first


def test_corrections_one_after_the_other_keep_the_id():
    """Each release remembers what the row says now, so that a row may change altogether in time."""
    steps = [ANNA]
    for correction in ({"code": "AP0713"}, {"enrolled": "2022-04-01"}, {"sex": "other"}, {"age": "16"}):
        steps.append({**steps[-1], **correction})
    assert len({release["anna"] for release in released(*([step] for step in steps))}) == 1


@pytest.mark.parametrize(
    ("unknown", "correction"),
    [
        ({"sex": "-"}, {"sex": "female"}),
        ({"age": "-"}, {"age": "15"}),
        ({"code": "?"}, {"code": "AP0712"}),
        ({"enrolled": "?"}, {"enrolled": "2022-03-01"}),
        ({"sex": "-", "age": "-"}, {"sex": "female", "age": "15"}),
    ],
    ids=str,
)
def test_a_fact_that_is_told_at_last_keeps_the_id(unknown, correction):
    first, then = released([{**ANNA, **unknown}], [{**ANNA, **correction}])
    assert then == first


def test_a_workbook_of_an_earlier_year_that_comes_late_keeps_the_id():
    later = {**ANNA, "year": "2023"}
    first, then = released([later], [{**ANNA, "name": "founder"}, later])
    assert then == {"anna": first["anna"], "founder": first["anna"]}


def test_a_row_taken_out_and_put_back_has_its_id_again():
    other = {**ANNA, "name": "bo", "code": "BS0620", "enrolled": "2022-05-02"}
    first, without, again = released([ANNA, other], [other], [ANNA, other])
    assert again == first
    assert without == {"bo": first["bo"]}


def test_an_alias_that_two_episodes_had_gives_a_new_id():
    """Both enrolments of one year are dated anew: which was which, nothing tells."""
    second = {**ANNA, "name": "second", "enrolled": "2022-09-01"}
    first, then = released([ANNA, second], [{**ANNA, "enrolled": "2022-04-01"}, {**second, "enrolled": "2022-10-01"}])
    assert not set(first.values()) & set(then.values())


def test_an_alias_that_two_episodes_have_now_keeps_the_id_for_the_one_that_it_fits_better():
    twin = {**ANNA, "name": "twin", "code": "BP0712"}
    first, then = released([ANNA], [ANNA, twin])
    assert then["anna"] == first["anna"] != then["twin"]


def test_a_corrected_twin_is_known_by_what_is_left_when_the_other_is_found():
    one, two = ({**ANNA, "name": name, "code": "-", "says": says} for name, says in (("one", "1"), ("two", "2")))
    first, then = released([one, two], [{**one, "says": "3"}, two])
    assert then == first


def test_an_episode_that_falls_apart_leaves_its_id_to_one_part():
    """A row added to the later workbook makes it unclear whose the code-less row of the year before was."""
    nameless = {**ANNA, "name": "nameless", "code": "-"}
    later, rival = {**ANNA, "year": "2023"}, {**ANNA, "name": "rival", "code": "BP0712", "year": "2023"}
    first, apart, again = released([nameless, later], [nameless, later, rival], [nameless, later, rival])
    assert first["nameless"] == first["anna"]
    assert len(set(apart.values())) == 3
    assert first["anna"] in {apart["nameless"], apart["anna"]}
    assert again == apart


def test_episodes_that_become_one_keep_an_id():
    slip = {**ANNA, "name": "slip", "year": "2023", "code": "KB0713"}
    first, then, again = released([ANNA, slip], [ANNA, {**slip, "code": "AP0712"}], [ANNA, {**slip, "code": "AP0712"}])
    assert first["anna"] != first["slip"]
    assert then == again == {"anna": first["anna"], "slip": first["anna"]}


def test_the_founding_report_is_marked_and_there_is_one():
    of = reports("""
        name  year code
        later 2023 AP0712
        first 2022 AP0712
        other 2022 KB0601
    """)
    made = collapsed(of)
    founding = made.membership.join(of, on=["submission_no", "row"]).filter("is_founding")
    assert set(founding["name"]) == {"first", "other"}


def test_what_is_remembered_holds_no_clear_facts():
    told = " ".join(collapsed(reports([ANNA])).aliases.select(pl.concat_str("alias", "episode_id")).to_series())
    assert not any(fact in told for fact in ("AP0712", "female", "2022-03-01", "farsta"))


NOBODY = {"code": "-", "sex": "male", "age": "15"}
X, Y, Y2 = ({"name": name, **NOBODY, "says": says} for name, says in [("x", "1"), ("y", "2"), ("y", "3")])


def test_an_id_that_is_remembered_is_never_given_to_another():
    both, corrected, back = released([X, Y], [Y2], [X, Y2])
    assert corrected["y"] not in both.values()
    assert back == {"x": both["x"], "y": corrected["y"]}


def test_two_alike_in_every_word_keep_their_ids():
    twins = [{**X, "name": name} for name in ("one", "two")]
    first, again, third = released(twins, twins, [*twins, Y])
    assert first == again == {name: third[name] for name in first}
    assert released(twins, twins[:1])[1]["one"] in first.values()


def test_two_alike_in_every_word_keep_the_ids_that_moved_on():
    twins = [{**Y, "name": name} for name in ("one", "two")]
    _, moved, again = released([X, Y2], twins, twins)
    assert moved == again
