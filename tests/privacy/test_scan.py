"""The search for leaks finds what is planted: else finding nothing would prove nothing."""

import base64
import hashlib
import json

import polars as pl
import pytest

from tests.privacy.scan import leaks, told

WORD = "Åsa Kanarie 19990101-1234"
CODE = "ÅX0809"

PLANTED = {
    "as it is": lambda word: word.encode(),
    "in capitals": lambda word: word.upper().encode(),
    "in small letters": lambda word: word.lower().encode(),
    "in Latin-1": lambda word: word.encode("latin-1"),
    "in UTF-16": lambda word: word.encode("utf-16-le"),
    "in JSON": lambda word: json.dumps({"example": word}).encode(),
    "in hexadecimals": lambda word: word.encode().hex().encode(),
    "backwards": lambda word: word[::-1].encode(),
    "as a plain digest": lambda word: hashlib.sha256(word.encode()).hexdigest().encode(),
    "as a digest in base32": lambda word: base64.b32encode(hashlib.sha256(word.lower().encode()).digest())[:26].lower(),
}


@pytest.mark.parametrize("word", [WORD, CODE])
@pytest.mark.parametrize("how", PLANTED)
def test_a_word_is_found(tmp_path, word, how):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.json").write_bytes(b"before" + PLANTED[how](word) + b"after")
    (tmp_path / "sound.json").write_bytes(b"nothing to be seen")
    assert leaks(tmp_path, [word, "something else"]) == [(word, "deep/file.json")]


@pytest.mark.parametrize("offset", range(3))
def test_a_word_is_found_in_base64_wherever_it_begins(tmp_path, offset):
    (tmp_path / "file").write_bytes(base64.b64encode(b"x" * offset + WORD.encode() + b"more"))
    assert leaks(tmp_path, [WORD]) == [(WORD, "file")]


def test_a_word_is_found_in_the_name_of_a_file_and_of_a_folder(tmp_path):
    (tmp_path / WORD).mkdir()
    (tmp_path / f"{CODE}.parquet").write_bytes(b"")
    assert sorted(leaks(tmp_path, [WORD, CODE])) == sorted([(WORD, WORD), (CODE, f"{CODE}.parquet")])


def test_a_value_is_found_in_packed_parquet(tmp_path):
    frame = pl.DataFrame({"text": [f"row {number} and more" for number in range(5000)] + [WORD]})
    frame.write_parquet(tmp_path / "file.parquet", compression="zstd", statistics=False)
    assert WORD.encode() not in (tmp_path / "file.parquet").read_bytes()
    assert leaks(tmp_path, [WORD]) == [(WORD, "file.parquet")]


def test_a_value_of_a_removed_row_is_found_in_a_dictionary(tmp_path):
    frame = pl.DataFrame({"text": pl.Series([WORD, "a", "b"] * 9, dtype=pl.Enum([WORD, "a", "b"]))})
    frame.filter(pl.col("text") != WORD).write_parquet(tmp_path / "file.parquet", compression="zstd")
    assert leaks(tmp_path, [WORD]) == [(WORD, "file.parquet")]


def test_metadata_is_searched(tmp_path):
    pl.DataFrame({"n": [1]}).write_parquet(tmp_path / "file.parquet", metadata={"made from": WORD})
    assert leaks(tmp_path, [WORD]) == [(WORD, "file.parquet")]


def test_a_text_is_searched():
    assert told(f"error: could not cast {WORD.upper()}", [WORD, CODE]) == [WORD]
