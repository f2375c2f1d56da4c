"""Recognise a SIG form by what stands in it: the sheet, the header row, the edition, and what each row below is.

A header is matched by its text, folded to letters and digits, with its number as a check, since editions renumber.
Several editions share every header: the title and the answer row tell them apart, and both must be an edition's own, or
codes would be read by another list than the one they were ticked from. The folder's year takes no part in this; it is
compared afterwards. What fits no edition, or more than one, is refused, never guessed.

Own columns of an office and the comment column are left outside: the first take part in recognising sum rows and
nothing else, the comment column not even in that.

What the rows below the header are is told by `sigpanel.intake.rows`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from sigpanel.forms import Form, Question, districts, forms, habits, letters_and_digits
from sigpanel.intake.book import DATE, TEXT, address
from sigpanel.intake.gate import Refused
from sigpanel.intake.templates import ALTERNATIVE, fitting, nearest_by_answers, nearest_by_title, offers_answers
from sigpanel.intake.texts import (
    LONGEST,
    Head,
    code_headers,
    folded,
    head,
    header_key,
    is_alike,
    is_code,
    is_code_like,
    is_iso_date,
    is_nothing,
    is_number_like,
    known_headers,
    may_be_a_date,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sigpanel.intake.book import Book, Cell, Sheet

# A cell that begins like a title and runs on is an instruction.
_LIKE_A_TITLE, _LONGEST_TITLE = 0.9, 1.5
# As many as the form has questions; a sheet may have sixteen thousand columns.
_MOST_PLACES = 32
# Far beyond what anybody writes; each is compared with every header or title of the forms.
_MOST_HEADS, _MOST_TEXTS_ABOVE = 200, 1_000


@dataclass(frozen=True)
class Header:
    """The header row of a sheet as it was recognised: the question in each column, and what was noticed on the way.

    `title_at` is the row and column of the edition's title, `answer_row` the row of the answer alternatives; a sheet
    may have lost either.
    """

    sheet: Sheet
    row: int
    title_at: tuple[int, int] | None
    answer_row: int | None
    form: Form
    columns: Mapping[int, Question]
    own_columns: tuple[int, ...]
    comment_columns: tuple[int, ...]
    misnumbered_columns: tuple[int, ...]

    @cached_property
    def below(self) -> list[Cell]:
        """The cells below the header."""
        return self.sheet.rows(self.row + 1)

    @property
    def comments(self) -> tuple[str, ...]:
        """Where the comment columns are filled, by row and column."""
        return tuple(
            address(cell.row, cell.column)
            for cell in self.below
            if cell.column in self.comment_columns and not is_nothing(cell)
        )


def recognise(book: Book) -> Header:
    """Find the form in a workbook.

    Raises:
        Refused: no sheet has the form's headers, two filled sheets have them or persons of their own, persons stand
            above them, headers and form differ, or no single edition fits. The place names questions and cell
            addresses, never what stands there.
    """
    found = [(sheet, row, matches) for sheet in book.sheets for row, matches in [_header_row(sheet)] if row]
    if not found:
        raise Refused("form_not_recognised", _titled(book))
    # A sheet with a few of the headers, such as an office's own list of persons, is no form beside one that has them.
    most = max(matches for _, _, matches in found)
    forms_found = [(sheet, row) for sheet, row, matches in found if 2 * matches >= most]
    filled = forms_found if len(forms_found) == 1 else [one for one in forms_found if _is_filled(*one)]
    if len(filled) > 1:
        raise Refused("form_stands_on_two_sheets", ", ".join(f"sheet {sheet.no}" for sheet, _ in filled))
    sheet, row = (filled or forms_found)[0]
    header = _read_header(sheet, row)
    if len(found) == 1:
        return header
    codes = set(_codes_below(sheet, row))
    # A list of persons who stand in the form, too, loses none; others would be lost without a word.
    others = {one.no for one, its_row, _ in found if not codes.issuperset(_codes_below(one, its_row))}
    if others:
        places = ", ".join(f"sheet {no}" for no in sorted({sheet.no, *others}))
        raise Refused("form_stands_on_two_sheets", places)
    return header


def _titled(book: Book) -> str | None:
    """Where a title of ours stands above other questions: the form that it should have been."""
    for sheet in book.sheets:
        for cell in [cell for cell in sheet.cells if cell.kind == TEXT][:_MOST_TEXTS_ABOVE]:
            title = _title(folded(cell.text))
            if title is not None:
                return f"sheet {sheet.no}, title of {nearest_by_title(title)} at {address(cell.row, cell.column)}"
    return None


def _header_row(sheet: Sheet) -> tuple[int | None, int]:
    """The upper row with enough of the form's headers, and how many it has.

    The upper one, not the one with most: whoever repeats the headers further down has persons above them, too.
    """
    known = known_headers()
    counts: dict[int, set[str]] = {}
    for cell in sheet.cells:
        if cell.kind == TEXT and (key := header_key(cell.text)) in known:
            counts.setdefault(cell.row, set()).add(key)
    enough = (row for row, keys in counts.items() if len(keys) >= habits().header_least_matches)
    row = min(enough, default=None)
    return row, len(counts[row]) if row else 0


def _codes_below(sheet: Sheet, row: int) -> Iterator[str]:
    """The codes that stand under the header of the UNO code, folded."""
    asked = {cell.column for cell in sheet.rows(row, row + 1) if header_key(cell.text) in code_headers()}
    below = (cell for cell in sheet.rows(row + 1) if cell.column in asked)
    return (folded(cell.text) for cell in below if is_code_like(cell))


def _is_filled(sheet: Sheet, row: int) -> bool:
    """Whether persons stand below the header; a footer, a sum or numbered lines are none."""
    asked = {cell.column for cell in sheet.rows(row, row + 1) if header_key(cell.text) in known_headers()}
    below = Counter(cell.row for cell in sheet.rows(row + 1) if cell.column in asked and not is_nothing(cell))
    return any(count > habits().footer_most_cells for count in below.values())


def _read_header(sheet: Sheet, row: int) -> Header:
    cells = [cell for cell in sheet.rows(row, row + 1) if cell.kind == TEXT and not is_nothing(cell)]
    if len(cells) > _MOST_HEADS:
        raise Refused("headers_differ_from_form", f"sheet {sheet.no}: {len(cells)} headers")
    heads = [head(cell) for cell in cells]
    comments = [one for one in heads if _is_comment(one)]
    heads = [one for one in heads if one not in comments]
    above = [cell for cell in sheet.rows(1, row) if cell.kind == TEXT]
    titles = _titles(sheet, above)
    candidates = _same_headers(sheet, row, heads, titles)
    columns = {one.column: candidates[0].by_header[one.key] for one in heads if one.key in known_headers()}
    _refuse_twice(columns, row)
    _refuse_persons_above(sheet, row, columns)
    answers = _answer_row(above, columns)
    form = _edition(sheet, answers, columns, candidates, titles)
    asked = {one.column: form.by_header[one.key] for one in heads if one.key in form.by_header}
    own = [one.column for one in heads if one.column not in asked]
    # A comment column under another name is the office's own: not read, as the form's, but remarked upon.
    own += [one.column for one in comments if not _is_of_a_form(one)]
    return Header(
        sheet=sheet,
        row=row,
        title_at=titles.get(letters_and_digits(form.title)),
        answer_row=answers[0].row if answers else None,
        form=form,
        columns=asked,
        own_columns=tuple(sorted(own)),
        comment_columns=tuple(one.column for one in comments),
        misnumbered_columns=tuple(
            one.column for one in heads if one.column in asked and one.no is not None and one.no != asked[one.column].no
        ),
    )


def _is_comment(one: Head) -> bool:
    """Whether a header calls for free text, by whatever name and number: "Kommentar", "33. Övriga kommentarer"."""
    return "kommentar" in one.key and one.key not in known_headers()


def _is_of_a_form(one: Head) -> bool:
    """Whether a comment column is the form's, whose header offices shorten: "Möjlighet till kommentar", "Kommentar"."""
    comments = [letters_and_digits(form.comment_header) for form in forms().values()]
    return any(comment.startswith(one.key) or one.key in comment for comment in comments)


