"""What a consumer asks of the data: completeness, coverage, linkage, horizon, timeliness.

Each is a share per cell of what it is about, held against two levels. A cell of too few is not judged; a cell that
should have rows and has none is broken. All figures are counts and shares: no value, no id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.forms import districts_listed, forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigpanel.contracts.consumers import Consumer, Levels

# An answer was asked for, but for these reasons: the edition or a skip condition did not ask, or the moment is to come.
_NOT_ASKED = ("not_asked", "not_yet", "not_collected")
_EMPTY = ("blank", "invalid")
_SAYS_NOTHING = ("unknown", "declined")
_DECIDED = ("linked", "not_linkable")
ALL = "all"


@dataclass(frozen=True)
class Verdict:
    """How a cell of a check stands: `kept`, `warned`, `broken` or `too_few`; `value` is a share, null of too few.

    `cell` says of what: variable, moment, programme, district, year. `mend` names what would help, which
    `sentences` has the words for.
    """

    check: str
    verdict: str
    cell: Mapping[str, Any] = field(default_factory=dict)
    n: int = 0
    value: float | None = None
    levels: Levels | None = None
    mend: str = ""


def serve(
    one: Consumer, tables: Mapping[str, pl.DataFrame], quality: Mapping[str, Any], today: dt.date
) -> list[Verdict]:
    """Hold a release against what a consumer asks of the data.

    Args:
        one: the consumer's contract.
        tables: the tables of a release.
        quality: the content of its `linkage_quality.json`.
        today: the day that timeliness is told for.
    """
    return [
        *_completeness(one, tables),
        *_coverage(one, tables["submissions"]),
        *_linkage(one, tables["cohort"], quality),
        *_horizon(one, tables["cohort"]),
        _timeliness(one, tables["submissions"], today),
    ]


# --- completeness -----------------------------------------------------------------------------------------------------


def completeness(tables: Mapping[str, pl.DataFrame], variables: Iterable[str]) -> pl.DataFrame:
    """How many were asked, and how many of them answered, after the DQMI of NHS Digital.

    Returns:
        `variable, moment, programme, district, year, asked, filled, answered`, one row per cell with an episode; `year`
        is that of the enrolment or the discharge, and `all` stands for all districts together.
    """
    when = pl.when(pl.col("moment") == "enrolment").then("enrolled_on").otherwise("discharged_on")
    episodes = (
        tables["episodes"]
        .filter(pl.col("programme") != "pilot")
        .select("episode_id", "programme", "district", "enrolled_on", "discharged_on")
    )
    is_asked = ~pl.col("missing").is_in(_NOT_ASKED).fill_null(value=False)
    is_filled = is_asked & ~pl.col("missing").is_in(_EMPTY).fill_null(value=False)
    is_answered = is_filled & ~pl.col("missing").is_in(_SAYS_NOTHING).fill_null(value=False)
    key = ("variable", "moment", "programme", "district", "year")
    counts = is_asked.sum().alias("asked"), is_filled.sum().alias("filled"), is_answered.sum().alias("answered")
    told = (
        tables["answers"]
        .filter(pl.col("variable").is_in(list(variables)))
        .join(episodes, on="episode_id")
        .with_columns(when.dt.year().alias("year"))
        .drop_nulls("year")
    )
    everywhere = told.with_columns(pl.lit(ALL).alias("district"))
    return pl.concat([told, everywhere]).group_by(key).agg(counts).sort(key)


def _completeness(one: Consumer, tables: Mapping[str, pl.DataFrame]) -> Iterator[Verdict]:
    for name, group in one.groups.items():
        for row in completeness(tables, group.variables).filter(pl.col("asked") > 0).iter_rows(named=True):
            cell = {key: row[key] for key in ("variable", "moment", "programme", "district", "year")}
            for what, levels in (("filled", group.filled), ("answered", group.answered)):
                yield _judged(f"completeness.{name}.{what}", cell, row[what], row["asked"], levels, one.least_n)


def _judged(check: str, cell: Mapping[str, Any], part: int, whole: int, levels: Levels, least: int) -> Verdict:
    if whole < least:
        return Verdict(check, "too_few", cell, whole, None, levels)
    value = part / whole
    about = check.partition(".")[0]
    return Verdict(check, levels.verdict(value), cell, whole, round(value, 4), levels, about)


# --- coverage, linkage, horizon, timeliness ---------------------------------------------------------------------------


def _coverage(one: Consumer, submissions: pl.DataFrame) -> Iterator[Verdict]:
    """Of the districts that a form of the year lists, those that sent a usable workbook."""
    sent = submissions.filter(pl.col("status") == "accepted").drop_nulls(["programme", "district"])
    years = sorted(sent["reported_year"].unique())
    for programme in sorted({form.programme for form in forms().values()}):
        own = sent.filter(pl.col("programme") == programme)
        if own.is_empty():
            yield Verdict("coverage", "broken", {"programme": programme}, 0, 0.0, one.coverage, "coverage")
            continue
        first = min(form.first_year for form in forms().values() if form.programme == programme)
        for year in (year for year in years if year >= first):
            expected = districts_listed(programme, year)
            there = set(own.filter(pl.col("reported_year") == year)["district"]) & expected
            cell = {"programme": programme, "year": year}
            yield _judged("coverage", cell, len(there), len(expected), one.coverage, 1)


def _linkage(one: Consumer, cohort: pl.DataFrame, quality: Mapping[str, Any]) -> Iterator[Verdict]:
    decided = cohort.filter(pl.col("status").is_in(_DECIDED)).height
    yield _of_cohort("linkage.decided", decided, cohort.height, one.decided)
    low = quality["levels"]["standard"]["precision"]["low"]
    if low is None:
        yield Verdict("linkage.precision", "too_few", {}, 0, None, one.precision)
    else:
        n_pairs = quality["levels"]["standard"]["pairs"]
        yield Verdict("linkage.precision", one.precision.verdict(low), {}, n_pairs, low, one.precision, "linkage")


def _horizon(one: Consumer, cohort: pl.DataFrame) -> Iterator[Verdict]:
    whole = (pl.col("n_unobserved_years") == 0) & (pl.col("n_observed_years") >= one.horizon_years)
    yield _of_cohort("horizon", cohort.filter(whole.fill_null(value=False)).height, cohort.height, one.horizon)


def _of_cohort(check: str, part: int, whole: int, levels: Levels) -> Verdict:
    if not whole:
        return Verdict(check, "broken", {}, 0, None, levels, "cohort")
    return _judged(check, {}, part, whole, levels, 1)


def _timeliness(one: Consumer, submissions: pl.DataFrame, today: dt.date) -> Verdict:
    month, day = (int(part) for part in one.timely_from.split("-"))
    is_due = (today.month, today.day) >= (month, day)
    due = today.year - one.years_behind - (0 if is_due else 1)
    last = submissions.filter(pl.col("status") == "accepted")["reported_year"].max()
    is_there = isinstance(last, int) and last >= due
    verdict = "kept" if is_there else "broken"
    return Verdict("timeliness", verdict, {"year": due}, submissions.height, mend="timeliness")
