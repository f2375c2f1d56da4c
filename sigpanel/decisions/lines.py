"""The lines of the data owner's files of decisions (corrections, links, withdrawals) as texts, as Excel has saved them.

Semicolon or comma, UTF-8 with or without mark, or Windows-1252; columns in any order; blank lines, and blank columns
that Excel pads with, do not matter. A column that nobody knows or that is missing refuses the file. What the texts say
is for `corrections`, `links` and `withdrawals`.

Lines are counted as Excel counts rows, so that a line break inside a reason moves no number. A refusal names lines,
columns and our own words: never a header of the file, since a file without one begins with somebody's answer.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sigpanel.errors import InputError
from sigpanel.forms import letters_and_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_LARGEST = 16 * 1024 * 1024
_NOT_CSV = {b"PK\x03\x04": "it is an Excel workbook", b"\xff\xfe": "it is UTF-16", b"\xfe\xff": "it is UTF-16"}


_MOST_TOLD = 50


class Described(Protocol):
    """What is known of a file of decisions from its contract."""

    @property
    def path(self) -> str:
        """Where it lies in a study."""

    @property
    def columns(self) -> Mapping[str, str]:
        """What each column means, by its name."""

    @property
    def codes(self) -> Mapping[str, str]:
        """The errors' codes where it has other columns, or another format."""


@dataclass(frozen=True)
class Line:
    """A line that holds something: its number, and its text in every column, without blanks around it."""

    no: int
    texts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, order=True)
class Misfit:
    """What is wrong with a line, at a column, in words that hold nothing of the file."""

    line: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"\n  line {self.line}, {self.column}: {self.what}"


def told(misfits: Iterable[Misfit]) -> str:
    """What is wrong, a line each, in the file's order; of very many the first, since they have one cause."""
    every = sorted(misfits)
    more = f"\n  and {len(every) - _MOST_TOLD} more" if len(every) > _MOST_TOLD else ""
    return "".join(map(str, every[:_MOST_TOLD])) + more + "\n"


def read_lines(path: Path, file: Described) -> list[Line]:
    """The lines below the header that hold something; none if there is no file.

    Raises:
        InputError: the file cannot be read or decoded, is no CSV file, or has other columns than it must.
    """
    content = _content(path, file)
    if content is None:
        return []
    split = _split(_decode(content, file), file)
    records = [(no, [text.strip() for text in record]) for no, record in enumerate(split, start=1)]
    filled = [(no, record) for no, record in records if any(record)]
    header = filled[0][1] if filled else []
    columns = _columns(header, file)
    outside = [no for no, record in filled[1:] if any(record[place] for place in _nameless(header, record))]
    if outside:
        raise _columns_differ(file, (f"line {no} has something outside them" for no in outside))
    # Excel leaves out separators at the end of some lines when their last cells are blank.
    return [
        Line(no, {name: record[place] if place < len(record) else "" for name, place in columns.items()})
        for no, record in filled[1:]
    ]


def _content(path: Path, file: Described) -> bytes | None:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        if path.is_symlink() or _has_namesake(path):
            raise _not_csv(file, "it lies there in another format, or under a name that differs") from None
        return None
    except OSError:
        raise _not_csv(file, "it cannot be opened") from None
    if len(content) > _LARGEST:
        raise _not_csv(file, "it is larger than 16 MiB")
    return content


def _has_namesake(path: Path) -> bool:
    """Whether the file was saved as something else, such as corrections.xlsx: then it was meant to count."""
    try:
        names = [other.name.casefold() for other in path.parent.iterdir()]
    except OSError:
        return False
    return any(name.startswith(f"{path.stem.casefold()}.") for name in names)


def _decode(content: bytes, file: Described) -> str:
    for start, what in _NOT_CSV.items():
        if content.startswith(start):
            raise _not_csv(file, what)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _not_csv(file, "it is neither UTF-8 nor Windows-1252")


def _split(text: str, file: Described) -> list[list[str]]:
    header = next((line for line in text.splitlines() if line.strip()), "")
    separator = ";" if ";" in header else ","
    try:
        # Strictly: a quotation mark that nobody closes would swallow the lines after it without a word.
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise _not_csv(file, "a quotation mark is not closed, or something stands after it") from None


def _columns(header: list[str], file: Described) -> dict[str, int]:
    """Where each column stands."""
    known = {letters_and_digits(name): name for name in file.columns}
    folded = [letters_and_digits(text) for text in header]
    differences = [
        f"column {place} is none of them"
        for place, (text, name) in enumerate(zip(header, folded, strict=True), start=1)
        if text and name not in known
    ]
    for key, name in known.items():
        if folded.count(key) != 1:
            differences.append(f"{name} {'is missing' if key not in folded else 'stands more than once'}")
    if differences:
        raise _columns_differ(file, differences)
    return {name: folded.index(key) for key, name in known.items()}


def _nameless(header: list[str], record: list[str]) -> list[int]:
    return [place for place in range(len(record)) if place >= len(header) or not header[place]]


def _columns_differ(file: Described, differences: Iterable[str]) -> InputError:
    known = ", ".join(file.columns)
    return InputError(
        file.codes["columns"],
        f"{file.path} must have the columns {known}: {'; '.join(differences)}.",
        remedy="Write these names in its first line, in any order, separated by semicolons.",
    )


def _not_csv(file: Described, what: str) -> InputError:
    return InputError(
        file.codes["format"],
        f"{file.path} cannot be read: {what}.",
        remedy="Save it in Excel as CSV UTF-8 under just that name; what is not to count lies elsewhere.",
    )
