"""Persons in groups, so many in each; and a ledger that refuses a table of them."""

import polars as pl
import pytest

from sigpanel.errors import PolicyError
from sigpanel.tables import Ledger


def people(**sizes: int) -> pl.DataFrame:
    """`person_id, group`: so many persons in each group."""
    rows = [(f"{group}{at}", group) for group, n in sizes.items() for at in range(n)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "group": pl.String}, orient="row")


def crossed(sizes: dict[tuple, int], *by: str) -> pl.DataFrame:
    """`person_id, by…`: so many persons in each combination of categories."""
    rows = [(f"{cell}{at}", *cell) for cell, n in sizes.items() for at in range(n)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, **dict.fromkeys(by, pl.String)}, orient="row")


def refusal(ledger: Ledger, table, name: str = "new") -> PolicyError:
    """That a ledger refuses a table for what it tells beside others, and stays as it was."""
    before = ledger.path.read_bytes() if ledger.path.exists() else b""
    with pytest.raises(PolicyError) as caught:
        ledger.release(table, name)
    assert caught.value.code == "cells-differ-by-few"
    assert (ledger.path.read_bytes() if ledger.path.exists() else b"") == before
    return caught.value
