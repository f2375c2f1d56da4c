"""What a panel and an extract can say over time in one line: who is followed for how long, and what happened.

Each method is the function of the same name, of which the docstring says all arguments. All times are whole days from
the index event; `time` and `event` are Int64; where `event` is null, `censored_by` says why nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.analysis import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from sigpanel.analysis.source import Source
    from sigpanel.tables import Table


class OverTime:
    """Rows for survival analysis and its kin. They are of single persons: for analysis, not for publication."""

    def episode_durations(self: Source, *, by: str | Sequence[str] = (), identity: str = "default") -> pl.DataFrame:
        """One row per episode: `entry, time, event, censored_by` in days; `entry` above 0 where left-truncated."""
        from sigpanel.analysis.durations import episode_durations

        return episode_durations(self, by=listed(by), identity=identity)

    def survival(
        self: Source,
        origin: str = "discharge",
        event: str = "reenrolment",
        *,
        horizon: int | None = None,
        buffer: int = 0,
        by: str | Sequence[str] = (),
        identity: str = "default",
        population: str = "sig",
    ) -> pl.DataFrame:
        """One row per person: `entry, time, event, censored_by`, from the first index event to the first event."""
        from sigpanel.analysis.survival import survival

        return survival(
            self, origin, event, horizon=horizon, buffer=buffer, by=listed(by), identity=identity, population=population
        )

    def counting_process(
        self: Source,
        event: str = "reenrolment",
        *,
        horizon: int | None = None,
        by: str | Sequence[str] = (),
        identity: str = "default",
        population: str = "sig",
    ) -> pl.DataFrame:
        """Rows of `(start, stop]`, cut where the insats, or time at liberty, begins or ends: for recurrent events."""
        from sigpanel.analysis.counting import counting_process

        return counting_process(self, event, horizon=horizon, by=listed(by), identity=identity, population=population)

    def person_periods(  # noqa: PLR0913 - those of the function
        self: Source,
        origin: str = "discharge",
        event: str = "reenrolment",
        *,
        width: int = 365,
        horizon: int | None = None,
        buffer: int = 0,
        by: str | Sequence[str] = (),
        identity: str = "default",
        population: str = "sig",
    ) -> pl.DataFrame:
        """One row per person and period at risk, `width` days each: for discrete hazards."""
        from sigpanel.analysis.survival import person_periods

        return person_periods(
            self,
            origin,
            event,
            width=width,
            horizon=horizon,
            buffer=buffer,
            by=listed(by),
            identity=identity,
            population=population,
        )

    def followup(  # noqa: PLR0913 - those of the function
        self: Source,
        origin: str = "discharge",
        event: str = "reenrolment",
        *,
        years: Sequence[int] = (1, 2, 3, 5),
        buffer: int = 0,
        calendar: bool = False,
        by: str | Sequence[str] = (),
        identity: str = "default",
        population: str = "sig",
    ) -> pl.DataFrame:
        """One row per person: whether it happened within so many years; 1, 0, or null where not fully observed."""
        from sigpanel.analysis.followup import followup

        return followup(
            self,
            origin,
            event,
            years=years,
            buffer=buffer,
            calendar=calendar,
            by=listed(by),
            identity=identity,
            population=population,
        )

    def followup_table(  # noqa: PLR0913 - those of the function
        self: Source,
        origin: str = "discharge",
        event: str = "reenrolment",
        *,
        years: Sequence[int] = (1, 2, 3, 5),
        buffer: int = 0,
        calendar: bool = False,
        by: str | Sequence[str] = (),
        identity: str = "default",
        population: str = "sig",
        protect: bool = True,
    ) -> Table | pl.DataFrame:
        """The share to whom it happened, of those observed for so many years. Protected, unless `protect=False`."""
        from sigpanel.analysis.followup import followup_table

        return followup_table(
            self,
            origin,
            event,
            years=years,
            buffer=buffer,
            calendar=calendar,
            by=listed(by),
            identity=identity,
            population=population,
            protect=protect,
        )

    def competing_risks(
        self: Source, *, horizon: int | None = None, by: str | Sequence[str] = (), identity: str = "default"
    ) -> pl.DataFrame:
        """One row per person: how the first insats ended, of ways that shut each other out, in `cause`."""
        from sigpanel.analysis.survival import competing_risks

        return competing_risks(self, horizon=horizon, by=listed(by), identity=identity)

    def rests_on(self: Source, event: str = "reenrolment", *, protect: bool = True) -> pl.DataFrame:
        """From when until when the event would have been told, by whom, of how many. Rounded unless `protect=False`."""
        from sigpanel.analysis.coverage import rests_on

        return rests_on(self, event, protect=protect)
