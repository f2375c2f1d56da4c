"""Both sides of a pair as texts, one above the other: what each episode says, and where it stands in the workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.tables import vocabulary
from sigpanel.forms import districts, programmes
from sigpanel.review.words import SIDES, review_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of each report of an episode: its file, row and year, and the district that sent it, by today's name.
PLACES = pl.Schema(
    {
        "episode_id": pl.String,
        "file": pl.String,
        "row": pl.Int32,
        "reported_year": pl.Int16,
        "district": pl.String,
    }
)


def sides(episodes: pl.DataFrame, places: pl.DataFrame, *, is_for_district: bool = False) -> dict[str, tuple[str, ...]]:
    """What is shown of each episode, by its id: the texts of `SIDES`, in their order.

    Args:
        episodes: as `resolve` is given them.
        places: of `PLACES`.
        is_for_district: name no file, since what it is called is the data owner's, but the year.
    """
    shown = (
        episodes.join(
            _where(places, is_for_district=is_for_district), on="episode_id", how="left", maintain_order="left"
        )
        .with_columns(
            _codes().alias("code"),
            _named("sex", {term.token: term.sv for term in vocabulary("sex")}),
            pl.col("age").cast(pl.String),
            _named("district", {token: district.sv for token, district in districts().items()}),
            _named("programme", {token: programme.sv for token, programme in programmes().items()}),
            pl.col("enrolled_on").cast(pl.String).alias("enrolled"),
            _discharged().alias("discharged"),
            _reported().alias("reported"),
            pl.when(pl.col("programme") == "pilot")
            .then(pl.lit(review_texts().no_place))
            .otherwise("where")
            .fill_null(review_texts().no_file)
            .alias("where"),
        )
        .select("episode_id", pl.col(*SIDES).fill_null(review_texts().nothing))
    )
    return {episode: tuple(texts) for episode, *texts in shown.iter_rows()}


def own_episodes(episodes: pl.DataFrame, places: pl.DataFrame, district: str) -> pl.DataFrame:
    """The episodes that a district, by today's name, has reported itself, in every report that there is of them.

    A row that another district's workbook has of it is not its own: it may not know of that.
    """
    is_theirs = pl.col("district") == district
    sent = places.group_by("episode_id").agg(is_theirs.fill_null(value=False).all().alias("is_own"))
    return episodes.filter(is_theirs).join(sent.filter("is_own"), on="episode_id", how="semi", maintain_order="left")


def with_overlap(pairs: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Add `is_at_once`: whether both of a pair went on at the same time in one district.

    Discharge and enrolment on one day are no such time; two from one day are. Who is not discharged goes on as long as
    is known (`observed_until`).
    """
    spans = episodes.select(
        "episode_id", "district", "enrolled_on", pl.coalesce("discharged_on", "observed_until").alias("until")
    )
    both = pairs
    for side in ("a", "b"):
        both = both.join(
            spans.select(pl.all().name.suffix(f"_{side}")),
            left_on=f"episode_{side}",
            right_on=f"episode_id_{side}",
            how="left",
            maintain_order="left",
        )
    begin_a, begin_b = pl.col("enrolled_on_a"), pl.col("enrolled_on_b")
    meet = (begin_a == begin_b) | ((begin_a < pl.col("until_b")) & (begin_b < pl.col("until_a")))
    is_at_once = (pl.col("district_a") == pl.col("district_b")) & meet
    return both.select(*pairs.columns, is_at_once.fill_null(value=False).alias("is_at_once"))


def _named(column: str, names: Mapping[str, str]) -> pl.Expr:
    # A word that has no name is shown as it is.
    return pl.col(column).replace(names)


def _codes() -> pl.Expr:
    """The code as last readably reported, then every other that a report gave."""
    others = pl.col("codes").list.sort().list.set_difference(pl.concat_list("uno")).list.sort()
    every = pl.concat_list(pl.concat_list("uno"), others.fill_null([])).list.drop_nulls()
    text = every.list.join(" / ")
    return pl.when(text != "").then(text)


def _discharged() -> pl.Expr:
    is_open = pl.col("status").ne_missing("closed")
    return pl.coalesce(
        pl.col("discharged_on").cast(pl.String), pl.when(is_open).then(pl.lit(review_texts().not_discharged))
    )


def _reported() -> pl.Expr:
    first, last = (pl.col(f"{which}_reported_year").cast(pl.String) for which in ("first", "last"))
    return pl.when(first == last).then(first).otherwise(pl.concat_str(first, last, separator="–"))


def _where(places: pl.DataFrame, *, is_for_district: bool) -> pl.DataFrame:
    """Where the last report of each episode stands, and how many more there are."""
    words = review_texts()
    place = (
        pl.format(words.district_place.format(row="{}", year="{}"), "row", "reported_year")
        if is_for_district
        else pl.format(words.place.format(row="{}", file="{}"), "row", "file")
    )
    more = pl.format(f" {words.more_places.format(n='{}')}", pl.col("n") - 1)
    return (
        places.sort("reported_year", "file", "row")
        .group_by("episode_id", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("reported_year", "file", "row").last())
        .select("episode_id", (place + pl.when(pl.col("n") > 1).then(more).otherwise(pl.lit(""))).alias("where"))
    )
