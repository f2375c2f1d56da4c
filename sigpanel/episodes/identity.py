"""Ids of episodes: keyed, from the founding report's own facts, and remembered across corrections.

The founding report is the episode's earliest one. Its facts (programme, district, year, code, enrolment date, sex, age)
make the id, so the order of rows and files never matters and a rebuild from the same workbooks gives the same ids. When
one of those facts is corrected, the id would change; so the registry remembers several aliases of each report, each
with some facts left out. An episode that shares an alias with just one remembered episode, and is alone in sharing it,
keeps that one's id. Where aliases do not tell, the id is a new one rather than a wrong one.

So ids last through any later year, since a later report never changes the grouping of earlier ones; through an earlier
year that comes late, unless it shows that reports were of two episodes; and through the correction of a fact, unless
too little else is told in that row. An id that is remembered is never given to another episode.

Aliases are keyed digests: the registry holds no clear codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from sigpanel.errors import Fault

Pseudonyms = Callable[[str, pl.Series], pl.Series]

_FACTS = ("programme", "district", "reported_year", "uno", "enrolled_on", "sex", "age")
# From the most to the least telling; a correction of any one fact leaves at least one of them as it was.
_ALIASES: dict[str, tuple[str, ...]] = {
    "every_word": ("programme", "district", "reported_year", "content"),
    "every_fact": _FACTS,
    "code_and_date": ("programme", "district", "uno", "enrolled_on"),
    "in_any_district": ("programme", "uno", "enrolled_on", "sex", "age"),
    "date_and_person": ("programme", "district", "enrolled_on", "sex", "age"),
    "code_and_year": ("programme", "district", "reported_year", "uno"),
}
_ALIAS = ["alias_kind", "alias"]
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
    founding = grouped.sort("reported_year", *_FACTS, "content", "submission_no", "row").unique(
        "group", keep="first", maintain_order=True
    )
    aliases = _aliases(grouped, pseudonyms)
    past = Aliases.to_frame() if remembered is None else remembered
    known = _known(aliases, past)
    rest = founding.join(known, on="group", how="anti", maintain_order="left")
    new = _new(rest, _taken(rest, aliases, known, past), pseudonyms)
    ids = pl.concat([known, new])
    if ids["episode_id"].n_unique() != founding.height:
        raise Fault("episode-id-twice", "Two episodes got one id.", remedy="Report this; nothing was published.")
    return Identified(
        ids=ids,
        founders=founding.select("submission_no", "row"),
        aliases=aliases.join(ids, on="group").select(*_ALIAS, "episode_id").unique().sort(*_ALIAS, "episode_id"),
    )


def _aliases(grouped: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """The aliases of every report: `group, alias_kind, alias`. One that lacks any of its facts tells too little."""
    parts = []
    for kind, facts in _ALIASES.items():
        texts = grouped.filter(pl.all_horizontal(pl.col(*facts).is_not_null())).select(
            "group", pl.lit(kind).alias("alias_kind"), pl.concat_str(pl.lit(f"{kind}|"), _text(facts)).alias("text")
        )
        parts.append(texts.select("group", "alias_kind", pseudonyms("registry", texts["text"]).alias("alias")))
    return pl.concat(parts).unique()


def _known(aliases: pl.DataFrame, remembered: pl.DataFrame) -> pl.DataFrame:
    """The groups that are remembered: `group, episode_id`, by the most telling alias that leads from one to one.

    Who is found leaves the field, so that a less telling alias may tell of the rest.
    """
    found = pl.DataFrame(schema={"group": aliases.schema["group"], "episode_id": pl.String})
    for kind in _ALIASES:
        now = aliases.filter(pl.col("alias_kind") == kind).join(found, on="group", how="anti")
        then = (remembered.filter(pl.col("alias_kind") == kind).select(*_ALIAS, "episode_id").unique()).join(
            found, on="episode_id", how="anti"
        )
        hits = now.join(then, on=_ALIAS).select("group", "episode_id").unique()
        is_only = (pl.len().over("group") == 1) & (pl.len().over("episode_id") == 1)
        found = pl.concat([found, hits.filter(is_only)])
    return found


def _taken(rest: pl.DataFrame, aliases: pl.DataFrame, known: pl.DataFrame, remembered: pl.DataFrame) -> pl.DataFrame:
    """The ids that each group may not be given, as the groups that may have a remembered id: `episode_id, group`.

    Nobody may have one that is known, so its `group` is null. The others are for those who agree with it in every word:
    several that do are alike in all, and whichever of their ids they have is right.
    """
    is_word = pl.col("alias_kind") == "every_word"
    words = aliases.filter(is_word).join(rest, on="group", how="semi")
    alike = words.join(remembered.filter(is_word).select(*_ALIAS, "episode_id"), on=_ALIAS).select(
        "episode_id", "group"
    )
    free = remembered.select("episode_id").unique().join(known, on="episode_id", how="anti")
    return pl.concat(
        [
            known.select("episode_id", pl.lit(None, alike.schema["group"]).alias("group")),
            free.join(alike.unique(), on="episode_id", how="left").select("episode_id", "group"),
        ]
    )


def _new(founding: pl.DataFrame, taken: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Ids for groups that are not remembered: `group, episode_id`.

    Several may agree in every fact (all their codes unreadable, say): they are numbered, by the order of what they
    answer. A remembered episode may hold an id of the same facts, though they are no longer its own or it is no longer
    sent: then all move on, so that a remembered id never becomes another's.
    """
    numbered = founding.select("group", _text(_FACTS).alias("facts")).with_columns(
        pl.int_range(pl.len()).over("facts").alias("twin")
    )
    held, own = taken["episode_id"].unique(), taken.drop_nulls().select(pl.struct("episode_id", "group")).to_series()
    while True:
        texts = numbered.select(pl.concat_str("facts", pl.col("twin").cast(pl.String), separator="|")).to_series()
        ids = numbered.with_columns(pseudonyms("episodes", texts).alias("episode_id"))
        is_own = pl.struct("episode_id", "group").is_in(own.implode())
        is_taken = (pl.col("episode_id").is_in(held.implode()) & ~is_own).any().over("facts")
        numbered = ids.select("group", "facts", pl.col("twin") + is_taken)
        if numbered["twin"].equals(ids["twin"]):
            return ids.select("group", "episode_id")


def _text(facts: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str([pl.col(fact).cast(pl.String).fill_null("") for fact in facts], separator="|")
