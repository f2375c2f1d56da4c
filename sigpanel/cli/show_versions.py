"""What `contracts diff` prints: the changes between two versions, and whether the new one is high enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import plural, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigpanel.contracts.published import Compared, Standing
    from sigpanel.contracts.versions import Change


def show_compared(each: Compared) -> str:
    """A table of changes, the gravest first, and the least version."""
    if not each.changes:
        return f"{each.of} {each.old} → {each.new}: nothing changed."
    breaking = sorted({name for change in each.changes for name in change.breaks})
    rows = [
        [change.bump, change.judgement, _place(change), f"{change.en}{f': {change.what}' if change.what else ''}",
         ", ".join(change.breaks)]
        for change in each.changes
    ]  # fmt: skip
    verdict = "is high enough" if each.is_enough else "is too low"
    return "\n".join(
        [
            table(["bump", "for consumers", "where", "what", "breaks" if breaking else ""], rows),
            "",
            f"{each.of} {each.old} → {each.new}: {plural(len(each.changes), 'change')}, {each.bump}; "
            f"the least version is {each.least}, so {each.new} {verdict}.",
            *([f"Breaks {', '.join(breaking)}."] if breaking else []),
        ]
    )


def _place(change: Change) -> str:
    further = len(change.places) - 1
    return f"{change.places[0]} and {further} more" if further else change.places[0]


def compared_as_dict(beside: Sequence[Compared]) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [
        {
            "of": each.of,
            "old": each.old,
            "new": each.new,
            "bump": each.bump,
            "least_version": each.least,
            "is_enough": each.is_enough,
            "changes": [
                {
                    "kind": change.kind,
                    "judgement": change.judgement,
                    "bump": change.bump,
                    "places": list(change.places),
                    "en": change.en,
                    "what": change.what,
                    "breaks": list(change.breaks),
                }
                for change in each.changes
            ],
        }
        for each in beside
    ]


def show_published(done: Sequence[tuple[Path, Standing]]) -> str:
    """A line for each contract: published now, or before."""
    return "\n".join(
        f"Version {before.version} of {before.of} is published: commit {path}."
        if before.state == "unpublished"
        else f"Version {before.version} of {before.of} is published already, and says the same."
        for path, before in done
    )


def published_as_dict(done: Sequence[tuple[Path, Standing]]) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [
        {"of": before.of, "version": before.version, "file": str(path), "is_new": before.state == "unpublished"}
        for path, before in done
    ]
