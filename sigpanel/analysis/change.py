"""Change from enrolment to discharge within an episode, where both were answered.

Crime counts are refused. Before enrolment they are of a lifetime, at discharge of the insats alone, so that their
difference is no change of anything; a `rate` per person-year can be compared. What was asked at one moment only has no
change either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel import tables
from sigpanel.analysis import is_true, listed
from sigpanel.analysis.answers import beside_hidden, is_number, known, lists_of, moments_of, strata, waves
from sigpanel.contracts.codes import questions
from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

DIRECTIONS = ("lower", "same", "higher")


def changes(source: Source, variable: str, *, identity: str = "default", by: str | Sequence[str] = ()) -> pl.DataFrame:
    """One row per episode with both answers: `person_id, episode_id, *by, at_enrolment, at_discharge`, sorted.

    Answers are numbers, or of a coded variable the names of its alternatives.

    Raises:
        UsageError: there is no such variable, or none that can change; or more than one is given.
        InputError: an extract lacks it, or has it in bands.
    """
    by = listed(by)
    _refuse_what_cannot_change(known(variable))
    frame = waves(source, identity, [variable], "Change")
    of = {moment: frame.filter(moment=moment) for moment in ("enrolment", "discharge")}
    rows = (
        of["enrolment"].select("person_id", "episode_id", at_enrolment=variable)
        .join(of["discharge"].select("episode_id", at_discharge=variable), on="episode_id")
        .drop_nulls(["at_enrolment", "at_discharge"])
    )  # fmt: skip
    if not is_number(variable):
        words = {code.code: code.token for each in questions(variable) for code in each.answer.codes}
        both = pl.col("at_enrolment", "at_discharge")
        rows = rows.with_columns(both.replace_strict(words, return_dtype=pl.Enum(list(dict.fromkeys(words.values())))))
    if by:
        rows = rows.join(strata(source, by, "Change", identity), on="episode_id", how="left")
    return rows.select("person_id", "episode_id", *by, "at_enrolment", "at_discharge").sort("person_id", "episode_id")


def change(
    source: Source, variable: str, by: str | Sequence[str] = (), *, identity: str = "default", protect: bool = True
) -> tables.Table | pl.DataFrame:
    """How an answer changed from enrolment to discharge, over persons with both.

    Args:
        source: a panel or an extract.
        variable: of health, or with alternatives; not a crime count.
        by: groups, as columns of episodes.
        identity: what a person is.
        protect: whether the table may be published. With False it is exact, and for one's own eyes alone.

    Returns:
        Of health, by `*by`: protected, a table of `persons` and the `mean` of the difference in points; else `persons,
        episodes, at_enrolment, at_discharge` (means over episodes), `difference`, and how many are `lower, same,
        higher`. Of a coded variable, by `*by, at_enrolment, at_discharge`: a table of `persons`; else `persons,
        episodes`.

    Raises:
        UsageError: there is no such variable, or none that can change.
    """
    by = listed(by)
    rows = changes(source, variable, identity=identity, by=by)
    if not is_number(variable):
        cells = [*by, "at_enrolment", "at_discharge"]
        if is_true(protect):
            frame, categories = beside_hidden(source, rows, by), lists_of(source, by)
            return tables.counts(frame, cells, threshold=source.threshold, categories=categories)
        return rows.group_by(cells).agg(**_sizes()).sort(cells)
    difference = (pl.col("at_discharge") - pl.col("at_enrolment")).cast(pl.Int32)
    told = rows.with_columns(difference=difference)
    if is_true(protect):
        frame, categories = beside_hidden(source, told, by), lists_of(source, by)
        return tables.means(frame, "difference", by, threshold=source.threshold, categories=categories)
    parts = zip(
        DIRECTIONS, (pl.col("difference") < 0, pl.col("difference") == 0, pl.col("difference") > 0), strict=True
    )
    aggregated = {
        **_sizes(),
        **{name: pl.col(name).mean() for name in ("at_enrolment", "at_discharge", "difference")},
        **{name: part.sum().cast(pl.Int64) for name, part in parts},
    }
    return told.group_by(by).agg(**aggregated).sort(by) if by else told.select(**aggregated)


def _sizes() -> dict[str, pl.Expr]:
    return {"persons": pl.col("person_id").n_unique(), "episodes": pl.len()}


def _refuse_what_cannot_change(variable: str) -> None:
    if questions(variable)[-1].answer.unit == "count":
        raise UsageError(
            "change-of-crime-counts",
            f"{variable} has no change: before enrolment crimes are counted over a lifetime, and during the insats "
            "over that time alone.",
            remedy="Compare rates per person-year instead: `rate`. Of time before the insats no form knows how long.",
        )
    if len(moments_of(variable)) == 1:
        raise UsageError(
            "asked-once",
            f"{variable} is asked at {moments_of(variable)[0]} only, so nothing can have changed.",
            remedy="Count it by `tables.counts`, or name a variable that is asked at both moments.",
        )
