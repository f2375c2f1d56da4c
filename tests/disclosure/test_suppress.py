"""What was suppressed is little, the same whatever the order of rows, and leaves no class too small."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.disclosure import Limits, risk, suppress
from sigpanel.errors import Fault


def persons(*groups):
    """As many persons as each group says, with its values: `(n, sex, district)`."""
    rows = [(sex, district) for n, sex, district in groups for _ in range(n)]
    return pl.DataFrame(rows, schema={"sex": pl.String, "district": pl.String}, orient="row").with_row_index(
        "person_id"
    )


def taken(frame, **told):
    return suppress(frame, ["sex", "district"], limits=Limits(3), **{"order": ["district", "sex"], **told})


def test_a_table_whose_classes_are_large_enough_stays_as_it_is():
    frame = persons((3, "male", "farsta"), (4, "female", "jarva"))
    done = taken(frame)
    assert done.frame.select(frame.columns).equals(frame)
    assert (done.n_cells, done.n_persons, done.persons_left_below) == ({"sex": 0, "district": 0}, 0, 0)


def test_of_a_small_class_the_column_that_is_needed_least_goes_first():
    done = taken(persons((5, "male", "farsta"), (2, "male", "jarva"), (1, "male", "skarpnack")))
    assert (done.n_cells, done.n_persons, done.persons_left_below) == ({"sex": 0, "district": 3}, 3, 0)
    assert done.frame["district"].to_list() == ["farsta"] * 5 + [None] * 3
    assert done.frame["district__suppressed"].to_list() == [False] * 5 + [True] * 3


def test_those_who_lost_everything_are_joined_by_as_many_as_are_missing_of_a_class_that_can_spare_them():
    done = taken(persons((4, "male", "jarva"), (6, "male", "farsta"), (1, "female", "jarva")))
    assert (done.n_cells, done.n_persons, done.persons_left_below) == ({"sex": 3, "district": 3}, 3, 0)
    assert done.frame["sex"].to_list() == ["male"] * 4 + [None] * 2 + ["male"] * 4 + [None]


def test_where_no_class_can_spare_anybody_the_smallest_joins_as_a_whole():
    done = taken(persons((4, "male", "farsta"), (3, "male", "jarva"), (1, "female", "jarva")))
    assert (done.n_cells, done.n_persons, done.persons_left_below) == ({"sex": 4, "district": 4}, 4, 0)
    assert done.frame["sex"].to_list() == ["male"] * 4 + [None] * 4


def test_what_may_not_be_taken_out_stays_and_who_is_left_is_told():
    done = taken(persons((5, "male", "farsta"), (1, "female", "jarva")), order=["district"])
    assert (done.n_cells, done.persons_left_below) == ({"sex": 0, "district": 1}, 1)


def test_nothing_may_be_taken_out():
    done = taken(persons((5, "male", "farsta"), (1, "female", "jarva")), order=[])
    assert (done.n_cells, done.n_persons, done.persons_left_below) == ({"sex": 0, "district": 0}, 0, 1)


def test_a_table_of_too_few_persons_loses_everything_and_says_so():
    done = taken(persons((1, "male", "farsta"), (1, "female", "jarva")))
    assert (done.n_cells, done.persons_left_below) == ({"sex": 2, "district": 2}, 2)


def test_a_null_is_taken_out_like_a_rare_value():
    done = taken(persons((4, "male", "farsta"), (3, "male", None)))
    assert (done.n_cells, done.persons_left_below) == ({"sex": 0, "district": 3}, 0)


def test_what_a_person_has_is_taken_out_of_all_rows_of_the_person():
    rows = persons((4, "male", "farsta"), (4, "female", "farsta"), (1, "female", "jarva"))
    again = pl.DataFrame({"person_id": [8], "sex": ["female"], "district": ["farsta"]}, schema=rows.schema)
    done = suppress(
        pl.concat([rows, again]),
        ["sex", "district"],
        limits=Limits(3),
        order=["sex", "district"],
        person_columns=["sex"],
    )
    whose = done.frame.filter(person_id=8)
    assert whose["sex"].to_list() == [None, None]


def test_a_class_that_tells_a_sensitive_value_is_too_small_however_large():
    frame = persons((4, "male", "farsta"), (4, "male", "jarva")).with_columns(ill=pl.Series([1] * 4 + [0, 1, 0, 1]))
    for limits in (Limits(3, l={"ill": 2}), Limits(3, dominant_share={"ill": 0.8})):
        done = suppress(frame, ["sex", "district"], limits=limits, order=["district", "sex"])
        assert done.persons_left_below == 0
        after = done.frame.with_columns(pl.col("sex", "district").fill_null("gone"))
        assert risk(after, ["sex", "district"], sensitive=["ill"]).l == {"ill": 2}


@pytest.mark.parametrize("wrong", [{"order": ["person_id"]}, {"order": ["sex", "sex"]}, {"person_columns": ["height"]}])
def test_only_quasi_identifiers_are_taken_out(wrong):
    with pytest.raises(Fault, match="Only quasi-identifiers"):
        taken(persons((1, "male", "farsta")), **wrong)


groups = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from(["f", "m", None]), st.sampled_from(["x", "y", "z", None])),
    min_size=1, max_size=40,
)  # fmt: skip


@given(groups, st.integers(1, 5), st.randoms(use_true_random=False))
def test_afterwards_every_class_holds_k_persons_or_there_are_not_k_and_order_never_matters(rows, k, chance):
    frame = pl.DataFrame(
        rows, schema={"person_id": pl.Int64, "sex": pl.String, "district": pl.String}, orient="row"
    ).with_row_index("row")

    def done(table):
        return suppress(table, ["sex", "district"], limits=Limits(k), order=["district", "sex"])

    found = done(frame)
    named = found.frame.with_columns(
        pl.when(f"{name}__suppressed").then(pl.lit("gone")).otherwise(name).alias(name) for name in ("sex", "district")
    )
    n_persons = frame["person_id"].n_unique()
    if n_persons >= k:
        assert (found.persons_left_below, risk(named, ["sex", "district"]).k >= k) == (0, True)
    else:
        assert found.persons_left_below == n_persons
    shuffled = done(frame[chance.sample(range(frame.height), frame.height)])
    assert shuffled.frame.sort("row").equals(found.frame)
    assert (shuffled.n_cells, shuffled.n_persons) == (found.n_cells, found.n_persons)
