"""The table of the 2013–2016 persons: whether each is found, when the follow-up is due, and what could be seen.

*Linked* says that it is settled who somebody is, whether or not they came back; *probable* that it is likely;
*ambiguous* that it is open; *not linkable* that there is nothing to go by. That they came back is told apart from it,
and only where it can be: a year without reports from where a return would be seen is unobserved, never a "no".

Before yearly reporting began only the evaluation itself could see a return, so years up to it count as observed.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.linkage import linkage
from sigpanel.forms import districts_listed, harmonised
from sigpanel.persons.month import has_day

_FOUND = ("exact", "probable", "decided")
_SETTLED = ("linked", "probable")


def cohort_table(
    pilot: pl.DataFrame,
    episodes: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    observed: frozenset[int],
    follow_up_from: str | dt.date = "discharge",
) -> pl.DataFrame:
    """The table, in the shape that `contracts/panel/tables.yaml` describes.

    Args:
        pilot: `cohort_id, episode_id, uno, unlinkable_by, enrolled_on, discharged_on, ended_at_evaluation`.
        episodes: `episode_id, person_id, programme, enrolled_on, is_transfer` of all.
        pairs: of linkage: `episode_a, episode_b, rule, class, decided_by`.
        observed: the years after the evaluation in which a return would have been seen.
        follow_up_from: discharge, enrolment, or the day on which all are due.
    """
    is_settled = pl.col("status").is_in(_SETTLED)
    returned_on = pl.col("returned_on")
    in_time = pl.col("is_back") & ((returned_on <= pl.col("follow_up_due_on")) | pl.col("follow_up_due_on").is_null())
    is_undated = pl.col("is_back") & returned_on.is_null()
    return (
        pilot.select("cohort_id", "episode_id", "enrolled_on", "discharged_on", "ended_at_evaluation")
        .join(cohort_status(pilot, episodes, pairs), on="episode_id")
        .join(episodes.select("episode_id", "person_id"), on="episode_id")
        .with_columns(_due(follow_up_from), _due_rule(follow_up_from), _start(follow_up_from))
        .join(_returns(pilot, episodes), on="episode_id", how="left")
        .with_columns(*_years(observed), pl.when(is_settled).then(returned_on).alias("returned_on"))
        .with_columns(
            pl.when(~is_settled | is_undated)
            .then(None)
            .when(in_time)
            .then(pl.lit(value=True))
            .when(pl.col("n_unobserved_years") == 0)
            .then(pl.lit(value=False))
            .alias("has_returned")
        )
    )


def cohort_status(pilot: pl.DataFrame, episodes: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """How sure it is who each person of the cohort is, and by which rule.

    Args:
        pilot: `episode_id, uno, unlinkable_by`.
        episodes: `episode_id, person_id, programme` of all.
        pairs: `episode_a, episode_b, rule, class, decided_by`.

    Returns:
        `episode_id, status, rule`.
    """
    persons = episodes.select("episode_id", "person_id", (pl.col("programme") == cohort().programme).alias("is_pilot"))
    placed = persons.join(pilot.select("episode_id", "uno", "unlinkable_by"), on="episode_id")
    n_pilot = pl.len().over("person_id")
    in_sig = persons.filter(~pl.col("is_pilot")).select("person_id", pl.lit(value=True).alias("is_in_sig")).unique()
    best = _best(placed, persons, pairs)
    found = pl.col("class").is_in(_FOUND)
    found_by = pl.col("found_by").replace_strict(dict(linkage().told_as), return_dtype=pl.String)
    told = (
        placed.with_columns((n_pilot > 1).alias("is_shared"))
        .join(in_sig, on="person_id", how="left")
        .join(best, on="episode_id", how="left")
    )
    cases = [
        (pl.col("uno").is_null(), "not_linkable", pl.coalesce("unlinkable_by", pl.lit("no_code"))),
        (pl.col("is_shared"), "ambiguous", pl.lit("same_person_as_another")),
        (found & (pl.col("decided_by") == "person"), "linked", pl.lit("decided")),
        (pl.col("class") == "exact", "linked", found_by),
        (found, "probable", found_by),
        (pl.col("is_in_sig"), "probable", pl.lit("through_others")),
        (pl.col("class") == "review", "ambiguous", found_by),
        (pl.col("found_by") == "same_code", "linked", pl.lit("same_code_contradicts")),
        # No true code equals such a one, so that none does says nothing.
        (~has_day(), "not_linkable", pl.lit("impossible_day")),
        (pl.lit(value=True), "linked", pl.lit("no_other_episode")),
    ]
    return told.select(
        "episode_id",
        pl.coalesce(pl.when(case).then(pl.lit(status)) for case, status, _ in cases).alias("status"),
        pl.coalesce(pl.when(case).then(rule) for case, _, rule in cases).alias("rule"),
    )


def _best(placed: pl.DataFrame, persons: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Each person's surest pair with an episode of SIG: what a person decided, then by class, then by rule."""
    both = [("episode_a", "episode_b"), ("episode_b", "episode_a")]
    sides = pl.concat(
        [
            pairs.select(
                pl.col(own).alias("episode_id"),
                pl.col(other).alias("other_id"),
                pl.col("rule").alias("found_by"),
                "class",
                "decided_by",
            )
            for own, other in both
        ]
    )
    in_sig = persons.filter(~pl.col("is_pilot")).select(pl.col("episode_id").alias("other_id"))
    classes = pl.Enum(["decided", "exact", "probable", "review", "rejected"])
    is_found = pl.col("class").is_in(_FOUND)
    order = [
        ~(is_found & (pl.col("decided_by") == "person")),
        pl.col("class").cast(classes),
        pl.col("found_by") != "same_code",
        pl.col("found_by"),
    ]
    return (
        sides.join(placed, on="episode_id", how="semi")
        .join(in_sig, on="other_id", how="semi")
        .sort("episode_id", *order)
        .unique("episode_id", keep="first", maintain_order=True)
        .drop("other_id")
    )


