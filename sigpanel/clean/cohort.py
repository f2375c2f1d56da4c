"""What the files of the 2013–2016 persons say: typed values, one row per person.

Tables of persons and lists of identities are read alike and put together by study id. Where two of them say different
things of one study id, nothing is chosen. The same spellings of codes and dates are accepted as in the yearly forms.

Who somebody is (personal number, names) goes no further than this: it is checked, and turned into a birth year, a birth
month, a sex where the files have none, and a code where they have none, by the form's rule. A person without a code
stays in the cohort, with the reason in `unlinkable_by`.

A value that cannot be read is told by its place. Whether it stops the build is the data owner's to declare; a person
with one that does not is linked to nobody, since linkage would take what we could not read for what nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.clean.personal_number import read_personal_number
from sigpanel.clean.spelling import read_date, read_uno
from sigpanel.contracts.cohort import cohort

if TYPE_CHECKING:
    from collections.abc import Collection

_PLACE: Final = ["table", "row"]
_CENTURY: Final = 100
_COORDINATION_DAYS: Final = 60
# A code that cannot be read is as good as none, and always was: nobody can tell afterwards what was meant.
_NEVER_STOPS: Final = "uno"
# What linkage does not look at: unreadable, it is null, and the person is linked like any other.
_BESIDE: Final = ("ended_at_evaluation", "interviewed")
_CODED: Final = ("sex", *_BESIDE)
_DATES: Final = ("enrolled_on", "discharged_on")


@dataclass(frozen=True)
class Cleaned:
    """What the files say.

    Attributes:
        persons: `study_id, uno, sex, birth_year, birth_month, enrolled_on, discharged_on, ended_at_evaluation,
            interviewed, unlinkable_by`, one row per study id; `uno` is what links, and null where `unlinkable_by` is
            not.
        faults: `table, row, column, why` (unreadable, contradicts_number) of the values that are to stop the build.
    """

    persons: pl.DataFrame
    faults: pl.DataFrame


def read_values(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Type the texts of `intake.cohort`, row by row.

    Returns:
        The typed rows, by `table, row, study_id`, and `table, row, column` of the filled cells that cannot be read.
    """
    typed = texts.select(
        *_PLACE,
        pl.when(pl.col("study_id") != "#").then("study_id").alias("study_id"),
        read_uno(pl.col("uno")).alias("uno"),
        read_personal_number(pl.col("personal_number"), cohort().evaluated_in).alias("personal_number"),
        *(_word(name) for name in ("given_name", "surname")),
        _letters("initials"),
        *(_coded(name) for name in _CODED),
        pl.col("birth_year").str.extract(r"^(19\d{2}|20\d{2})$", 1).cast(pl.Int16, strict=False),
        *(read_date(pl.col(name)).alias(name) for name in _DATES),
    ).with_columns(
        pl.when(pl.col("personal_number").struct.field("number").is_not_null())
        .then("personal_number")
        .alias("personal_number")
    )
    lost = [
        texts.filter(texts[name].is_not_null() & typed[name].is_null()).select(*_PLACE, pl.lit(name).alias("column"))
        for name in cohort().columns
    ]
    return typed, pl.concat(lost)


def is_personal_number(texts: pl.Series) -> pl.Series:
    """Whether texts are personal numbers: then they are no study ids."""
    read = texts.to_frame("text").select(read_personal_number(pl.col("text"), cohort().evaluated_in).alias("read"))
    return read["read"].struct.field("number").is_not_null()


def differing(typed: pl.DataFrame) -> pl.DataFrame:
    """`table, row, columns` of the rows that say different things of one study id."""
    names = [name for name in cohort().columns if name != "study_id"]
    compared = typed.with_columns(pl.col("personal_number").struct.field("number"))
    differs = [pl.col(name).drop_nulls().n_unique().over("study_id") > 1 for name in names]
    filled = [
        pl.when(differ & pl.col(name).is_not_null()).then(pl.lit(name))
        for name, differ in zip(names, differs, strict=True)
    ]
    return (
        compared.select(*_PLACE, pl.concat_list(filled).list.drop_nulls().alias("columns"))
        .filter(pl.col("columns").list.len() > 0)
        .sort(_PLACE)
    )


