"""A list that came back: the answers in it, each with the digest that leads to its pair.

The workbook passes the gate that submissions pass, and its columns are found by their headers, wherever they stand. A
line without a verdict is no answer, whatever else is filled in. A verdict is one of the words, in large letters or
small, with blanks or a full stop after it, and nothing else like it: who writes a question mark has not answered. Why,
who and the day stand beside it, the day has been, and the line shows what it showed, or the list is refused as a whole,
and every cell that must be mended is named. What stands in one never is.
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
from sigpanel.intake.files import read_workbook
from sigpanel.review.control import SHOWN, control_codes, digest_of
from sigpanel.review.words import ANSWERS, review_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import polars as pl

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
    """The answers of a list, how many of its lines have none, and of those begun where the verdict is missing."""

    answers: tuple[Answer, ...]
    n_blank: int
    begun: tuple[str, ...]


class _Wrong(NamedTuple):
    cell: str
    what: str


@dataclass(frozen=True)
class _Held:
    """What answers are held against."""

    pseudonyms: Callable[[str, pl.Series], pl.Series]
    today: date

    def has_moved(self, line: Mapping[str, Cell | None]) -> bool:
        """Whether a line shows something else than when its control code was written."""
        code = _text(line["digest"])
        shown = {name: _text(line.get(name)) for name in SHOWN}
        return control_codes([digest_of(code)], [shown], self.pseudonyms) != [code]


def read_review(path: Path, pseudonyms: Callable[[str, pl.Series], pl.Series], *, today: date) -> Taken:
    """The answers in a list.

    Args:
        path: the list.
        pseudonyms: turns texts into keyed ids, by purpose.
        today: the last day on which somebody can have answered.

    Raises:
        InputError: it cannot be read, is no list, or has answers that cannot be used; each cell is named.
    """
    try:
        book = read_workbook(path)
    except Refused as refused:
        name = refused.rule
    else:
        found = [(sheet, *heads) for sheet in book.sheets if (heads := _heads(sheet))]
        if len(found) == 1:
            return _answers(*found[0], _Held(pseudonyms, today))
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
    """The row of the headers and the column of each that stands there once; null where no row has all that must."""
    known = {letters_and_digits(review_texts().columns[name]): name for name in (*_SOUGHT, *SHOWN)}
    rows: dict[int, dict[str, list[int]]] = {}
    for cell in sheet.cells:
        if name := known.get(letters_and_digits(cell.text)):
            rows.setdefault(cell.row, {}).setdefault(name, []).append(cell.column)
    for row, places in rows.items():
        once = {name: columns[0] for name, columns in places.items() if len(columns) == 1}
        if once.keys() >= set(_SOUGHT):
            return row, once
    return None


def _answers(sheet: Sheet, head_row: int, columns: dict[str, int], held: _Held) -> Taken:
    lines: dict[int, dict[int, Cell]] = {}
    for cell in sheet.rows(head_row + 1):
        if cell.column in columns.values():
            lines.setdefault(cell.row, {})[cell.column] = cell
    answers: list[Answer] = []
    wrong: list[_Wrong] = []
    begun: list[str] = []
    n_blank = 0
    for row, cells in lines.items():
        line = {name: cells.get(column) for name, column in columns.items()}
        if not _is_filled(line["verdict"]):
            n_blank += bool(_text(line["digest"]))
            if any(_is_filled(line[name]) for name in ANSWERS):
                begun.append(address(row, columns["verdict"]))
            continue
        faults = list(_faults(row, columns, line, held))
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
    return Taken(tuple(answers), n_blank, tuple(begun))


def _faults(row: int, columns: Mapping[str, int], line: Mapping[str, Cell | None], held: _Held) -> Iterator[_Wrong]:
    words = ", ".join(review_texts().verdicts.values())
    day, code = _day(line["date"]), _text(line["digest"])
    musts = [
        ("verdict", f"must be one of {words}", _verdict(line["verdict"]) is None),
        ("reason", "must say why", not _text(line["reason"])),
        ("who", "must say who answers", not _text(line["who"])),
        ("date", "must be a day as YYYY-MM-DD", day is None),
        ("date", "is a day that has not been yet", day is not None and day > held.today),
        ("digest", "is empty, so that the answer leads to no pair", not code),
        ("digest", "is of another line, or a cell of this one was changed", bool(code) and held.has_moved(line)),
    ]
    for name, what, is_wrong in musts:
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
    return Answer(cell, digest_of(_text(line["digest"])), verdict, _text(line["reason"]), _text(line["who"]), day)


def _text(cell: Cell | None) -> str:
    return cell.text.strip() if cell else ""


def _is_filled(cell: Cell | None) -> bool:
    return bool(_text(cell)) or (cell is not None and cell.kind in {ERROR, FORMULA})


def _verdict(cell: Cell | None) -> str | None:
    word = " ".join(_text(cell).casefold().split()).removesuffix(".").rstrip()
    return review_texts().verdict_of.get(word)


def _day(cell: Cell | None) -> date | None:
    if cell is None:
        return None
    if cell.kind == DATE:
        return cell.date
    return date.fromisoformat(_text(cell)) if is_day(_text(cell)) else None
