"""Persons in groups, so many in each."""

import polars as pl


def people(**sizes: int) -> pl.DataFrame:
    """`person_id, group`: so many persons in each group."""
    rows = [(f"{group}{at}", group) for group, n in sizes.items() for at in range(n)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "group": pl.String}, orient="row")


def crossed(sizes: dict[tuple, int], *by: str) -> pl.DataFrame:
    """`person_id, by…`: so many persons in each combination of categories."""
    rows = [(f"{cell}{at}", *cell) for cell, n in sizes.items() for at in range(n)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, **dict.fromkeys(by, pl.String)}, orient="row")
