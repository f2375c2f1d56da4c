"""Local suppression: take so much out of a table that every class holds enough persons.

Columns are taken out one after the other, in an order that the caller decides: of the rows of too small classes the
first column; of those whose class is too small still, the next. What was taken out is a category of its own, and rows
that have lost everything are a class like any other: where that is too small, as many persons as are missing lose
everything too, of the smallest class that can spare them, or else of the smallest class all. So afterwards every class
keeps the limits, or it is told how many persons are left in one that does not.

What is taken out depends on classes and ids alone: the order of rows, or a row that stands twice, changes nothing. It
is not the least possible suppression, which is a hard problem; it is one that can be followed by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from sigpanel.disclosure.classes import CLASS, N_PERSONS, PERSON, classed, sizes
from sigpanel.disclosure.risk import told_by_class
from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FLAG = "__suppressed"
_GONE = "*"


@dataclass(frozen=True)
class Limits:
    """What every class is to keep.

    Attributes:
        k: at least so many persons.
        l: by sensitive variable, at least so many different values.
        dominant_share: by sensitive variable, at most this part of the class with the same value.
    """

    k: int
    l: Mapping[str, int] = field(default_factory=dict)  # noqa: E741 - what the literature calls it
    dominant_share: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Suppressed:
    """A table of which something was taken out.

    Attributes:
        frame: the table, its rows as they came. What was taken out is null, and `<column>__suppressed` says where.
        n_cells: by column, how many values were taken out.
        n_persons: how many persons have lost a value.
        persons_left_below: how many persons are in a class that does not keep the limits even so.
    """

    frame: pl.DataFrame
    n_cells: Mapping[str, int]
    n_persons: int
    persons_left_below: int


def suppress(
    frame: pl.DataFrame | pl.LazyFrame,
    by: Sequence[str],
    *,
    limits: Limits,
    order: Sequence[str],
    person: str = "person_id",
    person_columns: Sequence[str] = (),
    may_be_left: int = 0,
) -> Suppressed:
    """Take values out until every class keeps the limits.

    Args:
        frame: any number of rows per person.
        by: the quasi-identifiers; a null matches nothing, so it is taken out like a rare value.
        limits: what every class is to keep.
        order: of the quasi-identifiers those that may be taken out, first the one that is needed least.
        person: the column that tells persons apart, without nulls.
        person_columns: quasi-identifiers that a person has, and not a row: they are taken out of all rows of a person.
        may_be_left: so many persons may be left in too small classes, for the caller to leave out, where at least as
            many others would lose values in order to join them.

    Raises:
        Fault: a column is not there, stands twice, or a row is nobody's; or something else than a quasi-identifier is
            to be taken out.
    """
    if {*order, *person_columns} - {*by} or len({*order}) < len(order):
        raise Fault("suppress-columns", "Only quasi-identifiers are taken out, and each stands once in the order.")
    table = frame.lazy().collect()
    # As texts, so that what was taken out is a value among others whatever the column's type; a null stays one.
    text = [pl.concat_str(pl.lit("="), pl.col(name).cast(pl.String)).alias(name) for name in by]
    coded = table.with_columns(cs.float().fill_nan(None)).with_columns(text)
    while True:
        coded, is_bad = _one_by_one(coded, by, limits, order, person, person_columns)
        joining = _to_join(coded, is_bad, by, limits.k, order, person) if order else None
        if joining is None:
            break
        n_bad, n_joining = (coded[person].filter(which).n_unique() for which in (is_bad, joining))
        if n_bad <= min(may_be_left, n_joining):
            break
        coded = _take_out(coded, joining, order, person, person_columns)
    return _told(table, coded, is_bad, by, person)


def _one_by_one(
    coded: pl.DataFrame,
    by: Sequence[str],
    limits: Limits,
    order: Sequence[str],
    person: str,
    person_columns: Sequence[str],
) -> tuple[pl.DataFrame, pl.Series]:
    """Take column after column out of the rows that are bad still: the table then, and what is bad even so."""
    is_bad = _bad(coded, by, limits, person)
    for column in order:
        if not is_bad.any():
            break
        coded = _take_out(coded, is_bad, [column], person, person_columns)
        is_bad = _bad(coded, by, limits, person)
    return coded, is_bad


def _take_out(
    coded: pl.DataFrame, where: pl.Series, columns: Sequence[str], person: str, person_columns: Sequence[str]
) -> pl.DataFrame:
    whose = coded[person].is_in(coded[person].filter(where).unique().implode())
    return coded.with_columns(
        pl.when(whose if name in person_columns else where).then(pl.lit(_GONE)).otherwise(name).alias(name)
        for name in columns
    )


def _bad(coded: pl.DataFrame, by: Sequence[str], limits: Limits, person: str) -> pl.Series:
    """The rows whose class does not keep the limits."""
    named = list({**limits.l, **limits.dominant_share})
    rows = classed(coded, by, person, named)
    sized = sizes(rows.select(PERSON, CLASS).unique())
    is_bad = [sized.filter(pl.col(N_PERSONS) < limits.k)[CLASS]]
    for name in named:
        tells = (pl.col("n_values") < limits.l.get(name, 0)) | (
            pl.col("dominant_share") > limits.dominant_share.get(name, 1.0)
        )
        is_bad.append(told_by_class(rows.select(PERSON, CLASS, name), sized, name).filter(tells)[CLASS])
    return rows[CLASS].is_in(pl.concat(is_bad).implode())


def _to_join(
    coded: pl.DataFrame, is_bad: pl.Series, by: Sequence[str], k: int, order: Sequence[str], person: str
) -> pl.Series | None:
    """The rows that join a class that has lost everything and is bad still; null if there are none.

    They are of a class that says the same in what may not be taken out: of the smallest that can spare as many persons
    as are missing those persons, the first by their ids; of the smallest of all everybody, where none can.
    """
    kept = [name for name in by if name not in order]
    has_lost_all = pl.all_horizontal((pl.col(order) == _GONE).fill_null(value=False)).alias("has_lost_all")
    lacking = coded.filter(is_bad).filter(has_lost_all)
    rows = classed(coded.with_columns(has_lost_all), by, person, [*by, person, "has_lost_all"])
    beside = rows.filter(~pl.col("has_lost_all"))
    if kept:
        beside = beside.join(lacking, on=kept, how="semi", nulls_equal=True)
    if lacking.is_empty() or beside.is_empty():
        return None
    n_missing = max(1, k - lacking[person].n_unique())
    sized = beside.join(sizes(rows.select(PERSON, CLASS).unique()), on=CLASS)
    can_spare = sized.filter(pl.col(N_PERSONS) >= k + n_missing)
    # Ties go by the values: a hash may differ between versions of polars.
    smallest: int = (sized if can_spare.is_empty() else can_spare).sort(N_PERSONS, *by, person)[0, CLASS]
    is_joining = rows[CLASS] == smallest
    if can_spare.is_empty():
        return is_joining
    spared = rows.filter(is_joining)[person].unique().sort().head(n_missing)
    return is_joining & rows[person].is_in(spared.implode())


def _told(table: pl.DataFrame, coded: pl.DataFrame, is_bad: pl.Series, by: Sequence[str], person: str) -> Suppressed:
    gone = {name: (coded[name] == _GONE).fill_null(value=False) for name in by}
    frame = table.with_columns(
        *(pl.when(~gone[name]).then(pl.col(name)).alias(name) for name in by),
        *(gone[name].alias(f"{name}{FLAG}") for name in by),
    )
    lost = frame.filter(pl.any_horizontal(pl.col(f"{name}{FLAG}") for name in by))
    return Suppressed(
        frame=frame,
        n_cells={name: int(where.sum()) for name, where in gone.items()},
        n_persons=lost[person].n_unique(),
        persons_left_below=table[person].filter(is_bad).n_unique(),
    )
