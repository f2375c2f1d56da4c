"""What the commands print, but for `check`: the same figures as text and as JSON.

Addressed to the data owner are `check` and `build`: they may name files and cells. Nothing here prints what stands in a
cell.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.cli.text import grid, plural, spans, table
from sigpanel.contracts.tables import vocabulary
from sigpanel.findings import SEVERITIES
from sigpanel.forms import districts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.pipeline.build import Built
    from sigpanel.pipeline.doctor import Look
    from sigpanel.pipeline.overview import Overview
    from sigpanel.pipeline.references import Compared
    from sigpanel.pipeline.trace import Trace, TracedPerson


# --- build and demo ---------------------------------------------------------------------------------------------------


def show_built(built: Built, panel: Path, feedback: Sequence[Path] = ()) -> str:
    """The end of a build: what came in, whether it adds up, who came back, and where the panel is."""
    seen = built.overview
    fates = ", ".join(f"{number} {fate}" for fate, number in seen.fates.items())
    found = ", ".join(plural(seen.findings[name], name) for name in SEVERITIES if name in seen.findings) or "none"
    return "\n".join(
        [
            grid(seen.grid, head="rows (bortfall)", missing="missing"),
            "",
            f"Rows      {seen.n_rows} below the headers = {fates}",
            f"Findings  {found}",
            f"Persons   {seen.persons}, with {plural(seen.episodes, 'episode')} in SIG "
            f"and {seen.pilot_episodes} in the pilot",
            f"Returns   {plural(seen.returned, 'person')} came back: {plural(seen.reenrolments, 're-enrolment')}; "
            f"besides, {plural(seen.transfers, 'transfer')} between districts"
            f" and {plural(seen.renewals, 'renewed decision')}",
            *_linkage(built),
            *_apart(built),
            *(f"  decision not used: {line}" for line in built.decisions_not_used),
            *_cohort(seen),
            f"Re-sent   {_resends(seen)}",
            *(
                [f"Feedback  {plural(len(feedback), 'workbook')} for the districts in {feedback[0].parent}"]
                if feedback
                else []
            ),
            "",
            f"Release {built.release} is live in {panel}",
            f'Open it:  sigpanel.open_panel("{panel}")',
        ]
    )


def _linkage(built: Built) -> list[str]:
    """How good the linkage is, as ranges, and where more is told of it."""
    levels = built.quality["levels"]
    right, found = (_range(levels["standard"][name]) for name in ("precision", "recall"))
    back = [levels[level]["return_rate"]["share"] or 0 for level in ("strict", "wide")]
    if not levels["standard"]["pairs"]:
        return []
    return [
        f"Linkage   of the linked pairs some {right} are right, and some {found} of the right ones are linked;",
        f"          came back: {back[0]:.1%} to {back[1]:.1%} of persons. See {built.reports[0]}",
        *_waiting(built),
    ]


def _waiting(built: Built) -> list[str]:
    n = built.tables["links"].filter(pl.col("decision") == "review").height
    return [f"          in doubt: {plural(n, 'pair')}; sigpanel review tells which of them to look at"] if n else []


def _range(bounds: Mapping[str, float | None]) -> str:
    return f"{bounds['low'] or 0:.1%} to {bounds['high'] or 0:.1%}"


def _apart(built: Built) -> list[str]:
    """Codes that two episodes share which cannot be one person's, by file and cell."""
    if not built.apart:
        return []
    cells = sum(map(len, built.apart.values()))
    return [
        f"Apart     {plural(cells, 'code')} of episodes that cannot be one person's (same_code_contradicts):",
        *(f"          {file}: {', '.join(places)}" for file, places in built.apart.items()),
    ]


def _cohort(seen: Overview) -> list[str]:
    if not seen.cohort:
        return ["Cohort    no file of the 2013–2016 persons in owner/cohort"]
    by_status = ", ".join(f"{number} {status}" for status, number in seen.cohort_status.items())
    back = seen.cohort_back_in_time
    unobserved = f" ({spans(seen.cohort_unobserved)} are not observed)" if seen.cohort_unobserved else ""
    return [
        f"Cohort    {plural(seen.cohort, 'person')} of 2013–2016, of whom {seen.cohort_returned} were in SIG again"
        f"{unobserved}",
        f"          {by_status}; back within the follow-up: {back['yes']} yes, {back['no']} no, "
        f"{back['unknown']} cannot be known",
        *(f"          {_reference(one)}" for one in seen.cohort_references),
    ]


def _reference(one: Compared) -> str:
    """A published figure beside ours: both stand, and neither is made to fit."""
    bounds = f" ±{one.tolerance}" if one.tolerance else ""
    if one.ours is None:
        ours = "not told by our files"
    else:
        ours = f"{one.ours} in our files, {'within' if one.is_within else 'outside'} tolerance"
    return f"published: {one.value}{bounds} {one.en}; {ours}"


