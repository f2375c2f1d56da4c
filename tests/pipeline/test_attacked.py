"""What an attacker found in submissions, feedback and declarations: each gave too much, lost a row, or said nothing."""

import shutil
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

from sigpanel.errors import InputError
from sigpanel.forms import form
from sigpanel.forms.write import write_form
from sigpanel.panel import open_panel
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.feedback import give_feedback, shares_of
from sigpanel.pipeline.study import open_study
from tests.cli.running import run, written_below
from tests.pipeline.test_feedback import counts
from tests.pipeline.test_submissions import FARSTA, ONE, TWO, add, parts, replaces, stopped, tables
from tests.support.study import BOOKS, said, settle

RINKEBY = next(book for book in BOOKS if book.file.startswith("2023/Rinkeby"))


def told(study, file: str) -> bytes:
    """The feedback that a check of one workbook writes."""
    run("check", study.submissions / file)
    (path,) = study.outbox.glob("*.xlsx")
    data = path.read_bytes()
    path.unlink()
    return data


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        # A row of mine names their district, and its code is one slip from theirs.
        (FARSTA, replace(RINKEBY, file="2022/annan.xlsx", district=4, rows=[said("AB0711", "2022-03-01", 15)])),
        # Two districts that are one today, each under its own name.
        (RINKEBY, replace(RINKEBY, file="2022/annan.xlsx", district=5, rows=[said("AB0711", "2022-03-01", 15)])),
    ],
)
def test_feedback_is_no_oracle_for_what_another_district_sent(study, mine, theirs):
    stray = said("AB0717", "2022-03-01", 15, district=theirs.district if mine is FARSTA else mine.district)
    replace(mine, rows=[*mine.rows, stray]).write(study.submissions)
    alone = told(study, mine.file)
    theirs.write(study.submissions)
    assert told(study, mine.file) == alone


def test_a_correction_to_one_of_two_identical_rows_makes_them_two_persons(study):
    add(study, FARSTA.file, ONE, ONE)
    line = "file;cell;action;expected;value;rule;reason;who;date\n"
    line += f"{FARSTA.file};A10;set;VV0801;VX0803;;fel kod;jag;2024-02-01\n"
    study.corrections.write_text(line, encoding="utf-8")
    made = tables(study)
    books = made["submissions"].filter(reported_year=2023, district="farsta")
    fates = made["ledger"].join(books, on="submission_id", how="semi")["fate"].to_list()
    assert fates == ["kept", "kept"]


def test_the_year_before_is_that_of_the_district_by_its_own_name():
    rows = [("rinkeby_kista", 2022, 2, 2), ("spanga_tensta", 2022, 3, 0), ("rinkeby_kista", 2023, 2, 1)]
    (own,) = shares_of(counts(*rows)).filter(district="rinkeby_kista", reported_year=2023).to_dicts()
    assert own["share_last_year"] == 0


def test_the_city_is_told_of_three_of_todays_districts():
    rows = [("rinkeby_kista", 2023, 2, 2), ("spanga_tensta", 2023, 3, 0), ("farsta", 2023, 2, 1)]
    assert shares_of(counts(*rows))["share_city"].to_list() == [None] * 3


def test_a_check_of_one_part_leaves_the_other_parts_feedback(study):
    add(study, "2023/del 2.xlsx", ONE)
    settle(study.root, *parts(FARSTA.file, "2023/del 2.xlsx"))
    run("check", study.submissions)
    before = {path.name for path in study.outbox.iterdir()}
    run("check", study.submissions / "2023" / "del 2.xlsx")
    assert {path.name for path in study.outbox.iterdir()} == before


def test_feedback_that_is_of_no_workbook_any_more_is_removed_by_a_check_of_everything(study):
    run("check", study.submissions)
    (study.submissions / FARSTA.file).unlink()
    run("check", study.submissions / "2024")
    assert (study.outbox / "aterkoppling-farsta-unga-2023.xlsx").exists()
    run("check", study.submissions)
    assert not (study.outbox / "aterkoppling-farsta-unga-2023.xlsx").exists()


