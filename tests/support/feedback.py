"""From workbooks to the feedback on each, as `sigpanel check` puts it together."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from sigpanel.feedback import Feedback
from sigpanel.pipeline.check import Checked, check
from sigpanel.pipeline.feedback import feedback_on, shares_of

EMPTY_BORTFALL = pl.DataFrame(
    schema={"question": pl.String, "asked": pl.Int32, "answered": pl.Int32, "share": pl.Float64}
    | {"share_last_year": pl.Float64, "share_city": pl.Float64}
)


def all_feedback(paths: Sequence[Path], year: int | None = None) -> dict[Path, Feedback]:
    """Return the feedback on each workbook that was recognised."""
    return feedback_of(check(paths, year))


def one_feedback(path: Path, year: int = 2022) -> Feedback:
    """Return the feedback on one workbook."""
    return all_feedback([path], year)[path]


def feedback_of(checked: Checked) -> dict[Path, Feedback]:
    """Return the feedback on each recognised workbook of what was checked."""
    sources, shares = checked.delivery.sources, shares_of(checked.bortfall)
    numbers = checked.delivery.workbooks["submission_no"]
    return {sources[number].path: feedback_on(checked, shares, number) for number in numbers}