def built_as_dict(built: Built, root: Path, feedback: Sequence[Path] = ()) -> dict[str, Any]:
    """The same as JSON."""
    seen = built.overview
    figures = {name: value for name, value in vars(seen).items() if name != "grid"}
    figures["cohort_references"] = [asdict(one) for one in seen.cohort_references]
    resends = {district: asdict(known) for district, known in seen.resends.items()}
    written = {"feedback": [str(path) for path in feedback]} if feedback else {}
    told = {
        "release": built.release,
        "study": str(root),
        **figures,
        "resends": resends,
        "apart": built.apart,
        "decisions_not_used": list(built.decisions_not_used),
        **written,
    }
    return {**told, "grid": seen.grid.to_dicts()}


def _resends(seen: Overview) -> str:
    """Who re-sends ongoing rows every year, and how that is known."""
    says = {True: "yes", False: "no", None: "unknown"}
    return ", ".join(
        f"{districts()[name].sv} {says[known.resends]}{f' ({known.known_by})' if known.resends is not None else ''}"
        for name, known in seen.resends.items()
    )


# --- trace, doctor ----------------------------------------------------------------------------------------------------


def show_trace(traced: Trace) -> str:
    """An answer at each moment with its origin; the reports; what was revised; findings about the cells."""
    lines = []
    for answer in traced.answers.to_dicts():
        says = f"code {answer['code']}" if answer["value"] is not None else f"missing: {answer['missing']}"
        lines.append(f"{answer['moment']}: {says}")
        if answer["cell"]:
            lines.append(
                f"  {answer['question']} of {answer['edition']}, reported for {answer['reported_year']}, "
                f"workbook {answer['submission_id']}, cell {answer['cell']}"
            )
        lines.append(f"  rule: {answer['rule']}")
    lines.append(f"{plural(traced.reports.height, 'report')} of the episode:")
    lines += [
        f"  {row['reported_year']}  {row['fate']}  workbook {row['submission_id']}, row {row['row']}"
        for row in traced.reports.to_dicts()
    ]
    for step in traced.revisions.to_dicts():
        before, after = (
            step[f"{when}_value"] if step[f"{when}_value"] is not None else step[f"{when}_missing"]
            for when in ("old", "new")
        )
        lines.append(f"revised: {before} ({step['old_reported_year']}) → {after} ({step['new_reported_year']})")
    lines += [f"finding: {row['rule']} at {row['cell']}" for row in traced.findings.to_dicts()]
    return "\n".join(lines)


def show_traced_person(traced: TracedPerson) -> str:
    """Whose an episode is; the pairs that it was considered in, with what they have in common and what decided."""
    says = {term.token: term.en for term in (*vocabulary("link_rule"), *vocabulary("link_class"))}
    (own,) = traced.persons.to_dicts()
    lines = [f"person {own['person_id']}, episode {own['episode_no']}"]
    lines += [
        f"  {said}: {own[name]}"
        for name, said in (("person_id_strict", "if only certain links count"), ("person_id_wide", "with the doubtful"))
        if own[name] != own["person_id"]
    ]
    reasons = {term.token: term.en for term in vocabulary("cohort_rule")}
    for rule in traced.unlinkable["rule"]:
        lines.append(f"It cannot be linked to any other episode ({rule}): {reasons[rule]}.")
    if traced.links.is_empty() and traced.unlinkable.is_empty():
        lines.append("No other episode came into question.")
    for link in traced.links.to_dicts():
        by = " by a person" if link["decided_by"] == "person" else ""
        about = "" if link["score"] is None else f"; of such links some {link['score']:.0%} are one person's"
        lines.append(
            f"{link['decision']}{by}: episode {link['other']} of person {link['its_person_id']} ({link['kind']})"
        )
        lines.append(f"  {says[link['found_by']]}{about}")
        if link["rule"] != link["found_by"]:
            lines.append(f"  {says[link['rule']]}")
        lines.append(f"  {link['class']}: {says[link['class']]}")
    lines += [
        f"release {event['release_no']}: {event['event']} from person {event['person_id_before']} ({event['cause']})"
        for event in traced.id_history.to_dicts()
    ]
    return "\n".join(lines)


def trace_as_dict(traced: Trace | TracedPerson) -> dict[str, Any]:
    """The same as JSON."""
    return {name: frame.to_dicts() for name, frame in vars(traced).items()}


def show_looks(looks: Sequence[Look]) -> str:
    """One line per thing looked at."""
    return table(["", "looked at", "says"], [["ok" if look.is_well else "!!", look.what, look.says] for look in looks])
