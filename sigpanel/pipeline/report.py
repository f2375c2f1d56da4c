"""The pages on a release, written where researchers read: `research/reports/`.

A page is made of what lies in the release and nothing else, so it can be written again at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.panel import durable, open_panel
from sigpanel.report import contracts
from sigpanel.report.linkage import FILE, linkage_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigpanel.contracts.gate import Outcome
    from sigpanel.pipeline.study import Study


def write_reports(study: Study, release: str | None = None) -> tuple[Path, ...]:
    """Write the pages on a release, and return where they are.

    Args:
        study: the study.
        release: its name; else the live one.

    Raises:
        InputError: there is no such release, or the folder cannot be written to.
    """
    panel = open_panel(study.panel, release)
    path = study.reports / FILE.format(release=panel.release)
    page = linkage_page(panel.linkage_quality, panel.release)
    _write(study, path, page, f"Release {panel.release} is live, but its page cannot be written")
    return (path,)


def write_contracts_page(study: Study, release: str, outcomes: Sequence[Outcome], version: str) -> Path:
    """Write the page on what became of a release's rules, and return where it is.

    It is made of outcomes, not of what lies in a release: one that breaks a rule is told of, and never published.

    Args:
        study: the study.
        release: the release's name, or the one that it would have had.
        outcomes: what became of each rule.
        version: the contracts' version.

    Raises:
        InputError: the folder cannot be written to.
    """
    path = study.reports / contracts.FILE.format(release=release)
    page = contracts.contracts_page(outcomes, release, version)
    _write(study, path, page, "The page on contracts cannot be written")
    return path


def _write(study: Study, path: Path, page: str, failed: str) -> None:
    try:
        durable.make_folders(study.reports, durable.SHARED_FOLDER)
        with durable.replaced_file(path, durable.SHARED) as file:
            file.write(page.encode())
    except OSError:
        raise InputError(
            "report-not-written",
            f"{failed} into the reports folder.",
            remedy="See that research/reports may be written to, then run `sigpanel report`.",
        ) from None
