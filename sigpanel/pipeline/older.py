"""The releases before the live one, once somebody has withdrawn: which hold the person, and what becomes of them.

What is to go is told by the live release's registry and ledger, so this can be done again at any time, also by a run
that is not the one which made the release. A release that holds nobody who goes is left as it is. One of another
version of the contract is removed, since its tables cannot be held against ours when they are rewritten, and so is one
that is damaged, or was made with a key that the panel has no longer: under its ids nobody can be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.decisions.withdrawals import CODE
from sigpanel.errors import Fault
from sigpanel.panel import open_panel, registry
from sigpanel.panel import purge as releases
from sigpanel.panel.open import Panel
from sigpanel.panel.withdrawn import WITHDRAWN, Gone, is_held
from sigpanel.pipeline.custody import remembered_of
from sigpanel.pipeline.intact import damaged
from sigpanel.pipeline.report import complete_reports, remove_reports
from sigpanel.pipeline.withdrawn import withdrawals_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sigpanel.decisions import Withdrawals
    from sigpanel.key import Key
    from sigpanel.panel.lock import Lock
    from sigpanel.pipeline.study import Study

    # Writes a line of the owner's log: event, subject, detail.
    Log = Callable[[str, str, str], None]

REMOVE: Final = "remove"
PURGE: Final = "purge"


def gone_from(study: Study, key: Key, withdrawals: Withdrawals) -> Gone:
    """Who is not in the live release, by what its registry and its ledger know."""
    episodes = episodes_of(study, [one.target for one in withdrawals.all])
    rows = open_panel(study.panel).ledger.filter(pl.col("fate") == WITHDRAWN).select("submission_id", "row").collect()
    return Gone(
        episodes=episodes,
        person_ids=key.pseudonyms("persons", episodes),
        uno_ids=pl.Series([one.id for one in withdrawals.all if one.kind == CODE], dtype=pl.String),
        rows=rows,
    )


def episodes_of(study: Study, targets: list[str], beside: pl.Series | None = None) -> pl.Series:
    """The episodes that lines about these took out, as the live release's registry remembers.

    Args:
        study: the study.
        targets: what the lines are about.
        beside: episodes of persons of whom all are wanted that any line took out.
    """
    remembered = remembered_of(study)
    known = registry.withdrawn(remembered).filter(alias_kind=registry.WITHDRAWN)
    is_wanted = pl.col("alias").is_in(targets)
    if remembered is not None and beside is not None:
        persons = remembered.filter(pl.col("episode_id").is_in(beside.implode()))["person_id"]
        own = remembered.filter(pl.col("person_id").is_in(persons.implode()))["episode_id"]
        is_wanted |= pl.col("episode_id").is_in(own.implode())
    return known.filter(is_wanted)["episode_id"].unique().sort()


def deal_with_older(
    study: Study, key: Key, withdrawals: Withdrawals, how: str, log: Log, held: Lock
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove or rewrite every older release that holds somebody who goes; whatever a kill left is finished first.

    Returns:
        The releases that were removed, and those that were rewritten.

    Raises:
        Fault: the live release holds somebody who goes; then nothing is touched.
    """
    releases.settle(study.panel, held)
    if not withdrawals.all:
        return (), ()
    gone = gone_from(study, key, withdrawals)
    live = open_panel(study.panel)
    if is_held(live.path, gone.ids):
        raise Fault("withdrawn-still-there", "The live release holds somebody who has withdrawn.")
    told = {"withdrawals_digest": withdrawals_digest(withdrawals, key), "n_withdrawals": len(withdrawals.all)}
    removed, purged = [], []
    for name in releases.older(study.panel):
        is_ours = releases.is_under_key(study.panel, name, key.key_id)
        if is_ours and not is_held(study.panel / name, gone.ids):
            continue
        remove_reports(study, name)
        if how == PURGE and is_ours and _can_be_rewritten(study, name):
            log("release_purged", name, "withdrawal")
            releases.purge(study.panel, name, gone, told, held)
            purged.append(name)
        else:
            log("release_removed", name, "withdrawal")
            releases.remove(study.panel, name, held)
            removed.append(name)
    # Those that an earlier run made or rewrote may have been left without their pages.
    for name in (*releases.older(study.panel), live.release):
        if name == live.release or (releases.was_purged(study.panel, name) and _can_be_rewritten(study, name)):
            complete_reports(study, name)
    return tuple(removed), tuple(purged)


def _can_be_rewritten(study: Study, release: str) -> bool:
    """Whether a release is whole, and keeps the very contract that we do."""
    folder = study.panel / release
    return releases.is_of_this_contract(study.panel, release) and not any(damaged(Panel(folder, release)))
