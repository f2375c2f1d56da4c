"""Feedback in the outbox: who gets one, beside which figures, whose rows are in it, and that it may be sent back."""

import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.feedback import give_feedback, shares_of
from sigpanel.pipeline.study import study_of
from tests.cli.running import run, written_below
from tests.support.study import BOOKS, CODES, FARSTA_2022, SECRETS, said, settle

NAMES = {
    "2020/Skarpnäck vuxna.xlsx": "aterkoppling-skarpnack-vuxna-2020.xlsx",
    FARSTA_2022.file: "aterkoppling-farsta-unga-2022.xlsx",
    "2023/Farsta unga.xlsx": "aterkoppling-farsta-unga-2023.xlsx",
    "2023/Rinkeby-Kista unga.xlsx": "aterkoppling-rinkeby-kista-unga-2023.xlsx",
    "2024/Farsta unga.xlsx": "aterkoppling-farsta-unga-2024.xlsx",
    "2024/Järva unga.xlsx": "aterkoppling-jarva-unga-2024.xlsx",
}


def texts(path: Path) -> set[str]:
    """Every text of every sheet, notes included."""
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    return {str(cell.value) for cell in cells} | {cell.comment.text for cell in cells if cell.comment}


def codes_in(path: Path) -> set[str]:
    found = " ".join(texts(path))
    return {code for code in CODES if code in found}


# --- who gets one, and where ------------------------------------------------------------------------------------------


def test_a_check_in_a_study_writes_one_for_each_workbook_into_the_outbox_for_the_owners_eyes_only(study):
    answer = run("check", study.submissions)
    assert {path.name for path in study.outbox.iterdir()} == set(NAMES.values())
    assert {stat.S_IMODE(path.stat().st_mode) for path in study.outbox.iterdir()} == {0o600}
    assert answer.out.splitlines()[-1] == f"Återkoppling: 6 arbetsböcker i {study.outbox}"


def test_a_check_of_a_single_workbook_writes_on_that_alone(study):
    told = json.loads(run("check", study.submissions / "2023" / "Farsta unga.xlsx", "--json").out)
    assert told["feedback"] == [str(study.outbox / "aterkoppling-farsta-unga-2023.xlsx")]
    assert [path.name for path in study.outbox.iterdir()] == ["aterkoppling-farsta-unga-2023.xlsx"]


def test_nothing_is_written_outside_a_study_or_where_that_is_asked_for(study, tmp_path):
    outside = Path(shutil.copytree(study.submissions, tmp_path / "elsewhere"))
    before = written_below(tmp_path)
    run("check", outside)
    run("check", study.submissions, "--no-feedback")
    assert written_below(tmp_path) == before


