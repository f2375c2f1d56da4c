"""What the file of withdrawals looks like, from `contracts/withdrawals.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.errors import Fault
from sigpanel.resources import load_entries

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Words:
    """What a word of the file means, in both languages."""

    en: str
    sv: str


@dataclass(frozen=True)
class WithdrawalsFile:
    """The description.

    Attributes:
        path: where the file lies in a study.
        columns: what each column means, by its name, in the order in which they are written.
        kinds: what a line may be about.
        scopes: out of what somebody is taken.
        reasons: why; nothing else may stand there, since free text would tell of somebody.
        codes: the errors' codes where the file has other columns, or another format.
    """

    path: str
    columns: Mapping[str, str]
    kinds: Mapping[str, Words]
    scopes: Mapping[str, Words]
    reasons: Mapping[str, Words]
    codes: Mapping[str, str]


@lru_cache(maxsize=1)
def withdrawals_file() -> WithdrawalsFile:
    """The description, read once.

    Raises:
        Fault: it has an entry too many or too few.
    """
    raw = load_entries("withdrawals", WithdrawalsFile)
    try:
        for name in ("kinds", "scopes", "reasons"):
            raw[name] = {token: Words(**told) for token, told in raw[name].items()}
    except (AttributeError, TypeError):
        raise Fault(
            "withdrawals-description",
            "contracts/withdrawals.yaml has a word without its two texts.",
            remedy="Mend the file.",
        ) from None
    return WithdrawalsFile(**raw)
