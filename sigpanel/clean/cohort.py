"""What the file of the 2013–2016 persons says: typed values, one row per person.

The same spellings of codes are accepted as in the yearly forms. A person without a readable code stays in the cohort,
as *not linkable*; any other value that cannot be read refuses the file, since the data owner can mend it or leave the
cell empty.
"""

from __future__ import annotations

import polars as pl

from sigpanel.clean.spelling import read_uno
from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError

_MUST_BE_READABLE = ("sex", "birth_year", "enrolled_on", "discharged_on")


def clean_cohort(texts: pl.DataFrame) -> pl.DataFrame:
    """Type the texts of `intake.cohort`.

    Returns:
        `study_id, uno, sex, birth_year, enrolled_on, discharged_on`, one row per person in the file.

    Raises:
        InputError: a filled cell cannot be read; the message names columns and numbers of rows.
    """
    typed = texts.select(
        "study_id",
        read_uno(pl.col("uno")).alias("uno"),
        pl.col("sex")
        .str.normalize("NFKC")
        .str.to_lowercase()
        .replace_strict(dict(cohort().columns["sex"].codes), default=None, return_dtype=pl.String),
        pl.col("birth_year").str.extract(r"^(19\d{2}|20\d{2})$", 1).cast(pl.Int16, strict=False),
        *(pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in ("enrolled_on", "discharged_on")),
    )
    lost = {name: typed[name].null_count() - texts[name].null_count() for name in _MUST_BE_READABLE}
    if any(lost.values()):
        told = ", ".join(f"{name} in {number} rows" for name, number in lost.items() if number)
        raise InputError(
            "cohort-values",
            f"The file of the 2013–2016 persons has values that cannot be read: {told}.",
            remedy="Write dates as YYYY-MM-DD and the rest as contracts/cohort.yaml says, or leave the cell empty.",
        )
    return typed.sort("study_id")
