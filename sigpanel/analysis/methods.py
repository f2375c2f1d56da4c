"""Every analysis as a method, for a panel and an extract alike: `panel.survival(…)` is `survival(panel, …)`.

A method is the function of its name, with the function's own signature and docstring. It is fetched when it is first
asked for: all of them together take half as long again to import as opening a panel does.
"""

from __future__ import annotations

from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigpanel.analysis import attrition as _attrition
    from sigpanel.analysis import bortfall as _bortfall
    from sigpanel.analysis import change as _change
    from sigpanel.analysis import counting, coverage, durations, shapes
    from sigpanel.analysis import followup as _followup
    from sigpanel.analysis import rate as _rate
    from sigpanel.analysis import sensitivity as _sensitivity
    from sigpanel.analysis import survival as _survival


class _Late:
    """A method that is a function of a module beside this one; of one that reads no panel, the function itself."""

    def __init__(self, module: str, *, is_static: bool = False) -> None:
        self.module, self.is_static = module, is_static

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, source: object, owner: type) -> Any:  # noqa: ANN401 - whatever the function is
        function = getattr(import_module(f"sigpanel.analysis.{self.module}"), self.name)
        return function if source is None or self.is_static else MethodType(function, source)


class Analyses:
    """What a panel and an extract can say in one line.

    Tables of persons are protected unless `protect=False` asks for exact numbers; rows of single persons are for
    analysis, not for publication.
    """

    if TYPE_CHECKING:
        bortfall = _bortfall.bortfall
        attrition = _attrition.attrition
        change = _change.change
        rate = _rate.rate
        long = shapes.long
        wide = shapes.wide
        baseline = shapes.baseline
        episode_durations = durations.episode_durations
        survival = _survival.survival
        counting_process = counting.counting_process
        person_periods = _survival.person_periods
        followup = _followup.followup
        followup_table = _followup.followup_table
        competing_risks = _survival.competing_risks
        rests_on = coverage.rests_on
        sensitivity = staticmethod(_sensitivity.sensitivity)
    else:
        bortfall, attrition, change, rate = (_Late(name) for name in ("bortfall", "attrition", "change", "rate"))
        long, wide, baseline = (_Late("shapes") for _ in range(3))
        episode_durations = _Late("durations")
        survival, person_periods, competing_risks = (_Late("survival") for _ in range(3))
        counting_process = _Late("counting")
        followup, followup_table = (_Late("followup") for _ in range(2))
        rests_on = _Late("coverage")
        sensitivity = _Late("sensitivity", is_static=True)
