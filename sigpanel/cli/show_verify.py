"""What `verify` prints: which rules are broken, how each consumer is served, and what would mend it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sigpanel.cli.show_contracts import show_unpromised
from sigpanel.cli.text import plural, table
from sigpanel.contracts.sentences import sentences
from sigpanel.pipeline.intact import REMEDY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigpanel.contracts.gate import Outcome
    from sigpanel.contracts.service import Verdict
    from sigpanel.pipeline.verify import Served, Verified

_MOST = 20
_VERDICTS = ("kept", "warned", "broken", "too_few")


def show_verified(verified: Verified, pages: Sequence[Path] = ()) -> str:
    """A table of broken rules; for each consumer how many cells of each check are kept, and which are broken."""
    return "\n".join([_verified(verified), *(["", *(f"Page: {page}" for page in pages)] if pages else [])])


def _verified(verified: Verified) -> str:
    if verified.release is None:
        needs = [(one.consumer.name, one.unpromised) for one in verified.consumers if one.unpromised]
        lines = [line for name, broken in needs for line in (*show_unpromised(name, broken), "")]
        return "\n".join([*lines, "So no release was looked at."])
    failing = [one for one in verified.outcomes if not one.is_kept]
    lines = [f"Release {verified.release}: {len(verified.outcomes)} rules held by {verified.engine}, {_kept(verified)}"]
    if verified.damaged:
        files = [(one.name, one.en) for one in verified.damaged]
        lines += ["", table(["File", "What is wrong"], files), "", REMEDY]
    if failing:
        rows = [(one.rule.id, one.rule.severity, one.n_failing, one.n_rows, one.rule.en) for one in failing]
        lines += ["", table(["Rule", "Severity", "Failing", "Of", "It says"], rows, right=(2, 3))]
    for served in verified.consumers:
        lines += ["", *_served(served)]
    return "\n".join(lines)


def _kept(verified: Verified) -> str:
    by_severity = Counter(one.rule.severity for one in verified.outcomes if not one.is_kept)
    told = [plural(by_severity[name], name) for name in ("error", "warning") if by_severity[name]]
    return f"broken: {', '.join(told)}" if told else "all kept"


def _served(served: Served) -> list[str]:
    lines = [f"Consumer {served.consumer.name}: {'served' if served.is_kept else 'NOT served'}"]
    checks = sorted({one.check for one in served.verdicts})
    counts = Counter((one.check, one.verdict) for one in served.verdicts)
    rows = [(check, *(counts[check, verdict] or "" for verdict in _VERDICTS)) for check in checks]
    lines.append(table(["Check", *(name.replace("_", " ") for name in _VERDICTS)], rows, right=(1, 2, 3, 4)))
    worst = sorted(
        (one for one in served.verdicts if one.verdict == "broken"), key=lambda one: (one.check, one.value or 0.0)
    )
    if worst:
        told = [(one.check, _cell(one), one.n, _share(one), _level(one)) for one in worst[:_MOST]]
        lines += ["", table(["Broken", "Of", "n", "Is", "Least"], told, right=(2, 3, 4))]
        if len(worst) > _MOST:
            lines.append(f"and {len(worst) - _MOST} more; --json has them all, and what is warned of")
    mends = sorted({sentences().asked_mend[one.mend]["en"] for one in worst})
    return [*lines, *(["", "What would mend it:", *(f"  {mend}" for mend in mends)] if mends else [])]


def _cell(one: Verdict) -> str:
    return ", ".join(str(value) for value in one.cell.values())


def _share(one: Verdict) -> str:
    return "none" if one.value is None else f"{one.value:.1%}"


def _level(one: Verdict) -> str:
    return "" if one.levels is None else f"{one.levels.fail:.0%}"


def verified_as_dict(verified: Verified, pages: Sequence[Path] = ()) -> dict[str, Any]:
    """The same as JSON: every rule that is not kept, and every verdict."""
    return {
        "release": verified.release,
        "engine": verified.engine,
        "rules": len(verified.outcomes),
        "kept": verified.is_kept,
        "damaged": [{"file": one.name, "what": one.what, "says": one.en} for one in verified.damaged],
        "pages": list(map(str, pages)),
        "broken": [_outcome(one) for one in verified.outcomes if not one.is_kept],
        "consumers": [
            {
                "name": served.consumer.name,
                "served": served.is_kept,
                "unpromised": [asdict(one) for one in served.unpromised],
                "verdicts": [_verdict(one) for one in served.verdicts],
            }
            for served in verified.consumers
        ],
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    return asdict(one) | {"mend": sentences().asked_mend[one.mend]["en"] if one.mend else None}


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "severity": one.rule.severity,
        "failing": one.n_failing,
        "rows": one.n_rows,
        "keys": [list(map(str, key)) for key in one.keys],
    }
