"""The files of the 2013–2016 persons: what is accepted, and that a refusal names places and never a person."""

import datetime as dt
import re

import polars as pl
import pytest

from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.intake.cohort import Headers, read_cohort
from tests.support.cohort import as_csv, as_xlsx

HEADER = ("deltagare", "uno-kod", "kön", "födelseår", "inskriven", "avslutad", "avslutad_vid_utvärderingen")
ROWS = (
    ("S001", "ÅX9301", "Man", "1993", "2015-08-10", "2016-04-05", "1"),
    ("S002", None, "Kvinna", "1992", "2014-04-20", None, "0"),
)
COLUMNS = ("study_id", "uno", "sex", "birth_year", "enrolled_on", "discharged_on", "ended_at_evaluation")


def persons(path, headers: Headers = Headers()) -> list[tuple]:  # noqa: B008
    (table,) = read_cohort(path, "kohort", headers)
    assert table.is_persons
    assert table.texts.schema == {"row": pl.Int32, **dict.fromkeys(cohort().columns, pl.String)}
    return table.texts.select(COLUMNS).rows()


def refusal(path, headers: Headers = Headers()) -> InputError:  # noqa: B008
    with pytest.raises(InputError) as caught:
        read_cohort(path, "kohort", headers)
    assert (caught.value.code, caught.value.exit_code) == ("cohort-file", 3)
    return caught.value


def fault(path, headers: Headers = Headers()) -> str:  # noqa: B008
    return refusal(path, headers).message.removeprefix("The file of the 2013–2016 persons cannot be used (kohort): ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_text_is_read_in_any_encoding_with_any_separator_and_line_end(tmp_path, encoding, separator, end):
    path = as_csv(tmp_path / "c.csv", HEADER, *ROWS, encoding=encoding, separator=separator, end=end)
    assert persons(path) == list(ROWS)


def test_a_workbook_says_the_same_whether_cells_are_texts_numbers_or_dates(tmp_path):
    typed = [(*row[:3], int(row[3]), *map(_day, row[4:6]), int(row[6])) for row in ROWS]
    assert persons(as_xlsx(tmp_path / "a.xlsx", HEADER, *ROWS)) == list(ROWS)
    assert persons(as_xlsx(tmp_path / "b.xlsx", HEADER, *typed)) == list(ROWS)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def test_what_a_file_is_called_does_not_matter(tmp_path):
    assert persons(as_xlsx(tmp_path / "c.xlsx", HEADER, *ROWS).rename(tmp_path / "c.csv")) == list(ROWS)


@pytest.mark.parametrize(
    "header",
    [
        (" Deltagare ", "UNO-KOD", "Kön", "Födelseår", "Inskriven", "Avslutad", "Avslutad vid utvärderingen"),
        ("studie-id", "uno", "kön", "födelseår", "inskrivningsdatum", "utskrivningsdatum", HEADER[-1]),
        ("1. deltagare", "2. uno-kod", "ko\u0308n", "fo\u0308delsea\u030ar", "inskriven", "avslutad", HEADER[-1]),
    ],
)
def test_headers_are_compared_by_letters_and_may_have_the_declared_other_names(tmp_path, header):
    assert persons(as_csv(tmp_path / "c.csv", header, *ROWS)) == list(ROWS)


def test_blank_lines_and_marks_and_blanks_around_texts_do_not_matter(tmp_path):
    spaced = [f" {cell} " if cell else "-" for cell in ROWS[0]]
    path = as_csv(tmp_path / "c.csv", [""], HEADER, [""], spaced, [""] * 7, ROWS[1])
    assert persons(path) == list(ROWS)
    assert read_cohort(path)[0].texts["row"].to_list() == [4, 6]


def test_columns_may_stand_in_any_order(tmp_path):
    assert persons(as_csv(tmp_path / "c.csv", *(tuple(reversed(row)) for row in (HEADER, *ROWS)))) == list(ROWS)


def test_a_column_that_need_not_be_there_is_null_when_it_is_not(tmp_path):
    shorter = persons(as_csv(tmp_path / "c.csv", *(row[:-1] for row in (HEADER, *ROWS))))
    assert shorter == [(*row[:-1], None) for row in ROWS]


def test_a_header_without_persons_is_an_empty_cohort(tmp_path):
    assert persons(as_csv(tmp_path / "c.csv", HEADER)) == []


def test_an_error_or_a_formula_that_nobody_calculated_is_no_empty_cell(tmp_path):
    path = as_csv(tmp_path / "c.csv", HEADER, (*ROWS[0][:2], "#SAKNAS!", *ROWS[0][3:]))
    assert [row[2] for row in persons(path)] == ["#"]


# --- declared headers -------------------------------------------------------------------------------------------------

OWN = ("Nr", "Kod i studien", *HEADER[2:], "Adress")
OWN_ROWS = [(*row, "Kanariegatan 1") for row in ROWS]
DECLARED = Headers({"study_id": "nr", "uno": "kod i studien"}, ("adress",))


@pytest.mark.parametrize(("write", "file"), [(as_csv, "c.csv"), (as_xlsx, "c.xlsx")])
def test_a_header_may_be_declared_and_a_column_be_left_unread(tmp_path, write, file):
    assert persons(write(tmp_path / file, OWN, *OWN_ROWS), DECLARED) == list(ROWS)


def test_a_declared_header_goes_before_one_that_is_known(tmp_path):
    header = ("deltagare", "kod", "id", *HEADER[2:-1])
    rows = [("x", row[1], row[0], *row[2:-1]) for row in ROWS]
    turned = Headers({"study_id": "id"}, ("deltagare",))
    assert persons(as_csv(tmp_path / "c.csv", header, *rows), turned) == [(*row[:-1], None) for row in ROWS]


def test_headers_that_are_not_known_are_told_by_cell_with_the_lines_to_write(tmp_path):
    error = refusal(as_csv(tmp_path / "c.csv", OWN, *OWN_ROWS))
    assert error.message.endswith("(kohort): the headers in A1, B1, H1 are not known.")
    lines = error.remedy[error.remedy.index("[cohort]") :].splitlines()
    assert [re.split(r"\s{2,}#", line)[0] for line in lines] == [
        "[cohort]",
        'study_id = "…"',
        'uno = "…"',
        'personal_number = "…"',
        'ignore = ["…"]',
    ]
    assert all(line.endswith(("of A1, B1, H1", "of A1, B1, H1 that are not to be read")) for line in lines[1:])
    assert not [word for word in (*OWN, "Kanarie") if word in str(error) and word not in HEADER]


# --- lists of identities ----------------------------------------------------------------------------------------------


def test_a_list_of_identities_is_told_by_its_headers_also_on_a_sheet_of_its_own(tmp_path):
    codes = (("deltagare", "uno-kod"), ("S001", "ÅX9301"))
    book = as_xlsx(tmp_path / "c.xlsx", HEADER, *ROWS, Nyckel=codes)
    assert [table.is_persons for table in read_cohort(book)] == [True, False]
    (listed,) = read_cohort(as_csv(tmp_path / "n.csv", *codes))
    assert not listed.is_persons
    assert listed.texts.select("row", "study_id", "uno").rows() == [(2, "S001", "ÅX9301")]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (("uno-kod", "inskriven"), "there is no column for study_id in row 1"),
        (
            ("deltagare", "förnamn"),
            "no column for enrolled_on (of persons), uno or personal_number (of a list of ident",
        ),
        (("deltagare", "uno-kod", "inskriven"), "there is no column for discharged_on"),
        (("deltagare", "uno-kod", "uno"), "the column for uno stands twice"),
        (("Anna", "Andersson"), "no header is known in row 1, the first that is filled"),
    ],
)
def test_a_table_of_other_columns_is_refused(tmp_path, header, says):
    assert says in fault(as_csv(tmp_path / "c.csv", header, header))