def _same_headers(sheet: Sheet, row: int, heads: list[Head], titles: Mapping[str, tuple[int, int]]) -> list[Form]:
    """The editions whose questions are just those of the header row."""
    present = {one.key for one in heads} & known_headers()
    stray = [one for one in heads if one.key not in present and _is_question_like(one)]
    fitting = [form for form in forms().values() if form.by_header.keys() == present]
    if fitting and not stray:
        return fitting
    nearest = min(
        forms().values(),
        key=lambda form: (
            len(form.by_header.keys() ^ present),
            letters_and_digits(form.title) not in titles,
            form.edition,
        ),
    )
    missing = [question.name for key, question in nearest.by_header.items() if key not in present]
    unknown = sorted(
        [one.column for one in heads if one.key in present - nearest.by_header.keys()] + [one.column for one in stray]
    )
    parts = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {_places(row, unknown)}"] * bool(unknown)
    raise Refused("headers_differ_from_form", f"sheet {sheet.no}, compared with {nearest.edition}: {'; '.join(parts)}")


def _is_question_like(one: Head) -> bool:
    """Whether an unknown header reads as a question: numbered, ending in a question mark, or much like the form's."""
    if one.no is not None or one.is_asking:
        return True
    return any(is_alike(one.key, key, habits().header_like_a_question) for key in known_headers())


def _refuse_twice(columns: Mapping[int, Question], row: int) -> None:
    times = Counter(question.no for question in columns.values())
    twice = [column for column, question in columns.items() if times[question.no] > 1]
    if twice:
        raise Refused("header_stands_twice", _places(row, twice))


