"""Where things stand in a workbook: the form's own layout, and what offices do to it.

`Layout` says in words what was done ("a column of their own before question 5"); `Grid` is what follows for rows and
columns, counted from 0 as xlsxwriter counts. The blank form is `Layout()`. Every deviation here has been seen in
workbooks that were sent in; a workbook with them is still to be read.

Nothing here writes: `sigpanel.forms.write` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.forms.model import Form

# How many rows below the header are made ready for persons: as many as no district has in a year.
PREPARED_ROWS = 200
# Where a column stands that is put in after the last question, before the comment.
AT_THE_END = 0


@dataclass(frozen=True)
class OwnColumn:
    """A column that an office put in before a question; without header and text it is an empty one."""

    before: int
    header: str = ""
    text: str = ""


@dataclass(frozen=True)
class Layout:
    """What an office did to the form, by name. Questions go by number, rows by their place among the filled ones."""

    sheet: str = ""
    explanations_first: bool = False
    extra_sheet: str = ""
    second_sheet: str = ""
    lists_very_hidden: bool = False
    leading_rows: int = 0
    leading_columns: int = 0
    banner: str = ""
    answer_row: bool = True
    comment_column: bool = True
    header_breaks: tuple[int, ...] = ()
    header_blanks: tuple[int, ...] = ()
    own_columns: tuple[OwnColumn, ...] = ()
    moved: tuple[int, int] | None = None
    blank_rows: tuple[int, ...] = ()
    sum_row: bool = False
    footer: str = ""
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    protected: bool = False
    filtered: bool = False
    date_1904: bool = False
    notes: Mapping[int, str] = field(default_factory=dict)
    comments: Mapping[int, str] = field(default_factory=dict)
    author: str = ""


PLAIN = Layout()


@dataclass(frozen=True)
class Grid:
    """Rows and columns of one sheet of the form, counted from 0."""

    sheet: str
    title_row: int
    instruction_row: int
    band_row: int
    answer_row: int
    header_row: int
    rows: tuple[int, ...]
    last_row: int
    first_column: int
    columns: Mapping[int, int]
    own: tuple[tuple[int, OwnColumn], ...]
    comment_column: int

    @property
    def first_row(self) -> int:
        """The first row below the header."""
        return self.header_row + 1

    @property
    def end_row(self) -> int:
        """The first row below the persons."""
        return (self.rows[-1] if self.rows else self.header_row) + 1


def place(form: Form, layout: Layout, n_rows: int) -> Grid:
    """Work out where everything stands for that many persons."""
    title_row = layout.leading_rows
    instruction_row = title_row + 1
    band_row = instruction_row + len(form.instructions) + 1
    answer_row = band_row + 1
    header_row = answer_row + 1
    columns, own, comment_column = _columns(form, layout)
    rows = _rows(header_row + 1, n_rows, layout.blank_rows)
    return Grid(
        sheet=layout.sheet or form.sheets["form"],
        title_row=title_row,
        instruction_row=instruction_row,
        band_row=band_row,
        answer_row=answer_row,
        header_row=header_row,
        rows=rows,
        last_row=header_row + PREPARED_ROWS + n_rows,
        first_column=min(columns.values()),
        columns=columns,
        own=own,
        comment_column=comment_column,
    )


def _order(form: Form, layout: Layout) -> list[int]:
    """The questions' numbers from left to right."""
    order = [question.no for question in form.questions]
    if layout.moved is not None:
        no, before = layout.moved
        order.remove(no)
        order.insert(order.index(before), no)
    return order


def _columns(form: Form, layout: Layout) -> tuple[dict[int, int], tuple[tuple[int, OwnColumn], ...], int]:
    columns: dict[int, int] = {}
    own: list[tuple[int, OwnColumn]] = []
    column = layout.leading_columns
    for no in [*_order(form, layout), AT_THE_END]:
        for extra in layout.own_columns:
            if extra.before == no:
                own.append((column, extra))
                column += 1
        if no != AT_THE_END:
            columns[no] = column
            column += 1
    return columns, tuple(own), column


def _rows(first: int, n_rows: int, blank_rows: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(first + index + sum(1 for blank in blank_rows if blank <= index) for index in range(n_rows))
