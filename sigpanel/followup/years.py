"""One row per id that was asked about and calendar year of any coverage, also where nothing happened.

A count is 0 where the whole year is covered for a person who was searched for, and nothing happened; null where the
person was not searched for, or the year is not covered in full or lies within the lag. Days at risk are those alive, in
the country and at liberty (`sigpanel.analysis.liberty`), as far as deliveries tell: they need deaths and emigration,
which no register of deaths tells by itself, and where time deprived of liberty has come from several registers, all of
these. Somebody is taken to be in Sweden when the coverage begins,
unless the first thing told is an immigration. The day of death or emigration is no day at risk any more; the day of
release is. Who is not in the register of work and study is not "not employed": everything is null then.

The age of criminal responsibility is not looked at, since an extract need not tell how old somebody is: the years
before 15 are no years at risk, and their zeros are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.liberty import locked_in
from sigpanel.contracts.followup import DEATH, EMIGRATION, FOUND, IMMIGRATION, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigpanel.contracts.delivery import Coverage
    from sigpanel.followup.held import Taken

_YEAR = ["person_id", "year"]
_WORK = ("employment", "studies", "income_band", "employment_basis")


def outcome_years(
    taken: Sequence[Taken], outcomes: pl.DataFrame, coverage: pl.DataFrame, searched: pl.DataFrame
) -> pl.DataFrame:
    """The rows, sorted by id and year; `outcomes`, `coverage` and `searched` are those that the same tables became."""
    columns = schema("outcome_years")
    if coverage.is_empty():
        return pl.DataFrame(schema=columns)
    first, last = coverage["from_on"].dt.year().min(), coverage["until_on"].dt.year().max()
    years = pl.DataFrame({"year": pl.int_range(int(str(first)), int(str(last)) + 1, dtype=pl.Int16, eager=True)})
    grid = searched.select("person_id").unique().join(years, how="cross")
    spans = _spans(taken, coverage)
    grid = grid.join(_counts(outcomes), on=_YEAR, how="left", maintain_order="left")
    for name, outcome in (("n_suspicions", "suspicion"), ("n_convictions", "conviction")):
        is_covered = _covered(grid, spans, searched, outcome, every=False)
        grid = grid.with_columns(pl.when(is_covered).then(pl.col(name).fill_null(0)).alias(name))
    grid = _with_days(grid, outcomes, spans, searched)
    return _with_work(grid, taken, spans, searched).select(pl.col(n).cast(t) for n, t in columns.items()).sort(_YEAR)


def _spans(taken: Sequence[Taken], coverage: pl.DataFrame) -> pl.DataFrame:
    """By outcome and register the whole years that are covered: `outcome, source, from_year, until_year`."""
    last: dict[str, Coverage] = {each.name: each.coverage for each in taken}
    until = [last[name].complete_until for name in coverage["delivery"]]
    made = coverage.with_columns(pl.Series("until_on", until, dtype=pl.Date))
    from_year = pl.col("from_on").dt.year() + (pl.col("from_on") != pl.col("from_on").dt.truncate("1y"))
    day_after = pl.col("until_on").dt.offset_by("1d")
    return made.select("outcome", "source", from_year.alias("from_year"), (day_after.dt.year() - 1).alias("until_year"))


def _covered(
    grid: pl.DataFrame, spans: pl.DataFrame, searched: pl.DataFrame, outcome: str, *, every: bool
) -> pl.Series:
    """Whether each row's year is covered for the person by one register, or by every one that has delivered."""
    mine = spans.filter(outcome=outcome)
    found = searched.filter(search=FOUND).join(mine, on="source")
    covered = (
        grid.select(_YEAR)
        .join(found, on="person_id")
        .filter(pl.col("year").is_between("from_year", "until_year"))
        .group_by(_YEAR)
        .agg(pl.len().alias("n"))
    )
    least = mine.height if every else 1
    n = grid.select(_YEAR).join(covered, on=_YEAR, how="left", maintain_order="left")["n"].fill_null(0)
    return (n >= max(least, 1)).alias("is_covered")


def _counts(outcomes: pl.DataFrame) -> pl.DataFrame:
    of_year = outcomes.with_columns(pl.col("happened_on").dt.year().cast(pl.Int16).alias("year"))
    return of_year.group_by(_YEAR).agg(
        pl.col("outcome").eq("suspicion").sum().alias("n_suspicions"),
        pl.col("outcome").eq("conviction").sum().alias("n_convictions"),
    )


