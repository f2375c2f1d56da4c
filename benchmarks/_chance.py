"""Chance by weights, for the simulator."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_T = TypeVar("_T")
_CUMULATED: dict[object, tuple[list[Any], list[float]]] = {}


def pick(rng: Random, name: object, weights: Mapping[_T, float]) -> _T:
    """One of the keys by its weight. The weights of a `name` are added up once: a panel picks some 200,000 times."""
    if name not in _CUMULATED:
        _CUMULATED[name] = (list(weights), list(accumulate(weights.values())))
    keys, sums = _CUMULATED[name]
    picked: _T = rng.choices(keys, cum_weights=sums)[0]
    return picked
