"""The salt of an extract is destroyed: nobody can make it again or follow its ids back, with whatever keys.

Where ids hold for an approval, all its versions have one salt, and are unlinked together. Their data stay in use for as
long as the approval says; they are personal data as before, since a row can be recognised by what it says.

A salt that is not beside the key that is set may lie beside another copy of it. So nothing is called unlinked because
no salt was found, unless it is said that the salt is lost; and a salt that is called lost and is there is not touched.
Nothing at all is said of salts where the key that is set is not there: its path may be misspelt. Where the key itself
was lost, a new one is made and set first (docs/keys.md).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel import audit
from sigpanel.key import salts
from sigpanel.pipeline import extract_refusals as refusals
from sigpanel.pipeline.audit_log import extracts_log, note
from sigpanel.pipeline.custody import manager_key
from sigpanel.pipeline.extract_hold import at, known_of, name_of, record_of, salt_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.audit import Standing
    from sigpanel.pipeline.study import Study


@dataclass(frozen=True)
class Unlinking:
    """What unlinking an extract means: which extracts share its salt, whose name that is, and whether it is there.

    `in_use` are those of them that have not ended. `made_with` is the id of the key that they were made with, where it
    is not the one that is set and no salt is beside that.
    """

    extract_id: str
    extract_ids: tuple[str, ...]
    scope: str
    salt: str
    is_there: bool
    was_begun: bool = False
    in_use: tuple[str, ...] = ()
    made_with: str | None = None


def unlinking(study: Study, extract_id: str, *, is_lost: bool = False) -> Unlinking:
    """What unlinking an extract would mean, to be shown before it is done.

    Raises:
        InputError: the log knows no such extract, or is not whole; or a manifest that says whose ids hold how long is
            not to be believed; or no key is where it is set, lost or not.
        PolicyError: it is unlinked already; or there is no salt beside the key that is set, and it is not called lost;
            or there is one, and it is.
    """
    return _unlinking(study, extract_id, known_of(study, extract_id), is_lost=is_lost)


def unlink(study: Study, extract_id: str, *, today: dt.date, is_lost: bool = False) -> Unlinking:
    """Destroy the salt of an extract; where ids hold for an approval, that of all its versions.

    Args:
        study: the study.
        extract_id: the extract.
        today: the day.
        is_lost: there is no salt any more, and that is to be written down.

    Raises:
        InputError, PolicyError: as `unlinking`.
    """
    with at(study, extract_id) as (known, _):
        plan = _unlinking(study, extract_id, known, is_lost=is_lost)
        for each in plan.extract_ids:
            note(extracts_log(study), on=today, event="unlinked", subject=each, detail=plan.scope)
        if plan.is_there:
            salts.destroy_salt(study.manager_key_file(), plan.salt)
        return plan


def _unlinking(study: Study, extract_id: str, known: Mapping[str, Standing], *, is_lost: bool) -> Unlinking:
    standing = known[extract_id]
    record = record_of(study, standing)
    scope = str(record.ids)
    salt = salt_of(extract_id, scope)
    is_there = salts.has_salt(study.manager_key_file(), salt)
    was_begun = not standing.state.has_salt and is_there
    if audit.after("unlinked", standing) is None and not was_begun:
        raise refusals.refused("unlinked", standing)
    if is_there and is_lost:
        raise refusals.salt_here(extract_id)
    # A salt that is there is destroyed beside whatever key: it goes along when a key is changed for another.
    is_own = is_there or record.key_id == manager_key(study)[0].key_id
    if not is_there and not is_lost:
        raise refusals.no_salt(extract_id) if is_own else refusals.another_key(extract_id)
    together = (each for each in known.values() if each.extract_id == extract_id or _shares(study, each, salt, scope))
    left = tuple(each.extract_id for each in together if each.state.has_salt)
    in_use = tuple(name for name in left or (extract_id,) if known[name].state.has_files)
    made_with = None if is_own else record.key_id
    return Unlinking(extract_id, left, scope, salt, is_there, was_begun, in_use, made_with)


def _shares(study: Study, other: Standing, salt: str, scope: str) -> bool:
    """Whether another extract has the same salt: another version of the approval whose ids hold for all of them."""
    if scope != "approval" or name_of(other.extract_id) != salt:
        return False
    return record_of(study, other).ids == "approval"
