"""How episodes become persons, from `contracts/linkage.yaml`; what each entry means stands there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sigpanel.resources import contracts_dir, load_entries

_PATH = "linkage.yaml"


@dataclass(frozen=True)
class Linkage:
    """The entries of the file, under their own names."""

    version: int
    transfer_most_days: int
    renewal_most_days: int
    resends_least_share: float
    accept: Mapping[str, float]
    runner_up_bits: float
    unlike_bits: float
    expected_matches: float
    m: Mapping[str, Mapping[str, float]]
    surname_changes_yearly: Mapping[str, float]
    cohort: Mapping[str, Any]
    age_for_slip_bits: float
    age_against_slip_bits: float
    u_persons: int
    u_at_once: float
    u_levels: Mapping[str, int]
    u_given: Mapping[str, float]
    u_surname: Mapping[str, float]
    u_sex: Mapping[str, float]
    told_as: Mapping[str, str]
    score_least_pairs: int
    spelt_alike: Sequence[Sequence[str]]


@lru_cache(maxsize=1)
def linkage() -> Linkage:
    """The parameters, read once.

    Raises:
        Fault: the file has an entry too many or too few.
    """
    return Linkage(**load_entries("linkage", Linkage))


@lru_cache(maxsize=1)
def linkage_digest() -> str:
    """The digest of the file: releases linked by the same parameters have it in common."""
    return hashlib.sha256((contracts_dir() / _PATH).read_bytes()).hexdigest()
