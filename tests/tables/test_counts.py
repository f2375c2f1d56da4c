"""Counts of persons: what is shown, what is hidden and why, what stands in the table at all."""

import pickle

import polars as pl
import pytest

from sigpanel.errors import Fault, PolicyError, UsageError
from sigpanel.tables import counts, protected
from tests.tables.people import crossed, people

ABCD = {"group": list("abcd")}


def rows(table) -> list[tuple]:
    return table.frame.rows()


# --- what is shown ---


def test_the_example_of_opensafely():
    table = counts(people(a=3, b=8, c=16, d=23), "group", categories=ABCD)
    assert rows(table) == [("a", None), ("b", 10), ("c", 15), ("d", 25), (None, 50)]
    assert table.words().rows() == [("a", "hidden"), ("b", "10"), ("c", "15"), ("d", "25"), ("total", "50")]


def test_persons_are_counted_and_not_their_rows():
    twice = pl.concat([people(a=4, b=8, c=8)] * 5)
    assert rows(counts(twice, "group", categories=ABCD))[:2] == [("a", None), ("b", 10)]


def test_nobody_is_hidden_like_few():
    assert rows(counts(people(a=0, b=8, c=16, d=4), "group", categories=ABCD)) == [
        ("a", None), ("b", 10), ("c", 15), ("d", None), (None, 25),
    ]  # fmt: skip


def test_a_total_is_the_sum_of_what_is_shown_and_never_the_true_one():
    told = rows(counts(people(a=7, b=7, c=7, d=4), "group", categories=ABCD))
    # 25 persons in all.
    assert told[-1] == (None, 15)


def test_of_what_is_hidden_altogether_the_total_is_hidden_too():
    assert rows(counts(people(a=3, b=4), "group", categories=ABCD))[-1] == (None, None)
    assert rows(counts(people(a=4))) == [(None,)]


def test_everybody_is_counted_by_nothing():
    assert rows(counts(people(a=3, b=8, c=16, d=23))) == [(50,)]


def test_totals_can_be_left_out():
    assert rows(counts(people(b=8, c=16), "group", totals=False)) == [("b", 10), ("c", 15)]


def test_every_combination_stands_there_and_sums_run_along_each_variable():
    sizes = {
        ("x", "1"): 8,
        ("x", "2"): 12,
        ("y", "1"): 16,
        ("y", "2"): 23,
        ("z", "1"): 9,
        ("z", "2"): 14,
        ("z", "3"): 1,
    }
    told = rows(counts(crossed(sizes, "a", "b"), ["a", "b"], categories={"b": list("123")}))
    assert told == [
        ("x", "1", 10), ("x", "2", 10), ("x", "3", None), ("x", None, 20),
        ("y", "1", 15), ("y", "2", 25), ("y", "3", None), ("y", None, 40),
        ("z", "1", 10), ("z", "2", 15), ("z", "3", None), ("z", None, 25),
        (None, "1", 35), (None, "2", 50), (None, "3", None), (None, None, 85),
    ]  # fmt: skip


