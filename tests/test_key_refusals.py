"""The refusal matrix: whatever holds or makes a secret, against whatever may be wrong with it. The page lists the same.

A row is a fault; beside it stand the acts that meet it: a key is read, sealed, made or opened, an identity used, a salt
read or made.
"""

import datetime as dt
import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest

from sigpanel import audit
from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.key import refusals, salts
from sigpanel.key.seal import open_sealed, seal
from sigpanel.pipeline import custody
from sigpanel.pipeline.audit_log import extracts_log, held
from sigpanel.pipeline.study import create_study, open_study

PAGE = Path(__file__).resolve().parents[1] / "docs" / "keys.md"
SECRET = bytes(range(32))
IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


# --- the acts: each reads or makes the file at `path`, with all else as it should be ----------------------------------


def good(path: Path, content: bytes = SECRET) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def beside(path: Path) -> Path:
    """A safe folder beside the one in which the file is, or would be."""
    own = path.parents[2] / "safe"
    own.mkdir(exist_ok=True)
    return own


def load_key(path, forbidden):
    keys.load(path, forbidden=forbidden)


def seal_it(path, forbidden):
    seal(path, RECIPIENT, beside(path) / "sealed", forbidden=forbidden)


def use_identity(path, forbidden):
    if path.is_file() and not path.is_symlink() and path.stat().st_size == 32:
        path.write_text(f"# created by hand\n{IDENTITY}\n")
    sealed = beside(path) / "sealed"
    sealed.write_bytes(pyrage.encrypt(SECRET, [IDENTITY.to_public()]))
    open_sealed(sealed, path, beside(path) / "opened", forbidden=forbidden)


def read_salt(path, _forbidden):
    salts.read_salt(path.parent.with_name(path.parent.name.removesuffix(".salts")), path.name)


def new_key(path, forbidden):
    keys.create(path, forbidden=forbidden)


def open_to(path, forbidden):
    folder = beside(path)
    (folder / "sealed").write_bytes(pyrage.encrypt(SECRET, [IDENTITY.to_public()]))
    open_sealed(folder / "sealed", good(folder / "identity", str(IDENTITY).encode()), path, forbidden=forbidden)


def seal_to(path, forbidden):
    seal(good(beside(path) / "key"), RECIPIENT, path, forbidden=forbidden)


def new_salt(path, _forbidden):
    salts.create_salt(path.parent.with_name(path.parent.name.removesuffix(".salts")), path.name)


READ = (load_key, seal_it, use_identity, read_salt)
OF_32_BYTES = (load_key, seal_it, read_salt)
MADE = (new_key, open_to, seal_to, new_salt)
OWN_PLACE = (load_key, seal_it, use_identity, new_key, open_to, seal_to)


# --- the faults: each spoils the safe place `home/keys`, of a salt `home/key.salts`, or the good file there -----------


def missing(path, _patch):
    path.unlink(missing_ok=True)


def symbolic_link(path, _patch):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def hard_link(path, _patch):
    path.with_name("other").hardlink_to(path)


def folder(path, _patch):
    path.unlink()
    path.mkdir(mode=0o700)


def fifo(path, _patch):
    path.unlink()
    os.mkfifo(path, 0o600)


def readable_by_all(path, _patch):
    path.chmod(0o644)


def writable_by_group(path, _patch):
    path.chmod(0o620)


def too_short(path, _patch):
    path.write_bytes(SECRET[:-1])


def too_long(path, _patch):
    path.write_bytes(SECRET + b"\n")


def of_another_user(_path, patch):
    patch.setattr(os, "geteuid", lambda: os.getuid() + 1)


def in_the_study(path, _patch):
    return [path.parent.parent]


def in_another_study(path, _patch):
    (path.parent.parent / "sigpanel.toml").write_text("")


def in_a_git_tree(path, _patch):
    subprocess.run(["git", "init", "--quiet", path.parent.parent], check=True)  # noqa: S607


def in_a_git_work_tree(path, _patch):
    (path.parent / ".git").write_text("gitdir: /elsewhere\n")


def among_salts(path, _patch):
    path.parent.rename(path.parent.with_name("another.salts"))
    path.parent.symlink_to(path.parent.with_name("another.salts"))


def on_windows(_path, patch):
    # Not of the module itself, by whose name pathlib chooses what a path is.
    patch.setattr(refusals, "os", SimpleNamespace(name="nt"))


def standing_there(path, _patch):
    assert path.exists()


def without_its_folder(path, _patch):
    path.unlink()
    path.parent.rmdir()


def salts_readable_by_others(path, _patch):
    path.parent.chmod(0o750)


def salts_by_a_link(path, _patch):
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.symlink_to(path.parent.with_name("elsewhere"))


