"""The data owner's corrections in a build and a check: what they change, what they leave, and when they stop it all."""

import polars as pl
import pytest

from sigpanel.errors import InputError
from sigpanel.panel import open_panel, registry
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from tests.privacy.scan import leaks
from tests.support.study import BOOKS, FARSTA_2022, changed, open_study, said

HEAD = "file;cell;action;expected;value;rule;reason;who;date"
WHY = "Kanariesamtal med samordnaren;Siska Siskesson;2026-02-01"
LATER = "2023/Farsta unga.xlsx"


def decide(study, *lines: str):
    study.corrections.write_text("\n".join([HEAD, *(f"{line};{WHY}" for line in lines), ""]), encoding="utf-8")
    return study


def answer(tables, cell: str) -> tuple:
    return tables["answers"].filter(cell=cell, reported_year=2022).select("value", "missing").row(0)


def rules(tables, cell: str) -> set[str]:
    return set(tables["findings"].filter(cell=cell)["rule"])


def test_a_cell_that_is_set_is_read_as_what_it_is_set_to_and_that_is_noted(study):
    before = build(study).tables
    assert answer(before, "L11") == (None, "blank")
    after = build(decide(study, f"{FARSTA_2022.file};L11;set;;2;")).tables
    assert answer(after, "L11") == (2, None)
    assert (rules(before, "L11"), rules(after, "L11")) == ({"answer_left_blank"}, {"cell_corrected"})
    assert before["submissions"].equals(after["submissions"])
    assert set(before["episodes"]["episode_id"]) == set(after["episodes"]["episode_id"])
    assert set(before["persons"]["person_id"]) == set(after["persons"]["person_id"])


def test_a_row_that_is_dropped_is_superseded_by_the_owners_decision_and_no_episode(study):
    tables = build(decide(study, f"{LATER};A10;drop;ZW0708;;")).tables
    submission = tables["submissions"].filter(reported_year=2023, district="farsta")
    fates = tables["ledger"].join(submission, on="submission_id", how="semi").select("row", "fate", "reason")
    assert fates.rows() == [(9, "merged", None), (10, "superseded", "dropped_by_owner"), (11, "kept", None)]
    assert tables["findings"].filter(rule="row_dropped_by_owner")["row"].to_list() == [10]
    assert tables["findings"].filter(rule="row_stands_twice").is_empty()


def test_a_finding_that_is_accepted_is_listed_as_accepted_and_changes_no_answer(study):
    before = build(study).tables
    after = build(decide(study, f"{FARSTA_2022.file};L11;accept;;;answer_left_blank")).tables
    assert (rules(before, "L11"), rules(after, "L11")) == ({"answer_left_blank"}, {"finding_accepted"})
    assert before["answers"].equals(after["answers"])


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (f"{FARSTA_2022.file};L12;set;something else;2;", "expected"),
        ("2022/nowhere.xlsx;L12;set;;2;", "file"),
        (f"{FARSTA_2022.file};L99;set;;2;", "cell"),
        (f"{FARSTA_2022.file};L10;accept;1;;answer_left_blank", "rule"),
    ],
)
def test_a_correction_that_does_not_fit_stops_build_and_check_and_is_told_by_its_line(study, line, place):
    decide(study, line)
    for run in (build, lambda study: check([study.submissions], study=study)):
        with pytest.raises(InputError) as stopped:
            run(study)
        assert stopped.value.code == "corrections-do-not-fit"
        assert f"line 2, {place}: " in stopped.value.message
    assert not (study.panel / "CURRENT").exists()


def test_a_workbook_may_be_named_by_its_id_which_a_check_can_tell_only_with_the_key(released):
    ids = {file: name for name, file in registry.read_intake(released.registry).iter_rows()}
    decide(released, f"{ids[FARSTA_2022.file]};L12;set;Bor hos moster Kanarina;2;")
    assert answer(build(released).tables, "L12") == (2, None)
    assert check([released.submissions], study=released).findings.filter(cell="L12")["rule"].to_list() == [
        "cell_corrected"
    ]
    released.root.with_name("study.key").unlink()
    with pytest.raises(InputError) as stopped:
        check([released.submissions], study=open_study(released.root))
    assert stopped.value.code == "corrections-need-key"


def test_an_accepted_finding_that_only_a_build_looks_for_does_not_stop_a_check(study):
    decide(study, f"{FARSTA_2022.file};A10;accept;QX0619;;same_code_contradicts")
    check([study.submissions], study=study)
    with pytest.raises(InputError):
        build(study)


def test_the_manifest_has_a_keyed_digest_of_what_is_corrected_whoever_decided_it_and_why(study):
    line = f"{FARSTA_2022.file};L11;set;;1;"
    build(study)
    plain = open_panel(study.panel).manifest
    build(decide(study, line))
    one = open_panel(study.panel).manifest
    study.corrections.write_text(f"{HEAD}\n{line};annat skäl;någon annan;2026-03-01\n", encoding="utf-8")
    build(study)
    other = open_panel(study.panel).manifest
    assert plain["corrections_digest"] is None
    assert one["corrections_digest"] == other["corrections_digest"] != None  # noqa: E711
    assert leaks(study.research, ["Kanariesamtal", "Siska Siskesson", "annat skäl"]) == []


def test_an_accepted_slip_of_a_code_is_accepted_in_a_check_that_finds_it_and_in_one_that_cannot(study):
    """A check matches what each district sent of itself; a build, what all sent."""
    for book in changed(BOOKS, LATER, rows=(said("QX0618", "2022-03-01", 15, "2023-02-01"),)):
        book.write(study.submissions)
    decide(study, f"{LATER};A9;accept;QX0618;;uno_differs_between_reports")
    found = check([study.submissions], study=study).findings.filter(pl.col("cell") == "A9")
    assert "uno_differs_between_reports" not in set(found["rule"])
    assert "finding_accepted" in set(build(study).tables["findings"]["rule"])
