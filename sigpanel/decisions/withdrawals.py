"""Who has withdrawn, read from and written to `owner/withdrawals.csv`.

A line names a code by its keyed pseudonym, or an episode by its id; out of what the person is taken; why, in a word of
a closed list; who decided, and when. No code stands in it, so the file says nothing without the key. A code or an
episode stands once. All that is wrong with a file is told at once, by line and column, never what stands there.

Whom a line takes out is for the pipeline, once persons are resolved. No clock is read.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from sigpanel.contracts.withdrawals import withdrawals_file
from sigpanel.decisions.corrections import is_day
from sigpanel.decisions.lines import Misfit, read_lines, told
from sigpanel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CODE: Final = "code"
EPISODE: Final = "episode"
RESEARCH: Final = "research"
STATISTICS: Final = "statistics"

# As `sigpanel.key` makes ids, and nothing else: ids are told, and a code in an id's place must not be.
_IDS = {CODE: re.compile(r"u[a-z2-7]{25}[aeimquy4]"), EPISODE: re.compile(r"e[a-z2-7]{25}[aeimquy4]")}
_LIKE_A_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Withdrawal:
    """One line. Who decided is not shown when it is printed.

    Attributes:
        kind: code or episode.
        id: the code's pseudonym, or the episode's id.
        scope: research, or statistics too.
        reason: a word of the contract.
        who: as written.
        date: as written.
        line: its line in the file, as Excel counts rows; 0 where it is not from a file.
    """

    kind: str
    id: str
    scope: str
    reason: str
    who: str = field(repr=False)
    date: date = field(repr=False)
    line: int = field(default=0, compare=False)

    @property
    def target(self) -> str:
        """What it is about, in one text."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Withdrawals:
    """The withdrawals of a study, in the file's order."""

    all: tuple[Withdrawal, ...] = ()

    def by_target(self) -> dict[str, Withdrawal]:
        """Each by what it is about."""
        return {one.target: one for one in self.all}

    def with_one(self, new: Withdrawal) -> Withdrawals:
        """With one more; in the place of the one about the same, if there is one of another scope."""
        known = self.by_target().get(new.target)
        if known is None:
            return Withdrawals((*self.all, new))
        if known.scope == new.scope:
            return self
        return Withdrawals(tuple(new if one is known else one for one in self.all))

    def meaning(self) -> list[str]:
        """Whom they take out of research, in an order that says nothing, for a manifest's keyed digest.

        Not the scope: it shapes no release. Neither do reasons, names and days.
        """
        return sorted(one.target for one in self.all)


NO_WITHDRAWALS: Final = Withdrawals()


def read_withdrawals(path: Path) -> Withdrawals:
    """The withdrawals of a file; none if it is not there.

    Raises:
        InputError: the file cannot be read, has other columns, or lines that cannot be used; every one is named.
    """
    lines = read_lines(path, withdrawals_file())
    wrong = [Misfit(line.no, column, what) for line in lines for column, what in _wrong(line.texts)]
    first: dict[str, int] = {}
    for line in lines:
        earlier = first.setdefault(f"{_kind(line.texts)}:{line.texts['id']}", line.no)
        if earlier != line.no and line.texts["id"]:
            wrong.append(Misfit(line.no, "id", f"line {earlier} is about the same"))
    if wrong:
        raise InputError(
            "withdrawals-lines",
            f"Lines of {withdrawals_file().path} cannot be used:{told(wrong)}",
            remedy="Mend these lines, counted as Excel counts rows. Taking one away brings the person back.",
        )
    return Withdrawals(tuple(_withdrawal(line.no, line.texts) for line in lines))


def _wrong(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, as column and words."""
    file = withdrawals_file()
    words = {"kind": file.kinds, "scope": file.scopes, "reason": file.reasons}
    for column, known in words.items():
        if texts[column].casefold() not in known:
            yield column, f"must be one of {', '.join(known)}"
    pattern = _IDS.get(_kind(texts))
    if pattern is not None and not pattern.fullmatch(texts["id"]):
        yield (
            "id",
            "must be the pseudonym of a code (uno_id)" if _kind(texts) == CODE else "must be the id of an episode",
        )
    if not texts["who"]:
        yield "who", "must be filled in"
    if not is_day(texts["date"]):
        yield "date", "must be a day as YYYY-MM-DD"


def _kind(texts: Mapping[str, str]) -> str:
    return texts["kind"].casefold()


def _withdrawal(no: int, texts: Mapping[str, str]) -> Withdrawal:
    return Withdrawal(
        kind=_kind(texts),
        id=texts["id"],
        scope=texts["scope"].casefold(),
        reason=texts["reason"].casefold(),
        who=texts["who"],
        date=date.fromisoformat(texts["date"]),
        line=no,
    )


def is_episode_id(text: str) -> bool:
    """Whether a text has the shape of an episode's id."""
    return bool(_IDS[EPISODE].fullmatch(text))


def withdrawals_as_csv(withdrawals: Withdrawals) -> bytes:
    """The withdrawals as the file holds them: semicolons, UTF-8 without a mark, in their order."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=";", lineterminator="\r\n")
    writer.writerow(withdrawals_file().columns)
    for one in withdrawals.all:
        texts = [str(getattr(one, name)) for name in withdrawals_file().columns]
        # What Excel would take for a formula: a blank before it, which is no part of the text, keeps it one.
        writer.writerow(f" {text}" if text.startswith(_LIKE_A_FORMULA) else text for text in texts)
    return held.getvalue().encode()
