"""The release ledger: what it refuses, and what it lets through."""

import polars as pl
import pytest

import sigpanel
from sigpanel.errors import PolicyError
from sigpanel.tables import Ledger, counts, means, rates, survival
from tests.tables.people import crossed, people, refusal

EIGHT = pl.DataFrame({"person_id": list("abcdefgh"), "sex": ["male"] * 7 + ["female"]})


@pytest.fixture(scope="module")
def panel():
    return sigpanel.demo_panel()


# --- what is refused ---


def test_the_example_of_opensafely_all_eight_and_seven_of_them_men(ledger):
    ledger.release(counts(EIGHT), "all")
    told = refusal(ledger, counts(EIGHT.filter(sex="male")), "men")
    assert (
        told.message
        == "Cells of this table tell of fewer than 5 persons beside what is released: row 1 beside row 1 of all."
    )
    assert "Make its categories wider" in told.remedy


def test_and_the_other_way_round(ledger):
    ledger.release(counts(EIGHT.filter(sex="male")), "men")
    refusal(ledger, counts(EIGHT), "all")


def test_and_by_a_table_in_which_the_women_are_hidden(ledger):
    ledger.release(counts(EIGHT), "all")
    refusal(ledger, counts(EIGHT, "sex", harmless=["sex"]), "by-sex")


def test_two_groups_that_the_reader_can_subtract_from_their_sum(ledger):
    frame = people(a=32, b=27, c=4)
    ledger.release(counts(frame), "all")
    told = refusal(ledger, counts(frame, "group"), "by-group")
    assert "row 1 of all beside the rows inside it" in told.message


def test_hidden_cells_that_are_few_each_and_too_many_together(ledger):
    """60 + 4 + 4: the 70 that are printed of all leave at least one in each hidden cell, were the 60 only 58."""
    frame = people(a=60, b=4, c=4)
    ledger.release(counts(frame, "group", harmless=["group"], categories={"group": list("abc")}), "by-group")
    told = refusal(ledger, counts(frame), "all")
    assert "row 1 beside the rows inside it of by-group" in told.message


def test_a_group_of_which_everything_is_hidden_beside_its_sum(ledger):
    frame = people(a=4, b=4)
    ledger.release(counts(frame, "group", categories={"group": list("ab")}), "by-group")
    refusal(ledger, counts(frame), "all")


def test_a_cell_that_is_within_another_of_the_same_table(ledger):
    """Persons in several cells, as by a variable of which one has several."""
    frame = pl.concat([people(ever=30), people(ever=27).with_columns(group=pl.lit("lately"))])
    refusal(ledger, counts(frame, "group"))


def test_one_who_came_and_one_who_went_in_cells_that_are_printed_otherwise(ledger):
    old = people(a=12)
    ledger.release(counts(old), "first")
    new = pl.concat([old.slice(1), people(b=2)])
    assert refusal(ledger, counts(new), "second").exit_code == 4


def test_all_cells_of_a_table_together_beside_those_of_another(ledger):
    """123 and 123 are shown as at least 246, and 242 as at most 242: then the hidden ones are four."""
    cells = {("x", "m"): 121, ("y", "m"): 121, ("x", "f"): 2, ("y", "f"): 2}
    frame = crossed(cells, "a", "b")
    ledger.release(counts(frame, "a"), "by-a")
    told = refusal(ledger, counts(frame, "b", harmless=["b"], categories={"b": ["m", "f"]}), "by-b")
    assert "row 1 beside all rows of by-a" in told.message


def test_another_threshold_by_which_a_cell_is_shown_here_and_hidden_there(ledger):
    frame = people(a=4, b=9, c=12, d=3)
    ledger.release(counts(frame, "group", threshold=3), "at-three")
    assert ledger.threshold == 3
    with pytest.raises(PolicyError) as caught:
        ledger.release(counts(frame, "group", threshold=4), "at-four")
    assert caught.value.code == "ledger-other-threshold"
    assert "threshold=3" in caught.value.remedy


# --- means, rates and curves: what is printed beside the number of persons ---


def measured(**groups: list[float]) -> pl.DataFrame:
    rows = [(f"{group}{at}", group, value) for group, values in groups.items() for at, value in enumerate(values)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "group": pl.String, "value": pl.Int64}, orient="row")


HIDDEN_FOUR = measured(a=[100 + at % 6 for at in range(11)], b=[100 + at % 6 for at in range(12)], c=[3000] * 4)


@pytest.mark.parametrize("listed", [{}, {"group": ["a", "b", "c"]}])
def test_the_mean_of_all_beside_those_of_its_parts_where_one_is_hidden(ledger, listed):
    """The numbers of persons let it through, and 25 with a mean of 531.8 told that the four have about 3,000."""
    parts = means(HIDDEN_FOUR, "value", "group", categories=listed)
    ledger.release(parts, "parts")
    refusal(ledger, means(HIDDEN_FOUR, "value"), "all")


