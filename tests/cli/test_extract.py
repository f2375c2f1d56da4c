"""The commands on extracts as they are run: what they print, their exit codes, and that nothing is done unasked."""

import datetime as dt
import json
import os
import pty
import re
import shutil
import subprocess
import sys

import pytest

from sigpanel.cli import commands_extract
from sigpanel.key import salts
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, note, owner_log
from sigpanel.pipeline.extract_life import recall
from tests.cli.running import error, run, written_below
from tests.support.extracts import DAY, RECIPIENTS, UNTIL, issued, study_with_keys

LATER = UNTIL + dt.timedelta(days=1)


@pytest.fixture
def study(tmp_path):
    return study_with_keys(tmp_path / "study")


@pytest.fixture(autouse=True)
def day(monkeypatch):
    """The commands' day, which a test may change."""

    def is_(today):
        monkeypatch.setattr(commands_extract, "today", lambda: today)

    is_(DAY)
    return is_


def extract(study, *arguments):
    return run("extract", *arguments, "--study", study.root)


def test_without_a_command_the_help_is_shown_and_lists_the_life_of_an_extract():
    answer = run("extract")
    assert answer.code == 2
    listed = re.findall(r"^  ([a-z-]+) ", answer.err.partition("Commands:")[2], flags=re.MULTILINE)
    assert listed == ["issue", "list", "expire", "unlink", "recall", "verify-log"]


def test_the_help_of_recall_lists_every_reason_of_the_contract():
    from sigpanel.contracts.audit import vocabulary

    said = " ".join(run("extract", "recall", "--help").out.split())
    assert f"Reasons: {', '.join(vocabulary().reasons)}." in said


def test_the_register_is_a_table_that_says_what_is_due(study, day):
    assert extract(study, "list").out == "No extract was issued yet: `sigpanel extract issue APPROVAL`.\n"
    issued(study)
    issued(study, "demo-v2", until=DAY)
    day(DAY + dt.timedelta(days=1))
    answer = extract(study, "list")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "Extract  Is      Issued      Until       Persons  Recipients  Release  Folder\n"
        "demo-v1  in use  2026-03-01  2026-12-31      120           2  r0001    whole\n"
        "demo-v2  in use  2026-03-01  2026-03-01      120           2  r0001    whole\n"
        "\n"
        "demo-v2: its last day is over. End it: `sigpanel extract expire demo-v2`.\n"
    )


def test_the_register_as_json(study):
    issued(study)
    (one,) = json.loads(extract(study, "list", "--json").out)
    assert one == {
        "extract_id": "demo-v1", "state": "live", "is_linked": True, "issued_on": "2026-03-01", "since": "2026-03-01",
        "reason": None, "valid_to": "2026-12-31", "is_due": False, "register_number": "2025-03549", "persons": 120,
        "recipients": 2, "release": "r0001", "ids": "version", "folder": "whole", "unknown_files": 0,
        "is_before_withdrawals": False,
    }  # fmt: skip


def test_the_register_tells_what_is_not_as_the_log_says(study):
    folder = issued(study)
    shutil.copytree(folder, folder.with_name("demo-v2"))
    answer = extract(study, "list")
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.endswith(
        "\n\ndemo-v2: Its folder is here, and no line of the log knows it. [extract-unlogged]\n"
        "Not all is as the log says: `sigpanel extract verify-log` tells what to do.\n"
    )
    # The log is gone, and the head beside the key knows of a line.
    extracts_log(study).path.unlink()
    assert error(extract(study, "list"))[:2] == (3, "log-truncated")
    # Nor is nothing said where that key is not set.
    settings = (study.root / "sigpanel.toml").read_text(encoding="utf-8").splitlines()
    (study.root / "sigpanel.toml").write_text(f"{settings[0]}\n", encoding="utf-8")
    answer = extract(study, "list")
    assert (answer.code, answer.out.splitlines()[0]) == (1, "The log knows of no extract.")
    assert "demo-v1: Its folder is here, and no line of the log knows it." in answer.out


def test_a_register_that_was_held_against_nothing_says_so(study):
    issued(study)
    settings = (study.root / "sigpanel.toml").read_text(encoding="utf-8").splitlines()
    (study.root / "sigpanel.toml").write_text(f"{settings[0]}\n", encoding="utf-8")
    answer = extract(study, "list")
    assert answer.code == 0
    assert answer.out.endswith("\nNot held to its end, so lines may be missing there: set the manager's key.\n")


def test_a_path_of_letters_that_the_locale_does_not_know_is_told_as_that(study):
    place = study.root.rename(study.root.with_name("dé"))
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "sigpanel", "extract", "list", "--study", place],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "[path-letters]" in done.stderr
    assert "Set LC_ALL=C.UTF-8" in done.stderr


