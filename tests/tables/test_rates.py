"""Rates from protected parts, and when they are withheld."""

import polars as pl
import pytest

from sigpanel.errors import UsageError
from sigpanel.tables import rates


def followed(events: list[float | None], days: list[float | None] | None = None) -> pl.DataFrame:
    """A person for each number of events; 100 days each where none are given."""
    return pl.DataFrame({
        "person_id": [f"p{at}" for at in range(len(events))], "events": events, "days": days or [100] * len(events)
    }, schema={"person_id": pl.String, "events": pl.Float64, "days": pl.Float64})  # fmt: skip


def one(events: list[float | None], days: list[float | None] | None = None, **more) -> tuple:
    return rates(followed(events, days), "events", "days", **more).frame.row(0)


HIDDEN = (None, None, None, None)


def test_a_rate_is_rounded_events_over_rounded_time():
    assert one([0] * 10 + [1] * 6 + [2] * 6, [51] * 20 + [50, 52]) == (20, 20, 1120, 20 / 1120)


def test_it_may_be_for_more_time():
    assert one([0] * 10 + [1] * 10, per=365.25)[3] == pytest.approx(10 / 2000 * 365.25)


def test_rows_of_one_person_are_summed_and_rows_without_either_left_out():
    frame = followed([0] * 10 + [1] * 10)
    halves = pl.concat(
        [frame.with_columns(pl.col("days") / 2), frame.with_columns(events=0.0, days=pl.col("days") / 2)]
    )
    more = pl.concat([halves, followed([None, 3], [5, None])])
    assert rates(more, "events", "days").frame.equals(rates(frame, "events", "days").frame)


@pytest.mark.parametrize(("events", "days"), [
    ([1, 0, 1, 2], None),                              # too few persons
    ([0] * 30 + [1] * 4, None),                        # too few with an event
    ([1] * 30 + [0] * 4, None),                        # too few without one
    ([1] * 30, None),                                  # everybody
    ([0] * 10 + [1] * 6 + [30], None),                 # one with most of the events
    ([0] * 10 + [1] * 10, [1] * 19 + [5000]),          # one with most of the time
    ([0] * 10 + [1] * 10, [0] * 20),                   # no time
])  # fmt: skip
def test_what_would_tell_of_few_is_withheld_as_a_whole(events, days):
    assert one(events, days) == HIDDEN


@pytest.mark.parametrize(("events", "days", "kwargs", "code"), [
    ([1.5], [1], {}, "events-not-whole"),
    ([-1], [1], {}, "value-too-low"),
    ([1], [-1], {}, "value-too-low"),
    ([1], [float("inf")], {}, "value-not-finite"),
    ([1], [1], {"per": 0}, "per-not-positive"),
    ([1], [1], {"unit": -1}, "unit-not-positive"),
])  # fmt: skip
def test_what_is_no_rate_is_refused(events, days, kwargs, code):
    with pytest.raises(UsageError) as caught:
        one(events, days, **kwargs)
    assert caught.value.code == code


def test_a_unit_of_time_below_its_grain_is_refused():
    with pytest.raises(UsageError) as caught:
        one([0] * 10 + [1] * 10, list(range(100, 120)), unit=1e-9)
    assert caught.value.code == "unit-too-fine"


def test_groups_stand_beside_each_other():
    groups = pl.concat([
        followed([0] * 10 + [1] * 10).with_columns(group=pl.lit("x")),
        followed([0] * 10 + [2] * 15).with_columns(group=pl.lit("y"), person_id="q" + pl.col("person_id")),
    ])  # fmt: skip
    told = rates(groups, "events", "days", "group").frame
    assert told.select("group", "persons", "events").rows() == [("x", 20, 10), ("y", 25, 30)]