def test_workbooks_that_contend_get_no_feedback_until_it_is_settled(study):
    add(study, "2023/ny.xlsx", ONE)
    run("check", study.submissions)
    assert not list(study.outbox.glob("aterkoppling-farsta-unga-2023*"))
    settle(study.root, *replaces("2023/ny.xlsx", FARSTA.file))
    run("check", study.submissions)
    assert (study.outbox / "aterkoppling-farsta-unga-2023.xlsx").exists()


def test_a_file_of_feedback_that_cannot_be_written_takes_no_other_away(study):
    run("check", study.submissions)
    (study.outbox / "aterkoppling-skarpnack-vuxna-2020.xlsx").unlink()
    (study.outbox / "aterkoppling-skarpnack-vuxna-2020.xlsx").mkdir()
    before = written_below(study.outbox)
    answer = run("check", study.submissions)
    assert (answer.code, "feedback-not-written" in answer.err) == (3, True)
    assert written_below(study.outbox) == before


def test_feedback_never_goes_where_researchers_read(study):
    answer = run("check", study.submissions, "--outbox", study.research / "ut")
    assert (answer.code, "outbox-in-research" in answer.err) == (4, True)
    study.outbox.rmdir()
    study.outbox.symlink_to(study.research / "reports")
    assert run("check", study.submissions).code == 4
    assert not list(study.research.rglob("*.xlsx"))
    checked = check([study.submissions], study=open_study(study.root))
    with pytest.raises(InputError, match="The outbox is no folder"):
        give_feedback(checked, study.root / "sigpanel.toml")


def test_feedback_on_workbooks_from_elsewhere_never_goes_there_either(study, tmp_path):
    outside = shutil.copytree(study.submissions, tmp_path / "elsewhere")
    answer = run("check", outside, "--outbox", study.research / "ut")
    assert (answer.code, "outbox-in-research" in answer.err) == (4, True)
    assert not list(study.research.rglob("*.xlsx"))


def test_what_the_owner_corrected_is_not_laid_to_the_district(study):
    line = "file;cell;action;expected;value;rule;reason;who;date\n"
    study.corrections.write_text(line + f"{FARSTA.file};K10;set;1;kanske;;x;jag;2024-02-01\n", encoding="utf-8")
    run("check", study.submissions / FARSTA.file)
    sheet = openpyxl.load_workbook(study.outbox / "aterkoppling-farsta-unga-2023.xlsx")["Formulär"]
    assert (sheet["K10"].value, sheet["K10"].comment) == (1, None)


def test_a_declared_district_that_the_rows_contradict_stops_everything(study):
    lines = ("[[districts]]", f'file = "{FARSTA.file}"', 'district = "skarpnack"')
    assert stopped(study, *lines).code == "declared-district-differs"


def test_what_replaces_another_must_be_read_and_say_whose_it_is(study):
    (study.submissions / "2023" / "ny.xlsx").write_bytes(b"PK\x03\x04")
    (name,) = [
        line.rpartition("[")[2].rstrip("]") for line in stopped(study).message.splitlines() if line.endswith("]")
    ]
    left_out = ("[leave_out]", f'submissions = ["{name}"]')
    assert stopped(study, *left_out, *replaces("2023/ny.xlsx", FARSTA.file)).code == "workbook-refused"
    write_form(study.submissions / "2023" / "ny.xlsx", form("sig-unga-2022"))
    assert stopped(study, *replaces("2023/ny.xlsx", FARSTA.file)).code == "replacement-without-district"
    whose = ("[[districts]]", 'file = "2023/ny.xlsx"', 'district = "farsta"')
    made = tables(study, *replaces("2023/ny.xlsx", FARSTA.file), *whose)
    assert made["submissions"].filter(reported_year=2023, district="farsta")["n_rows"].sort().to_list() == [0, 3]


