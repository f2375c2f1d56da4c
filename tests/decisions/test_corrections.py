"""Corrections as data: how the file is read, what of it cannot be, and what is never told."""

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml

from sigpanel.contracts import corrections as description
from sigpanel.contracts.corrections import corrections_file
from sigpanel.decisions import Corrections, read_corrections
from sigpanel.errors import Fault, InputError
from sigpanel.findings import rules
from sigpanel.resources import contracts_dir
from tests.privacy.scan import told
from tests.support.corrections import COLUMNS, FILE, HEADER, ID, SECRETS, accept, file, line, refused

# --- reading the file -------------------------------------------------------------------------------------------------

LINES = [line("H9", value="3", reason="Rätt enligt Åsa"), accept("d10", "age_against_birth_year", "15", file=ID)]


def test_no_file_means_no_corrections(tmp_path):
    assert read_corrections(tmp_path / "corrections.csv") == Corrections(())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_it_is_read_as_excel_saves_it(tmp_path, encoding, separator, end):
    path = file(tmp_path, *LINES, end=end)
    path.write_bytes(path.read_bytes().decode().replace(";", separator).encode(encoding))
    first, second = read_corrections(path).all
    assert (first.line, first.file, first.cell, first.action) == (2, FILE, "H9", "set")
    assert (first.expected, first.value) == ("2", "3")
    assert (first.reason, first.who, first.date) == ("Rätt enligt Åsa", "A.B.", dt.date(2023, 2, 1))
    assert (second.line, second.file, second.cell, second.rule) == (3, ID, "D10", "age_against_birth_year")


def test_columns_may_stand_in_any_order_and_be_written_with_capitals_and_blanks(tmp_path):
    path = tmp_path / "corrections.csv"
    turned = COLUMNS[::-1]
    texts = [" ; ".join(map(str.upper, turned)), *(" ; ".join(one[name] for name in turned) for one in LINES)]
    path.write_text("\n".join(texts), encoding="utf-8")
    assert read_corrections(path).all == read_corrections(file(tmp_path, *LINES)).all


def test_blank_lines_and_the_separators_that_excel_adds_or_leaves_out_do_not_matter(tmp_path):
    path = tmp_path / "corrections.csv"
    first, second = (";".join(one[name] for name in COLUMNS) for one in LINES)
    path.write_text(f"{HEADER};;\r\n;;;;;;;;\r\n{first};;\r\n\r\n{second}\r\n", encoding="utf-8")
    assert [one.line for one in read_corrections(path).all] == [3, 5]
    last = "file;cell;action;expected;reason;who;date;value;rule"
    path.write_text(f"{last}\r\n{FILE};A9;drop;AP0615;Ringde;A.B.;2023-02-01\r\n", encoding="utf-8")
    assert [one.target for one in read_corrections(path).all] == ["9"]


def test_lines_are_counted_as_excel_counts_rows(read):
    broken = line(reason='"en rad\r\noch en till"')
    assert refused("corrections-lines", read, broken, line(cell="")) == [
        "line 3, cell: must be the address of one cell, such as H9"
    ]


@pytest.mark.parametrize(
    ("header", "differences"),
    [
        (HEADER.replace("who;", ""), "who is missing"),
        (f"{HEADER};comment", "column 10 is none of them"),
        (f"{HEADER};Who", "who stands more than once"),
        (HEADER.replace("rule", "regel"), "column 6 is none of them; rule is missing"),
    ],
)
def test_other_columns_than_the_known_ones_are_refused_and_the_known_ones_named(read, header, differences):
    with pytest.raises(InputError) as caught:
        read(header=header)
    assert caught.value.code == "corrections-columns"
    known = ", ".join(COLUMNS)
    assert caught.value.message == f"owner/corrections.csv must have the columns {known}: {differences}."


def test_a_file_without_a_header_tells_nothing_of_its_first_line(read):
    with pytest.raises(InputError) as caught:
        read(header="2022/Farsta.xlsx;A9;set;AP0615;CW0615;;Namnbyte;Åsa Berg;2023-02-01")
    assert caught.value.code == "corrections-columns"
    assert not told(str(caught.value), ["AP0615", "CW0615", "Namnbyte", "Åsa Berg", "Farsta"])


def test_something_outside_the_columns_is_refused(read):
    with pytest.raises(InputError) as caught:
        read(line(), line(date="2023-02-01;AP0615"), line(date="2023-02-01;;x"), header=f"{HEADER};")
    assert caught.value.code == "corrections-columns"
    assert caught.value.message.endswith(": line 3 has something outside them; line 4 has something outside them.")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04rest", "it is an Excel workbook"),
        (HEADER.encode("utf-16"), "it is UTF-16"),
        (HEADER.encode() + b"\r\n\x81\xff", "it is neither UTF-8 nor Windows-1252"),
        (f'{HEADER}\r\n{FILE};H9;set;2;3;;"öppet;A;2023-02-01\r\n'.encode(), "a quotation mark is not closed"),
        (b"x" * (16 * 1024 * 1024 + 1), "it is larger than 16 MiB"),
    ],
)
def test_what_is_no_csv_file_is_refused(tmp_path, content, what):
    path = tmp_path / "corrections.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_corrections(path)
    assert caught.value.code == "corrections-not-csv"
    assert caught.value.message.startswith(f"owner/corrections.csv cannot be read: {what}")


