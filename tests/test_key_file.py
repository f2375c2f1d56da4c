"""The key file: made for its owner alone, and every unsafe one refused by name, when reading as when creating."""

import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest

from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError

SECRET = bytes(range(32))


def key_file(path: Path, content: bytes = SECRET, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


# --- creating -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o377])
def test_a_new_key_is_32_bytes_for_its_owner_alone_whatever_the_umask(tmp_path, umask):
    path = tmp_path / "key"
    before = os.umask(umask)
    try:
        made = keys.create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert keys.load(path).key_id == made.key_id


def test_two_new_keys_differ(tmp_path):
    assert keys.create(tmp_path / "a").key_id != keys.create(tmp_path / "b").key_id


def test_a_key_is_not_made_over_another(tmp_path):
    path = key_file(tmp_path / "key")
    with pytest.raises(PolicyError) as caught:
        keys.create(path)
    assert caught.value.code == "key-exists"
    assert path.read_bytes() == SECRET


def test_a_key_is_not_made_through_a_dangling_link(tmp_path):
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PolicyError) as caught:
        keys.create(tmp_path / "key")
    assert caught.value.code == "key-exists"
    assert not (tmp_path / "elsewhere").exists()


def test_the_folder_of_a_new_key_must_exist(tmp_path):
    with pytest.raises(InputError) as caught:
        keys.create(tmp_path / "folder" / "key")
    assert caught.value.code == "key-folder-missing"


def test_a_key_that_could_not_be_written_is_not_left_half_made(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keys.create(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


# --- the refusal matrix: what is wrong with the file, and the code it is refused by ---------------------------------


def missing(tmp_path):
    return tmp_path / "key"


def missing_folder(tmp_path):
    return key_file(tmp_path / "file") / "key"


def symbolic_link(tmp_path):
    key_file(tmp_path / "file")
    (tmp_path / "key").symlink_to(tmp_path / "file")
    return tmp_path / "key"


def hard_link(tmp_path):
    key_file(tmp_path / "file")
    (tmp_path / "key").hardlink_to(tmp_path / "file")
    return tmp_path / "key"


def folder(tmp_path):
    (tmp_path / "key").mkdir(mode=0o700)
    return tmp_path / "key"


def fifo(tmp_path):
    os.mkfifo(tmp_path / "key", 0o600)
    return tmp_path / "key"


def empty(tmp_path):
    return key_file(tmp_path / "key", b"")


def too_short(tmp_path):
    return key_file(tmp_path / "key", SECRET[:-1])


def too_long(tmp_path):
    return key_file(tmp_path / "key", SECRET + b"\n")


REFUSED_FILES = [
    (missing, InputError, "key-missing"),
    (missing_folder, InputError, "key-missing"),
    (symbolic_link, PolicyError, "key-symlink"),
    (hard_link, PolicyError, "key-hard-link"),
    (folder, PolicyError, "key-not-a-file"),
    (fifo, PolicyError, "key-not-a-file"),
    (empty, PolicyError, "key-size"),
    (too_short, PolicyError, "key-size"),
    (too_long, PolicyError, "key-size"),
]


@pytest.mark.parametrize(("fault", "kind", "code"), REFUSED_FILES)
def test_a_file_that_is_no_safe_key_is_refused(tmp_path, fault, kind, code):
    with pytest.raises(kind) as caught:
        keys.load(fault(tmp_path))
    assert caught.value.code == code


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666])
def test_a_key_that_others_can_read_or_write_is_refused(tmp_path, mode):
    with pytest.raises(PolicyError) as caught:
        keys.load(key_file(tmp_path / "key", mode=mode))
    assert caught.value.code == "key-mode"


def test_a_key_for_reading_only_is_accepted(tmp_path):
    assert keys.load(key_file(tmp_path / "key", mode=0o400)).key_id


def test_a_key_of_another_user_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(PolicyError) as caught:
        keys.load(key_file(tmp_path / "key"))
    assert caught.value.code == "key-owner"


def inside(tmp_path):
    return tmp_path / "study" / "key"


def deep_inside(tmp_path):
    return tmp_path / "study" / "owner" / "registry" / "key"


