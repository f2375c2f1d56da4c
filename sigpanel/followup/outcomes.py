"""What deliveries become: dated events, what is covered, and who was searched for, each keyed by the extract's ids.

    outcomes(taken)    one row per dated event that a delivery tells
    coverage(taken)    one row per outcome and register
    searched(taken)    one row per id and register

A conviction or a suspicion counts by the day of the offence, or its first possible day; where that is not known by the
day of registration, else of the decision: `basis` says which. Who was acquitted on appeal is not convicted. A date of
which the month or year is known stands as its first day, as it was delivered. The delivered tables lie beside, so
that another choice can be made.

An outcome is observed for a person from `from_on` until `until_on` less the lag, if that register's search says
`searched`; else not at all, which is never "no".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.approval_registers import CONTROLS
from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.followup import DEATH, EMIGRATION, FOUND, IMMIGRATION, facts, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sigpanel.followup.held import Taken


def outcomes(taken: Sequence[Taken]) -> pl.DataFrame:
    """Dated events, sorted by person, day, outcome, register."""
    made = [
        _MADE[each.kind](each.frame).with_columns(source=pl.lit(each.coverage.source), delivery=pl.lit(each.name))
        for each in taken
        if each.kind in _MADE
    ]
    columns = schema("outcomes")
    told = [frame.select(_column(frame, name, dtype) for name, dtype in columns.items()) for frame in made]
    return pl.concat([pl.DataFrame(schema=columns), *told]).sort(
        "person_id", "happened_on", "outcome", "source", "what", "decided_on", "until_on", nulls_last=True
    )


def coverage(taken: Sequence[Taken]) -> pl.DataFrame:
    """What is covered, sorted by outcome and register; versions that adjoin are one."""
    rows = []
    for outcome, said in facts().outcomes.items():
        for source, parts in _by_source(each for each in taken if each.kind == said.kind).items():
            holds = delivery(said.kind).sources[source].holds.get("kind")
            if outcome in (EMIGRATION, IMMIGRATION, DEATH) and holds is not None and outcome not in holds:
                continue
            last = parts[-1]
            rows.append({
                "outcome": outcome, "source": source, "from_on": parts[0].coverage.from_on,
                "until_on": last.coverage.until_on, "lag_months": last.coverage.lag_months,
                "version": last.coverage.version, "delivery": last.name,
            })  # fmt: skip
    return pl.DataFrame(rows, schema=schema("coverage"), orient="row").sort("outcome", "source")


def searched(taken: Sequence[Taken]) -> pl.DataFrame:
    """Who was searched for, sorted by register and id; who was not in one version of it counts as not."""
    told = [
        each.searched.select("person_id", pl.lit(each.coverage.source).alias("source"), "search")
        for each in taken
        if each.kind != CONTROLS
    ]
    worst = pl.col("search").sort_by(pl.col("search") == FOUND, "search").first()
    every = pl.concat([pl.DataFrame(schema=schema("searched")), *told])
    return every.group_by("source", "person_id").agg(worst).select(*schema("searched")).sort("source", "person_id")


def _by_source(taken: Iterable[Taken]) -> dict[str, list[Taken]]:
    found: dict[str, list[Taken]] = {}
    for each in sorted(taken, key=lambda one: (one.coverage.source, one.coverage.from_on)):
        found.setdefault(each.coverage.source, []).append(each)
    return found


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    found = pl.col(name) if name in frame.columns else pl.lit(None)
    return found.cast(dtype).alias(name)


def _suspicions(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        outcome=pl.lit("suspicion"),
        happened_on=pl.coalesce("offence_from_on", "registered_on"),
        basis=_first_known(offence="offence_from_on", registration="registered_on"),
        what="crime_category",
    ).drop("until_on", strict=False)


def _convictions(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("legal_force") != "acquitted").with_columns(
        outcome=pl.lit("conviction"),
        happened_on=pl.coalesce("offence_from_on", "registered_on", "verdict_on"),
        basis=_first_known(offence="offence_from_on", registration="registered_on", decision="verdict_on"),
        decided_on="verdict_on",
        what="crime_category",
    )


def _deprivation(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(outcome=pl.lit("deprivation"), happened_on="from_on", basis=pl.lit("start"), what="kind")


def _lives(frame: pl.DataFrame) -> pl.DataFrame:
    moved = pl.col("kind").is_in(facts().counts_as_emigration)
    return frame.with_columns(
        outcome=pl.when(moved).then(pl.lit(EMIGRATION)).otherwise("kind"),
        basis=pl.when(pl.col("kind") == "death").then(pl.lit("death")).otherwise(pl.lit("move")),
        what=pl.when(moved & (pl.col("kind") != "emigration")).then("kind"),
    )


def _first_known(**bases: str) -> pl.Expr:
    return pl.coalesce(pl.when(pl.col(column).is_not_null()).then(pl.lit(basis)) for basis, column in bases.items())


_MADE: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "suspicions": _suspicions,
    "convictions": _convictions,
    "deprivation": _deprivation,
    "deaths_and_emigration": _lives,
}
