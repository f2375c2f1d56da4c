"""What the data owner has decided about pairs of episodes, read from and written to `owner/links.csv`.

A line names two episodes by their ids, a verdict (same, different, unknown), why, who, when, and the digest of what
was compared. A pair stands once. All that is wrong with a file is told at once, by line and column, never what stands
there.

Which decisions are in force is for `in_force`, and whether they can all be true for `contradictions`. Nothing is
decided here, and no clock is read: the date is the one that whoever decided wrote.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from sigpanel.contracts.links import links_file
from sigpanel.decisions.corrections import is_day
from sigpanel.decisions.lines import Misfit, read_lines, told
from sigpanel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

SAME: Final = "same"
DIFFERENT: Final = "different"
REPLACED: Final = "replaced"
OUTDATED: Final = "outdated"
DISPUTED: Final = "disputed"

# As `sigpanel.key` makes the ids of episodes, and nothing else: ids are told, and a code in an id's place must not be.
_ID = re.compile(r"e[a-z2-7]{25}[aeimquy4]")
_FILLED = ("reason", "who", "digest")
# What Excel would take for a formula. A blank before it, which is no part of the text, keeps it one.
_LIKE_A_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class LinkDecision:
    """One decision. What people wrote is not shown when it is printed.

    Attributes:
        episode_a: the id of an episode; which of the two stands first does not matter.
        episode_b: that of the other.
        verdict: same, different or unknown.
        date: as written by who decided.
        digest: of what was compared.
        line: its line in the file, as Excel counts rows; 0 where it is not from a file.
    """

    episode_a: str
    episode_b: str
    verdict: str
    reason: str = field(repr=False)
    who: str = field(repr=False)
    date: date = field(repr=False)
    digest: str = field(repr=False)
    line: int = field(default=0, compare=False)

    @property
    def pair(self) -> tuple[str, str]:
        """The two ids, in one order whichever way round they were written."""
        return (min(self.episode_a, self.episode_b), max(self.episode_a, self.episode_b))


@dataclass(frozen=True)
class LinkDecisions:
    """The decisions of a study, in the file's order."""

    all: tuple[LinkDecision, ...] = ()

    def by_pair(self) -> dict[tuple[str, str], LinkDecision]:
        """Each decision by its two episodes."""
        return {one.pair: one for one in self.all}


NO_LINK_DECISIONS: Final = LinkDecisions()


@dataclass(frozen=True)
class Met:
    """An answer that found another decision on its pair: its place among the new ones, and what became of it."""

    no: int
    became: str
    new: LinkDecision
    stood: LinkDecision


@dataclass(frozen=True)
class Merged:
    """Decisions with new ones taken in, and how many of these were new, took another's place, or changed nothing.

    `outdated` are answers that the decision that stands outlives: they are older, about what has changed since, or
    were taken before it.
    `met` are those that found another decision standing, in their order: of `disputed`, nothing can be taken.
    """

    decisions: LinkDecisions
    added: int
    replaced: int
    unchanged: int
    outdated: int
    met: tuple[Met, ...] = ()

    @property
    def disputed(self) -> tuple[Met, ...]:
        """Those of another verdict than the one that stands, by nothing newer: which of the two holds is not told."""
        return tuple(one for one in self.met if one.became == DISPUTED)


