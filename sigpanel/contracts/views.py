"""Frames of several tables in which a rule between tables is one between columns.

Each view has one row for each thing that the rule is about, what is said of it and what is found; so that an engine
which knows nothing of other tables can hold the rule, and a count of failing rows means the same in each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.availability import matrix
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.rules import references, rules
from sigpanel.contracts.tables import contract, empty, names, order_of
from sigpanel.forms import MOMENTS, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sigpanel.contracts.model import Table


def frames_of(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every frame that a rule is about: the tables, and the views of them."""
    asked = {rule.frame for rule in rules()}
    views = {name: view(tables) for name, view in _VIEWS.items() if name in asked}
    referring = {
        name: _found(tables[table], column, tables[target[0]], target[1])
        for name, (table, column, target) in references().items()
    }
    return {**tables, **views, **referring}


@lru_cache(maxsize=1)
def columns_of_views() -> dict[str, tuple[str, ...]]:
    """The columns of each view of several tables."""
    tables = {name: empty(name, variables()) for name in names()}
    return {name: tuple(view(tables).columns) for name, view in _VIEWS.items()}


def _found(referring: pl.DataFrame, column: str, referred: pl.DataFrame, target: str) -> pl.DataFrame:
    """The values of a column, and the same where it is found: `<column>, found`."""
    known = referred.select(pl.col(target).alias(column), pl.col(target).alias("found")).unique()
    return referring.select(column).drop_nulls().join(known, on=column, how="left", maintain_order="left")


# Null equals nothing, so an engine passes over it: what is held to be the same, nulls too, is written out.
_NO_VALUE, _NO_WORD = -1, "none"
_NO_COUNT = -(10**6)
_NEVER = pl.date(9999, 12, 31)


def _said(day: str | pl.Expr) -> pl.Expr:
    """A day in words, so that none is one too."""
    return (pl.col(day) if isinstance(day, str) else day).cast(pl.String).fill_null(_NO_WORD)


def _days(first: str, last: str) -> pl.Expr:
    return (pl.col(last) - pl.col(first)).dt.total_days().cast(pl.Int32)