MATRIX = [
    (missing, (load_key, seal_it, use_identity), InputError, "key-missing"),
    (missing, (read_salt,), PolicyError, "salt-missing"),
    (symbolic_link, READ, PolicyError, "key-symlink"),
    (hard_link, READ, PolicyError, "key-hard-link"),
    (folder, READ, PolicyError, "key-not-a-file"),
    (fifo, READ, PolicyError, "key-not-a-file"),
    (of_another_user, READ, PolicyError, "key-owner"),
    (readable_by_all, READ, PolicyError, "key-mode"),
    (writable_by_group, READ, PolicyError, "key-mode"),
    (too_short, OF_32_BYTES, PolicyError, "key-size"),
    (too_long, OF_32_BYTES, PolicyError, "key-size"),
    (in_the_study, OWN_PLACE, PolicyError, "key-in-study"),
    (in_another_study, (*READ, *MADE), PolicyError, "key-in-study"),
    (in_a_git_tree, (*READ, *MADE), PolicyError, "key-in-git"),
    (in_a_git_work_tree, (*READ, *MADE), PolicyError, "key-in-git"),
    (among_salts, OWN_PLACE, PolicyError, "key-among-salts"),
    (on_windows, (*READ, *MADE), PolicyError, "key-platform"),
    (standing_there, MADE, PolicyError, "key-exists"),
    (without_its_folder, (new_key, open_to, seal_to), InputError, "key-folder-missing"),
    (salts_readable_by_others, (read_salt, new_salt), PolicyError, "key-mode"),
    (salts_by_a_link, (read_salt, new_salt), PolicyError, "salts-not-a-folder"),
]
ROWS = [
    pytest.param(fault, act, kind, code, id=f"{fault.__name__}-{act.__name__}")
    for fault, acts, kind, code in MATRIX
    for act in acts
]


@pytest.fixture
def place(tmp_path, request):
    """A good file of 32 bytes in a folder of keys, or of salts where the act is on one."""
    is_salt = request.node.callspec.params["act"] in (read_salt, new_salt)
    folder_ = tmp_path / "home" / ("key.salts" if is_salt else "keys")
    folder_.mkdir(parents=True, mode=0o700)
    return good(folder_ / "demo-v1")


@pytest.mark.parametrize(("fault", "act", "kind", "code"), ROWS)
def test_whatever_is_unsafe_is_refused_by_name_and_nothing_is_left(place, monkeypatch, fault, act, kind, code):
    if act in MADE and fault not in (standing_there, without_its_folder):
        place.unlink()
    forbidden = fault(place, monkeypatch) or []
    with pytest.raises(kind) as caught:
        act(place, forbidden)
    assert caught.value.code == code
    assert caught.value.remedy
    assert not (place.parents[2] / "safe" / "opened").exists()
    if act in MADE:
        assert place.exists() == (fault is standing_there)
        assert fault is not standing_there or place.read_bytes() == SECRET


@pytest.mark.parametrize("act", [*READ, *MADE])
def test_what_is_safe_is_not_refused(place, act):
    if act in MADE:
        place.unlink()
    act(place, [])


# --- what is wrong with whose a key is --------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path):
    return create_study(tmp_path / "study")


def said(study, *lines):
    (study.root / "sigpanel.toml").write_text("\n".join(lines))
    return open_study(study.root)


def live(study, key_id, **more):
    release = study.panel / "r0001"
    release.mkdir(parents=True)
    told = "".join(f', "{name}": {value}' for name, value in more.items())
    (release / "manifest.json").write_text(f'{{"key_id": "{key_id}"{told}}}')
    (study.panel / "CURRENT").write_text("r0001\n")


def no_key(study):
    custody.owner_key(study)


def no_managers_key(study):
    custody.manager_key(said(study, f'key_file = "{good(study.root.with_name("a"))}"'))


def managers_key_is_the_owners(study):
    a, b = good(study.root.with_name("a")), good(study.root.with_name("b"))
    custody.manager_key(said(study, f'key_file = "{a}"', f'manager_key_file = "{b}"'))


def managers_key_is_that_of_the_live_release(study):
    manager = good(study.root.with_name("b"))
    live(study, keys.load(manager).key_id)
    custody.manager_key(said(study, f'manager_key_file = "{manager}"'))


def managers_key_is_that_of_a_release_before(study):
    manager = good(study.root.with_name("b"))
    live(study, "another", previous_key_id=f'"{keys.load(manager).key_id}"')
    custody.manager_key(said(study, f'manager_key_file = "{manager}"'))


def managers_key_was_given_up_releases_ago(study):
    manager = good(study.root.with_name("b"))
    live(study, "another", retired_key_ids=f'["{keys.load(manager).key_id}"]')
    custody.manager_key(said(study, f'manager_key_file = "{manager}"'))


def managers_key_is_a_salt(study):
    salts.create_salt(study.root.with_name("b"), "demo-v1")
    salt = salts.salts_folder(study.root.with_name("b")) / "demo-v1"
    custody.manager_key(said(study, f'manager_key_file = "{salt}"'))


def managers_key_lies_in_the_study(study):
    custody.manager_key(said(study, f'manager_key_file = "{good(study.owner / "b")}"'))


