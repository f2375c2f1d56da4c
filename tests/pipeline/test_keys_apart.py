"""A panel passes to no key that is the manager's or was its own before; what lies beside a key goes where it goes."""

import datetime as dt
import shutil

import pyrage
import pytest

from sigpanel import key as keys
from sigpanel.contracts.approvals import find
from sigpanel.errors import InputError, PolicyError
from sigpanel.key import salts
from sigpanel.panel import open_panel
from sigpanel.pipeline import rekey, rotate
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, held, note, owner_log
from sigpanel.pipeline.build import build
from sigpanel.pipeline.custody import manager_key, new_key, open_key, seal_key
from sigpanel.pipeline.extract import issue
from sigpanel.pipeline.key_ids import retired_key_ids
from sigpanel.pipeline.log_checks import accept_log, verify_log
from sigpanel.pipeline.study import open_study
from sigpanel.pipeline.withdraw import finish
from tests.pipeline.test_rotate import DAY, set_key
from tests.pipeline.test_rotate import new_key as made_key
from tests.support.extracts import DAY as ISSUED
from tests.support.extracts import issued, study_with_keys
from tests.support.study import B, settle
from tests.support.withdraw import take_out

WAYS = [("rebuild", False), ("rebuild", True), ("rekey", False), ("rekey", True)]


def rotated(study, way, path, **more):
    if way == "rekey":
        shutil.rmtree(study.submissions)
        study.submissions.mkdir(mode=0o700)
    return {"rebuild": rotate.rebuild, "rekey": rekey.rekey}[way](study, path, today=DAY, **more)


def with_manager(study, *settings):
    path = study.root.with_name("manager.key")
    if not path.exists():
        keys.create(path)
    return settle(study.root, f'manager_key_file = "{path}"', *settings), path


def refusal(act) -> str:
    with pytest.raises((PolicyError, InputError)) as refused:
        act()
    return refused.value.code


# --- which key a panel may pass to ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "is_compromise"), WAYS)
def test_a_panel_does_not_pass_to_the_managers_key(released, way, is_compromise):
    study, manager = with_manager(released)
    assert refusal(lambda: rotated(study, way, manager, is_compromise=is_compromise)) == "roles-not-apart"
    assert open_panel(study.panel).release == "r0001"


def test_nor_where_only_an_extract_says_that_it_is_the_managers(released):
    study, manager = with_manager(released)
    issued(study)
    study = settle(study.root)
    assert refusal(lambda: rotate.rebuild(study, manager, today=DAY)) == "roles-not-apart"


def test_where_one_person_has_both_roles_it_may(released):
    study, manager = with_manager(released, "one_role = true")
    assert rotate.rebuild(study, manager, today=DAY).key_id == keys.load(manager).key_id


@pytest.mark.parametrize("is_compromise", [True, False])
def test_a_key_that_was_given_up_is_not_taken_again_however_many_releases_ago(released, is_compromise):
    first, before = released.key_file(), open_panel(released.panel).manifest["key_id"]
    second, _ = made_key(released, "second.key")
    third, _ = made_key(released, "third.key")
    rotate.rebuild(released, second, today=DAY, is_compromise=is_compromise)
    study = set_key(released, second)
    assert refusal(lambda: rotate.rebuild(study, first, today=DAY)) == "key-not-new"
    build(study)
    rotate.rebuild(study, third, today=DAY, is_compromise=True)
    study = set_key(study, third)
    assert refusal(lambda: rotate.rebuild(study, first, today=DAY)) == "key-not-new"
    assert set(retired_key_ids(study)) == {before, keys.load(second).key_id}


@pytest.mark.parametrize(("way", "is_compromise"), WAYS)
def test_the_owners_key_of_before_does_not_become_the_managers(released, way, is_compromise):
    old, (new, _) = released.key_file(), made_key(released)
    rotated(released, way, new, is_compromise=is_compromise)
    study = set_key(settle(released.root, f'manager_key_file = "{old}"'), new)
    assert refusal(lambda: manager_key(study)) == "roles-not-apart"
    study = settle(released.root, f'manager_key_file = "{old}"', "one_role = true")
    assert manager_key(study)[1] == "one"


def test_no_extract_is_issued_with_the_owners_key_of_before(released):
    old, (new, _) = released.key_file(), made_key(released)
    rotate.rebuild(released, new, today=DAY)
    study = set_key(settle(released.root, f'manager_key_file = "{old}"'), new)
    assert refusal(lambda: issue(study, find("demo-followup"), today=dt.date(2030, 1, 15))) == "roles-not-apart"
    assert not extracts_dir(study).joinpath("demo-followup-v1").exists()


def test_a_salt_is_taken_for_no_key(released):
    salts.create_salt(released.key_file(), "demo-v1")
    salt = salts.salts_folder(released.key_file()) / "demo-v1"
    for way in (lambda: rotate.rebuild(released, salt, today=DAY), lambda: rotated(released, "rekey", salt)):
        assert refusal(way) == "key-among-salts"
    study = set_key(released, salt)
    assert refusal(lambda: build(study)) == "key-among-salts"
    assert refusal(lambda: take_out(study, B)) == "key-among-salts"
    study = settle(released.root, f'manager_key_file = "{salt}"')
    assert refusal(lambda: manager_key(study)) == "key-among-salts"
    other = salt.with_name("other.key")
    assert refusal(lambda: new_key(other, study.root, today=DAY)) == "key-among-salts"
    assert not other.exists()
    assert open_panel(study.panel).release == "r0001"


# --- what goes with a key ---------------------------------------------------------------------------------------------