def test_ending_an_extract_says_what_is_left_to_people(study, day):
    issued(study)
    assert error(extract(study, "expire", "demo-v1"))[:2] == (4, "extract-still-valid")
    day(LATER)
    answer = extract(study, "expire", "demo-v1")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "demo-v1: was ended. 5 files removed; manifest, approval, sums and the readable summaries stay as its record.",
        f"Recipients ({'; '.join(RECIPIENTS)}): they are to destroy every copy, and to confirm that in writing.",
        "Deleted files can lie in back-ups and snapshots of this disk: see to those too.",
    ]
    assert error(extract(study, "expire", "demo-v1"))[:2] == (4, "extract-expired")


def test_ending_it_before_its_last_day_must_be_said(study):
    issued(study)
    told = json.loads(extract(study, "expire", "demo-v1", "--now", "--json").out)
    assert told == {
        "extract_id": "demo-v1", "event": "expired", "detail": "early", "was_begun": False, "files_removed": 5,
        "unknown_files": 0, "recipients": 2, "letter": None,
    }  # fmt: skip


def test_calling_back_names_the_letter(study):
    folder = issued(study)
    answer = extract(study, "recall", "demo-v1", "--reason", "withdrawal", "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert f"The letter to its recipients, to be sent by you: {folder / 'ATERKALLELSE.md'}" in answer.out
    assert json.loads(extract(study, "list", "--json").out)[0]["reason"] == "withdrawal"
    assert error(extract(study, "recall", "demo-v1", "--reason", "fault", "--yes"))[:2] == (4, "extract-recalled")


def test_a_reason_that_nobody_knows_is_not_repeated(study):
    issued(study)
    answer = extract(study, "recall", "demo-v1", "--reason", "QX0619", "--yes")
    code, name, _, remedy = error(answer)
    assert (code, name) == (2, "reason-unknown")
    assert "The reasons are: key_compromised, withdrawal" in remedy
    code, name, _, remedy = error(extract(study, "recall", "demo-v1", "--yes"))
    assert (code, name) == (2, "reason-unsaid")
    assert "The reasons are: key_compromised, withdrawal, fault" in remedy
    assert "QX0619" not in answer.all


def test_unlinking_says_what_it_means(study):
    for version in (1, 2):
        issued(study, f"demo-v{version}", "approval")
    answer = extract(study, "unlink", "demo-v1", "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("demo-v1, demo-v2: The salt was destroyed. No key leads")
    assert error(extract(study, "unlink", "demo-v2", "--yes"))[:2] == (4, "extract-unlinked")


def test_a_salt_that_is_lost_is_written_down_where_that_is_said(study):
    issued(study)
    shutil.rmtree(salts.salts_folder(study.manager_key_file()))
    assert error(extract(study, "unlink", "demo-v1", "--yes"))[:2] == (4, "salt-missing")
    assert "written down that the salt of demo-v1 is lost" in extract(study, "unlink", "demo-v1", "--lost").err
    answer = extract(study, "unlink", "demo-v1", "--lost", "--yes")
    assert answer.out.startswith("demo-v1: It was written down that the salt is lost. No key leads")


def test_a_salt_that_is_here_is_not_destroyed_as_lost(study):
    issued(study)
    before = written_below(study.root.parent)
    code, name, _, remedy = error(extract(study, "unlink", "demo-v1", "--yes", "--lost"))
    assert (code, name) == (4, "salt-here")
    assert "leave --lost out" in remedy
    assert written_below(study.root.parent) == before


def test_unlinking_as_json(study):
    issued(study)
    assert json.loads(extract(study, "unlink", "demo-v1", "--yes", "--json").out) == {
        "extract_id": "demo-v1", "unlinked": ["demo-v1"], "ids": "version", "salt_destroyed": True, "was_begun": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [["unlink", "demo-v1"], ["recall", "demo-v1", "--reason", "fault"]], ids=["unlink", "recall"]
)
def test_what_cannot_be_taken_back_is_not_done_unasked(study, arguments):
    issued(study)
    before = written_below(study.root.parent)
    code, name, message, remedy = error(extract(study, *arguments))
    assert (code, name, remedy) == (2, "not-confirmed", "If it is meant, give --yes.")
    assert "demo-v1" in message
    assert written_below(study.root.parent) == before


@pytest.mark.parametrize(("typed", "is_done"), [("demo-v1", True), ("demo-v2", False), ("y", False), ("", False)])
def test_at_a_terminal_the_id_is_typed(study, monkeypatch, typed, is_done):
    issued(study)
    terminal, keyboard = pty.openpty()
    os.write(terminal, f"{typed}\n".encode())
    with os.fdopen(keyboard, closefd=False) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr("sigpanel.cli.confirm._is_asked", stdin.isatty)
        answer = extract(study, "unlink", "demo-v1")
    os.close(terminal)
    os.close(keyboard)
    assert "Type demo-v1 to go on: " in answer.err
    assert answer.code == (0 if is_done else 2)
    assert ("demo-v2" in answer.all, "[not-confirmed]" in answer.err) == (False, not is_done)
    assert json.loads(extract(study, "list", "--json").out)[0]["is_linked"] is not is_done


def test_an_extract_that_nobody_knows_is_not_repeated(study):
    for arguments in (
        ["expire", "QX0619"],
        ["unlink", "QX0619", "--yes"],
        ["recall", "QX0619", "--reason", "fault", "--yes"],
    ):
        answer = extract(study, *arguments)
        assert error(answer)[:2] == (3, "extract-unknown")
        assert "QX0619" not in answer.all


def test_sound_logs_are_told_as_that(study):
    issued(study)
    answer = extract(study, "verify-log")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "The log of extracts, kept by the research data manager: 1 line, the last of 2026-03-01.\n"
        "The data owner's log: 0 lines.\n"
        "\n"
        "All is as the logs say.\n"
    )


def test_a_log_that_was_held_against_nothing_is_not_called_well(study):
    issued(study)
    issued(study, "demo-v2")
    path = extracts_log(study).path
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    shutil.rmtree(extracts_dir(study) / "demo-v2")
    settings = (study.root / "sigpanel.toml").read_text(encoding="utf-8").splitlines()
    (study.root / "sigpanel.toml").write_text(f"{settings[0]}\n", encoding="utf-8")
    answer = extract(study, "verify-log")
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.endswith("\n\nNot held to its end, so lines may be missing there: set the manager's key.\n")
    assert json.loads(extract(study, "verify-log", "--json").out)["is_well"] is False


@pytest.mark.parametrize("is_managers_set", [True, False], ids=["the manager's key alone", "no key"])
def test_a_log_that_is_gone_is_not_called_well_where_its_head_is_not_at_hand(study, is_managers_set):
    issued(study)
    note(owner_log(study), on=DAY, event="key_sealed", subject="key", detail="owner")
    settings = (study.root / "sigpanel.toml").read_text(encoding="utf-8").splitlines()
    owner_log(study).path.unlink()
    assert json.loads(extract(study, "verify-log", "--json").out)["problems"][0]["code"] == "log-truncated"
    kept = settings[1:] if is_managers_set else []
    (study.root / "sigpanel.toml").write_text("\n".join([*kept, ""]), encoding="utf-8")
    if not is_managers_set:
        shutil.rmtree(extracts_dir(study))
    answer = extract(study, "verify-log")
    assert (answer.code, answer.err) == (1, "")
    keys = "the owner's key" if is_managers_set else "the manager's key and the owner's key"
    assert answer.out.endswith(f"\n\nNot held to its end, so lines may be missing there: set {keys}.\n")


def test_whoever_has_no_owners_room_here_is_not_asked_for_the_owners_key(study):
    issued(study)
    shutil.rmtree(study.owner)
    answer = extract(study, "verify-log")
    assert answer.code == 0
    assert "The data owner's log: 0 lines; the owner's room is not here, and was not looked into." in answer.out


def test_unlinking_what_has_ended_tells_nobody_to_use_it(study, day):
    for name in ("demo-v1", "demo-v2"):
        issued(study, name, "approval")
    day(LATER)
    assert extract(study, "recall", "demo-v1", "--reason", "fault", "--yes").code == 0
    lines = extract(study, "unlink", "demo-v2", "--yes").out.splitlines()
    assert lines[1:] == [
        "In use as before, for as long as the approval says: demo-v2.",
        "Ended or called back, so every copy is to be destroyed as before: demo-v1.",
    ]


def test_each_problem_is_told_with_its_remedy_and_the_exit_code_is_1(study):
    folder = issued(study)
    (folder / "persons.parquet").unlink()
    answer = extract(study, "verify-log")
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.endswith(
        "demo-v1: These of its files are missing: persons.parquet.\n"
        "  → Bring the folder back from a backup.\n"
        "  [extract-files-missing]\n"
        "\n"
        "1 problem\n"
    )
    told = json.loads(extract(study, "verify-log", "--json").out)
    assert (told["is_well"], [one["code"] for one in told["problems"]]) == (False, ["extract-files-missing"])
    assert told["logs"][0]["lines"][0]["event"] == "issued"


def test_a_half_written_line_stops_the_commands_until_it_is_accepted(study, day):
    issued(study)
    path = extracts_log(study).path
    path.write_bytes(path.read_bytes() + b'{"no":2,')
    day(LATER)
    assert error(extract(study, "expire", "demo-v1"))[:2] == (3, "log-half-written")
    assert extract(study, "verify-log").code == 1
    assert extract(study, "verify-log", "--accept").code == 0
    assert extract(study, "expire", "demo-v1").code == 0


def test_what_is_printed_holds_no_file_that_sigpanel_did_not_name(study):
    folder = issued(study)
    (folder / "QX0619.csv").write_text("x", encoding="utf-8")
    (extracts_dir(study) / "QX0619").mkdir()
    recall(study, "demo-v1", "fault", today=DAY)
    for arguments in (["list"], ["list", "--json"], ["verify-log"], ["verify-log", "--json"]):
        assert "QX0619" not in extract(study, *arguments).all
