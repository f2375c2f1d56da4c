"""The persons of the 2013–2016 evaluation as pilot episodes: one each, from the files in `owner/cohort/`.

They enter linkage like any other episode. Study ids are keyed before they go anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.cohort import clean_cohort
from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.intake.cohort import read_cohort
from sigpanel.pipeline.deliveries import files_below

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.key import Key


def read_pilot(folder: Path, key: Key) -> pl.DataFrame:
    """The 2013–2016 persons as episodes: one each, in what is Järva today; ongoing if not ended when evaluated."""
    texts = [read_cohort(path) for path in _files(folder)]
    described = cohort()
    if not texts:
        return _nobody()
    persons = clean_cohort(pl.concat(texts))
    if persons["study_id"].null_count() or persons["study_id"].is_duplicated().any():
        raise InputError(
            "cohort-study-ids",
            "A person in the cohort file has no study id, or two have the same.",
            remedy="Give each person in owner/cohort a study id of its own.",
        )
    has_ended = pl.col("discharged_on").is_not_null()
    ids = pl.concat_str(pl.lit(f"{described.programme}|"), persons["study_id"])
    named = persons.with_columns(ids.alias("named"))
    return named.with_columns(
        key.pseudonyms("episodes", named["named"]).alias("episode_id"),
        key.pseudonyms("cohort", named["study_id"]).alias("cohort_id"),
        pl.lit(described.programme).alias("programme"),
        pl.lit(described.district).alias("district"),
        pl.lit(described.edition).alias("edition"),
        pl.when(has_ended).then(pl.lit("closed")).otherwise(pl.lit("ongoing")).alias("status"),
        pl.lit(described.evaluated_in, pl.Int16).alias("first_reported_year"),
        pl.lit(described.evaluated_in, pl.Int16).alias("last_reported_year"),
        pl.lit(1, pl.Int32).alias("n_reports"),
        pl.col("enrolled_on").alias("observed_from"),
        pl.coalesce("discharged_on", pl.date(described.evaluated_in, 12, 31)).alias("observed_until"),
        pl.col("birth_year").alias("known_birth_year"),
        pl.lit(value=False).alias("is_left_truncated"),
        pl.lit(value=False).alias("is_retrospective"),
        (pl.col("discharged_on") - pl.col("enrolled_on")).dt.total_days().cast(pl.Int32).alias("days"),
    ).drop("named", "study_id", "birth_year")


def pilot_aliases(pilot: pl.DataFrame, key: Key) -> pl.DataFrame:
    """What the registry remembers of the pilot's episodes: the keyed study id, which nothing corrects."""
    return pilot.select(
        pl.lit("study_id").alias("alias_kind"),
        key.pseudonyms("registry", pilot["cohort_id"]).alias("alias"),
        "episode_id",
    )


def _files(folder: Path) -> list[Path]:
    """The cohort's files. What is no CSV file is refused, not passed over: persons may be in it."""
    files = files_below(folder) if folder.is_dir() else []
    if any(path.suffix.lower() != ".csv" or not path.is_file() for path in files):
        raise InputError(
            "cohort-not-csv",
            "Something in owner/cohort is no CSV file.",
            remedy="Save the cohort as CSV with the columns of contracts/cohort.yaml, and move other files out.",
        )
    return files


def _nobody() -> pl.DataFrame:
    text = dict.fromkeys(("episode_id", "cohort_id", "uno", "programme", "district", "edition", "sex"), pl.String)
    return pl.DataFrame(schema={**text, "enrolled_on": pl.Date, "discharged_on": pl.Date, "known_birth_year": pl.Int16})
