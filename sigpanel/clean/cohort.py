"""What the file of the 2013–2016 persons says: typed values, one row per person.

The same spellings of codes are accepted as in the yearly forms. A value that cannot be read is null here and counted by
the pipeline; a person without a readable code stays in the cohort, as *not linkable*.
"""

from __future__ import annotations

import polars as pl

from sigpanel.clean.spelling import read_uno
from sigpanel.contracts.cohort import cohort


def clean_cohort(texts: pl.DataFrame) -> pl.DataFrame:
    """Type the texts of `intake.cohort`.

    Returns:
        `study_id, uno, sex, birth_year, enrolled_on, discharged_on`, one row per person in the file.
    """
    return texts.select(
        "study_id",
        read_uno(pl.col("uno")).alias("uno"),
        pl.col("sex")
        .str.normalize("NFKC")
        .str.to_lowercase()
        .replace_strict(dict(cohort().columns["sex"].codes), default=None, return_dtype=pl.String),
        pl.col("birth_year").str.extract(r"^(19\d{2}|20\d{2})$", 1).cast(pl.Int16, strict=False),
        *(pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in ("enrolled_on", "discharged_on")),
    ).sort("study_id")
