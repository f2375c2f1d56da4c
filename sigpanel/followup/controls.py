"""Ids of controls are for good: a version may correct what is told of a control, and not who it is.

    drawn_before(before, declared)      ids drawn before, by versions that stay and by those that go
    hold_controls(before, now, new)     a refusal where rows of others would become a control's; else warnings

Holders are asked about a control by its id. Drawn again under the same id it is another person, of whom those holders
have told nothing, and their rows would be taken for that person's. So where others have searched for an id, neither its
sex nor its year of birth may change, and it may not go. Two persons may be alike in both: any other change is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.approval_registers import CONTROLS
from sigpanel.contracts.deliveries import delivery
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError
from sigpanel.followup.held import Drawn, Taken, Warned
from sigpanel.followup.stored import takes_place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sigpanel.contracts.delivery import Coverage

_ID: Final = "control_id"


def drawn_before(before: Sequence[Taken], declared: Mapping[str, Coverage]) -> Drawn:
    """The ids of controls that were drawn before a delivery.

    Args:
        before: what was received before.
        declared: what the delivery declares of its tables.
    """
    new = Taken(CONTROLS, declared[CONTROLS], pl.DataFrame(), pl.DataFrame()) if CONTROLS in declared else None
    stay, go = set[str](), set[str]()
    for each in before:
        if each.kind == CONTROLS:
            (go if new and takes_place_of(new, each) else stay).update(each.frame[_ID])
    return Drawn(frozenset(stay), frozenset(go))


def hold_controls(before: Sequence[Taken], now: Sequence[Taken], new: Sequence[Taken]) -> tuple[Warned, ...]:
    """Hold controls that come now against those received before.

    Args:
        before: what was received before.
        now: what there is with the delivery.
        new: what of that came with it.

    Raises:
        InputError: somebody for whom others have searched is another person now, or gone.
    """
    old, fresh = _controls(before), _controls(new)
    if old.is_empty() or fresh.is_empty():
        return ()
    kept = fresh.join(old, on=_ID, how="semi")
    others = kept.join(old, on=[_ID, *facts().same_control], how="anti")
    stays = [each for each in now if not any(each is one for one in new)]
    n_others = len({*others[_ID]} & _searched(stays))
    n_gone = len(({*old[_ID]} - {*_controls(now)[_ID]}) & _searched(now))
    told = [
        (n_others, f"controls have another {' or '.join(facts().same_control)} under the same id"),
        (n_gone, "controls are not among them any more"),
    ]
    lines = "".join(f"\n  {n} {what}" for n, what in told if n)
    if lines:
        raise InputError(
            "delivery-controls",
            "Other tables have been searched for these controls already, whose rows would be taken for somebody "
            f"else's, or nobody's. Nothing was taken in:{lines}\n",
            remedy="The id of a control is for good: ask the holder for the controls that were drawn first, all of "
            "them. If the new ones are right, ask every other holder anew about these; then move the extract's folder "
            "followup away, and receive all deliveries again, controls first.",
        )
    n_changed = kept.join(old, on=kept.columns, how="anti", nulls_equal=True).height
    return (Warned(f"{CONTROLS}.same_controls", n_changed, facts().claimed["same_controls"].en),) if n_changed else ()


def _controls(taken: Iterable[Taken]) -> pl.DataFrame:
    found = [each.frame for each in taken if each.kind == CONTROLS]
    return pl.concat(found) if found else pl.DataFrame(schema=delivery(CONTROLS).schema)


def _searched(taken: Iterable[Taken]) -> set[str]:
    return {one for each in taken for one in each.searched["person_id"]}
