"""What two columns of two extracts have in common, though one tells it less exactly: how to hold them side by side.

Where one grain lies within the other, the finer is brought to the coarser, and both are the same or not: a day and a
month, an age and a band, a district and its group, a number and one that is topped. Where they cut each other (bands of
5 and of 7), they are intervals, which overlap or not. Days since an enrolment and calendar dates, and two different
ways to group districts, are not held side by side.

The same fact is the same in whatever table it leaves: sex, and the days of beginning and end. Year of birth and age are
held side by side where the year of enrolment leaves with the age.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.approval_facts import MOMENTS, Member
from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.extracts_kin import Place
from sigpanel.extracts.hide import SUPPRESSED
from sigpanel.extracts.view import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ALIKE = {
    "persons.sex": "sex", "episodes.sex": "sex", "waves.observed_on@enrolment": "episodes.enrolled_on",
    "waves.observed_on@discharge": "episodes.discharged_on",
}  # fmt: skip
_CALENDAR = ("as_is", "month", "quarter", "year")
_NUMBERS = ("as_is", "band", "age_band", "top_code")
_GROUPED = "district_group"
_FAR = 2**40
AGE, BIRTH, ENROLLED = "episodes.age", "persons.birth_year", "episodes.enrolled_on"


@dataclass(frozen=True)
class Told:
    """A column of an extract as its manifest says it, as far as it is a value; of `waves`, at one moment."""

    member: Member
    flag: Member | None
    kind: str
    by: int | None
    groups: Mapping[str, Sequence[str]] | str
    is_day: bool
    is_number: bool

    @property
    def value(self) -> pl.Expr:
        """Its values, as texts; null where none is told, or there is no row to tell it."""
        said = pl.col(self.member.label)
        return pl.when(~said.is_in([SUPPRESSED, NO_ROW])).then(said)

    @property
    def whole(self) -> pl.Expr:
        """Its values, as texts, and that there is no row: for a column that is told in the same way."""
        said = pl.col(self.member.label)
        return self.value if self.stem in _ALIKE.values() else pl.when(said != SUPPRESSED).then(said)

    @property
    def way(self) -> tuple[object, ...]:
        """How it is told."""
        return self.kind, self.by, self.groups if self.kind == _GROUPED else None

    @property
    def is_hidden(self) -> pl.Expr:
        """Whether a value was taken out for protection."""
        said = (pl.col(self.member.label) == SUPPRESSED).fill_null(value=False)
        return said if self.flag is None else said | (pl.col(self.flag.label) == "true").fill_null(value=False)

    @property
    def stem(self) -> str:
        """What it was made of."""
        place = self.member.place
        whole = f"{place.table}.{place.column}" + (f"@{place.moment}" if place.moment else "")
        return _ALIKE.get(whole, whole)


@dataclass(frozen=True)
class Side:
    """How a column of one of two extracts is held beside the other's: a text that is the same, or an interval."""

    is_hidden: pl.Expr
    text: pl.Expr | None = None
    low: pl.Expr | None = None
    high: pl.Expr | None = None


def told(columns: Sequence[Mapping[str, Any]], tables: Mapping[str, pl.DataFrame]) -> dict[str, Told]:
    """The columns of an extract by what they were made of, ids left out."""
    found: dict[str, Told] = {}
    for column in columns:
        table, source, name = column["table"], column["source"], column["name"]
        if column["transformation"] == "id" or source == "moment":
            continue
        has_flag = f"{name}{HIDDEN_FLAG}" in tables[table].columns
        for moment in MOMENTS if table == "waves" else (None,):
            place = Place(table, source, moment)
            one = Told(
                Member(place, name),
                Member(place, f"{name}{HIDDEN_FLAG}") if has_flag else None,
                column["transformation"],
                column["by"],
                column["groups"],
                is_day=column["is_day"],
                is_number=column["type"].startswith("int") or column["transformation"] in _NUMBERS[1:],
            )
            found.setdefault(one.stem, one)
    return found


