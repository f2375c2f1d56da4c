"""Every analysis as a method, for a panel and an extract alike."""

from __future__ import annotations

from sigpanel.analysis.methods_described import Described
from sigpanel.analysis.methods_over_time import OverTime


class Analyses(Described, OverTime):
    """What a panel and an extract can say in one line."""
