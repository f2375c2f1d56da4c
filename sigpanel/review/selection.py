"""Which pairs are asked about, in which order, and how many are left out.

Asked are pairs in doubt, pairs that a constraint keeps apart though all else speaks for them, and those whose decision
is suspended. A pair that somebody has decided, be it that it cannot be told, is not, nor one that a decision on another
pair keeps apart. Of several pairs between the same two persons the likeliest is asked about: its answer is that of all.
Where a runner-up fits nearly as well, the pairs with it are asked along, as a set: whoever answers one must see the
others.

What changes the return rate most comes first, then what is likeliest. A list has an end; a set stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.decisions.in_force import PAIR
from sigpanel.review.effect import with_effect
from sigpanel.review.words import BITS, review_texts

if TYPE_CHECKING:
    from sigpanel.decisions import Decided

PAIRS = pl.Schema(
    {
        "episode_a": pl.String,
        "episode_b": pl.String,
        "rule": pl.String,
        "class": pl.String,
        "decided_by": pl.String,
        "probability": pl.Float64,
        "constraint": pl.String,
        "runner_up": pl.String,
        **dict.fromkeys(BITS, pl.Float64),
    }
)
_KEY = ["low", "high"]
_SET = "which_of_two"


@dataclass(frozen=True)
class Reckoned:
    """How the pairs that wait, by their class, came to be the pairs that are asked about, with or without room.

    Attributes:
        n_waiting: pairs of the class review, as a build counts them.
        n_by_another: those of them that the answer to another pair of the same two persons settles.
        n_settled: those that somebody has answered, or kept apart by an answer.
        n_added: pairs of another class that are asked about all the same.
    """

    n_waiting: int
    n_by_another: int
    n_settled: int
    n_added: int

    def told(self) -> str:
        """The same in Swedish; nothing where just the pairs that wait are asked about."""
        words = review_texts()
        parts = ((words.by_another, self.n_by_another), (words.settled, self.n_settled), (words.added, self.n_added))
        told = [text.of(n) for text, n in parts if n]
        return " ".join([words.waiting.of(self.n_waiting), *told]) if told else ""


@dataclass(frozen=True)
class Queue:
    """What is asked: `lines` in their order, how many pairs found no room, and how those that wait came to be these.

    `lines` has the columns of `PAIRS`, and `kind`, `set_no` (null for a pair alone), `is_together`, `effect`, and
    `verdict`, `date` of a suspended decision.
    """

    lines: pl.DataFrame
    n_left_out: int
    reckoned: Reckoned


def queue(pairs: pl.DataFrame, episodes: pl.DataFrame, decided: Decided) -> Queue:
    """What the data owner is asked.

    Args:
        pairs: of `PAIRS`.
        episodes: `episode_id`, and `person_id` where persons are resolved.
        decided: what was decided before.
    """
    open_ = _open(pairs, episodes, decided)
    lines = _with_sets(_once(open_.filter(_is_asked()), episodes), open_)
    return _in_order(with_effect(lines, episodes), review_texts().most_lines, _reckoned(pairs, open_, lines))


def own_questions(pairs: pl.DataFrame, own: pl.DataFrame, decided: Decided) -> Queue:
    """What a district is asked about its own episodes.

    A suspended decision brings no pair up here, nor makes one doubtful: the data owner may have been asked because of
    another district's row. It is in the owner's list.

    Args:
        pairs: of `PAIRS`, made of the district's own episodes alone: what is in doubt by these tells of nobody else.
        own: the district's episodes, `episode_id`, and where persons are resolved among these alone `person_id` and
            `person_id_strict`.
        decided: what was decided before.
    """
    open_ = _open(pairs, own, replace(decided, suspended=decided.suspended.clear()))
    is_unsure = pl.col("class").is_in(["exact", "probable"]) & (
        pl.col("probability") <= review_texts().district_sure_from
    )
    lines = _with_sets(_once(open_.filter(_is_asked() | is_unsure), own), open_)
    plain = lines.with_columns(pl.lit(None, pl.Boolean).alias("is_together"), pl.lit(None, pl.Float64).alias("effect"))
    return _in_order(plain, review_texts().most_lines_of_a_district, _reckoned(pairs, open_, lines))


def _reckoned(pairs: pl.DataFrame, open_: pl.DataFrame, lines: pl.DataFrame) -> Reckoned:
    """How the pairs that wait came to be the lines, those without room among them."""
    waiting = _keyed(pairs.filter(pl.col("class") == "review")).select(_KEY)
    by_person = pl.col("constraint").eq_missing("decided_different") & pl.col("verdict").is_null()
    not_asked = waiting.join(lines, on=_KEY, how="anti")
    by_another = not_asked.join(open_.filter(~by_person), on=_KEY, how="semi")
    return Reckoned(
        n_waiting=waiting.height,
        n_by_another=by_another.height,
        n_settled=not_asked.height - by_another.height,
        n_added=lines.join(waiting, on=_KEY, how="anti").height,
    )


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """With the two ids in one order, whichever way round they stand."""
    return frame.with_columns(pl.min_horizontal(PAIR).alias("low"), pl.max_horizontal(PAIR).alias("high"))


def _open(pairs: pl.DataFrame, episodes: pl.DataFrame, decided: Decided) -> pl.DataFrame:
    """The pairs of these episodes that nobody has decided; those suspended with their verdict, considered or not."""
    considered = _keyed(pairs.select(PAIRS.names()).cast(PAIRS))
    suspended = _keyed(decided.suspended.select(*PAIR, "verdict", "date"))
    both = considered.join(suspended.drop(PAIR), on=_KEY, how="left", maintain_order="left")
    alone = suspended.join(considered, on=_KEY, how="anti", maintain_order="left")
    return (
        pl.concat([both, alone], how="diagonal")
        .join(_keyed(decided.in_force), on=_KEY, how="anti", maintain_order="left")
        .filter(*(pl.col(side).is_in(episodes["episode_id"].implode()) for side in PAIR))
    )


def _is_asked() -> pl.Expr:
    """Whether a pair is in doubt, kept apart though its weight alone would make it one person's, or suspended."""
    is_stopped = pl.col("constraint").is_not_null() & (
        pl.col("probability") >= review_texts().stopped_least_probability
    )
    by_person = pl.col("constraint").eq_missing("decided_different")
    return pl.col("verdict").is_not_null() | (((pl.col("class") == "review") | is_stopped) & ~by_person)


