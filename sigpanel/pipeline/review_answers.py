"""The answers of a list as decisions: what they are held against, and which of them were taken before.

The digest beside an answer leads to its pair, by what the owner's registry knows was asked. An answer of another
verdict than the decision that stands, of the same day and about the same, is refused: which list is taken last says
nothing of which holds. Nothing is written here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.links import links_file
from sigpanel.decisions import LinkDecision, LinkDecisions, Merged, merge, read_links
from sigpanel.decisions.in_force import PAIR
from sigpanel.errors import InputError
from sigpanel.forms import districts
from sigpanel.panel.asked import TAKEN, read_asked, read_taken
from sigpanel.review import file_name
from sigpanel.review.words import review_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from sigpanel.pipeline.study import Study
    from sigpanel.review import Taken

_PURPOSE: Final = "links/taken"


def names_of_lists() -> set[str]:
    """What the lists are called in the outbox."""
    return {file_name(), *map(file_name, districts())}


def lists_in(outbox: Path) -> list[Path]:
    """The lists that lie in the outbox."""
    return sorted(outbox / name for name in names_of_lists() if (outbox / name).exists())


@dataclass(frozen=True)
class Known:
    """What an answer is held against: the decisions that there are, what was asked, and what was taken."""

    decisions: LinkDecisions
    asked: Mapping[str, tuple[str, str]]
    taken: pl.DataFrame
    pseudonyms: Callable[[str, pl.Series], pl.Series]

    @classmethod
    def of(cls, study: Study, pseudonyms: Callable[[str, pl.Series], pl.Series]) -> Known:
        """What a study knows."""
        rows = read_asked(study.registry).select("digest", *PAIR).iter_rows()
        asked = {digest: (a, b) for digest, a, b in rows}
        return cls(read_links(study.links), asked, read_taken(study.registry), pseudonyms)

    def decisions_of(self, taken: Taken) -> list[LinkDecision]:
        """The answers of a list as decisions on the pairs that they lead to.

        Raises:
            InputError: one leads to none.
        """
        lost = [one.cell for one in taken.answers if one.digest not in self.asked]
        if lost:
            raise InputError(
                "review-of-another-study",
                f"Answers lead to no pair that this study has asked about, and none was taken: {', '.join(lost)}.",
                remedy="See that the list is one of this study's, and that its last column is as it was written.",
            )
        return [
            LinkDecision(*self.asked[one.digest], one.verdict, one.reason, one.who, one.date, one.digest)
            for one in taken.answers
        ]  # fmt: skip

    def merged(self, new: Iterable[LinkDecision], taken_before: Collection[LinkDecision] = ()) -> Merged:
        """Decisions with new ones taken in; nothing is written."""
        # Of each pair the last: what was compared when lists were last written, the latest that is known without a
        # build.
        current = {(min(pair), max(pair)): digest for digest, pair in self.asked.items()}
        return merge(self.decisions, new, current, taken_before)

    def as_taken(self, file: str, answers: Sequence[LinkDecision]) -> pl.DataFrame:
        """How answers of a list are remembered, of `TAKEN`, in their order."""
        texts = [json.dumps([one.digest, one.verdict, one.reason, one.who, str(one.date)]) for one in answers]
        digests_ = pl.Series("digest", [one.digest for one in answers], pl.String)
        ids = self.pseudonyms(_PURPOSE, pl.Series(texts, dtype=pl.String))
        return pl.DataFrame([digests_, ids.alias("answer")]).select(pl.lit(file).alias("file"), *TAKEN.names()[1:])

    def taken_before(self, file: str, answers: Sequence[LinkDecision]) -> set[LinkDecision]:
        """Those answers of a list that were the last to be taken of it."""
        if not answers:
            return set()
        known = set(self.taken.filter(file=file)["answer"])
        ids = self.as_taken(file, answers)["answer"]
        return {one for one, id_ in zip(answers, ids, strict=True) if id_ in known}


def hold_undisputed(merged: Merged, cells: Sequence[str]) -> None:
    """Refuse answers that say otherwise than a decision of the same day.

    Args:
        merged: the answers of a list, taken in.
        cells: where each of them stands.

    Raises:
        InputError: there are such.
    """
    if not merged.disputed:
        return
    words = review_texts().verdicts
    told = "".join(
        f"\n  {cells[met.no]}: {words[met.new.verdict]}, {met.new.date}; {_place(met.stood)}: "
        f"{words[met.stood.verdict]}, {met.stood.date}"
        for met in merged.disputed
    )
    raise InputError(
        "review-disputed",
        f"Answers in the list say otherwise than decisions of the same day, and none was taken:{told}\n",
        remedy=f"Find out which holds. If the list does, take the line out of {links_file().path}, and take the list "
        "again; if it does not, clear its four cells.",
    )


def _place(decision: LinkDecision) -> str:
    return f"{links_file().path}, line {decision.line}" if decision.line else "another line of the list"
