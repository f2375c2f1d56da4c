"""From deliveries to all that a release holds: the stages in their order, with nothing written.

    deliveries → cells → values → episodes → persons

What a build publishes and what a review asks about are the same persons, so both come from here, and both without who
has withdrawn. A refused workbook, two workbooks for one place, or one whose district cannot be told stops it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.decisions import (
    NO_WITHDRAWALS,
    Corrections,
    Decided,
    Withdrawals,
    decide,
    read_corrections,
    read_links,
)
from sigpanel.episodes import Collapsed, collapse
from sigpanel.errors import InputError
from sigpanel.findings import find, rules
from sigpanel.panel import registry
from sigpanel.panel.assemble import Material
from sigpanel.persons import Resolved, facts, resolve
from sigpanel.pipeline import gather
from sigpanel.pipeline.contested import contested
from sigpanel.pipeline.declared import Declared, declared, lines_to_write, listed
from sigpanel.pipeline.deliveries import Delivery, Refusal, find_sources, read_delivery
from sigpanel.pipeline.ledger import ledger
from sigpanel.pipeline.overview import Resending, delivery_grid
from sigpanel.pipeline.pilot import pilot_aliases, read_pilot
from sigpanel.pipeline.progress import progress
from sigpanel.pipeline.remember import remember
from sigpanel.pipeline.standing import Standing, harmonise, standing
from sigpanel.pipeline.withdrawn import taken_out, withdrawals_of

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.key import Key
    from sigpanel.pipeline.study import Study

_ROW = ["submission_no", "row"]
_STATUS = {"live": "accepted", "replaced": "superseded", "copy": "superseded", "contained": "superseded"}


@dataclass(frozen=True)
class Made:
    """What the stages made, before it is written. `episodes` are as `resolve` was given them.

    Of those who have withdrawn only `material` tells, out of whose tables they are taken, and the registry;
    `withdrawals` are the lines by which.
    """

    said: Declared
    corrections: Corrections
    material: Material
    judged: Standing
    collapsed: Collapsed
    episodes: pl.DataFrame
    resolved: Resolved
    decided: Decided
    registry: pl.DataFrame
    grid: pl.DataFrame
    names: dict[int, str]
    withdrawals: Withdrawals = NO_WITHDRAWALS

    def ids(self) -> dict[int, str]:
        """The id of each workbook."""
        return dict(self.material.workbooks.select("submission_no", "submission_id").iter_rows())

    def resends(self) -> dict[str, Resending]:
        """Which districts re-send ongoing rows, and how we know: what is inferred must be said."""
        return {
            district: Resending(resends, _known_by(resends, is_declared=is_declared))
            for district, resends, is_declared in self.collapsed.resends.iter_rows()
        }


@dataclass(frozen=True)
class Whole:
    """What was made, with everybody in it, beside the delivery and the reports that it was made of."""

    made: Made
    delivery: Delivery
    reports: pl.DataFrame


def _known_by(resends: bool | None, *, is_declared: bool) -> str:
    if is_declared:
        return "declared"
    return "unknown" if resends is None else "inferred"


def make(study: Study, key: Key, remembered: pl.DataFrame | None) -> Made:
    """Take a study through the stages. The caller holds the lock from before it read the registry.

    Args:
        study: the study.
        key: its key.
        remembered: the registry of the live release.

    Raises:
        InputError: a file outside a year, no usable workbook, a refused one, or two workbooks for one place; or nobody
            is left who has not withdrawn.
    """
    withdrawals = withdrawals_of(study)
    return taken_out(make_whole(study, key, remembered), withdrawals, study, key.pseudonyms, remembered)


def make_whole(study: Study, key: Key, remembered: pl.DataFrame | None) -> Whole:
    """The same with those in it who have withdrawn: whom a withdrawal is about is seen here, and nowhere else.

    Raises:
        InputError: as `make`.
    """
    sources = find_sources(study.submissions)
    said = declared(study.settings, sources)
    corrections = read_corrections(study.corrections)
    with progress("Reading workbooks", len(sources)) as step:
        delivery = read_delivery(sources, step, corrections=corrections, pseudonyms=key.pseudonyms, said=said)
    refused = _refusals(delivery, said, study, key)
    if delivery.workbooks.is_empty():
        raise InputError(
            "no-workbooks",
            "There is no usable workbook in owner/submissions, so there is nothing to build.",
            remedy="Put the districts' workbooks in owner/submissions/<year>/.",
        )
    judged = standing(delivery, said)
    _none_in_doubt(judged, delivery, said)
    reports = gather.reports(delivery, judged)
    coverage = judged.live.filter(pl.col("district").is_not_null()).select(
        "programme",
        harmonise(pl.col("district")).alias("district"),
        pl.col("district").alias("district_reported"),
        "reported_year",
    )
    collapsed = collapse(
        reports,
        delivery.cleaned.answers.join(reports, on=_ROW, how="semi"),
        coverage,
        pseudonyms=key.pseudonyms,
        remembered=remembered,
        declared=study.settings.resends,
    )
    pilot = read_pilot(study.cohort, key, study.settings.cohort)
    episodes = _episodes(collapsed.episodes, pilot, coverage)
    decided = decide(read_links(study.links), episodes, key.pseudonyms)
    resolved = resolve(episodes, pseudonyms=key.pseudonyms, remembered=remembered, decisions=decided.in_force)
    aliases = pl.concat([collapsed.aliases, pilot_aliases(pilot, key)])
    told = facts(episodes, key.pseudonyms)
    memory = remember(study, remembered, aliases, resolved, told, decided.in_force)
    findings = gather.findings(
        delivery, judged, reports, said, [collapsed.findings, _contradictions(resolved, collapsed)]
    )
    left_out = _left_out(refused)
    material = Material(
        workbooks=pl.concat([_workbooks(judged), left_out], how="diagonal"),
        ledger=ledger(delivery, judged, collapsed),
        membership=collapsed.membership,
        episodes=resolved.episodes.with_columns(key.pseudonyms("uno", resolved.episodes["uno"]).alias("uno_id")),
        persons=resolved.persons,
        answers=collapsed.answers,
        revisions=collapsed.revisions,
        links=resolved.links,
        id_history=registry.history(memory),
        pairs=resolved.pairs,
        pilot=pilot,
        follow_up_from=study.settings.cohort.follow_up_from,
        findings=findings,
    )
    names = {number: source.name for number, source in enumerate(delivery.sources)}
    grid = delivery_grid(judged, reports, gather.counted_bortfall(delivery, judged, reports))
    made = Made(said, corrections, material, judged, collapsed, episodes, resolved, decided, memory, grid, names)
    return Whole(made, delivery, reports)


def _workbooks(judged: Standing) -> pl.DataFrame:
    """One row per recognised workbook, as the table has them."""
    status = pl.col("standing").replace_strict(_STATUS, return_dtype=pl.String).alias("status")
    return judged.workbooks.with_columns(status).drop("content", "copy", "standing", "is_empty", "is_of_two_years")


def _episodes(reported: pl.DataFrame, pilot: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """Reported and pilot episodes together, with the last day on which the district would have told of a return."""
    last = coverage.group_by("district").agg(pl.date(pl.col("reported_year").max(), 12, 31).alias("watched_until"))
    return pl.concat(
        [reported.with_columns(pl.lit(None, pl.Int16).alias("known_birth_year")), pilot], how="diagonal"
    ).join(last, on="district", how="left")


def _none_in_doubt(judged: Standing, delivery: Delivery, said: Declared) -> None:
    def names(workbooks: pl.DataFrame) -> list[str]:
        return [delivery.sources[number].name for number in workbooks["submission_no"]]

    if judged.contested.height:
        places = [[one.file for one in group] for group in contested(judged, delivery, said)]
        raise InputError(
            "two-workbooks-for-one-place",
            "Different workbooks are for the same district, programme and year, and nothing was published:"
            f"{''.join(map(listed, places))}",
            remedy="Ask the district; `sigpanel check` tells which rows differ. Then move the one that does not hold "
            f"out of owner/submissions, or write in sigpanel.toml:\n\n{lines_to_write(places[0])}\n",
        )
    if judged.nameless.height:
        raise InputError(
            "district-not-told",
            "Which district these workbooks are for cannot be told: no row has a readable answer on SDF. Nothing was "
            f"published:{listed(names(judged.nameless))}",
            remedy="Have SDF filled in, or say whose the workbook is under [[districts]] in sigpanel.toml.",
        )


def _contradictions(resolved: Resolved, collapsed: Collapsed) -> pl.DataFrame:
    """A finding at the founding report of each episode that shares a code with one it cannot belong to."""
    apart = resolved.pairs.filter((pl.col("rule") == "same_code") & pl.col("constraint").is_not_null())
    episodes = pl.concat([apart["episode_a"], apart["episode_b"]]).unique().rename("episode_id").to_frame()
    founding = collapsed.membership.filter("is_founding").join(episodes, on="episode_id", how="semi")
    return find(founding, "same_code_contradicts")


def _left_out(refused: list[tuple[str, Refusal]]) -> pl.DataFrame:
    """Refused workbooks that the settings leave out or replace: listed, with no rows."""
    return pl.DataFrame(
        [(refusal.submission_no, name, refusal.source.year, "refused") for name, refusal in refused],
        schema={"submission_no": pl.Int32, "submission_id": pl.String, "reported_year": pl.Int16, "status": pl.String},
        orient="row",
    )


def _refusals(delivery: Delivery, said: Declared, study: Study, key: Key) -> list[tuple[str, Refusal]]:
    """The refused workbooks that the settings leave out, or that another is declared to replace, with their ids.

    Raises:
        InputError: some are not left out; each is named with its rule, its place and its id.
    """
    named = []
    times: Counter[str] = Counter()
    for refusal in delivery.refusals:
        told = f"file|{refusal.source.year}|{_bytes_digest(refusal.source.path)}"
        named.append((key.pseudonym("submissions", f"{told}|{times[told]}"), refusal))
        times[told] += 1
    stopping = [
        (name, refusal)
        for name, refusal in named
        if refusal.submission_no in said.replaced.values()  # else nothing would stand in the place of what it replaces
        or (name not in study.settings.left_out and refusal.submission_no not in said.replaced)
    ]
    if stopping:
        lines = [
            f"\n  {refusal.source.name}: {rules()[refusal.rule].en} "
            f"({', '.join(part for part in (refusal.rule, refusal.place) if part)}) [{name}]"
            for name, refusal in stopping
        ]
        raise InputError(
            "workbook-refused",
            f"Not every workbook can be used, so nothing was published:{''.join(lines)}\n",
            remedy="Mend them (`sigpanel explain RULE` says how), or leave them out by the id in brackets, "
            "under [leave_out] in sigpanel.toml.",
        )
    return named


def _bytes_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # refused because nobody may read it; it still needs an id to be left out by
        return ""
