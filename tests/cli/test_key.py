"""The commands on keys, as they are called: what they print is ids and files, and they do nothing half."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from sigpanel import key as keys
from sigpanel.audit import append
from sigpanel.panel import open_panel
from sigpanel.pipeline.audit_log import extracts_log
from tests.cli.running import error, run
from tests.privacy.scan import leaks, told
from tests.support.study import CODES, SECRET, SECRETS

# A key may have been made before in the log, by the clock of the command.
DAY = dt.datetime.now().astimezone().date()


@pytest.fixture
def identity(tmp_path):
    made = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"{made}\n")
    (tmp_path / "identity").chmod(0o600)
    return tmp_path / "identity", str(made.to_public())


def names_no_key(*answers) -> bool:
    return not any(told(answer.all, [SECRET.hex(), repr(SECRET)]) for answer in answers)


def test_a_managers_key_is_made_where_the_settings_say_and_shown_by_its_id(study, tmp_path):
    with (study.root / "sigpanel.toml").open("a") as file:
        file.write(f'manager_key_file = "{tmp_path / "manager.key"}"\n')
    made = run("key", "new", "--manager", "--study", study.root)
    assert (made.code, made.err) == (0, "")
    assert made.out.splitlines()[1].startswith("It is the one that is set.")
    key_id = keys.load(tmp_path / "manager.key").key_id
    assert made.out.splitlines()[0] == f"Made a key with id {key_id} in {tmp_path / 'manager.key'}."
    assert run("key", "show", "--manager", "--study", study.root).out == f"{key_id}\n"
    assert run("key", "show", "--study", study.root).out == f"{keys.load(study.key_file()).key_id}\n"
    answer = json.loads(run("key", "show", "--manager", "--json", "--study", study.root).out)
    assert answer == {"key_id": key_id}


def test_without_a_managers_key_or_one_role_the_manager_is_told(study):
    answer = error(run("key", "show", "--manager", "--study", study.root))
    assert answer[:2] == (3, "manager-key-not-set")


def test_a_key_that_is_there_already_is_to_be_set_and_no_second_one_made(study, tmp_path):
    ways = [([], "SIGPANEL_KEY_FILE or `key_file`"), (["--manager"], "SIGPANEL_MANAGER_KEY_FILE or `manager_key_file`")]
    for more, names in ways:
        file = tmp_path / f"twice{len(more)}.key"
        made = run("key", "new", file, *more, "--study", study.root)
        assert (made.code, made.out.splitlines()[1].startswith("Set SIGPANEL_")) == (0, True)
        code, name, _, remedy = error(run("key", "new", file, *more, "--study", study.root))
        assert (code, name) == (4, "key-exists")
        assert remedy.startswith(f"If it is the key that was made before, make no second one: set it by {names}.")


def test_a_managers_key_that_is_not_there_is_called_that_and_is_made_by_its_own_command(study, tmp_path):
    with (study.root / "sigpanel.toml").open("a") as file:
        file.write(f'manager_key_file = "{tmp_path / "manager.key"}"\n')
    for command in (["show"], ["seal", "--to", "age1", "--out", tmp_path / "out"]):
        if command[0] == "seal":
            command[2] = str(pyrage.x25519.Identity.generate().to_public())
        code, name, message, remedy = error(run("key", *command, "--manager", "--study", study.root))
        assert (code, name) == (3, "key-missing")
        assert message == f"There is no manager's key file at {tmp_path / 'manager.key'}."
        assert "SIGPANEL_MANAGER_KEY_FILE or `manager_key_file`" in remedy
        assert remedy.endswith("make one: `sigpanel key new --manager FILE`.")


def test_a_folder_that_is_there_and_takes_no_file_is_not_called_missing(study, identity):
    answer = run("key", "seal", "--to", identity[1], "--out", "/proc/x", "--study", study.root)
    assert error(answer)[:3] == (3, "key-not-created", "The sealed key /proc/x cannot be created.")


def test_a_key_is_made_and_told_as_json(tmp_path):
    answer = json.loads(run("key", "new", tmp_path / "sig.key", "--json", "--study", tmp_path).out)
    assert answer == {"key_id": keys.load(tmp_path / "sig.key").key_id, "file": str(tmp_path / "sig.key")}


def test_a_key_goes_to_its_next_custodian_and_comes_out_the_same(study, tmp_path, identity):
    file, recipient = identity
    sealed = run("key", "seal", "--to", recipient, "--out", tmp_path / "sealed", "--study", study.root)
    opened = run(
        "key", "open", tmp_path / "sealed", "--identity", file, "--out", tmp_path / "opened", "--study", study.root
    )
    key_id = keys.load(study.key_file()).key_id
    assert (sealed.code, sealed.err, opened.code, opened.err) == (0, "", 0, "")
    assert sealed.out.splitlines()[0] == f"Sealed the key with id {key_id} in {tmp_path / 'sealed'}."
    assert opened.out.splitlines()[0].endswith(f"its id is {key_id}.")
    assert (tmp_path / "opened").read_bytes() == SECRET
    assert names_no_key(sealed, opened)
    assert not told(opened.all, [file.read_text().strip()])


def test_a_key_is_opened_to_where_the_settings_say(study, tmp_path, identity):
    file, recipient = identity
    run("key", "seal", "--to", recipient, "--out", tmp_path / "sealed", "--study", study.root)
    study.key_file().unlink()
    answer = run("key", "open", tmp_path / "sealed", "--identity", file, "--json", "--study", study.root)
    assert json.loads(answer.out)["file"] == str(study.key_file())
    assert run("build", "--study", study.root).code == 0


def test_who_is_no_recipient_is_not_repeated(study, tmp_path):
    answer = run("key", "seal", "--to", "QX0619", "--out", tmp_path / "sealed", "--study", study.root)
    assert error(answer)[:2] == (2, "recipient-unknown")
    assert "QX0619" not in answer.all


def test_what_stands_in_the_way_is_called_what_it_is_and_no_key_is_named_that_is_not_meant(study, tmp_path, identity):
    (tmp_path / "sealed").write_text("")
    answer = run("key", "seal", "--to", identity[1], "--out", tmp_path / "sealed", "--study", study.root)
    assert error(answer)[3] == "Choose another name for the sealed key."
    answer = run("key", "new", study.owner / "k", "--manager", "--study", study.root)
    assert (error(answer)[1], "SIGPANEL_KEY_FILE" in answer.all) == ("key-in-study", False)


def test_a_rotation_that_could_not_be_logged_tells_that_and_what_to_do(released, tmp_path):
    (released.owner / "log.jsonl").write_bytes(b"{")
    keys.create(tmp_path / "new.key")
    answer = run("key", "rotate", "rebuild", "--to", tmp_path / "new.key", "--study", released.root)
    assert answer.code == 0
    assert "The owner's log lacks this rotation: Line 1 of owner/log.jsonl, the last, is half-written" in answer.out
    assert "keep this text with your records: the manifest of r0002 has the ids of both keys." in answer.out
    assert "move beside the new one" not in answer.out


def test_before_and_after_a_rekeying_it_is_said_that_nobody_can_be_withdrawn_by_code(released, tmp_path):
    assert "nobody can be withdrawn from it by their code" in run("key", "rotate").out
    shutil.rmtree(released.submissions)
    keys.create(tmp_path / "new.key")
    answer = run("key", "rotate", "rekey", "--to", tmp_path / "new.key", "--study", released.root)
    assert "nobody can be withdrawn from it by their code" in answer.out
    (released.root.with_name("study.key")).write_bytes((tmp_path / "new.key").read_bytes())
    keys.create(tmp_path / "third.key")
    way = ("key", "rotate", "compromise", "--to", tmp_path / "third.key", "--study", released.root)
    code, name, _, remedy = error(run(*way))
    assert (code, name) == (4, "panel-rekeyed")
    assert "`compromise --without-workbooks`" in remedy
    assert "delete the release, and have its extracts called back" in remedy
    assert run(*way, "--without-workbooks").code == 0


def test_a_sealed_key_is_not_put_into_the_study(study, identity):
    answer = run("key", "seal", "--to", identity[1], "--out", study.owner / "sealed", "--study", study.root)
    assert error(answer)[:2] == (4, "key-in-study")
    assert not (study.owner / "sealed").exists()


def test_the_cases_of_a_rotation_are_told_without_a_study(tmp_path):
    plain = run("key", "rotate", "--study", tmp_path)
    assert (plain.code, plain.err) == (0, "")
    cases = json.loads(run("key", "rotate", "--json", "--study", tmp_path).out)["cases"]
    assert list(cases) == ["extract", "rebuild", "rekey", "compromise"]
    assert all(text in plain.out for text in cases.values())
    extract = run("key", "rotate", "extract", "--study", tmp_path)
    assert extract.out.splitlines()[-1] == "Run `sigpanel extract issue` with the new version."


def test_a_rotation_tells_what_was_done_and_what_is_left_to_do_and_no_code(released, tmp_path):
    run("key", "new", tmp_path / "new.key", "--study", released.root)
    answer = run("key", "rotate", "rebuild", "--to", tmp_path / "new.key", "--study", released.root)
    assert (answer.code, answer.err) == (0, "")
    key_id = keys.load(tmp_path / "new.key").key_id
    assert answer.out.splitlines() == [
        f"Release r0002 is live under the key {key_id}: {open_panel(released.panel).persons.collect().height} persons.",
        "The bridge from the old ids to the new ones: owner/registry/bridge-r0002.parquet. Delete it soon.",
        "Set the new key now (SIGPANEL_KEY_FILE or key_file), and destroy the old one with all its copies.",
        "The extracts that are out name persons by ids of before: issue them under new versions.",
    ]
    assert not told(answer.all, [*SECRETS.values(), *CODES])
    bridge = tmp_path / "bridge"
    bridge.mkdir()
    (released.registry / "bridge-r0002.parquet").rename(bridge / "bridge-r0002.parquet")
    assert not leaks(bridge, [*SECRETS.values(), *CODES])
    assert error(run("build", "--study", released.root))[:2] == (4, "key-of-another-panel")


def issued(study, tmp_path):
    """A study with an extract that is out, one that has ended, and one that the log does not know."""
    for name in ("demo-v2", "demo-v3"):
        (study.research / "extracts" / name).mkdir()
        (study.research / "extracts" / name / "manifest.json").write_text("{}")
    log, head = extracts_log(study).path, tmp_path / "manager.key.extracts-log-head"
    said = [
        ("issued", "demo-v1", "", "0" * 64),
        ("issued", "demo-v2", "", "1" * 64),
        ("expired", "demo-v2", "early", ""),
    ]
    for event, subject, detail, digest in said:
        append(log, on=DAY, event=event, subject=subject, detail=detail, digest=digest, head_file=head)


def test_after_a_compromise_extracts_to_recall_are_listed(released, tmp_path):
    issued(released, tmp_path)
    run("key", "new", tmp_path / "new.key", "--study", released.root)
    answer = run(
        "key", "rotate", "compromise", "--to", tmp_path / "new.key", "--json", "--study", released.root
    )  # fmt: skip
    told_ = json.loads(answer.out)
    assert (told_["release"], told_["removed"], told_["recall"], told_["bridge"]) == (
        "r0002",
        ["r0001"],
        ["demo-v1", "demo-v3"],
        None,
    )


def test_after_a_compromise_of_the_managers_key_no_release_is_made(released, tmp_path):
    with (released.root / "sigpanel.toml").open("a") as file:
        file.write(f'manager_key_file = "{tmp_path / "manager.key"}"\n')
    run("key", "new", "--manager", "--study", released.root)
    issued(released, tmp_path)
    answer = run("key", "rotate", "compromise", "--manager", "--study", released.root)
    assert answer.code == 0
    assert answer.out.splitlines()[1:3] == ["  demo-v1", "  demo-v3"]
    assert answer.out.endswith(
        "what is issued after that is destroyed needs another name of the approval, "
        'or ids of its own (id_scope: "version").\n'
    )
    assert open_panel(released.panel).release == "r0001"
    assert error(run("key", "rotate", "rebuild", "--manager", "--study", released.root))[:2] == (2, "rotate-managers")


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["rebuild"], 2, "rotate-to"),
        (["rebuild", "--to", "{home}/none.key"], 3, "key-missing"),
        (["rebuild", "--to", "{home}/new.key", "--without-workbooks"], 2, "rotate-without-workbooks"),
        (["rekey", "--to", "{home}/new.key", "--without-workbooks"], 2, "rotate-without-workbooks"),
        (["rekey", "--to", "{home}/study.key"], 4, "rekey-with-workbooks"),
        (["rebuild", "--to", "{home}/study.key"], 4, "key-not-new"),
        (["finish"], 3, "no-rotation-unfinished"),
    ],
)
def test_what_stops_a_rotation_is_told_with_what_to_do(released, tmp_path, arguments, code, name):
    given = [text.format(home=tmp_path) for text in arguments]
    before = sorted(path.name for path in released.registry.iterdir())
    told_ = error(run("key", "rotate", *given, "--study", released.root))
    assert told_[:2] == (code, name)
    assert re.search(r"\w", told_[3])
    assert open_panel(released.panel).release == "r0001"
    assert sorted(path.name for path in released.registry.iterdir()) == before


def test_the_page_on_keys_makes_keys_as_it_is_written(tmp_path):
    page = (Path(__file__).resolve().parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
    block = re.search(r"## Make a key\n\n```sh\n(.*?)```", page, re.DOTALL)[1]
    assert run("init", tmp_path / "study").code == 0
    unset = {name: value for name, value in os.environ.items() if not name.startswith("SIGPANEL_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e"],  # noqa: S607 - the one that is there
        cwd=tmp_path, input=block, env={**unset, "HOME": str(tmp_path), "PATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(set(done.stdout.splitlines()[-2:])) == 2
