"""What `check` tells of a delivery besides single cells: of whom, beside what, and what is only counted."""

import json
import shutil

import openpyxl
import pytest

from sigpanel.panel import registry
from sigpanel.pipeline.check import check
from sigpanel.pipeline.study import study_of
from tests.cli.running import run
from tests.privacy.scan import told
from tests.support.study import BOOKS, FARSTA_2022, SECRETS, changed, make_study, said, settle


def places(checked, rule: str) -> list[str]:
    return checked.findings.filter(rule=rule)["cell"].to_list()


def test_filled_comments_are_told_by_cell_and_notes_by_number_and_neither_is_read_out(study):
    answer = run("check", study.submissions / "2022")
    lines = answer.out.splitlines()
    assert "  notering  comments_filled_in  AH10, AH12" in lines
    assert "  notering  notes_in_cells  2 st" in lines
    assert told(answer.all, [SECRETS["comment"], SECRETS["note"]]) == []
    book = json.loads(run("check", study.submissions / "2022", "--json").out)["workbooks"][0]
    assert (book["n_comments"], book["n_notes"]) == (2, 2)


def test_in_a_study_all_its_workbooks_are_read_and_told_is_of_those_that_were_asked_for(study):
    only = check([study.submissions / "2023"], study=study)
    assert {only.delivery.sources[number].name for number in only.status["submission_no"]} == {
        "2023/Farsta unga.xlsx",
        "2023/Rinkeby-Kista unga.xlsx",
    }
    assert set(only.grid["reported_year"]) == {2023}
    assert only.findings["submission_no"].is_in(list(only.shown)).all()
    assert set(only.bortfall["reported_year"]) == {2020, 2022, 2023, 2024}


def test_a_slip_in_a_code_is_found_against_the_year_before_where_both_are_read(study):
    rows = (said("QX0618", "2022-03-01", 15, "2023-02-01"),)
    for book in changed(BOOKS, "2023/Farsta unga.xlsx", rows=rows):
        book.write(study.submissions)
    path = study.submissions / "2023" / "Farsta unga.xlsx"
    assert places(check([path]), "uno_differs_between_reports") == []
    assert places(check([path], study=study), "uno_differs_between_reports") == ["A9"]


def test_the_study_of_a_workbook_is_the_one_in_whose_submissions_it_lies(study, tmp_path):
    inside = study.submissions / FARSTA_2022.file
    outside = shutil.copy(inside, tmp_path / "Farsta.xlsx")
    assert study_of([inside]).root == study.root
    assert study_of([study.submissions]).root == study.root
    assert study_of([tmp_path / "Farsta.xlsx"]) is None
    assert study_of([inside, outside]) is None
    assert study_of([study.cohort / "2013.csv"]) is None
    assert study_of([]) is None


def test_files_that_contend_are_told_with_the_lines_to_write(study):
    shutil.copy(
        study.submissions / "2022" / FARSTA_2022.file.removeprefix("2022/"), study.submissions / "2024" / "a.xlsx"
    )
    answer = run("check", study.submissions / "2024")
    assert (
        "Gäller samma stadsdelsförvaltning, program och år, men säger olika saker:\n"
        "  2024/Farsta unga.xlsx: egna rader 9\n  2024/a.xlsx: egna rader 10, 11, 12\nFråga stadsdelen."
    ) in answer.out
    assert '[[replacements]]\nfile = "2024/a.xlsx"' in answer.out
    (group,) = json.loads(run("check", study.submissions, "--json").out)["contested"]
    assert [(one["file"], one["rows"]) for one in group] == [
        ("2024/Farsta unga.xlsx", [9]),
        ("2024/a.xlsx", [10, 11, 12]),
    ]


