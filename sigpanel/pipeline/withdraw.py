"""Take a person out: find them by their code, write it down, publish a release without them, and deal with the others.

    1  the code is read as linkage reads one, and becomes its pseudonym; who is reported under it, of all that lies in
       the study, is whom it is about
    2  the log of the owner's room gets a line, and then `owner/withdrawals.csv`
    3  a release without the person is made and is live
    4  it is written down whom extracts in use hold, as long as the releases that they were cut from are there
    5  older releases that hold the person are removed, or rewritten

Each step leaves what is on disk whole, and knows whether it was done: a run that is killed is finished by running it
again, or by `finish`. Until 5 an older release may still hold the person, never the live one.

The code is in memory and nowhere else. What is printed and raised names districts, years and ids, for the data owner.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import key as keys
from sigpanel.clean.spelling import read_uno
from sigpanel.contracts.withdrawals import withdrawals_file
from sigpanel.decisions import Withdrawal, Withdrawals, read_withdrawals, withdrawals_as_csv
from sigpanel.decisions.withdrawals import CODE, EPISODE, is_episode_id
from sigpanel.errors import InputError, UsageError
from sigpanel.forms import districts
from sigpanel.panel import durable, layout
from sigpanel.panel.lock import lock
from sigpanel.panel.open import live_manifest
from sigpanel.panel.withdrawn import is_held
from sigpanel.pipeline.build import publish
from sigpanel.pipeline.custody import remembered_of, same_key
from sigpanel.pipeline.make import make_whole
from sigpanel.pipeline.manifest import withdrawals_digest
from sigpanel.pipeline.older import PURGE, REMOVE, deal_with_older, episodes_of
from sigpanel.pipeline.recall import holding, no_extracts, remember
from sigpanel.pipeline.withdrawn import holders, lines_of, rows_of_codes, rows_told, taken_out

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from sigpanel.panel.lock import Lock
    from sigpanel.pipeline.make import Whole
    from sigpanel.pipeline.older import Log
    from sigpanel.pipeline.recall import Cut
    from sigpanel.pipeline.study import Study


@dataclass(frozen=True)
class Asked:
    """What the data owner asks for: whom, by a code as somebody wrote it or by an episode's id, and out of what.

    `everybody`: all persons who have the code. `even_so`: the code, though nobody has it yet.
    """

    scope: str
    reason: str
    who: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    episode: str | None = None
    everybody: bool = False
    even_so: bool = False

    def about(self, code: str) -> Asked:
        """The same, about who has a code."""
        return replace(self, code=code)


@dataclass(frozen=True)
class Withdrew:
    """What was done.

    Attributes:
        release: the live release.
        is_new: whether it was made now.
        is_known: whether it was written down before that they withdraw.
        n_persons: how many persons are taken out who were in.
        removed: older releases that were removed.
        purged: older releases that were rewritten.
        recall: extracts in use that hold the person.
        unsure: extracts in use of which it cannot be told.
        outdated: workbooks in the owner's outbox, which may show the person.
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


def not_logged(event: str, subject: str, detail: str) -> None:
    """A log that keeps nothing: where a caller has none."""


def withdraw(
    study: Study,
    asked: Asked,
    *,
    today: dt.date,
    older: str = REMOVE,
    key: keys.Key | None = None,
    extracts: Callable[[Study], Sequence[Cut]] = no_extracts,
    log: Log = not_logged,
) -> Withdrew:
    """Take a person out.

    Args:
        study: the study.
        asked: whom, out of what, and why.
        today: the day.
        older: what becomes of older releases that hold the person: remove, or purge.
        key: the key, for tests; else the file that is set is read.
        extracts: the study's extracts in use.
        log: writes a line of the owner's log, before what it tells of is done: event, subject, detail.

    Raises:
        UsageError: a word that is none of the contract's.
        InputError: the code cannot be read, nobody has it or several do, there is no such episode, or the study cannot
            be built.
        PolicyError: the key is not safe, or not the one of the live release.
    """
    hold_words(asked, older)
    if (asked.code is None) == (asked.episode is None):
        raise UsageError("withdraw-whom", "It is not said who withdraws.", remedy="Give a code, or --episode.")
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    target = _target(asked, key)
    with lock(study.panel) as held:
        same_key(study, key)
        known = read_withdrawals(study.withdrawals)
        whole = make_whole(study, key, remembered_of(study))
        line = Withdrawal(*target, asked.scope, asked.reason, asked.who, today)
        n_persons, is_news = _found(study, whole, known, line, asked, key)
        now = known.with_one(line) if is_news else known
        if now != known:
            log("withdrawn", "panel", asked.scope)
            _write(study, now)
        desk = _Desk(study, key, held, older, extracts, log)
        return desk.finish(now, whole, is_known=line.target in known.by_target(), n_persons=n_persons, of=[line.target])


