"""The key in use: published vectors, pseudonyms equal exactly where texts are, and nothing given away."""

import copy
import dataclasses
import pickle
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel import key as keys
from sigpanel.errors import Fault

SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("custody") / "key"
    path.write_bytes(SECRET)
    path.chmod(0o600)
    return keys.load(path)


# --- the primitives, against the vectors of RFC 5869 (appendix A) and RFC 4231 (section 4) --------------------------

HKDF_VECTORS = {
    "case 1": (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    "case 2": (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    "case 3": (
        "0b" * 22,
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
}

HMAC_VECTORS = {
    "case 1": (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    "case 2": (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "case 3": (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    "case 4": (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    "case 6": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "case 7": (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}


@pytest.mark.parametrize(("secret", "salt", "info", "expected"), HKDF_VECTORS.values(), ids=HKDF_VECTORS)
def test_hkdf_gives_the_vectors_of_rfc_5869(secret, salt, info, expected):
    made = keys.hkdf_sha256(
        bytes.fromhex(secret), bytes.fromhex(info), salt=bytes.fromhex(salt) or None, length=len(expected) // 2
    )
    assert made.hex() == expected


@pytest.mark.parametrize(("secret", "message", "expected"), HMAC_VECTORS.values(), ids=HMAC_VECTORS)
def test_hmac_gives_the_vectors_of_rfc_4231(secret, message, expected):
    assert keys.hmac_sha256(secret, message).hex() == expected


# --- derivation and pseudonyms --------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_ids_in_every_version(key):
    # Changing any of these renumbers every panel there is.
    assert key.key_id == "4k5wx2gih4"
    assert key.derive("uno").hex() == "26b290efa58a7093d63a3be40ff2c252f5d3d296a36a3a3a9f1f416afe0546f8"
    assert key.pseudonym("uno", "AP4701") == "uq2cxan3yv73xr353bfitngz7ny"


def test_purposes_cannot_be_matched_against_each_other(key):
    codes = pl.Series(["AP4701"])
    made = [key.pseudonyms(purpose, codes)[0][1:] for purpose in keys.PREFIXES]
    assert len(set(made)) == len(keys.PREFIXES)


@pytest.mark.parametrize(
    ("purpose", "first"),
    [
        ("persons", "p"),
        ("episodes", "e"),
        ("uno", "u"),
        ("submissions", "s"),
        ("cohort", "c"),
        ("registry", "r"),
        ("registry/facts", "r"),
    ],
)
def test_a_pseudonym_is_a_letter_for_the_purpose_and_16_bytes_in_base32(key, purpose, first):
    made = key.pseudonym(purpose, "AP4701")
    assert made[0] == first
    assert len(made) == 27
    assert set(made[1:]) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_a_purpose_without_a_letter_gets_none(key):
    assert len(key.pseudonym("extract", "AP4701")) == 26


@pytest.mark.parametrize("n", [5, 1_500])
def test_few_texts_and_many_get_the_pseudonyms_that_each_gets_alone(key, n):
    texts = pl.Series([f"text {number}" for number in range(n)])
    assert key.pseudonyms("uno", texts).to_list() == [key.pseudonym("uno", text) for text in texts]


def test_null_stays_null_and_name_and_order_stay(key):
    made = key.pseudonyms("uno", pl.Series("code", ["AP4701", None, "AW4701", "AP4701"]))
    assert made.name == "code"
    assert made.to_list() == [key.pseudonym("uno", "AP4701"), None, key.pseudonym("uno", "AW4701"), made[0]]


@pytest.mark.parametrize(
    "values", [pl.Series([], dtype=pl.String), pl.Series([None, None]), pl.Series([None], dtype=pl.String)]
)
def test_nothing_to_pseudonymise_gives_nulls_of_text(key, values):
    made = key.pseudonyms("uno", values)
    assert made.dtype == pl.String
    assert made.to_list() == [None] * len(values)


def test_composed_and_decomposed_letters_are_one_text(key):
    composed = "ÅÖ4701"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert key.pseudonym("uno", composed) == key.pseudonym("uno", decomposed)


@given(texts=st.lists(st.text(), max_size=20))
def test_pseudonyms_are_equal_exactly_where_texts_are(key, texts):
    made = key.pseudonyms("uno", pl.Series(texts, dtype=pl.String)).to_list()
    same = [unicodedata.normalize("NFC", text) for text in texts]
    assert [[a == b for b in made] for a in made] == [[a == b for b in same] for a in same]


@given(texts=st.lists(st.text(), max_size=20))
def test_the_order_of_rows_does_not_matter(key, texts):
    forwards = key.pseudonyms("uno", pl.Series(texts, dtype=pl.String)).to_list()
    backwards = key.pseudonyms("uno", pl.Series(texts[::-1], dtype=pl.String)).to_list()
    assert forwards == backwards[::-1]


def test_values_that_are_not_texts_are_refused_without_naming_them(key):
    with pytest.raises(Fault) as caught:
        key.pseudonyms("uno", pl.Series(["AP4701"], dtype=pl.Enum(["AP4701"])))
    assert caught.value.code == "key-values"
    assert caught.value.message == "Pseudonyms are made of texts, not of Enum."


@pytest.mark.parametrize("purpose", ["", "UNO", "a b", "/uno", "uno/", "key-id"])
def test_a_purpose_that_is_not_one_is_refused(key, purpose):
    with pytest.raises(Fault) as caught:
        key.derive(purpose)
    assert caught.value.code == "key-purpose"


# --- a key gives nothing away ---------------------------------------------------------------------------------------


def test_a_key_shows_its_id_and_nothing_else(key):
    assert repr(key) == str(key) == f"{key}" == f"Key({key.key_id})"


def test_no_field_of_a_key_holds_its_bytes(key):
    fields = [getattr(key, field.name) for field in dataclasses.fields(key)]
    assert not any(isinstance(value, bytes) for value in fields)
    assert not any(hidden in repr(fields) for hidden in (repr(SECRET), SECRET.hex(), repr(SECRET)[2:-1]))


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_neither_pickled_nor_copied(key, copied):
    with pytest.raises(TypeError, match="never pickled or copied"):
        copied(key)


def test_a_key_is_not_changed(key):
    with pytest.raises(dataclasses.FrozenInstanceError):
        key.key_id = "another"