def sides(one: Mapping[str, Told], other: Mapping[str, Told]) -> Iterator[tuple[str, Side, Side]]:
    """What both extracts tell: its name, and how it is held side by side in each."""
    for stem in sorted(one.keys() & other.keys()):
        both = _sides(one[stem], other[stem])
        if both is not None:
            yield stem, *both
    mine, theirs = _birth(one), _birth(other)
    if not {AGE, BIRTH} & one.keys() & other.keys() and mine is not None and theirs is not None:
        yield BIRTH, mine, theirs


def _sides(one: Told, other: Told) -> tuple[Side, Side] | None:
    kinds = {one.kind, other.kind}
    if one.way == other.way:
        return _texts(one, one.whole, other, other.whole)
    if one.is_day and other.is_day:
        if not kinds <= {*_CALENDAR}:
            return None
        grain = max(kinds, key=_CALENDAR.index)
        return _texts(one, _calendar(one, grain), other, _calendar(other, grain))
    if kinds == {"as_is", _GROUPED}:
        groups = one.groups or other.groups
        return _texts(one, _grouped(one, groups), other, _grouped(other, groups))
    if kinds <= {*_NUMBERS} and (one.is_number or other.is_number):
        if _is_within(one, other):
            return _texts(one, _like(one, other), other, other.value)
        if _is_within(other, one):
            return _texts(one, one.value, other, _like(other, one))
        return _interval(one), _interval(other)
    return None


def _texts(one: Told, first: pl.Expr, other: Told, second: pl.Expr) -> tuple[Side, Side]:
    return Side(one.is_hidden, text=first), Side(other.is_hidden, text=second)


def _calendar(one: Told, grain: str) -> pl.Expr:
    if one.kind == grain:
        return one.value
    quarter = (one.value.str.slice(5, 2).cast(pl.Int8, strict=False) + 2) // 3
    coarser = {
        "month": one.value.str.slice(0, 7),
        "quarter": pl.concat_str(one.value.str.slice(0, 4), pl.lit("Q"), quarter),
        "year": one.value.str.slice(0, 4),
    }
    return coarser[grain]


def _grouped(one: Told, groups: Mapping[str, Sequence[str]] | str) -> pl.Expr:
    if one.kind == _GROUPED or isinstance(groups, str):
        return one.value
    return one.value.replace({district: name for name, districts in groups.items() for district in districts})


# --- numbers ----------------------------------------------------------------------------------------------------------


def _is_within(one: Told, other: Told) -> bool:
    """Whether a value of the one tells what it is in the grain of the other."""
    if one.kind == "as_is":
        return True
    if "top_code" in (one.kind, other.kind):
        return one.kind == other.kind and (one.by or 0) >= (other.by or 0)
    return other.kind != "as_is" and (other.by or 1) % (one.by or 1) == 0


def _like(one: Told, other: Told) -> pl.Expr:
    """The one as the other would tell it."""
    low, _ = _bounds(one)
    by = other.by or 1
    if other.kind == "top_code":
        return low.clip(upper_bound=by).cast(pl.String)
    start = low // by * by
    return pl.concat_str(start, pl.lit("-"), start + (by - 1))


def _bounds(one: Told) -> tuple[pl.Expr, pl.Expr]:
    if one.kind in ("band", "age_band"):
        low = one.value.str.extract(r"^(-?\d+)-", 1).cast(pl.Int64, strict=False)
        return low, low + ((one.by or 1) - 1)
    value = one.value.cast(pl.Int64, strict=False)
    return value, pl.when(value >= one.by).then(_FAR).otherwise(value) if one.kind == "top_code" else value


def _interval(one: Told) -> Side:
    low, high = _bounds(one)
    return Side(one.is_hidden, low=low, high=high)


def _birth(told_: Mapping[str, Told]) -> Side | None:
    """The year of birth, from itself or from age and year of enrolment."""
    if BIRTH in told_:
        return _interval(told_[BIRTH])
    age, enrolled = told_.get(AGE), told_.get(ENROLLED)
    if age is None or enrolled is None or enrolled.kind not in _CALENDAR:
        return None
    low, high = _bounds(age)
    year = enrolled.value.str.slice(0, 4).cast(pl.Int64, strict=False)
    return Side(age.is_hidden | enrolled.is_hidden, low=year - high - 1, high=year - low)
