"""What offices make of a true code, sex and age: mostly the same, at times another, at times nothing.

The shares are assumptions. An error is of the episode: a row that is sent again next year is last year's row, with its
error, but for those where somebody noticed or somebody slipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from _chance import pick
from _names import SPELT_OTHERWISE

if TYPE_CHECKING:
    import datetime as dt
    from random import Random

CODE_ERRORS = 0.02
KINDS = {
    "spelt_otherwise": 25, "initials_swapped": 10, "digit_off": 30, "digits_transposed": 15, "month_for_day": 12,
    "month_and_day": 8,
}  # fmt: skip
# Of episodes with an error that were reported in several years, those in which only one report has it.
_ERROR_IN_ONE_REPORT = 0.3
SEX_WRONG, SEX_MISSING = 0.003, 0.005
AGE_OFF, AGE_MISSING = 0.01, 0.01


def reported_codes(rng: Random, code: str, born: dt.date, *, is_resent: bool) -> tuple[str, list[str], str | None]:
    """The code as last reported, every code that a report gave, and the kind of error if there is one."""
    if rng.random() >= CODE_ERRORS:
        return code, [code], None
    wrong, kind = _with_error(rng, code, born)
    if is_resent and rng.random() < _ERROR_IN_ONE_REPORT:
        codes = sorted((wrong, code))
        return rng.choice(codes), codes, kind
    return wrong, [wrong], kind


def reported_sex(rng: Random, sex: str) -> str | None:
    """The sex as reported; null where it was left empty."""
    chance = rng.random()
    if chance < SEX_MISSING:
        return None
    return {"male": "female", "female": "male"}[sex] if chance < SEX_MISSING + SEX_WRONG else sex


def reported_age(rng: Random, age: int) -> int | None:
    """The age as reported; null where it was left empty."""
    chance = rng.random()
    if chance < AGE_MISSING:
        return None
    return age + rng.choice((-1, 1)) if chance < AGE_MISSING + AGE_OFF else age


def _with_error(rng: Random, code: str, born: dt.date) -> tuple[str, str]:
    """The code with one error and the kind of it; a kind that would change nothing gives way to another."""
    while True:
        kind = pick(rng, "kinds", KINDS)
        wrong = misspell(rng, kind, code, born)
        if wrong != code:
            return wrong, kind


def misspell(rng: Random, kind: str, code: str, born: dt.date) -> str:
    """The code with an error of that kind, or as it is where the kind does not apply."""
    letters, digits = code[:2], code[2:]
    match kind:
        case "spelt_otherwise":
            place = rng.randrange(2)
            return _put(code, place, rng.choice(SPELT_OTHERWISE.get(code[place], code[place])))
        case "initials_swapped":
            return letters[::-1] + digits
        case "digit_off":
            return _put(code, rng.randint(2, 5), str(rng.randrange(10)))
        case "digits_transposed":
            place = rng.randint(2, 4)
            return code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        case "month_for_day":
            return f"{letters}{digits[:2]}{born.month:02}"
    return f"{letters}{born.month:02}{digits[2:]}"


def _put(code: str, place: int, sign: str) -> str:
    return code[:place] + sign + code[place + 1 :]
