"""Shapes that methods want: `long` for mixed models, `wide` for SPSS, `baseline` for matching.

Values stand as numbers, and where there is none there is null: never 99 or 999, by which a mean of self-rated health
would be in the hundreds. Codes stay the form's. In `baseline` "not relevant" is a value, by the code that the form has
for it: that somebody is not in school is no gap in what is known of the schooling. Names in `wide` and `baseline` end
in `__in` or `__out`, for enrolment and discharge, and fit the 32 letters that Stata has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis import is_true, listed
from sigpanel.analysis.answers import MISSING, asked_in, code_of_not_relevant, known, moments_of, strata, waves
from sigpanel.analysis.source import RELATIVE, columns_of, dated, lacking, need
from sigpanel.contracts.cohort import cohort
from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

SUFFIXES = {"enrolment": "__in", "discharge": "__out"}
_GRID = pl.Schema({"variable": pl.String, "moment": pl.String})


def long(
    source: Source,
    *,
    identity: str = "default",
    variables: str | Sequence[str] | None = None,
    by: str | Sequence[str] = (),
) -> pl.DataFrame:
    """One row per episode, moment that has happened and variable that the forms ask then.

    Args:
        source: a panel or an extract.
        identity: what a person is.
        variables: some of them; all that the source has, if none are named.
        by: groups to stand beside, as columns of episodes.

    Returns:
        `person_id, episode_id, moment, days_since_enrolment, variable, value, missing, *by`, sorted.
        `days_since_enrolment` (Int32) is 0 at enrolment, null where the discharge has no day, or the source no exact
        ones; `value` is Int16 and null exactly where `missing` says why (null too where the source does not tell).
    """
    by = listed(by)
    names = _named(source, variables)
    frame = waves(source, identity, names, "Long rows")
    reasons = [f"{name}{MISSING}" for name in names if f"{name}{MISSING}" in frame.columns]
    keys = ["person_id", "episode_id", "moment"]
    value = frame.select(*keys, *names).unpivot(names, index=keys, value_name="value")
    why = frame.select(*keys, *reasons).rename({name: name.removesuffix(MISSING) for name in reasons})
    missing = why.unpivot([name.removesuffix(MISSING) for name in reasons], index=keys, value_name="missing")
    grid = pl.DataFrame([(name, at) for name in names for at in moments_of(name)], schema=_GRID, orient="row")
    found = value.join(grid, on=["variable", "moment"], how="semi").join(
        missing.cast({"missing": pl.String}), on=[*keys, "variable"], how="left"
    )
    told = found.join(_days(source), on=["episode_id", "moment"], how="left")
    if by:
        told = told.join(strata(source, by, "Long rows", identity), on="episode_id", how="left")
    order = {name: at for at, name in enumerate(names)}
    return told.select(*keys, "days_since_enrolment", "variable", pl.col("value").cast(pl.Int16), "missing", *by).sort(
        "person_id", "episode_id", pl.col("moment") == "discharge", pl.col("variable").replace_strict(order)
    )


def wide(
    source: Source,
    *,
    identity: str = "default",
    variables: str | Sequence[str] | None = None,
    by: str | Sequence[str] = (),
    missing: bool = False,
) -> pl.DataFrame:
    """One row per episode, with a column for each variable and moment at which it is asked.

    Args:
        source: a panel or an extract.
        identity: what a person is.
        variables: some of them; all that the source has, if none are named.
        by: groups to stand beside, as columns of episodes.
        missing: whether the reasons stand beside, as `<column>__missing`.

    Returns:
        `person_id, episode_id, *by`, then `<variable>__in` and `<variable>__out` (Int16), sorted.
    """
    by = listed(by)
    names = _named(source, variables)
    frame = waves(source, identity, names, "Wide rows")
    rows = frame.select("person_id", "episode_id").unique()
    for moment, suffix in SUFFIXES.items():
        here = [name for name in names if moment in moments_of(name)]
        reasons = [f"{name}{MISSING}" for name in here if is_true(missing) and f"{name}{MISSING}" in frame.columns]
        at = frame.filter(moment=moment).select(
            "episode_id",
            *(pl.col(name).alias(f"{name}{suffix}") for name in here),
            *(pl.col(name).alias(f"{name.removesuffix(MISSING)}{suffix}{MISSING}") for name in reasons),
        )
        rows = rows.join(at, on="episode_id", how="left")
    if by:
        rows = rows.join(strata(source, by, "Wide rows", identity), on="episode_id", how="left")
    return rows.select("person_id", "episode_id", *by, pl.exclude("person_id", "episode_id", *by)).sort(
        "person_id", "episode_id"
    )


def baseline(
    source: Source,
    *,
    identity: str = "default",
    variables: str | Sequence[str] | None = None,
    by: str | Sequence[str] = (),
    complete: bool = True,
) -> pl.DataFrame:
    """One row per person: the answers at enrolment into the first episode in SIG; the pilot's have none.

    Args:
        source: a panel or an extract.
        identity: what a person is.
        variables: some of those asked at enrolment; all that the source has, if none are named.
        by: groups to stand beside, as columns of episodes.
        complete: whether only persons with all of these answers stand there, as matching wants it. Who has them is no
            random choice: with False everybody does, and `is_complete` tells them apart.

    Returns:
        `person_id, episode_id, *by, is_complete`, then `<variable>__in` (Int16), sorted by person.

    Raises:
        UsageError: a variable is not asked at enrolment.
        InputError: an extract lacks a variable, has none of those asked at enrolment, or does not tell which of a
            person's episodes is the first.
    """
    by = listed(by)
    names = _of_enrolment(source, variables)
    rows = _with_not_relevant(wide(source, identity=identity, variables=names, by=by, missing=True), names)
    first = _first(rows.join(_began(source, identity), on="episode_id").filter(~pl.col("is_pilot")))
    columns = [f"{name}{SUFFIXES['enrolment']}" for name in names]
    is_complete = pl.all_horizontal(pl.col(columns).is_not_null())
    told = first.select("person_id", "episode_id", *by, is_complete.alias("is_complete"), *columns)
    return told.filter("is_complete") if is_true(complete) else told


def _of_enrolment(source: Source, variables: str | Sequence[str] | None) -> list[str]:
    """The variables of a baseline; one that is named and not asked then is refused, or everybody would be complete."""
    named = _named(source, variables)
    names = [name for name in named if "enrolment" in moments_of(name)]
    others = [name for name in named if name not in names]
    if variables is not None and others:
        raise UsageError(
            "not-asked-at-enrolment",
            f"No form asks {', '.join(others)} at enrolment, of which a baseline tells.",
            remedy="Leave it out here; `wide` has what is asked at discharge.",
        )
    if not names:
        raise lacking("waves", ["a variable that is asked at enrolment"], "Rows of persons")
    return names


def _first(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each person's episodes the first: by what is told of each person of the default, and among those by date.

    The panel numbers episodes by the default: who is two persons there and one under `wide` has two of number 1.
    """
    follows = pl.col("previous").is_in(rows["episode_id"].implode()).fill_null(value=False)
    in_order = rows.with_columns(follows=follows).sort(
        "no", "follows", "is_back", "began", "episode_id", nulls_last=True
    )
    of_each = in_order.unique(["person_id", "of"], keep="first", maintain_order=True)
    in_time = of_each.sort("person_id", "began", "no", "follows", "is_back", "episode_id", nulls_last=True)
    return in_time.unique("person_id", keep="first", maintain_order=True)


