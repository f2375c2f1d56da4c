"""How much each field of a pair speaks for one person, in bits: the weights of Fellegi and Sunter (JASA 64, 1969).

A weight is log2(m/u): how often two episodes of one person agree (or differ) in this way, over how often two of
different persons do. m is fixed, in `contracts/linkage.yaml`. u goes by value and is counted over persons, so that an A
in common counts less than an Ö. The bits add up, with those of the prior, to the log odds that the two are one
person's: what is not known adds nothing.

Not here: an estimate of m from the data (EM). On data like these it ends in a corner that depends on the year; it is
for diagnosis only.
"""

from __future__ import annotations

from functools import reduce
from math import inf, log2
from operator import add
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.linkage import linkage
from sigpanel.persons.candidates import differs_by_coordination, is_slip, spelt_alike
from sigpanel.persons.names import fits

if TYPE_CHECKING:
    from collections.abc import Mapping

BITS = tuple(f"bits_{field}" for field in ("given", "surname", "year", "day", "sex", "district", "months", "prior"))
Shares = dict[str, pl.DataFrame]
_FIELDS = ("given", "surname", "year", "day", "sex", "district")
_MONTHS = 12
# How many numbers of two digits are one slip away that a year, or a day of a month, can be mistyped as.
_YEAR_SLIPS, _DAY_SLIPS = 19, 14


def weigh(pairs: pl.DataFrame, common: Shares, n_episodes: int, least: float = -inf) -> pl.DataFrame:
    """Add the bits of each field and their sum, `score`, to the pairs of `candidates`; of several, the best by episode.

    Args:
        pairs: of `candidates`, of names `with_shares`.
        common: of `shares`.
        n_episodes: of the whole panel, those without a code too.
        least: pairs of a lower score are left out, but for those that have the very same code.

    Returns:
        `place, place_later, rule, bits_…, score`, one row per pair of episodes.
    """
    chance = {field: _chance(common[field][f"u_{field}"]) for field in _FIELDS}
    bits = {
        "given": _given(),
        "surname": _surname(chance["surname"]),
        "year": _year(),
        "day": _day(),
        "sex": _sex(chance["sex"]),
        "district": _district(chance["district"]),
        "months": _months(),
        "prior": _prior(n_episodes),
    }
    # In one piece and not lazily: where all of a piece are alike, or literals are folded, polars divides otherwise, so
    # that a weight differs in its last bit.
    weighed = (
        pairs.rechunk()
        .select("place", "place_later", "rule", *(value.alias(f"bits_{name}") for name, value in bits.items()))
        # One after the other: `sum_horizontal` adds in an order that depends on the number of threads.
        .with_columns(reduce(add, map(pl.col, BITS)).alias("score"))
    )
    is_kept = (pl.col("score") >= least) | (pl.col("rule") == "same_code")
    # Few pairs can come up several times: most need not be sorted, which takes half as long as weighing.
    may_be_one_of_several = pairs["has_several"] | pairs["has_several_later"]
    return (
        weighed.filter(is_kept | may_be_one_of_several)
        .sort("place", "place_later", "score", "rule", descending=[False, False, True, False])
        .unique(["place", "place_later"], keep="first", maintain_order=True)
        .filter(is_kept)
    )


def shares(named: pl.DataFrame) -> Shares:
    """By field, how common each value is among persons: `<field>, u_<field>`.

    A person is taken to be a code and a sex: nearer to the truth than an episode, and known before anybody is linked.
    """
    persons = named.unique(["uno", "sex"], keep="first", maintain_order=True)
    return {field: _shares(persons, field) for field in _FIELDS}


def with_shares(named: pl.DataFrame, common: Shares) -> pl.DataFrame:
    """Add how common its values are to each code: `u_…`, null where nobody who was counted has the value.

    And how often a surname changes in a year, `changes` and `changes_cohort`, null where no sex is told.
    """
    yearly = {"changes": linkage().surname_changes_yearly, "changes_cohort": linkage().cohort["surname_changes_yearly"]}
    return named.with_columns(
        pl.col("sex").replace_strict(dict(by_sex), return_dtype=pl.Float64).alias(name)
        for name, by_sex in yearly.items()
    ).with_columns(
        pl.col(field).replace_strict(of_field[field], of_field[f"u_{field}"], default=None).alias(f"u_{field}")
        for field, of_field in common.items()
    )


def _shares(persons: pl.DataFrame, field: str) -> pl.DataFrame:
    reference, least = _reference(field)
    known = linkage().u_persons
    told = persons.filter(pl.col(field).is_not_null()).group_by(field).agg(pl.len().alias("n"))
    total = told["n"].sum() + known
    expected = pl.col(field).replace_strict(reference, default=least, return_dtype=pl.Float64)
    # In order of value: whoever sums them gets the same to the last bit each time.
    return told.select(field, ((pl.col("n") + known * expected) / total).alias(f"u_{field}")).sort(field)


def _reference(field: str) -> tuple[Mapping[str, float], float]:
    """Shares of values before any person is counted, and that of a value that is not among them."""
    given: dict[str, Mapping[str, float]] = {
        "given": linkage().u_given,
        "surname": linkage().u_surname,
        "sex": linkage().u_sex,
    }
    if field in given:
        return given[field], min(given[field].values())
    return {}, 1 / linkage().u_levels[field]


def _chance(shares_by_value: pl.Series) -> float:
    """How often two different persons agree in a field."""
    return min(float((shares_by_value**2).sum()), 0.99)


def _same(field: str) -> pl.Expr:
    return pl.col(field) == pl.col(f"{field}_later")