def inside_by_dots(tmp_path):
    return tmp_path / "elsewhere" / ".." / "study" / "key"


def inside_by_a_linked_folder(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "study")
    return tmp_path / "link" / "key"


def linked_from_inside(tmp_path):
    (tmp_path / "study" / "link").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "study" / "link" / "key"


PLACES = [inside, deep_inside, inside_by_dots, inside_by_a_linked_folder, linked_from_inside]


def place(tmp_path, where):
    (tmp_path / "study" / "owner" / "registry").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    return where(tmp_path)


@pytest.mark.parametrize("act", [keys.create, keys.load])
@pytest.mark.parametrize("where", PLACES)
def test_a_key_in_the_study_or_among_its_output_is_refused(tmp_path, where, act):
    path = place(tmp_path, where)
    if act is keys.load:
        key_file(path)
    with pytest.raises(PolicyError) as caught:
        act(path, forbidden=[tmp_path / "another", tmp_path / "study"])
    assert caught.value.code == "key-in-study"
    assert path.exists() == (act is keys.load)


def test_a_study_named_through_a_link_is_the_same_study(tmp_path):
    path = place(tmp_path, inside)
    (tmp_path / "link").symlink_to(tmp_path / "study")
    with pytest.raises(PolicyError) as caught:
        keys.create(path, forbidden=[tmp_path / "link"])
    assert caught.value.code == "key-in-study"


def test_a_study_named_relative_to_here_is_the_same_study(tmp_path, monkeypatch):
    path = place(tmp_path, inside)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError) as caught:
        keys.create(path, forbidden=[Path("study")])
    assert caught.value.code == "key-in-study"


def test_a_key_beside_the_study_is_accepted(tmp_path):
    place(tmp_path, inside)
    assert keys.create(tmp_path / "study.key", forbidden=[tmp_path / "study"]).key_id


@pytest.mark.parametrize("act", [keys.create, keys.load])
@pytest.mark.parametrize("git", ["folder", "file of a linked work tree"])
def test_a_key_in_a_git_work_tree_is_refused(tmp_path, act, git):
    if git == "folder":
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607
    else:
        (tmp_path / ".git").write_text("gitdir: /elsewhere\n")
    path = tmp_path / "deep" / "down" / "key"
    path.parent.mkdir(parents=True)
    if act is keys.load:
        key_file(path)
    with pytest.raises(PolicyError) as caught:
        act(path)
    assert caught.value.code == "key-in-git"


@pytest.mark.parametrize(
    ("act", "kind", "code"), [(keys.load, PolicyError, "key-unreadable"), (keys.create, InputError, "key-not-created")]
)
def test_a_key_that_may_not_be_opened_is_refused(tmp_path, monkeypatch, act, kind, code):
    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(kind) as caught:
        act(tmp_path / "key")
    assert caught.value.code == code


@pytest.mark.parametrize("act", [keys.create, keys.load])
def test_where_nobody_can_tell_who_may_read_a_file_no_key_is_used(tmp_path, act):
    path = key_file(tmp_path / "key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "name", "nt")
        with pytest.raises(PolicyError) as caught:
            act(path)
    assert caught.value.code == "key-platform"


def test_a_refusal_says_what_to_do_next(tmp_path):
    with pytest.raises(InputError) as caught:
        keys.load(tmp_path / "key")
    assert str(caught.value) == (
        f"There is no key file at {tmp_path / 'key'}. See whether the path is misspelt: it is set by "
        "SIGPANEL_KEY_FILE or `key_file`. Only where there is none yet, or it is lost for good with every sealed copy, "
        "make one: `sigpanel key new FILE`."
    )


def test_no_refusal_carries_the_exception_of_the_system(tmp_path):
    with pytest.raises(InputError) as caught:
        keys.load(tmp_path / "key")
    assert caught.value.__suppress_context__


def test_a_key_is_not_made_in_any_study_whatever_study_it_is_for(tmp_path):
    (tmp_path / "owner").mkdir()
    (tmp_path / "sigpanel.toml").write_text("")
    with pytest.raises(PolicyError) as caught:
        keys.create(tmp_path / "owner" / "sig.key")
    assert caught.value.code == "key-in-study"
    assert not (tmp_path / "owner" / "sig.key").exists()
