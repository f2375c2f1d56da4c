"""Which workbooks count, and when a build must ask: no district told, a workbook under two years, an empty form."""

import datetime as dt
import shutil
from dataclasses import replace

import polars as pl
import pytest

from sigpanel.errors import InputError
from sigpanel.forms import form
from sigpanel.forms.write import write_form
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from tests.support.study import FARSTA_2022

NAMELESS = {1: "BP0712", 2: "Farstta", 3: 1, 4: 15, 5: dt.date(2022, 5, 4), 6: 2, 7: 0, 8: 1}


def found(frame: pl.DataFrame, rule: str) -> int:
    return frame.filter(rule=rule).height


def test_a_workbook_whose_district_nobody_can_read_stops_the_build_by_name(study):
    write_form(study.submissions / "2022" / "vems.xlsx", form("sig-unga-2022"), [NAMELESS])
    assert found(check([study.submissions]).findings, "district_not_told") == 1
    with pytest.raises(InputError) as stopped:
        build(study)
    assert stopped.value.code == "district-not-told"
    assert stopped.value.message.splitlines()[-1] == "  2022/vems.xlsx"
    assert not (study.panel / "CURRENT").exists()


def test_a_workbook_with_as_many_rows_of_two_districts_is_neither_s_until_its_own_is_declared(study):
    rows = [NAMELESS | {2: district} for district in ("Farsta", "Skärholmen")]
    write_form(study.submissions / "2022" / "vems.xlsx", form("sig-unga-2022"), rows)
    findings = check([study.submissions / "2022" / "vems.xlsx"]).findings
    assert found(findings, "district_not_told") == 1
    assert found(findings, "district_differs_from_workbook") == 0
    with pytest.raises(InputError, match=r"2022/vems\.xlsx"):
        build(study)
    settings = replace(study.settings, districts={"2022/vems.xlsx": "skarholmen"})
    build(replace(study, settings=settings))


def test_empty_forms_of_two_offices_are_no_copies_and_stop_nothing(study):
    for name in ("en", "en annan"):
        write_form(study.submissions / "2022" / f"{name}.xlsx", form("sig-unga-2022"))
    tables = build(study).tables
    assert set(tables["submissions"]["status"]) == {"accepted"}
    assert found(tables["findings"], "workbook_without_persons") == 2
    assert found(tables["findings"], "same_delivery_twice") == 0
    assert found(tables["findings"], "district_not_told") == 0


def test_a_workbook_that_lies_under_two_years_is_found_in_both(study):
    shutil.copy(study.submissions / FARSTA_2022.file, study.submissions / "2020" / "Farsta.xlsx")
    findings = check([study.submissions]).findings
    assert found(findings, "same_delivery_in_another_year") == 2
    assert found(findings, "same_delivery_twice") == 0


@pytest.mark.parametrize(
    ("file", "code"),
    [("kohort.docx", "cohort-not-a-table"), ("kohort", "cohort-not-a-table"), ("kohort.xlsx", "cohort-file")],
)
def test_what_is_no_table_among_the_cohorts_files_is_not_passed_over(study, file, code):
    (study.cohort / file).write_bytes(b"")
    with pytest.raises(InputError) as stopped:
        build(study)
    assert stopped.value.code == code


@pytest.mark.parametrize("manifest", ["{}", "{", "[]"])
def test_a_release_whose_manifest_is_damaged_is_told(released, manifest):
    (released.panel / "r0001" / "manifest.json").write_text(manifest)
    with pytest.raises(InputError) as stopped:
        build(released)
    assert stopped.value.code == "release-damaged"