def test_what_stands_beside_the_columns_is_not_passed_over(tmp_path):
    path = as_xlsx(tmp_path / "c.xlsx", HEADER, (*ROWS[0], None, "Kanarie"))
    assert fault(path) == "something stands beside the columns, in I2."


@pytest.mark.parametrize("row", [(*ROWS[0], ""), ROWS[0][:2]])
def test_a_row_of_another_length_than_the_header_is_refused_by_its_number(tmp_path, row):
    assert fault(as_csv(tmp_path / "c.csv", HEADER, ROWS[1], row)).endswith("(workbook_is_damaged, row 3).")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "(workbook_is_empty)"),
        (b"\r\n \r\n", "(workbook_is_empty)"),
        (b"\r\n;;;\r\n", "no header is known in row 2"),
        (b"\x00\x01\x02", "workbook_is_not_xlsx"),
        (b"PK\x03\x04", "workbook_is_damaged"),
        (b'"deltagare;uno', "workbook_is_damaged"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, rule):
    (tmp_path / "c.csv").write_bytes(content)
    assert rule in fault(tmp_path / "c.csv")


def test_a_text_of_too_many_rows_is_told_to_be_too_large_and_not_to_have_another_separator(tmp_path):
    header = ";".join(HEADER).encode()
    (tmp_path / "c.csv").write_bytes(b"\r\n".join([header, *[b"S1;QX9312;Man;1993;2014-03-01;;1"] * 260_000]))
    assert fault(tmp_path / "c.csv").endswith("(workbook_too_large).")


def test_a_workbook_with_nothing_on_its_sheets_is_refused(tmp_path):
    assert fault(as_xlsx(tmp_path / "c.xlsx", ["-"], Blad2=[])) == "it is empty."


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    assert "workbook_is_damaged" in fault(tmp_path / "none.csv")


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@pytest.mark.parametrize(
    "rows", [ROWS, [(*HEADER, "adress"), *ROWS], [(*HEADER, *HEADER[:1]), *ROWS], [HEADER[1:], *ROWS]]
)
def test_a_refusal_names_places_and_nothing_from_the_file(tmp_path, write, rows):
    told = str(refusal(write(tmp_path / "c.xlsx", *rows)))
    cells = {str(cell) for row in rows for cell in row if cell and len(str(cell)) > 1} - set(HEADER)
    assert not [cell for cell in cells if cell in told]
