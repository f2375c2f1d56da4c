"""The persons of the 2013–2016 evaluation as pilot episodes: one each, from the files in `owner/cohort/`.

They enter linkage like any other episode. Study ids are keyed before they go anywhere; personal numbers and names do
not get as far as a table. What stops the build is told by file, row and column, never by what stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.clean.cohort import (
    Cleaned,
    clean_cohort,
    differing,
    is_personal_number,
    near_duplicates,
    read_values,
    with_one_id,
)
from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.pipeline.cohort_files import cohort_tables
from sigpanel.pipeline.declared import listed
from sigpanel.pipeline.settings import CohortSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigpanel.intake.cohort import Table
    from sigpanel.key import Key

_MOST_TOLD: Final = 20
_USUAL: Final = CohortSettings()
# What stands behind a value's place, by why it stops the build.
_WHY: Final = {
    "unreadable": "",
    "out_of_bounds": " (a year outside those of contracts/cohort.yaml)",
    "contradicts_number": " (differs from the personal number)",
    "contradicts_birth_year": " (differs from the birth year)",
    "contradicts_names": " (differs from the names or initials)",
    "contradicts_enrolment": " (before the enrolment)",
}


def read_pilot(folder: Path, key: Key, said: CohortSettings = _USUAL) -> pl.DataFrame:
    """The 2013–2016 persons as episodes: one each, in what is Järva today; ongoing if not known to have ended.

    Besides what episodes have: `cohort_id`; `known_birth_year` and `known_months`, the mask of the one month that a
    personal number tells; `unlinkable_by`; and `ended_at_evaluation`, `interviewed`, null where the files do not say.

    Raises:
        InputError: the files cannot be read, or contradict themselves or each other.
    """
    names, tables = cohort_tables(folder, said)
    described = cohort()
    if not tables:
        return _nobody()
    persons = _persons(names, tables, said)
    ids = pl.concat_str(pl.lit(f"{described.programme}|"), persons["study_id"])
    named = persons.with_columns(ids.alias("named"))
    # Somebody may have ended on a day that the files do not give. "Ongoing" is what the last report said.
    has_ended = pl.col("discharged_on").is_not_null() | pl.col("ended_at_evaluation").fill_null(value=False)
    status = pl.when(has_ended).then(pl.lit("closed")).otherwise(pl.lit("ongoing")).alias("status")
    return named.with_columns(
        key.pseudonyms("episodes", named["named"]).alias("episode_id"),
        key.pseudonyms("cohort", named["study_id"]).alias("cohort_id"),
        pl.lit(described.programme).alias("programme"),
        pl.lit(described.district).alias("district"),
        pl.lit(described.edition).alias("edition"),
        status,
        pl.lit(described.evaluated_in, pl.Int16).alias("first_reported_year"),
        pl.lit(described.evaluated_in, pl.Int16).alias("last_reported_year"),
        pl.lit(1, pl.Int32).alias("n_reports"),
        pl.col("enrolled_on").alias("observed_from"),
        pl.coalesce("discharged_on", pl.date(described.evaluated_in, 12, 31)).alias("observed_until"),
        pl.col("birth_year").alias("known_birth_year"),
        pl.lit(2, pl.Int32).pow(pl.col("birth_month") - 1).cast(pl.Int32).alias("known_months"),
        pl.lit(value=False).alias("is_left_truncated"),
        pl.lit(value=False).alias("is_retrospective"),
        (pl.col("discharged_on") - pl.col("enrolled_on")).dt.total_days().cast(pl.Int32).alias("days"),
    ).drop("named", "study_id", "birth_year", "birth_month")


def pilot_aliases(pilot: pl.DataFrame, key: Key) -> pl.DataFrame:
    """What the registry remembers of the pilot's episodes: the keyed study id, which nothing corrects."""
    return pilot.select(
        pl.lit("study_id").alias("alias_kind"),
        key.pseudonyms("registry", pilot["cohort_id"]).alias("alias"),
        "episode_id",
    )


def _persons(names: Sequence[str], tables: Sequence[Table], said: CohortSettings) -> pl.DataFrame:
    _hold_identified(tables)
    texts = pl.concat(
        [table.texts.with_columns(pl.lit(no, pl.Int32).alias("table")) for no, table in enumerate(tables)]
    )
    typed, unreadable = read_values(texts)
    of_persons = pl.col("table").is_in([no for no, table in enumerate(tables) if table.is_persons])
    typed = with_one_id(typed, of_persons)
    _hold_study_ids(typed, of_persons, names)
    differ = differing(typed)
    if differ.height:
        raise _refusal(
            "cohort-differs",
            "The files of the 2013–2016 persons say different things of one study id",
            _listed(differ.explode("columns").rename({"columns": "column"}), names),
            remedy="Find out which holds, and mend the other.",
        )
    _hold_persons_once(typed, names)
    cleaned = clean_cohort(typed, unreadable, said.may_be_unreadable)
    _hold_values(cleaned, names)
    return cleaned.persons


