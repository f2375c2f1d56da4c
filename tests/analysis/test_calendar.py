"""Windows of whole calendar years: what a panel says by days, an extract says that has years alone."""

import datetime as dt

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import sigpanel
from sigpanel.analysis.followup import followup, followup_table
from sigpanel.errors import InputError, UsageError
from tests.analysis.frames import golden_extract
from tests.support.frames import Frames

DATES = ("enrolled_on", "discharged_on", "observed_from", "observed_until")


def in_years(source: Frames) -> Frames:
    """The same with years in place of dates."""
    frames = dict(source.frames)
    for table, names in (("episodes", DATES), ("persons", ("observed_until",))):
        years = [pl.col(name).dt.year().cast(pl.Int16).alias(f"{name}_year") for name in names]
        frames[table] = frames[table].with_columns(years).drop(names)
    return Frames(**frames)


def test_of_a_register_years_say_what_days_say():
    days, years = (
        followup(each, event="suspicion", years=[1, 2], calendar=True)
        for each in (golden_extract(), in_years(golden_extract()))
    )
    assert days["within_1y"].n_unique() == 3
    assert_frame_equal(days, years)


def test_of_a_return_years_never_say_otherwise_and_watch_a_year_less():
    days, years = (
        followup(each, years=[1, 2], calendar=True) for each in (golden_extract(), in_years(golden_extract()))
    )
    both = days.join(years, on="person_id", suffix="_in_years")
    known = both.drop_nulls("within_1y_in_years")
    assert known.height > 50
    assert (known["within_1y"] == known["within_1y_in_years"]).all()
    assert ((both["observed_years"] - both["observed_years_in_years"]).is_between(-0.01, 1.01)).all()


def one(discharged: dt.date, back: dt.date | None) -> Frames:
    """A person who was discharged, and came back or did not; watched until 2024."""
    rows = [("p1", "e1", 1, "unga", "closed", False, dt.date(2020, 1, 1), discharged)]
    rows += [("p1", "e2", 2, "unga", "closed", True, back, back)] if back else []
    columns = [
        "person_id",
        "episode_id",
        "episode_no",
        "programme",
        "status",
        "is_reenrolment",
        "enrolled_on",
        "discharged_on",
    ]
    episodes = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        observed_from="enrolled_on", observed_until="discharged_on", is_renewal=False, discharge_reason=pl.lit("other")
    )
    return Frames(
        episodes=episodes, persons=pl.DataFrame({"person_id": ["p1"], "observed_until": [dt.date(2024, 12, 31)]})
    )


@pytest.mark.parametrize(
    ("back", "within"),
    [
        (None, (0, 0)),
        (dt.date(2021, 12, 31), (0, 0)),  # in the rest of the year of the discharge, which does not count
        (dt.date(2022, 1, 1), (1, 1)),
        (dt.date(2022, 12, 31), (1, 1)),
        (dt.date(2023, 1, 1), (0, 1)),
        (dt.date(2024, 1, 1), (0, 0)),
    ],
)
def test_a_window_is_the_years_after_that_of_the_discharge(back, within):
    told = followup(one(dt.date(2021, 5, 1), back), years=[1, 2], calendar=True)
    assert told.select("within_1y", "within_2y").row(0) == within


def test_a_window_that_the_watch_does_not_reach_the_end_of_is_null():
    told = followup(one(dt.date(2021, 5, 1), None), years=[3, 4], calendar=True)
    assert told.select("within_3y", "observed_3y", "within_4y", "observed_4y").row(0) == (0, True, None, False)


def test_who_dies_in_the_rest_of_the_first_year_is_followed_no_further():
    told = pl.DataFrame({"person_id": ["p1"], "outcome": ["death"], "happened_on": [dt.date(2021, 9, 1)]})
    covers = pl.DataFrame(
        [("death", "rtb", dt.date(2015, 1, 1), dt.date(2024, 12, 31), 0, "1")],
        schema=["outcome", "source", "from_on", "until_on", "lag_months", "version"], orient="row",
    )  # fmt: skip
    searched = pl.DataFrame({"person_id": ["p1"], "source": ["rtb"], "search": ["searched"]})
    dead = Frames(**one(dt.date(2021, 5, 1), None).frames, outcomes=told, coverage=covers, searched=searched)
    assert followup(dead, years=[1], calendar=True).select("within_1y", "observed_1y").row(0) == (None, False)
    earlier = told.with_columns(outcome=pl.lit("emigration"), happened_on=dt.date(2021, 2, 1))
    gone = Frames(**{**dead.frames, "outcomes": earlier})
    assert followup(gone, years=[1], calendar=True).select("within_1y", "observed_1y").row(0) == (None, False)


def test_a_table_of_windows_on_whose_ends_the_dates_leave_doubt_is_refused():
    source = in_years(one(dt.date(2021, 5, 1), dt.date(2022, 6, 1)))
    with pytest.raises(InputError, match="on which side of a window's end") as refusal:
        followup_table(source, years=[1])
    assert (refusal.value.code, "calendar=True" in refusal.value.remedy) == ("dates-too-coarse", True)
    told = followup_table(source, years=[1], calendar=True, protect=False)
    assert told.select("persons", "share").row(0) == (1, 1.0)


def test_by_calendar_years_there_is_no_other_buffer():
    with pytest.raises(UsageError, match="the rest of the first year is the buffer"):
        followup(golden_extract(), calendar=True, buffer=30)


def test_days_since_enrolment_have_no_calendar():
    relative = {name: pl.col(name).dt.ordinal_day().cast(pl.Int32).alias(f"{name}_day") for name in DATES}
    frames = golden_extract().frames
    source = Frames(**{**frames, "episodes": frames["episodes"].with_columns(relative.values()).drop(DATES)})
    with pytest.raises(InputError, match="by calendar years needs dates of the calendar"):
        followup(source, calendar=True)


@pytest.mark.slow
def test_the_demonstrations_extract_holds_a_delivered_follow_up_and_touches_no_key_that_is_set(monkeypatch, tmp_path):
    monkeypatch.setenv("SIGPANEL_MANAGER_KEY_FILE", str(tmp_path / "real.key"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    extract = sigpanel.demo_extract()
    assert {"outcomes", "outcome_years", "coverage", "searched"} <= set(extract.tables)
    told = extract.followup_table(event="conviction", years=[1], calendar=True, population="cohort", protect=False)
    assert told["persons"][0] + told["not_observed"][0] > 100
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("real.key")]
    assert sigpanel.demo_extract().extract_id == extract.extract_id
