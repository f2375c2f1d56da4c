"""What the files of the 2013–2016 persons say of each: values, codes made of numbers and names, and what stays open."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel.clean.cohort import Cleaned, clean_cohort, differing, is_personal_number, read_values
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
        ({"given_name": "Åsa", "surname": "Xander", "uno": "AX9301"}, "AX9301", None),
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


# --- what cannot be true ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text", "last_that_can_be"),
    [
        ("birth_year", "2015", "2001"),
        ("birth_year", "2093", "2001"),
        ("birth_year", "1969", "1970"),
        ("enrolled_on", "2104-03-01", "2016-12-31"),
        ("enrolled_on", "2011-12-31", "2012-01-01"),
        ("discharged_on", "2299-12-31", "2021-12-31"),
        ("personal_number", personal_number(dt.date(1955, 5, 1), 1), personal_number(dt.date(1970, 1, 1), 1)),
    ],
)
def test_a_year_that_nobody_of_the_cohort_can_have_is_told_and_may_be_let_be(column, text, last_that_can_be):
    assert faults({column: last_that_can_be}) == []
    assert faults({column: text}) == [(2, column, "out_of_bounds")]
    person = cleaned({"uno": "AP9301", column: text}, may_be_unreadable=[column]).persons.row(0, named=True)
    assert (person["uno"], person["unlinkable_by"]) == (None, f"{column}_unreadable")
    assert person.get(column) is None


@pytest.mark.parametrize(("uno", "is_told"), [("AP6901", True), ("AP7001", False), ("AP0101", False), ("AP0201", True)])
def test_a_code_whose_year_nobody_can_have_is_not_passed_over_like_one_that_cannot_be_read(uno, is_told):
    assert faults({"uno": uno}) == ([(2, "uno", "out_of_bounds")] if is_told else [])


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"enrolled_on": "2014-03-01", "discharged_on": "2014-03-01"}, None),
        ({"enrolled_on": "2014-03-01", "discharged_on": "2014-02-28"}, ("discharged_on", "contradicts_enrolment")),
        ({"uno": "AP9301", "birth_year": "1993"}, None),
        ({"uno": "AP9301", "birth_year": "1992"}, ("uno", "contradicts_birth_year")),
        ({"personal_number": NUMBER, "sex": "Man"}, None),
        ({"personal_number": NUMBER, "sex": "Annat"}, None),
        ({"personal_number": NUMBER, "sex": "Kvinna"}, ("sex", "contradicts_number")),
        ({"initials": "AP", "given_name": "Åsa", "surname": "Pettersson"}, None),
        ({"initials": "MX", "given_name": "Åsa Maria", "surname": "von Xander"}, None),
        ({"initials": "EP", "given_name": "Karl-Erik", "surname": "Werner-Persson"}, None),
        ({"initials": "AP", "given_name": "Åsa"}, None),
        ({"initials": "BP", "given_name": "Åsa", "surname": "Persson"}, ("initials", "contradicts_names")),
        ({"initials": "AB", "given_name": "Åsa", "surname": "Persson"}, ("initials", "contradicts_names")),
        ({"uno": "ÅP9301", "given_name": "Asa", "surname": "Persson"}, None),
        ({"uno": "PA9301", "given_name": "Åsa", "surname": "Persson"}, ("uno", "contradicts_names")),
        ({"uno": "AP9301", "initials": "AP", "surname": "Persson"}, None),
        ({"uno": "AB9301", "initials": "AP"}, ("uno", "contradicts_names")),
    ],
)
def test_of_two_cells_that_cannot_both_be_true_one_is_told_and_it_has_to_be_mended(row, found):
    assert faults(row) == ([(2, *found)] if found else [])
    if found:
        # The panel has no word for why such a person would be linked to nobody.
        assert faults(row, may_be_unreadable=[found[0]]) == [(2, *found)]


def test_what_contradicts_is_told_in_whichever_table_it_stands():
    assert faults({"birth_year": "1993"}, {"uno": "AP9201"}) == [(3, "uno", "contradicts_birth_year")]
    assert faults({"surname": "Xander"}, {"uno": "AP9301"}) == [(3, "uno", "contradicts_names")]


@pytest.mark.parametrize("column", ["given_name", "surname"])
@pytest.mark.parametrize("name", ["ßanarina", "ŉana", "أمل"])
def test_a_name_of_which_no_codes_initial_can_be_made_is_unreadable(column, name):
    row = {"personal_number": NUMBER, "given_name": "Åsa", "surname": "Xander", column: name}
    assert faults(row) == [(2, column, "unreadable")]
    let_be = cleaned(row, may_be_unreadable=[column]).persons
    assert let_be.select("uno", "unlinkable_by").rows() == [(None, f"{column}_unreadable")]


def test_one_letter_that_is_two_when_it_is_large_is_no_pair_of_initials():
    assert faults({"personal_number": NUMBER, "initials": "ß"}) == [(2, "initials", "unreadable")]


@given(st.text(min_size=1, max_size=3), st.text(min_size=1, max_size=3))
def test_every_code_that_is_made_has_the_shape_of_one(given_name, surname):
    names = {"given_name": given_name, "surname": surname}
    codes = cleaned({"personal_number": NUMBER, **names}, may_be_unreadable=list(names)).persons["uno"].drop_nulls()
    assert codes.str.contains(r"^\p{Lu}{2}9301$").all()


# --- study ids --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Å 1", "A\u030a 1", "Å\u00a01", "Å  1", "\u200bÅ 1", " Å\t1 "])
def test_a_study_id_is_the_same_however_its_letters_and_blanks_are_made(text):
    assert read_values(texts({"study_id": text}))[0]["study_id"].to_list() == ["Å 1"]


@pytest.mark.parametrize("text", ["\u200b", "\u00ad \u2060", "#", None])
def test_what_nobody_sees_is_no_study_id(text):
    assert read_values(texts({"study_id": text}))[0]["study_id"].to_list() == [None]


WRONG = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (NUMBER, True),
        (WRONG, True),
        (f"P{NUMBER}", True),
        (f"{NUMBER}-2", True),
        ("19931205-K123", True),
        ("931205/TF12", True),
        ("1993-12-05 1234", True),
        ("931265-1234", True),
        ("1\uff1993120512\uff134", True),
        ("931205", False),
        ("931205-123", False),
        ("931305-1234", False),
        ("140301-0012", False),
        ("2014-03-01/0012", False),
        ("S001", False),
        ("1000000001", False),
        ("KANARIE-017", False),
        (None, False),
    ],
)
def test_a_study_id_that_holds_a_birth_date_and_four_more_is_taken_for_a_personal_number(text, is_one):
    assert is_personal_number(pl.Series([text], dtype=pl.String)).to_list() == [is_one]


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
    assert not found.faults["may_be_declared"].any()
    assert found.persons["study_id"].to_list() == sorted(row["study_id"] for row in rows)
    assert (found.persons["uno"].is_null() == found.persons["unlinkable_by"].is_not_null()).all()