def managers_key_lies_where_extracts_lie(study):
    custody.manager_key(said(study, f'manager_key_file = "{good(study.research / "extracts" / "b")}"'))


def managers_key_can_be_read_by_others(study):
    manager = good(study.root.with_name("b"))
    manager.chmod(0o644)
    custody.manager_key(said(study, f'manager_key_file = "{manager}"'))


def another_key_than_the_live_releases(study):
    live(study, "another")
    custody.same_key(study, keys.demonstration())


def key_of_another_study(study):
    manager, entries = good(study.root.with_name("b")), []
    study = said(study, f'manager_key_file = "{manager}"')
    for name in ("a-v1", "a-v2"):
        audit.append(
            extracts_log(study).path, on=dt.date(2026, 3, 1), event="issued", subject=name, digest="0" * 64,
            head_file=extracts_log(study).head_file(),
        )  # fmt: skip
        entries.append(extracts_log(study).path.read_bytes())
    extracts_log(study).path.write_bytes(entries[0])
    (study.extracts / "a-v1").mkdir()
    (study.extracts / "a-v1" / "manifest.json").write_text('{"key_id": "abcdefghij"}')
    held(extracts_log(study))


def a_release_without_successor(study):
    live(study, keys.demonstration().key_id, is_rekeyed="true")
    custody.same_key(study, keys.demonstration())


def a_rotation_that_was_interrupted(study):
    key_id = keys.demonstration().key_id
    live(study, key_id)
    (study.registry / f"unfinished-rotation-r0001-{key_id}.parquet").write_bytes(b"")
    custody.same_key(study, keys.demonstration())


ROLES = [
    (no_key, InputError, "key-not-set"),
    (no_managers_key, InputError, "manager-key-not-set"),
    (managers_key_is_the_owners, PolicyError, "roles-not-apart"),
    (managers_key_is_that_of_the_live_release, PolicyError, "roles-not-apart"),
    (managers_key_is_that_of_a_release_before, PolicyError, "roles-not-apart"),
    (managers_key_was_given_up_releases_ago, PolicyError, "roles-not-apart"),
    (managers_key_is_a_salt, PolicyError, "key-among-salts"),
    (managers_key_lies_in_the_study, PolicyError, "key-in-study"),
    (managers_key_lies_where_extracts_lie, PolicyError, "key-in-study"),
    (managers_key_can_be_read_by_others, PolicyError, "key-mode"),
    (another_key_than_the_live_releases, PolicyError, "key-of-another-panel"),
    (key_of_another_study, PolicyError, "key-of-another-study"),
    (a_release_without_successor, PolicyError, "panel-rekeyed"),
    (a_rotation_that_was_interrupted, PolicyError, "rotation-unfinished"),
]


@pytest.mark.parametrize(("act", "kind", "code"), ROLES)
def test_a_key_that_is_not_whose_it_should_be_is_refused(study, act, kind, code):
    with pytest.raises(kind) as caught:
        act(study)
    assert caught.value.code == code
    assert isinstance(caught.value, SigpanelError)
    assert caught.value.remedy


def test_one_person_may_have_both_roles_if_that_is_said(study):
    owner = good(study.root.with_name("a"))
    live(study, keys.load(owner).key_id)
    key, roles = custody.manager_key(said(study, f'key_file = "{owner}"', "one_role = true"))
    assert (key.key_id, roles) == (keys.load(owner).key_id, "one")


@pytest.mark.parametrize("odd", ["7", "null", '{"a": 1}', '[["a"], null, 7]'])
def test_what_a_damaged_manifest_says_of_keys_names_none_and_is_no_fault_of_ours(study, odd):
    live(study, "another", retired_key_ids=odd, previous_key_id='["a"]')
    manager = good(study.root.with_name("b"))
    assert custody.manager_key(said(study, f'manager_key_file = "{manager}"'))[1] == "two"


def test_two_keys_are_two_roles_also_where_the_manager_may_not_read_the_owners(study):
    manager = good(study.root.with_name("b"), bytes(32))
    key, roles = custody.manager_key(said(study, 'key_file = "nowhere"', f'manager_key_file = "{manager}"'))
    assert (key.key_id, roles) == (keys.load(manager).key_id, "two")


# --- what is handed over ----------------------------------------------------------------------------------------------

HANDED = [(UsageError, "recipient-unknown"), (InputError, "identity-unknown"), (InputError, "sealed-not-opened")]


def test_the_page_lists_just_these_refusals():
    codes = {code for *_, code in MATRIX} | {code for *_, code in ROLES} | {code for _, code in HANDED}
    section = PAGE.read_text().partition("## What is refused")[2].partition("\n## ")[0]
    listed = re.findall(r"^\|.*\| `([a-z-]+)` \|$", section, flags=re.MULTILINE)
    assert set(listed) == codes | {"key-unreadable", "key-not-created", "key-not-new"}
    assert len(listed) == len(set(listed))
