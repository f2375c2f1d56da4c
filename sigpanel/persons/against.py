"""What can speak against an episode's being of a person: sex, year and months of birth, district and time, initials.

Weights add up what speaks for a pair; this is what no weight outbids (`merge`). What an episode does not tell is null,
or all months, and speaks against nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from sigpanel.persons.names import known_end


class Facts(NamedTuple):
    """What can speak against an episode's being of a person, by `place`. Days are counted from 1970 on."""

    place: int
    sex: str | None
    birth_year: int | None
    months: int
    district: str | None
    begins: int | None
    ends: int | None
    given: frozenset[str]
    is_pilot: bool
    last_person_id: str


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


def by_place(against: pl.DataFrame) -> list[Facts]:
    """`facts_against`, row by row."""
    # Column by column, which takes two thirds of what rows do; days as numbers, which takes a third of what dates do;
    # and one set for all who have the same initials.
    against = against.with_columns(pl.col("begins", "ends").to_physical())
    columns = {name: against[name].to_list() for name in Facts._fields}
    sets = {initials: frozenset(initials) for initials in set(columns["given"])}
    columns["given"] = [sets[initials] for initials in columns["given"]]
    return list(map(Facts._make, zip(*columns.values(), strict=True)))