# --- days -------------------------------------------------------------------------------------------------------------


def _with_days(grid: pl.DataFrame, outcomes: pl.DataFrame, spans: pl.DataFrame, searched: pl.DataFrame) -> pl.DataFrame:
    first = pl.date(int(str(grid["year"].min())), 1, 1)
    end = pl.date(int(str(grid["year"].max())) + 1, 1, 1)
    locked = locked_in(outcomes).rename({"from_on": "a", "until_on": "b"})
    gone = pl.concat([_dead(outcomes), _abroad(outcomes)])
    clipped = [
        each.with_columns(
            pl.max_horizontal("a", first).alias("a"), pl.min_horizontal(pl.col("b").fill_null(end), end).alias("b")
        )
        for each in (locked, pl.concat([gone, locked]))
    ]
    deprived, away = (_days(each) for each in clipped)
    for name, days in (("locked", deprived), ("away", away)):
        grid = grid.join(days.rename({"n": name}), on=_YEAR, how="left", maintain_order="left")
    has_deprivation = spans.filter(outcome="deprivation").height > 0
    by_lives = _covered(grid, spans, searched, DEATH, every=False)
    by_lives &= _covered(grid, spans, searched, EMIGRATION, every=False)
    by_locks = _covered(grid, spans, searched, "deprivation", every=True)
    whole = pl.when(pl.date("year", 1, 1).dt.is_leap_year()).then(366).otherwise(365)
    return grid.with_columns(
        pl.when(by_locks if has_deprivation else pl.lit(value=False))
        .then(pl.col("locked").fill_null(0))
        .alias("days_deprived"),
        pl.when(by_lives & by_locks if has_deprivation else by_lives)
        .then(whole - pl.col("away").fill_null(0))
        .alias("days_at_risk"),
    )


def _dead(outcomes: pl.DataFrame) -> pl.DataFrame:
    died = outcomes.filter(outcome=DEATH).group_by("person_id").agg(pl.col("happened_on").min().alias("a"))
    return died.with_columns(pl.lit(None, pl.Date).alias("b"))


def _abroad(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Times out of the country, until before b; null where it goes on, or has no beginning that is told."""
    moves = (
        outcomes.filter(pl.col("outcome").is_in([EMIGRATION, IMMIGRATION]))
        .sort("person_id", "happened_on", "outcome")
        .with_columns(
            pl.col("happened_on").shift(-1).over("person_id").alias("next_on"),
            pl.int_range(pl.len()).over("person_id").alias("no"),
        )
    )
    left = moves.filter(outcome=EMIGRATION).select(
        "person_id", pl.col("happened_on").alias("a"), pl.col("next_on").alias("b")
    )
    came = moves.filter((pl.col("outcome") == IMMIGRATION) & (pl.col("no") == 0)).select(
        "person_id", pl.lit(None, pl.Date).alias("a"), pl.col("happened_on").alias("b")
    )
    return pl.concat([left, came])


def _days(times: pl.DataFrame) -> pl.DataFrame:
    """Per person and year the days within any of the times, each once."""
    return (
        times.filter(pl.col("a") < pl.col("b"))
        .select("person_id", pl.date_ranges("a", "b", closed="left").alias("day"))
        .explode("day")
        .unique()
        .group_by("person_id", pl.col("day").dt.year().cast(pl.Int16).alias("year"))
        .agg(pl.len().cast(pl.Int32).alias("n"))
    )


# --- work and study ---------------------------------------------------------------------------------------------------


def _with_work(grid: pl.DataFrame, taken: Iterable[Taken], spans: pl.DataFrame, searched: pl.DataFrame) -> pl.DataFrame:
    none = pl.DataFrame(schema={"person_id": pl.String, "year": pl.Int16, **dict.fromkeys(_WORK, pl.String)})
    told = [none, *(each.frame.select(none.columns) for each in taken if each.kind == "work_and_study")]
    rows = pl.concat(told).with_columns(pl.lit(value=True).alias("is_there"))
    grid = grid.join(rows, on=_YEAR, how="left", maintain_order="left")
    is_covered = _covered(grid, spans, searched, "work_and_study", every=False)
    return grid.with_columns(
        pl.when(is_covered).then(pl.col("is_there").fill_null(value=False)).alias("is_in_register")
    )
