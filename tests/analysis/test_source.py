import polars as pl
import pytest

import sigpanel
from sigpanel.analysis import source
from sigpanel.analysis.days import bounds, too_coarse
from sigpanel.errors import InputError, UsageError
from tests.support.frames import Frames


@pytest.mark.parametrize(
    ("column", "grain", "is_exact"),
    [
        ("enrolled_on", "day", True),
        ("enrolled_on_day", "days_since_enrolment", True),
        ("enrolled_on_month", "month", False),
        ("enrolled_on_quarter", "quarter", False),
        ("enrolled_on_year", "year", False),
    ],
)
def test_a_date_is_found_in_the_grain_that_it_left_in(column, grain, is_exact):
    found = source.dated(Frames(episodes=pl.DataFrame({column: [None]})), "episodes", "enrolled_on")
    assert (found.column, found.grain, found.is_exact) == (column, grain, is_exact)


def test_a_date_that_did_not_leave_is_not_found():
    assert source.dated(Frames(episodes=pl.DataFrame({"enrolled_on_by": [None]})), "episodes", "enrolled_on") is None
    assert source.dated(Frames(), "episodes", "enrolled_on") is None


def test_a_refusal_names_table_and_columns_and_what_needs_them():
    frames = Frames(episodes=pl.DataFrame({"person_id": ["x"]}))
    with pytest.raises(
        InputError, match=r"Survival needs status, days of episodes, which this extract does"
    ) as refusal:
        source.need(frames, "episodes", ["person_id", "status", "days"], "Survival")
    assert refusal.value.code == "column-not-in-extract"
    with pytest.raises(InputError, match="Survival needs status of persons"):
        source.need(frames, "persons", ["status"], "Survival")


def test_where_no_delivery_was_received_it_is_said_where_there_is_one():
    with pytest.raises(InputError, match="Survival needs what a register told, and none of it is here") as refusal:
        source.need(sigpanel.demo_panel(), "outcomes", ["person_id"], "Survival")
    assert (refusal.value.code, "open_extract" in refusal.value.remedy) == ("no-delivery", True)


def test_a_panel_gives_what_is_needed_in_that_order():
    frame = source.need(sigpanel.demo_panel(), "episodes", ["status", "person_id"], "Survival")
    assert frame.collect_schema().names() == ["status", "person_id"]


def test_an_identity_that_nobody_knows_is_refused():
    assert source.person_column("strict") == "person_id_strict"
    with pytest.raises(UsageError, match="no such identity"):
        source.person_column("stritc")


@pytest.mark.parametrize(("grain", "value"), [("quarter", "2022Q3"), ("month", "2022-07")])
def test_a_date_that_an_extract_has_hidden_has_no_days(grain, value):
    frames = Frames(episodes=pl.DataFrame({f"enrolled_on_{grain}": [value, "suppressed", None]}))
    days = frames.table("episodes").select(*bounds(frames, "episodes", ["enrolled_on"], "Survival").exprs).collect()
    assert (days["enrolled_on__low"][0], days.null_count().row(0)) == (19174, (2, 2))


def test_a_refusal_of_coarse_dates_says_which_grain_gives_what():
    frames = Frames(episodes=pl.DataFrame({"enrolled_on_day": [0], "observed_from_year": [2022]}))
    with pytest.raises(InputError) as refusal:
        bounds(frames, "episodes", ["enrolled_on", "observed_from"], "Survival")
    assert refusal.value.code == "dates-not-alike"
    for told in (refusal.value.remedy, too_coarse("Periods", ["the dates of episodes"]).remedy):
        assert "`survival`" in told
        assert "ays since enrolment" in told
        assert "whether the approval covers days since enrolment" not in told