def _rarer(field: str) -> pl.Expr:
    """The share of the commoner of two values: what is less surprising."""
    return pl.max_horizontal(f"u_{field}", f"u_{field}_later")


def _log2(value: pl.Expr) -> pl.Expr:
    return value.log(2)


def _by_cohort(usual: pl.Expr, of_cohort: pl.Expr) -> pl.Expr:
    """One thing for pairs of reported episodes, another for those of a person of 2013–2016 and a reported episode."""
    return pl.when(pl.col("is_pilot") != pl.col("is_pilot_later")).then(of_cohort).otherwise(usual)


def _prior(n_episodes: int) -> pl.Expr:
    expected = _by_cohort(pl.lit(linkage().expected_matches), pl.lit(linkage().cohort["expected_matches"]))
    return _log2(expected / max(n_episodes - 1, 1))


def _given() -> pl.Expr:
    m = linkage().m["given"]
    return _log2(
        pl.when(_same("given"))
        .then(m["same"] / pl.col("u_given"))
        .when(spelt_alike("given"))
        .then(m["variant"] / _rarer("given"))
        # Initials that changed places: what stands first is the surname's, and the surname's place follows from it.
        .otherwise(m["swapped"] / pl.col("u_given_later"))
    )


def _surname(chance: float) -> pl.Expr:
    m = linkage().m["surname"]
    of_cohort = linkage().cohort["surname_changes_yearly"]
    years = (pl.col("year_enrolled_later") - pl.col("year_enrolled")).abs().fill_null(0)
    change = _by_cohort(
        pl.coalesce("changes", "changes_later", pl.lit(linkage().surname_changes_yearly["unknown"])),
        pl.coalesce("changes_cohort", "changes_cohort_later", pl.lit(of_cohort["unknown"])),
    )
    kept = (m["same"] - change * years).clip(lower_bound=m["least"])
    return _log2(
        pl.when(pl.col("rule") == "initials_swapped")
        .then(1 / pl.col("u_surname_later"))
        .when(_same("surname"))
        .then(kept / pl.col("u_surname"))
        .when(spelt_alike("surname"))
        .then(m["variant"] / _rarer("surname"))
        .otherwise((1 - m["variant"] - kept) / (1 - chance))
    )


def _year() -> pl.Expr:
    m = linkage().m["year"]
    wrong = pl.when(is_slip("year")).then(m["slip"] / _YEAR_SLIPS).otherwise(m["month"] / _n_months())
    bits = _log2(pl.when(_same("year")).then(m["same"] / pl.col("u_year")).otherwise(wrong / _rarer("year")))
    return bits + pl.when(_same("year")).then(0.0).otherwise(_told_by_age())


def _told_by_age() -> pl.Expr:
    """What the ages say of two years of which one was mistyped: whose age fits the other's year, and not its own."""
    fits_other = fits(pl.col("base"), pl.col("year_later")), fits(pl.col("base_later"), pl.col("year"))
    is_told = (~pl.col("fits") & fits_other[0] & pl.col("fits_later")) | (
        ~pl.col("fits_later") & fits_other[1] & pl.col("fits")
    )
    is_known = pl.col("fits").is_not_null() & pl.col("fits_later").is_not_null()
    return (
        pl.when(~is_known)
        .then(0.0)
        .when(is_told)
        .then(linkage().age_for_slip_bits)
        .otherwise(linkage().age_against_slip_bits)
    )


def _day() -> pl.Expr:
    m = linkage().m["day"]
    wrong = (
        pl.when(differs_by_coordination())
        .then(m["coordination"])
        .when(is_slip("day"))
        .then(m["slip"] / _DAY_SLIPS)
        .otherwise(m["month"] / _n_months())
    )
    return _log2(pl.when(_same("day")).then(m["same"] / pl.col("u_day")).otherwise(wrong / _rarer("day")))


def _n_months() -> pl.Expr:
    """How many months fit the side that knows most."""
    return pl.min_horizontal(pl.col("months", "months_later").bitwise_count_ones())


def _sex(chance: float) -> pl.Expr:
    m = linkage().m["sex"]["same"]
    return (
        pl.when(_same("sex")).then(_log2(m / pl.col("u_sex"))).when(~_same("sex")).then(log2((1 - m) / (1 - chance)))
    ).fill_null(0.0)


def _district(chance: float) -> pl.Expr:
    """The same district, another, or another at the same time for longer than a move takes."""
    m, at_once = linkage().m["district"], linkage().u_at_once
    same = _by_cohort(pl.lit(m["same"]), pl.lit(linkage().cohort["district"]))
    return (
        pl.when(_same("district"))
        .then(_log2(same / pl.col("u_district")))
        .when(is_elsewhere_at_once())
        .then(log2(m["elsewhere_at_once"] / (1 - chance) / at_once))
        .when(~_same("district"))
        .then(_log2((1 - same - m["elsewhere_at_once"]) / (1 - chance) / (1 - at_once)))
    ).fill_null(0.0)


def is_elsewhere_at_once() -> pl.Expr:
    """Whether a pair is in two districts at once, for longer than a move takes on paper."""
    late_paperwork = pl.duration(days=linkage().transfer_most_days)
    shared = pl.min_horizontal("ends", "ends_later") - pl.max_horizontal("begins", "begins_later")
    return (~_same("district") & (shared > late_paperwork)).fill_null(value=False)


def _months() -> pl.Expr:
    """Possible months in common, over what two strangers would have, with room for an age that is wrong."""
    error = linkage().m["months"]["error"]
    one, other = (pl.col(name).bitwise_count_ones() for name in ("months", "months_later"))
    common = (pl.col("months") & pl.col("months_later")).bitwise_count_ones()
    return _log2((1 - error) * _MONTHS * common / (one * other) + error)
