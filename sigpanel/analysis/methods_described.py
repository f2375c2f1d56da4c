"""What a panel and an extract can say of themselves in one line: bortfall, attrition, change, rate, and three shapes.

Each method is the function of the same name, of which the module's docstring says what it means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.analysis import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import polars as pl

    from sigpanel.analysis.source import Source
    from sigpanel.tables import Table


class Described:
    """Descriptions of a panel or an extract. Tables are protected unless `protect=False` asks for exact numbers."""

    def bortfall(
        self: Source,
        by: str | Sequence[str] = (),
        *,
        identity: str = "default",
        variables: str | Sequence[str] | None = None,
        protect: bool = True,
    ) -> Table | pl.DataFrame:
        """The share of what was asked that has no answer, by variable, moment and `by`."""
        from sigpanel.analysis.bortfall import bortfall

        return bortfall(
            self,
            listed(by),
            identity=identity,
            variables=None if variables is None else listed(variables),
            protect=protect,
        )

    def attrition(
        self: Source, by: str | Sequence[str] = (), *, identity: str = "default", protect: bool = True
    ) -> Table | pl.DataFrame:
        """How far episodes have come: lost, ongoing, ended without, with some and with all answers."""
        from sigpanel.analysis.attrition import attrition

        return attrition(self, listed(by), identity=identity, protect=protect)

    def change(
        self: Source, variable: str, by: str | Sequence[str] = (), *, identity: str = "default", protect: bool = True
    ) -> Table | pl.DataFrame:
        """How an answer changed from enrolment to discharge. Crime counts are refused: they have no change."""
        from sigpanel.analysis.change import change

        return change(self, variable, listed(by), identity=identity, protect=protect)

    def rate(
        self: Source,
        variable: str,
        by: str | Sequence[str] = (),
        *,
        identity: str = "default",
        level: float = 0.95,
        protect: bool = True,
    ) -> Table | pl.DataFrame:
        """Events per person-year with exact intervals: `persons, events, days, rate, low, high` by `by`."""
        from sigpanel.analysis.rate import rate

        return rate(self, variable, listed(by), identity=identity, level=level, protect=protect)

    def long(
        self: Source,
        *,
        identity: str = "default",
        variables: str | Sequence[str] | None = None,
        by: str | Sequence[str] = (),
    ) -> pl.DataFrame:
        """One row per episode, moment and variable: `value`, or in `missing` why there is none. For mixed models."""
        from sigpanel.analysis.shapes import long

        return long(self, identity=identity, variables=None if variables is None else listed(variables), by=listed(by))

    def wide(
        self: Source,
        *,
        identity: str = "default",
        variables: str | Sequence[str] | None = None,
        by: str | Sequence[str] = (),
        missing: bool = False,
    ) -> pl.DataFrame:
        """One row per episode: `<variable>__in` at enrolment, `<variable>__out` at discharge."""
        from sigpanel.analysis.shapes import wide

        return wide(
            self,
            identity=identity,
            variables=None if variables is None else listed(variables),
            by=listed(by),
            missing=missing,
        )

    def baseline(
        self: Source,
        *,
        identity: str = "default",
        variables: str | Sequence[str] | None = None,
        by: str | Sequence[str] = (),
        complete: bool = True,
    ) -> pl.DataFrame:
        """One row per person: the answers at the first enrolment. Only of those with all, unless `complete=False`."""
        from sigpanel.analysis.shapes import baseline

        return baseline(
            self,
            identity=identity,
            variables=None if variables is None else listed(variables),
            by=listed(by),
            complete=complete,
        )

    def sensitivity(self: Source, analysis: Callable[[str], Any]) -> pl.DataFrame:
        """An analysis under the three identities of persons: `panel.sensitivity(lambda identity: …)`."""
        from sigpanel.analysis.sensitivity import sensitivity

        return sensitivity(analysis)