def test_what_is_replaced_is_no_part(study):
    add(study, "2023/ny.xlsx", ONE)
    lines = [*replaces("2023/ny.xlsx", FARSTA.file), *parts("2023/ny.xlsx", FARSTA.file)]
    assert stopped(study, *lines).code == "replacements-unclear"


def test_a_correction_of_a_workbook_that_does_not_count_stops_build_and_check(study):
    add(study, "2023/ny.xlsx", ONE)
    line = "file;cell;action;expected;value;rule;reason;who;date\n"
    study.corrections.write_text(line + f"{FARSTA.file};K10;set;1;2;;x;jag;2024-02-01\n", encoding="utf-8")
    assert stopped(study, *replaces("2023/ny.xlsx", FARSTA.file)).code == "corrections-without-effect"
    with pytest.raises(InputError):
        check([study.submissions], study=open_study(study.root))


def test_two_files_of_one_name_are_not_chosen_between(study):
    for name in ("2023/F\u00e5.xlsx", "2023/Fa\u030a.xlsx"):
        add(study, name, ONE)
    assert stopped(study, "[received]", f'"{FARSTA.file}" = 2024-01-10').code == "declared-file-twice"


def test_names_of_copies_decide_nothing_where_one_of_them_is_replaced(study):
    def manifest(first: str, second: str, new: str) -> dict:
        for name, row in ((first, ONE), (second, ONE), (new, TWO)):
            add(study, f"2023/{name}.xlsx", row)
        (study.submissions / FARSTA.file).unlink(missing_ok=True)
        of_one = parts(f"2023/{first}.xlsx", f"2023/{new}.xlsx")
        settle(study.root, *replaces(f"2023/{new}.xlsx", f"2023/{second}.xlsx"), *of_one)
        build(open_study(study.root))
        told = {path.name: path.read_bytes() for path in (study.panel / "r0001").iterdir()}
        for folder in (study.panel, study.registry):
            shutil.rmtree(folder)
            folder.mkdir()
        for name in (first, second, new):
            (study.submissions / "2023" / f"{name}.xlsx").unlink()
        return told

    assert manifest("a", "m", "n") == manifest("z", "m", "n")


@pytest.mark.parametrize("year", ["9999", "0001", "1900"])
def test_a_folder_that_is_no_reporting_year_stops_before_anything_is_published(study, year):
    (study.submissions / "2023").rename(study.submissions / year)
    assert stopped(study).code == "submission-without-year"
    assert run("check", study.submissions).code == 3
    assert not (study.panel / "CURRENT").exists()


def test_an_enrolment_that_is_reported_twice_with_other_answers_is_remarked_upon(study):
    other = said("VV0801", "2023-04-04", 14, stable_housing=2)
    add(study, FARSTA.file, ONE, other)
    made = tables(study)
    assert made["findings"].filter(rule="enrolment_reported_twice")["cell"].to_list() == ["A9", "A10"]


def test_the_owner_is_told_by_cell_what_only_a_build_finds(study):
    replace(RINKEBY, rows=[said("ZW0708", "2023-05-05", 14, sex=2)]).write(study.submissions)
    answer = run("build", "--study", study.root)
    assert "codes of episodes that cannot be one person's (same_code_contradicts):" in answer.out
    assert f"          {RINKEBY.file}: A9" in answer.out.splitlines()
    assert "ZW0708" not in answer.all
    found = open_panel(study.panel).findings.filter(rule="same_code_contradicts").collect()
    assert found["question"].unique().to_list() == ["Q1"]


@pytest.mark.parametrize("name", ["Lisa Farstad", "Sara Järvare", "Farsta inskickad 2024", "Dnr 2024-123 Farsta"])
def test_names_of_people_and_of_the_day_of_sending_are_no_other_place(study, name):
    (study.submissions / FARSTA.file).rename(study.submissions / "2023" / f"{name}.xlsx")
    found = check([study.submissions], study=open_study(study.root)).findings
    assert found.filter(pl.col("rule").str.ends_with("_from_file_name")).is_empty()
