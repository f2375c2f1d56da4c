"""Which pairs of episodes are looked at: those that some pass brings up, under the pass's name.

A pass says what two codes of one person may differ in: nothing, or one thing that happens to codes (a surname changes,
an initial is spelt otherwise, the two change places, a digit slips, a month is typed for a day). All else must agree,
the sex too unless it is not told; with the very same code it may differ, since then it is what keeps two persons apart.
Two slips at once are not looked for: among some thousand persons they are a coincidence more often than not.

That the given name's initial became quite another is no pass: that is what twins look like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.uno import COORDINATION_DAYS
from sigpanel.persons.month import ALL_MONTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A code in dozens of episodes is no one's code but what an office types for whom it does not name (*measured*: at most
# 11 episodes of one code among 20,000 simulated persons, 30 among 100,000). So that work does not grow with the square
# of them, such an episode is held against its next neighbours of the very same code, and against nobody else.
_MOST_OF_A_CODE = 50
_NEIGHBOURS = 10
# Nor are blocks gone through that no panel of this country has.
_MOST_IN_A_BLOCK = 400
_MONTHS_IN_A_YEAR = 12
# The bit of each month in a mask; of 0, which is no month, none.
_BITS = pl.Series([0, *(1 << month for month in range(_MONTHS_IN_A_YEAR))], dtype=pl.Int32)
# What a pass looks at. The rest is fetched for the pairs that it brings up, of half of those that share a block.
_LOOKED_AT = ("place", "uno", "given", "surname", "given_spellings", "year", "day", "sex", "months")
# What a field counts in the number of a block. Initials go by their order among all, which are fewer than a thousand.
_WORTH = {"initials": 10_000_000, "given": 10_000_000, "surname": 10_000, "year": 100, "day": 1}


@dataclass(frozen=True)
class _Pass:
    """What must agree, and what else must hold for a pair to go by one of `rules`. `initials` are in either order."""

    keys: tuple[str, ...]
    rules: dict[str, Callable[[], pl.Expr]]


def candidates(named: pl.DataFrame) -> pl.DataFrame:
    """The pairs to be weighed: the columns of `names` but the code for both, the later's with `_later`, and `rule`.

    A pair may come up several times where one of the two `has_several` codes.
    """
    by_row = named.select(_LOOKED_AT).with_row_index("row").sort("place", maintain_order=True)
    is_crowd = pl.len().over("uno") > _MOST_OF_A_CODE
    blocks, crowds = by_row.filter(~is_crowd), by_row.filter(is_crowd)
    numbers = _numbers(blocks)
    brought_up = [pairs for one in _PASSES for pairs in _brought_up(blocks, numbers, crowds, one)]
    pairs = pl.concat(pl.collect_all(brought_up), rechunk=True)
    # Two codes of one episode are no pair.
    pairs = pairs.filter(named["place"].gather(pairs["row"]) < named["place"].gather(pairs["row_later"]))
    told = named.drop("uno")
    later = told.rename({name: f"{name}_later" for name in told.columns})
    return pl.concat([told[pairs["row"]], later[pairs["row_later"]], pairs.select("rule")], how="horizontal")


def _numbers(blocks: pl.DataFrame) -> pl.DataFrame:
    """Each field as a number, so that their sum numbers a block: one number takes a third of what several keys do."""
    letters = pl.Enum(pl.concat([blocks["given"], blocks["surname"]]).unique().sort())
    given, surname = (pl.col(name).cast(letters).to_physical().cast(pl.Int64) for name in ("given", "surname"))
    initials = pl.min_horizontal(given, surname) * 1_000 + pl.max_horizontal(given, surname)
    fields = {"initials": initials, "given": given, "surname": surname, "year": pl.col("year"), "day": pl.col("day")}
    return blocks.select((number.cast(pl.Int64) * _WORTH[name]).alias(name) for name, number in fields.items())


def _brought_up(
    blocks: pl.DataFrame, numbers: pl.DataFrame, crowds: pl.DataFrame, one: _Pass
) -> Iterator[pl.LazyFrame]:
    """The pairs of a pass, by the rows of their codes: `row, row_later, rule`."""
    rows = _within_blocks(numbers.select(pl.sum_horizontal(one.keys)).to_series())
    # What the pass asks for, and no more: to fetch a column for all pairs costs as much as to compare it.
    asked = sorted({"row", "row_later", *_rule_no(one).meta.root_names()})
    sides = {name: (name.removesuffix("_later"), "later" if name.endswith("_later") else "first") for name in asked}
    pairs = rows.select(pl.lit(blocks[name]).gather(side).alias(to) for to, (name, side) in sides.items())
    # In an order of our own; by one number, which takes half of what two do.
    yield _by_rule(pairs, one).sort(pl.col("row_later").cast(pl.UInt64) * 2**32 + pl.col("row"))
    if "same_code" in one.rules and crowds.height:
        for distance in range(1, _NEIGHBOURS + 1):
            yield _by_rule(_neighbours(crowds, list(one.keys), distance).lazy(), one)


def _within_blocks(block: pl.Series) -> pl.LazyFrame:
    """Each row with those after it in its block, `first, later`: half the work of a join, which has each pair twice."""
    in_order = block.to_frame("block").with_row_index("row").sort("block", maintain_order=True)
    row = pl.lit(in_order["row"])
    return (
        in_order["block"]
        .rle()
        .struct.unnest()
        .lazy()
        .select(pl.col("len").cast(pl.Int64), pl.col("len").cum_sum().cast(pl.Int64).alias("end"))
        .filter(pl.col("len").is_between(2, _MOST_IN_A_BLOCK))
        .select(pl.int_ranges(pl.col("end") - pl.col("len"), pl.col("end") - 1).alias("at"), "end")
        .explode("at")
        .select("at", pl.int_ranges(pl.col("at") + 1, "end").alias("later"))
        .explode("later")
        .select(row.gather("at").alias("first"), row.gather("later").alias("later"))
    )


def _rule_no(one: _Pass) -> pl.Expr:
    """The first rule of a pass that a pair goes by, as a number: few pairs go by one, and names take longer."""
    return pl.coalesce(pl.when(holds()).then(pl.lit(no, pl.UInt8)) for no, holds in enumerate(one.rules.values()))


def _by_rule(pairs: pl.LazyFrame, one: _Pass) -> pl.LazyFrame:
    told = pairs.select("row", "row_later", _rule_no(one).alias("rule")).filter(pl.col("rule").is_not_null())
    return told.with_columns(pl.lit(pl.Series(list(one.rules))).gather("rule").alias("rule"))


def _neighbours(crowds: pl.DataFrame, keys: list[str], distance: int) -> pl.DataFrame:
    """The pairs of a crowd that stand so far from each other."""
    later = [
        pl.col(name).shift(-distance).over(keys, order_by="place").alias(f"{name}_later") for name in crowds.columns
    ]
    return crowds.with_columns(later).filter(pl.col("place_later").is_not_null())


def _agrees_in_sex() -> pl.Expr:
    return (pl.col("sex") == pl.col("sex_later")).fill_null(value=True)


def same_code() -> pl.Expr:
    """The very same code."""
    return pl.lit(value=True)


def initials_swapped() -> pl.Expr:
    """The surname's initial stands first."""
    return (pl.col("given") != pl.col("surname")) & (pl.col("given") == pl.col("surname_later")) & _agrees_in_sex()


