"""Recognise a SIG form by what stands in it: the sheet, the header row, the edition, and what each row below is.

A header is matched by its text, folded to letters and digits, with its number as a check, since editions renumber. Several
editions share every header: the title row and those answer-row cells in which they differ tell them apart. The folder's year
takes no part in this; it is compared afterwards. What fits no edition, or more than one, is refused, never guessed.

Own columns of an office and the comment column are left outside: they take part in recognising sum rows and nothing else,
and the comment column not even in that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from sigpanel.forms import Form, Question, forms, habits, letters_and_digits
from sigpanel.intake.gate import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigpanel.intake.book import Book, Cell, Sheet

_NUMBERED = re.compile(r"^\s*(\d{1,3})\s*[.):]\s*(.*)$", re.DOTALL)
_CODE_LIKE = re.compile(r"^[^\W\d]{2}[\dO]{4,6}$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The header row of a sheet as it was recognised: the question in each column, and what was noticed on the way."""

    sheet: Sheet
    row: int
    form: Form
    columns: dict[int, Question]
    own_columns: tuple[int, ...]
    comment_columns: tuple[int, ...]
    misnumbered_columns: tuple[int, ...]


@dataclass(frozen=True)
class _HeaderCell:
    column: int
    no: int | None
    key: str
    text: str


def address(row: int, column: int) -> str:
    """The cell's Excel address: `(9, 28)` is `AB9`."""
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """The column's letters: 28 is `AB`."""
    name = ""
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(65 + place) + name
    return name


def recognise(book: Book) -> Header:
    """Find the form in a workbook.

    Raises:
        Refused: no sheet has the form's headers, two filled sheets have them, headers and form differ, or no single edition
            fits. The place names questions and cell addresses, never what stands there.
    """
    found = [(sheet, row, matches) for sheet in book.sheets for row, matches in [_header_row(sheet)] if row]
    if not found:
        raise Refused("form_not_recognised")
    filled = [(sheet, row) for sheet, row, _ in found if any(cell.row > row for cell in sheet.cells)]
    if len(filled) > 1:
        raise Refused("form_stands_on_two_sheets", ", ".join(f"sheet {sheet.no}" for sheet, _ in filled))
    sheet, row = filled[0] if filled else found[0][:2]
    return _read_header(sheet, row)


def _header_row(sheet: Sheet) -> tuple[int | None, int]:
    """The row with the most headers of any edition; the upper one when two have as many."""
    known = {key for form in forms().values() for key in form.by_header}
    counts: dict[int, set[str]] = {}
    for cell in sheet.cells:
        if cell.kind == "text" and (key := _header_cell(cell).key) in known:
            counts.setdefault(cell.row, set()).add(key)
    row = max(counts, key=lambda row: (len(counts[row]), -row), default=None)
    if row is None or len(counts[row]) < habits().header_least_matches:
        return None, 0
    return row, len(counts[row])


def _header_cell(cell: Cell) -> _HeaderCell:
    numbered = _NUMBERED.match(cell.text)
    text = numbered.group(2) if numbered else cell.text
    return _HeaderCell(cell.column, int(numbered.group(1)) if numbered else None, letters_and_digits(text), cell.text)


def _read_header(sheet: Sheet, row: int) -> Header:
    heads = [
        _header_cell(cell) for cell in sheet.cells if cell.row == row and cell.kind == "text" and cell.text.strip()
    ]
    comments = {letters_and_digits(form.comment_header) for form in forms().values()}
    comment_columns = tuple(head.column for head in heads if _is_comment(head.key, comments))
    heads = [head for head in heads if head.column not in comment_columns]
    candidates = _same_headers(sheet, row, heads)
    form = _edition(sheet, row, candidates)
    asked = [head for head in heads if head.key in form.by_header]
    _refuse_twice(asked, row)
    return Header(
        sheet=sheet,
        row=row,
        form=form,
        columns={head.column: form.by_header[head.key] for head in asked},
        own_columns=tuple(head.column for head in heads if head.key not in form.by_header),
        comment_columns=comment_columns,
        misnumbered_columns=tuple(
            head.column for head in asked if head.no is not None and head.no != form.by_header[head.key].no
        ),
    )


def _is_comment(key: str, comments: set[str]) -> bool:
    """Whether a header is the comment column's, which offices shorten: "Möjlighet till kommentar", "Kommentar"."""
    return bool(key) and any(comment.startswith(key) or key in comment for comment in comments) and "kommentar" in key


