"""Ids of episodes: keyed, from the founding report's own facts, and remembered across corrections.

The founding report is the episode's earliest one. Its facts (programme, district, year, code, enrolment date, sex, age) make
the id, so the order of rows and files never matters and a rebuild from the same workbooks gives the same ids. When one of
those facts is corrected, the id would change; so the registry remembers several aliases of each report, each with some facts
left out. An episode that shares an alias with just one remembered episode keeps that one's id.

Aliases are keyed digests: the registry holds no clear codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from sigpanel.errors import Fault

Pseudonyms = Callable[[str, pl.Series], pl.Series]

# From the most to the least telling; a correction of any one fact leaves at least one of them as it was.
_ALIASES: dict[str, tuple[str, ...]] = {
    "every_fact": ("programme", "district", "reported_year", "uno", "enrolled_on", "sex", "age"),
    "code_and_date": ("programme", "district", "uno", "enrolled_on"),
    "date_and_person": ("programme", "district", "enrolled_on", "sex", "age"),
    "code_and_year": ("programme", "district", "reported_year", "uno"),
}
Aliases = pl.Schema(
    {
        "alias_kind": pl.String,
        "alias": pl.String,
        "episode_id": pl.String,
        "person_id": pl.String,
        "founded_in": pl.Int32,
    }
)


@dataclass(frozen=True)
class Identified:
    """Ids and what to remember of them.

    `ids`: `group, episode_id`; `founders`: `submission_no, row` of each founding report; `aliases`: `alias_kind, alias,
    episode_id` of every report.
    """

    ids: pl.DataFrame
    founders: pl.DataFrame
    aliases: pl.DataFrame


def identify(grouped: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None) -> Identified:
    """Give each group of reports its id.

    Args:
        grouped: reports with `group`.
        pseudonyms: turns texts into keyed ids, by purpose.
        remembered: the registry of the live release, of schema `Aliases`.

    Raises:
        Fault: two groups came out with one id.
    """
    facts = _ALIASES["every_fact"]
    founding = (
        grouped.sort("reported_year", *facts, "content", "submission_no", "row")
        .unique("group", keep="first", maintain_order=True)
        .with_columns(_text(facts).alias("facts"))
        # Two groups may agree in every fact (both codes unreadable, say); what they answer tells them apart, in fixed order.
        .with_columns(pl.int_range(pl.len()).over("facts").alias("twin"))
        .with_columns(pl.concat_str("facts", pl.col("twin").cast(pl.String), separator="|").alias("facts"))
    )
    fresh = founding.select("group", pseudonyms("episodes", founding["facts"]).alias("fresh_id"))
    aliases = _aliases(grouped, pseudonyms)
    known = _remembered_ids(aliases, remembered) if remembered is not None else None
    ids = fresh.with_columns(pl.col("fresh_id").alias("episode_id"))
    if known is not None:
        ids = fresh.join(known, on="group", how="left").with_columns(
            pl.coalesce("known_id", "fresh_id").alias("episode_id")
        )
    if ids["episode_id"].n_unique() != ids.height:
        raise Fault("episode-id-twice", "Two episodes got one id.", remedy="Report this; nothing was published.")
    return Identified(
        ids=ids.select("group", "episode_id"),
        founders=founding.select("submission_no", "row"),
        aliases=aliases.join(ids.select("group", "episode_id"), on="group")
        .select("alias_kind", "alias", "episode_id")
        .unique()
        .sort("alias_kind", "alias", "episode_id"),
    )


def _text(facts: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str(
        [pl.col(fact).cast(pl.String).fill_null("") for fact in facts],
        separator="|",
    )


def _aliases(grouped: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """The aliases of every report: `group, alias_kind, alias`. An alias that lacks one of its facts tells too little."""
    parts = []
    for kind, facts in _ALIASES.items():
        told = grouped.filter(pl.all_horizontal(pl.col(*facts).is_not_null()))
        texts = told.select("group", pl.concat_str(pl.lit(f"{kind}|"), _text(facts)).alias("text"))
        parts.append(
            texts.select(
                "group", pl.lit(kind).alias("alias_kind"), pseudonyms("registry", texts["text"]).alias("alias")
            )
        )
    return pl.concat(parts).unique()


def _remembered_ids(aliases: pl.DataFrame, remembered: pl.DataFrame) -> pl.DataFrame:
    """The remembered id of each group, by the most telling alias that leads from one group to one id."""
    order = {kind: place for place, kind in enumerate(_ALIASES)}
    hits = (
        aliases.join(remembered.select("alias_kind", "alias", "episode_id").unique(), on=["alias_kind", "alias"])
        .select("group", "episode_id", pl.col("alias_kind").replace_strict(order, return_dtype=pl.Int8).alias("order"))
        .unique()
        .sort("order", "group", "episode_id")
    )
    found = pl.DataFrame(schema={"group": hits.schema["group"], "known_id": pl.String})
    for place in range(len(order)):
        open_ = (
            hits.filter(pl.col("order") == place)
            .join(found, on="group", how="anti")
            .join(found, left_on="episode_id", right_on="known_id", how="anti")
            .filter((pl.len().over("group") == 1) & (pl.len().over("episode_id") == 1))
        )
        found = pl.concat([found, open_.select("group", pl.col("episode_id").alias("known_id"))])
    return found
