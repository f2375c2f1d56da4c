"""The pages on a release, written where researchers read: `research/reports/`.

One on how surely persons are linked, one on what became of each rule of the contract: both are made of what lies in the
release and nothing else. And the fact sheet on data protection, of the study as it is set up now. A page on how a
release serves a consumer is written on demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.odcs import version
from sigpanel.errors import InputError, UsageError
from sigpanel.panel import durable, layout, open_panel
from sigpanel.pipeline.fact_sheet import facts
from sigpanel.pipeline.verify import outcomes_of
from sigpanel.report import consumer, contracts, fact_sheet, linkage
from sigpanel.report.consumer import consumer_page
from sigpanel.report.contracts import contracts_page
from sigpanel.report.linkage import linkage_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.panel import Panel
    from sigpanel.pipeline.study import Study
    from sigpanel.pipeline.verify import Verified


def write_reports(study: Study, release: str | None = None) -> tuple[Path, ...]:
    """Write the pages on a release, and return where they are: on linkage, contract, data protection (of the live one).

    Args:
        study: the study.
        release: its name; else the live one.

    Raises:
        InputError: there is no such release, or the folder cannot be written to.
    """
    panel = open_panel(study.panel, release)
    pages = {}
    # First, since it has no release in its name: where the others are there, after a kill too, it is of this release.
    if panel.release == layout.current(study.panel):
        pages[fact_sheet.FILE] = fact_sheet.fact_sheet(facts(study, panel))
    if _tells_linkage(panel):
        pages[linkage.FILE] = linkage_page(panel.linkage_quality, panel.release)
    pages[contracts.FILE] = contracts_page(outcomes_of(panel), panel.release, version())
    try:
        paths = _write(study.reports, {file.format(release=panel.release): page for file, page in pages.items()})
    except OSError:
        raise InputError(
            "report-not-written",
            f"Release {panel.release} is live, but its pages cannot be written into the reports folder.",
            remedy="See that research/reports may be written to, then run `sigpanel report`.",
        ) from None
    return tuple(sorted(paths, key=lambda path: path.name == fact_sheet.FILE))


def write_pages(verified: Verified, folder: Path) -> tuple[Path, ...]:
    """Write a page for each consumer that a release was held against, and return where they are.

    Args:
        verified: of `verify`.
        folder: where to write them. Timeliness is told for the day, so these pages are nothing that a build writes.

    Raises:
        UsageError: no consumer was named.
        InputError: the folder cannot be written to.
    """
    if not verified.consumers:
        raise UsageError(
            "page-of-no-consumer", "A page is written on a consumer, and there is none.",
            remedy="Name one by --consumer. What became of the rules stands on a page of `sigpanel report`.",
        )  # fmt: skip
    pages = {
        consumer.FILE.format(name=one.consumer.name, release=verified.release or "utan-utgava"): consumer_page(
            one.consumer, one.unpromised, one.verdicts, verified.release, verified.today
        )
        for one in verified.consumers
    }
    try:
        return _write(folder, pages)
    except OSError:
        raise InputError(
            "page-not-written", "The page cannot be written there.", remedy="Name a folder that may be written to."
        ) from None


def complete_reports(study: Study, release: str) -> None:
    """Write the pages on a release where one is not there, as after a kill.

    Raises:
        InputError: as `write_reports`.
    """
    files = [contracts.FILE, *([linkage.FILE] if _tells_linkage(open_panel(study.panel, release)) else [])]
    if not all((study.reports / file.format(release=release)).is_file() for file in files):
        write_reports(study, release)


def _tells_linkage(panel: Panel) -> bool:
    """Whether a release has figures on linkage: one that was rewritten without somebody has none."""
    return "levels" in panel.linkage_quality


def remove_reports(study: Study, release: str) -> None:
    """Remove the pages on a release that is not what it was, or not there any more."""
    for file in (linkage.FILE, contracts.FILE):
        (study.reports / file.format(release=release)).unlink(missing_ok=True)


def _write(folder: Path, pages: Mapping[str, str]) -> tuple[Path, ...]:
    durable.make_folders(folder, durable.SHARED_FOLDER)
    for name, page in pages.items():
        with durable.replaced_file(folder / name, durable.SHARED) as stream:
            stream.write(page.encode())
    return tuple(folder / name for name in pages)