@pytest.mark.parametrize("name", ["corrections.xlsx", "Corrections.CSV", "corrections.csv.txt"])
def test_corrections_that_were_saved_as_something_else_are_not_passed_over(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    if not (tmp_path / "corrections.csv").exists():  # a system that tells no case apart finds it
        refused("corrections-not-csv", read_corrections, tmp_path / "corrections.csv")


def test_a_folder_or_a_link_that_leads_nowhere_is_refused(tmp_path):
    (tmp_path / "corrections.csv").symlink_to(tmp_path / "gone")
    refused("corrections-not-csv", read_corrections, tmp_path / "corrections.csv")
    refused("corrections-not-csv", read_corrections, tmp_path)


# What is changed in a sound line; the column named, and the words.
WRONG = [
    ({"file": " "}, "file: must be filled in"),
    ({"reason": ""}, "reason: must be filled in"),
    ({"who": ""}, "who: must be filled in"),
    ({"cell": "H"}, "cell: must be the address of one cell, such as H9"),
    ({"cell": "H9:H10"}, "cell: must be the address of one cell, such as H9"),
    ({"cell": "H0"}, "cell: must be the address of one cell, such as H9"),
    ({"date": "1/2/2023"}, "date: must be a day as YYYY-MM-DD"),
    ({"date": "2023-02-30"}, "date: must be a day as YYYY-MM-DD"),
    ({"date": "20230201"}, "date: must be a day as YYYY-MM-DD"),
    ({"action": "ändra"}, "action: must be one of set, drop, accept"),
    ({"action": ""}, "action: must be one of set, drop, accept"),
    ({"action": "drop", "value": "3"}, "value: must be blank, since drop takes none"),
    ({"action": "accept", "value": "3", "rule": "age_implausible"}, "value: must be blank, since accept takes none"),
    ({"rule": "age_implausible"}, "rule: must be blank, since set takes none"),
    ({"action": "accept"}, "rule: must be the name of a finding's rule, as `sigpanel check` prints it"),
    ({"action": "accept", "rule": "age"}, "rule: must be the name of a finding's rule, as `sigpanel check` prints it"),
    ({"action": "accept", "rule": "cell_corrected"}, "rule: tells of a correction itself and cannot be accepted"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_a_line_that_cannot_be_is_told_by_its_number_and_column(read, change, sentence):
    assert refused("corrections-lines", read, line(), line("A9") | change) == [f"line 3, {sentence}"]


def test_all_that_is_wrong_is_told_at_once(read):
    lines = [line() | change for change, _ in WRONG]
    said = refused("corrections-lines", read, *lines)
    assert said == [f"line {no}, {sentence}" for no, (_, sentence) in enumerate(WRONG, start=2)]


# --- what is told of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [change for change, _ in WRONG if "file" not in change])
def test_no_error_of_a_line_tells_what_stands_in_it(read, change):
    with pytest.raises(InputError) as caught:
        read(line() | SECRETS | {"cell": "ZZZZ8812", "rule": "Smygord", "date": "igår kväll"} | change)
    planted = [*SECRETS.values(), "ZZZZ8812", "Smygord", "igår kväll", "ändra", "H9:H10"]
    assert not told(f"{caught.value}{caught.value!r}", planted)


# --- what they mean


def test_their_meaning_is_what_they_change_however_it_is_written(read):
    ids = {FILE: ID, ID: ID}
    one = read(line(value="3"), line("A10", "drop", "BQ0711"), accept("D9", "age_implausible", "16"))
    other = read(
        accept("d9", "age_implausible", "16", file=ID),
        line("B10", "DROP", "4", who="C.D."),
        line(value="3", file="2022\\Farsta.xlsx", reason="Annat", date="2024-01-01"),
    )
    assert one.meaning(ids) == other.meaning(ids) == [
        (ID, "accept", "D9", "", "age_implausible"), (ID, "drop", "10", "", ""), (ID, "set", "H9", "3", ""),
    ]  # fmt: skip
    assert Corrections().meaning({}) == []
    assert refused("corrections-do-not-fit", one.meaning, {}) == [
        f"line {no}, file: no workbook that was read has this path or id, or more than one has" for no in (2, 3, 4)
    ]


def test_a_check_of_some_workbooks_takes_the_corrections_of_these(read):
    corrections = read(line(), line(file="2022\\Other.xlsx"), line(file="s-else"))
    assert [one.line for one in corrections.about(["2022/Other.xlsx", "2022/Third.xlsx"]).all] == [3]


# --- the description and the guide ------------------------------------------------------------------------------------


def test_the_description_names_the_columns_actions_and_rules():
    described = corrections_file()
    assert (described.path, tuple(described.columns)) == ("owner/corrections.csv", COLUMNS)
    assert described.takes == {"set": "value", "drop": None, "accept": "rule"}
    assert set(described.own_rules) <= rules().keys()
    assert {rules()[name].severity for name in described.own_rules} == {"note"}


def test_a_slip_in_the_description_is_a_fault(tmp_path, monkeypatch):
    raw = yaml.safe_load((contracts_dir() / "corrections.yaml").read_text(encoding="utf-8"))
    raw["actions"]["set"]["given"] = "value"
    (tmp_path / "corrections.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    monkeypatch.setattr(description, "contracts_dir", lambda: tmp_path)
    with pytest.raises(Fault) as caught:
        corrections_file.__wrapped__()
    assert caught.value.code == "corrections-description"


def test_the_example_of_the_guide_can_be_read(tmp_path):
    guide = Path(__file__).resolve().parents[2] / "docs" / "data-owner.sv.md"
    example = re.search(r"```csv\n(.*?)```", guide.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "corrections.csv").write_text(example[1], encoding="utf-8")
    assert [one.action for one in read_corrections(tmp_path / "corrections.csv").all] == ["set", "accept"]
