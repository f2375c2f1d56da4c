"""What is known of one workbook that was read, as the feedback to its district needs it: plain data.

Nothing is read or judged here, and nothing of another workbook is in it: the city as a whole stands in the bortfall as
shares, and only where whoever fills it in may tell them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.errors import Fault

if TYPE_CHECKING:
    from sigpanel.forms import Form


@dataclass(frozen=True)
class Feedback:
    """One workbook and what was found in it. What districts wrote is not shown when it is printed.

    Attributes:
        form: the edition that it is.
        district: token, as reported; null where no row says.
        reported_year: the year that it reports.
        header_row: where the headers stood, from 1.
        title_at: row and column of the title, from 1; null where there was none.
        answer_row: where the answer alternatives stood, from 1; null where there was no such row.
        columns: the column letters of each question (`Q8` → `H`).
        cells: of `intake.CELLS`, of this workbook.
        rows: of `intake.ROWS`, of this workbook.
        findings: of `findings.SCHEMA`, with `severity`; of this workbook, and only what its district may see.
        bortfall: `question, asked, answered, share, share_last_year, share_city`, the last two null where they are not
            known, or where too few districts reported for the city's to tell nothing of one of them.
        n_comments: how many cells of the comment column were filled.
        n_notes: how many cells had a note.
    """

    form: Form
    district: str | None
    reported_year: int
    header_row: int
    title_at: tuple[int, int] | None
    answer_row: int | None
    columns: dict[str, str]
    cells: pl.DataFrame = field(repr=False)
    rows: pl.DataFrame
    findings: pl.DataFrame
    bortfall: pl.DataFrame
    n_comments: int = 0
    n_notes: int = 0

    def __post_init__(self) -> None:
        """Refuse what is of more than one workbook: another district's rows must never come along."""
        numbers = pl.concat([part["submission_no"] for part in (self.cells, self.rows, self.findings)])
        if numbers.n_unique() > 1:
            raise Fault("feedback-of-two-workbooks", "Feedback was asked for with the rows of more than one workbook.")

    @cached_property
    def persons(self) -> tuple[int, ...]:
        """The rows of persons, from 1."""
        return tuple(self.rows.filter(pl.col("kind") == "person")["row"].sort().to_list())

    @cached_property
    def answers(self) -> pl.DataFrame:
        """The filled cells of persons' rows under the form's questions; all else never goes back."""
        return self.cells.filter(pl.col("row").is_in(self.persons) & pl.col("question").is_in(list(self.columns)))
