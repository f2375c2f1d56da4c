"""What the commands print: the same figures as text and as JSON.

Addressed to the data owner are `check` and `build`: they may name files and cells. Nothing here prints what stands in a
cell.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.cli.text import percent, plural, table
from sigpanel.findings import rules
from sigpanel.forms import districts, programmes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigpanel.findings import Rule
    from sigpanel.pipeline.build import Built
    from sigpanel.pipeline.check import Checked
    from sigpanel.pipeline.doctor import Look
    from sigpanel.pipeline.overview import Overview
    from sigpanel.pipeline.trace import Trace

_MOST_CELLS = 12
_STATUS = {"accepted": "godkänd", "accepted_with_findings": "godkänd med anmärkningar", "refused": "refuserad"}


# --- build and demo ---------------------------------------------------------------------------------------------------


def show_built(built: Built, panel: Path) -> str:
    """The end of a build: what came in, whether it adds up, who came back, and where the panel is."""
    seen = built.overview
    fates = ", ".join(f"{number} {fate}" for fate, number in seen.fates.items())
    found = ", ".join(plural(number, severity) for severity, number in seen.findings.items()) or "none"
    return "\n".join(
        [
            show_grid(seen.grid),
            "",
            f"Rows      {seen.n_rows} below the headers = {fates}",
            f"Findings  {found}",
            f"Persons   {seen.persons}, with {plural(seen.episodes, 'episode')} in SIG "
            f"and {seen.pilot_episodes} in the pilot",
            f"Returns   {seen.returned} persons came back: {plural(seen.reenrolments, 're-enrolment')}; besides, "
            f"{plural(seen.transfers, 'transfer')} between districts",
            f"Cohort    {seen.cohort} persons of 2013–2016, of whom {seen.cohort_returned} were in SIG again "
            "(2017–2019 are not observed)",
            f"Re-sent   {_resends(seen)}",
            "",
            f"Release {built.release} is live in {panel}",
            f'Open it:  sigpanel.open_panel("{panel}")',
        ]
    )


def built_as_dict(built: Built, root: Path) -> dict[str, Any]:
    """The same as JSON."""
    seen = built.overview
    figures = {name: value for name, value in vars(seen).items() if name != "grid"}
    resends = {district: asdict(known) for district, known in seen.resends.items()}
    return {"release": built.release, "study": str(root), **figures, "resends": resends, "grid": seen.grid.to_dicts()}


def show_grid(grid: pl.DataFrame) -> str:
    """Districts × years for each programme.

    Persons reported and bortfall, `missing`, or a point where none is expected.
    """
    parts = []
    for programme in grid["programme"].unique().sort():
        of_programme = grid.filter(pl.col("programme") == programme)
        years = of_programme["reported_year"].unique().sort().to_list()
        cells = {
            (district, year): "missing" if state == "missing" else f"{persons} ({percent(share)})"
            for _, district, year, persons, share, state in of_programme.select(
                "programme", "district", "reported_year", "n_persons", "share", "state"
            ).iter_rows()
        }
        named = [district for district in districts() if any((district, year) in cells for year in years)]
        rows = [[districts()[name].sv, *(cells.get((name, year), "·") for year in years)] for name in named]
        heads = [f"{programmes()[programme].sv}: persons (bortfall)", *map(str, years)]
        parts.append(table(heads, rows, right=range(1, len(heads))))
    return "\n\n".join(parts)


def _resends(seen: Overview) -> str:
    """Who re-sends ongoing rows every year, and how that is known."""
    says = {True: "yes", False: "no", None: "unknown"}
    return ", ".join(
        f"{districts()[name].sv} {says[known.resends]}{f' ({known.known_by})' if known.resends is not None else ''}"
        for name, known in seen.resends.items()
    )


# --- check ------------------------------------------------------------------------------------------------------------


def show_checked(checked: Checked) -> str:
    """Each workbook with its findings by rule and cell, then what the rules mean, then bortfall by question."""
    sources = checked.delivery.sources
    status = dict(checked.status.iter_rows())
    lines = []
    for number, found in _by_workbook(checked):
        lines.append(f"{sources[number].name}: {_STATUS[status[number]]}")
        lines += [f"  {severity:<7}  {rule}  {cells}" for rule, severity, cells in found]
    for refusal in checked.delivery.refusals:
        lines.append(f"{refusal.source.name}: {_STATUS['refused']}")
        lines.append(f"  error    {refusal.rule}  {refusal.place or ''}".rstrip())
    names = [
        *checked.findings["rule"].unique(maintain_order=True),
        *(refusal.rule for refusal in checked.delivery.refusals),
    ]
    said = [f"{name}\n  {rules()[name].sv} {rules()[name].do_sv}" for name in dict.fromkeys(names)]
    parts = ["\n".join(lines), "\n".join(said), show_grid(checked.grid), show_bortfall(checked.bortfall)]
    return "\n\n".join(part for part in parts if part)


def _by_workbook(checked: Checked) -> list[tuple[int, list[tuple[str, str, str]]]]:
    """For each workbook, its rules in the vocabulary's order with severity and cells."""
    order = {name: place for place, name in enumerate(rules())}
    grouped = (
        checked.findings.group_by("submission_no", "rule", "severity", maintain_order=True)
        .agg("cell", pl.len().alias("n"))
        .sort(pl.col("rule").replace_strict(order, return_dtype=pl.Int32))
    )
    return [
        (
            number,
            [
                (rule, severity, _cells(cells, n))
                for _, rule, severity, cells, n in grouped.filter(pl.col("submission_no") == number).iter_rows()
            ],
        )
        for number in checked.status["submission_no"]
    ]


