"""Two tables under other ids give away whoever fits one person alone, also where one of them hides a value."""

import polars as pl
import pytest

from sigpanel.disclosure import linkable_by_fit

_SCHEMA = {"person_id": pl.String, "sex": pl.String, "low": pl.Int64, "high": pl.Int64}


def table(prefix, *rows):
    """Rows of a person, a sex and an age; `?` is hidden."""
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return frame.select(
        pl.concat_str(pl.lit(prefix), "person_id").alias("person_id"),
        pl.when(pl.col("sex") != "?").then("sex").alias("sex"),
        (pl.col("sex") == "?").fill_null(value=False).alias("sex__is_hidden"),
        pl.col("low").alias("age__low"),
        pl.col("high").alias("age__high"),
        pl.lit(value=False).alias("age__is_hidden"),
    )


def found(new, old, **more):
    return linkable_by_fit(table("x", *new), table("q", *old), ["sex"], ["age"], **more)


def test_a_hidden_value_fits_any():
    old = [("1", "male", 15, 15), ("2", "female", 30, 30)]
    assert found([("a", "?", 15, 15), ("b", "female", 30, 30)], old) == 2
    assert found([("a", "?", 15, 15), ("b", "?", 15, 15)], old) == 0
    assert found([("a", "?", 10, 40)], old) == 0


def test_intervals_fit_where_they_overlap():
    assert found([("a", "male", 14, 20)], [("1", "male", 20, 25), ("2", "male", 21, 27)]) == 1
    assert found([("a", "male", 14, 20)], [("1", "male", 18, 25), ("2", "male", 20, 27)]) == 0


def test_what_is_missing_fits_what_is_missing():
    assert found([("a", None, None, None)], [("1", None, None, None), ("2", "male", 15, 15)]) == 1


def test_a_person_fits_by_all_rows():
    new = [("a", "male", 15, 15), ("a", "male", 20, 20), ("b", "male", 15, 15), ("b", "male", 30, 30)]
    old = [("1", "male", 15, 15), ("1", "?", 30, 30), ("2", "?", 15, 15), ("2", "male", 20, 20)]
    assert found(new, old) == 2


def test_who_has_more_rows_in_one_fits_by_those_of_the_other():
    new = [("a", "male", 15, 15), ("a", "male", 20, 20), ("b", "male", 31, 31)]
    assert found(new, [("1", "male", 20, 20), ("2", "male", 40, 40)]) == 1


def test_where_too_many_pairs_would_be_looked_at_there_is_no_answer():
    many = [(str(n), "?", 15, 15) for n in range(20)]
    assert found(many, many, most_pairs=399) is None
    assert found(many, many, most_pairs=400) == 0


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_of_rows_changes_nothing(turned):
    new = [("a", "?", 15, 15), ("b", "female", 15, 15), ("c", "male", 16, 17)]
    old = [("1", "male", 15, 15), ("2", "female", 15, 15), ("3", "male", 17, 17)]
    assert found(new[::-1] if turned else new, old) == found(new, old[::-1]) == 3


def test_who_is_all_that_fits_somebody_is_found_though_more_than_one_fits_them():
    old = [("1", "male", 15, 15), ("2", "female", 15, 15)]
    assert found([("a", "?", 15, 15), ("b", "female", 15, 15)], old) == 2
    assert found([("a", "?", 15, 15)], old) == 0