def clean_cohort(typed: pl.DataFrame, unreadable: pl.DataFrame, may_be_unreadable: Collection[str] = ()) -> Cleaned:
    """Put what the tables say of each person together.

    Args:
        typed: the rows of `read_values`; no two say different things of one study id.
        unreadable: the places of what cannot be read.
        may_be_unreadable: columns in which that does not stop the build.
    """
    study_ids = typed.select(*_PLACE, "study_id")
    one_each = typed.group_by("study_id").agg(
        *(pl.col(name).drop_nulls().first() for name in cohort().columns if name != "study_id"),
    )
    told = _with_number(one_each)
    against = _against_number(told, typed)
    faults = pl.concat(
        [
            unreadable.with_columns(pl.lit("unreadable").alias("why")),
            against.with_columns(pl.lit("contradicts_number").alias("why")),
        ]
    )
    is_borne = pl.col("column").is_in(list(may_be_unreadable))
    is_beside = pl.col("column").is_in(_BESIDE)
    is_code = (pl.col("column") == _NEVER_STOPS) & (pl.col("why") == "unreadable")
    # A code that is unreadable here may be readable in a list of identities.
    reasons = (
        faults.filter((is_borne & ~is_beside) | is_code)
        .join(study_ids, on=_PLACE)
        .join(one_each.select("study_id", pl.col("uno").is_not_null().alias("has_code")), on="study_id")
        .filter(~(pl.col("has_code") & is_code))
        .with_columns(pl.concat_str("column", "why", separator="_").alias("reason"))
        .group_by("study_id")
        # In the order of the columns: what says who somebody is comes first.
        .agg(pl.col("reason").sort_by(pl.col("column").cast(pl.Enum(list(cohort().columns))), "why").first())
    )
    persons = told.join(reasons, on="study_id", how="left").with_columns(_unlinkable())
    return Cleaned(
        persons.select(
            "study_id",
            pl.when(pl.col("unlinkable_by").is_null()).then("code").alias("uno"),
            "sex",
            "birth_year",
            "birth_month",
            *_DATES,
            *(pl.col(name) == "yes" for name in _BESIDE),
            "unlinkable_by",
        ).sort("study_id"),
        faults.filter(~is_borne & ~is_code).sort(*_PLACE, "column"),
    )


def _with_number(persons: pl.DataFrame) -> pl.DataFrame:
    """What the personal number tells, and the code that it makes with the initials."""
    number = pl.col("personal_number").struct
    born_on = number.field("born_on")
    given, surname = pl.col("given_name"), pl.col("surname")
    # The given name that is used is one of them; which, only the person knows.
    is_one = ~given.str.contains(" ", literal=True)
    of_names = pl.when(is_one).then(_initial(given) + _initial(surname))
    initials = pl.coalesce("initials", of_names)
    made = initials + number.field("year") + number.field("day")
    return persons.with_columns(
        pl.coalesce("sex", number.field("sex")).alias("sex"),
        pl.coalesce("birth_year", born_on.dt.year().cast(pl.Int16)).alias("birth_year"),
        born_on.dt.month().alias("birth_month"),
        pl.coalesce("uno", made).alias("code"),
        born_on.is_not_null().alias("has_number"),
        (given.is_not_null() & ~is_one).alias("has_several_names"),
    )


def _against_number(told: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """The cells that do not agree with the personal number: another birth year, or a code of another year or day."""
    number = pl.col("number").struct
    whole = typed.select(*_PLACE, "study_id", "uno", pl.col("birth_year").alias("year_told")).join(
        told.select("study_id", pl.col("personal_number").alias("number")), on="study_id"
    )
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    # A code may be older than the number: from when the person had a coordination number, or the other way round.
    same_day = (day % _COORDINATION_DAYS) == (number.field("day").cast(pl.Int32, strict=False) % _COORDINATION_DAYS)
    of_code = (pl.col("uno").str.slice(2, 2) != number.field("year")) | ~same_day
    of_year = pl.col("year_told") != number.field("born_on").dt.year()
    return pl.concat(
        [
            whole.filter(differs).select(*_PLACE, pl.lit(name).alias("column"))
            for name, differs in (("uno", of_code), ("birth_year", of_year))
        ]
    )


def _unlinkable() -> pl.Expr:
    """Why a person cannot be linked, null if they can."""
    return (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(pl.col("code").is_not_null())
        .then(pl.lit(None, pl.String))
        .when(pl.col("has_number") & pl.col("has_several_names"))
        .then(pl.lit("several_given_names"))
        .when(pl.col("has_number"))
        .then(pl.lit("no_initials"))
        .otherwise(pl.lit("no_code"))
        .alias("unlinkable_by")
    )


def _word(name: str) -> pl.Expr:
    """A name, to compare by: blanks single, letters small; null where it has no letter to begin with."""
    folded = pl.col(name).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(folded.str.contains(r"^\p{L}")).then(folded).alias(name)


def _letters(name: str) -> pl.Expr:
    """Two initials, of the given name and the surname, with or without blanks and full stops."""
    bare = pl.col(name).str.normalize("NFKC").str.replace_all(r"[\s.]", "").str.to_uppercase()
    return pl.when(bare.str.contains(r"^\p{Lu}{2}$")).then(bare).alias(name)


def _initial(name: pl.Expr) -> pl.Expr:
    """The first letter of the first name or surname, as codes have it."""
    return name.str.slice(0, 1).str.to_uppercase()


def _coded(name: str) -> pl.Expr:
    words = dict(cohort().columns[name].codes)
    folded = pl.col(name).str.normalize("NFKC").str.to_lowercase()
    return folded.replace_strict(words, default=None, return_dtype=pl.String).alias(name)
