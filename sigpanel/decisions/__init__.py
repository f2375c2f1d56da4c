"""What the data owner has decided, as data beside the workbooks that stay as delivered.

Corrections are about single rows and cells, links about pairs of episodes, withdrawals about persons. A decision names
its target, who took it, when and why; the first two also what stood there when it was taken. A correction that no
longer fits, or that hits nothing, stops the build: a decision silently without effect, or on something else than was
looked at, is worse than none. A decision on a link that no longer fits is suspended, told and asked about again: fields
of episodes change every year, and each decided pair would stop the build.
"""

from sigpanel.decisions.contradictions import contradictions, hold
from sigpanel.decisions.corrected import Corrected, apply, settle
from sigpanel.decisions.corrections import NO_CORRECTIONS, Correction, Corrections, read_corrections
from sigpanel.decisions.in_force import Decided, decide, digests
from sigpanel.decisions.links import (
    DISPUTED,
    NO_LINK_DECISIONS,
    OUTDATED,
    REPLACED,
    LinkDecision,
    LinkDecisions,
    Merged,
    Met,
    links_as_csv,
    merge,
    read_links,
)
from sigpanel.decisions.withdrawals import (
    NO_WITHDRAWALS,
    Withdrawal,
    Withdrawals,
    read_withdrawals,
    withdrawals_as_csv,
)

__all__ = [
    "DISPUTED",
    "NO_CORRECTIONS",
    "NO_LINK_DECISIONS",
    "NO_WITHDRAWALS",
    "OUTDATED",
    "REPLACED",
    "Corrected",
    "Correction",
    "Corrections",
    "Decided",
    "LinkDecision",
    "LinkDecisions",
    "Merged",
    "Met",
    "Withdrawal",
    "Withdrawals",
    "apply",
    "contradictions",
    "decide",
    "digests",
    "hold",
    "links_as_csv",
    "merge",
    "read_corrections",
    "read_links",
    "read_withdrawals",
    "settle",
    "withdrawals_as_csv",
]
