"""`sigpanel verify-release`: 0 where nothing is found, 1 where something is, 3 where not all can be looked into."""

import io
import json
import shutil
from dataclasses import replace

import polars as pl
import pytest

from sigpanel import audit
from sigpanel.cli.app import today
from sigpanel.contracts.proof import proof_contract
from sigpanel.pipeline.audit_log import extracts_log
from sigpanel.pipeline.recall import in_use
from tests.cli.running import error, run
from tests.privacy.extract_mutants import Office, built_for_extracts
from tests.privacy.scan import told
from tests.support.study import CODES, SECRETS
from tests.support.withdraw import take_out

# In the extract with seven others who are alike.
CODE = "LJ0718"


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
    assert "NOT looked for: 2 codes that the form itself gives as an example" in answer.out
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


def test_a_code_among_the_ids_of_a_whole_release_is_told_first(built, tmp_path):
    folder = tmp_path / "to send"
    folder.mkdir()
    for path in (built.panel / "r0001").glob("*.parquet"):
        shutil.copy(path, folder)
    (folder / "zz.txt").write_text(f"the code is {CODES[0]}")
    lines = run("verify-release", folder, "--against", built.root).out.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("Found"))
    assert lines[begin + 1].startswith("UNO codes, as they are read")
    assert "zz.txt" in lines[begin + 1]
    assert any("more places" in line for line in lines)


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


@pytest.mark.parametrize("older", ["remove", "purge"])
def test_each_release_is_clean_after_a_withdrawal(released, older):
    take_out(released, CODES[0], older=older)
    releases = sorted(path for path in released.panel.glob("r*") if path.is_dir())
    assert len(releases) == (1 if older == "remove" else 2)
    for release in releases:
        answer = run("verify-release", release, "--against", released.root)
        assert (answer.code, answer.err) == (0, ""), answer.out


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


# --- of an extract ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """A study with an extract that has been issued, and its folder. Only to be read."""
    study = built_for_extracts(tmp_path_factory.mktemp("out") / "study")
    return study, Office(study, None).issue()


@pytest.fixture
def out(handed_out, tmp_path):
    """The same, to do anything with."""
    study, folder = handed_out
    shutil.copytree(study.root.parent, tmp_path, dirs_exist_ok=True)
    settings = tmp_path / "study" / "sigpanel.toml"
    settings.write_text(settings.read_text().replace(str(study.root.parent), str(tmp_path)))
    moved = replace(study, root=tmp_path / "study", settings=replace(
        study.settings, key_file=str(study.settings.key_file).replace(str(study.root.parent), str(tmp_path))
    ))  # fmt: skip
    return moved, tmp_path / folder.relative_to(study.root.parent)


def events(study):
    return [(entry.event, entry.subject, entry.detail) for entry in audit.read(extracts_log(study).path)]


def test_a_check_of_an_extract_stands_in_the_log_and_one_of_a_copy_does_not(out, tmp_path):
    study, folder = out
    copy = shutil.copytree(folder, tmp_path / "copy")
    for place in (folder, copy):
        answer = run("verify-release", place, "--against", study.root)
        assert (answer.code, answer.err) == (0, "")
    assert events(study)[1:] == [("checked", folder.name, "passed")]
    assert run("extract", "verify-log", "--study", study.root).code == 0


@pytest.mark.parametrize("is_copy", [False, True], ids=["in the study", "a copy"])
def test_an_extract_that_holds_somebody_who_has_withdrawn_is_not_clean(out, tmp_path, is_copy):
    study, folder = out
    assert take_out(study, CODE, extracts=in_use).recall == (folder.name,)
    place = shutil.copytree(folder, tmp_path / "copy") if is_copy else folder
    answer = run("verify-release", place, "--against", study.root)
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.startswith("WITHDRAWN: it holds persons who have withdrawn. (")
    assert f"{folder.name} holds persons who have withdrawn: recall it." in answer.out
    said = json.loads(run("verify-release", place, "--against", study.root, "--json").out)
    assert (said["clean"], said["found"], said["withdrawn"]) == (False, [], [folder.name])
    assert events(study)[1:] == ([] if is_copy else [("checked", folder.name, "failed")] * 2)


