"""What the files of the 2013–2016 persons say of each: values, codes made of numbers and names, and what stays open."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.clean.cohort import Cleaned, clean_cohort, differing, read_values
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.tables import vocabulary
from tests.support.cohort import personal_number

NUMBER = personal_number(dt.date(1993, 5, 1), 123)
COORDINATION = personal_number(dt.date(1993, 5, 1), 124, is_coordination=True)


def texts(*rows: dict[str, str | None]) -> pl.DataFrame:
    """Rows 2 and on of one table."""
    schema = {"table": pl.Int32, "row": pl.Int32, **dict.fromkeys(cohort().columns, pl.String)}
    full = [{**dict.fromkeys(schema), "table": 0, "row": no, "study_id": "S1"} | row for no, row in enumerate(rows, 2)]
    return pl.DataFrame(full, schema=schema)


def cleaned(*rows: dict[str, str | None], may_be_unreadable=()) -> Cleaned:
    return clean_cohort(*read_values(texts(*rows)), may_be_unreadable)


def said(**row: str | None) -> dict[str, object]:
    found = cleaned(row)
    assert found.faults.is_empty()
    return found.persons.row(0, named=True)


def faults(*rows: dict[str, str | None], **more) -> list[tuple]:
    return cleaned(*rows, **more).faults.select("row", "column", "why").rows()


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("uno", "ÅX9301", "ÅX9301"),
        ("uno", "a\u030ax 93-o1", "ÅX9301"),
        ("uno", "AP930501", "AP9301"),
        ("sex", "Man", "male"),
        ("sex", "kvinna", "female"),
        ("sex", "2", "female"),
        ("birth_year", "1993", 1993),
        ("enrolled_on", "2015-08-10", dt.date(2015, 8, 10)),
        ("enrolled_on", "10 aug 2015", dt.date(2015, 8, 10)),
        ("enrolled_on", "20150810", dt.date(2015, 8, 10)),
        ("discharged_on", None, None),
        ("ended_at_evaluation", "Ja", True),
        ("interviewed", "0", False),
        ("interviewed", None, None),
    ],
)
def test_a_text_is_read_or_null(column, text, value):
    assert said(**{column: text})[column] == value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("sex", "M"),
        ("birth_year", "93"),
        ("birth_year", "1893"),
        ("enrolled_on", "2015-13-10"),
        ("discharged_on", "pågår"),
        ("personal_number", NUMBER[:-1]),
        ("initials", "ABC"),
        ("given_name", "#"),
    ],
)
def test_what_cannot_be_read_is_told_by_row_and_column_and_may_be_let_be(column, text):
    rows = {"study_id": "S1", "uno": "AP9301"}, {"study_id": "S2", "uno": "BQ9301", column: text}
    assert faults(*rows) == [(3, column, "unreadable")]
    let_be = cleaned(*rows, may_be_unreadable=[column])
    assert let_be.faults.is_empty()
    assert let_be.persons.select("uno", "unlinkable_by").rows() == [("AP9301", None), (None, f"{column}_unreadable")]


def test_what_linkage_does_not_look_at_keeps_nobody_from_being_linked():
    row = {"uno": "AP9301", "interviewed": "kanske"}
    assert faults(row) == [(2, "interviewed", "unreadable")]
    let_be = cleaned(row, may_be_unreadable=["interviewed"]).persons
    assert let_be.select("uno", "interviewed", "unlinkable_by").rows() == [("AP9301", None, None)]


def test_every_reason_that_can_be_given_is_a_word_of_the_contract():
    words = {term.token for term in vocabulary("cohort_rule")}
    beside = ("study_id", "ended_at_evaluation", "interviewed")
    assert {f"{name}_unreadable" for name in cohort().columns if name not in beside} <= words
    assert {"uno_contradicts_number", "birth_year_contradicts_number"} <= words


def test_a_code_that_cannot_be_read_never_stops_but_links_nobody():
    assert [said(uno="19930501")[name] for name in ("uno", "unlinkable_by")] == [None, "uno_unreadable"]
    listed = cleaned({"uno": "okänd"}, {"uno": "AP9301"})
    assert listed.persons.select("uno", "unlinkable_by").rows() == [("AP9301", None)]


def test_a_person_without_anything_readable_stays_in_the_cohort():
    person = said()
    assert (person.pop("study_id"), person.pop("unlinkable_by")) == ("S1", "no_code")
    assert set(person.values()) == {None}


# --- personal numbers and names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "code", "rule"),
    [
        ({}, None, "no_initials"),
        ({"initials": "åx"}, "ÅX9301", None),
        ({"initials": "Å. X."}, "ÅX9301", None),
        ({"given_name": "Åsa", "surname": "Xander"}, "ÅX9301", None),
        ({"given_name": "karl-erik", "surname": "von Essen"}, "KV9301", None),
        ({"given_name": "Ann", "surname": "Werner Persson"}, "AW9301", None),
        ({"given_name": "Åsa"}, None, "no_initials"),
        ({"given_name": "Åsa Maria", "surname": "Xander"}, None, "several_given_names"),
        ({"given_name": "Åsa Maria", "surname": "Xander", "initials": "MX"}, "MX9301", None),
        ({"given_name": "Åsa", "surname": "Xander", "uno": "BX9301"}, "BX9301", None),
    ],
)
def test_a_code_is_made_by_the_forms_rule_where_the_files_have_none(row, code, rule):
    person = said(personal_number=NUMBER, **row)
    assert (person["uno"], person["unlinkable_by"]) == (code, rule)


def test_a_number_tells_birth_year_month_and_the_sex_that_the_file_does_not():
    person = said(personal_number=NUMBER)
    assert [person[name] for name in ("birth_year", "birth_month", "sex")] == [1993, 5, "male"]
    assert said(personal_number=NUMBER, sex="Annat")["sex"] == "other"


def test_the_code_of_a_coordination_number_has_its_day():
    assert said(personal_number=COORDINATION, initials="AP")["uno"] == "AP9361"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"birth_year": "1993", "uno": "AP9301"}, []),
        ({"uno": "AP9361"}, []),
        ({"birth_year": "1992"}, ["birth_year"]),
        ({"uno": "AP9302"}, ["uno"]),
        ({"uno": "AP9201", "birth_year": "1992"}, ["birth_year", "uno"]),
    ],
)
def test_what_differs_from_the_number_is_told_and_neither_is_taken(row, found):
    assert faults({"personal_number": NUMBER, **row}) == [(2, column, "contradicts_number") for column in found]
    if found:
        let_be = cleaned({"personal_number": NUMBER, **row}, may_be_unreadable=found).persons.row(0, named=True)
        assert (let_be["uno"], let_be["unlinkable_by"]) == (None, f"{max(found)}_contradicts_number")


def test_no_column_that_leaves_tells_who_somebody_is():
    found = cleaned({"personal_number": NUMBER, "given_name": "Åsa", "surname": "Xander", "initials": "ÅX"})
    assert not {name for name, column in cohort().columns.items() if column.is_identity} & set(found.persons.columns)


# --- several tables ---------------------------------------------------------------------------------------------------


def test_rows_of_one_study_id_are_put_together():
    rows = {"sex": "Man", "enrolled_on": "2015-01-01"}, {"personal_number": NUMBER}, {"initials": "AP"}
    person = cleaned(*rows).persons.row(0, named=True)
    assert (person["uno"], person["enrolled_on"]) == ("AP9301", dt.date(2015, 1, 1))


@pytest.mark.parametrize(
    ("one", "other", "columns"),
    [
        ({"uno": "AP9301"}, {"uno": "ap 93-01"}, []),
        ({"personal_number": NUMBER}, {"personal_number": f"{NUMBER[2:8]}-{NUMBER[8:]}"}, []),
        ({"surname": "XANDER"}, {"surname": "Xander "}, []),
        ({"uno": "AP9301"}, {"sex": "Man"}, []),
        ({"uno": "AP9301"}, {"uno": "AP9302"}, ["uno"]),
        ({"personal_number": NUMBER}, {"personal_number": COORDINATION}, ["personal_number"]),
        ({"uno": "AP9301", "sex": "Man"}, {"uno": "AQ9301", "sex": "Kvinna"}, ["uno", "sex"]),
    ],
)
def test_two_that_say_different_things_of_one_study_id_are_found(one, other, columns):
    typed, _ = read_values(texts(one, other))
    found = differing(typed).select("row", "columns").rows()
    assert found == ([(2, columns), (3, columns)] if columns else [])


@given(st.lists(st.sampled_from(["AP9301", "", "x", NUMBER, "1993", "Man", "2015-01-01"]), min_size=11, max_size=33))
def test_every_study_id_comes_out_once_whatever_the_cells_hold(cells):
    names = [name for name in cohort().columns if name != "study_id"]
    rows = [
        {"study_id": f"S{no}", **dict(zip(names, (cell or None for cell in cells[no * 11 :]), strict=False))}
        for no in range(len(cells) // 11)
    ]
    found = cleaned(*rows, may_be_unreadable=names)
    assert found.faults.is_empty()
    assert found.persons["study_id"].to_list() == sorted(row["study_id"] for row in rows)
    assert (found.persons["uno"].is_null() == found.persons["unlinkable_by"].is_not_null()).all()