# --- the follow-up ----------------------------------------------------------------------------------------------------


def _due(follow_up_from: str | dt.date) -> pl.Expr:
    if isinstance(follow_up_from, dt.date):
        return pl.lit(follow_up_from).alias("follow_up_due_on")
    since = "discharged_on" if follow_up_from == "discharge" else "enrolled_on"
    return pl.col(since).dt.offset_by(f"{cohort().follow_up_years}y").alias("follow_up_due_on")


def _due_rule(follow_up_from: str | dt.date) -> pl.Expr:
    """From what the follow-up is counted, or why that is not known."""
    if isinstance(follow_up_from, dt.date):
        return pl.lit("fixed_day").alias("follow_up_rule")
    if follow_up_from == "enrolment":
        is_known = pl.col("enrolled_on").is_not_null()
        known, unknown = pl.lit("after_enrolment"), pl.lit("enrolment_not_known")
    else:
        is_known = pl.col("discharged_on").is_not_null()
        was_there = ~pl.col("ended_at_evaluation").fill_null(value=True)
        known = pl.lit("after_discharge")
        unknown = pl.when(was_there).then(pl.lit("not_ended")).otherwise(pl.lit("end_not_known"))
    return pl.when(is_known).then(known).otherwise(unknown).alias("follow_up_rule")


def _start(follow_up_from: str | dt.date) -> pl.Expr:
    """The day from which on a return is looked for; on a fixed day, all are followed from their discharge."""
    return pl.col("enrolled_on" if follow_up_from == "enrolment" else "discharged_on").alias("followed_from")


def _returns(pilot: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The first later enrolment of each person of the cohort: `episode_id, returned_on, is_back`.

    One that continues the pilot in another district is no return.
    """
    own = pilot.select("episode_id", pl.coalesce("discharged_on", "enrolled_on").alias("since")).join(
        episodes.select("episode_id", "person_id"), on="episode_id"
    )
    later = episodes.filter((pl.col("programme") != cohort().programme) & ~pl.col("is_transfer")).select(
        "person_id", pl.col("enrolled_on").alias("returned_on")
    )
    return (
        own.join(later, on="person_id")
        .filter((pl.col("returned_on") >= pl.col("since")).fill_null(value=True))
        .group_by("episode_id")
        .agg(pl.col("returned_on").min(), pl.lit(value=True).first().alias("is_back"))
    )


def _years(observed: frozenset[int]) -> list[pl.Expr]:
    """Of the calendar years that the follow-up touches, how many are observed and how many are not."""
    first, last = (pl.col(name).dt.year().cast(pl.Int64) for name in ("followed_from", "follow_up_due_on"))
    is_known = pl.col("followed_from") <= pl.col("follow_up_due_on")
    touched = pl.int_ranges(pl.when(is_known).then(first), pl.when(is_known).then(last + 1))
    is_observed = (pl.element() <= cohort().evaluated_in) | pl.element().is_in(sorted(observed))
    counts = {"n_observed_years": is_observed, "n_unobserved_years": ~is_observed}
    return [
        pl.when(is_known).then(touched.list.eval(case.cast(pl.Int16)).list.sum()).cast(pl.Int16).alias(name)
        for name, case in counts.items()
    ]


# --- what is observed -------------------------------------------------------------------------------------------------


def observed_years(workbooks: pl.DataFrame) -> frozenset[int]:
    """The years for which a return of somebody of the cohort would have been reported where the pilot was.

    Those for which every district that the pilot's is made of reported the programme to which they would come back.
    What other districts did not report is not looked at.

    Args:
        workbooks: `reported_year, programme, district, status`.
    """
    described = cohort()
    told = workbooks.filter((pl.col("status") == "accepted") & (pl.col("programme") == described.returns_to)).select(
        "reported_year", "district"
    )
    reported: dict[int, set[str]] = {}
    for year, district in told.drop_nulls().iter_rows():
        reported.setdefault(year, set()).add(district)
    return frozenset(year for year, there in reported.items() if _is_whole(year, there))


def unobserved_years(workbooks: pl.DataFrame) -> list[int]:
    """The years after the evaluation, up to the last for which anybody reported, that are not observed."""
    last = workbooks["reported_year"].max()
    if not isinstance(last, int):
        return []
    return sorted(set(range(cohort().evaluated_in + 1, last + 1)) - observed_years(workbooks))


def _is_whole(year: int, there: set[str]) -> bool:
    district = cohort().district
    expected = {token for token in districts_listed(cohort().returns_to, year) if harmonised(token) == district}
    return district in there or (bool(expected) and expected <= there)