def finish(
    study: Study,
    *,
    older: str = REMOVE,
    key: keys.Key | None = None,
    extracts: Callable[[Study], Sequence[Cut]] = no_extracts,
    log: Log = not_logged,
) -> Withdrew:
    """Do what is still to be done of the withdrawals that are written down: after a kill, or an edit by hand.

    Raises:
        InputError: the study cannot be built.
        PolicyError: the key is not safe, or not the one of the live release.
    """
    _hold_older(older)
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    with lock(study.panel) as held:
        same_key(study, key)
        known = read_withdrawals(study.withdrawals)
        whole = make_whole(study, key, remembered_of(study)) if pending(study, key) else None
        desk = _Desk(study, key, held, older, extracts, log)
        return desk.finish(known, whole, is_known=True, n_persons=0, of=[one.target for one in known.all])


def pending(study: Study, key: keys.Key | None = None) -> bool:
    """Whether the live release is not made by the withdrawals that are written down, so that nothing may leave it.

    Also where lines were taken away and no release was made since. Without the owner's key only their number is
    compared, and where the owner's room cannot be looked into nothing can be told: then it is not pending.

    Raises:
        InputError: the file cannot be used.
    """
    if key is None and not _is_readable(study):
        return False
    known, made_from = read_withdrawals(study.withdrawals), live_manifest(study.panel)
    if key is None:
        return bool(made_from.get("n_withdrawals", 0) != len(known.all))
    return bool(made_from.get("withdrawals_digest") != withdrawals_digest(known, key))


def _is_readable(study: Study) -> bool:
    try:
        with study.withdrawals.open("rb"):
            return True
    except FileNotFoundError:
        return True
    except OSError:
        return False


@dataclass(frozen=True)
class _Desk:
    """Where a withdrawal that is written down is carried out."""

    study: Study
    key: keys.Key
    held: Lock
    older: str
    extracts: Callable[[Study], Sequence[Cut]]
    log: Log

    def finish(
        self, known: Withdrawals, whole: Whole | None, *, is_known: bool, n_persons: int, of: list[str]
    ) -> Withdrew:
        study = self.study
        is_new = whole is not None and pending(study, self.key)
        if whole is not None and is_new:
            remembered = remembered_of(study)
            made = taken_out(whole, known, study, self.key.pseudonyms, remembered)
            publish(study, self.key, made, remembered, self.held)
        cuts = self.extracts(study)
        # Before a release goes that an extract was cut from.
        remember(study, cuts)
        removed, purged = deal_with_older(study, self.key, known, self.older, self.log, self.held)
        recall, unsure = holding(study, cuts, episodes_of(study, of))
        return Withdrew(
            release=layout.current(study.panel) or "",
            is_new=is_new,
            is_known=is_known,
            n_persons=n_persons,
            removed=removed,
            purged=purged,
            recall=recall,
            unsure=unsure,
            outdated=_outbox(study),
        )


def _write(study: Study, withdrawals: Withdrawals) -> None:
    with durable.replaced_file(study.withdrawals, durable.PRIVATE) as stream:
        stream.write(withdrawals_as_csv(withdrawals))


def _outbox(study: Study) -> tuple[str, ...]:
    """The workbooks in the outbox: lists and feedback, made when the person was still in."""
    return tuple(sorted(path.name for path in study.outbox.glob("*.xlsx"))) if study.outbox.is_dir() else ()


# --- whom it is about -------------------------------------------------------------------------------------------------


def _target(asked: Asked, key: keys.Key) -> tuple[str, str]:
    if asked.episode is not None:
        return EPISODE, asked.episode
    code = pl.Series([asked.code], dtype=pl.String).to_frame("code").select(read_uno(pl.col("code"))).item()
    if code is None:
        raise InputError(
            "withdraw-code-unreadable",
            "What was given cannot be read as a UNO code. Nothing was changed.",
            remedy="Two initials, two digits of the birth year, two of the birth day: blanks, hyphens and case do not "
            "matter.",
        )
    return CODE, key.pseudonym("uno", code)


