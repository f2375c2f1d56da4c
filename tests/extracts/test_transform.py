"""Each transformation, exactly."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.contracts.approval_columns import Transform
from sigpanel.contracts.approval_read import Group
from sigpanel.contracts.extracts import extracts
from sigpanel.extracts.transform import ANCHOR, transformed, type_of
from tests.contracts.approvals_refused import GROUPS

DAY = dt.date
GROUPED = {name: Group(**group) for name, group in GROUPS.items()}

# What is done, a column of the panel, what stood there and what leaves, its name and its type.
CASES = [
    ("as_is", None, "episodes", "enrolled_on", DAY(2024, 3, 31), DAY(2024, 3, 31), "enrolled_on", pl.Date),
    ("as_is", None, "episodes", "is_transfer", True, True, "is_transfer", pl.Boolean),
    ("year", None, "episodes", "enrolled_on", DAY(2024, 12, 31), 2024, "enrolled_on_year", pl.Int16),
    ("quarter", None, "episodes", "enrolled_on", DAY(2024, 3, 31), "2024Q1", "enrolled_on_quarter", pl.String),
    ("quarter", None, "episodes", "enrolled_on", DAY(2024, 4, 1), "2024Q2", "enrolled_on_quarter", pl.String),
    ("month", None, "episodes", "enrolled_on", DAY(2024, 3, 31), "2024-03", "enrolled_on_month", pl.String),
    ("days_since_enrolment", None, "episodes", "discharged_on", DAY(2024, 3, 1), 60, "discharged_on_day", pl.Int32),
    ("days_since_enrolment", None, "episodes", "enrolled_on", DAY(2024, 1, 1), 0, "enrolled_on_day", pl.Int32),
    ("age_band", 5, "episodes", "age", 20, "20-24", "age_band", pl.String),
    ("age_band", 5, "episodes", "age", 24, "20-24", "age_band", pl.String),
    ("age_band", 5, "episodes", "age", 19, "15-19", "age_band", pl.String),
    ("band", 5, "persons", "birth_year", 2004, "2000-2004", "birth_year_band", pl.String),
    ("band", 90, "episodes", "days", 0, "0-89", "days_band", pl.String),
    ("band", 90, "episodes", "gap_days", -1, "-90--1", "gap_days_band", pl.String),
    ("district_group", None, "episodes", "district", "jarva", "north", "district_group", pl.String),
    ("district_group", None, "episodes", "district_reported", "farsta", "south", "district_reported_group", pl.String),
    ("top_code", 10, "waves", "suspected_crimes_before", 11, 10, "suspected_crimes_before", pl.Int16),
    ("top_code", 10, "waves", "suspected_crimes_before", 10, 10, "suspected_crimes_before", pl.Int16),
    ("top_code", 10, "waves", "suspected_crimes_before", 0, 0, "suspected_crimes_before", pl.Int16),
    ("id", None, "persons", "person_id", "p1", "p1", "person_id", pl.String),
]


def made(kind, by, table, column, value):
    from sigpanel.contracts.extracts import columns_of

    dtype = columns_of(table)[column].dtype
    frame = pl.DataFrame({column: [value], ANCHOR: [DAY(2024, 1, 1)]}, schema={column: dtype, ANCHOR: pl.Date})
    return frame.select(transformed(column, Transform(kind, by), GROUPED))


@pytest.mark.parametrize(("kind", "by", "table", "column", "before", "after", "name", "dtype"), CASES)
def test_a_value_becomes(kind, by, table, column, before, after, name, dtype):  # noqa: PLR0917
    frame = made(kind, by, table, column, before)
    assert frame.to_dicts() == [{name: after}]
    assert frame.schema == {name: dtype}


@pytest.mark.parametrize(("kind", "by", "table", "column"), sorted({case[:4] for case in CASES}, key=str))
def test_nothing_becomes_nothing(kind, by, table, column):
    assert made(kind, by, table, column, None).item() is None


def test_every_transformation_of_the_contract_is_made_and_its_type_told():
    assert {case[0] for case in CASES} == set(extracts().transformations)
    for kind, by, table, column, before, _, _, dtype in CASES:
        told = {"string": pl.String, "int16": pl.Int16, "int32": pl.Int32, "date": pl.Date, "bool": pl.Boolean}
        assert told[type_of(table, column, Transform(kind, by))] == dtype, before