def test_a_threshold_of_ten_hides_nine():
    assert rows(counts(people(a=9, b=10, c=16), "group", threshold=10, categories=ABCD))[:3] == [
        ("a", None), ("b", 10), ("c", 15),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_rows_nor_their_number_nor_how_persons_are_written_changes_anything(seed):
    frame = people(a=3, b=8, c=16, d=23)
    other = pl.concat([frame, frame.head(30)]).sample(fraction=1, shuffle=True, seed=seed)
    numbers = other.with_columns(pl.col("person_id").rank("dense").cast(pl.UInt16))
    assert counts(other.lazy(), "group").frame.equals(counts(frame, "group").frame)
    assert counts(numbers, "group").frame.equals(counts(frame, "group").frame)


# --- who stands alone in a group ---


def test_where_all_of_a_group_are_in_one_category_it_is_hidden():
    sizes = {("x", "m"): 20, ("x", "f"): 10, ("y", "m"): 30, ("z", "m"): 12, ("z", "f"): 8}
    table = counts(crossed(sizes, "a", "b"), ["a", "b"], totals=False)
    assert ("y", "m", None) not in rows(table)  # y has nothing to show, and is named nowhere
    assert {row[0] for row in rows(table)} == {"x", "z"}


def test_so_it_is_where_the_others_are_too_few_to_show_or_nobody_could_tell_that_there_are_any():
    alone = {("x", "m"): 20, ("x", "f"): 10, ("y", "m"): 30, ("z", "m"): 12, ("z", "f"): 8}
    nearly = alone | {("y", "f"): 4}
    by, more = ["a", "b"], {"categories": {"a": list("xyz")}}
    assert counts(crossed(alone, *by), by, **more).frame.equals(counts(crossed(nearly, *by), by, **more).frame)


def test_what_is_declared_harmless_may_stand_alone():
    sizes = {("x", "m"): 20, ("x", "f"): 10, ("y", "m"): 30, ("z", "m"): 12, ("z", "f"): 8}
    table = counts(crossed(sizes, "a", "b"), ["a", "b"], harmless=["b"], totals=False)
    assert ("y", "m", 30) in rows(table)
    assert ("y", "f", None) in rows(table)


def test_hiding_one_may_leave_another_alone():
    # y·m stands alone in y; without it x·m stands alone among m, and then x·f alone in x.
    sizes = {("x", "m"): 20, ("x", "f"): 10, ("y", "m"): 30}
    table = counts(crossed(sizes, "a", "b"), ["a", "b"], categories={"a": list("xy"), "b": list("mf")})
    assert set(table.frame["persons"]) == {None}


def test_a_variable_with_one_category_tells_that_everybody_is_in_it():
    assert set(counts(people(a=50), "group", categories=ABCD).frame["persons"]) == {None}
    assert rows(counts(people(a=50), "group", harmless=["group"]))[0] == ("a", 50)


# --- which categories stand there ---


def test_a_category_that_only_the_data_know_stands_there_where_it_has_something_to_show():
    assert [row[0] for row in rows(counts(people(a=3, b=8, c=16), "group", totals=False))] == ["b", "c"]


def test_words_of_the_panel_stand_there_whether_or_not_they_occur():
    frame = people(male=20, female=8).rename({"group": "sex"})
    assert rows(counts(frame, "sex", totals=False)) == [("male", 20), ("female", 10), ("other", None)]


def test_so_do_true_and_false_codes_of_the_form_and_an_enum():
    frame = pl.DataFrame(
        {"person_id": range(30), "is_there": [True] * 20 + [False] * 10, "stable_housing": [1] * 18 + [2] * 12}
    )
    assert rows(counts(frame, "is_there", totals=False)) == [("false", 10), ("true", 20)]
    assert rows(counts(frame, "stable_housing", totals=False)) == [("1", 20), ("2", 10)]
    groups = people(b=8, c=16).with_columns(pl.col("group").cast(pl.Enum(["c", "b", "a"])))
    assert rows(counts(groups, "group", totals=False)) == [("c", 15), ("b", 10), ("a", None)]


def test_a_category_that_is_named_twice_in_other_types_stands_there_once():
    frame = pl.DataFrame({"person_id": range(30), "g": [at % 3 for at in range(30)]})
    assert rows(counts(frame, "g", categories={"g": [0, "0", 1, 2]})) == [("0", 10), ("1", 10), ("2", 10), (None, 30)]


def test_no_value_is_a_category():
    frame = people(b=8, c=16).with_columns(pl.col("group").replace("c", None))
    table = counts(pl.concat([frame, people(d=20)]), "group")
    assert rows(table) == [("b", 10), ("d", 20), ("no value", 15), (None, 45)]
    assert table.words("sv").rows()[2:] == [("värde saknas", "15"), ("totalt", "45")]


def test_what_an_extract_has_hidden_is_not_among_what_has_no_value():
    frame = pl.DataFrame({
        "person_id": range(60), "year": [2020] * 20 + [None] * 40, "year__hidden": [False] * 40 + [True] * 20,
    })  # fmt: skip
    table = counts(frame, "year", totals=False)
    assert rows(table) == [("2020", 20), ("suppressed", 20), ("no value", 20)]
    assert table.words("sv")["year"].to_list() == ["2020", "borttaget som skydd", "värde saknas"]


def test_so_is_it_where_a_text_says_so_itself_and_a_row_with_both_counts_once():
    frame = pl.DataFrame({
        "person_id": range(60), "x": ["a"] * 20 + ["suppressed"] * 20 + [None] * 20,
        "x__hidden": [False] * 20 + [None] * 20 + [True] * 20,
    })  # fmt: skip
    assert rows(counts(frame, "x", totals=False)) == [("a", 20), ("suppressed", 40)]


def test_numbers_stand_in_their_order():
    frame = pl.DataFrame({"person_id": range(60), "year": [2022] * 20 + [2019] * 20 + [2020] * 20})
    assert [row[0] for row in rows(counts(frame, "year", totals=False))] == ["2019", "2020", "2022"]


# --- what is refused ---


@pytest.mark.parametrize(("kwargs", "code"), [
    ({"by": "nothing"}, "column-unknown"),
    ({"person": "nobody"}, "column-unknown"),
    ({"by": ["group", "group"]}, "column-twice"),
    ({"by": "person_id"}, "column-twice"),
    ({"by": "share"}, "by-no-category"),
    ({"by": "row"}, "column-name-taken"),
    ({"harmless": ["share"]}, "not-a-variable-of-the-table"),
    ({"categories": {"share": [1]}}, "not-a-variable-of-the-table"),
])  # fmt: skip
def test_what_makes_no_table_is_refused(kwargs, code):
    frame = people(a=8, b=8).with_columns(pl.lit(0.5).alias("share"), pl.lit(1).alias("row"))
    with pytest.raises(UsageError) as caught:
        counts(frame, **{"by": "group"} | kwargs)
    assert caught.value.code == code


@pytest.mark.parametrize("frame", [[{"person_id": "a"}], {"person_id": ["a"]}, None, pl.Series([1])])
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(UsageError) as caught:
        counts(frame)
    assert caught.value.code == "not-a-frame"


def test_a_row_of_nobody_is_refused():
    with pytest.raises(UsageError) as caught:
        counts(pl.DataFrame({"person_id": ["a", None], "group": ["x", "y"]}), "group")
    assert caught.value.code == "row-without-person"


def test_a_table_that_nobody_could_read_is_refused():
    many = {name: list(range(400)) for name in "ab"}
    frame = pl.DataFrame({"person_id": ["p"], "a": [1], "b": [1]})
    with pytest.raises(UsageError) as caught:
        counts(frame, ["a", "b"], categories=many)
    assert caught.value.code == "table-too-large"


def test_a_threshold_below_three_is_refused():
    with pytest.raises(PolicyError) as caught:
        counts(people(a=8, b=8), "group", threshold=2)
    assert caught.value.code == "threshold-too-low"


# --- how it is printed ---


def test_a_notebook_shows_texts_and_nothing_of_anybody():
    table = counts(people(a=3, b=8, c=16), "group", categories={"group": ["a", "b", "c", "<b>"]})
    told = table._repr_html_()
    assert "&lt;b&gt;" in told
    assert "<td style='text-align:right'>hidden</td>" in told
    assert "Persons, rounded to 5." in told
    for text in (told, repr(table), str(table.settings), table.note("sv")):
        assert not any(person in text for person in people(a=3, b=8, c=16)["person_id"])


def test_it_says_what_it_was_protected_by():
    assert counts(people(b=8, c=8), "group", threshold=6, harmless=["group"]).settings == {
        "kind": "counts", "threshold": 6, "rounding": 5, "harmless": ["group"],
    }  # fmt: skip


def test_a_language_that_there_is_not_is_refused():
    with pytest.raises(UsageError) as caught:
        counts(people(b=8, c=8), "group").words("de")
    assert caught.value.code == "language-unknown"


def test_persons_are_left_behind_when_a_table_is_pickled():
    table = pickle.loads(pickle.dumps(counts(people(b=8, c=8), "group")))  # noqa: S301 - our own
    assert rows(table)[0] == ("b", 10)
    with pytest.raises(UsageError) as caught:
        table.people()
    assert caught.value.code == "table-without-persons"


# --- a lone count ---


def test_a_lone_count_is_rounded_or_a_word():
    assert [protected(n) for n in (0, 4, 5, 8, 570)] == ["hidden", "hidden", 5, 10, 570]
    assert protected(4, language="sv") == "dold"
    assert protected(9, threshold=10) == "hidden"


@pytest.mark.parametrize("n", [-1, 4.0, True, None])
def test_what_is_no_number_of_persons_is_refused(n):
    with pytest.raises(UsageError) as caught:
        protected(n)
    assert caught.value.code == "count-no-number"


def _crossed():
    cells = [("x", "u")] * 8 + [("y", "u")] * 8 + [("y", "v")] * 4 + [("z", "v")] * 8
    frame = pl.DataFrame({"person_id": [f"p{n}" for n in range(len(cells))], "cell": cells}).select(
        "person_id", a=pl.col("cell").list.first(), b=pl.col("cell").list.last()
    )
    return counts(frame, ["a", "b"], totals=False, harmless=["a", "b"])


def test_lines_that_the_forms_rule_out_are_left_out():
    left = _crossed()._without((pl.col("b") == "v") & (pl.col("a") == "x"))
    assert left.frame.rows() == [
        ("x", "u", 10), ("y", "u", 10), ("y", "v", None), ("z", "u", None), ("z", "v", 10)
    ]  # fmt: skip
    assert left.people().group_by("row").len().sort("row").rows() == [(0, 8), (1, 8), (2, 4), (4, 8)]


def test_a_line_that_somebody_stands_in_is_never_left_out_and_nobody_can_ask_which_hidden_ones_are_empty():
    with pytest.raises(Fault) as caught:
        _crossed()._without((pl.col("b") == "v") & (pl.col("a") != "z"))
    assert caught.value.code == "table-lines"
    assert not [name for name in dir(_crossed()) if name.startswith("without")]
