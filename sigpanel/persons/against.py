"""What can speak against an episode's being of a person: sex, year and months of birth, district and time, initials.

Weights add up what speaks for a pair; this is what no weight outbids (`merge`). What an episode does not tell is null,
or all months, and speaks against nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import polars as pl

from sigpanel.persons.names import known_end


class Facts(NamedTuple):
    """What can speak against an episode's being of a person, by `place`."""

    place: int
    sex: str | None
    birth_year: int | None
    months: int
    district: str | None
    begins: dt.date | None
    ends: dt.date | None
    given: frozenset[str]
    is_pilot: bool
    last_person_id: str


def facts_against(ordered: pl.DataFrame, named: pl.DataFrame) -> list[Facts]:
    """What can speak against each episode. Where its codes differ, so may the months: all that one of them allows."""
    told = named.group_by("place").agg(
        pl.col("given"), pl.col("months").bitwise_or(), pl.col("birth_year").drop_nulls().unique().alias("years")
    )
    rows = ordered.select(
        "place",
        "sex",
        "birth_year",
        "months",
        "district",
        "enrolled_on",
        known_end().alias("ends"),
        pl.col("programme") == "pilot",
        pl.coalesce("known_person_id", "own_person_id").alias("last"),
    ).join(told, on="place", how="left", suffix="_told", maintain_order="left")
    columns = (
        "place",
        "sex",
        "district",
        "enrolled_on",
        "ends",
        "given",
        "programme",
        "years",
        "months_told",
        "months",
        "last",
    )
    return [
        Facts(
            place=place,
            sex=sex,
            birth_year=years[0] if years and len(years) == 1 else None,
            months=told_months if told_months is not None else months,
            district=district,
            begins=begins,
            ends=ends,
            given=frozenset(given or ()),
            is_pilot=is_pilot,
            last_person_id=last,
        )
        for place, sex, district, begins, ends, given, is_pilot, years, told_months, months, last in rows.select(
            columns
        ).iter_rows()
    ]
