"""Every text that somebody wrote is gathered, from whatever file; what is none is counted."""

import zipfile

import pytest

from sigpanel.proof.gathered import Gathered
from sigpanel.proof.office import Sealed, texts_of
from sigpanel.synth.faults import BROKEN_FILES, FAULTS, write_faulty


@pytest.mark.parametrize("fault", FAULTS)
def test_workbooks_that_are_refused_are_read_too(tmp_path, fault):
    write_faulty(tmp_path / "f.xlsx", fault)
    gathered = Gathered()
    for kind, text in texts_of(tmp_path / "f.xlsx"):
        gathered.add(kind, [text])
    assert gathered.needles().codes or fault == "no_rows"


@pytest.mark.parametrize("fault", ["old_excel_or_encrypted", "half_a_workbook"])
def test_of_what_cannot_be_read_nothing_is_gathered_and_that_is_said(tmp_path, fault):
    (tmp_path / "f.xlsx").write_bytes(BROKEN_FILES[fault])
    with pytest.raises(Sealed) as caught:
        list(texts_of(tmp_path / "f.xlsx"))
    assert (str(caught.value), caught.value.__cause__) == ("", None)


def test_a_part_that_is_not_well_formed_is_taken_by_its_signs(tmp_path):
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<sst><si><t>Kanarie Ett</t></si><si><t>Kanarie Två</t></x></sst>")
        archive.writestr("xl/comments1.xml", "<!DOCTYPE x [<!ENTITY e 'y'>]><comments><t>Kanarie Tre</t></comments>")
    assert {("cell_texts", "Kanarie Ett"), ("cell_texts", "Kanarie Två"), ("notes", "Kanarie Tre")} <= set(
        texts_of(tmp_path / "f.xlsx")
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_form_saved_as_text_is_read_field_by_field(tmp_path, encoding):
    (tmp_path / "f.csv").write_bytes('UNO-kod;SDF\r\nÅX0809;"Bor hos Åsa"\r\n'.encode(encoding))
    assert {("cell_texts", "ÅX0809"), ("cell_texts", "Bor hos Åsa")} <= set(texts_of(tmp_path / "f.csv"))


def test_runs_of_one_text_are_one_text(tmp_path):
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<sst><si><r><t>Kana</t></r><r><t>rie</t></r></si></sst>")
    assert list(texts_of(tmp_path / "f.xlsx")) == [("cell_texts", "Kanarie")]


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["qx 06-19"], {"QX0619"}),
        (["Q X 0 6 1 9"], {"QX0619"}),
        (["QX060519"], {"QX0619"}),
        (["bror till QX0619, flyttad"], {"QX0619"}),
        (["QX0679"], {"QX0679"}),
        (["QX0699"], set()),
        (["QX0600"], set()),
        (["flyttade på 2022 till"], set()),
    ],
)
def test_a_code_is_read_in_every_spelling(texts, codes):
    gathered = Gathered()
    gathered.add("cell_texts", texts)
    assert gathered.needles().codes == codes


def test_a_personal_number_among_words_is_a_needle_in_every_way_of_writing_it():
    gathered = Gathered()
    gathered.add("notes", ["ring 911123-8680 efter fyra"])
    assert set(gathered.needles().sought["personal_numbers"]) == {
        "9111238680", "911123-8680", "199111238680", "19911123-8680", "209111238680", "20911123-8680",
    }  # fmt: skip
