"""What became of ids: which episodes known before have another person now, what that was, and why.

An id is never given to anybody else, but two persons may turn out to be one (*merged*: nobody has the old id any more)
or one to be two (*split*), and a person whose founding episode is gone has another id (*renamed*). Each such episode is
an event with a cause, the first of these that applies:

- `parameters`: the file of parameters is another than in the release before;
- `decision`: somebody decided about one of the persons concerned, or took a decision back;
- `episode_gone`: one of the person's episodes is in no workbook any more;
- `facts_changed`: what is told of one of their episodes (codes, sex, age, dates, district) is not what it was;
- `new_evidence`: an episode that was not in the release before is one of theirs;
- `weights_moved`: nothing but the shares of initials and the number of persons, which every year changes a little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EVENTS = pl.Schema({"episode_id": pl.String, "person_id_before": pl.String, "event": pl.String, "cause": pl.String})
DECIDED = "decided"
_FACTS = ("programme", "district", "sex", "age", "enrolled_on", "discharged_on", "known_birth_year")


def facts(episodes: pl.DataFrame, pseudonyms: Callable[[str, pl.Series], pl.Series]) -> pl.DataFrame:
    """A keyed digest of what linkage looks at in each episode: `episode_id, facts`.

    Args:
        episodes: what `resolve` is given.
        pseudonyms: turns texts into keyed ids, by purpose.
    """
    codes = pl.coalesce(pl.col("codes").list.sort().list.join("/"), "uno")
    # The month of birth is known of the cohort alone.
    known = [name for name in (*_FACTS, "known_months") if name in episodes.columns]
    told = [pl.col(name).cast(pl.String).fill_null("") for name in known]
    texts = episodes.select(pl.concat_str(codes.fill_null(""), *told, separator="|")).to_series()
    return episodes.select("episode_id", pseudonyms("facts", texts).alias("facts"))


def events(
    persons: pl.DataFrame,
    before: pl.DataFrame,
    decided: Iterable[str] = (),
    *,
    absent: Iterable[str] = (),
    is_by_other_parameters: bool = False,
) -> pl.DataFrame:
    """The episodes whose person is another than it was.

    Args:
        persons: `episode_id, person_id, facts` of this release.
        before: the same of all releases before, as was told last; `facts` is null where they were not remembered.
        absent: the episodes that were known once and not in the release before: gone already, or new again now.
        decided: the episodes of which a person decided something that is in force, or was in the release before.
        is_by_other_parameters: whether the release before was linked by other parameters.

    Returns:
        Of schema `EVENTS`, by episode.
    """
    now = persons.join(before, on="episode_id", how="left", suffix="_before").with_columns(
        pl.col("person_id_before").is_null().alias("is_unknown"),
        (pl.col("person_id_before").is_null() | pl.col("episode_id").is_in(list(absent))).alias("is_new"),
        (pl.col("facts") != pl.col("facts_before")).fill_null(value=False).alias("has_changed"),
        pl.col("episode_id").is_in(list(decided)).alias("is_decided"),
    )
    was_there = before.filter(~pl.col("episode_id").is_in(list(absent)))
    has_lost = was_there.join(persons, on="episode_id", how="anti")["person_id"].unique()
    marks = ("is_decided", "has_changed", "is_new")
    # Of the person that it was, and of the one that it is.
    of = {
        name: now.group_by(name).agg(pl.col(*marks).any()).rename({mark: f"{mark}_{name}" for mark in marks})
        for name in ("person_id", "person_id_before")
    }
    moved = now.filter(~pl.col("is_unknown") & (pl.col("person_id") != pl.col("person_id_before")))
    for name, frame in of.items():
        moved = moved.join(frame, on=name, how="left")
    any_of = {mark: pl.col(f"{mark}_person_id") | pl.col(f"{mark}_person_id_before") for mark in marks}
    is_gone = ~pl.col("person_id_before").is_in(persons["person_id"].unique().implode())
    of_one = now.group_by("person_id").agg((pl.col("person_id_before").n_unique() == 1).alias("is_of_one"))
    return (
        moved.join(of_one, on="person_id")
        .select(
            "episode_id",
            "person_id_before",
            pl.when(is_gone & pl.col("is_of_one"))
            .then(pl.lit("renamed"))
            .when(is_gone)
            .then(pl.lit("merged"))
            .otherwise(pl.lit("split"))
            .alias("event"),
            pl.when(pl.lit(is_by_other_parameters))
            .then(pl.lit("parameters"))
            .when(any_of["is_decided"])
            .then(pl.lit("decision"))
            .when(pl.col("person_id_before").is_in(has_lost.implode()))
            .then(pl.lit("episode_gone"))
            .when(any_of["has_changed"])
            .then(pl.lit("facts_changed"))
            .when(any_of["is_new"])
            .then(pl.lit("new_evidence"))
            .otherwise(pl.lit("weights_moved"))
            .alias("cause"),
        )
        .sort("episode_id")
    )


def decided_rows(decisions: pl.DataFrame) -> pl.DataFrame:
    """What the registry remembers of the decisions in force: `alias_kind, alias, episode_id`, for both episodes."""
    return pl.concat(
        [
            decisions.select(
                pl.lit(DECIDED).alias("alias_kind"),
                pl.concat_str("verdict", other, separator=":").alias("alias"),
                pl.col(own).alias("episode_id"),
            )
            for own, other in (("episode_a", "episode_b"), ("episode_b", "episode_a"))
        ]
    )


def withdrawn(remembered: pl.DataFrame | None, decisions: pl.DataFrame) -> pl.Series:
    """The episodes of which something was decided in the release before that is not in force any more.

    Of two that were decided to be one person's, all episodes of that person: others may be with it by way of the two.
    """
    if remembered is None or "alias_kind" not in remembered.columns:
        return pl.Series("episode_id", [], dtype=pl.String)
    was = remembered.filter(pl.col("alias_kind") == DECIDED)
    gone = was.join(decided_rows(decisions), on=["alias", "episode_id"], how="anti")
    joined = gone.filter(pl.col("alias").str.starts_with("same:"))["episode_id"]
    persons = remembered.filter(pl.col("episode_id").is_in(joined.implode()))["person_id"]
    with_them = remembered.filter(pl.col("person_id").is_in(persons.implode()))["episode_id"]
    return pl.concat([gone["episode_id"], with_them]).unique().sort()
