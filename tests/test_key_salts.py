"""Salts of extracts: with the manager's key and the salt the same ids, without the salt never again."""

import stat

import polars as pl
import pytest

from sigpanel import key as keys
from sigpanel.errors import Fault, PolicyError
from sigpanel.key import salts
from sigpanel.key.derive import hkdf_sha256, of_secret

PERSONS = pl.Series(["pa", "pb", None])


@pytest.fixture
def key_file(tmp_path):
    keys.create(tmp_path / "manager.key")
    return tmp_path / "manager.key"


def ids(key_file, name, info="demo/v1"):
    return keys.load(key_file).salted(salts.read_salt(key_file, name), info).pseudonyms("extract-persons", PERSONS)


def test_a_salt_is_32_bytes_in_a_folder_beside_the_key_for_its_owner_alone(key_file):
    made = salts.create_salt(key_file, "demo-v1")
    path = key_file.with_name("manager.key.salts") / "demo-v1"
    assert made == salts.read_salt(key_file, "demo-v1") == path.read_bytes()
    assert len(made) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_salt_is_made_once(key_file):
    salts.create_salt(key_file, "demo-v1")
    with pytest.raises(PolicyError) as caught:
        salts.create_salt(key_file, "demo-v1")
    assert caught.value.code == "key-exists"


def test_a_salt_that_was_destroyed_is_gone_for_good_and_so_are_the_ids(key_file):
    salt = salts.create_salt(key_file, "demo-v1")
    before = ids(key_file, "demo-v1")
    path = salts.salts_folder(key_file) / "demo-v1"
    path.with_name("kept").hardlink_to(path)  # another name of the same bytes: what stood in the file is overwritten
    salts.destroy_salt(key_file, "demo-v1")
    assert not salts.has_salt(key_file, "demo-v1")
    assert path.with_name("kept").read_bytes() != salt
    for act in (salts.read_salt, salts.destroy_salt):
        with pytest.raises(PolicyError) as caught:
            act(key_file, "demo-v1")
        assert caught.value.code == "salt-missing"
    salts.create_salt(key_file, "demo-v1")
    assert not set(ids(key_file, "demo-v1").drop_nulls()) & set(before.drop_nulls())


def test_a_salt_that_others_may_read_is_refused_and_can_be_destroyed_all_the_same(key_file):
    salts.create_salt(key_file, "demo-v1")
    (salts.salts_folder(key_file) / "demo-v1").chmod(0o644)
    with pytest.raises(PolicyError, match="can be read or written by others"):
        salts.read_salt(key_file, "demo-v1")
    salts.destroy_salt(key_file, "demo-v1")
    assert not salts.has_salt(key_file, "demo-v1")


@pytest.mark.parametrize("name", ["", ".", "..", "../key", "a/b", ".hidden", "Demo", "a" * 201, "å"])
def test_a_salts_name_leads_to_no_other_folder(key_file, name):
    for act in (salts.create_salt, salts.read_salt, salts.has_salt, salts.destroy_salt):
        with pytest.raises(Fault) as caught:
            act(key_file, name)
        assert caught.value.code == "salt-name"


# --- an extract's own key ---------------------------------------------------------------------------------------------


def test_an_extracts_key_is_the_same_in_every_version():
    # Changing any of these gives every extract other ids when it is issued again.
    key = of_secret(bytes(range(32))).salted(bytes(range(32, 64)), "demo-followup/v1")
    expected = hkdf_sha256(
        of_secret(bytes(range(32))).derive("extracts"),
        b"sigpanel/v1/extracts/demo-followup/v1",
        salt=bytes(range(32, 64)),
    )
    assert key.key_id == of_secret(expected).key_id
    assert key.pseudonym("extract-persons", "pa")[0] == "x"
    assert key.pseudonym("extract-episodes", "pa")[0] == "y"
    assert key.pseudonym("extract-cohort", "pa")[0] == "z"
    assert repr(key) == f"Key({key.key_id})"


def test_another_key_salt_name_or_version_gives_other_ids():
    one, other = of_secret(bytes(range(32))), of_secret(bytes(32))
    made = [
        one.salted(bytes(32), "demo/v1"),
        one.salted(bytes(32), "demo/v2"),
        one.salted(bytes(32), "demo"),
        one.salted(bytes(32), "other/v1"),
        one.salted(bytes([1] * 32), "demo/v1"),
        other.salted(bytes(32), "demo/v1"),
        one,
    ]
    ids = [id_ for key in made for id_ in key.pseudonyms("extract-persons", PERSONS).drop_nulls()]
    assert len(set(ids)) == 2 * len(made)


@pytest.mark.parametrize(
    ("salt", "info"),
    [(b"", "demo/v1"), (bytes(31), "demo/v1"), (bytes(32), ""), (bytes(32), "../x"), (bytes(32), "a/v1/v2")],
)
def test_without_a_salt_or_a_name_there_is_no_key(salt, info):
    with pytest.raises(Fault) as caught:
        of_secret(bytes(32)).salted(salt, info)
    assert caught.value.code == "key-salt"
