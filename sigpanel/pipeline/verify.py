"""Hold a release against its contracts: before it is made, and whenever somebody asks.

A release that breaks a rule of severity *error* is never made; the one before stays, and the failing keys stand in a
report in the owner's outbox, until a build passes the gate. `verify` tells first whether its files are those that were
written (`sigpanel.pipeline.intact`). It holds a release that is there, by either engine, and against what its consumers
rely on: first what the panel promises, then what it holds.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.consumers import Broken, Consumer, consumer, unpromised
from sigpanel.contracts.gate import Outcome, hold
from sigpanel.contracts.rules import rules
from sigpanel.contracts.service import Verdict, serve
from sigpanel.contracts.tables import Breach, ContractFault, conform, names
from sigpanel.contracts.views import frames_of
from sigpanel.forms import variables
from sigpanel.panel import durable, open_panel
from sigpanel.panel.manifest import pretty
from sigpanel.pipeline.feedback import make_outbox
from sigpanel.pipeline.intact import Damaged, damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from sigpanel.panel.open import Panel
    from sigpanel.pipeline.study import Study

REPORT = "kontraktsbrott.json"
ENGINES = ("polars", "gx")
_SHAPE = ("columns", "type")


@dataclass(frozen=True)
class Served:
    """How a release stands to a consumer: what the panel does not promise, and the verdicts on what it holds."""

    consumer: Consumer
    unpromised: tuple[Broken, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether nothing is broken."""
        return not self.unpromised and all(one.verdict != "broken" for one in self.verdicts)


