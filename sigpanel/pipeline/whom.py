"""Whom a withdrawal is about: by the code that somebody typed, or by an episode where several persons have the code.

A code is read as linkage reads one, and looked for among everything that any report gave, so that a code which was
corrected later leads to the person too. Nobody, or several, is for the data owner to settle: that is told by district,
year and episode, and nothing is changed. No argument is repeated in a refusal, since it may be a code.

Whoever is out already may ask, by that code or another, to be out of more: that is as new as somebody who goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.spelling import read_uno
from sigpanel.contracts.withdrawals import withdrawals_file
from sigpanel.decisions import Withdrawal, Withdrawals
from sigpanel.decisions.withdrawals import CODE, EPISODE, STATISTICS, is_episode_id
from sigpanel.errors import InputError, UsageError
from sigpanel.forms import districts
from sigpanel.panel import layout
from sigpanel.panel.withdrawn import is_held
from sigpanel.pipeline.older import PURGE, REMOVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.key import Key
    from sigpanel.pipeline.at_hand import AtHand
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


def hold_words(asked: Asked, older: str) -> None:
    """Refuse a word that is none of the contract's; none is repeated, since it may be a code in the wrong place.

    Raises:
        UsageError: there is one, or the name of who decided is none.
    """
    file = withdrawals_file()
    hold_older(older)
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


def hold_older(older: str) -> None:
    """Refuse a word that says nothing of what becomes of older releases.

    Raises:
        UsageError: it is one.
    """
    if older not in (REMOVE, PURGE):
        raise UsageError(
            "withdraw-older", "--older was given another word than it takes.", remedy=f"Give {REMOVE} or {PURGE}."
        )


def target_of(asked: Asked, key: Key) -> tuple[str, str]:
    """What a line is to be about: its kind, and the episode's id or the pseudonym of the code.

    Raises:
        InputError: the code cannot be read.
    """
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


@dataclass(frozen=True)
class Found:
    """What a line would change. It is not shown when printed.

    Attributes:
        episodes: the episodes of everybody whom it is about, also of those who are out already.
        n_persons: how many persons are in, and go.
        n_widened: how many are out of research by other lines or the line of before, and go out of the city's figures.
        n_narrowed: how many come back into these, since the line of before took them out of more.
        is_news: whether it says anything new.
    """

    episodes: pl.Series = field(repr=False)
    n_persons: int
    n_widened: int
    n_narrowed: int
    is_news: bool


def found(study: Study, there: AtHand, known: Withdrawals, line: Withdrawal, asked: Asked) -> Found:
    """Whom a line is about, what it would change for them, and whether it says anything new.

    Raises:
        InputError: it is about nobody, or would change something for several.
    """
    now, is_known = known.with_one(line), line.target in known.by_target()
    held = there.holders(now)
    about, out = _held(held, (line,)), _held(held, known.all)
    before, after = (_held(held, (one for one in each.all if one.scope == STATISTICS)) for each in (known, now))
    goes, widened, narrowed = about - out, about & out & (after - before), about & (before - after)
    if not (about or is_known or there.is_told(line) or _is_released(study, line)):
        _hold_nobody(line, asked)
    persons = there.episodes.filter(pl.col("episode_id").is_in(goes | widened | narrowed))
    if persons["person_id"].n_unique() > 1 and line.kind == CODE and not asked.everybody:
        raise _ambiguous(persons)
    # Who has the code is out of as much already, by another line: what is to come under it is asked for by --even-so.
    is_as_before = bool(about) and not (goes or widened)
    return Found(
        episodes=pl.Series(sorted(about), dtype=pl.String),
        n_persons=_n_persons(persons, goes),
        n_widened=_n_persons(persons, widened),
        n_narrowed=_n_persons(persons, narrowed),
        is_news=now != known and (is_known or not is_as_before or asked.even_so),
    )


def _held(held: pl.DataFrame, lines: Iterable[Withdrawal]) -> set[str]:
    """The episodes that lines hold."""
    return set(held.filter(pl.col("line").is_in([one.target for one in lines]))["episode_id"])


def _n_persons(persons: pl.DataFrame, episodes: set[str]) -> int:
    return persons.filter(pl.col("episode_id").is_in(episodes))["person_id"].n_unique()


def _is_released(study: Study, line: Withdrawal) -> bool:
    """Whether a release holds what no workbook does any more."""
    ids = pl.Series([line.id], dtype=pl.String)
    return any(is_held(study.panel / name, ids) for name in layout.published(study.panel))


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