def _refuse_persons_above(sheet: Sheet, header_row: int, columns: Mapping[int, Question]) -> None:
    """Refuse a sheet that was sorted together with its header: the persons above it would be lost.

    An example in the instructions has a code or a date, not both, each in its question's column.
    """
    rows: dict[int, dict[str, Cell]] = {}
    filled: Counter[int] = Counter()
    for cell in sheet.rows(1, header_row):
        if cell.column in columns:
            rows.setdefault(cell.row, {})[columns[cell.column].variable] = cell
            filled[cell.row] += is_number_like(cell)
    for row, by_variable in rows.items():
        code, enrolled = by_variable.get("uno"), by_variable.get("enrolled_on")
        has_code, is_dated = code is not None and is_code(code), enrolled is not None and may_be_a_date(enrolled)
        is_answered = filled[row] >= habits().header_least_matches
        has_date = enrolled is not None and (enrolled.kind == DATE or is_iso_date(enrolled.text))
        if (has_code and (is_dated or is_answered)) or (has_date and is_answered):
            raise Refused("headers_not_above_rows", f"sheet {sheet.no}, row {row}")


def _places(row: int, columns: Sequence[int]) -> str:
    named = ", ".join(address(row, column) for column in columns[:_MOST_PLACES])
    more = len(columns) - _MOST_PLACES
    return f"{named} and {more} more" if more > 0 else named


def _titles(sheet: Sheet, above: list[Cell]) -> dict[str, tuple[int, int]]:
    """The titles of editions that stand above the header, folded, and the row and column where each stands first.

    Raises:
        Refused: a cell reads like a title, but is no edition's: another form, made from this one.
    """
    found: dict[str, tuple[int, int]] = {}
    for cell in above[:_MOST_TEXTS_ABOVE]:
        key = folded(cell.text)
        title = _title(key)
        if title is not None:
            found.setdefault(title, (cell.row, cell.column))
        elif _is_like_a_title(key):
            place = f"sheet {sheet.no}, title at {address(cell.row, cell.column)}"
            raise Refused("edition_not_known", f"{place}, nearest to that of {nearest_by_title(key)}")
    return found


@lru_cache(maxsize=_MOST_TEXTS_ABOVE)
def _title(key: str) -> str | None:
    """The title that a cell holds; a year, a district or the programme's name may follow it."""
    titles = {letters_and_digits(form.title): form for form in forms().values()}
    for title in sorted(titles, key=len, reverse=True):
        if not key.startswith(title):
            continue
        rest = key.removeprefix(title)
        for name in [titles[title].programme, *(letters_and_digits(entry.sv) for entry in districts().values())]:
            rest = rest.replace(name, "")
        if not rest or rest.isdecimal():
            return title
    return None


@lru_cache(maxsize=_MOST_TEXTS_ABOVE)
def _is_like_a_title(key: str) -> bool:
    titles = {letters_and_digits(form.title) for form in forms().values()}
    return any(
        (key.startswith(title) and len(key) <= _LONGEST_TITLE * len(title)) or is_alike(key, title, _LIKE_A_TITLE)
        for title in titles
    )


def _edition(
    sheet: Sheet,
    answers: list[Cell],
    columns: Mapping[int, Question],
    candidates: list[Form],
    titles: Mapping[str, tuple[int, int]],
) -> Form:
    """Of the editions with these headers, the one whose title and answer row stand above them."""
    remaining = [form for form in candidates if not titles or letters_and_digits(form.title) in titles]
    if not remaining:
        names = ", ".join(form.edition for form in candidates)
        raise Refused("edition_not_known", f"sheet {sheet.no}, title row, under which stand the headers of {names}")
    titled = remaining
    for cell in answers:
        key = columns[cell.column].header_key
        remaining = [form for form in remaining if offers_answers(cell.text, form.edition, key)]
        if not remaining:
            raise Refused("edition_not_known", f"sheet {sheet.no}, {nearest_by_answers(answers, columns, titled)}")
    if len(remaining) > 1:
        # Where a row of answers stands, but says nothing that tells, it is the row to mend.
        answer_row = answers[0].row if answers else (_header_row(sheet)[0] or 1) - 1
        raise Refused("edition_not_told_apart", f"sheet {sheet.no} {fitting(remaining, columns, answer_row)}")
    return remaining[0]


def _answer_row(above: list[Cell], columns: Mapping[int, Question]) -> list[Cell]:
    """The cells of the answer row over the questions: the lowest row above the header that lists codes."""
    asked = [cell for cell in above if cell.column in columns and not is_nothing(cell)]
    row = max((cell.row for cell in asked if ALTERNATIVE.search(cell.text[:LONGEST])), default=None)
    return [cell for cell in asked if cell.row == row]
