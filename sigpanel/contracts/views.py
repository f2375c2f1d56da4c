"""Frames of several tables in which a rule between tables is one between columns.

Each view has one row for each thing that the rule is about, what is said of it and what is found; so that an engine
which knows nothing of other tables can hold the rule, and a count of failing rows means the same in each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.availability import matrix
from sigpanel.contracts.rules import references, rules
from sigpanel.contracts.tables import empty, names
from sigpanel.forms import MOMENTS, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
    return (
        said.join(found, on="person_id", how="full", coalesce=True)
        .with_columns(pl.col("n_episodes", "n_episodes_found").fill_null(0))
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


def previous_episodes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Per episode that has one before it, its person and that of the one before."""
    persons = tables["episodes"].select(
        pl.col("episode_id").alias("previous_episode_id"), pl.col("person_id").alias("person_of_previous")
    )
    later = tables["episodes"].select("episode_id", "person_id", "previous_episode_id").drop_nulls()
    return later.join(persons, on="previous_episode_id", maintain_order="left")


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


_NO_VALUE, _NO_WORD = -1, "none"


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
        persons_of_episodes, episodes_whole, previous_episodes, strict_persons, persons_within_wide,
        answers_of_episodes, waves_of_answers, availability_of_answers,
        submissions_whole,
    )
}  # fmt: skip
