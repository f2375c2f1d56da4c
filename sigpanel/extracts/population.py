"""Who is in an extract, by the panel's own ids: persons, and the episodes of theirs that leave.

    members(tables, approval)       whose data an extract of that approval may hold
    population(tables, approval)    the same, with episodes and how many are left out

A person is in who has an episode to which all of the approval's population applies; a value that is missing applies to
nothing. Persons who took back their consent to waive secrecy are in or out as the approval says, and counted either
way. No key is needed for any of this, and nothing is coarsened here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from sigpanel.contracts.approvals import Approval

Tables = Mapping[str, pl.LazyFrame] | Callable[[str], pl.LazyFrame]

CONSENT_WITHDRAWN = "consent_withdrawn"
_PERSON = {"default": "person_id", "strict": "person_id_strict", "wide": "person_id_wide"}


@dataclass(frozen=True)
class Population:
    """Who is in, and how many are not.

    Attributes:
        episodes: `person_id, episode_id` of what leaves; a person is what the approval's identity says.
        n_eligible: persons to whom the population applies.
        n_consent_withdrawn: how many of them took back their consent to waive secrecy.
        n_excluded: how many of them are left out for it.
    """

    episodes: pl.DataFrame
    n_eligible: int
    n_consent_withdrawn: int
    n_excluded: int

    @property
    def persons(self) -> pl.DataFrame:
        """`person_id` of who is in."""
        return self.episodes.select("person_id").unique().sort("person_id")


def members(tables: Tables, approval: Approval) -> pl.DataFrame:
    """Whose data an extract of an approval may hold: `person_id`, the panel's, by the standard linkage rule."""
    leaving = population(tables, approval).episodes.select("episode_id")
    own = table_of(tables, "episodes").select("episode_id", "person_id").collect()
    return own.join(leaving, on="episode_id", how="semi").select("person_id").unique().sort("person_id")


def population(tables: Tables, approval: Approval) -> Population:
    """Who is in, and which episodes leave.

    Args:
        tables: the panel's, by name.
        approval: whose population is asked.
    """
    episodes = episodes_of(tables, approval.identity)
    matching = _matching(episodes, _asked_of_cohort(tables, approval), approval)
    eligible = matching.select("person_id").unique()
    withdrew = (
        episodes.filter(pl.col("discharge_reason") == CONSENT_WITHDRAWN)
        .join(eligible, on="person_id", how="semi")
        .select("person_id")
        .unique()
    )
    who = eligible.join(withdrew, on="person_id", how="anti") if approval.consent_withdrawn == "exclude" else eligible
    taken = matching if approval.population.episodes == "matching" else episodes
    leaving = taken.join(who, on="person_id", how="semi").select("person_id", "episode_id").sort("episode_id")
    return Population(leaving, eligible.height, withdrew.height, eligible.height - who.height)


def episodes_of(tables: Tables, identity: str) -> pl.DataFrame:
    """The panel's episodes, `person_id` being the person by that identity."""
    return table_of(tables, "episodes").with_columns(pl.col(_PERSON[identity]).alias("person_id")).collect()


def table_of(tables: Tables, name: str) -> pl.LazyFrame:
    """A table of the panel."""
    return tables[name] if isinstance(tables, Mapping) else tables(name)


def _matching(episodes: pl.DataFrame, cohort: pl.DataFrame | None, approval: Approval) -> pl.DataFrame:
    who = approval.population
    asked = [pl.col(column).is_in(list(words)) for column, words in who.words.items()]
    asked += _between("enrolled_on", who.enrolled_from, who.enrolled_to) + _between("age", who.age_from, who.age_to)
    found = episodes.filter(pl.all_horizontal(pl.lit(value=True), *asked))
    return found if cohort is None else found.join(cohort, on="episode_id", how="semi")


def _between(column: str, first: object, last: object) -> list[pl.Expr]:
    at_least = [] if first is None else [pl.col(column) >= pl.lit(first)]
    return at_least if last is None else [*at_least, pl.col(column) <= pl.lit(last)]


def _asked_of_cohort(tables: Tables, approval: Approval) -> pl.DataFrame | None:
    """The episodes of persons who are of the cohort, or not, as asked; null where it is not asked."""
    if approval.population.in_cohort is None:
        return None
    of = table_of(tables, "persons").filter(pl.col("in_cohort") == approval.population.in_cohort).select("person_id")
    return table_of(tables, "episodes").join(of, on="person_id", how="semi").select("episode_id").collect()
