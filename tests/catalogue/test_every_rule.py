"""Each rule of the catalogue is broken by a real workbook, by it alone, and not by the one next to it.

The workbooks are in `tests.catalogue.workbooks`, and how to add one: whoever adds a rule adds a row there, or the first
test here fails. What is asserted is all that the pipeline says of them: through `check`, or through a `build` where
only a release tells.
"""

from pathlib import Path

import polars as pl
import pytest

from sigpanel.contracts.about import questions_of
from sigpanel.findings import rules
from sigpanel.forms import forms
from sigpanel.panel import registry
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.study import open_study
from tests.catalogue.workbooks import CASES, CORRECTIONS, DECIDED, SETTINGS, Case, Files
from tests.support.study import make_study, settle

Told = tuple[str, str, str | None]


def written(files: Files, folder: Path) -> Path:
    for name, write in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
    return folder


def _place(cell: str | None, row: int | None) -> str | None:
    return cell or (f"row {row}" if row else None)


def _checked(files: Files, folder: Path) -> list[tuple[Told, str | None, str | None]]:
    """What `check` says: rule, file and place; the question; the edition of the workbook."""
    checked = check([written(files, folder)])
    names = [source.name for source in checked.delivery.sources]
    editions = dict(checked.delivery.workbooks.select("submission_no", "edition").iter_rows())
    told = [
        ((one["rule"], names[one["submission_no"]], _place(one["cell"], one["row"])), one["question"],
         editions[one["submission_no"]])
        for one in checked.findings.to_dicts()
    ]  # fmt: skip
    return told + [((one.rule, one.source.name, one.place), None, None) for one in checked.delivery.refusals]


def _built(files: Files, folder: Path) -> list[tuple[Told, str | None, str | None]]:
    """What the release says, likewise."""
    study = make_study(folder / "study", books=(), cohort=None)
    written({name: write for name, write in files.items() if name not in DECIDED}, study.submissions)
    if SETTINGS in files:
        settle(study.root, files[SETTINGS](None))
    if CORRECTIONS in files:
        study.corrections.write_text(files[CORRECTIONS](None), encoding="utf-8")
    study = open_study(study.root)
    tables = build(study).tables
    books = registry.read_intake(study.registry).join(tables["submissions"], on="submission_id")
    found = tables["findings"].join(books.select("submission_id", "file", "edition"), on="submission_id")
    assert found.height == tables["findings"].height
    return [
        ((one["rule"], one["file"], _place(one["cell"], one.get("row"))), one["question"], one["edition"])
        for one in found.to_dicts()
    ]


def said(case: Case, files: Files, folder: Path) -> list[tuple[Told, str | None, str | None]]:
    return (_built if case.through == "build" else _checked)(files, folder)


def test_every_rule_has_workbooks():
    assert {*CASES} == {*rules()}


@pytest.mark.parametrize("rule", CASES)
def test_a_workbook_breaks_the_rule_and_it_alone(rule, tmp_path):
    case = CASES[rule]
    told = said(case, case.breaks, tmp_path)
    assert sorted((place for place, _, _ in told), key=str) == sorted(
        ((rule, file, place) for file, place in case.at), key=str
    )
    for _, question, edition in told:
        allowed = {asked.name for asked in questions_of(rules()[rule], forms()[edition])} if edition else set()
        assert (question in allowed) if rules()[rule].names_a_question else (question is None)


@pytest.mark.parametrize("rule", CASES)
def test_the_workbook_at_the_border_breaks_nothing(rule, tmp_path):
    case = CASES[rule]
    assert [place for place, _, _ in said(case, case.border, tmp_path)] == []


AT_CELLS = [name for name, case in CASES.items() if case.through == "check" and rules()[name].names_a_question]


@pytest.mark.parametrize("rule", AT_CELLS)
def test_a_finding_at_a_cell_names_the_question_that_was_read_there(rule, tmp_path):
    checked = check([written(CASES[rule].breaks, tmp_path)])
    cells = checked.delivery.cells.select("submission_no", "question", pl.concat_str("column", "row").alias("cell"))
    there = checked.findings.join(cells, on=["submission_no", "cell"], suffix="_there")
    assert there["question"].to_list() == there["question_there"].to_list()
    assert there.height == checked.findings.height or rule == "answer_left_blank"
