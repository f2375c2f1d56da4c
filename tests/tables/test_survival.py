"""Curves that fall by no single person, and how far from the true ones they are."""

from random import Random

import polars as pl
import pytest

from sigpanel.errors import UsageError
from sigpanel.tables import survival
from sigpanel.tables.survival import kaplan_meier


def followed(rows: list[tuple[float, int]], **more) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"days": pl.Float64, "is_event": pl.Int64}, orient="row")
    return frame.with_row_index("person_id").with_columns(pl.col("person_id").cast(pl.String), **more)


def curve(rows: list[tuple[float, int]], **more) -> list[tuple]:
    return survival(followed(rows), "days", "is_event", **{"every": 1} | more).frame.rows()


def invented(n: int, seed: int, censored: float = 0.3) -> list[tuple[float, int]]:
    """Durations as of an insats, some two hundred days, a share of them censored."""
    chance = Random(seed)  # noqa: S311 - persons who do not exist
    return [(round(chance.weibullvariate(240, 1.4)) + 1, int(chance.random() >= censored)) for _ in range(n)]


def off_by(rows: list[tuple[float, int]], every: int) -> float:
    """The most that the published curve is above or below the true one, at any multiple of `every` until it ends."""
    told = survival(followed(rows), "days", "is_event", every=every).frame
    true = kaplan_meier(followed(rows).select(lasted="days", is_event=pl.col("is_event") == 1))
    times = pl.DataFrame({"at": range(0, told["time"].max() + 1, every)}).cast(pl.Float64)
    both = (
        times.join_asof(
            told.select(pl.col("time").cast(pl.Float64), published="survival"), left_on="at", right_on="time"
        )
        .join_asof(true.select("lasted", true="survival"), left_on="at", right_on="lasted")
        .with_columns(pl.col("true").fill_null(1.0))
    )
    return (both["published"] - both["true"]).abs().max()


# --- steps ---


def test_the_curve_falls_only_once_five_more_have_had_the_event():
    rows = [(at, 1) for at in range(1, 21)]
    assert curve(rows) == [(0, 20, 1.0), (5, 15, 0.75), (10, 10, 0.5), (15, 5, 0.25)]


def test_the_last_events_are_not_drawn_where_fewer_than_five_would_be_left():
    rows = [(at, 1) for at in range(1, 20)]
    assert curve(rows)[-2:] == [(10, 10, 0.5), (14, None, 0.5)]


def test_it_never_reaches_nought():
    assert min(row[2] for row in curve([(10, 1)] * 30 + [(20, 1)] * 30)) == 0.5


def test_events_fewer_than_a_step_are_not_drawn_and_the_end_is_a_multiple():
    rows = [(30, 1)] * 4 + [(400, 0)] * 20
    assert curve(rows, every=30) == [(0, 25, 1.0), (390, None, 1.0)]


def test_times_are_multiples_so_that_no_day_is_anybodys_own():
    rows = [(17, 1), (18, 1), (19, 1), (20, 1), (44, 1)] + [(200, 0)] * 15
    assert curve(rows, every=30) == [(0, 20, 1.0), (60, 15, 0.75), (180, None, 0.75)]


def test_the_censored_leave_without_a_step():
    rows = [(10, 0)] * 10 + [(20, 1)] * 10 + [(30, 0)] * 20
    assert curve(rows, every=10) == [(0, 40, 1.0), (20, 20, 0.625)]
    # 10 of 30 at risk had it: 0.667 of 40 persons would be 26.7, which is rounded to 25.


def test_a_higher_threshold_makes_longer_steps():
    rows = [(at, 1) for at in range(1, 41)]
    assert [row[0] for row in curve(rows, threshold=10)] == [0, 10, 20, 30]


@pytest.mark.parametrize("n", [5, 12, 40, 137, 600])
def test_each_step_has_five_events_and_no_number_at_risk_is_of_few(n):
    rows = invented(n, seed=n)
    table = survival(followed(rows), "days", "is_event", every=30).frame
    steps = table.drop_nulls("at_risk")
    for before, after in zip(steps["time"], steps["time"][1:], strict=False):
        assert sum(before < days <= after for days, is_event in rows if is_event) >= 5
        assert sum(days > after for days, _ in rows) >= 5
    assert table["survival"].is_sorted(descending=True)
    assert all(time % 30 == 0 for time in table["time"])
    assert sum(days > table["time"][-1] for days, _ in rows) >= 5 or table["time"][-1] == 0


def test_where_nobody_is_censored_the_curve_is_a_count_of_a_rounded_number_rounded():
    for n in (23, 61, 148):
        table = survival(followed(invented(n, seed=n, censored=0)), "days", "is_event", every=30).frame
        persons = table["at_risk"][0]
        assert all(abs(share * persons / 5 - round(share * persons / 5)) < 1e-9 for share in table["survival"])


# --- how far from the true curve ---


@pytest.mark.parametrize(("n", "most"), [(100, 0.115), (200, 0.055), (500, 0.030), (2000, 0.012)])
def test_the_curve_is_at_most_so_far_from_the_true_one(n, most):
    """A step late and a rounding off, with three in ten censored: at most .110, .053, .029 and .011 as measured."""
    assert max(off_by(invented(n, seed), 30) for seed in range(10)) <= most


# --- groups ---


def test_groups_have_curves_of_their_own_and_a_small_one_none():
    rows = [(at % 40 + 1, 1) for at in range(40)]
    groups = pl.concat([
        followed(rows, sex=pl.lit("male")), followed(rows, sex=pl.lit("female")),
        followed(rows[:3], sex=pl.lit("other")),
    ]).with_columns(person_id=pl.col("person_id") + pl.col("sex"))  # fmt: skip
    told = survival(groups, "days", "is_event", "sex", every=10).frame
    assert told.filter(sex="male").drop("sex").equals(told.filter(sex="female").drop("sex"))
    assert told.filter(sex="other").rows() == [("other", None, None, None)]


def test_of_too_few_there_is_no_curve():
    assert curve([(10, 1)] * 4) == [(None, None, None)]


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_rows_changes_nothing(seed):
    frame = followed(invented(100, 1))
    other = frame.sample(fraction=1, shuffle=True, seed=seed)
    assert survival(other, "days", "is_event").frame.equals(survival(frame, "days", "is_event").frame)


# --- what is refused ---


@pytest.mark.parametrize(("rows", "kwargs", "code"), [
    ([(-1, 1)], {}, "value-too-low"),
    ([(1, 2)], {}, "event-not-true-or-false"),
    ([(1, 1)], {"every": 0}, "every-no-number"),
    ([(1, 1)], {"every": 0.5}, "every-no-number"),
    ([(1e9, 1)] * 9, {"every": 1}, "every-too-small"),
])  # fmt: skip
def test_what_is_no_curve_is_refused(rows, kwargs, code):
    with pytest.raises(UsageError) as caught:
        curve(rows, **kwargs)
    assert caught.value.code == code


def test_a_word_is_no_event():
    frame = followed([(1, 1)] * 9).with_columns(status=pl.lit("closed"))
    with pytest.raises(UsageError) as caught:
        survival(frame, "days", "status")
    assert caught.value.code == "event-not-true-or-false"


def test_a_person_with_two_rows_is_refused():
    twice = pl.concat([followed([(1, 1)] * 9)] * 2)
    with pytest.raises(UsageError) as caught:
        survival(twice, "days", "is_event")
    assert caught.value.code == "person-in-several-rows"
    assert "first episode" in caught.value.remedy
