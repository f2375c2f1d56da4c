"""Corrections as data: what the data owner has decided about cells and rows, read from `owner/corrections.csv`.

A line names a cell of a workbook, an action, what stood in the cell when it was decided, why, who and when:

    set      the cell is read as if `value` stood there; a blank value empties it
    drop     the row of the cell is taken out
    accept   the finding `rule` at the cell was looked into and is right; it is listed no more

A line is checked here as far as that needs no workbook, and all that is wrong is told at once, by line and column.
Whether it fits the workbooks is for `corrected`. The workbooks themselves are never changed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

from sigpanel.contracts.corrections import corrections_file
from sigpanel.decisions.lines import Line, Misfit, read_lines, told
from sigpanel.errors import InputError
from sigpanel.findings import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_CELL = re.compile(r"[A-Za-z]{1,3}[1-9][0-9]{0,6}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FILLED = ("file", "reason", "who")

NO_WORKBOOK: Final = "no workbook that was read has this path or id, or more than one has"

Name = TypeVar("Name", int, str)


@dataclass(frozen=True)
class Correction:
    """One correction. What the owner wrote is not shown when it is printed.

    Attributes:
        line: its line in the file, as Excel counts rows.
        action: set, drop or accept.
        column: the letters of the cell's column.
        row: the cell's row.
        rule: of the vocabulary of findings; null unless the action is accept.
        file: as written: a path below owner/submissions, or a submission id.
        expected: what is to stand in the cell, blank if nothing.
        value: what the cell is read as; blank unless the action is set.
    """

    line: int
    action: str
    column: str
    row: int
    rule: str | None
    file: str = field(repr=False)
    expected: str = field(repr=False)
    value: str = field(repr=False)
    reason: str = field(repr=False)
    who: str = field(repr=False)
    date: date = field(repr=False)

    @property
    def cell(self) -> str:
        """The cell's address."""
        return f"{self.column}{self.row}"

    @property
    def target(self) -> str:
        """What it is about: the row where that is dropped, else the cell."""
        return str(self.row) if self.action == "drop" else self.cell


@dataclass(frozen=True)
class Corrections:
    """The corrections of a study, in the file's order."""

    all: tuple[Correction, ...] = ()

    def about(self, files: Iterable[str]) -> Corrections:
        """Those of certain workbooks: for a check of some, to which the others do not apply."""
        names = set(map(_folded, files))
        return Corrections(tuple(one for one in self.all if _folded(one.file) in names))

    def meaning(self, ids: Mapping[str, str]) -> list[tuple[str, str, str, str, str]]:
        """What they change, in an order that says nothing: id, action, cell (or row), value, rule.

        The same list whenever the same is decided: the order of lines, a workbook named by path or by id, and the
        wording of reasons do not show. `expected` is left out, since the id already stands for what was delivered.
        It holds answers in clear: only a keyed digest of it may leave the owner's room.

        Args:
            ids: the submission id by every name that a workbook may be called by, ids included.

        Raises:
            InputError: a correction names none of them.
        """
        lost = [Misfit(one.line, "file", NO_WORKBOOK) for one in self.all if len(found(one.file, ids)) != 1]
        if lost:
            raise misfit(lost)
        return sorted((found(one.file, ids)[0], one.action, one.target, one.value, one.rule or "") for one in self.all)


NO_CORRECTIONS: Final = Corrections()


def found(file: str, files: Mapping[str, Name]) -> list[Name]:
    """What the workbooks that a name may mean are known by; one, if it fits.

    Names are compared with slashes for backslashes, and composed, since one system keeps "ä" as two signs.
    """
    return sorted({known for name, known in files.items() if _folded(name) == _folded(file)})


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).replace("\\", "/").strip()


def misfit(misfits: list[Misfit]) -> InputError:
    """The error that stops a build: corrections that do not fit what was delivered."""
    return InputError(
        "corrections-do-not-fit",
        f"Corrections in {corrections_file().path} do not fit the workbooks, and nothing was corrected:{told(misfits)}",
        remedy="Look at the cells: change these lines, or remove those that are no longer needed.",
    )


def read_corrections(path: Path) -> Corrections:
    """The corrections of a file; none if it is not there.

    Raises:
        InputError: the file cannot be read, has other columns, or lines that cannot be; every one is named.
    """
    lines = read_lines(path, corrections_file())
    wrong = [Misfit(line.no, column, what) for line in lines for column, what in _wrong(line.texts)]
    if wrong:
        raise InputError(
            "corrections-lines",
            f"Lines of {corrections_file().path} cannot be used:{told(wrong)}",
            remedy="Mend these lines, counted as Excel counts rows; the data owner's guide shows an example.",
        )
    return Corrections(tuple(map(_correction, lines)))


def _wrong(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, as column and words."""
    for column in _FILLED:
        if not texts[column]:
            yield column, "must be filled in"
    if not _CELL.fullmatch(texts["cell"]):
        yield "cell", "must be the address of one cell, such as H9"
    if not is_day(texts["date"]):
        yield "date", "must be a day as YYYY-MM-DD"
    yield from _wrong_action(texts)


def _wrong_action(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    takes = corrections_file().takes
    action = texts["action"].casefold()
    if action not in takes:
        yield "action", f"must be one of {', '.join(takes)}"
        return
    for column in ("value", "rule"):
        if texts[column] and takes[action] != column:
            yield column, f"must be blank, since {action} takes none"
    if takes[action] == "rule":
        if texts["rule"] not in rules():
            yield "rule", "must be the name of a finding's rule, as `sigpanel check` prints it"
        elif texts["rule"] in corrections_file().own_rules:
            yield "rule", "tells of a correction itself and cannot be accepted"


def is_day(text: str) -> bool:
    """Whether a text is a day as YYYY-MM-DD, and none of the other ways in which ISO writes one."""
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _correction(line: Line) -> Correction:
    texts = line.texts
    column = texts["cell"].rstrip("0123456789")
    return Correction(
        line=line.no,
        action=texts["action"].casefold(),
        column=column.upper(),
        row=int(texts["cell"].removeprefix(column)),
        rule=texts["rule"] or None,
        file=texts["file"],
        expected=texts["expected"],
        value=texts["value"],
        reason=texts["reason"],
        who=texts["who"],
        date=date.fromisoformat(texts["date"]),
    )