def test_outside_a_study_an_outbox_may_be_named(study, tmp_path):
    outside = Path(shutil.copytree(study.submissions, tmp_path / "elsewhere"))
    run("check", outside, "--outbox", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(NAMES.values())
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_the_same_check_gives_the_same_bytes(study):
    run("check", study.submissions)
    before = written_below(study.outbox)
    run("check", study.submissions)
    assert written_below(study.outbox) == before


def test_parts_get_one_each_and_what_is_replaced_or_refused_gets_none(study):
    farsta = BOOKS[2]
    for name, code in (("del 2", "VV0801"), ("gammal", "VW0802")):
        replace(farsta, file=f"2023/{name}.xlsx", rows=[said(code, "2023-04-04", 14)]).write(study.submissions)
    (study.submissions / "2023" / "trasig.xlsx").write_bytes(b"PK\x03\x04")
    settle(
        study.root,
        *("[[replacements]]", f'file = "{farsta.file}"', 'replaces = "2023/gammal.xlsx"'),
        *("[[parts]]", f'files = ["{farsta.file}", "2023/del 2.xlsx"]'),
    )
    run("check", study.submissions / "2023")
    names = {path.name for path in study.outbox.iterdir()}
    assert names == {
        "aterkoppling-farsta-unga-2023-1.xlsx",
        "aterkoppling-farsta-unga-2023-2.xlsx",
        "aterkoppling-rinkeby-kista-unga-2023.xlsx",
    }
    (study.submissions / "2023" / "del 2.xlsx").unlink()
    settle(study.root, "[[replacements]]", f'file = "{farsta.file}"', 'replaces = "2023/gammal.xlsx"')
    other = study.outbox / "läslista.xlsx"
    other.write_bytes(b"")
    run("check", study.submissions / "2023" / "Farsta unga.xlsx")
    assert {path.name for path in study.outbox.iterdir()} == {
        "aterkoppling-farsta-unga-2023.xlsx",
        "aterkoppling-rinkeby-kista-unga-2023.xlsx",
        "läslista.xlsx",
    }


# --- whose rows, and what else ----------------------------------------------------------------------------------------


def test_in_each_are_the_districts_own_persons_and_nobody_elses(study):
    run("check", study.submissions)
    for file, name in NAMES.items():
        book = next(book for book in BOOKS if book.file == file)
        own = {code for code in CODES if any(code in str(row.uno) for row in book.rows)}
        assert codes_in(study.outbox / name) == own, name


def test_that_another_district_knows_a_person_shows_nowhere(study):
    """One code in two districts, which cannot be one person's: a build tells the owner, feedback tells nobody."""
    replace(BOOKS[3], rows=[said("ZW0708", "2023-05-05", 14, sex=2)]).write(study.submissions)
    assert "same_code_contradicts" in set(build(study).tables["findings"]["rule"])
    with_it = Path(shutil.copytree(study.submissions, study.root.parent / "with"))
    run("check", study.submissions / "2023" / "Farsta unga.xlsx")
    told = written_below(study.outbox)
    replace(BOOKS[3], rows=[said("ZX0708", "2023-05-05", 14, sex=2)]).write(study.submissions)
    assert (with_it / BOOKS[3].file).read_bytes() != (study.submissions / BOOKS[3].file).read_bytes()
    run("check", study.submissions / "2023" / "Farsta unga.xlsx")
    assert written_below(study.outbox) == told


def test_nothing_that_stood_beside_the_answers_goes_back(study):
    run("check", study.submissions)
    beside = {SECRETS[name] for name in SECRETS} - {
        SECRETS["name in the code's cell"],
        SECRETS["text for an answer"],
        SECRETS["text for an age"],
        SECRETS["text for a date"],
    }
    found = " ".join(text for path in study.outbox.iterdir() for text in texts(path))
    assert not [text for text in beside if text in found]


# --- sent back --------------------------------------------------------------------------------------------------------


def test_feedback_that_is_sent_back_as_it_is_gives_the_panel_that_the_workbooks_gave(released):
    before = build(released).tables
    run("check", released.submissions)
    for file, name in NAMES.items():
        (released.submissions / file).unlink()
        shutil.move(released.outbox / name, released.submissions / file[:4] / name)
    after = build(released).tables
    for table, key in {"persons": "person_id", "episodes": "episode_id"}.items():
        assert set(after[table][key]) == set(before[table][key])
    said_of = ["person_id", "episode_id", "moment", "variable", "value", "missing"]
    assert after["answers"].select(said_of).equals(before["answers"].select(said_of))
    assert after["revisions"].equals(before["revisions"])


# --- figures ----------------------------------------------------------------------------------------------------------


def counts(*rows: tuple) -> pl.DataFrame:
    """Bortfall of one question: district, year, asked, answered."""
    given = [
        ("unga", district, year, "enrolment", "age", "Q4", asked, answered) for district, year, asked, answered in rows
    ]
    names = ["programme", "district", "reported_year", "moment", "variable", "question", "asked", "answered"]
    made = pl.DataFrame(given, schema=names, orient="row").cast({"reported_year": pl.Int16})
    return made.with_columns(
        *(pl.lit(0, pl.Int32).alias(name) for name in ("filled", "unknown", "declined", "blank", "invalid"))
    )


@pytest.mark.parametrize(
    ("rows", "last_year", "city"),
    [
        ([("farsta", 2023, 4, 3)], None, None),
        ([("farsta", 2023, 4, 3), ("farsta", 2022, 10, 4)], 0.6, None),
        ([("farsta", 2023, 4, 3), ("skarpnack", 2023, 4, 1)], None, None),
        ([("farsta", 2023, 4, 3), ("skarpnack", 2023, 4, 1), ("skarholmen", 2023, 2, 2)], None, 0.4),
        ([("farsta", 2023, 4, 3), ("skarpnack", 2023, 4, 1), ("skarholmen", 2023, 0, 0)], None, None),
        ([("farsta", 2023, 4, 3), ("farsta", 2021, 4, 1)], None, None),
    ],
)
def test_a_share_stands_beside_the_year_before_and_the_city_where_three_districts_were_asked(rows, last_year, city):
    (own,) = shares_of(counts(*rows)).filter(district="farsta", reported_year=2023).to_dicts()
    assert (own["share"], own["share_last_year"], own["share_city"]) == (0.25, last_year, pytest.approx(city))


def test_the_year_before_a_merger_is_that_of_the_merged_districts_together():
    rows = [("jarva", 2024, 4, 3), ("rinkeby_kista", 2023, 6, 3), ("spanga_tensta", 2023, 4, 3)]
    (own,) = shares_of(counts(*rows)).filter(district="jarva").to_dicts()
    assert own["share_last_year"] == pytest.approx(0.4)


def test_the_figures_in_the_workbook_are_those_of_the_check(study):
    checked = check([study.submissions], study=study_of([study.submissions]))
    written = give_feedback(checked, study.outbox).values()
    (path,) = [path for path in written if path.name == NAMES["2023/Farsta unga.xlsx"]]
    sheet = openpyxl.load_workbook(path)["Återkoppling"]
    lines = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    (housing, _) = [line for line in lines if line and str(line[0]).endswith("Stabil boendesituation")][-2:]
    own = checked.bortfall.filter(reported_year=2023, district="farsta", variable="stable_housing", moment="enrolment")
    assert housing[1:4] == [own["asked"].item(), own["answered"].item(), own["share"].item()]
