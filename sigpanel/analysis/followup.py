"""Whether it happened within 1, 2, 3, 5 years: 1, 0, or null where nobody can know.

    followup(panel, event="reenrolment", years=[1, 2, 3, 5])

A window is the years after the index event, less the buffer. It is 1 where the event came in it; 0 where it did not and
all of the window was observed; null otherwise, never 0: the watch ended earlier, a register was not asked, or some of
it lies in years of which there are no reports (2017 to 2019 for a return of the 2013–2016 cohort). Where the dates of
an extract are coarse it is 1 or 0 only if that holds for every day that they can be.

A share is of the windows that were observed in full, whatever happened in them. An event that was seen in a window that
was not is a fact about its person, and no part of a share: of such windows only those with an event would be known.

That who is observed long enough was enrolled early is no chance: shares of the same window in two groups are of
different calendar years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel import tables
from sigpanel.analysis import is_true, listed
from sigpanel.analysis.answers import lists_of
from sigpanel.analysis.days import HIGH, LOW
from sigpanel.analysis.index import index
from sigpanel.contracts.analysis import analysis
from sigpanel.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

YEARS = (1, 2, 3, 5)


def followup(  # noqa: PLR0913 - each says one thing of the follow-up
    source: Source,
    origin: str = "discharge",
    event: str = "reenrolment",
    *,
    years: Sequence[int] = YEARS,
    buffer: int = 0,
    calendar: bool = False,
    by: str | Sequence[str] = (),
    identity: str = "default",
    population: str = "sig",
) -> pl.DataFrame:
    """One row per person with the index event, and a column for each window.

    Args:
        source: a panel or an extract.
        origin: see `survival`.
        event: see `survival`.
        years: windows, in whole years.
        buffer: see `survival`; the window still ends so many years after the index event.
        calendar: whether windows are whole calendar years after that of the index event, whose rest does not count.
            So what has happened is certain in an extract that has years only, too.
        by: see `survival`.
        identity: see `survival`.
        population: see `survival`.

    Returns:
        `person_id, *by`, then for each window `within_<n>y` (Int64: 1, 0 or null) and `observed_<n>y` (Boolean: all of
        it was observed), and `observed_years` (Float64), how long the person is watched after the index event, at
        least, without the years of which nobody reports; null where nothing is known. Persons without the index event
        are not there.

    Raises:
        UsageError: an argument is not what it can be.
        InputError: an extract lacks a column.
    """
    by = listed(by)
    if not isinstance(years, list | tuple | range) or not years or any(type(y) is not int or y < 1 for y in years):
        raise UsageError("years-no-years", "Windows are whole years, from 1.", remedy="Give years=[1, 2, 3, 5].")
    found = index(
        source, origin, event, identity=identity, population=population, buffer=buffer, calendar=is_true(calendar),
        by=by, is_of_windows=True, why="Follow-up",
    )  # fmt: skip
    rows = found.rows.filter(pl.col("unseen").ne_missing("no_origin"))
    last = pl.col(f"until{LOW}")
    # Years of which nobody reports are no part of the watch.
    first_of_gap = pl.max_horizontal("gap_from", pl.col(f"origin{HIGH}") + 1)
    unwatched = (pl.min_horizontal("gap_until", last) - first_of_gap + 1).clip(lower_bound=0).fill_null(0)
    watched = pl.when(pl.col("unseen").is_null()).then((last - pl.col(f"origin{HIGH}")).clip(lower_bound=0) - unwatched)
    windows = [column for each in dict.fromkeys(years) for column in _window(each, buffer)]
    return rows.select(
        "person_id", *by, *windows, observed_years=(watched / analysis().year_days).cast(pl.Float64)
    ).sort("person_id")  # fmt: skip


def _window(years: int, buffer: int) -> tuple[pl.Expr, pl.Expr]:
    """What happened in a window, and whether all of it was observed: for every day that the dates can be."""
    end = {side: _anniversary(pl.col(f"origin{side}") - buffer, years) for side in (LOW, HIGH)}
    is_there = pl.col("unseen").is_null()
    is_seen = pl.all_horizontal(pl.col(f"entry{side}") <= pl.col(f"origin{side}") for side in (LOW, HIGH))
    is_in_gap = (pl.col("gap_from") <= end[HIGH]) & (pl.col("gap_until") > pl.col(f"origin{LOW}"))
    is_observed = (
        is_there & is_seen & (pl.col(f"until{LOW}") >= end[HIGH]) & ~is_in_gap.fill_null(value=False)
    ).fill_null(value=False)
    # A return that another district told after one's own had fallen silent is known all the same.
    is_told = (pl.col(f"event{HIGH}") <= pl.col(f"until{HIGH}")) | (pl.col("until_why") == "last_report")
    is_in_time = (pl.col(f"event{HIGH}") <= end[LOW]) & is_told
    is_too_late = pl.col(f"event{LOW}").is_null() | (pl.col(f"event{LOW}") > end[HIGH])
    told = pl.when((is_there & is_in_time).fill_null(value=False)).then(1).when(is_observed & is_too_late).then(0)
    happened = pl.when(~pl.col("is_doubtful") | is_in_time.fill_null(value=False)).then(told)
    return happened.cast(pl.Int64).alias(f"within_{years}y"), is_observed.alias(f"observed_{years}y")


def _anniversary(day: pl.Expr, years: int) -> pl.Expr:
    """The same day so many years later; for days since enrolment, which know no calendar, off by a day at most."""
    return day.cast(pl.Date).dt.offset_by(f"{years}y").cast(pl.Int32)


def followup_table(  # noqa: PLR0913 - those of `followup`, and whether the table may be published
    source: Source,
    origin: str = "discharge",
    event: str = "reenrolment",
    *,
    years: Sequence[int] = YEARS,
    buffer: int = 0,
    calendar: bool = False,
    by: str | Sequence[str] = (),
    identity: str = "default",
    population: str = "sig",
    protect: bool = True,
) -> tables.Table | pl.DataFrame:
    """The share of persons to whom the event came, of those whose window was observed, by window.

    Args:
        source: see `followup`.
        origin: see `followup`.
        event: see `followup`.
        years: see `followup`.
        buffer: see `followup`.
        calendar: see `followup`.
        by: see `followup`.
        identity: see `followup`.
        population: see `followup`.
        protect: whether the table may be published. With False it is exact, and for one's own eyes alone.

    Returns:
        By `years, *by`: protected, a table of `persons` with an observed window and the `mean` of `happened`; else
        `persons, not_observed, seen_besides, share, low, high`: windows observed in full, and not; events seen in the
        latter, which are no part of the share; and its exact (Clopper–Pearson) limits at 95 %.

    Raises:
        UsageError: see `followup`.
        InputError: see `followup`; or the dates are so coarse that of some windows nobody can say whether the event
            came in them. A share of the others would be of those whom it did not befall.
    """
    by = listed(by)
    rows = followup(
        source, origin, event, years=years, buffer=buffer, calendar=calendar, by=by, identity=identity,
        population=population,
    )  # fmt: skip
    long = pl.concat(
        rows.select("person_id", *by, years=pl.lit(each), happened=f"within_{each}y", is_observed=f"observed_{each}y")
        for each in dict.fromkeys(years)
    ).cast({"years": pl.Int64})
    if not long.filter("is_observed", pl.col("happened").is_null()).is_empty():
        raise InputError(
            "dates-too-coarse",
            "The dates of this extract do not tell on which side of a window's end an event lies.",
            remedy="Give calendar=True: windows of whole calendar years, of which years are enough.",
        )
    observed = pl.col("happened").filter("is_observed")
    if is_true(protect):
        whole = long.filter("is_observed")
        # The cohort is of the pilot alone; in SIG there is none of it, and a table has no empty lines for it.
        categories = lists_of(source, by) if population == "sig" else {}
        return tables.means(
            whole, "happened", ["years", *by], threshold=source.threshold, harmless=["years"], categories=categories
        )
    sizes = {
        "persons": observed.len().cast(pl.Int64),
        "not_observed": (~pl.col("is_observed")).sum().cast(pl.Int64),
        "seen_besides": pl.col("happened").filter(~pl.col("is_observed")).sum().cast(pl.Int64),
        "share": observed.mean(),
        "n": observed.sum(),
    }
    return _with_limits(long.group_by("years", *by).agg(**sizes).sort("years", *by, nulls_last=True)).drop("n")


def _with_limits(shares: pl.DataFrame) -> pl.DataFrame:
    """Add `low` and `high`: Clopper and Pearson's limits of a share of `n` among `persons` (Biometrika 1934)."""
    # A second to import, and nothing else of an opened panel needs it.
    from scipy.stats import beta

    limits = [
        (float(beta.ppf(0.025, n, of - n + 1)) if n else 0.0, float(beta.ppf(0.975, n + 1, of - n)) if n < of else 1.0)
        if of
        else (None, None)
        for n, of in shares.select("n", "persons").iter_rows()
    ]
    return shares.hstack(pl.DataFrame(limits, schema={"low": pl.Float64, "high": pl.Float64}, orient="row"))