def _cells(cells: Sequence[str | None], number: int) -> str:
    named = [cell for cell in cells if cell]
    more = f" … ({number})" if len(named) > _MOST_CELLS else ""
    return ", ".join(named[:_MOST_CELLS]) + more if named else f"({number})"


def show_bortfall(counts: pl.DataFrame) -> str:
    """Per cent without an answer, by variable, moment and programme."""
    asked = counts.filter(pl.col("asked") > 0)
    if asked.is_empty():
        return ""
    rows = [
        [programme, moment, variable, n_asked, percent(share), blank, unknown, declined, invalid]
        for programme, moment, variable, n_asked, share, blank, unknown, declined, invalid in asked.sort(
            "programme", pl.col("moment") == "discharge", "share", "variable", descending=[False, False, True, False]
        )
        .select("programme", "moment", "variable", "asked", "share", "blank", "unknown", "declined", "invalid")
        .iter_rows()
    ]
    heads = ["programme", "moment", "variable", "asked", "bortfall", "blank", "unknown", "declined", "invalid"]
    return table(heads, rows, right=range(3, len(heads)))


def checked_as_dict(checked: Checked) -> dict[str, Any]:
    """The same as JSON."""
    sources = checked.delivery.sources
    status = dict(checked.status.iter_rows())
    found = checked.findings.partition_by("submission_no", as_dict=True)
    return {
        "workbooks": [
            {
                "file": sources[number].name,
                "status": status[number],
                "findings": found[number,].drop("submission_no").to_dicts() if (number,) in found else [],
            }
            for number in checked.status["submission_no"]
        ]
        + [
            {"file": refusal.source.name, "status": "refused", "rule": refusal.rule, "place": refusal.place}
            for refusal in checked.delivery.refusals
        ],
        "grid": checked.grid.to_dicts(),
        "bortfall": checked.bortfall.to_dicts(),
    }


# --- trace, explain, doctor -------------------------------------------------------------------------------------------


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


def trace_as_dict(traced: Trace) -> dict[str, Any]:
    """The same as JSON."""
    return {name: frame.to_dicts() for name, frame in vars(traced).items()}


def show_rule(rule: Rule) -> str:
    """A rule in both languages."""
    return "\n".join(
        [f"{rule.name} ({rule.severity}, {rule.scope})", f"  {rule.sv} {rule.do_sv}", f"  {rule.en} {rule.do_en}"]
    )


def show_looks(looks: Sequence[Look]) -> str:
    """One line per thing looked at."""
    return table(["", "what", ""], [["ok" if look.is_well else "!!", look.what, look.says] for look in looks])
