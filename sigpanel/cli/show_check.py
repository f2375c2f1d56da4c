"""What `check` prints, in Swedish: the data owner reads it, and passes it on to coordinators.

It names files and cells, which are the owner's, and never what stands in a cell.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.clean.bortfall import summed
from sigpanel.cli.text import grid, percent, table
from sigpanel.contracts.tables import vocabulary
from sigpanel.findings import rules
from sigpanel.forms import districts, forms, programmes
from sigpanel.pipeline.declared import lines_to_write, listed
from sigpanel.pipeline.standing import PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.forms import Form
    from sigpanel.pipeline.check import Checked
    from sigpanel.pipeline.contested import Contender

_MOST_PLACES = 12
_STATUS = {
    "accepted": "godkänd",
    "accepted_with_findings": "godkänd med anmärkningar",
    "superseded": "används inte",
    "refused": "refuserad",
}
_NOT_KNOWN = (
    "Personer som är uttagna räknas med, och anmärkningar på deras rader visas: vilka raderna är går inte att veta "
    "utan nyckeln och registret."
)
_SEVERITY = {"error": "fel", "warning": "varning", "note": "notering"}


def show_checked(checked: Checked, feedback: Mapping[int, Path]) -> str:
    """Each workbook with its findings by rule and place, then what the rules mean, then what came in, then bortfall."""
    named = [*checked.findings["rule"].unique(maintain_order=True)]
    named += [refusal.rule for refusal in checked.refusals]
    parts = [
        "\n".join(_workbooks(checked)),
        "\n".join(f"{name}\n  {rules()[name].sv} {rules()[name].do_sv}" for name in dict.fromkeys(named)),
        *map(_contested, checked.contested),
        grid(checked.grid, head="rader (bortfall)", missing="saknas"),
        "" if checked.knows_withdrawn else _NOT_KNOWN,
        "\n".join(_missing(checked)),
        show_bortfall(_shown(checked)),
        _feedback(checked, feedback),
    ]
    return "\n\n".join(part for part in parts if part)


def _workbooks(checked: Checked) -> list[str]:
    sources = checked.delivery.sources
    order = {name: place for place, name in enumerate(rules())}
    found = (
        checked.findings.group_by("submission_no", "rule", "severity", maintain_order=True)
        .agg(pl.coalesce("cell", pl.concat_str(pl.lit("rad "), "row")).alias("places"))
        .sort(pl.col("rule").replace_strict(order, return_dtype=pl.Int32))
        .partition_by("submission_no", as_dict=True, include_key=False)
    )
    ids = _ids(checked)
    lines = []
    for number, status in checked.status.iter_rows():
        book = checked.delivery.books[number]
        known = f" [{ids[number]}]" if ids[number] else ""
        lines.append(f"{sources[number].name}: {_STATUS[status]} ({_blank(book.form, sources[number].year)}){known}")
        for rule, severity, places in found[number,].iter_rows() if (number,) in found else ():
            where = f"{book.n_notes} st" if rule == "notes_in_cells" else _places(places)
            lines.append(f"  {_SEVERITY[severity]:<9} {rule}  {where}".rstrip())
    for refusal in checked.refusals:
        lines.append(f"{refusal.source.name}: {_STATUS['refused']}")
        lines.append(f"  {_SEVERITY['error']:<9} {refusal.rule}  {refusal.place or ''}".rstrip())
    return lines


def _ids(checked: Checked) -> dict[int, str | None]:
    """The id of each workbook, where a key is set."""
    return dict(checked.delivery.identity.select("submission_no", "submission_id").iter_rows())


def _blank(form: Form, year: int) -> str:
    """The edition of the form that was used, and the one that the year has, if that is another."""
    if form.covers(year):
        return form.edition
    own = [other.edition for other in forms().values() if other.programme == form.programme and other.covers(year)]
    return f"{form.edition}; för {year} gäller {' eller '.join(own) or 'ingen'}"


def _contested(contenders: Sequence[Contender]) -> str:
    """What the data owner may decide about workbooks that contend for one place, and where they differ."""
    named = [f"{one.file}: egna rader {_places([str(row) for row in one.rows])}" for one in contenders]
    lines = lines_to_write([one.file for one in contenders])
    return (
        f"Gäller samma stadsdelsförvaltning, program och år, men säger olika saker:{listed(named)}"
        f"Fråga stadsdelen. Flytta bort den som inte gäller, eller skriv i sigpanel.toml:\n\n{lines}"
    )


def _feedback(checked: Checked, feedback: Mapping[int, Path]) -> str:
    """Where feedback was written; of parts, which is whose."""
    if not feedback:
        return ""
    of_place = checked.judged.live.with_columns(pl.len().over(PLACE).alias("n_parts")).filter(pl.col("n_parts") > 1)
    parts = [
        f"\n  {feedback[number].name}: {checked.delivery.sources[number].name}"
        for number in of_place["submission_no"]
        if number in feedback
    ]
    folder = next(iter(feedback.values())).parent
    return f"Återkoppling: {len(feedback)} arbetsböcker i {folder}{''.join(parts)}"


def _missing(checked: Checked) -> list[str]:
    """Workbooks that were expected and did not come; with the day, if it is known when the others came."""
    lines = []
    for one in checked.grid.filter(pl.col("state") == "missing").sort("reported_year", "programme").to_dicts():
        due = f", skulle ha kommit senast {one['due_on']}" if checked.is_receipt_declared else ""
        lines.append(
            f"Saknas: {districts()[one['district']].sv}, {programmes()[one['programme']].sv} "
            f"{one['reported_year']}{due}"
        )
    return lines


def _shown(checked: Checked) -> pl.DataFrame:
    """The bortfall of the workbooks that were asked for, by programme, moment and variable."""
    books = checked.judged.live.filter(pl.col("submission_no").is_in(list(checked.shown)))
    counts = checked.bortfall.join(books.select(PLACE).unique(), on=PLACE, how="semi", nulls_equal=True)
    return summed(counts, ["programme", "moment", "variable"])


def _places(places: Sequence[str | None]) -> str:
    named = [place for place in places if place]
    more = f" … ({len(named)} st)" if len(named) > _MOST_PLACES else ""
    return ", ".join(named[:_MOST_PLACES]) + more


def show_bortfall(counts: pl.DataFrame) -> str:
    """Per cent without an answer, by programme, moment and variable; the worst first."""
    asked = counts.filter(pl.col("asked") > 0).sort(
        "programme", pl.col("moment") == "discharge", "share", "variable", descending=[False, False, True, False]
    )
    if asked.is_empty():
        return ""
    moments = {term.token: term.sv for term in vocabulary("moment")}
    labels = {
        (question.variable, question.moment): question.label_sv
        for form in forms().values()
        for question in form.questions
    }
    figures = ("asked", "answered", "blank", "unknown", "declined", "invalid")
    rows = [
        [programmes()[one["programme"]].sv, moments[one["moment"]], labels[one["variable"], one["moment"]]]
        + [percent(one["share"])]
        + [one[name] for name in figures]
        for one in asked.iter_rows(named=True)
    ]
    heads = [
        "Program",
        "Tillfälle",
        "Fråga",
        "Bortfall",
        "Frågade",
        "Besvarade",
        "Tomma",
        "Uppgift saknas",
        "Vill ej uppge",
        "Ogiltiga",
    ]
    return table(heads, rows, right=range(3, len(heads)))


def checked_as_dict(checked: Checked, feedback: Mapping[int, Path]) -> dict[str, Any]:
    """The same as JSON."""
    sources = checked.delivery.sources
    found = checked.findings.partition_by("submission_no", as_dict=True, include_key=False)
    ids = _ids(checked)
    return {
        "workbooks": [
            {
                "file": sources[number].name,
                "submission_id": ids[number],
                "edition": checked.delivery.books[number].form.edition,
                "status": status,
                "feedback": str(feedback[number]) if number in feedback else None,
                "n_comments": len(checked.delivery.books[number].comments),
                "n_notes": checked.delivery.books[number].n_notes,
                "findings": found[number,].to_dicts() if (number,) in found else [],
            }
            for number, status in checked.status.iter_rows()
        ]
        + [
            {"file": refusal.source.name, "status": "refused", "rule": refusal.rule, "place": refusal.place}
            for refusal in checked.refusals
        ],
        "feedback": [str(path) for path in feedback.values()],
        "knows_withdrawn": checked.knows_withdrawn,
        "contested": [[asdict(one) for one in group] for group in checked.contested],
        "grid": checked.grid.to_dicts(),
        "bortfall": checked.bortfall.to_dicts(),
    }
