"""Build a release from everything in the study: the one place that knows the order.

    deliveries → cells → values → episodes → persons → tables → release

The lock is held from before the registry is read until the release is live. A refused workbook, two workbooks for one
place, a key that is not the live release's: each stops the build before anything is written, and the live release
stays.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import key as keys
from sigpanel.decisions import Corrections, Decided, decide, read_corrections, read_links
from sigpanel.episodes import Collapsed, collapse
from sigpanel.errors import InputError, PolicyError
from sigpanel.findings import find, rules
from sigpanel.forms import variables
from sigpanel.panel import registry
from sigpanel.panel.assemble import Material, assemble
from sigpanel.panel.codebook import codebook
from sigpanel.panel.lock import lock
from sigpanel.panel.release import write
from sigpanel.persons import Resolved, facts, resolve
from sigpanel.pipeline import gather
from sigpanel.pipeline.contested import contested
from sigpanel.pipeline.custody import is_of_live_release
from sigpanel.pipeline.declared import Declared, declared, lines_to_write, listed
from sigpanel.pipeline.deliveries import Delivery, Refusal, find_sources, read_delivery
from sigpanel.pipeline.ledger import ledger
from sigpanel.pipeline.manifest import manifest
from sigpanel.pipeline.overview import Overview, Resending, delivery_grid, overview
from sigpanel.pipeline.pilot import pilot_aliases, read_pilot
from sigpanel.pipeline.progress import progress
from sigpanel.pipeline.references import compared
from sigpanel.pipeline.remember import files, remember
from sigpanel.pipeline.standing import Standing, harmonise, standing

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.pipeline.study import Study

_ROW = ["submission_no", "row"]
_STATUS = {"live": "accepted", "replaced": "superseded", "copy": "superseded", "contained": "superseded"}


@dataclass(frozen=True)
class Built:
    """A finished build: the release, its tables, and what a person wants to see first.

    `apart` are the cells, by file, of codes that two episodes share which cannot be one person's: only a build finds
    them, and they concern several districts, so the data owner is told and nobody else. `decisions_not_used` has a line
    for each decision on a link that is suspended, or about an episode that is not there.
    """

    release: str
    tables: dict[str, pl.DataFrame]
    overview: Overview
    apart: dict[str, list[str]]
    decisions_not_used: tuple[str, ...]


def build(study: Study, key: keys.Key | None = None) -> Built:
    """Build the next release.

    Args:
        study: the study.
        key: the key, for the demonstration; else the file that is set is read.

    Raises:
        InputError: no key, a file outside a year, a refused workbook, or two workbooks for one place.
        PolicyError: the key is not safe, or is not the one of the live release.
    """
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    with lock(study.panel) as held:
        _same_key(study, key)
        remembered = registry.read_live(study.panel, study.registry)
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
                remedy="Put the districts' workbooks in owner/submissions/<year>/ and build again.",
            )
        made = _make(delivery, said, refused, study, key, remembered)
        tables = assemble(made.material)
        # Before the release is live, and with the ids of earlier ones kept: at no moment does a live id lack its file.
        registry.write_intake(study.registry, files(study, made.material.workbooks, made.names))
        release = write(
            tables,
            manifest(
                tables,
                key_id=key.key_id,
                settings_digest=study.settings.digest(),
                declared=said.by_id(made.ids()),
                decided={
                    "corrections_digest": _digest(corrections, made, key),
                    "decisions_digest": _decisions_digest(made.decided, key),
                },
                resends=made.resends(),
                remembered=remembered,
            ),
            made.registry,
            codebook=codebook(tables["submissions"]["edition"].drop_nulls().unique().sort().to_list()),
            variables=variables(),
            panel_dir=study.panel,
            registry_dir=study.registry,
            held=held,
        )
    seen = overview(tables, made.grid, made.resends(), compared(made.material.pilot))
    return Built(release, tables, seen, _apart(made), tuple(made.decided.told()))


def _same_key(study: Study, key: keys.Key) -> None:
    """A panel has one key: with another, everybody would become a new person."""
    if not is_of_live_release(study, key):
        raise PolicyError(
            "key-of-another-panel",
            "The live release was made with another key.",
            remedy="Set the key whose id stands in its manifest.json. `sigpanel key show` tells which is set now.",
        )


def _refusals(delivery: Delivery, said: Declared, study: Study, key: keys.Key) -> list[tuple[str, Refusal]]:
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


@dataclass(frozen=True)
class _Made:
    """What the stages made, before it is written."""

    material: Material
    judged: Standing
    collapsed: Collapsed
    resolved: Resolved
    decided: Decided
    registry: pl.DataFrame
    grid: pl.DataFrame
    names: dict[int, str]

    def ids(self) -> dict[int, str]:
        """The id of each workbook."""
        return dict(self.material.workbooks.select("submission_no", "submission_id").iter_rows())

    def resends(self) -> dict[str, Resending]:
        """Which districts re-send ongoing rows, and how we know: what is inferred must be said."""
        return {
            district: Resending(resends, _known_by(resends, is_declared=is_declared))
            for district, resends, is_declared in self.collapsed.resends.iter_rows()
        }


def _known_by(resends: bool | None, *, is_declared: bool) -> str:
    if is_declared:
        return "declared"
    return "unknown" if resends is None else "inferred"


def _make(
    delivery: Delivery,
    said: Declared,
    refused: list[tuple[str, Refusal]],
    study: Study,
    key: keys.Key,
    remembered: pl.DataFrame | None,
) -> _Made:
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
    memory = remember(study, remembered, aliases, resolved, facts(episodes, key.pseudonyms))
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
    return _Made(material, judged, collapsed, resolved, decided, memory, grid, names)


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


def _apart(made: _Made) -> dict[str, list[str]]:
    found = made.material.findings.filter(rule="same_code_contradicts").sort("submission_no", "row")
    cells = found.group_by("submission_no", maintain_order=True).agg("cell")
    return {made.names[number]: places for number, places in cells.iter_rows()}


def _digest(corrections: Corrections, made: _Made, key: keys.Key) -> str | None:
    """A keyed digest of what the corrections change: they hold answers, of which a plain digest would tell."""
    if not corrections.all:
        return None
    ids = made.ids()
    names = {name: ids[number] for number, name in made.names.items() if number in ids}
    meaning = corrections.meaning(names | {name: name for name in ids.values()})
    return key.pseudonym("decisions", json.dumps(meaning))


def _decisions_digest(decided: Decided, key: keys.Key) -> str | None:
    """A keyed digest of the decisions on links that are in force."""
    meaning = decided.meaning()
    return key.pseudonym("decisions", json.dumps(meaning)) if meaning else None