def _found(
    study: Study, whole: Whole, known: Withdrawals, line: Withdrawal, asked: Asked, key: keys.Key
) -> tuple[int, bool]:
    """How many persons a line takes out who are in, and whether it says anything new.

    Raises:
        InputError: it is about nobody, or about several.
    """
    made, remembered = whole.made, remembered_of(study)
    about = holders(made, lines_of(Withdrawals((line,))), key.pseudonyms, remembered)
    out = holders(made, lines_of(known), key.pseudonyms, remembered)
    whom = about.join(out, on="episode_id", how="anti")["episode_id"]
    persons = made.resolved.episodes.filter(pl.col("episode_id").is_in(whom.implode()))
    n_persons = persons["person_id"].n_unique()
    if line.target in known.by_target():
        return n_persons, True
    if about.is_empty() and not _is_elsewhere(study, whole, line, key):
        _hold_nobody(line, asked)
    if n_persons > 1 and line.kind == CODE and not asked.everybody:
        raise _ambiguous(persons)
    # Who has the code is out already, by another line: what is to come under it is asked for by --even-so.
    return n_persons, not (about.height and not n_persons) or asked.even_so


def _is_elsewhere(study: Study, whole: Whole, line: Withdrawal, key: keys.Key) -> bool:
    """Whether a row gives the code that made no episode, or a release holds what no workbook does any more."""
    ids = pl.Series([line.id], dtype=pl.String)
    rows = rows_of_codes(rows_told(whole.delivery, whole.made.judged), lines_of(Withdrawals((line,))), key.pseudonyms)
    return rows.height > 0 or any(is_held(study.panel / name, ids) for name in layout.published(study.panel))


def _hold_nobody(line: Withdrawal, asked: Asked) -> None:
    if line.kind == EPISODE:
        raise InputError(
            "withdraw-episode-unknown",
            "There is no such episode in the study. Nothing was changed.",
            remedy="Take an episode_id from the release, or from what `sigpanel withdraw` says of a code.",
        )
    if not asked.even_so:
        raise InputError(
            "withdraw-nobody",
            "Nobody in the study has the code. Nothing was changed.",
            remedy="Look for another spelling, an earlier name or another given name; or write it down with --even-so: "
            "rows that come under the code are then taken out as they come.",
        )


def _ambiguous(persons: pl.DataFrame) -> InputError:
    """That a code is of several persons: each with where and when they were enrolled, and an id to choose them by."""
    told = (
        persons.sort("enrolled_on", "episode_id", nulls_last=True)
        .group_by("person_id", maintain_order=True)
        .agg(
            "district", pl.coalesce(pl.col("enrolled_on").dt.year(), "first_reported_year").alias("year"), "episode_id"
        )
    )
    lines = [
        f"\n  --episode {episodes[0]}  {', '.join(dict.fromkeys(map(_label, places)))} "
        f"{', '.join(map(str, sorted({year for year in years if year is not None})))}"
        for places, years, episodes in told.select("district", "year", "episode_id").iter_rows()
    ]
    return InputError(
        "withdraw-ambiguous",
        f"{len(lines)} persons have the code, and nothing was changed:{''.join(lines)}\n",
        remedy="Find out who it is, and name the person by an episode as above; or take all of them out with --all.",
    )


def _label(district: str | None) -> str:
    return districts()[district].sv if district in districts() else "–"


# --- words ------------------------------------------------------------------------------------------------------------


def hold_words(asked: Asked, older: str) -> None:
    """Refuse a word that is none of the contract's; none is repeated, since it may be a code in the wrong place.

    Raises:
        UsageError: there is one, or the name of who decided is none.
    """
    file = withdrawals_file()
    _hold_older(older)
    for option, word, words in (("--from", asked.scope, file.scopes), ("--reason", asked.reason, file.reasons)):
        if word not in words:
            raise UsageError(
                "withdraw-word", f"{option} was given another word than it takes.", remedy=f"Give {', '.join(words)}."
            )
    if not asked.who.strip() or any(sign.isdigit() for sign in asked.who):
        raise UsageError(
            "withdraw-who",
            "--who is to say who decided, by name or initials, without digits.",
            remedy="Give the name of whoever decided at the data owner's.",
        )
    if asked.episode is not None and not is_episode_id(asked.episode):
        raise UsageError(
            "withdraw-episode", "--episode was given something that is no episode_id.",
            remedy="Give the episode_id; a code is asked for, and never an argument.",
        )  # fmt: skip


def _hold_older(older: str) -> None:
    if older not in (REMOVE, PURGE):
        raise UsageError(
            "withdraw-older", "--older was given another word than it takes.", remedy=f"Give {REMOVE} or {PURGE}."
        )
