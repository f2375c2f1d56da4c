"""Means from protected parts: how far off they are, what they never tell, when they are withheld."""

from itertools import product

import polars as pl
import pytest

from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import PolicyError, UsageError
from sigpanel.tables import means


def valued(**groups: list[float | None]) -> pl.DataFrame:
    """`person_id, group, value`: a person for each value."""
    rows = [(f"{group}{at}", group, value) for group, values in groups.items() for at, value in enumerate(values)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "group": pl.String, "value": pl.Float64}, orient="row")


def one(values: list[float | None], **more) -> tuple:
    """What is told of a group of these values."""
    return means(valued(x=values), "value", **more).frame.row(0)


def test_a_mean_is_of_a_rounded_sum_over_a_rounded_number():
    # 12 persons with a mean of 5.5 are shown as 10, of whom the sum would be 55.
    assert one(list(range(12))) == (10, 5.5)
    # 22 persons with a mean of 6.18: 20, whose 123.6 are rounded to 125.
    assert one([*range(1, 11), *range(1, 11), 6, 20]) == (20, 6.25)


@pytest.mark.parametrize("n", [6, 9, 14, 40, 200])
def test_it_is_off_by_at_most_half_a_rounding_step_over_the_persons_shown(n):
    values = [(at * 7) % 10 + 1 for at in range(n)]
    persons, mean = one(values)
    assert abs(mean - sum(values) / n) <= 2.5 / persons + 1e-9
    assert 1 <= mean <= 10


def test_a_smaller_unit_rounds_less():
    values = [0.1 * at for at in range(20)]
    assert one(values) == (20, 1.0)
    assert one(values, unit=0.1)[1] == pytest.approx(0.95)


# --- how fine the rounding may be ---


@pytest.mark.parametrize(("value", "unit"), [
    (pl.col("x"), 1e-9),                               # true and false
    (pl.col("x").cast(pl.Int64), 0.5),                 # whole numbers
    (pl.col("x").cast(pl.Float64), 0.1),               # whole numbers, written as floats
    (pl.col("x").cast(pl.Float64) * 1000, 1),          # made greater, so that 1 is fine
    (pl.col("x").cast(pl.Float64) * 0.3, 0.1),         # three tenths or nothing
    (pl.col("x").cast(pl.Float64) / 7, 0.001),         # a quotient has no step
])  # fmt: skip
def test_a_unit_below_the_grain_of_the_values_is_refused(value, unit):
    """By means of true and false in billionths the parts of a hidden group were told exactly."""
    frame = pl.DataFrame({"person_id": range(20), "x": [True] * 8 + [False] * 12}).with_columns(value.alias("x"))
    with pytest.raises(UsageError) as caught:
        means(frame, "x", unit=unit)
    assert caught.value.code == "unit-too-fine"


def test_without_a_unit_rounding_is_as_coarse_as_the_values():
    thousands = [1000.0 * (at % 2) for at in range(24)]
    # 12 of 24 thousands are shown as of 25 persons, whose 12.5 thousands are rounded to 15.
    assert one(thousands) == (25, 600)
    assert one(thousands, unit=1000) == (25, 600)


def test_values_with_decimals_may_be_rounded_in_them():
    assert one([0.25 * at for at in range(20)], unit=0.25)[0] == 20


def test_each_person_counts_once_however_many_rows_they_have():
    frame = valued(x=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    often = pl.concat([frame, *[frame.filter(person_id="x9")] * 30])
    assert means(often, "value").frame.equals(means(frame, "value").frame)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed):
    frame = valued(x=[0.1 * at for at in range(40)], y=[round(1 / (at + 1), 3) for at in range(40)])
    told = means(frame, "value", "group", unit=0.001).frame
    assert means(frame.sample(fraction=1, shuffle=True, seed=seed), "value", "group", unit=0.001).frame.equals(told)


def test_who_has_no_value_is_not_counted():
    assert one([*range(1, 9), *[None] * 20])[0] == 10


# --- when it is withheld ---


def test_of_fewer_persons_than_the_threshold_nothing_is_told():
    assert one([1, 2, 3, 4]) == (None, None)
    assert one([], threshold=3) == (None, None)


def test_where_all_say_the_same_or_nearly_all_nothing_is_told():
    assert one([7] * 40) == (None, None)
    assert one([7] * 36 + [3] * 4) == (None, None)
    assert one([7] * 35 + [3] * 5)[0] == 40


@pytest.mark.parametrize("n_true", range(21))
def test_of_a_share_neither_part_may_be_small(n_true):
    frame = pl.DataFrame({"person_id": range(20), "value": [True] * n_true + [False] * (20 - n_true)})
    told = means(frame, "value").frame.row(0)
    assert (told == (None, None)) == (not 5 <= n_true <= 15)


def test_where_one_person_makes_up_most_of_the_sum_nothing_is_told():
    assert one([1, 2, 3, 1, 2, 3, 100]) == (None, None)
    assert one([1, 2, 3, 1, 2, 3, -100]) == (None, None)
    assert one([1, 2, 3, 1, 2, 3, 10])[0] == 5


def test_a_mean_that_stands_alone_in_its_group_is_hidden():
    frame = valued(x=list(range(20)), y=[1, 2])
    assert set(means(frame, "value", "group", categories={"group": ["x", "y"]}).frame["mean"]) == {None}
    assert means(frame, "value", "group", harmless=["group"]).frame.rows() == [("x", 20, 9.5)]


def test_there_are_no_totals_no_extremes_and_no_quantiles():
    frame = valued(x=list(range(20)), y=list(range(20)))
    assert means(frame, "value", "group").frame.columns == ["group", "persons", "mean"]
    assert means(frame, "value", "group").frame.height == 2


# --- what it never tells ---


@pytest.mark.slow
def test_all_pairs_of_parts_that_print_alike_leave_both_parts_as_unknown_as_a_count():
    """A share is a fraction: with enough decimals it would tell how many there are, and how many of each."""
    rule, printed = disclosure(), {}
    for n_true, n_false in product(range(16), repeat=2):
        if n_true + n_false:
            frame = pl.DataFrame({"person_id": range(n_true + n_false), "value": [True] * n_true + [False] * n_false})
            printed.setdefault(means(frame, "value").frame.row(0), []).append((n_true, n_false))
    for (persons, _), parts in printed.items():
        if persons is None:
            continue
        assert min(min(pair) for pair in parts) >= rule.threshold
        # Every number of persons that is shown so is possible, as far as 15 of each and five of each go.
        low, high = rule.bounds(persons)
        possible = {sum(pair) for pair in parts}
        assert possible >= {n for n in range(low, high + 1) if 10 <= n <= 18}


# --- what is refused ---


@pytest.mark.parametrize(("values", "kwargs", "code"), [
    (["a"], {}, "value-no-number"),
    ([float("nan")], {}, "value-not-finite"),
    ([float("inf")], {}, "value-not-finite"),
    ([1.0], {"unit": 0}, "unit-not-positive"),
    ([1.0], {"unit": float("nan")}, "unit-not-positive"),
    ([1.0], {"by": "value"}, "column-twice"),
])  # fmt: skip
def test_what_has_no_mean_is_refused(values, kwargs, code):
    with pytest.raises(UsageError) as caught:
        means(pl.DataFrame({"person_id": ["p"], "value": values}), "value", **kwargs)
    assert caught.value.code == code
    assert "nan" not in caught.value.message


def test_a_threshold_below_three_is_refused():
    with pytest.raises(PolicyError):
        one([1, 2, 3], threshold=1)