def rows_in_order(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per table, how many rows stand before one that should come first, and how many may."""
    of_tables = {name: described.given(variables()) for name, described in contract().tables.items()}
    counts = [(name, _out_of_order(tables[name], described)) for name, described in of_tables.items()]
    schema = {"table": pl.String, "n_out_of_order": pl.Int32}
    return pl.DataFrame(counts, schema=schema, orient="row").with_columns(pl.lit(0, pl.Int32).alias("n_expected"))


def _out_of_order(frame: pl.DataFrame, described: Table) -> int:
    columns = {column.name: column for column in described.columns}
    is_wrong = pl.lit(value=False)
    for name in reversed(described.sort):
        here = order_of(columns[name])
        before = here.shift(1)
        comes_first = (here < before).fill_null(here.is_null() & before.is_not_null())
        is_wrong = comes_first | (here.eq_missing(before) & is_wrong)
    # The row above the first is none, which nothing comes before.
    return int(frame.select(is_wrong.sum()).item())


def persons_of_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per person, what `persons` says and what `episodes` hold."""
    found = (
        tables["episodes"]
        .group_by("person_id")
        .agg(
            pl.len().cast(pl.Int32).alias("n_episodes_found"),
            pl.col("enrolled_on").min().alias("first_enrolled_found"),
            (pl.col("programme") == "pilot").any().alias("has_pilot"),
        )
    )
    said = tables["persons"].select("person_id", "n_episodes", "first_enrolled_on", "in_cohort")
    days = ("first_enrolled_on", "first_enrolled_found")
    return (
        said.join(found, on="person_id", how="full", coalesce=True)
        .with_columns(pl.col("n_episodes", "n_episodes_found").fill_null(0), *(_said(day).alias(day) for day in days))
        .sort("person_id")
    )


def episodes_whole(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per episode, its number, answers, waves and rows, as they are and as they should be."""
    episodes = tables["episodes"].select("person_id", "episode_id", "programme", "episode_no", "status", "n_reports")
    rows = tables["ledger"].filter(pl.col("fate").is_in(["kept", "merged"]))
    counts = {"n_answers": tables["answers"], "n_waves": tables["waves"], "n_rows": rows}
    whole = episodes.with_columns(
        pl.col("episode_no").rank("ordinal").over("person_id").cast(pl.Int32).alias("expected_no"),
        pl.lit(len(MOMENTS) * len(variables()), pl.Int32).alias("n_answers_expected"),
        pl.when(pl.col("status") == "closed").then(2).otherwise(1).cast(pl.Int32).alias("n_waves_expected"),
    )
    for name, frame in counts.items():
        counted = frame.group_by("episode_id").agg(pl.len().cast(pl.Int32).alias(name))
        whole = whole.join(counted, on="episode_id", how="left", maintain_order="left")
    return whole.with_columns(pl.col(*counts).fill_null(0))


def episodes_in_time(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per episode, when it had begun for sure, when the person's earlier ones had, and had ended; and its length.

    What began on a day that nobody knows had begun by its discharge, and by the end of the year of its first report, as
    `sigpanel.persons.number` has it. An episode without even these stands last. Length is asked of what is observed.
    """
    reported = pl.date(pl.col("first_reported_year"), 12, 31)
    began = pl.coalesce("enrolled_on", pl.min_horizontal("discharged_on", reported), _NEVER)
    # The pilot's files give an end or none, whatever was observed; what districts report is watched.
    is_pilot = pl.col("programme") == cohort().programme
    until = pl.when(is_pilot).then("discharged_on").otherwise("observed_until")
    length = (until - pl.col("enrolled_on")).dt.total_days().cast(pl.Int32)
    is_length = pl.when(is_pilot).then(length.is_not_null()).otherwise(length >= 0)
    is_observed = is_pilot | pl.col("observed_until").is_not_null()
    return (
        tables["episodes"]
        .sort("person_id", "episode_no")
        .select(
            "episode_id",
            "enrolled_on",
            began.alias("began_by"),
            began.shift(1).over("person_id").alias("began_before"),
            pl.col("discharged_on").cum_max().shift(1).over("person_id").alias("ended_before"),
            (pl.col("episode_no") > 1).cast(pl.Int32).alias("n_before_expected"),
            pl.col("previous_episode_id").is_not_null().cast(pl.Int32).alias("n_before"),
            pl.when(is_observed).then(pl.col("days").fill_null(_NO_COUNT)).alias("days"),
            pl.when(is_observed).then(pl.when(is_length).then(length).otherwise(_NO_COUNT)).alias("days_found"),
        )
    )


def previous_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per episode that has one before it, that one's person, number and distance in days, and what they should be."""
    before = tables["episodes"].select(
        pl.col("episode_id").alias("previous_episode_id"),
        pl.col("person_id").alias("person_of_previous"),
        pl.col("episode_no").alias("previous_no"),
        pl.col("discharged_on").alias("previous_discharged_on"),
    )
    later = tables["episodes"].select(
        "episode_id", "person_id", "previous_episode_id", "enrolled_on", "gap_days",
        (pl.col("episode_no") - 1).alias("last_no_before"),
    )  # fmt: skip
    return (
        later.filter(pl.col("previous_episode_id").is_not_null())
        .join(before, on="previous_episode_id", maintain_order="left")
        .with_columns(
            pl.col("gap_days").fill_null(_NO_COUNT),
            _days("previous_discharged_on", "enrolled_on").fill_null(_NO_COUNT).alias("gap_days_found"),
        )
        .drop("enrolled_on", "previous_discharged_on")
    )


def strict_persons(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per strict person, in how many persons it lies."""
    return _within(tables, "person_id_strict", "person_id", "n_persons")


def persons_within_wide(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per person, in how many wide persons it lies."""
    return _within(tables, "person_id", "person_id_wide", "n_wide")


def _within(tables: Mapping[str, pl.DataFrame], inner: str, outer: str, name: str) -> pl.DataFrame:
    return tables["episodes"].group_by(inner).agg(pl.col(outer).n_unique().cast(pl.Int32).alias(name)).sort(inner)


def answers_of_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per episode and person that answers name, the person that the episode is of."""
    persons = tables["episodes"].select("episode_id", pl.col("person_id").alias("person_of_episode"))
    named = tables["answers"].select("episode_id", "person_id").unique().sort("episode_id", "person_id")
    return named.join(persons, on="episode_id", maintain_order="left")


def waves_of_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per wave, the person, the number and the day that it says, and those of its episode."""
    said = tables["waves"].select("episode_id", "moment", "person_id", "episode_no", _said("observed_on"))
    of_episode = tables["episodes"].select(
        "episode_id",
        pl.col("person_id").alias("person_of_episode"),
        pl.col("episode_no").alias("no_of_episode"),
        "enrolled_on",
        "discharged_on",
    )
    day = pl.when(pl.col("moment") == "enrolment").then("enrolled_on").otherwise("discharged_on")
    return (
        said.join(of_episode, on="episode_id", maintain_order="left")
        .with_columns(_said(day).alias("day_of_episode"))
        .drop("enrolled_on", "discharged_on")
    )


def cells_of_rows(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per cell that answers and findings name, the row that its address says, and the row beside it."""
    return pl.concat(
        tables[name]
        .select("submission_id", "row", "cell")
        .filter(pl.col("cell").is_not_null())
        .unique(maintain_order=True)
        .select(
            pl.lit(name).alias("table"),
            "submission_id",
            pl.col("row").fill_null(_NO_VALUE),
            pl.col("cell")
            .str.extract(r"([0-9]+)$")
            .cast(pl.Int32, strict=False)
            .fill_null(_NO_VALUE)
            .alias("cell_row"),
        )
        for name in ("answers", "findings")
    )


def links_of_persons(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per link, how many persons the two episodes are of, and how many they are by what was decided."""
    persons = tables["episodes"].select("episode_id", "person_id")
    links = tables["links"].select("episode_a", "episode_b", "kind", "decision")
    for side in ("a", "b"):
        of_side = persons.rename({"episode_id": f"episode_{side}", "person_id": f"person_{side}"})
        links = links.join(of_side, on=f"episode_{side}", how="left", maintain_order="left")
    return links.with_columns(
        pl.when(pl.col("person_a") == pl.col("person_b")).then(1).otherwise(2).cast(pl.Int32).alias("n_persons"),
        pl.when(pl.col("decision") == "linked").then(1).otherwise(2).cast(pl.Int32).alias("n_persons_expected"),
    ).drop("person_a", "person_b")


def cohort_of_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per person of 2013–2016, the person that is named and the one that the pilot episode is of."""
    persons = tables["episodes"].select("episode_id", pl.col("person_id").alias("person_of_episode"))
    named = tables["cohort"].select("cohort_id", "person_id", "episode_id")
    return named.join(persons, on="episode_id", how="left", maintain_order="left").drop("episode_id")


def waves_of_answers(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per wave and variable in both, what `answers` and `waves` say. Null is written out, since null equals nothing."""
    waves = tables["waves"]
    key = ["episode_id", "moment"]
    values = waves.select(*key, *variables()).unpivot(index=key, variable_name="variable", value_name="wave_value")
    reasons = waves.select(*key, *(pl.col(f"{name}__missing").alias(name) for name in variables())).unpivot(
        index=key, variable_name="variable", value_name="wave_missing"
    )
    answers = tables["answers"].select(*key, "variable", "value", "missing")
    both = values.join(reasons, on=[*key, "variable"], maintain_order="left").join(
        answers, on=[*key, "variable"], maintain_order="left"
    )
    numbers, words = ("value", "wave_value"), ("missing", "wave_missing")
    return both.with_columns(pl.col(*numbers).fill_null(_NO_VALUE), pl.col(*words).fill_null(_NO_WORD))


def availability_of_answers(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per edition, moment and variable, how many answers are not collected, and how many should be."""
    return matrix(tables)


def submissions_whole(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per workbook, its rows and the sum of their fates."""
    fates = tables["ledger"].group_by("submission_id").agg(pl.len().cast(pl.Int32).alias("n_fates"))
    said = tables["submissions"].select("submission_id", "n_rows")
    return (
        said.join(fates, on="submission_id", how="full", coalesce=True)
        .with_columns(pl.col("n_rows", "n_fates").fill_null(0))
        .sort("submission_id")
    )


_VIEWS: dict[str, Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]] = {
    view.__name__: view
    for view in (
        persons_of_episodes, episodes_whole, episodes_in_time, previous_episodes, strict_persons, persons_within_wide,
        answers_of_episodes, waves_of_episodes, waves_of_answers, availability_of_answers, cells_of_rows,
        links_of_persons, cohort_of_episodes, submissions_whole, rows_in_order,
    )
}  # fmt: skip
