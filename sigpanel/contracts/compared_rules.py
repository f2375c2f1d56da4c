"""Where two promises differ in rules and thresholds. What a difference is worth is said in `versions`.

A rule is compared by its id. That it lets more or less pass is told of bounds and sets; any other change of a rule is
left to a person. What is only warned of stops no release, so less hangs on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.contracts.compared import Found, by_name, moves, worded_anew

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Part = Mapping[str, Any]


def rules_compared(old: Part, new: Part) -> Iterator[Found]:
    """The differences in rules."""
    before, after = by_name(old["rules"], "id"), by_name(new["rules"], "id")
    for name, rule in before.items():
        if name not in after:
            yield Found("rule_removed" if _stops(rule) else "warning_changed", _places(rule), name)
    for name, rule in after.items():
        if name not in before:
            yield Found("rule_added", _places(rule), name)
        else:
            yield from _rule(before[name], rule)


def thresholds_compared(old: Part, new: Part) -> Iterator[Found]:
    """The differences in levels: a threshold is stricter when higher, a ceiling when lower."""
    for part, sign in (("thresholds", 1), ("ceilings", -1)):
        before, after = old[part], new[part]
        for name in (*before, *(name for name in after if name not in before)):
            if name not in before or name not in after:
                yield Found("threshold_added" if name in after else "threshold_removed", (name,))
            elif before[name] != after[name]:
                is_lower = sign * after[name] < sign * before[name]
                said = f"{before[name]} → {after[name]}"
                yield Found("threshold_lowered" if is_lower else "threshold_raised", (name,), said)


def _rule(before: Part, after: Part) -> Iterator[Found]:
    places, name = _places(after), after["id"]
    yield from worded_anew(before, after, places, name)
    kind = _kind(before, after)
    if kind:
        yield Found(kind, places, name)


def _kind(before: Part, after: Part) -> str | None:
    """What became of a rule; nothing where it holds as before."""
    effects = set()
    if _stops(before) != _stops(after):
        effects.add("rule_tightened" if _stops(after) else "rule_loosened")
    if before.get("params") != after.get("params"):
        effects.add(_bounded(before, after))
    if any(before.get(entry) != after.get(entry) for entry in ("frame", "kind", "columns", "when")):
        effects.add("rule_changed")
    if not effects:
        return None
    if not _stops(before) and not _stops(after):
        return "rule_tightened" if effects == {"rule_tightened"} else "warning_changed"
    return effects.pop() if len(effects) == 1 else "rule_changed"


def _bounded(before: Part, after: Part) -> str:
    """Whether a rule of bounds or of a set lets more pass than before, or less."""
    ours, theirs = before.get("params", {}), after.get("params", {})
    if after["kind"] in ("between", "row_count"):
        wider, narrower = moves((ours.get("low"), ours.get("high")), (theirs.get("low"), theirs.get("high")))
    elif after["kind"] in ("in_set", "not_in_set"):
        allowed, others = set(ours.get("values", ())), set(theirs.get("values", ()))
        wider, narrower = bool(others - allowed), bool(allowed - others)
        if after["kind"] == "not_in_set":
            wider, narrower = narrower, wider
    else:
        return "rule_changed"
    return "rule_changed" if wider == narrower else "rule_loosened" if wider else "rule_tightened"


def _stops(rule: Part) -> bool:
    return bool(rule["severity"] == "error")


def _places(rule: Part) -> tuple[str, ...]:
    """The columns of a rule of one table; of a view of several, the table whose rule it is."""
    table = rule["id"].partition(".")[0]
    if rule["frame"] != table:
        return (table,)
    return tuple(f"{table}.{column}" for column in rule["columns"]) or (table,)
