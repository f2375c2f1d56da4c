"""Read workbooks and say what is wrong with them, without a key.

For the data owner, before a build: each workbook's status, its findings by rule with the cells, and the bortfall of
each question. Where the workbooks lie in a study, its settings and corrections hold, and all its workbooks are read:
between them are what is contested, a district's year before, and the city. Told is of those that were asked for.

Of the rows of somebody who has withdrawn nothing is found, and where they withdrew from statistics too they are not
counted. Whose rows these are is known by the key alone; without it they are rows like others, and that is told.

Nothing is written here: `feedback` writes what goes back to the districts.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import key as keys
from sigpanel.decisions import NO_CORRECTIONS, Corrections, read_corrections
from sigpanel.episodes.match import match
from sigpanel.errors import InputError, SigpanelError, UsageError
from sigpanel.findings import find, severities
from sigpanel.pipeline import gather
from sigpanel.pipeline.contested import Contender, contested, is_returned
from sigpanel.pipeline.custody import is_of_live_release, remembered_of
from sigpanel.pipeline.declared import NOTHING, declared
from sigpanel.pipeline.deliveries import (
    Delivery,
    Refusal,
    Source,
    files_below,
    find_sources,
    is_year,
    name_of,
    read_delivery,
)
from sigpanel.pipeline.overview import delivery_grid
from sigpanel.pipeline.progress import progress
from sigpanel.pipeline.standing import Standing, standing
from sigpanel.pipeline.withdrawn import rows_known, withdrawals_of, without_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.pipeline.study import Study

# What concerns persons, whom a check does not resolve, or other districts' reports, which it does not match with.
_ONLY_IN_A_BUILD = (
    "same_code_contradicts",
    "uno_differs_between_reports",
    "enrolled_on_differs_between_reports",
    "report_fits_several_episodes",
)
_NO_ROWS = pl.DataFrame(schema={"submission_no": pl.Int32, "row": pl.Int32, "is_of_statistics": pl.Boolean})


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        delivery: what was read.
        judged: which workbooks and rows count.
        shown: the numbers of the workbooks that were asked for; the others are read beside them.
        status: `submission_no, status` of each recognised workbook that was asked for: accepted, accepted_with_findings
            or superseded.
        findings: of `findings.SCHEMA`, with `severity`; of the workbooks that were asked for.
        grid: districts × programmes × years, of `overview.delivery_grid`; of the years that were asked for.
        bortfall: by programme, district, year, moment, variable and question; of everything that was read.
        contested: workbooks that contend for one place, of `contested.contested`; where any of them was asked for.
        is_receipt_declared: whether the settings say when workbooks came, so that lateness means something.
        knows_withdrawn: whether it is known which rows are of persons who have withdrawn, if any have.
    """

    delivery: Delivery
    judged: Standing
    shown: frozenset[int]
    status: pl.DataFrame
    findings: pl.DataFrame
    grid: pl.DataFrame
    bortfall: pl.DataFrame
    contested: list[list[Contender]]
    is_receipt_declared: bool
    knows_withdrawn: bool = True

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return (self.findings["severity"] == "error").any()

    @property
    def refusals(self) -> list[Refusal]:
        """The refused workbooks among those that were asked for."""
        return [refusal for refusal in self.delivery.refusals if refusal.submission_no in self.shown]


def check(paths: Sequence[Path], year: int | None = None, study: Study | None = None) -> Checked:
    """Read and check workbooks.

    Args:
        paths: files, or folders with files at any depth.
        year: the reporting year; without it the nearest folder named by a year tells.
        study: the study whose submissions the paths lie in, if they do.

    Raises:
        UsageError: a path does not exist, or a file's year cannot be told.
        InputError: the study declares what is not so.
    """
    for path in paths:
        if not path.exists():
            raise UsageError("no-such-path", "A path given does not exist.", remedy="Name files or folders that exist.")
    sources = find_sources(study.submissions) if study else tuple(_sources(paths, year))
    shown = frozenset(range(len(sources))) if study is None else _asked_for(sources, paths)
    said = declared(study.settings, sources) if study else NOTHING
    corrections, key = _decided(study, sources) if study else (NO_CORRECTIONS, None)
    with progress("Reading workbooks", len(sources)) as step:
        delivery = read_delivery(
            sources, step, corrections=corrections, pseudonyms=key.pseudonyms if key else None, said=said
        )
    judged = standing(delivery, said)
    reports = gather.reports(delivery, judged)
    withdrawn = _withdrawn(study, key, delivery, judged) if study else _NO_ROWS
    earlier_years = match(gather.own_reports(reports, judged)).findings
    found = gather.findings(
        delivery, judged, reports, said, [earlier_years, *_asides(delivery, judged)], not_looked_for=_ONLY_IN_A_BUILD
    ).join(severities(), on="rule", maintain_order="left")
    left = found if withdrawn is None else without_rows(found, withdrawn)
    findings = left.filter(pl.col("submission_no").is_in(list(shown)))
    counting = reports if withdrawn is None else without_rows(reports, withdrawn.filter("is_of_statistics"))
    counted = gather.counted_bortfall(delivery, judged, counting)
    grid = delivery_grid(judged, counting, counted)
    years = {sources[number].year for number in shown}
    return Checked(
        delivery=delivery,
        judged=judged,
        shown=shown,
        status=_status(judged, findings, shown),
        findings=findings,
        grid=grid.filter(pl.col("reported_year").is_in(list(years))),
        bortfall=counted,
        contested=[
            group for group in contested(judged, delivery, said) if shown & {one.submission_no for one in group}
        ],
        is_receipt_declared=bool(said.received),
        knows_withdrawn=withdrawn is not None,
    )


