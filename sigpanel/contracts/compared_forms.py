"""Where two promises differ in what editions of the form ask. What a difference is worth is said in `versions`.

A question of an edition is compared with the same question, of the same edition; under what condition it is skipped,
what it counts, and which codes say why there is no value. Rows of years that are past are read by it, so a question
that an edition no longer has is as grave as a column that is gone. An edition that is new is held against the last one
of its programme: what it does not ask any more is *not collected* from then on, which is told and breaks whoever reads
that variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.contracts.compared import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Part = Mapping[str, Any]
    Asked = Mapping[tuple[str, str, str], Part]


def forms_compared(old: Part, new: Part) -> Iterator[Found]:
    """The differences in what is asked; a promise from before it was told says nothing of it."""
    if "asked" not in old or "asked" not in new:
        if "asked" in new or "asked" in old:
            yield Found("asked_told" if "asked" in new else "asked_untold", ("waves",))
        return
    before, after = _by_question(old["asked"]), _by_question(new["asked"])
    ours, theirs = _programmes(old["asked"]), _programmes(new["asked"])
    for edition in ours:
        if edition not in theirs:
            yield Found("edition_removed", ("waves", "availability"), edition)
    for edition, programme in theirs.items():
        if edition not in ours:
            yield Found("edition_added", ("availability",), edition)
            yield from _asked_no_more(before, after, edition, _last(ours, programme))
    for key in dict.fromkeys((*before, *after)):
        if key[0] in ours and key[0] in theirs:
            yield from _question(before.get(key), after.get(key), key)


def _by_question(asked: Sequence[Part]) -> Asked:
    return {(one["edition"], one["variable"], one["moment"]): one for one in asked}


def _programmes(asked: Sequence[Part]) -> dict[str, str]:
    return {one["edition"]: one["programme"] for one in asked}


def _last(editions: Mapping[str, str], programme: str) -> str | None:
    """The newest edition of a programme: their names end in the year."""
    return max((name for name, its in editions.items() if its == programme), default=None)


def _asked_no_more(before: Asked, after: Asked, edition: str, last: str | None) -> Iterator[Found]:
    for was, variable, moment in before:
        if was == last and (edition, variable, moment) not in after:
            yield Found("asked_no_more", (f"waves.{variable}",), f"{edition}, {moment}")


def _question(before: Part | None, after: Part | None, key: tuple[str, str, str]) -> Iterator[Found]:
    edition, variable, moment = key
    places, about = (f"waves.{variable}",), f"{edition}, {moment}"
    if before is None or after is None:
        yield Found("question_added" if before is None else "question_removed", places, about)
        return
    if before.get("unit") != after.get("unit"):
        kind = "unit_added" if "unit" not in before else "unit_removed" if "unit" not in after else "unit_changed"
        yield Found(kind, places, f"{about}: {before.get('unit', 'none')} → {after.get('unit', 'none')}")
    if before.get("skip") != after.get("skip"):
        yield Found("skip_changed", places, f"{about}: {_skip(before)} → {_skip(after)}")
    ours, theirs = _reasons(before), _reasons(after)
    for code in sorted({*ours, *theirs}):
        was, is_ = ours.get(code), theirs.get(code)
        if was != is_:
            kind = "reason_added" if was is None else "reason_removed" if is_ is None else "reason_changed"
            yield Found(kind, places, f"{about}, code {code}: {was or 'none'} → {is_ or 'none'}")


def _reasons(question: Part) -> dict[int, str]:
    return {one["value"]: one["reason"] for one in question.get("no_value", [])}


def _skip(question: Part) -> str:
    skip = question.get("skip")
    return f"where {skip['variable']} is {', '.join(map(str, skip['codes']))}" if skip else "never skipped"
