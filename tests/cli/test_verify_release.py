"""`sigpanel verify-release`: 0 where nothing is found, 1 where something is, 3 where not all can be looked into."""

import json

import pytest

from sigpanel.contracts.proof import proof_contract
from tests.cli.running import error, run
from tests.privacy.scan import told
from tests.support.study import CODES, SECRETS


@pytest.fixture(autouse=True)
def _few_codes(monkeypatch):
    """The whole attack takes seconds, and is tried in tests/proof."""
    from sigpanel.pipeline import verify_release

    whole = verify_release.verify_release
    monkeypatch.setattr(
        verify_release, "verify_release", lambda folder, study: whole(folder, study, possible=lambda: ["AP0615"])
    )


def test_a_release_is_clean_and_what_was_looked_for_is_told(built):
    answer = run("verify-release", built.panel / "r0001", "--against", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Clean: nothing was found. (16 files, ")
    assert "UNO codes, as they are read" in answer.out
    assert told(answer.out, {*CODES, *SECRETS.values()}) == []


def test_the_study_may_also_be_called_by_its_usual_option_and_a_room_be_searched(built):
    answer = run("verify-release", built.research, "--study", built.root, "--json")
    said = json.loads(answer.out)
    assert (answer.code, said["clean"], said["folders"], said["found"]) == (0, True, ["release"], [])
    assert said["needles"]["uno_codes"] == {"looked_for": 6, "left_out": 2}
    assert said["needles"].keys() == proof_contract().needles.keys() - {"unkeyed"}
    assert said["attack"]["codes"] == 1
    assert said["attack"]["tokens"] > 100


def test_a_code_in_a_copy_is_found_and_not_repeated(built, tmp_path):
    folder = tmp_path / "to send"
    folder.mkdir()
    (folder / "table.csv").write_text(f"code;n\n{CODES[0]};3\n")
    (folder / "codes.json").write_text(json.dumps({"text": SECRETS["comment"]}))
    answer = run("verify-release", folder, "--against", built.root)
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.startswith("FOUND: 2 places with what must not leave. (2 files, ")
    lines = [line.split("  ") for line in answer.out.splitlines()]
    assert ["UNO codes, as they are read", "table.csv"] in [
        [part.strip() for part in line if part][:2] for line in lines
    ]
    assert told(answer.out, {*CODES, *SECRETS.values()}) == []
    said = json.loads(run("verify-release", folder, "--against", built.root, "--json").out)
    assert {"kind": "uno_codes", "file": "table.csv", "place": "content", "number": 1} in said["found"]


def test_a_file_that_cannot_be_looked_into_proves_nothing(built, tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    answer = run("verify-release", tmp_path, "--against", built.root)
    assert (answer.code, answer.err) == (3, "")
    assert answer.out.startswith("NOT PROVED: not all could be looked into.")


def test_a_workbook_that_cannot_be_read_is_counted(study, tmp_path):
    (study.submissions / "2022" / "locked.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504))
    (tmp_path / "a.csv").write_text("a")
    answer = run("verify-release", tmp_path / "study.key", "--against", study.root)
    assert error(answer)[:2] == (2, "no-folder")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.csv").write_text("a")
    answer = run("verify-release", folder, "--against", study.root)
    assert answer.code == 0
    assert "Of 1 file in the owner's room no text could be read; what stands there was not looked for." in answer.out


@pytest.mark.parametrize(
    ("place", "code"), [("", "owners-room"), ("owner", "owners-room"), ("owner/outbox", "owners-room")]
)
def test_the_owners_room_itself_is_refused(built, place, code):
    answer = run("verify-release", built.root / place, "--against", built.root)
    assert error(answer)[:2] == (2, code)


def test_an_empty_folder_and_a_study_without_workbooks_are_errors(built, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert error(run("verify-release", empty, "--against", built.root))[:2] == (3, "nothing-to-verify")
    assert run("init", tmp_path / "new").code == 0
    answer = run("verify-release", built.research, "--against", tmp_path / "new")
    assert error(answer)[:2] == (3, "nothing-to-look-for")
    assert error(run("verify-release", empty, "--against", empty))[:2] == (2, "no-study")