def _withdrawn(study: Study, key: keys.Key | None, delivery: Delivery, judged: Standing) -> pl.DataFrame | None:
    """The rows of those who have withdrawn, of `withdrawn.rows_known`; null where it cannot be told which they are.

    Raises:
        InputError: the file of withdrawals cannot be used, or is gone.
    """
    withdrawals = withdrawals_of(study)
    if not withdrawals.all:
        return _NO_ROWS
    if key is None:
        return None
    try:
        remembered = remembered_of(study)
    except SigpanelError:  # a build says what is wrong with the registry
        return None
    return rows_known(delivery, judged, withdrawals, key.pseudonyms, remembered)


def _decided(study: Study, sources: Sequence[Source]) -> tuple[Corrections, keys.Key | None]:
    """The study's corrections, and its key if one is set that may be used: a check does without.

    Raises:
        InputError: the corrections cannot be read, or name workbooks by ids that nobody can tell without the key.
    """
    corrections = read_corrections(study.corrections)
    with suppress(SigpanelError):
        key = keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
        if is_of_live_release(study, key):
            return corrections, key
    if corrections.about(source.name for source in sources) != corrections:
        raise InputError(
            "corrections-need-key",
            "Corrections name workbooks by their ids, which cannot be told without the key.",
            remedy="Set the key, or name each workbook by its path in owner/submissions.",
        )
    return corrections, None


def _asides(delivery: Delivery, judged: Standing) -> list[pl.DataFrame]:
    """What stands beside the form: filled cells of comment columns, and workbooks with notes. Where, never what.

    Found here and not by a build: a release must be the same whatever stands in a comment.
    """
    live = judged.live["submission_no"]
    comments = [(number, cell) for number in live for cell in delivery.books[number].comments]
    noted = [one for one in live if delivery.books[one].n_notes and not is_returned(delivery.books[one])]
    schema = {"submission_no": pl.Int32, "cell": pl.String}
    places = pl.DataFrame(comments, schema=schema, orient="row")
    return [
        find(places.with_columns(pl.col("cell").str.extract(r"(\d+)$").alias("row")), "comments_filled_in"),
        find(pl.DataFrame({"submission_no": noted}, schema={"submission_no": pl.Int32}), "notes_in_cells"),
    ]


def _status(judged: Standing, findings: pl.DataFrame, shown: frozenset[int]) -> pl.DataFrame:
    notable = findings.filter(pl.col("severity") != "note")["submission_no"].unique()
    return judged.workbooks.filter(pl.col("submission_no").is_in(list(shown))).select(
        "submission_no",
        pl.when(pl.col("standing") != "live")
        .then(pl.lit("superseded"))
        .when(pl.col("submission_no").is_in(notable.implode()))
        .then(pl.lit("accepted_with_findings"))
        .otherwise(pl.lit("accepted"))
        .alias("status"),
    )


def _asked_for(sources: Sequence[Source], paths: Sequence[Path]) -> frozenset[int]:
    roots = [path.resolve() for path in paths]
    within = [(number, source.path.resolve()) for number, source in enumerate(sources)]
    return frozenset(number for number, path in within if any(root == path or root in path.parents for root in roots))


def _sources(paths: Sequence[Path], year: int | None) -> list[Source]:
    found = []
    for root in paths:
        files = files_below(root) if root.is_dir() else [root]
        found += [Source(path, _name(path, root), year or _year(path)) for path in files]
    return found


def _name(path: Path, root: Path) -> str:
    return name_of(path.relative_to(root if root.is_dir() else path.parent))


def _year(path: Path) -> int:
    year = _year_of(path.parent.absolute())
    if year is None:
        raise UsageError(
            "year-not-told",
            "The reporting year of a file cannot be told: no folder above it is named by a year.",
            remedy="Give --year, or put each workbook in a folder named by the year that it reports.",
        )
    return year


@lru_cache
def _year_of(folder: Path) -> int | None:
    """The year by which a folder or the nearest one above it is named."""
    above = folder.resolve()
    return next((int(one.name) for one in (above, *above.parents) if is_year(one.name)), None)
