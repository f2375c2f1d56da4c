"""What `review` prints: which lists were written and what is not used, what was taken, or what EM finds.

For the data owner.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import table
from sigpanel.decisions import REPLACED
from sigpanel.review.words import review_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.decisions import LinkDecision, Met
    from sigpanel.persons.diagnose import Diagnosis
    from sigpanel.pipeline.review import Reviewed, Took


def show_reviewed(reviewed: Reviewed) -> str:
    """The lists, how much each asks, and which decisions are not used."""
    rows = [(path.name, n_asked, n_left_out) for path, n_asked, n_left_out in reviewed.lists]
    folder = reviewed.lists[0][0].parent
    lines = [
        table(["Lista", "Par", "Får inte plats"], rows, right=(1, 2)),
        "",
        f"Listorna ligger i {folder}. De visar UNO-koder: granskning.xlsx stannar där.",
        f"Svar som gäller: {reviewed.n_in_force}",
    ]
    if reviewed.reckoned:
        lines.append(reviewed.reckoned)
    if reviewed.not_used:
        lines += [f"Svar som inte används: {len(reviewed.not_used)}", *(f"  {line}" for line in reviewed.not_used)]
    return "\n".join(lines)


def reviewed_as_dict(reviewed: Reviewed) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "lists": [
            {"file": str(path), "asked": n_asked, "left_out": n_left_out}
            for path, n_asked, n_left_out in reviewed.lists
        ],
        "in_force": reviewed.n_in_force,
        "not_used": list(reviewed.not_used),
        "reckoned": reviewed.reckoned,
    }


def show_took(took: Took) -> str:
    """How many answers there were, and what became of them."""
    merged = took.merged
    counts = {
        "nya": merged.added,
        "ersätter tidigare svar": merged.replaced,
        "oförändrade": merged.unchanged,
        "äldre än det svar som gäller, eller om uppgifter som har ändrats sedan dess": merged.outdated,
        "rader utan svar": took.n_blank,
    }
    told = [f"  {n} {what}" for what, n in counts.items() if n]
    if took.begun:
        n = len(took.begun)
        told.append(f"  {n} av dem påbörjad{'e' if n > 1 else ''} utan svar, i {', '.join(took.begun)}")
        told.append("  Fyll i svaret eller töm raden: annars skrivs inga nya listor.")
    told += [_told(cell, met) for cell, met in took.met]
    return "\n".join(
        [f"Svar i listan: {took.n_answers}", *told, f"Beslut i owner/links.csv: {len(merged.decisions.all)}"]
    )


def _told(cell: str, met: Met) -> str:
    """What became of an answer that found another decision: what stood, and what holds now."""
    new, stood = _named(met.new), _named(met.stood)
    if met.became == REPLACED:
        return f"  {cell}: {new} gäller nu. Förut gällde {stood}."
    return f"  {cell}: {stood} gäller fortfarande. Listan säger {new}."


def _named(decision: LinkDecision) -> str:
    # Whatever was written in the place of a name: a code or a number is not to be shown.
    who = "" if any(sign.isdigit() for sign in decision.who) else f"{decision.who}, "
    return f"{review_texts().verdicts[decision.verdict]} ({who}{decision.date})"


def took_as_dict(took: Took) -> dict[str, Any]:
    """The same as JSON."""
    merged = took.merged
    return {
        "answers": took.n_answers,
        "blank": took.n_blank,
        "added": merged.added,
        "replaced": merged.replaced,
        "unchanged": merged.unchanged,
        "outdated": merged.outdated,
        "decisions": len(merged.decisions.all),
        "begun": list(took.begun),
        "met": [
            {
                "cell": cell,
                "became": met.became,
                "verdict": met.new.verdict,
                "date": str(met.new.date),
                "stood_verdict": met.stood.verdict,
                "stood_date": str(met.stood.date),
            }
            for cell, met in took.met
        ],
    }


def show_diagnosis(found: Diagnosis | None) -> str:
    """The share of each level among pairs of one person: fixed, and as EM finds it."""
    if found is None:
        return "Inget par av perioder liknar varandra, så det finns inget att jämföra."
    rows = [
        (field, level, _of(found.fixed, field, level), f"{share:.4f}")
        for field, levels in found.found.items()
        for level, share in levels.items()
    ]
    return "\n".join(
        [
            f"{found.n_pairs} par, varav EM tar {found.match:.1%} för en persons, efter {found.rounds} varv.",
            "Detta ändrar ingenting: kopplingen går alltid efter de bestämda värdena i contracts/linkage.yaml.",
            "",
            table(["Uppgift", "Överensstämmelse", "Bestämt", "Enligt EM"], rows, right=(2, 3)),
        ]
    )


def _of(fixed: Mapping[str, Mapping[str, float]], field: str, level: str) -> str:
    value = fixed.get(field, {}).get(level)
    return "" if value is None else f"{value:.4f}"


def diagnosis_as_dict(found: Diagnosis | None) -> dict[str, Any]:
    """The same as JSON."""
    return {} if found is None else asdict(found)
