"""The review of doubtful links: lists that ask the data owner and the districts, and the answers that come back.

    listed = write_review(pairs, episodes, places, decided, pseudonyms)            → granskning.xlsx
    listed = write_questions("farsta", pairs of its own, …)                        → granskning-farsta.xlsx
    answers = read_review(path, pseudonyms, today=…)                               → decisions

Who can look in the files knows more than a model that has seen six characters. The data owner sees both sides of a
pair, what speaks for and against, and how much the answer matters. A district is asked about its own rows only, and
only what these rows by themselves make doubtful: a question that another district's row gave rise to would tell that
the person is known there. So about a pair of two districts no district is asked.

The same arguments give the same bytes. Nothing is written to disk here, and nothing is decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.decisions.in_force import PAIR, digests
from sigpanel.forms import districts
from sigpanel.review.control import control_codes, shown_of
from sigpanel.review.selection import PAIRS, Queue, own_questions, queue
from sigpanel.review.sides import PLACES, own_episodes, sides, with_overlap
from sigpanel.review.taken import Answer, Taken, read_review
from sigpanel.review.words import review_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sigpanel.decisions import Decided

__all__ = [
    "PAIRS",
    "PLACES",
    "Answer",
    "Listed",
    "Taken",
    "file_name",
    "own_episodes",
    "read_review",
    "review_texts",
    "write_questions",
    "write_review",
]


@dataclass(frozen=True)
class Listed:
    """A list: its workbook, the pairs that it asks about with their digests, and how many found no room.

    `reckoned` says in Swedish how the pairs that wait came to be these; of a district's list, which none wait for, "".
    """

    workbook: bytes = field(repr=False)
    asked: pl.DataFrame
    n_left_out: int
    reckoned: str = ""


def file_name(district: str | None = None) -> str:
    """What the list of a district is called; without one, the data owner's."""
    return "-".join([review_texts().file, *([district.replace("_", "-")] if district else [])]) + ".xlsx"


def write_review(
    pairs: pl.DataFrame,
    episodes: pl.DataFrame,
    places: pl.DataFrame,
    decided: Decided,
    pseudonyms: Callable[[str, pl.Series], pl.Series],
) -> Listed:
    """The data owner's list.

    Args:
        pairs: of `PAIRS`: every pair that was considered.
        episodes: as `resolve` is given them, with the `person_id` that it found.
        places: of `PLACES`.
        decided: what was decided before.
        pseudonyms: turns texts into keyed ids, by purpose.
    """
    words = review_texts()
    asked = queue(pairs, episodes, decided)
    return _listed(asked, episodes, places, pseudonyms, (words.title, words.warning, words.paragraphs))


def write_questions(
    district: str,
    pairs: pl.DataFrame,
    own: pl.DataFrame,
    places: pl.DataFrame,
    decided: Decided,
    pseudonyms: Callable[[str, pl.Series], pl.Series],
) -> Listed:
    """A district's list.

    Args:
        district: token.
        pairs: of `PAIRS`, made of the district's own episodes alone.
        own: those episodes (`own_episodes`), as `resolve` is given them, with the `person_id` and `person_id_strict`
            that it found among them alone.
        places: of `PLACES`.
        decided: what was decided before.
        pseudonyms: turns texts into keyed ids, by purpose.
    """
    words = review_texts()
    title = words.district_title.format(district=districts()[district].sv)
    asked = own_questions(pairs, own, decided)
    texts = (title, words.district_warning, words.district_paragraphs)
    return _listed(asked, own, places, pseudonyms, texts, is_for_district=True)


def _listed(
    asked: Queue,
    episodes: pl.DataFrame,
    places: pl.DataFrame,
    pseudonyms: Callable[[str, pl.Series], pl.Series],
    texts: tuple[str, str, Sequence[str]],
    *,
    is_for_district: bool = False,
) -> Listed:
    keyed = digests(asked.lines, episodes, pseudonyms)
    shown = sides(episodes, places, is_for_district=is_for_district)
    # Here, since xlsxwriter is wanted only where something is written.
    from sigpanel.review.sheet import columns
    from sigpanel.review.workbook import workbook

    there = columns(is_for_district=is_for_district)
    checked = [
        {name: text for name, text in shown_of(pair, shown).items() if name in there}
        for pair in asked.lines.select(PAIR).iter_rows()
    ]
    codes = control_codes(keyed["digest"].to_list(), checked, pseudonyms)
    lines = with_overlap(asked.lines, episodes).with_columns(pl.Series("control", codes, pl.String))
    reckoned = "" if is_for_district else asked.reckoned.told()
    counts = (lines.height, asked.n_left_out, reckoned)
    made = workbook(lines, shown, texts, counts, is_for_district=is_for_district)
    return Listed(made, keyed.select("digest", *PAIR), asked.n_left_out, reckoned)