def _once(asked: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The pairs without those that are less likely than another between the same two persons.

    Two who were linked, but not for certain, are two here: the pairs between them are one question.
    """
    if "person_id" not in episodes.columns:
        return asked
    usual = _persons(episodes, "person_id")
    strict = _persons(episodes, "person_id_strict" if "person_id_strict" in episodes.columns else "person_id")
    is_linked = usual[0] == usual[1]
    persons = [pl.when(is_linked).then(a).otherwise(b) for a, b in zip(strict, usual, strict=True)]
    both = [pl.min_horizontal(persons).alias("one"), pl.max_horizontal(persons).alias("other")]
    is_alone = (pl.col("one") == pl.col("other")) | pl.col("verdict").is_not_null() | pl.col("runner_up").is_not_null()
    # The first in this order is the likeliest; ids settle what is left.
    order = asked.with_columns(both).sort("probability", *_KEY, descending=[True, False, False], nulls_last=True)
    is_first = pl.int_range(pl.len()).over("one", "other") == 0
    return order.filter(is_alone | is_first).drop("one", "other")


def _persons(episodes: pl.DataFrame, name: str) -> list[pl.Expr]:
    """The ids of the persons of a pair's two episodes."""
    return [
        pl.col(side).replace_strict(episodes["episode_id"], episodes[name], return_dtype=pl.String) for side in PAIR
    ]


def _with_sets(asked: pl.DataFrame, open_: pl.DataFrame) -> pl.DataFrame:
    """Add `kind` and `set`, and the pairs with a runner-up: whoever is asked which of them it is must see them all."""
    rivals = asked.filter(pl.col("runner_up").is_not_null())
    with_runner_up = pl.concat(
        [
            _keyed(rivals.select(pl.col(side).alias("episode_a"), pl.col("runner_up").alias("episode_b")))
            for side in PAIR
        ]
    )
    members = pl.concat([rivals.select(_KEY), with_runner_up.select(_KEY)]).unique()
    along = open_.join(members, on=_KEY, how="semi", maintain_order="left")
    lines = (
        pl.concat([asked, along])
        .unique(_KEY, keep="first", maintain_order=True)
        .join(members.with_columns(is_member=True), on=_KEY, how="left", maintain_order="left")
    )
    kinds = {rule: review_texts().kind_of(rule) for rule in lines["rule"].drop_nulls().unique()}
    by_rule = pl.col("rule").replace_strict(kinds, default=review_texts().kind_of(None), return_dtype=pl.String)
    # A pair that stands alone is a set of its own.
    alone = pl.concat_str(*_KEY, separator=" ")
    of_set = pl.col("low").replace_strict(_sets(lines.filter("is_member")), default=None, return_dtype=pl.String)
    return lines.with_columns(
        pl.when("is_member").then(pl.lit(_SET)).otherwise(by_rule).alias("kind"),
        pl.when("is_member").then(of_set).otherwise(alone).alias("set"),
    )


def _sets(lines: pl.DataFrame) -> dict[str, str]:
    """The set of each episode, by its lowest id: who is asked about with somebody is in one set with them."""
    leads: dict[str, str] = {}

    def lead(of: str) -> str:
        while leads.setdefault(of, of) != of:
            of = leads[of]
        return of

    for low, high, runner_up in lines.select(*_KEY, "runner_up").iter_rows():
        for other in filter(None, (high, runner_up)):
            first, second = sorted((lead(low), lead(other)))
            leads[second] = first
    return {of: lead(of) for of in leads}


def _in_order(lines: pl.DataFrame, most: int, reckoned: Reckoned) -> Queue:
    """The lines of the sets that there is room for, by kind, set, effect and probability."""
    weight = [pl.col("effect").abs().fill_null(0).alias("weight"), pl.col("probability").fill_null(0).alias("chance")]
    ranked = lines.with_columns(weight).with_columns(
        pl.col("weight").max().over("set").alias("set_weight"),
        pl.col("chance").max().over("set").alias("set_chance"),
        pl.len().over("set").alias("n_of_set"),
    )
    of_sets = ["set_weight", "set_chance", "set"]
    is_falling = [True, True, False]
    sets = ranked.select(*of_sets, "n_of_set").unique().sort(of_sets, descending=is_falling)
    room = sets.filter((pl.col("n_of_set").cum_sum() <= most) | (pl.int_range(pl.len()) == 0))
    kinds = {name: place for place, name in enumerate(review_texts().kinds)}
    kept = (
        ranked.join(room.select("set"), on="set", how="semi")
        .with_columns(pl.col("kind").replace_strict(kinds, return_dtype=pl.Int32).alias("kind_no"))
        .sort(
            ["kind_no", *of_sets, "weight", "chance", *PAIR], descending=[False, *is_falling, True, True, False, False]
        )
    )
    return Queue(_numbered(kept), lines.height - kept.height, reckoned)


def _numbered(kept: pl.DataFrame) -> pl.DataFrame:
    """With `set_no`: sets of several pairs are counted as they come."""
    names = kept.filter(pl.col("n_of_set") > 1)["set"].unique(maintain_order=True)
    numbers = {name: no for no, name in enumerate(names, start=1)}
    number = pl.col("set").replace_strict(numbers, default=None, return_dtype=pl.Int32).alias("set_no")
    return kept.with_columns(number).select(
        *PAIRS.names(), "kind", "set_no", "is_together", "effect", "verdict", "date"
    )