@dataclass(frozen=True)
class Verified:
    """What a release was held against, and the outcome of each rule.

    `release` is null where a consumer needs what the panel does not promise: then no release was looked at. Where a
    table is misshapen, the outcomes are those of shape alone, by polars whichever engine was asked for; `n_not_asked`
    other rules were not held, and nothing is asked for consumers. `kept_version` is that of the contract which the
    release says it keeps, `today` the day that timeliness was told for, `damaged` the files that are not those which
    were written.
    """

    release: str | None
    engine: str
    outcomes: tuple[Outcome, ...]
    consumers: tuple[Served, ...] = ()
    today: dt.date | None = None
    kept_version: str | None = None
    n_not_asked: int = 0
    damaged: tuple[Damaged, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether its files are whole, no rule of severity error is broken, and no consumer's contract."""
        return not self.damaged and self.are_rules_kept and all(one.is_kept for one in self.consumers)

    @property
    def are_rules_kept(self) -> bool:
        """Whether no rule of severity error is broken."""
        return not broken(self.outcomes)


def broken(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The rules that a release may not break, and does."""
    return [one for one in outcomes if one.rule.severity == "error" and not one.is_kept]


def promises_to(consumers: Iterable[str]) -> tuple[Served, ...]:
    """What the panel does not promise of that which consumers need; nothing is read but contracts.

    Args:
        consumers: their names, or the files of their contracts.

    Raises:
        UsageError: there is no such consumer.
        InputError: a file is no contract.
    """
    return tuple(Served(one, tuple(unpromised(one))) for one in map(consumer, consumers))


def verify(
    panel: Path, release: str | None, *, engine: str, consumers: Sequence[Served] = (), today: dt.date | None = None
) -> Verified:
    """Hold a release against its rules, and against consumers' contracts.

    Args:
        panel: the panel folder, or a study.
        release: its name; else the live one.
        engine: polars, or gx for Great Expectations.
        consumers: of `promises_to`, where the panel promises what they need.
        today: the day that timeliness is told for.

    Raises:
        InputError: there is no such release.
    """
    opened = open_panel(panel, release)
    found = tuple(damaged(opened))
    tables = tables_of(opened)
    outcomes = tuple(_held(tables, engine))
    kept_version = str(opened.manifest["contract_version"])
    n_not_asked = len(rules()) - len(outcomes)
    if n_not_asked:
        return Verified(
            opened.release,
            ENGINES[0],
            outcomes,
            kept_version=kept_version,
            n_not_asked=n_not_asked,
            damaged=found,
        )
    day = today or dt.datetime.now(tz=dt.UTC).date()
    served = (
        replace(one, verdicts=tuple(serve(one.consumer, tables, opened.linkage_quality, day))) for one in consumers
    )
    return Verified(opened.release, engine, outcomes, tuple(served), day, kept_version, damaged=found)


def tables_of(opened: Panel) -> dict[str, pl.DataFrame]:
    """The tables of a release, read."""
    return {name: opened.table(name).collect() for name in names()}


def outcomes_of(opened: Panel) -> list[Outcome]:
    """What became of each rule in a release as it lies there."""
    return _held(tables_of(opened), "polars")


def _held(tables: Mapping[str, pl.DataFrame], engine: str) -> list[Outcome]:
    """Shape comes first: of a column of the wrong type, or of none, nothing else can be asked."""
    shape = hold(tables, [rule for rule in rules() if rule.kind in _SHAPE])
    if not all(one.is_kept for one in shape):
        return shape
    frames = frames_of(tables)
    if engine == "gx":
        from sigpanel.contracts.gx import hold_gx

        return hold_gx(frames, rules())
    return hold(frames, rules())


@contextmanager
def refusals_told(study: Study) -> Iterator[None]:
    """Put together and hold the tables of a release inside this: a refusal is told in a report in the owner's outbox.

    The report goes once a build passes.

    Raises:
        ContractFault: as it was raised inside, with a remedy that names the report where it could be written.
    """
    try:
        yield
    except ContractFault as refused:
        where = f" Which rows: {REPORT} in owner/outbox." if _report(refused.breaches, study) else ""
        raise ContractFault(
            refused.code, refused.message, remedy=f"{_REMEDY}{where} {_STAYS}", breaches=refused.breaches
        ) from None
    (study.outbox / REPORT).unlink(missing_ok=True)


_REMEDY = "This is a fault of sigpanel, not of your data: please report it."
_STAYS = "The release before stays."


def hold_tables(tables: Mapping[str, pl.DataFrame]) -> list[Outcome]:
    """Hold the tables of a release that is about to be made.

    Raises:
        ContractFault: a table is missing or misshapen, or a rule of severity error is broken.
    """
    absent = [Breach(name, "", "the table is missing", 0, "columns") for name in names() if name not in tables]
    if absent:
        raise _refusal(", ".join(one.table for one in absent) + " missing", absent)
    conformed = {name: conform(tables[name], name, variables()) for name in names()}
    outcomes = hold(frames_of(conformed), rules())
    found = broken(outcomes)
    if found:
        lines = "; ".join(f"{one.rule.id} ({one.n_failing} rows)" for one in found)
        raise _refusal(lines, [_breach(one) for one in found])
    return outcomes


def _refusal(what: str, breaches: Sequence[Breach]) -> ContractFault:
    return ContractFault(
        "contract-broken",
        f"The release would break its contract, and was not made: {what}.",
        remedy=f"{_REMEDY} {_STAYS}",
        breaches=tuple(breaches),
    )


def _breach(one: Outcome) -> Breach:
    rule = one.rule
    return Breach(rule.frame, "+".join(rule.columns), rule.en, one.n_failing, rule.kind, one.keys, rule.id)


def _report(breaches: Sequence[Breach], study: Study) -> bool:
    """Write which rows break which rule, by the keys of the panel and without a value; whether that could be done."""
    path = study.outbox / REPORT
    try:
        make_outbox(study.outbox)
        with durable.replaced_file(path, durable.PRIVATE) as file:
            file.write(pretty({"broken": [_told(one) for one in breaches]}))
    except OSError:
        # The refusal is what there is to tell; a report of an earlier one would be taken for this one's.
        for left in (path, path.with_name(f".{REPORT}.unfinished")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
        return False
    return True


def _told(one: Breach) -> dict[str, Any]:
    return {
        "rule": one.rule_id,
        "frame": one.table,
        "columns": one.column.split("+") if one.column else [],
        "rows": one.rows,
        "keys": [[str(part) for part in key] for key in one.keys],
        "means": one.rule,
    }