def test_and_the_other_way_round_and_by_two_margins(tmp_path):
    ledger = Ledger(tmp_path / "whole-first.parquet")
    ledger.release(means(HIDDEN_FOUR, "value"), "all")
    refusal(ledger, means(HIDDEN_FOUR, "value", "group"), "parts")
    ledger = Ledger(tmp_path / "margins.parquet")
    halves = HIDDEN_FOUR.with_columns(half=pl.int_range(pl.len()) % 2)
    ledger.release(means(halves, "value", "half"), "halves")
    told = refusal(ledger, means(halves, "value", "group"), "parts")
    assert "all rows beside all rows of halves" in told.message


def test_the_mean_of_all_beside_those_of_all_its_parts(ledger):
    frame = HIDDEN_FOUR.filter(pl.col("group") != "c")
    ledger.release(means(frame, "value", "group"), "parts")
    ledger.release(means(frame, "value"), "all")


def test_a_mean_of_one_person_more_is_refused_even_where_the_same_is_printed(ledger):
    old = measured(a=[at % 9 for at in range(18)])
    new = pl.concat([old, measured(b=[4])])
    assert means(old, "value").frame.equals(means(new, "value").frame)
    ledger.release(means(old, "value"), "year-2025")
    refusal(ledger, means(new, "value"), "year-2026")


def test_one_corrected_value_of_the_same_persons(ledger):
    """The difference of two such means, times the persons, is what the value was corrected by."""
    old = measured(a=[at % 7 * 10 + 1 for at in range(20)])
    new = old.with_columns(pl.when(person_id="a3").then(1).otherwise("value").alias("value"))
    ledger.release(means(old, "value"), "year-2025")
    refusal(ledger, means(new, "value"), "year-2026")


def test_one_mean_rounded_in_two_ways(ledger):
    frame = measured(a=[at % 7 + 1 for at in range(20)])
    ledger.release(means(frame, "value"), "in-ones")
    refusal(ledger, means(frame, "value", unit=4), "in-fours")


def test_the_same_mean_again_and_another_of_the_same_persons(ledger):
    frame = measured(a=[at % 7 + 1 for at in range(20)]).with_columns(other=pl.col("value") * pl.col("value"))
    ledger.release(means(frame, "value"), "one")
    ledger.release(means(frame, "value"), "again")
    ledger.release(means(frame, "other"), "other")


def test_a_curve_at_other_times(ledger):
    frame = people(a=40).with_columns(days=pl.int_range(pl.len()) * 6 + 1, gone=True)
    ledger.release(survival(frame, "days", "gone", every=30), "by-month")
    refusal(ledger, survival(frame, "days", "gone", every=70), "by-seventy")


def test_one_corrected_event_of_a_rate_and_of_a_curve(tmp_path):
    frame = people(a=40).with_columns(days=pl.int_range(pl.len()) * 6 + 1, times=pl.int_range(pl.len()) % 5, gone=True)
    first = pl.col("person_id") == "a4"
    other = frame.with_columns(times=pl.when(first).then(30).otherwise("times"), gone=~first)
    for kind, make in {
        "rate": lambda of: rates(of, "times", "days"),
        "curve": lambda of: survival(of, "days", "gone"),
    }.items():
        ledger = Ledger(tmp_path / f"{kind}.parquet")
        ledger.release(make(frame), "year-2025")
        refusal(ledger, make(other), "year-2026")


# --- year after year ---


def test_a_year_in_which_one_came_is_refused_where_it_shows(ledger):
    ledger.release(counts(people(a=12, b=20), "group"), "year-2025")
    refusal(ledger, counts(people(a=13, b=20), "group"), "year-2026")


def test_and_goes_through_where_the_same_is_printed(ledger):
    ledger.release(counts(people(a=10, b=20), "group"), "year-2025")
    told = ledger.release(counts(people(a=11, b=20), "group"), "year-2026")
    assert (told.is_again, told.n_cells) == (False, 2)


def test_but_not_where_a_small_cell_would_tell_that_hardly_anybody_came(ledger):
    """5 is printed of five to seven, so at most two came."""
    ledger.release(counts(people(a=5, b=20), "group"), "year-2025")
    refusal(ledger, counts(people(a=6, b=20), "group"), "year-2026")


def test_nor_with_a_threshold_that_is_wider_than_the_rounding(ledger):
    ledger.release(counts(people(a=18, b=40), "group", threshold=10), "year-2025")
    refusal(ledger, counts(people(a=19, b=40), "group", threshold=10), "year-2026")


