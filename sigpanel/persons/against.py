"""What can speak against an episode's being of a person: sex, year and months of birth, district and time, initials.

Weights add up what speaks for a pair; this is what no weight outbids (`merge`). What an episode does not tell is null,
no set or all months, and speaks against nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from sigpanel.persons.names import known_end

if TYPE_CHECKING:
    from collections.abc import Sequence

_Value = TypeVar("_Value", str, int)


@dataclass(frozen=True)
class Facts:
    """What can speak against each episode's being of a person, by place. Days are counted from 1970 on.

    In columns and not in rows: most episodes are never asked, and to make a row of each takes longer than the asking.
    """

    sexes: Sequence[frozenset[str]]
    birth_years: Sequence[frozenset[int]]
    months: Sequence[int]
    district: Sequence[str | None]
    begins: Sequence[int | None]
    ends: Sequence[int | None]
    given: Sequence[frozenset[str]]
    is_pilot: Sequence[bool]
    last_person_id: Sequence[str]

    def __len__(self) -> int:
        return len(self.months)

    def overlap(self, one: int, other: int) -> bool:
        """Half-open intervals: discharge and enrolment on one day do not overlap; two from one day do, ended or not."""
        begins, begins_other, ends, ends_other = self.begins[one], self.begins[other], self.ends[one], self.ends[other]
        if begins is None or begins_other is None or ends is None or ends_other is None:
            return False
        return begins == begins_other or (begins < ends_other and begins_other < ends)


def facts_against(ordered: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """What can speak against each episode. Where its codes differ, so may the months: all that one of them allows."""
    told = named.group_by("place").agg(
        "given",
        pl.col("months").bitwise_or(),
        pl.col("birth_year").min().alias("earliest"),
        pl.col("birth_year").max().alias("latest"),
    )
    return ordered.join(told, on="place", how="left", suffix="_told", maintain_order="left").select(
        "place",
        "sex",
        pl.when(pl.col("earliest") == pl.col("latest")).then("earliest").alias("birth_year"),
        pl.coalesce("months_told", "months").alias("months"),
        "district",
        pl.col("enrolled_on").alias("begins"),
        known_end().alias("ends"),
        pl.col("given").list.join("").fill_null("").alias("given"),
        (pl.col("programme") == "pilot").alias("is_pilot"),
        pl.coalesce("known_person_id", "own_person_id").alias("last_person_id"),
    )


def by_place(against: pl.DataFrame) -> Facts:
    """`facts_against`, for asking one by one."""
    # Days as numbers, which takes a third of what dates do.
    told = {column.name: column.to_list() for column in against.with_columns(pl.col("begins", "ends").to_physical())}
    initials = {letters: frozenset(letters) for letters in set(told["given"])}
    return Facts(
        sexes=_sets(told["sex"]),
        birth_years=_sets(told["birth_year"]),
        months=told["months"],
        district=told["district"],
        begins=told["begins"],
        ends=told["ends"],
        given=[initials[letters] for letters in told["given"]],
        is_pilot=told["is_pilot"],
        last_person_id=told["last_person_id"],
    )


def _sets(values: Sequence[_Value | None]) -> list[frozenset[_Value]]:
    """The set of each value, of none where it is not told; one set for all who tell the same."""
    sets = {value: frozenset([value] if value else ()) for value in set(values)}
    return [sets[value] for value in values]
