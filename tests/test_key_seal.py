"""A key handed over: the same key comes out, for nobody else, and nothing of it lies anywhere on the way."""

import os
import shutil
import stat
import subprocess

import pyrage
import pytest

from sigpanel import key as keys
from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.key.seal import open_sealed, seal

SECRET = bytes(range(100, 132))


@pytest.fixture
def identity(tmp_path):
    """An identity file as `age-keygen` writes it, and its public key."""
    made = pyrage.x25519.Identity.generate()
    path = tmp_path / "identity"
    path.write_text(f"# created: 2025-02-01T10:00:00+01:00\n# public key: {made.to_public()}\n{made}\n")
    path.chmod(0o600)
    return path, str(made.to_public())


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "sig.key"
    path.write_bytes(SECRET)
    path.chmod(0o600)
    return path


def test_what_is_sealed_is_opened_to_the_same_key_for_its_owner_alone(key_file, identity, tmp_path):
    file, recipient = identity
    sealed = seal(key_file, recipient, tmp_path / "sealed")
    opened = open_sealed(tmp_path / "sealed", file, tmp_path / "opened")
    assert sealed.key_id == opened.key_id == keys.load(key_file).key_id
    assert (tmp_path / "opened").read_bytes() == SECRET
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("sealed", "opened")} == {0o600}
    assert SECRET not in (tmp_path / "sealed").read_bytes()


def test_a_sealed_key_that_anybody_may_read_on_its_way_is_opened(key_file, identity, tmp_path):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    (tmp_path / "sealed").chmod(0o644)
    assert open_sealed(tmp_path / "sealed", file, tmp_path / "opened").key_id


def test_age_itself_opens_what_was_sealed(key_file, identity, tmp_path):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    one = pyrage.x25519.Identity.from_str(file.read_text().splitlines()[-1])
    assert pyrage.decrypt((tmp_path / "sealed").read_bytes(), [one]) == SECRET
    if shutil.which("age"):
        ran = subprocess.run(["age", "-d", "-i", file, tmp_path / "sealed"], capture_output=True, check=True)  # noqa: S607
        assert ran.stdout == SECRET


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o377])
def test_a_key_is_opened_for_its_owner_alone_whatever_the_umask(key_file, identity, tmp_path, umask):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    before = os.umask(umask)
    try:
        open_sealed(tmp_path / "sealed", file, tmp_path / "opened")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "opened").stat().st_mode) == 0o600


def test_a_key_that_could_not_be_written_is_not_left_half_open(key_file, identity, tmp_path, monkeypatch):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    there = sorted(tmp_path.iterdir())

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        open_sealed(tmp_path / "sealed", file, tmp_path / "opened")
    assert sorted(tmp_path.iterdir()) == there


@pytest.mark.parametrize(
    "recipient", ["", "age1", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQ", "age1\x00", "ålder1", "QX0619"]
)
def test_who_is_no_recipient_is_not_repeated(key_file, tmp_path, recipient):
    with pytest.raises(UsageError) as caught:
        seal(key_file, recipient, tmp_path / "sealed")
    assert caught.value.code == "recipient-unknown"
    assert caught.value.message == "The recipient is not one of age."
    assert caught.value.__suppress_context__
    assert not (tmp_path / "sealed").exists()


@pytest.mark.parametrize(
    "content", [b"", b"# nothing\n", b"AGE-SECRET-KEY-1QX0619\n", b"\xff\xfe\x00", b"QX0619\n", b"x" * 100_000]
)
def test_what_is_no_identity_is_not_repeated(key_file, identity, tmp_path, content):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_sealed(tmp_path / "sealed", file, tmp_path / "opened")
    assert caught.value.code == "identity-unknown"
    assert "QX0619" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_identity_beside_something_else_is_refused(key_file, identity, tmp_path):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    file.write_text(file.read_text() + "QX0619\n")
    with pytest.raises(InputError, match="or something else besides"):
        open_sealed(tmp_path / "sealed", file, tmp_path / "opened")


def of_another(sealed, _recipient):
    sealed.write_bytes(pyrage.encrypt(SECRET, [pyrage.x25519.Identity.generate().to_public()]))


def cut_short(sealed, _recipient):
    sealed.write_bytes(sealed.read_bytes()[:-1])


def changed(sealed, _recipient):
    content = bytearray(sealed.read_bytes())
    content[-1] ^= 1
    sealed.write_bytes(bytes(content))


def not_sealed_at_all(sealed, _recipient):
    sealed.write_bytes(SECRET)


def empty(sealed, _recipient):
    sealed.write_bytes(b"")


def no_key_in_it(sealed, recipient):
    sealed.write_bytes(pyrage.encrypt(b"QX0619", [pyrage.x25519.Recipient.from_str(recipient)]))


def by_a_passphrase(sealed, _recipient):
    sealed.write_bytes(pyrage.passphrase.encrypt(SECRET, "QX0619"))


def very_large(sealed, recipient):
    sealed.write_bytes(pyrage.encrypt(bytes(100_000), [pyrage.x25519.Recipient.from_str(recipient)]))


@pytest.mark.parametrize(
    "fault", [of_another, cut_short, changed, not_sealed_at_all, empty, no_key_in_it, by_a_passphrase, very_large]
)
def test_what_was_not_sealed_to_the_identity_is_not_opened(key_file, identity, tmp_path, fault):
    file, recipient = identity
    seal(key_file, recipient, tmp_path / "sealed")
    fault(tmp_path / "sealed", recipient)
    with pytest.raises(InputError) as caught:
        open_sealed(tmp_path / "sealed", file, tmp_path / "opened")
    assert caught.value.code == "sealed-not-opened"
    assert "QX0619" not in str(caught.value)
    assert not (tmp_path / "opened").exists()


def test_a_sealed_key_that_is_not_there_or_no_file_is_named(identity, tmp_path):
    with pytest.raises(InputError) as caught:
        open_sealed(tmp_path / "sealed", identity[0], tmp_path / "opened")
    assert caught.value.code == "key-missing"
    os.mkfifo(tmp_path / "sealed")
    with pytest.raises(PolicyError) as refused:
        open_sealed(tmp_path / "sealed", identity[0], tmp_path / "opened")
    assert refused.value.code == "key-not-a-file"


_WATCHED = """
import sys
written = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str) and (args[2] or 0) & 3: written.append(args[0])
sys.addaudithook(watch)
from pathlib import Path
from sigpanel.key.seal import open_sealed, seal
folder = Path(sys.argv[1])
seal(folder / "sig.key", sys.argv[2], folder / "sealed")
open_sealed(folder / "sealed", folder / "identity", folder / "opened")
print(*written, sep="\\n")
"""


def test_nothing_but_the_two_files_is_written_on_the_way(key_file, identity, tmp_path, python, monkeypatch):
    assert key_file.name == "sig.key"
    for name in ("HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    ran = python("-c", _WATCHED, tmp_path, identity[1])
    assert ran.stderr == ""
    assert ran.stdout.split() == [str(tmp_path / "sealed"), str(tmp_path / "opened")]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != tmp_path]
    assert (tmp_path / "opened").read_bytes() == SECRET
