"""A list that came back: the answers in it, each with the digest that leads to its pair.

The workbook passes the gate that submissions pass, and its columns are found by their headers, wherever they stand. A
line without a verdict is no answer, whatever else is filled in. A verdict is one of the words; why, who and the day
stand beside it, or the list is refused as a whole, and every cell that must be mended is named. What stands in one
never is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from sigpanel.decisions.corrections import is_day
from sigpanel.errors import InputError
from sigpanel.findings import rules
from sigpanel.forms import letters_and_digits
from sigpanel.intake import Refused
from sigpanel.intake.book import DATE, ERROR, FORMULA, address
from sigpanel.intake.files import read_file
from sigpanel.review.words import ANSWERS, review_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sigpanel.intake.book import Cell, Sheet

_MOST_TOLD = 50
_SOUGHT = (*ANSWERS, "digest")


@dataclass(frozen=True)
class Answer:
    """An answer. What people wrote is not shown when it is printed; `cell` is where the verdict stands."""

    cell: str
    digest: str = field(repr=False)
    verdict: str
    reason: str = field(repr=False)
    who: str = field(repr=False)
    date: date = field(repr=False)


@dataclass(frozen=True)
class Taken:
    """The answers of a list, and how many of its lines have none."""

    answers: tuple[Answer, ...]
    n_blank: int


class _Wrong(NamedTuple):
    cell: str
    what: str


def read_review(path: Path) -> Taken:
    """The answers in a list.

    Raises:
        InputError: it cannot be read, is no list, or has answers that cannot be used; each cell is named.
    """
    try:
        book = read_file(path)
    except Refused as refused:
        name = refused.rule
    else:
        found = [(sheet, *heads) for sheet in book.sheets if (heads := _heads(sheet))]
        if len(found) == 1:
            return _answers(*found[0])
        raise _no_list("has no sheet, or more than one, with the columns of a list")
    raise _no_list(f"cannot be read: {rules()[name].en}")


def _no_list(why: str) -> InputError:
    named = ", ".join(review_texts().columns[name] for name in _SOUGHT)
    return InputError(
        "review-not-a-list",
        f"The workbook {why}",
        remedy=f"Give a list that `sigpanel review` wrote, saved as .xlsx, with the columns {named}.",
    )


def _heads(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row of the headers and the column of each; null where no row has them all, each once."""
    sought = {letters_and_digits(review_texts().columns[name]): name for name in _SOUGHT}
    rows: dict[int, list[tuple[str, int]]] = {}
    for cell in sheet.cells:
        if name := sought.get(letters_and_digits(cell.text)):
            rows.setdefault(cell.row, []).append((name, cell.column))
    for row, cells in rows.items():
        if len(cells) == len(sought) == len({name for name, _ in cells}):
            return row, dict(cells)
    return None


def _answers(sheet: Sheet, head_row: int, columns: dict[str, int]) -> Taken:
    lines: dict[int, dict[int, Cell]] = {}
    for cell in sheet.rows(head_row + 1):
        if cell.column in columns.values():
            lines.setdefault(cell.row, {})[cell.column] = cell
    answers: list[Answer] = []
    wrong: list[_Wrong] = []
    n_blank = 0
    for row, cells in lines.items():
        line = {name: cells.get(column) for name, column in columns.items()}
        if not _text(line["verdict"]) and not _is_odd(line["verdict"]):
            n_blank += bool(_text(line["digest"]))
            continue
        faults = list(_faults(row, columns, line))
        wrong += faults
        if not faults:
            answers.append(_answer(address(row, columns["verdict"]), line))
    wrong += _repeated(answers)
    if wrong:
        told = "".join(f"\n  {cell}: {what}" for cell, what in wrong[:_MOST_TOLD])
        more = f"\n  and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
        raise InputError(
            "review-cells",
            f"Answers in sheet {sheet.no} of the list cannot be used, and none was taken:{told}{more}\n",
            remedy="Fill in or mend these cells, and take the list again.",
        )
    return Taken(tuple(answers), n_blank)


def _faults(row: int, columns: Mapping[str, int], line: Mapping[str, Cell | None]) -> Iterator[_Wrong]:
    words = ", ".join(review_texts().verdicts.values())
    musts = {
        "verdict": (f"must be one of {words}", _verdict(line["verdict"]) is None),
        "reason": ("must say why", not _text(line["reason"])),
        "who": ("must say who answers", not _text(line["who"])),
        "date": ("must be a day as YYYY-MM-DD", _day(line["date"]) is None),
        "digest": ("is empty, so that the answer leads to no pair", not _text(line["digest"])),
    }
    for name, (what, is_wrong) in musts.items():
        if is_wrong:
            yield _Wrong(address(row, columns[name]), what)


def _repeated(answers: list[Answer]) -> Iterator[_Wrong]:
    first: dict[str, Answer] = {}
    for one in answers:
        earlier = first.setdefault(one.digest, one)
        if earlier is not one:
            yield _Wrong(one.cell, f"answers the same pair as {earlier.cell}")


def _answer(cell: str, line: Mapping[str, Cell | None]) -> Answer:
    verdict, day = _verdict(line["verdict"]), _day(line["date"])
    assert verdict is not None  # noqa: S101 - its absence is a fault, of which there is none
    assert day is not None  # noqa: S101 - likewise
    return Answer(cell, _text(line["digest"]), verdict, _text(line["reason"]), _text(line["who"]), day)


def _text(cell: Cell | None) -> str:
    return cell.text.strip() if cell else ""


def _is_odd(cell: Cell | None) -> bool:
    return cell is not None and cell.kind in {ERROR, FORMULA}


def _verdict(cell: Cell | None) -> str | None:
    return review_texts().verdict_of.get(letters_and_digits(_text(cell)))


def _day(cell: Cell | None) -> date | None:
    if cell is None:
        return None
    if cell.kind == DATE:
        return cell.date
    return date.fromisoformat(_text(cell)) if is_day(_text(cell)) else None