def _same_headers(sheet: Sheet, row: int, heads: list[_HeaderCell]) -> list[Form]:
    """The editions whose questions are just those of the header row."""
    present = {head.key for head in heads}
    every = {key for form in forms().values() for key in form.by_header}
    stray = [head for head in heads if head.key not in every and _is_question_like(head, every)]
    fitting = [form for form in forms().values() if form.by_header.keys() == present & every]
    if fitting and not stray:
        return fitting
    nearest = min(forms().values(), key=lambda form: (len(form.by_header.keys() ^ (present & every)), form.edition))
    missing = [question.name for key, question in nearest.by_header.items() if key not in present]
    unknown = [address(row, head.column) for head in heads if head.key in every - nearest.by_header.keys()]
    unknown += [address(row, head.column) for head in stray]
    parts = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(unknown)}"] * bool(unknown)
    raise Refused("headers_differ_from_form", f"sheet {sheet.no}, compared with {nearest.edition}: {'; '.join(parts)}")


def _is_question_like(head: _HeaderCell, known: Iterable[str]) -> bool:
    """Whether an unknown header reads as a question: numbered, ending in a question mark, or much like one of the form's."""
    if head.no is not None or head.text.rstrip().endswith("?"):
        return True
    least = habits().header_like_a_question
    return any(SequenceMatcher(None, head.key, key).ratio() >= least for key in known)


def _refuse_twice(asked: list[_HeaderCell], row: int) -> None:
    keys = [head.key for head in asked]
    twice = [address(row, head.column) for head in asked if keys.count(head.key) > 1]
    if twice:
        raise Refused("header_stands_twice", ", ".join(twice))


def _edition(sheet: Sheet, row: int, candidates: list[Form]) -> Form:
    """Of the editions with these headers, the one whose title and answer row stand above them."""
    above = [cell for cell in sheet.cells if cell.row < row and cell.kind == "text"]
    texts = {letters_and_digits(cell.text) for cell in above}
    titled = [form for form in candidates if letters_and_digits(form.title) in texts]
    known_titles = {letters_and_digits(form.title) for form in forms().values()}
    if not titled and texts & known_titles:
        raise Refused("edition_not_known", f"sheet {sheet.no}, title row")
    remaining = titled or candidates
    columns = {_header_cell(cell).key: cell.column for cell in sheet.cells if cell.row == row and cell.kind == "text"}
    for key in remaining[0].by_header:
        wanted = {form.edition: letters_and_digits(form.by_header[key].answer.text) for form in remaining}
        if len(set(wanted.values())) == 1:
            continue
        answer = _answer_cell(above, columns[key])
        if answer is None:
            continue
        remaining = [form for form in remaining if wanted[form.edition] == letters_and_digits(answer.text)]
        if not remaining:
            raise Refused("edition_not_known", f"answer row at {address(answer.row, answer.column)}")
    if len(remaining) > 1:
        names = ", ".join(form.edition for form in remaining)
        raise Refused("edition_not_told_apart", f"sheet {sheet.no} fits {names}")
    return remaining[0]


def _answer_cell(above: list[Cell], column: int) -> Cell | None:
    """The cell of the answer row over a question: the lowest one above the header that lists codes."""
    listed = [cell for cell in above if cell.column == column and "=" in cell.text]
    return listed[-1] if listed else None


def row_kinds(header: Header) -> dict[int, str]:
    """What each row below the header is: person, blank, sum, banner or footer.

    Rows run from the one below the header to the last one in which any column of the form is filled; formatting alone makes
    no row. Hidden rows are rows.
    """
    by_row: dict[int, list[Cell]] = {}
    last = header.row
    for cell in header.sheet.cells:
        if cell.row <= header.row or cell.column in header.comment_columns:
            continue
        by_row.setdefault(cell.row, []).append(cell)
        if cell.column in header.columns:
            last = max(last, cell.row)
    repeated = {question.header_key for question in header.form.questions} | {
        letters_and_digits(question.answer.text) for question in header.form.questions
    }
    return {row: _row_kind(by_row.get(row, []), header, repeated) for row in range(header.row + 1, last + 1)}


def _row_kind(cells: list[Cell], header: Header, repeated: set[str]) -> str:
    asked = [cell for cell in cells if cell.column in header.columns and not _is_blank(cell)]
    if not asked:
        return "blank"
    texts = [cell for cell in cells if cell.kind == "text"]
    uno = next((cell for cell in asked if header.columns[cell.column].variable == "uno"), None)
    has_code = uno is not None and bool(_CODE_LIKE.match(letters_and_digits(uno.text)))
    if not has_code and {letters_and_digits(cell.text) for cell in texts} & habits().sum_words:
        return "sum"
    if sum(_header_cell(cell).key in repeated for cell in texts) >= habits().banner_least_matches:
        return "banner"
    if not has_code and len(asked) <= habits().footer_most_cells and all(cell.kind == "text" for cell in asked):
        return "footer" if not any(header.columns[cell.column].answer.kind == "date" for cell in asked) else "person"
    return "person"


def _is_blank(cell: Cell) -> bool:
    return cell.kind == "text" and not cell.text.strip()
