"""Extracts as they are issued, and how they end: the demo study's, from the approval to a salt that is gone."""

import datetime as dt
import hashlib
import json
import shutil
import subprocess

import pytest
import yaml

import sigpanel
from sigpanel import audit
from sigpanel import key as keys
from sigpanel.contracts.approvals import find
from sigpanel.errors import PolicyError
from sigpanel.extracts.layout import RECORD
from sigpanel.key import salts
from sigpanel.pipeline import extract
from sigpanel.pipeline.audit_log import extracts_log
from sigpanel.pipeline.extract_life import expire, recall
from sigpanel.pipeline.extract_unlink import unlink
from sigpanel.pipeline.log_checks import verify_log
from sigpanel.pipeline.study import open_study
from tests.cli.running import run
from tests.support.killed import NEVER, Killed, Killer

TODAY = dt.date(2030, 1, 15)
LATER = dt.date(2035, 1, 1)
DEMO = find("demo-followup")
ID = "demo-followup-v1"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo study with a research data manager's key. Only to be read."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(sigpanel.demo_panel().path.parents[2], folder / "study")
    keys.create(folder / "manager.key")
    return settled(folder)


@pytest.fixture(scope="module")
def out(demo, tmp_path_factory):
    """The same, with its extract issued. Only to be read."""
    study = copied(demo, tmp_path_factory.mktemp("out"))
    extract.issue(study, DEMO, today=TODAY)
    return study


@pytest.fixture
def study(out, tmp_path):
    """The same, to do anything with."""
    return copied(out, tmp_path)


def settled(folder):
    (folder / "study" / "sigpanel.toml").write_text('manager_key_file = "../manager.key"\n', encoding="utf-8")
    return open_study(folder / "study")


def copied(study, folder):
    shutil.copytree(study.root.parent, folder, dirs_exist_ok=True)
    return settled(folder)


def approval(folder, **changes):
    said = yaml.safe_load(DEMO.read_text(encoding="utf-8")) | changes
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return path


def codes(study):
    return [problem.code for problem in verify_log(study).problems]


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- on the command line ----------------------------------------------------------------------------------------------


def test_the_whole_life_of_an_extract_on_the_command_line(demo, tmp_path):
    study = copied(demo, tmp_path)
    # Beside which the end of the owner's log is held, for there is a room of the owner's here.
    keys.create(tmp_path / "owner.key")
    with (study.root / "sigpanel.toml").open("a") as settings:
        settings.write('key_file = "../owner.key"\n')
    at = ("--study", study.root)
    issued = run("extract", "issue", "demo-followup", *at)
    assert (issued.code, issued.err) == (0, "")
    folder = study.research / "extracts" / ID
    assert issued.out.splitlines()[0] == f"{ID}: issued, in {folder}"
    again = json.loads(run("extract", "issue", "demo-followup", *at, "--json").out)
    assert (again["extract_id"], again["is_again"], again["manifest"]["release"]) == (ID, True, "r0001")
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=False)  # noqa: S607
    assert checked.returncode == 0
    assert json.loads(run("extract", "list", *at, "--json").out)[0]["folder"] == "whole"
    assert sigpanel.open_extract(folder, today=TODAY).persons.collect().height > 0
    for command, more in (("unlink", ["--yes"]), ("recall", ["--reason", "fault", "--yes"])):
        assert run("extract", command, ID, *more, *at).code == 0
        assert run("extract", "verify-log", *at).code == 0
    assert [entry.event for entry in audit.read(extracts_log(study).path)] == [
        "issued", "reissued", "unlinked", "recalled",
    ]  # fmt: skip
    assert set(files(folder)) == {*RECORD, "ATERKALLELSE.md"}
    assert run("extract", "issue", "demo-followup", *at).code == 4
    with pytest.raises(PolicyError, match="was called back"):
        sigpanel.open_extract(folder, today=TODAY)


def test_the_log_of_a_real_life_holds_no_value_id_name_or_path(study):
    expire(study, ID, today=LATER)
    unlink(study, ID, today=LATER)
    said = extracts_log(study).path.read_text(encoding="ascii")
    panel = sigpanel.open_panel(study.panel)
    persons = panel.persons.select("person_id").collect()["person_id"].to_list()
    assert not [person for person in persons if person in said]
    words = {word for line in said.splitlines() for word in json.loads(line).values() if isinstance(word, str)}
    assert {word for word in words if len(word) != 64} == {
        "2030-01-15", "2035-01-01", "issued", "expired", "unlinked", ID, "", "due", "version",
    }  # fmt: skip


# --- ended for good ---------------------------------------------------------------------------------------------------


def test_after_unlinking_not_even_both_keys_make_the_extract_again(study):
    """Also where the log, the folder and every refusal are out of the way: the ids are others."""
    folder = study.research / "extracts" / ID
    before = files(folder)
    shutil.copytree(study.root.parent, study.root.parent / "kept")
    unlink(study, ID, today=TODAY)
    with pytest.raises(PolicyError, match="has lost its salt"):
        extract.issue(study, DEMO, today=TODAY)
    shutil.rmtree(study.research / "extracts")
    for head in study.manager_key_file().parent.glob("*log-head"):
        head.unlink()
    extract.issue(study, DEMO, today=TODAY)
    after = files(folder)
    ids = [set(each["csv/persons.csv"].decode().split("\n")) for each in (before, after)]
    assert len(ids[0]) == len(ids[1]) > 100
    assert {line.split(",")[0] for line in ids[0]} & {line.split(",")[0] for line in ids[1]} == {"person_id", ""}
    # With the salt, it is the very same.
    kept = settled(study.root.parent / "kept")
    shutil.rmtree(kept.research / "extracts")
    for head in kept.manager_key_file().parent.glob("*log-head"):
        head.unlink()
    extract.issue(kept, DEMO, today=TODAY)
    assert files(kept.research / "extracts" / ID) == before


