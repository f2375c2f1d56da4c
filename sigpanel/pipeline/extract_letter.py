"""The letter to the recipients of an extract that is called back, in Swedish, beside what is left of the extract.

Its text stands in `contracts/audit.yaml`; filled in is what the extract's own manifest and the log say. It tells which
files to look for by their SHA-256, all that SHA256SUMS lists and that file itself, and nothing of what is in them; and
of the reason no more than its kind. Files that another extract has to the byte (a codebook, say) stand apart.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sigpanel.contracts.audit import vocabulary
from sigpanel.panel import durable

if TYPE_CHECKING:
    from pathlib import Path

    from sigpanel.pipeline.extract_record import Record

_NOT_KNOWN = "framgår inte längre av utdragets manifest"


def letter(
    extract_id: str, reason: str, on: dt.date, record: Record | None, elsewhere: frozenset[str] = frozenset()
) -> str:
    """The text of the letter.

    Args:
        extract_id: the extract.
        reason: why, by its word.
        on: the day on which it was called back.
        record: what the manifest says; null where there is none left to believe.
        elsewhere: SHA-256 of files that other extracts have: such a file alone does not tell which one a copy is of.
    """
    files = sorted(record.received.items()) if record else []
    own = [(name, sum_) for name, sum_ in files if sum_ not in elsewhere]
    shared = [(name, sum_) for name, sum_ in files if sum_ in elsewhere]
    return vocabulary().letter.format(
        extract_id=extract_id,
        on=on.isoformat(),
        reason=vocabulary().reasons[reason].sv,
        register_number=(record and record.register_number) or _NOT_KNOWN,
        recipients="; ".join(record.recipients) if record and record.recipients else _NOT_KNOWN,
        files=_lines(own) or f"    ({_NOT_KNOWN})",
        shared=vocabulary().letter_shared.format(files=_lines(shared)) if shared else "",
    )


def _lines(files: list[tuple[str, str]]) -> str:
    return "\n".join(f"    {sum_}  {name}" for name, sum_ in files)


def write_letter(folder: Path, text: str) -> Path:
    """Write the letter into the extract's folder."""
    durable.make_folders(folder, durable.SHARED_FOLDER)
    path = folder / vocabulary().letter_file
    with durable.replaced_file(path, durable.SHARED) as file:
        file.write(text.encode())
    return path
