"""Workbooks that contend for one place, as the data owner must know them to decide: where they differ, which may hold.

Nothing is decided here. A returned feedback workbook is an answer to what came before it, so it stands last; else what
came last does, where that is declared; else the order of names, which tells nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.feedback.words import texts
from sigpanel.pipeline.standing import PLACE

if TYPE_CHECKING:
    from sigpanel.intake import Workbook
    from sigpanel.pipeline.declared import Declared
    from sigpanel.pipeline.deliveries import Delivery
    from sigpanel.pipeline.standing import Standing


@dataclass(frozen=True)
class Contender:
    """A workbook that contends for a place with another.

    Attributes:
        submission_no: its number.
        file: its name.
        rows: those that stand in no other workbook for the place.
        is_returned: whether it is feedback that was sent back.
        received_on: when it came, where that is declared.
    """

    submission_no: int
    file: str
    rows: tuple[int, ...]
    is_returned: bool
    received_on: dt.date | None


def contested(judged: Standing, delivery: Delivery, said: Declared) -> list[list[Contender]]:
    """The workbooks that contend for one place, place by place; last the one that seems to hold."""
    groups = [place["submission_no"] for place in judged.contested.partition_by(PLACE, maintain_order=True)]
    return [
        sorted(
            (
                Contender(
                    submission_no=number,
                    file=delivery.sources[number].name,
                    rows=tuple(judged.differing.filter(submission_no=number)["row"]),
                    is_returned=is_returned(delivery.books[number]),
                    received_on=said.received.get(number),
                )
                for number in group
            ),
            key=lambda one: (one.is_returned, one.received_on or dt.date.min, one.file),
        )
        for group in groups
    ]


def is_returned(book: Workbook) -> bool:
    """Whether a workbook is feedback that was sent back, by its first sheet; its notes are ours, then."""
    return texts().sheet in book.sheet_names
