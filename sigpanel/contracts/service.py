"""What a consumer asks of the data: completeness, coverage, linkage, horizon, timeliness.

Each is a share per cell of what it is about, held against two levels. A cell of too few is not judged; a cell that
should have rows and has none is broken. All figures are counts and shares: no value, no id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.codes import NOT_ASKED
from sigpanel.forms import districts_listed, forms, harmonised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigpanel.contracts.consumers import Consumer, Group, Levels

_EMPTY = ("blank", "invalid")
_SAYS_NOTHING = ("unknown", "declined")
_DECIDED = ("linked", "not_linkable")
ALL = "all"


@dataclass(frozen=True)
class Verdict:
    """How a cell of a check stands: `kept`, `warned`, `broken` or `too_few`; `value` is a share, null of too few.

    `cell` says of what: variable, moment, programme, district, year; `n` of how many, null where that is not told.
    `mend` names what would help, which `sentences` has the words for.
    """

    check: str
    verdict: str
    cell: Mapping[str, Any] = field(default_factory=dict)
    n: int | None = 0
    value: float | None = None
    levels: Levels | None = None
    mend: str = ""


def serve(
    one: Consumer, tables: Mapping[str, pl.DataFrame], quality: Mapping[str, Any], today: dt.date
) -> list[Verdict]:
    """Hold a release against what a consumer asks of the data; of what it does not ask, nothing is told.

    Args:
        one: the consumer's contract.
        tables: the tables of a release.
        quality: the content of its `linkage_quality.json`.
        today: the day that timeliness is told for.
    """
    return [
        *_completeness(one, tables),
        *_coverage(one, tables["submissions"], today),
        *_linkage(one, tables["cohort"], quality),
        *_horizon(one, tables["cohort"]),
        *_timeliness(one, tables["submissions"], today),
    ]


# --- completeness -----------------------------------------------------------------------------------------------------


def completeness(tables: Mapping[str, pl.DataFrame], variables: Iterable[str]) -> pl.DataFrame:
    """How many were asked, and how many of them answered, after the DQMI of NHS Digital.

    Returns:
        `variable, moment, programme, district, year, asked, filled, answered`, one row per cell with an episode; `year`
        is that of the enrolment or the discharge, or of the first or last report where that day is not known, and `all`
        stands for all districts together.
    """
    first = pl.coalesce(pl.col("enrolled_on").dt.year(), "first_reported_year")
    last = pl.coalesce(pl.col("discharged_on").dt.year(), "last_reported_year")
    episodes = (
        tables["episodes"]
        .filter(pl.col("programme") != "pilot")
        .select("episode_id", "programme", "district", first.alias("first"), last.alias("last"))
    )
    is_asked = ~pl.col("missing").is_in(NOT_ASKED).fill_null(value=False)
    is_filled = is_asked & ~pl.col("missing").is_in(_EMPTY).fill_null(value=False)
    is_answered = is_filled & ~pl.col("missing").is_in(_SAYS_NOTHING).fill_null(value=False)
    key = ("variable", "moment", "programme", "district", "year")
    counts = is_asked.sum().alias("asked"), is_filled.sum().alias("filled"), is_answered.sum().alias("answered")
    told = (
        tables["answers"]
        .filter(pl.col("variable").is_in(list(variables)))
        .join(episodes, on="episode_id")
        .with_columns(pl.when(pl.col("moment") == "enrolment").then("first").otherwise("last").alias("year"))
    )
    everywhere = told.with_columns(pl.lit(ALL).alias("district"))
    return pl.concat([told, everywhere]).group_by(key).agg(counts).sort(key)


def _completeness(one: Consumer, tables: Mapping[str, pl.DataFrame]) -> Iterator[Verdict]:
    least, came = one.least_n or 1, _came(tables["submissions"])
    is_silent = lru_cache(maxsize=None)(partial(_is_silent, came))
    for name, group in one.groups.items():
        told = completeness(tables, group.variables).filter(pl.col("asked") > 0)
        yield from _nobody_asked(name, group, told, {programme for programme, *_ in came})
        for row in told.iter_rows(named=True):
            cell = {key: row[key] for key in ("variable", "moment", "programme", "district", "year")}
            did_send = not is_silent(row["programme"], row["district"], row["year"])
            # What lacks an answer is mended otherwise than what has one that says nothing; the more of them counts.
            is_coded = row["filled"] - row["answered"] >= row["asked"] - row["filled"]
            mends = {"filled": "filled", "answered": "answered" if is_coded else "filled"}
            for what, levels in (("filled", group.filled), ("answered", group.answered)):
                mend = mends[what] if did_send else "not_sent"
                yield _judged(f"completeness.{name}.{what}", cell, row[what], row["asked"], levels, least, mend)


def _nobody_asked(name: str, group: Group, told: pl.DataFrame, programmes: set[str]) -> Iterator[Verdict]:
    """Of what the forms of a programme that reported ask, what nobody in the release was asked at all."""
    expected = {
        (each.variable, each.moment, form.programme)
        for form in forms().values()
        for each in form.questions
        if form.programme in programmes and each.variable in group.variables
    }
    for cell in sorted(expected - set(told.select("variable", "moment", "programme").iter_rows())):
        place = dict(zip(("variable", "moment", "programme"), cell, strict=True))
        yield Verdict(f"completeness.{name}.filled", "broken", place, 0, 0.0, group.filled, "none_asked")


def _is_silent(came: set[tuple[str, str, int]], programme: str, district: str, year: int) -> bool:
    """Whether workbooks of a district were expected for a year, and none came; of a merged one, from those before it.

    Of a year before the form was in use, nobody was expected to send one.
    """
    expected = [token for token in districts_listed(programme, year) if harmonised(token) == district]
    return bool(expected) and not any((programme, token, year) in came for token in expected)


def _judged(
    check: str, cell: Mapping[str, Any], part: int, whole: int, levels: Levels, least: int, mend: str
) -> Verdict:
    if whole < least:
        return Verdict(check, "too_few", cell, whole, None, levels)
    value = part / whole
    return Verdict(check, levels.verdict(value), cell, whole, round(value, 4), levels, mend)


# --- coverage, linkage, horizon, timeliness ---------------------------------------------------------------------------


def _coverage(one: Consumer, submissions: pl.DataFrame, today: dt.date) -> Iterator[Verdict]:
    """Of the districts that a form of the year lists, those that sent a usable workbook.

    The years are those that should have come, so that one of which nobody sent anything is missed as well: from the
    first that is needed to the one that is due, or the last that came where that is later.
    """
    if one.coverage is None:
        return
    came = _came(submissions)
    last = max([due_year(one, today) or 0, *(year for *_, year in came)])
    for programme in sorted({form.programme for form in forms().values()}):
        first = min(form.first_year for form in forms().values() if form.programme == programme)
        for year in range(max(first, one.coverage_from or first), last + 1):
            expected = districts_listed(programme, year)
            there = {district for district in expected if (programme, district, year) in came}
            if expected:
                cell = {"programme": programme, "year": year}
                yield _judged("coverage", cell, len(there), len(expected), one.coverage, 1, "coverage")


def _came(submissions: pl.DataFrame) -> set[tuple[str, str, int]]:
    """Programme, district and reporting year of the usable workbooks."""
    usable = submissions.filter(pl.col("status") == "accepted").select("programme", "district", "reported_year")
    return set(usable.drop_nulls().iter_rows())


_NOT_TOLD: Mapping[str, Any] = {"standard": {"precision": {"low": None}, "pairs": 0}}


def _linkage(one: Consumer, cohort: pl.DataFrame, quality: Mapping[str, Any]) -> Iterator[Verdict]:
    if one.decided is not None:
        decided = cohort.filter(pl.col("status").is_in(_DECIDED)).height
        yield _of_cohort("linkage.decided", decided, cohort.height, one.decided, "linkage")
    if one.precision is not None:
        # A release out of which somebody was taken afterwards tells no figures that were worked out with them.
        standard: Mapping[str, Any] = quality.get("levels", _NOT_TOLD)["standard"]
        low, n_pairs = standard["precision"]["low"], standard["pairs"]
        if low is None:
            yield Verdict("linkage.precision", "too_few", {}, 0, None, one.precision)
        else:
            yield Verdict("linkage.precision", one.precision.verdict(low), {}, n_pairs, low, one.precision, "linkage")


def _horizon(one: Consumer, cohort: pl.DataFrame) -> Iterator[Verdict]:
    if one.horizon is not None:
        whole = (pl.col("n_unobserved_years") == 0) & (pl.col("n_observed_years") >= one.horizon_years)
        followed = cohort.filter(whole.fill_null(value=False)).height
        yield _of_cohort("horizon", followed, cohort.height, one.horizon, "horizon")


def _of_cohort(check: str, part: int, whole: int, levels: Levels, mend: str) -> Verdict:
    if not whole:
        return Verdict(check, "broken", {}, 0, None, levels, "cohort")
    return _judged(check, {}, part, whole, levels, 1, mend)


def due_year(one: Consumer, today: dt.date) -> int | None:
    """The last reporting year that a release must hold on a day; none where the consumer does not ask."""
    if one.timely_from is None or one.years_behind is None:
        return None
    month, day = (int(part) for part in one.timely_from.split("-"))
    return today.year - one.years_behind - (0 if (today.month, today.day) >= (month, day) else 1)


def _timeliness(one: Consumer, submissions: pl.DataFrame, today: dt.date) -> Iterator[Verdict]:
    """Of the one year that was due, whether the release holds it or a later one."""
    due = due_year(one, today)
    if due is not None:
        last = submissions.filter(pl.col("status") == "accepted")["reported_year"].max()
        is_there = isinstance(last, int) and last >= due
        verdict = "kept" if is_there else "broken"
        yield Verdict("timeliness", verdict, {"year": due}, 1, float(is_there), mend="timeliness")