def _with_not_relevant(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The code of "not relevant" where it was ticked, or where the form greys the question out for that reason."""
    of = {name: code for name in names if (code := code_of_not_relevant(name)) is not None}
    columns = {f"{name}{SUFFIXES['enrolment']}": code for name, code in of.items()}
    is_so = {name: pl.col(f"{name}{MISSING}").is_in(["not_applicable", "not_asked"]) for name in columns}
    there = {name: is_so[name].fill_null(value=False) for name in columns if f"{name}{MISSING}" in rows.columns}
    return rows.with_columns(pl.when(so).then(columns[name]).otherwise(name).alias(name) for name, so in there.items())


def _named(source: Source, variables: str | Sequence[str] | None) -> list[str]:
    return asked_in(source) if variables is None else [known(name) for name in listed(variables)]


def _began(source: Source, identity: str) -> pl.DataFrame:
    """Which of a person's episodes is the first, as far as a source tells.

    `of` (the person of the default), the number of the episode (`no`), what it follows (`previous`), whether it is a
    return (`is_back`), and when it began, in whatever grain; of what the source lacks, null. And `is_pilot`.

    Raises:
        InputError: nothing tells; or under `wide` no day of a calendar, by which alone two persons of the default can
            be held against each other.
    """
    found = dated(source, "episodes", "enrolled_on")
    there = columns_of(source, "episodes")
    tells = {"no": "episode_no", "previous": "previous_episode_id", "is_back": "is_reenrolment"}
    tells |= {"began": found.column} if found else {}
    is_told = any(name in there for name in tells.values())
    if not is_told or (identity == "wide" and (found is None or found.grain == RELATIVE)):
        raise lacking("episodes", ["enrolled_on"], "Rows of persons")
    kinds = {"no": pl.Int32, "previous": pl.String, "is_back": pl.Boolean, "began": pl.Date}
    told = {
        name: pl.col(tells[name]) if tells.get(name) in there else pl.lit(None, kind) for name, kind in kinds.items()
    }
    is_pilot = pl.col("programme").eq_missing(cohort().programme) if "programme" in there else pl.lit(value=False)
    return source.table("episodes").select("episode_id", of="person_id", is_pilot=is_pilot, **told).collect()


def _days(source: Source) -> pl.DataFrame:
    """Days from enrolment by episode and moment; null where they cannot be counted."""
    from_on, until_on = (dated(source, "episodes", name) for name in ("enrolled_on", "discharged_on"))
    keys = {"episode_id": pl.String, "moment": pl.String, "days_since_enrolment": pl.Int32}
    if from_on is None or until_on is None or from_on.grain != until_on.grain or not from_on.is_exact:
        return pl.DataFrame(schema=keys)
    between = pl.col(until_on.column) - pl.col(from_on.column)
    days = between.dt.total_days() if from_on.grain == "day" else between
    needed = list(dict.fromkeys(["episode_id", from_on.column, until_on.column]))
    each = need(source, "episodes", needed, "Long rows").select("episode_id", days=days.cast(pl.Int32)).collect()
    return pl.concat(
        [
            each.select("episode_id", moment=pl.lit("enrolment"), days_since_enrolment=pl.lit(0, pl.Int32)),
            each.select("episode_id", moment=pl.lit("discharge"), days_since_enrolment="days"),
        ]
    )
