"""The file of the 2013–2016 persons: what is accepted, and that a refusal names columns and never a person."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.clean.cohort import clean_cohort
from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.intake.cohort import read_cohort

HEADER = "deltagare;uno-kod;kön;födelseår;inskriven;avslutad;avslutad_vid_utvärderingen"
ROWS = ["S001;ÅX9301;Man;1993;2015-08-10;2016-04-05;1", "S002;;Kvinna;1992;2014-04-20;;0"]
READ = [
    ("S001", "ÅX9301", "Man", "1993", "2015-08-10", "2016-04-05", "1"),
    ("S002", None, "Kvinna", "1992", "2014-04-20", None, "0"),
]


def file(path, *lines: str, encoding: str = "utf-8", end: str = "\r\n"):
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    return path


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        read_cohort(path)
    assert (caught.value.code, caught.value.exit_code) == ("cohort-file", 3)
    return caught.value.message.removeprefix("The file of the 2013–2016 persons cannot be used: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_it_is_read_in_any_encoding_with_any_separator_and_line_end(tmp_path, encoding, separator, end):
    lines = [line.replace(";", separator) for line in [HEADER, *ROWS]]
    texts = read_cohort(file(tmp_path / "c.csv", *lines, encoding=encoding, end=end))
    assert texts.schema == dict.fromkeys(cohort().columns, pl.String)
    assert texts.rows() == READ


@pytest.mark.parametrize(
    "header",
    [
        " Deltagare ;UNO-KOD;Kön;Födelseår;Inskriven;Avslutad;Avslutad vid utvärderingen",
        "studie-id;uno;kön;födelseår;inskrivningsdatum;utskrivningsdatum;avslutad_vid_utvärderingen",
        '"deltagare";"uno-kod";"ko\u0308n";"fo\u0308delsea\u030ar";"inskriven";"avslutad";"avslutad_vid_utvärderingen"',
    ],
)
def test_headers_are_compared_by_letters_and_may_have_the_declared_other_names(tmp_path, header):
    assert read_cohort(file(tmp_path / "c.csv", header, *ROWS)).rows() == READ


def test_blank_lines_and_blanks_around_texts_do_not_matter(tmp_path):
    path = file(tmp_path / "c.csv", "", HEADER, "", ROWS[0].replace(";", " ; "), ";;;;;;", ROWS[1], "")
    assert read_cohort(path).rows() == READ


def test_columns_may_stand_in_any_order(tmp_path):
    turned = [";".join(reversed(line.split(";"))) for line in [HEADER, *ROWS]]
    assert read_cohort(file(tmp_path / "c.csv", *turned)).rows() == READ


def test_a_column_that_need_not_be_there_is_null_when_it_is_not(tmp_path):
    shorter = [line.rpartition(";")[0] for line in [HEADER, *ROWS]]
    texts = read_cohort(file(tmp_path / "c.csv", *shorter))
    assert texts["ended_at_evaluation"].to_list() == [None, None]
    assert texts["discharged_on"].to_list() == ["2016-04-05", None]


def test_a_header_without_persons_is_an_empty_cohort(tmp_path):
    assert read_cohort(file(tmp_path / "c.csv", HEADER)).schema == dict.fromkeys(cohort().columns, pl.String)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "the column for study_id stands 0 times."),
        (ROWS, "the column for study_id stands 0 times."),
        ([HEADER.replace("uno-kod;", ""), *ROWS], "the column for uno stands 0 times."),
        ([HEADER.replace("kön", "uno"), *ROWS], "the column for uno stands 2 times."),
        ([HEADER + ";adress;telefon", *ROWS], "2 columns are not declared."),
        ([HEADER, ROWS[0] + ";", ROWS[1]], "a row has another number of columns than the header."),
        ([HEADER, "S001;ÅX9301"], "a row has another number of columns than the header."),
        ([HEADER.replace(";", "\t"), *ROWS], "the column for study_id stands 0 times."),
    ],
)
def test_a_file_with_other_columns_is_refused(tmp_path, lines, fault):
    assert refusal(file(tmp_path / "c.csv", *lines)) == fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("\ufeffdeltagare;uno".encode("utf-16"), "the column for study_id stands 0 times."),
        (HEADER.encode() + b"\n" + b"x" * 200_000, "it is no table of texts."),
        (b"x" * (16 * 1024 * 1024 + 1), "it is larger than 16 MiB."),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, content, fault):
    (tmp_path / "c.csv").write_bytes(content)
    assert refusal(tmp_path / "c.csv") == fault


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    assert refusal(tmp_path / "none.csv") == "it cannot be opened."
    assert refusal(tmp_path) == "it cannot be opened."


@pytest.mark.parametrize("lines", [ROWS, [HEADER + ";adress", *ROWS], [HEADER, "S001;ÅX9301"]])
def test_a_refusal_names_columns_and_nothing_from_the_file(tmp_path, lines):
    message = refusal(file(tmp_path / "c.csv", *lines))
    assert not [text for line in lines for text in line.split(";") if len(text) > 1 and text in message]


# --- what the texts say -----------------------------------------------------------------------------------------------


def said(**texts: str | None) -> dict[str, object]:
    row = dict.fromkeys(cohort().columns) | {"study_id": "S001"} | texts
    return clean_cohort(pl.DataFrame([row], schema=dict.fromkeys(cohort().columns, pl.String))).row(0, named=True)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("uno", "ÅX9301", "ÅX9301"),
        ("uno", "a\u030ax 93-o1", "ÅX9301"),
        ("uno", "AP930501", "AP9301"),
        ("uno", "19930501-1234", None),
        ("sex", "Man", "male"),
        ("sex", "kvinna", "female"),
        ("sex", "2", "female"),
        ("birth_year", "1993", 1993),
        ("enrolled_on", "2015-08-10", dt.date(2015, 8, 10)),
        ("discharged_on", None, None),
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
    ],
)
def test_what_cannot_be_read_but_for_a_code_refuses_the_file_by_column_and_number(column, text):
    with pytest.raises(InputError) as refused:
        said(**{column: text})
    assert refused.value.code == "cohort-values"
    assert refused.value.message.endswith(f"values that cannot be read: {column} in 1 rows.")
    assert f" {text}" not in str(refused.value)


def test_a_person_without_anything_readable_stays_in_the_cohort():
    assert said() == {
        "study_id": "S001", "uno": None, "sex": None, "birth_year": None, "enrolled_on": None, "discharged_on": None,
    }  # fmt: skip
