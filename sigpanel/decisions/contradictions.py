"""Whether decisions on links can all be true: who are the same by a chain of decisions cannot be different by another.

A contradiction is told with its two ends, and the shortest chain of decisions that makes them the same. Nothing is
preferred: which of the decisions is wrong only those can say who took them.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sigpanel.contracts.links import links_file
from sigpanel.decisions.links import DIFFERENT, SAME
from sigpanel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sigpanel.decisions.links import LinkDecision

_MOST_TOLD = 20


class Contradiction(NamedTuple):
    """Episodes each the same as the next, of which the first and the last are decided to be different."""

    chain: tuple[str, ...]


def contradictions(decisions: Iterable[LinkDecision]) -> list[Contradiction]:
    """Every pair that is decided to be different and is the same by others; the shortest chains first."""
    taken = list(decisions)
    same: dict[str, set[str]] = {}
    for one in taken:
        if one.verdict == SAME:
            same.setdefault(one.episode_a, set()).add(one.episode_b)
            same.setdefault(one.episode_b, set()).add(one.episode_a)
    found = {_chain(*one.pair, same) for one in taken if one.verdict == DIFFERENT}
    return [Contradiction(chain) for chain in sorted(filter(None, found), key=lambda chain: (len(chain), chain))]


def _chain(start: str, end: str, same: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The shortest chain from one to the other; of several the first by ids; empty where there is none."""
    before: dict[str, str | None] = {start: None}
    waiting = deque([start])
    while waiting and end not in before:
        here = waiting.popleft()
        for neighbour in sorted(same.get(here, ())):
            if neighbour not in before:
                before[neighbour] = here
                waiting.append(neighbour)
    if end not in before:
        return ()
    chain: list[str] = []
    at: str | None = end
    while at is not None:
        chain.append(at)
        at = before[at]
    return tuple(reversed(chain))


def hold(decisions: Iterable[LinkDecision]) -> None:
    """Refuse decisions that cannot all be true.

    Raises:
        InputError: each contradiction is named by its episodes, and the lines that make it.
    """
    taken = list(decisions)
    found = contradictions(taken)
    if not found:
        return
    by_pair = {one.pair: one for one in taken}
    more = f"\n  and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    raise InputError(
        "links-contradict",
        f"Decisions on links cannot all be true:{''.join(_told(one, by_pair) for one in found[:_MOST_TOLD])}{more}\n",
        remedy=f"Look at these pairs once more (`sigpanel trace` tells of an episode). Take the wrong decision out of "
        f"{links_file().path}, or answer otherwise in the review list.",
    )


def _told(one: Contradiction, by_pair: Mapping[tuple[str, str], LinkDecision]) -> str:
    first, *_, last = one.chain
    steps = [by_pair[min(pair), max(pair)] for pair in pairwise(one.chain)]
    same = ", ".join(f"{a} same {b}{_line(step)}" for (a, b), step in zip(pairwise(one.chain), steps, strict=True))
    return f"\n  {same}, but {first} different {last}{_line(by_pair[min(first, last), max(first, last)])}"


def _line(decision: LinkDecision) -> str:
    return f" (line {decision.line})" if decision.line else " (new)"
