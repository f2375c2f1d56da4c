"""The pages on a release, written where researchers read: `research/reports/`.

A page is made of what lies in the release and nothing else, so it can be written again at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.panel import durable, open_panel
from sigpanel.report.linkage import FILE, linkage_page

if TYPE_CHECKING:
    from pathlib import Path

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
    page = linkage_page(panel.linkage_quality, panel.release).encode()
    try:
        durable.make_folders(study.reports, durable.SHARED_FOLDER)
        with durable.replaced_file(path, durable.SHARED) as file:
            file.write(page)
    except OSError:
        raise InputError(
            "report-not-written",
            f"Release {panel.release} is live, but its page cannot be written into the reports folder.",
            remedy="See that research/reports may be written to, then run `sigpanel report`.",
        ) from None
    return (path,)
