"""The pages on a release, written where researchers read: `research/reports/`.

One on how surely persons are linked, one on what became of each rule of the contract. Both are made of what lies in the
release and nothing else, so they can be written again at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.odcs import version
from sigpanel.errors import InputError
from sigpanel.panel import durable, open_panel
from sigpanel.pipeline.verify import outcomes_of
from sigpanel.report import contracts, linkage
from sigpanel.report.contracts import contracts_page
from sigpanel.report.linkage import linkage_page

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.pipeline.study import Study


def write_reports(study: Study, release: str | None = None) -> tuple[Path, ...]:
    """Write the pages on a release, and return where they are: on linkage, and on the contract.

    Args:
        study: the study.
        release: its name; else the live one.

    Raises:
        InputError: there is no such release, or the folder cannot be written to.
    """
    panel = open_panel(study.panel, release)
    pages = {
        linkage.FILE: linkage_page(panel.linkage_quality, panel.release),
        contracts.FILE: contracts_page(outcomes_of(panel), panel.release, version()),
    }
    written = {study.reports / file.format(release=panel.release): page for file, page in pages.items()}
    try:
        durable.make_folders(study.reports, durable.SHARED_FOLDER)
        for path, page in written.items():
            with durable.replaced_file(path, durable.SHARED) as stream:
                stream.write(page.encode())
    except OSError:
        raise InputError(
            "report-not-written",
            f"Release {panel.release} is live, but its pages cannot be written into the reports folder.",
            remedy="See that research/reports may be written to, then run `sigpanel report`.",
        ) from None
    return tuple(written)
