"""A panel as researchers open it: its tables, and what it can say of itself in one line.

panel = sigpanel.open_panel("research/panel")
panel.episodes                     a table
panel.bortfall(["programme"])      a description
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel import panel
from sigpanel.analysis.methods import Analyses

if TYPE_CHECKING:
    from pathlib import Path


class Panel(panel.Panel, Analyses):
    """A release of the panel. Each table is an attribute, each analysis a method; the codebook is `variables`."""


def open_panel(path: str | Path = "research/panel", release: str | None = None) -> Panel:
    """Open a release of a panel; the live one unless another is named.

    Args:
        path: the panel folder, the study or its research folder, or the folder of one release.
        release: the name of an earlier release, such as r0001.

    Raises:
        InputError: there is no panel, no release yet, or no such release; or it is an extract, or keeps another
            contract than this sigpanel reads.
        UsageError: `path` is one release and `release` another.
    """
    found = panel.open_panel(path, release)
    return Panel(found.path, found.release)