def test_of_files_that_contend_the_returned_feedback_and_then_what_came_last_seems_to_hold(study):
    run("check", study.submissions / "2024")
    returned = shutil.copy(study.outbox / "aterkoppling-farsta-unga-2024.xlsx", study.submissions / "2024" / "a.xlsx")
    sheet = openpyxl.load_workbook(returned)
    sheet["Formulär"]["K9"] = 2
    sheet.save(returned)
    assert [[one.file for one in group] for group in check([study.submissions], study=study).contested] == [
        ["2024/Farsta unga.xlsx", "2024/a.xlsx"]
    ]
    (study.submissions / "2024" / "a.xlsx").rename(study.submissions / "2024" / "A.xlsx")
    assert check([study.submissions], study=study).contested[0][-1].file == "2024/A.xlsx"


def test_the_notes_of_feedback_that_was_sent_back_are_ours_and_not_remarked_upon(study):
    run("check", study.submissions / "2022")
    shutil.copy(study.outbox / "aterkoppling-farsta-unga-2022.xlsx", study.submissions / FARSTA_2022.file)
    found = check([study.submissions / "2022"], study=study)
    assert found.delivery.books[min(found.shown)].n_notes > 0
    assert found.findings.filter(rule="notes_in_cells").is_empty()


def test_a_workbook_that_was_expected_is_listed_with_its_day_where_it_is_known_when_others_came(study):
    line = "Saknas: Skarpnäck, SIG unga 2023"
    assert line in run("check", study.submissions).out.splitlines()
    settle(study.root, "[received]", '"2023/Farsta unga.xlsx" = 2024-01-10')
    assert f"{line}, skulle ha kommit senast 2024-01-15" in run("check", study.submissions).out.splitlines()


def test_a_form_of_another_year_is_named_beside_the_one_that_the_year_has(study):
    (study.submissions / "2023" / "Farsta unga.xlsx").rename(study.submissions / "2024" / "b.xlsx")
    (study.submissions / "2024" / "Farsta unga.xlsx").unlink()
    answer = run("check", study.submissions / "2024" / "b.xlsx")
    assert answer.out.startswith(
        "2024/b.xlsx: godkänd med anmärkningar (sig-unga-2022; för 2024 gäller sig-unga-2024) ["
    )


def test_where_a_key_is_set_each_workbook_is_told_by_the_id_that_it_has_in_the_release(released):
    told_of = json.loads(run("check", released.submissions, "--json").out)["workbooks"]
    ids = registry.read_intake(released.registry)
    assert {(book["submission_id"], book["file"]) for book in told_of} == set(ids.iter_rows())


def test_with_another_key_than_the_releases_no_id_is_told(released):
    released.root.with_name("study.key").write_bytes(bytes(32))
    told_of = json.loads(run("check", released.submissions, "--json").out)["workbooks"]
    assert {book["submission_id"] for book in told_of} == {None}


def test_without_a_key_no_id_is_told(study):
    study.root.with_name("study.key").unlink()
    assert {
        book["submission_id"] for book in json.loads(run("check", study.submissions, "--json").out)["workbooks"]
    } == {None}


@pytest.mark.parametrize("by", ["programme", "district", "reported_year", "moment", "variable", "question"])
def test_bortfall_is_counted_by_place_moment_and_question_and_adds_up(tmp_path, by):
    study = make_study(tmp_path / "study")
    counts = check([study.submissions], study=study).bortfall
    assert by in counts.columns
    assert (counts["asked"] == counts["filled"] + counts["blank"] + counts["invalid"]).all()
    assert (counts["filled"] == counts["answered"] + counts["unknown"] + counts["declined"]).all()
    place = {"programme": "unga", "district": "farsta", "reported_year": 2022, "moment": "enrolment"}
    shown = counts.filter(**place).select("question", "asked", "answered", "unknown", "declined", "blank", "invalid")
    told_of = {row[0]: row[1:] for row in shown.rows()}
    assert told_of["Q9"] == (2, 2, 0, 0, 0, 0)
    assert told_of["Q11"] == (3, 1, 0, 0, 1, 1)
    assert told_of["Q16"] == (3, 2, 1, 0, 0, 0)
