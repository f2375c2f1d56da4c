"""Which reports are of the same episode.

Two reports are when programme and district agree, nothing contradicts (enrolment date, sex, code within one slip of the
hand), and no other report fits as well. Years are taken in order: the reports of a year are matched against the episodes
known before it, best fit first. A fit that two candidates share is left alone, with a finding: an episode too many can be
merged later, a wrong merger cannot be seen.

What may be evidence: a code with the same enrolment date; a code within one slip with the same enrolment date; the same
code where a date is missing; and, where a code is missing, date, sex and age together. Answers are never evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sigpanel.findings import collect, find

_REPORT = ["submission_no", "row"]
_CODE_LENGTH = 6
_FIT_EXACT_CODE, _FIT_SLIP, _FIT_NO_CODE, _FIT_DATE, _FIT_AGE = 8, 4, 0, 2, 1


@dataclass(frozen=True)
class Matched:
    """`groups` gives each report its group; reports of one group are of one episode."""

    groups: pl.DataFrame
    findings: pl.DataFrame


def match(reports: pl.DataFrame) -> Matched:
    """Group reports into episodes.

    Args:
        reports: see `collapse`; one row per report.

    Returns:
        `groups`: `submission_no, row, group`; and the findings about slips and ambiguities.
    """
    numbered = reports.sort(
        "reported_year", "programme", "district", "enrolled_on", "uno", "sex", "age", "content", *_REPORT
    ).with_row_index("report")
    groups = _same_row_twice(numbered)
    pairs = _pairs(numbered)
    ambiguous: list[pl.DataFrame] = []
    for year in numbered["reported_year"].unique().sort().to_list()[1:]:
        of_year = pairs.filter(pl.col("year") == year)
        found, unclear = _assign(of_year, groups)
        groups = (
            groups.join(found, on="group", how="left")
            .with_columns(pl.coalesce("into", "group").alias("group"))
            .drop("into")
        )
        ambiguous.append(unclear)
    unclear = pl.concat(ambiguous) if ambiguous else pl.DataFrame(schema={"report": pl.UInt32})
    placed = numbered.join(groups, on="report")
    return Matched(
        groups=placed.select(*_REPORT, "group"),
        findings=collect(
            [
                find(placed.join(unclear, on="report", how="semi"), "report_fits_several_episodes"),
                find(_with_other_code(placed), "uno_differs_between_reports"),
            ]
        ),
    )


def _same_row_twice(numbered: pl.DataFrame) -> pl.DataFrame:
    """Reports of one year that name the same code, date, sex and age are one episode entered twice."""
    facts = ["programme", "district", "reported_year", "uno", "enrolled_on", "sex", "age"]
    is_known = pl.all_horizontal(pl.col(*facts).is_not_null())
    first = pl.col("report").min().over(facts)
    return numbered.select("report", pl.when(is_known).then(first).otherwise("report").alias("group"))


def _pairs(numbered: pl.DataFrame) -> pl.DataFrame:
    """Every earlier and later report that may be of one episode, with how well they fit."""
    facts = numbered.select("report", "programme", "district", "reported_year", "uno", "sex", "age", "enrolled_on")
    place = ["programme", "district"]
    same_date = facts.join(facts, on=[*place, "enrolled_on"], how="inner", suffix="_later").with_columns(
        pl.col("enrolled_on").alias("enrolled_on_later")
    )
    same_code = (
        facts.join(facts, on=[*place, "uno"], how="inner", suffix="_later")
        .filter(pl.col("enrolled_on").is_null() | pl.col("enrolled_on_later").is_null())
        .with_columns(pl.col("uno").alias("uno_later"))
    )
    columns = ["report", "report_later", "reported_year", "reported_year_later", "enrolled_on", "enrolled_on_later"]
    columns += ["uno", "uno_later", "sex", "sex_later", "age", "age_later"]
    return (
        pl.concat([same_date.select(columns), same_code.select(columns)])
        .filter(pl.col("reported_year") < pl.col("reported_year_later"))
        .with_columns(_fit().alias("fit"))
        .filter(pl.col("fit").is_not_null())
        .select("report", "report_later", pl.col("reported_year_later").alias("year"), "fit")
    )


def _fit() -> pl.Expr:
    """How well two reports fit, or null where they contradict each other or say too little."""
    same_sex = pl.col("sex") == pl.col("sex_later")
    same_age = pl.col("age") == pl.col("age_later")
    same_date = (pl.col("enrolled_on") == pl.col("enrolled_on_later")).fill_null(value=False)
    no_code = pl.col("uno").is_null() | pl.col("uno_later").is_null()
    exact = (pl.col("uno") == pl.col("uno_later")).fill_null(value=False)
    slip = within_one_slip(pl.col("uno"), pl.col("uno_later")).fill_null(value=False)
    code = (
        pl.when(exact & (same_date | same_age.fill_null(value=True)))
        .then(_FIT_EXACT_CODE)
        .when(slip & same_date)
        .then(_FIT_SLIP)
        .when(no_code & same_date & same_sex.fill_null(value=False) & same_age.fill_null(value=False))
        .then(_FIT_NO_CODE)
    )
    extra = pl.when(same_date).then(_FIT_DATE).otherwise(0) + pl.when(same_age.fill_null(value=False)).then(
        _FIT_AGE
    ).otherwise(0)
    return pl.when(same_sex.fill_null(value=True)).then(code + extra)


def within_one_slip(code: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Whether two codes differ by one wrong character, or by two neighbours in each other's place."""
    left = [code.str.slice(place, 1) for place in range(_CODE_LENGTH)]
    right = [other.str.slice(place, 1) for place in range(_CODE_LENGTH)]
    differ = [a != b for a, b in zip(left, right, strict=True)]
    n_differ = pl.sum_horizontal(part.cast(pl.Int8) for part in differ)
    swapped = pl.any_horizontal(
        (left[at] == right[at + 1]) & (left[at + 1] == right[at]) & differ[at] for at in range(_CODE_LENGTH - 1)
    )
    return (n_differ == 1) | ((n_differ == 2) & swapped)  # noqa: PLR2004 - a swap is two differences


def _assign(pairs: pl.DataFrame, groups: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the groups of a year's reports to earlier groups, best fit first; what two candidates share is left alone."""
    known = groups.rename({"group": "into"})
    later = groups.select(pl.col("report").alias("report_later"), "group")
    fits = (
        pairs.join(known, on="report")
        .join(later, on="report_later")
        .group_by("group", "into")
        .agg(pl.col("fit").max(), pl.col("report_later").min())
        .sort("group", "into")
    )
    taken = pl.DataFrame(schema={"group": pl.UInt32, "into": pl.UInt32})
    unclear = pl.DataFrame(schema={"report": pl.UInt32})
    for fit in fits["fit"].unique().sort(descending=True):
        open_ = fits.filter(pl.col("fit") == fit).join(taken, on="group", how="anti").join(taken, on="into", how="anti")
        is_only = (pl.len().over("group") == 1) & (pl.len().over("into") == 1)
        taken = pl.concat([taken, open_.filter(is_only).select("group", "into")])
        shared = open_.filter(~is_only)
        unclear = pl.concat([unclear, shared.select(pl.col("report_later").alias("report"))])
        fits = fits.join(shared.select("group").unique(), on="group", how="anti")
    return taken, unclear.unique()


def _with_other_code(placed: pl.DataFrame) -> pl.DataFrame:
    """Reports whose code is not the one last readably reported for the episode."""
    last = pl.col("uno").sort_by("reported_year", "report").drop_nulls().last().over("group")
    return placed.filter(pl.col("uno") != last)
