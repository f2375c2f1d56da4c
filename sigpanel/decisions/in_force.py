"""Which decisions on links are in force: those of episodes that are there, whose fields are what they were.

A decision holds a keyed digest of what was compared, over both episodes. When one of these fields has changed since, it
is suspended: not used, asked about again, and told. One of an episode that is not there (any more) is told too. So no
decision passes over to something else than was looked at, and none is lost without a word.

What was compared is in `contracts/links.yaml`. A discharge that was not yet known is a change like any other: it may be
what tells two persons apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.links import links_file
from sigpanel.decisions.contradictions import hold
from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sigpanel.decisions.links import LinkDecisions

PAIR = ["episode_a", "episode_b"]
_PURPOSE = "links"
# No field holds it, so that what stands in one cannot run on into the next.
_BETWEEN = "\x1f"
_ID_LENGTH = 27
# Two episodes, each told by its id and then what is compared of it, which holds no id.
_PAIR_TEXT = re.compile(rf"(e[a-z2-7]{{26}}{_BETWEEN}.*){_BETWEEN * 2}(e[a-z2-7]{{26}}{_BETWEEN}.*)", re.DOTALL)
_WHY = {
    "suspended": "suspended, since what was compared has changed; `sigpanel review` asks again",
    "gone": "not used, since there is no such episode (any more)",
}
_DECISIONS = pl.Schema(
    {
        "line": pl.Int32,
        "episode_a": pl.String,
        "episode_b": pl.String,
        "verdict": pl.String,
        "who": pl.String,
        "date": pl.Date,
        "digest": pl.String,
    }
)


@dataclass(frozen=True)
class Decided:
    """What decisions amount to today.

    Attributes:
        in_force: `episode_a, episode_b, verdict`.
        suspended: `episode_a, episode_b, verdict, who, date, line` of those whose fields have changed.
        gone: likewise, of those about an episode that is not there.
    """

    in_force: pl.DataFrame
    suspended: pl.DataFrame
    gone: pl.DataFrame

    def meaning(self) -> list[tuple[str, str, str]]:
        """What is in force, in an order that says nothing: the two ids and the verdict. For a manifest's digest.

        The order of lines, which of two ids stands first, and the wording of reasons do not show.
        """
        return sorted((*sorted((a, b)), verdict) for a, b, verdict in self.in_force.iter_rows())

    def not_used(self) -> list[tuple[str, str, str, int]]:
        """The decisions that are not used: the episodes' ids, why (suspended, gone), and the line in the file."""
        return [
            (a, b, why, line)
            for why, frame in (("suspended", self.suspended), ("gone", self.gone))
            for a, b, line in frame.select(*PAIR, "line").iter_rows()
        ]

    def told(self) -> list[str]:
        """A line for each decision that is not used: the episodes' ids, and why; for the data owner."""
        return [f"{a} – {b}: {_WHY[why]} ({links_file().path}, line {line})" for a, b, why, line in self.not_used()]


def decide(
    decisions: LinkDecisions, episodes: pl.DataFrame, pseudonyms: Callable[[str, pl.Series], pl.Series]
) -> Decided:
    """Tell which decisions are in force.

    Args:
        decisions: as read.
        episodes: as `resolve` is given them.
        pseudonyms: turns texts into keyed ids, by purpose.

    Raises:
        InputError: those in force contradict each other.
    """
    frame = pl.DataFrame(
        [
            (one.line, one.episode_a, one.episode_b, one.verdict, one.who, one.date, one.digest)
            for one in decisions.all
        ],
        schema=_DECISIONS,
        orient="row",
    )  # fmt: skip
    now = digests(frame.select(PAIR), episodes, pseudonyms)["digest"].alias("now")
    compared = frame.with_columns(now)
    holds = pl.col("now") == pl.col("digest")
    told = [*PAIR, "verdict", "who", "date", "line"]
    in_force = compared.filter(holds.fill_null(value=False)).select(*PAIR, "verdict")
    pairs = {(min(pair), max(pair)) for pair in in_force.select(PAIR).iter_rows()}
    hold(one for one in decisions.all if one.pair in pairs)
    return Decided(
        in_force=in_force,
        suspended=compared.filter(~holds).select(told),
        gone=compared.filter(pl.col("now").is_null()).select(told),
    )


def digests(
    pairs: pl.DataFrame, episodes: pl.DataFrame, pseudonyms: Callable[[str, pl.Series], pl.Series]
) -> pl.DataFrame:
    """The keyed digest of what is compared in each pair, whichever way round it stands; null where an episode is not.

    Args:
        pairs: `episode_a, episode_b`.
        episodes: as `resolve` is given them.
        pseudonyms: turns texts into keyed ids, by purpose.

    Returns:
        `episode_a, episode_b, digest`, in the order of `pairs`.

    Raises:
        Fault: the episodes lack a field that is compared.
    """
    missing = {*links_file().compared, "uno"} - set(episodes.columns)
    if missing:
        raise Fault("links-fields", f"Pairs cannot be compared without the fields {', '.join(sorted(missing))}.")
    told = episodes.select(
        "episode_id", pl.concat_str("episode_id", *map(_text, links_file().compared), separator=_BETWEEN).alias("text")
    )
    texts = pairs.select(pl.min_horizontal(PAIR).alias("episode_a"), pl.max_horizontal(PAIR).alias("episode_b"))
    for side in PAIR:
        of_side = told.rename({"episode_id": side, "text": f"text_{side}"})
        texts = texts.join(of_side, on=side, how="left", maintain_order="left")
    both = texts.select(pl.concat_str("text_episode_a", "text_episode_b", separator=_BETWEEN * 2)).to_series()
    return pairs.select(PAIR).with_columns(pseudonyms(_PURPOSE, both).alias("digest"))


def text_under_other_ids(text: str, other: Mapping[str, str]) -> str:
    """What a digest is of, when the two episodes have other ids: their order is that of their ids.

    Raises:
        KeyError: an episode has no other id.
    """
    first, second = _PAIR_TEXT.fullmatch(text).groups()  # type: ignore[union-attr]  # as `digests` writes it
    sides = [(other[side[:_ID_LENGTH]], side[_ID_LENGTH:]) for side in (first, second)]
    return (_BETWEEN * 2).join("".join(side) for side in sorted(sides))


def _text(field: str) -> pl.Expr:
    # Of the cohort nobody lists codes: its one code is what linkage compares, and so what was decided on.
    codes = pl.coalesce(pl.col("codes").list.sort().list.join(","), "uno")
    return (codes if field == "codes" else pl.col(field).cast(pl.String)).fill_null("")
