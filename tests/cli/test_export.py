"""`sigpanel export`: a release for other programs, whole or not at all, and in no room that is not for it."""

import hashlib
import json

import polars as pl
import pytest

from sigpanel.pipeline import export as module
from sigpanel.pipeline.verify_release import verify_release
from tests.cli.running import run


def exported(study, out, *more):
    return run("export", "--study", study.root, "--out", out, *more)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_every_table_and_says_that_it_is_personal_data(released, tmp_path):
    answer = exported(released, tmp_path / "out", "--format", "sav,dta,csv,parquet")
    assert (answer.code, answer.err) == (0, "")
    assert "personal data" in answer.out
    found = contents(tmp_path / "out")
    read = {"read.R", "sav/read.sps", "dta/read.do"}
    told = {"codebook.csv", "codebook.xml", "datapackage.json", "export.json", "README.md", "LASMIG.md", "SHA256SUMS"}
    assert {"sav/episodes.sav", "dta/waves.dta", "csv/persons.csv", "cohort.parquet", *read, *told} <= found.keys()
    sums = dict(line.split("  ")[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(said).hexdigest() for name, said in found.items() if name != "SHA256SUMS"}


def test_the_answer_is_had_as_json_with_tables_and_language_chosen(released, tmp_path):
    answer = exported(
        released, tmp_path / "out", "--tables", "episodes,persons", "--lang", "en", "--format", "sav", "--json"
    )
    said = json.loads(answer.out)
    assert (said["formats"], said["language"], list(said["rows"]), said["personal_data"]) == (
        ["sav"], "en", ["persons", "episodes"], True,
    )  # fmt: skip
    assert not (tmp_path / "out" / "dta").exists()
    assert "Read" not in answer.err
    codebook = pl.read_csv(tmp_path / "out" / "codebook.csv")
    assert codebook["table"].unique().sort().to_list() == ["episodes", "persons"]


def test_the_same_release_has_the_same_bytes_again_and_elsewhere(released, tmp_path):
    for name in ("one", "deeper/other"):
        assert exported(released, tmp_path / name).code == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "deeper" / "other")


@pytest.mark.parametrize("room", ["owner/x", "research/panel/x", "research/extracts/x", "research/reports", "."])
def test_no_export_lies_in_a_room_of_its_own_order(released, room):
    answer = exported(released, released.root / room)
    assert (answer.code, "export-room" in answer.err) == (4, True)


def test_nothing_is_exported_of_a_release_that_is_not_what_was_written(released, tmp_path):
    path = next(released.panel.glob("r*/episodes.parquet"))
    pl.read_parquet(path).with_columns(status=pl.lit("QX0619 är sen")).write_parquet(path)
    answer = exported(released, tmp_path / "out")
    assert (answer.code, "release-damaged" in answer.err, "QX0619" in answer.err) == (3, True, False)
    assert not (tmp_path / "out").exists()


def test_a_link_into_the_owners_room_is_no_way_in(released, tmp_path):
    (tmp_path / "link").symlink_to(released.owner)
    assert "export-room" in exported(released, tmp_path / "link" / "x").err


def test_a_folder_that_holds_something_is_left_alone(released, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    answer = exported(released, tmp_path / "out")
    assert (answer.code, "export-exists" in answer.err) == (3, True)
    assert contents(tmp_path / "out") == {"mine.txt": b"mine"}


def test_an_empty_folder_is_filled(released, tmp_path):
    (tmp_path / "out").mkdir()
    assert exported(released, tmp_path / "out", "--tables", "persons").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--format", "sas"), "export-format-unknown"),
        (("--format", "sav,sav"), "export-format-unknown"),
        (("--tables", "nothing"), "export-table-unknown"),
        (("--lang", "fi"), "export-language-unknown"),
        (("--release", "r0099"), "release-unknown"),
    ],
)
def test_what_there_is_not_is_refused_by_name(released, tmp_path, arguments, code):
    answer = exported(released, tmp_path / "out", *arguments)
    assert (answer.code in (2, 3), code in answer.err) == (True, True)
    assert list(tmp_path.glob("**/out")) == []


def test_a_write_that_fails_leaves_nothing(released, tmp_path, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "readme", fails)
    assert exported(released, tmp_path / "new" / "out").code != 0
    assert list((tmp_path / "new").iterdir()) == []


def test_a_researcher_with_the_panel_folder_alone_can_export(released, tmp_path):
    answer = run("export", "--study", released.panel, "--out", tmp_path / "out", "--tables", "persons")
    assert (answer.code, answer.err) == (0, "")


def test_what_was_exported_is_held_as_a_release_by_the_proof(released, tmp_path):
    exported(released, tmp_path / "out", "--format", "sav,dta,csv,parquet")
    proof = verify_release(tmp_path / "out", released, possible=lambda: ["AP0615"]).proof
    assert (proof.folders, proof.found, proof.opaque, proof.unreadable) == (("release",), (), (), ())