def _hold_identified(tables: Sequence[Table]) -> None:
    """What another column tells may be missing only where that is there."""
    described = cohort()
    of_persons = [table for table in tables if table.is_persons]
    known = frozenset().union(*(table.columns for table in tables))
    missing = {
        name
        for table in of_persons
        for name, column in described.columns.items()
        if column.is_required and name not in table.columns and column.told_by and column.told_by not in known
    }
    if not known & set(described.identified_by):
        missing.add(" or ".join(described.identified_by))
    if not of_persons:
        missing.add("enrolled_on")
    if not missing and not any(table.texts.height for table in of_persons):
        raise InputError(
            "cohort-file",
            "The files of the 2013–2016 persons cannot be used: there is no person in them.",
            remedy="Put the persons below the header, or move the files out.",
        )
    if missing:
        raise InputError(
            "cohort-file",
            f"The files of the 2013–2016 persons cannot be used: there is no column for {', '.join(sorted(missing))}.",
            remedy="Add it, or write in sigpanel.toml which header holds it: `[cohort]`, then a line such as "
            f'{min(missing).split()[0]} = "…".',
        )


def _hold_study_ids(typed: pl.DataFrame, of_persons: pl.Expr, names: Sequence[str]) -> None:
    ids = typed.select("table", "row", "study_id", pl.lit("study_id").alias("column"), of_persons.alias("is_persons"))
    is_twice = pl.col("is_persons") & pl.struct(near_duplicates(pl.col("study_id")), "is_persons").is_duplicated()
    bad = ids.filter(pl.col("study_id").is_null() | is_twice)
    if bad.height:
        raise _refusal(
            "cohort-study-ids",
            "A person in the cohort's files has no study id, or two have the same (case and blanks do not count)",
            _listed(bad, names),
            remedy="Give each person in owner/cohort a study id of its own, such as a running number. Of one person in "
            "two rows, take out one.",
        )
    numbers = ids.filter(is_personal_number(ids["study_id"]))
    if numbers.height:
        raise _refusal(
            "cohort-study-id-is-personal-number",
            "What should be study ids are personal numbers, or look like them, and those are never made into ids",
            _listed(numbers, names),
            remedy="Give each person a study id, such as a running number, and put the personal numbers under "
            '"personnummer".',
        )
    strangers = ids.filter(~pl.col("is_persons") & ~pl.col("study_id").is_in(_ids_of_persons(ids).implode()))
    if strangers.height:
        raise _refusal(
            "cohort-strangers",
            "A list of identities has study ids that no person in the cohort's files has",
            _listed(strangers, names),
            remedy="Mend the study ids, or take out the rows of those who are not in the cohort.",
        )


def _hold_persons_once(typed: pl.DataFrame, names: Sequence[str]) -> None:
    """One personal number under two study ids is one person, who would be followed up twice."""
    number = pl.col("personal_number").struct.field("number")
    told = typed.filter(number.is_not_null()).with_columns(number.alias("number"))
    twice = told.filter(pl.col("study_id").n_unique().over("number") > 1)
    if twice.height:
        raise _refusal(
            "cohort-person-twice",
            "Two study ids in the cohort's files have one personal number",
            _listed(twice.with_columns(pl.lit("personal_number").alias("column")), names),
            remedy="Find out whether they are one person. Take out one of the rows, or mend the number.",
        )


def _ids_of_persons(ids: pl.DataFrame) -> pl.Series:
    return ids.filter("is_persons")["study_id"]


def _hold_values(cleaned: Cleaned, names: Sequence[str]) -> None:
    if cleaned.faults.is_empty():
        return
    declarable = cleaned.faults.filter("may_be_declared")["column"]
    told = cleaned.faults.with_columns(
        pl.concat_str("column", pl.col("why").replace_strict(_WHY, return_dtype=pl.String)).alias("column")
    )
    raise _refusal(
        "cohort-values",
        "The files of the 2013–2016 persons have values that cannot be read, or cannot be true",
        _listed(told, names),
        remedy="Write dates as YYYY-MM-DD and the rest as contracts/cohort.yaml says. Where two cells differ, find out "
        f"which holds, and mend or empty the other.{_let_be(declarable)}",
    )


def _let_be(columns: pl.Series) -> str:
    if columns.is_empty():
        return ""
    listing = ", ".join(f'"{column}"' for column in sorted(set(columns)))
    return (
        " Or let them be, and have these persons linked to nobody, by writing in sigpanel.toml:\n\n[cohort]\n"
        f"may_be_unreadable = [{listing}]\n"
    )


def _listed(places: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """Each place as a line: file, row, column."""
    rows = places.sort("table", "row", "column").select("table", "row", "column").iter_rows()
    lines = [f"{names[table]}: {column} in row {row}" for table, row, column in rows]
    return lines[:_MOST_TOLD] + ([f"and {len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else [])


def _refusal(code: str, what: str, places: Sequence[str], *, remedy: str) -> InputError:
    return InputError(code, f"{what}:{listed(places)}", remedy=remedy)


def _nobody() -> pl.DataFrame:
    text = dict.fromkeys(
        ("episode_id", "cohort_id", "uno", "programme", "district", "edition", "sex", "unlinkable_by"), pl.String
    )
    days = {"enrolled_on": pl.Date, "discharged_on": pl.Date}
    known = {"known_birth_year": pl.Int16, "known_months": pl.Int32}
    told = dict.fromkeys(("ended_at_evaluation", "interviewed"), pl.Boolean)
    return pl.DataFrame(schema={**text, **days, **known, **told})
