"""What a table is asked for that cannot be meant: told with a code, and by no value of a cell."""

import polars as pl
import pytest

from sigpanel.errors import UsageError
from sigpanel.tables import counts, means, survival
from tests.tables.people import people


def refusal(act):
    with pytest.raises(UsageError) as caught:
        act()
    return caught.value


def test_a_text_where_names_are_wanted_is_one_name():
    frame = people(a=20, b=30)
    assert counts(frame, "group", harmless="group").frame.equals(counts(frame, ["group"], harmless=["group"]).frame)
    assert "The table is not by sex." in str(refusal(lambda: counts(frame, "group", harmless="sex")))
    assert means(frame.with_columns(n_days=1), "n_days", by="group", harmless="group").harmless == ("group",)


@pytest.mark.parametrize("given", ["male", 5])
def test_categories_that_are_no_list_are_refused_and_not_taken_apart(given):
    told = refusal(lambda: counts(people(a=20), "group", categories={"group": given}))
    assert (told.code, told.message) == ("categories-no-list", "The categories of group are no list.")


def test_a_column_that_tells_of_what_is_hidden_is_true_or_false():
    frame = people(a=20).with_columns(group__hidden=pl.lit(1))
    assert refusal(lambda: counts(frame, "group")).code == "flag-not-true-or-false"


@pytest.mark.parametrize("longest", [1e300, 1e18, 2e10])
def test_a_duration_beyond_all_measure_is_refused_without_being_printed(longest):
    frame = people(a=20).with_columns(days=pl.lit(longest), is_back=pl.lit(value=True))
    told = refusal(lambda: survival(frame, "days", "is_back"))
    assert told.code == "duration-too-long"
    assert "e+" not in str(told)
    assert told.__context__ is None


def test_a_lazy_frame_that_fails_tells_no_value():
    frame = people(a=20).lazy().with_columns(z=pl.col("person_id").cast(pl.Int64))
    told = refusal(lambda: counts(frame, "z"))
    assert told.code == "frame-not-worked-out"
    assert "a0" not in str(told)
    assert told.__suppress_context__


def test_a_list_is_no_person():
    frame = people(a=20).with_columns(pl.concat_list("person_id").alias("who"))
    assert refusal(lambda: counts(frame, "group", person="who")).code == "person-no-id"