def test_an_approval_whose_salt_is_gone_has_no_further_version(demo, tmp_path):
    study = copied(demo, tmp_path)
    extract.issue(study, approval(tmp_path, id_scope="approval", version=1), today=TODAY)
    expire(study, ID, today=TODAY, is_early=True)
    extract.issue(study, approval(tmp_path, id_scope="approval", version=2), today=TODAY)
    unlink(study, ID, today=TODAY)
    assert audit.states(audit.read(extracts_log(study).path)) == {ID: "expired", "demo-followup-v2": "unlinked"}
    with pytest.raises(PolicyError) as told:
        extract.issue(study, approval(tmp_path, id_scope="approval", version=3), today=TODAY)
    assert told.value.code == "approval-unlinked"
    # The versions that were unlinked say at once that a further one would not do.
    with pytest.raises(PolicyError) as told:
        extract.issue(study, approval(tmp_path, id_scope="approval", version=2), today=TODAY)
    assert told.value.code == "extract-ended"
    assert told.value.remedy.startswith("Give the approval another name")
    assert not salts.has_salt(study.manager_key_file(), "demo-followup")
    # Everybody can be found in the other versions by values, which are the same.
    risk = yaml.safe_load(DEMO.read_text(encoding="utf-8"))["risk"] | {"linkable": 1.0}
    extract.issue(study, approval(tmp_path, id_scope="version", version=3, risk=risk), today=TODAY)
    assert codes(study) == []


def test_an_extract_that_was_called_back_is_not_issued_again(study):
    recall(study, ID, "withdrawal", today=TODAY)
    with pytest.raises(PolicyError, match="was called back"):
        extract.issue(study, DEMO, today=TODAY)
    assert codes(study) == []


# --- issued, and killed -----------------------------------------------------------------------------------------------


def issue_killed(study, at=NEVER):
    """Issue, killed before the n-th call: null. Else the number of calls, and of that which opens the log."""
    with pytest.MonkeyPatch.context() as patch:
        killer = Killer(patch, at)
        try:
            extract.issue(study, DEMO, today=TODAY)
        except Killed:
            return None
        return killer.calls, max(no for no, path in enumerate(killer.seen) if path.endswith("log.jsonl"))


# What verify-log may say when an issue was killed: the log is ahead of the folder, never behind it.
MAY_BE_TOLD = {"extract-folder-missing", "extract-unfinished"}


@pytest.mark.slow
@pytest.mark.parametrize("is_again", [False, True], ids=["first", "again"])
def test_an_issue_that_is_killed_anywhere_is_ended_by_itself(demo, out, tmp_path, monkeypatch, is_again):
    """And until then nothing lies among the extracts that the log does not know."""
    study, start = copied(demo, tmp_path / "study"), (out if is_again else demo).root.parent
    folder = study.research / "extracts" / ID
    drafted = {}
    draft = extract.draft
    # What is in an extract does not change while we watch how it is written.
    monkeypatch.setattr(extract, "draft", lambda table, of: drafted.get(0) or drafted.setdefault(0, draft(table, of)))

    def begin():
        """All that an issue changes, as it was: the extracts, and what lies beside the manager's key."""
        shutil.rmtree(folder.parent)
        shutil.copytree(start / "study" / "research" / "extracts", folder.parent)
        for path in (*study.root.parent.glob("manager.key.*"), *start.glob("manager.key.*")):
            place = study.root.parent / path.name
            if place == path:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            else:
                shutil.copytree(path, place) if path.is_dir() else shutil.copy(path, place)
        if is_again:
            # Damaged, so that it is put in its place anew.
            (folder / "EXTRACT.md").unlink()

    begin()
    n_calls, logs_at = issue_killed(study)
    seen = set()
    # Every call from the log's line to the new folder's name. Some of those before, which write beside what nobody
    # reads, and of those after, which take away what was put aside.
    for at in (*range(0, logs_at, 14), *range(logs_at, min(logs_at + 24, n_calls)), *range(logs_at + 24, n_calls, 7)):
        begin()
        assert issue_killed(study, at) is None
        told = set(codes(study))
        seen |= told
        assert told <= MAY_BE_TOLD | ({"extract-files-missing"} if is_again else set())
        states = audit.states(audit.read(extracts_log(study).path))
        assert states in ({}, {ID: "live"})
        assert states or not folder.exists()
        extract.issue(study, DEMO, today=TODAY)
        assert codes(study) == []
        assert not list(folder.parent.glob(".issuing-*"))
    assert seen >= MAY_BE_TOLD


def test_what_an_ended_extract_was_killed_over_goes_with_it(study):
    folder = study.research / "extracts" / ID
    shutil.copytree(folder, folder.with_name(f".issuing-{ID}"))
    folder.rename(folder.with_name(f".issuing-{ID}-before"))
    assert codes(study) == ["extract-folder-missing", "extract-unfinished", "extract-unfinished"]
    expire(study, ID, today=LATER)
    assert codes(study) == []
    assert sorted(path.name for path in folder.parent.iterdir()) == [".lock", ID, "log.jsonl"]
    assert hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest() in extracts_log(study).path.read_text(
        encoding="ascii"
    )