def given_initial_spelt_otherwise() -> pl.Expr:
    """The given name is spelt otherwise: Carl and Karl."""
    return spelt_alike("given") & _agrees_in_sex()


def surname_initial_changed() -> pl.Expr:
    """The surname is another: marriage, divorce, or the other half of a double name."""
    return (pl.col("surname") != pl.col("surname_later")) & _agrees_in_sex()


def year_slip() -> pl.Expr:
    """One digit of the year is wrong, or its two have changed places."""
    return is_slip("year") & _agrees_in_sex()


def month_for_year() -> pl.Expr:
    """MMDD was typed for YYDD."""
    return (_is_month("year", "months_later") | _is_month("year_later", "months")) & _differs("year") & _agrees_in_sex()


def day_slip() -> pl.Expr:
    """One digit of the day is wrong, or its two have changed places."""
    return is_slip("day") & _agrees_in_sex()


def month_for_day() -> pl.Expr:
    """YYMM was typed for YYDD."""
    return (_is_month("day", "months_later") | _is_month("day_later", "months")) & _differs("day") & _agrees_in_sex()


def coordination_number() -> pl.Expr:
    """A coordination number first and a personal number later, or one of them typed for the other."""
    return differs_by_coordination() & _agrees_in_sex()


def differs_by_coordination() -> pl.Expr:
    """Whether two days differ by what a coordination number adds."""
    day, later = (pl.col(name).cast(pl.Int16) for name in ("day", "day_later"))
    return (day - later).abs() == COORDINATION_DAYS


def _differs(field: str) -> pl.Expr:
    return pl.col(field) != pl.col(f"{field}_later")


def spelt_alike(field: str) -> pl.Expr:
    """Whether two initials stand for one name that is spelt otherwise."""
    of_one_pair = (pl.col(f"{field}_spellings") & pl.col(f"{field}_spellings_later")) > 0
    return of_one_pair & _differs(field)


def is_slip(field: str) -> pl.Expr:
    """Whether two numbers of two digits differ by one digit, or by the order of the two."""
    one, other = pl.col(field), pl.col(f"{field}_later")
    tens, ones = one // 10 == other // 10, one % 10 == other % 10
    swapped = (one // 10 == other % 10) & (one % 10 == other // 10)
    return (one != other) & (tens | ones | swapped)


def _is_month(field: str, months: str) -> pl.Expr:
    """Whether a number is a month in which the other side may be born, where that is known at all."""
    month = pl.when(pl.col(field).is_between(1, _MONTHS_IN_A_YEAR)).then(field).otherwise(0)
    is_known = pl.col(months) != ALL_MONTHS
    return is_known & (pl.col(months) & pl.lit(_BITS).gather(month) > 0)


_PASSES = (
    _Pass(("given", "surname", "year", "day"), {"same_code": same_code}),
    _Pass(("initials", "year", "day"), {"initials_swapped": initials_swapped}),
    _Pass(("surname", "year", "day"), {"given_initial_spelt_otherwise": given_initial_spelt_otherwise}),
    _Pass(("given", "year", "day"), {"surname_initial_changed": surname_initial_changed}),
    _Pass(("given", "surname", "day"), {"year_slip": year_slip, "month_for_year": month_for_year}),
    _Pass(
        ("given", "surname", "year"),
        {"coordination_number": coordination_number, "day_slip": day_slip, "month_for_day": month_for_day},
    ),
)
