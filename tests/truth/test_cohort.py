"""The cohort by whichever way its persons are identified: the same code, birth year and sex, as the truth has them."""

import datetime as dt

import polars as pl
import pytest

from sigpanel import key as keys
from sigpanel.pipeline.pilot import read_pilot
from sigpanel.pipeline.references import compared
from tests.support.cohort import as_csv, as_xlsx, personal_number


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return keys.create(tmp_path_factory.mktemp("key") / "sig.key")


@pytest.fixture(scope="module")
def lines(known):
    return pl.read_csv(known.cohort, separator=";", infer_schema=False)


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file into an empty folder, and gives the folder."""

    def write(kind, name: str, *rows):
        kind(tmp_path / name, *rows)
        return tmp_path

    return write


def test_the_same_persons_come_of_a_workbook(known, key, lines, written):
    as_sent = read_pilot(known.cohort.parent, key)
    typed = [
        (*row[:3], int(row[3]), *(dt.date.fromisoformat(day) if day else None for day in row[4:6]), int(row[6]))
        for row in lines.rows()
    ]
    assert read_pilot(written(as_xlsx, "k.xlsx", lines.columns, *typed), key).equals(as_sent)


def test_eight_of_a_hundred_have_no_code(known, key):
    pilot = read_pilot(known.cohort.parent, key)
    assert pilot.height == 125
    without = pilot.filter(pl.col("uno").is_null())
    assert 0.04 < without.height / 125 < 0.13
    assert set(without["unlinkable_by"]) == {"no_code"}


def test_a_personal_number_and_initials_give_the_code_that_the_file_gives(known, key, lines, written):
    as_sent = read_pilot(known.cohort.parent, key)
    people = known.truth("persons").filter(pl.col("cohort_id").is_not_null())
    sexes = {"1": 1, "2": 0}
    told = lines.join(people, left_on="deltagare", right_on="cohort_id", maintain_order="left").filter(
        pl.col("uno-kod").is_not_null() & pl.col("sex").is_in(list(sexes))
    )
    rows = []
    for no, row in enumerate(told.iter_rows(named=True)):
        born = dt.date.fromisoformat(row["born"])
        is_coordination = int(row["uno-kod"][4:]) > 60
        number = personal_number(born, no % 499 * 2 + sexes[row["sex"]], is_coordination=is_coordination)
        rows.append((row["deltagare"], number, row["uno-kod"][:2], row["inskriven"], row["avslutad"]))
    folder = written(as_csv, "k.csv", ("deltagare", "personnummer", "initialer", "inskriven", "avslutad"), *rows)
    by_number = read_pilot(folder, key)
    columns = ["cohort_id", "episode_id", "uno", "sex", "known_birth_year", "enrolled_on", "discharged_on"]
    same = as_sent.join(by_number, on="cohort_id", how="semi").select(columns)
    assert by_number.height == told.height > 100
    assert by_number.select(columns).equals(same)
    assert by_number["known_months"].null_count() == 0


def test_the_published_figures_are_within_tolerance_of_this_file_where_it_tells(known, key):
    figures = {one.name: (one.ours, one.is_within) for one in compared(read_pilot(known.cohort.parent, key))}
    assert figures["participants"] == (125, True)
    assert figures["ended"] == (26, True)
    assert figures["interviewed"] == figures["interviewed_earlier"] == (None, None)
