"""What offices do to the form itself, by name: banners, columns of their own, hidden rows, sums, sheets renamed.

`HABITS` is the list; each adds its bit to a `Layout`. They are dealt from a shuffled deck, a few to a workbook, so that
each occurs whatever the seed. All of them leave the workbook readable; what must be refused is in
`sigpanel.synth.faults`. The notes and comments look like what coordinators write about people, since that is what must
never come out at the other end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sigpanel.forms.write import Layout, OwnColumn

if TYPE_CHECKING:
    from random import Random

    from sigpanel.synth.reports import Office

# Invented; scanned for in everything the panel puts out.
COMMENTS = (
    "Ny handläggare från mars",
    "Lillebror också aktuell",
    "Ring inte hem, ring mobilen",
    "Sekretess, fråga Britta",
)
NOTES = ("Heter egentligen Sixten", "Pnr står i pärmen")
FOOTERS = ("Lämnat av samordnarna gemensamt", "Frågor om uppgifterna besvaras av enheten")
AUTHORS = ("Britta Sandgren", "S. Ekdahl")
OWN_HEADERS = ("Handläggare", "Enhet")
OWN_TEXTS = ("Britta", "Samordnare 2", "Ungdomsenheten")
_SHEETS = ("Blad1", "Formular", "SIG", "Ifyllt formulär")
_ROWS_TO_COMMENT = 0.08
_MOST_HABITS = 4


@dataclass(frozen=True)
class Desk:
    """One workbook about to be laid out."""

    office: Office
    n_rows: int
    rng: Random

    def some_rows(self) -> tuple[int, ...]:
        """One or two of its rows, if it has that many."""
        return tuple(sorted(self.rng.sample(range(self.n_rows), min(self.n_rows, self.rng.randint(1, 2)))))

    def some_question(self, first: int = 2) -> int:
        """The number of some question, the code's apart."""
        return self.rng.randint(first, len(self.office.form.questions))


def lay_out(desk: Desk, dealt: list[str]) -> Layout:
    """A layout with the habits dealt, and the comments that every office writes."""
    rows = (row for row in range(desk.n_rows) if desk.rng.random() < _ROWS_TO_COMMENT)
    layout = Layout(comments={row: desk.rng.choice(COMMENTS) for row in rows})
    for name in dealt:
        layout = HABITS[name](desk, layout)
    return layout


class Habits:
    """The deck of habits: each comes round before any comes again."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._cards: list[str] = []

    def deal(self) -> list[str]:
        """A few habits for one workbook."""
        count = self._rng.randint(0, _MOST_HABITS)
        if len(self._cards) < count:
            fresh = list(HABITS)
            self._rng.shuffle(fresh)
            self._cards += fresh
        dealt, self._cards = self._cards[:count], self._cards[count:]
        return dealt


def _banner(desk: Desk, layout: Layout) -> Layout:
    text = f"{desk.office.name} stadsdelsförvaltning, redovisning {desk.office.year}"
    return replace(layout, banner=text, leading_rows=max(1, layout.leading_rows))


def _own_column(desk: Desk, layout: Layout) -> Layout:
    own = OwnColumn(desk.some_question(), desk.rng.choice(OWN_HEADERS), desk.rng.choice(OWN_TEXTS))
    return replace(layout, own_columns=(*layout.own_columns, own))


def _own_first_column(desk: Desk, layout: Layout) -> Layout:
    own = OwnColumn(1, "Handläggare", desk.rng.choice(OWN_TEXTS))
    return replace(layout, own_columns=(*layout.own_columns, own))


def _empty_column(desk: Desk, layout: Layout) -> Layout:
    return replace(layout, own_columns=(*layout.own_columns, OwnColumn(desk.some_question())))


def _moved_column(desk: Desk, layout: Layout) -> Layout:
    no = desk.some_question(first=8)
    return replace(layout, moved=(no, no - 4))


def _blank_rows(desk: Desk, layout: Layout) -> Layout:
    return replace(layout, blank_rows=desk.some_rows())


def _hidden_column(desk: Desk, layout: Layout) -> Layout:
    return replace(layout, hidden_columns=(desk.some_question(),))


def _notes(desk: Desk, layout: Layout) -> Layout:
    return replace(layout, notes={row: desk.rng.choice(NOTES) for row in desk.some_rows()})


def _header_breaks(desk: Desk, layout: Layout) -> Layout:
    return replace(layout, header_breaks=(desk.some_question(), desk.some_question()))


def _header_blanks(desk: Desk, layout: Layout) -> Layout:
    return replace(layout, header_blanks=(desk.some_question(), desk.some_question()))


# A year's deliveries differ by these. Comments, which every office writes, are no habit.
HABITS: dict[str, Callable[[Desk, Layout], Layout]] = {
    "banner": _banner,
    "leading_rows": lambda desk, layout: replace(layout, leading_rows=desk.rng.randint(1, 3)),
    "leading_column": lambda _, layout: replace(layout, leading_columns=1),
    "own_column": _own_column,
    "own_first_column": _own_first_column,
    "empty_column": _empty_column,
    "moved_column": _moved_column,
    "blank_rows": _blank_rows,
    "sum_row": lambda _, layout: replace(layout, sum_row=True),
    "footer": lambda desk, layout: replace(layout, footer=desk.rng.choice(FOOTERS)),
    "hidden_rows": lambda desk, layout: replace(layout, hidden_rows=desk.some_rows()),
    "hidden_column": _hidden_column,
    "protected": lambda _, layout: replace(layout, protected=True),
    "filtered": lambda _, layout: replace(layout, filtered=True),
    "date_1904": lambda _, layout: replace(layout, date_1904=True),
    "header_breaks": _header_breaks,
    "header_blanks": _header_blanks,
    "sheet_renamed": lambda desk, layout: replace(layout, sheet=desk.rng.choice(_SHEETS)),
    "explanations_first": lambda _, layout: replace(layout, explanations_first=True),
    "extra_sheet": lambda _, layout: replace(layout, extra_sheet="Blad1 (2)"),
    "lists_very_hidden": lambda _, layout: replace(layout, lists_very_hidden=True),
    "notes": _notes,
    "author": lambda desk, layout: replace(layout, author=desk.rng.choice(AUTHORS)),
}
