"""What `verify` prints: which rules are broken, how each consumer is served, and what would mend it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sigpanel.cli.show_contracts import show_unpromised
from sigpanel.cli.text import plural, table
from sigpanel.contracts.sentences import mend, sentences
from sigpanel.contracts.tables import contract
from sigpanel.pipeline.intact import REMEDY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sigpanel.contracts.gate import Outcome
    from sigpanel.contracts.service import Verdict
    from sigpanel.pipeline.verify import Served, Verified

_MOST = {"broken": 20, "warned": 5}
_VERDICTS = ("kept", "warned", "broken", "too_few")
_NOT_ASKED = "A table is misshapen, so only shape was held, by polars: {} were not asked, and nothing for consumers."
_OTHER_VERSION = "The release keeps version {} of the panel's contract, and this sigpanel holds it to version {}."


def show_verified(verified: Verified, pages: Sequence[Path] = ()) -> str:
    """A table of broken rules; for each consumer how many cells of each check are kept, and which are not."""
    return "\n".join([_verified(verified), *(["", *(f"Page: {page}" for page in pages)] if pages else [])])


def _verified(verified: Verified) -> str:
    if verified.release is None:
        needs = [(one.consumer.name, one.unpromised) for one in verified.consumers if one.unpromised]
        lines = [line for name, broken in needs for line in (*show_unpromised(name, broken), "")]
        return "\n".join([*lines, "So no release was looked at."])
    lines = [f"Release {verified.release}: {len(verified.outcomes)} rules held by {verified.engine}, {_kept(verified)}"]
    if verified.kept_version != contract().version:
        lines.append(_OTHER_VERSION.format(verified.kept_version, contract().version))
    if verified.n_not_asked:
        lines.append(_NOT_ASKED.format(plural(verified.n_not_asked, "other rule")))
    if verified.damaged:
        files = [(one.name, one.en) for one in verified.damaged]
        lines += ["", table(["File", "What is wrong"], files), "", REMEDY]
    failing = [one for one in verified.outcomes if not one.is_kept]
    if failing:
        rows = [(one.rule.id, one.rule.severity, one.n_failing, one.n_rows, one.rule.en) for one in failing]
        lines += ["", table(["Rule", "Severity", "Failing", "Of", "It says"], rows, right=(2, 3))]
        lines += _mends({mend(one.rule, "en") for one in failing})
    for served in verified.consumers:
        lines += ["", *_served(served)]
    return "\n".join(lines)


def _kept(verified: Verified) -> str:
    by_severity = Counter(one.rule.severity for one in verified.outcomes if not one.is_kept)
    told = [plural(by_severity[name], name) for name in ("error", "warning") if by_severity[name]]
    return f"broken: {', '.join(told)}" if told else "all kept"


def _served(served: Served) -> list[str]:
    counts = _counts(served)
    rows = [(check, *(told[verdict] or "" for verdict in _VERDICTS)) for check, told in counts.items()]
    return [
        f"Consumer {served.consumer.name}: {'served' if served.is_kept else 'NOT served'}",
        table(["Check", *(name.replace("_", " ") for name in _VERDICTS)], rows, right=(1, 2, 3, 4)),
        *_worst(served, "broken"),
        *_worst(served, "warned"),
        *_mends({_mend(one) for one in served.verdicts if one.verdict in _MOST}),
    ]


def _counts(served: Served) -> dict[str, dict[str, int]]:
    counts = Counter((one.check, one.verdict) for one in served.verdicts)
    checks = sorted({one.check for one in served.verdicts})
    return {check: {verdict: counts[check, verdict] for verdict in _VERDICTS} for check in checks}


def _worst(served: Served, verdict: str) -> Iterator[str]:
    """Those of a verdict that are worst: of each check in turn the lowest."""
    found = sorted(
        (one for one in served.verdicts if one.verdict == verdict), key=lambda one: (one.check, one.value or 0.0)
    )
    if found:
        level = "fail" if verdict == "broken" else "warn"
        told = [(one.check, _cell(one), one.n, _share(one), _level(one, level)) for one in found[: _MOST[verdict]]]
        yield ""
        yield table([verdict.capitalize(), "Of", "n", "Is", "Least"], told, right=(2, 3, 4))
        if len(found) > _MOST[verdict]:
            yield f"and {len(found) - _MOST[verdict]} more; --json has them all"


def _mends(mends: set[str]) -> list[str]:
    return ["", "What would mend it:", *(f"  {each}" for each in sorted(mends))] if mends else []


def _mend(one: Verdict) -> str:
    return sentences().asked_mend[one.mend]["en"]


def _cell(one: Verdict) -> str:
    return ", ".join(str(value) for value in one.cell.values())


def _share(one: Verdict) -> str:
    return "none" if one.value is None else f"{one.value:.1%}"


def _level(one: Verdict, level: str) -> str:
    return "" if one.levels is None else f"{getattr(one.levels, level):.0%}"


def verified_as_dict(verified: Verified, pages: Sequence[Path] = ()) -> dict[str, Any]:
    """The same as JSON: every rule that is not kept, and every verdict.

    `rules_kept` is null where no rule was held, `consumers_kept` where no consumer was named or none could be asked.
    """
    consumers_asked = verified.consumers and not verified.n_not_asked
    return {
        "release": verified.release,
        "engine": verified.engine,
        "contract": {"release": verified.kept_version, "sigpanel": contract().version},
        "rules": len(verified.outcomes),
        "rules_not_asked": verified.n_not_asked,
        "kept": verified.is_kept,
        "rules_kept": verified.are_rules_kept if verified.outcomes else None,
        "consumers_kept": all(one.is_kept for one in verified.consumers) if consumers_asked else None,
        "damaged": [{"file": one.name, "what": one.what, "says": one.en} for one in verified.damaged],
        "pages": list(map(str, pages)),
        "broken": [_outcome(one) for one in verified.outcomes if not one.is_kept],
        "consumers": [
            {
                "name": served.consumer.name,
                "served": served.is_kept,
                "unpromised": [asdict(one) for one in served.unpromised],
                "summary": _counts(served),
                "verdicts": [_verdict(one) for one in served.verdicts],
            }
            for served in verified.consumers
        ],
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    return asdict(one) | {"mend": _mend(one) if one.mend else None}


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "severity": one.rule.severity,
        "failing": one.n_failing,
        "rows": one.n_rows,
        "keys": [list(map(str, key)) for key in one.keys],
        "mend": mend(one.rule, "en"),
    }
