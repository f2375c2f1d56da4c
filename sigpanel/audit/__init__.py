"""Audit logs: what was done with extracts, keys and releases, on which day, as lines that only grow.

    append(path, on=today, event="issued", subject="demo-followup-v1", digest=…)
    read(path)                  every line as an `Entry`, or an error that names the first one that is broken
    verify(path, head)          the same, held against the head that is kept elsewhere
    states(entries)             what has become of each extract: live, unlinked, expired or recalled

A line is canonical JSON and holds the SHA-256 of the line before it, so a line that is changed, dropped, moved or
doubled breaks the chain at a number that can be named. What a chain cannot tell is that its end was cut off, or that
somebody went on with it; for that the number and hash of the last line are kept at another place, the head. A chain
without a key is no signature: whoever can write both places can write another history.

What a line may say is closed (`contracts/audit.yaml`): days, digests, extracts, releases, and words listed there. There
is no clock here, no key, and no state beside the log: the register of extracts is what the lines come to.
"""

from sigpanel.audit.entries import Entry
from sigpanel.audit.head import Head, keep_head, read_head
from sigpanel.audit.log import (
    CLOCK_CORRECTED,
    append,
    backwards,
    head,
    head_missing,
    hold_day,
    read,
    settle,
    verify,
)
from sigpanel.audit.standing import Standing, after, in_use, standings, states

__all__ = [
    "CLOCK_CORRECTED",
    "Entry",
    "Head",
    "Standing",
    "after",
    "append",
    "backwards",
    "head",
    "head_missing",
    "hold_day",
    "in_use",
    "keep_head",
    "read",
    "read_head",
    "settle",
    "standings",
    "states",
    "verify",
]