def merge(
    decisions: LinkDecisions,
    new: Iterable[LinkDecision],
    current: Mapping[tuple[str, str], str] | None = None,
    taken_before: Collection[LinkDecision] = (),
) -> Merged:
    """Take new decisions in.

    Of a pair the one on what is compared now stands, whatever its date: the other would be suspended. Else the newer
    one stands, by its date. Of one day, that which is taken in stands if it has the same verdict; if it has another,
    it is disputed, and the decision that there is stands. One that was taken before takes no place a second time,
    unless it is the newer one, or nothing stands.

    Args:
        decisions: those that there are.
        new: those to take in.
        current: the digest of what is compared now, by pair, as far as it is known.
        taken_before: those of the new ones that were taken once already.
    """
    merged = decisions.by_pair()
    now = current or {}

    def rank(one: LinkDecision) -> tuple[bool, date]:
        return now.get(one.pair) == one.digest, one.date

    added = unchanged = 0
    met: list[Met] = []
    for no, one in enumerate(new):
        known = merged.get(one.pair)
        if known is not None and _meaning(known) == _meaning(one):
            unchanged += 1
            continue
        if known is None:
            added += 1
        else:
            is_outlived = rank(known) > rank(one) or (rank(known) == rank(one) and one in taken_before)
            is_disputed = rank(known) == rank(one) and known.verdict != one.verdict
            became = OUTDATED if is_outlived else DISPUTED if is_disputed else REPLACED
            met.append(Met(no, became, one, known))
            if became != REPLACED:
                continue
        merged[one.pair] = one
    replaced, outdated = (sum(one.became == became for one in met) for became in (REPLACED, OUTDATED))
    return Merged(LinkDecisions(tuple(merged.values())), added, replaced, unchanged, outdated, tuple(met))


def _meaning(one: LinkDecision) -> tuple[object, ...]:
    return (one.verdict, one.reason, one.who, one.date, one.digest)


def read_links(path: Path) -> LinkDecisions:
    """The decisions of a file; none if it is not there.

    Raises:
        InputError: the file cannot be read, has other columns, or lines that cannot be used; every one is named.
    """
    lines = read_lines(path, links_file())
    wrong = [Misfit(line.no, column, what) for line in lines for column, what in _wrong(line.texts)]
    wrong += _repeated((line.no, line.texts) for line in lines)
    if wrong:
        raise InputError(
            "links-lines",
            f"Lines of {links_file().path} cannot be used:{told(wrong)}",
            remedy="Mend these lines, counted as Excel counts rows, or take them away: the pairs are then asked about "
            "again.",
        )
    return LinkDecisions(tuple(_decision(line.no, line.texts) for line in lines))


def _wrong(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, as column and words."""
    for column in ("episode_a", "episode_b"):
        if not _ID.fullmatch(texts[column]):
            yield column, "must be the id of an episode"
    if texts["episode_a"] and texts["episode_a"] == texts["episode_b"]:
        yield "episode_b", "must be another episode than episode_a"
    if texts["verdict"].casefold() not in links_file().verdicts:
        yield "verdict", f"must be one of {', '.join(links_file().verdicts)}"
    if not is_day(texts["date"]):
        yield "date", "must be a day as YYYY-MM-DD"
    for column in _FILLED:
        if not texts[column]:
            yield column, "must be filled in"


def _repeated(lines: Iterable[tuple[int, Mapping[str, str]]]) -> list[Misfit]:
    first: dict[frozenset[str], int] = {}
    repeated = []
    for no, texts in lines:
        earlier = first.setdefault(frozenset((texts["episode_a"], texts["episode_b"])), no)
        if earlier != no:
            repeated.append(Misfit(no, "episode_a", f"line {earlier} decides the same pair"))
    return repeated


def _decision(no: int, texts: Mapping[str, str]) -> LinkDecision:
    return LinkDecision(
        episode_a=texts["episode_a"],
        episode_b=texts["episode_b"],
        verdict=texts["verdict"].casefold(),
        reason=texts["reason"],
        who=texts["who"],
        date=date.fromisoformat(texts["date"]),
        digest=texts["digest"],
        line=no,
    )


def links_as_csv(decisions: LinkDecisions) -> bytes:
    """The decisions as the file holds them: semicolons, UTF-8 without a mark, in their order."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=";", lineterminator="\r\n")
    writer.writerow(links_file().columns)
    for one in decisions.all:
        texts = {name: str(getattr(one, name)) for name in links_file().columns}
        writer.writerow(f" {text}" if text.startswith(_LIKE_A_FORMULA) else text for text in texts.values())
    return held.getvalue().encode()
