"""What anybody can make of a code without the key is found among ids; what the key made is not."""

import base64
import hashlib
import hmac
import itertools

import polars as pl
import pytest

from sigpanel.contracts.uno import possible_codes
from sigpanel.key import demonstration
from sigpanel.proof import attack

CODES = ["AP4701", "ÅX0809"]
STRANGER = "BO0765"
SALT = "nebulosa-17"


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def weak(name: str, text: str) -> str:
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def found(*tokens: str, codes=(STRANGER, "AA0001")) -> frozenset[str]:
    return attack(tokens, codes=CODES, others=["Farsta siskefil.xlsx"], salts=[SALT], possible=lambda: codes).found


GUESSED = {
    "in hexadecimals": sha256(CODES[0]).hex(),
    "of a code with Å": sha256(CODES[1]).hex(),
    "of a code that the study does not know": sha256(STRANGER).hex(),
    "cut off": sha256(STRANGER).hex()[:12],
    "the end of it": sha256(CODES[0]).hex()[-16:],
    "in Base32, with a letter before": "u" + base64.b32encode(sha256(STRANGER)).decode().lower()[:26],
    "in Base64": base64.b64encode(sha256(STRANGER)).decode(),
    "in Base64 for addresses, cut off": base64.urlsafe_b64encode(sha256(STRANGER)).decode()[:9],
    "as a whole number": str(int.from_bytes(sha256(CODES[0])[:8], "big")),
    "MD5": weak("md5", STRANGER),
    "SHA-1": weak("sha1", STRANGER),
    "BLAKE2": hashlib.blake2b(STRANGER.encode()).hexdigest(),
    "SHA-512": hashlib.sha512(CODES[0].encode()).hexdigest(),
    "of small letters": sha256(CODES[0].lower()).hex(),
    "twice": hashlib.sha256(sha256(CODES[0])).hexdigest(),
    "polars' hash": str(pl.Series(CODES).hash()[0]),
    "a published salt before": sha256(SALT + CODES[0]).hex(),
    "a published salt behind": sha256(CODES[0] + SALT).hex(),
    "a usual word as salt": sha256(f"salt:{CODES[0]}").hex(),
    "a published word as key": hmac.digest(SALT.encode(), CODES[0].encode(), "sha256").hex(),
    "of the name of a file": sha256("Farsta siskefil.xlsx").hex(),
}


@pytest.mark.parametrize("how", GUESSED)
def test_it_is_found(how):
    assert found("something", GUESSED[how], "more" * 9) == {GUESSED[how]}


def test_what_a_key_made_is_not_found():
    key = demonstration()
    assert found(*(key.pseudonym(purpose, code) for purpose in ("uno", "persons") for code in CODES)) == frozenset()


def test_what_is_too_short_to_be_told_from_chance_is_not_found():
    assert found(sha256(CODES[0]).hex()[:10]) == frozenset()


def test_every_possible_code_is_tried():
    codes = list(itertools.islice(possible_codes(), 6200))
    assert (codes[0], codes[31], codes[-1]) == ("AA0001", "AA0061", "AA9991")
    assert len(set(codes)) == 6200
    assert sum(1 for _ in possible_codes()) == 29 * 29 * 6200


@pytest.mark.slow
def test_the_whole_attack_finds_whoever_it_is():
    ids = [weak("md5", "ÖÖ9991"), sha256("ZÖ9931").hex()]
    done = attack(ids, codes=CODES)
    assert (done.n_codes, done.found) == (29 * 29 * 6200, frozenset(ids))
