"""Logs to try things on: a life of two extracts in eight lines."""

import datetime as dt
from pathlib import Path

from sigpanel import audit

DAY = dt.date(2026, 3, 1)
ONE, OTHER = "demo-followup-v1", "demo-followup-v2"
DIGEST = {ONE: "a" * 64, OTHER: "b" * 64}
LIFE = (
    ("issued", ONE, ""),
    ("reissued", ONE, ""),
    ("issued", OTHER, ""),
    ("checked", ONE, "passed"),
    ("expired", ONE, "due"),
    ("unlinked", ONE, "version"),
    ("recalled", OTHER, "fault"),
    ("key_sealed", "key", "manager"),
)


def log_in(folder: Path, name: str = "extracts") -> Path:
    """Where a log of that kind would lie."""
    place = folder / name
    place.mkdir(exist_ok=True)
    return place / "log.jsonl"


def live(path: Path, lines=LIFE, head_file: Path | None = None) -> Path:
    """Append these lines to a log, a day apart, and after those that it has."""
    first = path.read_bytes().count(b"\n") if path.is_file() else 0
    for number, (event, subject, detail) in enumerate(lines, start=first):
        audit.append(
            path,
            on=DAY + dt.timedelta(days=number),
            event=event,
            subject=subject,
            detail=detail,
            digest=DIGEST.get(subject, "") if event in ("issued", "reissued", "checked") else "",
            head_file=head_file,
        )
    return path
