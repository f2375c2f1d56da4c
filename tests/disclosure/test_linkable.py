"""Two tables under other ids give away whoever is unique in both by what both say."""

import polars as pl

from sigpanel.disclosure import linkable


def table(prefix, *rows, **types):
    frame = pl.DataFrame(rows, schema=["person_id", "sex", "year"], orient="row")
    return frame.with_columns(pl.concat_str(pl.lit(prefix), "person_id").alias("person_id")).cast(types)


def test_whoever_is_alone_in_both_with_the_same_values_is_found():
    new = table("x", ("a", "male", 2001), ("b", "male", 2002), ("c", "male", 2002), ("d", "female", 2003))
    old = table("q", ("1", "male", 2001), ("2", "male", 2002), ("3", "male", 2004))
    assert linkable(new, old, ["sex", "year"]) == 1
    assert linkable(new, old, ["sex"]) == 0


def test_all_rows_of_a_person_together_can_be_nobody_elses():
    new = table("x", ("a", "male", 2001), ("a", "male", 2002), ("b", "male", 2001), ("c", "male", 2002))
    old = table("q", ("1", "male", 2002), ("1", "male", 2001), ("2", "male", 2001), ("3", "male", 2002))
    assert linkable(new, old, ["sex", "year"]) == 3


def test_it_does_not_matter_how_wide_a_number_is_stored():
    new, old = table("x", ("a", "male", 2001), year=pl.Int16), table("q", ("1", "male", 2001), year=pl.Int64)
    assert linkable(new, old, ["sex", "year"]) == 1


def test_what_is_missing_in_both_is_the_same_in_both_and_an_empty_text_is_not_missing():
    new = table("x", ("a", None, 2001), ("b", "", 2001))
    assert linkable(new, table("q", ("1", None, 2001), ("2", "male", 2001)), ["sex", "year"]) == 1