def test_nor_where_a_mean_beside_it_has_changed(ledger):
    frame = people(a=20).with_columns(pl.int_range(pl.len()).alias("value"))
    ledger.release(means(frame, "value"), "year-2025")
    one_more = pl.concat([frame, people(b=1).with_columns(value=pl.lit(60, pl.Int64))])
    assert counts(frame).frame.equals(counts(one_more).frame)
    refusal(ledger, means(one_more, "value"), "year-2026")


def test_a_year_in_which_five_came_goes_through(ledger):
    ledger.release(counts(people(a=10, b=20), "group"), "year-2025")
    ledger.release(counts(people(a=15, b=20), "group"), "year-2026")
    assert ledger.released().rows() == [("year-2025", 2), ("year-2026", 2)]


def test_few_by_few_is_noticed_against_every_year_there_was(ledger):
    ledger.release(counts(people(a=8, b=20), "group"), "year-2024")
    ledger.release(counts(people(a=12, b=20), "group"), "year-2025")
    told = refusal(ledger, counts(people(a=14, b=20), "group"), "year-2026")
    assert "year-2025" in told.message
    assert "year-2024" not in told.message


# --- what goes through ---


def test_groups_apart_and_the_same_persons_again(ledger):
    frame = people(a=20, b=30, c=12)
    ledger.release(counts(frame, "group"), "by-group")
    ledger.release(counts(frame.filter(group="a")), "a-alone")
    ledger.release(counts(frame), "all")


def test_a_hidden_cell_inside_a_shown_one_of_which_many_others_are_elsewhere(ledger):
    """By programme, then by sex: that the few without a sex are all in one programme tells nobody how many they are."""
    cells = {("x", "m"): 60, ("x", "f"): 20, ("x", "o"): 3, ("y", "m"): 40, ("y", "f"): 30}
    frame = crossed(cells, "a", "b")
    ledger.release(counts(frame, "a"), "by-a")
    ledger.release(counts(frame, "b", harmless=["b"], categories={"b": list("mfo")}), "by-b")


def test_the_tables_of_the_docs_beside_each_other(tmp_path, panel):
    enrolled = panel.waves.filter(moment="enrolment").join(panel.episodes.select("episode_id", "sex"), on="episode_id")
    first = panel.episodes.filter(pl.col("episode_no") == 1, ~pl.col("is_left_truncated"))
    ended = first.with_columns(has_ended=pl.col("status") == "closed")
    tables = {
        "by-programme-and-sex": counts(panel.episodes, ["programme", "sex"], harmless=["sex"]),
        "by-programme": counts(panel.episodes, "programme"),
        "by-sex": counts(panel.episodes, "sex"),
        "mental-health": means(enrolled, "mental_health", "sex", harmless=["sex"]),
        "curve": survival(ended, "days", "has_ended", every=90),
    }
    for at, order in enumerate((tables, reversed(tables))):
        ledger = Ledger(tmp_path / f"{at}.parquet")
        for name in order:
            ledger.release(tables[name], name)
        assert ledger.released().height == len(tables)


def test_the_mean_of_those_who_are_counted(ledger):
    frame = people(a=20, b=30).with_columns(pl.int_range(pl.len()).alias("value"))
    ledger.release(counts(frame, "group"), "counted")
    ledger.release(means(frame, "value", "group"), "averaged")


def test_a_mean_of_all_but_few_of_those_who_are_counted_is_refused_where_it_shows(ledger):
    frame = people(a=23, b=30).with_row_index("value").with_columns(pl.when(pl.col("value") > 1).then("value"))
    ledger.release(counts(frame, "group"), "counted")
    refusal(ledger, means(frame, "value", "group"), "averaged")


def test_a_mean_that_is_hidden_for_its_values_hides_nobody(ledger):
    frame = people(a=20, b=30, c=30).with_columns(pl.int_range(pl.len()).alias("value"))
    frame = frame.with_columns(pl.when(group="c").then(7).otherwise("value").alias("value"))
    table = means(frame, "value", "group", categories={"group": list("abc")})
    assert table.frame["persons"].to_list() == [20, 30, None]
    ledger.release(table, "averaged")
    ledger.release(counts(frame), "all")
    ledger.release(counts(frame, "group"), "counted")


def test_a_curve_with_its_numbers_at_risk(ledger):
    frame = people(a=60).with_columns(days=pl.int_range(pl.len()), is_event=True)
    ledger.release(survival(frame, "days", "is_event", every=10), "curve")
    ledger.release(counts(frame), "all")


def test_a_curve_of_all_but_few_is_refused(ledger):
    frame = people(a=63).with_columns(days=pl.int_range(pl.len()), is_event=True)
    ledger.release(survival(frame, "days", "is_event", every=10), "curve")
    refusal(ledger, survival(frame.slice(1), "days", "is_event", every=10), "another")
