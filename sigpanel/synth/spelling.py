"""How an answer comes to stand in a cell: every spelling that offices use, by name.

Two lists: what can be read, and what cannot. Each spelling has the groups of questions it is for, its weight, and where
it fits (a rating in per cent is a slip, an age in per cent is nonsense). The `Speller` deals them from shuffled decks,
so that the rare ones occur too, whatever the seed.

What a spelling is to be read as is not said here: cleaning must not learn it from the one who makes it up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sigpanel.forms.write import Cell, Formula, Shown

if TYPE_CHECKING:
    from random import Random

    from sigpanel.forms import Question

TEXT, DAY, PER_CENT = "@", "yyyy-mm-dd", "0%"
NBSP = "\u00a0"
_MONTHS = ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec")
_DAY_0, _DAY_0_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_NO_CODE = 77
_MONTH_AT = 4  # where an UNO code would have its birth month


@dataclass(frozen=True)
class Answered:
    """A true answer that is to be written: code, count, date or UNO code."""

    question: Question
    value: int | str | dt.date
    born: dt.date
    date_1904: bool

    @property
    def number(self) -> int:
        """The answer as a whole number."""
        return int(str(self.value))

    @property
    def day(self) -> dt.date:
        """The answer as a date."""
        return dt.date.fromisoformat(str(self.value))

    @property
    def label(self) -> str:
        """What the answer row says for the code."""
        code = self.question.answer.by_code.get(self.number)
        return code.sv if code else "Uppgift saknas"


def _always(_: Answered) -> bool:
    return True


@dataclass(frozen=True)
class Spelling:
    """One way of writing an answer, for the groups of `group_of`, where it `fits`."""

    name: str
    groups: tuple[str, ...]
    weight: int
    write: Callable[[Answered], Cell]
    fits: Callable[[Answered], bool] = _always


def group_of(question: Question) -> str:
    """What kinds of spelling fit a question: code, number, date, uno."""
    return {"district": "code", "coded": "code"}.get(question.answer.kind, question.answer.kind)


def plain(answered: Answered) -> tuple[str, Cell]:
    """The spelling that the form asks for, and its name."""
    match group_of(answered.question):
        case "uno":
            return "plain", Shown(str(answered.value), TEXT)
        case "date":
            return "excel", Shown(answered.day, DAY)
    return "number", answered.number


def _with_unit(answered: Answered) -> Cell:
    return f"{answered.number} {answered.question.answer.units[0]}"


def _has_unit(answered: Answered) -> bool:
    return bool(answered.question.answer.units) and _is_value(answered)


def _is_value(answered: Answered) -> bool:
    return answered.number not in answered.question.answer.missing


def _is_yes_or_no(answered: Answered) -> bool:
    tokens = [code.token for code in answered.question.answer.codes[:2]]
    return tokens == ["yes", "no"] and answered.number in {1, 2}


def _is_rating(answered: Answered) -> bool:
    return answered.question.variable.endswith("_health") and _is_value(answered)


def _is_count(answered: Answered) -> bool:
    return "crimes" in answered.question.variable


def _ending(tail: str) -> Callable[[Answered], Cell]:
    return lambda it: Shown(f"{it.value}{tail}", TEXT)


def _between(sign: str) -> Callable[[Answered], Cell]:
    return lambda it: Shown(f"{str(it.value)[:2]}{sign}{str(it.value)[2:]}", TEXT)


def _letter_o(answered: Answered) -> Cell:
    code = str(answered.value)
    return Shown(code[:2] + code[2:].replace("0", "O"), TEXT)


def _has_zero(answered: Answered) -> bool:
    return "0" in str(answered.value)[2:]


def _with_month(answered: Answered) -> Cell:
    code = str(answered.value)
    return Shown(f"{code[:_MONTH_AT]}{answered.born:%m}{code[_MONTH_AT:]}", TEXT)


def _serial(answered: Answered) -> Cell:
    return (answered.day - (_DAY_0_1904 if answered.date_1904 else _DAY_0)).days


def _words(answered: Answered) -> Cell:
    day = answered.day
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_GROUPS = ("code", "number", "date", "uno")
_CODE, _NUMBER, _DATE, _UNO = (("code",), ("number",), ("date",), ("uno",))
# The share of answers that nothing can be read from.
_SPOILT = {"code": 0.02, "number": 0.02, "date": 0.01, "uno": 0.012}
_READABLE = (
    Spelling("text", _CODE, 30, lambda it: Shown(str(it.number), TEXT)),
    Spelling("code=label", _CODE, 20, lambda it: f"{it.number}={it.label}"),
    Spelling("label", _CODE, 16, lambda it: it.label),
    Spelling("LABEL", _CODE, 6, lambda it: it.label.upper() + " "),
    Spelling("nbsp", _CODE, 11, lambda it: f"{it.number}{NBSP}"),
    Spelling("dot", _CODE, 6, lambda it: f"{it.number}."),
    Spelling("text0", _NUMBER, 12, lambda it: Shown(f"{it.number:02}", TEXT)),
    Spelling("unit", _NUMBER, 2, lambda it: f"ca {it.number}", _is_value),
    Spelling("unit", _NUMBER, 2, _with_unit, _has_unit),
    Spelling("formula", _NUMBER, 3, lambda it: Formula(f"={it.number}+0", it.number)),
    Spelling("iso-text", _DATE, 6, _ending("")),
    Spelling("iso-text", _DATE, 3, _ending(" ")),
    Spelling("iso-text", _DATE, 3, _ending(NBSP)),
    Spelling("yymmdd-text", _DATE, 5, lambda it: Shown(f"{it.day:%y%m%d}", TEXT)),
    Spelling("yymmdd-number", _DATE, 3, lambda it: int(f"{it.day:%y%m%d}")),
    Spelling("yyyymmdd-number", _DATE, 3, lambda it: int(f"{it.day:%Y%m%d}")),
    Spelling("d/m yyyy", _DATE, 3, lambda it: f"{it.day.day}/{it.day.month} {it.day.year}"),
    Spelling("d mon yyyy", _DATE, 3, _words),
    Spelling("excel-long", _DATE, 2, lambda it: Shown(it.day, "[$-41D]d mmmm yyyy")),
    Spelling("excel-d/m", _DATE, 2, lambda it: Shown(it.day, "d/m yyyy")),
    Spelling("serial-unformatted", _DATE, 2, _serial),
    Spelling("lower", _UNO, 7, lambda it: Shown(str(it.value).lower(), TEXT)),
    Spelling("inner-space", _UNO, 5, _between(" ")),
    Spelling("hyphen", _UNO, 4, _between("-")),
    Spelling("trailing", _UNO, 1, _ending(" ")),
    Spelling("trailing", _UNO, 1, _ending("  ")),
    Spelling("trailing", _UNO, 1, _ending(NBSP)),
    Spelling("O-for-0", _UNO, 2, _letter_o, _has_zero),
    Spelling("with-month", _UNO, 1, _with_month),
)
_UNREADABLE = (
    Spelling("missing", (*_CODE, *_NUMBER), 8, lambda _: None),
    Spelling("missing", (*_DATE, *_UNO), 2, lambda _: None),
    Spelling("space", (*_CODE, *_NUMBER), 1, lambda _: " "),
    Spelling("dash", _NUMBER, 2, lambda _: "-"),
    Spelling("error", (*_CODE, *_NUMBER, *_UNO), 2, lambda _: Formula("=NA()", "#N/A")),
    Spelling("bad-code", _CODE, 3, lambda _: _NO_CODE),
    Spelling("bool", _CODE, 2, lambda it: it.number == 1, _is_yes_or_no),
    Spelling("percent", _NUMBER, 2, lambda it: Shown(it.number / 10, PER_CENT), _is_rating),
    Spelling("range", _NUMBER, 1, lambda _: "3-4", _is_count),
    Spelling("range", _NUMBER, 1, lambda _: "fler än 10", _is_count),
    Spelling("range", _NUMBER, 1, lambda _: "?", _is_count),
)


@dataclass
class Deck:
    """Spellings dealt without putting back: in every round each occurs as often as its weight says."""

    spellings: tuple[Spelling, ...]
    rng: Random
    _cards: list[Spelling] = field(default_factory=list)

    def deal(self, answered: Answered) -> tuple[str, Cell]:
        """The next spelling that fits, and what it makes of the answer."""
        fitting = self._fitting(answered)
        if fitting is None:
            fresh = [spelling for spelling in self.spellings for _ in range(spelling.weight)]
            self.rng.shuffle(fresh)
            self._cards += fresh
            fitting = self._fitting(answered)
        if fitting is None:
            return plain(answered)
        spelling = self._cards.pop(fitting)
        return spelling.name, spelling.write(answered)

    def _fitting(self, answered: Answered) -> int | None:
        return next((at for at, spelling in enumerate(self._cards) if spelling.fits(answered)), None)


class Speller:
    """Spells answers as one city's offices would: mostly as asked, at times otherwise, seldom past reading."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._readable = {group: Deck(_of(group, _READABLE), rng) for group in _GROUPS}
        self._unreadable = {group: Deck(_of(group, _UNREADABLE), rng) for group in _GROUPS}

    def spell(self, answered: Answered, messiness: float, *, may_spoil: bool) -> tuple[str, Cell]:
        """The name of a spelling and the cell; `may_spoil` allows one that cannot be read."""
        chance = self._rng.random()
        group = group_of(answered.question)
        if chance < _SPOILT[group]:
            return self._unreadable[group].deal(answered) if may_spoil else plain(answered)
        if chance < _SPOILT[group] + messiness:
            return self._readable[group].deal(answered)
        return plain(answered)


def _of(group: str, spellings: tuple[Spelling, ...]) -> tuple[Spelling, ...]:
    return tuple(spelling for spelling in spellings if group in spelling.groups)
