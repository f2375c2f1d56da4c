"""Personal and coordination numbers: which are sound, and what they tell of birth and sex."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.clean.personal_number import read_personal_number
from tests.support.cohort import personal_number

LATEST = 2016
BIRTHS = st.dates(dt.date(1917, 1, 1), dt.date(LATEST, 12, 31))


def all_told(*texts: str | None) -> list[dict[str, object]]:
    read = pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(
        read_personal_number(pl.col("text"), LATEST).alias("read")
    )
    return read["read"].to_list()


def told(text: str | None) -> dict[str, object]:
    return all_told(text)[0]


def test_the_published_examples_are_sound():
    # Of Skatteverket's brochures and articles on the number; they are nobody's.
    assert told("811228-9874")["born_on"] == dt.date(1981, 12, 28)
    assert told("670919-9530")["sex"] == "male"
    assert told("640823-3234")["number"] == "196408233234"


@pytest.mark.parametrize(
    "text",
    [
        "811228-9873", "19811228-9873", "811328-9874", "810229-9874", "8112289874 ".replace("9", "O"), "81122-89874",
        "811228_9874", "17811228-9874", "811228-98744", "811228T9874", "AP8128", "", "9", None,
    ],
)  # fmt: skip
def test_what_is_no_sound_number_tells_nothing(text):
    assert set(told(text).values()) == {None}


@given(born=BIRTHS, serial=st.integers(0, 999), is_coordination=st.booleans())
def test_every_way_of_writing_a_number_tells_the_same(born, serial, is_coordination):
    number = personal_number(born, serial, is_coordination=is_coordination)
    date, last = number[:8], number[8:]
    answers = all_told(number, f"{date}-{last}", f"{date[2:]}-{last}", number[2:], f" {date[2:]}\u2013{last}")
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] == {
        "number": number,
        "born_on": born,
        "year": number[2:4],
        "day": number[6:8],
        "sex": "male" if serial % 2 else "female",
    }


@given(born=BIRTHS, serial=st.integers(0, 999), place=st.integers(2, 11), other=st.integers(1, 9))
def test_one_digit_typed_wrong_is_found(born, serial, place, other):
    number = personal_number(born, serial)
    digit = str((int(number[place]) + other) % 10)
    assert told(number[:place] + digit + number[place + 1 :])["number"] is None


@given(born=BIRTHS, serial=st.integers(0, 999))
def test_after_a_plus_a_person_is_a_hundred_years_older(born, serial):
    number = personal_number(born, serial)
    older = told(f"{number[2:8]}+{number[8:]}")["born_on"]
    if born.month == 2 and born.day == 29 and born.year % 400 == 0:
        assert older is None
    else:
        assert older == born.replace(year=born.year - 100)


def test_nobody_of_the_cohort_is_born_after_the_evaluation():
    assert told(personal_number(dt.date(2016, 12, 31), 1))["born_on"] == dt.date(2016, 12, 31)
    assert told(personal_number(dt.date(2017, 1, 1), 1))["born_on"] is None
    assert told(personal_number(dt.date(2017, 1, 1), 1)[2:])["born_on"] == dt.date(1917, 1, 1)
