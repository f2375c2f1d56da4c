"""What code, age and enrolment date say about the day of birth."""

import calendar
import datetime as dt

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigpanel.persons.month import ALL_MONTHS, with_birth

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def birth(code: str | None, age: int | None, enrolled: str | None, known: int | None = None) -> tuple[int | None, str]:
    """The year of birth and the months that are possible."""
    enrolled_on = dt.date.fromisoformat(enrolled) if enrolled else None
    episodes = pl.DataFrame(
        {"uno": [code], "age": [age], "enrolled_on": [enrolled_on], "known_birth_year": [known]},
        schema={"uno": pl.String, "age": pl.Int16, "enrolled_on": pl.Date, "known_birth_year": pl.Int16},
    )
    found = with_birth(episodes)
    assert found.columns == [*episodes.columns, "birth_year", "months"]
    year, mask = found.select("birth_year", "months").row(0)
    return year, " ".join(month for place, month in enumerate(MONTHS) if mask >> place & 1)


ANY = " ".join(MONTHS)


@pytest.mark.parametrize(
    ("code", "age", "enrolled", "year", "months"),
    [
        # The birthday had passed, or it had not: that divides the year at the day of enrolment.
        ("AP0712", 15, "2022-03-15", 2007, "jan feb mar"),
        ("AP0712", 14, "2022-03-15", 2007, "apr may jun jul aug sep oct nov dec"),
        ("AP0715", 15, "2022-03-15", 2007, "jan feb mar"),
        ("AP0716", 15, "2022-03-15", 2007, "jan feb"),
        ("AP0716", 14, "2022-03-15", 2007, "mar apr may jun jul aug sep oct nov dec"),
        ("AP0701", 15, "2022-01-01", 2007, "jan"),
        ("AP0731", 14, "2022-12-30", 2007, "dec"),
        # Days that not every month has.
        ("AP0731", 15, "2022-12-31", 2007, "jan mar may jul aug oct dec"),
        ("AP0730", 15, "2022-12-31", 2007, "jan mar apr may jun jul aug sep oct nov dec"),
        ("AP0429", 18, "2022-12-31", 2004, ANY),
        # The century comes from the age.
        ("AP9912", 22, "2022-03-15", 1999, "apr may jun jul aug sep oct nov dec"),
        ("AP0012", 22, "2022-03-15", 2000, "jan feb mar"),
        ("AP0012", 21, "2022-03-15", 2000, "apr may jun jul aug sep oct nov dec"),
        # A coordination number has 60 added to the day.
        ("AP0772", 15, "2022-03-15", 2007, "jan feb mar"),
        ("AP0791", 15, "2022-12-31", 2007, "jan mar may jul aug oct dec"),
    ],
)
def test_the_months_that_are_possible(code, age, enrolled, year, months):
    assert birth(code, age, enrolled) == (year, months)


@pytest.mark.parametrize("day", ["00", "32", "45", "60", "92", "99"])
def test_a_day_that_no_month_has_says_nothing_of_the_month(day):
    assert birth(f"AP07{day}", 15, "2022-03-15") == (2007, ANY)


@pytest.mark.parametrize(
    ("code", "age", "enrolled"),
    [
        ("AP0712", 16, "2022-03-15"),
        ("AP0712", 13, "2022-03-15"),
        ("AP9912", 15, "2022-03-15"),
        (None, 15, "2022-03-15"),
        ("AP0712", None, "2022-03-15"),
        ("AP0712", 15, None),
    ],
)
def test_where_age_and_code_disagree_or_one_is_missing_nothing_is_known(code, age, enrolled):
    assert birth(code, age, enrolled) == (None, ANY)


def test_a_day_that_leaves_no_month_says_nothing():
    """The 31st has passed by 15 January: some of it is a slip, and which is not known."""
    assert birth("AP0731", 15, "2022-01-15") == (2007, ANY)


def test_a_known_year_of_birth_stands_without_an_age():
    assert birth("AP8812", None, "2014-03-15", known=1988) == (1988, ANY)


def test_a_known_year_of_birth_stands_against_the_code():
    assert birth("AP8812", 26, "2014-03-15", known=1989)[0] == 1989


def completed_years(born: dt.date, on: dt.date, leapling_waits: bool) -> int:
    """Age by counting birthdays. Who is born on 29 February has it on the 28th in other years, or waits for 1 March."""
    birthdays = 0
    for year in range(born.year + 1, on.year + 1):
        day = (born.month, born.day)
        if day == (2, 29) and not calendar.isleap(year):
            day = (3, 1) if leapling_waits else (2, 28)
        birthdays += dt.date(year, *day) <= on
    return birthdays


@given(
    born=st.dates(dt.date(1950, 1, 1), dt.date(2012, 12, 31)),
    after=st.integers(10 * 365, 60 * 365),
    is_coordination=st.booleans(),
    leapling_waits=st.booleans(),
)
@example(dt.date(2004, 2, 29), (dt.date(2022, 2, 28) - dt.date(2004, 2, 29)).days, False, False)
@example(dt.date(2004, 2, 29), (dt.date(2022, 2, 28) - dt.date(2004, 2, 29)).days, False, True)
@example(dt.date(2004, 2, 29), (dt.date(2022, 3, 1) - dt.date(2004, 2, 29)).days, True, True)
@example(dt.date(2004, 2, 29), (dt.date(2024, 2, 28) - dt.date(2004, 2, 29)).days, False, False)
@example(dt.date(2004, 2, 29), (dt.date(2024, 2, 29) - dt.date(2004, 2, 29)).days, False, False)
def test_the_true_month_is_always_possible(born, after, is_coordination, leapling_waits):
    enrolled = born + dt.timedelta(days=after)
    code = f"AP{born.year % 100:02d}{born.day + 60 * is_coordination:02d}"
    year, months = birth(code, completed_years(born, enrolled, leapling_waits), enrolled.isoformat())
    assert year == born.year
    assert MONTHS[born.month - 1] in months


@given(
    enrolled=st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)),
    yy=st.integers(0, 99),
    day=st.integers(1, 31),
    age=st.integers(10, 60),
)
def test_the_mask_is_what_trying_every_date_of_birth_would_give(enrolled, yy, day, age):
    tried = [
        dt.date(year, month, day)
        for year in range(enrolled.year - age - 1, enrolled.year - age + 1)
        for month in range(1, 13)
        if year % 100 == yy and day <= calendar.monthrange(year, month)[1]
    ]
    possible = {
        born.month for born in tried for waits in (True, False) if completed_years(born, enrolled, waits) == age
    }
    # 29 February is left possible in years without it: one month too many costs nothing, one too few a person.
    months = {MONTHS.index(month) + 1 for month in birth(f"AP{yy:02d}{day:02d}", age, enrolled.isoformat())[1].split()}
    if possible:
        assert possible <= months <= possible | ({2} if day == 29 else set())
    elif tried:
        assert months == set(range(1, 13)) or (day == 29 and months == {2})


def test_all_months_is_twelve_bits():
    assert ALL_MONTHS.bit_count() == 12
