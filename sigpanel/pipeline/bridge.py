"""The bridge from the ids under one key to those under another: `kind, old, new`.

Where the workbooks are at hand, a key *records* which texts it made ids of while the study goes through the stages with
it; the new key makes its ids of the same texts, with new ids where a text holds old ones. So what a later build makes
anew by itself (codes, submissions, aliases in the registry) comes out as the bridge says. The id of an episode that is
remembered is made of its old id: what it was founded on may be corrected since, and the registry remembers it anyway.

Where they are not, there is nothing but ids, and each new one is made of the old one.

A bridge leads from old ids to new ones for whoever has it. It is written for the data owner alone, and may be deleted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.tables import names, table
from sigpanel.contracts.uno import possible_codes
from sigpanel.decisions.in_force import text_under_other_ids
from sigpanel.forms import variables
from sigpanel.key import PREFIXES, Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BRIDGE = pl.Schema({"kind": pl.String, "old": pl.String, "new": pl.String})

# The shapes of ids in the tables' description, and the purposes that they are made for.
PURPOSES: Final = {
    "person_id": "persons",
    "episode_id": "episodes",
    "uno_id": "uno",
    "submission_id": "submissions",
    "cohort_id": "cohort",
}
LINKS: Final = "links"
_BY_LETTER: Final = {PREFIXES[purpose]: purpose for purpose in PURPOSES.values()}
# 16 bytes in base32, of which the last letter has three bits: few words of a language are written so.
ID = re.compile(rb"(?<![A-Za-z0-9])[cepsu][a-z2-7]{25}[aeimquy4](?![A-Za-z0-9])")
# Made of texts in which no id stands.
_PLAIN: Final = ("episodes", "uno", "submissions", "cohort")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Recording(Key):
    """A key that keeps, in memory and by purpose, which texts it made ids of."""

    recorded: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    def pseudonyms(self, purpose: str, values: pl.Series) -> pl.Series:
        """As of a key."""
        made = Key.pseudonyms(self, purpose, values)
        both = pl.DataFrame([values.cast(pl.String).alias("text"), made.alias("old")])
        self.recorded.setdefault(purpose, []).append(both.drop_nulls().unique())
        return made

    def pseudonym(self, purpose: str, text: str) -> str:
        """As of a key."""
        return str(self.pseudonyms(purpose, pl.Series([text]))[0])


def recording(key: Key) -> Recording:
    """The same key, recording."""
    return Recording(key.key_id, key._expand)


def recorded_bridge(recorded: Recording, new: Key, episodes: pl.Series) -> pl.DataFrame:
    """The bridge of what a key made while it was recorded, and of every episode that the registry remembers.

    Args:
        recorded: the old key, after the stages.
        new: the new key.
        episodes: the ids of episodes that the registry remembers.
    """
    said = {purpose: pl.concat(frames).unique() for purpose, frames in recorded.recorded.items()}
    parts = [_bridged(purpose, said[purpose], new) for purpose in _PLAIN if purpose in said]
    episodes_ = pl.concat([part for part in parts if part.height] or [BRIDGE.to_frame()]).filter(kind="episodes")
    rest = episodes.unique().rename("old").to_frame().join(episodes_, on="old", how="anti")
    parts.append(_bridged("episodes", rest.with_columns(text="old"), new))
    every = pl.concat([episodes_, parts[-1]])
    # A person's id is made of that of an episode, so all that there were are known by all episodes that there were.
    parts.append(
        pl.DataFrame(
            [
                pl.repeat("persons", every.height, dtype=pl.String, eager=True).alias("kind"),
                Key.pseudonyms(recorded, "persons", every["old"]).alias("old"),
                new.pseudonyms("persons", every["new"]).alias("new"),
            ]
        )
    )
    ids = mapping(pl.concat(parts))
    if LINKS in said:
        # Of episodes that are there no digest is made without both ids, so each has its new one.
        texts = [text_under_other_ids(text, ids) for text in said[LINKS]["text"]]
        parts.append(_bridged(LINKS, said[LINKS].with_columns(pl.Series("text", texts, dtype=pl.String)), new))
    for purpose in sorted(said.keys() - {*_PLAIN, "persons", LINKS}):
        told = said[purpose].with_columns(pl.Series("text", _translated(said[purpose]["text"], ids), dtype=pl.String))
        parts.append(_bridged(purpose, told, new))
    return _sorted(pl.concat(parts))


def with_codes(bridge: pl.DataFrame, waiting: Iterable[str], old: Key, new: Key) -> pl.DataFrame:
    """The same, with the pseudonyms of codes that nobody has yet, such as of a withdrawal of what is still to come.

    Nothing tells the code of one but the old key, by trying every code there can be: some ten seconds, and only where
    there is such a pseudonym. One of a code that cannot be stays without a new one.

    Args:
        bridge: what is known.
        waiting: the pseudonyms.
        old: the old key.
        new: the new key.
    """
    unknown = pl.Series(sorted({*waiting} - {*bridge["old"]}), dtype=pl.String)
    if unknown.is_empty():
        return bridge
    every = pl.Series("text", list(possible_codes()), dtype=pl.String)
    tried = every.to_frame().with_columns(old.pseudonyms("uno", every).alias("old"))
    return _sorted(pl.concat([bridge, _bridged("uno", tried.filter(pl.col("old").is_in(unknown.implode())), new)]))


def plain_bridge(ids: Iterable[pl.Series], aliases: pl.Series, new: Key) -> pl.DataFrame:
    """The bridge of ids of which nothing else is known: each new one is made of the old one, for the same purpose.

    Args:
        ids: ids of the panel, of any kind; null and texts that are none do not matter.
        aliases: what the registry knows episodes by.
        new: the new key.
    """
    every = pl.concat([series.cast(pl.String).rename("text") for series in ids]).drop_nulls().unique().to_frame()
    of = {purpose: every.filter(pl.col("text").str.starts_with(letter)) for letter, purpose in _BY_LETTER.items()}
    parts = [_bridged(purpose, texts.with_columns(old="text"), new) for purpose, texts in of.items()]
    rest = aliases.drop_nulls().unique().rename("text").to_frame().join(every, on="text", how="anti")
    return _sorted(pl.concat([*parts, _bridged("registry", rest.with_columns(old="text"), new)]))


def mapping(bridge: pl.DataFrame) -> dict[str, str]:
    """The new one by each old id."""
    return dict(bridge.select("old", "new").iter_rows())


def ids_of(tables: Mapping[str, pl.DataFrame]) -> list[pl.Series]:
    """Every column of ids in the tables of a release."""
    return [tables[name][column] for name, columns in id_columns().items() for column in columns]


def id_columns() -> dict[str, list[str]]:
    """The columns of ids by table, by how the tables' description says that their texts are written."""
    return {
        name: [column.name for column in table(name).given(variables()).columns if column.shape in PURPOSES]
        for name in names()
    }


def _bridged(purpose: str, told: pl.DataFrame, new: Key) -> pl.DataFrame:
    """Of `text, old`: what the new key makes of the texts."""
    made = told.with_columns(new.pseudonyms(purpose, told["text"]).alias("new"), pl.lit(purpose).alias("kind"))
    return made.select(BRIDGE.names())


def _translated(texts: pl.Series, ids: Mapping[str, str]) -> list[str]:
    known = {old.encode(): new.encode() for old, new in ids.items()}
    return [ID.sub(lambda found: known.get(found[0], found[0]), text.encode()).decode() for text in texts]


def _sorted(bridge: pl.DataFrame) -> pl.DataFrame:
    return bridge.unique("old", keep="first", maintain_order=True).sort(BRIDGE.names())
