"""Where two promises differ in tables, columns and codes. What a difference is worth is said in `versions`.

Columns that share a list of codes are named together: a further missing reason is one change and not thirty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Part = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """A difference: its kind, the places it is about, and what is different; of a code or bounds, which are new."""

    kind: str
    places: tuple[str, ...]
    what: str = ""
    code: str | int | None = None
    bounds: tuple[int | None, int | None] = (None, None)


def tables_compared(old: Part, new: Part) -> Iterator[Found]:
    """The differences in tables, their columns, and the codes of columns that both have."""
    before, after = by_name(old["tables"]), by_name(new["tables"])
    yield from _come_and_gone("table", before, after, "")
    yield from _moved(before, after, "tables")
    both = [name for name in before if name in after]
    for name in both:
        yield from _table(before[name], after[name])
    yield from _codes(old, new, [(before[name], after[name]) for name in both])


def by_name(parts: Iterable[Part], key: str = "name") -> dict[Any, Part]:
    """Parts by what they are called, in their order."""
    return {part[key]: part for part in parts}


def worded_anew(before: Part, after: Part, places: tuple[str, ...], about: str = "") -> Iterator[Found]:
    """That a text differs, English first: what it was and what it is."""
    for language in ("en", "sv"):
        if before.get(language) != after.get(language):
            said = f"“{before.get(language, '')}” → “{after.get(language, '')}”"
            yield Found("reworded", places, f"{about}: {said}" if about else said)
            return


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(before: Part, after: Part) -> Iterator[Found]:
    name = before["name"]
    place = (name,)
    if before.get("en") != after.get("en"):
        yield Found("granularity_changed", place, f"“{before.get('en', '')}” → “{after.get('en', '')}”")
    else:
        yield from worded_anew(before, after, place)
    if before.get("key") != after.get("key"):
        yield Found("key_changed", place, f"{_list(before.get('key'))} → {_list(after.get('key'))}")
    for kind, ours, theirs in (("unique_removed", before, after), ("unique_added", after, before)):
        for columns in ours.get("unique", []):
            if columns not in theirs.get("unique", []):
                yield Found(kind, place, _list(columns))
    yield from _order(before.get("sort", []), after.get("sort", []), place)
    columns, others = by_name(before["columns"]), by_name(after["columns"])
    yield from _come_and_gone("column", columns, others, f"{name}.")
    yield from _moved(columns, others, name)
    for column in columns:
        if column in others:
            yield from _column(columns[column], others[column], (f"{name}.{column}",))


def _come_and_gone(what: str, before: Part, after: Part, prefix: str) -> Iterator[Found]:
    yield from (Found(f"{what}_removed", (f"{prefix}{name}",)) for name in before if name not in after)
    yield from (Found(f"{what}_added", (f"{prefix}{name}",)) for name in after if name not in before)


def _moved(before: Part, after: Part, place: str) -> Iterator[Found]:
    if not _same_order(before, after):
        yield Found("moved", (place,))


def _same_order(before: Iterable[Any], after: Iterable[Any]) -> bool:
    """Whether what both have comes in one order."""
    ours, theirs = list(before), list(after)
    return [each for each in ours if each in theirs] == [each for each in theirs if each in ours]


def _order(before: Sequence[str], after: Sequence[str], place: tuple[str, ...]) -> Iterator[Found]:
    if before != after:
        is_further = bool(before) and after[: len(before)] == before
        kind = "rows_ordered_further" if is_further else "rows_ordered_otherwise"
        yield Found(kind, place, f"{_list(before)} → {_list(after)}")


def _list(names: Sequence[str] | None) -> str:
    return ", ".join(names or ()) or "none"


# --- columns ----------------------------------------------------------------------------------------------------------


def _column(before: Part, after: Part, place: tuple[str, ...]) -> Iterator[Found]:
    if before.get("type") != after.get("type"):
        yield Found("type_changed", place, f"{before.get('type')} → {after.get('type')}")
    if before.get("nullable") != after.get("nullable"):
        yield Found("null_allowed" if after.get("nullable") else "null_forbidden", place)
    if before.get("classification") != after.get("classification"):
        is_graver = str(after.get("classification")).startswith("sensitive")
        said = f"{before.get('classification')} → {after.get('classification')}"
        yield Found("made_sensitive" if is_graver else "classified_otherwise", place, said)
    if before.get("redefined") != after.get("redefined"):
        yield Found("redefined", place, str(after.get("en", "")))
    else:
        yield from worded_anew(before, after, place)
    for entry, what in (("references", "reference"), ("unit", "unit"), ("shape", "shape"), ("known", "known")):
        yield from _entry(before.get(entry), after.get(entry), what, place)
    if ("codes" in before) != ("codes" in after):
        yield Found("codes_closed" if "codes" in after else "codes_opened", place)
    yield from _bounds(before, after, place)


def _entry(before: object, after: object, what: str, place: tuple[str, ...]) -> Iterator[Found]:
    if before != after:
        kind = "added" if before is None else "removed" if after is None else "changed"
        yield Found(f"{what}_{kind}", place, f"{before or 'none'} → {after or 'none'}")


def _bounds(before: Part, after: Part, place: tuple[str, ...]) -> Iterator[Found]:
    ends = [(part.get("low"), part.get("high")) for part in (before, after)]
    said = " → ".join(f"{'…' if low is None else low} to {'…' if high is None else high}" for low, high in ends)
    for kind, is_so in zip(("bounds_widened", "bounds_narrowed"), moves(*ends), strict=True):
        if is_so:
            yield Found(kind, place, said, bounds=ends[1])


def moves(before: tuple[Any, Any], after: tuple[Any, Any]) -> tuple[bool, bool]:
    """Whether bounds became wider at some end, and whether narrower; no bound is the widest."""
    lows, highs = ([float("-inf") if low is None else low for low, _ in (before, after)],
                   [float("inf") if high is None else high for _, high in (before, after)])  # fmt: skip
    return lows[1] < lows[0] or highs[1] > highs[0], lows[1] > lows[0] or highs[1] < highs[0]


# --- codes ------------------------------------------------------------------------------------------------------------


def _codes(old: Part, new: Part, tables: Iterable[tuple[Part, Part]]) -> Iterator[Found]:
    """The differences in codes, list by list, with every column that has it; the order counts where rows go by it."""
    places: dict[tuple[str, str], list[str]] = {}
    ordering: set[str] = set()
    for before, after in tables:
        others = by_name(after["columns"])
        ordering |= {f"{after['name']}.{column}" for column in after.get("sort", [])}
        for column in before["columns"]:
            ours, theirs = column.get("codes"), others.get(column["name"], {}).get("codes")
            if ours is not None and theirs is not None:
                places.setdefault((ours, theirs), []).append(f"{before['name']}.{column['name']}")
    for (ours, theirs), columns in places.items():
        lists = by_name(old["codes"][ours], "value"), by_name(new["codes"][theirs], "value")
        yield from _code_list(*lists, tuple(columns), ordering)


def _code_list(before: Part, after: Part, places: tuple[str, ...], ordering: set[str]) -> Iterator[Found]:
    for code in before:
        if code not in after:
            yield Found("code_removed", places, _said(before[code]), code=code)
    for code in after:
        if code not in before:
            yield Found("code_added", places, _said(after[code]), code=code)
    for code in before:
        if code in after:
            yield from _code(before[code], after[code], places)
    if not _same_order(before, after):
        sorted_by = tuple(place for place in places if place in ordering)
        yield (
            Found("rows_ordered_otherwise", sorted_by, "by the order of its codes")
            if sorted_by
            else Found("moved", places, "codes")
        )


def _code(before: Part, after: Part, places: tuple[str, ...]) -> Iterator[Found]:
    if any(before.get(entry) != after.get(entry) for entry in ("token", "redefined")):
        yield Found("redefined", places, f"{_said(before)} → {_said(after)}")
    else:
        yield from worded_anew(before, after, places, str(before["value"]))


def _said(code: Part) -> str:
    return f"{code['value']} “{code['en']}”" if "en" in code else str(code["value"])
