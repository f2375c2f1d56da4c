"""Every analysis as a method, for a panel and an extract alike."""

from __future__ import annotations

from sigpanel.analysis.methods_described import Described


class Analyses(Described):
    """What a panel and an extract can say in one line."""
