"""The withdrawals that are written down, held against the owner's log and the live release.

A withdrawal is written in `owner/withdrawals.csv` first, then in the owner's log, and then it is carried out. The file
alone says who it is, so nothing that only the log has could be finished; and what the file has and the log has not, or
the release was not made by, is told here and finished by `sigpanel withdraw --finish`.

The log may tell of more than the file has: of a line that was taken away, or that is out of something else now. That
is said, and is nothing to mend. Which of two lines stands in the file is told by the keyed digest in the live release,
so by whoever has the owner's key; without it only their number is compared.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sigpanel.errors import InputError, SigpanelError
from sigpanel.pipeline.custody import owner_key
from sigpanel.pipeline.withdraw import pending, unlogged
from sigpanel.pipeline.withdrawn import withdrawals_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.audit import Entry
    from sigpanel.pipeline.study import Study

_FINISH = "The data owner runs `sigpanel withdraw --finish`"


def not_done(study: Study, entries: Sequence[Entry]) -> Iterator[SigpanelError]:
    """What is still to be done of the withdrawals of a study, each as an error with what to do; none is raised.

    Args:
        study: the study; where its owner's room may not be looked into, nothing can be told.
        entries: the lines of the owner's log.
    """
    key = None
    with suppress(SigpanelError):
        key = owner_key(study)
    try:
        missing = unlogged(entries, withdrawals_of(study))
        is_pending = pending(study, key)
    except PermissionError:
        return
    except SigpanelError as error:
        yield error
        return
    if missing:
        yield InputError(
            "withdrawal-unlogged",
            f"{len(missing)} of the lines of owner/withdrawals.csv are not told of in the owner's log: a withdrawal "
            "was interrupted, or they were written by hand.",
            remedy=f"{_FINISH}.",
        )
    if is_pending:
        yield InputError(
            "withdrawal-pending",
            "The live release was not made by what stands in owner/withdrawals.csv.",
            remedy=f"{_FINISH}, which makes a new release and deals with older ones.",
        )


def more_told(study: Study, entries: Sequence[Entry]) -> tuple[str, ...]:
    """That the log tells of more withdrawals than the file has lines, if it does."""
    try:
        n_lines = len(withdrawals_of(study).all)
    except (SigpanelError, PermissionError):
        return ()
    n_told = sum(entry.event == "withdrawn" for entry in entries)
    if n_told <= n_lines:
        return ()
    return (
        f"The owner's log tells of {n_told} withdrawals, and owner/withdrawals.csv has {n_lines}: "
        "lines were taken away, or are out of something else now. If nobody did that, somebody is in who has withdrawn"
        ": ask the data owner.",
    )
