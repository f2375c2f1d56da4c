"""Who can be found from one table in another by values that fit, where one hides a value or tells it less exactly.

A row fits another where every column that both have fits: the same value, or hidden in one of them, or intervals that
overlap. A person fits another who has as many rows, each fitting one of theirs. Who fits one person alone is found,
unless others fit nobody but that person too; so is who alone fits somebody. Where the tables hold different times, a
person may fit by the rows of the shorter course; then both must fit nobody else, or many would seem found who are not.
Of these two, the larger number is told.

Exact for small tables. Pairs of rows grow with the square of the rows where much is hidden: above a limit there is no
answer, and `linkable`, which takes what is hidden for a value of its own, is what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HIDDEN = "__is_hidden"
LOW, HIGH = "__low", "__high"
# Pairs of rows, of which a million take some 24 MB.
MOST_PAIRS = 10_000_000
_MASK, _KEY, _FIXED, _ROW, _PERSON = "_mask", "_key", "_fixed", "_row", "_who"
_OTHER = "_other"


def linkable_by_fit(
    new: pl.DataFrame,
    old: pl.DataFrame,
    equal: Sequence[str],
    within: Sequence[str] = (),
    person: str = "person_id",
    most_pairs: int = MOST_PAIRS,
) -> int | None:
    """How many persons of `new` can be found in `old` by values that fit; null where that is too many pairs to look at.

    Args:
        new: any number of rows per person.
        old: likewise, under other ids.
        equal: columns of texts that fit where they are the same, each with `<name>__is_hidden` beside it. Null is the
            same as null.
        within: what fits where intervals overlap: `<name>__low` and `<name>__high`, and `<name>__is_hidden`.
        person: the column that tells persons apart, in both.
        most_pairs: how many pairs of rows may be looked at.
    """
    hiding = [name for name in equal if new[f"{name}{HIDDEN}"].any() or old[f"{name}{HIDDEN}"].any()]
    fixed = [name for name in equal if name not in hiding]
    one, other = (_coded(frame, fixed, hiding, within, person) for frame in (new, old))
    found, n_pairs = [], 0
    for mine, theirs in _by_what_both_show(one, other, hiding):
        n_pairs += _n_pairs(mine, theirs)
        if n_pairs > most_pairs:
            return None
        both = mine.join(theirs, on=_KEY, suffix=_OTHER).filter(_overlaps(within))
        found.append(both.select(_ROW, _PERSON, f"{_ROW}{_OTHER}", f"{_PERSON}{_OTHER}"))
    return _n_found(pl.concat(found), one, other) if found else 0


def _coded(
    frame: pl.DataFrame, fixed: Sequence[str], hiding: Sequence[str], within: Sequence[str], person: str
) -> pl.DataFrame:
    is_hidden = {name: pl.col(f"{name}{HIDDEN}") for name in (*hiding, *within)}
    bounds = [
        pl.when(is_hidden[name]).then(pl.lit(far)).otherwise(pl.col(f"{name}{end}")).alias(f"{name}{end}")
        for name in within
        for end, far in ((LOW, -(2**40)), (HIGH, 2**40))
    ]
    mask = [is_hidden[name].cast(pl.Int8).cast(pl.String) for name in hiding]
    return frame.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias(_ROW),
        pl.col(person).hash().alias(_PERSON),
        (pl.struct(fixed).hash() if fixed else pl.lit(0, pl.UInt64)).alias(_FIXED),
        (pl.concat_str(mask) if mask else pl.lit("")).alias(_MASK),
        *hiding,
        *bounds,
    )


def _by_what_both_show(
    one: pl.DataFrame, other: pl.DataFrame, hiding: Sequence[str]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The rows of both by what each hides, with a key of what neither does."""
    for (mine,), rows in one.partition_by(_MASK, as_dict=True).items():
        for (theirs,), others in other.partition_by(_MASK, as_dict=True).items():
            shown = [name for at, name in enumerate(hiding) if str(mine)[at] == str(theirs)[at] == "0"]
            key = pl.struct(_FIXED, *shown).hash().alias(_KEY)
            yield rows.with_columns(key), others.with_columns(key)


def _n_pairs(one: pl.DataFrame, other: pl.DataFrame) -> int:
    sizes = (frame.group_by(_KEY).agg(pl.len().cast(pl.Int64)) for frame in (one, other))
    mine, theirs = sizes
    return int(mine.join(theirs, on=_KEY, suffix=_OTHER).select((pl.col("len") * pl.col(f"len{_OTHER}")).sum()).item())


def _overlaps(within: Sequence[str]) -> pl.Expr:
    fits = [pl.lit(value=True)]
    for name in within:
        low, high = pl.col(f"{name}{LOW}"), pl.col(f"{name}{HIGH}")
        low_other, high_other = pl.col(f"{name}{LOW}{_OTHER}"), pl.col(f"{name}{HIGH}{_OTHER}")
        is_missing = low.is_null() & low_other.is_null()
        fits.append(is_missing | ((low <= high_other) & (low_other <= high)).fill_null(value=False))
    return pl.all_horizontal(fits)


def _n_found(pairs: pl.DataFrame, one: pl.DataFrame, other: pl.DataFrame) -> int:
    whose = [_PERSON, f"{_PERSON}{_OTHER}"]
    n_own = one.group_by(_PERSON).agg(pl.len().alias("n"))
    n_others = other.group_by(pl.col(_PERSON).alias(whose[1])).agg(pl.len().alias("n_other"))
    fitting = (
        pairs.group_by(whose)
        .agg(pl.col(_ROW).n_unique().alias("fit"), pl.col(f"{_ROW}{_OTHER}").n_unique().alias("fit_other"))
        .join(n_own, on=_PERSON)
        .join(n_others, on=whose[1])
    )
    is_all = (pl.col("fit") == pl.col("n")) & (pl.col("fit_other") == pl.col("n_other"))
    is_as_many = is_all & (pl.col("n") == pl.col("n_other"))
    is_some = pl.min_horizontal("fit", "fit_other") >= pl.min_horizontal("n", "n_other")
    alone = fitting.filter(is_some).filter(*(pl.col(who).is_unique() for who in whose))
    return max(_claimed(fitting.filter(is_as_many).select(whose), *whose), alone.height)


def _claimed(pairs: pl.DataFrame, mine: str, theirs: str) -> int:
    """How many pairs are the only one of one of the two, whom nobody else claims in that way."""
    claims = [
        pairs.filter(pl.col(one).is_unique()).filter(pl.col(other).is_unique())
        for one, other in ((mine, theirs), (theirs, mine))
    ]
    return pl.concat(claims).unique().height
