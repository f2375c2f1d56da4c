"""Take a person out: find them by their code, write it down, publish a release without them, and deal with the others.

    1  the code is read as linkage reads one, and becomes its pseudonym; who is reported under it, of all that is at
       hand (workbooks, or where these are gone the live release), is whom it is about
    2  `owner/withdrawals.csv` gets a line, and then the log of the owner's room; the file first, since it alone says
       who it is: what only the log had could be finished by nobody. Who is out already, by another code of theirs, gets
       a line only where it takes them out of more
    3  a release without the person is made and is live
    4  it is written down whom extracts in use hold, as long as the releases that they were cut from are there
    5  older releases that hold the person are removed, or rewritten

Each step leaves what is on disk whole, and knows whether it was done: a run that is killed is finished by running it
again, or by `finish`. Until 5 an older release may still hold the person, never the live one.

The code is in memory and nowhere else. What is printed and raised names districts, years and ids, for the data owner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sigpanel import key as keys
from sigpanel.contracts.withdrawals import withdrawals_file
from sigpanel.decisions import Withdrawal, Withdrawals, read_withdrawals, withdrawals_as_csv
from sigpanel.errors import InputError, UsageError
from sigpanel.extracts.layout import FOLLOWUP
from sigpanel.panel import durable, layout
from sigpanel.panel.lock import lock
from sigpanel.panel.open import live_manifest
from sigpanel.pipeline.at_hand import at_hand
from sigpanel.pipeline.audit_log import extracts_dir, note, owner_log
from sigpanel.pipeline.audit_log import held as held_log
from sigpanel.pipeline.custody import same_key
from sigpanel.pipeline.older import REMOVE, deal_with_older, episodes_of
from sigpanel.pipeline.recall import can_look, holding, in_use, remember
from sigpanel.pipeline.whom import Asked, found, hold_older, hold_words, target_of
from sigpanel.pipeline.withdrawn import withdrawals_digest, withdrawals_of

__all__ = ["Asked", "Withdrew", "finish", "hold_words", "pending", "unlogged", "withdraw"]

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import polars as pl

    from sigpanel.audit import Entry
    from sigpanel.panel.lock import Lock
    from sigpanel.pipeline.at_hand import AtHand
    from sigpanel.pipeline.older import Log
    from sigpanel.pipeline.recall import Cut
    from sigpanel.pipeline.study import Study


# What the manifest says of a release whose ids were replaced: its digests are of those of before.
_REKEYED = "is_rekeyed"


@dataclass(frozen=True)
class Withdrew:
    """What was done.

    Attributes:
        release: the live release.
        is_new: whether it was made now.
        is_known: whether a line about the same code or episode was written down before.
        n_persons: how many persons are taken out who were in.
        removed: older releases that were removed.
        purged: older releases that were rewritten.
        recall: extracts in use that hold the person.
        unsure: extracts in use of which it cannot be told.
        outdated: workbooks in the owner's outbox, which may show the person.
        delivered: of `recall` and `unsure`, those into which deliveries of registers were received.
        n_noted: where nobody was asked for, how many lines are written down and were held against the live release.
        is_written: whether a line was written or changed now.
        n_widened: how many persons who were out of research are now out of the city's figures too.
        n_narrowed: how many persons are back in these.
    """

    release: str
    is_new: bool
    is_known: bool
    n_persons: int
    removed: tuple[str, ...]
    purged: tuple[str, ...]
    recall: tuple[str, ...]
    unsure: tuple[str, ...]
    outdated: tuple[str, ...]
    delivered: tuple[str, ...] = ()
    n_noted: int | None = None
    is_written: bool = False
    n_widened: int = 0
    n_narrowed: int = 0


def owners_log(study: Study, today: dt.date) -> Log:
    """What writes a line of the owner's log, of a day; the log is held first, so that nothing is begun beside it.

    Raises:
        InputError: it is not whole, has a line of a later day, or no key is set.
    """
    held_log(owner_log(study), on=today)

    def tell(event: str, subject: str, detail: str) -> None:
        note(owner_log(study), on=today, event=event, subject=subject, detail=detail)

    return tell


def withdraw(
    study: Study,
    asked: Asked,
    *,
    today: dt.date,
    older: str = REMOVE,
    key: keys.Key | None = None,
    is_logged: bool = True,
    extracts: Callable[[Study], Sequence[Cut]] = in_use,
) -> Withdrew:
    """Take a person out.

    Args:
        study: the study.
        asked: whom, out of what, and why.
        today: the day.
        older: what becomes of older releases that hold the person: remove, or purge.
        key: the key, for tests; else the file that is set is read.
        is_logged: whether the owner's log is told; a demo study has no key file, and so no log whose end could be held.
        extracts: the study's extracts in use.

    Raises:
        UsageError: a word that is none of the contract's.
        InputError: the code cannot be read, nobody has it or several do, there is no such episode, the study cannot be
            built, or the owner's log cannot be gone on with.
        PolicyError: the key is not safe, or not the one of the live release.
    """
    hold_words(asked, older)
    if (asked.code is None) == (asked.episode is None):
        raise UsageError("withdraw-whom", "It is not said who withdraws.", remedy="Give a code, or --episode.")
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    target = target_of(asked, key)
    with lock(study.panel) as held:
        # First: with another key set, the log looks as if its end were lost.
        same_key(study, key)
        log = owners_log(study, today) if is_logged else None
        known = _of_days_until(today, withdrawals_of(study))
        there = at_hand(study, key)
        line = Withdrawal(*target, asked.scope, asked.reason, asked.who, today)
        whom = found(study, there, known, line, asked)
        now = known.with_one(line) if whom.is_news else known
        if whom.is_news:
            _write(study, now)
        desk = _Desk(study, key, held, older, extracts, log)
        # By whichever code it was asked for: whoever holds an episode of the person's holds the person.
        done = desk.finish(now, there, of=[line.target], beside=whom.episodes)
        return replace(
            done,
            is_known=line.target in known.by_target(),
            is_written=whom.is_news,
            n_persons=whom.n_persons,
            n_widened=whom.n_widened,
            n_narrowed=whom.n_narrowed,
        )


def finish(
    study: Study,
    *,
    today: dt.date,
    older: str = REMOVE,
    key: keys.Key | None = None,
    is_logged: bool = True,
    extracts: Callable[[Study], Sequence[Cut]] = in_use,
) -> Withdrew:
    """Do what is still to be done of the withdrawals that are written down: after a kill, or an edit by hand.

    What was killed before it was written down is not known here, and is to be asked for again.

    Raises:
        InputError: the study cannot be built, or the owner's log cannot be gone on with.
        PolicyError: the key is not safe, or not the one of the live release.
    """
    hold_older(older)
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    with lock(study.panel) as held:
        same_key(study, key)
        log = owners_log(study, today) if is_logged else None
        known = _of_days_until(today, withdrawals_of(study))
        there = at_hand(study, key) if pending(study, key) else None
        desk = _Desk(study, key, held, older, extracts, log)
        done = desk.finish(known, there, of=[one.target for one in known.all])
        return replace(done, n_noted=len(known.all))


def _of_days_until(today: dt.date, known: Withdrawals) -> Withdrawals:
    """Refuse lines of a later day: no line of the log could ever tell of them, and each run would log them anew."""
    later = [str(one.line) for one in known.all if one.date > today]
    if later:
        raise InputError(
            "withdrawals-later-day",
            f"In {withdrawals_file().path} a date lies after today, in line {', '.join(later)}.",
            remedy="Mend the date there, counted as Excel counts rows, or the clock of this machine.",
        )
    return known


def unlogged(entries: Sequence[Entry], withdrawals: Withdrawals) -> list[Withdrawal]:
    """The lines of withdrawals that a log does not tell of: each takes a line of its scope, of its day or later."""
    missing = []
    told = [(entry.detail, entry.on) for entry in entries if entry.event == "withdrawn"]
    # The latest first: it can be told of by the fewest.
    for one in sorted(withdrawals.all, key=lambda one: one.date, reverse=True):
        fitting = [line for line in told if line[0] == one.scope and line[1] >= one.date]
        if fitting:
            told.remove(fitting[0])
        else:
            missing.append(one)
    return missing


def pending(study: Study, key: keys.Key | None = None) -> bool:
    """Whether the live release is not made by the withdrawals that are written down, so that nothing may leave it.

    Also where lines were taken away and no release was made since. Without the owner's key only their number is
    compared, as for a release whose ids were replaced without workbooks, which nothing is made from any more; and where
    the owner's room cannot be looked into nothing can be told: then it is not pending.

    Raises:
        InputError: the file cannot be used.
    """
    made_from = live_manifest(study.panel)
    if key is not None and not made_from.get(_REKEYED):
        return bool(made_from.get("withdrawals_digest") != withdrawals_digest(withdrawals_of(study), key))
    if not can_look(study):
        return False
    return bool(made_from.get("n_withdrawals", 0) != len(read_withdrawals(study.withdrawals).all))


@dataclass(frozen=True)
class _Desk:
    """Where a withdrawal that is written down is carried out."""

    study: Study
    key: keys.Key
    held: Lock
    older: str
    extracts: Callable[[Study], Sequence[Cut]]
    log: Log | None

    def finish(
        self, known: Withdrawals, there: AtHand | None, *, of: list[str], beside: pl.Series | None = None
    ) -> Withdrew:
        """Do all that is still to be done of what is known; told of whom lines and episodes are."""
        study = self.study
        log = self.log or (lambda *_: None)
        for one in unlogged(held_log(owner_log(study)), known) if self.log else ():
            log("withdrawn", "panel", one.scope)
        is_new = there is not None and pending(study, self.key)
        if there is not None and is_new:
            there.publish(known, self.held)
        cuts = self.extracts(study)
        # Before a release goes that an extract was cut from.
        remember(study, cuts)
        removed, purged = deal_with_older(study, self.key, known, self.older, log, self.held)
        recall, unsure = holding(study, cuts, episodes_of(study, of, beside), self.key.key_id)
        return Withdrew(
            release=layout.current(study.panel) or "",
            is_new=is_new,
            is_known=True,
            n_persons=0,
            removed=removed,
            purged=purged,
            recall=tuple(recall),
            unsure=tuple(unsure),
            outdated=_outbox(study),
            delivered=tuple(one for one in (*recall, *unsure) if (extracts_dir(study) / one / FOLLOWUP).is_dir()),
        )


def _write(study: Study, withdrawals: Withdrawals) -> None:
    with durable.replaced_file(study.withdrawals, durable.PRIVATE) as stream:
        stream.write(withdrawals_as_csv(withdrawals))


def _outbox(study: Study) -> tuple[str, ...]:
    """The workbooks in the outbox: lists and feedback, made when the person was still in."""
    return tuple(sorted(path.name for path in study.outbox.glob("*.xlsx"))) if study.outbox.is_dir() else ()
