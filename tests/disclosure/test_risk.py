"""Risk is counted in persons, and comes out as the literature's own examples have it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.disclosure import classes, risk
from sigpanel.errors import Fault

# The ten records of the IHSN practice guide on statistical disclosure control, with health as what is sensitive.
PRACTICE_GUIDE = pl.DataFrame(
    [
        ("urban", "female", "secondary incomplete", "employed", "yes"),
        ("urban", "female", "secondary incomplete", "employed", "yes"),
        ("urban", "female", "primary incomplete", "not in labour force", "yes"),
        ("urban", "male", "secondary complete", "employed", "yes"),
        ("rural", "female", "secondary complete", "unemployed", "yes"),
        ("urban", "male", "secondary complete", "employed", "no"),
        ("urban", "female", "primary complete", "not in labour force", "no"),
        ("urban", "male", "post-secondary", "unemployed", "yes"),
        ("urban", "female", "secondary incomplete", "not in labour force", "no"),
        ("urban", "female", "secondary incomplete", "not in labour force", "yes"),
    ],
    schema=["residence", "gender", "education", "labour", "health"],
    orient="row",
).with_row_index("person_id")
KEYS = ["residence", "gender", "education", "labour"]
# The eight records of sdcMicro's `francdat`, its four keys.
FRANCDAT = pl.DataFrame(
    [(1, 2, 5, 1), (1, 2, 1, 1), (1, 2, 1, 1), (3, 3, 1, 5), (4, 3, 1, 4), (4, 3, 1, 1), (6, 2, 1, 5), (1, 2, 5, 1)],
    schema=["key1", "key2", "key3", "key4"],
    orient="row",
).with_row_index("person_id")


def frequencies(frame, keys):
    return frame.join(classes(frame, keys), on=keys, maintain_order="left")["n_persons"].to_list()


def test_the_practice_guides_ten_records_have_its_frequencies_and_violations():
    found = risk(PRACTICE_GUIDE, KEYS)
    assert frequencies(PRACTICE_GUIDE, KEYS) == [2, 2, 1, 2, 1, 2, 1, 1, 2, 2]
    assert (found.k, found.n_persons, found.n_below(2), found.n_below(3)) == (1, 10, 4, 10)


def test_the_practice_guides_ten_records_have_its_l():
    values = PRACTICE_GUIDE.group_by(KEYS).agg(pl.col("health").n_unique().alias("l"))
    assert PRACTICE_GUIDE.join(values, on=KEYS, maintain_order="left")["l"].to_list() == [1, 1, 1, 2, 1, 2, 1, 1, 2, 2]
    assert risk(PRACTICE_GUIDE, KEYS, sensitive=["health"]).l == {"health": 1}
    both = PRACTICE_GUIDE.filter(pl.col("person_id").is_in([3, 5, 8, 9]))
    assert risk(both, KEYS, sensitive=["health"]).l == {"health": 2}


def test_sdcmicros_francdat_has_its_frequencies():
    keys = ["key1", "key2", "key3", "key4"]
    assert frequencies(FRANCDAT, keys) == [2, 2, 2, 1, 1, 1, 1, 2]


def test_two_persons_with_eight_rows_each_are_two():
    rows = pl.DataFrame({"person_id": ["a"] * 8 + ["b"] * 8, "sex": ["male"] * 16})
    assert (risk(rows, ["sex"]).k, classes(rows, ["sex"])["n_persons"].to_list()) == (2, [2])


def test_a_null_is_a_class_alone_where_pandas_would_leave_it_out():
    rows = pl.DataFrame({"person_id": [*"abcdef"], "sex": ["male"] * 5 + [None]})
    found = risk(rows, ["sex"])
    assert (found.k, found.n_below(5), found.n_by_size) == (1, 1, {1: 1, 5: 5})
    assert classes(rows, ["sex"]).rows() == [(None, 1), ("male", 5)]


def test_a_number_that_is_none_is_a_null():
    assert risk(pl.DataFrame({"person_id": [*"ab"], "age": [float("nan")] * 2}), ["age"]).k == 1


def test_a_class_in_which_all_but_one_say_the_same_is_dominated():
    rows = pl.DataFrame({"person_id": [*"abcde"], "sex": ["male"] * 5, "relapsed": [1, 1, 1, 1, 0]})
    found = risk(rows, ["sex"], sensitive=["relapsed"])
    assert (found.l, found.dominant_share) == ({"relapsed": 2}, {"relapsed": 0.8})


def test_a_person_who_says_the_same_in_eight_rows_says_it_once():
    rows = pl.DataFrame({"person_id": ["a"] * 8 + ["b", "c"], "sex": "male", "relapsed": [1] * 8 + [0, 0]})
    assert risk(rows, ["sex"], sensitive=["relapsed"]).dominant_share == {"relapsed": 2 / 3}


def test_a_value_that_is_not_told_is_neither_another_value_nor_a_dominant_one():
    rows = pl.DataFrame({"person_id": [*"abc"], "sex": ["male"] * 3, "relapsed": [1, None, None]})
    found = risk(rows, ["sex"], sensitive=["relapsed"])
    assert (found.l, found.dominant_share) == ({"relapsed": 1}, {"relapsed": 1 / 3})


def test_who_returned_may_be_alone_by_all_rows_and_not_by_any_one():
    rows = pl.DataFrame({"person_id": [*"aabbcc"], "year": [2020, 2022, 2020, 2021, 2021, 2022]})
    found = risk(rows, ["year"])
    assert (found.k, found.unique_trajectories) == (2, 1.0)
    same = rows.with_columns(pl.Series("year", [2020, 2022] * 3))
    assert risk(same, ["year"]).unique_trajectories == 0.0


def test_a_table_of_nobody_has_no_risk():
    found = risk(
        pl.DataFrame(schema={"person_id": pl.String, "sex": pl.String, "ill": pl.Int8}), ["sex"], sensitive=["ill"]
    )
    assert (found.k, found.n_persons, found.l, found.dominant_share) == (0, 0, {"ill": 0}, {"ill": 0.0})
    assert found.unique_trajectories == 0.0


@pytest.mark.parametrize("by", [[], ["sex", "sex"], ["person_id"], ["height"]])
def test_a_column_that_is_not_there_or_not_once_is_a_fault(by):
    with pytest.raises(Fault, match="not in the table, or not once"):
        risk(pl.DataFrame({"person_id": ["a"], "sex": ["male"]}), by)


def test_a_row_of_nobody_is_a_fault():
    with pytest.raises(Fault, match="no person's"):
        risk(pl.DataFrame({"person_id": ["a", None], "sex": ["male", "male"]}), ["sex"])


# --- laws -------------------------------------------------------------------------------------------------------------

BY = ["sex", "year"]


@st.composite
def tables(draw, *, nulls=True):
    sex, year = (
        st.sampled_from(["f", "m", *([None] if nulls else [])]),
        st.sampled_from([1, 2, *([None] if nulls else [])]),
    )
    rows = draw(
        st.lists(st.tuples(st.sampled_from([*"abcdefgh"]), sex, year, st.sampled_from([0, 1, None])), min_size=1)
    )
    schema = {"person_id": pl.String, "sex": pl.String, "year": pl.Int16, "ill": pl.Int8}
    return pl.DataFrame(rows, schema=schema, orient="row")


def measured(frame):
    return risk(frame, BY, sensitive=["ill"])


@given(tables(), st.randoms(use_true_random=False))
def test_neither_order_nor_repeated_rows_nor_width_of_a_number_nor_categories_matter(rows, chance):
    order = chance.sample(range(rows.height), rows.height)
    other = pl.concat([rows[order], rows[order[:3]]]).with_columns(
        pl.col("year").cast(pl.Int64), pl.col("sex").cast(pl.Categorical)
    )
    assert measured(other) == measured(rows)
    assert classes(other, BY).with_columns(pl.col("year").cast(pl.Int16)).rows() == classes(rows, BY).rows()


@given(tables(), st.data())
def test_a_null_never_raises_k(rows, data):
    at, column = data.draw(st.integers(0, rows.height - 1)), data.draw(st.sampled_from(BY))
    is_there = pl.int_range(pl.len()) == at
    less = rows.with_columns(pl.when(~is_there).then(pl.col(column)).alias(column))
    assert risk(less, BY).k <= risk(rows, BY).k


@given(tables(nulls=False))
def test_k_and_l_are_what_counting_by_hand_gives(rows):
    persons, values = {}, {}
    for person, sex, year, ill in rows.iter_rows():
        persons.setdefault((sex, year), set()).add(person)
        values.setdefault((sex, year), set()).update({ill} - {None})
    found = measured(rows)
    assert found.k == min(map(len, persons.values()))
    assert found.l == {"ill": min(map(len, values.values()))}
