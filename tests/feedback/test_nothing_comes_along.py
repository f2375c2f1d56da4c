"""Of the submission, nothing goes back but the persons' own answers; and of another workbook, nothing at all."""

import re
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sigpanel.errors import Fault, InputError
from sigpanel.feedback import file_name, write_feedback
from sigpanel.forms import forms
from sigpanel.forms.write import OwnColumn
from tests.privacy.scan import leaks
from tests.support.feedback import one_feedback
from tests.support.study import SECRETS
from tests.support.workbooks import book, person

UNGA = forms()["sig-unga-2022"]
PLANTED = (
    *("comment", "note", "own column's text", "own column's header", "banner", "footer"),
    *("sheet name", "extra sheet", "author", "file name"),
)
ROWS = [person(UNGA, {1: code}) for code in ("AP0615", "BO0602", "CI0623")]


def unpacked(path: Path, folder: Path) -> Path:
    """Unpack a workbook's parts, so that they can be searched."""
    with zipfile.ZipFile(path) as parts:
        parts.extractall(folder)
    return folder


@pytest.fixture
def sent(tmp_path) -> Path:
    return book(
        tmp_path / f"{SECRETS['file name']}.xlsx",
        rows=ROWS,
        change=lambda sheet: sheet.parent.properties.__setattr__("description", "Kanariebeskrivning"),
        sheet=SECRETS["sheet name"],
        extra_sheet=SECRETS["extra sheet"],
        banner=SECRETS["banner"],
        leading_rows=2,
        own_columns=(OwnColumn(5, SECRETS["own column's header"], SECRETS["own column's text"]),),
        footer=SECRETS["footer"],
        sum_row=True,
        notes={1: SECRETS["note"]},
        comments={0: SECRETS["comment"]},
        author=SECRETS["author"],
    )


def test_what_an_office_added_is_in_no_part_of_the_feedback(sent, tmp_path):
    words = [SECRETS[name] for name in PLANTED] + ["Kanariebeskrivning", "Kanarie", tmp_path.name]
    assert {word for word, _ in leaks(unpacked(sent, tmp_path / "sent"), words)} >= {SECRETS["note"], SECRETS["banner"]}
    write_feedback(tmp_path / "back.xlsx", replace(one_feedback(sent), n_comments=1, n_notes=1))
    parts = unpacked(tmp_path / "back.xlsx", tmp_path / "parts")
    assert leaks(parts, words) == []
    assert leaks(parts, ["AP0615"]) != []


def test_headers_title_and_answers_are_the_edition_s_own_texts(tmp_path):
    def reworded(sheet) -> None:
        sheet["A1"] = f"{UNGA.title} Farsta 2022"
        sheet["H7"] = sheet["H7"].value.replace("Nej", "Nej ,")
        sheet["H8"] = "  8.  ÄR inskriven\ni en skola vid inskrivning "

    path = book(tmp_path / "f.xlsx", rows=ROWS, change=reworded)
    write_feedback(tmp_path / "back.xlsx", one_feedback(path))
    sheet = openpyxl.load_workbook(tmp_path / "back.xlsx")["Formulär"]
    question = UNGA.questions[7]
    texts = [sheet[address].value for address in ("A1", "H7", "H8")]
    assert texts == [UNGA.title, question.answer.text, f"8. {question.header}"]


def test_no_cell_is_a_formula_and_nothing_points_outside(tmp_path):
    rows = [person(UNGA, {1: "AP0615", 13: "=1+1", 14: "https://example.org", 15: "mailto:a@b.se"})]
    write_feedback(tmp_path / "back.xlsx", one_feedback(book(tmp_path / "f.xlsx", rows=rows)))
    parts = unpacked(tmp_path / "back.xlsx", tmp_path / "parts")
    assert not [part for part in parts.rglob("sheet*.xml") if re.search(rb"<f[ >]", part.read_bytes())]
    assert not [part for part in parts.rglob("*.rels") if b"External" in part.read_bytes()]


def test_a_note_of_ours_names_no_author(tmp_path):
    path = book(tmp_path / "f.xlsx", rows=[person(UNGA, {13: 7})])
    write_feedback(tmp_path / "back.xlsx", one_feedback(path))
    with zipfile.ZipFile(tmp_path / "back.xlsx") as parts:
        [comments] = [name for name in parts.namelist() if "comments" in name]
        assert b"<author></author>" in parts.read(comments)
        assert b"creator></dc:creator" in parts.read("docProps/core.xml")


def test_rows_of_two_workbooks_are_a_fault(tmp_path):
    feedback = one_feedback(book(tmp_path / "f.xlsx", rows=ROWS))
    with pytest.raises(Fault) as caught:
        replace(feedback, rows=feedback.rows.with_columns(pl.col("submission_no") + 1))
    assert caught.value.code == "feedback-of-two-workbooks"


def test_it_does_not_show_what_districts_wrote_when_printed(tmp_path):
    assert "AP0615" not in repr(one_feedback(book(tmp_path / "f.xlsx", rows=ROWS)))


# --- the file -------------------------------------------------------------------------------------------------------


def test_the_same_feedback_gives_the_same_bytes_wherever_it_is_written(sent, tmp_path):
    feedback = one_feedback(sent)
    (tmp_path / "elsewhere").mkdir()
    shuffled = replace(
        feedback,
        cells=feedback.cells.reverse(),
        rows=feedback.rows.reverse(),
        findings=feedback.findings.reverse(),
        columns=dict(reversed(feedback.columns.items())),
    )
    write_feedback(tmp_path / "one.xlsx", feedback)
    write_feedback(tmp_path / "elsewhere" / "other.xlsx", shuffled)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "elsewhere" / "other.xlsx").read_bytes()


def test_only_the_owner_may_read_it_also_where_a_file_was(tmp_path):
    feedback = one_feedback(book(tmp_path / "f.xlsx", rows=ROWS))
    there = tmp_path / "there.xlsx"
    there.write_text("old")
    there.chmod(0o644)
    for path in (there, tmp_path / "new.xlsx"):
        write_feedback(path, feedback)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_to_is_an_error_that_names_no_path(tmp_path):
    with pytest.raises(InputError) as caught:
        write_feedback(tmp_path / "nowhere" / "f.xlsx", one_feedback(book(tmp_path / "f.xlsx", rows=ROWS)))
    assert caught.value.code == "feedback-not-written"
    assert "nowhere" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("farsta", "unga", 2022), "aterkoppling-farsta-unga-2022.xlsx"),
        (("hasselby_vallingby", "vuxna", 2021), "aterkoppling-hasselby-vallingby-vuxna-2021.xlsx"),
        (("farsta", "unga", 2022, 2), "aterkoppling-farsta-unga-2022-2.xlsx"),
        ((None, "unga", 2022), "aterkoppling-utan-sdf-unga-2022.xlsx"),
    ],
)
def test_a_file_is_named_by_tokens_alone(arguments, name):
    assert file_name(*arguments) == name
