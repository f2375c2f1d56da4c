"""Cells of a person of 2013–2016 that cannot be true beside another: by the personal number, the names, the dates.

Neither of two is chosen, and which one is wrong is not asked. What is told is the cell that is not the other's measure:
the code and not the number that it should be made of.

Spelling alone is no contradiction. Marks above letters are left out of the comparison, an initial may be that of any
name or part of a surname, and a sex that is neither of a personal number's two contradicts none. Who came of age under
another surname has a code that their name does not make; there too, only a person can tell.
"""

from __future__ import annotations

import polars as pl

from sigpanel.contracts.uno import COORDINATION_DAYS

_PLACE = ["table", "row"]
_CENTURY = 100
_SEXES = ("male", "female")


def contradictions(told: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """`table, row, column, why` of the cells that contradict another of their person.

    Args:
        told: one row per study id: `personal_number` (struct, or null), `given_name, surname, initials, birth_year,
            enrolled_on`, each as any table told it.
        typed: the rows of `clean.cohort.read_values`, whose cells are looked at.
    """
    measures = told.select(
        "study_id",
        pl.col("personal_number").alias("number"),
        pl.col("birth_year").alias("year_told"),
        pl.col("enrolled_on").alias("began_on"),
        _initials_of("given_name").alias("of_given"),
        _initials_of("surname").alias("of_surname"),
        *(_plain(pl.col("initials").str.slice(place, 1)).alias(f"initial_{place}") for place in (0, 1)),
    )
    whole = typed.select(*_PLACE, "study_id", "uno", "sex", "birth_year", "initials", "discharged_on").join(
        measures, on="study_id"
    )
    return pl.concat(
        [
            whole.filter(differs).select(*_PLACE, pl.lit(column).alias("column"), pl.lit(why).alias("why"))
            for column, why, differs in _rules()
        ]
    )


def _rules() -> list[tuple[str, str, pl.Expr]]:
    number = pl.col("number").struct
    code_year, of_year = pl.col("uno").str.slice(2, 2), pl.col("year_told") % _CENTURY
    return [
        ("uno", "contradicts_number", (code_year != number.field("year")) | ~_is_same_day()),
        ("birth_year", "contradicts_number", pl.col("birth_year") != number.field("born_on").dt.year()),
        (
            "sex",
            "contradicts_number",
            pl.col("sex").is_in(_SEXES) & (pl.col("sex") != number.field("sex")),
        ),
        (
            "uno",
            "contradicts_birth_year",
            number.field("born_on").is_null() & (code_year.cast(pl.Int16, strict=False) != of_year),
        ),
        ("uno", "contradicts_names", _is_of_others("uno", "initial_0", "initial_1")),
        ("initials", "contradicts_names", _is_of_others("initials", "of_given", "of_surname")),
        # With initials, the names have been compared with those.
        (
            "uno",
            "contradicts_names",
            pl.col("initial_0").is_null() & _is_of_others("uno", "of_given", "of_surname"),
        ),
        ("discharged_on", "contradicts_enrolment", pl.col("discharged_on") < pl.col("began_on")),
    ]


def _is_same_day() -> pl.Expr:
    # A code may be older than the number: from when the person had a coordination number, or the other way round.
    day = pl.col("uno").str.slice(4, 2).cast(pl.Int32, strict=False)
    of_number = pl.col("number").struct.field("day").cast(pl.Int32, strict=False)
    return (day % COORDINATION_DAYS) == (of_number % COORDINATION_DAYS)


def _is_of_others(name: str, given: str, surname: str) -> pl.Expr:
    """Whether one of the two letters that `name` begins with is none of those in the other columns."""
    fits = [
        pl.col(allowed).str.contains(_plain(pl.col(name).str.slice(place, 1)), literal=True)
        for place, allowed in enumerate((given, surname))
    ]
    return pl.any_horizontal(~fit.fill_null(value=True) for fit in fits)


def _initials_of(name: str) -> pl.Expr:
    """The first letters of a name's parts, in one text; null where there is no name."""
    return _plain(pl.col(name).str.extract_all(r"(?:^|[\s\p{Pd}])\p{L}").list.join("").str.replace_all(r"\P{L}", ""))


def _plain(letters: pl.Expr) -> pl.Expr:
    return letters.str.normalize("NFD").str.replace_all(r"\p{M}", "").str.to_uppercase()