def test_an_extract_of_which_nothing_was_written_down_is_not_proved(out):
    study, folder = out
    take_out(study, CODE, extracts=lambda _: [])
    answer = run("verify-release", folder, "--against", study.root)
    assert (answer.code, answer.err) == (3, "")
    assert answer.out.startswith("NOT PROVED: it may hold persons who have withdrawn.")
    assert f"{folder.name} may hold persons who have withdrawn" in answer.out


def test_the_manager_is_told_that_somebody_has_withdrawn_since_an_extract_was_cut(out):
    study, folder = out
    said = f"{folder.name}: somebody has withdrawn since; ask the data owner whether to recall it."
    assert said not in run("extract", "list", "--study", study.root).out
    take_out(study, CODE, extracts=in_use)
    assert said in run("extract", "list", "--study", study.root).out
    assert run("extract", "recall", folder.name, "--reason", "withdrawal", "--yes", "--study", study.root).code == 0
    Office(study, None).issue(2, day=today())
    told = run("extract", "list", "--study", study.root).out
    assert said not in told
    assert "provet-v2: somebody" not in told


def test_an_extract_made_after_the_withdrawal_is_clean_and_so_is_the_record_of_one_called_back(out):
    study, folder = out
    take_out(study, CODE, extracts=in_use)
    assert run("extract", "recall", folder.name, "--reason", "withdrawal", "--yes", "--study", study.root).code == 0
    assert run("verify-release", Office(study, None).issue(2, day=today()), "--against", study.root).code == 0
    assert run("verify-release", folder.parent, "--against", study.root).code == 0


@pytest.mark.parametrize("manifest", ["[]", "null", "", '{"release": "r0001", "rows": {}}'])
def test_what_lies_where_extracts_do_is_held_as_one_whatever_its_manifest_says(out, manifest):
    study, folder = out
    (folder / "manifest.json").write_text(manifest)
    said = json.loads(run("verify-release", folder, "--against", study.root, "--json").out)
    assert said["folders"] == ["extract"]
    # An id of the panel may stand in a release.
    an_id = pl.read_parquet(study.panel / "r0001" / "persons.parquet")["person_id"][0]
    (folder / "ids.csv").write_text(f"{an_id}\n")
    for place in (folder, folder.parent, study.research):
        answer = run("verify-release", place, "--against", study.root, "--json")
        found = [(one["kind"], one["file"].rpartition("/")[2]) for one in json.loads(answer.out)["found"]]
        assert (answer.code, ("panel_ids", "ids.csv") in found) == (1, True)


@pytest.mark.parametrize("manifest", ["[]", None])
def test_whom_a_live_extract_holds_is_told_though_its_manifest_is_damaged_or_gone(out, manifest):
    study, folder = out
    take_out(study, CODE, extracts=in_use)
    (folder / "manifest.json").unlink()
    if manifest:
        (folder / "manifest.json").write_text(manifest)
    for place in (folder, folder / "csv", folder.parent):
        said = json.loads(run("verify-release", place, "--against", study.root, "--json").out)
        assert (said["clean"], said["withdrawn"]) == (False, [folder.name])


def cut_short(path):
    path.write_bytes(path.read_bytes()[:2000])


def wrongly_typed(path):
    pl.read_parquet(path).with_columns(alias=pl.lit(7)).write_parquet(path)


@pytest.mark.parametrize("spoil", [cut_short, wrongly_typed])
def test_a_registry_that_cannot_be_read_is_told_as_that_and_as_no_fault_of_ours(released, monkeypatch, spoil):
    spoil(released.registry / "r0001.parquet")
    answer = run("verify-release", released.panel / "r0001", "--against", released.root)
    code, name, message, remedy = error(answer)
    assert (code, name) == (3, "registry-damaged")
    assert "r0001.parquet" in message
    assert "backup" in remedy
    monkeypatch.setattr("sys.stdin", io.StringIO(CODES[0]))
    said = ("--from", "research", "--reason", "asked", "--who", "A.B.")
    assert error(run("withdraw", *said, "--study", released.root))[:2] == (3, "registry-damaged")


def test_a_release_whose_ids_cannot_be_looked_for_is_told_as_that(released, tmp_path):
    cut_short(released.panel / "r0001" / "episodes.parquet")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_text("a")
    code, name, message, _ = error(run("verify-release", tmp_path / "out", "--against", released.root))
    assert (code, name) == (3, "release-damaged")
    assert message.startswith("r0001/episodes.parquet of the panel cannot be read")
