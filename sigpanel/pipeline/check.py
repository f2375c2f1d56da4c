"""Read workbooks and say what is wrong with them, without a study and without a key.

For the data owner, before a build: each workbook's status, its findings by rule with the cells, and the bortfall of
each question. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.bortfall import bortfall
from sigpanel.errors import UsageError
from sigpanel.findings import collect, severities
from sigpanel.pipeline.deliveries import Delivery, Source, files_below, name_of, read_delivery
from sigpanel.pipeline.overview import delivery_grid
from sigpanel.pipeline.progress import progress
from sigpanel.pipeline.standing import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

_YEAR_DIGITS = 4


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        delivery: what was read.
        status: `submission_no, status` of each recognised workbook: accepted, or accepted with findings.
        findings: of `findings.SCHEMA`, with `severity`.
        grid: districts × programmes × years, of `overview.delivery_grid`.
        bortfall: by programme, variable and moment.
    """

    delivery: Delivery
    status: pl.DataFrame
    findings: pl.DataFrame
    grid: pl.DataFrame
    bortfall: pl.DataFrame

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return (self.findings["severity"] == "error").any()


def check(paths: Sequence[Path], year: int | None = None) -> Checked:
    """Read and check workbooks.

    Args:
        paths: files, or folders with files at any depth.
        year: the reporting year; without it the nearest folder named by a year tells.

    Raises:
        UsageError: a path does not exist, or a file's year cannot be told.
    """
    sources = _sources(paths, year)
    with progress("Reading workbooks", len(sources)) as step:
        delivery = read_delivery(sources, step)
    judged = standing(delivery)
    findings = collect(
        [
            delivery.findings,
            delivery.cleaned.findings,
            *judged.findings(),
        ]
    ).join(severities(), on="rule", maintain_order="left")
    notable = findings.filter(pl.col("severity") != "note").select("submission_no").unique()
    programmes = delivery.workbooks.select("submission_no", "programme")
    return Checked(
        delivery=delivery,
        status=delivery.workbooks.select(
            "submission_no",
            pl.when(pl.col("submission_no").is_in(notable["submission_no"].to_list()))
            .then(pl.lit("accepted_with_findings"))
            .otherwise(pl.lit("accepted"))
            .alias("status"),
        ),
        findings=findings,
        grid=delivery_grid(delivery, judged.workbooks),
        bortfall=bortfall(
            delivery.cleaned.answers.join(programmes, on="submission_no"), ["programme", "moment", "variable"]
        ),
    )


def _sources(paths: Sequence[Path], year: int | None) -> list[Source]:
    found = []
    for root in paths:
        if not root.exists():
            raise UsageError("no-such-path", "A path given does not exist.", remedy="Name files or folders that exist.")
        files = files_below(root) if root.is_dir() else [root]
        found += [Source(path, _name(path, root), year or _year(path)) for path in files]
    return found


def _name(path: Path, root: Path) -> str:
    return name_of(path.relative_to(root if root.is_dir() else path.parent))


def _year(path: Path) -> int:
    for folder in Path(path).resolve().parents:
        if folder.name.isdecimal() and len(folder.name) == _YEAR_DIGITS:
            return int(folder.name)
    raise UsageError(
        "year-not-told",
        "The reporting year of a file cannot be told: no folder above it is named by a year.",
        remedy="Give --year, or put each workbook in a folder named by the year that it reports.",
    )
