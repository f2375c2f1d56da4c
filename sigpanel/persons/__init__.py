"""From episodes to persons: who came back.

What an episode says of who its person is (`names`) brings pairs up (`candidates`), each field of a pair has its weight
(`weights`), and the best pairs are merged first, as long as nothing forbids it (`merge`, `link`). Then a person's
episodes are numbered, with gaps and transfers (`number`). Pilot episodes are linked by the same rules.

Ids come from the person's founding episode, so that they are as lasting as episode ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.collector import uncollected
from sigpanel.persons.history import facts
from sigpanel.persons.link import link
from sigpanel.persons.number import number, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

__all__ = ["Resolved", "facts", "resolve"]


@dataclass(frozen=True)
class Resolved:
    """`episodes` with persons, ordinals and gaps; `persons`, one row each; `links`, one row per pair considered.

    `pairs` is the data owner's side of the links: with weights, which would tell how rare an initial is.
    """

    episodes: pl.DataFrame
    persons: pl.DataFrame
    links: pl.DataFrame
    pairs: pl.DataFrame


def resolve(
    episodes: pl.DataFrame,
    *,
    pseudonyms: Callable[[str, pl.Series], pl.Series],
    remembered: pl.DataFrame | None = None,
    decisions: pl.DataFrame | None = None,
) -> Resolved:
    """Resolve episodes into persons.

    Args:
        episodes: `episode_id, programme, district, uno, sex, age, enrolled_on, discharged_on, status, observed_until,
            first_reported_year, last_reported_year, known_birth_year` and `watched_until`, the last day on which the
            district would have told of a return; the pilot's included.
        pseudonyms: turns texts into keyed ids, by purpose.
        remembered: the registry of the live release: `episode_id, person_id, founded_in`.
        decisions: what persons decided of pairs and still holds: `episode_a, episode_b, verdict` (same, different).
    """
    # What is linked makes no cycles, and is a great deal that the collector would walk through.
    with uncollected():
        linked = link(episodes, pseudonyms, remembered, decisions)
    numbered = number(linked.episodes)
    return Resolved(episodes=numbered, persons=summarise(numbered), links=linked.links(numbered), pairs=linked.pairs)
