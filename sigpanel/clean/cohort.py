"""What the files of the 2013–2016 persons say: typed values, one row per person.

Tables of persons and lists of identities are read alike and put together by study id. Where two of them say different
things of one study id, nothing is chosen. The same spellings of codes and dates are accepted as in the yearly forms.

Who somebody is (personal number, names) goes no further than this: it is checked, and turned into a birth year, a birth
month, a sex where the files have none, and a code where they have none, by the form's rule. A person without a code
stays in the cohort, with the reason in `unlinkable_by`.

A value that cannot be read, or tells a year that nobody of the cohort can have, is told by its place. Whether it stops
the build is the data owner's to declare; a person with one that does not is linked to nobody, since linkage would take
what we could not read for what nobody knows. So is a value that contradicts another of its person, if the panel has a
word for it: without one, nobody could be told why the person is linked to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.clean.contradictions import contradictions
from sigpanel.clean.personal_number import read_personal_number
from sigpanel.clean.spelling import read_date, read_uno
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.tables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection

_PLACE: Final = ["table", "row"]
_CENTURY: Final = 100
_CODE: Final = r"^\p{Lu}{2}[0-9]{4}$"
# A code that cannot be read is as good as none, and always was: nobody can tell afterwards what was meant.
_NEVER_STOPS: Final = "uno"
# What linkage does not look at: unreadable, it is null, and the person is linked like any other.
_BESIDE: Final = ("ended_at_evaluation", "interviewed")
_CODED: Final = ("sex", *_BESIDE)
_DATES: Final = ("enrolled_on", "discharged_on")
_BORN: Final = "birth_year"
# Month, day (with a coordination number's 60), and four characters, as they stand behind a personal number's year.
_REST_OF_A_NUMBER: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])[\p{L}\p{N}]{4}"


@dataclass(frozen=True)
class Cleaned:
    """What the files say.

    Attributes:
        persons: `study_id, uno, sex, birth_year, birth_month, enrolled_on, discharged_on, ended_at_evaluation,
            interviewed, unlinkable_by`, one row per study id; `uno` is what links, and null where `unlinkable_by` is
            not.
        faults: `table, row, column, why, may_be_declared` of the values that are to stop the build; `why` is
            unreadable, out_of_bounds or one of `contradictions`.
    """

    persons: pl.DataFrame
    faults: pl.DataFrame


def read_values(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Type the texts of `intake.cohort`, row by row.

    Returns:
        The typed rows, by `table, row, study_id`, and `table, row, column, why` (unreadable, out_of_bounds) of the
        filled cells that they have nothing of.
    """
    read = texts.select(
        *_PLACE,
        _one_id(pl.col("study_id")).alias("study_id"),
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
    typed = read.with_columns(pl.when(_is_within(name)).then(name).alias(name) for name in _bounded())
    lost = [
        (was.filter(was[name].is_not_null() & is_now[name].is_null()), name, why)
        for was, is_now, why in ((texts, read, "unreadable"), (read, typed, "out_of_bounds"))
        for name in cohort().columns
    ]
    told = [rows.select(*_PLACE, pl.lit(name).alias("column"), pl.lit(why).alias("why")) for rows, name, why in lost]
    return typed, pl.concat(told)


def is_personal_number(texts: pl.Series) -> pl.Series:
    """Whether texts are personal numbers, or hold what looks like one: then they are no study ids.

    A date on which somebody of the cohort can be born, and four characters after it, are one in whatever stands around
    and between them; that its check digit is wrong does not help, since the right one is soon found.
    """
    number = read_personal_number(pl.col("text"), cohort().evaluated_in)
    first, last = cohort().years[_BORN]
    years = "|".join(sorted({f"{year % _CENTURY:02}" for year in range(first, last + 1)}))
    bare = pl.col("text").str.normalize("NFKC").str.replace_all(r"[^\p{L}\p{N}]", "")
    read = texts.to_frame("text").select(
        number.struct.field("number").is_not_null().alias("is_one"),
        bare.str.contains(f"(?:{years}){_REST_OF_A_NUMBER}").fill_null(value=False).alias("holds_one"),
    )
    return read["is_one"] | read["holds_one"]


def near_duplicates(study_ids: pl.Expr) -> pl.Expr:
    """Study ids as they would be alike if they were typed by another hand: case and blanks do not count."""
    return study_ids.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s", "")


def with_one_id(typed: pl.DataFrame, of_persons: pl.Expr) -> pl.DataFrame:
    """The rows, with study ids as the tables of persons write them: in lists of identities case and blanks may differ.

    Where two persons have study ids that are alike so, which is a fault, each row keeps its own.

    Args:
        typed: the rows of `read_values`.
        of_persons: whether a row is of a table of persons.
    """
    folded = near_duplicates(pl.col("study_id")).alias("folded")
    written = typed.filter(of_persons).select(folded, pl.col("study_id").alias("written"))
    known = written.drop_nulls().unique().filter(~pl.col("folded").is_duplicated())
    matched = typed.with_columns(folded).join(known, on="folded", how="left", maintain_order="left")
    is_listed = ~of_persons & pl.col("written").is_not_null()
    one = pl.when(is_listed).then("written").otherwise("study_id").alias("study_id")
    return matched.with_columns(one).drop("folded", "written")


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
        unreadable: the places of what it has nothing of.
        may_be_unreadable: columns in which that, and what contradicts, does not stop the build.
    """
    study_ids = typed.select(*_PLACE, "study_id")
    one_each = typed.group_by("study_id").agg(
        *(pl.col(name).drop_nulls().first() for name in cohort().columns if name != "study_id"),
    )
    told = _with_number(one_each)
    # To the panel, a year out of bounds is a value that cannot be read.
    why = pl.col("why").replace("out_of_bounds", "unreadable")
    is_beside = pl.col("column").is_in(_BESIDE)
    faults = (
        pl.concat([unreadable, contradictions(one_each, typed)])
        .with_columns(pl.concat_str("column", why, separator="_").alias("reason"))
        .with_columns((is_beside | pl.col("reason").is_in(_words())).alias("may_be_declared"))
    )
    is_borne = pl.col("column").is_in(list(may_be_unreadable)) & pl.col("may_be_declared")
    is_code = (pl.col("column") == _NEVER_STOPS) & (pl.col("why") == "unreadable")
    # A code that is unreadable here may be readable in a list of identities.
    reasons = (
        faults.filter((is_borne & ~is_beside) | is_code)
        .join(study_ids, on=_PLACE)
        .join(one_each.select("study_id", pl.col("uno").is_not_null().alias("has_code")), on="study_id")
        .filter(~(pl.col("has_code") & is_code))
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
        faults.filter(~is_borne & ~is_code).drop("reason").sort(*_PLACE, "column", "why"),
    )


def _words() -> list[str]:
    """The reasons that the panel has a word for."""
    return [term.token for term in vocabulary("cohort_rule")]


def _with_number(persons: pl.DataFrame) -> pl.DataFrame:
    """What the personal number tells, and the code that it makes with the initials."""
    number = pl.col("personal_number").struct
    born_on = number.field("born_on")
    given, surname = pl.col("given_name"), pl.col("surname")
    # The given name that is used is one of them; which, only the person knows.
    is_one = ~given.str.contains(" ", literal=True)
    of_names = pl.when(is_one).then(_initial(given) + _initial(surname))
    initials = pl.coalesce("initials", of_names)
    together = initials + number.field("year") + number.field("day")
    made = pl.when(together.str.contains(_CODE)).then(together)
    return persons.with_columns(
        pl.coalesce("sex", number.field("sex")).alias("sex"),
        pl.coalesce("birth_year", born_on.dt.year().cast(pl.Int16)).alias("birth_year"),
        born_on.dt.month().alias("birth_month"),
        pl.coalesce("uno", made).alias("code"),
        born_on.is_not_null().alias("has_number"),
        (given.is_not_null() & ~is_one).alias("has_several_names"),
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


def _bounded() -> list[str]:
    """The columns whose years have bounds: those of the contract, and what tells a birth year besides."""
    return [*cohort().years, "personal_number", "uno"]


def _is_within(name: str) -> pl.Expr:
    """Whether a value tells a year between the first and the last; a code, whether its two digits can be of one."""
    first, last = cohort().years.get(name, cohort().years[_BORN])
    if name == "uno":
        return (pl.col(name).str.slice(2, 2).cast(pl.Int32, strict=False) - first) % _CENTURY <= last - first
    year = pl.col(name)
    if name == "personal_number":
        year = year.struct.field("born_on").dt.year()
    return (year.dt.year() if name in _DATES else year).is_between(first, last)


def _one_id(text: pl.Expr) -> pl.Expr:
    """A study id as it is compared: letters composed, blanks of every kind single, what nobody sees gone; or null."""
    seen = text.str.normalize("NFC").str.replace_all(r"[\p{Cf}[\p{Cc}--\s]]", "")
    one = seen.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(~one.is_in(["", "#"])).then(one)


def _word(name: str) -> pl.Expr:
    """A name, to compare by: blanks single, letters small; null where no code's initial can be made of it."""
    folded = pl.col(name).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(_initial(folded).str.contains(r"^\p{Lu}$")).then(folded).alias(name)


def _letters(name: str) -> pl.Expr:
    """Two initials, of the given name and the surname, with or without blanks and full stops."""
    bare = pl.col(name).str.normalize("NFKC").str.replace_all(r"[\s.]", "")
    large = bare.str.to_uppercase()
    # Both: a single ß is two letters when it is large.
    is_two = bare.str.contains(r"^\p{L}{2}$") & large.str.contains(r"^\p{Lu}{2}$")
    return pl.when(is_two).then(large).alias(name)


def _initial(name: pl.Expr) -> pl.Expr:
    """The first letter of the first name or surname, as codes have it."""
    return name.str.slice(0, 1).str.to_uppercase()


def _coded(name: str) -> pl.Expr:
    words = dict(cohort().columns[name].codes)
    folded = pl.col(name).str.normalize("NFKC").str.to_lowercase()
    return folded.replace_strict(words, default=None, return_dtype=pl.String).alias(name)