def test_the_head_of_the_log_of_extracts_stays_where_two_persons_have_the_roles(released):
    # Also where the one key's name begins like the other's.
    bare = released.root.with_name("k")
    released.key_file().rename(bare)
    settle(released.root)
    study = set_key(released, bare)
    other = bare.with_name("k.manager.extracts-log-head")
    other.write_text("8 def")
    rotate.rebuild(study, made_key(study)[0], today=DAY)
    assert other.exists()


def test_a_rotation_that_could_not_be_logged_says_so_and_not_that_the_log_is_to_be_moved(released):
    note(owner_log(released), on=DAY, event="key_sealed", subject="key", detail="owner")
    owner_log(released).path.write_bytes(b"")
    done = rotate.rebuild(released, made_key(released)[0], today=DAY)
    assert done.untold.endswith("[log-truncated]")
    assert done.left == ()


@pytest.fixture
def successor(tmp_path):
    """An identity of the next custodian, and its recipient."""
    made = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"{made}\n")
    (tmp_path / "identity").chmod(0o600)
    return tmp_path / "identity", str(made.to_public())


def handed_over(study, tmp_path, successor, *, is_managers):
    """Hand a key over to another folder, as to another machine, and set it there."""
    (tmp_path / "mail").mkdir()
    sealed, theirs = tmp_path / "mail" / "sig.key.age", tmp_path / "theirs"
    seal_key(None, successor[1], sealed, study.root, today=DAY, is_managers=is_managers)
    file = study.manager_key_file() if is_managers else study.key_file()
    shutil.rmtree(file.parent)
    theirs.mkdir(mode=0o700)
    settings = study.root / "sigpanel.toml"
    settings.write_text(settings.read_text().replace(str(file), str(theirs / "sig.key")))
    open_key(sealed, successor[0], None, study.root, today=DAY, is_managers=is_managers)
    return open_study(study.root)


@pytest.mark.parametrize("is_managers", [False, True])
def test_whoever_a_key_is_handed_to_goes_on_with_the_log(tmp_path, successor, is_managers):
    study = study_with_keys(tmp_path / "study")
    log = extracts_log if is_managers else owner_log
    note(log(study), on=DAY, event="key_made", subject="key", detail="manager" if is_managers else "owner")
    study = handed_over(study, tmp_path, successor, is_managers=is_managers)
    assert [entry.event for entry in held(log(study))] == ["key_made", "key_sealed", "key_opened"]


def test_a_key_that_cannot_be_opened_leaves_no_head_behind(tmp_path, successor):
    study = study_with_keys(tmp_path / "study")
    seal_key(None, successor[1], tmp_path / "sealed", study.root, today=DAY)
    (tmp_path / "sealed").write_bytes(b"")
    (tmp_path / "theirs").mkdir(mode=0o700)
    out = tmp_path / "theirs" / "sig.key"
    assert refusal(lambda: open_key(tmp_path / "sealed", successor[0], out, study.root, today=DAY)) == (
        "sealed-not-opened"
    )
    assert list(out.parent.iterdir()) == []


def test_opened_beside_the_key_that_is_set_the_head_that_came_along_is_of_the_log_as_it_is_then(tmp_path, successor):
    study = study_with_keys(tmp_path / "study")
    seal_key(None, successor[1], tmp_path / "sealed", study.root, today=DAY)
    (tmp_path / "theirs").mkdir(mode=0o700)
    open_key(tmp_path / "sealed", successor[0], tmp_path / "theirs" / "sig.key", study.root, today=DAY)
    study = set_key(study, tmp_path / "theirs" / "sig.key")
    assert [entry.event for entry in held(owner_log(study))] == ["key_sealed", "key_opened"]


def test_a_new_managers_key_goes_on_with_the_log_of_extracts(tmp_path):
    study = study_with_keys(tmp_path / "study")
    issued(study)
    new = tmp_path / "new.key"
    new_key(new, study.root, today=ISSUED, is_managers=True)
    settings = study.root / "sigpanel.toml"
    settings.write_text(settings.read_text().replace(str(study.manager_key_file()), str(new)))
    assert [entry.event for entry in held(extracts_log(open_study(study.root)))] == ["issued", "key_made"]


# --- a retired key that is still set ----------------------------------------------------------------------------------


def test_with_the_key_of_before_still_set_nobody_is_told_to_take_the_logs_end_as_it_is(released, successor, tmp_path):
    extracts_dir(released).mkdir(exist_ok=True)
    new, _ = made_key(released)
    old = released.key_file()
    rotate.rebuild(released, new, today=DAY)
    told = [(one.code, one.subject) for one in verify_log(released).problems]
    assert told == [("key-of-another-panel", "owner")]
    assert "--accept" not in verify_log(released).problems[0].remedy
    assert refusal(lambda: accept_log(released, today=DAY)) == "key-of-another-panel"
    assert not old.with_name(f"{old.name}.owner-log-head").exists()
    act = lambda: seal_key(None, successor[1], tmp_path / "sealed", released.root, today=DAY)  # noqa: E731
    assert refusal(act) == "key-of-another-panel"
    study = set_key(released, new)
    assert seal_key(old, successor[1], tmp_path / "sealed", study.root, today=DAY).is_retired
    assert not seal_key(new, successor[1], tmp_path / "again", study.root, today=DAY).is_retired


def test_nobody_is_taken_out_with_the_key_of_before_still_set_and_the_remedy_is_to_set_the_other(released):
    note(owner_log(released), on=DAY, event="key_sealed", subject="key", detail="owner")
    rotate.rebuild(released, made_key(released)[0], today=DAY)
    for act in (lambda: build(released), lambda: take_out(released, B), lambda: finish(released, today=DAY)):
        with pytest.raises(PolicyError) as refused:
            act()
        assert refused.value.code == "key-of-another-panel"
        assert "--accept" not in refused.value.remedy
    assert not released.withdrawals.exists()
