"""The figures on linkage as they are published: in `linkage_quality.json` of a release, and on its page.

`sigpanel.persons.quality` tells all of them as they are, for the owner and for whoever works on linkage. Here counts
are rounded, small ones hidden, and shares worked out from what is shown. Of groups (sex, initials, birth years,
district, programme, year) those of few persons are left out, since to name them would tell that there are some; the
others have the least size they may be, and shares only as fine as that size allows: with exact sizes, what is left of
all persons would be the size of the groups left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.contracts.disclosure import Disclosure, disclosure
from sigpanel.contracts.quality import quality_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DIGITS = 4
# A model's estimate is no fraction of persons, so this hides how few pairs it may rest on, and nothing else.
_DIGITS_OF_ESTIMATES = 2
_ESTIMATES = ("precision_by_model", "precision_by_decoys", "recall_by_model")
_OF_PAIRS = ("precision_by_model", "precision_by_decoys", "precision", "recall")


def published(quality: Mapping[str, Any], threshold: int | None = None) -> dict[str, Any]:
    """The figures of a linkage as they may be published; null is hidden. What has been published stays as it is.

    Args:
        quality: the figures as `sigpanel.persons.quality` tells them, with what they were made by.
        threshold: fewer persons are hidden; null takes that of `contracts/disclosure.yaml`.

    Raises:
        PolicyError: the threshold is lower than the least.
    """
    if "disclosure" in quality:
        return dict(quality)
    rule, population = disclosure().at(threshold), quality["population"]
    return {
        **quality,
        "disclosure": {"threshold": rule.threshold, "rounding": rule.rounding},
        "population": population
        | {name: rule.shown(population[name]) for name in ("episodes", "pilot_episodes") if name in population},
        "identifiers": _identifiers(quality["identifiers"], population["episodes"], rule),
        "pairs": {name: _rows(rows, rule) for name, rows in quality["pairs"].items()},
        "levels": {name: _level(level, rule) for name, level in quality["levels"].items()},
        "groups": [row for row in (_group(each, rule) for each in quality["groups"]) if row],
    }


def share_of(part: int, whole: int, rule: Disclosure) -> float | None:
    """A share as it may be published: from rounded parts, and nothing where either part is small."""
    shown, rest = rule.shown(part), rule.shown(whole - part)
    return None if shown is None or rest is None else round(shown / (shown + rest), _DIGITS)


def _identifiers(told: Mapping[str, Any], n: int, rule: Disclosure) -> dict[str, Any]:
    """How many episodes tell each thing; that next to all do is told as all, and next to none as none."""
    counted = {name: each for name, each in told.items() if isinstance(each, dict)}
    return {
        name: {"n": rule.shown(each["n"]), "share": _of_all(each["n"], n, rule)} for name, each in counted.items()
    } | {name: each if n >= rule.threshold else None for name, each in told.items() if name not in counted}


def _of_all(part: int, whole: int, rule: Disclosure) -> float | None:
    if whole < rule.threshold:
        return None
    if whole - part < rule.threshold:
        return 1.0
    return 0.0 if part < rule.threshold else share_of(part, whole, rule)


def _rows(rows: Sequence[Mapping[str, Any]], rule: Disclosure) -> list[dict[str, Any]]:
    """Rows of pairs; those of few are left out, as are those of none."""
    return [{**row, "n": rule.shown(row["n"])} for row in rows if row["n"] >= rule.threshold]


def _level(level: Mapping[str, Any], rule: Disclosure) -> dict[str, Any]:
    counted = {name: rule.shown(each) for name, each in level.items() if isinstance(each, int)}
    estimates = {name: _withheld(level[name]) for name in _OF_PAIRS} if counted["pairs"] is None else {}
    rates = level["return_rate"]
    return {
        **level,
        **counted,
        **estimates,
        "return_rate": {**_rate(rates, rule), "of_sig": _rate(rates["of_sig"], rule)},
        "implausible": {name: rule.shown(n) for name, n in level["implausible"].items()},
    }


def _withheld(estimate: Mapping[str, float] | float | None) -> dict[str, None] | None:
    return dict.fromkeys(estimate) if isinstance(estimate, dict) else None


def _rate(rate: Mapping[str, Any], rule: Disclosure) -> dict[str, Any]:
    persons, returned = rate["persons"], rate["returned"]
    share = share_of(returned, persons, rule)
    return {"persons": rule.shown(persons), "returned": None if share is None else rule.shown(returned), "share": share}


def _group(row: Mapping[str, Any], rule: Disclosure) -> dict[str, Any] | None:
    """What may be told of a group; nothing of one of few persons, or of whose persons nothing is known."""
    persons, episodes = row.get("persons"), row["episodes"]
    if not isinstance(persons, dict) or not isinstance(episodes, int) or persons["all"] < rule.threshold:
        return None
    sizes = [size for size in quality_report().sizes if size <= episodes]
    if not sizes:
        return None
    told: dict[str, Any] = {"by": row["by"], "group": row["group"], "episodes": f"≥{sizes[-1]}"}
    step = max(rule.rounding, rule.threshold) / sizes[-1]
    if "linkable" in row:
        told["linkable"] = _stepped(row["linkable"], persons["linkable"], persons["unlinkable"], step, rule)
    if "linked" in row and min(persons["linked"], persons["unlinked"]) >= rule.threshold:
        told["linked"] = _stepped(row["linked"], persons["linked"], persons["unlinked"], step, rule)
        told |= {name: round(row[name], _DIGITS_OF_ESTIMATES) for name in _ESTIMATES}
    return told


def _stepped(share: float, n_with: int, n_without: int, step: float, rule: Disclosure) -> float:
    if n_without < rule.threshold:
        return 1.0
    return 0.0 if n_with < rule.threshold else round(min(round(share / step) * step, 1.0), _DIGITS)
